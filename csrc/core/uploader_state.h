/*
** uploader_state.h - what uploader_join.c makes and the other uploader_*.c work
** with. For those files only.
**
** `lock` guards what members and the thread share, and is held for a few
** instructions: never over a call of the outbox, or one that starts or ends a
** request. All else is the thread's own. The list of all uploaders has a lock
** of its own, which is taken before it (uploader_join.c).
*/
#ifndef WATS_UPLOADER_STATE_H
#define WATS_UPLOADER_STATE_H

#include <stdatomic.h>

#include "client_pending.h"
#include "delivery.h"
#include "notify.h"
#include "sync.h"
#include "uploader.h"
#include "uploader_pace.h"

/* What is claimed for a probe, when one that was not refused yet is looked
** for. */
#define WATS_UPLOADER_PROBES 16
#define WATS_UPLOADER_ROOM                                                     \
  (WATS_UPLOADER_MAX_CONCURRENCY + WATS_UPLOADER_PROBES)
/* Where reports go. */
#define WATS_UPLOADER_METHOD "POST"
#define WATS_UPLOADER_PATH   "/api/Report/WSJF"

/* ---- members ------------------------------------------------------------ */

struct wats_uploader_ring { /* see uploader_events.c */
  size_t first;
  _Atomic size_t waiting; /* written with the lock */
  uint64_t lost;          /* not told of yet */
  struct wats_uploader_event events[WATS_UPLOADER_EVENTS];
};

struct wats_uploader_member {
  struct wats_uploader *uploader;
  struct wats_uploader_member *next; /* in the order of joining */
  struct wats_client *client;        /* retained */
  unsigned asked_concurrency;        /* 0: none */
  int64_t asked_spread_ns;           /* -1: none */
  uint64_t seen;                     /* of `news`, by wats_uploader_wait */
  _Atomic(struct wats_uploader_ring *) ring; /* NULL: he has no events */
};

/* ---- a report under way ------------------------------------------------- */

/* A cache that is not the sender's, but must know of what he does. */
struct wats_uploader_echo {
  struct wats_uploader_echo *next;
  struct wats_client *client; /* retained */
  struct wats_cache_write write;
};

enum wats_uploader_use {
  WATS_SLOT_FREE,
  WATS_SLOT_UNDER_WAY,
  WATS_SLOT_OVER /* to be settled in the next turn */
};

struct wats_uploader_slot {
  enum wats_uploader_use use;
  bool probe;
  bool cancelled;
  struct wats_outbox_claim claim;
  struct wats_pending *pending;
  struct wats_uploader_echo *echoes;
  /* Once it is over. */
  struct wats_outbox_settlement settlement;
  char reason[WATS_OUTBOX_REASON];
  char *answer;
};

/* ---- the uploader ------------------------------------------------------- */

struct wats_uploader_shown {
  unsigned in_flight;
  char paused[WATS_OUTBOX_REASON];
  uint64_t sent, dead, retried;
};

struct wats_uploader {
  struct wats_uploader *next; /* in the list of all */
  struct wats_outbox *outbox; /* retained */
  const struct wats_clock *clock;
  char *target; /* base URL */
  struct wats_thread thread;
  struct wats_notify wake; /* the outbox signals it, and members */

  struct wats_mutex lock; /* over what follows */
  struct wats_cond changed;
  struct wats_uploader_member *members;
  int64_t spread_ns;
  int64_t grace_until_ns; /* of the end; system clock */
  uint64_t news;
  struct wats_uploader_shown shown;
  unsigned concurrency;
  bool ends;      /* the last member has left */
  bool alone;     /* nobody waits for the thread: it frees all */
  bool hurry;     /* nudged */
  bool joined;    /* somebody has come */
  bool abandoned; /* in a forked child: there is no thread */

  /* The thread's own. */
  bool told;        /* there is something new to show */
  bool saw_breaker; /* it was open, since the server is out */
  bool know_pause;  /* whether somebody has held the target before is known */
  bool write_pause; /* the note in the file is not up to date */
  bool recovered;   /* to be told to the outbox */
  bool more;        /* the last turn has had as many as it wanted */
  bool untidy;
  unsigned passed;  /* members that are open and do not lend, whose clients the
                       server has let in no more than others */
  bool takes_turns; /* the next one lends, but nothing is tried for that */
  int arrivals_fd;
  unsigned failed_turns; /* in a row */
  struct wats_arrivals *arrivals;
  struct wats_client *client;       /* the lender; retained; NULL: all are
                                       closed */
  struct wats_client_bounds bounds; /* of it */
  struct wats_uploader_slot *slots;
  size_t room; /* slots */
  struct wats_delivery delivery;
  struct wats_pace pace;
  struct wats_uploader_shown own; /* to be shown */
  int64_t probe_ns;               /* held: when the next probe goes */
  uint64_t seen;                  /* changes of the outbox */
  int64_t due_ns;                 /* when something becomes due */
  int64_t safety_ns;              /* a turn in any case */
  int64_t tend_ns;                /* upkeep in any case */
  int64_t tended_ns;              /* the last one, */
  uint64_t tended;                /* and the outbox's changes then */
  int64_t turn_ns; /* not before, after a failed one; system clock */
};

/* uploader_thread.c */
void *wats_uploader_run(void *uploader);

/* uploader_send.c: by the thread. */
/* Puts a claim under way, or has it over at once. */
void wats_uploader_send(struct wats_uploader *u, struct wats_uploader_slot *s,
                        bool probe);
/* Not sent: as before the claim, but for a delay. */
void wats_uploader_give_back(struct wats_uploader_slot *s, int64_t delay_ns);
/* Takes what has come, and decides. */
void wats_uploader_hear(struct wats_uploader *u);
/* Ends what is under way with the lease, or all. */
void wats_uploader_cancel(struct wats_uploader *u, bool all);
/* After its settlement, or instead. */
void wats_uploader_clear(struct wats_uploader_slot *s);
/* How long the lease of a request of this client is. */
int64_t wats_uploader_lease(const struct wats_client_bounds *bounds);

/* uploader_events.c: with the lock, but for free. */
void wats_uploader_tell(struct wats_uploader *u,
                        const struct wats_uploader_event *event);

/* uploader_join.c: nobody uses it any more. */
void wats_uploader_destroy(struct wats_uploader *u);

static inline int64_t wats_uploader_now(const struct wats_uploader *u)
{
  return wats_clock_monotonic(u->clock);
}

#endif
