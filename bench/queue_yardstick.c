/*
** queue_yardstick.c - what bench/queue.lua puts beside the queue.
**
**   queue_yardstick insert DATABASE BODY
**       for each line that it reads: one row with the bytes of the file BODY,
**       inserted and committed by SQLite alone, WAL and synchronous=FULL, no
**       checkpoints; answers with the seconds that took
**   queue_yardstick fill QUEUE ROWS
**       a queue with so many reports that wait
**   queue_yardstick rows QUEUE QUEUE
**       opening, submit, and a turn that claims, in both queues by turns:
**       lines of a name and the medians of seconds
**   queue_yardstick memory QUEUE
**       the resident bytes of a process that has it open and has worked on it
**
** Linked with the objects of the core.
*/
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/outbox.h"
#include "core/random.h"

#define TARGET "http://127.0.0.1:1"
#define ROUNDS 101
#define BATCH  1000
#define BODY   1000 /* bytes of a report that waits */
#define CLAIMS 4

static void fail(const char *what, const char *why)
{
  fprintf(stderr, "queue_yardstick: %s: %s\n", what, why);
  exit(1);
}

static double seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* ---- SQLite alone ------------------------------------------------------- */

static void run(sqlite3 *db, const char *text)
{
  if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
    fail(text, sqlite3_errmsg(db));
}

static char *read_whole(const char *path, size_t *length)
{
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long size;
  if (!file) fail("cannot open", path);
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  text = malloc((size_t)size + 1);
  if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
    fail("cannot read", path);
  fclose(file);
  *length = (size_t)size;
  return text;
}

static void insert(const char *path, const char *body_path)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  size_t length;
  char *body = read_whole(body_path, &length), line[16];
  if (sqlite3_open(path, &db) != SQLITE_OK) fail(path, sqlite3_errmsg(db));
  run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
          "PRAGMA wal_autocheckpoint=0;"
          "CREATE TABLE r(seq INTEGER PRIMARY KEY, uuid BLOB UNIQUE, b BLOB)");
  if (sqlite3_prepare_v2(db, "INSERT INTO r(uuid, b) VALUES(randomblob(16), ?)",
                         -1, &statement, NULL) != SQLITE_OK)
    fail("prepare", sqlite3_errmsg(db));
  while (fgets(line, sizeof line, stdin)) {
    double start = seconds();
    sqlite3_bind_blob(statement, 1, body, (int)length, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_DONE)
      fail("insert", sqlite3_errmsg(db));
    sqlite3_reset(statement);
    printf("%.9f\n", seconds() - start);
    fflush(stdout);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  free(body);
}

/* ---- the queue ---------------------------------------------------------- */

static struct wats_outbox *open_queue(const char *path)
{
  struct wats_outbox_options options = {.path = path};
  struct wats_outbox *outbox;
  struct wats_error error;
  if (wats_outbox_open(&options, &outbox, &error) != WATS_OK)
    fail(path, error.message);
  return outbox;
}

static char body[BODY];

static void make_report(struct wats_outbox_report *report, int number)
{
  struct wats_error error;
  memset(report, 0, sizeof *report);
  if (wats_random_bytes(report->head.uuid, WATS_UUID, &error) != WATS_OK)
    fail("random", error.message);
  report->head.type = 'T';
  strcpy(report->head.part_number, "PCBA-100");
  snprintf(report->head.serial_number, sizeof report->head.serial_number,
           "SN-%08d", number);
  report->target = TARGET;
  report->priority = WATS_OUTBOX_USUAL;
  report->body = body;
  report->length = sizeof body;
}

static void submit(struct wats_outbox *outbox, int first, int count)
{
  static struct wats_outbox_report reports[BATCH];
  struct wats_error error;
  int i;
  for (i = 0; i < count; i++)
    make_report(reports + i, first + i);
  if (wats_outbox_submit(outbox, reports, (size_t)count, NULL, &error) !=
      WATS_OK)
    fail("submit", error.message);
}

static void fill(const char *path, int rows)
{
  struct wats_outbox *outbox = open_queue(path);
  struct wats_error error;
  int done;
  for (done = 0; done < rows; done += BATCH) {
    submit(outbox, done, BATCH);
    wats_outbox_tend(outbox, &error);
  }
  wats_outbox_release(outbox);
}

/* Gives back what the last turn has claimed, and claims as many. */
struct turns {
  struct wats_outbox_claim claims[CLAIMS];
  struct wats_outbox_settlement settlements[CLAIMS];
  size_t claimed;
};

static void take_turn(struct wats_outbox *outbox, struct turns *t)
{
  struct wats_outbox_claim old[CLAIMS];
  struct wats_outbox_turn turn = {.target = TARGET,
                                  .settlements = t->settlements,
                                  .lease_ns = 60 * WATS_NS_PER_S,
                                  .claims = t->claims,
                                  .wanted = CLAIMS};
  struct wats_error error;
  size_t i;
  memset(t->settlements, 0, sizeof t->settlements);
  for (i = 0; i < t->claimed; i++) {
    old[i] = t->claims[i];
    t->settlements[i].claim = old + i;
    t->settlements[i].outcome = WATS_OUTBOX_SENT;
    t->settlements[i].status = 200;
  }
  turn.settled = t->claimed;
  if (wats_outbox_turn(outbox, &turn, &error) != WATS_OK)
    fail("turn", error.message);
  if (turn.claimed != CLAIMS) fail("turn", "it claimed too few");
  for (i = 0; i < t->claimed; i++)
    wats_outbox_claim_free(old + i);
  t->claimed = turn.claimed;
}

enum { OPEN, SUBMIT, TURN, WHATS };

/* Each round in both queues; submits make up for what the turns settle. */
static void rows(char **paths)
{
  static double times[2][WHATS][ROUNDS];
  static struct turns turns[2];
  static const char *const names[] = {"open", "submit", "turn"};
  struct wats_outbox *outbox;
  int round, size, what, i;
  for (round = -1; round < ROUNDS; round++)
    for (size = 0; size < 2; size++) {
      double at[WHATS + 1];
      at[0] = seconds();
      outbox = open_queue(paths[size]);
      at[1] = seconds();
      submit(outbox, round, 1);
      at[2] = seconds();
      take_turn(outbox, turns + size);
      at[3] = seconds();
      submit(outbox, round, CLAIMS);
      for (what = 0; what < WHATS && round >= 0; what++)
        times[size][what][round] = at[what + 1] - at[what];
      wats_outbox_release(outbox);
    }
  for (what = 0; what < WHATS; what++) {
    printf("%s", names[what]);
    for (i = 0; i < 2; i++) {
      qsort(times[i][what], ROUNDS, sizeof(double), compare);
      printf(" %.9f", times[i][what][ROUNDS / 2]);
    }
    printf("\n");
  }
}

static void memory(const char *path)
{
  static struct turns turns;
  struct wats_outbox *outbox = open_queue(path);
  struct wats_outbox_stats stats;
  struct wats_error error;
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  int i;
  for (i = 0; i < 50; i++) {
    submit(outbox, i, 1);
    take_turn(outbox, &turns);
    wats_outbox_stats(outbox, NULL, &stats, &error);
    wats_outbox_tend(outbox, &error);
  }
  if (!file || fscanf(file, "%*d %ld", &pages) != 1) fail("statm", "no figures");
  fclose(file);
  printf("memory %ld\n", pages * sysconf(_SC_PAGESIZE));
  wats_outbox_release(outbox);
}

int main(int argc, char **argv)
{
  memset(body, 'x', sizeof body);
  if (argc == 4 && strcmp(argv[1], "insert") == 0)
    insert(argv[2], argv[3]);
  else if (argc == 4 && strcmp(argv[1], "fill") == 0)
    fill(argv[2], atoi(argv[3]));
  else if (argc == 4 && strcmp(argv[1], "rows") == 0)
    rows(argv + 2);
  else if (argc == 3 && strcmp(argv[1], "memory") == 0)
    memory(argv[2]);
  else
    fail("usage", "see its head");
  return 0;
}
