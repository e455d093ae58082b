/*
** test_health_peers.c - peers that mean no good: each is served or refused, and
** nobody else waits for it. See health.h.
*/
#include <poll.h>

#include "health_fixture.h"

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

static struct wats_health *health;

static void begin(void)
{
  struct wats_health_options options = plain();
  health = serve(&options);
}

/* Somebody who behaves is answered, and soon. */
static void check_served(void)
{
  int64_t begun = now();
  CHECK_INT(ask(health, "/health/live"), 200);
  CHECK_INT(ask(health, "/health/ready"), 200);
  CHECK(now() - begun < 2 * S);
}

static long resident_kb(void)
{
  FILE *file = fopen("/proc/self/statm", "r");
  long size, resident = 0;
  if (!file) return 0;
  if (fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Has the server ended it? Waits for that, at most so long. */
static bool ends_within(int fd, int64_t ns)
{
  int64_t end = now() + ns;
  struct pollfd one = {fd, POLLIN, 0};
  char sink[4096];
  for (;;) {
    int64_t left = (end - now()) / MS;
    ssize_t n;
    if (left < 0) return false;
    if (poll(&one, 1, (int)left) == 0) return false;
    n = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return true;
  }
}

/* Of more than there is room for the oldest go at once. */
static void test_idle_crowd(void)
{
  enum { CROWD = 200 };
  int fds[CROWD], i, gone = 0;
  begin();
  for (i = 0; i < CROWD; i++)
    fds[i] = dial(health);
  check_served();
  for (i = 0; i < CROWD - WATS_HEALTH_CONNECTIONS; i++)
    gone += ends_within(fds[i], 15 * S);
  CHECK_INT(gone, CROWD - WATS_HEALTH_CONNECTIONS);
  for (i = 0; i < CROWD; i++)
    close(fds[i]);
  wats_health_stop(health);
}

/* ---- the life of a connection ------------------------------------------- */

enum manner {
  SILENT,
  TRICKLES,   /* a byte now and then is no idleness, and no request either */
  ENDLESS,    /* a body without end */
  NEVER_READS /* asks for much, and takes none of it */
};

struct guest {
  enum manner manner;
  int fd; /* -1: it was shut */
  size_t said;
};

static void arrive(struct guest *guest, enum manner manner)
{
  static const char endless[] = "POST /health HTTP/1.1\r\nHost: localhost\r\n"
                                "Content-Length: 100000000000\r\n\r\n";
  static const char question[] =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  int i;
  *guest = (struct guest){manner, dial(health), 0};
  if (manner == ENDLESS) say(guest->fd, endless, sizeof endless - 1);
  for (i = 0; manner == NEVER_READS && i < 30; i++)
    say(guest->fd, question, sizeof question - 1);
}

static bool is_cut(int fd)
{
  struct pollfd one = {fd, POLLRDHUP, 0};
  return poll(&one, 1, 0) > 0;
}

static void go_on(struct guest *guest)
{
  static const char slow[] =
      "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: ";
  static const char junk[65536];
  char byte = guest->said < sizeof slow - 1 ? slow[guest->said] : 'x';
  bool gone;
  guest->said++;
  if (guest->manner == NEVER_READS)
    gone = is_cut(guest->fd);
  else if (guest->manner == TRICKLES && !say(guest->fd, &byte, 1))
    gone = true;
  else if (guest->manner == ENDLESS &&
           send(guest->fd, junk, sizeof junk, MSG_DONTWAIT | MSG_NOSIGNAL) <
               0 &&
           errno != EAGAIN)
    gone = true;
  else
    gone = ends_within(guest->fd, 0);
  if (!gone) return;
  close(guest->fd);
  guest->fd = -1;
}

static void test_nobody_stays(void)
{
  enum { GUESTS = WATS_HEALTH_CONNECTIONS - 4 };
  struct guest guests[GUESTS];
  int64_t begun = now(), end = begun + 30 * S;
  int left = GUESTS, round, i;
  begin();
  for (i = 0; i < GUESTS; i++)
    arrive(&guests[i], (enum manner)(i % 4));
  for (round = 0; left && now() < end; round++) {
    for (left = i = 0; i < GUESTS; i++) {
      if (guests[i].fd >= 0) go_on(&guests[i]);
      if (guests[i].fd >= 0) left++;
    }
    if (round % 20 == 3) check_served();
    nap(50 * MS);
  }
  CHECK_INT(left, 0);
  CHECK(now() - begun > 4 * S); /* they had their time */
  for (i = 0; i < GUESTS; i++)
    if (guests[i].fd >= 0) close(guests[i].fd);
  wats_health_stop(health);
}

/* ---- what they send ----------------------------------------------------- */

static void test_long_lines(void)
{
  enum { LONG = 1 << 20, TIMES = 50 };
  char *text = malloc(LONG);
  long before = 0;
  int i;
  begin();
  if (!text) abort();
  for (i = 0; i < TIMES; i++) {
    int fd = dial(health);
    memset(text, 'x', LONG);
    if (i % 2)
      memcpy(text, "GET /", 5);
    else
      memcpy(text, "GET / HTTP/1.1\r\nA: ", 19);
    say(fd, text, LONG);
    CHECK(ends_within(fd, 15 * S));
    close(fd);
    if (i == 10) before = resident_kb();
  }
  CHECK(resident_kb() < before + 4096);
  check_served();
  wats_health_stop(health);
  free(text);
}

static uint32_t seed = 12345;

static unsigned pick(unsigned bound)
{
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % bound;
}

static void test_garbage(void)
{
#define TEXT(text)                                                             \
  {                                                                            \
    text, sizeof text - 1                                                      \
  }
  static const struct {
    const char *text;
    size_t length;
  } starts[] = {
      TEXT(""),
      TEXT("GET "),
      TEXT("GET /health HTTP/1.1\r\n"),
      TEXT("\r\n\r\n\r\n"),
      TEXT("\0\0\0\0"),
      TEXT("GET /health HTTP/9.9\r\n\r\n"),
      TEXT("GET /health\r\n\r\n"),
      TEXT("GET /hea\0lth HTTP/1.1\r\n\r\n"),
      TEXT("GET http://evil/health HTTP/1.1\r\n"),
      TEXT("GET /health HTTP/1.1\r\nHost : x\r\n\r\n"),
      TEXT("GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
           "-1\r\n\r\n"),
      TEXT("GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
           "chunked\r\n\r\nffffffffffffffffff\r\n"),
      TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      TEXT("\x16\x03\x01\x02\x00\x01\x00")};
  enum { STARTS = sizeof starts / sizeof *starts, TIMES = 300 };
  char junk[3000];
  int i;
  size_t j;
  begin();
  for (i = 0; i < TIMES; i++) {
    int fd = dial(health);
    say(fd, starts[i % STARTS].text, starts[i % STARTS].length);
    for (j = 0; j < sizeof junk; j++)
      junk[j] = (char)pick(256);
    say(fd, junk, pick(sizeof junk));
    if (i % 3 == 0) shutdown(fd, SHUT_WR);
    close(fd);
    if (i % 50 == 0) check_served();
  }
  check_served();
  wats_health_stop(health);
}

/* Several requests in one packet: all are answered, in order. */
static void test_pipelining(void)
{
  static const char requests[] =
      "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  int fd;
  begin();
  fd = dial(health);
  say(fd, requests, sizeof requests - 1);
  CHECK_INT(hear(fd, false), 200);
  CHECK_STR(body(), "{\"status\":\"alive\"}");
  CHECK_INT(hear(fd, false), 200);
  CHECK_STR(body(), "{\"status\":\"ready\"}");
  CHECK_INT(hear(fd, true), 200);
  CHECK_INT(hear(fd, false), 404);
  CHECK_INT(hear(fd, false), 200);
  CHECK_STR(body(), "{\"status\":\"ok\"}");
  close(fd);
  wats_health_stop(health);
}

/* A body is neither kept nor taken for the next request. */
static void test_bodies(void)
{
  static const char small[] =
      "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 33\r\n\r\n"
      "GET /health/live HTTP/1.1\r\nA: b\r\n";
  static const char with_get[] = "GET /health HTTP/1.1\r\nHost: "
                                 "localhost\r\nContent-Length: 5\r\n\r\nhello";
  int fd;
  begin();
  fd = dial(health);
  say(fd, small, sizeof small - 1);
  CHECK_INT(hear(fd, false), 405);
  CHECK(ends_within(fd, 15 * S));
  close(fd);
  fd = dial(health);
  say(fd, with_get, sizeof with_get - 1);
  CHECK_INT(hear(fd, false), 413);
  CHECK(ends_within(fd, 15 * S));
  close(fd);
  wats_health_stop(health);
}

static void test_wrong_host(void)
{
  char name[300];
  begin();
  CHECK_INT(ask_with(health, "GET", "/metrics", "Host: evil.example\r\n"), 421);
  CHECK_INT(ask_with(health, "GET", "/health/live", "Host: evil.example\r\n"),
            421);
  CHECK_INT(ask_with(health, "GET", "/health", "Host: 127.0.0.1:1\r\n"), 200);
  /* a target that names the host itself */
  CHECK_INT(ask(health, "http://localhost:1/health/live"), 200);
  CHECK_STR(body(), "{\"status\":\"alive\"}");
  CHECK_INT(ask(health, "HTTP://[::1]?x"), 200);
  CHECK_INT(ask(health, "http://localhost/nothing"), 404);
  CHECK_INT(ask(health, "http://evil.example/health/live"), 421);
  CHECK_INT(ask(health, "http://localhost@evil.example/health/live"), 421);
  CHECK_INT(ask(health, "http:///health/live"), 421);
  memset(name, 'a', sizeof name - 1);
  memcpy(name, "http://", 7);
  name[sizeof name - 1] = '\0';
  CHECK_INT(ask(health, name), 421);
  CHECK_INT(ask_with(health, "GET", "http://localhost/health/live",
                     "Host: evil.example\r\n"),
            421);
  wats_health_stop(health);
}

static void test_elsewhere(void)
{
  struct wats_health_options options = plain();
  struct wats_error error;
  options.host = "0.0.0.0";
  options.slot = "7";
  health = serve(&options);
  CHECK_INT(wats_health_set(health, "door", false, "open", &error), WATS_OK);
  CHECK_INT(ask_with(health, "GET", "/health/live", "Host: any\r\n"), 200);
  CHECK_INT(ask_with(health, "GET", "/health/ready", "Host: any\r\n"), 503);
  CHECK_STR(body(), "{\"status\":\"not ready\"}");
  CHECK_INT(ask_with(health, "GET", "/health", "Host: any\r\n"), 403);
  CHECK_INT(ask_with(health, "GET", "/metrics", "Host: any\r\n"), 403);
  wats_health_stop(health);
  options.token = "sesame";
  health = serve(&options);
  CHECK_INT(ask_with(health, "GET", "/metrics", "Host: any\r\n"), 401);
  CHECK(has_field("WWW-Authenticate: Bearer realm=\"wats\""));
  CHECK_INT(ask_with(health, "GET", "/metrics",
                     "Host: any\r\nAuthorization: Bearer wrong\r\n"),
            401);
  CHECK_INT(ask_with(health, "GET", "/metrics",
                     "Host: any\r\nAuthorization: Bearer sesame\r\n"),
            200);
  CHECK(strstr(body(), "sesame") == NULL);
  CHECK_INT(ask_with(health, "GET", "/health/details",
                     "Host: any\r\nAuthorization: Bearer sesame\r\n"),
            200);
  CHECK(strstr(body(), "sesame") == NULL);
  wats_health_stop(health);
}

int main(void)
{
  RUN(test_idle_crowd);
  RUN(test_nobody_stays);
  RUN(test_long_lines);
  RUN(test_garbage);
  RUN(test_pipelining);
  RUN(test_bodies);
  RUN(test_wrong_host);
  RUN(test_elsewhere);
  free(got.body);
  return test_report();
}

#endif
