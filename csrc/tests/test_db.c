/*
** test_db.c - SQLite files: made private, migrated, refused, set aside.
*/
#include "core/db.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "files.h"
#include "test.h"

#ifdef WATS_WITHOUT_QUEUE

static void test_says_that_it_is_left_out(void)
{
  struct wats_db_options options = {.path = "x"};
  enum wats_db_trouble trouble;
  struct wats_error error;
  struct sqlite3 *db = NULL;
  CHECK_INT(wats_db_open(&options, &db, &trouble, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "built without SQLite");
}

int main(void)
{
  RUN(test_says_that_it_is_left_out);
  return test_report();
}

#else

static const char *const steps[] = {
    "CREATE TABLE a(x INTEGER); INSERT INTO a VALUES(1)",
    "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7"};

static struct wats_db_options options;
static enum wats_db_trouble trouble;
static struct wats_error error;

static void set_up(const char *path)
{
  options = (struct wats_db_options){.path = path,
                                     .application_id = 4711,
                                     .migrations = steps,
                                     .version = 2,
                                     .settings = "PRAGMA synchronous=OFF",
                                     .naps = 3,
                                     .nap_us = 100};
}

static struct sqlite3 *open_it(const char *path)
{
  struct sqlite3 *db = NULL;
  set_up(path);
  CHECK_INT(wats_db_open(&options, &db, &trouble, &error), WATS_OK);
  return db;
}

static void refuse(const char *path, enum wats_db_trouble why, const char *text)
{
  struct sqlite3 *db = NULL;
  set_up(path);
  CHECK_INT(wats_db_open(&options, &db, &trouble, &error), WATS_ERR_IO);
  CHECK_INT(trouble, why);
  CHECK(strstr(error.message, text) != NULL);
  if (!strstr(error.message, text)) printf("%s\n", error.message);
  CHECK(db == NULL);
}

static void test_a_new_file_is_its_owners_alone(void)
{
  char *path = scratch_file("new.db");
  mode_t before = umask(0);
  struct sqlite3 *db = open_it(path);
  struct stat info;
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
  CHECK_INT(wats_db_number(db, "SELECT y FROM a"), 7);
  CHECK_INT(wats_db_number(db, "PRAGMA user_version"), 2);
  wats_db_close(db);
  umask(0777);
  CHECK_INT(unlink(path), 0);
  wats_db_close(open_it(path));
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
  umask(before);
  /* nor can others read one that they could */
  CHECK_INT(chmod(path, 0644), 0);
  wats_db_close(open_it(path));
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
}

static void test_migrates_step_by_step(void)
{
  char *path = scratch_file("old.db");
  struct sqlite3 *db = NULL;
  set_up(path);
  options.version = 1;
  CHECK_INT(wats_db_open(&options, &db, &trouble, &error), WATS_OK);
  CHECK_INT(wats_db_number(db, "SELECT y FROM a"), -1);
  wats_db_close(db);
  db = open_it(path);
  CHECK_INT(wats_db_number(db, "SELECT x + y FROM a"), 8);
  wats_db_close(db);
  /* a step that fails leaves the version before it */
  set_up(path);
  {
    const char *const bad[] = {steps[0], steps[1],
                               "CREATE TABLE b(x); nonsense"};
    options.migrations = bad;
    options.version = 3;
    db = NULL;
    CHECK(wats_db_open(&options, &db, &trouble, &error) != WATS_OK);
  }
  db = open_it(path);
  CHECK_INT(wats_db_number(db, "PRAGMA user_version"), 2);
  CHECK_INT(wats_db_number(db, "SELECT count(*) FROM b"), -1);
  wats_db_close(db);
}

static void test_refuses_what_is_not_ours(void)
{
  char *path = scratch_file("other.db");
  struct sqlite3 *db = open_it(path);
  CHECK_INT(wats_db_run(db, "PRAGMA user_version=3", NULL, NULL), WATS_OK);
  refuse(path, WATS_DB_NEWER, "a later version");
  CHECK_INT(wats_db_run(db, "PRAGMA application_id=5", NULL, NULL), WATS_OK);
  refuse(path, WATS_DB_FOREIGN, "another program's database");
  CHECK_INT(wats_db_run(db, "PRAGMA application_id=0", NULL, NULL), WATS_OK);
  refuse(path, WATS_DB_FOREIGN, "another program's database");
  wats_db_close(db);
  refuse(scratch_file("no/such.db"), WATS_DB_UNUSABLE, "cannot make");
  refuse(scratch_folder(), WATS_DB_UNUSABLE, "a directory");
  CHECK_INT(symlink(path, scratch_file("link.db")), 0);
  refuse(scratch_file("link.db"), WATS_DB_UNUSABLE, "a symbolic link");
  CHECK_INT(mkfifo(scratch_file("pipe"), 0600), 0);
  refuse(scratch_file("pipe"), WATS_DB_UNUSABLE, "not a file");
}

/* Not even its access rights and its journal. */
static void test_leaves_what_is_not_ours_as_it_is(void)
{
  char *path = scratch_file("theirs.db");
  const char wal = 2; /* in the file's head: reading version */
  struct sqlite3 *db = open_it(path);
  struct stat info;
  char head[20] = "";
  FILE *file;
  CHECK_INT(wats_db_run(db, "PRAGMA journal_mode=WAL; PRAGMA application_id=5",
                        NULL, NULL),
            WATS_OK);
  wats_db_close(db);
  CHECK_INT(chmod(path, 0644), 0);
  set_up(path);
  options.settings = "PRAGMA journal_mode=TRUNCATE";
  CHECK_INT(wats_db_open(&options, &db, &trouble, &error), WATS_ERR_IO);
  CHECK_INT(trouble, WATS_DB_FOREIGN);
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(info.st_mode & 0777, 0644);
  file = fopen(path, "rb");
  CHECK(file && fread(head, 1, sizeof head, file) == sizeof head);
  if (file) fclose(file);
  CHECK_INT(head[19], wal);
}

static void test_sees_damage_and_sets_it_aside(void)
{
  char *path = scratch_file("bad.db"), name[400];
  write_file(path, "this is no database at all, but it is long enough", 2000);
  refuse(path, WATS_DB_DAMAGED, "not a database");
  write_file(scratch_file("bad.db-journal"), "x", 1);
  CHECK_INT(wats_db_set_aside(path, name, sizeof name, &error), WATS_OK);
  CHECK(strstr(name, "bad.db.damaged-") != NULL);
  CHECK(access(name, F_OK) == 0 && access(path, F_OK) != 0);
  CHECK(access(scratch_file("bad.db-journal"), F_OK) != 0);
  wats_db_close(open_it(path));
  /* a second one in the same second has another name */
  CHECK_INT(wats_db_set_aside(path, NULL, 0, &error), WATS_OK);
  CHECK_INT(count_files("bad.db.damaged-*"), 3); /* and a journal */
  CHECK_INT(wats_db_set_aside(path, NULL, 0, &error), WATS_ERR_IO);
}

static void test_gives_up_on_a_locked_file(void)
{
  char *path = scratch_file("busy.db");
  struct sqlite3 *one = open_it(path), *two = open_it(path);
  CHECK_INT(wats_db_begin(one, &trouble, &error), WATS_OK);
  CHECK_INT(wats_db_begin(two, &trouble, &error), WATS_ERR_IO);
  CHECK_INT(trouble, WATS_DB_BUSY);
  CHECK_INT(wats_db_run(one, "INSERT INTO a VALUES(1, 2)", NULL, NULL),
            WATS_OK);
  CHECK_INT(wats_db_commit(one, &trouble, &error), WATS_OK);
  CHECK_INT(wats_db_begin(two, &trouble, &error), WATS_OK);
  wats_db_rollback(two);
  wats_db_rollback(two); /* twice is once */
  CHECK_INT(wats_db_number(two, "SELECT count(*) FROM a"), 2);
  wats_db_close(one);
  wats_db_close(two);
}

static void test_memory_runs_out(void)
{
  char *path = scratch_file("memory.db");
  long n, live = wats_alloc_live();
  wats_db_close(open_it(path));
  for (n = 0;; n++) {
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = wats_db_set_aside(path, NULL, 0, &error);
    wats_alloc_fail_never();
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK(access(path, F_OK) == 0);
  }
  CHECK(n > 3);
  CHECK_INT(wats_alloc_live(), live);
}

static void locates(const char *path, const char *expected)
{
  char *found = NULL;
  CHECK_INT(wats_db_locate(path, &found, &error), WATS_OK);
  CHECK_STR(found, expected);
  wats_free(found);
}

static void test_two_ways_to_a_file_are_one(void)
{
  char *folder = scratch_folder(), expected[256], way[256];
  char link[128];
  snprintf(expected, sizeof expected, "%s/there.db", folder);
  locates(expected, expected);
  snprintf(way, sizeof way, "%s/.//./there.db", folder);
  locates(way, expected);
  snprintf(link, sizeof link, "%s-way", folder);
  CHECK(symlink(folder, link) == 0);
  snprintf(way, sizeof way, "%s/there.db", link);
  locates(way, expected);
  CHECK(unlink(link) == 0);
  locates("/there.db", "/there.db");
}

static void test_locates_nothing_where_no_file_can_be(void)
{
  char *found = NULL;
  long n;
  CHECK_INT(wats_db_locate("/no/such/folder/x", &found, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "no directory for /no/such/folder/x"));
  CHECK_INT(wats_db_locate("/tmp/", &found, &error), WATS_ERR_IO);
  CHECK_STR(error.message, "/tmp/: that is no file");
  CHECK(found == NULL);
  for (n = 0; n < 2; n++) {
    wats_alloc_fail_after(n);
    CHECK_INT(wats_db_locate("/tmp/x", &found, &error), WATS_ERR_MEMORY);
    wats_alloc_fail_never();
    CHECK(found == NULL);
  }
}

int main(void)
{
  RUN(test_two_ways_to_a_file_are_one);
  RUN(test_locates_nothing_where_no_file_can_be);
  RUN(test_a_new_file_is_its_owners_alone);
  RUN(test_migrates_step_by_step);
  RUN(test_refuses_what_is_not_ours);
  RUN(test_leaves_what_is_not_ours_as_it_is);
  RUN(test_sees_damage_and_sets_it_aside);
  RUN(test_gives_up_on_a_locked_file);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}

#endif
