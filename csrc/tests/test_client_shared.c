/*
** test_client_shared.c - several clients on one named cache: whose answers they
** are, who joins whom across clients and threads, and what a write of one means
** to the others.
*/
#include <stdatomic.h>

#include "client_fixture.h"
#include "core/cache_registry.h"
#include "core/client_pending.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MS WATS_NS_PER_MS

#define CLIENTS 8

static struct wats_client *clients[CLIENTS];

static struct wats_client_options of_station(void)
{
  struct wats_client_options o = default_options(peer->url);
  o.cache_name = "station";
  return o;
}

static void add_client(int i, const struct wats_client_options *options)
{
  CHECK_INT(wats_client_create(options, &clients[i], &got.error), WATS_OK);
}

static void open_clients(void)
{
  struct wats_client_options options;
  int i;
  open_world();
  options = of_station();
  for (i = 0; i < CLIENTS; i++)
    add_client(i, &options);
}

static void close_clients(void)
{
  int i;
  client = NULL;
  for (i = 0; i < CLIENTS; i++) {
    wats_client_release(clients[i]);
    clients[i] = NULL;
  }
  wats_cache_registry_drain();
  close_world();
}

/* What client `i` gets, and how the cache took part. */
static const char *status_of(int i, const char *target)
{
  client = clients[i];
  CHECK_INT(ask("GET", target), WATS_OK);
  client = NULL;
  return cached();
}

static void slow(int delay_ms)
{
  peer_repeats(peer, OK);
  peer->turns[peer->turn_count - 1].delay_ms = delay_ms;
}

/* ---- whose answer it is ------------------------------------------------- */

static void one_answer_for_all(void)
{
  struct wats_http_cache_stats s;
  int i;
  open_clients();
  slow(0);
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  for (i = 1; i < CLIENTS; i++)
    CHECK_STR(status_of(i, "/api/Product/x"), "hit");
  CHECK_INT(peer_requests(peer), 1);
  wats_http_cache_stats(wats_client_cache(clients[3]), &s);
  CHECK_INT(s.requests, CLIENTS);
  CHECK_INT(s.hits, CLIENTS - 1);
  CHECK_INT(figure("wats_http_cache_requests_total{}"), CLIENTS);
  CHECK_INT(figure("wats_http_cache_entries{}"), 1);
  wats_http_cache_clear(wats_client_cache(clients[5]));
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  close_clients();
}

/* Nobody ever gets what another token, or another server, was answered. */
static void never_whose_it_is_not(void)
{
  struct wats_client_options options;
  struct wats_request r;
  struct peer *other;
  open_world();
  other = peer_open();
  peer_repeats(other, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
  peer_repeats(peer, OK);
  options = of_station();
  add_client(0, &options);
  add_client(1, &options);
  options.token = "b3RoZXI=";
  add_client(2, &options);
  options.token = NULL;
  add_client(3, &options);
  options = of_station();
  options.base_url = other->url;
  add_client(4, &options);
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  CHECK_STR(status_of(1, "/api/Product/x"), "hit");
  CHECK_STR(status_of(2, "/api/Product/x"), "miss");
  CHECK_STR(status_of(3, "/api/Product/x"), "miss");
  CHECK_STR(status_of(4, "/api/Product/x"), "miss");
  CHECK_STR(body(), "other");
  CHECK_INT(peer_requests(peer), 3);
  CHECK_INT(peer_requests(other), 1);
  CHECK_STR(status_of(0, "/api/Product/x"), "hit");
  CHECK_STR(body(), "ok");
  CHECK_STR(status_of(4, "/api/Product/x"), "hit");
  CHECK_STR(body(), "other");
  r = to("GET", "/api/Product/x");
  r.cache_mode = WATS_CACHE_ONLY;
  clients[5] = NULL;
  options = of_station();
  options.token = "dGhpcmQ=";
  add_client(5, &options);
  client = clients[5];
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(status(), 504);
  client = NULL;
  peer_close(other);
  close_clients();
}

static void a_write_of_one(void)
{
  open_clients();
  slow(0);
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  client = clients[1];
  CHECK_INT(ask("PUT", "/api/Product"), WATS_OK);
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  CHECK_STR(status_of(2, "/api/Product/x"), "hit");
  close_clients();
}

static void options_that_differ(void)
{
  struct wats_client_options options;
  struct wats_client *refused = NULL;
  open_clients();
  slow(0);
  options = of_station();
  options.cache_ttl_ns = 60 * S;
  CHECK_INT(wats_client_create(&options, &refused, &got.error),
            WATS_ERR_ARGUMENT);
  CHECK(!refused);
  CHECK_STR(got.error.message,
            "cache.ttl: 60 asked for, but another client of the cache "
            "\"station\" has 300");
  CHECK_STR(status_of(0, "/api/Product/x"), "miss");
  close_clients();
}

/* ---- together ----------------------------------------------------------- */

static struct wats_arrivals *arrivals;

static struct wats_pending *start(int i, const struct wats_request *r)
{
  struct wats_pending *p = NULL;
  bool over = true;
  CHECK_INT(wats_pending_start(arrivals, clients[i], r, &p, &over, &got.error),
            WATS_OK);
  CHECK(!over);
  return p;
}

/* Takes `count`; how many ended with that code. */
static int ended(int count, enum wats_errc code)
{
  int64_t until = wats_clock_monotonic(&wats_system_clock) + 30 * S;
  int with_code = 0;
  while (count > 0 && wats_arrivals_wait(arrivals, until)) {
    struct wats_pending *p = wats_arrivals_take(arrivals);
    while (p) {
      struct wats_pending *next = p->next;
      with_code += p->code == code;
      wats_pending_free(p);
      count--;
      p = next;
    }
  }
  CHECK_INT(count, 0);
  return with_code;
}

static void open_together(void)
{
  open_clients();
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
}

static void close_together(void)
{
  wats_arrivals_close(arrivals);
  close_clients();
}

static void a_failure_reaches_all(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  int i;
  open_together();
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            PEER_CLOSE)
      ->delay_ms = 50;
  for (i = 0; i < CLIENTS; i++)
    start(i, &r);
  CHECK_INT(ended(CLIENTS, WATS_ERR_CONNECTION), CLIENTS);
  CHECK_INT(peer_requests(peer), 1);
  close_together();
}

/* The one who leads is cancelled, is closed, or has no more time. */
static void the_others_go_on(void)
{
  struct wats_request r = to("GET", "/api/Product/x"), brief = r;
  struct wats_pending *leader;
  int i;
  open_together();
  slow(100);
  leader = start(0, &r);
  for (i = 1; i < CLIENTS; i++)
    start(i, &r);
  wats_client_close(clients[0]);
  wats_pending_cancel(leader);
  CHECK_INT(ended(CLIENTS, WATS_OK), CLIENTS - 1);
  CHECK(peer_requests(peer) <= 2);
  close_together();

  open_together();
  peer_ends(peer, "", PEER_SILENT);
  slow(20);
  brief.timeout_ns = 50 * MS;
  start(0, &brief);
  for (i = 1; i < CLIENTS; i++)
    start(i, &r);
  CHECK_INT(ended(CLIENTS, WATS_OK), CLIENTS - 1);
  CHECK_INT(peer_requests(peer), 2);
  close_together();
}

static void each_has_his_own_deadline(void)
{
  struct wats_request r = to("GET", "/api/Product/x"), brief = r;
  open_together();
  slow(150);
  start(0, &r);
  brief.timeout_ns = 20 * MS;
  start(1, &brief);
  start(2, &r);
  CHECK_INT(ended(1, WATS_ERR_TIMEOUT), 1);
  CHECK_INT(ended(2, WATS_OK), 2);
  CHECK_INT(peer_requests(peer), 1);
  close_together();
}

/* Another token, or a cache of their own: they do not join. */
static void strangers_go_alone(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct wats_client_options options;
  open_world();
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
  slow(60);
  options = of_station();
  add_client(0, &options);
  options.token = "b3RoZXI=";
  add_client(1, &options);
  options = of_station();
  options.cache_name = "line";
  add_client(2, &options);
  options.cache_name = NULL;
  add_client(3, &options);
  start(0, &r);
  start(1, &r);
  start(2, &r);
  start(3, &r);
  CHECK_INT(ended(4, WATS_OK), 4);
  CHECK_INT(peer_requests(peer), 4);
  close_together();
}

/* ---- threads ------------------------------------------------------------ */

#define ROUNDS 300

static atomic_int right;

static void *ask_for_all(void *context)
{
  struct wats_client *mine = context;
  char target[32];
  int i;
  for (i = 0; i < ROUNDS; i++) {
    struct wats_result result;
    struct wats_error error;
    struct wats_request r;
    snprintf(target, sizeof target, "/api/Product/%d", i);
    r = to("GET", target);
    if (wats_client_perform(mine, &r, &result, &error) == WATS_OK)
      atomic_fetch_add(&right, 1);
    wats_response_release(result.response);
  }
  return NULL;
}

/* However they meet: each URL is asked for once, and every look-up counts. */
static void threads_ask_once(void)
{
  struct wats_thread threads[CLIENTS];
  struct wats_http_cache_stats s;
  int i;
  open_clients();
  peer_repeats(peer, OK);
  right = 0;
  for (i = 0; i < CLIENTS; i++)
    CHECK_INT(wats_thread_start(threads + i, ask_for_all, clients[i]), WATS_OK);
  for (i = 0; i < CLIENTS; i++)
    wats_thread_join(threads + i);
  CHECK_INT(right, CLIENTS * ROUNDS);
  wats_http_cache_stats(wats_client_cache(clients[0]), &s);
  CHECK_INT(s.requests, CLIENTS * ROUNDS);
  CHECK_INT(s.hits + s.misses, CLIENTS * ROUNDS);
  CHECK_INT(s.stores, peer_requests(peer));
  CHECK_INT(peer_requests(peer), ROUNDS);
  close_clients();
}

int main(void)
{
  RUN(one_answer_for_all);
  RUN(never_whose_it_is_not);
  RUN(a_write_of_one);
  RUN(options_that_differ);
  RUN(a_failure_reaches_all);
  RUN(the_others_go_on);
  RUN(each_has_his_own_deadline);
  RUN(strangers_go_alone);
  RUN(threads_ask_once);
  return test_report();
}
