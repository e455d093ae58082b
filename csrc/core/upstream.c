/*
** upstream.c - see upstream.h.
**
** A station talks to one server, or a few: a list, looked through when a client
** is made or let go. The list holds a reference of its own to each.
*/
#include "upstream.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "clock.h"
#include "log.h"
#include "sync.h"

struct wats_upstream {
  struct wats_upstream *next;
  unsigned references, clients; /* the open ones */
  char *base_url;
  unsigned char credential[WATS_UPSTREAM_CREDENTIAL];
  double capacity; /* of the budget, as it was asked for */
  struct wats_retry_budget budget;
  struct wats_rate_limiter *limiter; /* NULL: no limit; never changes */
  struct wats_rate_limiter_options limit;
  bool breaks; /* never changes */
  struct wats_circuit_breaker breaker;
};

static struct wats_upstream *list; /* the latest first */
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;

/* ---- fork --------------------------------------------------------------- */

static void before_fork(void)
{
  wats_mutex_lock(&lock);
}

static void in_parent(void)
{
  wats_mutex_unlock(&lock);
}

/* What is under way ends in the parent: its probes are not the child's. */
static void in_child(void)
{
  struct wats_upstream *u;
  for (u = list; u; u = u->next)
    u->breaker.probes = 0;
  wats_mutex_unlock(&lock);
}

static void start(void)
{
  (void)wats_at_fork(WATS_FORK_UPSTREAM, before_fork, in_parent, in_child);
}

/* ---- life, with the lock ------------------------------------------------ */

static void drop(struct wats_upstream *u)
{
  if (!u || --u->references) return;
  wats_rate_limiter_destroy(u->limiter);
  wats_free(u->base_url);
  wats_free(u);
}

static struct wats_upstream *find(const struct wats_upstream_options *o)
{
  struct wats_upstream *u;
  for (u = list; u; u = u->next)
    if (memcmp(u->credential, o->credential, sizeof u->credential) == 0 &&
        strcmp(u->base_url, o->base_url) == 0)
      return u;
  return NULL;
}

static void take_out(struct wats_upstream *upstream)
{
  struct wats_upstream **link = &list;
  while (*link != upstream)
    link = &(*link)->next;
  *link = upstream->next;
  drop(upstream);
}

static void drop_idle(unsigned most)
{
  struct wats_upstream *u, *next;
  for (u = list; u; u = next) {
    next = u->next;
    if (u->clients) continue;
    if (most > 0)
      most--;
    else
      take_out(u);
  }
}

static enum wats_errc set_policies(struct wats_upstream *u,
                                   const struct wats_upstream_options *o,
                                   struct wats_error *error)
{
  static const struct wats_circuit_options circuit = WATS_CIRCUIT_DEFAULTS;
  static const struct wats_rate_limiter_options limit =
      WATS_RATE_LIMITER_DEFAULTS;
  u->capacity =
      o->retry_budget > 0 ? o->retry_budget : WATS_UPSTREAM_RETRY_BUDGET;
  wats_retry_budget_init(&u->budget, u->capacity);
  u->breaks = o->breaks != WATS_ASKED_OFF;
  wats_circuit_breaker_init(
      &u->breaker, o->breaks == WATS_ASKED_ON ? &o->circuit : &circuit);
  if (o->limits == WATS_ASKED_OFF) return WATS_OK;
  u->limit = o->limits == WATS_ASKED_ON ? o->rate_limit : limit;
  return wats_rate_limiter_create(&u->limit, &u->limiter, error);
}

static enum wats_errc create(const struct wats_upstream_options *o,
                             struct wats_upstream **out,
                             struct wats_error *error)
{
  enum wats_errc code;
  struct wats_upstream *u = wats_calloc(1, sizeof *u);
  if (!u) return wats_fail_memory(error);
  u->references = 1;
  u->base_url = wats_strndup(o->base_url, strlen(o->base_url));
  memcpy(u->credential, o->credential, sizeof u->credential);
  code = u->base_url ? set_policies(u, o, error) : wats_fail_memory(error);
  if (code != WATS_OK) {
    drop(u);
    return code;
  }
  u->next = list;
  list = u;
  *out = u;
  return WATS_OK;
}

/* ---- the same options? -------------------------------------------------- */

#define OTHER_CLIENT "but another client of the same server and token has"

static enum wats_errc same_budget(const struct wats_upstream *u,
                                  const struct wats_upstream_options *o,
                                  struct wats_error *error)
{
  if (o->retry_budget <= 0 || o->retry_budget == u->capacity) return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "retry.budget: %g asked for, " OTHER_CLIENT " %g",
                   o->retry_budget, u->capacity);
}

static double in_s(int64_t ns)
{
  return (double)ns / 1e9;
}

static void say_limit(char *out, size_t size, bool on,
                      const struct wats_rate_limiter_options *o)
{
  if (on)
    snprintf(out, size, "%u in %g s, max_wait %g s", o->requests,
             in_s(o->window_ns), in_s(o->max_wait_ns));
  else
    snprintf(out, size, "none");
}

static enum wats_errc same_limit(const struct wats_upstream *u,
                                 const struct wats_upstream_options *o,
                                 struct wats_error *error)
{
  const struct wats_rate_limiter_options *a = &o->rate_limit, *b = &u->limit;
  char asked[96], there[96];
  bool on = o->limits == WATS_ASKED_ON;
  if (o->limits == WATS_ASKED_NOTHING) return WATS_OK;
  if (!on && !u->limiter) return WATS_OK;
  if (on && u->limiter && a->requests == b->requests &&
      a->window_ns == b->window_ns && a->max_wait_ns == b->max_wait_ns)
    return WATS_OK;
  say_limit(asked, sizeof asked, on, a);
  say_limit(there, sizeof there, u->limiter, b);
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "rate_limit: %s asked for, " OTHER_CLIENT " %s", asked,
                   there);
}

static void say_circuit(char *out, size_t size, bool on,
                        const struct wats_circuit_options *o)
{
  if (on)
    snprintf(out, size, "%g of at least %u in %g s, open_for %g s",
             o->failure_ratio, o->min_calls, in_s(o->window_ns),
             in_s(o->open_for_ns));
  else
    snprintf(out, size, "none");
}

static enum wats_errc same_circuit(const struct wats_upstream *u,
                                   const struct wats_upstream_options *o,
                                   struct wats_error *error)
{
  const struct wats_circuit_options *a = &o->circuit, *b = &u->breaker.options;
  char asked[96], there[96];
  bool on = o->breaks == WATS_ASKED_ON;
  if (o->breaks == WATS_ASKED_NOTHING) return WATS_OK;
  if (!on && !u->breaks) return WATS_OK;
  if (on && u->breaks && a->min_calls == b->min_calls &&
      a->failure_ratio == b->failure_ratio && a->window_ns == b->window_ns &&
      a->open_for_ns == b->open_for_ns)
    return WATS_OK;
  say_circuit(asked, sizeof asked, on, a);
  say_circuit(there, sizeof there, u->breaks, b);
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "circuit_breaker: %s asked for, " OTHER_CLIENT " %s", asked,
                   there);
}

/* ---- life --------------------------------------------------------------- */

static enum wats_errc get(const struct wats_upstream_options *o,
                          struct wats_upstream **out, struct wats_error *error)
{
  struct wats_upstream *u = find(o);
  enum wats_errc code = WATS_OK;
  if (u) {
    code = same_budget(u, o, error);
    if (code == WATS_OK) code = same_limit(u, o, error);
    if (code == WATS_OK) code = same_circuit(u, o, error);
    if (code != WATS_OK && u->clients) return code;
  }
  if (u && code != WATS_OK) {
    take_out(u);
    u = NULL;
  }
  code = u ? WATS_OK : create(o, &u, error);
  if (code != WATS_OK) return code;
  u->clients++;
  u->references++;
  *out = u;
  return WATS_OK;
}

enum wats_errc wats_upstream_get(const struct wats_upstream_options *options,
                                 struct wats_upstream **out,
                                 struct wats_error *error)
{
  enum wats_errc code;
  wats_once(&once, start);
  wats_mutex_lock(&lock);
  code = get(options, out, error);
  wats_mutex_unlock(&lock);
  return code;
}

void wats_upstream_leave(struct wats_upstream *upstream)
{
  wats_mutex_lock(&lock);
  upstream->clients--;
  drop_idle(WATS_UPSTREAM_IDLE);
  wats_mutex_unlock(&lock);
}

void wats_upstream_release(struct wats_upstream *upstream)
{
  if (!upstream) return;
  wats_mutex_lock(&lock);
  drop(upstream);
  wats_mutex_unlock(&lock);
}

void wats_upstream_drain(void)
{
  wats_mutex_lock(&lock);
  drop_idle(0);
  wats_mutex_unlock(&lock);
}

/* ---- retries ------------------------------------------------------------ */

struct wats_retry_decision
wats_upstream_retry(struct wats_upstream *upstream,
                    const struct wats_retry_policy *policy,
                    const struct wats_retry_outcome *outcome)
{
  struct wats_retry_decision decision;
  wats_mutex_lock(&lock);
  decision = wats_retry_decide(policy, &upstream->budget, outcome);
  wats_mutex_unlock(&lock);
  return decision;
}

void wats_upstream_succeeded(struct wats_upstream *upstream)
{
  wats_mutex_lock(&lock);
  wats_retry_succeeded(&upstream->budget);
  wats_mutex_unlock(&lock);
}

/* ---- breaker and limiter ------------------------------------------------ */

/* What a call has done to the breaker, to be told without the lock. */
struct change {
  enum wats_circuit_state from, to;
  int64_t open_for_ns;
};

/* With the lock, before the breaker is asked. */
static struct change watch(const struct wats_upstream *u)
{
  return (struct change){.from = u->breaker.state};
}

/* With the lock, behind it. */
static void look_again(const struct wats_upstream *u, int64_t now_ns,
                       struct change *change)
{
  change->to = u->breaker.state;
  change->open_for_ns = u->breaker.open_until_ns - now_ns;
}

/* All who listen hear of it: the server is bad for everybody. */
static void tell(const struct wats_upstream *u, const struct change *change)
{
  static const char *const messages[] = {
      "the circuit breaker has closed: the server answers again",
      "the circuit breaker lets a few requests try the server",
      "the circuit breaker has opened: requests are not sent"};
  enum wats_circuit_state to = change->to;
  bool opens = to == WATS_CIRCUIT_OPEN;
  struct wats_log_field fields[4];
  if (change->from == to || !wats_log_heard()) return;
  fields[0] = wats_log_text("server", u->base_url);
  fields[1] = wats_log_text("from", wats_circuit_state_name(change->from));
  fields[2] = wats_log_text("state", wats_circuit_state_name(to));
  fields[3] = wats_log_number("open_for", (double)change->open_for_ns / 1e9);
  wats_log(opens ? WATS_LOG_WARN : WATS_LOG_INFO, WATS_LOG_ALL, messages[to],
           fields, opens ? 4 : 3);
}

static void report(struct wats_upstream *u, int64_t now_ns,
                   struct wats_admission *a, enum wats_circuit_outcome outcome)
{
  if (!a->has_pass) return;
  a->has_pass = false;
  (void)wats_circuit_breaker_report(&u->breaker, now_ns, &a->pass, outcome);
}

static void withdraw(struct wats_upstream *u, int64_t now_ns,
                     struct wats_admission *a)
{
  report(u, now_ns, a, WATS_CIRCUIT_NEUTRAL);
  if (a->permit.serial)
    wats_rate_limiter_cancel(u->limiter, now_ns, &a->permit);
}

static enum wats_errc pass_breaker(struct wats_upstream *u, int64_t now_ns,
                                   struct wats_admission *a)
{
  struct wats_circuit_stats stats;
  if (!u->breaks) return WATS_OK;
  a->has_pass =
      wats_circuit_breaker_allow(&u->breaker, now_ns, &a->pass) == WATS_OK;
  if (a->has_pass) return WATS_OK;
  wats_circuit_breaker_stats(&u->breaker, now_ns, &stats);
  a->wait_ns = stats.next_probe_ns;
  return WATS_ERR_CIRCUIT_OPEN;
}

static enum wats_errc pass_limiter(struct wats_upstream *u, int64_t now_ns,
                                   struct wats_admission *a)
{
  struct wats_rate_permit *p = &a->permit;
  enum wats_errc code;
  if (!u->limiter) return WATS_OK;
  code = p->serial ? wats_rate_limiter_check(u->limiter, now_ns, p)
                   : wats_rate_limiter_reserve(u->limiter, now_ns, p);
  if (code != WATS_OK)
    a->wait_ns = wats_rate_limiter_next(u->limiter, now_ns) - now_ns;
  else if (p->at_ns <= now_ns && wats_rate_limiter_start(u->limiter, now_ns, p))
    a->waited_ns = now_ns - p->asked_ns;
  else
    a->wait_ns = p->at_ns - now_ns;
  return code;
}

enum wats_errc wats_upstream_admit(struct wats_upstream *upstream,
                                   int64_t now_ns,
                                   struct wats_admission *admission)
{
  enum wats_errc code;
  struct change change;
  admission->wait_ns = admission->waited_ns = 0;
  if (!upstream->breaks && !upstream->limiter) return WATS_OK;
  wats_mutex_lock(&lock);
  change = watch(upstream);
  code = pass_breaker(upstream, now_ns, admission);
  if (code == WATS_OK) code = pass_limiter(upstream, now_ns, admission);
  if (code != WATS_OK)
    withdraw(upstream, now_ns, admission);
  else if (admission->wait_ns > 0)
    report(upstream, now_ns, admission, WATS_CIRCUIT_NEUTRAL);
  look_again(upstream, now_ns, &change);
  wats_mutex_unlock(&lock);
  tell(upstream, &change);
  return code;
}

void wats_upstream_withdraw(struct wats_upstream *upstream, int64_t now_ns,
                            struct wats_admission *admission)
{
  wats_mutex_lock(&lock);
  withdraw(upstream, now_ns, admission);
  wats_mutex_unlock(&lock);
}

void wats_upstream_report(struct wats_upstream *upstream, int64_t now_ns,
                          struct wats_admission *admission,
                          enum wats_circuit_outcome outcome)
{
  struct change change;
  if (!admission->has_pass) return;
  wats_mutex_lock(&lock);
  change = watch(upstream);
  report(upstream, now_ns, admission, outcome);
  look_again(upstream, now_ns, &change);
  wats_mutex_unlock(&lock);
  tell(upstream, &change);
}

void wats_upstream_pause_until(struct wats_upstream *upstream, int64_t now_ns,
                               int64_t until_ns)
{
  if (!upstream->limiter) return;
  wats_mutex_lock(&lock);
  wats_rate_limiter_pause_until(upstream->limiter, now_ns, until_ns);
  wats_mutex_unlock(&lock);
}

/* ---- figures ------------------------------------------------------------ */

bool wats_upstream_limit(const struct wats_upstream *upstream,
                         struct wats_rate_limiter_options *out)
{
  if (!upstream->limiter) return false;
  *out = upstream->limit;
  return true;
}

void wats_upstream_stats(struct wats_upstream *upstream, int64_t now_ns,
                         struct wats_upstream_stats *stats)
{
  memset(stats, 0, sizeof *stats);
  wats_mutex_lock(&lock);
  stats->limits = upstream->limiter != NULL;
  stats->breaks = upstream->breaks;
  if (stats->limits)
    wats_rate_limiter_stats(upstream->limiter, now_ns, &stats->limiter);
  wats_circuit_breaker_stats(&upstream->breaker, now_ns, &stats->breaker);
  wats_mutex_unlock(&lock);
}

enum wats_circuit_state wats_upstream_worst(const char *base_url,
                                            int64_t now_ns)
{
  enum wats_circuit_state worst = WATS_CIRCUIT_CLOSED;
  struct wats_circuit_stats stats;
  struct wats_upstream *u;
  wats_mutex_lock(&lock);
  for (u = list; u; u = u->next) {
    if (!u->clients || strcmp(u->base_url, base_url) != 0) continue;
    wats_circuit_breaker_stats(&u->breaker, now_ns, &stats);
    if (stats.state > worst) worst = stats.state;
  }
  wats_mutex_unlock(&lock);
  return worst;
}
