/*
** test_ballast.c - room that is kept: really taken, given up, never another's.
*/
#include "core/ballast.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "child.h"
#include "core/alloc.h"
#include "core/durable.h"
#include "files.h"
#include "test.h"

#define SIZE (2 * (uint64_t)WATS_BALLAST_PIECE + 1000)

static struct wats_error error;

static const char *path(void)
{
  static char room[256];
  snprintf(room, sizeof room, "%s/ballast", scratch_folder());
  return room;
}

static bool grow(uint64_t spare)
{
  bool whole = false;
  CHECK_INT(wats_ballast_grow(path(), SIZE, spare, &whole, &error), WATS_OK);
  return whole;
}

/* Where room cannot be allocated it is written, piece by piece. */
static void until_whole(void)
{
  int calls = 1;
  while (!grow(0) && calls < 10)
    calls++;
  CHECK(calls == 1 || calls == 3);
}

static void test_is_made_and_given_up(void)
{
  struct stat info;
  FILE *file;
  char head[12] = "";
  CHECK_INT(wats_ballast_lacks(path(), SIZE), 0);
  until_whole();
  CHECK(grow(0));
  CHECK_INT(stat(path(), &info), 0);
  CHECK_INT(info.st_size, SIZE);
  CHECK_INT(info.st_mode & 0777, 0600);
  /* it takes up what it says */
  CHECK((uint64_t)info.st_blocks * 512 >= SIZE);
  CHECK_INT(wats_ballast_lacks(path(), SIZE), 0);
  CHECK(wats_ballast_give_up(path()));
  CHECK(!wats_ballast_give_up(path()));
  /* what it is can still be read */
  CHECK_INT(stat(path(), &info), 0);
  CHECK(info.st_size > 50 && info.st_size < 200);
  CHECK_INT(wats_ballast_lacks(path(), SIZE), SIZE - (uint64_t)info.st_size);
  file = fopen(path(), "rb");
  CHECK(file && fread(head, 1, 10, file) == 10);
  if (file) fclose(file);
  CHECK_STR(head, "WATS queue");
  until_whole();
  CHECK_INT(unlink(path()), 0);
}

static void test_goes_on_where_it_was_cut_short(void)
{
  struct stat info;
  until_whole();
  CHECK_INT(truncate(path(), WATS_BALLAST_PIECE + 17), 0);
  CHECK_INT(wats_ballast_lacks(path(), SIZE), SIZE - WATS_BALLAST_PIECE - 17);
  until_whole();
  CHECK_INT(stat(path(), &info), 0);
  CHECK_INT(info.st_size, SIZE);
  CHECK_INT(truncate(path(), 10), 0);
  until_whole();
  CHECK_INT(unlink(path()), 0);
}

static void test_takes_no_room_that_others_need(void)
{
  CHECK(!grow(UINT64_MAX / 2));
  CHECK(!grow(UINT64_MAX / 2));
  /* there is nothing to give up, and nothing is lacking */
  CHECK(!wats_ballast_give_up(path()));
  CHECK_INT(wats_ballast_lacks(path(), SIZE), 0);
  CHECK_INT(unlink(path()), 0);
}

static void test_never_touches_anothers_file(void)
{
  struct stat info;
  bool whole;
  write_file(path(), "somebody's notes", 100);
  CHECK_INT(wats_ballast_grow(path(), SIZE, 0, &whole, &error), WATS_ERR_IO);
  CHECK(!wats_ballast_give_up(path()));
  CHECK_INT(stat(path(), &info), 0);
  CHECK_INT(info.st_size, 100);
  CHECK_INT(rename(path(), scratch_file("other")), 0);
  CHECK_INT(symlink(scratch_file("other"), path()), 0);
  CHECK_INT(wats_ballast_grow(path(), SIZE, 0, &whole, &error), WATS_ERR_IO);
  CHECK(!wats_ballast_give_up(path()));
  CHECK_INT(unlink(path()), 0);
  CHECK_INT(mkdir(path(), 0700), 0);
  CHECK_INT(wats_ballast_grow(path(), SIZE, 0, &whole, &error), WATS_ERR_IO);
  CHECK(!wats_ballast_give_up(path()));
  CHECK_INT(rmdir(path()), 0);
  CHECK_INT(mkfifo(path(), 0600), 0);
  CHECK_INT(wats_ballast_grow(path(), SIZE, 0, &whole, &error), WATS_ERR_IO);
  CHECK(!wats_ballast_give_up(path()));
  CHECK_INT(unlink(path()), 0);
}

static void test_half_a_ballast_is_none(void)
{
  struct stat info;
  bool whole;
  long n;
  for (n = 0; n < 20; n++) {
    enum wats_errc code;
    wats_durable_fail_after(n, 1, ENOSPC);
    code = wats_ballast_grow(path(), SIZE, 0, &whole, &error);
    if (!wats_durable_fail_never()) break;
    CHECK_INT(code, WATS_ERR_QUEUE_FULL);
    if (n) CHECK_INT(stat(path(), &info), 0);
    if (n) CHECK(info.st_blocks * 512 < WATS_BALLAST_PIECE);
    (void)unlink(path());
  }
  CHECK(n >= 3 && n < 20); /* open, title, sync */
  CHECK_INT(unlink(path()), 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void with_short_files(void)
{
  struct rlimit limit = {WATS_BALLAST_PIECE + 5000, WATS_BALLAST_PIECE + 5000};
  struct stat info;
  bool whole;
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
  CHECK_INT(wats_ballast_grow(path(), SIZE, 0, &whole, &error), WATS_ERR_IO);
  CHECK_INT(stat(path(), &info), 0);
  CHECK(info.st_blocks * 512 < WATS_BALLAST_PIECE);
}

static void test_a_disk_that_takes_no_more(void)
{
  CHECK_INT(in_child(with_short_files), 0);
}

int main(void)
{
  RUN(test_is_made_and_given_up);
  RUN(test_goes_on_where_it_was_cut_short);
  RUN(test_takes_no_room_that_others_need);
  RUN(test_never_touches_anothers_file);
  RUN(test_half_a_ballast_is_none);
  RUN(test_a_disk_that_takes_no_more);
  remove_scratch();
  return test_report();
}
