/*
** test_health_outbox.c - what health_outbox.h promises, of a queue on the disk.
*/
#include "core/health_outbox.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "test.h"

#ifdef WATS_WITHOUT_QUEUE

static void test_without(void)
{
}

int main(void)
{
  RUN(test_without);
  return test_report();
}

#else

#define HERE  "https://here"
#define THERE "https://there"

static struct wats_error error;
static char directory[64];

static struct wats_outbox *open_queue(uint64_t max_rows)
{
  struct wats_outbox_options options = {.max_rows = max_rows};
  struct wats_outbox *outbox = NULL;
  char path[96];
  snprintf(directory, sizeof directory, "/tmp/wats-health-XXXXXX");
  CHECK(mkdtemp(directory) != NULL);
  snprintf(path, sizeof path, "%s/outbox.db", directory);
  options.path = path;
  CHECK_INT(wats_outbox_open(&options, &outbox, &error), WATS_OK);
  if (!outbox) abort();
  return outbox;
}

static void close_queue(struct wats_outbox *outbox)
{
  char command[128];
  wats_outbox_release(outbox);
  snprintf(command, sizeof command, "rm -rf '%s'", directory);
  CHECK_INT(system(command), 0);
}

static void submit(struct wats_outbox *outbox, const char *target, int number)
{
  char body[300];
  struct wats_outbox_report report = {.target = target,
                                      .priority = WATS_OUTBOX_USUAL};
  snprintf(body, sizeof body,
           "{\"id\":\"00000000-0000-4000-8000-%012d\",\"type\":\"T\","
           "\"pn\":\"P\",\"sn\":\"%d\"}",
           number, number);
  report.body = body;
  report.length = strlen(body);
  CHECK_INT(wats_report_head_read(body, report.length, &report.head, &error),
            WATS_OK);
  CHECK_INT(wats_outbox_submit(outbox, &report, 1, NULL, &error), WATS_OK);
}

static void test_figures(void)
{
  struct wats_outbox *outbox = open_queue(4);
  struct wats_health_source here, all;
  struct wats_health_queue q = {0};
  struct wats_outbox_turn turn = {
      .target = HERE, .lease_ns = 60 * WATS_NS_PER_S, .wanted = 1};
  struct wats_outbox_claim claim;
  CHECK_INT(wats_health_outbox(outbox, HERE, &here), WATS_OK);
  CHECK_INT(wats_health_outbox(outbox, NULL, &all), WATS_OK);
  CHECK(here.identity == all.identity);
  CHECK_INT(here.read(here.context, &q, &error), WATS_OK);
  CHECK_INT(q.pending, 0);
  CHECK_INT(q.oldest_age_ns, -1);
  CHECK(!q.full);
  submit(outbox, HERE, 1);
  submit(outbox, HERE, 2);
  submit(outbox, HERE, 3);
  turn.claims = &claim;
  CHECK_INT(wats_outbox_turn(outbox, &turn, &error), WATS_OK);
  CHECK_INT(turn.claimed, 1);
  CHECK_INT(wats_outbox_pause(outbox, HERE, "who?", &error), WATS_OK);
  q = (struct wats_health_queue){0};
  CHECK_INT(here.read(here.context, &q, &error), WATS_OK);
  CHECK_INT(q.pending, 3);
  CHECK_INT(q.in_flight, 1);
  CHECK(q.bytes > 100);
  CHECK(q.oldest_age_ns >= 0);
  CHECK_INT(q.max_rows, 4);
  CHECK_STR(q.paused, "who?");
  CHECK(!q.full);
  submit(outbox, THERE, 4); /* the file's bounds are everybody's */
  q = (struct wats_health_queue){0};
  CHECK_INT(here.read(here.context, &q, &error), WATS_OK);
  CHECK_INT(q.pending, 3);
  CHECK(q.full);
  q = (struct wats_health_queue){0};
  CHECK_INT(all.read(all.context, &q, &error), WATS_OK);
  CHECK_INT(q.pending, 4);
  wats_outbox_claim_free(&claim);
  here.release(here.context);
  close_queue(outbox);
  q = (struct wats_health_queue){0}; /* it holds the queue */
  all.release(all.context);
}

static void test_short_of_memory(void)
{
  struct wats_outbox *outbox = open_queue(0);
  struct wats_health_source source;
  long before = wats_alloc_live(), n;
  for (n = 0; n < 2; n++) {
    wats_alloc_fail_after(n);
    CHECK_INT(wats_health_outbox(outbox, HERE, &source), WATS_ERR_MEMORY);
    wats_alloc_fail_never();
    CHECK_INT(wats_alloc_live(), before);
  }
  close_queue(outbox);
}

int main(void)
{
  RUN(test_figures);
  RUN(test_short_of_memory);
  return test_report();
}

#endif
