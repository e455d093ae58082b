/*
** test_sync.c - mutex, condition, once and thread, as the core relies on them.
*/
#include "core/sync.h"

#include <signal.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "test.h"

#define THREADS 4

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* --- threads and mutex ---------------------------------------------------- */

struct counter {
  struct wats_mutex mutex;
  long count; /* under mutex */
};

static void *count_up(void *argument)
{
  struct counter *counter = argument;
  int i;
  for (i = 0; i < 20000; i++) {
    wats_mutex_lock(&counter->mutex);
    counter->count++;
    wats_mutex_unlock(&counter->mutex);
  }
  return NULL;
}

static void count_with_threads(struct counter *counter)
{
  struct wats_thread threads[THREADS];
  int i;
  counter->count = 0;
  for (i = 0; i < THREADS; i++)
    CHECK_INT(wats_thread_start(&threads[i], count_up, counter), WATS_OK);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(&threads[i]);
  CHECK_INT(counter->count, THREADS * 20000);
}

static void test_a_mutex_excludes(void)
{
  static struct counter at_rest = {.mutex = WATS_MUTEX_INIT};
  struct counter made;
  count_with_threads(&at_rest);
  CHECK_INT(wats_mutex_init(&made.mutex), WATS_OK);
  count_with_threads(&made);
  wats_mutex_destroy(&made.mutex);
}

static void *note_signals(void *argument)
{
  static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,
                                SIGCHLD, SIGUSR1, SIGALRM};
  sigset_t mask;
  size_t i;
  int *blocked = argument;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  for (i = 0; i < sizeof signals / sizeof *signals; i++)
    *blocked += sigismember(&mask, signals[i]) == 1;
  return NULL;
}

static void test_threads_leave_signals_to_the_host(void)
{
  struct wats_thread thread;
  sigset_t before, after;
  int blocked = 0, signal;
  pthread_sigmask(SIG_BLOCK, NULL, &before);
  CHECK_INT(wats_thread_start(&thread, note_signals, &blocked), WATS_OK);
  wats_thread_join(&thread);
  CHECK_INT(blocked, 6);
  pthread_sigmask(SIG_BLOCK, NULL, &after);
  for (signal = 1; signal < 32; signal++)
    CHECK_INT(sigismember(&after, signal), sigismember(&before, signal));
}

#if defined(__GLIBC__)
/* By a stack larger than any address space. */
static void test_a_thread_that_the_system_refuses(void)
{
  struct wats_thread thread;
  pthread_attr_t usual, vast;
  sigset_t mask;
  int blocked = 0;
  CHECK_INT(pthread_getattr_default_np(&usual), 0);
  CHECK_INT(pthread_attr_init(&vast), 0);
  CHECK_INT(pthread_attr_setstacksize(&vast, (size_t)1 << 55), 0);
  CHECK_INT(pthread_setattr_default_np(&vast), 0);
  CHECK_INT(wats_thread_start(&thread, note_signals, &blocked), WATS_ERR_IO);
  CHECK_INT(blocked, 0);
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  CHECK_INT(sigismember(&mask, SIGINT), 0); /* as it was */
  CHECK_INT(pthread_setattr_default_np(&usual), 0);
  pthread_attr_destroy(&vast);
  pthread_attr_destroy(&usual);
}
#endif

/* --- conditions ----------------------------------------------------------- */

struct gate {
  struct wats_mutex mutex;
  struct wats_cond changed;
  int waiting, open, passed; /* under mutex */
};

static void gate_init(struct gate *gate)
{
  memset(gate, 0, sizeof *gate);
  CHECK_INT(wats_mutex_init(&gate->mutex), WATS_OK);
  CHECK_INT(wats_cond_init(&gate->changed), WATS_OK);
}

static void gate_free(struct gate *gate)
{
  wats_cond_destroy(&gate->changed);
  wats_mutex_destroy(&gate->mutex);
}

static void *pass(void *argument)
{
  struct gate *gate = argument;
  wats_mutex_lock(&gate->mutex);
  gate->waiting++;
  while (gate->open == 0)
    wats_cond_wait(&gate->changed, &gate->mutex);
  gate->open--;
  gate->passed++;
  wats_mutex_unlock(&gate->mutex);
  return NULL;
}

static void *pass_in_time(void *argument)
{
  struct gate *gate = argument;
  int64_t deadline = wats_time_add(now(), 60 * WATS_NS_PER_S);
  bool in_time = true;
  wats_mutex_lock(&gate->mutex);
  gate->waiting++;
  while (gate->open == 0 && in_time)
    in_time = wats_cond_wait_until(&gate->changed, &gate->mutex, deadline);
  gate->open--;
  gate->passed += in_time;
  wats_mutex_unlock(&gate->mutex);
  return NULL;
}

static void wait_for_waiters(struct gate *gate, int count)
{
  wats_mutex_lock(&gate->mutex);
  while (gate->waiting < count)
    wats_cond_wait_until(&gate->changed, &gate->mutex, now() + WATS_NS_PER_MS);
  wats_mutex_unlock(&gate->mutex);
}

static void test_signal_wakes_each_in_turn_and_broadcast_all(void)
{
  struct gate gate;
  struct wats_thread threads[THREADS];
  int i;
  gate_init(&gate);
  for (i = 0; i < THREADS; i++)
    CHECK_INT(
        wats_thread_start(&threads[i], i % 2 ? pass : pass_in_time, &gate),
        WATS_OK);
  wait_for_waiters(&gate, THREADS);
  wats_mutex_lock(&gate.mutex);
  gate.open = 1;
  wats_cond_signal(&gate.changed);
  while (gate.passed < 1)
    wats_cond_wait_until(&gate.changed, &gate.mutex, now() + WATS_NS_PER_MS);
  CHECK_INT(gate.open, 0);
  gate.open = THREADS - 1;
  wats_cond_broadcast(&gate.changed);
  wats_mutex_unlock(&gate.mutex);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(&threads[i]);
  CHECK_INT(gate.passed, THREADS);
  gate_free(&gate);
}

static void test_a_deadline_passes(void)
{
  struct gate gate;
  int64_t start = now(), deadline = start + 30 * WATS_NS_PER_MS;
  gate_init(&gate);
  wats_mutex_lock(&gate.mutex);
  while (wats_cond_wait_until(&gate.changed, &gate.mutex, deadline))
    CHECK(now() < deadline + 10 * WATS_NS_PER_S);
  CHECK(now() >= deadline); /* never too early */
  CHECK(now() < deadline + 10 * WATS_NS_PER_S);
  /* those that passed long ago, and before the clock began */
  CHECK(!wats_cond_wait_until(&gate.changed, &gate.mutex, start));
  CHECK(!wats_cond_wait_until(&gate.changed, &gate.mutex, 0));
  CHECK(!wats_cond_wait_until(&gate.changed, &gate.mutex, INT64_MIN));
  /* the mutex is ours after each: another thread cannot have it */
  CHECK(pthread_mutex_trylock(&gate.mutex.native) != 0);
  wats_mutex_unlock(&gate.mutex);
  gate_free(&gate);
}

static void *open_gate(void *argument)
{
  struct gate *gate = argument;
  wats_mutex_lock(&gate->mutex);
  gate->open = 1;
  wats_cond_signal(&gate->changed);
  wats_mutex_unlock(&gate->mutex);
  return NULL;
}

/* For ever, and until a time that no calendar has. */
static void test_a_deadline_that_never_comes(void)
{
  static const int64_t deadlines[] = {WATS_NEVER, WATS_NEVER - 1};
  int i;
  for (i = 0; i < 2; i++) {
    struct gate gate;
    struct wats_thread thread;
    gate_init(&gate);
    wats_mutex_lock(&gate.mutex);
    CHECK_INT(wats_thread_start(&thread, open_gate, &gate), WATS_OK);
    while (!gate.open)
      CHECK(wats_cond_wait_until(&gate.changed, &gate.mutex, deadlines[i]));
    wats_mutex_unlock(&gate.mutex);
    wats_thread_join(&thread);
    gate_free(&gate);
  }
}

/* --- once ----------------------------------------------------------------- */

static _Atomic int initialised;
static struct wats_once once = WATS_ONCE_INIT;

static void initialise(void)
{
  struct timespec pause = {0, 5 * WATS_NS_PER_MS};
  nanosleep(&pause, NULL); /* so that the others come meanwhile */
  atomic_fetch_add(&initialised, 1);
}

static void *need_it(void *argument)
{
  int *seen = argument;
  wats_once(&once, initialise);
  *seen = atomic_load(&initialised);
  return NULL;
}

static void test_once(void)
{
  struct wats_thread threads[THREADS];
  int seen[THREADS] = {0}, i;
  for (i = 0; i < THREADS; i++)
    CHECK_INT(wats_thread_start(&threads[i], need_it, &seen[i]), WATS_OK);
  for (i = 0; i < THREADS; i++) {
    wats_thread_join(&threads[i]);
    CHECK_INT(seen[i], 1); /* nobody passes before it is done */
  }
  wats_once(&once, initialise);
  CHECK_INT(atomic_load(&initialised), 1);
}

static _Atomic bool has_run;

static void *run_alone(void *argument)
{
  atomic_store((_Atomic bool *)argument, true);
  return NULL;
}

static void test_a_thread_that_nobody_waits_for(void)
{
  struct wats_thread thread;
  int64_t until = wats_clock_monotonic(&wats_system_clock) + 10 * WATS_NS_PER_S;
  CHECK_INT(wats_thread_start(&thread, run_alone, &has_run), WATS_OK);
  wats_thread_detach(&thread);
  while (!atomic_load(&has_run) &&
         wats_clock_monotonic(&wats_system_clock) < until)
    sched_yield();
  CHECK(atomic_load(&has_run));
}

int main(void)
{
  RUN(test_a_mutex_excludes);
  RUN(test_a_thread_that_nobody_waits_for);
  RUN(test_threads_leave_signals_to_the_host);
#if defined(__GLIBC__)
  RUN(test_a_thread_that_the_system_refuses);
#endif
  RUN(test_signal_wakes_each_in_turn_and_broadcast_all);
  RUN(test_a_deadline_passes);
  RUN(test_a_deadline_that_never_comes);
  RUN(test_once);
  return test_report();
}
