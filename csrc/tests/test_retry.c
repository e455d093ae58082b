/*
** test_retry.c - what is sent again, when, and how often at most.
*/
#include "core/retry.h"

#include "core/clock.h"
#include "test.h"

#define S  WATS_NS_PER_S
#define MS WATS_NS_PER_MS

static const struct wats_retry_policy policy = {3, 200 * MS, 20 * S};
static struct wats_retry_budget budget;
static uint64_t seed = 88172645463325252u;

static uint64_t chance(void)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static struct wats_retry_outcome failed(enum wats_errc code, int status)
{
  return (struct wats_retry_outcome){.attempt = 1,
                                     .code = code,
                                     .status = status,
                                     .repeatable = true,
                                     .retry_after_ns = -1,
                                     .random = chance(),
                                     .now_ns = 1000 * S,
                                     .deadline_ns = 1030 * S};
}

static bool again(struct wats_retry_outcome o)
{
  wats_retry_budget_init(&budget, 10);
  return wats_retry_decide(&policy, &budget, &o).retry;
}

static void what_may_pass(void)
{
  static const int yes[] = {408, 429, 502, 503, 504};
  static const int no[] = {200, 204, 301, 304, 400, 401, 403, 404,
                           405, 409, 410, 422, 500, 501, 505, 507};
  static const enum wats_errc never[] = {WATS_ERR_TLS,       WATS_ERR_PROTOCOL,
                                         WATS_ERR_TOO_LARGE, WATS_ERR_DECODE,
                                         WATS_ERR_CANCELLED, WATS_ERR_CLOSED,
                                         WATS_ERR_MEMORY,    WATS_ERR_ARGUMENT};
  size_t i;
  CHECK(again(failed(WATS_ERR_CONNECTION, 0)));
  CHECK(again(failed(WATS_ERR_TIMEOUT, 0)));
  for (i = 0; i < sizeof yes / sizeof *yes; i++)
    CHECK(again(failed(WATS_OK, yes[i])));
  for (i = 0; i < sizeof no / sizeof *no; i++)
    CHECK(!again(failed(WATS_OK, no[i])));
  for (i = 0; i < sizeof never / sizeof *never; i++)
    CHECK(!again(failed(never[i], 0)));
}

static void not_what_may_have_been_done(void)
{
  struct wats_retry_outcome o = failed(WATS_ERR_CONNECTION, 0);
  struct wats_retry_decision d;
  o.repeatable = false;
  wats_retry_budget_init(&budget, 10);
  d = wats_retry_decide(&policy, &budget, &o);
  CHECK(!d.retry);
  CHECK_STR(d.reason, "it may have been done");
  CHECK_INT(budget.tenths, 100);
}

static void so_many_attempts(void)
{
  static const struct wats_retry_policy none = {0, 200 * MS, 20 * S};
  struct wats_retry_outcome o = failed(WATS_ERR_CONNECTION, 0);
  o.attempt = 2;
  CHECK(again(o));
  o.attempt = 3;
  CHECK(!again(o));
  o.attempt = 1;
  CHECK(!wats_retry_decide(&none, &budget, &o).retry);
}

/* Over many draws: within bounds, and all over them. */
static void delays(enum wats_errc code, int status, unsigned attempt,
                   int64_t longest)
{
  static const struct wats_retry_policy many = {50, 200 * MS, 20 * S};
  int64_t most = 0, least = longest;
  int i;
  for (i = 0; i < 5000; i++) {
    struct wats_retry_outcome o = failed(code, status);
    struct wats_retry_decision d;
    o.attempt = attempt;
    wats_retry_budget_init(&budget, 10);
    d = wats_retry_decide(&many, &budget, &o);
    CHECK(d.retry && d.delay_ns >= 0 && d.delay_ns <= longest);
    if (d.delay_ns > most) most = d.delay_ns;
    if (d.delay_ns < least) least = d.delay_ns;
  }
  CHECK(most > longest / 100 * 98);
  CHECK(least < longest / 100 * 2);
}

static void full_jitter(void)
{
  delays(WATS_ERR_CONNECTION, 0, 1, 200 * MS);
  delays(WATS_ERR_TIMEOUT, 0, 2, 400 * MS);
  delays(WATS_OK, 502, 4, 1600 * MS);
  delays(WATS_OK, 503, 1, S);
  delays(WATS_OK, 429, 3, 4 * S);
  delays(WATS_ERR_CONNECTION, 0, 8, 20 * S);
  delays(WATS_ERR_CONNECTION, 0, 49, 20 * S);
}

static void the_server_says_when(void)
{
  struct wats_retry_outcome o = failed(WATS_OK, 503);
  struct wats_retry_decision d;
  wats_retry_budget_init(&budget, 10);
  o.retry_after_ns = 7 * S;
  d = wats_retry_decide(&policy, &budget, &o);
  CHECK(d.retry);
  CHECK(d.delay_ns >= 7 * S && d.delay_ns <= 8 * S); /* not all at once */
  o.retry_after_ns = 30 * S;                         /* beyond the deadline */
  d = wats_retry_decide(&policy, &budget, &o);
  CHECK(!d.retry);
  CHECK_STR(d.reason, "there is no time for another attempt");
  o.retry_after_ns = INT64_MAX;
  CHECK(!wats_retry_decide(&policy, &budget, &o).retry);
  CHECK_INT(budget.tenths, 90);
}

/* Chance says when, never whether. */
static void little_time_left(void)
{
  int i;
  for (i = 0; i < 1000; i++) {
    struct wats_retry_outcome o = failed(WATS_OK, 503);
    struct wats_retry_decision d;
    o.now_ns = o.deadline_ns - 100 * MS;
    wats_retry_budget_init(&budget, 10);
    d = wats_retry_decide(&policy, &budget, &o);
    CHECK(d.retry && d.delay_ns < 100 * MS);
  }
}

/* Whatever is drawn, the sum of the delays fits the deadline. */
static void never_past_the_deadline(void)
{
  static const struct wats_retry_policy many = {1000, 200 * MS, 20 * S};
  int round;
  for (round = 0; round < 2000; round++) {
    int64_t time = 1000 * S;
    unsigned attempt = 1;
    wats_retry_budget_init(&budget, 1e9);
    for (;; attempt++) {
      struct wats_retry_outcome o = failed(WATS_OK, 503);
      struct wats_retry_decision d;
      o.attempt = attempt;
      o.now_ns = time;
      if (chance() % 4 == 0) o.retry_after_ns = (int64_t)(chance() % 5) * S;
      d = wats_retry_decide(&many, &budget, &o);
      if (!d.retry) break;
      CHECK(o.retry_after_ns < 0 || d.delay_ns >= o.retry_after_ns);
      time += d.delay_ns + 10 * MS;
      CHECK(time < 1030 * S + 10 * MS);
    }
  }
}

/* All fail: the budget, not max_attempts times the load. */
static void a_budget_for_all(void)
{
  int i, retries = 0;
  wats_retry_budget_init(&budget, 10);
  for (i = 0; i < 1000; i++) {
    struct wats_retry_outcome o = failed(WATS_ERR_CONNECTION, 0);
    struct wats_retry_decision d = wats_retry_decide(&policy, &budget, &o);
    retries += d.retry;
    if (!d.retry) CHECK_STR(d.reason, "too many requests fail");
  }
  CHECK_INT(retries, 10);
  for (i = 0; i < 9; i++)
    wats_retry_succeeded(&budget);
  CHECK_INT(budget.tenths, 9);
  wats_retry_succeeded(&budget); /* ten successes make a token, exactly */
  CHECK(wats_retry_decide(&policy, &budget,
                          &(struct wats_retry_outcome){.attempt = 1,
                                                       .code = WATS_ERR_TIMEOUT,
                                                       .repeatable = true,
                                                       .retry_after_ns = -1,
                                                       .deadline_ns = 100 * S})
            .retry);
  for (i = 0; i < 1000; i++)
    wats_retry_succeeded(&budget);
  CHECK_INT(budget.tenths, 100); /* no more than it holds */
}

static void retry_after(void)
{
  static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
  static const struct {
    const char *text, *date;
    int64_t expected;
  } rows[] = {
      {"0", NULL, 0},
      {"120", NULL, 120 * S},
      {"00007", NULL, 7 * S},
      {"99999999999999999999999", NULL, 31536000 * S},
      {"", NULL, -1},
      {"-1", NULL, -1},
      {"1.5", NULL, -1},
      {"soon", NULL, -1},
      {"Sun, 06 Nov 1994 08:50:07 GMT", date, 30 * S},
      {"Sunday, 06-Nov-94 08:50:07 GMT", date, 30 * S},
      {"Sun Nov  6 08:50:07 1994", date, 30 * S},
      {"Sun, 06 Nov 1994 08:49:30 GMT", date, 0},
      {"Sun, 06 Nov 1994 08:50:07 GMT", "broken", 40 * S},
      {"Sun, 06 Nov 1994 08:50:07 GMT", NULL, 40 * S},
  };
  size_t i;
  CHECK_INT(wats_retry_after(NULL, date, 0), -1);
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_INT(wats_retry_after(rows[i].text, rows[i].date, 784111767),
              rows[i].expected);
}

int main(void)
{
  RUN(what_may_pass);
  RUN(not_what_may_have_been_done);
  RUN(so_many_attempts);
  RUN(full_jitter);
  RUN(the_server_says_when);
  RUN(little_time_left);
  RUN(never_past_the_deadline);
  RUN(a_budget_for_all);
  RUN(retry_after);
  return test_report();
}
