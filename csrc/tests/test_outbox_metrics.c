/*
** test_outbox_metrics.c - figures of queues in a registry: what they follow,
** that a file is counted once, a file that is not to be had, short memory,
** threads, fork.
*/
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/outbox_metrics.h"
#include "outbox_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

struct wanted {
  const char *name, *labels;
  double value;
  bool found;
};

static enum wats_errc look(const struct wats_sample *sample, void *context)
{
  struct wanted *w = context;
  if (strcmp(wats_family_name(sample->family), w->name) == 0 &&
      sample->labels_length == strlen(w->labels) &&
      memcmp(sample->labels, w->labels, sample->labels_length) == 0) {
    w->value = sample->value;
    w->found = true;
  }
  return WATS_OK;
}

/* -1: there is no such figure; NaN is -2. */
static double figure(struct wats_registry *registry, const char *name,
                     const char *labels)
{
  struct wanted w = {name, labels, -1, false};
  CHECK_INT(wats_registry_visit(registry, look, &w), WATS_OK);
  return isnan(w.value) ? -2 : w.value;
}

static double depth(struct wats_registry *registry, const char *state)
{
  char labels[40];
  snprintf(labels, sizeof labels, "state=\"%s\"", state);
  return figure(registry, "wats_queue_depth", labels);
}

static double total(struct wats_registry *registry, const char *what)
{
  char name[60];
  snprintf(name, sizeof name, "wats_queue_%s_total", what);
  return figure(registry, name, "");
}

static struct wats_outbox_watch *watch_of(struct wats_registry *registry,
                                          struct wats_outbox *outbox)
{
  struct wats_outbox_watch *watch = NULL;
  CHECK_INT(wats_outbox_watch(registry, outbox, &watch, &error), WATS_OK);
  return watch;
}

static struct wats_outbox *open_other(void)
{
  static char path[300];
  struct wats_outbox_options options = {.path = path, .clock = &fake.clock};
  struct wats_outbox *other = NULL;
  snprintf(path, sizeof path, "%s2", box_path());
  CHECK_INT(wats_outbox_open(&options, &other, &error), WATS_OK);
  return other;
}

static enum wats_outbox_receipt submit_to(struct wats_outbox *outbox,
                                          const char *name)
{
  struct wats_outbox_report report = report_of(name, name, NULL);
  enum wats_outbox_receipt receipt = WATS_OUTBOX_LIFEBOAT;
  CHECK_INT(wats_outbox_submit(outbox, &report, 1, &receipt, &error), WATS_OK);
  return receipt;
}

static void follows_what_is_in_the_file(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_outbox_watch *watch;
  begin_test();
  open_box();
  submit("before", "0"); /* is in the file, but was not counted here */
  watch = watch_of(r, box);
  CHECK_INT(total(r, "enqueued"), 0);
  CHECK_INT(depth(r, "ready"), 1);
  CHECK_INT(figure(r, "wats_queue_bytes", ""), 6);
  submit("a", "1");
  submit("b", "1");
  submit("c", "2");
  submit("a", "1");
  wats_fake_clock_advance(&fake, 7 * S);
  CHECK_INT(depth(r, "ready"), 3);
  CHECK_INT(depth(r, "blocked"), 1);
  CHECK_INT(depth(r, "lifeboat"), 0);
  CHECK_INT(total(r, "enqueued"), 3);
  CHECK_INT(total(r, "duplicate"), 1);
  CHECK_INT(figure(r, "wats_queue_oldest_age_seconds", ""), 7);
  CHECK_STR(claim(3), "before a c");
  CHECK_INT(depth(r, "in_flight"), 3);
  sent(0);
  buried(1);
  retried(2, 60 * S);
  CHECK_INT(depth(r, "in_flight"), 0);
  CHECK_INT(depth(r, "waiting"), 1);
  CHECK_INT(depth(r, "dead"), 1);
  CHECK_INT(total(r, "sent"), 1);
  CHECK_INT(total(r, "dead"), 1);
  CHECK_INT(figure(r, "wats_queue_bytes", ""), 3);
  wats_outbox_unwatch(watch);
  end_test();
  wats_registry_release(r);
}

static void counts_a_file_once(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_outbox_watch *one, *two, *three;
  struct wats_outbox *other;
  begin_test();
  open_box();
  one = watch_of(r, box);
  two = watch_of(r, box);
  CHECK(one == two);
  submit("a", "1");
  CHECK_INT(depth(r, "ready"), 1);
  CHECK_INT(total(r, "enqueued"), 1);
  other = open_other();
  three = watch_of(r, other);
  submit_to(other, "b");
  wats_fake_clock_advance(&fake, 3 * S);
  submit_to(other, "c");
  CHECK_INT(depth(r, "ready"), 3);
  CHECK_INT(total(r, "enqueued"), 3);
  CHECK_INT(figure(r, "wats_queue_oldest_age_seconds", ""), 3);
  wats_outbox_unwatch(one);
  CHECK_INT(depth(r, "ready"), 3);
  wats_outbox_unwatch(two);
  CHECK_INT(depth(r, "ready"), 2);
  wats_outbox_unwatch(three);
  CHECK_INT(depth(r, "ready"), 0);
  CHECK_INT(total(r, "enqueued"), 3);
  wats_outbox_release(other);
  end_test();
  wats_registry_release(r);
}

static void registries_are_apart(void)
{
  struct wats_registry *r = wats_registry_create(), *q = wats_registry_create();
  struct wats_outbox_watch *one, *two;
  begin_test();
  open_box();
  one = watch_of(r, box);
  submit("a", "1");
  two = watch_of(q, box);
  submit("b", "2");
  CHECK_INT(total(r, "enqueued"), 2);
  CHECK_INT(total(q, "enqueued"), 1);
  CHECK_INT(depth(q, "ready"), 2);
  wats_outbox_unwatch(one);
  submit("c", "3");
  CHECK_INT(total(r, "enqueued"), 2);
  CHECK_INT(total(q, "enqueued"), 2);
  wats_outbox_unwatch(two);
  wats_outbox_unwatch(NULL);
  end_test();
  wats_registry_release(r);
  wats_registry_release(q);
}

/* What was counted last is there when the watch and the instance are gone. */
static void counters_never_go_back(void)
{
  struct wats_registry *r = wats_registry_create();
  int i;
  begin_test();
  for (i = 1; i <= 3; i++) {
    char name[16];
    struct wats_outbox_watch *watch;
    snprintf(name, sizeof name, "%d", i);
    open_box();
    watch = watch_of(r, box);
    submit(name, name);
    wats_outbox_unwatch(watch);
    close_box();
    CHECK_INT(total(r, "enqueued"), i);
    CHECK_INT(depth(r, "ready"), 0);
  }
  end_test();
  wats_registry_release(r);
}

/* As another process may have it. */
static int hold_file(void)
{
  char path[300];
  int fd;
  snprintf(path, sizeof path, "%s-lock", box_path());
  fd = open(path, O_RDWR | O_CLOEXEC);
  CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
  return fd;
}

static void waits_a_moment_only(void)
{
  struct wats_registry *r = wats_registry_create(), *q = wats_registry_create();
  struct wats_outbox_watch *one, *two;
  int64_t start;
  int fd;
  begin_test();
  open_box();
  one = watch_of(r, box);
  submit("a", "1");
  CHECK_INT(depth(r, "ready"), 1);
  two = watch_of(q, box);
  fd = hold_file();
  start = wats_clock_monotonic(&wats_system_clock);
  CHECK_INT(depth(r, "ready"), 1);
  CHECK_INT(figure(r, "wats_queue_bytes", ""), 1);
  CHECK_INT(depth(q, "ready"), -2); /* never known */
  CHECK_INT(total(q, "enqueued"), 0);
  CHECK(wats_clock_monotonic(&wats_system_clock) - start <
        WATS_OUTBOX_PATIENCE / 2);
  close(fd);
  CHECK_INT(depth(q, "ready"), 1);
  wats_outbox_unwatch(one);
  wats_outbox_unwatch(two);
  end_test();
  wats_registry_release(r);
  wats_registry_release(q);
}

static void refuses_a_name_that_is_taken(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_outbox_watch *watch = NULL;
  struct wats_family_options options = {.type = WATS_METRIC_COUNTER,
                                        .name = "wats_queue_sent_total",
                                        .help = "mine",
                                        .labels = (const char *[]){"x"},
                                        .label_count = 1};
  struct wats_family *family;
  begin_test();
  open_box();
  CHECK_INT(wats_registry_family(r, &options, &family, &error), WATS_OK);
  CHECK_INT(wats_outbox_watch(r, box, &watch, &error), WATS_ERR_ARGUMENT);
  CHECK(watch == NULL);
  CHECK(strstr(error.message, "wats_queue_sent_total") != NULL);
  end_test();
  wats_registry_release(r);
}

static void copes_without_memory(void)
{
  long count;
  begin_test();
  open_box();
  submit("a", "1");
  for (count = 0;; count++) {
    long before = wats_alloc_live();
    struct wats_registry *r = wats_registry_create();
    struct wats_outbox_watch *watch = NULL;
    enum wats_errc code;
    wats_alloc_fail_after(count);
    code = wats_outbox_watch(r, box, &watch, &error);
    wats_alloc_fail_never();
    if (code != WATS_OK) {
      CHECK_INT(code, WATS_ERR_MEMORY);
      CHECK(watch == NULL);
      CHECK(depth(r, "ready") < 1); /* none, or not watched */
    } else
      CHECK_INT(depth(r, "ready"), 1);
    wats_outbox_unwatch(watch);
    wats_registry_release(r);
    CHECK_INT(wats_alloc_live(), before);
    if (code == WATS_OK) break;
  }
  CHECK(count > 5);
  end_test();
}

static struct wats_registry *shared;
static atomic_bool stop;

static void *come_and_go(void *unused)
{
  int i;
  for (i = 0; i < 200; i++) {
    struct wats_outbox_watch *watch = NULL;
    if (wats_outbox_watch(shared, box, &watch, NULL) != WATS_OK) return shared;
    wats_outbox_unwatch(watch);
  }
  return unused;
}

static enum wats_errc pass(const struct wats_sample *sample, void *context)
{
  (void)sample;
  (void)context;
  return WATS_OK;
}

static void *scrape(void *unused)
{
  while (!atomic_load(&stop))
    (void)wats_registry_visit(shared, pass, NULL);
  return unused;
}

static void threads_may_come_and_go(void)
{
  pthread_t threads[4];
  void *result;
  int i;
  begin_test();
  open_box();
  shared = wats_registry_create();
  atomic_store(&stop, false);
  for (i = 0; i < 4; i++)
    CHECK_INT(
        pthread_create(&threads[i], NULL, i < 3 ? come_and_go : scrape, NULL),
        0);
  for (i = 0; i < 3; i++) {
    pthread_join(threads[i], &result);
    CHECK(result == NULL);
  }
  atomic_store(&stop, true);
  pthread_join(threads[3], NULL);
  CHECK_INT(depth(shared, "ready"), 0);
  end_test();
  wats_registry_release(shared);
}

static void a_child_has_its_own(void)
{
  struct wats_outbox_watch *watch;
  pthread_t thread;
  int i, status;
  begin_test();
  open_box();
  submit("a", "1");
  shared = wats_registry_create();
  watch = watch_of(shared, box);
  atomic_store(&stop, false);
  CHECK_INT(pthread_create(&thread, NULL, scrape, NULL), 0);
  for (i = 0; i < 10; i++) {
    pid_t child = fork();
    if (child == 0) {
      alarm(60); /* else it might wait for a lock for ever */
      /* The file is opened anew there, which may take longer than a scrape
      ** waits: then it tells what was before, which is nothing. */
      while (!(depth(shared, "ready") > 0))
        continue;
      wats_outbox_unwatch(watch);
      _exit(depth(shared, "ready") > 0);
    }
    status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
  }
  atomic_store(&stop, true);
  pthread_join(thread, NULL);
  CHECK_INT(depth(shared, "ready"), 1);
  wats_outbox_unwatch(watch);
  end_test();
  wats_registry_release(shared);
}

int main(void)
{
  RUN(follows_what_is_in_the_file);
  RUN(counts_a_file_once);
  RUN(registries_are_apart);
  RUN(counters_never_go_back);
  RUN(waits_a_moment_only);
  RUN(refuses_a_name_that_is_taken);
  RUN(copes_without_memory);
  RUN(threads_may_come_and_go);
  RUN(a_child_has_its_own);
  remove_scratch();
  return test_report();
}

#endif
