/*
** uploader_send.c - one report's way to the server: how its request is begun,
** and what is made of its end; see uploader.h. By the uploader's thread.
*/
#include "uploader_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "alloc.h"
#include "log.h"
#include "random.h"

/* Of the time that a request may wait for the rate limiter, so much is in its
** lease. Who waits longer is called back when the lease is nearly over. */
#define LIMITER_NS (30 * WATS_NS_PER_S)
#define NEARLY_NS  (5 * WATS_NS_PER_S)
/* Of an answer, looked through for what must not be shown. */
#define SHOWN (2 * WATS_OUTBOX_ANSWER)

int64_t wats_uploader_lease(const struct wats_client_bounds *bounds)
{
  int64_t wait_ns = bounds->limits ? bounds->rate_limit.max_wait_ns : 0;
  if (wait_ns > LIMITER_NS) wait_ns = LIMITER_NS;
  return wats_time_add(wats_time_add(bounds->timeout_ns, wait_ns),
                       WATS_UPLOADER_MARGIN);
}

/* ---- other caches ------------------------------------------------------- */

static bool is_told(const struct wats_uploader_slot *s,
                    const struct wats_http_cache *cache)
{
  const struct wats_uploader_echo *e;
  for (e = s->echoes; e; e = e->next)
    if (wats_client_cache(e->client) == cache) return true;
  return false;
}

static bool add_echo(struct wats_uploader_slot *s, struct wats_client *client)
{
  struct wats_uploader_echo *e = wats_calloc(1, sizeof *e);
  if (!e) return false;
  e->client = wats_client_retain(client);
  e->next = s->echoes;
  s->echoes = e;
  return true;
}

/*
** The sender's cache knows by the request itself; those of other members are
** told here. Who has no memory for that does not send.
*/
static bool announce(struct wats_uploader *u, struct wats_uploader_slot *s)
{
  const struct wats_http_cache *own = wats_client_cache(u->client);
  struct wats_uploader_member *m;
  struct wats_uploader_echo *e;
  bool done = true;
  wats_mutex_lock(&u->lock);
  for (m = u->members; m && done; m = m->next) {
    const struct wats_http_cache *cache = wats_client_cache(m->client);
    if (cache && cache != own && !is_told(s, cache))
      done = add_echo(s, m->client);
  }
  wats_mutex_unlock(&u->lock);
  for (e = s->echoes; e; e = e->next)
    wats_client_write_begin(e->client, WATS_UPLOADER_METHOD, WATS_UPLOADER_PATH,
                            &e->write);
  return done;
}

static void end_echoes(struct wats_uploader_slot *s, bool applied)
{
  while (s->echoes) {
    struct wats_uploader_echo *e = s->echoes;
    s->echoes = e->next;
    wats_client_write_end(e->client, &e->write, applied);
    wats_client_release(e->client);
    wats_free(e);
  }
}

/* ---- settling ----------------------------------------------------------- */

void wats_uploader_clear(struct wats_uploader_slot *s)
{
  end_echoes(s, true);
  wats_pending_free(s->pending);
  wats_outbox_claim_free(&s->claim);
  wats_free(s->answer);
  memset(s, 0, sizeof *s);
}

void wats_uploader_give_back(struct wats_uploader_slot *s, int64_t delay_ns)
{
  s->use = WATS_SLOT_OVER;
  s->settlement = (struct wats_outbox_settlement){
      .claim = &s->claim, .outcome = WATS_OUTBOX_RELEASE, .delay_ns = delay_ns};
}

/* `text` as it may be kept, without a credential; NULL when memory is short. */
static char *concealed(struct wats_client *client, const char *text,
                       size_t length, size_t *out_length)
{
  struct wats_buffer shown;
  wats_buffer_init(&shown, 0);
  if (wats_client_show_text(client, text, length, &shown) != WATS_OK ||
      wats_buffer_terminate(&shown) != WATS_OK) {
    wats_buffer_free(&shown);
    return NULL;
  }
  *out_length = shown.length;
  return shown.data;
}

/* A server may say back what it was asked with. */
static void take_reason(struct wats_uploader_slot *s,
                        struct wats_delivery_decision *d)
{
  size_t length;
  char *shown =
      concealed(s->pending->client, d->reason, strlen(d->reason), &length);
  struct wats_error line;
  (void)wats_fail(&line, WATS_OK, "%s", shown ? shown : "");
  memcpy(d->reason, line.message, sizeof d->reason);
  memcpy(s->reason, d->reason, sizeof s->reason);
  wats_free(shown);
}

static void take_answer(struct wats_uploader_slot *s, const char *body,
                        size_t length)
{
  if (!length) return;
  s->answer = concealed(s->pending->client, body,
                        length < SHOWN ? length : SHOWN, &length);
  if (!s->answer) return;
  if (length > WATS_OUTBOX_ANSWER) length = WATS_OUTBOX_ANSWER;
  s->settlement.answer = s->answer;
  s->settlement.answer_length = length;
}

/* What the decision means for the row. */
static void settle(struct wats_uploader_slot *s,
                   const struct wats_delivery_outcome *o,
                   const struct wats_delivery_decision *d)
{
  struct wats_outbox_settlement *t = &s->settlement;
  wats_uploader_give_back(s, 0);
  t->status = o->status;
  t->rejected = d->rejected;
  t->rejection = d->rejection;
  switch (d->verdict) {
  case WATS_DELIVERY_SENT:
    t->outcome = WATS_OUTBOX_SENT;
    break;
  case WATS_DELIVERY_RETRY:
    t->outage = true;
    t->outcome = WATS_OUTBOX_RETRY;
    break;
  case WATS_DELIVERY_REJECTED:
    t->outcome = WATS_OUTBOX_RETRY;
    break;
  case WATS_DELIVERY_HOLD:
    if (d->rejected) t->outcome = WATS_OUTBOX_RETRY;
    break;
  case WATS_DELIVERY_BURY:
    t->outcome = WATS_OUTBOX_BURY;
    take_answer(s, o->body, o->length);
    break;
  case WATS_DELIVERY_RELEASE: /* it may have come to the server: let that end */
    if (s->pending && s->pending->result.applied)
      t->delay_ns = WATS_DELIVERY_BASE_NS;
    break;
  default:
    break;
  }
  if (t->outcome != WATS_OUTBOX_RELEASE) t->delay_ns = d->delay_ns;
  if (t->outcome == WATS_OUTBOX_RETRY || t->outcome == WATS_OUTBOX_BURY)
    t->reason = s->reason;
}

/* ---- what it says of the server ----------------------------------------- */

/* Whatever the server asks for: a year is a slip. */
static int64_t not_before(const struct wats_delivery_outcome *o, int64_t now_ns)
{
  int64_t asked_ns = o->retry_after_ns;
  if (asked_ns < 0) return now_ns;
  if (asked_ns > WATS_DELIVERY_MOST_ASKED_NS)
    asked_ns = WATS_DELIVERY_MOST_ASKED_NS;
  return wats_time_add(now_ns, asked_ns);
}

static void set_pace(struct wats_uploader *u,
                     const struct wats_delivery_outcome *o,
                     const struct wats_delivery_decision *d, int64_t spread_ns)
{
  int64_t now = wats_uploader_now(u);
  switch (d->verdict) {
  case WATS_DELIVERY_SENT:
  case WATS_DELIVERY_REJECTED:
  case WATS_DELIVERY_BURY:
    if (wats_pace_succeeded(&u->pace, now, spread_ns)) u->recovered = true;
    break;
  case WATS_DELIVERY_RETRY:
    wats_pace_failed(&u->pace, now, not_before(o, now), spread_ns, o->random);
    break;
  case WATS_DELIVERY_WAIT:
    if (o->code == WATS_ERR_CIRCUIT_OPEN)
      wats_pace_blocked(&u->pace, wats_time_add(now, d->delay_ns), spread_ns,
                        o->random);
    wats_pace_wait(&u->pace, wats_time_add(now, d->delay_ns));
    break;
  default:
    wats_pace_wait(&u->pace, now);
    break;
  }
}

static void tell_hold(struct wats_uploader *u,
                      const struct wats_delivery_decision *d)
{
  struct wats_uploader_event event = {.kind = WATS_UPLOADER_PAUSED};
  struct wats_log_field fields[2];
  bool held = u->delivery.held;
  const char *reason = d->verdict == WATS_DELIVERY_HOLD ? d->reason : "";
  if (!held)
    event.kind = WATS_UPLOADER_RESUMED;
  else if (!reason[0])
    return; /* as it was */
  memcpy(event.reason, reason, strlen(reason) + 1);
  memcpy(u->own.paused, event.reason, sizeof u->own.paused);
  u->write_pause = true;
  fields[0] = wats_log_text("target", u->target);
  fields[1] = wats_log_text("reason", held ? reason : NULL);
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL,
           held ? "the queue's deliveries are paused"
                : "the queue's deliveries go on",
           fields, 2);
  event.wall_ns = wats_clock_wall(&wats_system_clock);
  wats_mutex_lock(&u->lock);
  wats_uploader_tell(u, &event);
  wats_mutex_unlock(&u->lock);
}

/* ---- over --------------------------------------------------------------- */

static void fill_outcome(struct wats_uploader *u,
                         const struct wats_uploader_slot *s,
                         struct wats_delivery_outcome *o)
{
  const struct wats_pending *p = s->pending;
  const struct wats_response *r = p->result.response;
  memset(o, 0, sizeof *o);
  memcpy(o->uuid, s->claim.uuid, sizeof o->uuid);
  o->probe = s->probe;
  o->code = p->code;
  o->message = p->error.message;
  o->retry_after_ns = p->result.retry_after_ns;
  if (p->code == WATS_OK) {
    o->status = r->status;
    o->body = wats_response_body(r, &o->length);
    o->retry_after_ns =
        wats_retry_after(wats_headers_get(&r->headers, "Retry-After"),
                         wats_headers_get(&r->headers, "Date"),
                         wats_clock_wall(u->clock) / WATS_NS_PER_S);
  }
  o->attempts = s->claim.attempts;
  o->rejections = s->claim.rejections;
  o->rejection = s->claim.rejection;
  (void)wats_random_bytes(&o->random, sizeof o->random, NULL);
}

static int64_t spread_of(struct wats_uploader *u)
{
  int64_t spread_ns;
  wats_mutex_lock(&u->lock);
  spread_ns = u->spread_ns;
  wats_mutex_unlock(&u->lock);
  return spread_ns;
}

/* Perhaps it is the lender who is not let in, or his way there: another one is
** tried at once when a hold begins, and after that they take turns. */
static void pass_over(struct wats_uploader *u,
                      const struct wats_uploader_slot *s, bool begins)
{
  if (u->delivery.blamed || s->pending->client != u->client) return;
  if (!begins && !s->probe) return;
  u->passed++;
  u->takes_turns = !begins;
}

/* The request has ended: with an answer, or not. */
static void conclude(struct wats_uploader *u, struct wats_uploader_slot *s)
{
  struct wats_delivery_outcome o;
  struct wats_delivery_decision d;
  char before[WATS_OUTBOX_REASON];
  bool held = u->delivery.held;
  end_echoes(s, s->pending->result.applied);
  fill_outcome(u, s, &o);
  wats_delivery_decide(&u->delivery, &o, &d);
  take_reason(s, &d);
  settle(s, &o, &d);
  set_pace(u, &o, &d, spread_of(u));
  memcpy(before, u->own.paused, sizeof before);
  if (held != u->delivery.held ||
      (d.verdict == WATS_DELIVERY_HOLD && strcmp(before, d.reason) != 0))
    tell_hold(u, &d);
  if (d.verdict == WATS_DELIVERY_HOLD) pass_over(u, s, !held);
  if (d.probe_ns >= 0)
    u->probe_ns = wats_time_add(wats_uploader_now(u), d.probe_ns);
  if (s->settlement.outcome == WATS_OUTBOX_RETRY) u->own.retried++;
  wats_pending_free(s->pending); /* the answer may be large */
  s->pending = NULL;
  u->told = true;
}

void wats_uploader_hear(struct wats_uploader *u)
{
  struct wats_pending *p = wats_arrivals_take(u->arrivals), *next;
  for (; p; p = next) {
    next = p->next;
    conclude(u, p->tag);
  }
}

void wats_uploader_cancel(struct wats_uploader *u, bool all)
{
  int64_t boot = wats_clock_boot(u->clock);
  size_t i;
  for (i = 0; i < u->room; i++) {
    struct wats_uploader_slot *s = &u->slots[i];
    if (s->use != WATS_SLOT_UNDER_WAY || s->cancelled) continue;
    if (!all && s->claim.until_boot_ns - boot > NEARLY_NS) continue;
    s->cancelled = true;
    wats_pending_cancel(s->pending);
  }
}

/* ---- beginning ---------------------------------------------------------- */

static enum wats_errc add_field(struct wats_headers *headers, const char *name,
                                const char *value)
{
  return wats_headers_add(headers, name, strlen(name), value, strlen(value));
}

static enum wats_errc start(struct wats_uploader *u,
                            struct wats_uploader_slot *s, bool *over)
{
  struct wats_request request = {.method = WATS_UPLOADER_METHOD,
                                 .target = WATS_UPLOADER_PATH,
                                 .target_length = strlen(WATS_UPLOADER_PATH),
                                 .body = s->claim.body,
                                 .body_length = s->claim.length,
                                 .timeout_ns = u->bounds.timeout_ns,
                                 .no_retry = true,
                                 .idempotent = true,
                                 .cache_ttl_ns = -1};
  struct wats_headers headers;
  char uuid[WATS_UUID_TEXT];
  enum wats_errc code;
  wats_headers_init(&headers, 0);
  wats_uuid_write(s->claim.uuid, uuid);
  code = add_field(&headers, "Content-Type", "application/json");
  if (code == WATS_OK) code = add_field(&headers, "Idempotency-Key", uuid);
  request.headers = &headers;
  if (code == WATS_OK)
    code = wats_pending_start(u->arrivals, u->client, &request, &s->pending,
                              over, NULL);
  wats_headers_free(&headers);
  return code;
}

/* Memory is short: nothing was begun. */
static void not_begun(struct wats_uploader *u, struct wats_uploader_slot *s)
{
  int64_t again = wats_time_add(wats_uploader_now(u), WATS_NS_PER_S);
  end_echoes(s, false);
  wats_pace_wait(&u->pace, again);
  if (s->probe) u->probe_ns = again;
  wats_uploader_give_back(s, 0);
}

void wats_uploader_send(struct wats_uploader *u, struct wats_uploader_slot *s,
                        bool probe)
{
  int64_t left = s->claim.until_boot_ns - wats_clock_boot(u->clock);
  bool over = false;
  s->use = WATS_SLOT_UNDER_WAY;
  s->probe = probe;
  if (left < wats_uploader_lease(&u->bounds) - WATS_UPLOADER_MARGIN) {
    wats_uploader_give_back(s, 0); /* its turn has taken too long */
    return;
  }
  wats_pace_started(&u->pace, wats_uploader_now(u));
  if (!announce(u, s) || start(u, s, &over) != WATS_OK) {
    not_begun(u, s);
    return;
  }
  s->pending->tag = s;
  if (over) conclude(u, s);
}

#endif
