/*
** fuzz_freshness.c - any fields on either side give a life and an age in
** range; an Expires or max-age that is broken gives no life at all; what is
** refused now is not allowed later.
*/
#include "core/freshness.h"

#include "core/clock.h"
#include "core/http_date.h"
#include "fuzz.h"
#include "fuzz_fields.h"

#define S    WATS_NS_PER_S
#define NOW  INT64_C(1800000000)
#define MOST (WATS_SECONDS_MAX * S)

static void require_life(const struct wats_cache_answer *answer,
                         const struct wats_lifetime *life)
{
  int64_t ignored;
  REQUIRE(life->ns >= 0 && life->ns <= MOST);
  if (answer->control.max_age != WATS_SECONDS_NONE) {
    REQUIRE(life->from == WATS_LIFETIME_MAX_AGE);
    REQUIRE(life->ns == answer->control.max_age * S);
  } else if (answer->expires) {
    REQUIRE(life->from == WATS_LIFETIME_EXPIRES);
    REQUIRE(life->ns == 0 ||
            wats_http_date_parse(answer->expires, strlen(answer->expires), NOW,
                                 &ignored));
  }
}

static void require_monotone(struct wats_stored *stored,
                             const struct wats_cache_policy *policy,
                             const struct wats_cache_demand *demand)
{
  static const int64_t steps[] = {0, 1, S, 59 * S, 300 * S, MOST};
  struct wats_reuse last, now;
  size_t i;
  for (i = 0; i < sizeof steps / sizeof *steps; i++) {
    stored->age_ns += steps[i];
    stored->since_ns += steps[i];
    wats_freshness_judge(stored, policy, demand, false, 60 * S, &now);
    REQUIRE((now.reason == NULL) == (now.kind == WATS_REUSE_FRESH));
    REQUIRE(!stored->no_cache || now.kind == WATS_REUSE_NO);
    REQUIRE(!stored->must_revalidate || now.kind == WATS_REUSE_NO ||
            now.kind == WATS_REUSE_FRESH);
    if (i) {
      REQUIRE(last.kind != WATS_REUSE_NO || now.kind == WATS_REUSE_NO);
      REQUIRE(last.if_error_ns > 0 || now.if_error_ns <= 0);
    }
    REQUIRE(wats_freshness_useful_ns(stored, false, 60 * S, S) >= 0);
    last = now;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct wats_cache_policy policy = {NULL, 300 * S, 300 * S, WATS_NEVER};
  const char *at = (const char *)data, *end = at + size;
  struct wats_headers request, response;
  struct wats_cache_demand demand;
  struct wats_cache_answer answer;
  struct wats_stored stored;
  at = read_block(&response, at, end);
  read_block(&request, at, end);
  wats_cache_demand_read(&request, &demand);
  wats_cache_answer_read(&response, &answer);
  (void)wats_freshness_refusal(200, &demand, &answer);
  stored.lifetime = wats_freshness_lifetime(200, &answer, &policy, NOW * S);
  require_life(&answer, &stored.lifetime);
  stored.age_ns = wats_freshness_initial_age(&answer, S, NOW * S);
  REQUIRE(stored.age_ns >= S && stored.age_ns <= MOST + S);
  stored.since_ns = answer.age_s * S;
  stored.no_cache = answer.control.no_cache;
  stored.must_revalidate = answer.control.must_revalidate;
  stored.while_revalidate_s = answer.control.stale_while_revalidate;
  stored.if_error_s = answer.control.stale_if_error;
  require_monotone(&stored, &policy, &demand);
  wats_headers_free(&request);
  wats_headers_free(&response);
  return 0;
}
