/*
** freshness.h - may an answer be stored, how long is it fresh, how old is it.
**
** The rules of RFC 9111 for a private cache, and what the operation table adds
** to them, as functions of their arguments: no clock is read, nothing is
** allocated, nothing is kept. Any thread may call. Text that is returned
** points into the headers that were given, or is static.
**
** Where a life span comes from, the first that applies:
**   max-age; Expires - Date; a tenth of Date - Last-Modified; `ttl`.
** The first two are the server's own word. A broken one means stale and is
** never replaced by the others (4.2.1).
*/
#ifndef WATS_FRESHNESS_H
#define WATS_FRESHNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache_control.h"
#include "headers.h"
#include "routes.h"

/* --- what the operation and the caller allow ------------------------------ */

/* "/api/internal" and what is below it, in any case. */
bool wats_path_is_internal(const char *path, size_t length);

/*
** Live operations (unit checks, serial numbers, queues of work) gate the
** production line: their answers are not used again unless the caller himself
** asks for it, whatever the server's headers allow. Where he says for how
** long, that is an upper bound for the server's word too.
** Live is what the table calls so, and unknown paths below /api/internal/ (in
** any case). `operation` may be NULL: not in the table.
*/
bool wats_operation_is_live(const struct wats_operation *operation,
                            const char *path, size_t length);

/*
** What a client says of lifetimes himself. `reference` is in place of
** WATS_REFERENCE_TTL_S; a domain's holds for all its operations, and wins. Both
** are lives of answers that name none; NEVER: the cache keeps out of it unless
** the caller asks. Live operations stay live. All zero: nothing is said.
*/
enum wats_term_kind { WATS_TERM_NONE, WATS_TERM_TTL, WATS_TERM_NEVER };
struct wats_cache_term {
  enum wats_term_kind kind;
  int64_t ns; /* TTL */
};
struct wats_cache_terms {
  struct wats_cache_term reference;
  struct wats_cache_term domains[WATS_MAX_DOMAINS + 1]; /* by number */
};
/* What applies to this operation (NULL: not in the table). */
struct wats_cache_term
wats_cache_term_for(const struct wats_cache_terms *terms,
                    const struct wats_operation *operation);

struct wats_cache_policy {
  const char *refusal;  /* why the cache keeps out of it, or NULL */
  int64_t silent_ns;    /* life of an answer that names none; 0: stale */
  int64_t heuristic_ns; /* most that Last-Modified alone can give */
  int64_t limit_ns;     /* most that anything can give */
};

/*
** `caller_ttl_ns` >= 0 is the caller's own ttl for this request, `asked` that
** he wants the cache to be used in another way; `term` is the client's for this
** operation, `client_ttl_ns` for all. A ttl of 0: no silent answer is used
** again
** without asking.
*/
void wats_cache_policy_for(const struct wats_operation *operation,
                           const char *path, size_t length, bool asked,
                           int64_t caller_ttl_ns,
                           const struct wats_cache_term *term,
                           int64_t client_ttl_ns,
                           struct wats_cache_policy *policy);

/* --- what the request says ------------------------------------------------ */

struct wats_cache_demand {
  struct wats_cache_control control; /* Pragma: no-cache counts when there is
                                        no Cache-Control (5.4) */
  bool conditional;                  /* the caller's own If-... or Range */
  bool range;                        /* Range among them */
};

/* `request` may be NULL: no fields. */
void wats_cache_demand_read(const struct wats_headers *request,
                            struct wats_cache_demand *demand);

/* --- what the answer says ------------------------------------------------- */

struct wats_cache_answer {
  struct wats_cache_control control;
  const char *expires, *date, *modified; /* first line of each, or NULL */
  const char *etag;
  bool expires_twice, date_twice; /* more than one line: broken */
  bool has_age, has_vary, vary_star;
  int64_t age_s; /* of the Age field, 0 without */
};

void wats_cache_answer_read(const struct wats_headers *response,
                            struct wats_cache_answer *answer);

/*
** NULL when an answer with this final status may be stored (section 3), else
** the reason, in static text. A 200 to a request with a condition or a range is
** the whole answer and may be; a 412 or 416 to such a one answers no other
** request. `must-understand` lifts `no-store` for a status that we know, and
** forbids any other (5.2.2.3).
*/
const char *wats_freshness_refusal(int status,
                                   const struct wats_cache_demand *demand,
                                   const struct wats_cache_answer *answer);

enum wats_lifetime_from {
  WATS_LIFETIME_NONE, /* nobody gave one: stale at once */
  WATS_LIFETIME_MAX_AGE,
  WATS_LIFETIME_EXPIRES,
  WATS_LIFETIME_MODIFIED, /* a tenth of the time since Last-Modified */
  WATS_LIFETIME_TTL
};
const char *wats_lifetime_from_name(enum wats_lifetime_from from);

struct wats_lifetime {
  int64_t ns;
  enum wats_lifetime_from from;
};

/*
** Freshness lifetime (4.2.1). Last-Modified counts only for a status that is
** heuristically cacheable or with `public` (4.2.2). `ttl` counts only for
** those of that list that report success or a lasting redirect: an error that
** says nothing of its life span (a 404 for a product that a colleague is just
** creating) is asked for again. `wall_ns` is when the answer came.
*/
struct wats_lifetime
wats_freshness_lifetime(int status, const struct wats_cache_answer *answer,
                        const struct wats_cache_policy *policy,
                        int64_t wall_ns);

/*
** corrected_initial_age (4.2.3) in ns: how old the answer was when it came,
** by its Age and Date fields and the time that the exchange took.
*/
int64_t wats_freshness_initial_age(const struct wats_cache_answer *answer,
                                   int64_t delay_ns, int64_t wall_ns);

/* An ETag, or a Last-Modified that is a date: it can be asked whether the
** answer still stands. */
bool wats_freshness_has_validator(const struct wats_cache_answer *answer);
/* `last_modified` as it was sent, or NULL when it is none to send back. */
const char *wats_freshness_modified(const struct wats_headers *response);

/* --- a stored answer, now ------------------------------------------------- */

struct wats_stored {
  struct wats_lifetime lifetime;
  bool no_cache;    /* use only after revalidation */
  int64_t age_ns;   /* current_age (4.2.3) */
  int64_t since_ns; /* without what Date says: a `ttl` is ours to count,
                       and a station's clock may be wrong */
  bool must_revalidate;
  /* The answer's stale-... (RFC 5861), or WATS_SECONDS_NONE: not said. */
  int64_t while_revalidate_s, if_error_s;
};

enum wats_reuse_kind {
  WATS_REUSE_FRESH,
  WATS_REUSE_MAX_STALE, /* stale, but the request's max-stale allows it */
  WATS_REUSE_MEANWHILE, /* stale-while-revalidate: use it, refresh it behind */
  WATS_REUSE_NO         /* ask first */
};

struct wats_reuse {
  enum wats_reuse_kind kind;
  const char *reason;   /* static text; NULL when FRESH */
  int64_t fresh_for_ns; /* what is left of its life for this request; negative:
                           over for so long */
  int64_t if_error_ns;  /* should the server not answer, it may be used from
                           now on for less than this; 0 or less: not at all */
};

/*
** May a stored answer be used for this request? `live`: of a live operation,
** which is never used beyond its life. `stale_if_error_ns` is the client's
** option, 0 for none.
**
** What is beyond its life may be used only
**   - up to the answer's own stale-while-revalidate, the end included;
**   - up to the request's max-stale, the end included;
**   - when the server fails: up to the answer's stale-if-error, or where it has
**     none the request's, or where that has none the client's option;
** all counted from the end of its life, and never past policy->limit_ns. With
** the answer's no-cache or must-revalidate there is no such use (4.2.4), nor
** for a request that says no-cache, or whose max-age or min-fresh is not met.
** A request with a max-age does not want what is stale (5.2.1.1) unless it says
** so: by max-stale, or for the case of failure by stale-if-error. The age is
** bounded by max-age all the same.
** An answer within its life may be used when the server fails for as long as
** that lasts, where the caller asked for a new one; of a live operation not.
*/
void wats_freshness_judge(const struct wats_stored *stored,
                          const struct wats_cache_policy *policy,
                          const struct wats_cache_demand *demand, bool live,
                          int64_t stale_if_error_ns, struct wats_reuse *out);

/*
** For how much longer from now a stored answer can be of any use: fresh, within
** its windows of staleness, or with a validator `keep_ns` beyond its life.
** 0: none.
*/
int64_t wats_freshness_useful_ns(const struct wats_stored *stored,
                                 bool has_validator, int64_t stale_if_error_ns,
                                 int64_t keep_ns);

#endif
