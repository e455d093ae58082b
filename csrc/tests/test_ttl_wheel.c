/*
** test_ttl_wheel.c - what is due comes, what is not does not, however few
** looks there are, and in a number of looks that does not grow.
*/
#include "core/ttl_wheel.h"

#include "test.h"

#define SLOTS 400

static struct wats_slots slots;
static struct wats_wheel wheel;
static uint64_t seed;

static uint64_t random_bits(unsigned most)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (seed >> 1) & ((UINT64_C(1) << seed % (most + 1)) - 1);
}

/* What is due by the slots themselves. */
static int count_due(const uint32_t *live, int count, int64_t now)
{
  int i, due = 0;
  for (i = 0; i < count; i++)
    due += wats_slot(&slots, live[i])->expires_ns <= now;
  return due;
}

static void forget(uint32_t *live, int *count, uint32_t slot)
{
  int i = 0;
  while (live[i] != slot)
    i++;
  live[i] = live[--*count];
  wats_wheel_remove(&wheel, &slots, slot);
  wats_slots_give(&slots, slot);
}

/* Takes out all that is due, `looks` at a time. */
static void take_due(uint32_t *live, int *count, int64_t now, unsigned looks)
{
  int expected = count_due(live, *count, now), taken = 0;
  for (;;) {
    unsigned left = looks;
    uint32_t i = wats_wheel_due(&wheel, &slots, now, &left);
    CHECK(left <= looks);
    if (i != WATS_SLOT_NONE) {
      CHECK(wats_slot(&slots, i)->expires_ns <= now);
      forget(live, count, i);
      taken++;
    } else if (left > 0)
      break;
  }
  CHECK_INT(taken, expected);
}

static void go_through_time(unsigned looks, unsigned bits)
{
  uint32_t live[SLOTS];
  int count = 0, step;
  int64_t now = (int64_t)random_bits(50);
  seed = 88172645463325252u + looks * 7 + bits;
  CHECK(wats_slots_init(&slots));
  wats_wheel_init(&wheel, now);
  for (step = 0; step < 3000; step++) {
    while (count < SLOTS && random_bits(2)) {
      uint32_t i = wats_slots_take(&slots);
      int64_t lag = (int64_t)random_bits(4); /* another thread's clock */
      wats_slot(&slots, i)->expires_ns =
          now - (lag < now ? lag : 0) + (int64_t)random_bits(bits);
      wats_wheel_add(&wheel, &slots, i);
      live[count++] = i;
    }
    if (count && random_bits(1)) forget(live, &count, live[0]);
    now += (int64_t)random_bits(bits);
    if (random_bits(1)) take_due(live, &count, now, looks);
  }
  take_due(live, &count, INT64_MAX, looks);
  CHECK_INT(count, 0);
  CHECK_INT(wheel.levels, 0);
  wats_slots_free(&slots);
}

static void test_due_is_exact(void)
{
  unsigned looks, bits;
  for (looks = 1; looks <= 64; looks *= 4)
    for (bits = 2; bits <= 50; bits += 6)
      go_through_time(looks, bits);
}

static void test_no_looks_finds_what_time_has_passed(void)
{
  unsigned none = 0;
  uint32_t i;
  CHECK(wats_slots_init(&slots));
  wats_wheel_init(&wheel, 0);
  i = wats_slots_take(&slots);
  wats_slot(&slots, i)->expires_ns = 5000;
  wats_wheel_add(&wheel, &slots, i);
  CHECK_INT(wats_wheel_due(&wheel, &slots, 4000, &none), WATS_SLOT_NONE);
  CHECK_INT(wats_wheel_due(&wheel, &slots, 9000, &none), i);
  wats_wheel_remove(&wheel, &slots, i);
  CHECK_INT(wats_wheel_due(&wheel, &slots, 9000, &none), WATS_SLOT_NONE);
  wats_slots_free(&slots);
}

/* However often one asks meanwhile, an entry moves down ten times at most. */
static void test_an_entry_is_looked_at_ten_times(void)
{
  int64_t end = (int64_t)(UINT64_C(1) << 62) + 12345, now = 0;
  unsigned looked = 0;
  uint32_t i;
  CHECK(wats_slots_init(&slots));
  wats_wheel_init(&wheel, 0);
  i = wats_slots_take(&slots);
  wats_slot(&slots, i)->expires_ns = end;
  wats_wheel_add(&wheel, &slots, i);
  for (; now < end; now += (end - now) / 3 + 1) {
    unsigned looks = 100;
    CHECK_INT(wats_wheel_due(&wheel, &slots, now, &looks), WATS_SLOT_NONE);
    looked += 100 - looks;
  }
  CHECK(looked > 0 && looked <= 10);
  wats_slots_free(&slots);
}

int main(void)
{
  RUN(test_due_is_exact);
  RUN(test_no_looks_finds_what_time_has_passed);
  RUN(test_an_entry_is_looked_at_ten_times);
  return test_report();
}
