/*
** notify.h - a descriptor that a poll loop can wait on, and another thread can
** make readable.
**
** An eventfd, or a pipe where there is none. Neither blocks, nor is inherited
** by
** programs that are started. Signalling twice is signalling once.
*/
#ifndef WATS_NOTIFY_H
#define WATS_NOTIFY_H

#include "error.h"

struct wats_notify {
  int read_fd, write_fd; /* the same for an eventfd */
};

/* WATS_ERR_IO: no descriptor to be had. */
enum wats_errc wats_notify_open(struct wats_notify *notify,
                                struct wats_error *error);
/* In a forked child: what it inherited is the parent's still. Puts another in
** its place, of the same numbers, not signalled. WATS_ERR_IO: nothing has
** changed. */
enum wats_errc wats_notify_renew(struct wats_notify *notify);
void wats_notify_close(struct wats_notify *notify);
/* Makes it readable. Any thread. */
void wats_notify_signal(const struct wats_notify *notify);
/* Makes it unreadable until the next signal. */
void wats_notify_clear(const struct wats_notify *notify);

#endif
