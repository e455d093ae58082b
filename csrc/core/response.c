/*
** response.c - see response.h.
*/
#include "response.h"

#include <string.h>

#include "alloc.h"
#include "ascii.h"

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

struct wats_response *wats_response_create(void)
{
  struct wats_response *response = wats_calloc(1, sizeof *response);
  if (!response) return NULL;
  atomic_init(&response->references, 1);
  wats_headers_init(&response->headers, 0);
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
  wats_headers_free(&response->headers);
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
  return WATS_OK;
}

const char *wats_response_body(const struct wats_response *response,
                               size_t *length)
{
  *length = response->body ? response->body->length : 0;
  return response->body ? response->body->bytes : NULL;
}

size_t wats_response_size(const struct wats_response *response)
{
  return sizeof *response + response->headers.block.length +
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

struct wats_response *
wats_response_refresh(const struct wats_response *stored,
                      const struct wats_response *validation)
{
  struct wats_response *fresh = wats_response_create();
  if (!fresh) return NULL;
  fresh->status = stored->status;
  fresh->http_version = stored->http_version;
  if (wats_headers_copy(&fresh->headers, &stored->headers) != WATS_OK ||
      update_headers(&fresh->headers, &validation->headers) != WATS_OK) {
    wats_response_release(fresh);
    return NULL;
  }
  fresh->body = stored->body;
  if (fresh->body)
    atomic_fetch_add_explicit(&fresh->body->references, 1,
                              memory_order_relaxed);
  return fresh;
}
