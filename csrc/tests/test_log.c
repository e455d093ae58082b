/*
** test_log.c - entries reach whom they are for, in order; a full queue says
** what it lost; threads log while others listen and go.
*/
#include "core/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/sync.h"
#include "test.h"

static struct wats_log_entry entry;

static struct wats_log_listener *listen(uint64_t identity)
{
  struct wats_log_listener *l = NULL;
  CHECK_INT(wats_log_listen(identity, &l, NULL), WATS_OK);
  return l;
}

static void log_number(uint64_t about, int64_t n)
{
  struct wats_log_field field = wats_log_integer("n", n);
  wats_log(WATS_LOG_INFO, about, "number", &field, 1);
}

/* The number that the next entry holds; -1: it is another; -2: there is none */
static int64_t next_number(struct wats_log_listener *l)
{
  if (!wats_log_take(l, &entry)) return -2;
  return strcmp(entry.message, "number") == 0 ? entry.fields[0].integer : -1;
}

static void nobody_listens(void)
{
  CHECK(!wats_log_heard());
  log_number(WATS_LOG_ALL, 1);
}

static void an_entry_holds_what_was_said(void)
{
  long before = wats_alloc_live();
  struct wats_log_listener *l = listen(wats_log_identity());
  char text[] = "word";
  struct wats_log_field fields[] = {
      wats_log_text("text", text), wats_log_text("none", NULL),
      wats_log_integer("integer", INT64_MIN), wats_log_number("number", 0.25)};
  CHECK(wats_log_heard());
  CHECK(!wats_log_take(l, &entry));
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL, "message", fields, 4);
  text[0] = 'l'; /* it was copied */
  CHECK_INT(wats_log_waiting(l), 1);
  CHECK(wats_log_take(l, &entry));
  CHECK_STR(wats_log_level_name(entry.level), "warn");
  CHECK_STR(entry.message, "message");
  CHECK(entry.wall_ns > INT64_C(1600000000) * 1000000000);
  CHECK_INT(entry.count, 3);
  CHECK_STR(entry.fields[0].name, "text");
  CHECK_STR(entry.fields[0].text, "word");
  CHECK(entry.fields[0].text >= entry.text &&
        entry.fields[0].text < entry.text + sizeof entry.text);
  CHECK_INT(entry.fields[1].integer, INT64_MIN);
  CHECK(entry.fields[2].number == 0.25);
  CHECK_INT(wats_log_waiting(l), 0);
  wats_log_close(l);
  CHECK(!wats_log_heard());
  CHECK_INT(wats_alloc_live(), before);
}

static void texts_are_cut_between_characters(void)
{
  struct wats_log_listener *l = listen(wats_log_identity());
  char text[2 * WATS_LOG_TEXT + 1];
  struct wats_log_field fields[WATS_LOG_FIELDS + 2];
  size_t i;
  for (i = 0; i < WATS_LOG_TEXT; i++)
    memcpy(text + 2 * i, "\xc3\xa5", 2);
  text[2 * WATS_LOG_TEXT] = '\0';
  for (i = 0; i < WATS_LOG_FIELDS + 2; i++)
    fields[i] = wats_log_text("f", i == 0 ? "a" : i == 1 ? text : "b");
  wats_log(WATS_LOG_INFO, WATS_LOG_ALL, "long", fields, WATS_LOG_FIELDS + 2);
  fields[0] = wats_log_text("f", "abc\xff\xff");
  wats_log(WATS_LOG_INFO, WATS_LOG_ALL, "broken", fields, 1);
  CHECK(wats_log_take(l, &entry));
  CHECK_STR(entry.fields[0].text, "a");
  CHECK(strlen(entry.fields[1].text) % 2 == 0);
  CHECK(strlen(entry.fields[1].text) >= WATS_LOG_TEXT - 5);
  CHECK(entry.count <= WATS_LOG_FIELDS);
  CHECK(wats_log_take(l, &entry));
  CHECK_STR(entry.fields[0].text, "abc");
  wats_log_close(l);
}

static void entries_reach_whom_they_are_for(void)
{
  uint64_t one = wats_log_identity(), two = wats_log_identity();
  struct wats_log_listener *a = listen(one), *b = listen(two);
  CHECK(one != two);
  log_number(one, 1);
  log_number(two, 2);
  log_number(WATS_LOG_ALL, 3);
  log_number(WATS_LOG_NOBODY, 4);
  log_number(wats_log_identity(), 5);
  CHECK_INT(next_number(a), 1);
  CHECK_INT(next_number(a), 3);
  CHECK_INT(next_number(a), -2);
  wats_log_close(a);
  log_number(one, 6);
  CHECK_INT(next_number(b), 2);
  CHECK_INT(next_number(b), 3);
  CHECK_INT(next_number(b), -2);
  wats_log_close(b);
}

static void a_full_queue_says_what_it_lost(void)
{
  struct wats_log_listener *l = listen(wats_log_identity());
  int i;
  for (i = 0; i < WATS_LOG_QUEUE + 10; i++)
    log_number(WATS_LOG_ALL, i);
  CHECK_INT(wats_log_waiting(l), WATS_LOG_QUEUE);
  for (i = 0; i < 5; i++)
    CHECK_INT(next_number(l), i);
  log_number(WATS_LOG_ALL, 1000); /* there is room again */
  for (i = 5; i < WATS_LOG_QUEUE; i++)
    CHECK_INT(next_number(l), i);
  CHECK_INT(next_number(l), -1);
  CHECK_INT(entry.level, WATS_LOG_WARN);
  CHECK_STR(entry.fields[0].name, "dropped");
  CHECK_INT(entry.fields[0].integer, 10);
  CHECK_INT(next_number(l), 1000);
  CHECK_INT(next_number(l), -2);
  wats_log_close(l);
}

static void what_was_lost_is_told_though_nothing_follows(void)
{
  struct wats_log_listener *l = listen(wats_log_identity());
  int i;
  for (i = 0; i < WATS_LOG_QUEUE + 3; i++)
    log_number(WATS_LOG_ALL, i);
  for (i = 0; i < WATS_LOG_QUEUE; i++)
    CHECK_INT(next_number(l), i);
  CHECK_INT(wats_log_waiting(l), 1);
  CHECK_INT(next_number(l), -1);
  CHECK_INT(entry.fields[0].integer, 3);
  CHECK_INT(next_number(l), -2);
  wats_log_close(l);
}

static void memory_is_short(void)
{
  struct wats_log_listener *l = NULL;
  struct wats_error error;
  wats_alloc_fail_after(0);
  CHECK_INT(wats_log_listen(1, &l, &error), WATS_ERR_MEMORY);
  CHECK(!l && !wats_log_heard());
  wats_alloc_fail_never();
  l = listen(1);
  wats_alloc_fail_after(0);
  log_number(WATS_LOG_ALL, 1); /* takes none */
  wats_alloc_fail_never();
  CHECK_INT(next_number(l), 1);
  wats_log_close(l);
}

static void a_child_begins_with_nothing(void)
{
  struct wats_log_listener *l = listen(wats_log_identity());
  int state = -1;
  pid_t child;
  log_number(WATS_LOG_ALL, 1);
  child = fork();
  if (child == 0) {
    int64_t old = next_number(l);
    log_number(WATS_LOG_ALL, 2);
    _exit(old == -2 && next_number(l) == 2 ? 0 : 1);
  }
  CHECK(child > 0 && waitpid(child, &state, 0) == child);
  CHECK_INT(state, 0);
  CHECK_INT(next_number(l), 1);
  CHECK_INT(next_number(l), -2);
  wats_log_close(l);
}

/* ---- threads ------------------------------------------------------------ */

#define WRITERS 4
#define ENTRIES 2000

static _Atomic int writing;

static void *write_many(void *context)
{
  int64_t from = (intptr_t)context * ENTRIES, i;
  for (i = 0; i < ENTRIES; i++)
    log_number(WATS_LOG_ALL, from + i);
  atomic_fetch_sub(&writing, 1);
  return NULL;
}

/* Comes and goes; what it hears is whole. */
static void *listen_now_and_then(void *context)
{
  (void)context;
  while (atomic_load(&writing)) {
    struct wats_log_listener *l = NULL;
    struct wats_log_entry own;
    if (wats_log_listen(wats_log_identity(), &l, NULL) != WATS_OK) abort();
    while (wats_log_take(l, &own))
      if (own.count != 1) abort();
    wats_log_close(l);
  }
  return NULL;
}

/* Each entry is had, in the order of its writer, or counted as lost. */
static void threads_write_and_one_takes(void)
{
  struct wats_log_listener *l = listen(wats_log_identity());
  struct wats_thread threads[WRITERS + 1];
  int64_t last[WRITERS], had = 0, lost = 0, n;
  bool ordered = true;
  intptr_t i;
  atomic_store(&writing, WRITERS);
  for (i = 0; i < WRITERS; i++) {
    last[i] = -1;
    wats_thread_start(&threads[i], write_many, (void *)i);
  }
  wats_thread_start(&threads[WRITERS], listen_now_and_then, NULL);
  do {
    bool more = atomic_load(&writing) > 0;
    while ((n = next_number(l)) != -2) {
      if (n == -1)
        lost += entry.fields[0].integer;
      else {
        had++;
        ordered = ordered && n > last[n / ENTRIES];
        last[n / ENTRIES] = n;
      }
    }
    if (!more) break;
  } while (true);
  for (i = 0; i <= WRITERS; i++)
    wats_thread_join(&threads[i]);
  CHECK(ordered);
  CHECK_INT(had + lost, WRITERS * ENTRIES);
  CHECK(had > 0);
  wats_log_close(l);
}

int main(void)
{
  RUN(nobody_listens);
  RUN(an_entry_holds_what_was_said);
  RUN(texts_are_cut_between_characters);
  RUN(entries_reach_whom_they_are_for);
  RUN(a_full_queue_says_what_it_lost);
  RUN(what_was_lost_is_told_though_nothing_follows);
  RUN(memory_is_short);
  RUN(a_child_begins_with_nothing);
  RUN(threads_write_and_one_takes);
  return test_report();
}
