/*
** test_http_cache_rules.c - variants of one URL in the store; and random
** sequences of answers and requests on a clock that stands still: nothing
** outlives what the server and the client's option allow, nothing crosses Vary
** or keys, bytes never pass the bound.
**
** Every answer's body says what it is, so that what is served can be judged
** alone, by rules written down here once more and not taken from the code.
*/
#include "cache_fixture.h"

#include "core/cache_entry.h"

/* ---- variants ------------------------------------------------------------ */

static struct wats_headers own;

static struct wats_cache_request asking_with(const char *path,
                                             const char *fields)
{
  struct wats_cache_request r = asking(path);
  wats_headers_clear(&own);
  fill(&own, fields);
  r.headers = &own;
  return r;
}

static void look_with(const char *fields, enum wats_cache_verdict expected)
{
  struct wats_cache_request r = asking_with("/v", fields);
  CHECK_INT(look(&r), expected);
}

static void fetch_with(const char *fields, const char *answered)
{
  struct wats_cache_request r = asking_with("/v", fields);
  CHECK(fetch(&r, 200, answered) == NULL);
}

#define VARIES "Cache-Control: max-age=60|Vary: A"

static void test_side_by_side(void)
{
  open_cache(300, 10, 100000);
  fetch_with("A: 1", VARIES);
  fetch_with("A: 2", VARIES);
  fetch_with("", VARIES);
  look_with("A: 1", WATS_CACHE_FRESH);
  look_with("A: 2", WATS_CACHE_FRESH);
  look_with("", WATS_CACHE_FRESH);
  look_with("A: 3", WATS_CACHE_MISS);
  CHECK_INT(stats().entries, 1);
  close_cache();
}

/* What does not vary, but was asked for earlier, displaces nobody's. */
static void test_overtaken_by_a_variant(void)
{
  struct wats_cache_request r = asking("/v");
  struct wats_cache_ticket ticket;
  struct wats_response *plain = answer(200, "Cache-Control: max-age=60", "old");
  const char *why = NULL;
  open_cache(300, 10, 100000);
  wats_http_cache_ticket(cache, &ticket);
  wait_s(1);
  fetch_with("A: 1", VARIES);
  wats_headers_clear(&own);
  r.headers = &own;
  CHECK(!wats_http_cache_store(cache, &r, &ticket, plain, &why));
  CHECK_STR(why, "a later answer is stored");
  look_with("A: 1", WATS_CACHE_FRESH);
  look_with("A: 2", WATS_CACHE_MISS);
  wats_http_cache_ticket(cache, &ticket);
  CHECK(wats_http_cache_store(cache, &r, &ticket, plain, &why));
  look_with("A: 2", WATS_CACHE_FRESH);
  wats_response_release(plain);
  close_cache();
}

/* A variant's own time runs; another's arrival does not lengthen it. */
static void test_each_has_its_time(void)
{
  open_cache(300, 10, 100000);
  fetch_with("A: 1", "Cache-Control: max-age=60|Vary: A");
  wait_s(30);
  fetch_with("A: 2", "Cache-Control: max-age=60|Vary: A");
  wait_s(30);
  look_with("A: 1", WATS_CACHE_MISS);
  look_with("A: 2", WATS_CACHE_FRESH);
  fetch_with("A: 2", "Cache-Control: max-age=10|Vary: A");
  wait_s(9);
  look_with("A: 2", WATS_CACHE_FRESH);
  wait_s(1);
  look_with("A: 2", WATS_CACHE_MISS);
  CHECK_INT(stats().entries, 0);
  fetch_with("A: 1", "Cache-Control: max-age=60|Vary: A");
  fetch_with("A: 2", "Cache-Control: max-age=10|Vary: A");
  wait_s(11);
  look_with("A: 2", WATS_CACHE_MISS);
  look_with("A: 1", WATS_CACHE_FRESH);
  close_cache();
}

static void test_what_does_not_vary_replaces_all(void)
{
  size_t both;
  open_cache(300, 10, 100000);
  fetch_with("A: 1", VARIES);
  fetch_with("A: 2", VARIES);
  both = stats().bytes;
  fetch_with("A: 1", "Cache-Control: max-age=10");
  CHECK(stats().bytes < both);
  look_with("A: 2", WATS_CACHE_FRESH);
  wait_s(10);
  look_with("A: 1", WATS_CACHE_MISS);
  look_with("A: 2", WATS_CACHE_MISS);
  close_cache();
}

static void test_no_more_than_the_most(void)
{
  char field[16];
  int i;
  open_cache(300, 10, 100000);
  for (i = 0; i < WATS_CACHE_VARIANTS + 1; i++) {
    snprintf(field, sizeof field, "A: %d", i);
    fetch_with(field, VARIES);
  }
  look_with("A: 0", WATS_CACHE_MISS); /* the oldest gave way */
  for (i = 1; i < WATS_CACHE_VARIANTS + 1; i++) {
    snprintf(field, sizeof field, "A: %d", i);
    look_with(field, WATS_CACHE_FRESH);
  }
  close_cache();
}

/* A write drops them all; the bytes of all are counted. */
static void test_they_are_one_entry(void)
{
  static const struct wats_operation family = {.method = "GET", .family = 3};
  static const struct wats_operation writes = {.method = "PUT",
                                               .stale = 1 << 3};
  struct wats_cache_request r;
  struct wats_cache_write write;
  size_t one;
  open_cache(300, 10, 100000);
  r = asking_with("/v", "A: 1");
  r.operation = &family;
  CHECK(fetch(&r, 200, VARIES) == NULL);
  one = stats().bytes;
  r = asking_with("/v", "A: 2");
  r.operation = &family;
  CHECK(fetch(&r, 200, VARIES) == NULL);
  CHECK(stats().bytes > one + 100);
  wats_http_cache_write_begin(cache, &writes, "/w", 2, &write);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  wats_http_cache_write_end(cache, &write, true);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK_INT(stats().entries, 0);
  CHECK_INT(stats().bytes, 0);
  CHECK_INT(stats().invalidations, 1);
  close_cache();
}

/* Neither what a write under way concerns nor what one has made doubtful stands
** in, even where no look-up has met it yet. */
static void test_no_stand_in_past_a_write(void)
{
  struct wats_http_cache_options options = {.ttl_ns = 300 * S,
                                            .stale_if_error_ns = 1000 * S,
                                            .max_entries = 10,
                                            .max_bytes = 8000,
                                            .clock = &fake.clock};
  struct wats_cache_request r = asking("/x");
  struct wats_cache_found found;
  struct wats_cache_write write;
  int applied;
  for (applied = 0; applied < 2; applied++) {
    wats_fake_clock_init(&fake, 1000 * S, NOW * S);
    CHECK_INT(wats_http_cache_create(&options, &cache, NULL), WATS_OK);
    CHECK(fetch(&r, 200, "") == NULL);
    wats_http_cache_write_begin(cache, NULL, "/x", 2, &write);
    CHECK(!wats_http_cache_fallback(cache, &r, &found));
    wats_http_cache_write_end(cache, &write, applied);
    CHECK(wats_http_cache_fallback(cache, &r, &found) == !applied);
    wats_response_release(found.response);
    CHECK_INT(stats().stale, !applied);
    close_cache();
  }
}

static void test_memory_is_short(void)
{
  struct wats_cache_request r;
  struct wats_cache_ticket ticket;
  struct wats_response *a;
  long before, i;
  const char *why = "";
  wats_headers_free(&own);
  before = wats_alloc_live();
  for (i = 0; why && i < 100; i++) {
    open_cache(300, 10, 100000);
    fetch_with("A: 1", VARIES);
    fetch_with("A: 2", VARIES);
    r = asking_with("/v", "A: 3");
    a = answer(200, VARIES, "body");
    wats_http_cache_ticket(cache, &ticket);
    wats_alloc_fail_after(i);
    wats_http_cache_store(cache, &r, &ticket, a, &why);
    wats_alloc_fail_never();
    wats_response_release(a);
    CHECK_INT(look(&r), why ? WATS_CACHE_MISS : WATS_CACHE_FRESH);
    close_cache();
  }
  CHECK(i > 3 && i < 100);
  wats_headers_free(&own);
  CHECK_INT(wats_alloc_live(), before);
}

/* ---- random sequences ---------------------------------------------------- */

enum { OPTION_S = 20, KEYS = 4, STEPS = 30000 };

struct terms { /* what an answer says of itself */
  int key, variant;
  int64_t born_s, life_s, meanwhile_s, if_error_s; /* -1: not said */
  int strict, ask_first; /* must-revalidate; no-cache */
};

static uint64_t random_state;

static unsigned pick(unsigned bound)
{
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (unsigned)((random_state * UINT64_C(2685821657736338717)) >> 33) %
         bound;
}

static int64_t now_s(void)
{
  return fake.monotonic_ns / S;
}

/* Keys as clients make them: credential, then URL. */
static const char *const keys[KEYS] = {"AAAA/x", "BBBB/x", "AAAA/y", "BBBB/y"};

/* Appends, printf-like, within the 200 bytes that `text` has. */
#define APPEND(text, ...)                                                      \
  snprintf((text) + strlen(text), 200 - strlen(text), __VA_ARGS__)

static struct wats_cache_request
random_request(int *key, int *variant, int64_t *max_stale_s, bool *live)
{
  char fields[200] = "";
  unsigned directive = pick(6);
  struct wats_cache_request r;
  *key = (int)pick(KEYS);
  *variant = (int)pick(3);
  *max_stale_s = directive == 0 ? (int64_t)pick(15) : 0;
  *live = directive == 1;
  if (*variant) APPEND(fields, "A: %d|", *variant);
  if (directive == 0)
    APPEND(fields, "Cache-Control: max-stale=%d", (int)*max_stale_s);
  if (directive == 1) APPEND(fields, "Cache-Control: no-cache");
  r = asking_with(keys[*key], fields);
  r.path = keys[*key] + 4;
  r.path_length = 2;
  return r;
}

static int64_t maybe(unsigned bound)
{
  return pick(3) ? -1 : (int64_t)pick(bound);
}

/* What the server says of an answer, as `t` has it. */
static void write_fields(const struct terms *t, int64_t age_s, char fields[200])
{
  APPEND(fields, "Vary: A|ETag: \"%u\"", pick(1000));
  if (age_s >= 0) APPEND(fields, "|Age: %d", (int)age_s);
  APPEND(fields, "|Cache-Control: max-age=%d", (int)t->life_s);
  if (t->meanwhile_s >= 0)
    APPEND(fields, ", stale-while-revalidate=%d", (int)t->meanwhile_s);
  if (t->if_error_s >= 0)
    APPEND(fields, ", stale-if-error=%d", (int)t->if_error_s);
  if (t->strict) APPEND(fields, ", must-revalidate");
  if (t->ask_first) APPEND(fields, ", no-cache");
}

static void random_answer(int key, int variant)
{
  struct wats_cache_request r;
  struct wats_cache_ticket ticket;
  struct wats_response *a;
  struct terms t = {.key = key, .variant = variant};
  char fields[200] = "", body[160];
  int64_t age_s = maybe(10);
  t.life_s = (int64_t)pick(30);
  t.meanwhile_s = maybe(20);
  t.if_error_s = maybe(40);
  t.strict = !pick(6);
  t.ask_first = !pick(8);
  t.born_s = now_s() - (age_s > 0 ? age_s : 0);
  write_fields(&t, age_s, fields);
  snprintf(body, sizeof body, "%d %d %lld %lld %lld %lld %d %d", t.key,
           t.variant, (long long)t.born_s, (long long)t.life_s,
           (long long)t.meanwhile_s, (long long)t.if_error_s, t.strict,
           t.ask_first);
  a = answer(200, fields, body);
  fields[0] = '\0';
  if (variant) APPEND(fields, "A: %d", variant);
  r = asking_with(keys[key], fields);
  r.path = keys[key] + 4;
  r.path_length = 2;
  wats_http_cache_ticket(cache, &ticket);
  wats_http_cache_store(cache, &r, &ticket, a, NULL);
  wats_response_release(a);
}

static struct terms read_terms(struct wats_response *response)
{
  struct terms t = {.key = -1};
  size_t length;
  const char *body = wats_response_body(response, &length);
  char text[160] = "";
  long long born, life, meanwhile, if_error;
  memcpy(text, body, length < sizeof text ? length : sizeof text - 1);
  CHECK_INT(sscanf(text, "%d %d %lld %lld %lld %lld %d %d", &t.key, &t.variant,
                   &born, &life, &meanwhile, &if_error, &t.strict,
                   &t.ask_first),
            8);
  t.born_s = born;
  t.life_s = life;
  t.meanwhile_s = meanwhile;
  t.if_error_s = if_error;
  return t;
}

static unsigned fresh_served, stale_served, stood_in;

static void judge_served(int key, int variant, int64_t max_stale_s, bool live,
                         const struct wats_cache_found *found)
{
  struct terms t = read_terms(found->response);
  int64_t age_s = now_s() - t.born_s, over_s = age_s - t.life_s;
  CHECK_INT(t.key, key);
  CHECK_INT(t.variant, variant);
  CHECK_INT(found->age_s, age_s);
  CHECK(!live);
  CHECK(!t.ask_first);
  if (!found->stale) {
    CHECK(over_s < 0);
    fresh_served++;
    return;
  }
  stale_served++;
  CHECK(over_s >= 0);
  CHECK(!t.strict);
  CHECK(over_s <= max_stale_s || over_s <= t.meanwhile_s);
}

static void random_look(void)
{
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  int key, variant;
  int64_t max_stale_s;
  bool live;
  struct wats_cache_request r =
      random_request(&key, &variant, &max_stale_s, &live);
  if (wats_http_cache_begin(cache, &r, false, &ticket, &found) ==
      WATS_CACHE_FRESH)
    judge_served(key, variant, max_stale_s, live, &found);
  else if (pick(2)) { /* the server does not answer */
    wats_response_release(found.response);
    if (wats_http_cache_fallback(cache, &r, &found)) {
      struct terms t = read_terms(found.response);
      int64_t allowed_s = t.if_error_s >= 0 ? t.if_error_s : OPTION_S;
      CHECK_INT(t.key, key);
      CHECK_INT(t.variant, variant);
      CHECK(!t.strict && !t.ask_first && !live);
      CHECK(now_s() - t.born_s - t.life_s <= allowed_s);
      stood_in++;
    }
  }
  wats_response_release(found.response);
}

static void test_random_sequences(void)
{
  struct wats_http_cache_options options = {.ttl_ns = 300 * S,
                                            .stale_if_error_ns = OPTION_S * S,
                                            .max_entries = 10,
                                            .max_bytes = 8000,
                                            .clock = &fake.clock};
  int step;
  random_state = 20240607;
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
  CHECK_INT(wats_http_cache_create(&options, &cache, NULL), WATS_OK);
  for (step = 0; step < STEPS && !test_bad_checks; step++) {
    struct wats_http_cache_stats s;
    if (!pick(4))
      random_answer((int)pick(KEYS), (int)pick(3));
    else
      random_look();
    if (!pick(3)) wait_s(pick(6));
    s = stats();
    CHECK(s.bytes <= 8000 && s.entries <= 10);
    CHECK_INT(s.stale, stale_served + stood_in);
    CHECK_INT(s.hits, fresh_served + stale_served);
  }
  CHECK(fresh_served > 500 && stale_served > 100 && stood_in > 100);
  close_cache();
  wats_headers_free(&own);
}

int main(void)
{
  wats_headers_init(&own, 0);
  RUN(test_side_by_side);
  RUN(test_overtaken_by_a_variant);
  RUN(test_each_has_its_time);
  RUN(test_what_does_not_vary_replaces_all);
  RUN(test_no_more_than_the_most);
  RUN(test_they_are_one_entry);
  RUN(test_no_stand_in_past_a_write);
  RUN(test_memory_is_short);
  RUN(test_random_sequences);
  return test_report();
}
