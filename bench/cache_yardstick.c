/*
** cache_yardstick.c - what bench/cache.lua prints: the response cache in C, at
** a thousand answers and at a million, by one thread and by four, and what an
** answer takes of memory.
**
**   cache_yardstick     prints lines of a name and a number
**
** Linked with the objects of the core.
*/
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/http_cache.h"
#include "core/sync.h"

#define ROUNDS  15
#define CALLS   20000
#define SMALL   1000
#define LARGE   1000000
#define HELD    20000 /* answers whose memory is measured */
#define PREFIX  17    /* of a key, before its URL */
#define ORIGIN  "https://company.wats.com"
#define PATH    "/api/Product/PN-"
#define DIGITS  8
#define THREADS 4

static char body[300];
static struct wats_response *answer;

static double seconds(clockid_t which)
{
  struct timespec t;
  clock_gettime(which, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t next_random(uint64_t *state)
{
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

/* ---- requests and answers ----------------------------------------------- */

struct question {
  struct wats_cache_request request;
  char key[128];
};

static void prepare(struct question *q)
{
  memset(q, 0, sizeof *q);
  snprintf(q->key + PREFIX, sizeof q->key - PREFIX, "%s%s%0*d", ORIGIN, PATH,
           DIGITS, 0);
  q->request.key = q->key;
  q->request.key_length = PREFIX + strlen(q->key + PREFIX);
  q->request.path = q->key + PREFIX + strlen(ORIGIN);
  q->request.path_length = strlen(q->request.path);
  q->request.ttl_ns = -1;
}

/* By hand: what is measured should not drown in snprintf. */
static void ask_for(struct question *q, size_t number)
{
  char *digit = q->key + q->request.key_length;
  int i;
  for (i = 0; i < DIGITS; i++) {
    *--digit = (char)('0' + number % 10);
    number /= 10;
  }
}

static size_t add(struct wats_headers *headers, const char *name,
                  const char *value)
{
  if (wats_headers_add(headers, name, strlen(name), value, strlen(value)))
    abort();
  return strlen(name) + strlen(value) + 4; /* ": " and CR LF */
}

/* An answer of its own, made as transfer_answer.c makes them; `size` receives
** what its fields and body have. */
static struct wats_response *make_answer(size_t *size)
{
  struct wats_response *r;
  struct wats_headers fields;
  struct wats_buffer bytes;
  wats_headers_init(&fields, 0);
  *size = add(&fields, "Content-Type", "application/json; charset=utf-8");
  *size += add(&fields, "Content-Length", "300");
  *size += add(&fields, "Date", "Fri, 14 Nov 2025 09:00:00 GMT");
  *size += add(&fields, "ETag", "\"33a64df551425fcc55e4d42a148795d9\"");
  *size += add(&fields, "Server", "Microsoft-IIS/10.0");
  *size += sizeof body;
  wats_buffer_init(&bytes, 0);
  if (wats_buffer_append(&bytes, body, sizeof body)) abort();
  r = wats_response_make(&fields, &bytes);
  if (!r) abort();
  r->status = 200;
  r->http_version = 11;
  wats_buffer_free(&bytes);
  wats_headers_free(&fields);
  return r;
}

static struct wats_http_cache *make_cache(size_t entries)
{
  struct wats_http_cache_options options = {.ttl_ns = 3600 * WATS_NS_PER_S,
                                            .max_entries = entries,
                                            .max_bytes = SIZE_MAX / 2,
                                            .clock = &wats_system_clock};
  struct wats_http_cache *cache;
  if (wats_http_cache_create(&options, &cache, NULL)) abort();
  return cache;
}

static void store(struct wats_http_cache *cache, struct question *q,
                  size_t number, struct wats_response *r)
{
  struct wats_cache_ticket ticket;
  ask_for(q, number);
  wats_http_cache_ticket(cache, &ticket);
  if (!wats_http_cache_store(cache, &q->request, &ticket, r, NULL)) abort();
}

static void find(struct wats_http_cache *cache, struct question *q,
                 size_t number)
{
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  ask_for(q, number);
  if (wats_http_cache_begin(cache, &q->request, false, &ticket, &found) !=
      WATS_CACHE_FRESH)
    abort();
  wats_response_release(found.response);
}

/* ---- get, put, evict ---------------------------------------------------- */

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

enum what {
  GET_HOT, /* of the same thousand, however many there are */
  GET_ANY,
  PUT, /* in place of one that is there */
  EVICT,
  WHATS
};
static const char *const names[] = {"get_hot", "get_any", "put", "evict"};

struct world {
  struct wats_http_cache *cache;
  struct question q;
  size_t entries, fresh; /* the next number that was never stored */
  uint64_t random;
};

static void do_calls(struct world *w, enum what what)
{
  int i;
  for (i = 0; i < CALLS; i++) {
    size_t back = next_random(&w->random), any;
    any = w->fresh - 1 - back % (what == GET_HOT ? SMALL : w->entries);
    if (what == GET_HOT || what == GET_ANY)
      find(w->cache, &w->q, any);
    else if (what == PUT)
      store(w->cache, &w->q, any, answer);
    else
      store(w->cache, &w->q, w->fresh++, answer);
  }
}

static void fill(struct world *w)
{
  size_t i;
  for (i = 0; i < w->fresh; i++)
    store(w->cache, &w->q, i, answer);
}

/* Medians of processor seconds for a call; the sizes take turns. */
static void measure_sizes(void)
{
  struct world worlds[2] = {{.entries = SMALL, .random = 1},
                            {.entries = LARGE, .random = 1}};
  static double times[2][WHATS][ROUNDS];
  int round, size, what;
  for (size = 0; size < 2; size++) {
    struct world *w = &worlds[size];
    w->cache = make_cache(w->entries);
    prepare(&w->q);
    w->fresh = w->entries;
    fill(w);
  }
  for (what = 0; what < WHATS; what++)
    for (round = -1; round < ROUNDS; round++) /* the first only warms up */
      for (size = 0; size < 2; size++) {
        double start = seconds(CLOCK_THREAD_CPUTIME_ID);
        do_calls(&worlds[size], (enum what)what);
        if (round >= 0)
          times[size][what][round] =
              (seconds(CLOCK_THREAD_CPUTIME_ID) - start) / CALLS;
      }
  for (size = 0; size < 2; size++) {
    for (what = 0; what < WHATS; what++) {
      qsort(times[size][what], ROUNDS, sizeof(double), compare);
      printf("%s_%zu %.10f\n", names[what], worlds[size].entries,
             times[size][what][ROUNDS / 2]);
    }
    wats_http_cache_release(worlds[size].cache);
  }
}

/* ---- threads ------------------------------------------------------------ */

static struct wats_http_cache *shared;
static _Atomic int waiting;

static void *get_all(void *context)
{
  struct question q;
  uint64_t random = (uint64_t)(uintptr_t)context;
  int i;
  prepare(&q);
  atomic_fetch_sub(&waiting, 1);
  while (atomic_load(&waiting) > 0)
    ; /* all begin together */
  for (i = 0; i < 10 * CALLS; i++)
    find(shared, &q, next_random(&random) % SMALL);
  return NULL;
}

/* Look-ups in a second of all together. */
static double throughput(int threads)
{
  struct wats_thread list[THREADS];
  double start = seconds(CLOCK_MONOTONIC);
  int i;
  atomic_store(&waiting, threads);
  for (i = 0; i < threads; i++)
    if (wats_thread_start(list + i, get_all, (void *)(uintptr_t)(i + 1)))
      abort();
  for (i = 0; i < threads; i++)
    wats_thread_join(list + i);
  return threads * 10.0 * CALLS / (seconds(CLOCK_MONOTONIC) - start);
}

static void measure_threads(void)
{
  double one[5], all[5];
  struct question q;
  size_t i;
  shared = make_cache(SMALL);
  prepare(&q);
  for (i = 0; i < SMALL; i++)
    store(shared, &q, i, answer);
  for (i = 0; i < 5; i++) {
    one[i] = throughput(1);
    all[i] = throughput(THREADS);
  }
  qsort(one, 5, sizeof *one, compare);
  qsort(all, 5, sizeof *all, compare);
  printf("threads_1 %.0f\nthreads_%d %.0f\n", one[2], THREADS, all[2]);
  wats_http_cache_release(shared);
}

/* ---- memory ------------------------------------------------------------- */

static void measure_memory(void)
{
#if defined(__GLIBC__)
  struct wats_http_cache *cache = make_cache(HELD);
  struct question q;
  size_t before, i, size, wanted = 0;
  prepare(&q);
  before = mallinfo2().uordblks;
  for (i = 0; i < HELD; i++) {
    struct wats_response *r = make_answer(&size);
    store(cache, &q, i, r);
    wats_response_release(r);
    wanted += q.request.key_length + size;
  }
  printf("memory %.1f\n",
         ((double)(mallinfo2().uordblks - before) - (double)wanted) / HELD);
  printf("payload %.1f\n", (double)wanted / HELD);
  wats_http_cache_release(cache);
#endif
}

int main(void)
{
  size_t size;
  memset(body, 'x', sizeof body);
  answer = make_answer(&size);
  measure_memory();
  measure_sizes();
  measure_threads();
  wats_response_release(answer);
  return 0;
}
