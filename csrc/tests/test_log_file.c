/*
** test_log_file.c - lines that stay whole, whoever writes and rotates.
*/
#include "core/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "child.h"
#include "core/alloc.h"
#include "files.h"

#define WRITERS 4
#define LINES   400

static struct wats_log_file *file;
static long blocks;

static void open_log(uint64_t max_bytes, unsigned keep)
{
  blocks = wats_alloc_live();
  CHECK_INT(
      wats_log_file_open(scratch_file("log"), max_bytes, keep, &file, NULL),
      WATS_OK);
}

static void close_log(void)
{
  wats_log_file_close(file);
  CHECK_INT(wats_alloc_live(), blocks);
  remove_files("log*");
}

static enum wats_errc put(const char *line)
{
  return wats_log_file_write(file, line, strlen(line), NULL);
}

/* "" when there is no such file. */
static const char *content(const char *name)
{
  static char text[65536];
  FILE *from = fopen(scratch_file(name), "rb");
  size_t length = from ? fread(text, 1, sizeof text - 1, from) : 0;
  text[length] = '\0';
  if (from) fclose(from);
  return text;
}

static void test_lines_are_added(void)
{
  struct stat st;
  open_log(0, 1);
  CHECK_INT(put("one\n"), WATS_OK);
  wats_log_file_close(file);
  CHECK_INT(wats_log_file_open(scratch_file("log"), 0, 1, &file, NULL),
            WATS_OK);
  CHECK_INT(put("two\n"), WATS_OK);
  CHECK_STR(content("log"), "one\ntwo\n");
  CHECK_INT(stat(scratch_file("log"), &st), 0);
  CHECK_INT(st.st_mode & 0027, 0);
  CHECK_INT(wats_log_file_rotations(file), 0);
  close_log();
}

static void test_rotation(void)
{
  open_log(10, 2);
  CHECK_INT(put("1234\n"), WATS_OK);
  CHECK_INT(put("6789\n"), WATS_OK); /* 10 fit */
  CHECK_STR(content("log.1"), "");
  CHECK_INT(put("b\n"), WATS_OK);
  CHECK_STR(content("log"), "b\n");
  CHECK_STR(content("log.1"), "1234\n6789\n");
  CHECK_INT(put("longer than it all\n"), WATS_OK);
  CHECK_STR(content("log"), "longer than it all\n");
  CHECK_STR(content("log.1"), "b\n");
  CHECK_STR(content("log.2"), "1234\n6789\n");
  CHECK_INT(put("d\n"), WATS_OK);
  CHECK_STR(content("log.2"), "b\n");
  CHECK_INT(count_files("log*"), 3);
  CHECK_INT(wats_log_file_rotations(file), 3);
  close_log();
}

static void test_what_others_do_to_the_file(void)
{
  struct wats_log_file *other;
  open_log(10, 3);
  CHECK_INT(put("1234567\n"), WATS_OK);
  CHECK_INT(wats_log_file_open(scratch_file("log"), 10, 3, &other, NULL),
            WATS_OK);
  CHECK_INT(wats_log_file_write(other, "other\n", 6, NULL), WATS_OK);
  CHECK_INT(put("me\n"), WATS_OK);
  CHECK_STR(content("log"), "other\nme\n");
  CHECK_INT(wats_log_file_rotations(file), 0);
  wats_log_file_close(other);
  CHECK_INT(remove(scratch_file("log")), 0);
  CHECK_INT(put("anew\n"), WATS_OK);
  CHECK_STR(content("log"), "anew\n");
  CHECK_INT(rename(scratch_file("log"), scratch_file("log-moved")), 0);
  CHECK_INT(put("and\n"), WATS_OK);
  CHECK_STR(content("log"), "and\n");
  CHECK_STR(content("log-moved"), "anew\n");
  close_log();
}

/* Better too large than lost; and what is old is not pushed out in vain. */
static void test_where_it_cannot_rotate(void)
{
  open_log(4, 2);
  CHECK_INT(mkdir(scratch_file("log.1"), 0700), 0);
  write_file(scratch_file("log.1/x"), "x", 1);
  CHECK_INT(mkdir(scratch_file("log.2"), 0700), 0);
  write_file(scratch_file("log.2/x"), "x", 1);
  CHECK_INT(put("one\n"), WATS_OK);
  CHECK_INT(put("two\n"), WATS_OK);
  CHECK_INT(put("three\n"), WATS_OK);
  CHECK_STR(content("log"), "one\ntwo\nthree\n");
  CHECK_INT(wats_log_file_rotations(file), 0);
  remove_files("log.*/x");
  close_log();
}

/* ---- several processes -------------------------------------------------- */

static void write_many(int writer)
{
  char line[80];
  int i;
  CHECK_INT(wats_log_file_open(scratch_file("log"), 20000, 100, &file, NULL),
            WATS_OK);
  for (i = 0; i < LINES; i++) {
    snprintf(line, sizeof line, "%d %d %.*s\n", writer, i, i % 40,
             "........................................");
    CHECK_INT(put(line), WATS_OK);
  }
}

static int seen[WRITERS][LINES];

/* Each line is whole, and of those of one writer none is missing. */
static void read_lines(const char *name)
{
  FILE *from = fopen(scratch_file(name), "rb");
  char line[200];
  if (!from) return;
  while (fgets(line, sizeof line, from)) {
    int writer, number;
    const char *dots = strchr(line, '.');
    CHECK_INT(sscanf(line, "%d %d", &writer, &number), 2);
    CHECK(writer >= 0 && writer < WRITERS && number >= 0 && number < LINES);
    CHECK_INT(dots ? strcspn(dots, "\n") : 0, number % 40);
    seen[writer][number]++;
  }
  fclose(from);
}

static void test_several_processes(void)
{
  pid_t children[WRITERS];
  int i, j, state;
  fflush(stdout);
  for (i = 0; i < WRITERS; i++)
    if ((children[i] = fork()) == 0) {
      write_many(i);
      fflush(stdout);
      execlp(test_bad_checks ? "false" : "true", "true", (char *)NULL);
      _exit(2);
    }
  for (i = 0; i < WRITERS; i++) {
    CHECK_INT(waitpid(children[i], &state, 0), children[i]);
    CHECK_INT(state, 0);
  }
  read_lines("log");
  for (i = 1; i <= 100; i++) {
    char name[20];
    snprintf(name, sizeof name, "log.%d", i);
    read_lines(name);
  }
  for (i = 0; i < WRITERS; i++)
    for (j = 0; j < LINES; j++)
      CHECK_INT(seen[i][j], 1);
  CHECK(count_files("log*") >= 2);
  remove_files("log*");
}

/* ---- what fails --------------------------------------------------------- */

/* The system lets a line in as far as there is room, as a full disk does. */
static void write_on_a_full_disk(void)
{
  struct rlimit limit = {12, 12};
  struct wats_error error;
  open_log(0, 1);
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
  CHECK_INT(put("12345678\n"), WATS_OK);
  CHECK_INT(wats_log_file_write(file, "too long\n", 9, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "log: "));
  CHECK_INT(put("ab\n"), WATS_OK);
}

static void test_a_full_disk(void)
{
  CHECK_INT(in_child(write_on_a_full_disk), 0);
  CHECK_STR(content("log"), "12345678\nab\n");
  remove_files("log*");
}

static void test_a_directory_that_goes_and_comes(void)
{
  blocks = wats_alloc_live();
  CHECK_INT(mkdir(scratch_file("sub"), 0700), 0);
  CHECK_INT(wats_log_file_open(scratch_file("sub/log"), 0, 1, &file, NULL),
            WATS_OK);
  CHECK_INT(remove(scratch_file("sub/log")), 0);
  CHECK_INT(rmdir(scratch_file("sub")), 0);
  CHECK_INT(put("lost\n"), WATS_ERR_IO);
  CHECK_INT(put("lost too\n"), WATS_ERR_IO);
  CHECK_INT(mkdir(scratch_file("sub"), 0700), 0);
  CHECK_INT(put("there\n"), WATS_OK);
  CHECK_STR(content("sub/log"), "there\n");
  wats_log_file_close(file);
  CHECK_INT(wats_alloc_live(), blocks);
  remove_files("sub/*");
  CHECK_INT(rmdir(scratch_file("sub")), 0);
}

static void test_what_is_no_file(void)
{
  struct wats_error error;
  const char *paths[] = {scratch_folder(), "/dev/null", scratch_file("pipe"),
                         scratch_file("none/log"), ""};
  size_t i;
  CHECK_INT(mkfifo(scratch_file("pipe"), 0600), 0);
  for (i = 0; i < sizeof paths / sizeof *paths; i++) {
    struct wats_log_file *none = NULL;
    CHECK_INT(wats_log_file_open(paths[i], 0, 1, &none, &error), WATS_ERR_IO);
    CHECK(none == NULL);
    CHECK(strstr(error.message, *paths[i] ? paths[i] : "log file"));
  }
  wats_log_file_close(NULL);
  remove_files("pipe");
}

static void test_memory_runs_out(void)
{
  struct wats_log_file *none = NULL;
  wats_alloc_fail_after(0);
  CHECK_INT(wats_log_file_open(scratch_file("log"), 0, 1, &none, NULL),
            WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK(none == NULL);
}

int main(void)
{
  RUN(test_lines_are_added);
  RUN(test_rotation);
  RUN(test_what_others_do_to_the_file);
  RUN(test_where_it_cannot_rotate);
  RUN(test_several_processes);
  RUN(test_a_full_disk);
  RUN(test_a_directory_that_goes_and_comes);
  RUN(test_what_is_no_file);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}
