/*
** upstream.h - what all clients of one server with one credential share in this
** process, whichever Lua state or thread they belong to: the retry budget.
**
** Found by base URL and credential digest, made by the first client, counted.
** The first one's options stand; a later client that asks for others is
*refused,
** one that asks for none takes what there is. Any thread.
*/
#ifndef WATS_UPSTREAM_H
#define WATS_UPSTREAM_H

#include "retry.h"

struct wats_upstream;

#define WATS_UPSTREAM_CREDENTIAL 16

struct wats_upstream_options {
  const char *base_url;
  const unsigned char *credential; /* WATS_UPSTREAM_CREDENTIAL bytes */
  double retry_budget;             /* 0: not given */
};

#define WATS_UPSTREAM_RETRY_BUDGET 10

/* WATS_ERR_ARGUMENT: other options than the first client's. */
enum wats_errc wats_upstream_get(const struct wats_upstream_options *options,
                                 struct wats_upstream **out,
                                 struct wats_error *error);
/* Accepts NULL. */
void wats_upstream_release(struct wats_upstream *upstream);

/* See retry.h. */
struct wats_retry_decision
wats_upstream_retry(struct wats_upstream *upstream,
                    const struct wats_retry_policy *policy,
                    const struct wats_retry_outcome *outcome);
void wats_upstream_succeeded(struct wats_upstream *upstream);

#endif
