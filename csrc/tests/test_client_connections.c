/*
** test_client_connections.c - requests that wait for a connection, since no
** more than one to the host may be open.
*/
#include "client_fixture.h"
#include "core/client_pending.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MS WATS_NS_PER_MS

static struct wats_client *patient;
static struct wats_arrivals *arrivals;

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* One client with little time, one with much; they share the connection. */
static void open_both(void)
{
  struct wats_client_options o;
  open_world();
  o = default_options(peer->url);
  o.breaks = WATS_ASKED_NOTHING;
  o.cache = false;
  o.max_connections = 1;
  CHECK_INT(wats_client_create(&o, &patient, NULL), WATS_OK);
  o.attempt_timeout_ns = 60 * MS;
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
}

static void close_both(void)
{
  wats_arrivals_close(arrivals);
  wats_client_release(patient);
  close_world();
}

/* Of the patient client. */
static void begin(const char *path)
{
  struct wats_request r = to("GET", path);
  struct wats_pending *p;
  bool over;
  CHECK_INT(wats_pending_start(arrivals, patient, &r, &p, &over, NULL),
            WATS_OK);
  CHECK(!over);
}

static int take(int count)
{
  int right = 0;
  while (count > 0 && wats_arrivals_wait(arrivals, now() + 30 * S)) {
    struct wats_pending *p = wats_arrivals_take(arrivals);
    while (p) {
      struct wats_pending *next = p->next;
      right += p->code == WATS_OK;
      wats_pending_free(p);
      count--;
      p = next;
    }
  }
  return right;
}

static void wait_until_asked(void)
{
  int i;
  for (i = 0; i < 400 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
}

/* libcurl alone would look at the time when the connection is free. */
static void their_time_ends_meanwhile(void)
{
  struct wats_request r = to("GET", "/x");
  int64_t start;
  int i;
  open_both();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 5000;
  peer_repeats(peer, OK);
  begin("/slow");
  wait_until_asked();
  start = now();
  for (i = 0; i < 12; i++) {
    CHECK_FAILS(perform(&r), WATS_ERR_TIMEOUT,
                "no connection to the server was free within 0.06 s");
    CHECK_INT(got.result.attempts, 0);
  }
  CHECK(now() - start < 4000 * MS);
  /* which says nothing of the server */
  CHECK_INT(stats().upstream.breaker.calls, 0);
  CHECK_INT(take(1), 1);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(peer_requests(peer), 2);
  close_both();
}

static enum wats_errc pick_duration(const struct wats_sample *sample,
                                    void *context)
{
  if (strcmp(wats_family_name(sample->family),
             "wats_http_request_duration_seconds") == 0)
    *(double *)context = sample->value;
  return WATS_OK;
}

static void the_wait_is_not_part_of_their_duration(void)
{
  enum { COUNT = 5, EACH_MS = 100 };
  double seconds = 0;
  int i;
  open_both();
  for (i = 0; i < COUNT; i++)
    peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = EACH_MS;
  for (i = 0; i < COUNT; i++)
    begin("/x");
  CHECK_INT(take(COUNT), COUNT);
  wats_registry_visit(registry, pick_duration, &seconds);
  CHECK(seconds >= 0.99 * COUNT * EACH_MS / 1e3);
  CHECK(seconds < 2.0 * COUNT * EACH_MS / 1e3); /* with the wait three times */
  close_both();
}

int main(void)
{
  RUN(their_time_ends_meanwhile);
  RUN(the_wait_is_not_part_of_their_duration);
  return test_report();
}
