/*
** uploader_thread.c - the thread that sends: when it claims, settles, sleeps
** and ends; see uploader.h. uploader_send.c has what happens to one report.
**
** It goes round: hear what has come of requests, see what may be begun, do both
** in one turn of the outbox, sleep until something happens.
*/
#include "uploader_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <poll.h>
#include <string.h>

#include "log.h"
#include "random.h"

/* How soon it is seen that another process has taken in a report. */
#define LOOK_NS (200 * WATS_NS_PER_MS)
/* A turn in any case: who took to the lifeboat may not have been able to say
** so. */
#define SAFETY_NS (15 * WATS_NS_PER_S)
/* Upkeep: so soon after what has come that no submit finds a log which it would
** have to see to itself; once more when it has been calm; then now and then. */
#define TEND_NS      (20 * WATS_NS_PER_MS)
#define CALM_TEND_NS (1200 * WATS_NS_PER_MS)
#define IDLE_TEND_NS (60 * WATS_NS_PER_S)
/* After a turn that failed: doubled each time. */
#define FAILED_NS      (100 * WATS_NS_PER_MS)
#define MOST_FAILED_NS (5 * WATS_NS_PER_S)
/* When it ends: for calling back what is under way, and settling it. */
#define CLOSING_NS (5 * WATS_NS_PER_S)
/* No request takes longer than that: leases have an end too. */
#define MOST_TIMEOUT_NS (1800 * WATS_NS_PER_S)
#define LEAST_NS        (10 * WATS_NS_PER_MS)

static int64_t system_now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

static uint64_t random_bits(void)
{
  uint64_t bits = 0;
  (void)wats_random_bytes(&bits, sizeof bits, NULL);
  return bits;
}

static size_t count(const struct wats_uploader *u, enum wats_uploader_use use)
{
  size_t n = 0, i;
  for (i = 0; i < u->room; i++)
    n += u->slots[i].use == use;
  return n;
}

/* ---- members ------------------------------------------------------------ */

struct orders {
  struct wats_client *client; /* retained; NULL: none is open */
  bool ends, hurry, joined;
  int64_t grace_until_ns, spread_ns;
  unsigned concurrency;
};

/* The first one who is open, but for those that were passed over. */
static struct wats_client *choose_lender(const struct wats_uploader *u)
{
  const struct wats_uploader_member *m;
  struct wats_client *first = NULL;
  unsigned open = 0, at = 0;
  for (m = u->members; m; m = m->next)
    open += !wats_client_closed(m->client);
  for (m = u->members; m && open; m = m->next) {
    if (wats_client_closed(m->client)) continue;
    if (at++ == u->passed % open) return m->client;
    if (!first) first = m->client;
  }
  return first; /* some were closed meanwhile */
}

static void take_orders(struct wats_uploader *u, struct orders *o)
{
  struct wats_client *lender;
  memset(o, 0, sizeof *o);
  wats_mutex_lock(&u->lock);
  lender = choose_lender(u);
  if (lender) o->client = wats_client_retain(lender);
  o->ends = u->ends;
  o->hurry = u->hurry;
  o->joined = u->joined;
  o->grace_until_ns = u->grace_until_ns;
  o->spread_ns = u->spread_ns;
  o->concurrency = u->concurrency;
  u->hurry = u->joined = false;
  wats_mutex_unlock(&u->lock);
}

/* Another lender may have another token: what is held up is tried with it. */
static void obey(struct wats_uploader *u, struct orders *o)
{
  int64_t now = wats_uploader_now(u);
  if (o->client != u->client) {
    struct wats_client *before = u->client;
    u->client = o->client;
    o->client = before;
    if (u->client) wats_client_bounds(u->client, &u->bounds);
    if (u->bounds.timeout_ns > MOST_TIMEOUT_NS)
      u->bounds.timeout_ns = MOST_TIMEOUT_NS;
    u->saw_breaker = false;
    u->told = true;
    if (!u->takes_turns) o->joined = true;
  }
  u->takes_turns = false;
  wats_client_release(o->client);
  o->client = NULL;
  if (o->hurry || o->joined) u->probe_ns = now;
  if (o->hurry) {
    wats_pace_hurry(&u->pace);
    u->more = true;
  }
}

/* ---- what may be begun -------------------------------------------------- */

static void come_back(struct wats_uploader *u, const struct orders *o)
{
  wats_pace_returned(&u->pace, wats_uploader_now(u), o->spread_ns,
                     random_bits());
  u->recovered = true;
  u->saw_breaker = false;
}

/* Is the breaker open? It may have been opened, and closed again, by what
** others have asked. */
static bool is_blocked(struct wats_uploader *u, const struct orders *o)
{
  struct wats_client_stats stats;
  const struct wats_circuit_stats *breaker = &stats.upstream.breaker;
  wats_client_stats(u->client, &stats);
  if (!stats.upstream.breaks) return false;
  if (breaker->state == WATS_CIRCUIT_CLOSED) {
    if (u->saw_breaker && u->pace.out) come_back(u, o);
    u->saw_breaker = false;
    return false;
  }
  u->saw_breaker = true;
  if (breaker->state != WATS_CIRCUIT_OPEN) return false;
  wats_pace_blocked(&u->pace,
                    wats_time_add(wats_uploader_now(u), breaker->next_probe_ns),
                    o->spread_ns, random_bits());
  return true;
}

static bool probe_is_under_way(const struct wats_uploader *u)
{
  size_t i;
  for (i = 0; i < u->room; i++)
    if (u->slots[i].use == WATS_SLOT_UNDER_WAY && u->slots[i].probe)
      return true;
  return false;
}

static size_t may_begin(struct wats_uploader *u, const struct orders *o)
{
  int64_t now = wats_uploader_now(u);
  size_t busy = count(u, WATS_SLOT_UNDER_WAY);
  unsigned allowed;
  if (o->ends || !u->client || !u->know_pause || busy >= o->concurrency)
    return 0;
  if (is_blocked(u, o)) return 0;
  if (u->delivery.held) {
    if (probe_is_under_way(u) || now < u->probe_ns) return 0;
    return u->delivery.blamed ? WATS_UPLOADER_PROBES : 1;
  }
  allowed = wats_pace_allowed(&u->pace, now,
                              u->bounds.limits ? &u->bounds.rate_limit : NULL);
  return allowed < o->concurrency - busy ? allowed : o->concurrency - busy;
}

static bool is_hungry(const struct wats_uploader *u, uint64_t changes)
{
  int64_t now = wats_uploader_now(u);
  return u->more || changes != u->seen || now >= u->due_ns ||
         now >= u->safety_ns;
}

/* ---- a turn ------------------------------------------------------------- */

static void tell_settled(struct wats_uploader *u, struct wats_uploader_slot *s,
                         enum wats_uploader_event_kind kind)
{
  struct wats_uploader_event event = {.kind = kind,
                                      .status = s->settlement.status,
                                      .attempts = s->claim.attempts + 1};
  memcpy(event.uuid, s->claim.uuid, sizeof event.uuid);
  if (kind == WATS_UPLOADER_DEAD)
    memcpy(event.reason, s->reason, sizeof event.reason);
  event.wall_ns = wats_clock_wall(&wats_system_clock);
  wats_mutex_lock(&u->lock);
  wats_uploader_tell(u, &event);
  wats_mutex_unlock(&u->lock);
}

static void log_slot(const struct wats_uploader *u,
                     const struct wats_uploader_slot *s,
                     enum wats_log_level level, const char *message)
{
  struct wats_log_field fields[5];
  char id[WATS_UUID_TEXT];
  if (!wats_log_heard()) return;
  wats_uuid_write(s->claim.uuid, id);
  fields[0] = wats_log_text("id", id);
  fields[1] = wats_log_text("target", u->target);
  fields[2] = wats_log_integer("attempts", s->claim.attempts + 1);
  fields[3] = wats_log_integer("status", s->settlement.status);
  fields[4] = wats_log_text("reason", s->reason[0] ? s->reason : NULL);
  wats_log(level, WATS_LOG_ALL, message, fields, 5);
}

static void settled(struct wats_uploader *u, struct wats_uploader_slot *s)
{
  const struct wats_outbox_settlement *t = &s->settlement;
  if (t->lost)
    log_slot(u, s, WATS_LOG_WARN,
             "a report's lease ran out before it was settled");
  else if (t->outcome == WATS_OUTBOX_SENT) {
    u->own.sent++;
    tell_settled(u, s, WATS_UPLOADER_SENT);
  } else if (t->outcome == WATS_OUTBOX_BURY) {
    u->own.dead++;
    log_slot(u, s, WATS_LOG_ERROR, "the server refuses a report for good");
    tell_settled(u, s, WATS_UPLOADER_DEAD);
  }
  wats_uploader_clear(s);
  u->told = true;
}

/* Of what was claimed for a probe: one that was not refused yet, if there is
** one; a good report behind refused ones ends the hold. */
static size_t choose_probe(const struct wats_outbox_claim *claims, size_t n)
{
  size_t i;
  for (i = 0; i < n; i++)
    if (claims[i].rejections == 0) return i;
  return 0;
}

static void begin(struct wats_uploader *u, struct wats_outbox_claim *claims,
                  size_t n)
{
  bool held = u->delivery.held;
  size_t chosen = held && n ? choose_probe(claims, n) : n, i, at = 0;
  for (i = 0; i < n; i++) {
    struct wats_uploader_slot *s;
    while (u->slots[at].use != WATS_SLOT_FREE)
      at++;
    s = &u->slots[at];
    s->claim = claims[i];
    if (!held || i == chosen)
      wats_uploader_send(u, s, held);
    else
      wats_uploader_give_back(s,
                              s->claim.rejections ? WATS_DELIVERY_ASIDE_NS : 0);
  }
  if (n) u->told = true;
}

static void turn_failed(struct wats_uploader *u, const struct wats_error *error)
{
  struct wats_log_field fields[2];
  int64_t wait_ns = FAILED_NS;
  unsigned i;
  for (i = 0; i < u->failed_turns && wait_ns < MOST_FAILED_NS; i++)
    wait_ns *= 2;
  u->turn_ns = wats_time_add(
      system_now(), wait_ns < MOST_FAILED_NS ? wait_ns : MOST_FAILED_NS);
  if (u->failed_turns++) return;
  fields[0] = wats_log_text("path", wats_outbox_path(u->outbox));
  fields[1] = wats_log_text("error", error->message);
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL,
           "the queue's file cannot be used now; it is tried again", fields, 2);
}

struct batch {
  struct wats_outbox_settlement settlements[WATS_UPLOADER_ROOM];
  struct wats_uploader_slot *slots[WATS_UPLOADER_ROOM];
  struct wats_outbox_claim claims[WATS_UPLOADER_ROOM];
};

static size_t gather(struct wats_uploader *u, struct batch *b)
{
  size_t n = 0, i;
  for (i = 0; i < u->room; i++)
    if (u->slots[i].use == WATS_SLOT_OVER) {
      b->slots[n] = &u->slots[i];
      b->settlements[n++] = u->slots[i].settlement;
    }
  return n;
}

static void take_turn(struct wats_uploader *u, size_t wanted, uint64_t changes)
{
  struct batch b;
  struct wats_outbox_turn turn = {.target = u->target,
                                  .settlements = b.settlements,
                                  .lease_ns = wats_uploader_lease(&u->bounds),
                                  .claims = b.claims,
                                  .wanted = wanted,
                                  .next_ns = WATS_NEVER};
  struct wats_error error = {WATS_OK, ""};
  int64_t now = wats_uploader_now(u); /* rather too early than too late */
  size_t i;
  turn.settled = gather(u, &b);
  if (wats_outbox_turn(u->outbox, &turn, &error) != WATS_OK) {
    turn_failed(u, &error);
    return;
  }
  u->failed_turns = 0;
  u->untidy = true;
  u->safety_ns = wats_time_add(now, SAFETY_NS);
  u->due_ns =
      wats_time_add(now, turn.next_ns < LEAST_NS ? LEAST_NS : turn.next_ns);
  if (wanted) u->seen = changes;
  /* What was settled may have set others free. */
  u->more = wanted ? turn.claimed == wanted : u->more || turn.settled;
  for (i = 0; i < turn.settled; i++) {
    b.slots[i]->settlement = b.settlements[i];
    settled(u, b.slots[i]);
  }
  begin(u, b.claims, turn.claimed);
}

/* ---- notes in the file -------------------------------------------------- */

/* Another process, or this one in an earlier life, may have found that the
** server takes nothing: then one report is risked, not as many as may be. */
static void learn_pause(struct wats_uploader *u)
{
  struct wats_outbox_stats stats;
  struct wats_error error;
  if (wats_outbox_stats(u->outbox, u->target, &stats, &error) != WATS_OK) {
    turn_failed(u, &error);
    return;
  }
  u->know_pause = true;
  if (!stats.paused[0]) return;
  wats_delivery_resume_hold(&u->delivery);
  memcpy(u->own.paused, stats.paused, sizeof u->own.paused);
  u->probe_ns = wats_uploader_now(u);
  u->told = true;
}

static void write_notes(struct wats_uploader *u, const struct orders *o)
{
  struct wats_error error;
  if (u->write_pause) {
    if (wats_outbox_pause(u->outbox, u->target,
                          u->delivery.held ? u->own.paused : NULL,
                          &error) != WATS_OK) {
      turn_failed(u, &error);
      return;
    }
    u->write_pause = false;
  }
  if (u->recovered) {
    if (wats_outbox_recovered(u->outbox, u->target, o->spread_ns, &error) !=
        WATS_OK) {
      turn_failed(u, &error);
      return;
    }
    u->recovered = false;
    u->more = true;
  }
}

static void tend(struct wats_uploader *u)
{
  int64_t now = wats_uploader_now(u);
  uint64_t changes = wats_outbox_changes(u->outbox);
  bool news = u->untidy || changes != u->tended;
  int64_t due_ns = news ? wats_time_add(u->tended_ns, TEND_NS) : u->tend_ns;
  if (now < due_ns) return;
  (void)wats_outbox_tend(u->outbox, NULL);
  u->untidy = false;
  u->tended = changes;
  u->tended_ns = now;
  u->tend_ns = wats_time_add(now, news ? CALM_TEND_NS : IDLE_TEND_NS);
}

/* ---- round and round ---------------------------------------------------- */

/* True: it did something, and there may be more to do. */
static bool work(struct wats_uploader *u, const struct orders *o)
{
  size_t over, wanted, room;
  uint64_t changes;
  if (system_now() < u->turn_ns) return false;
  if (!u->know_pause && !o->ends) learn_pause(u);
  over = count(u, WATS_SLOT_OVER);
  wanted = may_begin(u, o);
  room = count(u, WATS_SLOT_FREE);
  if (wanted > room) wanted = room;
  changes = wanted ? wats_outbox_changes(u->outbox) : 0;
  if (wanted && !is_hungry(u, changes)) wanted = 0;
  if (!over && !wanted) {
    write_notes(u, o);
    tend(u);
    return false;
  }
  take_turn(u, wanted, changes);
  if (u->failed_turns) return false;
  write_notes(u, o);
  tend(u);
  return true;
}

static void show(struct wats_uploader *u, const struct orders *o)
{
  unsigned in_flight = (unsigned)count(u, WATS_SLOT_UNDER_WAY);
  struct wats_uploader_shown shown = u->own;
  if (!u->told && in_flight == u->own.in_flight) return;
  u->own.in_flight = shown.in_flight = in_flight;
  if (!u->client && !o->ends) memcpy(shown.paused, "closed", sizeof "closed");
  u->told = false;
  wats_mutex_lock(&u->lock);
  u->shown = shown;
  u->news++;
  wats_cond_broadcast(&u->changed);
  wats_mutex_unlock(&u->lock);
}

static int64_t earlier(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* How long nothing is to be done, unless something happens. */
static int64_t rest(const struct wats_uploader *u)
{
  int64_t now = wats_uploader_now(u), until = u->due_ns, wait_ns = LOOK_NS;
  int64_t turn_ns = u->turn_ns - system_now();
  if (u->delivery.held)
    until = earlier(until, u->probe_ns);
  else if (u->more)
    until = earlier(
        until, wats_pace_next(&u->pace, now,
                              u->bounds.limits ? &u->bounds.rate_limit : NULL));
  if (until > now) wait_ns = earlier(wait_ns, until - now);
  if (turn_ns > 0) wait_ns = earlier(wait_ns, turn_ns);
  return wait_ns;
}

static void sleep_until_something_happens(const struct wats_uploader *u)
{
  struct pollfd fds[2] = {{.fd = u->arrivals_fd, .events = POLLIN},
                          {.fd = u->wake.read_fd, .events = POLLIN}};
  int64_t ms = (rest(u) + WATS_NS_PER_MS - 1) / WATS_NS_PER_MS;
  if (poll(fds, 2, ms > 0 ? (int)ms : 1) > 0 && fds[1].revents)
    wats_notify_clear(&u->wake);
}

/* The last member has left: what is under way has its time, and is then called
** back. */
static bool is_over(struct wats_uploader *u, const struct orders *o)
{
  int64_t now;
  if (!o->ends) return false;
  if (!count(u, WATS_SLOT_UNDER_WAY) && !count(u, WATS_SLOT_OVER)) return true;
  now = system_now();
  if (now >= o->grace_until_ns) wats_uploader_cancel(u, true);
  return now >= wats_time_add(o->grace_until_ns, CLOSING_NS);
}

static void let_go(struct wats_uploader *u)
{
  size_t i;
  wats_arrivals_close(u->arrivals);
  u->arrivals = NULL;
  for (i = 0; i < u->room; i++) {
    u->slots[i].pending = NULL; /* frees itself */
    wats_uploader_clear(&u->slots[i]);
  }
  wats_client_release(u->client);
  u->client = NULL;
}

void *wats_uploader_run(void *uploader)
{
  struct wats_uploader *u = uploader;
  struct orders o;
  bool alone, busy;
  for (;;) {
    take_orders(u, &o);
    obey(u, &o);
    wats_uploader_hear(u);
    if (is_over(u, &o)) break;
    wats_uploader_cancel(u, false);
    busy = work(u, &o);
    show(u, &o);
    if (!busy) sleep_until_something_happens(u);
  }
  show(u, &o);
  let_go(u);
  wats_mutex_lock(&u->lock);
  alone = u->alone;
  wats_mutex_unlock(&u->lock);
  if (alone) wats_uploader_destroy(u);
  return NULL;
}

#endif
