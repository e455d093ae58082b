/*
** cache_reply.h - what a stored answer is to one request: the whole, "not
** modified", a part, or its fields alone.
**
** The caller's own conditions (RFC 9110, section 13) and byte ranges (14) are
** answered from a stored 200 as the server would answer them, and a HEAD from
** what a GET has brought. Ranges only where the body is stored as it was sent:
** of what was decoded nobody knows which bytes are meant. Pure but for the
** memory of what is made; any thread may call.
*/
#ifndef WATS_CACHE_REPLY_H
#define WATS_CACHE_REPLY_H

#include "cache_types.h"
#include "error.h"
#include "response.h"

/* Why this stored answer cannot serve the request, in static text; NULL: it
** can. */
const char *wats_cache_reply_refusal(const struct wats_cache_request *request,
                                     const struct wats_response *stored);

/*
** Makes the reply into *out, with a reference of the caller's: `stored` itself,
** or a 304, a 206, a 416, or the answer without its body. `wall_ns` is the time
** of day. With `sent` the answer has just come from the server, which knew the
** request's range: only conditions count then. WATS_ERR_MEMORY: *out is
** untouched.
*/
enum wats_errc wats_cache_reply(const struct wats_cache_request *request,
                                struct wats_response *stored, bool sent,
                                int64_t wall_ns, struct wats_response **out);

#endif
