/*
** freshness.c - see freshness.h. Section numbers are RFC 9111's.
*/
#include "freshness.h"

#include <string.h>

#include "ascii.h"
#include "clock.h"
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

static bool is_internal(const char *path, size_t length)
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
                   : is_internal(path, length);
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

static bool is_condition(const char *name)
{
  return wats_name_equal(name, "range") || wats_name_equal(name, "if-match") ||
         wats_name_equal(name, "if-none-match") ||
         wats_name_equal(name, "if-modified-since") ||
         wats_name_equal(name, "if-unmodified-since") ||
         wats_name_equal(name, "if-range");
}

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
  demand->conditional = false;
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
    } else if (is_condition(name)) {
      demand->conditional = true;
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

const char *wats_freshness_refusal(int status,
                                   const struct wats_cache_demand *demand,
                                   const struct wats_cache_answer *answer)
{
  if (status < 200 || status > 599) return "not a final status";
  if (status == 206) return "a part of an answer";
  if (status == 304) return "an answer to the caller's own condition";
  if (demand->conditional) return "the request has a condition or range";
  if (demand->control.no_store) return "request says no-store";
  if (answer->control.no_store) return "answer says no-store";
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

const char *wats_freshness_stale(const struct wats_stored *stored,
                                 const struct wats_cache_policy *policy,
                                 const struct wats_cache_demand *demand,
                                 int64_t *fresh_for_ns)
{
  const struct wats_cache_control *wish = &demand->control;
  int64_t life = smaller(stored->lifetime.ns, policy->limit_ns);
  int64_t left;
  if (stored->lifetime.from == WATS_LIFETIME_TTL)
    life = smaller(life, policy->silent_ns);
  if (stored->lifetime.from == WATS_LIFETIME_MODIFIED)
    life = smaller(life, policy->heuristic_ns);
  left = life - (stored->lifetime.from == WATS_LIFETIME_TTL ? stored->since_ns
                                                            : stored->age_ns);
  if (fresh_for_ns) *fresh_for_ns = left_for(wish, stored->age_ns, left);
  if (stored->no_cache) return "stored answer says no-cache";
  if (left <= 0) return "stale";
  if (wish->no_cache) return "request says no-cache";
  if (wish->max_age != WATS_SECONDS_NONE &&
      stored->age_ns > clamped_ns(wish->max_age))
    return "older than the request's max-age";
  if (wish->min_fresh != WATS_SECONDS_NONE &&
      left < clamped_ns(wish->min_fresh))
    return "not fresh for the request's min-fresh";
  return NULL;
}
