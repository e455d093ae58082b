/*
** test_delivery.c - what follows from each outcome, alone and one after the
** other.
*/
#include "core/delivery.h"

#include "core/clock.h"
#include "test.h"

#define S     WATS_NS_PER_S
#define ID_1  "00000000-0000-4000-8000-000000000001"
#define OTHER "00000000-0000-4000-8000-000000000002"
#define OK_1  "{\"ID\":\"" ID_1 "\",\"uuid\":\"x\",\"Report_ID\":7}"

static struct wats_delivery target;
static struct wats_delivery_decision got;

static void begin(void)
{
  memset(&target, 0, sizeof target);
}

static struct wats_delivery_outcome of_report(unsigned number)
{
  struct wats_delivery_outcome o = {.retry_after_ns = -1};
  CHECK(wats_uuid_read(ID_1, 36, o.uuid));
  o.uuid[WATS_UUID - 1] = (unsigned char)number;
  return o;
}

static struct wats_delivery_outcome answered(unsigned number, int status,
                                             const char *body)
{
  struct wats_delivery_outcome o = of_report(number);
  o.status = status;
  o.body = body;
  o.length = body ? strlen(body) : 0;
  return o;
}

static struct wats_delivery_outcome failed(enum wats_errc code)
{
  struct wats_delivery_outcome o = of_report(1);
  o.code = code;
  o.message = "words";
  return o;
}

static enum wats_delivery_verdict decide(const struct wats_delivery_outcome *o)
{
  memset(&got, 0x5a, sizeof got);
  wats_delivery_decide(&target, o, &got);
  return got.verdict;
}

static enum wats_delivery_verdict hear(unsigned number, int status,
                                       const char *body)
{
  struct wats_delivery_outcome o = answered(number, status, body);
  return decide(&o);
}

/* The answer to a probe. */
static enum wats_delivery_verdict probe(unsigned number, int status,
                                        const char *body)
{
  struct wats_delivery_outcome o = answered(number, status, body);
  o.probe = true;
  return decide(&o);
}

/* ---- one by one --------------------------------------------------------- */

static void test_statuses(void)
{
  static const struct {
    int status;
    const char *body;
    enum wats_delivery_verdict verdict;
  } rows[] = {
      {200, OK_1, WATS_DELIVERY_SENT},
      {201, OK_1, WATS_DELIVERY_SENT},
      {202, OK_1, WATS_DELIVERY_SENT},
      {200, NULL, WATS_DELIVERY_HOLD},
      {204, NULL, WATS_DELIVERY_HOLD},
      {200, "<html>Welcome to our network</html>", WATS_DELIVERY_HOLD},
      {200, "{}", WATS_DELIVERY_HOLD},
      {200, "{\"ID\":\"" OTHER "\"}", WATS_DELIVERY_HOLD},
      {207, "[]", WATS_DELIVERY_HOLD},
      {301, "", WATS_DELIVERY_HOLD},
      {302, OK_1, WATS_DELIVERY_HOLD},
      {304, "", WATS_DELIVERY_HOLD},
      {308, "", WATS_DELIVERY_HOLD},
      {401, "{}", WATS_DELIVERY_HOLD},
      {403, "", WATS_DELIVERY_HOLD},
      {404, "", WATS_DELIVERY_HOLD},
      {405, "", WATS_DELIVERY_HOLD},
      {407, "", WATS_DELIVERY_HOLD},
      {408, "", WATS_DELIVERY_RETRY},
      {425, "", WATS_DELIVERY_RETRY},
      {429, "", WATS_DELIVERY_RETRY},
      {500, OK_1, WATS_DELIVERY_RETRY},
      {501, "", WATS_DELIVERY_RETRY},
      {502, "", WATS_DELIVERY_RETRY},
      {503, "", WATS_DELIVERY_RETRY},
      {504, "", WATS_DELIVERY_RETRY},
      {507, "", WATS_DELIVERY_RETRY},
      {599, "", WATS_DELIVERY_RETRY},
      {999, "", WATS_DELIVERY_RETRY},
      {100, "", WATS_DELIVERY_RETRY},
      {400, "bad", WATS_DELIVERY_REJECTED},
      {402, "bad", WATS_DELIVERY_REJECTED},
      {406, "bad", WATS_DELIVERY_REJECTED},
      {409, "bad", WATS_DELIVERY_REJECTED},
      {410, "bad", WATS_DELIVERY_REJECTED},
      {413, NULL, WATS_DELIVERY_REJECTED},
      {415, "bad", WATS_DELIVERY_REJECTED},
      {422, "bad", WATS_DELIVERY_REJECTED},
      {451, "bad", WATS_DELIVERY_REJECTED},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    bool held = rows[i].verdict == WATS_DELIVERY_HOLD;
    begin();
    if (hear(1, rows[i].status, rows[i].body) != rows[i].verdict) {
      printf("status %d\n", rows[i].status);
      CHECK_INT(got.verdict, rows[i].verdict);
    }
    CHECK_INT(target.held, held);
    CHECK_INT(got.rejected, rows[i].verdict == WATS_DELIVERY_REJECTED);
    CHECK_INT(got.probe_ns >= 0, held);
    CHECK_INT(got.reason[0] != '\0', rows[i].verdict != WATS_DELIVERY_SENT);
  }
}

static void test_failures(void)
{
  static const struct {
    enum wats_errc code;
    enum wats_delivery_verdict verdict;
  } rows[] = {
      {WATS_ERR_CONNECTION, WATS_DELIVERY_RETRY},
      {WATS_ERR_TIMEOUT, WATS_DELIVERY_RETRY},
      {WATS_ERR_PROTOCOL, WATS_DELIVERY_RETRY},
      {WATS_ERR_TOO_LARGE, WATS_DELIVERY_RETRY},
      {WATS_ERR_DECODE, WATS_DELIVERY_RETRY},
      {WATS_ERR_TLS, WATS_DELIVERY_HOLD},
      {WATS_ERR_REDIRECT, WATS_DELIVERY_HOLD},
      {WATS_ERR_ARGUMENT, WATS_DELIVERY_HOLD},
      {WATS_ERR_CIRCUIT_OPEN, WATS_DELIVERY_WAIT},
      {WATS_ERR_RATE_LIMITED, WATS_DELIVERY_WAIT},
      {WATS_ERR_MEMORY, WATS_DELIVERY_WAIT},
      {WATS_ERR_IO, WATS_DELIVERY_WAIT},
      {WATS_ERR_CANCELLED, WATS_DELIVERY_RELEASE},
      {WATS_ERR_CLOSED, WATS_DELIVERY_RELEASE},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_delivery_outcome o = failed(rows[i].code);
    char reason[64];
    begin();
    CHECK_INT(decide(&o), rows[i].verdict);
    CHECK_INT(target.held, rows[i].verdict == WATS_DELIVERY_HOLD);
    CHECK(!got.rejected);
    snprintf(reason, sizeof reason, "%s: words", wats_errc_name(rows[i].code));
    CHECK_STR(got.reason, reason);
  }
}

static void test_confirmations(void)
{
  static const struct {
    const char *body;
    bool confirms;
  } rows[] = {
      {OK_1, true},
      {"[" OK_1 "]", true},
      {"\xef\xbb\xbf [ " OK_1 " ]\n", true},
      {"[" OK_1 ",{\"ID\":\"" OTHER "\"}]", true},
      {"{\"id\":\"" ID_1 "\"}", true},
      {"{\"Uuid\":\"" OTHER "\"}", true}, /* the server's own name for it */
      {"{\"uuid\":\"" ID_1 "\",\"ID\":null}", true},
      {"{\"ID\":\"{" ID_1 "}\"}", true},
      {"{\"ID\":\"R-17\"}", true}, /* no UUID: the server's own again */
      {"{\"x\":{\"ID\":\"" OTHER "\"},\"ID\":\"" ID_1 "\"}", true},
      {"{\"ID\":\"\\u0030"
       "0000000-0000-4000-8000-000000000001\"}",
       true},
      {"{\"ID\":\"\\u0030"
       "0000000-0000-4000-8000-000000000002\"}",
       false},
      {"{\"ID\":\"" OTHER "\"}", false},
      {"{\"ID\":\"" OTHER "\",\"uuid\":\"" ID_1 "\"}", false},
      {"{\"ID\":\"" ID_1 "\",\"id\":\"" OTHER "\"}", false},
      {"{\"ID\":7}", false},
      {"{\"ID\":\"\"}", false},
      {"{\"ID\":null,\"uuid\":null}", false},
      {"{\"Report_ID\":7}", false},
      {"{\"x\":{\"ID\":\"" ID_1 "\"}}", false},
      {"[]", false},
      {"[[" OK_1 "]]", false},
      {"[7," OK_1 "]", false},
      {"[{}," OK_1 "]", false},
      {"\"" ID_1 "\"", false},
      {"true", false},
      {"", false},
      {"<!DOCTYPE html><title>Log in</title>", false},
      {"{\"ID\":\"" ID_1 "\"", false}, /* cut short */
      {OK_1 "<!-- injected -->", false},
      {"{\"ID\":", false},
      {"{\"ID\":}", false},
  };
  unsigned char uuid[WATS_UUID];
  size_t i;
  CHECK(wats_uuid_read(ID_1, 36, uuid));
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    if (wats_delivery_confirms(rows[i].body, strlen(rows[i].body), uuid) !=
        rows[i].confirms) {
      printf("%s\n", rows[i].body);
      CHECK(false);
    }
}

/* ---- delays ------------------------------------------------------------- */

static int64_t retry_delay(unsigned attempts, uint64_t random, int64_t asked)
{
  struct wats_delivery_outcome o = answered(1, 503, NULL);
  o.attempts = attempts;
  o.random = random;
  o.retry_after_ns = asked;
  begin();
  CHECK_INT(decide(&o), WATS_DELIVERY_RETRY);
  return got.delay_ns;
}

/* The random number that is the most of `range`. */
static void test_backoff(void)
{
  unsigned attempts;
  int64_t longest = 5 * S;
  for (attempts = 0; attempts < 200; attempts++) {
    CHECK_INT(retry_delay(attempts, 0, -1), 0);
    CHECK_INT(retry_delay(attempts, (uint64_t)longest, -1), longest);
    CHECK_INT(retry_delay(attempts, (uint64_t)longest + 1, -1), 0);
    longest = longest * 2 < 900 * S ? longest * 2 : 900 * S;
  }
  CHECK_INT(retry_delay(UINT32_MAX, 900 * S, -1), 900 * S);
  CHECK(retry_delay(7, UINT64_MAX, -1) <= 900 * S);
}

static void test_retry_after(void)
{
  CHECK_INT(retry_delay(0, 0, 0), S);
  CHECK_INT(retry_delay(0, 0, S / 2), S);
  CHECK_INT(retry_delay(0, 0, 120 * S), 120 * S);
  CHECK_INT(retry_delay(0, 3 * S, 120 * S), 123 * S); /* not all at once */
  CHECK_INT(retry_delay(0, 0, 7200 * S), 3600 * S);
  CHECK_INT(retry_delay(9, 900 * S, WATS_NEVER), 3600 * S);
}

static void test_our_own_refusals_wait(void)
{
  struct wats_delivery_outcome o = failed(WATS_ERR_CIRCUIT_OPEN);
  begin();
  o.retry_after_ns = 12 * S;
  decide(&o);
  CHECK_INT(got.delay_ns, 12 * S);
  CHECK_INT(got.probe_ns, -1);
  o.retry_after_ns = -1;
  decide(&o);
  CHECK_INT(got.delay_ns, S);
}

/* ---- refused reports ---------------------------------------------------- */

static enum wats_delivery_verdict again(const char *first, const char *second,
                                        unsigned rejections)
{
  struct wats_delivery_outcome o = answered(1, 400, first);
  uint32_t rejection;
  begin();
  decide(&o);
  rejection = got.rejection;
  o = answered(1, 400, second);
  o.rejections = rejections;
  o.rejection = rejection;
  return decide(&o);
}

static void test_the_second_answer_of_the_kind_buries(void)
{
  CHECK_INT(again("no part", "no part", 1), WATS_DELIVERY_BURY);
  CHECK(got.rejected);
  CHECK_STR(got.reason, "HTTP 400: no part");
  CHECK_INT(again("no part", "no serial number", 1), WATS_DELIVERY_REJECTED);
  CHECK_INT(again(NULL, NULL, 1), WATS_DELIVERY_BURY);
  /* numbers that each answer has its own of */
  CHECK_INT(again("{\"traceId\":\"00-4bf92f35-01\",\"detail\":\"bad\"}",
                  "{\"traceId\":\"00-77ab0c1e-01\",\"detail\":\"bad\"}", 1),
            WATS_DELIVERY_BURY);
  CHECK_INT(
      again("at 2026-01-01T10:00:00Z: bad", "at 2027-02-03T11:22:33Z: bad", 1),
      WATS_DELIVERY_BURY);
  /* the first one: nothing to compare it with, not even nothing */
  CHECK_INT(again("x", "x", 0), WATS_DELIVERY_REJECTED);
  /* however different they are, at some time it is enough */
  CHECK_INT(again("a", "b", 3), WATS_DELIVERY_REJECTED);
  CHECK_INT(again("a", "b", 4), WATS_DELIVERY_BURY);
}

static void test_another_status_is_another_answer(void)
{
  struct wats_delivery_outcome o = answered(1, 400, "x");
  begin();
  decide(&o);
  o.rejection = got.rejection;
  o.rejections = 1;
  o.status = 409;
  CHECK_INT(decide(&o), WATS_DELIVERY_REJECTED);
}

static void test_once_more_comes_soon(void)
{
  struct wats_delivery_outcome o = answered(1, 400, "x");
  begin();
  decide(&o);
  CHECK_INT(got.delay_ns, S);
  o.random = (uint64_t)S;
  decide(&o);
  CHECK_INT(got.delay_ns, 2 * S);
  o.rejections = 3;
  o.random = 0;
  decide(&o);
  CHECK_INT(got.delay_ns, 64 * S);
}

static void refuse_five(void)
{
  unsigned i;
  begin();
  for (i = 1; i < WATS_DELIVERY_REJECTIONS; i++)
    CHECK_INT(hear(i, 400, "no"), WATS_DELIVERY_REJECTED);
  CHECK(!target.held);
  CHECK_INT(hear(i, 400, "no"), WATS_DELIVERY_HOLD);
  CHECK(target.held && target.blamed);
}

static void test_many_refused_reports_are_the_servers_fault(void)
{
  struct wats_delivery_outcome o;
  refuse_five();
  CHECK(got.rejected);
  CHECK_INT(got.delay_ns, WATS_DELIVERY_ASIDE_NS);
  CHECK_STR(got.reason, "the server refuses one report after another, the last "
                        "with HTTP 400: no");
  /* what would be buried now is not, whichever it is */
  o = answered(1, 400, "no");
  o.rejections = 1;
  o.rejection = got.rejection;
  CHECK_INT(decide(&o), WATS_DELIVERY_HOLD);
  CHECK_INT(got.delay_ns, WATS_DELIVERY_ASIDE_NS);
  CHECK_INT(got.probe_ns, -1); /* it was under way: the probe stands */
  o.rejections = 9;
  o.probe = true;
  CHECK_INT(decide(&o), WATS_DELIVERY_HOLD);
  CHECK(got.probe_ns >= 60 * S);
}

static void test_a_good_report_lifts_it(void)
{
  refuse_five();
  CHECK_INT(probe(77, 400, "no"), WATS_DELIVERY_HOLD);
  CHECK_INT(probe(1, 200, OK_1), WATS_DELIVERY_SENT);
  CHECK(!target.held && !target.blamed);
  CHECK_INT(hear(2, 400, "no"), WATS_DELIVERY_REJECTED);
}

static void test_neither_an_outage_nor_a_cancel_lifts_it(void)
{
  struct wats_delivery_outcome o;
  refuse_five();
  CHECK_INT(probe(8, 503, ""), WATS_DELIVERY_RETRY);
  CHECK(target.held && got.probe_ns >= 60 * S);
  o = failed(WATS_ERR_CANCELLED);
  o.probe = true;
  CHECK_INT(decide(&o), WATS_DELIVERY_RELEASE);
  CHECK(target.held);
  CHECK_INT(got.probe_ns, S);
  CHECK_INT(probe(8, 401, ""), WATS_DELIVERY_HOLD);
  CHECK_INT(probe(8, 400, ""), WATS_DELIVERY_HOLD); /* as before */
  CHECK(target.blamed);
}

/* One bad report that comes again and again is one. */
static void test_only_distinct_reports_count(void)
{
  int i;
  begin();
  for (i = 0; i < 20; i++)
    CHECK_INT(hear(1, 400, "no"), WATS_DELIVERY_REJECTED);
  for (i = 0; i < 20; i++) {
    CHECK_INT(hear((unsigned)(2 + i % 3), 400, "no"), WATS_DELIVERY_REJECTED);
    CHECK_INT(hear(1, 503, "no"), WATS_DELIVERY_RETRY);
  }
  CHECK_INT(hear(1, 200, OK_1), WATS_DELIVERY_SENT);
  for (i = 0; i < 4; i++)
    CHECK_INT(hear((unsigned)(10 + i), 422, "no"), WATS_DELIVERY_REJECTED);
  CHECK(!target.held);
}

/* ---- holds -------------------------------------------------------------- */

static void test_probes_come_more_and_more_seldom(void)
{
  static const int64_t least[] = {60, 120, 240, 300, 300, 300};
  struct wats_delivery_outcome o = answered(1, 401, "");
  size_t i;
  begin();
  for (i = 0; i < sizeof least / sizeof *least; i++) {
    int64_t most = least[i] * 2 < 300 ? least[i] * 2 : 300;
    struct wats_delivery before = target;
    o.random = 0;
    CHECK_INT(decide(&o), WATS_DELIVERY_HOLD);
    CHECK_INT(got.probe_ns, least[i] * S);
    CHECK_INT(got.delay_ns, 0);
    CHECK(!got.rejected);
    target = before;
    o.random = (uint64_t)(least[i] * S);
    decide(&o);
    CHECK_INT(got.probe_ns, most * S);
    o.probe = true;
  }
}

static void test_those_under_way_move_no_probe(void)
{
  begin();
  hear(1, 401, "");
  CHECK(got.probe_ns > 0);
  hear(2, 401, "");
  CHECK_INT(got.probe_ns, -1);
  probe(3, 401, "");
  CHECK_INT(got.probe_ns, 120 * S); /* the first one after the hold began */
  CHECK_INT(hear(4, 200, "{\"ID\":\"x\"}"), WATS_DELIVERY_SENT);
  CHECK(!target.held);
  hear(5, 403, "");
  CHECK_INT(got.probe_ns, 60 * S); /* from the beginning */
}

/* Who is let in again and told that the report is bad was let in. */
static void test_an_answer_on_a_report_ends_a_hold_for_credentials(void)
{
  begin();
  hear(1, 401, "");
  CHECK_INT(probe(1, 400, "bad"), WATS_DELIVERY_REJECTED);
  CHECK(!target.held);
  CHECK_INT(got.probe_ns, -1);
}

static void test_a_hold_of_an_earlier_process(void)
{
  begin();
  wats_delivery_resume_hold(&target);
  CHECK(target.held);
  CHECK_INT(probe(1, 400, "bad"), WATS_DELIVERY_HOLD);
  CHECK_INT(probe(1, 200, OK_1), WATS_DELIVERY_SENT);
  CHECK(!target.held);
  wats_delivery_resume_hold(&target);
  CHECK_INT(probe(1, 401, ""), WATS_DELIVERY_HOLD);
  CHECK_STR(got.reason, "HTTP 401 (the token is not accepted)");
}

/* ---- words -------------------------------------------------------------- */

static void test_reasons(void)
{
  static const struct {
    int status;
    const char *body, *reason;
  } rows[] = {
      {503, NULL, "HTTP 503"},
      {503, "  <html>down</html>", "HTTP 503: a page in HTML"},
      {500, "line one\r\nline two", "HTTP 500: line one  line two"},
      {400, "{\"title\":\"t\",\"Message\":\"a \\\"b\\\"\"}",
       "HTTP 400: a \"b\""},
      {400, "{\"x\":1,\"error\":{\"code\":2},\"title\":\"t\"}", "HTTP 400: t"},
      {400, "{\"x\":1}", "HTTP 400: {\"x\":1}"},
      {404, "", "HTTP 404 (no WATS server is there)"},
      {302, "", "HTTP 302 (a redirect that is not followed)"},
      {200, "<p>Log in",
       "the answer does not confirm the report: HTTP 200: a "
       "page in HTML"},
  };
  char longest[2000];
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin();
    hear(1, rows[i].status, rows[i].body);
    CHECK_STR(got.reason, rows[i].reason);
  }
  for (i = 0; i + 2 < sizeof longest; i += 2)
    memcpy(longest + i, "\xc3\xa6", 2);
  longest[i] = '\0';
  hear(1, 500, longest);
  CHECK(strlen(got.reason) > 100 && !strchr(got.reason, '?'));
  memcpy(longest, "{\"message\":\"", 12);
  memcpy(longest + sizeof longest - 4, "\"}", 3);
  hear(1, 500, longest);
  CHECK(strlen(got.reason) > 100 && !strchr(got.reason, '?'));
  hear(1, 500, "\xff\xfe bytes");
  CHECK_STR(got.reason, "HTTP 500: ?? bytes");
}

int main(void)
{
  RUN(test_statuses);
  RUN(test_failures);
  RUN(test_confirmations);
  RUN(test_backoff);
  RUN(test_retry_after);
  RUN(test_our_own_refusals_wait);
  RUN(test_the_second_answer_of_the_kind_buries);
  RUN(test_another_status_is_another_answer);
  RUN(test_once_more_comes_soon);
  RUN(test_many_refused_reports_are_the_servers_fault);
  RUN(test_a_good_report_lifts_it);
  RUN(test_neither_an_outage_nor_a_cancel_lifts_it);
  RUN(test_only_distinct_reports_count);
  RUN(test_probes_come_more_and_more_seldom);
  RUN(test_those_under_way_move_no_probe);
  RUN(test_an_answer_on_a_report_ends_a_hold_for_credentials);
  RUN(test_a_hold_of_an_earlier_process);
  RUN(test_reasons);
  return test_report();
}
