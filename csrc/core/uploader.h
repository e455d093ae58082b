/*
** uploader.h - sends what is in an outbox (outbox.h) to its server, in a thread
** of its own, whatever Lua does meanwhile.
**
** There is one uploader for each outbox and base URL in a process. Whoever
** opens the queue with a client is a member of it; the first one who is open
** lends his client (engine, breaker, limiter, token), and when he leaves, or
** the server does not let him in, the next one does. With the last member it
** ends.
**
** It claims as many reports as it may have under way, starts a request for each
** (POST /api/Report/WSJF, client_pending.h), and settles what has come of them
** by delivery.h, all in turns of one commit. A lease outlives its request: none
** is begun that could last longer, and one that does, since it waits for the
** rate limiter or the machine has slept, is called back before. Requests go
** through the client like anybody's: they share breaker and limiter with
** interactive calls, but leave a tenth of what the limiter allows, and make
** stale what the operation's table says in the caches of all members.
**
** Where the server takes nothing (delivery.h: HOLD) one report is a probe, now
** and then, when another client lends, or at a nudge. The reason stands in the
** file too: who comes later begins with a probe.
**
** After an outage it comes back slowly (uploader_pace.h): the first report at a
** time chosen at random within `recovery_spread_ns`, then one per second, and
** twice as many each five seconds, so that a server that hundreds of stations
** have waited for is not met by all of them at once. With a spread of 0 it is
** back at once. That the server answers interactive calls again, after the
** breaker was open, is noticed.
**
** It wakes when a report comes in this process, within 250 ms when one comes in
** another, and when something becomes due; while it waits it costs five looks
** at a side file a second. In a forked child there is none, and the parent's
** goes on: a queue that the child uses stores only, until it is opened anew;
** `paused` says "forked" there.
**
** What people should know goes to the log: paused and resumed, a lease that was
** lost, and a file that cannot be used (warn), a dead report (error).
**
** Any thread may call, but each member is one thread's at a time.
*/
#ifndef WATS_UPLOADER_H
#define WATS_UPLOADER_H

#include "client.h"
#include "outbox.h"

#define WATS_UPLOADER_CONCURRENCY     4
#define WATS_UPLOADER_MAX_CONCURRENCY 64
#define WATS_UPLOADER_SPREAD          (30 * WATS_NS_PER_S)
/* A lease outlives its request's deadline by so much. */
#define WATS_UPLOADER_MARGIN (30 * WATS_NS_PER_S)
/* How long leaving waits for what is under way. */
#define WATS_UPLOADER_LEAVE (2 * WATS_NS_PER_S)
/* Events that a member has not fetched; older ones are lost, and counted. */
#define WATS_UPLOADER_EVENTS 256

struct wats_uploader_member;

struct wats_uploader_options {
  struct wats_outbox *outbox; /* retained */
  struct wats_client *client; /* retained; its base URL is the target */
  unsigned concurrency;       /* 0: as it is, or the default */
  int64_t recovery_spread_ns; /* -1: likewise; 0: none */
};

/* Starts the thread if it does not run. WATS_ERR_ARGUMENT: another member has
** asked for another concurrency or spread. */
enum wats_errc wats_uploader_join(const struct wats_uploader_options *options,
                                  struct wats_uploader_member **out,
                                  struct wats_error *error);
/*
** Accepts NULL. The last member ends the thread: with `wait` what is under way
** may take WATS_UPLOADER_LEAVE, and is settled; then, or at once without it, it
** is cancelled and released, with a short delay where it may have come to the
** server. Without `wait` nothing is waited for, not the disk
** either: the thread does it alone, for a finaliser.
*/
void wats_uploader_leave(struct wats_uploader_member *member, bool wait);

/* Blocks until something was settled or the uploader's state has changed since
** the last call, or until `until_ns` (monotonic). */
void wats_uploader_wait(struct wats_uploader_member *member, int64_t until_ns);

struct wats_uploader_stats {
  unsigned in_flight, concurrency;
  char paused[WATS_OUTBOX_REASON]; /* "": no. Also while its clients are closed
                                      ("closed") */
  uint64_t sent, dead, retried;    /* by it */
};
void wats_uploader_stats(struct wats_uploader_member *member,
                         struct wats_uploader_stats *out);
/* What is held up is tried now (a person has mended it, or says so). */
void wats_uploader_nudge(struct wats_uploader_member *member);

/* ---- events -------------------------------------------------------------- */

enum wats_uploader_event_kind {
  WATS_UPLOADER_SENT,
  WATS_UPLOADER_DEAD,
  WATS_UPLOADER_PAUSED,
  WATS_UPLOADER_RESUMED,
  WATS_UPLOADER_LOST /* `count` older events were not fetched in time */
};

struct wats_uploader_event {
  enum wats_uploader_event_kind kind;
  unsigned char uuid[WATS_UUID]; /* SENT, DEAD */
  int status;                    /* 0: no answer */
  unsigned attempts;             /* SENT, DEAD: this one included */
  uint64_t count;
  int64_t wall_ns;
  char reason[WATS_OUTBOX_REASON]; /* DEAD, PAUSED */
};

/* From now on the member has events. Before that he has none: they cost
** memory. */
enum wats_errc wats_uploader_subscribe(struct wats_uploader_member *member,
                                       struct wats_error *error);
/* The oldest one; false: there is none. One atomic load when there is none. */
bool wats_uploader_next_event(struct wats_uploader_member *member,
                              struct wats_uploader_event *out);

#endif
