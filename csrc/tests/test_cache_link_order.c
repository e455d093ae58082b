/*
** test_cache_link_order.c - of several answers to one URL the latest counts,
** in memory and on disk alike: whatever its Vary says, however it ended, and
** whether or not there was room for it.
*/
#include "tier_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#else

#include <sqlite3.h>

static struct wats_headers fields[3];

static struct wats_cache_request in_language(int i, const char *language)
{
  struct wats_cache_request r = asking("/text");
  wats_headers_init(&fields[i], 0);
  fill(&fields[i], language);
  r.headers = &fields[i];
  return r;
}

static void end_test(void)
{
  size_t i;
  for (i = 0; i < sizeof fields / sizeof *fields; i++)
    wats_headers_free(&fields[i]);
  close_cache();
}

static const char *put_dated(const struct wats_cache_request *r,
                             const struct wats_cache_ticket *ticket,
                             const char *said, const char *body)
{
  struct wats_response *made = answer(200, said, body);
  const char *why;
  wats_http_cache_store(cache, r, ticket, made, &why);
  wats_response_release(made);
  return why;
}

/* A second later than what was before. */
static const char *put(const struct wats_cache_request *r, const char *said,
                       const char *body)
{
  struct wats_cache_ticket ticket;
  wait_s(1);
  wats_http_cache_ticket(cache, &ticket);
  return put_dated(r, &ticket, said, body);
}

/* What a look-up gives, "" for none. */
static const char *got(const struct wats_cache_request *r)
{
  static char text[64];
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  text[0] = '\0';
  if (wats_http_cache_begin(cache, r, false, &ticket, &found) ==
      WATS_CACHE_FRESH) {
    size_t length;
    const char *body = wats_response_body(found.response, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, body);
  }
  wats_response_release(found.response);
  return text;
}

#define BY_LANGUAGE "Vary: Accept-Language"

static void test_a_variant_that_came_again_after_one_for_all(void)
{
  struct wats_cache_request en = in_language(0, "Accept-Language: en"),
                            no = in_language(1, "Accept-Language: no");
  begin_test();
  cache = open_shared();
  CHECK(!put(&en, BY_LANGUAGE, "first"));
  CHECK(!put(&no, "", "for all"));
  CHECK_STR(got(&en), "for all");
  CHECK(!put(&en, BY_LANGUAGE, "second"));
  CHECK_STR(got(&en), "second");
  flush();
  CHECK_STR(got(&no), "");
  CHECK_STR(got(&en), "second");
  start_again();
  CHECK_STR(got(&en), "second");
  CHECK_STR(got(&no), "");
  CHECK_STR(got(&en), "second");
  end_test();
}

static void test_an_earlier_one_for_all_that_comes_later(void)
{
  struct wats_cache_request en = in_language(0, "Accept-Language: en"),
                            no = in_language(1, "Accept-Language: no");
  struct wats_cache_ticket earlier;
  begin_test();
  cache = open_shared();
  wats_http_cache_ticket(cache, &earlier);
  CHECK(!put(&en, BY_LANGUAGE, "later"));
  CHECK_STR(put_dated(&no, &earlier, "", "earlier"),
            "a later answer is stored");
  CHECK_STR(got(&en), "later");
  end_test();
}

static void test_of_two_processes_too(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_http_cache *one, *other;
  struct wats_cache_ticket earlier;
  begin_test();
  one = cache = open_shared();
  other = open_shared();
  wats_http_cache_ticket(one, &earlier);
  cache = other;
  CHECK(!put(&r, "", "later"));
  flush();
  cache = one;
  CHECK(!put_dated(&r, &earlier, "", "earlier")); /* it cannot know */
  flush();
  wats_http_cache_release(other);
  start_again();
  CHECK_STR(got(&r), "later");
  end_test();
}

/* What memory has no room for any more may still be on disk. */
static void test_one_that_is_gone_after_memory_was_wanted(void)
{
  struct wats_cache_request r = asking("/x"), s;
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  struct wats_response *gone = answer(404, "Cache-Control: max-age=0", "");
  char path[16];
  int i;
  begin_test();
  cache = open_shared();
  CHECK(!put(&r, "Cache-Control: max-age=600", "old"));
  flush();
  CHECK_INT(wats_http_cache_begin(cache, &r, true, &ticket, &found),
            WATS_CACHE_MISS);
  for (i = 0; i < 200; i++) {
    snprintf(path, sizeof path, "/y%d", i);
    s = asking(path);
    CHECK(!fetch(&s, 200, ""));
  }
  wats_http_cache_store(cache, &r, &ticket, gone, NULL);
  wats_response_release(gone);
  CHECK_STR(got(&r), "");
  start_again();
  CHECK_STR(got(&r), "");
  end_test();
}

/* More than an eighth of what the file may hold. */
static void test_one_that_is_too_large_for_the_file(void)
{
  struct wats_cache_request r = asking("/x");
  char *large = malloc(200001);
  if (!large) abort();
  memset(large, 'x', 200000);
  large[200000] = '\0';
  begin_test();
  tier_options.max_bytes = WATS_DISK_MIN_BYTES;
  cache = open_shared();
  CHECK(!put(&r, "Cache-Control: max-age=600", "old"));
  flush();
  CHECK(!put(&r, "Cache-Control: max-age=600", large));
  start_again();
  CHECK_STR(got(&r), "");
  free(large);
  end_test();
}

/* Somebody else has the file locked for so long that it is given up. */
static void test_one_that_cannot_be_written(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_http_cache *one, *other;
  sqlite3 *db = NULL;
  begin_test();
  one = cache = open_shared();
  CHECK(!put(&r, "Cache-Control: max-age=600", "old"));
  flush();
  CHECK_INT(sqlite3_open(tier_path(), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  CHECK(!put(&r, "Cache-Control: max-age=600", "new"));
  flush();
  CHECK_INT(tier_stats().dropped, 1);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  CHECK_STR(got(&r), "new");
  other = open_shared();
  cache = other;
  CHECK_STR(got(&r), "");
  wats_http_cache_release(one);
  end_test();
}

int main(void)
{
  RUN(test_a_variant_that_came_again_after_one_for_all);
  RUN(test_an_earlier_one_for_all_that_comes_later);
  RUN(test_of_two_processes_too);
  RUN(test_one_that_is_gone_after_memory_was_wanted);
  RUN(test_one_that_is_too_large_for_the_file);
  RUN(test_one_that_cannot_be_written);
  remove_scratch();
  return test_report();
}

#endif
