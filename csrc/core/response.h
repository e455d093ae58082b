/*
** response.h - one answer, immutable and shared.
**
** Counted, so that a cache, several waiting callers and a Lua object can hold
** the same bytes: a cached answer is handed out without copying it. It is
** filled by its maker and never changed once a second owner exists (a 304
** makes a new one that takes over the body, see wats_response_refresh).
** retain and release may be called by any thread.
*/
#ifndef WATS_RESPONSE_H
#define WATS_RESPONSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "headers.h"

struct wats_body; /* counted bytes, shared by an answer and its refreshment */

struct wats_response {
  _Atomic unsigned references;
  int status;                  /* 100..599, as sent */
  int http_version;            /* 10, 11, 20, 30 */
  bool fields_within;          /* their bytes lie behind this struct */
  struct wats_headers headers; /* as sent, final header block only */
  struct wats_body *body;      /* NULL = empty, or */
  size_t within;               /* so many bytes behind those of the fields */
};

/* One reference, status 0, no fields, no body; NULL when memory is short. */
struct wats_response *wats_response_create(void);
/*
** One with these fields, which are copied, and can then no longer be changed;
** the bytes of `body` are taken over, and it is empty afterwards, or they are
** few: then they are copied, and it is left as it is. All that is copied stands
** in one block, which is most of what an answer costs to make and to let go.
** NULL when memory is short; `body` is unchanged.
*/
struct wats_response *wats_response_make(const struct wats_headers *fields,
                                         struct wats_buffer *body);
struct wats_response *wats_response_retain(struct wats_response *response);
/* Accepts NULL. */
void wats_response_release(struct wats_response *response);

/* Takes over the bytes of `bytes`, which is empty afterwards; what was the body
** before is let go. WATS_ERR_MEMORY: neither is changed. */
enum wats_errc wats_response_set_body(struct wats_response *response,
                                      struct wats_buffer *bytes);
/* Valid as long as the answer; NULL when it is empty. */
const char *wats_response_body(const struct wats_response *response,
                               size_t *length);
/* Bytes that this answer holds, for bounds: its own, headers and body. A body
** that is shared counts in full for each. */
size_t wats_response_size(const struct wats_response *response);

/*
** A new answer: status, version and body of `stored`; fields of `stored`
** updated by those of `validation`, a 304 (RFC 9111, section 3.2:
** Content-Length, Content-Encoding, Content-Range, Content-Type and those of
** the connection stay, with what the 304's Connection field names). NULL when
** memory is short; the arguments are unchanged in any case.
*/
struct wats_response *
wats_response_refresh(const struct wats_response *stored,
                      const struct wats_response *validation);

#endif
