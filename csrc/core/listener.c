/*
** listener.c - see listener.h.
*/
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un local;
};

/* The size of the address, 0 when it is none. */
static socklen_t parse(const char *host, uint16_t port, union address *out,
                       bool *loopback)
{
  memset(out, 0, sizeof *out);
  if (strcmp(host, "localhost") == 0) host = "127.0.0.1";
  if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    *loopback = ntohl(out->v4.sin_addr.s_addr) >> 24 == 127;
    return sizeof out->v4;
  }
  if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1) {
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    *loopback = IN6_IS_ADDR_LOOPBACK(&out->v6.sin6_addr);
    return sizeof out->v6;
  }
  return 0;
}

bool wats_listener_is_address(const char *host, bool *loopback)
{
  union address address;
  return parse(host, 0, &address, loopback) != 0;
}

/* -1 and errno. */
static int open_socket(int family)
{
  int fd = socket(family, SOCK_STREAM, 0), reason;
  if (fd < 0) return -1;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
      fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
    return fd;
  reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

static int set_options(int fd, const union address *address)
{
  int one = 1, zero = 0;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0) return -1;
  if (address->any.sa_family != AF_INET6) return 0;
  return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
}

enum wats_errc wats_listener_inet(const char *host, uint16_t port,
                                  struct wats_listener *out,
                                  struct wats_error *error)
{
  struct wats_listener made = {.fd = -1};
  union address address;
  socklen_t size = parse(host, port, &address, &made.loopback);
  int reason;
  if (!size)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "\"%s\" is not an IPv4 or IPv6 address", host);
  made.fd = open_socket(address.any.sa_family);
  if (made.fd < 0)
    return wats_fail_errno(error, WATS_ERR_IO, errno, "socket for %s", host);
  if (set_options(made.fd, &address) == 0 &&
      bind(made.fd, &address.any, size) == 0 &&
      listen(made.fd, SOMAXCONN) == 0 &&
      getsockname(made.fd, &address.any, &size) == 0) {
    made.port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port
                                                       : address.v6.sin6_port);
    *out = made;
    return WATS_OK;
  }
  reason = errno;
  close(made.fd);
  return wats_fail_errno(error, WATS_ERR_IO, reason,
                         strchr(host, ':') ? "listen on [%s]:%u"
                                           : "listen on %s:%u",
                         host, (unsigned)port);
}

/* ---- at a path ---------------------------------------------------------- */

/* A socket file that nobody listens at: its owner has ended without a word. */
static bool is_left_over(const char *path, const union address *address)
{
  struct stat info;
  int fd, refused;
  if (lstat(path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  fd = open_socket(AF_UNIX);
  if (fd < 0) return false;
  refused = connect(fd, &address->any, sizeof address->local) != 0 &&
            errno == ECONNREFUSED;
  close(fd);
  return refused;
}

/* The mode is there before anybody can connect: Linux takes it from the socket
** at bind, others have the file narrowed before it listens. */
static int bind_at(int fd, const char *path, const union address *address)
{
  socklen_t size = sizeof address->local;
  (void)fchmod(fd, 0600);
  if (bind(fd, &address->any, size) != 0) {
    if (errno != EADDRINUSE) return -1;
    if (!is_left_over(path, address)) {
      errno = EADDRINUSE;
      return -1;
    }
    if (unlink(path) != 0 || bind(fd, &address->any, size) != 0) return -1;
  }
#if defined(__linux__)
  return 0;
#else
  return chmod(path, 0600);
#endif
}

enum wats_errc wats_listener_unix(const char *path, struct wats_listener *out,
                                  struct wats_error *error)
{
  struct wats_listener made = {.loopback = true};
  union address address;
  struct stat info;
  int reason;
  memset(&address, 0, sizeof address);
  if (!*path || strlen(path) >= sizeof address.local.sun_path)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "a socket's path has 1 to %zu characters: \"%s\"",
                     sizeof address.local.sun_path - 1, path);
  address.local.sun_family = AF_UNIX;
  snprintf(address.local.sun_path, sizeof address.local.sun_path, "%s", path);
  made.fd = open_socket(AF_UNIX);
  if (made.fd < 0)
    return wats_fail_errno(error, WATS_ERR_IO, errno, "socket for %s", path);
  if (bind_at(made.fd, path, &address) == 0 &&
      listen(made.fd, SOMAXCONN) == 0 && lstat(path, &info) == 0) {
    made.device = info.st_dev;
    made.inode = info.st_ino;
    *out = made;
    return WATS_OK;
  }
  reason = errno;
  close(made.fd);
  return wats_fail_errno(error, WATS_ERR_IO, reason, "listen at %s", path);
}

void wats_listener_unlink(const struct wats_listener *listener,
                          const char *path)
{
  struct stat info;
  if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) &&
      info.st_dev == listener->device && info.st_ino == listener->inode)
    unlink(path);
}
