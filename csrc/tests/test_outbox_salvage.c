/*
** test_outbox_salvage.c - a damaged queue: what can be read goes on, what was
** changed is never sent, and nothing of it ends the program.
**
** WATS_TEST_SEED repeats what a failure has printed; WATS_TEST_LONG tries more.
*/
#include "outbox_images.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

static int runs(int few)
{
  const char *longer = getenv("WATS_TEST_LONG");
  return longer && *longer ? few * 20 : few;
}

/* ---- chance -------------------------------------------------------------- */

static uint64_t chance;

static uint64_t seed_for(int run)
{
  const char *given = getenv("WATS_TEST_SEED");
  return given ? strtoull(given, NULL, 10) : 7000 + (uint64_t)run;
}

static void sow(uint64_t seed)
{
  chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static uint64_t below(uint64_t limit)
{
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return limit ? (chance >> 11) % limit : 0;
}

/* ---- what is left -------------------------------------------------------- */

static struct {
  int runs, mended, missing, worst;
} tally;

static int count_in(const char *name)
{
  DIR *folder = opendir(place(name));
  struct dirent *entry;
  int n = 0;
  while (folder && (entry = readdir(folder)) != NULL)
    n += entry->d_name[0] != '.';
  if (folder) closedir(folder);
  return n;
}

/* Whatever it looks like: it opens, sends what is as it was, takes in more. How
** many of those that were not sent before are not there at all. */
static int use_it(void)
{
  int n, missing = 0;
  open_on_disk();
  (void)put(REPORTS, 1, 0);
  (void)put(REPORTS + 1, 99, 0);
  (void)drain();
  for (n = SENT; n < REPORTS + 2; n++) {
    CHECK(times_claimed[n] <= 1);
    missing += !times_claimed[n] && !is_dead[n];
  }
  CHECK_INT(times_claimed[REPORTS + 1], 1);
  check_nothing_is_left_over();
  drop_claims();
  close_box();
  /* and again */
  open_on_disk();
  CHECK_INT(drain(), 0);
  drop_claims();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
  tally.runs++;
  tally.mended += was_mended();
  tally.missing += missing;
  if (missing > tally.worst) tally.worst = missing;
  return missing;
}

static void tell(const char *what)
{
  printf("%s: %d runs, %d mended, %d of %d reports gone, %d at worst\n", what,
         tally.runs, tally.mended, tally.missing, tally.runs * REPORTS,
         tally.worst);
  memset(&tally, 0, sizeof tally);
}

/* One of ours is another program's for us when these were hit: somebody has to
** look at it. */
static bool is_refused(void)
{
  enum wats_errc code = open_on_disk_code();
  bool refused = code != WATS_OK;
  if (refused)
    CHECK(strstr(error.message, "another program") != NULL ||
          strstr(error.message, "later version") != NULL);
  close_box();
  return refused;
}

/* ---- damage -------------------------------------------------------------- */

/* In the first bytes of a page, where its structure is, as often as anywhere.
 */
static size_t somewhere(const struct image *image, size_t page, size_t skip)
{
  size_t pages = (image->size - skip) / page;
  if (below(2)) return (size_t)below(image->size);
  return skip + (size_t)below(pages) * page + (size_t)below(64);
}

static void flip(struct image *image, size_t page, size_t skip)
{
  size_t at = somewhere(image, page, skip);
  if (at < image->size) image->bytes[at] ^= (char)(1 << below(8));
}

static bool none_was_before(int before)
{
  return test_bad_checks == before;
}

static void use_unless_refused(int run, int before)
{
  if (is_refused()) return;
  (void)use_it();
  if (!none_was_before(before))
    printf("WATS_TEST_SEED=%llu\n", (unsigned long long)seed_for(run));
}

static void test_it_is_whole(void)
{
  begin_on_disk();
  store("", &whole);
  CHECK_INT(use_it(), 0);
  begin_on_disk();
  store("", &part);
  store("-wal", &part_log);
  CHECK_INT(use_it(), 0);
  CHECK_INT(tally.mended, 0);
  memset(&tally, 0, sizeof tally);
}

static void test_bits_flip_in_the_file(void)
{
  int run, before = test_bad_checks, total = runs(60);
  for (run = 0; run < total && none_was_before(before); run++) {
    struct image image = copy_of(&whole);
    int flips;
    sow(seed_for(run));
    for (flips = 1 + (int)below(3); flips; flips--)
      flip(&image, PAGE, 0);
    begin_on_disk();
    store("", &image);
    free(image.bytes);
    use_unless_refused(run, before);
  }
  /* Most of them concern one report, or one page. */
  CHECK(tally.missing < tally.runs * 3);
  tell("bits in the file");
}

static void test_bits_flip_in_the_log(void)
{
  int run, before = test_bad_checks, total = runs(60);
  for (run = 0; run < total && none_was_before(before); run++) {
    struct image image = copy_of(&part_log);
    sow(seed_for(run));
    flip(&image, PAGE + 24, 32);
    begin_on_disk();
    store("", &part);
    store("-wal", &image);
    free(image.bytes);
    use_unless_refused(run, before);
  }
  tell("bits in the log"); /* what comes after them is gone */
}

/* They say where all the rest is. */
static void test_the_first_pages_are_lost(void)
{
  int run, before = test_bad_checks;
  for (run = 0; run < 12 && none_was_before(before); run++) {
    struct image image = copy_of(&whole);
    sow(seed_for(run));
    if (run == 0)
      memset(image.bytes, 0, PAGE);
    else /* but for what would make it another's */
      image.bytes[100 + (size_t)below(PAGE - 100)] ^= (char)(1 << below(8));
    begin_on_disk();
    store("", &image);
    free(image.bytes);
    CHECK_INT(use_it(), 0);
  }
  CHECK(tally.mended > 0);
  tell("the first page");
}

/* By somebody with a tool of SQLite's, who means well. */
static void test_a_file_that_was_put_in_order_by_others(void)
{
  static const char *const orders[] = {"ANALYZE", "VACUUM",
                                       "CREATE TABLE theirs(x)"};
  size_t i;
  for (i = 0; i < 3; i++) {
    struct sqlite3 *db = NULL;
    begin_on_disk();
    store("", &whole);
    CHECK_INT(sqlite3_open(place(""), &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, orders[i], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    CHECK_INT(use_it(), 0);
  }
  memset(&tally, 0, sizeof tally);
}

/* Whole pages: of others, of nothing, of chance. */
static void test_pages_are_lost(void)
{
  int run, before = test_bad_checks, total = runs(60);
  for (run = 0; run < total && none_was_before(before); run++) {
    struct image image = copy_of(&whole);
    size_t pages = image.size / PAGE, to, from, i;
    sow(seed_for(run));
    to = (size_t)below(pages) * PAGE;
    from = (size_t)below(pages) * PAGE;
    if (run % 3 == 0) memset(image.bytes + to, 0, PAGE);
    if (run % 3 == 1) memmove(image.bytes + to, image.bytes + from, PAGE);
    for (i = 0; run % 3 == 2 && i < PAGE; i++)
      image.bytes[to + i] = (char)below(256);
    begin_on_disk();
    store("", &image);
    free(image.bytes);
    use_unless_refused(run, before);
  }
  CHECK(tally.missing < tally.runs * 8);
  tell("pages");
}

static void test_the_end_is_missing(void)
{
  int run, before = test_bad_checks, total = runs(12);
  for (run = 0; run < total && none_was_before(before); run++) {
    struct image image = whole;
    sow(seed_for(run));
    image.size = run < 3 ? (size_t)run * 300 : (size_t)below(whole.size);
    if (run % 2) image.size -= image.size % PAGE;
    begin_on_disk();
    store("", &image);
    (void)use_it();
  }
  tell("a shorter file");
  for (run = 0; run < total && none_was_before(before); run++) {
    struct image image = part_log;
    sow(seed_for(run));
    image.size = run < 3 ? (size_t)run * 20 : (size_t)below(part_log.size);
    begin_on_disk();
    store("", &part);
    store("-wal", &image);
    (void)use_it();
  }
  tell("a shorter log");
}

/* An empty file with a log: SQLite would delete the log. */
static void test_only_the_log_is_left(void)
{
  const struct image empty = {NULL, 0};
  begin_on_disk();
  open_on_disk();
  make_history();
  fill(SENT + DEAD, REPORTS);
  {
    struct image log = load("-wal");
    close_box();
    begin_on_disk();
    store("", &empty);
    store("-wal", &log);
    free(log.bytes);
  }
  CHECK_INT(use_it(), 0);
  CHECK_INT(tally.mended, 1);
  memset(&tally, 0, sizeof tally);
}

/* ---- files that do not belong together ------------------------------------
 */

static void test_files_of_other_times(void)
{
  begin_on_disk(); /* the log is gone: what was in it is, too */
  store("", &part);
  CHECK(use_it() <= REPORTS);
  begin_on_disk(); /* one that was brought in already */
  store("", &whole);
  store("-wal", &part_log);
  (void)use_it();
  begin_on_disk(); /* memory of before */
  store("", &whole);
  store("-shm", &part_shm);
  CHECK_INT(use_it(), 0);
  begin_on_disk();
  store("", &part);
  store("-wal", &part_log);
  store("-shm", &part_shm);
  CHECK_INT(use_it(), 0);
  begin_on_disk(); /* no log, but what was said of it */
  store("", &part);
  store("-shm", &part_shm);
  (void)use_it();
  tell("files of other times");
}

static void test_what_is_no_database_is_put_aside(void)
{
  begin_on_disk();
  write_file(place("-ballast"), "x", 1); /* so it was a queue */
  write_file(place(""), "these are not the bytes of a database at all. ",
             30000);
  (void)use_it();
  CHECK_INT(tally.mended, 1);
  memset(&tally, 0, sizeof tally);
}

/* ---- one report ---------------------------------------------------------- */

static void change_body(int n, const char *with)
{
  struct image image = load("");
  const char *text = text_of(n, n % 7, 0);
  size_t i, at = 0;
  for (i = 0; !at && i + 60 < image.size; i++)
    if (memcmp(image.bytes + i, text, 60) == 0) at = i;
  CHECK(at > 0);
  memcpy(image.bytes + at + 55, with, strlen(with));
  store("", &image);
  free(image.bytes);
}

static void test_a_changed_body_is_dead_and_a_file(void)
{
  struct wats_outbox_report r = report_on(30, 30 % 7, 0);
  struct wats_outbox_found found;
  enum wats_outbox_done done;
  char path[300];
  begin_on_disk();
  store("", &whole);
  change_body(30, "?");
  open_on_disk();
  CHECK_INT(drain(), REPORTS - SENT - DEAD - 1);
  CHECK(is_dead[30]);
  CHECK_INT(times_claimed[30], 0);
  CHECK_INT(count_in(".quarantine"), 1);
  snprintf(path, sizeof path, "%s/31-00000000-0000-4000-8000-%012d.wsjf",
           place(".quarantine"), 30);
  CHECK_INT(access(path, R_OK), 0);
  /* nobody has it as what it is not */
  CHECK_INT(wats_outbox_get(box, r.head.uuid, &found, &error), WATS_ERR_IO);
  CHECK_INT(wats_outbox_retry(box, r.head.uuid, &done, &error), WATS_OK);
  CHECK_INT(drain(), 0);
  CHECK(is_dead[30]);
  /* handed in once more it is whole */
  CHECK_INT(put(30, 30 % 7, 0), WATS_OUTBOX_REPLACED);
  CHECK_INT(drain(), 1);
  CHECK_INT(times_claimed[30], 1);
  drop_claims();
  check_rules();
  close_box();
}

static void test_a_changed_body_is_not_taken_over(void)
{
  struct wats_outbox_stats s;
  begin_on_disk();
  store("", &whole);
  change_body(30, "?");
  open_on_disk();
  CHECK_INT(mend_now(), WATS_OK);
  s = stats();
  CHECK_INT(s.rows[WATS_OUTBOX_DEAD], DEAD + 1);
  CHECK_INT(count_in(".quarantine"), 1);
  check_rules();
  CHECK_INT(drain(), REPORTS - SENT - DEAD - 1);
  CHECK(is_dead[30]);
  drop_claims();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
}

/* The older of two bodies was in flight and is damaged: the newer one, which
** waited for it, has nothing to wait for. */
static void test_the_newer_of_two_bodies_goes_on(void)
{
  begin_on_disk();
  open_on_disk();
  (void)submit("a", "");
  CHECK_STR(claim(1), "a");
  (void)submit_body("a", "", "A");
  (void)ask("UPDATE body SET body = 'x' WHERE seq = 1");
  CHECK_INT(mend_now(), WATS_OK);
  CHECK_STR(rows(), "a:dead a:ready");
  check_rules();
  CHECK_STR(claim(9), "a");
  CHECK_STR(claims[0].body, "A");
  CHECK(sent(0));
  CHECK_STR(rows(), "a:dead");
  end_test();
}

/* ---- what is kept ---------------------------------------------------------
 */

static void test_all_is_taken_over_from_a_file_that_can_be_read(void)
{
  struct wats_outbox_stats s, after;
  struct wats_outbox_settlement settlement;
  struct wats_outbox_report r = report_on(SENT, SENT % 7, 0);
  struct wats_outbox_found found;
  begin_on_disk();
  open_on_disk();
  make_history();
  fill(SENT + DEAD, REPORTS);
  CHECK_INT(wats_outbox_pause(box, TARGET, "a reason", &error), WATS_OK);
  CHECK_INT(turn_of(TARGET, NULL, 0, 2), WATS_OK);
  CHECK(retried(0, 600 * S));
  s = stats();
  close_box();
  damage_tree();
  open_on_disk();
  after = stats();
  if (!was_mended()) { /* it was not looked at: that will come */
    CHECK_INT(mend_now(), WATS_OK);
    after = stats();
  }
  CHECK(was_mended());
  CHECK(memcmp(s.rows, after.rows, sizeof s.rows) == 0);
  CHECK(memcmp(s.bytes, after.bytes, sizeof s.bytes) == 0);
  CHECK_INT(after.sent, SENT);
  CHECK_INT(after.died, DEAD);
  CHECK_STR(after.paused, "a reason");
  CHECK_INT(after.oldest_age_ns, s.oldest_age_ns);
  check_rules();
  /* who was sending goes on; what was sent is known; an answer is there */
  settlement = outcome(1, WATS_OUTBOX_SENT);
  CHECK(settle_with(settlement));
  CHECK_INT(put(0, 0, 0), WATS_OUTBOX_DUPLICATE);
  CHECK_INT(wats_outbox_get(box, r.head.uuid, &found, &error), WATS_OK);
  CHECK_STR(found.answer, "because");
  CHECK_STR(found.row.reason, "no good");
  wats_outbox_found_free(&found);
  CHECK_INT(drain(), REPORTS - SENT - DEAD - 1);
  check_rules();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  use_disk();
  make_images();
  RUN(test_it_is_whole);
  RUN(test_a_changed_body_is_dead_and_a_file);
  RUN(test_a_changed_body_is_not_taken_over);
  RUN(test_the_newer_of_two_bodies_goes_on);
  RUN(test_all_is_taken_over_from_a_file_that_can_be_read);
  RUN(test_bits_flip_in_the_file);
  RUN(test_bits_flip_in_the_log);
  RUN(test_the_first_pages_are_lost);
  RUN(test_a_file_that_was_put_in_order_by_others);
  RUN(test_pages_are_lost);
  RUN(test_the_end_is_missing);
  RUN(test_only_the_log_is_left);
  RUN(test_files_of_other_times);
  RUN(test_what_is_no_database_is_put_aside);
  free_images();
  remove_disk();
  return test_report();
}

#endif
