/*
** test_outbox_boat.c - what happens when the database cannot take a report: it
** becomes a file, and a row again when it can; and a full disk is drained.
*/
#include "outbox_disk.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

#include "child.h"

static bool is_there(const char *name)
{
  struct stat info;
  return lstat(place(name), &info) == 0;
}

static uint64_t in_boat(void)
{
  return wats_lifeboat_count(place("-lifeboat"));
}

static void finish(void)
{
  drop_claims();
  check_rules();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
}

/* The lock of another process. */
static int lock_out(void)
{
  int file = open(place("-lock"), O_RDWR);
  CHECK(file >= 0 && flock(file, LOCK_EX) == 0);
  return file;
}

static void test_a_lock_that_is_held_for_long(void)
{
  struct wats_outbox_counts counts;
  int file;
  begin_on_disk();
  box_options.patience_ns = S / 20;
  open_on_disk();
  CHECK_INT(put(0, 1, 0), WATS_OUTBOX_NEW);
  file = lock_out();
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_LIFEBOAT);
  CHECK_INT(put(2, 2, 0), WATS_OUTBOX_LIFEBOAT);
  close(file);
  CHECK_INT(in_boat(), 2);
  CHECK_INT(stats().lifeboat, 2);
  wats_outbox_counts(box, &counts);
  CHECK_INT(counts.lifeboat, 2);
  CHECK_INT(counts.enqueued, 1);
  /* in the order in which they came */
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 2);
  CHECK_INT(number_of(claims[0].uuid), 0);
  CHECK_INT(number_of(claims[1].uuid), 2);
  CHECK(is_as_handed_in(claims[1].body, claims[1].length));
  CHECK(!is_there("-lifeboat"));
  CHECK_INT(stats().lifeboat, 0);
  CHECK_INT(stats().rows[WATS_OUTBOX_BLOCKED], 1);
  finish();
}

/* Patience is lost once, not with each report. */
static void test_a_process_that_is_stopped(void)
{
  int64_t began, took;
  int file;
  begin_on_disk();
  box_options.patience_ns = 2 * S;
  open_on_disk();
  file = lock_out();
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_LIFEBOAT);
  began = wats_clock_monotonic(&wats_system_clock);
  CHECK_INT(put(2, 2, 0), WATS_OUTBOX_LIFEBOAT);
  took = wats_clock_monotonic(&wats_system_clock) - began;
  CHECK(took < S);
  close(file);
  CHECK_INT(put(3, 3, 0), WATS_OUTBOX_NEW);
  CHECK(!atomic_load(&box->locked_out));
  CHECK_INT(drain(), 3);
  finish();
}

static void test_it_opens_while_it_is_locked(void)
{
  int file;
  begin_on_disk();
  open_on_disk();
  close_box();
  file = lock_out();
  box_options.patience_ns = S / 20;
  open_on_disk();
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_LIFEBOAT);
  close(file);
  CHECK_INT(drain(), 1);
  finish();
}

static void test_a_disk_that_is_full(void)
{
  begin_on_disk();
  open_on_disk();
  CHECK_INT(put(0, 1, 0), WATS_OUTBOX_NEW);
  disk_fails_after(0, 1000, SQLITE_FULL);
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_LIFEBOAT);
  CHECK(disk_is_well());
  CHECK_INT(put(2, 1, 0), WATS_OUTBOX_NEW);
  CHECK(!is_there("-lifeboat"));
  CHECK_INT(drain(), 3);
  finish();
}

/* What was undone is not counted. */
static void test_what_did_not_fit_was_not_taken_in(void)
{
  struct wats_outbox_counts counts;
  int file;
  begin_on_disk();
  box_options.patience_ns = S / 20;
  open_on_disk();
  file = lock_out();
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_LIFEBOAT);
  close(file);
  disk_fails_after(0, 1, SQLITE_FULL);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK(disk_is_well());
  CHECK_INT(claimed, 0);
  wats_outbox_counts(box, &counts);
  CHECK_INT(counts.enqueued, 0);
  wats_fake_clock_advance(&fake, 2 * S);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 1);
  wats_outbox_counts(box, &counts);
  CHECK_INT(counts.enqueued, 1);
  finish();
}

/* The first piece of what is in the lifeboat is for another server. */
static void test_what_is_behind_others_comes_soon(void)
{
  struct wats_outbox_report some[65];
  int file, i;
  begin_on_disk();
  box_options.patience_ns = S / 20;
  open_on_disk();
  for (i = 0; i < 65; i++) {
    some[i] = report_on(i, i, 0);
    some[i].body = strdup(some[i].body);
    if (i < 64) some[i].target = "https://b.example";
  }
  file = lock_out();
  CHECK_INT(wats_outbox_submit(box, some, 65, NULL, &error), WATS_OK);
  close(file);
  for (i = 0; i < 65; i++)
    free((char *)some[i].body);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 0);
  CHECK_INT(next_ns, 0);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 1);
  finish();
}

static void test_a_disk_that_fails(void)
{
  int n;
  begin_on_disk();
  open_on_disk();
  for (n = 0; n < 12; n++) {
    disk_fails_after(n, 1, SQLITE_IOERR);
    (void)put(n, n % 3, 0);
    (void)disk_is_well();
  }
  CHECK_INT(drain(), 12);
  for (n = 0; n < 12; n++)
    CHECK_INT(times_claimed[n], 1);
  finish();
}

static void test_neither_can_take_it(void)
{
  enum wats_outbox_receipt receipt;
  begin_on_disk();
  open_on_disk();
  disk_fails_after(0, 1000, SQLITE_FULL);
  wats_durable_fail_after(0, 1000, ENOSPC);
  CHECK_INT(put_code(1, 1, 0, &receipt), WATS_ERR_QUEUE_FULL);
  CHECK(strstr(error.message, "no room on the disk") != NULL);
  CHECK(strstr(error.message, "nor in the lifeboat") != NULL);
  CHECK(strstr(error.message, "No space") != NULL);
  (void)disk_is_well();
  disk_fails_after(0, 1000, SQLITE_IOERR);
  wats_durable_fail_after(0, 1000, EIO);
  CHECK_INT(put_code(1, 1, 0, &receipt), WATS_ERR_IO);
  (void)wats_durable_fail_never();
  (void)disk_is_well();
  CHECK_INT(in_boat(), 0);
  CHECK_INT(put(2, 1, 0), WATS_OUTBOX_NEW);
  /* The commit of one that nobody was told of may have come about. */
  CHECK(drain() >= 1);
  CHECK_INT(times_claimed[2], 1);
  finish();
}

static void test_a_bound_is_no_reason_for_the_lifeboat(void)
{
  enum wats_outbox_receipt receipt;
  begin_on_disk();
  box_options.max_rows = 1;
  open_on_disk();
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(put_code(2, 1, 0, &receipt), WATS_ERR_QUEUE_FULL);
  CHECK(!is_there("-lifeboat"));
  finish();
}

/* ---- the order ----------------------------------------------------------- */

static void into_boat(int n, int unit, int version)
{
  disk_fails_after(0, 1000, SQLITE_FULL);
  CHECK_INT(put(n, unit, version), WATS_OUTBOX_LIFEBOAT);
  CHECK(disk_is_well());
}

/* As a file that says that it is number `named`. */
static void save_in_boat(int named, int n, int unit, int version)
{
  struct wats_outbox_report named_report = report_on(named, unit, 0);
  struct wats_lifeboat_report r = {.target = TARGET, .priority = 5};
  memcpy(r.uuid, named_report.head.uuid, WATS_UUID);
  r.body = text_of(n, unit, version);
  r.length = strlen(r.body);
  CHECK_INT(wats_lifeboat_save(place("-lifeboat"), &r, 1, &fake.clock, &error),
            WATS_OK);
}

static void test_what_comes_later_does_not_overtake(void)
{
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  into_boat(2, 2, 0);
  into_boat(3, 1, 0);
  /* of the same unit: both of that are taken in before; the other stays */
  CHECK_INT(put(4, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(in_boat(), 1);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 2);
  CHECK_INT(number_of(claims[0].uuid), 1);
  CHECK_INT(number_of(claims[1].uuid), 2);
  drop_claims();
  finish();
}

static void test_the_last_body_counts(void)
{
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  into_boat(1, 1, 1);
  CHECK_INT(put(1, 1, 2), WATS_OUTBOX_REPLACED);
  CHECK_INT(in_boat(), 0);
  CHECK_INT(drain(), 1);
  CHECK_INT(version_of[1], 2);
  into_boat(2, 1, 0);
  into_boat(2, 1, 0);
  CHECK_INT(drain(), 1);
  /* and one that was sent is known */
  CHECK_INT(put(2, 1, 0), WATS_OUTBOX_DUPLICATE);
  save_in_boat(2, 2, 1, 0);
  CHECK_INT(in_boat(), 1);
  CHECK_INT(drain(), 0);
  CHECK_INT(in_boat(), 0);
  finish();
}

static void test_a_test_comes_before_its_repair(void)
{
  static const char text[] =
      "{\"id\":\"00000000-0000-4000-8000-000000000002\",\"type\":\"R\","
      "\"pn\":\"PN\",\"sn\":\"other\",\"uur\":{\"refUUT\":"
      "\"00000000-0000-4000-8000-000000000001\"}}";
  struct wats_outbox_report r = {.target = TARGET, .priority = 1};
  enum wats_outbox_receipt receipt;
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  r.body = text;
  r.length = strlen(text);
  CHECK_INT(wats_report_head_read(text, r.length, &r.head, &error), WATS_OK);
  CHECK_INT(wats_outbox_submit(box, &r, 1, &receipt, &error), WATS_OK);
  CHECK_INT(in_boat(), 0);
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  CHECK_INT(claimed, 1);
  CHECK_INT(number_of(claims[0].uuid), 1);
  finish();
}

static void test_a_submit_that_cannot_take_them_in_goes_along(void)
{
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  into_boat(2, 1, 0);
  CHECK_INT(in_boat(), 2);
  CHECK_INT(put(3, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(in_boat(), 0);
  CHECK_INT(drain(), 3);
  finish();
}

static void test_it_is_found_by_who_asks_for_it(void)
{
  struct wats_outbox_report r;
  struct wats_outbox_found found;
  enum wats_outbox_done done;
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  into_boat(2, 2, 0);
  into_boat(3, 3, 0);
  r = report_on(1, 1, 0);
  CHECK_INT(wats_outbox_get(box, r.head.uuid, &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_KEPT);
  wats_outbox_found_free(&found);
  r = report_on(2, 2, 0);
  CHECK_INT(wats_outbox_discard(box, r.head.uuid, &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_DONE);
  CHECK_INT(in_boat(), 1);
  r = report_on(3, 3, 0);
  CHECK_INT(wats_outbox_retry(box, r.head.uuid, &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_DONE);
  CHECK_INT(in_boat(), 0);
  CHECK_INT(drain(), 2);
  finish();
}

/* ---- out of it ----------------------------------------------------------- */

static void test_many_are_taken_in_in_pieces(void)
{
  struct wats_outbox_stats s;
  int n, turns = 0;
  begin_on_disk();
  open_on_disk();
  disk_fails_after(0, 100000, SQLITE_FULL);
  for (n = 0; n < 70; n++)
    (void)put(n, n, 0);
  CHECK(disk_is_well());
  CHECK_INT(in_boat(), 70);
  do {
    CHECK_INT(turn_of(TARGET, NULL, 0, 0), WATS_OK);
    turns++;
    s = stats();
    CHECK(s.lifeboat == 0 || next_ns == 0);
    CHECK_INT(s.lifeboat + s.rows[WATS_OUTBOX_READY], 70);
  } while (s.lifeboat && turns < 10);
  CHECK_INT(turns, 2);
  CHECK_INT(drain(), 70);
  finish();
}

static void test_a_damaged_file_is_put_aside(void)
{
  struct wats_lifeboat_query query = {.limit = 9};
  struct wats_lifeboat_file *files = NULL;
  struct wats_outbox_counts counts;
  char path[800];
  size_t count = 0;
  begin_on_disk();
  open_on_disk();
  into_boat(1, 1, 0);
  into_boat(2, 1, 0);
  CHECK_INT(
      wats_lifeboat_scan(place("-lifeboat"), &query, &files, &count, &error),
      WATS_OK);
  CHECK_INT(count, 2);
  snprintf(path, sizeof path, "%s/%s/%s", place("-lifeboat"), files[0].folder,
           files[0].name);
  damage_file(path, 100, "?");
  /* a whole file whose name says something else */
  save_in_boat(3, 2, 1, 0);
  CHECK_INT(drain(), 1);
  CHECK_INT(times_claimed[2], 1);
  CHECK_INT(in_boat(), 0);
  wats_outbox_counts(box, &counts);
  CHECK_INT(counts.damaged, 2);
  snprintf(path, sizeof path, "%s/damaged/%s/%s", place("-lifeboat"),
           files[0].folder, files[0].name);
  CHECK_INT(access(path, R_OK), 0);
  wats_free(files);
  finish();
}

static void test_no_turn_fails_for_the_lifeboat(void)
{
  long n;
  for (n = 0; n < 60; n++) {
    bool failed;
    begin_on_disk();
    open_on_disk();
    into_boat(1, 1, 0);
    into_boat(2, 2, 0);
    wats_durable_fail_after(n, 1, EIO);
    CHECK_INT(turn_of(TARGET, NULL, 0, 0), WATS_OK);
    failed = wats_durable_fail_never();
    wats_fake_clock_advance(&fake, 2 * S);
    CHECK_INT(drain(), 2);
    CHECK_INT(in_boat(), 0);
    CHECK_INT(times_claimed[1], 1);
    CHECK_INT(times_claimed[2], 1);
    finish();
    if (!failed) break;
  }
  CHECK(n > 5 && n < 60);
}

static void test_a_lifeboat_that_cannot_be_used_is_no_hindrance(void)
{
  begin_on_disk();
  open_on_disk();
  write_file(place("-lifeboat"), "x", 1);
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_NEW);
  CHECK_INT(drain(), 1);
  CHECK(is_there("-lifeboat"));
  finish();
}

/* ---- ballast ------------------------------------------------------------- */

static uint64_t ballast(void)
{
  struct stat info;
  return stat(place("-ballast"), &info) == 0 ? (uint64_t)info.st_size : 0;
}

static void test_a_turn_spends_the_ballast(void)
{
  begin_on_disk();
  open_on_disk();
  CHECK_INT(ballast(), WATS_OUTBOX_BALLAST);
  CHECK_INT(put(1, 1, 0), WATS_OUTBOX_NEW);
  /* not for a submit */
  disk_fails_after(0, 1, SQLITE_FULL);
  CHECK_INT(put(2, 1, 0), WATS_OUTBOX_LIFEBOAT);
  CHECK(disk_is_well());
  CHECK_INT(ballast(), WATS_OUTBOX_BALLAST);
  /* what is in the lifeboat waits then */
  disk_fails_after(0, 2, SQLITE_FULL);
  CHECK_INT(turn_of(TARGET, NULL, 0, 1), WATS_OK);
  CHECK(disk_is_well());
  CHECK(ballast() < 1000);
  CHECK_INT(in_boat(), 1);
  CHECK_INT(claimed, 1);
  /* it is all gone: then the turn fails, and nothing has changed */
  {
    struct wats_outbox_settlement s = outcome(0, WATS_OUTBOX_SENT);
    disk_fails_after(0, 1000, SQLITE_FULL);
    CHECK_INT(turn_of(TARGET, &s, 1, 0), WATS_ERR_QUEUE_FULL);
    CHECK(disk_is_well());
    CHECK(sent(0));
  }
  for (int i = 0; i < 40; i++)
    CHECK_INT(wats_outbox_tend(box, &error), WATS_OK);
  CHECK_INT(ballast(), WATS_OUTBOX_BALLAST);
  CHECK_INT(drain(), 1);
  finish();
}

int main(void)
{
  use_disk();
  RUN(test_a_lock_that_is_held_for_long);
  RUN(test_a_process_that_is_stopped);
  RUN(test_it_opens_while_it_is_locked);
  RUN(test_a_disk_that_is_full);
  RUN(test_what_did_not_fit_was_not_taken_in);
  RUN(test_what_is_behind_others_comes_soon);
  RUN(test_a_disk_that_fails);
  RUN(test_neither_can_take_it);
  RUN(test_a_bound_is_no_reason_for_the_lifeboat);
  RUN(test_what_comes_later_does_not_overtake);
  RUN(test_the_last_body_counts);
  RUN(test_a_test_comes_before_its_repair);
  RUN(test_a_submit_that_cannot_take_them_in_goes_along);
  RUN(test_it_is_found_by_who_asks_for_it);
  RUN(test_many_are_taken_in_in_pieces);
  RUN(test_a_damaged_file_is_put_aside);
  RUN(test_no_turn_fails_for_the_lifeboat);
  RUN(test_a_lifeboat_that_cannot_be_used_is_no_hindrance);
  RUN(test_a_turn_spends_the_ballast);
  remove_disk();
  return test_report();
}

#endif
