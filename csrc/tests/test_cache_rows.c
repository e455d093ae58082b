/*
** test_cache_rows.c - the table of answers: found, replaced, bounded, damaged.
*/
#include "core/cache_rows.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "files.h"
#include "test.h"

#ifdef WATS_WITHOUT_QUEUE

static void test_is_left_out(void)
{
}

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#else

#include <sqlite3.h>

#define MIB (UINT64_C(1) << 20)

static enum wats_db_trouble trouble;
static struct wats_error error;

static struct wats_cache_rows *open_with(const char *name, uint64_t max_bytes)
{
  struct wats_cache_rows_options o = {scratch_file(name), max_bytes, 5, 1000,
                                      NULL};
  struct wats_cache_rows *rows = NULL;
  CHECK_INT(wats_cache_rows_open(&o, &rows, &trouble, &error), WATS_OK);
  if (!rows) abort();
  return rows;
}

static struct wats_cache_row make_row(const char *id, const char *variant,
                                      uint64_t since, const void *body,
                                      size_t length)
{
  struct wats_cache_row row = {.generation = 7,
                               .since = since,
                               .used_s = (int64_t)since,
                               .head = "head",
                               .head_length = 4,
                               .body = body,
                               .body_length = length};
  snprintf((char *)row.id, sizeof row.id, "%s", id);
  snprintf((char *)row.variant, sizeof row.variant, "%s", variant);
  return row;
}

static enum wats_errc put(struct wats_cache_rows *rows,
                          const struct wats_cache_row *row)
{
  enum wats_errc code;
  CHECK_INT(wats_cache_rows_begin(rows, &trouble, &error), WATS_OK);
  code = wats_cache_rows_put(rows, row, &trouble, &error);
  CHECK_INT(wats_cache_rows_commit(rows, &trouble, &error), WATS_OK);
  return code;
}

static enum wats_errc put_text(struct wats_cache_rows *rows, const char *id,
                               const char *variant, uint64_t since,
                               const char *body)
{
  struct wats_cache_row row = make_row(id, variant, since, body, strlen(body));
  return put(rows, &row);
}

/* All that is found of an id, "variant=body", in its order. */
static char seen[400];
static int64_t first_number;

static bool collect(void *context, struct wats_cache_row *row)
{
  size_t at = strlen(seen);
  if (!*seen) first_number = row->number;
  if (!wats_cache_row_complete(row))
    snprintf(seen + at, sizeof seen - at, "%s damaged ", row->variant);
  else
    snprintf(seen + at, sizeof seen - at, "%s=%.*s ", row->variant,
             (int)row->body_length, (const char *)row->body);
  return context == NULL;
}

static const char *find(struct wats_cache_rows *rows, const char *id)
{
  unsigned char key[WATS_ROW_ID] = {0};
  snprintf((char *)key, sizeof key, "%s", id);
  *seen = '\0';
  wats_cache_rows_find(rows, key, collect, NULL, &trouble);
  CHECK_INT(trouble, WATS_DB_FINE);
  return seen;
}

static void test_rows_are_found_by_id(void)
{
  struct wats_cache_rows *a = open_with("rows", MIB),
                         *b = open_with("rows", MIB);
  CHECK_STR(find(a, "one"), "");
  CHECK_INT(put_text(a, "one", "v", 1, "body"), WATS_OK);
  CHECK_INT(put_text(a, "two", "v", 1, ""), WATS_OK);
  CHECK_STR(find(b, "one"), "v=body ");
  CHECK_STR(find(b, "two"), "v= ");
  CHECK_INT(put_text(b, "one", "w", 3, "other"), WATS_OK);
  CHECK_STR(find(a, "one"), "w=other v=body "); /* the latest first */
  CHECK_INT(put_text(a, "one", "v", 4, "new"), WATS_OK);
  CHECK_STR(find(b, "one"), "v=new w=other ");
  CHECK_INT(wats_cache_rows_count(a), 3);
  CHECK(memcmp(wats_cache_rows_key(a), wats_cache_rows_key(b),
               sizeof(struct wats_hmac_key)) == 0);
  wats_cache_rows_close(a);
  wats_cache_rows_close(b);
}

static void test_the_younger_one_stays(void)
{
  struct wats_cache_rows *rows = open_with("rows", MIB);
  struct wats_cache_row row = make_row("age", "v", 3, "again", 5);
  CHECK_INT(put_text(rows, "age", "v", 5, "young"), WATS_OK);
  CHECK_INT(put_text(rows, "age", "v", 4, "old"), WATS_OK);
  CHECK_STR(find(rows, "age"), "v=young ");
  row.generation = 8; /* numbers of another generation mean nothing */
  CHECK_INT(put(rows, &row), WATS_OK);
  CHECK_STR(find(rows, "age"), "v=again ");
  wats_cache_rows_close(rows);
}

static void test_a_few_variants_are_kept(void)
{
  struct wats_cache_rows *rows = open_with("rows", MIB);
  char name[16];
  int i;
  for (i = 1; i <= WATS_ROW_VARIANTS + 3; i++) {
    snprintf(name, sizeof name, "v%d", i);
    CHECK_INT(put_text(rows, "many", name, (uint64_t)i, ""), WATS_OK);
  }
  CHECK_STR(find(rows, "many"), "v11= v10= v9= v8= v7= v6= v5= v4= ");
  wats_cache_rows_close(rows);
}

static void test_removed_wiped_and_rolled_back(void)
{
  struct wats_cache_rows *rows = open_with("gone", MIB);
  CHECK_INT(put_text(rows, "a", "v", 1, "1"), WATS_OK);
  CHECK_INT(put_text(rows, "b", "v", 5, "5"), WATS_OK);
  CHECK_INT(put_text(rows, "c", "v", 6, "6"), WATS_OK);
  (void)find(rows, "c");
  CHECK_INT(wats_cache_rows_begin(rows, &trouble, &error), WATS_OK);
  CHECK_INT(wats_cache_rows_remove(rows, first_number, &trouble, &error),
            WATS_OK);
  wats_cache_rows_rollback(rows);
  CHECK_STR(find(rows, "c"), "v=6 ");
  CHECK_INT(wats_cache_rows_remove(rows, first_number, &trouble, &error),
            WATS_OK);
  CHECK_STR(find(rows, "c"), "");
  CHECK_INT(wats_cache_rows_wipe(rows, 7, 5, &trouble, &error), WATS_OK);
  CHECK_STR(find(rows, "a"), "");
  CHECK_STR(find(rows, "b"), "v=5 ");
  CHECK_INT(wats_cache_rows_wipe(rows, 8, 0, &trouble, &error), WATS_OK);
  CHECK_INT(wats_cache_rows_count(rows), 0);
  wats_cache_rows_close(rows);
}

static uint64_t size_of(const char *name)
{
  struct stat info;
  CHECK_INT(stat(scratch_file(name), &info), 0);
  return (uint64_t)info.st_size;
}

/* Names of ids by number. */
static struct wats_cache_row numbered(int i, const char *body, size_t length)
{
  char name[16];
  snprintf(name, sizeof name, "n%d", i);
  return make_row(name, "v", (uint64_t)i, body, length);
}

static void test_the_file_stays_within_its_bound(void)
{
  struct wats_cache_rows *rows = open_with("bound", MIB);
  static char body[100000];
  int i;
  memset(body, 'x', sizeof body);
  for (i = 1; i <= 400; i++) {
    struct wats_cache_row row = numbered(i, body, (size_t)(i * 7919) % 60000);
    CHECK_INT(put(rows, &row), WATS_OK);
    CHECK(size_of("bound") <= MIB + 64 * 1024);
  }
  CHECK(wats_cache_rows_bytes(rows) <= (int64_t)MIB);
  CHECK(wats_cache_rows_bytes(rows) > (int64_t)MIB / 2);
  CHECK(*find(rows, "n400") && *find(rows, "n395"));
  CHECK_STR(find(rows, "n1"), "");
  wats_cache_rows_close(rows);
  /* one that is too large for a cache of that size */
  rows = open_with("bound", MIB);
  {
    static char large[200000];
    struct wats_cache_row row = numbered(500, large, sizeof large);
    CHECK_INT(put(rows, &row), WATS_ERR_TOO_LARGE);
  }
  CHECK(*find(rows, "n400") != '\0');
  wats_cache_rows_close(rows);
}

static void test_who_was_of_use_stays(void)
{
  struct wats_cache_rows *rows = open_with("use", MIB);
  static char body[40000];
  struct wats_cache_row row = numbered(1, body, sizeof body);
  int i;
  CHECK_INT(put(rows, &row), WATS_OK);
  (void)find(rows, "n1");
  CHECK_INT(wats_cache_rows_touch(rows, first_number, 1000, &trouble, &error),
            WATS_OK);
  for (i = 2; i < 100; i++) {
    row = numbered(i, body, sizeof body);
    CHECK_INT(put(rows, &row), WATS_OK);
  }
  CHECK(*find(rows, "n1") != '\0');
  CHECK_STR(find(rows, "n2"), "");
  wats_cache_rows_close(rows);
}

static void test_a_smaller_bound_shrinks_the_file(void)
{
  struct wats_cache_rows *rows = open_with("shrink", 4 * MIB);
  static char body[40000];
  struct wats_cache_row row;
  int i;
  for (i = 1; i < 90; i++) {
    row = numbered(i, body, sizeof body);
    CHECK_INT(put(rows, &row), WATS_OK);
  }
  wats_cache_rows_close(rows);
  CHECK(size_of("shrink") > 3 * MIB);
  rows = open_with("shrink", MIB);
  row = numbered(100, body, sizeof body);
  CHECK_INT(put(rows, &row), WATS_OK);
  CHECK(size_of("shrink") <= MIB + 64 * 1024);
  CHECK(*find(rows, "n100") != '\0');
  wats_cache_rows_close(rows);
}

static void test_a_wrong_sum_is_found(void)
{
  struct wats_cache_rows *rows = open_with("sum", MIB);
  sqlite3 *db = NULL;
  const char *const harm[] = {
      "UPDATE answer SET body = 'bodx'",     "UPDATE answer SET head = 'heax'",
      "UPDATE answer SET since = since + 1", "UPDATE answer SET sum = sum + 1",
      "UPDATE answer SET generation = 9",    "UPDATE answer SET body = ''",
      "UPDATE answer SET asked = asked + 1"};
  size_t i;
  CHECK_INT(sqlite3_open(scratch_file("sum"), &db), SQLITE_OK);
  for (i = 0; i < sizeof harm / sizeof *harm; i++) {
    CHECK_INT(wats_cache_rows_wipe(rows, 0, 0, &trouble, &error), WATS_OK);
    CHECK_INT(put_text(rows, "a", "v", 1, "body"), WATS_OK);
    CHECK_STR(find(rows, "a"), "v=body ");
    CHECK_INT(sqlite3_exec(db, harm[i], NULL, NULL, NULL), SQLITE_OK);
    CHECK_STR(find(rows, "a"), "v damaged ");
  }
  /* of other types and sizes than ours */
  CHECK_INT(sqlite3_exec(db, "UPDATE answer SET variant = 'x', head = 7", NULL,
                         NULL, NULL),
            SQLITE_OK);
  CHECK_STR(find(rows, "a"), "");
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  wats_cache_rows_close(rows);
}

static void test_of_one_number_the_later_one_counts(void)
{
  struct wats_cache_rows *rows = open_with("asked", MIB);
  struct wats_cache_row a = make_row("x", "a", 5, "1", 1),
                        b = make_row("x", "b", 5, "2", 1);
  a.asked_ns = 100;
  CHECK_INT(put(rows, &a), WATS_OK);
  b.asked_ns = 200;
  CHECK_INT(put(rows, &b), WATS_OK);
  CHECK_STR(find(rows, "x"), "b=2 a=1 ");
  a.asked_ns = 300;
  a.body = "3";
  CHECK_INT(put(rows, &a), WATS_OK);
  CHECK_STR(find(rows, "x"), "a=3 b=2 ");
  a.asked_ns = 250;
  a.body = "4";
  CHECK_INT(put(rows, &a), WATS_OK);
  CHECK_STR(find(rows, "x"), "a=3 b=2 ");
  a.since = 6;
  CHECK_INT(put(rows, &a), WATS_OK);
  CHECK_STR(find(rows, "x"), "a=4 b=2 ");
  wats_cache_rows_close(rows);
}

/* Before `asked`. */
static void test_a_file_of_the_first_version_is_brought_up_to_date(void)
{
  struct wats_cache_rows *rows = open_with("first", MIB);
  sqlite3 *db = NULL;
  CHECK_INT(put_text(rows, "a", "v", 1, "body"), WATS_OK);
  wats_cache_rows_close(rows);
  CHECK_INT(sqlite3_open(scratch_file("first"), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db,
                         "ALTER TABLE answer DROP COLUMN asked;"
                         "PRAGMA user_version=1",
                         NULL, NULL, NULL),
            SQLITE_OK);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  rows = open_with("first", MIB);
  CHECK_STR(find(rows, "a"), "");
  CHECK_INT(put_text(rows, "a", "v", 1, "body"), WATS_OK);
  CHECK_STR(find(rows, "a"), "v=body ");
  wats_cache_rows_close(rows);
}

static void test_another_file_at_its_place_is_noticed(void)
{
  struct wats_cache_rows *rows = open_with("moved", MIB), *other;
  char name[300];
  CHECK(wats_cache_rows_are_current(rows));
  CHECK_INT(wats_db_set_aside(scratch_file("moved"), name, sizeof name, &error),
            WATS_OK);
  CHECK(!wats_cache_rows_are_current(rows));
  other = open_with("moved", MIB);
  CHECK(!wats_cache_rows_are_current(rows));
  CHECK(wats_cache_rows_are_current(other));
  /* and whoever still has the old one open does no harm to the new */
  {
    struct wats_cache_row row = make_row("a", "v", 1, "x", 1);
    enum wats_errc code = wats_cache_rows_begin(rows, &trouble, &error);
    if (code == WATS_OK)
      code = wats_cache_rows_put(rows, &row, &trouble, &error);
    CHECK_INT(code, WATS_ERR_IO);
    CHECK_INT(trouble, WATS_DB_MOVED);
    wats_cache_rows_rollback(rows);
  }
  CHECK_INT(put_text(other, "a", "v", 1, "y"), WATS_OK);
  CHECK_STR(find(other, "a"), "v=y ");
  wats_cache_rows_close(rows);
  wats_cache_rows_close(other);
}

static void test_memory_runs_out(void)
{
  struct wats_cache_rows_options o = {scratch_file("memory"), MIB, 5, 1000,
                                      NULL};
  struct wats_cache_rows *rows = NULL;
  wats_alloc_fail_after(0);
  CHECK_INT(wats_cache_rows_open(&o, &rows, &trouble, &error), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK(rows == NULL);
}

int main(void)
{
  RUN(test_rows_are_found_by_id);
  RUN(test_the_younger_one_stays);
  RUN(test_a_few_variants_are_kept);
  RUN(test_removed_wiped_and_rolled_back);
  RUN(test_the_file_stays_within_its_bound);
  RUN(test_who_was_of_use_stays);
  RUN(test_a_smaller_bound_shrinks_the_file);
  RUN(test_a_wrong_sum_is_found);
  RUN(test_of_one_number_the_later_one_counts);
  RUN(test_a_file_of_the_first_version_is_brought_up_to_date);
  RUN(test_another_file_at_its_place_is_noticed);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}

#endif
