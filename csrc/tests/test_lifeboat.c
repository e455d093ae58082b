/*
** test_lifeboat.c - reports as files: saved for good, found in order, never
** changed, never another's.
*/
#include "core/lifeboat.h"

#include <utime.h>

#include "lifeboat_fixture.h"

/* ---- saving and finding ------------------------------------------------- */

static void test_what_is_saved_is_found(void)
{
  mode_t before = umask(0);
  struct stat info;
  begin();
  CHECK(!wats_lifeboat_is_there(boat()));
  scan(10);
  CHECK_INT(count, 0);
  save(1, "{\"one\":1}");
  umask(0777);
  save(2, "");
  umask(before);
  CHECK(wats_lifeboat_is_there(boat()));
  CHECK_INT(wats_lifeboat_count(boat()), 2);
  scan(10);
  CHECK_INT(count, 2);
  CHECK_STR(found[0].folder, "https%3a%2f%2fwats.example%3a8443%2f%42ase");
  CHECK_STR(found[0].target, URL);
  CHECK_INT(found[0].priority, 5);
  CHECK_INT(found[0].unit, 7);
  CHECK_INT(found[0].uuid[3], 1);
  CHECK_INT(found[0].size, 9);
  CHECK_INT(found[0].wall_ns, 1700000000 * WATS_NS_PER_S);
  CHECK_INT(state_of(&found[0], "{\"one\":1}"), WATS_LIFEBOAT_WHOLE);
  CHECK_INT(state_of(&found[1], ""), WATS_LIFEBOAT_WHOLE);
  CHECK_INT(stat(path_of(&found[1]), &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
  CHECK_INT(stat(boat(), &info), 0);
  CHECK_INT(info.st_mode & 0777, 0700);
  end();
}

static bool is_even(const struct wats_lifeboat_file *file, void *context)
{
  ++*(int *)context;
  return file->uuid[0] % 2 == 0;
}

static void test_finds_in_the_order_of_saving(void)
{
  struct wats_lifeboat_query query = {.limit = 3, .wanted = is_even};
  struct wats_lifeboat_file last;
  int asked = 0, i;
  begin();
  for (i = 0; i < 40; i++) {
    /* the clock stands, and is set back */
    if (i == 20) wats_fake_clock_advance(&fake, -3600 * WATS_NS_PER_S);
    save(i, "x");
  }
  scan(100);
  CHECK_INT(count, 40);
  for (i = 0; i < (int)count; i++)
    CHECK_INT(found[i].uuid[0], i);
  scan(7);
  CHECK_INT(count, 7);
  for (i = 0; i < (int)count; i++)
    CHECK_INT(found[i].uuid[0], i);
  last = found[6];
  query.after = &last;
  query.context = &asked;
  wats_free(found);
  CHECK_INT(wats_lifeboat_scan(boat(), &query, &found, &count, &error),
            WATS_OK);
  CHECK_INT(count, 3);
  for (i = 0; i < (int)count; i++)
    CHECK_INT(found[i].uuid[0], 8 + 2 * i);
  CHECK(asked <= 33);
  scan(0);
  CHECK_INT(count, 0);
  end();
}

static void test_several_targets_in_one_order(void)
{
  static const char *const targets[] = {"http://b", "damaged", ".", "http://a"};
  struct wats_lifeboat_report some[4];
  size_t i;
  begin();
  for (i = 0; i < 4; i++) {
    some[i] = report((int)i, "y");
    some[i].target = targets[i];
    some[i].priority = (int)i * 33;
  }
  CHECK_INT(wats_lifeboat_save(boat(), some, 4, &fake.clock, &error), WATS_OK);
  CHECK_INT(wats_lifeboat_save(boat(), some, 0, &fake.clock, &error), WATS_OK);
  scan(10);
  CHECK_INT(count, 4);
  for (i = 0; i < count; i++) {
    CHECK_STR(found[i].target, targets[i]);
    CHECK_INT(found[i].priority, i * 33);
  }
  CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  CHECK(!wats_lifeboat_is_there(boat()));
  end();
}

static void test_refuses_a_target_that_makes_no_file_name(void)
{
  char target[400];
  struct wats_lifeboat_report some[2];
  begin();
  memset(target, 'a', sizeof target);
  target[252] = '\0'; /* with its NUL, and room for one that is escaped */
  some[0] = report(1, "x");
  some[1] = report(2, "x");
  some[1].target = target;
  CHECK_INT(wats_lifeboat_save(boat(), some, 2, &fake.clock, &error), WATS_OK);
  target[252] = 'a';
  target[300] = '\0';
  CHECK_INT(wats_lifeboat_save(boat(), some, 2, &fake.clock, &error),
            WATS_ERR_IO);
  CHECK(strstr(error.message, "too long") != NULL);
  some[1].target = "";
  CHECK_INT(wats_lifeboat_save(boat(), some, 2, &fake.clock, &error),
            WATS_ERR_IO);
  CHECK_INT(wats_lifeboat_count(boat()), 2);
  end();
}

static void test_units_have_numbers(void)
{
  CHECK(wats_lifeboat_unit("AB", "C") != wats_lifeboat_unit("A", "BC"));
  CHECK(wats_lifeboat_unit("AB", "C") == wats_lifeboat_unit("AB", "C"));
}

/* ---- what others put there ---------------------------------------------- */

static void make(const char *name)
{
  char path[1024];
  FILE *file;
  snprintf(path, sizeof path, "%s/%s", boat(), name);
  file = fopen(path, "w");
  CHECK(file != NULL);
  if (file) fclose(file);
}

static void test_leaves_alone_what_is_not_its_own(void)
{
  char path[1024], link[1024], *name;
  begin();
  save(1, "mine");
  scan(1);
  name = found[0].name;
  snprintf(path, sizeof path, "%s/%s", boat(), found[0].folder);
  CHECK_INT(chdir(path), 0);
  /* a link to a report; names that are nearly right; a directory; a pipe */
  name[1] = '2';
  CHECK_INT(symlink(path_of(found), name), 0);
  name[1] = '3';
  CHECK_INT(mkdir(name, 0700), 0);
  name[1] = '4';
  CHECK_INT(mkfifo(name, 0600), 0);
  name[1] = '1';
  snprintf(path, sizeof path, "%s/0%s", found[0].folder, name);
  make(path);
  snprintf(path, sizeof path, "%s/%s.bak", found[0].folder, name);
  make(path);
  make("README");
  snprintf(path, sizeof path, "%s/Not%%3aencoded", boat());
  CHECK_INT(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "Not%%3aencoded/%s", name);
  make(path);
  snprintf(path, sizeof path, "%s/%s", boat(), found[0].folder);
  snprintf(link, sizeof link, "%s/http%%3a%%2f%%2flink", boat());
  CHECK_INT(symlink(path, link), 0);
  scan(10);
  CHECK_INT(count, 1);
  CHECK_INT(wats_lifeboat_count(boat()), 4); /* by their names alone */
  /* through the link nothing is read, and nothing saved */
  snprintf(found[0].folder, sizeof found[0].folder, "http%%3a%%2f%%2flink");
  {
    enum wats_lifeboat_state state;
    char *body = NULL;
    CHECK_INT(wats_lifeboat_read(boat(), found, &state, &body, &error),
              WATS_ERR_IO);
  }
  {
    struct wats_lifeboat_report r = report(3, "x");
    r.target = "http://link";
    CHECK_INT(wats_lifeboat_save(boat(), &r, 1, &fake.clock, &error),
              WATS_ERR_IO);
    snprintf(path, sizeof path, "%s/boat-link", scratch_folder());
    CHECK_INT(symlink(boat(), path), 0);
    CHECK_INT(wats_lifeboat_save(path, &r, 1, &fake.clock, &error),
              WATS_ERR_IO);
    CHECK_INT(unlink(path), 0);
  }
  /* nor does a pipe hold up who reads it */
  scan(10);
  found[0].name[1] = '4';
  CHECK_INT(state_of(found, ""), WATS_LIFEBOAT_GONE);
  CHECK_INT(chdir("/"), 0);
  end();
}

static void test_does_not_enter_what_another_user_owns(void)
{
  char path[1024];
  if (geteuid() != 0) return;
  begin();
  save(1, "x");
  scan(1);
  snprintf(path, sizeof path, "%s/%s", boat(), found[0].folder);
  CHECK_INT(chmod(scratch_folder(), 0777), 0);
  CHECK_INT(chmod(boat(), 0777), 0);
  CHECK_INT(chmod(path, 0777), 0);
  CHECK_INT(chown(path, 54321, 54321), 0);
  CHECK_INT(seteuid(54322), 0);
  scan(1);
  CHECK_INT(count, 0);
  {
    struct wats_lifeboat_report r = report(3, "x");
    CHECK_INT(wats_lifeboat_save(boat(), &r, 1, &fake.clock, &error),
              WATS_ERR_IO);
  }
  CHECK_INT(seteuid(0), 0);
  end();
}

/* ---- damage ------------------------------------------------------------- */

static void test_never_reads_what_was_not_written(void)
{
  const char *body = "{\"id\":\"00\",\"value\":3.3125}";
  size_t at;
  int bit;
  begin();
  save(1, body);
  scan(1);
  for (at = 0; at < strlen(body); at++)
    for (bit = 1; bit < 128; bit *= 2) {
      char text[2] = {(char)(body[at] ^ bit), '\0'};
      if (!text[0]) continue;
      damage_file(path_of(found), (long)at, text);
      CHECK_INT(state_of(found, body), WATS_LIFEBOAT_DAMAGED);
      text[0] = body[at];
      damage_file(path_of(found), (long)at, text);
    }
  CHECK_INT(state_of(found, body), WATS_LIFEBOAT_WHOLE);
  for (at = 0; at < strlen(body); at++) {
    CHECK_INT(truncate(path_of(found), (off_t)at), 0);
    CHECK_INT(state_of(found, body), WATS_LIFEBOAT_DAMAGED);
    write_file(path_of(found), body, strlen(body));
  }
  write_file(path_of(found), body, strlen(body) + 1);
  CHECK_INT(state_of(found, body), WATS_LIFEBOAT_DAMAGED);
  end();
}

static void test_puts_aside(void)
{
  char path[1024];
  struct stat info;
  begin();
  save(1, "one");
  save(2, "two");
  scan(1);
  CHECK_INT(wats_lifeboat_put_aside(boat(), found, &error), WATS_OK);
  snprintf(path, sizeof path, "%s/damaged/%s/%s", boat(), found[0].folder,
           found[0].name);
  CHECK_INT(stat(path, &info), 0);
  CHECK_INT(state_of(found, "one"), WATS_LIFEBOAT_GONE);
  scan(10);
  CHECK_INT(count, 1);
  CHECK_INT(found[0].uuid[0], 2);
  CHECK_INT(wats_lifeboat_put_aside(boat(), found, &error), WATS_OK);
  CHECK_INT(wats_lifeboat_put_aside(boat(), found, &error), WATS_ERR_IO);
  scan(10);
  CHECK_INT(count, 0);
  /* they keep the directory */
  CHECK(wats_lifeboat_is_there(boat()));
  end();
}

/* ---- taking out --------------------------------------------------------- */

static void test_what_is_removed_is_gone(void)
{
  begin();
  save(1, "one");
  save(2, "two");
  save(3, "three");
  scan(2);
  CHECK(wats_lifeboat_is_open(boat(), found));
  CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  CHECK_INT(state_of(found, ""), WATS_LIFEBOAT_GONE);
  CHECK(wats_lifeboat_is_there(boat()));
  CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  scan(2);
  CHECK_INT(count, 1);
  CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  CHECK(!wats_lifeboat_is_there(boat()));
  CHECK(!wats_lifeboat_is_open(boat(), found));
  CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  end();
}

static void test_cleans_what_was_left_half_written(void)
{
  char path[1024];
  struct utimbuf old = {1700000000 - 3700, 1700000000 - 3700};
  struct stat info;
  int i;
  begin();
  save(1, "one");
  scan(1);
  for (i = 0; i < 3; i++) {
    const char *more = i == 2 ? "x" : ""; /* then it is not one of ours */
    snprintf(path, sizeof path, "%s/.part-%s%s", found[0].folder, found[0].name,
             more);
    make(path);
    snprintf(path, sizeof path, "%s/%s/.part-%s%s", boat(), found[0].folder,
             found[0].name, more);
    if (i) CHECK_INT(utime(path, &old), 0);
    if (!i) utime(path, &(struct utimbuf){1700000000, 1700000000});
    wats_lifeboat_clean(boat(), &fake.clock);
    CHECK_INT(stat(path, &info), i == 1 ? -1 : 0);
  }
  scan(10);
  CHECK_INT(count, 1);
  end();
}

int main(void)
{
  RUN(test_what_is_saved_is_found);
  RUN(test_finds_in_the_order_of_saving);
  RUN(test_several_targets_in_one_order);
  RUN(test_refuses_a_target_that_makes_no_file_name);
  RUN(test_units_have_numbers);
  RUN(test_leaves_alone_what_is_not_its_own);
  RUN(test_does_not_enter_what_another_user_owns);
  RUN(test_never_reads_what_was_not_written);
  RUN(test_puts_aside);
  RUN(test_what_is_removed_is_gone);
  RUN(test_cleans_what_was_left_half_written);
  begin();
  remove_scratch();
  return test_report();
}
