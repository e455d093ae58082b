/*
** httpd_crowd.h - the connections of a server, and when they have to go.
**
** libmicrohttpd knows inactivity alone: a peer that sends a byte now and then
** holds its place for good. So who comes is listed in the order of arrival; a
** connection that is older than `max_age_ns` in all is shut, and where more
** come than there is room for, the oldest goes that waits for no answer, since
** a request that is not complete by now is worth less than one that may be.
** A connection is only shut down here, as if its peer had left; closing it is
** libmicrohttpd's, and then it leaves the list.
** Pure but for that: time is handed in. One thread.
*/
#ifndef WATS_HTTPD_CROWD_H
#define WATS_HTTPD_CROWD_H

#include <stdbool.h>
#include <stdint.h>

struct wats_httpd_guest {
  int fd;
  int64_t since_ns;
  bool busy; /* its request is complete, its answer not yet sent */
  bool shut;
  struct wats_httpd_guest *earlier, *later;
};

struct wats_httpd_crowd {
  unsigned limit;     /* 0: none */
  int64_t max_age_ns; /* 0: none */
  unsigned open;      /* not shut */
  struct wats_httpd_guest *first, *last;
};

/* May shut another one. NULL: memory is short, and `fd` was shut. */
struct wats_httpd_guest *wats_httpd_crowd_join(struct wats_httpd_crowd *crowd,
                                               int fd, int64_t now_ns);
/* Accepts NULL. */
void wats_httpd_crowd_leave(struct wats_httpd_crowd *crowd,
                            struct wats_httpd_guest *guest);
/* When the next one is too old; WATS_NEVER: none will be. */
int64_t wats_httpd_crowd_next(const struct wats_httpd_crowd *crowd);
/* Shuts those that are too old. */
void wats_httpd_crowd_expire(struct wats_httpd_crowd *crowd, int64_t now_ns);
/* Has it less than half of its time left? Then its answer should say that it is
** the last one, or the peer might send another request as it is shut. */
bool wats_httpd_crowd_ends_soon(const struct wats_httpd_crowd *crowd,
                                const struct wats_httpd_guest *guest,
                                int64_t now_ns);

#endif
