/*
** test_cache_link_race.c - all at once: whatever processes that share a disk
** tier do, none of them hands out what a write had made stale before it asked.
*/
#include "tier_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#else

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct wats_operation get_product = {
    .method = "GET", .path = "/api/Product/{pn}", .family = 2};
static const struct wats_operation put_product = {
    .method = "PUT", .path = "/api/Product", .stale = 1 << 2, .family = -1};

/* A server that all see: its value, and the least that a reader may get. */
struct server {
  _Atomic unsigned value, least;
  _Atomic bool over;
  _Atomic uint64_t hits, recalls;
};
static struct server *server;

static void serve(struct wats_http_cache *c, unsigned *seed)
{
  struct wats_cache_request r = asking_for(&get_product, "/api/Product/PN-1");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  unsigned least = atomic_load(&server->least), got;
  size_t length;
  if (wats_http_cache_begin(c, &r, false, &ticket, &found) ==
      WATS_CACHE_FRESH) {
    got = (unsigned)strtoul(wats_response_body(found.response, &length), NULL,
                            10);
    if (got < least) printf("%u after %u\n", got, least);
    CHECK(got >= least);
    atomic_fetch_add(&server->hits, 1);
  } else {
    char body[16];
    struct wats_response *a;
    snprintf(body, sizeof body, "%u;", atomic_load(&server->value));
    if ((*seed = *seed * 1103515245 + 12345) >> 30 == 0) usleep(200);
    a = answer(200, "Cache-Control: max-age=600", body);
    (void)wats_http_cache_store(c, &r, &ticket, a, NULL);
    wats_response_release(a);
  }
  wats_response_release(found.response);
}

/* Some are refused, and change nothing. */
static void change(struct wats_http_cache *c, unsigned *seed)
{
  struct wats_cache_write write;
  unsigned value;
  bool applied = ((*seed = *seed * 1103515245 + 12345) >> 20) % 4 != 0;
  wats_http_cache_write_begin(c, &put_product, "/api/Product", 12, &write);
  if (applied) {
    value = atomic_fetch_add(&server->value, 1) + 1;
    wats_http_cache_write_end(c, &write, true);
    /* another may have said more already */
    {
      unsigned least = atomic_load(&server->least);
      while (least < value &&
             !atomic_compare_exchange_weak(&server->least, &least, value))
        continue;
    }
  } else
    wats_http_cache_write_end(c, &write, false);
}

static void *use(void *context)
{
  struct wats_http_cache *c = context;
  unsigned seed = (unsigned)getpid() + (unsigned)(uintptr_t)c, n;
  for (n = 0; !atomic_load(&server->over); n++) {
    serve(c, &seed);
    if (n % 50) continue;
    change(c, &seed);
    if (n % 100 == 0) usleep(500); /* others ask, and their rows are written */
  }
  return NULL;
}

/* Until somebody says that it is over; `ms` > 0: after so long we do. */
static void run_two(unsigned ms)
{
  struct wats_http_cache *caches[2];
  struct wats_cache_disk_stats s;
  pthread_t threads[2];
  int i;
  for (i = 0; i < 2; i++) {
    caches[i] = open_shared();
    CHECK_INT(pthread_create(&threads[i], NULL, use, caches[i]), 0);
  }
  if (ms) {
    usleep(ms * 1000);
    atomic_store(&server->over, true);
  }
  for (i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  wats_cache_disk_stats(wats_http_cache_disk(caches[0]), &s);
  atomic_fetch_add(&server->recalls, s.hits);
  for (i = 0; i < 2; i++)
    wats_http_cache_release(caches[i]);
}

/* Two processes with two caches each, all reading and writing the same. */
static void race(unsigned ms)
{
  pid_t child = -1;
  atomic_store(&server->over, false);
#if !defined(__SANITIZE_THREAD__)
  fflush(stdout);
  child = fork();
  if (child == 0) {
    int before = test_bad_checks;
    run_two(0);
    fflush(stdout);
    _exit(test_bad_checks != before);
  }
#endif
  run_two(ms);
  if (child > 0) {
    int state = -1;
    CHECK(waitpid(child, &state, 0) == child);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  }
}

/* On a busy machine a race may be over before a row was written: then again. */
static void test_what_is_stale_is_never_served(void)
{
  unsigned ms = getenv("WATS_TEST_LONG") ? 20000 : 400;
  int round;
  begin_test();
  server = mmap(NULL, sizeof *server, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (server == MAP_FAILED) abort();
  for (round = 0; round < 25 && !atomic_load(&server->recalls); round++)
    race(ms);
  CHECK(atomic_load(&server->least) > 10);
  CHECK(atomic_load(&server->hits) > 10);
  CHECK(atomic_load(&server->recalls) > 0);
  (void)munmap(server, sizeof *server);
}

int main(void)
{
  RUN(test_what_is_stale_is_never_served);
  remove_scratch();
  return test_report();
}

#endif
