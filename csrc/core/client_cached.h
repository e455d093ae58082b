/*
** client_cached.h - what the response cache has to do with a call, and how a
** call ends. For client_perform.c and client_cached.c.
**
** A GET or HEAD looks into the cache first; what is not there, or must be
** confirmed, is asked for, shared with identical requests under way. When the
** server gives no answer, or a 500, 502, 503 or 504, what is stored may stand
** in (stale-if-error).
*/
#ifndef WATS_CLIENT_CACHED_H
#define WATS_CLIENT_CACHED_H

#include "client_call.h"

/* Does it change what others would get? */
bool wats_call_is_write(const struct wats_call *call);
/* Why the cache is not even looked into; NULL when it is. */
const char *wats_call_bypass(const struct wats_call *call);

/* Steps, see client_call.h. The call goes by the cache. */
bool wats_call_cached(struct wats_call *call);
/* only-if-cached and not there: a 504 (RFC 9111, section 5.2.1.7). */
bool wats_call_not_there(struct wats_call *call, enum wats_cache_status status,
                         const char *reason);
/* It is over: true. */
bool wats_call_end(struct wats_call *call, enum wats_errc code);

#endif
