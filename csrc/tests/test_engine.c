/*
** test_engine.c - the token, the thread, delays, cancelling, waiters, fork.
*/
#include <stdatomic.h>
#include <sys/resource.h>

#include "child.h"
#include "core/job_heap.h"
#include "transfer_fixture.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MS WATS_NS_PER_MS

/* An exchange with what it needs, on the heap or in an array. */
struct asked {
  struct wats_transfer transfer;
  struct wats_exchange exchange;
  struct wats_error error;
  struct wats_waiter *waiter; /* woken when all of `left` are done, or NULL */
  _Atomic int *left;
  _Atomic bool done;
  int64_t done_ns;
  int order;
};

static _Atomic int ended;

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

static void note_end(struct wats_exchange *x)
{
  struct asked *a = x->context;
  struct wats_waiter *waiter = a->waiter;
  a->done_ns = now();
  a->order = atomic_fetch_add(&ended, 1);
  if (a->left && atomic_fetch_sub(a->left, 1) != 1) waiter = NULL;
  atomic_store(&a->done, true); /* from here on it may be gone */
  if (waiter) wats_engine_wake(waiter);
}

static enum wats_errc begin(struct asked *a, const char *path, int64_t start_ns,
                            bool caller_waits)
{
  a->transfer = to("GET", path);
  a->exchange = (struct wats_exchange){.transfer = &a->transfer,
                                       .error = &a->error,
                                       .done = note_end,
                                       .context = a,
                                       .start_ns = start_ns,
                                       .caller_waits = caller_waits};
  atomic_init(&a->done, false);
  return wats_exchange_start(&a->exchange);
}

static void drop(struct asked *a)
{
  wats_response_release(a->exchange.result.response);
  a->exchange.result.response = NULL;
}

/* Generous: what is waited for comes in milliseconds. */
static bool wait_done(struct asked *a)
{
  int i;
  for (i = 0; i < 2000 && !atomic_load(&a->done); i++)
    peer_sleep(5);
  return atomic_load(&a->done);
}

/* ---- the thread --------------------------------------------------------- */

static void goes_on_while_nobody_waits(void)
{
  struct asked a = {0};
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
  CHECK(wait_done(&a));
  CHECK_INT(a.exchange.code, WATS_OK);
  CHECK_INT(a.exchange.result.response->status, 200);
  drop(&a);
  /* and again from its sleep */
  peer_sleep(20);
  CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
  CHECK(wait_done(&a));
  CHECK_INT(a.exchange.code, WATS_OK);
  CHECK(a.exchange.result.connection_reused);
  drop(&a);
  close_peer();
}

static int64_t cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * WATS_NS_PER_S + t.tv_nsec;
}

static void idle_costs_nothing(void)
{
  struct asked a = {0};
  int64_t before;
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
  CHECK(wait_done(&a));
  drop(&a);
  peer_sleep(20);
  before = cpu_ns();
  peer_sleep(500);
  CHECK(cpu_ns() - before < 20 * MS); /* ten times a tick's would be more */
  close_peer();
}

/* A blocking caller among those of the thread. */
static void a_caller_takes_over(void)
{
  struct asked slow = {0};
  int i;
  open_peer();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 600;
  peer_repeats(peer, OK);
  CHECK_INT(begin(&slow, "/slow", 0, false), WATS_OK);
  for (i = 0; i < 200 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  for (i = 0; i < 20; i++) {
    CHECK_INT(get(), WATS_OK);
    CHECK_STR(body(), "ok");
  }
  CHECK(!slow.done);
  CHECK(wait_done(&slow)); /* the thread, or the last caller's turn */
  CHECK_INT(slow.exchange.code, WATS_OK);
  drop(&slow);
  close_peer();
}

/* ---- delays ------------------------------------------------------------- */

static void delayed_ones_keep_their_order(void)
{
  enum { COUNT = 40 };
  struct asked *all = calloc(COUNT, sizeof *all);
  struct wats_waiter waiter;
  _Atomic int left = COUNT;
  int64_t start = now() + 50 * MS;
  int i;
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(wats_waiter_init(&waiter), WATS_OK);
  for (i = 0; i < COUNT; i++) {
    int place = (i * 17) % COUNT; /* every one, in some other order */
    all[i].waiter = &waiter;
    all[i].left = &left;
    CHECK_INT(begin(&all[i], "/x", start + place * 5 * MS, true), WATS_OK);
  }
  CHECK(wats_engine_wait(&waiter, now() + 30 * WATS_NS_PER_S));
  for (i = 0; i < COUNT; i++) {
    CHECK_INT(all[i].exchange.code, WATS_OK);
    CHECK(all[i].done_ns >= all[i].exchange.start_ns);
    drop(&all[i]);
  }
  wats_waiter_destroy(&waiter);
  close_peer();
  free(all);
}

/* The heap by itself, against the plainest of sorts. */
static void many_delays(void)
{
  enum { COUNT = 500 };
  static struct wats_job jobs[COUNT];
  struct wats_job_heap heap = {0};
  unsigned seed = 1, i, taken = 0;
  int64_t last = 0;
  for (i = 0; i < COUNT; i++) {
    seed = seed * 1103515245u + 12345u;
    CHECK_INT(wats_job_heap_add(&heap, &jobs[i], 1 + (seed >> 16) % 100),
              WATS_OK);
  }
  for (i = 0; i < COUNT; i += 3)
    wats_job_heap_remove(&heap, &jobs[i]);
  while (wats_job_heap_first(&heap)) {
    struct wats_job *job = wats_job_heap_first(&heap);
    CHECK(job->due_ns >= last);
    CHECK((job - jobs) % 3 != 0);
    last = job->due_ns;
    wats_job_heap_remove(&heap, job);
    taken++;
  }
  CHECK_INT(taken, COUNT - (COUNT + 2) / 3);
  wats_job_heap_free(&heap);
}

/* ---- cancelling --------------------------------------------------------- */

static void cancels(int64_t start_ns, bool sent)
{
  struct asked a = {0};
  int i;
  open_peer();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_SILENT)->delay_ms = 30000;
  CHECK_INT(begin(&a, "/x", start_ns, false), WATS_OK);
  for (i = 0; sent && i < 400 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  wats_exchange_cancel(&a.exchange);
  CHECK(wait_done(&a));
  CHECK_STR(wats_errc_name(a.exchange.code), "cancelled");
  CHECK_STR(a.error.message, "cancelled");
  CHECK(a.exchange.result.response == NULL);
  if (sent) CHECK_INT(a.exchange.result.sends, 1);
  close_peer();
}

static void cancelled_in_each_state(void)
{
  cancels(0, true);
  cancels(0, false);
  cancels(now() + 60 * WATS_NS_PER_S, false);
}

static void cancelled_after_the_end(void)
{
  struct asked a = {0};
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
  CHECK(wait_done(&a));
  wats_exchange_cancel(&a.exchange);
  CHECK_INT(a.exchange.code, WATS_OK);
  CHECK_INT(get(), WATS_OK);
  drop(&a);
  close_peer();
}

/* Cancelled at every moment, by a thread of its own. */
static void cancelled_at_any_moment(void)
{
  enum { COUNT = PEER_CONNECTIONS - 8 };
  int i, cancelled = 0;
  open_peer();
  peer_repeats(peer, OK);
  for (i = 0; i < COUNT; i++) {
    struct asked a = {0};
    struct timespec pause = {0, (i % 50) * 20000};
    CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
    nanosleep(&pause, NULL);
    if (!a.done) wats_exchange_cancel(&a.exchange);
    CHECK(wait_done(&a));
    cancelled += a.exchange.code == WATS_ERR_CANCELLED;
    CHECK(a.exchange.code == WATS_OK || a.exchange.code == WATS_ERR_CANCELLED);
    drop(&a);
  }
  CHECK(cancelled > 0);
  CHECK_INT(get(), WATS_OK);
  close_peer();
}

/* ---- waiters ------------------------------------------------------------ */

static void waits_end_in_time(void)
{
  struct wats_waiter waiter;
  int64_t start = now();
  wats_engine_drain(); /* also without a multi */
  CHECK_INT(wats_waiter_init(&waiter), WATS_OK);
  CHECK(!wats_engine_wait(&waiter, start + 30 * MS));
  CHECK(now() - start >= 30 * MS);
  wats_engine_wake(&waiter);
  wats_engine_wake(&waiter);
  CHECK(wats_engine_wait(&waiter, WATS_NEVER)); /* it has stuck ... */
  CHECK(!wats_engine_wait(&waiter, now()));     /* ... and is used up */
  wats_waiter_destroy(&waiter);
}

static void *wake_late(void *context)
{
  peer_sleep(50);
  wats_engine_wake(context);
  return NULL;
}

static void woken_while_driving(void)
{
  struct wats_waiter waiter;
  struct wats_thread thread;
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(get(), WATS_OK); /* now there is a multi to be polled */
  CHECK_INT(wats_waiter_init(&waiter), WATS_OK);
  CHECK_INT(wats_thread_start(&thread, wake_late, &waiter), WATS_OK);
  CHECK(wats_engine_wait(&waiter, now() + 30 * WATS_NS_PER_S));
  wats_thread_join(&thread);
  wats_waiter_destroy(&waiter);
  close_peer();
}

/* ---- threads ------------------------------------------------------------ */

enum { THREADS = 8, ROUNDS = 30, BURST = 8 };

static _Atomic int right;

static void *blocks(void *context)
{
  int i;
  (void)context;
  for (i = 0; i < ROUNDS; i++) {
    struct wats_transfer t = to("GET", "/x");
    struct wats_transfer_result result;
    struct wats_error error;
    if (wats_transfer_perform(&t, &result, &error) == WATS_OK)
      atomic_fetch_add(&right, result.response->status == 200);
    wats_response_release(result.response);
  }
  return NULL;
}

static void *submits(void *context)
{
  struct wats_waiter waiter;
  int round, i;
  (void)context;
  if (wats_waiter_init(&waiter) != WATS_OK) return NULL;
  for (round = 0; round < ROUNDS / 2; round++) {
    struct asked all[BURST] = {0};
    _Atomic int left = BURST;
    for (i = 0; i < BURST; i++) {
      all[i].waiter = &waiter;
      all[i].left = &left;
      if (begin(&all[i], "/x", 0, i % 2) != WATS_OK) return NULL;
    }
    while (!wats_engine_wait(&waiter, now() + 100 * MS))
      ;
    for (i = 0; i < BURST; i++) {
      atomic_fetch_add(&right, all[i].exchange.code == WATS_OK);
      drop(&all[i]);
    }
  }
  wats_waiter_destroy(&waiter);
  return NULL;
}

static void one_engine_for_many_threads(void)
{
  struct wats_thread threads[THREADS];
  int i;
  open_peer();
  peer_repeats(peer, OK);
  atomic_store(&right, 0);
  for (i = 0; i < THREADS; i++)
    CHECK_INT(wats_thread_start(threads + i, i % 2 ? blocks : submits, NULL),
              WATS_OK);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(threads + i);
  CHECK_INT(right, THREADS / 2 * ROUNDS + THREADS / 2 * (ROUNDS / 2) * BURST);
  CHECK_INT(peer_requests(peer), right);
  close_peer();
}

/* ---- fork, memory ------------------------------------------------------- */

static void ask_anew(void)
{
  struct asked a = {0};
  CHECK_INT(get(), WATS_OK);
#ifndef __SANITIZE_THREAD__ /* it cannot start a thread in a child */
  CHECK_INT(begin(&a, "/x", 0, false), WATS_OK);
  CHECK(wait_done(&a));
  CHECK_INT(a.exchange.code, WATS_OK);
#endif
  drop(&a);
}

static void forked_with_transfers_under_way(void)
{
  struct asked slow = {0};
  unsigned generation = wats_engine_generation();
  int i;
  open_peer();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_repeats(peer, OK);
  CHECK_INT(begin(&slow, "/slow", 0, false), WATS_OK);
  for (i = 0; i < 200 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  CHECK_INT(in_child(ask_anew), 0);
  CHECK_INT(wats_engine_generation(), generation);
  CHECK(wait_done(&slow));
  CHECK_INT(slow.exchange.code, WATS_OK);
  drop(&slow);
  close_peer();
}

static struct asked parents, delayed;

static void cancel_parents(void)
{
  wats_engine_resume(&parents.exchange.job);
  wats_exchange_cancel(&parents.exchange);
  wats_engine_end(&delayed.exchange.job);
  ask_anew();
  CHECK(!atomic_load(&parents.done) && !atomic_load(&delayed.done));
}

static void what_is_the_parents_cannot_be_cancelled(void)
{
  int i;
  open_peer();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_repeats(peer, OK);
  CHECK_INT(begin(&parents, "/slow", 0, false), WATS_OK);
  CHECK_INT(begin(&delayed, "/late", now() + 700 * MS, false), WATS_OK);
  for (i = 0; i < 200 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  CHECK_INT(in_child(cancel_parents), 0);
  CHECK(wait_done(&parents) && wait_done(&delayed));
  CHECK_INT(parents.exchange.code, WATS_OK);
  CHECK_INT(delayed.exchange.code, WATS_OK);
  drop(&parents);
  drop(&delayed);
  close_peer();
}

static void generation_in_child(void)
{
  CHECK_INT(wats_engine_generation(), 1);
}

static void a_child_knows_that_it_is_one(void)
{
  CHECK_INT(wats_engine_generation(), 0);
  CHECK_INT(in_child(generation_in_child), 0);
}

/* libcurl would make do with a multi that cannot be woken. */
static void ask_without_descriptors(void)
{
  struct rlimit usual, none;
  enum wats_errc code;
  CHECK_INT(getrlimit(RLIMIT_NOFILE, &usual), 0);
  none = usual;
  none.rlim_cur = 0;
  CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
  code = get();
  CHECK_INT(setrlimit(RLIMIT_NOFILE, &usual), 0);
  CHECK_INT(code, WATS_ERR_IO);
  CHECK_INT(get(), WATS_OK);
}

/* In a child: the peer needs some here. */
static void without_descriptors(void)
{
  open_peer();
  peer_repeats(peer, OK);
  CHECK_INT(in_child(ask_without_descriptors), 0);
  close_peer();
}

static void heap_without_memory(void)
{
  struct asked a = {0};
  long n;
  open_peer();
  wats_engine_drain();
  peer_repeats(peer, OK);
  for (n = 0; n < 50; n++) {
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = begin(&a, "/x", now() + 5 * MS, false);
    if (code == WATS_OK) CHECK(wait_done(&a));
    wats_alloc_fail_never();
    if (code == WATS_OK) code = a.exchange.code;
    if (code == WATS_OK) break;
    CHECK_STR(wats_errc_name(code), wats_errc_name(WATS_ERR_MEMORY));
  }
  CHECK(n > 1 && n < 50);
  drop(&a);
  close_peer();
}

int main(void)
{
  RUN(goes_on_while_nobody_waits);
  RUN(idle_costs_nothing);
  RUN(a_caller_takes_over);
  RUN(delayed_ones_keep_their_order);
  RUN(many_delays);
  RUN(cancelled_in_each_state);
  RUN(cancelled_after_the_end);
  RUN(cancelled_at_any_moment);
  RUN(waits_end_in_time);
  RUN(woken_while_driving);
  RUN(one_engine_for_many_threads);
  RUN(forked_with_transfers_under_way);
  RUN(what_is_the_parents_cannot_be_cancelled);
  RUN(a_child_knows_that_it_is_one);
  RUN(without_descriptors);
  RUN(heap_without_memory);
  return test_report();
}
