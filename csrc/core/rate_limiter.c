/*
** rate_limiter.c - see rate_limiter.h.
**
** A ring of the last permits in order of their times, those to come included.
** A new one goes no earlier than the newest, and no earlier than a window after
** the N-th newest: that is all. `edge` finds the N-th newest without a search:
** from edge to the end there are N permits, or there are no more before it.
**
** A permit that is given back leaves a gap, which counts for nothing. The ring
** has room for all that can matter (a window of the past, max_wait of the
** future) and a quarter more for gaps; when it is full they are squeezed out,
** or, where there are few, what is oldest goes. Places shift by that, so a
** permit is found by its serial number, which only grows along the ring.
*/
#include "rate_limiter.h"

#include <stddef.h>

#include "alloc.h"
#include "clock.h"

#define GAP         INT64_MIN
#define MOST_PLACES (1u << 20) /* 16 MiB; ten times the most requests */

struct entry {
  uint64_t serial;
  int64_t at_ns;
};

struct wats_rate_limiter {
  struct wats_rate_limiter_options options;
  uint64_t base, next, edge; /* count places on; base <= edge <= next */
  unsigned in_span;          /* permits from edge on, at most `requests` */
  size_t gaps;
  uint64_t last_serial;
  int64_t evicted_ns; /* the newest that had to go; GAP: none yet */
  int64_t pause_ns;
  struct wats_rate_limiter_stats stats;
  int64_t *starts; /* the last `requests` of them, behind the ring */
  uint64_t started;
  size_t capacity;
  struct entry ring[];
};

/* --- creating ------------------------------------------------------------ */

static size_t places(const struct wats_rate_limiter_options *o)
{
  int64_t windows = o->max_wait_ns / o->window_ns;
  size_t permits;
  if (windows > (int64_t)(MOST_PLACES / o->requests) - 2) return MOST_PLACES;
  permits = (size_t)o->requests * (size_t)(windows + 2);
  return permits + permits / 4 + 1;
}

enum wats_errc
wats_rate_limiter_create(const struct wats_rate_limiter_options *options,
                         struct wats_rate_limiter **out,
                         struct wats_error *error)
{
  struct wats_rate_limiter *l;
  size_t capacity;
  if (options->requests < 1 ||
      options->requests > WATS_RATE_LIMITER_MAX_REQUESTS)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "rate_limit.requests: 1 to %u expected, got %u",
                     WATS_RATE_LIMITER_MAX_REQUESTS, options->requests);
  if (options->window_ns < 1 || options->max_wait_ns < 0)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "rate_limit: window must be above 0, max_wait not below");
  capacity = places(options);
  l = wats_calloc(1, sizeof *l + capacity * sizeof *l->ring +
                         options->requests * sizeof *l->starts);
  if (!l) return wats_fail_memory(error);
  l->starts = (int64_t *)(void *)(l->ring + capacity);
  l->options = *options;
  l->evicted_ns = GAP;
  l->capacity = capacity;
  *out = l;
  return WATS_OK;
}

void wats_rate_limiter_destroy(struct wats_rate_limiter *limiter)
{
  wats_free(limiter);
}

/* --- the ring ------------------------------------------------------------ */

static struct entry *at_place(struct wats_rate_limiter *l, uint64_t place)
{
  return &l->ring[place % l->capacity];
}

static bool is_gap(struct wats_rate_limiter *l, uint64_t place)
{
  return at_place(l, place)->at_ns == GAP;
}

/* After something behind `edge` is gone: as many before it as are due. */
static void widen(struct wats_rate_limiter *l)
{
  if (l->edge > l->next) l->edge = l->next;
  while (l->edge > l->base && l->in_span < l->options.requests) {
    l->edge--;
    if (!is_gap(l, l->edge)) l->in_span++;
  }
}

/* Takes the permit at `next`, which is written already, into the span. */
static void append(struct wats_rate_limiter *l)
{
  l->next++;
  l->in_span++;
  while (l->in_span > l->options.requests) {
    if (!is_gap(l, l->edge)) l->in_span--;
    l->edge++;
  }
}

static void squeeze(struct wats_rate_limiter *l)
{
  uint64_t from, to = l->base;
  for (from = l->base; from < l->next; from++)
    if (!is_gap(l, from)) *at_place(l, to++) = *at_place(l, from);
  l->next = l->edge = to;
  l->in_span = 0;
  l->gaps = 0;
  widen(l);
}

static void evict(struct wats_rate_limiter *l)
{
  if (is_gap(l, l->base)) {
    l->gaps--;
  } else {
    l->evicted_ns = at_place(l, l->base)->at_ns;
    if (l->base == l->edge) l->in_span--;
  }
  if (l->edge == l->base) l->edge++;
  l->base++;
}

/* Squeezing pays when it makes room for many. */
static void make_room(struct wats_rate_limiter *l)
{
  if (l->next - l->base < l->capacity) return;
  if (l->gaps > 0 && l->gaps >= l->capacity / 8)
    squeeze(l);
  else
    evict(l);
}

/* The place of a permit that is held; `next`: it is not. */
static uint64_t find(struct wats_rate_limiter *l, uint64_t serial)
{
  uint64_t low = l->base, high = l->next;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (at_place(l, middle)->serial < serial)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < l->next && at_place(l, low)->serial == serial && !is_gap(l, low))
    return low;
  return l->next;
}

static int64_t later(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* The time of the newest permit; `otherwise` when there is none. */
static int64_t newest(struct wats_rate_limiter *l, int64_t otherwise)
{
  uint64_t place = l->next;
  while (place > l->base) {
    place--;
    if (!is_gap(l, place)) return at_place(l, place)->at_ns;
  }
  return otherwise;
}

static int64_t earliest(struct wats_rate_limiter *l, int64_t now_ns)
{
  int64_t at = later(later(now_ns, l->pause_ns), newest(l, now_ns));
  int64_t window = l->options.window_ns;
  if (l->evicted_ns != GAP)
    at = later(at, wats_time_add(l->evicted_ns, window));
  if (l->in_span < l->options.requests) return at;
  while (is_gap(l, l->edge))
    l->edge++;
  return later(at, wats_time_add(at_place(l, l->edge)->at_ns, window));
}

/* --- reservations -------------------------------------------------------- */

enum wats_errc wats_rate_limiter_reserve(struct wats_rate_limiter *limiter,
                                         int64_t now_ns,
                                         struct wats_rate_permit *permit)
{
  struct wats_rate_limiter *l = limiter;
  int64_t at = earliest(l, now_ns);
  if (at - now_ns > l->options.max_wait_ns) {
    l->stats.refused++;
    return WATS_ERR_RATE_LIMITED;
  }
  make_room(l);
  permit->serial = ++l->last_serial;
  permit->at_ns = at;
  permit->asked_ns = now_ns;
  *at_place(l, l->next) = (struct entry){permit->serial, at};
  append(l);
  l->stats.granted++;
  if (at > now_ns) l->stats.delayed++;
  l->stats.wait_ns = wats_time_add(l->stats.wait_ns, at - now_ns);
  return WATS_OK;
}

/* The permit's place becomes a gap; gaps at the end need no place. */
static void give_back(struct wats_rate_limiter *l, uint64_t place)
{
  at_place(l, place)->at_ns = GAP;
  l->gaps++;
  if (place >= l->edge) l->in_span--;
  while (l->next > l->base && is_gap(l, l->next - 1)) {
    l->next--;
    l->gaps--;
  }
  widen(l);
}

void wats_rate_limiter_cancel(struct wats_rate_limiter *limiter, int64_t now_ns,
                              struct wats_rate_permit *permit)
{
  struct wats_rate_limiter *l = limiter;
  uint64_t place = find(l, permit->serial);
  int64_t at;
  permit->serial = 0;
  if (place == l->next) return;
  at = at_place(l, place)->at_ns;
  if (at > now_ns) l->stats.wait_ns -= at - now_ns;
  l->stats.cancelled++;
  give_back(l, place);
}

enum wats_errc wats_rate_limiter_check(struct wats_rate_limiter *limiter,
                                       int64_t now_ns,
                                       struct wats_rate_permit *permit)
{
  struct wats_rate_limiter *l = limiter;
  uint64_t place = find(l, permit->serial);
  int64_t at = l->pause_ns;
  if (place != l->next) at = later(at, at_place(l, place)->at_ns);
  if (at <= permit->at_ns) return WATS_OK; /* nothing has moved it */
  permit->at_ns = at;
  if (at <= now_ns || at - permit->asked_ns <= l->options.max_wait_ns)
    return WATS_OK;
  wats_rate_limiter_cancel(l, now_ns, permit);
  l->stats.refused++;
  return WATS_ERR_RATE_LIMITED;
}

/*
** Starts come in order of time, so the one that counts is the N-th last: what
** permits were named, moved or given back does not matter here.
*/
bool wats_rate_limiter_start(struct wats_rate_limiter *limiter, int64_t now_ns,
                             struct wats_rate_permit *permit)
{
  struct wats_rate_limiter *l = limiter;
  int64_t *oldest = l->starts + l->started % l->options.requests;
  if (l->started >= l->options.requests) {
    int64_t earliest_ns = wats_time_add(*oldest, l->options.window_ns);
    if (earliest_ns > now_ns) {
      permit->at_ns = earliest_ns;
      return false;
    }
  }
  *oldest = now_ns;
  l->started++;
  permit->serial = 0;
  return true;
}

int64_t wats_rate_limiter_next(struct wats_rate_limiter *limiter,
                               int64_t now_ns)
{
  return earliest(limiter, now_ns);
}

/* --- pauses -------------------------------------------------------------- */

/* Takes out all from `first` on; what they hold stays written. */
static void cut(struct wats_rate_limiter *l, uint64_t first)
{
  while (l->next > first) {
    l->next--;
    if (l->next >= l->edge && !is_gap(l, l->next)) l->in_span--;
  }
  widen(l);
}

/* All that wait are reserved anew, in their order. */
static void delay_waiting(struct wats_rate_limiter *l, int64_t now_ns)
{
  uint64_t first = l->next, end = l->next;
  while (first > l->base &&
         (is_gap(l, first - 1) || at_place(l, first - 1)->at_ns > now_ns))
    first--;
  cut(l, first);
  while (l->next < end) {
    struct entry *e = at_place(l, l->next);
    int64_t at;
    if (e->at_ns == GAP) {
      l->next++;
      continue;
    }
    at = later(e->at_ns, earliest(l, now_ns));
    l->stats.wait_ns = wats_time_add(l->stats.wait_ns, at - e->at_ns);
    e->at_ns = at;
    append(l);
  }
}

void wats_rate_limiter_pause_until(struct wats_rate_limiter *limiter,
                                   int64_t now_ns, int64_t until_ns)
{
  struct wats_rate_limiter *l = limiter;
  int64_t most = wats_time_add(now_ns, WATS_RATE_LIMITER_LONGEST_PAUSE_NS);
  if (until_ns > most) until_ns = most;
  if (until_ns <= now_ns || until_ns <= l->pause_ns) return;
  l->pause_ns = until_ns;
  l->stats.pauses++;
  delay_waiting(l, now_ns);
}

void wats_rate_limiter_stats(const struct wats_rate_limiter *limiter,
                             int64_t now_ns,
                             struct wats_rate_limiter_stats *stats)
{
  *stats = limiter->stats;
  stats->paused_for_ns =
      limiter->pause_ns > now_ns ? limiter->pause_ns - now_ns : 0;
}
