/*
** test_cache_epoch.c - what processes tell each other of writes. Two that have
** the file open are two processes to it, wherever they run.
*/
#include "core/cache_epoch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/alloc.h"
#include "core/cache_epoch_file.h"
#include "core/write_guard.h"
#include "files.h"
#include "test.h"

#define US   1
#define THEM 2

static const char product[] = "/api/Product/PN-1";
static struct wats_error error;

static struct wats_cache_epoch *open_as(const char *name, uint64_t fingerprint,
                                        uint64_t boot)
{
  struct wats_cache_epoch_options o = {scratch_file(name), fingerprint, boot};
  struct wats_cache_epoch *e = NULL;
  enum wats_errc code = wats_cache_epoch_open(&o, &e, &error);
  CHECK_INT(code, WATS_OK);
  if (code != WATS_OK) printf("%s\n", error.message);
  return e;
}

static struct wats_cache_epoch *open_it(const char *name)
{
  return open_as(name, 1, 1);
}

static bool stands(const struct wats_cache_epoch *e, uint64_t since, int family,
                   const char *path)
{
  return wats_cache_epoch_stands(e, wats_cache_epoch_generation(e), since,
                                 family, path, strlen(path));
}

static struct wats_epoch_scope family(int f)
{
  return (struct wats_epoch_scope){UINT64_C(1) << f, 0, false};
}

static struct wats_epoch_scope below(const char *path)
{
  return (struct wats_epoch_scope){0, wats_path_hash(path, strlen(path)), true};
}

/* A write of one that has no record of it. */
static void drop(struct wats_cache_epoch *e,
                 const struct wats_epoch_scope *scope)
{
  wats_cache_epoch_end(e, US, UINT64_MAX, scope, true);
}

static void test_a_write_makes_older_answers_useless(void)
{
  struct wats_cache_epoch *a = open_it("marks"), *b = open_it("marks");
  struct wats_epoch_scope three = family(3), pn = below("/api/Product/PN-1");
  uint64_t before = wats_cache_epoch_now(b), after;
  struct stat info;
  CHECK_INT(stat(scratch_file("marks"), &info), 0);
  CHECK_INT(info.st_mode & 0777, 0600);
  CHECK(stands(b, before, 3, product));
  drop(a, &three);
  CHECK(!stands(b, before, 3, product));
  CHECK(stands(b, before, 4, product));
  CHECK(stands(b, before, WATS_NO_FAMILY, product));
  after = wats_cache_epoch_now(b);
  CHECK(stands(b, after, 3, product));
  drop(b, &pn);
  CHECK(!stands(a, after, 3, "/API/product/pn-1/"));
  CHECK(!stands(a, after, 3, "/api/Product/PN-1/x"));
  CHECK(stands(a, after, 3, "/api/Product/PN-11"));
  CHECK(stands(a, after, 3, "/api/Product"));
  after = wats_cache_epoch_now(a);
  wats_cache_epoch_drop_all(a, US);
  CHECK(!stands(b, after, 4, "/other"));
  CHECK(stands(b, wats_cache_epoch_now(b), 4, "/other"));
  /* what nobody can have stored yet */
  CHECK(!stands(b, wats_cache_epoch_now(b) + 1, 4, "/other"));
  CHECK(!wats_cache_epoch_stands(b, 1 + wats_cache_epoch_generation(b),
                                 wats_cache_epoch_now(b), 4, "/other", 6));
  wats_cache_epoch_close(a);
  wats_cache_epoch_close(b);
}

static void test_events_can_be_read_again(void)
{
  struct wats_cache_epoch *a = open_it("ring"), *b = open_it("ring");
  struct wats_epoch_scope scope = family(2);
  struct wats_epoch_event event;
  uint64_t n = wats_cache_epoch_now(b), write;
  int i;
  write = wats_cache_epoch_begin(a, US, &scope);
  CHECK(write != 0);
  CHECK_INT(wats_cache_epoch_now(b), n + 1);
  CHECK(wats_cache_epoch_read(b, n + 1, &event));
  CHECK_INT(event.kind, WATS_EPOCH_BEGIN);
  CHECK(event.write == write && event.origin == US);
  CHECK(event.scope.families == 4);
  CHECK(stands(b, n, 2, product)); /* not before its end */
  wats_cache_epoch_end(a, US, write, &scope, false);
  CHECK(wats_cache_epoch_read(b, n + 2, &event));
  CHECK_INT(event.kind, WATS_EPOCH_REFUSED);
  CHECK(stands(b, n, 2, product));
  for (i = 0; i < WATS_EPOCH_RING - 1; i++)
    drop(a, &scope);
  CHECK(!wats_cache_epoch_read(b, n + 1, &event)); /* overwritten */
  CHECK(wats_cache_epoch_read(b, n + 2, &event));
  CHECK_INT(event.kind, WATS_EPOCH_REFUSED);
  /* a number was taken, but its event never came */
  atomic_fetch_add(&a->file->sequence, 1);
  CHECK(!wats_cache_epoch_read(b, wats_cache_epoch_now(b), &event));
  wats_cache_epoch_close(a);
  wats_cache_epoch_close(b);
}

static int on_record(const struct wats_cache_epoch *e)
{
  struct wats_epoch_event event;
  unsigned i;
  int n = 0;
  for (i = 0; i < WATS_EPOCH_WRITES; i++)
    n += wats_cache_epoch_on_record(e, i, &event);
  return n;
}

static void test_more_writes_than_records_drop_at_once(void)
{
  struct wats_cache_epoch *e = open_it("many");
  struct wats_epoch_scope scope = family(1);
  uint64_t writes[WATS_EPOCH_WRITES + 1], before;
  int i;
  for (i = 0; i < WATS_EPOCH_WRITES; i++)
    writes[i] = wats_cache_epoch_begin(e, US, &scope);
  CHECK_INT(on_record(e), WATS_EPOCH_WRITES);
  before = wats_cache_epoch_now(e);
  CHECK(stands(e, before, 1, product));
  writes[i] = wats_cache_epoch_begin(e, US, &scope);
  CHECK(!stands(e, before, 1, product));
  before = wats_cache_epoch_now(e);
  wats_cache_epoch_end(e, US, writes[i], &scope, false); /* not on record */
  CHECK(!stands(e, before, 1, product));
  while (i--)
    wats_cache_epoch_end(e, US, writes[i], &scope, true);
  CHECK_INT(on_record(e), 0);
  wats_cache_epoch_close(e);
}

/* A process begins a write and is killed; `claim` leaves only the place taken.
 */
static void die_writing(const char *name, bool claim)
{
  pid_t child = fork();
  if (child == 0) {
    struct wats_cache_epoch *e = open_it(name);
    struct wats_epoch_scope scope = family(5);
    if (claim) atomic_store(&e->file->writes[7].owner, (uint64_t)e->seat + 1);
    (void)wats_cache_epoch_begin(e, THEM, &scope);
    raise(SIGKILL);
  }
  CHECK(waitpid(child, NULL, 0) == child);
}

static void test_a_dead_processs_writes_end_as_applied(void)
{
  struct wats_cache_epoch *e = open_it("dead");
  struct wats_epoch_scope scope = family(6);
  uint64_t before = wats_cache_epoch_now(e), ours;
  struct wats_epoch_event event;
  ours = wats_cache_epoch_begin(e, US, &scope);
  die_writing("dead", true);
  CHECK_INT(on_record(e), 2);
  CHECK(stands(e, before, 5, product));
  wats_cache_epoch_bury(e);
  CHECK_INT(on_record(e), 1); /* ours */
  CHECK_INT(atomic_load(&e->file->writes[7].owner), 0);
  CHECK(!stands(e, before, 5, product));
  CHECK(stands(e, before, 6, product));
  CHECK(wats_cache_epoch_read(e, wats_cache_epoch_now(e), &event));
  CHECK_INT(event.kind, WATS_EPOCH_APPLIED);
  wats_cache_epoch_end(e, US, ours, &scope, true);
  /* who sits down where one has died ends his writes too */
  before = wats_cache_epoch_now(e);
  die_writing("dead", false);
  wats_cache_epoch_close(open_it("dead"));
  CHECK(!stands(e, before, 5, product));
  CHECK_INT(on_record(e), 0);
  wats_cache_epoch_close(e);
}

static void test_lives_on_when_all_have_gone(void)
{
  struct wats_cache_epoch *e = open_it("stays");
  struct wats_epoch_scope scope = family(3);
  uint64_t generation = wats_cache_epoch_generation(e), before;
  before = wats_cache_epoch_now(e);
  drop(e, &scope);
  wats_cache_epoch_close(e);
  e = open_it("stays");
  CHECK(wats_cache_epoch_generation(e) == generation);
  CHECK(!stands(e, before, 3, product));
  CHECK(stands(e, before, 2, product));
  wats_cache_epoch_close(e);
}

static void test_another_start_of_the_machine(void)
{
  struct wats_cache_epoch *e;
  uint64_t before, generation;
  die_writing("boot", false);
  e = open_as("boot", 1, 2);
  before = wats_cache_epoch_now(e);
  generation = wats_cache_epoch_generation(e);
  CHECK_INT(on_record(e), 0);
  wats_cache_epoch_close(e);
  /* no number is given twice, even if the file's last state was lost */
  e = open_as("boot", 1, 3);
  CHECK(wats_cache_epoch_now(e) > before + (UINT64_C(1) << 31));
  CHECK(wats_cache_epoch_generation(e) == generation);
  CHECK(stands(e, before, 2, product));
  wats_cache_epoch_close(e);
  /* not known which start it is: each time another */
  e = open_as("boot", 1, 0);
  before = wats_cache_epoch_now(e);
  wats_cache_epoch_close(e);
  e = open_as("boot", 1, 0);
  CHECK(wats_cache_epoch_now(e) > before);
  wats_cache_epoch_close(e);
}

static void check_anew(const char *what, uint64_t generation)
{
  struct wats_cache_epoch *e = open_it("bad");
  if (wats_cache_epoch_generation(e) == generation)
    printf("%s: the same generation\n", what);
  CHECK(wats_cache_epoch_generation(e) != generation);
  CHECK(stands(e, wats_cache_epoch_now(e), 2, product));
  CHECK(!stands(e, wats_cache_epoch_now(e) - 1, 2, product));
  wats_cache_epoch_close(e);
}

static uint64_t generation_now(void)
{
  struct wats_cache_epoch *e = open_it("bad");
  uint64_t generation = wats_cache_epoch_generation(e);
  wats_cache_epoch_close(e);
  return generation;
}

static void test_a_damaged_file_begins_anew(void)
{
  char *path = scratch_file("bad");
  uint64_t g = generation_now();
  damage_file(path, 3, "x");
  check_anew("magic", g);
  g = generation_now();
  damage_file(path, (long)offsetof(struct wats_epoch_head, generation), "xyz");
  check_anew("generation", g);
  g = generation_now();
  damage_file(path, (long)offsetof(struct wats_epoch_file, paths) + 800, "xy");
  check_anew("a mark", g);
  g = generation_now();
  CHECK_INT(truncate(path, 100), 0);
  check_anew("cut short", g);
  g = generation_now();
  CHECK_INT(truncate(path, 0), 0);
  check_anew("empty", g);
  g = generation_now();
  write_file(path, "random bytes, not ours", 100000);
  check_anew("another's", g);
  g = generation_now();
  CHECK_INT(unlink(path), 0);
  check_anew("gone", g);
}

/* Those who have it mapped see that it began anew. */
static void test_damage_under_those_who_have_it_open(void)
{
  struct wats_cache_epoch *a = open_it("bad"), *b;
  uint64_t now = wats_cache_epoch_now(a), g = wats_cache_epoch_generation(a);
  damage_file(scratch_file("bad"), 3, "x");
  b = open_it("bad");
  CHECK(wats_cache_epoch_generation(a) != g);
  CHECK(wats_cache_epoch_now(a) > now + WATS_EPOCH_RING);
  CHECK(wats_cache_epoch_is_current(a));
  CHECK_INT(unlink(scratch_file("bad")), 0);
  CHECK(!wats_cache_epoch_is_current(a));
  wats_cache_epoch_close(b);
  b = open_it("bad");
  CHECK(!wats_cache_epoch_is_current(a));
  CHECK(wats_cache_epoch_is_current(b));
  wats_cache_epoch_leave(b);
  CHECK(!wats_cache_epoch_is_current(b) && wats_cache_epoch_is_left(b));
  CHECK(wats_cache_epoch_now(b) > 0); /* still mapped */
  wats_cache_epoch_keep(a, b);
  wats_cache_epoch_close(a); /* and b */
}

static void test_another_version_at_work_is_left_alone(void)
{
  struct wats_cache_epoch *a = open_as("version", 1, 1), *b = NULL;
  struct wats_cache_epoch_options o = {scratch_file("version"), 2, 1};
  uint64_t generation = wats_cache_epoch_generation(a);
  CHECK_INT(wats_cache_epoch_open(&o, &b, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "another version") != NULL);
  wats_cache_epoch_close(a);
  b = open_as("version", 2, 1);
  CHECK(wats_cache_epoch_generation(b) != generation);
  wats_cache_epoch_close(b);
  o.path = scratch_folder();
  CHECK_INT(wats_cache_epoch_open(&o, &b, &error), WATS_ERR_IO);
  o.path = scratch_file("no/such");
  CHECK_INT(wats_cache_epoch_open(&o, &b, &error), WATS_ERR_IO);
}

static void *write_a_lot(void *context)
{
  struct wats_cache_epoch *e = context;
  int i;
  for (i = 0; i < 3000; i++) {
    struct wats_epoch_scope scope = family(i % 40);
    uint64_t write = wats_cache_epoch_begin(e, US, &scope);
    wats_cache_epoch_end(e, US, write, &scope, true);
  }
  return NULL;
}

/* Whatever a reader gets is whole, and nothing that is lost seems to be there.
 */
static void test_threads_and_processes_at_once(void)
{
  struct wats_cache_epoch *a = open_it("race"), *b = open_it("race");
  uint64_t seen = wats_cache_epoch_now(b), end = seen + 2 * 2 * 3000;
  pthread_t threads[2];
  int i, bad = 0;
  for (i = 0; i < 2; i++)
    CHECK_INT(pthread_create(&threads[i], NULL, write_a_lot, a), 0);
  while (seen < end) {
    uint64_t now = wats_cache_epoch_now(b);
    struct wats_epoch_event event;
    for (; seen < now; seen++) {
      uint64_t f;
      if (!wats_cache_epoch_read(b, seen + 1, &event)) continue;
      f = event.scope.families;
      if (!f || (f & (f - 1)) || event.origin != US || !event.write) bad++;
    }
  }
  for (i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  CHECK_INT(bad, 0);
  CHECK_INT(wats_cache_epoch_now(b), end);
  CHECK_INT(on_record(b), 0);
  wats_cache_epoch_close(a);
  wats_cache_epoch_close(b);
}

static void test_memory_runs_out(void)
{
  struct wats_cache_epoch_options o = {scratch_file("memory"), 1, 1};
  long n, live = wats_alloc_live();
  for (n = 0;; n++) {
    struct wats_cache_epoch *e = NULL;
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = wats_cache_epoch_open(&o, &e, &error);
    wats_alloc_fail_never();
    wats_cache_epoch_close(e);
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
  }
  CHECK_INT(n, 2);
  CHECK_INT(wats_alloc_live(), live);
}

int main(void)
{
  RUN(test_a_write_makes_older_answers_useless);
  RUN(test_events_can_be_read_again);
  RUN(test_more_writes_than_records_drop_at_once);
  RUN(test_a_dead_processs_writes_end_as_applied);
  RUN(test_lives_on_when_all_have_gone);
  RUN(test_another_start_of_the_machine);
  RUN(test_a_damaged_file_begins_anew);
  RUN(test_damage_under_those_who_have_it_open);
  RUN(test_another_version_at_work_is_left_alone);
  RUN(test_threads_and_processes_at_once);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}
