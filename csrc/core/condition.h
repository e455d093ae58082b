/*
** condition.h - the caller's own preconditions, answered from the store
** (RFC 9110, sections 13.1 and 13.2.2; RFC 9111, section 4.3.2).
**
** Pure: any thread may call; only wats_condition_not_modified_fields allocates.
*/
#ifndef WATS_CONDITION_H
#define WATS_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "headers.h"

enum wats_condition {
  WATS_CONDITION_NONE,      /* the request has none that counts */
  WATS_CONDITION_FALSE_304, /* validators match: answer 304 */
  WATS_CONDITION_TRUE,      /* send the whole answer */
  WATS_CONDITION_NOT_OURS   /* If-Match, If-Unmodified-Since: only the origin
                               can say */
};

/*
** `request` may be NULL: no fields. `status` and `stored` are those of an
** answer that may be used for this request now; `wall_s` settles the century
** of RFC 850 dates.
** If-None-Match: a list over any number of lines, or *; weak comparison; with
** one mistake in it nothing matches. With it If-Modified-Since is not looked
** at. That one is compared with Last-Modified, else with Date; with neither the
** condition is true. Two lines of it, or one that is no date, are none.
** For another status than 200 a condition is always true: the answer is sent
** as it is (13.2.1).
*/
enum wats_condition wats_condition_judge(const struct wats_headers *request,
                                         int status,
                                         const struct wats_headers *stored,
                                         int64_t wall_s);

/* If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range or
** Range, in any case. */
bool wats_condition_is_field(const char *name);

/*
** Appends what a 304 made from a stored answer carries (15.4.5):
** Cache-Control, Content-Location, Date, ETag, Expires and Vary as stored, in
** their order; Last-Modified only where there is no ETag, as that is the
** validator then. Nothing else: metadata of a body that is not sent says
** nothing, and Set-Cookie belongs to the exchange that brought it - a 304 of
** our own must not set a cookie again that has been changed since. Age is the
** caller's to add.
** On failure `out` is as before.
*/
enum wats_errc
wats_condition_not_modified_fields(const struct wats_headers *stored,
                                   struct wats_headers *out);

#endif
