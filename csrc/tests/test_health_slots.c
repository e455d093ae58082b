/*
** test_health_slots.c - what health.h promises of slots, and how the server
** lives: shared, stopped, forked, short of memory.
*/
#include "child.h"
#include "health_fixture.h"

#include <sys/stat.h>
#include <sys/un.h>

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

static struct wats_error error;

/* ---- slots -------------------------------------------------------------- */

static void refused(const struct wats_health_options *o, const char *why)
{
  struct wats_health *health = NULL;
  CHECK_INT(wats_health_serve(o, &health, &error), WATS_ERR_ARGUMENT);
  if (!strstr(error.message, why)) CHECK_STR(error.message, why);
  CHECK(health == NULL);
}

static void test_slots_share(void)
{
  struct wats_health_options one = plain(), two = plain(), other = plain();
  struct wats_registry *registry = wats_registry_create();
  struct wats_health *a, *b;
  int port;
  one.token = "sesame";
  a = serve(&one);
  port = wats_health_port(a);
  refused(&two, "slot \"1\" is taken");
  two.slot = "2";
  two.port = port; /* the one it has, and the one that was asked for, fit */
  two.token = one.token;
  b = serve(&two);
  CHECK_INT(wats_health_port(b), port);
  CHECK_INT(wats_health_set(b, "door", false, "open", &error), WATS_OK);
  CHECK_INT(ask_with(a, "GET", "/health/ready",
                     "Host: localhost\r\nAuthorization: Bearer sesame\r\n"),
            503);
  CHECK_STR(body(), "{\"status\":\"not ready\",\"reason\":"
                    "\"slot 2: door: open\"}");
  other.slot = "3";
  other.port = port == 9 ? 10 : 9;
  refused(&other, "listens on 127.0.0.1, port");
  other.port = -1;
  other.host = "0.0.0.0";
  refused(&other, "listens on 127.0.0.1, port");
  other.host = NULL;
  other.socket = "/tmp/elsewhere";
  refused(&other, "listens on 127.0.0.1, port");
  other.socket = NULL;
  other.token = "different";
  refused(&other, "another token");
  CHECK(strstr(error.message, "sesame") == NULL);
  other.token = NULL;
  other.registry = registry;
  refused(&other, "other metrics");
  other.registry = NULL;
  other.allowed_hosts = (const char *const[]){"station"};
  other.allowed_count = 1;
  refused(&other, "other allowed_hosts");
  wats_health_stop(a);
  CHECK_INT(ask(b, "/health/live"), 200); /* the last one closes */
  a = serve(&one);
  wats_health_stop(b);
  CHECK_INT(ask(a, "/health/ready"), 200); /* its checks went with it */
  wats_health_stop(a);
  wats_registry_release(registry);
}

static void test_wrong_options(void)
{
  struct wats_health_options o = plain();
  char name[WATS_HEALTH_SLOT + 2];
  memset(name, 's', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  o.slot = name;
  refused(&o, "slot: ");
  o.slot = "";
  refused(&o, "slot: ");
  o.slot = "\xff";
  refused(&o, "slot: ");
  o = plain();
  o.port = 65536;
  refused(&o, "port: ");
  o = plain();
  o.host = "station";
  refused(&o, "\"station\" is not an IPv4 or IPv6 address");
  o = plain();
  o.socket = "/tmp/x";
  refused(&o, "socket: not together");
  o = plain();
  o.token = "";
  refused(&o, "token: ");
  o.token = "se same";
  refused(&o, "token: ");
  CHECK(strstr(error.message, "same") == NULL);
}

static void test_stop_frees_the_port(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health = serve(&options);
  struct wats_health *other = NULL;
  struct wats_listener taken;
  int64_t begun;
  int idle = dial(health), i;
  CHECK_INT(ask(health, "/health/live"), 200);
  options.port = wats_health_port(health);
  begun = now();
  wats_health_stop(health);
  CHECK(now() - begun < S);
  CHECK_INT(hear(idle, false),
            0); /* who had a connection is not kept waiting */
  close(idle);
  for (i = 0; i < 20; i++) {
    health = serve(&options);
    CHECK_INT(wats_health_port(health), options.port);
    CHECK_INT(ask(health, "/health/live"), 200);
    wats_health_stop(health);
  }
  wats_health_stop(NULL);
  CHECK_INT(
      wats_listener_inet("127.0.0.1", (uint16_t)options.port, &taken, &error),
      WATS_OK);
  CHECK_INT(wats_health_serve(&options, &other, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "listen on 127.0.0.1:") == error.message);
  close(taken.fd);
}

/* ---- at a path ---------------------------------------------------------- */

static void test_path(void)
{
  struct wats_health_options options = {.port = -1};
  char directory[] = "/tmp/wats-health-XXXXXX", path[64];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct wats_health *health;
  struct wats_buffer url;
  struct stat info;
  int fd;
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/socket", directory);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  options.socket = path;
  health = serve(&options);
  CHECK_INT(wats_health_port(health), 0);
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
  wats_buffer_init(&url, 0);
  CHECK_INT(wats_health_url(health, &url), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&url), WATS_OK);
  CHECK(strncmp(url.data, "unix:/tmp/wats-health-", 22) == 0);
  wats_buffer_free(&url);
  fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  say(fd, "GET /health/ready HTTP/1.1\r\nHost: any\r\n\r\n", 41);
  CHECK_INT(hear(fd, false), 200);
  close(fd);
  wats_health_stop(health);
  CHECK(stat(path, &info) != 0);
  rmdir(directory);
}

/* ---- fork --------------------------------------------------------------- */

static struct wats_health *inherited;
static int parents_port;

static void in_the_child(void)
{
  struct wats_health_options options = plain();
  struct wats_health *own;
  struct wats_error problem;
  struct wats_registry *registry = wats_registry_default();
  CHECK_INT(wats_health_port(inherited), 0);
  CHECK(!shows(registry, "slot=")); /* the parent's figures are not ours */
  wats_health_beat(inherited);
  CHECK_INT(wats_health_set(inherited, "door", true, "", &problem), WATS_OK);
  CHECK(!shows(registry, "slot="));
  wats_registry_release(registry);
#ifdef __SANITIZE_THREAD__ /* it cannot start a thread in a child */
  (void)options;
  (void)own;
  wats_health_stop(inherited);
  return;
#endif
  own = serve(&options); /* the slot is free here */
  CHECK(wats_health_port(own) != parents_port);
  CHECK_INT(ask(own, "/health/ready"), 200);
  wats_health_stop(inherited);
  CHECK_INT(ask(own, "/health/live"), 200);
  wats_health_stop(own);
}

/* A fork finds the server at work. AddressSanitizer's allocator would stay
** locked in the child then, if another thread was in it, be it to end: there
** nobody asks. */
#if defined(__SANITIZE_ADDRESS__)
#define AT_REST true
#else
#define AT_REST false
#endif

static void *keep_asking(void *stop)
{
  while (!atomic_load((atomic_bool *)stop)) {
    char text[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
                  "Connection: close\r\n\r\n";
    int fd = dial(inherited);
    char answer[256];
    say(fd, text, sizeof text - 1);
    while (recv(fd, answer, sizeof answer, 0) > 0 &&
           !atomic_load((atomic_bool *)stop))
      nap(MS);
    close(fd);
  }
  return NULL;
}

static void test_fork(void)
{
  struct wats_health_options options = plain();
  struct wats_thread thread;
  atomic_bool stop = false;
  int i;
  inherited = serve(&options);
  parents_port = wats_health_port(inherited);
  CHECK_INT(wats_health_set(inherited, "door", false, "open", &error), WATS_OK);
  if (!AT_REST)
    CHECK_INT(wats_thread_start(&thread, keep_asking, &stop), WATS_OK);
  for (i = 0; i < 10; i++)
    CHECK_INT(in_child(in_the_child), 0);
  atomic_store(&stop, true);
  if (!AT_REST) wats_thread_join(&thread);
  CHECK_INT(ask(inherited, "/health/ready"), 503); /* the child's is another */
  wats_health_stop(inherited);
}

/* A child that lives on does not keep the port. */
static void test_child_does_not_keep_the_port(void)
{
  struct wats_health_options options = plain();
  struct wats_health *health = serve(&options);
  struct wats_listener listener;
  int ends[2], there[2], port = wats_health_port(health);
  pid_t child;
  char c;
  CHECK_INT(pipe(ends), 0);
  CHECK_INT(pipe(there), 0);
  child = fork();
  if (child == 0) {
    close(ends[1]);
    _exit(write(there[1], "x", 1) != 1 || read(ends[0], &c, 1) != 0);
  }
  CHECK_INT(read(there[0], &c, 1), 1); /* what is done at a fork is done */
  close(there[0]);
  close(there[1]);
  close(ends[0]);
  wats_health_stop(health);
  CHECK_INT(wats_listener_inet("127.0.0.1", (uint16_t)port, &listener, &error),
            WATS_OK);
  close(listener.fd);
  close(ends[1]);
  waitpid(child, NULL, 0);
}

/* ---- memory ------------------------------------------------------------- */

static void test_short_of_memory(void)
{
  struct wats_health_options options = plain();
  struct wats_registry *registry = wats_registry_create();
  struct wats_health *health = NULL;
  enum wats_errc code = WATS_ERR_MEMORY;
  long before, n;
  options.token = "sesame";
  options.instance = "x";
  options.versions = "{}";
  options.registry = registry;
  options.heartbeat_timeout_ns = 60 * S;
  options.allowed_hosts = (const char *const[]){"a", "b"};
  options.allowed_count = 2;
  wats_health_stop(serve(&options)); /* what is made once */
  before = wats_alloc_live();
  for (n = 0; n < 100 && code != WATS_OK; n++) {
    wats_alloc_fail_after(n);
    code = wats_health_serve(&options, &health, &error);
    if (!code) {
      wats_health_set(health, "door", true, "", &error);
      wats_health_stop(health);
    }
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code) check_no_leak(before);
  }
  CHECK(n > 5);
  wats_registry_release(registry);
}

/* An answer, or a closed connection; and the next one is served. */
static void test_pages_short_of_memory(void)
{
  static const char *const paths[] = {"/health/live", "/health/ready",
                                      "/health/details", "/metrics"};
  struct wats_health_options options = plain();
  struct wats_health *health = serve(&options);
  long n;
  size_t i;
  CHECK_INT(wats_health_set(health, "door", false, "", &error), WATS_OK);
  for (i = 0; i < sizeof paths / sizeof *paths; i++)
    for (n = 0; n < 60; n++) {
      int fd = dial(health);
      char text[200];
      snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
               paths[i]);
      wats_alloc_fail_after(n);
      say(fd, text, strlen(text));
      hear(fd, false);
      wats_alloc_fail_never();
      CHECK(got.status == 0 || got.status == 200 || got.status == 503);
      close(fd);
    }
  CHECK_INT(ask(health, "/health/live"), 200);
  wats_health_stop(health);
}

int main(void)
{
  RUN(test_slots_share);
  RUN(test_wrong_options);
  RUN(test_stop_frees_the_port);
  RUN(test_path);
  RUN(test_fork);
  RUN(test_child_does_not_keep_the_port);
  RUN(test_short_of_memory);
  RUN(test_pages_short_of_memory);
  free(got.body);
  return test_report();
}

#endif
