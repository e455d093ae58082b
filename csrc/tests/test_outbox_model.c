/*
** test_outbox_model.c - long random histories against a plain model, which
** keeps a list and works out anew at each claim what may go.
*/
#include "outbox_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

enum { UUIDS = 9, UNITS = 3, BODIES = 3, ROWS = 2 * UUIDS, STEPS = 2000 };
enum { PENDING, FLIGHT, DEAD };

struct row {
  int uuid, unit, reference, body, priority; /* unit 0, reference -1: none */
  int rev, state;
  int64_t due_s, created_s, died_s;
  bool outage, no_hold;
  unsigned attempts;
};

static struct row model[ROWS];
static int count;
static int tombstones[UUIDS]; /* body, -1: none */
static uint64_t seed;
static int64_t now_s;

static unsigned pick(unsigned n)
{
  seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)((seed >> 33) % n);
}

static void remove_row(int i)
{
  memmove(&model[i], &model[i + 1], (size_t)(count - i - 1) * sizeof model[0]);
  count--;
}

static int newest(int uuid)
{
  int i, best = -1;
  for (i = 0; i < count; i++)
    if (model[i].uuid == uuid && (best < 0 || model[i].rev > model[best].rev))
      best = i;
  return best;
}

/* ---- what may go -------------------------------------------------------- */

static bool blocks(const struct row *a, const struct row *b, bool is_earlier)
{
  const int64_t day = WATS_OUTBOX_ORDER_TIMEOUT / S;
  int64_t since = a->died_s > b->created_s ? a->died_s : b->created_s;
  if (a->unit && a->unit == b->unit &&
      (a->state == FLIGHT || (is_earlier && a->state == PENDING)))
    return true;
  if (a->uuid == b->uuid && a->rev < b->rev) return true;
  if (a->uuid != b->reference || a->uuid == b->uuid) return false;
  return a->state == DEAD ? !b->no_hold && now_s < since + day : is_earlier;
}

static bool may_go(int b)
{
  int a;
  if (model[b].state != PENDING || model[b].due_s > now_s) return false;
  for (a = 0; a < count; a++)
    if (a != b && blocks(&model[a], &model[b], a < b)) return false;
  return true;
}

static int next_claim(void)
{
  int i, best = -1;
  for (i = 0; i < count; i++)
    if (may_go(i) && (best < 0 || model[i].priority < model[best].priority))
      best = i;
  return best;
}

/* ---- submit ------------------------------------------------------------- */

static const char *name_of(int uuid)
{
  static char names[4][16];
  static unsigned next;
  char *name = names[next++ % 4];
  snprintf(name, sizeof names[0], "u%d", uuid);
  return name;
}

static enum wats_outbox_receipt model_submit(struct row fresh)
{
  int i = newest(fresh.uuid);
  if (i < 0) {
    if (tombstones[fresh.uuid] == fresh.body) return WATS_OUTBOX_DUPLICATE;
    fresh.rev = 1;
    model[count++] = fresh;
    return WATS_OUTBOX_NEW;
  }
  if (model[i].state != DEAD && model[i].body == fresh.body)
    return WATS_OUTBOX_DUPLICATE;
  fresh.rev = model[i].rev + 1;
  if (model[i].state == FLIGHT) {
    model[count++] = fresh;
    return WATS_OUTBOX_NEW;
  }
  if (model[i].unit == fresh.unit && model[i].reference == fresh.reference) {
    bool waits = model[i].state == PENDING && model[i].outage;
    fresh.rev = model[i].rev;
    fresh.created_s = model[i].created_s;
    fresh.due_s = waits ? model[i].due_s : 0;
    fresh.outage = waits;
    model[i] = fresh;
  } else {
    remove_row(i);
    model[count++] = fresh;
  }
  return WATS_OUTBOX_REPLACED;
}

static void do_submit(void)
{
  struct row fresh = {.uuid = (int)pick(UUIDS),
                      .unit = (int)pick(UNITS),
                      .body = (int)pick(BODIES),
                      .priority = 1 + (int)pick(3),
                      .reference = pick(3) ? -1 : (int)pick(UUIDS),
                      .created_s = now_s};
  static const char *const serials[UNITS] = {"", "1", "2"};
  static const char *const bodies[BODIES] = {"x", "yy", "zz"};
  struct wats_outbox_report r =
      report_of(name_of(fresh.uuid), serials[fresh.unit], bodies[fresh.body]);
  if (newest(fresh.uuid) >= 0 && pick(2)) { /* mostly it stays what it was */
    fresh.unit = model[newest(fresh.uuid)].unit;
    fresh.reference = model[newest(fresh.uuid)].reference;
    r = report_of(name_of(fresh.uuid), serials[fresh.unit], bodies[fresh.body]);
  }
  r.priority = fresh.priority;
  if (fresh.reference >= 0) {
    r.head.has_reference = true;
    snprintf((char *)r.head.reference, WATS_UUID, "u%d", fresh.reference);
  }
  CHECK_INT(submit_report(&r), model_submit(fresh));
}

/* ---- turns -------------------------------------------------------------- */

static int flight_of(const unsigned char *uuid)
{
  int i;
  for (i = 0; i < count; i++)
    if (model[i].state == FLIGHT &&
        strcmp(name_of(model[i].uuid), (const char *)uuid) == 0)
      return i;
  return -1;
}

static bool give_way(int i, int64_t due_s, bool outage)
{
  int j = newest(model[i].uuid);
  struct row newer = model[j];
  if (j == i) return false;
  if (newer.unit != model[i].unit || newer.reference != model[i].reference) {
    remove_row(i);
    return true;
  }
  newer.created_s = model[i].created_s;
  newer.due_s = due_s;
  newer.outage = outage;
  newer.no_hold = false;
  model[i] = newer;
  remove_row(j);
  return true;
}

static void model_back(int i, int64_t delay_s, bool outage, bool tried)
{
  int64_t due_s = delay_s ? now_s + delay_s : 0;
  if (give_way(i, due_s, outage)) return;
  model[i].state = PENDING;
  model[i].due_s = due_s;
  model[i].outage = outage;
  model[i].attempts += tried;
}

static void model_settle(int i, const struct wats_outbox_settlement *s)
{
  switch (s->outcome) {
  case WATS_OUTBOX_SENT:
    tombstones[model[i].uuid] = model[i].body;
    remove_row(i);
    break;
  case WATS_OUTBOX_RETRY:
    model_back(i, s->delay_ns / S, s->outage, true);
    break;
  case WATS_OUTBOX_RELEASE:
    model_back(i, s->delay_ns / S, model[i].outage, false);
    break;
  case WATS_OUTBOX_BURY:
    if (give_way(i, 0, false)) break;
    model[i].state = DEAD;
    model[i].died_s = now_s;
    model[i].attempts++;
    model[i].outage = model[i].no_hold = false;
    model[i].due_s = 0;
  }
}

static void do_settle(void)
{
  struct wats_outbox_settlement s = {.outcome =
                                         (enum wats_outbox_outcome)pick(4)};
  size_t which;
  int i;
  if (!claimed) return;
  which = pick((unsigned)claimed);
  s.claim = &claims[which];
  s.delay_ns = (int64_t)pick(3) * 40 * S;
  s.outage = pick(2) != 0;
  i = flight_of(claims[which].uuid);
  CHECK(settle_with(s) == (i >= 0));
  if (i >= 0) model_settle(i, &s);
  wats_outbox_claim_free(&claims[which]);
  claims[which] = claims[--claimed];
}

static void do_claim(void)
{
  size_t wanted = 1 + pick(3), before = claimed;
  if (claimed + wanted > MOST) return;
  CHECK_INT(turn_of(TARGET, NULL, 0, wanted), WATS_OK);
  for (; wanted; wanted--) {
    int i = next_claim();
    if (i < 0) break;
    if (before == claimed) {
      printf("step: u%d was not claimed\n", model[i].uuid);
      CHECK(false);
      return;
    }
    CHECK_STR((const char *)claims[before].uuid, name_of(model[i].uuid));
    CHECK_INT(claims[before].attempts, model[i].attempts);
    CHECK_INT(claims[before].body[0], "xyz"[model[i].body]);
    model[i].state = FLIGHT;
    before++;
  }
  CHECK_INT(claimed, before);
}

/* All leases run out. */
static void do_lapse(void)
{
  int i;
  drop_claims();
  fake.monotonic_ns += 61 * S;
  CHECK_INT(turn_of(TARGET, NULL, 0, 0), WATS_OK);
  for (i = count - 1; i >= 0; i--)
    if (i < count && model[i].state == FLIGHT)
      model_back(i, 0, model[i].outage, true);
}

/* ---- by a person -------------------------------------------------------- */

static bool is_flying(int uuid)
{
  int i;
  for (i = 0; i < count; i++)
    if (model[i].uuid == uuid && model[i].state == FLIGHT) return true;
  return false;
}

static void do_manage(void)
{
  int uuid = (int)pick(UUIDS), i = newest(uuid);
  enum wats_outbox_done done, expected = i < 0 ? WATS_OUTBOX_NOT_THERE
                                         : is_flying(uuid)
                                             ? WATS_OUTBOX_IS_SENDING
                                             : WATS_OUTBOX_DONE;
  bool removes = pick(3) == 0;
  CHECK_INT((removes ? wats_outbox_discard : wats_outbox_retry)(
                box, id_of(name_of(uuid)), &done, &error),
            WATS_OK);
  CHECK_INT(done, expected);
  if (expected != WATS_OUTBOX_DONE) return;
  if (removes) {
    remove_row(i);
    return;
  }
  model[i].due_s = 0;
  model[i].no_hold = model[i].state != DEAD;
  if (model[i].state == DEAD) {
    model[i].attempts = 0;
    model[i].outage = false;
    model[i].died_s = 0;
    model[i].state = PENDING;
  }
}

static void do_expedite(void)
{
  bool all = pick(2) != 0;
  int i;
  if (all)
    CHECK_INT(wats_outbox_expedite(box, TARGET, &error), WATS_OK);
  else
    CHECK_INT(wats_outbox_recovered(box, TARGET, 0, &error), WATS_OK);
  for (i = 0; i < count; i++) /* those that are blocked keep their time */
    if (model[i].state == PENDING && model[i].due_s > now_s &&
        (all || model[i].outage)) {
      int64_t due_s = model[i].due_s;
      model[i].due_s = 0;
      if (!may_go(i)) model[i].due_s = due_s;
    }
}

/* ---- histories ---------------------------------------------------------- */

static void compare(void)
{
  struct wats_outbox_stats s = stats();
  uint64_t flying = 0, dead = 0;
  int i;
  for (i = 0; i < count; i++) {
    flying += model[i].state == FLIGHT;
    dead += model[i].state == DEAD;
  }
  CHECK_INT(s.rows[WATS_OUTBOX_IN_FLIGHT], flying);
  CHECK_INT(s.rows[WATS_OUTBOX_DEAD], dead);
  CHECK_INT(s.rows[0] + s.rows[1] + s.rows[2], (uint64_t)count - flying - dead);
}

static void step(void)
{
  unsigned what = pick(100);
  if (what < 40)
    do_submit();
  else if (what < 60)
    do_claim();
  else if (what < 82)
    do_settle();
  else if (what < 84)
    do_lapse();
  else if (what < 90)
    do_manage();
  else if (what < 92)
    do_expedite();
  else
    fake.wall_ns += pick(20) ? 20 * S : 90000 * S; /* no lease ends */
  now_s = fake.wall_ns / S;
}

static void history(uint64_t which)
{
  int i, bad;
  seed = which;
  count = 0;
  begin_test();
  now_s = fake.wall_ns / S;
  for (i = 0; i < UUIDS; i++)
    tombstones[i] = -1;
  open_box();
  /* Nothing is proved of the disk here, and it would take long. */
  CHECK_INT(ask("PRAGMA synchronous=OFF"), -1);
  for (i = 0; i < STEPS; i++) {
    bad = test_bad_checks;
    step();
    if (i % 8 == 0) check_rules();
    compare();
    if (test_bad_checks == bad) continue;
    printf("history %llu, step %d\n", (unsigned long long)which, i);
    break;
  }
  end_test();
}

static void test_random_histories(void)
{
  uint64_t which, last = getenv("WATS_TEST_LONG") ? 60 : 4;
  for (which = 1; which <= last; which++)
    history(which);
}

int main(void)
{
  RUN(test_random_histories);
  remove_scratch();
  return test_report();
}

#endif
