/*
** test_outbox_open.c - instances, names, options, and what cannot be opened.
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

/* ---- one instance ------------------------------------------------------- */

static struct wats_outbox *open_as(const char *path)
{
  struct wats_outbox_options o = box_options;
  struct wats_outbox *found = NULL;
  o.path = path;
  CHECK_INT(wats_outbox_open(&o, &found, &error), WATS_OK);
  return found;
}

static void test_one_file_is_one_instance(void)
{
  struct wats_outbox *same, *by_link, *retained;
  char path[300];
  begin_test();
  open_box();
  same = open_as(box_path());
  CHECK(same == box);
  wats_outbox_release(same);
  snprintf(path, sizeof path, "%s/./box", scratch_folder());
  same = open_as(path);
  CHECK(same == box);
  CHECK_INT(link(box_path(), scratch_file("box2")), 0);
  by_link = open_as(scratch_file("box2"));
  CHECK(by_link == box);
  retained = wats_outbox_retain(box);
  wats_outbox_release(same);
  wats_outbox_release(by_link);
  CHECK_STR(wats_outbox_path(box), box_path());
  CHECK(wats_outbox_clock(box) == &fake.clock);
  CHECK_INT(submit("a", ""), WATS_OUTBOX_NEW);
  end_test();
  box = retained;
  CHECK_STR(rows(), "a:ready");
  end_test();
  wats_outbox_release(NULL);
}

static void expect_refused(const char *message)
{
  struct wats_outbox *mine = box;
  CHECK_INT(open_code(), WATS_ERR_ARGUMENT);
  CHECK(strstr(error.message, message) != NULL);
  box = mine;
  memset(&box_options, 0, sizeof box_options);
}

static void test_the_first_ones_options_stand(void)
{
  begin_test();
  box_options.max_rows = 7;
  open_box();
  CHECK_INT(stats().max_rows, 7);
  memset(&box_options, 0, sizeof box_options);
  box_options.max_rows = 8;
  expect_refused("is open with another max_rows already");
  box_options.max_bytes = 8;
  expect_refused("another max_bytes");
  box_options.patience_ns = 8;
  expect_refused("another patience");
  box_options.lifeboat = "/tmp";
  expect_refused("another lifeboat");
  end_test();
}

static void test_what_a_person_must_mend(void)
{
  begin_test();
  CHECK_INT(symlink("elsewhere", box_path()), 0);
  CHECK_INT(open_code(), WATS_ERR_IO);
  remove_files("box*");
  CHECK_INT(mkdir(box_path(), 0700), 0);
  CHECK_INT(open_code(), WATS_ERR_IO);
  remove_files("box*");
  box_options.path = "/no/such/folder/box";
  CHECK_INT(wats_outbox_open(&box_options, &box, &error), WATS_ERR_IO);
  box_options.path = "/tmp/";
  CHECK_INT(wats_outbox_open(&box_options, &box, &error), WATS_ERR_IO);
  begin_test();
  open_box();
  (void)submit("a", "");
  CHECK_INT(ask("PRAGMA user_version=99"), -1);
  close_box();
  CHECK_INT(open_code(), WATS_ERR_IO);
  CHECK(strstr(error.message, "a later version wrote it") != NULL);
  begin_test();
  open_box();
  CHECK_INT(ask("PRAGMA application_id=99"), -1);
  close_box();
  CHECK_INT(open_code(), WATS_ERR_IO);
  CHECK(strstr(error.message, "another program's") != NULL);
}

static void test_a_damaged_file_is_set_aside(void)
{
  char ballast[512];
  begin_test();
  snprintf(ballast, sizeof ballast, "%s-ballast", box_path());
  write_file(ballast, "x", 1); /* so it was a queue */
  write_file(box_path(), "nonsense", 8192);
  open_box();
  CHECK_INT(submit("a", ""), WATS_OUTBOX_NEW);
  CHECK_INT(count_files("box.damaged-*"), 1);
  end_test();
  begin_test(); /* nothing beside it, but it was one */
  write_file(box_path(), "SQLite form?t 3 ", 8192);
  open_box();
  CHECK_INT(count_files("box.damaged-*"), 1);
  end_test();
}

/* Somebody has named the wrong file. */
static void test_a_file_that_was_never_a_queue_is_left_alone(void)
{
  struct stat before, after;
  begin_test();
  write_file(box_path(), "nonsense", 8192);
  CHECK_INT(stat(box_path(), &before), 0);
  CHECK_INT(open_code(), WATS_ERR_IO);
  CHECK(strstr(error.message, "it is no queue") != NULL);
  CHECK_INT(stat(box_path(), &after), 0);
  CHECK(before.st_ino == after.st_ino && after.st_size == 8192);
  CHECK(before.st_mode == after.st_mode);
  CHECK_INT(count_files("box.damaged-*"), 0);
  CHECK_INT(count_files("box-mend*"), 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_network_file_systems(void)
{
  CHECK(wats_outbox_is_far(0x6969));
  CHECK(wats_outbox_is_far(0xFF534D42));
  CHECK(!wats_outbox_is_far(0xEF53)); /* ext4 */
}

static void test_all_files_are_private(void)
{
  static const char *const names[] = {"box", "box-wal", "box-shm", "box-lock",
                                      "box-turn"};
  struct stat info;
  size_t i;
  mode_t before = umask(0);
  begin_test();
  open_box();
  umask(before);
  (void)submit("a", "");
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    CHECK_INT(stat(scratch_file(names[i]), &info), 0);
    CHECK_INT(info.st_mode & 077, 0);
  }
  end_test();
}

int main(void)
{
  RUN(test_one_file_is_one_instance);
  RUN(test_the_first_ones_options_stand);
  RUN(test_what_a_person_must_mend);
  RUN(test_a_damaged_file_is_set_aside);
  RUN(test_a_file_that_was_never_a_queue_is_left_alone);
  RUN(test_network_file_systems);
  RUN(test_all_files_are_private);
  remove_scratch();
  return test_report();
}

#endif
