/*
** test_outbox_scale.c - 100,000 reports are no slower than 1,000. What SQLite's
** machine does is counted, and its plans are looked at: both are the same on
** every machine.
*/
#include "outbox_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

/* Rows that wait behind those of the test, as if they had been submitted. */
static void fill(int64_t rows_)
{
  char sql[1200];
  snprintf(sql, sizeof sql,
           "BEGIN;"
           "INSERT INTO report(uuid, rev, target, type, part, serial, priority,"
           " state, created_ms, due_ms, outage, length, crc)"
           " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
           " WHERE i < %lld) SELECT randomblob(16), 1, 1, 84, 'PN', 'S' || i,"
           " 5 + i %% 3, CASE i %% 5 WHEN 0 THEN 1 WHEN 1 THEN 4 ELSE 0 END,"
           " 1700000000000, 1700000300000, 1, 1, 0 FROM n;"
           "INSERT INTO body SELECT seq, x'78' FROM report WHERE seq NOT IN"
           " (SELECT seq FROM body);"
           "INSERT INTO sent SELECT randomblob(16), 1, randomblob(32),"
           " 1700000000000, 200 FROM report WHERE seq > 40; COMMIT",
           (long long)rows_);
  CHECK_INT(sqlite3_exec(box->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static long steps(void)
{
  long sum = 0;
  int i;
  for (i = 0; i < WATS_SQL_STATEMENTS; i++)
    if (box->statements[i])
      sum +=
          sqlite3_stmt_status(box->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
  return sum;
}

struct costs {
  long submit, claim, settle, idle, stats, get;
  int64_t open_ns;
  int log_pages; /* when it was opened */
};

static struct costs measure(int64_t rows_)
{
  const struct wats_clock *clock = &wats_system_clock;
  struct wats_outbox_found found;
  struct costs c;
  char name[16];
  int i;
  begin_test();
  open_box();
  (void)ask("PRAGMA synchronous=OFF");
  for (i = 0; i < 20; i++) {
    struct wats_outbox_report r;
    snprintf(name, sizeof name, "%d", i);
    r = report_of(name, i % 2 ? "1" : "", NULL);
    r.priority = 1;
    (void)submit_report(&r);
  }
  fill(rows_);
  close_box();
  c.open_ns = wats_clock_monotonic(clock);
  open_box();
  c.open_ns = wats_clock_monotonic(clock) - c.open_ns;
  (void)ask("PRAGMA synchronous=OFF");
  (void)sqlite3_wal_checkpoint_v2(box->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  &c.log_pages, NULL);
  (void)steps();
  for (i = 0; i < 10; i++) {
    snprintf(name, sizeof name, "n%d", i);
    (void)submit(name, "1");
  }
  c.submit = steps();
  CHECK_STR(claim(4), "0 1 2 4");
  c.claim = steps();
  CHECK(sent(0));
  CHECK(sent(1));
  CHECK(retried(2, 5 * S));
  CHECK(buried(3));
  c.settle = steps();
  CHECK_STR(claim(0), "");
  CHECK_INT(next_ns, 5 * S);
  c.idle = steps();
  (void)stats();
  c.stats = steps();
  CHECK_INT(wats_outbox_get(box, id_of("n1"), &found, &error), WATS_OK);
  wats_outbox_found_free(&found);
  CHECK_INT(wats_outbox_tend(box, &error), WATS_OK);
  c.get = steps();
  drop_claims();
  close_box();
  return c;
}

static void same(const char *what, long few, long many)
{
  if (many > few + few / 2)
    printf("%s: %ld steps with few rows, %ld with many\n", what, few, many);
  CHECK(few > 0 && many <= few + few / 2);
}

static void test_nothing_grows_with_what_waits(void)
{
  struct costs few = measure(1000), many = measure(100000);
  same("submit", few.submit, many.submit);
  same("claim", few.claim, many.claim);
  same("settle", few.settle, many.settle);
  same("idle", few.idle, many.idle);
  same("stats", few.stats, many.stats);
  same("get", few.get, many.get);
  CHECK(many.open_ns < 10 * few.open_ns + S / 20);
  CHECK(many.log_pages < 50); /* nor has who opens it a log to read */
}

/* What becomes due all at once becomes so in pieces. */
static void test_many_that_become_due(void)
{
  long first;
  begin_test();
  open_box();
  (void)ask("PRAGMA synchronous=OFF");
  (void)submit("a", "");
  fill(20000);
  fake.wall_ns = (NOW + 1000) * S;
  (void)steps();
  CHECK_STR(claim(0), "");
  first = steps();
  CHECK_INT(next_ns, 0); /* there is more */
  CHECK_INT(stats().rows[WATS_OUTBOX_WAITING], 4000 - 256);
  CHECK(first < 100000);
  CHECK_INT(wats_outbox_recovered(box, TARGET, S, &error), WATS_OK);
  CHECK_INT(wats_outbox_expedite(box, TARGET, &error), WATS_OK);
  CHECK_INT(stats().rows[WATS_OUTBOX_WAITING], 0);
  CHECK_INT(ask("SELECT (SELECT sum(rows) FROM total) = (SELECT count(*) FROM"
                " report)"),
            1);
  close_box();
}

/* No plan walks through a table. */
static void expect_no_scan(const char *sql)
{
  struct sqlite3_stmt *s = NULL;
  char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
  CHECK_INT(sqlite3_prepare_v2(box->db, explain, -1, &s, NULL), SQLITE_OK);
  while (sqlite3_step(s) == SQLITE_ROW) {
    const char *line = (const char *)sqlite3_column_text(s, 3);
    /* The few rows of these may be. */
    if (strncmp(line, "SCAN ", 5) != 0 || strstr(line, "CONSTANT ROW") ||
        strstr(line, "SCAN file") || strstr(line, "SCAN total") ||
        strstr(line, "SCAN target") || strstr(line, "SCAN (subquery"))
      continue;
    printf("%s: %s\n", sql, line);
    CHECK(false);
  }
  sqlite3_finalize(s);
  sqlite3_free(explain);
}

static void test_no_statement_walks_through_the_rows(void)
{
  int i;
  begin_test();
  open_box();
  for (i = 0; i < WATS_SQL_STATEMENTS; i++) {
    struct sqlite3_stmt *s =
        wats_outbox_bind(box, (enum wats_outbox_statement)i, "");
    CHECK(s != NULL);
    if (s && strncmp(sqlite3_sql(s), "PRAGMA", 6) != 0)
      expect_no_scan(sqlite3_sql(s));
  }
  end_test();
}

int main(void)
{
  RUN(test_nothing_grows_with_what_waits);
  RUN(test_many_that_become_due);
  RUN(test_no_statement_walks_through_the_rows);
  remove_scratch();
  return test_report();
}

#endif
