/*
** test_freshness_reuse.c - use of what is stored, within its life and beyond
** (RFC 9111, sections 4.2.4 and 5.2; RFC 5861), by table and on random
** histories.
*/
#include "core/freshness.h"

#include "core/clock.h"
#include "field_text.h"

#define S    WATS_NS_PER_S
#define NONE WATS_SECONDS_NONE

enum {
  FRESH = WATS_REUSE_FRESH,
  MAX_STALE = WATS_REUSE_MAX_STALE,
  MEANWHILE = WATS_REUSE_MEANWHILE,
  NO = WATS_REUSE_NO
};

/* --- table ---------------------------------------------------------------- */

/* The answer lives 60 s by max-age; the client's option is 100 s. */
static const struct {
  const char *request, *answer; /* Cache-Control of each */
  int64_t age;
  int kind;
  int64_t if_error;
} rows[] = {
    /* 4.2: fresh is younger than the life */
    {"", "", 0, FRESH, 160},
    {"", "", 59, FRESH, 101},
    {"", "", 60, NO, 100},
    {"", "", 61, NO, 99},
    {"", "", 160, NO, 0},
    {"", "", 200, NO, -40},
    /* RFC 5861, 3: the window, its end included, and no further */
    {"", "stale-while-revalidate=30", 59, FRESH, 101},
    {"", "stale-while-revalidate=30", 60, MEANWHILE, 100},
    {"", "stale-while-revalidate=30", 90, MEANWHILE, 70},
    {"", "stale-while-revalidate=30", 91, NO, 69},
    {"", "stale-while-revalidate=0", 60, MEANWHILE, 100},
    {"", "stale-while-revalidate=0", 61, NO, 99},
    {"", "stale-while-revalidate=x", 61, NO, 99},
    {"", "stale-while-revalidate=99999999999", 9999, MEANWHILE, -9839},
    {"stale-while-revalidate=30", "", 61, NO, 99}, /* an answer's directive */
    /* RFC 5861, 4: the answer's, else the request's, else the option */
    {"", "stale-if-error=5", 60, NO, 5},
    {"", "stale-if-error=5", 66, NO, -1},
    {"", "stale-if-error=500", 60, NO, 500},
    {"", "stale-if-error=0", 60, NO, 0},
    {"", "stale-if-error=x", 60, NO, 0},
    {"stale-if-error=5", "", 60, NO, 5},
    {"stale-if-error=0", "", 60, NO, 0},
    {"stale-if-error=500", "", 60, NO, 500},
    {"stale-if-error=500", "stale-if-error=5", 60, NO, 5},
    {"stale-if-error=5", "stale-if-error=500", 60, NO, 500},
    {"", "stale-if-error=5", 50, FRESH, 15},
    {"", "stale-if-error=5, stale-while-revalidate=30", 70, MEANWHILE, -5},
    /* 5.2.1.2 */
    {"max-stale", "", 60, MAX_STALE, 100},
    {"max-stale", "", 99999, MAX_STALE, -99839},
    {"max-stale=10", "", 59, FRESH, 101},
    {"max-stale=10", "", 70, MAX_STALE, 90},
    {"max-stale=10", "", 71, NO, 89},
    {"max-stale=0", "", 61, NO, 99},
    {"max-stale=x", "", 61, NO, 99},
    {"max-stale", "stale-while-revalidate=30", 70, MEANWHILE, 90},
    {"max-stale", "stale-while-revalidate=30", 91, MAX_STALE, 69},
    {"", "max-stale", 61, NO, 99}, /* a request's directive */
    /* 5.2.1.1: max-age alone wants nothing stale */
    {"max-age=30", "", 30, FRESH, 0},
    {"max-age=30", "", 10, FRESH, 20},
    {"max-age=30", "", 31, NO, 0},
    {"max-age=0", "", 1, NO, 0},
    {"max-age=500", "", 59, FRESH, 1},
    {"max-age=500", "", 61, NO, 0},
    {"max-age=500", "stale-while-revalidate=30", 61, NO, 0},
    {"max-age=500", "stale-if-error=30", 61, NO, 0},
    {"max-age=500, max-stale=10", "", 61, MAX_STALE, 99},
    {"max-age=500, max-stale=10", "", 71, NO, 89},
    {"max-age=70, max-stale=10", "", 61, MAX_STALE, 9},
    {"max-age=500, max-stale=0", "stale-while-revalidate=30", 61, MEANWHILE,
     99},
    {"max-age=65, max-stale", "", 66, NO, 0},
    {"max-age=30, max-stale", "", 31, NO, 0},
    {"max-age=500, stale-if-error=30", "", 61, NO, 29},
    {"max-age=500, stale-if-error=30", "stale-while-revalidate=9", 61, NO, 29},
    {"max-age=30, stale-if-error=30", "", 31, NO, 0},
    /* 5.2.1.3 */
    {"min-fresh=10", "", 50, FRESH, 0},
    {"min-fresh=10", "", 20, FRESH, 30},
    {"min-fresh=10", "", 51, NO, 0},
    {"min-fresh=10", "stale-while-revalidate=30", 61, NO, 0},
    {"min-fresh=10, max-stale", "", 61, NO, 0},
    /* 5.2.1.4, 5.4 */
    {"no-cache", "", 0, NO, 0},
    {"no-cache", "stale-if-error=30", 61, NO, 0},
    {"no-cache, max-stale, stale-if-error=30", "", 61, NO, 0},
    /* 5.2.2.4: never without asking */
    {"", "no-cache", 0, NO, 0},
    {"max-stale", "no-cache", 61, NO, 0},
    {"stale-if-error=30", "no-cache, stale-if-error=30", 61, NO, 0},
    {"", "no-cache=\"Set-Cookie\", stale-while-revalidate=30", 61, NO, 0},
    /* 5.2.2.2: fresh it serves, and no longer */
    {"", "must-revalidate", 0, FRESH, 60},
    {"", "must-revalidate", 59, FRESH, 1},
    {"", "must-revalidate", 60, NO, 0},
    {"max-stale", "must-revalidate", 61, NO, 0},
    {"stale-if-error=30", "must-revalidate, stale-if-error=30", 61, NO, 0},
    {"", "must-revalidate, stale-while-revalidate=30", 61, NO, 0},
    /* 5.2.2.8: for shared caches */
    {"max-stale", "proxy-revalidate", 61, MAX_STALE, 99},
    /* RFC 8246: immutable means something only while it is fresh */
    {"", "immutable", 61, NO, 99},
    {"no-cache", "immutable", 0, NO, 0},
};

static struct wats_stored stored_from(const char *answer, int64_t life_s,
                                      enum wats_lifetime_from from)
{
  struct wats_cache_control control;
  struct wats_stored stored = {{life_s * S, from}};
  wats_cache_control_init(&control);
  wats_cache_control_parse(&control, answer, strlen(answer));
  stored.no_cache = control.no_cache;
  stored.must_revalidate = control.must_revalidate;
  stored.while_revalidate_s = control.stale_while_revalidate;
  stored.if_error_s = control.stale_if_error;
  return stored;
}

static struct wats_cache_demand demand_from(const char *request)
{
  struct wats_cache_demand demand;
  wats_cache_demand_read(NULL, &demand);
  wats_cache_control_parse(&demand.control, request, strlen(request));
  return demand;
}

static void test_rows(void)
{
  const struct wats_cache_policy policy = {NULL, 0, 0, WATS_NEVER};
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_stored stored =
        stored_from(rows[i].answer, 60, WATS_LIFETIME_MAX_AGE);
    struct wats_cache_demand demand = demand_from(rows[i].request);
    struct wats_reuse reuse;
    int before = test_bad_checks;
    stored.age_ns = rows[i].age * S;
    wats_freshness_judge(&stored, &policy, &demand, false, 100 * S, &reuse);
    CHECK_INT(reuse.kind, rows[i].kind);
    CHECK((reuse.reason == NULL) == (reuse.kind == WATS_REUSE_FRESH));
    /* For a request with wishes of its own it may be less. */
    if (demand.control.max_age == WATS_SECONDS_NONE &&
        demand.control.min_fresh == WATS_SECONDS_NONE)
      CHECK_INT(reuse.fresh_for_ns, (60 - rows[i].age) * S);
    CHECK_INT(reuse.if_error_ns, rows[i].if_error * S);
    if (test_bad_checks != before)
      printf("row \"%s\" / \"%s\" / %d\n", rows[i].request, rows[i].answer,
             (int)rows[i].age);
    /* a live operation is used while it is fresh, and that is all */
    wats_freshness_judge(&stored, &policy, &demand, true, 100 * S, &reuse);
    CHECK_INT(reuse.kind, rows[i].kind == FRESH ? FRESH : NO);
    CHECK_INT(reuse.if_error_ns, 0);
  }
}

static void test_reasons(void)
{
  static const struct {
    const char *request, *answer, *reason;
  } table[] = {
      {"", "no-cache", "stored answer says no-cache"},
      {"no-cache", "", "request says no-cache"},
      {"max-age=3", "", "older than the request's max-age"},
      {"min-fresh=3", "", "not fresh for the request's min-fresh"},
      {"", "", "stale"},
      {"", "must-revalidate", "stale"},
      {"", "stale-while-revalidate=9", "stale, is being refreshed"},
      {"max-stale", "", "stale, but within the request's max-stale"},
  };
  const struct wats_cache_policy policy = {NULL, 0, 0, WATS_NEVER};
  size_t i;
  for (i = 0; i < sizeof table / sizeof *table; i++) {
    struct wats_stored stored =
        stored_from(table[i].answer, 60, WATS_LIFETIME_EXPIRES);
    struct wats_cache_demand demand = demand_from(table[i].request);
    struct wats_reuse reuse;
    stored.age_ns = 61 * S;
    wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
    CHECK_STR(reuse.reason, table[i].reason);
  }
}

/* The ttl counts from the request, and may be another for each. */
static void test_ttl(void)
{
  struct wats_cache_policy policy = {NULL, 300 * S, 300 * S, WATS_NEVER};
  struct wats_cache_demand demand = demand_from("");
  struct wats_stored stored =
      stored_from("stale-while-revalidate=10", 300, WATS_LIFETIME_TTL);
  struct wats_reuse reuse;
  stored.age_ns = 9999 * S; /* by a Date of a clock that is wrong */
  stored.since_ns = 100 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
  CHECK_INT(reuse.kind, FRESH);
  CHECK_INT(reuse.fresh_for_ns, 200 * S);
  stored.since_ns = 310 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
  CHECK_INT(reuse.kind, MEANWHILE);
  stored.since_ns++;
  wats_freshness_judge(&stored, &policy, &demand, false, 20 * S, &reuse);
  CHECK_INT(reuse.kind, NO);
  CHECK_INT(reuse.if_error_ns, 10 * S - 1);
  policy.silent_ns = 0; /* ttl = 0: over from the first, good in need */
  stored.since_ns = 5 * S;
  stored.while_revalidate_s = NONE;
  wats_freshness_judge(&stored, &policy, &demand, false, 20 * S, &reuse);
  CHECK_INT(reuse.kind, NO);
  CHECK_STR(reuse.reason, "stale");
  CHECK_INT(reuse.if_error_ns, 15 * S);
  stored.lifetime.ns = 0; /* the client's ttl was 0 when it was stored */
  wats_freshness_judge(&stored, &policy, &demand, false, 20 * S, &reuse);
  CHECK_INT(reuse.if_error_ns, 15 * S);
}

static void test_heuristic_life_is_bounded(void)
{
  struct wats_cache_policy policy = {NULL, 300 * S, 50 * S, WATS_NEVER};
  struct wats_cache_demand demand = demand_from("");
  struct wats_stored stored = stored_from("", 300, WATS_LIFETIME_MODIFIED);
  struct wats_reuse reuse;
  stored.age_ns = 50 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 7 * S, &reuse);
  CHECK_INT(reuse.kind, NO);
  CHECK_INT(reuse.if_error_ns, 7 * S);
}

static void test_limit_bounds_staleness(void)
{
  struct wats_cache_policy policy = {NULL, 70 * S, 70 * S, 70 * S};
  struct wats_cache_demand demand = demand_from("max-stale");
  struct wats_stored stored =
      stored_from("stale-while-revalidate=500", 60, WATS_LIFETIME_MAX_AGE);
  struct wats_reuse reuse;
  stored.age_ns = 65 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 100 * S, &reuse);
  CHECK_INT(reuse.kind, MEANWHILE);
  CHECK_INT(reuse.if_error_ns, 5 * S);
  stored.age_ns = 70 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 100 * S, &reuse);
  CHECK_INT(reuse.kind, NO);
  CHECK_INT(reuse.if_error_ns, 0);
  stored.age_ns = 50 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 100 * S, &reuse);
  CHECK_INT(reuse.kind, FRESH);
  CHECK_INT(reuse.if_error_ns, 20 * S);
}

/* Options without end do not wrap. */
static void test_for_ever(void)
{
  const struct wats_cache_policy policy = {NULL, WATS_NEVER, WATS_NEVER,
                                           WATS_NEVER};
  struct wats_cache_demand demand = demand_from("");
  struct wats_stored stored = stored_from("", 0, WATS_LIFETIME_TTL);
  struct wats_reuse reuse;
  stored.lifetime.ns = WATS_NEVER;
  stored.since_ns = 5 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, WATS_NEVER, &reuse);
  CHECK_INT(reuse.kind, FRESH);
  CHECK_INT(reuse.if_error_ns, WATS_NEVER);
  CHECK_INT(wats_freshness_useful_ns(&stored, true, WATS_NEVER, S), WATS_NEVER);
  stored.lifetime.ns = 0;
  wats_freshness_judge(&stored, &policy, &demand, false, WATS_NEVER, &reuse);
  CHECK_INT(reuse.kind, NO);
  CHECK_INT(reuse.if_error_ns, WATS_NEVER - 5 * S);
  wats_freshness_judge(&stored, &policy, &demand, false, -5, &reuse);
  CHECK_INT(reuse.if_error_ns, -5 * S);
}

static void test_useful(void)
{
  static const struct {
    const char *answer;
    int64_t age;
    bool has_validator;
    int64_t option, useful; /* s */
  } table[] = {
      {"", 0, false, 0, 60},
      {"", 59, false, 0, 1},
      {"", 60, false, 0, 0},
      {"", 90, false, 0, 0},
      {"", 0, true, 0, 1060},
      {"", 90, true, 0, 1000},
      {"", 0, false, 30, 90},
      {"", 70, false, 30, 20},
      {"", 70, true, 30, 1000},
      {"", 70, true, 3000, 2990},
      {"stale-if-error=5", 0, false, 30, 65},
      {"stale-if-error=50", 0, false, 30, 110},
      {"must-revalidate, stale-if-error=50", 0, false, 30, 60},
      {"must-revalidate", 90, false, 30, 0},
      {"must-revalidate", 90, true, 30, 1000},
      {"no-cache, stale-if-error=50", 0, false, 30, 0},
      {"no-cache", 0, true, 30, 1000},
  };
  size_t i;
  struct wats_stored stored;
  for (i = 0; i < sizeof table / sizeof *table; i++) {
    int64_t useful;
    stored = stored_from(table[i].answer, 60, WATS_LIFETIME_MAX_AGE);
    stored.age_ns = table[i].age * S;
    useful = wats_freshness_useful_ns(&stored, table[i].has_validator,
                                      table[i].option * S, 1000 * S);
    if (useful != table[i].useful * S)
      printf("row %zu \"%s\"\n", i, table[i].answer);
    CHECK_INT(useful, table[i].useful * S);
  }
  /* its end is within this window, so a moment longer */
  stored = stored_from("stale-while-revalidate=30", 60, WATS_LIFETIME_MAX_AGE);
  CHECK_INT(wats_freshness_useful_ns(&stored, false, 0, 0), 90 * S + 1);
}

/* --- random histories ----------------------------------------------------- */

/* xorshift64*: the same histories on every machine. */
static uint64_t state;

static unsigned pick(unsigned bound)
{
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (unsigned)((state * UINT64_C(2685821657736338717)) >> 33) % bound;
}

static const char *const answer_parts[] = {
    "Cache-Control: max-age=%u",
    "Cache-Control: max-age=%u",
    "Cache-Control: max-age=x%u",
    "Cache-Control: stale-while-revalidate=%u",
    "Cache-Control: stale-while-revalidate=%u",
    "Cache-Control: stale-if-error=%u",
    "Cache-Control: stale-if-error=%u",
    "Cache-Control: must-revalidate, x=%u",
    "Cache-Control: no-cache, x=%u",
    "Cache-Control: public, x=\"no-cache, %u\"",
    "Cache-Control: immutable, private, x=%u",
    "Age: %u",
    "Expires: Tue, 14 Nov 2023 22:14:%02u GMT",
    "Date: Tue, 14 Nov 2023 22:13:%02u GMT",
    "Last-Modified: Tue, 14 Nov 2023 22:01:%02u GMT",
    "X-Other: %u",
};

static const char *const request_parts[] = {
    "Cache-Control: max-stale=%u",
    "Cache-Control: max-stale, x=%u",
    "Cache-Control: max-age=%u",
    "Cache-Control: min-fresh=%u",
    "Cache-Control: stale-if-error=%u",
    "Cache-Control: no-cache, x=%u",
    "Cache-Control: no-store, x=%u",
    "Pragma: no-cache, x=%u",
    "X-Other: %u",
    "X-Other: %u",
};

static void make_fields(struct wats_headers *h, const char *const *parts,
                        unsigned count, unsigned most)
{
  unsigned n = pick(most + 1);
  wats_headers_init(h, 0);
  while (n--) {
    char line[80];
    const char *colon;
    snprintf(line, sizeof line, parts[pick(count)], pick(60));
    colon = strchr(line, ':');
    CHECK_INT(wats_headers_add(h, line, (size_t)(colon - line), colon + 1,
                               strlen(colon + 1)),
              WATS_OK);
  }
}

/* One answer, as the cache would keep it, and who asks for it. */
struct history {
  struct wats_headers answer_fields, request_fields;
  struct wats_cache_answer answer;
  struct wats_cache_demand demand;
  struct wats_cache_policy policy;
  struct wats_lifetime life;
  int64_t initial_age_ns, option_ns;
  bool live;
};

static void begin_history(struct history *h, struct wats_fake_clock *fake)
{
  int64_t wall_ns;
  wats_fake_clock_init(fake, 1000 * S, INT64_C(1700000000) * S);
  make_fields(&h->answer_fields, answer_parts,
              sizeof answer_parts / sizeof *answer_parts, 6);
  make_fields(&h->request_fields, request_parts,
              sizeof request_parts / sizeof *request_parts, 2);
  wats_cache_answer_read(&h->answer_fields, &h->answer);
  wats_cache_demand_read(&h->request_fields, &h->demand);
  h->policy.refusal = NULL;
  h->policy.silent_ns = pick(60) * S;
  h->policy.heuristic_ns = pick(60) * S;
  h->policy.limit_ns = pick(4) ? WATS_NEVER : pick(80) * S;
  h->option_ns = pick(2) * pick(60) * S;
  h->live = pick(8) == 0;
  wall_ns = wats_clock_wall(&fake->clock);
  h->life = wats_freshness_lifetime(pick(8) ? 200 : 404, &h->answer, &h->policy,
                                    wall_ns);
  h->initial_age_ns =
      wats_freshness_initial_age(&h->answer, pick(3) * S, wall_ns);
}

static void end_history(struct history *h)
{
  wats_headers_free(&h->answer_fields);
  wats_headers_free(&h->request_fields);
}

static struct wats_stored stored_at(const struct history *h, int64_t since_ns)
{
  const struct wats_cache_control *c = &h->answer.control;
  struct wats_stored s = {h->life, c->no_cache};
  s.age_ns = h->initial_age_ns + since_ns;
  s.since_ns = h->answer.age_s * S + since_ns;
  s.must_revalidate = c->must_revalidate;
  s.while_revalidate_s = c->stale_while_revalidate;
  s.if_error_s = c->stale_if_error;
  return s;
}

static int64_t seconds_or_0(int64_t seconds)
{
  return seconds == NONE ? 0 : seconds * S;
}

/* The most that anything could allow, said once more in other words. */
static int64_t allowed_beyond(const struct history *h)
{
  const struct wats_cache_control *a = &h->answer.control;
  const struct wats_cache_control *r = &h->demand.control;
  int64_t meanwhile = seconds_or_0(a->stale_while_revalidate);
  int64_t wished = seconds_or_0(r->max_stale);
  if (a->must_revalidate || a->no_cache || h->live) return 0;
  return meanwhile > wished ? meanwhile : wished;
}

static int64_t allowed_in_need(const struct history *h)
{
  const struct wats_cache_control *a = &h->answer.control;
  const struct wats_cache_control *r = &h->demand.control;
  if (a->must_revalidate || a->no_cache || h->live) return 0;
  if (a->stale_if_error != NONE) return seconds_or_0(a->stale_if_error);
  if (r->stale_if_error != NONE) return seconds_or_0(r->stale_if_error);
  return h->option_ns;
}

static void judge_promises(const struct history *h,
                           const struct wats_stored *stored,
                           const struct wats_reuse *now)
{
  int64_t age =
      h->life.from == WATS_LIFETIME_TTL ? stored->since_ns : stored->age_ns;
  int64_t over = age - h->life.ns;
  const struct wats_cache_control *r = &h->demand.control;
  bool used = now->kind != WATS_REUSE_NO;
  CHECK(!used || over < 0 || over <= allowed_beyond(h));
  CHECK(now->kind != WATS_REUSE_FRESH || over < 0);
  CHECK(now->if_error_ns <= 0 || over + now->if_error_ns <= allowed_in_need(h));
  CHECK(age + now->if_error_ns <= h->policy.limit_ns || now->if_error_ns <= 0 ||
        h->policy.limit_ns == WATS_NEVER);
  CHECK(!used || age < h->policy.limit_ns);
  CHECK(!h->answer.control.no_cache || (!used && now->if_error_ns <= 0));
  CHECK(!h->answer.control.must_revalidate || over < 0 ||
        (!used && now->if_error_ns <= 0));
  CHECK(!r->no_cache || (!used && now->if_error_ns <= 0));
  CHECK(!used || r->max_age == NONE || stored->age_ns <= r->max_age * S);
  CHECK((now->kind == WATS_REUSE_FRESH) == (now->reason == NULL));
  /* whatever may be used is still kept */
  CHECK((!used && now->if_error_ns <= 0) || r->max_stale != NONE ||
        r->stale_if_error != NONE ||
        wats_freshness_useful_ns(stored, false, h->option_ns, 0) > 0);
}

static int64_t positive(int64_t ns)
{
  return ns > 0 ? ns : 0;
}

static void run_history(void)
{
  struct wats_fake_clock fake;
  struct history h;
  int64_t asked_ns, waited_ns = 0;
  int before = test_bad_checks, step;
  struct wats_reuse last = {0}, now;
  begin_history(&h, &fake);
  asked_ns = wats_clock_monotonic(&fake.clock);
  for (step = 0; step < 40 && test_bad_checks == before; step++) {
    int64_t since_ns = wats_clock_monotonic(&fake.clock) - asked_ns;
    struct wats_stored stored = stored_at(&h, since_ns);
    wats_freshness_judge(&stored, &h.policy, &h.demand, h.live, h.option_ns,
                         &now);
    judge_promises(&h, &stored, &now);
    if (step) { /* what was refused is not allowed when it is older */
      CHECK(last.kind != WATS_REUSE_NO || now.kind == WATS_REUSE_NO);
      CHECK(last.kind == WATS_REUSE_FRESH || now.kind != WATS_REUSE_FRESH);
      /* and what was said of the time to come is so */
      CHECK_INT(positive(now.if_error_ns),
                positive(last.if_error_ns - waited_ns));
      CHECK(now.fresh_for_ns <= last.fresh_for_ns);
    }
    last = now;
    waited_ns = pick(3) ? pick(9) * S : (int64_t)pick(9);
    wats_fake_clock_advance(&fake, waited_ns);
  }
  if (test_bad_checks != before) {
    printf("step %d of request %s", step, text_of(&h.request_fields));
    printf(" / answer %s\n", text_of(&h.answer_fields));
  }
  end_history(&h);
}

static void test_random_histories(void)
{
  int i;
  state = 1;
  for (i = 0; i < 20000 && !test_bad_checks; i++)
    run_history();
}

int main(void)
{
  RUN(test_rows);
  RUN(test_reasons);
  RUN(test_ttl);
  RUN(test_heuristic_life_is_bounded);
  RUN(test_limit_bounds_staleness);
  RUN(test_for_ever);
  RUN(test_useful);
  RUN(test_random_histories);
  return test_report();
}
