/*
** test_client_retry.c - what a client sends again, and what it counts.
*/
#include "client_fixture.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define UNAVAILABLE                                                            \
  "HTTP/1.1 503 Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
#define MS WATS_NS_PER_MS

static struct wats_client_options patient(void)
{
  struct wats_client_options o = default_options(peer->url);
  o.retry = (struct wats_retry_policy){3, 2 * MS, 4 * MS};
  return o;
}

static void open_patient(void)
{
  struct wats_client_options o;
  open_world();
  o = patient();
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
}

static void check_retries(int retries)
{
  CHECK_INT(stats().retries, retries);
  CHECK_INT(figure("wats_http_retries_total{}"), retries);
  CHECK_INT(figure("wats_http_wait_seconds{for=\"retry\"}"), retries);
  CHECK_INT(stats().in_flight, 0);
  CHECK_INT(figure("wats_http_inflight{}"), 0);
}

static void again_until_it_succeeds(void)
{
  open_patient();
  peer_says(peer, UNAVAILABLE);
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            PEER_CLOSE);
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(body(), "ok");
  CHECK_INT(got.result.attempts, 3);
  CHECK_INT(peer_requests(peer), 3);
  check_retries(2);
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_STR(cached(), "hit");
  close_world();
}

static void the_last_failure_is_told(void)
{
  open_patient();
  peer_repeats(peer, UNAVAILABLE);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(status(), 503);
  CHECK_INT(peer_requests(peer), 3);
  CHECK_INT(stats().failures, 0);
  check_retries(2);
  close_world();
}

static void what_is_not_sent_again(void)
{
  static const struct {
    const char *method, *target, *answer;
    bool again;
  } cases[] = {
      {"POST", "/unknown", UNAVAILABLE, false},
      {"PATCH", "/unknown", UNAVAILABLE, false},
      {"POST", "/api/Unit/Create", UNAVAILABLE, false},
      {"GET", "/api/Auth/GetToken", UNAVAILABLE, false},
      {"GET", "/api//Auth/GetToken", UNAVAILABLE, false},
      {"POST", "/api/Report/WSJF", UNAVAILABLE, true},
      {"PUT", "/api/Product", UNAVAILABLE, true},
      {"GET", "/x", "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", false},
      {"GET", "/x", "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", false},
      {"GET", "/x",
       "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
       false}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_patient();
    peer_repeats(peer, cases[i].answer);
    ask(cases[i].method, cases[i].target);
    CHECK_INT(peer_requests(peer), cases[i].again ? 3 : 1);
    check_retries(cases[i].again ? 2 : 0);
    close_world();
  }
}

static void the_caller_decides(void)
{
  struct wats_request r = to("POST", "/unknown");
  open_patient();
  peer_repeats(peer, UNAVAILABLE);
  r.idempotent = true;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(peer_requests(peer), 3);
  r = to("GET", "/x");
  r.no_retry = true;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(peer_requests(peer), 4);
  r = to("GET", "/x");
  r.once = true;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(peer_requests(peer), 5);
  close_world();
}

/* Nothing was sent: then anything may be tried again. */
static void nobody_there(void)
{
  struct wats_client_options o;
  char url[64];
  int port;
  open_world();
  port = peer->port;
  peer_close(peer);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
  o = default_options(url);
  o.retry = (struct wats_retry_policy){3, MS, MS};
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  CHECK_INT(ask("POST", "/unknown"), WATS_ERR_CONNECTION);
  CHECK_INT(got.result.attempts, 3);
  CHECK(got.result.repeatable);
  check_retries(2);
  peer = peer_open();
  close_world();
}

static void no_longer_than_there_is_time(void)
{
  struct wats_request r = to("GET", "/x");
  open_patient();
  peer_repeats(peer, "HTTP/1.1 503 X\r\nRetry-After: 60\r\n"
                     "Content-Length: 0\r\n\r\n");
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(status(), 503);
  CHECK_INT(peer_requests(peer), 1);
  check_retries(0);
  close_world();
}

static void behind_a_redirect(void)
{
  open_patient();
  peer_says(peer, "HTTP/1.1 302 X\r\nLocation: /there\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_says(peer, UNAVAILABLE);
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/here"), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(asked_line(1), "GET /there HTTP/1.1");
  CHECK_STR(asked_line(2), "GET /there HTTP/1.1");
  check_retries(1);
  close_world();
}

static bool at_once(void *context)
{
  (void)context;
  return true;
}

static void interrupted_while_it_waits(void)
{
  struct wats_request r = to("GET", "/x");
  open_patient();
  peer_repeats(peer, "HTTP/1.1 503 X\r\nRetry-After: 15\r\n"
                     "Content-Length: 0\r\n\r\n");
  r.interrupted = at_once;
  CHECK_INT(perform(&r), WATS_ERR_CANCELLED);
  CHECK_INT(peer_requests(peer), 1);
  check_retries(0);
  close_world();
}

static void one_budget_for_all_clients(void)
{
  struct wats_client_options o;
  struct wats_client *other, *stranger;
  int i;
  open_world();
  o = patient();
  o.retry_budget = 3;
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  o.retry_budget = 4;
  CHECK_INT(wats_client_create(&o, &other, &got.error), WATS_ERR_ARGUMENT);
  CHECK_STR(got.error.message,
            "retry.budget: 4 asked for, but another client of the same server "
            "and token has 3");
  o.token = "b3RoZXI=";
  CHECK_INT(wats_client_create(&o, &stranger, NULL), WATS_OK);
  o = patient(); /* asks for none: takes what there is */
  CHECK_INT(wats_client_create(&o, &other, NULL), WATS_OK);
  peer_repeats(peer, UNAVAILABLE);
  for (i = 0; i < 3; i++)
    CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(peer_requests(peer), 3 + 3);
  wats_client_release(client);
  client = other;
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(peer_requests(peer), 7); /* spent for this one too */
  wats_client_release(client);
  client = stranger;
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(peer_requests(peer), 10);
  close_world();
}

static void memory_at_every_point(void)
{
  struct wats_request r = to("PUT", "/api/Product");
  int failed = 0, served = 0;
  long n;
  r.body = "{}";
  r.body_length = 2;
  for (n = 0; n < 300 && served < 20; n++) {
    open_patient();
    peer_says(peer, UNAVAILABLE);
    peer_repeats(peer, OK);
    wats_alloc_fail_after(n);
    perform(&r);
    wats_alloc_fail_never();
    if (got.code == WATS_OK) {
      served++;
      CHECK(status() == 200);
    } else {
      failed++;
      CHECK_FAILS(got.code, WATS_ERR_MEMORY, "not enough memory");
    }
    CHECK_INT(stats().in_flight, 0);
    close_world();
  }
  CHECK(failed > 5 && served == 20);
}

int main(void)
{
  RUN(again_until_it_succeeds);
  RUN(the_last_failure_is_told);
  RUN(what_is_not_sent_again);
  RUN(the_caller_decides);
  RUN(nobody_there);
  RUN(no_longer_than_there_is_time);
  RUN(behind_a_redirect);
  RUN(interrupted_while_it_waits);
  RUN(one_budget_for_all_clients);
  RUN(memory_at_every_point);
  return test_report();
}
