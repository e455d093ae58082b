/*
** cache_control.h - the directives of Cache-Control, and the Age field.
**
** RFC 9111, sections 5.1 and 5.2; RFC 5861 (stale-*); RFC 8246 (immutable).
** Made for a private cache: s-maxage, proxy-revalidate and the like are read
** over. When in doubt an answer is stale: an argument that is not a number is
** 0, and of several values the smallest counts (of min-fresh the largest).
** Pure: any thread may call, nothing is allocated.
*/
#ifndef WATS_CACHE_CONTROL_H
#define WATS_CACHE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No such directive. */
#define WATS_SECONDS_NONE INT64_C(-1)
/* Larger numbers become this one (RFC 9111, section 1.2.2). */
#define WATS_SECONDS_MAX INT64_C(2147483648)

/* One struct for both sides; the comment says on which a member counts. */
struct wats_cache_control {
  bool no_store;        /* both */
  bool no_cache;        /* both; with field names it counts as without */
  bool only_if_cached;  /* request */
  bool is_private;      /* response; with field names it counts as without */
  bool is_public;       /* response */
  bool must_revalidate; /* response */
  bool must_understand; /* response */
  bool immutable;       /* response */
  /* Seconds, or WATS_SECONDS_NONE. */
  int64_t max_age;                /* both */
  int64_t min_fresh;              /* request */
  int64_t max_stale;              /* request; alone: WATS_SECONDS_MAX */
  int64_t stale_while_revalidate; /* response */
  int64_t stale_if_error;         /* both */
};

void wats_cache_control_init(struct wats_cache_control *cc);

/*
** Adds the directives of one field line: call it for each line, in order.
** Names in any case; a quoted argument is taken as if it stood alone, and
** what stands in quotes is never a directive. A directive that only forbids
** (no-store, no-cache, must-revalidate) counts however it is garbled; one that
** permits (public, immutable, must-understand) counts only when well-formed. A
** quote that
** is never closed may hide anything: that counts as no-cache.
*/
void wats_cache_control_parse(struct wats_cache_control *cc, const char *line,
                              size_t length);

/*
** Reads the first Age line: its first list member, at most WATS_SECONDS_MAX.
** False, with `seconds` untouched, when that is not a number.
*/
bool wats_age_parse(const char *line, size_t length, int64_t *seconds);

#endif
