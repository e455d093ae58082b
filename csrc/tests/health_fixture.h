/*
** health_fixture.h - a health server on a port of the system's choice, and
** requests to it in a line each. What came of the last one stands in `got`.
*/
#ifndef WATS_HEALTH_FIXTURE_H
#define WATS_HEALTH_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/exposition.h"
#include "core/health.h"
#include "core/listener.h"
#include "core/sync.h"
#include "test.h"

#define S  WATS_NS_PER_S
#define MS WATS_NS_PER_MS

static struct {
  int status; /* 0: no answer */
  char head[4096];
  char *body;
  size_t length;
  bool closed; /* by the server, behind the answer */
} got;

static inline int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

static inline void nap(int64_t ns)
{
  struct timespec t = {(time_t)(ns / S), (long)(ns % S)};
  nanosleep(&t, NULL);
}

static inline struct wats_health_options plain(void)
{
  return (struct wats_health_options){.port = 0};
}

static inline struct wats_health *serve(const struct wats_health_options *o)
{
  struct wats_health *health = NULL;
  struct wats_error error = {WATS_OK, ""};
  CHECK_INT(wats_health_serve(o, &health, &error), WATS_OK);
  CHECK_STR(error.message, "");
  if (!health) abort();
  return health;
}

static inline int dial(const struct wats_health *health)
{
  struct sockaddr_in address = {0};
  struct timeval patience = {20, 0};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_family = AF_INET;
  address.sin_port = htons(wats_health_port(health));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

static inline bool say(int fd, const char *text, size_t length)
{
  while (length) {
    ssize_t n = send(fd, text, length, MSG_NOSIGNAL);
    if (n <= 0) return false;
    text += n;
    length -= (size_t)n;
  }
  return true;
}

/* One answer, with its body unless it is one to a HEAD. */
static inline int hear(int fd, bool head_only)
{
  size_t n = 0, wanted = 0;
  const char *field;
  char c;
  free(got.body);
  got.body = NULL;
  got.length = 0;
  got.status = 0;
  got.closed = false;
  while (n < sizeof got.head - 1 && recv(fd, &c, 1, 0) == 1) {
    got.head[n++] = c;
    if (n >= 4 && memcmp(got.head + n - 4, "\r\n\r\n", 4) == 0) break;
  }
  got.head[n] = '\0';
  if (strncmp(got.head, "HTTP/1.", 7) != 0) return 0;
  field = strstr(got.head, "\r\nContent-Length: ");
  if (field && !head_only) wanted = strtoul(field + 18, NULL, 10);
  got.body = calloc(1, wanted + 1);
  while (got.body && got.length < wanted) {
    ssize_t more = recv(fd, got.body + got.length, wanted - got.length, 0);
    if (more <= 0) return 0;
    got.length += (size_t)more;
  }
  return got.status = (int)strtol(got.head + 9, NULL, 10);
}

static inline int ask_with(const struct wats_health *health, const char *method,
                           const char *path, const char *fields)
{
  char text[2048];
  int fd = dial(health);
  snprintf(text, sizeof text, "%s %s HTTP/1.1\r\n%s\r\n", method, path, fields);
  say(fd, text, strlen(text));
  hear(fd, strcmp(method, "HEAD") == 0);
  close(fd);
  return got.status;
}

static inline int ask(const struct wats_health *health, const char *path)
{
  return ask_with(health, "GET", path, "Host: localhost\r\n");
}

static inline bool has_field(const char *line)
{
  char text[256];
  snprintf(text, sizeof text, "\r\n%s\r\n", line);
  return strstr(got.head, text) != NULL;
}

static inline const char *body(void)
{
  return got.body ? got.body : "";
}

/* Blocks alive return to what they were, which the threads may take a moment
** for. */
static inline void check_no_leak(long before)
{
  int64_t end = now() + 10 * S;
  while (wats_alloc_live() > before && now() < end)
    nap(5 * MS);
  CHECK_INT(wats_alloc_live(), before);
}

/* Does the registry's page hold that text? */
static inline bool shows(struct wats_registry *registry, const char *text)
{
  struct wats_buffer page;
  bool found;
  wats_buffer_init(&page, 0);
  CHECK_INT(wats_exposition_prometheus(registry, &page), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&page), WATS_OK);
  found = strstr(page.data, text) != NULL;
  wats_buffer_free(&page);
  return found;
}

#endif
