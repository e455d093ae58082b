/*
** test_http_cache_model.c - long random histories against a naive model, and
** four threads at once.
**
** The model is the server itself: each resource has a version that an applied
** write moves on. Every answer says what it is (key, version, when asked, how
** long good), so that a look-up that is served can be judged alone.
*/
#include "cache_fixture.h"

#include <stdatomic.h>

#include "core/sync.h"

enum { RESOURCES = 8, GETS = 4, WRITES = 3, KINDS = 8 };

#define OPERATION(number)                                                      \
  {                                                                            \
    .method = "GET", .volatility = WATS_VOLATILITY_STANDARD, .family = number  \
  }
static const struct wats_operation family_3 = OPERATION(3);
static const struct wats_operation family_5 = OPERATION(5);

static const struct {
  const char *path;
  const struct wats_operation *operation;
} resources[RESOURCES] = {
    {"/api/Product/1", &family_3},    {"/api/Product/2", &family_3},
    {"/api/Production/1", &family_5}, {"/api/plain", NULL},
    {"/api/plain/a", NULL},           {"/api/plain/a/b", NULL},
    {"/api/plainer", NULL},           {"/other", NULL},
};

#define WRITE(bits)                                                            \
  {                                                                            \
    .method = "PUT", .family = WATS_NO_FAMILY, .stale = (bits)                 \
  }
static const struct wats_operation stales_3 = WRITE(UINT64_C(1) << 3);
static const struct wats_operation stales_both =
    WRITE(UINT64_C(1) << 3 | UINT64_C(1) << 5);

static const struct {
  const struct wats_operation *operation;
  const char *path;
  const char *concerns; /* one letter per resource: x = yes */
} writes[KINDS] = {
    {&stales_3, "/api/Product", "xx......"},
    {&stales_both, "/api/Product", "xxx....."},
    {NULL, "/api/Product", "xx......"},
    {NULL, "/api/plain", "...xxx.."},
    {NULL, "/api/plain/a", "....xx.."},
    {NULL, "/API/PLAIN/a/b/", ".....x.."},
    {NULL, "/other/below", "........"},
    {NULL, "/", "xxxxxxxx"},
};

struct get {
  bool active, answered;
  int resource;
  int64_t asked_s, life_s;
  unsigned version;
  struct wats_cache_ticket ticket;
};

struct write {
  bool active, done;
  int kind;
  struct wats_cache_write write;
};

struct model {
  uint64_t random;
  unsigned version[RESOURCES];
  struct get gets[GETS];
  struct write writes[WRITES];
  /* What must be served when there is room: until when, 0 = nothing. */
  int64_t good_until_s[RESOURCES];
  int64_t asked_s[RESOURCES];
  uint64_t hits, misses;
};

/* xorshift64*: the same history on every machine. */
static unsigned pick(struct model *m, unsigned bound)
{
  m->random ^= m->random >> 12;
  m->random ^= m->random << 25;
  m->random ^= m->random >> 27;
  return (unsigned)((m->random * UINT64_C(2685821657736338717)) >> 33) % bound;
}

static int64_t now_s(void)
{
  return fake.monotonic_ns / S;
}

static bool concerns(int kind, int resource)
{
  return writes[kind].concerns[resource] == 'x';
}

static bool is_written_now(const struct model *m, int resource)
{
  int i;
  for (i = 0; i < WRITES; i++)
    if (m->writes[i].active && concerns(m->writes[i].kind, resource))
      return true;
  return false;
}

static struct wats_cache_request request_of(int resource)
{
  return asking_for(resources[resource].operation, resources[resource].path);
}

/* The promises, on one answer that was served. */
static void judge_served(const struct model *m, int resource,
                         const struct wats_cache_found *found)
{
  size_t length;
  const char *body = wats_response_body(found->response, &length);
  char text[80] = "";
  int of = -1;
  unsigned version = 0;
  long long asked = 0, life = 0;
  memcpy(text, body, length < sizeof text ? length : sizeof text - 1);
  CHECK_INT(sscanf(text, "%d %u %lld %lld", &of, &version, &asked, &life), 4);
  CHECK_INT(of, resource);                  /* never crosses keys */
  CHECK_INT(version, m->version[resource]); /* never survives a write */
  CHECK(!is_written_now(m, resource));      /* nor is used during one */
  CHECK(now_s() - asked < life);            /* never outlives its life */
  CHECK_INT(found->age_s, now_s() - asked);
}

static void step_look(struct model *m, bool has_room)
{
  int resource = (int)pick(m, RESOURCES);
  struct wats_cache_request request = request_of(resource);
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  enum wats_cache_verdict verdict =
      wats_http_cache_begin(cache, &request, false, &ticket, &found);
  bool expected =
      now_s() < m->good_until_s[resource] && !is_written_now(m, resource);
  if (verdict == WATS_CACHE_FRESH) {
    judge_served(m, resource, &found);
    m->hits++;
  } else {
    m->misses++;
  }
  if (has_room) CHECK((verdict == WATS_CACHE_FRESH) == expected);
  wats_response_release(found.response);
}

static void step_ask(struct model *m)
{
  struct get *g = &m->gets[pick(m, GETS)];
  if (g->active) return;
  memset(g, 0, sizeof *g);
  g->active = true;
  g->resource = (int)pick(m, RESOURCES);
  g->asked_s = now_s();
  g->life_s = 1 + pick(m, 60);
  wats_http_cache_ticket(cache, &g->ticket);
}

/* The server makes the answer: with the version of this moment. */
static void step_answer(struct model *m)
{
  struct get *g = &m->gets[pick(m, GETS)];
  if (!g->active || g->answered) return;
  g->answered = true;
  g->version = m->version[g->resource];
}

static void step_store(struct model *m)
{
  struct get *g = &m->gets[pick(m, GETS)];
  struct wats_cache_request request;
  struct wats_response *r;
  char fields[64], body[80];
  const char *why;
  if (!g->active || !g->answered) return;
  g->active = false;
  request = request_of(g->resource);
  snprintf(fields, sizeof fields, "Cache-Control: max-age=%d", (int)g->life_s);
  snprintf(body, sizeof body, "%d %u %lld %lld", g->resource, g->version,
           (long long)g->asked_s, (long long)g->life_s);
  r = answer(200, fields, body);
  if (wats_http_cache_store(cache, &request, &g->ticket, r, &why)) {
    CHECK_INT(g->version, m->version[g->resource]);
    m->good_until_s[g->resource] = g->asked_s + g->life_s;
    m->asked_s[g->resource] = g->asked_s;
  } else if (strcmp(why, "over already, and without a validator") == 0 &&
             m->asked_s[g->resource] <= g->asked_s) {
    m->good_until_s[g->resource] = 0;
  }
  wats_response_release(r);
}

static void step_write(struct model *m)
{
  struct write *w = &m->writes[pick(m, WRITES)];
  if (w->active) return;
  w->active = true;
  w->done = false;
  w->kind = (int)pick(m, KINDS);
  wats_http_cache_write_begin(cache, writes[w->kind].operation,
                              writes[w->kind].path,
                              strlen(writes[w->kind].path), &w->write);
}

static void change(struct model *m, struct write *w)
{
  int i;
  if (w->done) return;
  w->done = true;
  for (i = 0; i < RESOURCES; i++)
    if (concerns(w->kind, i)) m->version[i]++;
}

static void step_end(struct model *m)
{
  struct write *w = &m->writes[pick(m, WRITES)];
  bool applied = pick(m, 2);
  int i;
  if (!w->active) return;
  if (!w->done && pick(m, 2)) {
    change(m, w); /* the server has done it, we do not know yet */
    return;
  }
  applied = applied || w->done;
  if (applied) change(m, w);
  wats_http_cache_write_end(cache, &w->write, applied);
  w->active = false;
  for (i = 0; applied && i < RESOURCES; i++)
    if (concerns(w->kind, i)) m->good_until_s[i] = 0;
}

static void step_by_hand(struct model *m)
{
  int kind = 2 + (int)pick(m, KINDS - 2), i;
  if (pick(m, 8)) return;
  wats_http_cache_invalidate(cache, writes[kind].path,
                             strlen(writes[kind].path));
  for (i = 0; i < RESOURCES; i++)
    if (concerns(kind, i)) m->good_until_s[i] = 0;
}

static void run_history(uint64_t seed, size_t max_entries, size_t max_bytes)
{
  static struct model m;
  bool has_room = max_entries > RESOURCES && max_bytes > 100000;
  struct wats_http_cache_stats s;
  int step;
  memset(&m, 0, sizeof m);
  m.random = seed;
  open_cache(300, max_entries, max_bytes);
  for (step = 0; step < 20000 && !test_bad_checks; step++) {
    switch (pick(&m, 12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      step_look(&m, has_room);
      break;
    case 4:
    case 5:
      step_ask(&m);
      break;
    case 6:
    case 7:
      step_answer(&m);
      break;
    case 8:
      step_store(&m);
      break;
    case 9:
      pick(&m, 2) ? step_write(&m) : step_end(&m);
      break;
    case 10:
      wait_s(pick(&m, 4));
      break;
    default:
      step_by_hand(&m);
    }
    s = stats();
    CHECK(s.entries <= max_entries && s.bytes <= max_bytes);
    CHECK(s.hits == m.hits && s.misses == m.misses);
  }
  CHECK(m.hits > 50);
  close_cache();
}

static void test_histories_with_room(void)
{
  uint64_t seed;
  for (seed = 1; seed <= 5; seed++)
    run_history(seed, 100, 1000000);
}

static void test_histories_without_room(void)
{
  uint64_t seed;
  for (seed = 11; seed <= 13; seed++)
    run_history(seed, 3, 1000000);
  for (seed = 21; seed <= 23; seed++)
    run_history(seed, 100, 900);
}

/* --- threads -------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 3000, SHARED = 3 };

/* `next` is what the server holds, `settled` what a returned write made. */
static _Atomic unsigned next_version[SHARED], settled[SHARED];
static _Atomic uint64_t looked;
static _Atomic unsigned violations, served;
static struct wats_registry *registry;

static const struct {
  const struct wats_operation *operation, *write;
  const char *path;
} shared[SHARED] = {
    {&family_3, &stales_3, "/api/Product/1"},
    {NULL, NULL, "/api/plain/a"},
    {NULL, NULL, "/api/plain/b"},
};

static void read_one(int i)
{
  struct wats_cache_request request =
      asking_for(shared[i].operation, shared[i].path);
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  unsigned least = atomic_load(&settled[i]);
  atomic_fetch_add(&looked, 1);
  if (wats_http_cache_begin(cache, &request, false, &ticket, &found) ==
      WATS_CACHE_FRESH) {
    size_t length;
    const char *body = wats_response_body(found.response, &length);
    char text[16] = "";
    memcpy(text, body, length);
    if (strtoul(text, NULL, 10) < least) atomic_fetch_add(&violations, 1);
    atomic_fetch_add(&served, 1);
  } else {
    char body[16];
    struct wats_response *r;
    snprintf(body, sizeof body, "%u", atomic_load(&next_version[i]));
    r = answer(200, "Cache-Control: max-age=60", body);
    wats_http_cache_store(cache, &request, &ticket, r, NULL);
    wats_response_release(r);
  }
  wats_response_release(found.response);
}

static void write_one(int i)
{
  struct wats_cache_write write;
  unsigned mine, seen;
  wats_http_cache_write_begin(cache, shared[i].write, shared[i].path,
                              strlen(shared[i].path), &write);
  mine = atomic_fetch_add(&next_version[i], 1) + 1;
  wats_http_cache_write_end(cache, &write, true);
  seen = atomic_load(&settled[i]);
  while (seen < mine && !atomic_compare_exchange_weak(&settled[i], &seen, mine))
    continue;
}

static enum wats_errc see(const struct wats_sample *sample, void *context)
{
  (void)sample;
  (void)context;
  return WATS_OK;
}

static void *work(void *argument)
{
  struct model m = {.random = 99 + (uint64_t) * (int *)argument};
  int round;
  for (round = 0; round < ROUNDS; round++) {
    int i = (int)pick(&m, SHARED);
    unsigned what = pick(&m, 40);
    if (what == 0)
      write_one(i);
    else if (what == 2) /* read-outs get in between */
      wats_registry_visit(registry, see, NULL);
    else if (what == 1)
      wats_http_cache_invalidate(cache, shared[i].path, strlen(shared[i].path));
    else
      read_one(i);
  }
  return NULL;
}

static void test_four_threads(void)
{
  struct wats_http_cache_options options = {300 * S, 100, 1000000,
                                            &wats_system_clock, registry};
  struct wats_thread threads[THREADS];
  int numbers[THREADS], i;
  struct wats_http_cache_stats s;
  registry = options.registry = wats_registry_create();
  CHECK_INT(wats_http_cache_create(&options, &cache, NULL), WATS_OK);
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK_INT(wats_thread_start(&threads[i], work, &numbers[i]), WATS_OK);
  }
  for (i = 0; i < THREADS; i++)
    wats_thread_join(&threads[i]);
  s = stats();
  CHECK_INT(violations, 0);
  CHECK_INT(s.requests, looked);
  CHECK_INT(s.hits, served);
  CHECK(served > 100);
  CHECK(s.entries <= SHARED);
  CHECK(figure(registry, "wats_http_cache_hits_total") == (double)s.hits);
  CHECK(figure(registry, "wats_http_cache_misses_total") == (double)s.misses);
  CHECK(figure(registry, "wats_http_cache_stores_total") == (double)s.stores);
  CHECK(figure(registry, "wats_http_cache_invalidations_total") ==
        (double)stats().invalidations);
  close_cache();
  wats_registry_release(registry);
}

int main(void)
{
  RUN(test_histories_with_room);
  RUN(test_histories_without_room);
  RUN(test_four_threads);
  return test_report();
}
