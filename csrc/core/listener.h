/*
** listener.h - a socket that listens: at an address of this machine, or at a
** path.
**
** It does not block, and is not inherited by programs that are started. Any
** thread; the descriptor is the caller's from then on.
*/
#ifndef WATS_LISTENER_H
#define WATS_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

struct wats_listener {
  int fd;
  uint16_t port; /* the one it has; 0 at a path */
  bool loopback; /* nobody reaches it from another machine */
  /* At a path: which file it is, so that nobody else's is removed. */
  dev_t device;
  ino_t inode;
};

/*
** `host` is an IPv4 or IPv6 address, or "localhost", which is 127.0.0.1; "::"
** takes IPv4 too. `port` 0: the system picks one. WATS_ERR_ARGUMENT: it is
** something else; WATS_ERR_IO: the system refuses, for instance since the port
** is taken.
*/
enum wats_errc wats_listener_inet(const char *host, uint16_t port,
                                  struct wats_listener *out,
                                  struct wats_error *error);
/* Is it such an address, and one of loopback? */
bool wats_listener_is_address(const char *host, bool *loopback);

/*
** A UNIX socket that its owner alone may use (0600). One that nobody listens at
** any more is replaced; WATS_ERR_IO where somebody does, or where something
** else stands. WATS_ERR_ARGUMENT: the path is longer than the system allows.
*/
enum wats_errc wats_listener_unix(const char *path, struct wats_listener *out,
                                  struct wats_error *error);
/* Removes the file, if it is still this one. */
void wats_listener_unlink(const struct wats_listener *listener,
                          const char *path);

#endif
