/*
** test_health_pages.c - what health.h promises of its pages.
*/
#include "health_fixture.h"

#ifdef WATS_WITHOUT_HEALTH

static int released;

static void note_release(void *context)
{
  (void)context;
  released++;
}

static void test_says_so(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health = NULL;
  struct wats_error error;
  options.queue.release = note_release;
  CHECK_INT(wats_health_serve(&options, &health, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "built without libmicrohttpd");
  CHECK(health == NULL);
  CHECK_INT(released, 1);
}

int main(void)
{
  RUN(test_says_so);
  return test_report();
}

#else

static struct wats_error error;

static bool begins(const char *text)
{
  return strncmp(body(), text, strlen(text)) == 0;
}

/* ---- pages -------------------------------------------------------------- */

static void test_pages(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health = serve(&options);
  CHECK(wats_health_port(health) != 0);
  CHECK_INT(ask(health, "/health/live"), 200);
  CHECK_STR(body(), "{\"status\":\"alive\"}");
  CHECK(has_field("Content-Type: application/json"));
  CHECK(has_field("Cache-Control: no-store"));
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK_STR(body(), "{\"status\":\"ready\"}");
  CHECK_INT(ask(health, "/health"), 200);
  CHECK_STR(body(), "{\"status\":\"ok\"}");
  CHECK_INT(ask(health, "/?x"), 200);
  CHECK_STR(body(), "{\"status\":\"ok\"}");
  CHECK_INT(ask(health, "/health/live?verbose=1"), 200);
  CHECK_INT(ask(health, "/health/"), 404);
  CHECK_STR(body(), "{\"error\":\"Not found\"}");
  CHECK_INT(ask(health, "/health%2Flive"), 404);
  CHECK_INT(ask(health, "/HEALTH"), 404);
  CHECK_INT(ask_with(health, "HEAD", "/health/ready", "Host: localhost\r\n"),
            200);
  CHECK(has_field("Content-Length: 18"));
  CHECK_STR(body(), "");
  CHECK_INT(ask_with(health, "DELETE", "/health", "Host: localhost\r\n"), 405);
  CHECK(has_field("Allow: GET, HEAD"));
  CHECK_INT(ask_with(health, "get", "/health", "Host: localhost\r\n"), 405);
  wats_health_stop(health);
}

static void test_checks(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health = serve(&options);
  char name[WATS_HEALTH_NAME + 2], text[400];
  int i;
  CHECK_INT(
      wats_health_set(health, "power_supply", false, "not calibrated", &error),
      WATS_OK);
  CHECK_INT(ask(health, "/health/ready"), 503);
  CHECK_STR(body(), "{\"status\":\"not ready\",\"reason\":"
                    "\"power_supply: not calibrated\"}");
  CHECK_INT(ask(health, "/health"), 503);
  CHECK_STR(body(), "{\"status\":\"unhealthy\",\"reason\":"
                    "\"power_supply: not calibrated\"}");
  CHECK_INT(ask(health, "/health/live"), 200); /* restarting would not help */
  CHECK_INT(wats_health_set(health, "door", false, NULL, &error), WATS_OK);
  ask(health, "/health/ready");
  CHECK(strstr(body(), "\"power_supply: not calibrated; door\"") != NULL);
  CHECK_INT(wats_health_set(health, "power_supply", true, "x", &error),
            WATS_OK);
  CHECK(wats_health_unset(health, "door"));
  CHECK(!wats_health_unset(health, "door"));
  CHECK_INT(ask(health, "/health/ready"), 200);
  /* a text that is too long, and is no UTF-8 */
  memset(text, 0xc3, sizeof text - 1);
  text[sizeof text - 1] = '\0';
  CHECK_INT(wats_health_set(health, "long", false, text, &error), WATS_OK);
  CHECK_INT(ask(health, "/health/ready"), 503);
  CHECK(strstr(body(), "long: \xef\xbf\xbd\xef\xbf\xbd") != NULL);
  CHECK(wats_health_unset(health, "long"));
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  CHECK_INT(wats_health_set(health, name, true, "", &error), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_health_set(health, "", true, "", &error), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_health_set(health, "a\xff", true, "", &error),
            WATS_ERR_ARGUMENT); /* it would be another's name on the page */
  for (i = 1; i < WATS_HEALTH_CHECKS; i++) {
    snprintf(name, sizeof name, "check %d", i);
    CHECK_INT(wats_health_set(health, name, true, "", &error), WATS_OK);
  }
  CHECK_INT(wats_health_set(health, "more", true, "", &error),
            WATS_ERR_ARGUMENT);
  wats_health_stop(health);
}

static void test_heartbeat(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health;
  int64_t end;
  options.heartbeat_timeout_ns = S;
  health = serve(&options);
  CHECK_INT(ask(health, "/health/live"), 200);
  end = now() + 10 * S;
  while (ask(health, "/health/live") == 200 && now() < end)
    nap(20 * MS);
  CHECK_INT(got.status, 503);
  CHECK(begins("{\"status\":\"not alive\",\"reason\":"
               "\"no heartbeat for 1."));
  CHECK_INT(ask(health, "/health/ready"), 503);
  CHECK_INT(ask(health, "/health"), 503);
  wats_health_beat(health);
  CHECK_INT(ask(health, "/health/live"), 200);
  CHECK_INT(ask(health, "/health/ready"), 200);
  wats_health_stop(health);
}

static void test_details(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health;
  options.instance = "ICT-01";
  options.versions = "{\"wats\":\"1\"}";
  options.slot = "left";
  options.heartbeat_timeout_ns = 60 * S;
  health = serve(&options);
  CHECK_INT(wats_health_set(health, "door", true, "shut", &error), WATS_OK);
  CHECK_INT(ask(health, "/health/details"), 200);
  CHECK(begins("{\"healthy\":true,\"status\":\"ok\",\"timestamp\":"
               "\"20"));
  CHECK(strstr(body(), "Z\",\"details\":{\"service_status\":\"running\","
                       "\"api_status\":null,\"api_connected\":null,"
                       "\"pending_count\":null,\"uptime_seconds\":") != NULL);
  CHECK(strstr(body(), "\"instance_id\":\"ICT-01\"") != NULL);
  CHECK(strstr(body(), "\"versions\":{\"wats\":\"1\"}") != NULL);
  CHECK(strstr(body(), "\"slots\":{\"left\":{\"checks\":{\"door\":"
                       "{\"ok\":true,\"text\":\"shut\"}},\"heartbeat\":"
                       "{\"fresh\":true,\"age_seconds\":") != NULL);
  CHECK(strstr(body(), "\"client\":null") != NULL);
  CHECK(strstr(body(), "\"queue\":null") != NULL);
  CHECK_INT(wats_health_set(health, "door", false, "open", &error), WATS_OK);
  CHECK_INT(ask(health, "/health/details"), 503);
  CHECK(begins("{\"healthy\":false,\"status\":\"unhealthy\""));
  CHECK(strstr(body(), "\"reason\":\"door: open\"") != NULL);
  wats_health_stop(health);
}

static int metrics(const struct wats_health *health, const char *accept)
{
  char fields[300];
  snprintf(fields, sizeof fields, "Host: localhost\r\n%s%s%s",
           accept ? "Accept: " : "", accept ? accept : "",
           accept ? "\r\n" : "");
  return ask_with(health, "GET", "/metrics", fields);
}

static void test_metrics(void)
{
  struct wats_health_options options = plain();
  struct wats_registry *registry = wats_registry_create();
  struct wats_health *health;
  options.registry = registry;
  options.heartbeat_timeout_ns = 60 * S;
  health = serve(&options);
  CHECK_INT(wats_health_set(health, "door", false, "", &error), WATS_OK);
  CHECK_INT(metrics(health, NULL), 200);
  CHECK(has_field("Content-Type: text/plain; version=0.0.4; charset=utf-8"));
  CHECK(has_field("Vary: Accept"));
  CHECK(strstr(body(), "wats_health_check{slot=\"1\",check=\"door\"} 0\n"));
  CHECK(strstr(body(), "wats_health_heartbeat_age_seconds{slot=\"1\"} 0"));
  CHECK_INT(metrics(health, "application/openmetrics-text;version=1.0.0;q=0.9,"
                            "text/plain;q=0.5,*/*;q=0.1"),
            200);
  CHECK(strstr(got.head, "application/openmetrics-text; version=1.0.0"));
  CHECK(got.length > 6 && strcmp(body() + got.length - 6, "# EOF\n") == 0);
  CHECK_INT(metrics(health, "application/json"), 200);
  CHECK(has_field("Content-Type: application/json"));
  CHECK(body()[0] == '{');
  wats_health_stop(health);
  wats_registry_release(registry);
}

/* What is no more is shown no longer, so that no alert speaks of it. */
static void test_figures_end(void)
{
  struct wats_health_options options = plain();
  struct wats_registry *registry = wats_registry_create();
  struct wats_health *first, *second;
  options.registry = registry;
  options.heartbeat_timeout_ns = 60 * S;
  options.slot = "a\"\\\n"; /* of the page's own characters */
  first = serve(&options);
  options.slot = "2";
  second = serve(&options);
  CHECK_INT(wats_health_set(first, "door", false, "", &error), WATS_OK);
  CHECK_INT(wats_health_set(first, "gate", false, "", &error), WATS_OK);
  CHECK_INT(wats_health_set(second, "door", true, "", &error), WATS_OK);
  CHECK(wats_health_unset(first, "gate"));
  CHECK(!shows(registry, "gate"));
  CHECK(shows(registry, "{slot=\"a\\\"\\\\\\n\",check=\"door\"} 0\n"));
  wats_health_stop(first);
  CHECK(!shows(registry, "slot=\"a"));
  CHECK(shows(registry, "{slot=\"2\",check=\"door\"} 1\n"));
  CHECK(shows(registry, "_age_seconds{slot=\"2\"} 0"));
  CHECK(shows(registry, "_timeout_seconds{slot=\"2\"} 60\n"));
  wats_health_stop(second);
  CHECK(!shows(registry, "slot="));
  second = serve(&options); /* and begins anew */
  CHECK(shows(registry, "_age_seconds{slot=\"2\"} 0"));
  CHECK(!shows(registry, "door"));
  wats_health_stop(second);
  wats_registry_release(registry);
}

/* ---- queues ------------------------------------------------------------- */

static struct {
  struct wats_health_queue figures;
  enum wats_errc code;
  atomic_int delay_ms, reads, released;
} queue;

static enum wats_errc read_queue(void *context, struct wats_health_queue *out,
                                 struct wats_error *problem)
{
  (void)context;
  nap(queue.delay_ms * MS);
  atomic_fetch_add(&queue.reads, 1);
  if (queue.code) return wats_fail(problem, queue.code, "it is locked");
  *out = queue.figures;
  return WATS_OK;
}

static void release_queue(void *context)
{
  (void)context;
  atomic_fetch_add(&queue.released, 1);
}

static struct wats_health *serve_queue(void)
{
  struct wats_health_options options = plain();
  memset(&queue, 0, sizeof queue);
  queue.figures.oldest_age_ns = -1;
  options.queue =
      (struct wats_health_source){read_queue, release_queue, &queue};
  return serve(&options);
}

static void test_queue(void)
{
  struct wats_health *health = serve_queue();
  queue.figures = (struct wats_health_queue){.pending = 7,
                                             .in_flight = 2,
                                             .processed = 100,
                                             .bytes = 5000,
                                             .max_rows = 10,
                                             .max_bytes = 9000,
                                             .oldest_age_ns = 1500 * MS};
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK_STR(body(), "{\"status\":\"ready\"}");
  CHECK_INT(ask(health, "/health/details"), 200);
  CHECK(strstr(body(), "\"queue\":{\"size\":7,\"active_workers\":2,"
                       "\"total_processed\":100,\"dead\":0,") != NULL);
  CHECK(strstr(body(), "\"oldest_age_seconds\":1.5,\"paused\":null") != NULL);
  CHECK(strstr(body(), "\"pending_count\":7") != NULL);
  /* what is bad but keeps nobody from testing */
  queue.figures.dead = 1;
  snprintf(queue.figures.paused, sizeof queue.figures.paused, "%s",
           "401 \"who\"");
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK_STR(body(),
            "{\"status\":\"ready\",\"warnings\":[\"the queue is held up: "
            "401 \\\"who\\\"\",\"1 dead in the queue\"]}");
  /* no more room */
  queue.figures.full = true;
  CHECK_INT(ask(health, "/health/ready"), 503);
  CHECK(strstr(body(), "\"reason\":\"the queue is full\"") != NULL);
  CHECK_INT(ask(health, "/health"), 503);
  queue.code = WATS_ERR_TIMEOUT;
  CHECK_INT(ask(health, "/health"), 200);
  CHECK(strstr(body(), "the queue could not be read: it is locked") != NULL);
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"queue\":{\"error\":\"it is locked\"}") != NULL);
  wats_health_stop(health);
  CHECK_INT(queue.released, 1);
}

/* Two slots at one queue: its reports are not twice as many. */
static void test_shared_queue(void)
{
  struct wats_health *health = serve_queue(), *second, *third;
  struct wats_health_options options = plain();
  static const char identity;
  queue.figures.pending = 5;
  options.slot = "2";
  options.queue =
      (struct wats_health_source){read_queue, release_queue, &queue, &identity};
  second = serve(&options);
  options.slot = "3";
  third = serve(&options);
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"pending_count\":10,") != NULL);
  wats_health_stop(second);
  wats_health_stop(third);
  wats_health_stop(health);
  CHECK_INT(queue.released, 3);
}

/* Somebody holds the queue's lock: the other pages answer at once, this one
** says after a while that it cannot, and stopping waits for nobody. */
static void test_slow_queue(void)
{
  struct wats_health *health = serve_queue();
  int64_t begun = now();
  int slow = dial(health), i;
  static const char request[] = "GET /health/ready HTTP/1.1\r\nHost: "
                                "localhost\r\n\r\n";
  queue.delay_ms = 4500;
  say(slow, request, sizeof request - 1);
  for (i = 0; i < 5; i++)
    CHECK_INT(ask(health, "/health/live"), 200);
  CHECK(now() - begun < 2 * S);
  CHECK_INT(hear(slow, false), 503);
  CHECK_STR(body(), "{\"error\":\"no answer could be had in time\"}");
  CHECK(now() - begun >= 2 * S);
  close(slow);
  begun = now();
  wats_health_stop(health);
  CHECK(now() - begun < S);
  while (!queue.released && now() - begun < 20 * S)
    nap(20 * MS);
  CHECK_INT(queue.released, 1);
}

int main(void)
{
  RUN(test_pages);
  RUN(test_checks);
  RUN(test_heartbeat);
  RUN(test_details);
  RUN(test_metrics);
  RUN(test_figures_end);
  RUN(test_queue);
  RUN(test_shared_queue);
  RUN(test_slow_queue);
  free(got.body);
  return test_report();
}

#endif
