/*
** outbox_salvage_old.h - a damaged queue's file, as far as it can be read. For
** outbox_salvage.c.
**
** Whatever is wrong with it, these only find less. They never write to it.
** One at a time of a kind is held: what is pointed to stays till its end is
** called, or the next is asked for.
*/
#ifndef WATS_OUTBOX_SALVAGE_OLD_H
#define WATS_OUTBOX_SALVAGE_OLD_H

#include "outbox_state.h"

#define WATS_SALVAGE_TARGETS 64

struct wats_salvage_target {
  int64_t id;
  char url[256];
  uint64_t vouched; /* rows whose CRC says that it is right */
  bool has_figures;
  int64_t sent, died, discarded;
  char paused[WATS_OUTBOX_REASON];
};

struct wats_salvage_lease {
  int64_t boot, until_ms;
};

struct wats_salvage_tombstone {
  unsigned char uuid[WATS_UUID], digest[WATS_SHA256_SIZE];
  int64_t target, sent_ms, status;
};

struct wats_salvage_walk {
  struct sqlite3_stmt *statement;
  uint64_t key; /* of the last row */
  bool ended;
};

struct wats_salvage_old {
  struct sqlite3 *db; /* NULL: nothing can be read */
  struct wats_salvage_walk reports, bodies, tombstones;
  struct sqlite3_stmt *body, *answer;
  struct wats_salvage_target targets[WATS_SALVAGE_TARGETS];
  size_t count;
  uint64_t expected;             /* rows, by the old totals; 0: not known */
  unsigned char uuid[WATS_UUID]; /* of the last tombstone */
  int64_t target;                /* likewise */
};

/* `fresh`: the new file, still without rows. WATS_ERR_MEMORY; else it is open,
** and has what it has. */
enum wats_errc wats_salvage_open(struct wats_salvage_old *old, const char *path,
                                 const struct wats_outbox *fresh,
                                 struct wats_error *error);
void wats_salvage_close(struct wats_salvage_old *old);

/* In the order of their seq, each once. */
bool wats_salvage_next_report(struct wats_salvage_old *old,
                              struct wats_outbox_entry *entry,
                              struct wats_salvage_lease *lease);
bool wats_salvage_next_body(struct wats_salvage_old *old, int64_t *seq);
bool wats_salvage_next_tombstone(struct wats_salvage_old *old,
                                 struct wats_salvage_tombstone *out);
bool wats_salvage_body(struct wats_salvage_old *old, int64_t seq,
                       const char **body, size_t *length);
void wats_salvage_body_end(struct wats_salvage_old *old);
bool wats_salvage_answer(struct wats_salvage_old *old, int64_t seq,
                         const void **answer, size_t *length);
void wats_salvage_answer_end(struct wats_salvage_old *old);

/* The URL by which the row's CRC is right; NULL: there is none. */
const char *wats_salvage_vouch(struct wats_salvage_old *old,
                               const struct wats_outbox_entry *entry,
                               const char *body, size_t length);
/* What the target with that number is called, as far as can be told; of one
** that is not known the one that most rows have. Never NULL. */
const char *wats_salvage_likely(const struct wats_salvage_old *old, int64_t id);

#endif
