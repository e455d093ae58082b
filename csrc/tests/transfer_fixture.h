/*
** transfer_fixture.h - one peer, one profile, and exchanges in a line each, for
** the tests of transfer. What came of the last one stands in `got`.
*/
#ifndef WATS_TRANSFER_FIXTURE_H
#define WATS_TRANSFER_FIXTURE_H

#include "core/alloc.h"
#include "core/clock.h"
#include "core/engine.h"
#include "core/transfer.h"
#include "peer.h"
#include "test.h"

static struct peer *peer;
static struct wats_profile *profile;
static long blocks_before;

static struct {
  enum wats_errc code;
  struct wats_transfer_result result;
  struct wats_error error;
} got;

static inline void open_with(const struct wats_profile_options *options)
{
  blocks_before = wats_alloc_live();
  peer = peer_open();
  CHECK_INT(wats_profile_create(options, &profile, NULL), WATS_OK);
}

static inline void open_peer(void)
{
  struct wats_profile_options options = {.user_agent = "wats-test/1",
                                         .authorization = "Basic c2VjcmV0",
                                         .verify = true,
                                         .connect_timeout_ns =
                                             5 * WATS_NS_PER_S};
  open_with(&options);
}

static inline void let_go(void)
{
  wats_response_release(got.result.response);
  memset(&got, 0, sizeof got);
}

/* Ends a test: nothing that it took may be left. */
static inline void close_peer(void)
{
  let_go();
  wats_engine_drain();
  peer_close(peer);
  wats_profile_release(profile);
  CHECK_INT(wats_alloc_live(), blocks_before);
}

static inline struct wats_transfer to(const char *method, const char *path)
{
  static _Thread_local char url[512];
  struct wats_transfer t = {.profile = profile,
                            .method = method,
                            .url = url,
                            .timeout_ns = 20 * WATS_NS_PER_S,
                            .max_body = 1 << 20,
                            .decompress = true};
  snprintf(url, sizeof url, "%s%s", peer->url, path);
  return t;
}

static inline enum wats_errc perform(const struct wats_transfer *t)
{
  let_go();
  got.code = wats_transfer_perform(t, &got.result, &got.error);
  CHECK((got.code == WATS_OK) == (got.result.response != NULL));
  if (got.code != WATS_OK) CHECK_INT(got.error.code, got.code);
  return got.code;
}

static inline enum wats_errc ask(const char *method, const char *path)
{
  struct wats_transfer t = to(method, path);
  return perform(&t);
}

static inline enum wats_errc get(void)
{
  return ask("GET", "/x");
}

static inline int status(void)
{
  return got.result.response ? got.result.response->status : -1;
}

/* The body as text, up to its first 255 bytes. */
static inline const char *body(void)
{
  static char text[256];
  size_t length = 0;
  const char *bytes = got.result.response
                          ? wats_response_body(got.result.response, &length)
                          : NULL;
  snprintf(text, sizeof text, "%.*s", (int)length, bytes ? bytes : "");
  return text;
}

static inline size_t body_length(void)
{
  size_t length = 0;
  if (got.result.response) wats_response_body(got.result.response, &length);
  return length;
}

static inline const char *field(const char *name)
{
  return got.result.response
             ? wats_headers_get(&got.result.response->headers, name)
             : NULL;
}

#define CHECK_FAILS(call, kind, text)                                          \
  do {                                                                         \
    CHECK_STR(wats_errc_name(call), wats_errc_name(kind));                     \
    CHECK_STR(got.error.message, text);                                        \
  } while (0)

#endif
