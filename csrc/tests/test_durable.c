/*
** test_durable.c - system calls that are whole, and the door for failures.
*/
#include "core/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "test.h"

static void test_writes_and_reads_all(void)
{
  char text[8] = "";
  size_t got = 0;
  int folder = -1, file = -1;
  CHECK_INT(wats_durable_open_folder(AT_FDCWD, scratch_folder(), &folder), 0);
  CHECK_INT(
      wats_durable_open(folder, "a", O_RDWR | O_CREAT | O_EXCL, 0600, &file),
      0);
  CHECK(fcntl(file, F_GETFD) & FD_CLOEXEC);
  CHECK_INT(wats_durable_write(file, "abcdef", 6), 0);
  CHECK_INT(wats_durable_write(file, "", 0), 0);
  CHECK_INT(wats_durable_sync(file), 0);
  CHECK_INT(lseek(file, 2, SEEK_SET), 2);
  CHECK_INT(wats_durable_read(file, text, sizeof text, &got), 0);
  CHECK_INT(got, 4);
  CHECK_STR(text, "cdef");
  wats_durable_close(file);
  CHECK_INT(wats_durable_sync_folder(folder), 0);
  CHECK_INT(wats_durable_rename(folder, "a", folder, "b"), 0);
  CHECK_INT(wats_durable_remove(folder, "a", 0), ENOENT);
  CHECK_INT(wats_durable_remove(folder, "b", 0), 0);
  wats_durable_close(folder);
  wats_durable_close(-1);
}

static void test_says_what_is_wrong(void)
{
  struct stat info;
  mode_t before = umask(0777);
  int file = -1;
  CHECK_INT(wats_durable_make_folder(AT_FDCWD, scratch_file("inner"), 0700), 0);
  umask(before);
  CHECK_INT(stat(scratch_file("inner"), &info), 0);
  CHECK_INT(info.st_mode & 0777, 0700);
  CHECK_INT(wats_durable_make_folder(AT_FDCWD, scratch_file("inner"), 0700),
            EEXIST);
  CHECK_INT(symlink(scratch_file("inner"), scratch_file("link")), 0);
  CHECK(wats_durable_open_folder(AT_FDCWD, scratch_file("link"), &file) != 0);
  CHECK_INT(
      wats_durable_open(AT_FDCWD, scratch_file("link"), O_RDONLY, 0, &file),
      ELOOP);
  CHECK_INT(file, -1);
  CHECK_INT(wats_durable_write(-1, "x", 1), EBADF);
  CHECK_INT(wats_durable_sync(-1), EBADF);
  CHECK(wats_durable_is_full(ENOSPC) && wats_durable_is_full(EDQUOT));
  CHECK(!wats_durable_is_full(EIO));
}

static void test_the_nth_call_fails(void)
{
  int i, file = -1;
  write_file(scratch_file("c"), "x", 1);
  for (i = 0; i < 6; i++) {
    int reason;
    if (i == 0) wats_durable_fail_after(2, 3, EIO);
    reason = wats_durable_open(AT_FDCWD, scratch_file("c"), O_RDONLY, 0, &file);
    CHECK_INT(reason, i >= 2 && i < 5 ? EIO : 0);
    if (!reason) wats_durable_close(file);
  }
  CHECK(wats_durable_fail_never());
  wats_durable_fail_after(1, 1, EIO);
  CHECK_INT(wats_durable_open(AT_FDCWD, scratch_file("c"), O_RDONLY, 0, &file),
            0);
  wats_durable_close(file);
  CHECK(!wats_durable_fail_never());
}

/* Whatever the process prints would get into it. */
static void test_is_no_standard_file(void)
{
  const int kept = dup(STDIN_FILENO);
  int file = -1;
  close(STDIN_FILENO);
  write_file(scratch_file("d"), "x", 1);
  CHECK_INT(wats_durable_open(AT_FDCWD, scratch_file("d"), O_RDONLY, 0, &file),
            0);
  CHECK(file > STDERR_FILENO);
  CHECK(fcntl(file, F_GETFD) & FD_CLOEXEC);
  CHECK_INT(fcntl(STDIN_FILENO, F_GETFD), -1);
  wats_durable_close(file);
  errno = ENOENT;
  CHECK_INT(wats_durable_above_standard(-1), -1);
  CHECK_INT(errno, ENOENT);
  if (kept < 0) return;
  CHECK_INT(dup2(kept, STDIN_FILENO), STDIN_FILENO);
  close(kept);
}

int main(void)
{
  RUN(test_writes_and_reads_all);
  RUN(test_says_what_is_wrong);
  RUN(test_the_nth_call_fails);
  RUN(test_is_no_standard_file);
  remove_scratch();
  return test_report();
}
