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
*again
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
  bool conditional; /* the caller's own If-... or Range: not our business */
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
** the reason, in static text.
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
};

/*
** NULL when it may be used without asking, else why not. `fresh_for_ns` (may
** be NULL) is what is left of its life for this request, negative when over.
** A request's max-stale is read over: a stale answer is not handed out.
*/
const char *wats_freshness_stale(const struct wats_stored *stored,
                                 const struct wats_cache_policy *policy,
                                 const struct wats_cache_demand *demand,
                                 int64_t *fresh_for_ns);

#endif
