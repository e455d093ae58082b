/*
** cache_reply.c - see cache_reply.h. Section numbers are RFC 9110's.
*/
#include "cache_reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "byte_range.h"
#include "clock.h"
#include "condition.h"

/* Room for "bytes 1-2/3" with the largest numbers. */
#define RANGE_TEXT 80

static bool is_decoded(const struct wats_cache_request *request,
                       const struct wats_response *stored)
{
  const char *coding = wats_headers_get(&stored->headers, "Content-Encoding");
  return !request->as_sent && coding && !wats_name_equal(coding, "identity");
}

static bool asks_part(const struct wats_cache_request *request)
{
  return !request->head && request->headers &&
         wats_byte_range_asked(request->headers);
}

const char *wats_cache_reply_refusal(const struct wats_cache_request *request,
                                     const struct wats_response *stored)
{
  if (!request->headers) return NULL;
  if (wats_condition_judge(request->headers, stored->status, &stored->headers,
                           0) == WATS_CONDITION_NOT_OURS)
    return "the request has a condition that only the server can judge";
  if (asks_part(request) && is_decoded(request, stored))
    return "the request wants bytes as sent, and what is stored was decoded";
  return NULL;
}

static struct wats_response *create_like(const struct wats_response *stored,
                                         int status)
{
  struct wats_response *made = wats_response_create();
  if (!made) return NULL;
  made->status = status;
  made->http_version = stored->http_version;
  return made;
}

static enum wats_errc finish(struct wats_response *made, enum wats_errc code,
                             struct wats_response **out)
{
  if (code == WATS_OK)
    *out = made;
  else
    wats_response_release(made);
  return code;
}

static enum wats_errc not_modified(const struct wats_response *stored,
                                   struct wats_response **out)
{
  struct wats_response *made = create_like(stored, 304);
  if (!made) return WATS_ERR_MEMORY;
  return finish(
      made,
      wats_condition_not_modified_fields(&stored->headers, &made->headers),
      out);
}

static enum wats_errc fields_alone(const struct wats_response *stored,
                                   struct wats_response **out)
{
  struct wats_response *made = create_like(stored, stored->status);
  if (!made) return WATS_ERR_MEMORY;
  return finish(made, wats_headers_copy(&made->headers, &stored->headers), out);
}

static enum wats_errc copy_part(struct wats_response *made,
                                const struct wats_response *stored,
                                const struct wats_byte_range *range)
{
  size_t length;
  const char *body = wats_response_body(stored, &length);
  struct wats_buffer part;
  enum wats_errc code;
  wats_buffer_init(&part, 0);
  code = wats_buffer_append(&part, body + range->first,
                            range->last - range->first + 1);
  if (code == WATS_OK) code = wats_response_set_body(made, &part);
  wats_buffer_free(&part);
  return code;
}

/* 15.3.7: the fields of the whole, its length replaced by the part's. */
static enum wats_errc partial(const struct wats_response *stored,
                              const struct wats_byte_range *range,
                              size_t length, struct wats_response **out)
{
  struct wats_response *made = create_like(stored, 206);
  char where[RANGE_TEXT], size[RANGE_TEXT];
  enum wats_errc code;
  if (!made) return WATS_ERR_MEMORY;
  snprintf(where, sizeof where, "bytes %zu-%zu/%zu", range->first, range->last,
           length);
  snprintf(size, sizeof size, "%zu", range->last - range->first + 1);
  code = wats_headers_copy(&made->headers, &stored->headers);
  if (code == WATS_OK)
    code = wats_headers_set(&made->headers, "Content-Range", where);
  if (code == WATS_OK)
    code = wats_headers_set(&made->headers, "Content-Length", size);
  if (code == WATS_OK) code = copy_part(made, stored, range);
  return finish(made, code, out);
}

/* 15.5.17. */
static enum wats_errc unsatisfiable(const struct wats_response *stored,
                                    size_t length, struct wats_response **out)
{
  struct wats_response *made = create_like(stored, 416);
  char where[RANGE_TEXT];
  enum wats_errc code;
  if (!made) return WATS_ERR_MEMORY;
  snprintf(where, sizeof where, "bytes */%zu", length);
  code = wats_headers_set(&made->headers, "Content-Range", where);
  if (code == WATS_OK)
    code = wats_headers_set(&made->headers, "Content-Length", "0");
  return finish(made, code, out);
}

static enum wats_errc whole(const struct wats_cache_request *request,
                            struct wats_response *stored,
                            struct wats_response **out)
{
  size_t length;
  wats_response_body(stored, &length);
  if (request->head && length) return fields_alone(stored, out);
  *out = wats_response_retain(stored);
  return WATS_OK;
}

enum wats_errc wats_cache_reply(const struct wats_cache_request *request,
                                struct wats_response *stored, bool sent,
                                int64_t wall_ns, struct wats_response **out)
{
  struct wats_byte_range range;
  size_t length;
  if (!request->headers) return whole(request, stored, out);
  if (wats_condition_judge(request->headers, stored->status, &stored->headers,
                           wall_ns / WATS_NS_PER_S) == WATS_CONDITION_FALSE_304)
    return not_modified(stored, out);
  if (sent || stored->status != 200 || !asks_part(request))
    return whole(request, stored, out);
  wats_response_body(stored, &length);
  wats_byte_range_read(request->headers, &stored->headers, length, &range);
  switch (range.kind) {
  case WATS_RANGE_PART:
    return partial(stored, &range, length, out);
  case WATS_RANGE_UNSATISFIABLE:
    return unsatisfiable(stored, length, out);
  case WATS_RANGE_NONE:
    break;
  }
  return whole(request, stored, out);
}
