/*
** uploader_pace.c - see uploader_pace.h.
*/
#include "uploader_pace.h"

#include <string.h>

#include "clock.h"

static int64_t at_random(uint64_t random, int64_t most)
{
  return most > 0 ? (int64_t)(random % ((uint64_t)most + 1)) : 0;
}

/* ---- out, and back ------------------------------------------------------ */

static void go_out(struct wats_pace *p, int64_t not_before_ns,
                   int64_t spread_ns, uint64_t random)
{
  p->out = true;
  p->returning = false;
  wats_pace_wait(p, wats_time_add(not_before_ns, at_random(random, spread_ns)));
}

void wats_pace_failed(struct wats_pace *pace, int64_t now_ns,
                      int64_t not_before_ns, int64_t spread_ns, uint64_t random)
{
  pace->failures++;
  if (not_before_ns < now_ns) not_before_ns = now_ns;
  if (pace->out || pace->returning || pace->failures >= WATS_PACE_OUT_AFTER)
    go_out(pace, not_before_ns, spread_ns, random);
  else
    wats_pace_wait(pace, not_before_ns);
}

void wats_pace_blocked(struct wats_pace *pace, int64_t until_ns,
                       int64_t spread_ns, uint64_t random)
{
  if (!pace->out || pace->next_ns < until_ns)
    go_out(pace, until_ns, spread_ns, random);
}

void wats_pace_wait(struct wats_pace *pace, int64_t until_ns)
{
  if (pace->next_ns < until_ns || pace->next_ns == WATS_NEVER)
    pace->next_ns = until_ns;
}

static void come_back(struct wats_pace *p, int64_t first_ns, int64_t spread_ns)
{
  p->out = false;
  p->failures = 0;
  p->returning = spread_ns > 0;
  p->since_ns = p->next_ns = first_ns;
}

bool wats_pace_succeeded(struct wats_pace *pace, int64_t now_ns,
                         int64_t spread_ns)
{
  bool was_out = pace->out;
  pace->failures = 0;
  if (was_out) {
    come_back(pace, now_ns, spread_ns);
    if (pace->returning) pace->next_ns = wats_time_add(now_ns, WATS_NS_PER_S);
  }
  return was_out;
}

void wats_pace_returned(struct wats_pace *pace, int64_t now_ns,
                        int64_t spread_ns, uint64_t random)
{
  come_back(pace, wats_time_add(now_ns, at_random(random, spread_ns)),
            spread_ns);
}

void wats_pace_hurry(struct wats_pace *pace)
{
  pace->returning = false;
  pace->next_ns = 0;
}

/* ---- the share ---------------------------------------------------------- */

static int64_t bucket_ns(const struct wats_rate_limiter_options *limit)
{
  int64_t ns = limit->window_ns / WATS_PACE_BUCKETS;
  return ns > 0 ? ns : 1;
}

/* Forgets what the window has left behind. */
static void move_on(struct wats_pace *p, int64_t now_ns,
                    const struct wats_rate_limiter_options *limit)
{
  int64_t period = now_ns / bucket_ns(limit);
  if (period - p->period >= WATS_PACE_BUCKETS || period < p->period) {
    memset(p->used, 0, sizeof p->used);
    p->period = period;
  }
  while (p->period < period)
    p->used[++p->period % WATS_PACE_BUCKETS] = 0;
}

static unsigned left_of_share(struct wats_pace *p, int64_t now_ns,
                              const struct wats_rate_limiter_options *limit)
{
  unsigned share = limit->requests - (limit->requests + 9) / 10, used = 0, i;
  if (share == 0) share = 1;
  move_on(p, now_ns, limit);
  for (i = 0; i < WATS_PACE_BUCKETS; i++)
    used += p->used[i];
  return used < share ? share - used : 0;
}

/* ---- now ---------------------------------------------------------------- */

unsigned wats_pace_allowed(struct wats_pace *pace, int64_t now_ns,
                           const struct wats_rate_limiter_options *limit)
{
  unsigned most = WATS_PACE_MANY;
  if (now_ns < pace->next_ns) return 0;
  if (pace->returning &&
      now_ns - pace->since_ns >= WATS_PACE_STEPS * WATS_PACE_STEP_NS)
    pace->returning = false;
  if (pace->out || pace->returning) most = 1;
  if (limit) {
    unsigned left = left_of_share(pace, now_ns, limit);
    if (left < most) most = left;
  }
  return most;
}

/* Out, the next one waits for what comes of this one. */
void wats_pace_started(struct wats_pace *pace, int64_t now_ns)
{
  pace->used[pace->period % WATS_PACE_BUCKETS]++;
  if (pace->out)
    pace->next_ns = WATS_NEVER;
  else if (pace->returning) {
    int64_t steps = (now_ns - pace->since_ns) / WATS_PACE_STEP_NS;
    if (steps < 0) steps = 0;
    if (steps > WATS_PACE_STEPS) steps = WATS_PACE_STEPS;
    pace->next_ns = wats_time_add(now_ns, WATS_NS_PER_S >> steps);
  }
}

int64_t wats_pace_next(const struct wats_pace *pace, int64_t now_ns,
                       const struct wats_rate_limiter_options *limit)
{
  if (now_ns < pace->next_ns) return pace->next_ns;
  return limit ? wats_time_add(now_ns, bucket_ns(limit)) : now_ns;
}
