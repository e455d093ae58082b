/*
** test_health_watch.c - what the health server tells the service manager, and
** what it asks the WATS server.
*/
#include <stddef.h>
#include <sys/un.h>

#include "core/engine.h"
#include "core/handles.h"
#include "health_fixture.h"
#include "peer.h"

#ifdef WATS_WITHOUT_HEALTH

static void test_without(void)
{
}

int main(void)
{
  RUN(test_without);
  return test_report();
}

#else

/* ---- the service manager ------------------------------------------------ */

static int manager;
static char directory[64], path[80];

static void start_manager(const char *watchdog_us)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timeval patience = {20, 0};
  snprintf(directory, sizeof directory, "/tmp/wats-health-XXXXXX");
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/notify", directory);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CHECK_INT(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
  setsockopt(manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setenv("NOTIFY_SOCKET", path, 1);
  if (watchdog_us) setenv("WATCHDOG_USEC", watchdog_us, 1);
}

static void end_manager(void)
{
  close(manager);
  unlink(path);
  rmdir(directory);
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
}

/* The next message; "" when none comes. */
static const char *told(int flags)
{
  static char text[400];
  ssize_t n = recv(manager, text, sizeof text - 1, flags);
  text[n > 0 ? n : 0] = '\0';
  return text;
}

static bool is_told(const char *expected)
{
  int64_t end = now() + 20 * S;
  while (now() < end)
    if (strncmp(told(0), expected, strlen(expected)) == 0) return true;
  return false;
}

static void test_watchdog(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health;
  const char *text;
  int signs = 0;
  start_manager("600000"); /* a sign each 200 ms */
  options.heartbeat_timeout_ns = S;
  health = serve(&options);
  CHECK(is_told("READY=1"));
  CHECK(is_told("WATCHDOG=1"));
  CHECK(is_told("WATCHDOG=1"));
  /* no heartbeat any more: it stops, and says why */
  CHECK(is_told("STATUS=no heartbeat for 1."));
  nap(500 * MS);
  while (*(text = told(MSG_DONTWAIT)))
    if (strcmp(text, "WATCHDOG=1") == 0) signs++;
  CHECK_INT(signs, 0);
  wats_health_beat(health);
  CHECK(is_told("WATCHDOG=1"));
  CHECK_STR(told(0), "STATUS="); /* it is over */
  wats_health_stop(health);
  CHECK(is_told("STOPPING=1"));
  end_manager();
}

/* A name cannot speak to the manager. */
static void test_name_with_lines(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health, *second;
  start_manager("300000");
  options.heartbeat_timeout_ns = S / 2;
  options.slot = "a\nMAINPID=1\n";
  health = serve(&options);
  options.slot = "2";
  second = serve(&options);
  CHECK(is_told("STATUS=slot a MAINPID=1 : no heartbeat for "));
  wats_health_stop(second);
  wats_health_stop(health);
  CHECK(is_told("STOPPING=1"));
  end_manager();
}

/* Nobody beats: then nobody may say that the script lives. */
static void test_no_heartbeat_no_sign(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health, *second;
  start_manager("150000");
  health = serve(&options);
  CHECK(is_told("READY=1"));
  nap(300 * MS);
  CHECK_STR(told(MSG_DONTWAIT), "");
  options.slot = "2"; /* now somebody does */
  options.heartbeat_timeout_ns = 60 * S;
  second = serve(&options);
  CHECK(is_told("WATCHDOG=1"));
  wats_health_stop(second);
  wats_health_stop(health);
  CHECK(is_told("STOPPING=1")); /* when the last one stops */
  end_manager();
}

static void test_silent(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health;
  start_manager(NULL);
  options.silent = true;
  health = serve(&options);
  wats_health_stop(health);
  CHECK_STR(told(MSG_DONTWAIT), "");
  end_manager();
}

/* ---- the WATS server ---------------------------------------------------- */

#define VERSION                                                                \
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"                      \
  "Content-Length: 3\r\n\r\n\"1\""

static struct wats_client *connect_to(const char *url)
{
  struct wats_client_options options = {.base_url = url,
                                        .token = "c2VjcmV0",
                                        .user_agent = "wats-test/1",
                                        .verify = true,
                                        .timeout_ns = 20 * S,
                                        .attempt_timeout_ns = 15 * S,
                                        .connect_timeout_ns = 5 * S,
                                        .max_body = 1 << 20,
                                        .limits = WATS_ASKED_OFF,
                                        .breaks = WATS_ASKED_OFF};
  struct wats_client *client = NULL;
  struct wats_error error;
  CHECK_INT(wats_client_create(&options, &client, &error), WATS_OK);
  if (!client) abort();
  return client;
}

static int until_ready_is(const struct wats_health *health, int status)
{
  int64_t end = now() + 20 * S;
  while (ask(health, "/health/ready") != status && now() < end)
    nap(20 * MS);
  return got.status;
}

/* It is asked by us when nobody else does, as often as is needed. */
static void test_required_server(void)
{
  struct wats_health_options options = plain();
  struct peer *peer = peer_open();
  struct wats_health *health;
  char url[64];
  int64_t begun;
  snprintf(url, sizeof url, "%s", peer->url);
  peer_repeats(peer, VERSION);
  options.client = connect_to(url);
  options.server_within_ns = S;
  health = serve(&options);
  CHECK_INT(until_ready_is(health, 200), 200);
  CHECK(strstr(peer_request(peer, 0), "GET /api/App/Version ") != NULL);
  begun = now();
  while (now() - begun < 2 * S) { /* longer than one answer counts */
    CHECK_INT(ask(health, "/health/ready"), 200);
    nap(100 * MS);
  }
  CHECK(peer_requests(peer) >= 3);
  CHECK(peer_requests(peer) <= 20);
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"api_status\":\"online\",\"api_connected\":true") !=
        NULL);
  CHECK(strstr(body(), "c2VjcmV0") == NULL);
  peer_close(peer);
  CHECK_INT(until_ready_is(health, 503), 503);
  CHECK(strstr(body(), "\"reason\":\"the server has not answered for") != NULL);
  CHECK_INT(ask(health, "/health/live"), 200);
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"api_status\":\"offline\",\"api_connected\":false") !=
        NULL);
  wats_health_stop(health);
  wats_client_release(options.client);
}

/* Who does not ask for it is warned, and ready. */
static void test_unreachable_is_a_warning(void)
{
  struct wats_health_options options = plain();
  struct peer *peer = peer_open();
  struct wats_health *health;
  struct wats_request request = {
      .method = "GET", .target = "/x", .target_length = 2, .cache_ttl_ns = -1};
  struct wats_result result;
  struct wats_error error;
  char url[64];
  snprintf(url, sizeof url, "%s", peer->url);
  options.client = connect_to(url);
  health = serve(&options);
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK_STR(body(), "{\"status\":\"ready\"}"); /* nobody knows yet */
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"api_status\":\"unknown\"") != NULL);
  CHECK_INT(peer_connections(peer), 0); /* and nobody asks */
  peer_close(peer);
  CHECK(wats_client_perform(options.client, &request, &result, &error) !=
        WATS_OK);
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK_STR(body(), "{\"status\":\"ready\",\"warnings\":"
                    "[\"the server has not answered yet\"]}");
  wats_client_close(options.client);
  ask(health, "/health/details");
  CHECK(strstr(body(), "\"api_status\":\"closed\"") != NULL);
  CHECK_INT(ask(health, "/health/ready"), 200);
  wats_health_stop(health);
  wats_client_release(options.client);
}

/* A server that takes the question and never answers holds nobody up. */
static void test_stop_while_asking(void)
{
  struct wats_health_options options = plain();
  struct peer *peer = peer_open();
  struct wats_health *health;
  int64_t begun;
  peer_ends(peer, "", PEER_SILENT);
  options.client = connect_to(peer->url);
  options.server_within_ns = 100 * S;
  health = serve(&options);
  begun = now();
  while (!peer_requests(peer) && now() - begun < 20 * S)
    nap(5 * MS);
  CHECK_INT(ask(health, "/health/live"), 200);
  CHECK_INT(ask(health, "/health/ready"), 503);
  CHECK(strstr(body(), "the server has not answered yet") != NULL);
  begun = now();
  wats_health_stop(health);
  CHECK(now() - begun < 2 * S);
  wats_client_release(options.client);
  peer_close(peer);
}

int main(void)
{
  RUN(test_watchdog);
  RUN(test_name_with_lines);
  RUN(test_no_heartbeat_no_sign);
  RUN(test_silent);
  RUN(test_required_server);
  RUN(test_unreachable_is_a_warning);
  RUN(test_stop_while_asking);
  free(got.body);
  return test_report();
}

#endif
