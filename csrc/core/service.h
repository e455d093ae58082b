/*
** service.h - what a service tells the service manager that has started it
** (systemd: sd_notify(3), without its library).
**
** A datagram at a time to the socket that $NOTIFY_SOCKET names: a path, or an
** abstract name behind "@". Nothing waits: what the manager does not take at
** once is lost, as with any datagram. Any thread.
*/
#ifndef WATS_SERVICE_H
#define WATS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct wats_service {
  int fd; /* -1: nobody is to be told */
  struct sockaddr_un address;
  socklen_t size;
  int64_t watchdog_ns; /* $WATCHDOG_USEC, how long the manager waits for a sign
                          of life before it ends the service; 0: for ever */
};

/*
** Reads the environment, which it leaves as it is; in the thread of whoever may
** change that. False, with fd -1: there is no manager, the name is none that is
** known here, or there is no socket to be had. The watchdog counts only if it
** is meant for this process ($WATCHDOG_PID).
*/
bool wats_service_open(struct wats_service *service);
/* "READY=1" and the like; several with line feeds between. Does nothing where
** nobody is to be told. */
void wats_service_tell(const struct wats_service *service, const char *text);
void wats_service_close(struct wats_service *service);

#endif
