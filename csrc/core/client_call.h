/*
** client_call.h - one request under way. client_request.c makes it from what
** the caller asked, client_perform.c carries it out. For those two files only.
**
** A call's texts share one buffer, laid out so that the cache key needs no
** building of its own:
**
**   credential digest | 'z' or 'r' | URL \0
**   ^ key ------------------------- ^ url, path
*/
#ifndef WATS_CLIENT_CALL_H
#define WATS_CLIENT_CALL_H

#include "client_state.h"

/* In the order of RFC 9110, section 9.2: up to TRACE they are safe, up to
** DELETE they are idempotent. */
enum wats_method {
  WATS_METHOD_GET,
  WATS_METHOD_HEAD,
  WATS_METHOD_OPTIONS,
  WATS_METHOD_TRACE,
  WATS_METHOD_PUT,
  WATS_METHOD_DELETE,
  WATS_METHOD_OTHER
};

struct wats_call {
  /* Set by the caller. */
  struct wats_client *client;
  const struct wats_request *request;
  struct wats_result *result;
  struct wats_error *error;
  int64_t started_ns;
  /* Set by wats_call_prepare. */
  enum wats_method method;
  struct wats_target target;
  const struct wats_operation *operation; /* NULL: not in the table */
  struct wats_buffer text;                /* see above */
  int64_t deadline_ns;
  struct wats_cache_request cache_request;
  /* Its course. */
  bool redirected;
  struct wats_cache_ticket ticket;
};

/*
** Checks the request and lays out its texts. WATS_ERR_ARGUMENT, WATS_ERR_CLOSED
** or WATS_ERR_MEMORY, with words. Whatever comes of it, wats_buffer_free
** (&call->text) ends it.
*/
enum wats_errc wats_call_prepare(struct wats_call *call);

static inline const char *wats_call_url(const struct wats_call *c)
{
  return c->text.data + WATS_CLIENT_KEY_PREFIX;
}

#endif
