/*
** outbox_state.h - what the files of the outbox share. Nobody else's business,
** but for its tests.
**
**   outbox_open.c    instances by file, options, fork
**   outbox_lock.c    the lock, the number of changes, who listens
**   outbox_file.c    the connection, transactions, the guard, checkpoints
**   outbox_rows.c    schema and statements, rows in and out, the CRC
**   outbox_order.c   which rows block which
**   outbox_submit.c  taking in          outbox_settle.c  what came of a claim
**   outbox_turn.c    a turn: due, claim outbox_tend.c    upkeep
**   outbox_look.c    stats, list, get   outbox_manage.c  by a person
**   outbox_boat.c    the lifeboat       outbox_room.c    ballast, room left
*over
**   outbox_quarantine.c  damaged reports, as files
**   outbox_schema.c  is it the one that we have made?
**   outbox_mend.c    another file in the place of a damaged one
**   outbox_salvage*.c  what can still be read of that
**
** Everything that touches the database runs within wats_outbox_transact, by the
** one thread that holds the lock. What goes wrong there is noted in `result`,
** `trouble` and `why`, and from then on all steps do nothing until the
** transaction has been undone: so those who put steps together need not look
** after each.
*/
#ifndef WATS_OUTBOX_STATE_H
#define WATS_OUTBOX_STATE_H

#include "outbox.h"

#include <stdatomic.h>
#include <sys/stat.h>

#include "db.h"
#include "sha256.h"
#include "sync.h"

#define WATS_OUTBOX_PAGE 4096
/* Of the write-ahead log, when it is brought into the file: by who tends, and
** by who submits if nobody does. */
#define WATS_OUTBOX_TEND_LOG   (1 << 20)
#define WATS_OUTBOX_SUBMIT_LOG (8 << 20)
#define WATS_OUTBOX_TARGET     255 /* characters of a base URL */
/* No lease is longer. */
#define WATS_OUTBOX_MAX_LEASE (INT64_C(3600) * WATS_NS_PER_S)

enum wats_outbox_statement {
  WATS_SQL_BEGIN,
  WATS_SQL_COMMIT,
  /* targets and totals */
  WATS_SQL_TARGET,
  WATS_SQL_URL,
  WATS_SQL_ADD_TARGET,
  WATS_SQL_COUNT,
  WATS_SQL_PAUSE,
  WATS_SQL_FIGURES,
  WATS_SQL_TOTAL,
  WATS_SQL_STATES,
  /* rows */
  WATS_SQL_BY_SEQ,
  WATS_SQL_NEWEST,
  WATS_SQL_OF_UUID,
  WATS_SQL_NEWEST_OF_ANY,
  WATS_SQL_EARLIER,
  WATS_SQL_LATER,
  WATS_SQL_BODY,
  WATS_SQL_ANSWER,
  WATS_SQL_INSERT,
  WATS_SQL_INSERT_BODY,
  WATS_SQL_REPLACE,
  WATS_SQL_REPLACE_BODY,
  WATS_SQL_MOVE_BODY,
  WATS_SQL_TAKE_PLACE,
  WATS_SQL_REMOVE,
  WATS_SQL_KEEP_ANSWER,
  WATS_SQL_REMOVE_ANSWER,
  WATS_SQL_SET_STATE,
  WATS_SQL_BACK,
  WATS_SQL_BURY,
  WATS_SQL_REVIVE,
  WATS_SQL_DUE_NOW,
  WATS_SQL_TOMBSTONE,
  WATS_SQL_TOMBSTONE_OF_ANY,
  WATS_SQL_ADD_TOMBSTONE,
  WATS_SQL_OLD_TOMBSTONES,
  WATS_SQL_PRUNE,
  /* order */
  WATS_SQL_UNIT,
  WATS_SQL_UNIT_LIVES,
  WATS_SQL_REFERENCE,
  WATS_SQL_REFERRING,
  /* turns */
  WATS_SQL_LAPSED,
  WATS_SQL_NEXT_PRIORITY,
  WATS_SQL_PROMOTE,
  WATS_SQL_PROMOTE_AHEAD,
  WATS_SQL_HELD,
  WATS_SQL_READY,
  WATS_SQL_CLAIM,
  WATS_SQL_NEXT_DUE,
  WATS_SQL_NEXT_HOLD,
  WATS_SQL_NEXT_LEASE,
  /* walks */
  WATS_SQL_OLDEST,
  WATS_SQL_PIECE,
  WATS_SQL_SPREAD,
  WATS_SQL_EXPEDITE,
  WATS_SQL_CLOSED,
  WATS_SQL_FREE_PAGES,
  WATS_SQL_VACUUM,
  WATS_SQL_LIST,
  /* salvage */
  WATS_SQL_HAS_REVISION,
  WATS_SQL_SALVAGE,
  WATS_SQL_STATEMENTS
};

/* What wats_outbox_read reads. */
#define WATS_OUTBOX_COLUMNS                                                    \
  "seq, uuid, rev, target, type, part, serial, reference, priority, state,"    \
  " created_ms, due_ms, hold_ms, died_ms, attempts, rejections, rejection,"    \
  " outage, lease_token, last_status, length, crc, reason"

/* A row of `report`. */
struct wats_outbox_entry {
  int64_t seq, target, rev;
  unsigned char uuid[WATS_UUID];
  enum wats_outbox_state state;
  char type;
  char part[WATS_REPORT_NAME + 1], serial[WATS_REPORT_NAME + 1];
  bool has_reference;
  unsigned char reference[WATS_UUID];
  int priority;
  int64_t created_ms, due_ms, died_ms;
  int64_t hold_ms; /* see outbox_order.c */
  unsigned attempts, rejections;
  uint32_t rejection;
  bool outage;
  bool has_token;
  unsigned char token[16];
  int last_status;
  int64_t length;
  uint32_t crc;
  char reason[WATS_OUTBOX_REASON];
  bool sound; /* false: not what we write */
};

/* Which file it is. */
struct wats_outbox_inode {
  dev_t device;
  ino_t inode;
};

struct wats_outbox_waiter {
  struct wats_outbox_waiter *next;
};

#define WATS_OUTBOX_LISTENERS 64

struct wats_outbox {
  struct wats_outbox *next; /* these two under the list's lock */
  unsigned references;
  /* fixed */
  char *path, *log_path, *lock_path, *turn_path, *lifeboat;
  uint64_t max_rows, max_bytes;
  int64_t patience_ns;
  const struct wats_clock *clock;
  uint64_t boot_id;
  /* the lock; under `mutex` */
  struct wats_mutex mutex;
  struct wats_cond freed;
  bool held;
  struct wats_outbox_waiter *first, **last; /* those in front are next */
  int lock_file, turn_file;                 /* -1: not open */
  struct wats_outbox_inode file;            /* of the database; 0: not open */
  const struct wats_notify *listeners[WATS_OUTBOX_LISTENERS];
  size_t listening;
  /* of who holds it */
  struct wats_db_options options;
  struct sqlite3 *db; /* NULL: not open */
  struct sqlite3_stmt *statements[WATS_SQL_STATEMENTS];
  struct wats_outbox_inode log;
  enum wats_errc result; /* of the transaction */
  enum wats_db_trouble trouble;
  struct wats_error why;
  bool changed;   /* others should hear of it */
  bool boat_more; /* the turn has left files in the lifeboat */
  bool ballast_is_whole;
  enum { WATS_TRUSTED, WATS_DOUBTED, WATS_DISTRUSTED } trust; /* in the log */
  int log_pages;  /* in the log after our last commit */
  int log_done;   /* of them in the file */
  int seen_pages; /* of outbox_tend.c, these three */
  uint64_t seen_changes;
  int64_t quiet_since_ns;
  struct wats_outbox_counts delta; /* by the transaction */
  uint64_t growth;                 /* bytes that it has taken in */
  /* monotonic; not tried again before */
  int64_t mend_after_ns, boat_after_ns, boat_clean_ns, ballast_after_ns;
  /* any thread */
  _Atomic bool locked_out;  /* the last who wanted the lock did not get it */
  _Atomic int64_t prune_ns; /* when to look for old tombstones next */
  _Atomic uint64_t enqueued, sent, dead, duplicate, lost_leases, lifeboats,
      damaged;
};

/* ---- outbox_open.c ------------------------------------------------------ */

/* Is a file system of that kind (statfs) one that is elsewhere? */
bool wats_outbox_is_far(uint64_t kind);

/* ---- outbox_lock.c ------------------------------------------------------ */

/* WATS_ERR_TIMEOUT: others had it for longer than that. */
enum wats_errc wats_outbox_lock(struct wats_outbox *o, int64_t patience_ns,
                                struct wats_error *error);
void wats_outbox_unlock(struct wats_outbox *o);
/* Moves the number of changes on; with the lock, or without it. */
void wats_outbox_bump(struct wats_outbox *o);
void wats_outbox_signal(struct wats_outbox *o);
/* With `mutex`. */
void wats_outbox_close_lock(struct wats_outbox *o);

/* ---- outbox_file.c ------------------------------------------------------ */

struct wats_outbox_work {
  void (*run)(struct wats_outbox *o, void *context);
  void *context;
  bool writes;
  bool spends;         /* the ballast may be spent for it */
  bool is_upkeep;      /* it is no news for who waits for quiet */
  int64_t patience_ns; /* 0: the outbox's */
  /* What is taken in from the lifeboat before, in commits of their own: a piece
  ** of all; or all that concerns these reports, or that uuid. */
  bool takes_in;
  const struct wats_outbox_report *reports;
  size_t reports_count;
  const unsigned char *uuid;
};

/*
** Runs it with the lock held; what writes in one transaction, committed when
** this returns WATS_OK. It may be run again, from its beginning, when the file
** was replaced or mended meanwhile. WATS_ERR_TIMEOUT: the lock was not had.
** `trouble` (may be NULL) says more of a failure.
*/
enum wats_errc wats_outbox_transact(struct wats_outbox *o,
                                    const struct wats_outbox_work *work,
                                    enum wats_db_trouble *trouble,
                                    struct wats_error *error);
/* With the lock: `run` in a transaction of its own; true: it is committed. */
bool wats_outbox_within(struct wats_outbox *o,
                        void (*run)(struct wats_outbox *o, void *context),
                        void *context);
/* What `delta` counts is true. */
void wats_outbox_add_up(struct wats_outbox *o);
/* With the lock: the database is open and the one at the path. */
bool wats_outbox_ready(struct wats_outbox *o);
/* With the lock, or before a fork without it. */
void wats_outbox_disconnect(struct wats_outbox *o);
/* The connection ends, and with it perhaps the last one of all. */
void wats_outbox_farewell(struct wats_outbox *o);
/* With the lock: brings the log into the file, as far as it can be. */
void wats_outbox_checkpoint(struct wats_outbox *o);
/* Notes a failure; false, so that it can be returned. */
bool wats_outbox_failed(struct wats_outbox *o, enum wats_errc code,
                        enum wats_db_trouble trouble, const char *message);
/* Which file is at the path; all 0: none. Does not open it. */
struct wats_outbox_inode wats_outbox_inode(const char *path);

/* ---- outbox_rows.c ------------------------------------------------------ */

extern const char *const wats_outbox_migrations[];
extern const int wats_outbox_version;
extern const char wats_outbox_settings[];
#define WATS_OUTBOX_APPLICATION 0x57617451 /* "WatQ" */

/*
** The statement with its values: `types` has one letter for each, i: int64_t,
** t: const char *, u: 16 bytes or NULL, b: const void *, size_t. NULL: noted.
** What is pointed to must stay until the statement is done.
*/
struct sqlite3_stmt *wats_outbox_bind(struct wats_outbox *o,
                                      enum wats_outbox_statement which,
                                      const char *types, ...);
/* True: a row. False: that was all, or a failure was noted. */
bool wats_outbox_step(struct wats_outbox *o, struct sqlite3_stmt *s);
/* No more of its rows are wanted. */
void wats_outbox_end(struct sqlite3_stmt *s);
/* Without rows, or with none of interest. */
void wats_outbox_run(struct wats_outbox *o, struct sqlite3_stmt *s);
/* The first column of the first row, -1: there is none. */
int64_t wats_outbox_number(struct wats_outbox *o, struct sqlite3_stmt *s);
/* Of a row of one of those statements that give whole ones. */
void wats_outbox_read(struct sqlite3_stmt *s, struct wats_outbox_entry *out);
/* The first row; false: there is none. */
bool wats_outbox_find(struct wats_outbox *o, struct sqlite3_stmt *s,
                      struct wats_outbox_entry *out);
/* 0: it has none. `make`: then it is made. */
int64_t wats_outbox_target(struct wats_outbox *o, const char *url, bool make);
/* A copy of the body, for wats_free; NULL: noted, or there is none. */
char *wats_outbox_body(struct wats_outbox *o, int64_t seq, size_t *length);
/* What is kept with each row. `fields` are those of the entry that count. */
uint32_t wats_outbox_crc(const struct wats_outbox_entry *fields,
                         const char *target, const char *body, size_t length);
int64_t wats_outbox_wall_ms(const struct wats_outbox *o);
int64_t wats_outbox_boot_ms(const struct wats_outbox *o);

/* ---- outbox_order.c ----------------------------------------------------- */

/* The row has come, or lives again, as BLOCKED: may it go? Also for one that
** has come back from flight, as READY or WAITING. */
void wats_outbox_arrange(struct wats_outbox *o,
                         const struct wats_outbox_entry *e);
/* The row is dead or gone: whom does that free? */
void wats_outbox_left(struct wats_outbox *o, const struct wats_outbox_entry *e);
/* Is there no row that blocks one that comes last? */
bool wats_outbox_is_free(struct wats_outbox *o,
                         const struct wats_outbox_entry *e);
/* Those that refer to it: the row's state has changed. */
void wats_outbox_tell_referring(struct wats_outbox *o,
                                const struct wats_outbox_entry *e);

/* ---- outbox_submit.c ---------------------------------------------------- */

/* Takes in one report, within a transaction. `bounded`: refused with
** WATS_ERR_QUEUE_FULL where it passes a bound. `crc` by wats_outbox_crc. */
bool wats_outbox_put(struct wats_outbox *o,
                     const struct wats_outbox_report *report, uint32_t crc,
                     bool bounded, enum wats_outbox_receipt *receipt);
void wats_outbox_describe(const struct wats_outbox_report *report,
                          struct wats_outbox_entry *out);

/* ---- outbox_settle.c ---------------------------------------------------- */

struct wats_outbox_sums {
  int64_t sent, died, discarded;
};
/* `digest` of the body, of those that were sent. */
void wats_outbox_settle(struct wats_outbox *o,
                        struct wats_outbox_settlement *settlement,
                        const unsigned char digest[WATS_SHA256_SIZE],
                        struct wats_outbox_sums *sums);
/* Claims of that target that were not settled by their owner come back. */
void wats_outbox_lapse_all(struct wats_outbox *o, int64_t target);
/* It is never sent as it is: a dead row. */
void wats_outbox_set_row_aside(struct wats_outbox *o,
                               const struct wats_outbox_entry *e,
                               const char *body, size_t length,
                               struct wats_outbox_sums *sums);

/* ---- where damage, ballast and lifeboat come in ------------------------- */

/* ---- outbox_schema.c ---------------------------------------------------- */

/* A number for all that it says, and where; -1: it cannot be read. */
int64_t wats_outbox_schema(struct sqlite3 *db);
/* WATS_DB_DAMAGED: it is another one. */
enum wats_errc wats_outbox_check_schema(struct wats_outbox *o);

/* ---- outbox_boat.c */

/* The database could not take them, and why. Needs no lock. */
enum wats_errc wats_outbox_take_to_boat(
    struct wats_outbox *o, const struct wats_outbox_report *reports,
    size_t count, enum wats_outbox_receipt *receipts,
    enum wats_db_trouble trouble, const struct wats_error *reason,
    struct wats_error *error);
/* With the lock, before the transaction: as `work` says. */
void wats_outbox_take_in(struct wats_outbox *o,
                         const struct wats_outbox_work *work);

/* ---- outbox_room.c ------------------------------------------------------ */

/* With the lock. True: there is some room. */
bool wats_outbox_spend(struct wats_outbox *o);
/* With the lock: one piece; or as much as there is room for. */
void wats_outbox_keep_ballast(struct wats_outbox *o);
void wats_outbox_make_ballast(struct wats_outbox *o, void *unused);
/* A failure may be for want of room, whatever it says. */
bool wats_outbox_is_tight(const struct wats_outbox *o);
/* With the lock: can so much be taken in, when so much waits? False: noted. */
bool wats_outbox_has_room_for(struct wats_outbox *o, uint64_t bytes,
                              uint64_t waiting);
/* May the lifeboat take so much, where the database has failed like that? */
enum wats_errc wats_outbox_has_room_for_boat(const struct wats_outbox *o,
                                             uint64_t bytes,
                                             enum wats_db_trouble trouble,
                                             struct wats_error *error);

/* ---- outbox_quarantine.c */

/* A body that is not what was handed in, as a file. `uuid` may be NULL. */
bool wats_outbox_quarantine(struct wats_outbox *o, int64_t seq,
                            const unsigned char *uuid, const char *body,
                            size_t length);

/* ---- outbox_mend.c */

/* The file is damaged: puts another in its place, with all that can still be
** read. With the lock, not connected. One that never was a queue is left as it
** is: a failure, and o->trouble is WATS_DB_FOREIGN. */
enum wats_errc wats_outbox_mend(struct wats_outbox *o,
                                struct wats_error *error);
/* Does what a mending has left to do that was cut short; before the file is
** opened. */
enum wats_errc wats_outbox_finish_mending(struct wats_outbox *o,
                                          struct wats_error *error);

#endif
