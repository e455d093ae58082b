/*
** client_flights.c - see client_flights.h.
**
** One table for the process: flights are few and short. `lock` guards it, and
** who leads and has joined whom. It is held over calls into the engine, since a
** joiner is there for as long as he stands in a list; so a fork cannot wait for
** it, and the child begins with an empty table and a lock of its own.
*/
#include "client_flights.h"

#include <stddef.h>
#include <string.h>

#include "at_fork.h"
#include "random.h"
#include "siphash.h"
#include "sync.h"

#define BUCKETS 64

/* How soon he who joined looks again whether his leader still waits for his
** turn. */
#define LOOK_AGAIN_NS (50 * WATS_NS_PER_MS)

static struct wats_call *buckets[BUCKETS];
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;
static uint64_t seed[2];

static void in_child(void)
{
  static const struct wats_mutex fresh = WATS_MUTEX_INIT;
  lock = fresh;
  memset(buckets, 0, sizeof buckets);
}

static void start(void)
{
  (void)wats_random_bytes(seed, sizeof seed, NULL);
  (void)wats_at_fork(WATS_FORK_FLIGHTS, NULL, NULL, in_child);
}

/* ---- what is identical -------------------------------------------------- */

struct terms { /* zeroed before use, padding too: it is compared as bytes */
  int64_t ttl_ns;
  const struct wats_http_cache *cache;
  bool no_retry, idempotent, once, head;
};

static enum wats_errc add_field(struct wats_buffer *key, const char *name,
                                const char *value)
{
  enum wats_errc code;
  if (wats_name_equal(name, WATS_REQUEST_ID_FIELD)) return WATS_OK;
  code = wats_buffer_append(key, name, strlen(name) + 1);
  if (code != WATS_OK) return code;
  return wats_buffer_append(key, value, strlen(value) + 1);
}

static enum wats_errc add_fields(struct wats_buffer *key,
                                 const struct wats_headers *headers)
{
  const char *name, *value;
  size_t position = 0;
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK && headers &&
         wats_headers_next(headers, &position, NULL, &name, &value))
    code = add_field(key, name, value);
  return code;
}

static enum wats_errc make_key(struct wats_call *c, struct wats_buffer *key)
{
  const struct wats_cache_request *r = &c->cache_request;
  struct terms terms;
  enum wats_errc code;
  memset(&terms, 0, sizeof terms);
  terms.ttl_ns = c->request->cache_ttl_ns;
  terms.cache = c->client->cache;
  terms.no_retry = c->request->no_retry;
  terms.idempotent = c->request->idempotent;
  terms.once = c->request->once;
  terms.head = c->cache_request.head;
  code = wats_buffer_append(key, &terms, sizeof terms);
  if (code == WATS_OK) code = wats_buffer_append(key, r->key, r->key_length);
  if (code == WATS_OK) code = wats_buffer_append(key, "", 1);
  /* What clients send of their own is of those fields too: answers may vary. */
  if (code == WATS_OK) code = add_fields(key, r->defaults);
  if (code == WATS_OK) code = wats_buffer_append(key, "", 1);
  if (code == WATS_OK) code = add_fields(key, c->request->headers);
  return code;
}

/* ---- with the lock ------------------------------------------------------ */

static struct wats_call **place_of(uint64_t hash)
{
  return &buckets[hash % BUCKETS];
}

static struct wats_call *find(const struct wats_passage *mine)
{
  struct wats_call *c;
  for (c = *place_of(mine->hash); c; c = c->passage.next) {
    const struct wats_passage *p = &c->passage;
    if (p->hash == mine->hash && p->key.length == mine->key.length &&
        memcmp(p->key.data, mine->key.data, mine->key.length) == 0)
      return c;
  }
  return NULL;
}

static void take_off(struct wats_call *leader)
{
  struct wats_call **link = place_of(leader->passage.hash);
  while (*link != leader)
    link = &(*link)->passage.next;
  *link = leader->passage.next;
  leader->passage.listed = false;
}

static void lead(struct wats_call *c)
{
  struct wats_call **place = place_of(c->passage.hash);
  c->passage.next = *place;
  c->passage.listed = c->passage.leads = true;
  *place = c;
}

static int64_t now(const struct wats_call *c)
{
  return wats_clock_monotonic(c->client->clock);
}

/* How long the leader has waited for his turn so far. */
static int64_t held(const struct wats_call *leader)
{
  const struct wats_passage *p = &leader->passage;
  return p->held_ns + (p->held_since_ns ? now(leader) - p->held_since_ns : 0);
}

static void join(struct wats_call *c, struct wats_call *leader)
{
  struct wats_call **link = &leader->passage.joiners;
  while (*link)
    link = &(*link)->passage.next;
  c->passage.next = NULL;
  c->passage.leader = leader;
  c->passage.given_ns = held(leader);
  *link = c;
}

/* True: it had still been waiting. */
static bool leave(struct wats_call *c)
{
  struct wats_call **link;
  if (!c->passage.leader) return false;
  link = &c->passage.leader->passage.joiners;
  while (*link != c)
    link = &(*link)->passage.next;
  *link = c->passage.next;
  c->passage.leader = NULL;
  return true;
}

/* Live state may be as old as the caller says; what is under way was asked for
** when its leader set out. */
static bool is_young_enough(const struct wats_call *leader,
                            const struct wats_call *c)
{
  return !wats_call_is_live(c) ||
         wats_time_add(leader->ticket.requested_ns, c->request->cache_ttl_ns) >=
             wats_clock_monotonic(c->client->clock);
}

/*
** One whom a write has overtaken, or time, serves those who are with him,
** nobody else.
*/
static struct wats_call *leader_for(struct wats_call *c)
{
  struct wats_call *leader = find(&c->passage);
  if (!leader) return NULL;
  if (is_young_enough(leader, c) &&
      wats_http_cache_ticket_stands(leader->client->cache,
                                    &leader->cache_request, &leader->ticket))
    return leader;
  take_off(leader);
  return NULL;
}

/* ---- joining ------------------------------------------------------------ */

static enum wats_errc why_alone(struct wats_call *c, CURLcode code)
{
  if (code == CURLE_OK)
    return wats_fail(c->error, WATS_ERR_TIMEOUT,
                     "no answer in time from the request that it had joined");
  return code == CURLE_OUT_OF_MEMORY
             ? wats_fail_memory(c->error)
             : wats_fail(c->error, WATS_ERR_CANCELLED, "cancelled");
}

static enum wats_errc wait(struct wats_call *c, int64_t least_ns);

/* His time is up: does he get more, since his leader waits for his turn? */
static bool waits_on(struct wats_call *c)
{
  struct wats_call *leader = c->passage.leader;
  int64_t more, least = 0;
  if (!leader) return false;
  more = held(leader) - c->passage.given_ns;
  if (leader->passage.held_since_ns) least = LOOK_AGAIN_NS;
  if (more <= 0 && least == 0) return false;
  c->passage.given_ns += more;
  c->deadline_ns = wats_time_add(c->deadline_ns, more);
  return wait(c, least) == WATS_OK;
}

static void on_over(struct wats_job *job, CURLcode code)
{
  struct wats_call *c =
      (struct wats_call *)((char *)job -
                           offsetof(struct wats_call, passage.timer));
  struct wats_passage *p = &c->passage;
  struct wats_response *answer;
  bool alone, waits;
  wats_mutex_lock(&lock);
  waits = code == CURLE_OK && waits_on(c);
  alone = !waits && leave(c);
  wats_mutex_unlock(&lock);
  if (waits) return;
  if (alone) p->code = why_alone(c, code);
  answer = p->answer;
  p->answer = NULL;
  if (p->then(c, p->code, answer)) c->done(c);
}

/* With the lock, so that nobody lands before there is a timer to end. */
static enum wats_errc wait(struct wats_call *c, int64_t least_ns)
{
  struct wats_job *timer = &c->passage.timer;
  int64_t left = c->deadline_ns - now(c);
  enum wats_errc code;
  timer->start_ns = wats_time_add(wats_clock_monotonic(&wats_system_clock),
                                  left > least_ns ? left : least_ns);
  timer->done = on_over;
  code = wats_engine_submit(timer, c->caller_waits);
  if (code == WATS_OK) return WATS_OK;
  (void)leave(c);
  return wats_fail(c->error, code, "the engine cannot be started");
}

enum wats_errc wats_flight_board(struct wats_call *c, wats_call_step then,
                                 enum wats_boarding *boarding)
{
  struct wats_passage *p = &c->passage;
  struct wats_call *leader;
  enum wats_errc code;
  wats_once(&once, start);
  wats_call_ready(c);
  p->then = then;
  p->again = false;
  wats_buffer_clear(&p->key);
  code = make_key(c, &p->key);
  if (code != WATS_OK) return wats_fail_memory(c->error);
  p->hash = wats_siphash(seed, p->key.data, p->key.length);
  wats_mutex_lock(&lock);
  leader = leader_for(c);
  *boarding = leader ? WATS_BOARDING_JOINED : WATS_BOARDING_LEADS;
  if (!leader)
    lead(c);
  else {
    atomic_fetch_add_explicit(&c->client->coalesced, 1, memory_order_relaxed);
    join(c, leader);
    code = wait(c, 0);
  }
  wats_mutex_unlock(&lock);
  return code;
}

void wats_flight_missed(struct wats_call *c)
{
  c->result->repeatable = true;
  c->passage.again = false;
  atomic_fetch_add_explicit(&c->client->coalesced, 1, memory_order_relaxed);
}

/* ---- landing ------------------------------------------------------------ */

/* Did it end for a reason that holds for everybody? */
static bool is_for_all(enum wats_errc code)
{
  return code == WATS_OK || code == WATS_ERR_CONNECTION ||
         code == WATS_ERR_TLS || code == WATS_ERR_PROTOCOL ||
         code == WATS_ERR_DECODE || code == WATS_ERR_REDIRECT ||
         code == WATS_ERR_CIRCUIT_OPEN;
}

static void share(struct wats_call *joiner, const struct wats_call *leader,
                  enum wats_errc code)
{
  const struct wats_result *from = leader->result;
  struct wats_result *to = joiner->result;
  joiner->passage.again = !is_for_all(code);
  joiner->passage.code = joiner->passage.again ? WATS_OK : code;
  if (joiner->passage.again) return;
  if (code == WATS_OK)
    joiner->passage.answer = wats_response_retain(from->response);
  else
    *joiner->error = *leader->error;
  to->cache_status = from->cache_status;
  to->age_s = from->age_s;
  to->retry_after_ns = from->retry_after_ns;
  to->repeatable = true;
  memcpy(to->request_id, from->request_id, sizeof to->request_id);
}

void wats_flight_hold(struct wats_call *leader, bool waits)
{
  struct wats_passage *p = &leader->passage;
  if (!p->leads) return;
  wats_mutex_lock(&lock);
  p->held_ns = held(leader);
  p->held_since_ns = waits ? now(leader) : 0;
  wats_mutex_unlock(&lock);
}

void wats_flight_shut(struct wats_call *leader)
{
  if (!leader->passage.leads) return;
  wats_mutex_lock(&lock);
  if (leader->passage.listed) take_off(leader);
  wats_mutex_unlock(&lock);
}

void wats_flight_land(struct wats_call *leader, enum wats_errc code)
{
  struct wats_call *c;
  if (!leader->ready || !leader->passage.leads) return;
  wats_mutex_lock(&lock);
  if (leader->passage.listed) take_off(leader);
  while ((c = leader->passage.joiners) != NULL) {
    leader->passage.joiners = c->passage.next;
    share(c, leader, code);
    c->passage.leader = NULL;
    wats_engine_end(&c->passage.timer);
  }
  leader->passage.leads = false;
  leader->passage.held_ns = leader->passage.held_since_ns = 0;
  wats_mutex_unlock(&lock);
}
