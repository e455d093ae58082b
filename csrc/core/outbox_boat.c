/*
** outbox_boat.c - into the lifeboat, when the database cannot take a report,
** and out of it, when it can again.
**
** Out of it: the rows are committed, then the files are removed for good, and
** only then does anything else happen to these reports. Who ends in between
** leaves files that are known already when they are read again.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifeboat.h"
#include "log.h"

/* What is taken in by one commit: others wait for it. */
#define PIECE       64
#define PIECE_BYTES (UINT64_C(8) << 20)
/* After a failure nothing is taken in for so long. */
#define PAUSE (WATS_NS_PER_S)
/* Half written files are looked for so often. */
#define CLEAN_EACH (600 * WATS_NS_PER_S)

/* ---- into it --------------------------------------------------------------
 */

static void describe(const struct wats_outbox_report *report,
                     struct wats_lifeboat_report *out)
{
  const struct wats_report_head *head = &report->head;
  memset(out, 0, sizeof *out);
  out->target = report->target;
  out->priority = report->priority;
  memcpy(out->uuid, head->uuid, sizeof out->uuid);
  out->unit = wats_lifeboat_unit(head->part_number, head->serial_number);
  out->body = report->body;
  out->length = report->length;
}

static enum wats_errc both_failed(enum wats_errc code,
                                  const struct wats_error *reason,
                                  const struct wats_error *boat,
                                  struct wats_error *error)
{
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  return wats_fail(error, code, "%.110s; nor in the lifeboat: %s",
                   reason->message, boat->message);
}

enum wats_errc wats_outbox_take_to_boat(
    struct wats_outbox *o, const struct wats_outbox_report *reports,
    size_t count, enum wats_outbox_receipt *receipts,
    enum wats_db_trouble trouble, const struct wats_error *reason,
    struct wats_error *error)
{
  struct wats_lifeboat_report *some = wats_calloc(count, sizeof *some);
  struct wats_error boat;
  enum wats_errc code;
  uint64_t bytes = 0;
  size_t i;
  if (!some) return wats_fail_memory(error);
  for (i = 0; i < count; i++) {
    describe(&reports[i], &some[i]);
    bytes += reports[i].length;
  }
  code = wats_outbox_has_room_for_boat(o, bytes, trouble, &boat);
  if (code == WATS_OK)
    code = wats_lifeboat_save(o->lifeboat, some, count, o->clock, &boat);
  wats_free(some);
  if (code != WATS_OK) return both_failed(code, reason, &boat, error);
  for (i = 0; receipts && i < count; i++)
    receipts[i] = WATS_OUTBOX_LIFEBOAT;
  atomic_fetch_add(&o->lifeboats, count);
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL,
           "the queue cannot take reports now: they are kept as files",
           (struct wats_log_field[]){wats_log_text("directory", o->lifeboat),
                                     wats_log_text("reason", reason->message)},
           2);
  wats_outbox_bump(o);
  wats_outbox_signal(o);
  return WATS_OK;
}

/* ---- out of it ------------------------------------------------------------
 */

struct boarder {
  struct wats_outbox_report report;
  char *body;
  uint32_t crc;
};

struct boarding {
  struct wats_lifeboat_file *files;
  struct boarder *boarders;
  size_t count; /* of both; those that are read first */
};

static void complain(const struct wats_outbox *o, const char *what,
                     const struct wats_lifeboat_file *file,
                     const struct wats_error *why)
{
  wats_log(
      WATS_LOG_ERROR, WATS_LOG_ALL, what,
      (struct wats_log_field[]){wats_log_text("directory", o->lifeboat),
                                wats_log_text("file", file ? file->name : NULL),
                                wats_log_text("reason", why->message)},
      3);
}

/* What it says of itself must be what its name says. */
static bool understand(const struct wats_lifeboat_file *file,
                       struct boarder *out, struct wats_error *error)
{
  struct wats_outbox_report *r = &out->report;
  struct wats_outbox_entry e;
  if (wats_report_head_read(out->body, (size_t)file->size, &r->head, error) !=
      WATS_OK)
    return false;
  if (memcmp(r->head.uuid, file->uuid, WATS_UUID) != 0 ||
      file->priority < WATS_OUTBOX_FIRST || file->priority > WATS_OUTBOX_LAST) {
    (void)wats_fail(error, WATS_ERR_DECODE, "it is not what its name says");
    return false;
  }
  r->target = file->target;
  r->priority = file->priority;
  r->body = out->body;
  r->length = (size_t)file->size;
  wats_outbox_describe(r, &e);
  out->crc = wats_outbox_crc(&e, r->target, r->body, r->length);
  return true;
}

/* False: not that one. */
static bool read_one(struct wats_outbox *o, struct wats_lifeboat_file *file,
                     struct boarder *out)
{
  struct wats_error why = {WATS_OK, "its bytes are not those that were saved"};
  enum wats_lifeboat_state state = WATS_LIFEBOAT_GONE;
  out->body = NULL;
  if (wats_lifeboat_read(o->lifeboat, file, &state, &out->body, &why) !=
      WATS_OK) {
    complain(o, "a report in the lifeboat cannot be read now", file, &why);
    o->boat_after_ns = wats_clock_monotonic(o->clock) + PAUSE;
    return false;
  }
  if (state == WATS_LIFEBOAT_GONE) return false;
  if (state == WATS_LIFEBOAT_WHOLE && understand(file, out, &why)) return true;
  wats_free(out->body);
  out->body = NULL;
  complain(o, "a report in the lifeboat is damaged and put aside", file, &why);
  atomic_fetch_add(&o->damaged, 1);
  if (wats_lifeboat_put_aside(o->lifeboat, file, &why) != WATS_OK)
    o->boat_after_ns = wats_clock_monotonic(o->clock) + PAUSE;
  return false;
}

/* Their files come first in the list then, in their order. How many were looked
** at. */
static size_t read_all(struct wats_outbox *o, struct boarding *b, size_t found)
{
  uint64_t bytes = 0;
  size_t i;
  for (i = 0; i < found && (bytes < PIECE_BYTES || !b->count); i++) {
    if (!wats_lifeboat_is_open(o->lifeboat, &b->files[i])) {
      /* Then it would come back whenever it was sent. */
      o->boat_after_ns = wats_clock_monotonic(o->clock) + PAUSE;
      continue;
    }
    if (!read_one(o, &b->files[i], &b->boarders[b->count])) continue;
    bytes += b->files[i].size;
    if (b->count != i) b->files[b->count] = b->files[i];
    b->boarders[b->count].report.target = b->files[b->count].target;
    b->count++;
  }
  return i;
}

static void put_all(struct wats_outbox *o, void *context)
{
  struct boarding *b = context;
  size_t i;
  for (i = 0; i < b->count; i++) {
    enum wats_outbox_receipt receipt;
    if (!wats_outbox_put(o, &b->boarders[i].report, b->boarders[i].crc, false,
                         &receipt))
      return;
  }
}

static void remove_all(struct wats_outbox *o, const struct boarding *b)
{
  struct wats_error why;
  if (wats_lifeboat_remove(o->lifeboat, b->files, b->count, &why) == WATS_OK)
    return;
  complain(o, "the lifeboat's files cannot be removed", b->files, &why);
  o->boat_after_ns = wats_clock_monotonic(o->clock) + PAUSE;
}

struct piece {
  struct wats_lifeboat_file last; /* that was looked at */
  size_t taken;
  bool more; /* there may be */
};

/* One commit. */
static void take_piece(struct wats_outbox *o,
                       const struct wats_lifeboat_query *query,
                       struct piece *piece)
{
  struct boarding b = {NULL, NULL, 0};
  struct wats_error why;
  enum wats_errc code;
  size_t i, found = 0, looked = 0;
  code = wats_lifeboat_scan(o->lifeboat, query, &b.files, &found, &why);
  if (code == WATS_OK && found) {
    b.boarders = wats_calloc(found, sizeof *b.boarders);
    if (!b.boarders) code = wats_fail_memory(&why);
  }
  if (code != WATS_OK)
    (void)wats_outbox_failed(o, code, WATS_DB_FINE, why.message);
  if (b.boarders) {
    piece->last = b.files[found - 1];
    looked = read_all(o, &b, found);
  }
  piece->more = found == PIECE || looked < found;
  piece->taken = b.count;
  if (looked < found && b.count) piece->last = b.files[b.count - 1];
  if (b.count && wats_outbox_within(o, put_all, &b)) {
    wats_outbox_add_up(o);
    remove_all(o, &b);
  }
  memset(&o->delta, 0, sizeof o->delta); /* of what was undone */
  for (i = 0; i < b.count; i++)
    wats_free(b.boarders[i].body);
  wats_free(b.boarders);
  wats_free(b.files);
}

/* Those that cannot be taken in are passed over. */
static void take_in(struct wats_outbox *o, struct wats_lifeboat_query *query,
                    bool all)
{
  struct piece piece;
  query->limit = PIECE;
  do {
    take_piece(o, query, &piece);
    query->after = &piece.last;
  } while (o->result == WATS_OK && piece.more && (all || !piece.taken));
  query->after = NULL;
  o->boat_more = o->result == WATS_OK && piece.more;
}

/* ---- those of one uuid or unit --------------------------------------------
 */

static bool concerns(const struct wats_lifeboat_file *file,
                     const struct wats_outbox_report *report)
{
  const struct wats_report_head *head = &report->head;
  if (strcmp(file->target, report->target) != 0) return false;
  if (memcmp(file->uuid, head->uuid, WATS_UUID) == 0) return true;
  if (head->has_reference &&
      memcmp(file->uuid, head->reference, WATS_UUID) == 0)
    return true;
  return *head->serial_number &&
         file->unit ==
             wats_lifeboat_unit(head->part_number, head->serial_number);
}

static bool is_near(const struct wats_lifeboat_file *file, void *context)
{
  const struct wats_outbox_work *work = context;
  size_t i;
  for (i = 0; i < work->reports_count; i++)
    if (concerns(file, &work->reports[i])) return true;
  return work->uuid && memcmp(file->uuid, work->uuid, WATS_UUID) == 0;
}

/*
** A submit that the database does not let take them in must not overtake them:
** it fails, and takes to the lifeboat. A turn goes on where only room is
*lacking,
** since it makes some. Where the lifeboat itself cannot be used the database
*is.
*/
void wats_outbox_take_in(struct wats_outbox *o,
                         const struct wats_outbox_work *work)
{
  struct wats_lifeboat_query query = {.limit = 0};
  int64_t now_ns;
  o->boat_more = false;
  if (!work->takes_in && !work->reports && !work->uuid) return;
  if (!wats_lifeboat_is_there(o->lifeboat)) return;
  now_ns = wats_clock_monotonic(o->clock);
  if (work->takes_in) {
    if (now_ns < o->boat_after_ns) return;
    if (now_ns >= o->boat_clean_ns) wats_lifeboat_clean(o->lifeboat, o->clock);
    if (now_ns >= o->boat_clean_ns) o->boat_clean_ns = now_ns + CLEAN_EACH;
  } else {
    query.wanted = is_near;
    query.context = (void *)work;
  }
  take_in(o, &query, !work->takes_in);
  if (o->result == WATS_OK) return;
  if (work->takes_in) o->boat_after_ns = now_ns + PAUSE;
  if (o->trouble == WATS_DB_FINE) /* the lifeboat itself */
    complain(o, "the lifeboat cannot be looked into", NULL, &o->why);
  if (o->trouble == WATS_DB_FINE ||
      (o->trouble == WATS_DB_FULL && !work->reports))
    o->result = WATS_OK;
}

#endif
