/*
** routes.h - which operation of the WATS API is this path?
**
** A trie over path segments, filled once and then only read: matching takes no
** lock and no memory. A segment of a template is a literal ("Product"), a
** parameter ("{partNumber}": one whole segment, not empty) or a parameter
** behind a literal prefix ("userName={userName}"). Where several fit, from
** left to right a literal wins over the longer prefix, that over the shorter,
** that over a parameter; only operations of the asked method count.
** Literals compare without case (ASCII) and with %XX decoded, since the server
** does so too: "/api/%50RODUCT/x" is the product's route. Slashes at the end
** are not looked at. Dot segments are the caller's to resolve beforehand.
** What the table says of an operation (how volatile it is, what a write makes
** stale) is what raw and domain calls both obey.
** One thread fills; once filled, any thread may match.
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
#define WATS_NO_DOMAIN       0
#define WATS_MAX_DOMAINS     32 /* numbers 1 to that */

#define WATS_ROUTES_MAX_SEGMENTS 32

struct wats_operation {
  const char *method; /* upper case */
  const char *path;   /* template; also the `route` label of the metrics */
  enum wats_volatility volatility;
  bool side_effects; /* a GET that changes something: neither cached nor
                        repeated */
  bool idempotent;   /* may be sent again when no answer came */
  bool pure_query;   /* a POST (or PUT) that only asks */
  int family;        /* which family a GET's answers belong to */
  int domain;        /* which service of the API it is part of */
  uint64_t stale;    /* bit f: a success makes family f stale */
};

struct wats_routes;

/* NULL when memory is short. */
struct wats_routes *wats_routes_create(void);
void wats_routes_destroy(struct wats_routes *routes);
/*
** Copies the operation in. Two operations of one method and one shape
** (/{a} and /{b}) are the same route: the first stays. WATS_ERR_ARGUMENT for a
** malformed method, template (at most WATS_ROUTES_MAX_SEGMENTS segments),
** family or volatility. On failure what was there before is matched as before.
*/
enum wats_errc wats_routes_add(struct wats_routes *routes,
                               const struct wats_operation *operation,
                               struct wats_error *error);
/*
** The operation that this method and percent-encoded path (no query) belong
** to, or NULL. `canonical` (may be NULL; appended to) receives the path with
** its literal segments spelled as in the template and parameters untouched;
** an unmatched path is appended as it is. That is at most `length` bytes: who
** has reserved them cannot fail; else `canonical` is unchanged when memory is
** short.
*/
const struct wats_operation *wats_routes_match(const struct wats_routes *routes,
                                               const char *method,
                                               const char *path, size_t length,
                                               struct wats_buffer *canonical);
/* Number of operations added. */
size_t wats_routes_count(const struct wats_routes *routes);
/* The same for tables of the same operations with the same families, whatever
** their order: may two processes mean the same by a family's number? */
uint64_t wats_routes_fingerprint(const struct wats_routes *routes);

#endif
