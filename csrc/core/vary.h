/*
** vary.h - does a stored answer fit this request? (RFC 9111, section 4.1)
**
** An answer's Vary names request fields; `record` keeps their values as they
** were in the request that was answered, `matches` compares them with those of
** another. Several lines of a field are one list, space round commas does not
** count, and for the Accept-... fields neither does letter case; absent
** matches only absent. Pure: any thread may call.
*/
#ifndef WATS_VARY_H
#define WATS_VARY_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"
#include "headers.h"

/*
** Appends the record to `out`; an answer without Vary adds nothing. `request`
** may be NULL: no fields. On failure `out` may hold a part.
*/
enum wats_errc wats_vary_record(const struct wats_headers *response,
                                const struct wats_headers *request,
                                struct wats_buffer *out);

/* An empty record matches everything. */
bool wats_vary_matches(const char *record, size_t length,
                       const struct wats_headers *request);

#endif
