/*
** freshness.c - see freshness.h. Section numbers are RFC 9111's.
*/
#include "freshness.h"

#include <string.h>

#include "ascii.h"
#include "clock.h"
#include "condition.h"
#include "http_date.h"

#define HEURISTIC_PART 10

static int64_t smaller(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* 0..WATS_SECONDS_MAX, so that ns do not overflow. */
static int64_t clamped_ns(int64_t seconds)
{
  return smaller(larger(seconds, 0), WATS_SECONDS_MAX) * WATS_NS_PER_S;
}

/* --- policy --------------------------------------------------------------- */

bool wats_path_is_internal(const char *path, size_t length)
{
  static const char prefix[] = "/api/internal";
  const size_t n = sizeof prefix - 1;
  return length >= n && wats_ascii_equal(path, prefix, n) &&
         (length == n || path[n] == '/');
}

bool wats_operation_is_live(const struct wats_operation *operation,
                            const char *path, size_t length)
{
  return operation ? operation->volatility == WATS_VOLATILITY_LIVE
                   : wats_path_is_internal(path, length);
}

struct wats_cache_term
wats_cache_term_for(const struct wats_cache_terms *terms,
                    const struct wats_operation *operation)
{
  static const struct wats_cache_term none;
  if (!operation || operation->volatility == WATS_VOLATILITY_LIVE) return none;
  if (terms->domains[operation->domain].kind != WATS_TERM_NONE)
    return terms->domains[operation->domain];
  return operation->volatility == WATS_VOLATILITY_REFERENCE ? terms->reference
                                                            : none;
}

void wats_cache_policy_for(const struct wats_operation *operation,
                           const char *path, size_t length, bool asked,
                           int64_t caller_ttl_ns,
                           const struct wats_cache_term *term,
                           int64_t client_ttl_ns,
                           struct wats_cache_policy *policy)
{
  enum wats_volatility class =
      operation ? operation->volatility : WATS_VOLATILITY_UNKNOWN;
  bool live = wats_operation_is_live(operation, path, length);
  bool told = caller_ttl_ns >= 0;
  policy->refusal = NULL;
  policy->limit_ns = WATS_NEVER;
  policy->silent_ns = told ? caller_ttl_ns : larger(client_ttl_ns, 0);
  if (class == WATS_VOLATILITY_REFERENCE && !told && client_ttl_ns > 0)
    policy->silent_ns = WATS_REFERENCE_TTL_S * WATS_NS_PER_S;
  if (term->kind == WATS_TERM_TTL && !told) policy->silent_ns = term->ns;
  policy->heuristic_ns = class == WATS_VOLATILITY_UNKNOWN && !live
                             ? WATS_NEVER
                             : policy->silent_ns;
  if (live && told) policy->limit_ns = caller_ttl_ns;
  if (live && !told && !asked) policy->refusal = "live operation";
  if (term->kind == WATS_TERM_NEVER && !told && !asked)
    policy->refusal = "the client does not cache this domain";
  if (operation && operation->side_effects)
    policy->refusal = "operation with side effects";
}

/* --- request -------------------------------------------------------------- */

/* Every look-up comes through here: most fields are none of these,
** and their first letter tells. */
static bool may_matter(const char *name)
{
  switch (wats_ascii_lower(name[0])) {
  case 'c':
  case 'i':
  case 'p':
  case 'r':
    return true;
  default:
    return false;
  }
}

void wats_cache_demand_read(const struct wats_headers *request,
                            struct wats_cache_demand *demand)
{
  bool has_control = false, has_pragma = false;
  const char *name, *value;
  size_t position = 0;
  wats_cache_control_init(&demand->control);
  demand->conditional = demand->range = false;
  if (!request) return;
  while (wats_headers_next(request, &position, NULL, &name, &value)) {
    if (!may_matter(name)) continue;
    if (wats_name_equal(name, "cache-control")) {
      wats_cache_control_parse(&demand->control, value, strlen(value));
      has_control = true;
    } else if (wats_name_equal(name, "pragma")) {
      struct wats_cache_control pragma;
      wats_cache_control_init(&pragma);
      wats_cache_control_parse(&pragma, value, strlen(value));
      has_pragma |= pragma.no_cache;
    } else if (wats_condition_is_field(name)) {
      demand->conditional = true;
      demand->range |= wats_name_equal(name, "range");
    }
  }
  if (!has_control && has_pragma) demand->control.no_cache = true;
}

/* --- answer --------------------------------------------------------------- */

/* True when `*first` was there before. */
static bool keep_first(const char **first, const char *value)
{
  if (*first) return true;
  *first = value;
  return false;
}

/* "*" as a member, wherever it stands in the list (4.1). */
static bool has_star(const char *list)
{
  const char *star = list;
  while ((star = strchr(star, '*')) != NULL) {
    const char *before = star, *after = star + 1;
    while (before > list && (before[-1] == ' ' || before[-1] == '\t'))
      before--;
    while (*after == ' ' || *after == '\t')
      after++;
    if ((before == list || before[-1] == ',') && (!*after || *after == ','))
      return true;
    star++;
  }
  return false;
}

void wats_cache_answer_read(const struct wats_headers *response,
                            struct wats_cache_answer *a)
{
  const char *name, *value;
  size_t position = 0;
  memset(a, 0, sizeof *a);
  wats_cache_control_init(&a->control);
  while (wats_headers_next(response, &position, NULL, &name, &value)) {
    if (wats_name_equal(name, "cache-control")) {
      wats_cache_control_parse(&a->control, value, strlen(value));
    } else if (wats_name_equal(name, "expires")) {
      a->expires_twice |= keep_first(&a->expires, value);
    } else if (wats_name_equal(name, "date")) {
      a->date_twice |= keep_first(&a->date, value);
    } else if (wats_name_equal(name, "last-modified")) {
      keep_first(&a->modified, value);
    } else if (wats_name_equal(name, "etag")) {
      keep_first(&a->etag, value);
    } else if (wats_name_equal(name, "age") && !a->has_age) {
      a->has_age = true;
      wats_age_parse(value, strlen(value), &a->age_s);
    } else if (wats_name_equal(name, "vary")) {
      a->has_vary = true;
      a->vary_star |= has_star(value);
    }
  }
}

/* 4.2.2 with RFC 9110, 15.1. 206 is missing: parts are not stored here. */
static bool is_heuristic(int status)
{
  switch (status) {
  case 200:
  case 203:
  case 204:
  case 300:
  case 301:
  case 308:
  case 404:
  case 405:
  case 410:
  case 414:
  case 501:
    return true;
  default:
    return false;
  }
}

/* Final statuses whose meaning for a cache we know (RFC 9110, 15.3 to 15.6);
** 206 and 304 are not stored. For must-understand (5.2.2.3). */
static bool is_understood(int status)
{
  if (status >= 200 && status <= 205) return true;
  if (status >= 300 && status <= 303) return true;
  if (status == 307 || status == 308) return true;
  if (status >= 400 && status <= 417) return true;
  if (status == 421 || status == 422 || status == 426) return true;
  return status >= 500 && status <= 505;
}

/* RFC 6585, sections 3 to 6: they speak of this request alone. */
static bool is_never_stored(int status)
{
  return status == 428 || status == 429 || status == 431 || status == 511;
}

/* By the status alone, or with what the request asked for beside the answer. */
static const char *status_refusal(int status,
                                  const struct wats_cache_demand *demand)
{
  if (status < 200 || status > 599) return "not a final status";
  if (status == 206) return "a part of an answer";
  if (status == 304) return "an answer to the caller's own condition";
  if (status == 412 && demand->conditional)
    return "an answer to the caller's own condition";
  if (status == 416 && demand->range)
    return "an answer to the caller's own range";
  if (is_never_stored(status)) return "a status that is never stored";
  return NULL;
}

const char *wats_freshness_refusal(int status,
                                   const struct wats_cache_demand *demand,
                                   const struct wats_cache_answer *answer)
{
  const char *why = status_refusal(status, demand);
  bool understand = answer->control.must_understand;
  if (why) return why;
  if (demand->control.no_store) return "request says no-store";
  if (understand && !is_understood(status))
    return "answer says must-understand, and the status is not known";
  if (answer->control.no_store && !understand) return "answer says no-store";
  if (answer->vary_star) return "answer says Vary: *";
  return NULL;
}

const char *wats_lifetime_from_name(enum wats_lifetime_from from)
{
  switch (from) {
  case WATS_LIFETIME_MAX_AGE:
    return "max-age";
  case WATS_LIFETIME_EXPIRES:
    return "Expires";
  case WATS_LIFETIME_MODIFIED:
    return "Last-Modified";
  case WATS_LIFETIME_TTL:
    return "ttl";
  case WATS_LIFETIME_NONE:
    break;
  }
  return "none";
}

static int64_t wall_seconds(int64_t wall_ns)
{
  return wall_ns / WATS_NS_PER_S;
}

static bool read_date(const char *text, int64_t wall_ns, int64_t *seconds)
{
  return text && wats_http_date_parse(text, strlen(text), wall_seconds(wall_ns),
                                      seconds);
}

/* Date, or when the answer came if that is missing or broken. */
static int64_t date_of(const struct wats_cache_answer *answer, int64_t wall_ns)
{
  int64_t date = wall_seconds(wall_ns);
  if (!answer->date_twice) read_date(answer->date, wall_ns, &date);
  return date;
}

static int64_t expires_ns(const struct wats_cache_answer *answer,
                          int64_t wall_ns)
{
  int64_t expires;
  if (answer->expires_twice || !read_date(answer->expires, wall_ns, &expires))
    return 0;
  return clamped_ns(expires - date_of(answer, wall_ns));
}

struct wats_lifetime
wats_freshness_lifetime(int status, const struct wats_cache_answer *answer,
                        const struct wats_cache_policy *policy, int64_t wall_ns)
{
  struct wats_lifetime life = {0, WATS_LIFETIME_NONE};
  bool heuristic = is_heuristic(status) || answer->control.is_public;
  int64_t modified;
  if (answer->control.max_age != WATS_SECONDS_NONE) {
    life.from = WATS_LIFETIME_MAX_AGE;
    life.ns = clamped_ns(answer->control.max_age);
  } else if (answer->expires) {
    life.from = WATS_LIFETIME_EXPIRES;
    life.ns = expires_ns(answer, wall_ns);
  } else if (heuristic && read_date(answer->modified, wall_ns, &modified)) {
    int64_t age = date_of(answer, wall_ns) - modified;
    life.from = WATS_LIFETIME_MODIFIED;
    life.ns = clamped_ns(age) / HEURISTIC_PART;
    life.ns = smaller(life.ns, policy->heuristic_ns);
  } else if (is_heuristic(status) && status < 400) {
    life.from = WATS_LIFETIME_TTL;
    life.ns = policy->silent_ns;
  }
  life.ns = smaller(life.ns, policy->limit_ns);
  return life;
}

int64_t wats_freshness_initial_age(const struct wats_cache_answer *answer,
                                   int64_t delay_ns, int64_t wall_ns)
{
  int64_t now = wall_seconds(wall_ns);
  int64_t apparent = clamped_ns(now - date_of(answer, wall_ns));
  int64_t corrected = clamped_ns(answer->age_s) + larger(delay_ns, 0);
  return larger(apparent, corrected);
}

bool wats_freshness_has_validator(const struct wats_cache_answer *answer)
{
  int64_t ignored;
  return (answer->etag && *answer->etag) ||
         read_date(answer->modified, 0, &ignored);
}

const char *wats_freshness_modified(const struct wats_headers *response)
{
  const char *value = wats_headers_get(response, "last-modified");
  int64_t ignored;
  return read_date(value, 0, &ignored) ? value : NULL;
}

/* --- stored --------------------------------------------------------------- */

/* What it lives for a request with this policy. */
static int64_t life_of(const struct wats_stored *stored,
                       const struct wats_cache_policy *policy)
{
  int64_t life = smaller(stored->lifetime.ns, policy->limit_ns);
  if (stored->lifetime.from == WATS_LIFETIME_TTL)
    life = smaller(life, policy->silent_ns);
  if (stored->lifetime.from == WATS_LIFETIME_MODIFIED)
    life = smaller(life, policy->heuristic_ns);
  return life;
}

/* The age that its life is compared with. */
static int64_t age_of(const struct wats_stored *stored)
{
  return stored->lifetime.from == WATS_LIFETIME_TTL ? stored->since_ns
                                                    : stored->age_ns;
}

/* Why the request wants nothing that is stored, however fresh. */
static const char *unwanted(const struct wats_stored *stored,
                            const struct wats_cache_control *wish, int64_t left)
{
  if (wish->no_cache) return "request says no-cache";
  if (wish->max_age != WATS_SECONDS_NONE &&
      stored->age_ns > clamped_ns(wish->max_age))
    return "older than the request's max-age";
  if (wish->min_fresh != WATS_SECONDS_NONE &&
      left < clamped_ns(wish->min_fresh))
    return "not fresh for the request's min-fresh";
  return NULL;
}

/* Does the answer itself, or the operation, forbid use beyond its life? */
static bool is_strict(const struct wats_stored *stored, bool live)
{
  return live || stored->no_cache || stored->must_revalidate;
}

/* max-age alone says that nothing stale is wanted (5.2.1.1). */
static bool accepts_stale(const struct wats_cache_control *wish)
{
  return wish->max_age == WATS_SECONDS_NONE ||
         wish->max_stale != WATS_SECONDS_NONE;
}

/* How long after its life it may be used when the server fails. */
static int64_t error_window(const struct wats_stored *stored, int64_t request_s,
                            int64_t option_ns)
{
  if (stored->if_error_s != WATS_SECONDS_NONE)
    return clamped_ns(stored->if_error_s);
  if (request_s != WATS_SECONDS_NONE) return clamped_ns(request_s);
  return larger(option_ns, 0);
}

/* a + b, b >= 0, without overflow. */
static int64_t sum(int64_t a, int64_t b)
{
  return a <= 0 ? a + b : wats_time_add(a, b);
}

/* Is it over for no longer than the window? Both ends belong to it. */
static bool is_within(int64_t over_ns, int64_t window_s)
{
  return window_s != WATS_SECONDS_NONE && over_ns <= clamped_ns(window_s);
}

/* For how much longer it may be used when the server fails: its life has
** `left`, the policy's limit `most`. */
static int64_t error_time(const struct wats_stored *stored,
                          const struct wats_cache_control *wish, bool live,
                          int64_t left, int64_t most, int64_t option_ns)
{
  int64_t time = larger(left, 0);
  if (live) return 0;
  if (!is_strict(stored, live) &&
      (accepts_stale(wish) || wish->stale_if_error != WATS_SECONDS_NONE))
    time = sum(left, error_window(stored, wish->stale_if_error, option_ns));
  /* The request's own bounds will be reached as well. */
  if (wish->max_age != WATS_SECONDS_NONE)
    time = smaller(time, clamped_ns(wish->max_age) - stored->age_ns);
  if (wish->min_fresh != WATS_SECONDS_NONE)
    time = smaller(time, left - clamped_ns(wish->min_fresh));
  return smaller(time, most);
}

/* Of the life that is left, what serves a request with these wishes. */
static int64_t left_for(const struct wats_cache_control *wish, int64_t age_ns,
                        int64_t left_ns)
{
  int64_t left = left_ns;
  if (wish->min_fresh != WATS_SECONDS_NONE) left -= clamped_ns(wish->min_fresh);
  if (wish->max_age != WATS_SECONDS_NONE)
    left = smaller(left, clamped_ns(wish->max_age) - age_ns);
  return left;
}

void wats_freshness_judge(const struct wats_stored *stored,
                          const struct wats_cache_policy *policy,
                          const struct wats_cache_demand *demand, bool live,
                          int64_t stale_if_error_ns, struct wats_reuse *out)
{
  const struct wats_cache_control *wish = &demand->control;
  int64_t age = age_of(stored), left = life_of(stored, policy) - age;
  int64_t most = WATS_NEVER;
  if (policy->limit_ns != WATS_NEVER) most = policy->limit_ns - age;
  out->kind = WATS_REUSE_NO;
  out->fresh_for_ns = left_for(wish, stored->age_ns, left);
  out->if_error_ns = 0;
  out->reason = stored->no_cache ? "stored answer says no-cache"
                                 : unwanted(stored, wish, left);
  if (out->reason) return;
  out->if_error_ns =
      error_time(stored, wish, live, left, most, stale_if_error_ns);
  if (left > 0) {
    out->kind = WATS_REUSE_FRESH;
    return;
  }
  out->reason = "stale";
  if (is_strict(stored, live) || !accepts_stale(wish) || most <= 0) return;
  if (is_within(-left, stored->while_revalidate_s)) {
    out->kind = WATS_REUSE_MEANWHILE;
    out->reason = "stale, is being refreshed";
  } else if (is_within(-left, wish->max_stale)) {
    out->kind = WATS_REUSE_MAX_STALE;
    out->reason = "stale, but within the request's max-stale";
  }
}

int64_t wats_freshness_useful_ns(const struct wats_stored *stored,
                                 bool has_validator, int64_t stale_if_error_ns,
                                 int64_t keep_ns)
{
  int64_t left = stored->lifetime.ns - age_of(stored), window = 0;
  int64_t useful = stored->no_cache ? 0 : larger(left, 0);
  if (has_validator) useful = wats_time_add(useful, keep_ns);
  if (is_strict(stored, false)) return useful;
  window = error_window(stored, WATS_SECONDS_NONE, stale_if_error_ns);
  /* The end of this window belongs to it. */
  if (stored->while_revalidate_s != WATS_SECONDS_NONE)
    window = larger(window, clamped_ns(stored->while_revalidate_s) + 1);
  return larger(useful, sum(left, window));
}
