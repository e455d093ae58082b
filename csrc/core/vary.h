/*
** vary.h - does a stored answer fit this request? (RFC 9111, section 4.1)
**
** An answer's Vary names request fields; `record` keeps their values as they
** were in the request that was answered, `matches` compares them with those of
** another. Several lines of a field are one list, space round commas does not
** count; absent matches only absent. An X-Request-Id that the caller does not
** give is another each time.
** Accept-Language, Accept-Encoding and Accept-Charset are compared by what they
** mean: letter case does not count, q=1 says nothing, and members of one weight
** come in any order (RFC 9110, 12.5.4: nobody may rely on it). But where the
** stored answer names its language, that decides between orders: it fits when
** it is the one that the new request asks for first. Content-Language also lets
** an answer fit a request whose list is another one, if that asks above all for
** just this language: a better answer cannot exist. That the stored language is
** somewhere in the new list is not enough, since the server may have those that
** are wanted more.
** Pure: any thread may call; looking up allocates nothing.
*/
#ifndef WATS_VARY_H
#define WATS_VARY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"
#include "headers.h"

/*
** Appends the record to `out`; an answer without Vary adds nothing, the record
** of one with * matches nothing. `request` may be NULL: no fields. `defaults`
** (may be NULL) are fields that are sent where the request has none of that
** name: they count as the request's. On failure `out` may hold a part.
*/
enum wats_errc wats_vary_record(const struct wats_headers *response,
                                const struct wats_headers *request,
                                const struct wats_headers *defaults,
                                struct wats_buffer *out);

/* An empty record matches everything. */
bool wats_vary_matches(const char *record, size_t length,
                       const struct wats_headers *request,
                       const struct wats_headers *defaults);

#endif
