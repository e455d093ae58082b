/*
** outbox_tend.c - upkeep, in small pieces, by who delivers.
**
** The log is brought into the file (a PASSIVE checkpoint) when there is a
** megabyte of it, or when nothing has come for a while. Two others do that too:
** a transaction that leaves a log of 64 MB behind (outbox_file.c: nobody tends
** then), and the last one who closes (outbox_open.c).
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>

/* Without news for so long it is idle. */
#define QUIET (WATS_NS_PER_S)
/* How often old tombstones are looked for, and how many go at once. */
#define PRUNE_EACH (60 * WATS_NS_PER_S)
#define PRUNE      200
/* Free pages in the file that are kept for what comes, and given back at
** once. */
#define SPARE_PAGES 2048
#define GIVE_PAGES  256

struct upkeep {
  int64_t now_ns;
  uint64_t changes;
  bool is_quiet, more;
};

/* Nothing has come for a while, and nothing was done. */
static bool is_quiet(struct wats_outbox *o, const struct upkeep *u)
{
  if (o->seen_changes != u->changes || o->seen_pages != o->log_pages) {
    o->seen_changes = u->changes;
    o->seen_pages = o->log_pages;
    o->quiet_since_ns = u->now_ns;
  }
  return u->now_ns - o->quiet_since_ns >= QUIET;
}

static void look_after_log(struct wats_outbox *o, void *context)
{
  struct upkeep *u = context;
  int64_t bytes = (int64_t)(o->log_pages - o->log_done) * WATS_OUTBOX_PAGE;
  u->is_quiet = is_quiet(o, u);
  wats_outbox_keep_ballast(o);
  if (bytes < WATS_OUTBOX_TEND_LOG && !(bytes > 0 && u->is_quiet)) return;
  wats_outbox_checkpoint(o);
  o->seen_pages = o->log_pages; /* its own doing is no news */
}

/* Those of the future come from a clock that was wrong. */
static void prune(struct wats_outbox *o, void *context)
{
  const int64_t keep = WATS_OUTBOX_TOMBSTONES / WATS_NS_PER_MS;
  int64_t now = wats_outbox_wall_ms(o);
  struct upkeep *u = context;
  u->more =
      wats_outbox_number(o, wats_outbox_bind(o, WATS_SQL_OLD_TOMBSTONES, "ii",
                                             now - keep, now + keep)) > 0;
  if (u->more)
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_PRUNE, "iii", now - keep,
                                        now + keep, (int64_t)PRUNE));
}

/* After a long queue has been sent the file shrinks again. */
static void give_back(struct wats_outbox *o, void *unused)
{
  int64_t pages =
      wats_outbox_number(o, wats_outbox_bind(o, WATS_SQL_FREE_PAGES, ""));
  struct sqlite3_stmt *s;
  int i;
  (void)unused;
  if (pages < SPARE_PAGES + GIVE_PAGES) return;
  s = wats_outbox_bind(o, WATS_SQL_VACUUM, "");
  for (i = 0; i < GIVE_PAGES && wats_outbox_step(o, s); i++)
    continue;
  wats_outbox_end(s);
}

enum wats_errc wats_outbox_tend(struct wats_outbox *o, struct wats_error *error)
{
  int64_t now_ns = wats_clock_monotonic(o->clock);
  struct upkeep u = {.now_ns = now_ns, .changes = wats_outbox_changes(o)};
  const struct wats_outbox_work log = {look_after_log, &u},
                                old = {prune, &u, .writes = true,
                                       .is_upkeep = true},
                                free_pages = {give_back, NULL, .writes = true,
                                              .is_upkeep = true};
  struct wats_error why;
  enum wats_errc code = wats_outbox_transact(o, &log, NULL, &why);
  if (code == WATS_OK && now_ns >= atomic_load(&o->prune_ns)) {
    code = wats_outbox_transact(o, &old, NULL, &why);
    atomic_store(&o->prune_ns, u.more ? now_ns : now_ns + PRUNE_EACH);
  }
  if (code == WATS_OK && u.is_quiet)
    code = wats_outbox_transact(o, &free_pages, NULL, &why);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_TIMEOUT) code = WATS_ERR_IO;
  return wats_fail(error, code, "%s", why.message);
}

#endif
