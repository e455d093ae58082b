/*
** health_outbox.c - see health_outbox.h.
*/
#include "health_outbox.h"

#include <string.h>

#include "alloc.h"

struct look {
  struct wats_outbox *outbox; /* retained */
  char *target;               /* NULL: all */
};

/* What the queue's bounds apply to: the file's, whoever it is for. */
static enum wats_errc read_bounds(const struct look *look,
                                  struct wats_health_queue *out,
                                  struct wats_error *error)
{
  struct wats_outbox_stats all;
  uint64_t rows = 0, bytes = 0;
  enum wats_errc code = wats_outbox_stats_within(
      look->outbox, NULL, WATS_HEALTH_OUTBOX_PATIENCE, &all, error);
  int i;
  if (code) return code;
  for (i = 0; i < WATS_OUTBOX_STATES; i++) {
    rows += all.rows[i];
    bytes += all.bytes[i];
  }
  out->full = (all.max_rows && rows >= all.max_rows) ||
              (all.max_bytes && bytes >= all.max_bytes);
  return WATS_OK;
}

static enum wats_errc read_figures(void *context, struct wats_health_queue *out,
                                   struct wats_error *error)
{
  const struct look *look = context;
  struct wats_outbox_stats s;
  enum wats_errc code = wats_outbox_stats_within(
      look->outbox, look->target, WATS_HEALTH_OUTBOX_PATIENCE, &s, error);
  int i;
  if (!code) code = read_bounds(look, out, error);
  if (code) return code;
  for (i = 0; i < WATS_OUTBOX_STATES; i++) {
    if (i != WATS_OUTBOX_DEAD) out->pending += s.rows[i];
    out->bytes += s.bytes[i];
  }
  out->in_flight = s.rows[WATS_OUTBOX_IN_FLIGHT];
  out->dead = s.rows[WATS_OUTBOX_DEAD];
  out->processed = s.sent + s.died;
  out->lifeboat = s.lifeboat;
  out->max_rows = s.max_rows;
  out->max_bytes = s.max_bytes;
  out->oldest_age_ns = s.oldest_age_ns;
  memcpy(out->paused, s.paused, sizeof out->paused);
  return WATS_OK;
}

static void release(void *context)
{
  struct look *look = context;
  wats_outbox_release(look->outbox);
  wats_free(look->target);
  wats_free(look);
}

enum wats_errc wats_health_outbox(struct wats_outbox *outbox,
                                  const char *target,
                                  struct wats_health_source *out)
{
  struct look *look = wats_calloc(1, sizeof *look);
  if (!look) return WATS_ERR_MEMORY;
  if (target) look->target = wats_strndup(target, strlen(target));
  if (target && !look->target) {
    wats_free(look);
    return WATS_ERR_MEMORY;
  }
  look->outbox = wats_outbox_retain(outbox);
  *out = (struct wats_health_source){read_figures, release, look, outbox};
  return WATS_OK;
}
