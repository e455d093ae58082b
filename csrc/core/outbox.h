/*
** outbox.h - the durable queue of reports: a SQLite file (db.h) that several
** processes share, and in each process one instance for all who open it.
**
** What it promises
**   - A report that was taken in (submit returned WATS_OK) is on the disk: in
**     the file, committed in WAL mode with synchronous=FULL, or, when the file
**     cannot take it, in a file of its own in the lifeboat directory. It leaves
**     only when a turn says that the server confirmed it, or when a person
**     discards it. Neither age nor attempts remove anything.
**   - No two claims of one uuid for one target at a time, in whatever process:
*a
**     claim is a lease, known by a random token, on the clock that runs on
*while the
**     machine sleeps and is void when it has started anew. What is settled with
**     a lease that was lost changes nothing.
**   - Reports of one unit (part number and serial number; without a serial
**     number there is none) are claimed one after the other in the order in
**     which they came; a repair not before the test that it refers to, nor
*while
**     that is dead (for ORDER_TIMEOUT).
**   - The same uuid with the same body is one report, also when it was sent up
**     to TOMBSTONES ago. With another body the new one takes the place of the
**     old, or follows it if that is just being sent. For another target it is
**     another report.
**   - What is read is what was written: each row has a CRC-32C over all that
**     does not change. What does not match is put aside as a file and as a dead
**     row, and never sent.
**   - Nothing is O(n) in the reports that wait, but for what walks through them
**     by name (list, expedite), and that in pieces.
**
** How the file is used. Every open, transaction, checkpoint and close of every
** process is done under one lock on a side file ("<path>-lock", flock) and one
** mutex of the instance; who waits longer than `patience` is refused or takes
** to the lifeboat, and a submit after that waits for a moment only, until the
** lock is had again. Nobody but SQLite opens the file itself: a process that
** closes any descriptor of it drops SQLite's locks. Checkpoints are PASSIVE and
** by wats_outbox_tend alone, which whoever delivers calls; the exceptions are
** in outbox_tend.c. See ARCHITECTURE.md for why.
**
** A file that is damaged is set aside ("<path>.damaged-...") whenever that is
** seen, and what its CRC vouches for is taken over into a new one. A large one
** not by a submit, which takes to the lifeboat meanwhile. A file that never was
** a queue (no database, nothing of a queue beside it or in it) is somebody
** else's: it is refused, and left as it is.
**
** Any thread; an instance is counted. Before a fork it closes its connection,
** afterwards parent and child open their own when they next need one.
** Built without SQLite, opening fails with WATS_ERR_ARGUMENT and says so.
*/
#ifndef WATS_OUTBOX_H
#define WATS_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "error.h"
#include "notify.h"
#include "report_head.h"

struct wats_outbox;

#define WATS_OUTBOX_MAX_ROWS      1000000
#define WATS_OUTBOX_MAX_BYTES     (UINT64_C(4) << 30) /* of bodies */
#define WATS_OUTBOX_MAX_BODY      (UINT64_C(256) << 20)
#define WATS_OUTBOX_PATIENCE      (2 * WATS_NS_PER_S)
#define WATS_OUTBOX_BALLAST       (16 << 20)
#define WATS_OUTBOX_TOMBSTONES    (INT64_C(30) * 86400 * WATS_NS_PER_S)
#define WATS_OUTBOX_ORDER_TIMEOUT (INT64_C(86400) * WATS_NS_PER_S)
/* A due time further ahead than this is a wall clock that was wrong. */
#define WATS_OUTBOX_MAX_DELAY (INT64_C(3600) * WATS_NS_PER_S)
#define WATS_OUTBOX_FIRST     1 /* priorities */
#define WATS_OUTBOX_USUAL     5
#define WATS_OUTBOX_LAST      10
/* Of an answer that is kept with a dead report. */
#define WATS_OUTBOX_ANSWER 4096
#define WATS_OUTBOX_REASON 240

struct wats_outbox_options {
  const char *path;
  const char *lifeboat;         /* directory; NULL: "<path>-lifeboat" */
  uint64_t max_rows, max_bytes; /* 0: as it is, or the default */
  int64_t patience_ns;          /* 0: likewise */
  const struct wats_clock
      *clock; /* NULL: the system's; the first one's stands */
};

/*
** Opens it, makes it where it is missing. The directory must be there. Two ways
** to one file are one instance; whoever comes second and asks for other bounds
** or another lifeboat is refused (WATS_ERR_ARGUMENT). WATS_ERR_IO: what a
** person has to mend, such as permission, another program's database, a file
** of a later version, or a network file system, whose locks cannot be trusted.
** A file that is locked for longer than `patience` is no failure: it is opened
** when it is next needed, and submit takes to the lifeboat meanwhile.
*/
enum wats_errc wats_outbox_open(const struct wats_outbox_options *options,
                                struct wats_outbox **out,
                                struct wats_error *error);
struct wats_outbox *wats_outbox_retain(struct wats_outbox *outbox);
/* The last one closes the connection: leases that are held stay till they run
** out. Accepts NULL. */
void wats_outbox_release(struct wats_outbox *outbox);
/* Absolute. Borrowed. */
const char *wats_outbox_path(const struct wats_outbox *outbox);
const struct wats_clock *wats_outbox_clock(const struct wats_outbox *outbox);

/* ---- taking in ---------------------------------------------------------- */

struct wats_outbox_report {     /* all borrowed */
  struct wats_report_head head; /* of `body` */
  const char *target;           /* base URL of the server that it is for */
  int priority;                 /* FIRST .. LAST */
  const char *body;
  size_t length;
};

enum wats_outbox_receipt {
  WATS_OUTBOX_NEW,
  WATS_OUTBOX_DUPLICATE, /* it is there already, or was sent: nothing is stored
                          */
  WATS_OUTBOX_REPLACED,  /* in place of another body of this uuid; also a dead
                            report that waits again */
  WATS_OUTBOX_LIFEBOAT   /* the database cannot take it now: it is a file */
};

/*
** Takes in all of them or none, in one commit; returns when that is durable.
** `receipts` (may be NULL) has room for `count`. WATS_ERR_QUEUE_FULL: its bound
** is reached, or the disk has no more room than it takes to deliver what waits,
** lifeboat included; WATS_ERR_IO: neither file nor lifeboat could be written;
** the message says both reasons. The caller still has the report then; one
*whose
** commit failed may be there all the same, and is known when it comes again.
*/
enum wats_errc wats_outbox_submit(struct wats_outbox *outbox,
                                  const struct wats_outbox_report *reports,
                                  size_t count,
                                  enum wats_outbox_receipt *receipts,
                                  struct wats_error *error);

/* ---- sending ------------------------------------------------------------ */

struct wats_outbox_claim {
  int64_t seq; /* the row */
  unsigned char uuid[WATS_UUID];
  unsigned char token[16];
  int64_t until_boot_ns; /* when the lease ends, by wats_clock_boot */
  int priority;
  unsigned attempts;   /* before this one */
  unsigned rejections; /* answers in a row that blamed the report */
  uint32_t rejection;  /* CRC-32C of the last of them */
  char *body;          /* for wats_outbox_claim_free */
  size_t length;
};
void wats_outbox_claim_free(struct wats_outbox_claim *claim);

enum wats_outbox_outcome {
  WATS_OUTBOX_SENT,    /* the server has confirmed it */
  WATS_OUTBOX_RETRY,   /* once more, after `delay_ns` */
  WATS_OUTBOX_RELEASE, /* it was not tried: as before the claim */
  WATS_OUTBOX_BURY     /* to the dead list */
};

struct wats_outbox_settlement {
  const struct wats_outbox_claim *claim; /* borrowed */
  enum wats_outbox_outcome outcome;
  int64_t delay_ns;   /* of a RETRY or RELEASE */
  bool outage;        /* of a RETRY: not the report's fault; see recovered */
  bool rejected;      /* of a RETRY: the answer blamed the report */
  uint32_t rejection; /* its CRC-32C */
  int status;         /* of the answer; 0: there was none */
  const char *reason; /* for people; never a credential. Cut. May be NULL */
  const char *answer; /* of a BURY: its body, cut; NULL: none */
  size_t answer_length;
  bool lost; /* filled in: the lease was not ours any more, nothing was changed
              */
};

struct wats_outbox_turn {
  const char *target;
  struct wats_outbox_settlement *settlements;
  size_t settled;
  int64_t lease_ns;                 /* of each claim */
  struct wats_outbox_claim *claims; /* room for `wanted` */
  size_t wanted, claimed;           /* `claimed` is filled in */
  /* Filled in: from now until something that waits becomes due or a lease runs
  ** out; WATS_NEVER: nothing waits for time. */
  int64_t next_ns;
};

/*
** One turn of who delivers: takes in what is in the lifeboat, settles what has
** come of earlier claims, makes due what is due, and claims as many as are
** wanted and ready: by priority, within one in the order of arrival. All of it
** in one commit; on failure nothing has changed and the settlements are still
** to be made (WATS_ERR_IO, WATS_ERR_QUEUE_FULL: even the ballast did not help;
** WATS_ERR_MEMORY).
*/
enum wats_errc wats_outbox_turn(struct wats_outbox *outbox,
                                struct wats_outbox_turn *turn,
                                struct wats_error *error);
/* The server is back: what waits for it because of an outage becomes due, at
** times spread at random over `spread_ns`. */
enum wats_errc wats_outbox_recovered(struct wats_outbox *outbox,
                                     const char *target, int64_t spread_ns,
                                     struct wats_error *error);
/* Deliveries to the target are held up until further notice, and why; NULL:
** they go on. Kept in the file, for others to see. */
enum wats_errc wats_outbox_pause(struct wats_outbox *outbox, const char *target,
                                 const char *reason, struct wats_error *error);
/* What is to be done now and then by who delivers, in small pieces: checkpoint,
** old tombstones, ballast. At most a few ms. */
enum wats_errc wats_outbox_tend(struct wats_outbox *outbox,
                                struct wats_error *error);

/* ---- news --------------------------------------------------------------- */

/* A number that is another one after each report that came, in whatever
** process, and each change by a person; two system calls, no lock of the file.
*/
uint64_t wats_outbox_changes(struct wats_outbox *outbox);
/* Signalled by each change in this process, until it is taken out. Borrowed. */
enum wats_errc wats_outbox_listen(struct wats_outbox *outbox,
                                  const struct wats_notify *notify);
void wats_outbox_unlisten(struct wats_outbox *outbox,
                          const struct wats_notify *notify);

/* ---- looking ------------------------------------------------------------ */

enum wats_outbox_state {
  WATS_OUTBOX_READY,     /* may be claimed */
  WATS_OUTBOX_WAITING,   /* for its time, after a failure */
  WATS_OUTBOX_BLOCKED,   /* by an earlier one of its unit */
  WATS_OUTBOX_IN_FLIGHT, /* claimed */
  WATS_OUTBOX_DEAD,
  WATS_OUTBOX_STATES
};
/* "ready", "waiting", "blocked", "in_flight", "dead"; static text. */
const char *wats_outbox_state_name(enum wats_outbox_state state);

struct wats_outbox_stats {
  uint64_t rows[WATS_OUTBOX_STATES], bytes[WATS_OUTBOX_STATES]; /* of bodies */
  uint64_t lifeboat;     /* files that are still to be taken in */
  int64_t oldest_age_ns; /* of those not yet confirmed, dead ones left out; -1:
                            there is none */
  uint64_t sent, died, discarded;  /* since the file was made */
  char paused[WATS_OUTBOX_REASON]; /* "": no */
  uint64_t max_rows, max_bytes;
};
/* Of one target; NULL: of all, paused by the first that is. */
enum wats_errc wats_outbox_stats(struct wats_outbox *outbox, const char *target,
                                 struct wats_outbox_stats *out,
                                 struct wats_error *error);
/* The same for who has no time: WATS_ERR_TIMEOUT when the file is not to be had
** within `patience_ns`. */
enum wats_errc wats_outbox_stats_within(struct wats_outbox *outbox,
                                        const char *target, int64_t patience_ns,
                                        struct wats_outbox_stats *out,
                                        struct wats_error *error);

/* By this process alone, since the instance was made: for counters. */
struct wats_outbox_counts {
  uint64_t enqueued, sent, dead, duplicate, lost_leases, lifeboat, damaged;
};
void wats_outbox_counts(struct wats_outbox *outbox,
                        struct wats_outbox_counts *out);

struct wats_outbox_row {
  int64_t seq;
  unsigned char uuid[WATS_UUID];
  enum wats_outbox_state state;
  char type;
  int priority;
  unsigned attempts;
  int last_status;    /* 0: none yet */
  int64_t created_ms; /* wall clock, Unix epoch */
  int64_t due_ms;     /* WAITING: when it is next tried */
  int64_t died_ms;    /* DEAD: since when */
  size_t length;      /* of the body */
  char part_number[WATS_REPORT_NAME + 1], serial_number[WATS_REPORT_NAME + 1];
  char target[256];
  char reason[WATS_OUTBOX_REASON]; /* of the last failure; "": none */
};

struct wats_outbox_query {
  const char *target; /* NULL: any */
  unsigned states;    /* bits 1 << state; 0: all */
  int64_t after;      /* a row's seq: those behind it */
  size_t limit;
};
/* In the order of arrival. `rows` is for wats_free. */
enum wats_errc wats_outbox_list(struct wats_outbox *outbox,
                                const struct wats_outbox_query *query,
                                struct wats_outbox_row **rows, size_t *count,
                                struct wats_error *error);

struct wats_outbox_found {
  enum { WATS_OUTBOX_UNKNOWN, WATS_OUTBOX_KEPT, WATS_OUTBOX_WAS_SENT } what;
  struct wats_outbox_row row; /* KEPT: the newest body of the uuid */
  char *body, *answer;        /* KEPT: for wats_free */
  size_t body_length, answer_length;
  int64_t sent_ms; /* WAS_SENT */
};
enum wats_errc wats_outbox_get(struct wats_outbox *outbox,
                               const unsigned char uuid[WATS_UUID],
                               struct wats_outbox_found *out,
                               struct wats_error *error);
void wats_outbox_found_free(struct wats_outbox_found *found);

/* ---- by a person -------------------------------------------------------- */

enum wats_outbox_done {
  WATS_OUTBOX_DONE,
  WATS_OUTBOX_NOT_THERE, /* no such uuid waits or is dead */
  WATS_OUTBOX_IS_SENDING /* not while it is in flight with a lease that holds */
};
/* A dead one waits again, as if it had just come; one that waits is due now. */
enum wats_errc wats_outbox_retry(struct wats_outbox *outbox,
                                 const unsigned char uuid[WATS_UUID],
                                 enum wats_outbox_done *done,
                                 struct wats_error *error);
/* It is gone for good. */
enum wats_errc wats_outbox_discard(struct wats_outbox *outbox,
                                   const unsigned char uuid[WATS_UUID],
                                   enum wats_outbox_done *done,
                                   struct wats_error *error);
/* All of a target that wait for their time are due now. */
enum wats_errc wats_outbox_expedite(struct wats_outbox *outbox,
                                    const char *target,
                                    struct wats_error *error);

#endif
