/*
** health_outbox.h - a queue (outbox.h) as the health server looks at it.
*/
#ifndef WATS_HEALTH_OUTBOX_H
#define WATS_HEALTH_OUTBOX_H

#include "health.h"
#include "outbox.h"

/* How long a page waits for the queue's file, which others may have locked. */
#define WATS_HEALTH_OUTBOX_PATIENCE (WATS_NS_PER_S / 2)

/*
** Fills `out` for wats_health_options.queue; it holds the outbox. `target`:
*whose
** reports are meant, NULL: all; what bounds the queue counts those of others
** too. WATS_ERR_MEMORY.
*/
enum wats_errc wats_health_outbox(struct wats_outbox *outbox,
                                  const char *target,
                                  struct wats_health_source *out);

#endif
