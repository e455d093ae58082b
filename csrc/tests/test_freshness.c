/*
** test_freshness.c - RFC 9111, sections 3, 4.2 and 5, for a private cache.
*/
#include "core/freshness.h"

#include "core/clock.h"
#include "core/http_date.h"
#include "field_text.h"

#define S           WATS_NS_PER_S
#define NOW         INT64_C(1700000000) /* seconds; Tue, 14 Nov 2023 22:13:20 GMT */
#define T           "Tue, 14 Nov 2023 22:13:20 GMT"
#define T_60S_ON    "Tue, 14 Nov 2023 22:14:20 GMT"
#define T_60S_AGO   "Tue, 14 Nov 2023 22:12:20 GMT"
#define T_1000S_AGO "Tue, 14 Nov 2023 21:56:40 GMT"

/* --- 3: storing ----------------------------------------------------------- */

static const struct {
  int status;
  const char *request, *response;
  bool allowed;
} storing[] = {
    {200, "", "Cache-Control: max-age=9", true},
    {200, "", "", true},
    /* 3: any final status with explicit life */
    {299, "", "Cache-Control: max-age=9", true},
    {302, "", "Cache-Control: max-age=9", true},
    {403, "", "Cache-Control: max-age=9", true},
    {503, "", "Cache-Control: max-age=9", true},
    {599, "", "Cache-Control: max-age=9", true},
    {100, "", "", false},
    {103, "", "", false},
    {600, "", "Cache-Control: max-age=9", false},
    {0, "", "", false},
    /* 3.3, 4.3.4: parts and the answers to conditions */
    {206, "", "Cache-Control: max-age=9", false},
    {206, "Range: bytes=0-1", "Cache-Control: max-age=9", false},
    {304, "", "Cache-Control: max-age=9", false},
    {304, "If-None-Match: \"x\"", "Cache-Control: max-age=9", false},
    {412, "If-Match: \"x\"", "Cache-Control: max-age=9", false},
    {416, "Range: bytes=9-", "Cache-Control: max-age=9", false},
    {412, "", "Cache-Control: max-age=9", true},
    {416, "If-None-Match: \"x\"", "Cache-Control: max-age=9", true},
    /* 3: but a whole answer is one, whatever the request asked besides */
    {200, "If-None-Match: \"x\"", "Cache-Control: max-age=9", true},
    {200, "If-Modified-Since: " T, "Cache-Control: max-age=9", true},
    {200, "If-Match: \"x\"", "Cache-Control: max-age=9", true},
    {200, "Range: bytes=0-1", "Cache-Control: max-age=9", true},
    {404, "Range: bytes=0-1", "Cache-Control: max-age=9", true},
    /* RFC 6585, 3 to 6 */
    {428, "", "Cache-Control: max-age=9", false},
    {429, "", "Cache-Control: max-age=9", false},
    {431, "", "Cache-Control: max-age=9", false},
    {511, "", "Cache-Control: max-age=9", false},
    /* 5.2.2.3: must-understand */
    {200, "", "Cache-Control: no-store, must-understand, max-age=9", true},
    {200, "", "Cache-Control: must-understand|Cache-Control: no-store", true},
    {404, "", "Cache-Control: no-store, must-understand, max-age=9", true},
    {505, "", "Cache-Control: no-store, must-understand, max-age=9", true},
    {299, "", "Cache-Control: no-store, must-understand, max-age=9", false},
    {599, "", "Cache-Control: no-store, must-understand, max-age=9", false},
    {299, "", "Cache-Control: must-understand, max-age=9", false},
    {306, "", "Cache-Control: must-understand, max-age=9", false},
    {418, "", "Cache-Control: must-understand, max-age=9", false},
    {206, "", "Cache-Control: no-store, must-understand, max-age=9", false},
    {200, "", "Cache-Control: no-store, must-understand=1", false},
    {200, "", "Cache-Control: no-store, foo=\"must-understand\"", false},
    {200, "Cache-Control: no-store", "Cache-Control: no-store, must-understand",
     false},
    {200, "", "Cache-Control: no-store, must-understand|Vary: *", false},
    {200, "Cache-Control: must-understand", "Cache-Control: no-store", false},
    /* 5.2.1.5, 5.2.2.5 */
    {200, "Cache-Control: no-store", "Cache-Control: max-age=9", false},
    {200, "", "Cache-Control: no-store", false},
    {200, "", "Cache-Control: max-age=9|Cache-Control: no-store", false},
    {200, "", "Cache-Control: max-age=9, No-Store", false},
    /* 5.2.2.7: private is meant for us */
    {200, "", "Cache-Control: private", true},
    {200, "", "Cache-Control: private=\"no-store\"", true},
    {200, "", "Cache-Control: no-cache", true},
    /* 3.5: Authorization forbids shared caches only */
    {200, "Authorization: Basic x", "Cache-Control: max-age=9", true},
    /* 4.1 */
    {200, "", "Vary: *", false},
    {200, "", "Vary: A, *", false},
    {200, "", "Vary: A|Vary: , *", false},
    {200, "", "Vary: A*", true},
    {200, "", "Vary: A", true},
    /* 5.4: Pragma in an answer says nothing */
    {200, "", "Pragma: no-store", true},
    {200, "", "Pragma: no-cache", true},
    /* 3: what does not forbid it */
    {200, "Cookie: a=1", "Set-Cookie: a=2|Cache-Control: max-age=9", true},
    {200, "", "Content-Disposition: attachment|Cache-Control: max-age=9", true},
    {200, "", "Cache-Control: immutable, max-age=9", true},
    {200, "", "Cache-Control: must-revalidate", true},
    {200, "", "Cache-Control: max-age=9, foo=\"no-store\"", true},
};

static void test_storing(void)
{
  size_t i;
  for (i = 0; i < sizeof storing / sizeof *storing; i++) {
    struct wats_headers request, response;
    struct wats_cache_demand demand;
    struct wats_cache_answer answer;
    const char *why;
    fill(&request, storing[i].request);
    fill(&response, storing[i].response);
    wats_cache_demand_read(&request, &demand);
    wats_cache_answer_read(&response, &answer);
    why = wats_freshness_refusal(storing[i].status, &demand, &answer);
    if (!why != storing[i].allowed)
      printf("row %d / %s / %s\n", storing[i].status, storing[i].request,
             storing[i].response);
    CHECK(!why == storing[i].allowed);
    wats_headers_free(&request);
    wats_headers_free(&response);
  }
}

/* --- 4.2.1, 4.2.2: life span ---------------------------------------------- */

static const struct {
  int status;
  const char *response;
  int from;
  int64_t seconds;
} lives[] = {
    /* 4.2.1: max-age, even broken or over, wins */
    {200, "Cache-Control: max-age=60", WATS_LIFETIME_MAX_AGE, 60},
    {200, "Cache-Control: max-age=60|Expires: 0", WATS_LIFETIME_MAX_AGE, 60},
    {200, "Cache-Control: max-age=0|Expires: " T_60S_ON, WATS_LIFETIME_MAX_AGE,
     0},
    {200, "Cache-Control: max-age=x|Expires: " T_60S_ON, WATS_LIFETIME_MAX_AGE,
     0},
    {200, "Cache-Control: max-age=x", WATS_LIFETIME_MAX_AGE, 0},
    {200, "Cache-Control: max-age=99999999999", WATS_LIFETIME_MAX_AGE,
     INT64_C(2147483648)},
    {599, "Cache-Control: max-age=60", WATS_LIFETIME_MAX_AGE, 60},
    {200, "Cache-Control: max-age='60'", WATS_LIFETIME_MAX_AGE, 0},
    {200, "Cache-Control: max-age=-60|Expires: " T_60S_ON,
     WATS_LIFETIME_MAX_AGE, 0},
    {200, "Cache-Control: foo=\"a, max-age=9\"", WATS_LIFETIME_TTL, 300},
    {200, "Cache-Control: Max-Age=060", WATS_LIFETIME_MAX_AGE, 60},
    /* 4.2.1: the smallest of several */
    {200, "Cache-Control: max-age=60|Cache-Control: max-age=30",
     WATS_LIFETIME_MAX_AGE, 30},
    /* 5.2.2.8: must-revalidate, no-cache and immutable give no life */
    {200, "Cache-Control: must-revalidate", WATS_LIFETIME_TTL, 300},
    {200, "Cache-Control: immutable", WATS_LIFETIME_TTL, 300},
    {200, "Cache-Control: private|Expires: " T_60S_ON, WATS_LIFETIME_EXPIRES,
     60},
    /* 5.4: Pragma in an answer says nothing */
    {200, "Pragma: no-cache", WATS_LIFETIME_TTL, 300},
    {200, "Pragma: no-cache|Cache-Control: max-age=60", WATS_LIFETIME_MAX_AGE,
     60},
    /* 5.2.2.10: s-maxage is not for us */
    {200, "Cache-Control: s-maxage=60", WATS_LIFETIME_TTL, 300},
    {200, "Cache-Control: s-maxage=1, max-age=60", WATS_LIFETIME_MAX_AGE, 60},
    /* 5.3: Expires against Date, else against the time of receipt */
    {200, "Expires: " T_60S_ON "|Date: " T, WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: " T_60S_ON "|Date: " T_60S_AGO, WATS_LIFETIME_EXPIRES, 120},
    {200, "Expires: " T_60S_ON, WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: " T_60S_ON "|Date: x", WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: " T_60S_ON "|Date: " T_60S_AGO "|Date: " T_60S_AGO,
     WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: " T_60S_AGO "|Date: " T, WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Fri, 31 Dec 9999 23:59:59 GMT|Date: " T,
     WATS_LIFETIME_EXPIRES, INT64_C(2147483648)},
    {503, "Expires: " T_60S_ON "|Date: " T, WATS_LIFETIME_EXPIRES, 60},
    /* 4.2.1: broken means stale, never absent */
    {200, "Expires: 0", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires:", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: -1|Last-Modified: " T_1000S_AGO, WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: " T_60S_ON "|Expires: " T_60S_ON, WATS_LIFETIME_EXPIRES, 0},
    /* RFC 9110, 5.6.7: what is no date (all of them: test_http_date) */
    {200, "Expires: Tue, 14 Nov 2023 22:14:20 UTC", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14 Nov 2023 22:14:20 AEST", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14 Nov 23 22:14:20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue 14 Nov 2023 22:14:20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14  Nov 2023 22:14:20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14-Nov-2023 22:14:20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14 Nov 2023 22.14.20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: Tue, 14 Nov 2023 2:14:20 GMT", WATS_LIFETIME_EXPIRES, 0},
    {200, "Expires: " T_60S_ON ", " T_60S_ON, WATS_LIFETIME_EXPIRES, 0},
    /* and what is one */
    {200, "Expires: Tuesday, 14-Nov-23 22:14:20 GMT", WATS_LIFETIME_EXPIRES,
     60},
    {200, "Expires: Tue Nov 14 22:14:20 2023", WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: tue, 14 NOV 2023 22:14:20 gmt", WATS_LIFETIME_EXPIRES, 60},
    {200, "Expires: " T_60S_ON "|Date: Tuesday, 14-Nov-23 22:12:20 GMT",
     WATS_LIFETIME_EXPIRES, 120},
    {200, "Expires: Tue, 19 Jan 2038 03:14:08 GMT|Date: " T,
     WATS_LIFETIME_EXPIRES, INT64_C(447483648)},
    /* 4.2.2: a tenth of the time since Last-Modified */
    {200, "Last-Modified: " T_1000S_AGO "|Date: " T, WATS_LIFETIME_MODIFIED,
     100},
    {200, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {203, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {204, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {300, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {301, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {308, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {404, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {405, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {410, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {414, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {501, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_MODIFIED, 100},
    {200, "Last-Modified: " T_60S_ON, WATS_LIFETIME_MODIFIED, 0},
    {200, "Last-Modified: x", WATS_LIFETIME_TTL, 300},
    {200, "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT",
     WATS_LIFETIME_MODIFIED, 1000}, /* the policy's bound below */
    /* 4.2.2, RFC 9110 15.1: only some statuses, or public */
    {201, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {202, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {403, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {502, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {504, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {599, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {599, "Cache-Control: public|Last-Modified: " T_1000S_AGO,
     WATS_LIFETIME_MODIFIED, 100},
    {503, "Last-Modified: " T_1000S_AGO, WATS_LIFETIME_NONE, 0},
    {403, "Cache-Control: public|Last-Modified: " T_1000S_AGO,
     WATS_LIFETIME_MODIFIED, 100},
    /* the ttl: same list, but no errors */
    {200, "", WATS_LIFETIME_TTL, 300},
    {203, "", WATS_LIFETIME_TTL, 300},
    {204, "", WATS_LIFETIME_TTL, 300},
    {300, "", WATS_LIFETIME_TTL, 300},
    {301, "", WATS_LIFETIME_TTL, 300},
    {308, "", WATS_LIFETIME_TTL, 300},
    {201, "", WATS_LIFETIME_NONE, 0},
    {202, "", WATS_LIFETIME_NONE, 0},
    {302, "", WATS_LIFETIME_NONE, 0},
    {307, "", WATS_LIFETIME_NONE, 0},
    {401, "", WATS_LIFETIME_NONE, 0},
    {403, "", WATS_LIFETIME_NONE, 0},
    {404, "", WATS_LIFETIME_NONE, 0},
    {410, "", WATS_LIFETIME_NONE, 0},
    {501, "", WATS_LIFETIME_NONE, 0},
    {502, "", WATS_LIFETIME_NONE, 0},
    {503, "", WATS_LIFETIME_NONE, 0},
    {504, "", WATS_LIFETIME_NONE, 0},
    {599, "", WATS_LIFETIME_NONE, 0},
    {599, "Cache-Control: public", WATS_LIFETIME_NONE, 0},
};

static void test_life(void)
{
  const struct wats_cache_policy policy = {NULL, 300 * S, 1000 * S, WATS_NEVER};
  size_t i;
  for (i = 0; i < sizeof lives / sizeof *lives; i++) {
    struct wats_headers response;
    struct wats_cache_answer answer;
    struct wats_lifetime life;
    fill(&response, lives[i].response);
    wats_cache_answer_read(&response, &answer);
    life = wats_freshness_lifetime(lives[i].status, &answer, &policy, NOW * S);
    if ((int)life.from != lives[i].from || life.ns != lives[i].seconds * S)
      printf("row %d %s\n", lives[i].status, lives[i].response);
    CHECK_INT(life.from, lives[i].from);
    CHECK_INT(life.ns, lives[i].seconds * S);
    wats_headers_free(&response);
  }
}

/* --- policy --------------------------------------------------------------- */

enum { UNKNOWN, REFERENCE, STANDARD, LIVE, EFFECTS, NO_OPERATION };
static const struct wats_operation operations[] = {
    [UNKNOWN] = {.volatility = WATS_VOLATILITY_UNKNOWN},
    [REFERENCE] = {.volatility = WATS_VOLATILITY_REFERENCE},
    [STANDARD] = {.volatility = WATS_VOLATILITY_STANDARD},
    [LIVE] = {.volatility = WATS_VOLATILITY_LIVE},
    [EFFECTS] = {.volatility = WATS_VOLATILITY_STANDARD, .side_effects = true},
};

#define ANY   INT64_C(-1) /* unbounded */
#define ASKED INT64_C(-2)

static const struct {
  int operation;
  const char *path;
  int64_t caller, client; /* s; caller -1: none, ASKED: but a mode */
  bool refused;
  int64_t silent, heuristic, limit; /* s */
} policies[] = {
    {STANDARD, "/api/Product/1", -1, 300, false, 300, 300, ANY},
    {STANDARD, "/api/Product/1", 7, 300, false, 7, 7, ANY},
    {STANDARD, "/api/Product/1", -1, 0, false, 0, 0, ANY},
    {STANDARD, "/api/Product/1", 7, 0, false, 7, 7, ANY},
    {REFERENCE, "/api/App/Levels", -1, 300, false, 3600, 3600, ANY},
    {REFERENCE, "/api/App/Levels", 7, 300, false, 7, 7, ANY},
    {REFERENCE, "/api/App/Levels", -1, 0, false, 0, 0, ANY},
    {LIVE, "/api/Asset/Status", -1, 300, true, 300, 300, ANY},
    {LIVE, "/api/Asset/Status", ASKED, 300, false, 300, 300, ANY},
    {LIVE, "/api/Asset/Status", 0, 300, false, 0, 0, 0},
    {STANDARD, "/api/Product/1", 0, 300, false, 0, 0, ANY},
    {EFFECTS, "/api/Auth/GetToken", ASKED, 300, true, 300, 300, ANY},
    {LIVE, "/api/Asset/Status", 7, 300, false, 7, 7, 7},
    {LIVE, "/api/Asset/Status", 7, 0, false, 7, 7, 7},
    {EFFECTS, "/api/Auth/GetToken", -1, 300, true, 300, 300, ANY},
    {EFFECTS, "/api/Auth/GetToken", 7, 300, true, 7, 7, ANY},
    {UNKNOWN, "/api/x", -1, 300, false, 300, ANY, ANY},
    {NO_OPERATION, "/api/x", -1, 300, false, 300, ANY, ANY},
    {NO_OPERATION, "/api/x", 7, 300, false, 7, ANY, ANY},
    {NO_OPERATION, "/api/x", -1, 0, false, 0, ANY, ANY},
    {NO_OPERATION, "/api/internal/Blob", -1, 300, true, 300, 300, ANY},
    {NO_OPERATION, "/API/Internal/Blob", -1, 300, true, 300, 300, ANY},
    {NO_OPERATION, "/api/internal", -1, 300, true, 300, 300, ANY},
    {NO_OPERATION, "/api/internal/Blob", 7, 300, false, 7, 7, 7},
    {NO_OPERATION, "/api/internals", -1, 300, false, 300, ANY, ANY},
    {NO_OPERATION, "/api/x/api/internal/", -1, 300, false, 300, ANY, ANY},
    {REFERENCE, "/api/internal/Blob", -1, 300, false, 3600, 3600, ANY},
};

static int64_t bound(int64_t seconds)
{
  return seconds == ANY ? WATS_NEVER : seconds * S;
}

static const struct wats_cache_term no_term;

static void test_policy(void)
{
  size_t i;
  for (i = 0; i < sizeof policies / sizeof *policies; i++) {
    const struct wats_operation *operation =
        policies[i].operation == NO_OPERATION
            ? NULL
            : &operations[policies[i].operation];
    int64_t caller = policies[i].caller < 0 ? -1 : policies[i].caller * S;
    const char *path = policies[i].path;
    int before = test_bad_checks;
    struct wats_cache_policy p;
    wats_cache_policy_for(operation, path, strlen(path),
                          policies[i].caller == ASKED, caller, &no_term,
                          policies[i].client * S, &p);
    CHECK((p.refusal != NULL) == policies[i].refused);
    CHECK_INT(p.silent_ns, bound(policies[i].silent));
    CHECK_INT(p.heuristic_ns, bound(policies[i].heuristic));
    CHECK_INT(p.limit_ns, bound(policies[i].limit));
    if (test_bad_checks != before) printf("row %zu %s\n", i, path);
  }
}

/* ---- what the client says of classes and domains ---- */

#define NEVER INT64_C(-2) /* of a term */

static const struct {
  int volatility; /* -1: not in the table */
  int domain;
  int64_t reference, domain_s; /* s; -1: nothing said */
  int64_t caller, client;      /* as above */
  bool refused;
  int64_t silent, heuristic;
} terms_rows[] = {
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, -1, 300, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, 900, -1, 300, false, 900, 900},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, -1, 0, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, 0, -1, 300, false, 0, 0},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, 7, 300, false, 7, 7},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, ASKED, 300, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, -1, 300, true, 300, 300},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, 7, 300, false, 7, 7},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, ASKED, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 2, -1, 60, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 0, -1, 60, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 1, 60, -1, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_REFERENCE, 1, 60, -1, -1, 300, false, 60, 60},
    {WATS_VOLATILITY_REFERENCE, 1, 60, -1, -1, 0, false, 60, 60},
    {WATS_VOLATILITY_REFERENCE, 1, 0, -1, -1, 300, false, 0, 0},
    {WATS_VOLATILITY_REFERENCE, 1, 60, 7200, -1, 300, false, 7200, 7200},
    {WATS_VOLATILITY_REFERENCE, 1, 60, NEVER, -1, 300, true, 3600, 3600},
    {WATS_VOLATILITY_REFERENCE, 1, -1, -1, -1, 300, false, 3600, 3600},
    {WATS_VOLATILITY_LIVE, 1, 60, 60, -1, 300, true, 300, 300},
    {WATS_VOLATILITY_LIVE, 1, 60, 60, ASKED, 300, false, 300, 300},
    {WATS_VOLATILITY_LIVE, 1, 60, NEVER, 7, 300, false, 7, 7},
    {-1, 0, 60, 60, -1, 300, false, 300, ANY},
};

static struct wats_cache_term term_of(int64_t said)
{
  struct wats_cache_term term = {WATS_TERM_NONE, 0};
  if (said == NEVER) term.kind = WATS_TERM_NEVER;
  if (said < 0) return term;
  term.kind = WATS_TERM_TTL;
  term.ns = said * S;
  return term;
}

static void test_terms(void)
{
  size_t i;
  for (i = 0; i < sizeof terms_rows / sizeof *terms_rows; i++) {
    struct wats_operation operation = {0};
    const struct wats_operation *known = &operation;
    int64_t caller = terms_rows[i].caller;
    int before = test_bad_checks;
    struct wats_cache_terms terms;
    struct wats_cache_term term;
    struct wats_cache_policy p;
    memset(&terms, 0, sizeof terms);
    terms.reference = term_of(terms_rows[i].reference);
    terms.domains[1] = term_of(terms_rows[i].domain_s);
    if (terms_rows[i].volatility < 0) known = NULL;
    operation.volatility = (enum wats_volatility)terms_rows[i].volatility;
    operation.domain = terms_rows[i].domain;
    term = wats_cache_term_for(&terms, known);
    wats_cache_policy_for(known, "/api/x", 6, caller == ASKED,
                          caller < 0 ? -1 : caller * S, &term,
                          terms_rows[i].client * S, &p);
    CHECK((p.refusal != NULL) == terms_rows[i].refused);
    CHECK_INT(p.silent_ns, terms_rows[i].silent * S);
    CHECK_INT(p.heuristic_ns, bound(terms_rows[i].heuristic));
    if (test_bad_checks != before) printf("row %zu\n", i);
  }
}

/* What the caller asks of a live operation bounds the server's word too. */
static void test_live_limit(void)
{
  const struct wats_cache_policy policy = {NULL, 7 * S, 7 * S, 7 * S};
  struct wats_headers response;
  struct wats_cache_answer answer;
  fill(&response, "Cache-Control: max-age=60");
  wats_cache_answer_read(&response, &answer);
  CHECK_INT(wats_freshness_lifetime(200, &answer, &policy, NOW * S).ns, 7 * S);
  wats_headers_free(&response);
}

/* What a request's own bounds leave of a life (5.2.1). */
static void test_serves(void)
{
  static const struct {
    const char *request;
    int64_t age, left, serves; /* s */
  } rows[] = {
      {"", 20, 40, 40},
      {"Cache-Control: max-age=30", 20, 40, 10},
      {"Cache-Control: max-age=90", 20, 40, 40},
      {"Cache-Control: max-age=10", 20, 40, -10},
      {"Cache-Control: min-fresh=15", 20, 40, 25},
      {"Cache-Control: min-fresh=50", 20, 40, -10},
      {"Cache-Control: max-age=30, min-fresh=35", 20, 40, 5},
      {"", 70, -10, -10},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_stored stored = {
        .lifetime = {(rows[i].age + rows[i].left) * S, WATS_LIFETIME_MAX_AGE},
        .age_ns = rows[i].age * S,
        .while_revalidate_s = WATS_SECONDS_NONE,
        .if_error_s = WATS_SECONDS_NONE};
    struct wats_cache_policy policy = {.limit_ns = WATS_NEVER};
    struct wats_cache_demand demand;
    struct wats_headers request;
    struct wats_reuse reuse;
    fill(&request, rows[i].request);
    wats_cache_demand_read(&request, &demand);
    wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
    CHECK_INT(reuse.fresh_for_ns, rows[i].serves * S);
    wats_headers_free(&request);
  }
}

/* --- 4.2.3: age ----------------------------------------------------------- */

static const struct {
  const char *response;
  int64_t delay_s, age_s;
} ages[] = {
    {"", 0, 0},
    {"", 3, 3},
    {"", -3, 0},
    {"Age: 30", 3, 33},
    {"Age: 30, 0", 0, 30},
    {"Age: 30|Age: 90", 0, 30},
    {"Age: x|Age: 90", 0, 0}, /* 5.1: only the first line counts */
    {"Age: -1", 0, 0},
    {"Age: 30.5", 0, 0},
    {"Age: 030", 0, 30},
    {"Age: 0, 30", 0, 0},
    {"Age: 2147483647", 0, INT64_C(2147483647)},
    {"Age: 2147483648", 0, INT64_C(2147483648)},
    {"Age: 99999999999", 0, INT64_C(2147483648)},
    {"Date: " T, 3, 3},
    {"Date: " T_60S_AGO, 3, 60},
    {"Date: " T_60S_AGO "|Age: 90", 3, 93},
    {"Date: " T_60S_ON, 3, 3}, /* a server ahead of us */
    {"Date: x", 3, 3},
};

static void test_initial_age(void)
{
  size_t i;
  for (i = 0; i < sizeof ages / sizeof *ages; i++) {
    struct wats_headers response;
    struct wats_cache_answer answer;
    int64_t age;
    fill(&response, ages[i].response);
    wats_cache_answer_read(&response, &answer);
    age = wats_freshness_initial_age(&answer, ages[i].delay_s * S, NOW * S);
    if (age != ages[i].age_s * S) printf("row %s\n", ages[i].response);
    CHECK_INT(age, ages[i].age_s * S);
    wats_headers_free(&response);
  }
}

/* --- validators ----------------------------------------------------------- */

static void test_validators(void)
{
  static const struct {
    const char *response, *modified;
    bool has;
  } rows[] = {
      {"", NULL, false},
      {"ETag: \"x\"", NULL, true},
      {"ETag: W/\"x\"", NULL, true},
      {"ETag:", NULL, false},
      {"Last-Modified: " T, T, true},
      {"Last-Modified: 0", NULL, false},
      {"Last-Modified: Tuesday, 14-Nov-23 22:13:20 GMT",
       "Tuesday, 14-Nov-23 22:13:20 GMT", true},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_headers response;
    struct wats_cache_answer answer;
    fill(&response, rows[i].response);
    wats_cache_answer_read(&response, &answer);
    CHECK(wats_freshness_has_validator(&answer) == rows[i].has);
    if (rows[i].modified)
      CHECK_STR(wats_freshness_modified(&response), rows[i].modified);
    else
      CHECK(wats_freshness_modified(&response) == NULL);
    wats_headers_free(&response);
  }
}

/* --- 4.2, 5.2.1: use ------------------------------------------------------ */

static const struct {
  int64_t life;
  int from;
  bool no_cache;
  int64_t age, since;
  const char *request;
  const char *why;
} uses[] = {
    {60, WATS_LIFETIME_MAX_AGE, false, 59, 0, "", NULL},
    {60, WATS_LIFETIME_MAX_AGE, false, 60, 0, "", "stale"}, /* 4.2: > not >= */
    {0, WATS_LIFETIME_MAX_AGE, false, 0, 0, "", "stale"},
    /* the ttl counts from the request, whatever Date said */
    {300, WATS_LIFETIME_TTL, false, 9999, 100, "", NULL},
    {300, WATS_LIFETIME_TTL, false, 9999, 300, "", "stale"},
    /* a shorter wish of this request's policy (200 s) counts */
    {300, WATS_LIFETIME_TTL, false, 0, 200, "", "stale"},
    {300, WATS_LIFETIME_MODIFIED, false, 200, 0, "", "stale"},
    {300, WATS_LIFETIME_MAX_AGE, false, 200, 0, "", NULL},
    {60, WATS_LIFETIME_MAX_AGE, true, 0, 0, "", "stored answer says no-cache"},
    /* 5.2.1 */
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0, "Cache-Control: no-cache",
     "request says no-cache"},
    {60, WATS_LIFETIME_MAX_AGE, false, 5, 0, "Cache-Control: max-age=5", NULL},
    {60, WATS_LIFETIME_MAX_AGE, false, 6, 0, "Cache-Control: max-age=5",
     "older than the request's max-age"},
    {60, WATS_LIFETIME_MAX_AGE, false, 6, 0, "Cache-Control: max-age=x",
     "older than the request's max-age"},
    {60, WATS_LIFETIME_MAX_AGE, false, 50, 0, "Cache-Control: min-fresh=10",
     NULL},
    {60, WATS_LIFETIME_MAX_AGE, false, 51, 0, "Cache-Control: min-fresh=10",
     "not fresh for the request's min-fresh"},
    {60, WATS_LIFETIME_MAX_AGE, false, 61, 0, "Cache-Control: max-stale",
     "stale, but within the request's max-stale"},
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0, "Cache-Control: no-store", NULL},
    /* 5.4: Pragma only without Cache-Control */
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0, "Pragma: no-cache",
     "request says no-cache"},
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0,
     "Pragma: no-cache|Cache-Control: max-age=9", NULL},
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0,
     "Pragma: no-cache|Cache-Control:", NULL},
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0, "Pragma: x, No-Cache",
     "request says no-cache"},
    {60, WATS_LIFETIME_MAX_AGE, false, 0, 0, "Pragma: x", NULL},
    /* 1.2.2: an age that saturates is never younger than a life that does */
    {2147483648, WATS_LIFETIME_MAX_AGE, false, 2147483648, 0, "", "stale"},
};

static void test_use(void)
{
  struct wats_cache_policy policy = {NULL, 200 * S, 200 * S, WATS_NEVER};
  size_t i;
  for (i = 0; i < sizeof uses / sizeof *uses; i++) {
    struct wats_stored stored = {
        {uses[i].life * S, (enum wats_lifetime_from)uses[i].from},
        uses[i].no_cache,
        uses[i].age * S,
        uses[i].since * S};
    struct wats_headers request;
    struct wats_cache_demand demand;
    struct wats_reuse reuse;
    fill(&request, uses[i].request);
    wats_cache_demand_read(&request, &demand);
    stored.while_revalidate_s = stored.if_error_s = WATS_SECONDS_NONE;
    wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
    CHECK((reuse.kind == WATS_REUSE_FRESH) == !uses[i].why);
    if (uses[i].why)
      CHECK_STR(reuse.reason, uses[i].why);
    else
      CHECK(reuse.reason == NULL);
    wats_headers_free(&request);
  }
}

static void test_limit_bounds_every_use(void)
{
  struct wats_cache_policy policy = {NULL, 5 * S, 5 * S, 5 * S};
  struct wats_stored stored = {
      {60 * S, WATS_LIFETIME_MAX_AGE}, false, 4 * S, 4 * S};
  struct wats_cache_demand demand;
  struct wats_reuse reuse;
  stored.while_revalidate_s = stored.if_error_s = 1000;
  wats_cache_demand_read(NULL, &demand);
  wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
  CHECK_INT(reuse.kind, WATS_REUSE_FRESH);
  CHECK_INT(reuse.fresh_for_ns, 1 * S);
  stored.age_ns = 5 * S;
  wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
  CHECK_INT(reuse.kind, WATS_REUSE_NO);
  CHECK_STR(reuse.reason, "stale");
}

/* The letters: c conditional, r range. */
static void test_demand(void)
{
  static const struct {
    const char *request, *flags;
  } table[] = {
      {"", ""},
      {"Cache-Control: max-age=1|Accept: a|Ranges: b|If: c", ""},
      {"If-Match: a", "c"},
      {"if-none-match: a", "c"},
      {"If-Modified-Since: a", "c"},
      {"If-Unmodified-Since: a", "c"},
      {"If-Range: a", "c"},
      {"Range: a", "cr"},
      {"Range: a|If-Range: a", "cr"},
  };
  size_t i;
  for (i = 0; i < sizeof table / sizeof *table; i++) {
    struct wats_headers request;
    struct wats_cache_demand demand;
    char flags[3] = "", *end = flags;
    fill(&request, table[i].request);
    wats_cache_demand_read(&request, &demand);
    if (demand.conditional) *end++ = 'c';
    if (demand.range) *end = 'r';
    CHECK_STR(flags, table[i].flags);
    wats_headers_free(&request);
  }
}

int main(void)
{
  RUN(test_demand);
  RUN(test_storing);
  RUN(test_life);
  RUN(test_policy);
  RUN(test_terms);
  RUN(test_live_limit);
  RUN(test_serves);
  RUN(test_initial_age);
  RUN(test_validators);
  RUN(test_use);
  RUN(test_limit_bounds_every_use);
  return test_report();
}
