/*
** test_service.c - what service.h promises, to a datagram socket of our own.
*/
#include "core/service.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "test.h"

static int manager = -1;

static void listen_at(const char *name, size_t length)
{
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, name, length);
  manager = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK_INT(bind(manager, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
            0);
}

static void check_told(const char *expected)
{
  char text[100];
  ssize_t n = recv(manager, text, sizeof text - 1, MSG_DONTWAIT);
  CHECK(n >= 0);
  text[n > 0 ? n : 0] = '\0';
  CHECK_STR(text, expected);
}

static void test_path(void)
{
  struct wats_service service;
  char directory[] = "/tmp/wats-service-XXXXXX", path[64];
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/notify", directory);
  listen_at(path, strlen(path) + 1);
  setenv("NOTIFY_SOCKET", path, 1);
  CHECK(wats_service_open(&service));
  wats_service_tell(&service, "READY=1");
  check_told("READY=1");
  close(manager);
  wats_service_tell(&service, "WATCHDOG=1"); /* nobody there: no harm */
  wats_service_close(&service);
  wats_service_tell(&service, "STOPPING=1");
  wats_service_close(&service);
  unlink(path);
  rmdir(directory);
}

static void test_abstract(void)
{
#if defined(__linux__)
  struct wats_service service;
  char name[64];
  snprintf(name, sizeof name, "@wats-service-%ld", (long)getpid());
  setenv("NOTIFY_SOCKET", name, 1);
  *name = '\0';
  listen_at(name, 1 + strlen(name + 1));
  CHECK(wats_service_open(&service));
  wats_service_tell(&service, "WATCHDOG=1\nSTATUS=fine");
  check_told("WATCHDOG=1\nSTATUS=fine");
  wats_service_close(&service);
  close(manager);
#endif
}

static void test_watchdog(void)
{
  struct wats_service service;
  char pid[32];
  setenv("NOTIFY_SOCKET", "/nowhere", 1);
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
  CHECK(wats_service_open(&service));
  CHECK_INT(service.watchdog_ns, 0);
  wats_service_close(&service);
  setenv("WATCHDOG_USEC", "3000000", 1);
  CHECK(wats_service_open(&service));
  CHECK_INT(service.watchdog_ns, 3 * WATS_NS_PER_S);
  wats_service_close(&service);
  snprintf(pid, sizeof pid, "%ld", (long)getpid());
  setenv("WATCHDOG_PID", pid, 1);
  CHECK(wats_service_open(&service));
  CHECK_INT(service.watchdog_ns, 3 * WATS_NS_PER_S);
  wats_service_close(&service);
  setenv("WATCHDOG_PID", "1", 1); /* another one is watched */
  CHECK(wats_service_open(&service));
  CHECK_INT(service.watchdog_ns, 0);
  wats_service_close(&service);
  unsetenv("WATCHDOG_PID");
  setenv("WATCHDOG_USEC", "soon", 1);
  CHECK(wats_service_open(&service));
  CHECK_INT(service.watchdog_ns, 0);
  wats_service_close(&service);
  unsetenv("WATCHDOG_USEC");
}

static void test_nobody(void)
{
  static const char *const names[] = {"", "/", "@", "relative", "vsock:2:3"};
  struct wats_service service;
  char long_name[300];
  size_t i;
  unsetenv("NOTIFY_SOCKET");
  CHECK(!wats_service_open(&service));
  CHECK_INT(service.fd, -1);
  wats_service_tell(&service, "READY=1");
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    setenv("NOTIFY_SOCKET", names[i], 1);
    CHECK(!wats_service_open(&service));
  }
  memset(long_name, '/', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = '\0';
  setenv("NOTIFY_SOCKET", long_name, 1);
  CHECK(!wats_service_open(&service));
}

int main(void)
{
  RUN(test_path);
  RUN(test_abstract);
  RUN(test_watchdog);
  RUN(test_nobody);
  return test_report();
}
