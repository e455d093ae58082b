/*
** engine.h - one libcurl multi for the process, and who drives it.
**
** All transfers of all clients and Lua states share one multi: its connections,
** its HTTP/2 streams, its name look-ups. Only the holder of the *driver token*
** touches it. That is
**
**   a caller   a thread in wats_engine_wait, when nobody else drives: its own
**              transfers need no other thread, which is as cheap as libcurl's
**              easy interface;
**   the thread one of ours, started when it is first needed: it drives when
**              transfers are under way and no caller has driven them for
**              WATS_ENGINE_TICK_NS, and hands over to a caller who waits. While
**              many are under way it drives beside callers that have enough to
**              do with what arrives.
**
** So transfers go on while their owner does something else, and nothing of ours
** runs or wakes up when none is under way. The thread blocks all signals and
** ends with the process.
**
** A job is one use of an easy handle, zeroed before its first. It belongs to
** the engine from submit
** until `done` is called: by whoever holds the token then, with no lock held.
** `done` must be quick, must not wait, and may submit jobs, the same one
** included.
**
** When the process ends, no thread is left within libcurl: OpenSSL takes itself
** down at exit, and would pull the ground from under it.
**
** After fork the child has an engine of its own with nothing under way; the
** parent's jobs, connections and thread are the parent's. A job that was under
** way stays in the child what it was: memory that nobody finishes, and to
** cancel or
** resume it does nothing. Its owner sees that by wats_engine_generation.
*/
#ifndef WATS_ENGINE_H
#define WATS_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "job.h"
#include "sync.h"

/* How long transfers lie idle before the thread takes care of them. */
#define WATS_ENGINE_TICK_NS (2 * INT64_C(1000000))

/*
** Hands the job over. With `caller_waits` the caller goes on to
** wats_engine_wait at once, so that nobody needs to be woken for it; otherwise
** the thread looks after it. WATS_ERR_MEMORY, WATS_ERR_IO (no thread
** or no descriptor to be had): the job is still the caller's.
*/
enum wats_errc wats_engine_submit(struct wats_job *job, bool caller_waits);

/*
** Ends the job soon: `done` is called with CURLE_ABORTED_BY_CALLBACK, unless it
** was about to be called anyway. A job that is not under way is ended as soon
** as it is submitted, so that none slips through between two uses. Any thread;
** does not wait. The job must be there: its owner sees to that.
*/
void wats_engine_cancel(struct wats_job *job);
/* The same for this use of it only, and nothing if it is not under way. */
void wats_engine_end(struct wats_job *job);

/*
** Lets a transfer go on that one of its callbacks has paused; any other is left
** as it is. Any thread; does not wait. The job must be there.
*/
void wats_engine_resume(struct wats_job *job);

/* Somebody who waits for his transfers; one thread's at a time. */
struct wats_waiter {
  struct wats_cond cond;
  bool awake;  /* the engine's lock guards it, and what follows */
  bool queued; /* waits while somebody else drives */
  bool shares; /* has much to do with each answer, so while many are under way
                  the thread drives instead. Set by its owner */
  struct wats_waiter *next; /* in that queue */
};

enum wats_errc wats_waiter_init(struct wats_waiter *waiter);
void wats_waiter_destroy(struct wats_waiter *waiter);

/*
** Blocks until the waiter is woken, or until `until_ns` (monotonic); drives
** meanwhile if nobody else does. True when woken, which is thereby used up.
** A signal does not end it: who must look at something else, waits in slices.
*/
bool wats_engine_wait(struct wats_waiter *waiter, int64_t until_ns);
/* Any thread, `done` included. Sticks until it is used up. */
void wats_engine_wake(struct wats_waiter *waiter);

/* Changes with fork: what was submitted under another one is lost. */
unsigned wats_engine_generation(void);
/* Connections kept open to one host (scheme, name, port); more wait. The first
** call that gives a number above 0 stands. */
void wats_engine_limit_connections(long per_host);
/* Closes idle connections and handles, if nothing is under way; for tests and
** leak checks. */
void wats_engine_drain(void);

#endif
