/*
** outbox_fixture.h - outboxes in the test's own directory, on a clock that the
** test moves, reports made of a few letters, and a check of all that a file's
** rows must agree in.
*/
#ifndef WATS_OUTBOX_FIXTURE_H
#define WATS_OUTBOX_FIXTURE_H

#include "core/outbox.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "files.h"
#include "test.h"

#define TARGET "https://a.example"
#define S      WATS_NS_PER_S
#define NOW    INT64_C(1700000000)

static struct wats_fake_clock fake;
static struct wats_outbox *box;
static struct wats_error error;
static struct wats_outbox_options box_options;

static inline const char *box_path(void)
{
  static char path[256];
  snprintf(path, sizeof path, "%s/box", scratch_folder());
  return path;
}

static inline enum wats_errc open_code(void)
{
  box_options.path = box_path();
  box_options.clock = &fake.clock;
  return wats_outbox_open(&box_options, &box, &error);
}

static inline void open_box(void)
{
  box = NULL;
  CHECK_INT(open_code(), WATS_OK);
  if (!box) {
    printf("%s\n", error.message);
    abort();
  }
}

static inline void close_box(void)
{
  wats_outbox_release(box);
  box = NULL;
}

static inline void begin_test(void)
{
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
  memset(&box_options, 0, sizeof box_options);
  remove_files("box*");
}

#ifdef WATS_WITHOUT_QUEUE

static inline void test_is_left_out(void)
{
  begin_test();
  CHECK_INT(open_code(), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "the queue: built without SQLite");
}

#else

#include "core/outbox_state.h"

#include <sqlite3.h>

/* The report's id is its name, its body too unless another is given. */
static inline struct wats_outbox_report
report_of(const char *name, const char *serial, const char *body)
{
  struct wats_outbox_report r;
  memset(&r, 0, sizeof r);
  snprintf((char *)r.head.uuid, WATS_UUID, "%s", name);
  r.head.type = 'T';
  snprintf(r.head.part_number, sizeof r.head.part_number, "%s",
           *serial ? "PN" : "");
  snprintf(r.head.serial_number, sizeof r.head.serial_number, "%s", serial);
  r.target = TARGET;
  r.priority = WATS_OUTBOX_USUAL;
  r.body = body ? body : name;
  r.length = strlen(r.body);
  return r;
}

static inline struct wats_outbox_report
repair_of(const char *name, const char *serial, const char *test)
{
  struct wats_outbox_report r = report_of(name, serial, NULL);
  r.head.type = 'R';
  r.head.has_reference = true;
  snprintf((char *)r.head.reference, WATS_UUID, "%s", test);
  return r;
}

static inline const unsigned char *id_of(const char *name)
{
  static unsigned char uuids[8][WATS_UUID];
  static unsigned next;
  unsigned char *uuid = uuids[next++ % 8];
  memset(uuid, 0, WATS_UUID);
  snprintf((char *)uuid, WATS_UUID, "%s", name);
  return uuid;
}

static inline enum wats_outbox_receipt
submit_report(const struct wats_outbox_report *r)
{
  enum wats_outbox_receipt receipt = WATS_OUTBOX_LIFEBOAT;
  enum wats_errc code = wats_outbox_submit(box, r, 1, &receipt, &error);
  CHECK_INT(code, WATS_OK);
  if (code != WATS_OK) printf("%s\n", error.message);
  return receipt;
}

static inline enum wats_outbox_receipt submit(const char *name,
                                              const char *serial)
{
  struct wats_outbox_report r = report_of(name, serial, NULL);
  return submit_report(&r);
}

static inline enum wats_outbox_receipt
submit_body(const char *name, const char *serial, const char *body)
{
  struct wats_outbox_report r = report_of(name, serial, body);
  return submit_report(&r);
}

static inline enum wats_outbox_receipt
submit_repair(const char *name, const char *serial, const char *test)
{
  struct wats_outbox_report r = repair_of(name, serial, test);
  return submit_report(&r);
}

/* ---- turns -------------------------------------------------------------- */

#define MOST 64

static struct wats_outbox_claim claims[MOST];
static size_t claimed;
static int64_t next_ns;

static inline void drop_claims(void)
{
  while (claimed)
    wats_outbox_claim_free(&claims[--claimed]);
}

static inline enum wats_errc turn_of(const char *target,
                                     struct wats_outbox_settlement *settlements,
                                     size_t settled, size_t wanted)
{
  struct wats_outbox_turn turn = {.target = target,
                                  .settlements = settlements,
                                  .settled = settled,
                                  .lease_ns = 60 * S,
                                  .claims = claims + claimed,
                                  .wanted = wanted};
  enum wats_errc code = wats_outbox_turn(box, &turn, &error);
  claimed += turn.claimed;
  next_ns = turn.next_ns;
  return code;
}

/* Claims; their names, in order. Those of before are forgotten. */
static inline const char *claim(size_t wanted)
{
  static char names[MOST * WATS_UUID];
  size_t i, at = 0;
  drop_claims();
  CHECK_INT(turn_of(TARGET, NULL, 0, wanted), WATS_OK);
  *names = '\0';
  for (i = 0; i < claimed; i++)
    at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? " " : "",
                           (const char *)claims[i].uuid);
  return names;
}

/* Settles one claim; was it ours? */
static inline bool settle_with(struct wats_outbox_settlement s)
{
  CHECK_INT(turn_of(TARGET, &s, 1, 0), WATS_OK);
  return !s.lost;
}

static inline struct wats_outbox_settlement
outcome(size_t index, enum wats_outbox_outcome what)
{
  return (struct wats_outbox_settlement){
      .claim = &claims[index], .outcome = what, .status = 200};
}

static inline bool sent(size_t index)
{
  return settle_with(outcome(index, WATS_OUTBOX_SENT));
}

static inline bool retried(size_t index, int64_t delay_ns)
{
  struct wats_outbox_settlement s = outcome(index, WATS_OUTBOX_RETRY);
  s.delay_ns = delay_ns;
  s.outage = true;
  s.status = 503;
  s.reason = "away";
  return settle_with(s);
}

static inline bool released(size_t index)
{
  return settle_with(outcome(index, WATS_OUTBOX_RELEASE));
}

static inline bool buried(size_t index)
{
  struct wats_outbox_settlement s = outcome(index, WATS_OUTBOX_BURY);
  s.status = 400;
  s.reason = "no good";
  s.answer = "because";
  s.answer_length = 7;
  return settle_with(s);
}

/* ---- looking ------------------------------------------------------------ */

static inline struct wats_outbox_stats stats(void)
{
  struct wats_outbox_stats s;
  memset(&s, 0, sizeof s);
  CHECK_INT(wats_outbox_stats(box, TARGET, &s, &error), WATS_OK);
  return s;
}

/* "name:state name:state", in the order of arrival. */
static inline const char *rows(void)
{
  static char text[2000];
  struct wats_outbox_query q = {.limit = 50};
  struct wats_outbox_row *found = NULL;
  size_t count = 0, i, at = 0;
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  *text = '\0';
  for (i = 0; i < count; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s:%s", i ? " " : "",
                           (const char *)found[i].uuid,
                           wats_outbox_state_name(found[i].state));
  wats_free(found);
  return text;
}

/* ---- what must be so ---------------------------------------------------- */

static struct sqlite3_stmt *look_statement;

static inline int64_t ask(const char *sql)
{
  int64_t n = -1;
  if (sqlite3_prepare_v2(box->db, sql, -1, &look_statement, NULL) !=
      SQLITE_OK) {
    printf("%s: %s\n", sql, sqlite3_errmsg(box->db));
    return -1;
  }
  if (sqlite3_step(look_statement) == SQLITE_ROW)
    n = sqlite3_column_int64(look_statement, 0);
  sqlite3_finalize(look_statement);
  return n;
}

/* Each counts what breaks a rule, worked out from nothing but the rows. */
static const struct {
  const char *rule, *sql;
} rules[] = {
    {"totals are those of the rows",
     "SELECT count(*) FROM total t WHERE rows <> (SELECT count(*) FROM report r"
     " WHERE r.target = t.target AND r.state = t.state) OR bytes <> (SELECT"
     " ifnull(sum(length), 0) FROM report r WHERE r.target = t.target AND"
     " r.state = t.state)"},
    {"each target has its totals",
     "SELECT count(*) FROM target WHERE (SELECT count(*) FROM total WHERE"
     " total.target = target.id) <> 5"},
    {"each report has its body",
     "SELECT count(*) FROM report r LEFT JOIN body b USING(seq)"
     " WHERE b.seq IS NULL OR length(b.body) <> r.length"},
    {"no body is left over",
     "SELECT count(*) FROM body WHERE seq NOT IN (SELECT seq FROM report)"},
    {"answers belong to the dead",
     "SELECT count(*) FROM answer WHERE seq NOT IN (SELECT seq FROM report"
     " WHERE state = 4)"},
    {"leases belong to what is in flight",
     "SELECT count(*) FROM report WHERE (state = 3) <> (lease_token IS NOT"
     " NULL)"},
    {"two of a unit are not blocked",
     "SELECT count(*) FROM report a JOIN report b USING(target, serial, part)"
     " WHERE a.seq < b.seq AND serial <> '' AND a.state IN (0, 1, 3) AND"
     " b.state IN (0, 1, 3)"},
    {"one waits for a later one that is not in flight",
     "SELECT count(*) FROM report a JOIN report b USING(target, serial, part)"
     " WHERE a.seq < b.seq AND serial <> '' AND a.state = 2 AND b.state IN"
     " (0, 1)"},
    {"two bodies of a uuid, and the first is neither in flight nor dead",
     "SELECT count(*) FROM report a JOIN report b USING(uuid, target)"
     " WHERE a.rev < b.rev AND a.state <> 4 AND (a.state <> 3 OR b.state <>"
     " 2)"},
    {"a repair passes its test that lives",
     "SELECT count(*) FROM report a JOIN report b ON b.reference = a.uuid AND"
     " b.target = a.target WHERE a.seq < b.seq AND a.state <> 4 AND b.state IN"
     " (0, 1) AND a.uuid <> b.uuid"},
    {"one is blocked, and nothing blocks it",
     "SELECT count(*) FROM report b WHERE b.state = 2 AND b.hold_ms <= 0"
     " AND NOT EXISTS(SELECT 1 FROM report a WHERE a.target = b.target AND"
     " a.serial = b.serial AND a.part = b.part AND b.serial <> '' AND a.seq <>"
     " b.seq AND (a.state = 3 OR (a.seq < b.seq AND a.state <> 4)))"
     " AND NOT EXISTS(SELECT 1 FROM report a WHERE a.uuid = b.uuid AND a.target"
     " = b.target AND a.rev < b.rev AND a.state <> 4)"
     " AND NOT EXISTS(SELECT 1 FROM report a WHERE a.uuid = b.reference AND"
     " a.target = b.target AND a.seq < b.seq AND a.state <> 4)"},
    {"one is held up by a test that is not dead",
     "SELECT count(*) FROM report b WHERE b.hold_ms > 0 AND b.state = 2 AND"
     " NOT EXISTS(SELECT 1 FROM report a WHERE a.uuid = b.reference AND"
     " a.target = b.target AND a.state = 4)"},
    {"what is held up is blocked",
     "SELECT count(*) FROM report WHERE hold_ms > 0 AND state <> 2"},
};

static inline void check_rules(void)
{
  size_t i;
  if (!box || !box->db) return;
  for (i = 0; i < sizeof rules / sizeof *rules; i++) {
    int64_t n = ask(rules[i].sql);
    if (n) printf("broken %lld times: %s\n", (long long)n, rules[i].rule);
    CHECK_INT(n, 0);
  }
}

static inline void end_test(void)
{
  drop_claims();
  check_rules();
  close_box();
}

#endif

#endif
