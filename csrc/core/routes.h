/*
** routes.h - which operation of the WATS API is this path?
**
** A trie over path segments, filled once and then only read: matching takes no
** lock. Literal segments compare without case and win over parameters; a
** parameter takes one whole segment, or what follows a literal prefix in it
** ("userName={userName}"). What the table says of an operation (how volatile
** it is, what a write makes stale) is what raw and domain calls both obey.
*/
#ifndef WATS_ROUTES_H
#define WATS_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* How long an answer of a GET may stand when the server does not say. */
enum wats_volatility {
  WATS_VOLATILITY_UNKNOWN,   /* not in the table: the client's ttl */
  WATS_VOLATILITY_REFERENCE, /* processes, levels, types: WATS_REFERENCE_TTL */
  WATS_VOLATILITY_STANDARD,  /* products and the like: the client's ttl */
  WATS_VOLATILITY_LIVE       /* never from cache unless the caller asks */
};

#define WATS_REFERENCE_TTL_S 3600
#define WATS_NO_FAMILY       (-1)
#define WATS_MAX_FAMILIES    48 /* family numbers; the rest serve http_cache */

struct wats_operation {
  const char *method; /* upper case */
  const char *path;   /* template; also the `route` label of the metrics */
  enum wats_volatility volatility;
  bool side_effects; /* a GET that changes something: neither cached nor
                        repeated */
  bool idempotent;   /* may be sent again when no answer came */
  bool pure_query;   /* a POST that only asks */
  int family;        /* which family a GET's answers belong to */
  uint64_t stale;    /* bit f: a success makes family f stale */
};

struct wats_routes;

/* NULL when memory is short. */
struct wats_routes *wats_routes_create(void);
void wats_routes_destroy(struct wats_routes *routes);
/*
** Copies the operation in. Two operations of one method and one shape
** (/{a} and /{b}) are the same route: the first stays. WATS_ERR_ARGUMENT for a
** malformed template.
*/
enum wats_errc wats_routes_add(struct wats_routes *routes,
                               const struct wats_operation *operation,
                               struct wats_error *error);
/*
** The operation that this method and percent-encoded path (no query) belong
** to, or NULL. `canonical` (may be NULL; appended to) receives the path with
** its literal segments spelled as in the template and parameters untouched;
** an unmatched path is appended as it is.
*/
const struct wats_operation *
wats_routes_match(const struct wats_routes *routes, const char *method,
                  const char *path, size_t length,
                  struct wats_buffer *canonical);
/* Number of operations added. */
size_t wats_routes_count(const struct wats_routes *routes);

#endif
