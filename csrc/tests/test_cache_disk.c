/*
** test_cache_disk.c - the tier itself: opening, its queue and thread, damage,
** full disks, processes that are killed.
*/
#include "tier_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#else

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"

static struct wats_error error;

/* ---- opening ------------------------------------------------------------- */

static void test_one_per_file(void)
{
  struct wats_cache_disk *a = NULL, *b = NULL, *c = NULL;
  char other[300];
  begin_test();
  tier_options.max_bytes = 2 * MIB;
  CHECK_INT(open_tier(&a, &error), WATS_OK);
  tier_options.max_bytes = 0; /* takes what there is */
  CHECK_INT(open_tier(&b, &error), WATS_OK);
  CHECK(a == b);
  snprintf(other, sizeof other, "%s/../%s/./tier", scratch_folder(),
           strrchr(scratch_folder(), '/') + 1);
  tier_options.path = other;
  CHECK_INT(wats_cache_disk_open(&tier_options, &c, &error), WATS_OK);
  CHECK(a == c);
  tier_options.max_bytes = 3 * MIB;
  CHECK_INT(wats_cache_disk_open(&tier_options, &c, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message,
            "cache.max_disk_bytes: 3145728 asked for, but another client with "
            "the same cache.path has 2097152");
  tier_options.max_bytes = 0;
  tier_options.fingerprint = 9;
  CHECK_INT(open_tier(&c, &error), WATS_ERR_ARGUMENT);
  wats_cache_disk_release(a);
  wats_cache_disk_release(a);
  wats_cache_disk_release(b);
  /* now the next one's word counts */
  CHECK_INT(open_tier(&a, &error), WATS_OK);
  wats_cache_disk_release(a);
  CHECK_INT(count_files("tier*"), 3);
}

static void refuse(const char *path, const char *text)
{
  struct wats_cache_disk_options o = {.path = path, .boot_id = 1};
  struct wats_cache_disk *disk = NULL;
  CHECK_INT(wats_cache_disk_open(&o, &disk, &error), WATS_ERR_IO);
  CHECK(strncmp(error.message, "cache.path: ", 12) == 0);
  if (!strstr(error.message, text)) printf("%s\n", error.message);
  CHECK(strstr(error.message, text) != NULL);
  CHECK(disk == NULL);
}

static void make_database(const char *path, const char *statements)
{
  sqlite3 *db = NULL;
  CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

static void test_refuses_what_somebody_must_mend(void)
{
  begin_test();
  refuse("/no/such/directory/tier", "no directory for");
  refuse(scratch_folder(), "it is a directory");
  CHECK_INT(symlink("/etc/passwd", scratch_file("tier-link")), 0);
  refuse(scratch_file("tier-link"), "it is a symbolic link");
  make_database(scratch_file("tier-other"), "CREATE TABLE t(x)");
  refuse(scratch_file("tier-other"), "it is another program's database");
  CHECK(access(scratch_file("tier-other"), F_OK) == 0);
  if (geteuid() != 0) { /* root may all */
    CHECK_INT(mkdir(scratch_file("tier-dir"), 0500), 0);
    refuse(scratch_file("tier-dir/tier"), "Permission denied");
    CHECK_INT(rmdir(scratch_file("tier-dir")), 0);
  }
}

/* Works with what it finds, in this process and the next. */
static void check_works(const char *what)
{
  struct wats_cache_request r = asking("/x");
  int before = test_bad_checks;
  cache = open_shared();
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, ""));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  wats_http_cache_clear(cache);
  close_cache();
  if (test_bad_checks != before) printf("after: %s\n", what);
}

static void test_damage_is_set_aside(void)
{
  const char *path = tier_path();
  begin_test();
  write_file(path, "random bytes, and enough of them", 9000);
  check_works("random bytes");
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 1);
  CHECK_INT(truncate(path, 5000), 0);
  check_works("cut short");
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 2);
  CHECK_INT(truncate(path, 0), 0);
  check_works("nothing in it");
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 2); /* that is a new file */
  damage_file(path, 30, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  check_works("a damaged head");
  write_file(scratch_file("tier-journal"), "not a journal of anybody", 5000);
  check_works("a journal of others");
  write_file(scratch_file("tier-wal"), "not a log of anybody", 50000);
  check_works("a log of others");
  write_file(scratch_file("tier-epoch"), "random bytes", 500);
  check_works("damaged events");
  CHECK_INT(remove(path), 0);
  check_works("deleted");
}

static void test_a_later_versions_file_is_left_alone(void)
{
  struct wats_cache_request r = asking("/x");
  begin_test();
  check_works("new");
  make_database(tier_path(), "PRAGMA user_version=99");
  cache = open_shared();
  CHECK(!fetch(&r, 200, ""));
  CHECK_INT(look(&r), WATS_CACHE_FRESH); /* memory alone */
  flush();
  CHECK_INT(tier_stats().dropped, 1);
  CHECK_INT(tier_stats().entries, -1);
  close_cache();
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 0);
}

/* ---- damage while it is open --------------------------------------------- */

/* The head says that pages have changed: else those in memory would do. */
static void scribble(void)
{
  struct stat info;
  long at;
  CHECK_INT(stat(tier_path(), &info), 0);
  damage_file(tier_path(), 24, "zzzz");
  for (at = 4096; at < info.st_size; at += 512)
    damage_file(tier_path(), at, "this is not what was written here");
}

static void test_damage_while_it_is_open(void)
{
  struct wats_cache_request r = asking("/x"), s = asking("/y");
  int i;
  begin_test();
  cache = open_shared();
  CHECK(!fetch(&r, 200, ""));
  flush();
  scribble();
  CHECK(!fetch(&s, 200, "")); /* writing meets it */
  flush();
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 1);
  CHECK_INT(tier_stats().dropped, 0);
  start_again();
  CHECK_INT(look(&s), WATS_CACHE_FRESH);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  scribble();
  CHECK_INT(look(&r), WATS_CACHE_MISS); /* reading meets it */
  flush();
  for (i = 0; i < 2; i++) {
    CHECK(!fetch(&r, 200, ""));
    flush();
  }
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 2);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

static void test_the_file_is_deleted_under_it(void)
{
  struct wats_cache_request r = asking("/x");
  begin_test();
  cache = open_shared();
  CHECK(!fetch(&r, 200, ""));
  flush();
  CHECK_INT(unlink(tier_path()), 0);
  CHECK(!fetch(&r, 200, ""));
  flush();
  CHECK_INT(access(tier_path(), F_OK), 0);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* ---- the queue ----------------------------------------------------------- */

static void test_a_full_queue_drops(void)
{
  struct wats_cache_request r = asking("/x");
  sqlite3 *db = NULL;
  uint64_t dropped;
  int i;
  begin_test();
  cache = open_shared();
  CHECK(!fetch(&r, 200, "ETag: \"old\""));
  flush();
  CHECK_INT(sqlite3_open(tier_path(), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  for (i = 0; i < WATS_DISK_QUEUE + 200; i++)
    CHECK(!fetch(&r, 200, "ETag: \"new\"")); /* none of them waits */
  dropped = tier_stats().dropped;
  CHECK(dropped >= 200 - 32 && dropped <= 200);
  CHECK(tier_stats().queued <= WATS_DISK_QUEUE);
  /* an older answer is no answer in place of one that was dropped */
  wats_http_cache_release(cache);
  CHECK_INT(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  cache = open_shared();
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void end_at_once(void)
{
  struct wats_cache_request r = asking("/at-exit");
  pid_t child = fork();
  if (child == 0) {
    CHECK(!fetch(&r, 200, ""));
    exit(test_bad_checks); /* without closing anything */
  }
  CHECK(waitpid(child, NULL, 0) == child);
}

static void test_what_is_queued_is_written_at_the_end(void)
{
  struct wats_cache_request r = asking("/at-exit");
  begin_test();
  cache = open_shared();
#if !defined(__SANITIZE_THREAD__) /* which lets no child have threads */
  end_at_once();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
#else
  (void)end_at_once;
  (void)r;
#endif
  close_cache();
}

/* ---- somebody else's lock ------------------------------------------------ */

/* One wait in vain, not one for each: those would take 300 ms at least. */
static void test_a_lock_that_lasts_is_not_waited_for_again(void)
{
  struct wats_cache_request r = asking("/x");
  sqlite3 *db = NULL;
  int64_t begun;
  int i;
  begin_test();
  cache = open_shared();
  CHECK(!fetch(&r, 200, ""));
  start_again();
  CHECK_INT(sqlite3_open(tier_path(), &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  begun = wats_clock_monotonic(&wats_system_clock);
  for (i = 0; i < 60; i++)
    CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(wats_clock_monotonic(&wats_system_clock) - begun < S / 4);
  CHECK_INT(sqlite3_close(db), SQLITE_OK);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* ---- a full disk --------------------------------------------------------- */

static void check_no_room(void)
{
  struct rlimit little = {20 * 4096, 20 * 4096}; /* as the file is now */
  struct wats_cache_request r = asking("/small"), s = asking("/large");
  struct wats_cache_ticket ticket;
  struct wats_response *large = answer(200, "", "");
  struct wats_buffer bytes;
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &little), 0);
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_buffer_reserve(&bytes, 100000), WATS_OK);
  memset(bytes.data, 'x', 100000);
  bytes.length = 100000;
  CHECK_INT(wats_response_set_body(large, &bytes), WATS_OK);
  wats_http_cache_ticket(cache, &ticket);
  CHECK(wats_http_cache_store(cache, &s, &ticket, large, NULL));
  wats_response_release(large);
  flush();
  CHECK_INT(look(&s), WATS_CACHE_FRESH); /* memory has it */
  CHECK_INT(look(&r), WATS_CACHE_FRESH); /* and the disk what it had */
  CHECK_INT(tier_stats().dropped, 1);
  CHECK_INT(tier_stats().stores, 1);
}

static void test_no_room_on_the_disk(void)
{
  struct wats_cache_request r = asking("/small"), s = asking("/large");
  begin_test();
  cache = open_shared();
  CHECK(!fetch(&r, 200, ""));
  flush();
#if !defined(__SANITIZE_THREAD__)
  CHECK_INT(in_child(check_no_room), 0);
#else
  (void)check_no_room;
#endif
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  CHECK_INT(look(&s), WATS_CACHE_MISS);
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 0);
  close_cache();
}

/* ---- killed -------------------------------------------------------------- */

#define PATHS 40

/* An answer that says whose it is and holds together. */
static struct wats_response *telling(const char *path, unsigned version)
{
  struct wats_response *r = answer(200, "Cache-Control: max-age=600", "");
  struct wats_buffer bytes;
  unsigned i;
  wats_buffer_init(&bytes, 0);
  for (i = 0; i < 50 + version % 900; i++)
    CHECK_INT(wats_buffer_printf(&bytes, "%s %u,", path, version), WATS_OK);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_OK);
  return r;
}

static bool tells(const struct wats_response *r, const char *path)
{
  size_t length, at = 0;
  const char *body = wats_response_body(r, &length), *space;
  char piece[100];
  unsigned version;
  if (!body || !(space = memchr(body, ' ', length))) return false;
  version = (unsigned)strtoul(space, NULL, 10);
  snprintf(piece, sizeof piece, "%s %u,", path, version);
  for (; at < length; at += strlen(piece))
    if (length - at < strlen(piece) ||
        memcmp(body + at, piece, strlen(piece)) != 0)
      return false;
  return length == strlen(piece) * (50 + version % 900);
}

static void store_for_ever(unsigned seed)
{
  char path[32];
  for (;;) {
    struct wats_cache_request r;
    struct wats_cache_ticket ticket;
    struct wats_response *a;
    seed = seed * 1103515245 + 12345;
    snprintf(path, sizeof path, "/p/%u", (seed >> 16) % PATHS);
    r = asking(path);
    wats_http_cache_ticket(cache, &ticket);
    a = telling(path, seed >> 8);
    (void)wats_http_cache_store(cache, &r, &ticket, a, NULL);
    wats_response_release(a);
    if (seed >> 24 == 7) (void)wats_http_cache_invalidate(cache, path, 3);
  }
}

static unsigned check_all(void)
{
  unsigned i, found_ones = 0;
  for (i = 0; i < PATHS; i++) {
    struct wats_cache_ticket ticket;
    struct wats_cache_found found;
    struct wats_cache_request r;
    char path[32];
    snprintf(path, sizeof path, "/p/%u", i);
    r = asking(path);
    if (wats_http_cache_begin(cache, &r, false, &ticket, &found) ==
        WATS_CACHE_FRESH) {
      CHECK(tells(found.response, path));
      found_ones++;
    }
    wats_response_release(found.response);
  }
  return found_ones;
}

#ifdef __SANITIZE_THREAD__ /* it ends a child that starts a thread */
#define CHILD_HAS_THREADS false
#else
#define CHILD_HAS_THREADS true
#endif

/* Every other child has written something when it is let run on; the rest may
** be killed while they begin. */
static void kill_one(unsigned n)
{
  const struct timespec nap = {0, (long)(n * 7919 % 40 + 1) * 1000 * 1000};
  int ready[2];
  char byte;
  pid_t child;
  CHECK_INT(pipe(ready), 0);
  child = fork();
  if (child == 0) {
    struct wats_cache_request r = asking("/p/0");
    struct wats_cache_ticket ticket;
    cache = open_shared();
    wats_http_cache_ticket(cache, &ticket);
    (void)wats_http_cache_store(cache, &r, &ticket, telling("/p/0", n), NULL);
    flush();
    if (write(ready[1], "", 1) == 1) store_for_ever(n + 1);
    _exit(1);
  }
  close(ready[1]); /* or the end of a child that cannot go on is not seen */
  if (n % 2) CHECK(read(ready[0], &byte, 1) == 1 || !CHILD_HAS_THREADS);
  close(ready[0]);
  nanosleep(&nap, NULL);
  CHECK_INT(kill(child, SIGKILL), 0);
  CHECK(waitpid(child, NULL, 0) == child);
}

static void test_killed_while_writing(void)
{
  unsigned kills = getenv("WATS_TEST_LONG") ? 200 : 20, n, found = 0;
  begin_test();
  tier_options.max_bytes = MIB; /* so that rows must give way, too */
  for (n = 0; n < kills; n++) {
    struct wats_cache_request r = asking("/after");
    kill_one(n);
    cache = open_shared();
    found += check_all();
    CHECK(!fetch(&r, 200, ""));
    start_again();
    CHECK_INT(look(&r), WATS_CACHE_FRESH);
    close_cache();
  }
  CHECK(found > 0 || !CHILD_HAS_THREADS);
  CHECK_INT(count_files("tier.damaged-*[0-9]"), 0);
}

/* Two at a time, and none of them at the other's expense. */
static void test_one_is_killed_while_another_works(void)
{
  struct wats_cache_request r = asking("/mine");
  unsigned n;
  begin_test();
  cache = open_shared();
  for (n = 0; n < 5; n++) {
    struct wats_http_cache *ours = cache;
    kill_one(n + 100);
    cache = ours;
    CHECK(!fetch(&r, 200, ""));
    (void)check_all();
  }
  flush();
  CHECK_INT(tier_stats().dropped, 0);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* ---- threads ------------------------------------------------------------- */

static void *work(void *context)
{
  unsigned seed = (unsigned)(uintptr_t)context, i;
  char path[32];
  for (i = 0; i < 300; i++) {
    struct wats_cache_ticket ticket;
    struct wats_cache_found found;
    struct wats_cache_request r;
    struct wats_response *a;
    seed = seed * 1103515245 + 12345;
    snprintf(path, sizeof path, "/p/%u", (seed >> 16) % PATHS);
    r = asking(path);
    if (wats_http_cache_begin(cache, &r, false, &ticket, &found) ==
        WATS_CACHE_FRESH) {
      CHECK(tells(found.response, path));
    } else {
      a = telling(path, seed >> 8);
      (void)wats_http_cache_store(cache, &r, &ticket, a, NULL);
      wats_response_release(a);
    }
    wats_response_release(found.response);
    if (i % 16 == 0)
      (void)wats_http_cache_invalidate(cache, path, strlen(path));
    if (i % 100 == 99) wats_http_cache_clear(cache);
  }
  return NULL;
}

static void test_threads(void)
{
  pthread_t threads[4];
  uintptr_t i;
  begin_test();
  cache = open_shared();
  for (i = 0; i < 4; i++)
    CHECK_INT(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
  for (i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  flush();
  CHECK(tier_stats().stores > 0);
  (void)check_all();
  close_cache();
}

static void test_memory_runs_out(void)
{
  long n, live;
  begin_test();
  live = wats_alloc_live();
  for (n = 0;; n++) {
    struct wats_cache_disk *disk = NULL;
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = open_tier(&disk, &error);
    wats_alloc_fail_never();
    wats_cache_disk_release(disk);
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK_INT(wats_alloc_live(), live);
  }
  CHECK(n > 5);
  CHECK_INT(wats_alloc_live(), live);
}

int main(void)
{
  RUN(test_one_per_file);
  RUN(test_refuses_what_somebody_must_mend);
  RUN(test_damage_is_set_aside);
  RUN(test_a_later_versions_file_is_left_alone);
  RUN(test_damage_while_it_is_open);
  RUN(test_the_file_is_deleted_under_it);
  RUN(test_a_full_queue_drops);
  RUN(test_what_is_queued_is_written_at_the_end);
  RUN(test_a_lock_that_lasts_is_not_waited_for_again);
  RUN(test_no_room_on_the_disk);
  RUN(test_killed_while_writing);
  RUN(test_one_is_killed_while_another_works);
  RUN(test_threads);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}

#endif
