/*
** test_client_trouble.c - a client short of memory, in many threads, in a
** forked child.
*/
#include <stdatomic.h>

#include "child.h"
#include "client_fixture.h"

#define OK     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define TAGGED "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 2\r\n\r\nok"
#define SAME   "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"
#define THERE                                                                  \
  "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"

/* ---- memory ------------------------------------------------------------- */

static void creation_without_memory(void)
{
  struct wats_client_options o;
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  open_world();
  o = default_options("https://wats.example/prefix");
  for (n = 0; n < 300 && code != WATS_OK; n++) {
    wats_alloc_fail_after(n);
    code = wats_client_create(&o, &client, &got.error);
    wats_alloc_fail_never();
    if (code == WATS_OK) break;
    CHECK_FAILS(code, WATS_ERR_MEMORY, "not enough memory");
    CHECK(client == NULL);
  }
  CHECK(n > 10 && n < 300);
  close_world();
}

/*
** The request with the n-th allocation failing, for each n. It may fail, or
** be answered right all the same (what is short is then the cache's room);
** afterwards the client serves as before.
*/
static void at_every_point(const struct wats_request *request,
                           const char *standing, void (*prepare)(void))
{
  int failed = 0, served = 0, in_a_row = 0;
  long n;
  for (n = 0; n < 400 && in_a_row < 30; n++) {
    open_client();
    if (prepare) prepare();
    peer_repeats(peer, standing);
    wats_alloc_fail_after(n);
    perform(request);
    wats_alloc_fail_never();
    if (got.code == WATS_OK) {
      served++;
      in_a_row++;
      CHECK_INT(status(), 200);
      CHECK_STR(body(), "ok");
    } else {
      failed++;
      in_a_row = 0;
      CHECK_FAILS(got.code, WATS_ERR_MEMORY, "not enough memory");
    }
    CHECK_INT(stats().in_flight, 0);
    CHECK_INT(stats().exchanges, peer_requests(peer));
    CHECK_INT(perform(request), WATS_OK);
    CHECK_STR(body(), "ok");
    close_world();
  }
  CHECK(failed > 0 && served >= 30 && n < 400);
}

static void prepare_stale(void)
{
  peer_says(peer, TAGGED);
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  wats_fake_clock_advance(&fake, 301 * S);
}

static void prepare_confirmed(void)
{
  prepare_stale();
  peer_says(peer, SAME);
}

static void prepare_redirect(void)
{
  peer_says(peer, THERE);
}

static void requests_without_memory(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  at_every_point(&r, OK, NULL);
  at_every_point(&r, OK, prepare_stale);
  r = to("GET", "/here\xc3\xb8?a");
  r.query = "b=c";
  r.query_length = 3;
  at_every_point(&r, OK, NULL);
  r = to("PUT", "/api/Product");
  r.body = "{}";
  r.body_length = 2;
  at_every_point(&r, OK, NULL);
}

static void confirmation_without_memory(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  at_every_point(&r, OK, prepare_confirmed);
}

static void redirect_without_memory(void)
{
  struct wats_request r = to("GET", "/here");
  at_every_point(&r, OK, prepare_redirect);
}

/* ---- threads ------------------------------------------------------------ */

enum { THREADS = 8, ROUNDS = 40 };

static _Atomic int answered, cached_answers, closed_answers, other_answers;

static void one_request(int thread, int round)
{
  static const char *const targets[] = {"/api/Product/a", "/api/Product/b",
                                        "/api/Unit/1", "/x"};
  struct wats_request r = to("GET", targets[(thread + round) % 4]);
  struct wats_result result;
  struct wats_error error;
  enum wats_errc code;
  if (round % 10 == 9) r = to("PUT", "/api/Product");
  code = wats_client_perform(client, &r, &result, &error);
  if (code == WATS_OK && result.response->status == 200) {
    atomic_fetch_add(&answered, 1);
    if (result.cache_status == WATS_STATUS_HIT)
      atomic_fetch_add(&cached_answers, 1);
  } else
    atomic_fetch_add(code == WATS_ERR_CLOSED ? &closed_answers : &other_answers,
                     1);
  wats_response_release(result.response);
}

static void *many_requests(void *context)
{
  int i, thread = *(int *)context;
  for (i = 0; i < ROUNDS; i++)
    one_request(thread, i);
  wats_client_release(client);
  return NULL;
}

static void in_threads(struct wats_thread *threads, int *numbers)
{
  int i;
  answered = cached_answers = closed_answers = other_answers = 0;
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    wats_client_retain(client);
    CHECK_INT(wats_thread_start(threads + i, many_requests, numbers + i),
              WATS_OK);
  }
}

static void one_client_in_many_threads(void)
{
  struct wats_thread threads[THREADS];
  struct wats_client_stats s;
  int numbers[THREADS], i;
  open_client();
  peer_repeats(peer, OK);
  in_threads(threads, numbers);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(threads + i);
  s = stats();
  CHECK_INT(answered, THREADS * ROUNDS);
  CHECK_INT(s.requests, THREADS * ROUNDS);
  CHECK_INT(s.failures, 0);
  CHECK_INT(s.in_flight, 0);
  CHECK_INT(s.exchanges, peer_requests(peer));
  CHECK_INT(s.exchanges, THREADS * ROUNDS - cached_answers - (int)s.coalesced);
  CHECK_INT(s.connections_new + s.connections_reused, s.exchanges);
  CHECK_INT(s.connections_new, peer_connections(peer));
  CHECK(peer_connections(peer) <= THREADS);
  close_world();
}

static void closed_under_way(void)
{
  struct wats_thread threads[THREADS];
  int numbers[THREADS], i;
  open_client();
  peer_repeats(peer, OK);
  in_threads(threads, numbers);
  peer_sleep(5);
  wats_client_close(client);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(threads + i);
  CHECK_INT(answered + closed_answers, THREADS * ROUNDS);
  CHECK_INT(other_answers, 0);
  CHECK_INT(stats().exchanges, peer_requests(peer));
  CHECK_INT(stats().in_flight, 0);
  close_world();
}

/* ---- interrupted --------------------------------------------------------- */

static int looked;

static bool second_look(void *context)
{
  CHECK(context == &looked);
  return ++looked == 2;
}

static void interrupted_while_it_waits(void)
{
  struct wats_request r = to("GET", "/x");
  open_client();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_SILENT)->delay_ms = 30000;
  r.interrupted = second_look;
  r.interrupt_context = &looked;
  looked = 0;
  CHECK_FAILS(perform(&r), WATS_ERR_CANCELLED, "cancelled");
  CHECK_INT(looked, 2);
  CHECK_INT(stats().failures, 1);
  CHECK_INT(stats().in_flight, 0);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\",route=\"other\","
                   "status=\"cancelled\"}"),
            1);
  close_world();
}

/* ---- fork --------------------------------------------------------------- */

static void ask_in_child(void)
{
  CHECK_INT(ask("GET", "/api/Product/a"), WATS_OK);
  CHECK_STR(cached(), "miss"); /* it begins with an empty cache */
  CHECK_INT(ask("GET", "/api/Product/a"), WATS_OK);
  CHECK_STR(cached(), "hit");
}

static void a_forked_child(void)
{
  open_client();
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/api/Product/a"), WATS_OK);
  CHECK_INT(in_child(ask_in_child), 0);
  CHECK_INT(ask("GET", "/api/Product/c"), WATS_OK);
  CHECK_INT(peer_connections(peer), 2);
  close_world();
}

int main(void)
{
  RUN(creation_without_memory);
  RUN(requests_without_memory);
  RUN(confirmation_without_memory);
  RUN(redirect_without_memory);
  RUN(one_client_in_many_threads);
  RUN(closed_under_way);
  RUN(interrupted_while_it_waits);
  RUN(a_forked_child);
  return test_report();
}
