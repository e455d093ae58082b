/*
** upstream.c - see upstream.h.
**
** A station talks to one server, or a few: a list, looked through when a client
** is made or let go.
*/
#include "upstream.h"

#include <string.h>

#include "alloc.h"
#include "sync.h"

struct wats_upstream {
  struct wats_upstream *next;
  unsigned references; /* guarded by list_lock, as are the two above */
  char *base_url;
  unsigned char credential[WATS_UPSTREAM_CREDENTIAL];
  struct wats_mutex lock; /* over what follows */
  double capacity;        /* as it was asked for */
  struct wats_retry_budget budget;
};

static struct wats_upstream *list;
static struct wats_mutex list_lock = WATS_MUTEX_INIT;

static struct wats_upstream *find(const struct wats_upstream_options *o)
{
  struct wats_upstream *u;
  for (u = list; u; u = u->next)
    if (memcmp(u->credential, o->credential, sizeof u->credential) == 0 &&
        strcmp(u->base_url, o->base_url) == 0)
      return u;
  return NULL;
}

static struct wats_upstream *create(const struct wats_upstream_options *o)
{
  struct wats_upstream *u = wats_calloc(1, sizeof *u);
  if (!u) return NULL;
  u->base_url = wats_strndup(o->base_url, strlen(o->base_url));
  if (!u->base_url || wats_mutex_init(&u->lock) != WATS_OK) {
    wats_free(u->base_url);
    wats_free(u);
    return NULL;
  }
  memcpy(u->credential, o->credential, sizeof u->credential);
  u->capacity =
      o->retry_budget > 0 ? o->retry_budget : WATS_UPSTREAM_RETRY_BUDGET;
  wats_retry_budget_init(&u->budget, u->capacity);
  u->next = list;
  list = u;
  return u;
}

static enum wats_errc get(const struct wats_upstream_options *o,
                          struct wats_upstream **out, struct wats_error *error)
{
  struct wats_upstream *u = find(o);
  if (u && o->retry_budget > 0 && o->retry_budget != u->capacity)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "retry.budget: %g asked for, but another client of the "
                     "same server and token has %g",
                     o->retry_budget, u->capacity);
  if (!u) u = create(o);
  if (!u) return wats_fail_memory(error);
  u->references++;
  *out = u;
  return WATS_OK;
}

enum wats_errc wats_upstream_get(const struct wats_upstream_options *options,
                                 struct wats_upstream **out,
                                 struct wats_error *error)
{
  enum wats_errc code;
  wats_mutex_lock(&list_lock);
  code = get(options, out, error);
  wats_mutex_unlock(&list_lock);
  return code;
}

static void take_out(struct wats_upstream *upstream)
{
  struct wats_upstream **link = &list;
  while (*link != upstream)
    link = &(*link)->next;
  *link = upstream->next;
}

void wats_upstream_release(struct wats_upstream *upstream)
{
  bool last;
  if (!upstream) return;
  wats_mutex_lock(&list_lock);
  last = --upstream->references == 0;
  if (last) take_out(upstream);
  wats_mutex_unlock(&list_lock);
  if (!last) return;
  wats_mutex_destroy(&upstream->lock);
  wats_free(upstream->base_url);
  wats_free(upstream);
}

struct wats_retry_decision
wats_upstream_retry(struct wats_upstream *upstream,
                    const struct wats_retry_policy *policy,
                    const struct wats_retry_outcome *outcome)
{
  struct wats_retry_decision decision;
  wats_mutex_lock(&upstream->lock);
  decision = wats_retry_decide(policy, &upstream->budget, outcome);
  wats_mutex_unlock(&upstream->lock);
  return decision;
}

void wats_upstream_succeeded(struct wats_upstream *upstream)
{
  wats_mutex_lock(&upstream->lock);
  wats_retry_succeeded(&upstream->budget);
  wats_mutex_unlock(&upstream->lock);
}
