/*
** test_cache_registry.c - whose cache it is: names, options, who goes and what
** stays, figures, fork, short memory.
*/
#include "core/cache_registry.h"

#include <stdatomic.h>

#include "cache_fixture.h"
#include "child.h"
#include "core/sync.h"

#define PATH "/api/Product/x"

static long blocks_before;
static struct wats_error error;

/* As many as a test wants; each has its place for the cache. */
static struct user {
  struct wats_cache_member member;
  struct wats_http_cache *cache;
} users[16];

static void begin(void)
{
  blocks_before = wats_alloc_live();
  memset(users, 0, sizeof users);
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
}

static void quit_all(void)
{
  size_t i;
  for (i = 0; i < sizeof users / sizeof *users; i++) {
    wats_cache_registry_quit(&users[i].member);
    CHECK(!users[i].cache);
  }
  wats_cache_registry_drain();
}

static void end(void)
{
  quit_all();
  CHECK_INT(wats_alloc_live(), blocks_before);
}

static struct wats_cache_asked ask_for(const char *name)
{
  return (struct wats_cache_asked){.name = name,
                                   .ttl_ns = -1,
                                   .stale_if_error_ns = -1,
                                   .clock = &fake.clock};
}

static enum wats_errc join_with(int i, const struct wats_cache_asked *asked)
{
  return wats_cache_registry_join(&users[i].member, asked, &users[i].cache,
                                  &error);
}

static void join(int i, const char *name)
{
  struct wats_cache_asked asked = ask_for(name);
  CHECK_INT(join_with(i, &asked), WATS_OK);
}

static void leave(int i)
{
  wats_cache_registry_leave(&users[i].member);
}

static void quit(int i)
{
  wats_cache_registry_quit(&users[i].member);
}

/* Stores the answer of PATH, as this user. */
static void store(int i)
{
  struct wats_cache_request r = asking(PATH);
  cache = users[i].cache;
  CHECK(!fetch(&r, 200, ""));
}

static bool has(int i)
{
  struct wats_cache_request r = asking(PATH);
  cache = users[i].cache;
  return look(&r) == WATS_CACHE_FRESH;
}

static void one_for_each_name(void)
{
  begin();
  join(0, NULL);
  join(1, NULL);
  join(2, "a");
  join(3, "a");
  join(4, "b");
  CHECK(users[0].cache != users[1].cache);
  CHECK(users[2].cache == users[3].cache);
  CHECK(users[4].cache != users[3].cache && users[4].cache != users[0].cache);
  store(2);
  CHECK(has(3));
  CHECK(!has(4));
  CHECK(!has(0));
  cache = users[3].cache;
  CHECK_INT(stats().max_entries, WATS_CACHE_MAX_ENTRIES);
  CHECK_INT(stats().max_bytes, WATS_CACHE_MAX_BYTES);
  CHECK_INT(stats().requests, 1);
  end();
}

static void the_first_ones_options_stand(void)
{
  static const struct {
    int64_t ttl_ns;
    size_t max_entries, max_bytes;
    const char *message;
    int64_t stale_if_error_ns; /* 0: not given */
  } rows[] = {
      {60 * S, 0, 0,
       "cache.ttl: 60 asked for, but another client of the cache \"a\" has 5"},
      {0, 0, 0,
       "cache.ttl: 0 asked for, but another client of the cache \"a\" has 5"},
      {-1, 8, 0,
       "cache.max_entries: 8 asked for, but another client of the cache \"a\" "
       "has 7"},
      {-1, 0, 8000,
       "cache.max_bytes: 8000 asked for, but another client of the cache \"a\" "
       "has 9000"},
      {-1, 0, 0,
       "cache.stale_if_error: 60 asked for, but another client of the cache "
       "\"a\" has 30",
       60 * S},
      {5 * S, 7, 9000, NULL, 30 * S},
      {-1, 0, 0, NULL}};
  struct wats_cache_asked first = ask_for("a");
  size_t i;
  begin();
  first.ttl_ns = 5 * S;
  first.max_entries = 7;
  first.max_bytes = 9000;
  first.stale_if_error_ns = 30 * S;
  CHECK_INT(join_with(0, &first), WATS_OK);
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_cache_asked asked = ask_for("a");
    asked.ttl_ns = rows[i].ttl_ns;
    asked.max_entries = rows[i].max_entries;
    asked.max_bytes = rows[i].max_bytes;
    if (rows[i].stale_if_error_ns)
      asked.stale_if_error_ns = rows[i].stale_if_error_ns;
    CHECK_INT(join_with(1, &asked),
              rows[i].message ? WATS_ERR_ARGUMENT : WATS_OK);
    if (rows[i].message)
      CHECK_STR(error.message, rows[i].message);
    else
      CHECK(users[1].cache == users[0].cache);
    CHECK_INT(users[1].cache != NULL, rows[i].message == NULL);
    quit(1);
  }
  end();
}

static void what_the_last_one_leaves(void)
{
  struct wats_cache_asked other = ask_for("a");
  begin();
  join(0, "a");
  store(0);
  quit(0);
  join(1, "a");
  CHECK(has(1));
  leave(1);
  leave(1);      /* twice is once */
  CHECK(has(1)); /* he may still look */
  join(0, "a");
  CHECK(has(0));
  quit(0);
  other.ttl_ns = S; /* nobody is bound any more: it begins anew */
  CHECK_INT(join_with(2, &other), WATS_OK);
  CHECK(!has(2));
  CHECK(users[2].cache != users[1].cache);
  CHECK(has(1));
  join(3, "a");
  CHECK(users[3].cache == users[2].cache);
  end();
}

static void idle_ones_are_few(void)
{
  char name[] = "0";
  int i;
  begin();
  for (i = 0; i <= WATS_CACHE_IDLE; i++) {
    name[0] = (char)('0' + i);
    join(i, name);
    store(i);
  }
  for (i = 0; i <= WATS_CACHE_IDLE; i++)
    quit((i + 1) % (WATS_CACHE_IDLE + 1)); /* that of "1" is idle longest */
  for (i = 0; i <= WATS_CACHE_IDLE; i++) {
    name[0] = (char)('0' + i);
    join(i, name);
    CHECK_INT(has(i), i != 1);
  }
  end();
}

static void counted_once(void)
{
  struct wats_cache_asked asked = ask_for("a");
  struct wats_registry *a, *b;
  begin();
  asked.registry = a = wats_registry_create();
  CHECK_INT(join_with(0, &asked), WATS_OK);
  CHECK_INT(join_with(1, &asked), WATS_OK);
  asked.registry = b = wats_registry_create();
  CHECK_INT(join_with(2, &asked), WATS_OK);
  store(0);
  CHECK(has(0) && has(1) && has(2));
  CHECK_INT(figure(a, "wats_http_cache_requests_total"), 3);
  CHECK_INT(figure(a, "wats_http_cache_entries"), 1);
  quit(0); /* it goes on counting where it was made */
  CHECK(has(2));
  CHECK_INT(figure(a, "wats_http_cache_hits_total"), 4);
  quit_all();
  CHECK_INT(figure(a, "wats_http_cache_entries"), 0);
  wats_registry_release(a);
  wats_registry_release(b);
  end();
}

/* ---- fork --------------------------------------------------------------- */

static struct wats_registry *registry;

static void empty_in_the_child(void)
{
  CHECK(users[0].cache == users[1].cache);
  CHECK(users[2].cache && users[2].cache != users[0].cache);
  CHECK_INT(figure(registry, "wats_http_cache_entries"), 0);
  CHECK(!has(0));
  CHECK(!has(2));
  store(1);
  CHECK(has(0));
  CHECK(!has(2));
  join(3, "a");
  CHECK(has(3));
  CHECK_INT(figure(registry, "wats_http_cache_entries"), 1);
  quit(0);
  quit(1);
  quit(2);
}

static _Atomic bool ends;

static void *use_always(void *context)
{
  struct wats_http_cache *mine = context;
  while (!ends) {
    struct wats_cache_request r = asking(PATH);
    struct wats_cache_ticket ticket;
    struct wats_cache_found found;
    struct wats_http_cache_stats s;
    wats_http_cache_begin(mine, &r, false, &ticket, &found);
    wats_response_release(found.response);
    wats_http_cache_stats(mine, &s);
  }
  return NULL;
}

/* Others are in it, with its locks, whenever that is. */
static void clean_in_the_child(void)
{
  struct wats_cache_asked asked = ask_for("a");
  struct wats_thread thread;
  int i;
  begin();
  registry = asked.registry = wats_registry_create();
  CHECK_INT(join_with(0, &asked), WATS_OK);
  CHECK_INT(join_with(1, &asked), WATS_OK);
  asked.name = NULL;
  CHECK_INT(join_with(2, &asked), WATS_OK);
  store(0);
  store(2);
  ends = false;
  CHECK_INT(wats_thread_start(&thread, use_always, users[0].cache), WATS_OK);
  for (i = 0; i < 30; i++)
    CHECK_INT(in_child(empty_in_the_child), 0);
  ends = true;
  wats_thread_join(&thread);
  CHECK(has(0));
  CHECK(has(2));
  quit_all();
  wats_registry_release(registry);
  end();
}

/* ---- threads, memory ---------------------------------------------------- */

static void *come_and_go(void *context)
{
  struct user me;
  struct wats_cache_asked asked = ask_for("a");
  int i;
  (void)context;
  for (i = 0; i < 300; i++) {
    memset(&me, 0, sizeof me);
    CHECK_INT(wats_cache_registry_join(&me.member, &asked, &me.cache, NULL),
              WATS_OK);
    if (i % 2) wats_cache_registry_leave(&me.member);
    if (i % 7 == 0) wats_cache_registry_drain();
    wats_cache_registry_quit(&me.member);
  }
  return NULL;
}

static void in_threads(void)
{
  struct wats_thread threads[4];
  int i;
  begin();
  for (i = 0; i < 4; i++)
    CHECK_INT(wats_thread_start(threads + i, come_and_go, NULL), WATS_OK);
  for (i = 0; i < 4; i++)
    wats_thread_join(threads + i);
  end();
}

static void memory_at_every_point(void)
{
  struct wats_cache_asked asked = ask_for("a");
  enum wats_errc code = WATS_ERR_MEMORY;
  int n;
  for (n = 0; n < 40 && code == WATS_ERR_MEMORY; n++) {
    begin();
    wats_alloc_fail_after(n);
    code = join_with(0, &asked);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    CHECK_INT(users[0].cache != NULL, code == WATS_OK);
    end();
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 3);
}

int main(void)
{
  RUN(one_for_each_name);
  RUN(the_first_ones_options_stand);
  RUN(what_the_last_one_leaves);
  RUN(idle_ones_are_few);
  RUN(counted_once);
  RUN(clean_in_the_child);
  RUN(in_threads);
  RUN(memory_at_every_point);
  return test_report();
}
