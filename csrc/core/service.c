/*
** service.c - see service.h.
*/
#include "service.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* A whole number above 0, or 0. */
static long long number_of(const char *name)
{
  const char *text = getenv(name);
  char *end;
  long long value;
  if (!text || *text < '0' || *text > '9') return 0;
  value = strtoll(text, &end, 10);
  return *end ? 0 : value;
}

static int64_t read_watchdog(void)
{
  long long us = number_of("WATCHDOG_USEC");
  const char *pid = getenv("WATCHDOG_PID");
  if (pid && number_of("WATCHDOG_PID") != (long long)getpid()) return 0;
  if (us <= 0 || us > INT64_MAX / 1000) return 0;
  return us * 1000;
}

static bool set_address(struct wats_service *service, const char *name)
{
  size_t length = strlen(name);
  if ((*name != '/' && *name != '@') || length < 2 ||
      length >= sizeof service->address.sun_path)
    return false;
  memset(&service->address, 0, sizeof service->address);
  service->address.sun_family = AF_UNIX;
  memcpy(service->address.sun_path, name, length);
  service->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  if (*name == '@')
    service->address.sun_path[0] = '\0';
  else
    service->size++; /* with the NUL */
  return true;
}

bool wats_service_open(struct wats_service *service)
{
  const char *name = getenv("NOTIFY_SOCKET");
  *service = (struct wats_service){.fd = -1};
  if (!name || !set_address(service, name)) return false;
  service->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (service->fd < 0) return false;
  fcntl(service->fd, F_SETFD, FD_CLOEXEC);
  service->watchdog_ns = read_watchdog();
  return true;
}

void wats_service_tell(const struct wats_service *service, const char *text)
{
  if (service->fd < 0) return;
  (void)sendto(service->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&service->address, service->size);
}

void wats_service_close(struct wats_service *service)
{
  if (service->fd >= 0) close(service->fd);
  service->fd = -1;
}
