/*
** response.c - see response.h.
*/
#include "response.h"

#include <stdint.h>
#include <string.h>

#include "alloc.h"
#include "ascii.h"

/* A body of so many is rather copied than kept in a block of its own. */
#define FEW_BYTES ((size_t)4096)

struct wats_body {
  _Atomic unsigned references;
  size_t length;
  char *bytes; /* wats_free */
};

static void release_body(struct wats_body *body)
{
  if (!body || atomic_fetch_sub_explicit(&body->references, 1,
                                         memory_order_acq_rel) != 1)
    return;
  wats_free(body->bytes);
  wats_free(body);
}

/* With so much room behind it. */
static struct wats_response *create(size_t room)
{
  struct wats_response *response = wats_malloc(sizeof *response + room);
  if (!response) return NULL;
  memset(response, 0, sizeof *response);
  atomic_init(&response->references, 1);
  wats_headers_init(&response->headers, 0);
  return response;
}

struct wats_response *wats_response_create(void)
{
  return create(0);
}

static char *bytes_behind(const struct wats_response *response)
{
  return (char *)(uintptr_t)(response + 1);
}

/* A limit keeps others from letting the block grow. */
static void copy_fields(struct wats_response *response,
                        const struct wats_headers *fields)
{
  struct wats_buffer *block = &response->headers.block;
  size_t length = fields->block.length;
  if (length == 0) return;
  response->fields_within = true;
  response->headers.count = fields->count;
  block->data = bytes_behind(response);
  block->length = block->capacity = block->limit = length;
  memcpy(block->data, fields->block.data, length);
}

struct wats_response *wats_response_make(const struct wats_headers *fields,
                                         struct wats_buffer *body)
{
  size_t few = body->length <= FEW_BYTES ? body->length : 0;
  struct wats_response *response = create(fields->block.length + few);
  if (!response) return NULL;
  copy_fields(response, fields);
  response->within = few;
  if (few)
    memcpy(bytes_behind(response) + fields->block.length, body->data, few);
  else if (body->length && wats_response_set_body(response, body) != WATS_OK) {
    wats_response_release(response);
    return NULL;
  }
  return response;
}

struct wats_response *wats_response_retain(struct wats_response *response)
{
  atomic_fetch_add_explicit(&response->references, 1, memory_order_relaxed);
  return response;
}

void wats_response_release(struct wats_response *response)
{
  if (!response || atomic_fetch_sub_explicit(&response->references, 1,
                                             memory_order_acq_rel) != 1)
    return;
  if (!response->fields_within) wats_headers_free(&response->headers);
  release_body(response->body);
  wats_free(response);
}

enum wats_errc wats_response_set_body(struct wats_response *response,
                                      struct wats_buffer *bytes)
{
  struct wats_body *body = NULL;
  if (bytes->length) {
    body = wats_malloc(sizeof *body);
    if (!body) return WATS_ERR_MEMORY;
    atomic_init(&body->references, 1);
    body->bytes = wats_buffer_detach(bytes, &body->length);
  } else
    wats_buffer_free(bytes);
  release_body(response->body);
  response->body = body;
  response->within = 0;
  return WATS_OK;
}

const char *wats_response_body(const struct wats_response *response,
                               size_t *length)
{
  const struct wats_body *body = response->body;
  *length = body ? body->length : response->within;
  if (body) return body->bytes;
  if (!response->within) return NULL;
  return bytes_behind(response) +
         (response->fields_within ? response->headers.block.length : 0);
}

size_t wats_response_size(const struct wats_response *response)
{
  return sizeof *response + response->headers.block.length + response->within +
         (response->body ? sizeof *response->body + response->body->length : 0);
}

/* Fields that describe the stored bytes or the exchange: a 304's do not
** replace them. */
static bool is_kept(const char *name)
{
  static const char *const names[] = {"Content-Length",
                                      "Content-Encoding",
                                      "Content-Range",
                                      "Content-Type",
                                      "Connection",
                                      "Keep-Alive",
                                      "Transfer-Encoding",
                                      "Proxy-Authenticate",
                                      "Proxy-Authentication-Info",
                                      "TE",
                                      "Proxy-Authorization",
                                      "Proxy-Connection",
                                      "Trailer",
                                      "Upgrade"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (wats_name_equal(names[i], name)) return true;
  return false;
}

/* Is it in one of the Connection fields' lists? */
static bool is_named(const struct wats_headers *h, const char *name)
{
  size_t position = 0, length = strlen(name);
  const char *spelt, *at;
  while (wats_headers_next(h, &position, "Connection", &spelt, &at))
    for (at += strspn(at, ", \t"); *at; at += strspn(at, ", \t")) {
      size_t size = strcspn(at, ", \t");
      if (size == length && wats_ascii_equal(at, name, length)) return true;
      at += size;
    }
  return false;
}

static enum wats_errc update_headers(struct wats_headers *to,
                                     const struct wats_headers *from)
{
  size_t position = 0;
  const char *name, *value;
  enum wats_errc code = WATS_OK;
  /* All old ones go before the new come, so that repeated fields stay. */
  while (wats_headers_next(from, &position, NULL, &name, &value))
    if (!is_kept(name) && !is_named(from, name)) wats_headers_remove(to, name);
  position = 0;
  while (code == WATS_OK &&
         wats_headers_next(from, &position, NULL, &name, &value))
    if (!is_kept(name) && !is_named(from, name))
      code = wats_headers_add(to, name, strlen(name), value, strlen(value));
  return code;
}

/* Few bytes lie in the other's block: they are copied. */
static enum wats_errc take_body(struct wats_response *to,
                                const struct wats_response *from)
{
  struct wats_buffer copy;
  size_t length;
  const char *bytes = wats_response_body(from, &length);
  enum wats_errc code;
  if (from->body) {
    atomic_fetch_add_explicit(&from->body->references, 1, memory_order_relaxed);
    to->body = from->body;
    return WATS_OK;
  }
  wats_buffer_init(&copy, 0);
  code = wats_buffer_reserve_exactly(&copy, length);
  if (code == WATS_OK) code = wats_buffer_append(&copy, bytes, length);
  if (code == WATS_OK) code = wats_response_set_body(to, &copy);
  wats_buffer_free(&copy);
  return code;
}

struct wats_response *
wats_response_refresh(const struct wats_response *stored,
                      const struct wats_response *validation)
{
  struct wats_response *fresh = wats_response_create();
  if (!fresh) return NULL;
  fresh->status = stored->status;
  fresh->http_version = stored->http_version;
  if (wats_headers_copy(&fresh->headers, &stored->headers) != WATS_OK ||
      update_headers(&fresh->headers, &validation->headers) != WATS_OK ||
      take_body(fresh, stored) != WATS_OK) {
    wats_response_release(fresh);
    return NULL;
  }
  return fresh;
}
