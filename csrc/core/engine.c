/*
** engine.c - see engine.h.
**
** `lock` guards everything in `engine` but what only the holder of the token
** touches: the multi's content and the heap of timed jobs. It is held for a
** few instructions at a time, never over a call into libcurl's transfers and
** never over `done`. Each waiter has a condition of its own: one broadcast to
** all would wake eight threads to let one of them drive.
*/
#include "engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "at_fork.h"
#include "clock.h"
#include "handles.h"
#include "jobs.h"

/* Longest sleep in a poll that nothing limits. */
#define LONG_POLL_NS (60 * WATS_NS_PER_S)

/* So many under way keep a processor busy beside the one that runs Lua. Fewer
** are not worth the hand-over. */
#define MANY_JOBS 16

/* Connections kept, in use or idle. Told, because libcurl's own figure is four
** times the transfers of the moment: the last of a burst would close the
** connections that the next one needs. */
#define KEPT_CONNECTIONS 256L

enum driver { NOBODY, CALLER, THREAD };

static struct {
  struct wats_jobs own; /* the driver's */
  enum driver driver;
  struct wats_waiter *driving; /* the caller who drives */
  bool polling;                /* the driver sleeps, or is about to */
  bool in_turn, forking;       /* see before_fork */
  bool exiting;                /* see before_exit */
  pthread_t exiting_thread;
  struct wats_cond turn_ended;
  struct wats_job *inbox, **inbox_end;
  struct wats_job *cancelled, *resumed;
  size_t jobs;                  /* submitted and not done */
  struct wats_waiter *waiters;  /* for the token, or to be woken; in order */
  int64_t left_ns;              /* when the token was last given up */
  bool has_thread, ticking;     /* the thread looks in every tick */
  bool wanted;                  /* it is to drive at once */
  struct wats_cond thread_cond; /* ticking or not, it sleeps here */
} engine;

static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;
static _Atomic unsigned generation;
static _Atomic long connections_per_host;

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* ---- beginning, and fork ------------------------------------------------ */

static void reset(void)
{
  engine.own.multi = NULL;
  engine.driver = NOBODY;
  engine.driving = NULL;
  engine.polling = engine.has_thread = engine.ticking = false;
  engine.inbox = engine.cancelled = engine.resumed = NULL;
  engine.inbox_end = &engine.inbox;
  engine.jobs = 0;
  engine.waiters = NULL;
  engine.in_turn = engine.forking = engine.exiting = false;
  (void)wats_cond_init(&engine.thread_cond);
  (void)wats_cond_init(&engine.turn_ended);
}

/*
** No driver is within libcurl or an owner's `done` then: the child could never
** get the locks that it holds there.
*/
static void before_fork(void)
{
  wats_mutex_lock(&lock);
  engine.forking = true;
  while (engine.in_turn)
    wats_cond_wait(&engine.turn_ended, &lock);
}

static void in_parent(void)
{
  engine.forking = false;
  wats_cond_broadcast(&engine.turn_ended);
  wats_mutex_unlock(&lock);
}

/* Whatever the parent's driver was at: the child begins anew. What the parent
** had is left as it is, since nobody knows what state it was in. */
static void in_child(void)
{
  reset();
  engine.own.timed = (struct wats_job_heap){0};
  atomic_fetch_add(&generation, 1);
  wats_mutex_unlock(&lock);
}

/*
** The process ends. What libcurl uses, OpenSSL above all, takes itself down at
** exit; nobody may be in it then. Registered when libcurl has been started, so
** this is called before. Both are done by the thread that first needs the
** engine: one of ours might do it when the process is ending already.
*/
static void before_exit(void)
{
  wats_mutex_lock(&lock);
  engine.exiting = true;
  engine.exiting_thread = pthread_self();
  while (engine.in_turn)
    wats_cond_wait(&engine.turn_ended, &lock);
  wats_mutex_unlock(&lock);
}

static void start(void)
{
  reset();
  wats_handles_start();
  (void)atexit(before_exit);
  (void)wats_at_fork(WATS_FORK_ENGINE, before_fork, in_parent, in_child);
}

/* Whoever is about to fork goes first: a driver with much to do would have the
** next turn again. Other threads than the one that ends the process go no
** further. */
static void let_others_go_first(void)
{
  while (
      engine.forking ||
      (engine.exiting && !pthread_equal(engine.exiting_thread, pthread_self())))
    wats_cond_wait(&engine.turn_ended, &lock);
}

/* Without descriptors libcurl makes one that cannot be woken: each order would
** wait until a poll ends by itself, for as long as the process lives. */
static enum wats_errc make_wakeable_multi(void)
{
  CURLM *multi = curl_multi_init();
  if (!multi) return WATS_ERR_MEMORY;
  if (curl_multi_wakeup(multi) == CURLM_OK) {
    engine.own.multi = multi;
    return WATS_OK;
  }
  curl_multi_cleanup(multi);
  return WATS_ERR_IO;
}

static enum wats_errc need_multi(void)
{
  long limit = atomic_load(&connections_per_host);
  enum wats_errc code;
  if (engine.own.multi) return WATS_OK;
  code = make_wakeable_multi();
  if (code != WATS_OK) return code;
  curl_multi_setopt(engine.own.multi, CURLMOPT_PIPELINING,
                    (long)CURLPIPE_MULTIPLEX);
  curl_multi_setopt(engine.own.multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
  if (limit > 0)
    curl_multi_setopt(engine.own.multi, CURLMOPT_MAX_HOST_CONNECTIONS, limit);
  return WATS_OK;
}

/* ---- a turn of the driver ------------------------------------------------ */

/* From here on the job may be asked to be resumed once more. */
static struct wats_job *next_resumed(struct wats_job **list)
{
  struct wats_job *job;
  wats_mutex_lock(&lock);
  job = *list;
  if (job) {
    *list = job->next_resumed;
    job->resumed = false;
  }
  wats_mutex_unlock(&lock);
  return job;
}

static void resume_all(struct wats_job *list, struct wats_job **ended)
{
  struct wats_job *job;
  while (list && (job = next_resumed(&list)) != NULL)
    wats_jobs_resume(&engine.own, job, ended);
}

static void forget_cancel(struct wats_job *job)
{
  struct wats_job **link = &engine.cancelled;
  while (*link && *link != job)
    link = &(*link)->next_cancelled;
  if (*link) *link = job->next_cancelled;
  job->cancelled = false;
}

static void forget_resume(struct wats_job *job)
{
  struct wats_job **link = &engine.resumed;
  while (*link && *link != job)
    link = &(*link)->next_resumed;
  if (*link) *link = job->next_resumed;
  job->resumed = false;
}

/* From now on they are their owners', who is told without the lock. */
static void release_ended(struct wats_job *ended)
{
  struct wats_job *job;
  for (job = ended; job; job = job->next) {
    if (job->cancelled) forget_cancel(job);
    if (job->resumed) forget_resume(job);
    job->submitted = false;
    engine.jobs--;
  }
}

/* The lock is given up meanwhile. */
static void take_turn(void)
{
  struct wats_job *inbox = engine.inbox, *cancelled = engine.cancelled;
  struct wats_job *resumed = engine.resumed, *ended = NULL;
  int running;
  engine.inbox = engine.cancelled = engine.resumed = NULL;
  engine.inbox_end = &engine.inbox;
  wats_mutex_unlock(&lock);
  wats_jobs_take_in(&engine.own, inbox, &ended);
  wats_jobs_cancel(&engine.own, cancelled, &ended);
  resume_all(resumed, &ended);
  wats_jobs_do_due(&engine.own, &ended);
  curl_multi_perform(engine.own.multi, &running);
  wats_jobs_collect(&engine.own, &ended);
  wats_mutex_lock(&lock);
  if (!ended) return;
  release_ended(ended);
  wats_mutex_unlock(&lock);
  wats_jobs_tell(ended);
  wats_mutex_lock(&lock);
}

/* All that can be done without sleeping. */
static void turn(void)
{
  let_others_go_first();
  engine.in_turn = true;
  take_turn();
  engine.in_turn = false;
  if (engine.forking || engine.exiting) wats_cond_broadcast(&engine.turn_ended);
}

/* Came in during the turn. */
static bool has_orders(void)
{
  return engine.inbox || engine.cancelled || engine.resumed;
}

static void sleep_until(int64_t until_ns)
{
  const struct wats_job *next = wats_job_heap_first(&engine.own.timed);
  int64_t left;
  int ms;
  if (next && next->due_ns < until_ns) until_ns = next->due_ns;
  left = until_ns - now();
  if (left <= 0) return;
  if (left > LONG_POLL_NS) left = LONG_POLL_NS;
  ms = (int)((left + WATS_NS_PER_MS - 1) / WATS_NS_PER_MS);
  engine.polling = true;
  wats_mutex_unlock(&lock);
  curl_multi_poll(engine.own.multi, NULL, 0, ms, NULL);
  wats_mutex_lock(&lock);
  engine.polling = false;
}

/* Sticky, and so never lost between the unlocking and the poll. */
static void wake_driver(void)
{
  if (!engine.polling) return;
  engine.polling = false; /* a burst costs one call */
  curl_multi_wakeup(engine.own.multi);
}

static void leave(void)
{
  engine.driver = NOBODY;
  engine.driving = NULL;
  engine.left_ns = now();
  if (engine.waiters)
    wats_cond_signal(&engine.waiters->cond);
  else if (engine.jobs && engine.has_thread && !engine.ticking)
    wats_cond_signal(&engine.thread_cond);
}

static void drive_for(struct wats_waiter *waiter, int64_t until_ns)
{
  engine.driver = CALLER;
  engine.driving = waiter;
  for (;;) {
    turn();
    if (waiter->awake || now() >= until_ns) break;
    if (!has_orders()) sleep_until(until_ns);
  }
  leave();
}

/* ---- the thread --------------------------------------------------------- */

static void drive_alone(void)
{
  engine.driver = THREAD;
  engine.wanted = false;
  while (engine.jobs && !engine.waiters) {
    turn();
    if (engine.jobs && !engine.waiters && !has_orders()) sleep_until(INT64_MAX);
  }
  leave();
}

static void *thread_main(void *context)
{
  (void)context;
  wats_mutex_lock(&lock);
  for (;;) {
    int64_t time = now();
    engine.ticking = engine.jobs > 0;
    if (!engine.ticking)
      wats_cond_wait(&engine.thread_cond, &lock);
    else if (engine.driver == NOBODY && !engine.waiters &&
             (engine.wanted || time - engine.left_ns >= WATS_ENGINE_TICK_NS))
      drive_alone();
    else
      wats_cond_wait_until(&engine.thread_cond, &lock,
                           time + WATS_ENGINE_TICK_NS);
  }
  return NULL;
}

static enum wats_errc need_thread(void)
{
  struct wats_thread thread;
  if (engine.has_thread) {
    if (!engine.ticking) wats_cond_signal(&engine.thread_cond);
    return WATS_OK;
  }
  if (wats_thread_start(&thread, thread_main, NULL) != WATS_OK)
    return WATS_ERR_IO;
  pthread_detach(thread.native);
  engine.has_thread = true;
  return WATS_OK;
}

/* ---- the interface ------------------------------------------------------ */

static void put_in(struct wats_job *job)
{
  job->submitted = true;
  job->generation = atomic_load(&generation);
  job->place = WATS_JOB_NOWHERE;
  job->next = NULL;
  *engine.inbox_end = job;
  engine.inbox_end = &job->next;
  engine.jobs++;
}

static void put_to_cancelled(struct wats_job *job)
{
  job->cancelled = true;
  job->next_cancelled = engine.cancelled;
  engine.cancelled = job;
}

enum wats_errc wats_engine_submit(struct wats_job *job, bool caller_waits)
{
  enum wats_errc code;
  wats_once(&once, start);
  wats_mutex_lock(&lock);
  code = need_multi();
  if (code == WATS_OK && !caller_waits) code = need_thread();
  if (code == WATS_OK) {
    put_in(job);
    if (job->stopped) put_to_cancelled(job);
    wake_driver();
  }
  wats_mutex_unlock(&lock);
  return code;
}

/* With the lock. What was under way in the parent is not in a child's multi. */
static bool is_under_way(const struct wats_job *job)
{
  return job->submitted && job->generation == atomic_load(&generation);
}

static void end_soon(struct wats_job *job, bool for_good)
{
  wats_mutex_lock(&lock);
  if (for_good) job->stopped = true;
  if (is_under_way(job) && !job->cancelled) {
    put_to_cancelled(job);
    wake_driver();
  }
  wats_mutex_unlock(&lock);
}

void wats_engine_cancel(struct wats_job *job)
{
  end_soon(job, true);
}

void wats_engine_end(struct wats_job *job)
{
  end_soon(job, false);
}

void wats_engine_resume(struct wats_job *job)
{
  wats_mutex_lock(&lock);
  if (is_under_way(job) && !job->resumed) {
    job->resumed = true;
    job->next_resumed = engine.resumed;
    engine.resumed = job;
    wake_driver();
  }
  wats_mutex_unlock(&lock);
}

enum wats_errc wats_waiter_init(struct wats_waiter *waiter)
{
  *waiter = (struct wats_waiter){.awake = false};
  return wats_cond_init(&waiter->cond);
}

void wats_waiter_destroy(struct wats_waiter *waiter)
{
  wats_cond_destroy(&waiter->cond);
}

/* While somebody else drives; the thread hands over when it sees us. */
static void stand_in_line(struct wats_waiter *waiter, int64_t until_ns)
{
  struct wats_waiter **link = &engine.waiters;
  while (*link)
    link = &(*link)->next;
  waiter->next = NULL;
  waiter->queued = true;
  *link = waiter;
  if (engine.driver == THREAD) wake_driver();
  wats_cond_wait_until(&waiter->cond, &lock, until_ns);
  for (link = &engine.waiters; *link != waiter; link = &(*link)->next)
    ;
  *link = waiter->next;
  waiter->queued = false;
}

/* The thread drives, while the waiter's own thread sleeps. */
static void let_thread_drive(struct wats_waiter *waiter, int64_t until_ns)
{
  if (engine.driver == NOBODY) {
    engine.wanted = true;
    wats_cond_signal(&engine.thread_cond);
  }
  waiter->queued = true;
  wats_cond_wait_until(&waiter->cond, &lock, until_ns);
  waiter->queued = false;
}

bool wats_engine_wait(struct wats_waiter *waiter, int64_t until_ns)
{
  bool awake;
  wats_once(&once, start);
  wats_mutex_lock(&lock);
  while (!waiter->awake && now() < until_ns) {
    if (waiter->shares && engine.jobs >= MANY_JOBS && engine.has_thread)
      let_thread_drive(waiter, until_ns);
    else if (engine.driver == NOBODY && engine.own.multi)
      drive_for(waiter, until_ns);
    else
      stand_in_line(waiter, until_ns);
  }
  awake = waiter->awake;
  waiter->awake = false;
  /* Whoever was told that the token is free may have been us. */
  if (engine.driver == NOBODY && engine.waiters)
    wats_cond_signal(&engine.waiters->cond);
  wats_mutex_unlock(&lock);
  return awake;
}

void wats_engine_wake(struct wats_waiter *waiter)
{
  wats_mutex_lock(&lock);
  if (waiter->awake) {
    wats_mutex_unlock(&lock);
    return;
  }
  waiter->awake = true;
  if (waiter->queued)
    wats_cond_signal(&waiter->cond);
  else if (engine.driving == waiter)
    wake_driver();
  wats_mutex_unlock(&lock);
}

unsigned wats_engine_generation(void)
{
  wats_once(&once, start);
  return atomic_load(&generation);
}

void wats_engine_limit_connections(long per_host)
{
  long none = 0;
  if (per_host > 0)
    atomic_compare_exchange_strong(&connections_per_host, &none, per_host);
}

void wats_engine_drain(void)
{
  wats_once(&once, start);
  wats_mutex_lock(&lock);
  if (engine.own.multi && engine.jobs == 0 && engine.driver == NOBODY) {
    curl_multi_cleanup(engine.own.multi);
    engine.own.multi = NULL;
    wats_job_heap_free(&engine.own.timed);
  }
  wats_mutex_unlock(&lock);
  wats_handles_drain();
}
