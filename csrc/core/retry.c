/*
** retry.c - see retry.h.
*/
#include "retry.h"

#include <string.h>

#include "clock.h"
#include "http_date.h"

#define THROTTLED_BASE_NS WATS_NS_PER_S
#define TOKEN             10 /* tenths */
/* A year: what is longer is as good as for ever. */
#define LONGEST_S INT64_C(31536000)

void wats_retry_budget_init(struct wats_retry_budget *budget, double capacity)
{
  budget->capacity = budget->tenths = (uint64_t)(capacity * TOKEN + 0.5);
}

void wats_retry_succeeded(struct wats_retry_budget *budget)
{
  if (budget->tenths < budget->capacity) budget->tenths++;
}

static bool may_pass(const struct wats_retry_outcome *o)
{
  if (o->code != WATS_OK)
    return o->code == WATS_ERR_CONNECTION || o->code == WATS_ERR_TIMEOUT;
  switch (o->status) {
  case 408:
  case 429:
  case 502:
  case 503:
  case 504:
    return true;
  default:
    return false;
  }
}

static bool is_throttled(const struct wats_retry_outcome *o)
{
  return o->code == WATS_OK && (o->status == 429 || o->status == 503);
}

/* base * 2^(attempt - 1), at most `most`. */
static int64_t longest_delay(int64_t base, int64_t most, unsigned attempt)
{
  int64_t delay = base;
  for (; attempt > 1 && delay < most; attempt--)
    delay = delay > most / 2 ? most : delay * 2;
  return delay < most ? delay : most;
}

/* At most `room`. */
static int64_t jittered(const struct wats_retry_policy *policy,
                        const struct wats_retry_outcome *o, int64_t room)
{
  int64_t base = policy->base_delay_ns, longest;
  if (is_throttled(o) && base < THROTTLED_BASE_NS) base = THROTTLED_BASE_NS;
  longest = longest_delay(base, policy->max_delay_ns, o->attempt);
  if (longest > room) longest = room;
  if (longest <= 0) return 0;
  return (int64_t)(o->random % ((uint64_t)longest + 1));
}

static const char *refusal(const struct wats_retry_policy *policy,
                           const struct wats_retry_budget *budget,
                           const struct wats_retry_outcome *o)
{
  if (!may_pass(o)) return "it would fail again";
  if (!o->repeatable) return "it may have been done";
  if (o->attempt >= policy->max_attempts) return "that was the last attempt";
  if (budget->tenths < TOKEN) return "too many requests fail";
  return NULL;
}

struct wats_retry_decision
wats_retry_decide(const struct wats_retry_policy *policy,
                  struct wats_retry_budget *budget,
                  const struct wats_retry_outcome *o)
{
  struct wats_retry_decision d = {.reason = refusal(policy, budget, o)};
  int64_t asked = o->retry_after_ns > 0 ? o->retry_after_ns : 0, earliest;
  if (d.reason) return d;
  earliest = wats_time_add(o->now_ns, asked);
  if (earliest >= o->deadline_ns) {
    d.reason = "there is no time for another attempt";
    return d;
  }
  d.delay_ns = asked + jittered(policy, o, o->deadline_ns - earliest - 1);
  budget->tenths -= TOKEN;
  d.retry = true;
  d.reason = "another attempt";
  return d;
}

/* ---- Retry-After --------------------------------------------------------- */

static int64_t seconds_to_wait(const char *text, size_t length)
{
  int64_t seconds = 0;
  size_t i;
  for (i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    seconds = seconds * 10 + (text[i] - '0');
    if (seconds > LONGEST_S) seconds = LONGEST_S;
  }
  return length ? seconds : -1;
}

int64_t wats_retry_after(const char *text, const char *date, int64_t wall_s)
{
  size_t length = text ? strlen(text) : 0;
  int64_t seconds, at, now = wall_s;
  if (!text) return -1;
  seconds = seconds_to_wait(text, length);
  if (seconds < 0) {
    if (!wats_http_date_parse(text, length, wall_s, &at)) return -1;
    if (date) (void)wats_http_date_parse(date, strlen(date), wall_s, &now);
    seconds = at > now ? at - now : 0;
    if (seconds > LONGEST_S) seconds = LONGEST_S;
  }
  return seconds * WATS_NS_PER_S;
}
