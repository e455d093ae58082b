/*
** httpd_crowd.c - see httpd_crowd.h.
*/
#include "httpd_crowd.h"

#include <stddef.h>
#include <sys/socket.h>

#include "alloc.h"
#include "clock.h"

static void shut(struct wats_httpd_crowd *crowd, struct wats_httpd_guest *guest)
{
  if (guest->shut) return;
  guest->shut = true;
  crowd->open--;
  shutdown(guest->fd, SHUT_RDWR);
}

/* The oldest that waits for no answer; else the oldest of all. */
static void make_room(struct wats_httpd_crowd *crowd)
{
  struct wats_httpd_guest *guest, *oldest = NULL;
  for (guest = crowd->first; guest; guest = guest->later) {
    if (guest->shut) continue;
    if (!oldest) oldest = guest;
    if (!guest->busy) break;
  }
  if (!guest) guest = oldest;
  if (guest) shut(crowd, guest);
}

struct wats_httpd_guest *wats_httpd_crowd_join(struct wats_httpd_crowd *crowd,
                                               int fd, int64_t now_ns)
{
  struct wats_httpd_guest *guest = wats_calloc(1, sizeof *guest);
  if (!guest) {
    shutdown(fd, SHUT_RDWR);
    return NULL;
  }
  if (crowd->limit && crowd->open >= crowd->limit) make_room(crowd);
  guest->fd = fd;
  guest->since_ns = now_ns;
  guest->earlier = crowd->last;
  if (crowd->last)
    crowd->last->later = guest;
  else
    crowd->first = guest;
  crowd->last = guest;
  crowd->open++;
  return guest;
}

void wats_httpd_crowd_leave(struct wats_httpd_crowd *crowd,
                            struct wats_httpd_guest *guest)
{
  if (!guest) return;
  if (guest->earlier)
    guest->earlier->later = guest->later;
  else
    crowd->first = guest->later;
  if (guest->later)
    guest->later->earlier = guest->earlier;
  else
    crowd->last = guest->earlier;
  if (!guest->shut) crowd->open--;
  wats_free(guest);
}

int64_t wats_httpd_crowd_next(const struct wats_httpd_crowd *crowd)
{
  const struct wats_httpd_guest *guest = crowd->first;
  if (!crowd->max_age_ns) return WATS_NEVER;
  while (guest && guest->shut)
    guest = guest->later;
  return guest ? wats_time_add(guest->since_ns, crowd->max_age_ns) : WATS_NEVER;
}

void wats_httpd_crowd_expire(struct wats_httpd_crowd *crowd, int64_t now_ns)
{
  struct wats_httpd_guest *guest;
  if (!crowd->max_age_ns) return;
  for (guest = crowd->first;
       guest && now_ns - guest->since_ns >= crowd->max_age_ns;
       guest = guest->later)
    shut(crowd, guest);
}

bool wats_httpd_crowd_ends_soon(const struct wats_httpd_crowd *crowd,
                                const struct wats_httpd_guest *guest,
                                int64_t now_ns)
{
  if (!crowd->max_age_ns || !guest) return false;
  return now_ns - guest->since_ns >= crowd->max_age_ns / 2;
}
