/*
** client_state.h - what client_create.c makes, and the other client_*.c work
** with. For those files only.
*/
#ifndef WATS_CLIENT_STATE_H
#define WATS_CLIENT_STATE_H

#include <stdatomic.h>

#include "cache_registry.h"
#include "client.h"
#include "client_metrics.h"
#include "transfer.h"
#include "upstream.h"
#include "url.h"

/* Bytes of a credential's digest in a cache key; collisions must be out of
** reach for somebody who chooses tokens. */
#define WATS_KEY_DIGEST (WATS_CLIENT_KEY_PREFIX - 1)

enum { WATS_DECODED, WATS_AS_SENT };

struct wats_client {
  _Atomic unsigned references;
  _Atomic bool closed;
  bool collects; /* the registry knows of it */
  /* Set by create, then only read. */
  struct wats_base_url base;
  struct wats_profile *profile;
  struct wats_upstream *upstream;
  struct wats_retry_policy retry;
  struct wats_http_cache *cache; /* NULL: store nothing; as `member` says */
  struct wats_cache_member member;
  struct wats_cache_terms terms;
  struct wats_client_metrics metrics;
  const struct wats_routes *routes;
  const struct wats_clock *clock;
  int64_t timeout_ns, attempt_timeout_ns;
  size_t max_body;
  unsigned char credential[WATS_KEY_DIGEST]; /* digest of the token */
  unsigned char origin[WATS_KEY_DIGEST];     /* that and where it really goes,
                                                as whom: for cache keys */
  /* Fields that are sent where the caller gives none of that name, of which an
     answer may depend: of requests whose answers are decoded, and of others. */
  struct wats_headers defaults[2];
  char *token; /* to be taken out of what is shown; NULL: none */
  /* Figures: atomics, so that noting them takes no lock. */
  _Atomic uint64_t requests, exchanges, failures, connections_new,
      connections_reused, bytes_sent, bytes_received, in_flight, retries,
      coalesced;
};

#endif
