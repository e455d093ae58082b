/*
** test_health_access.c - what health_access.h and health_accept.h promise.
*/
#include "core/health_access.h"

#include "core/health_accept.h"
#include "test.h"

static struct wats_health_access access;

static enum wats_health_right judge(bool probe, const char *host,
                                    const char *authorization)
{
  struct wats_headers headers;
  enum wats_health_right right;
  wats_headers_init(&headers, 0);
  if (host) CHECK_INT(wats_headers_set(&headers, "Host", host), WATS_OK);
  if (authorization)
    CHECK_INT(wats_headers_set(&headers, "authorization", authorization),
              WATS_OK);
  right = wats_health_access_judge(&access, &headers, probe);
  wats_headers_free(&headers);
  return right;
}

static void begin(bool local, const char *token)
{
  struct wats_error error;
  access = (struct wats_health_access){.local = local, .any_host = !local};
  if (token)
    CHECK_INT(wats_health_access_set_token(&access, token, &error), WATS_OK);
}

static void test_table(void)
{
  begin(true, NULL);
  CHECK_INT(judge(false, "localhost", NULL), WATS_HEALTH_FULL);
  CHECK_INT(judge(true, "localhost", NULL), WATS_HEALTH_FULL);
  begin(true, "sesame");
  CHECK_INT(judge(false, "localhost", NULL), WATS_HEALTH_UNAUTHORIZED);
  CHECK_INT(judge(true, "localhost", NULL), WATS_HEALTH_STATUS_ONLY);
  CHECK_INT(judge(false, "localhost", "Bearer sesame"), WATS_HEALTH_FULL);
  CHECK_INT(judge(true, "localhost", "Bearer sesame"), WATS_HEALTH_FULL);
  begin(false, "sesame");
  CHECK_INT(judge(false, "any", NULL), WATS_HEALTH_UNAUTHORIZED);
  CHECK_INT(judge(true, "any", NULL), WATS_HEALTH_STATUS_ONLY);
  CHECK_INT(judge(false, "any", "Bearer sesame"), WATS_HEALTH_FULL);
  begin(false, NULL);
  CHECK_INT(judge(false, "any", "Bearer sesame"), WATS_HEALTH_FORBIDDEN);
  CHECK_INT(judge(true, "any", NULL), WATS_HEALTH_STATUS_ONLY);
}

static void test_token(void)
{
  static const char *const wrong[] = {
      "sesame",         "Bearer",         "Bearer ",      "Bearer sesam",
      "Bearer sesame2", "Bearer Sesame",  "Basic sesame", "",
      "Bearersesame",   "Bearer sesame x"};
  struct wats_error error;
  size_t i;
  begin(true, "sesame");
  for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
    CHECK_INT(judge(false, "localhost", wrong[i]), WATS_HEALTH_UNAUTHORIZED);
  CHECK_INT(judge(false, "localhost", "bEARER   sesame"), WATS_HEALTH_FULL);
  CHECK(wats_health_access_is_token(&access, "sesame", 6));
  CHECK(!wats_health_access_is_token(&access, "sesame", 5));
  /* it is nowhere in there */
  for (i = 0; i + 6 <= sizeof access; i++)
    CHECK(memcmp((const char *)&access + i, "sesame", 6) != 0);
  CHECK_INT(wats_health_access_set_token(&access, "a\r\nb", &error),
            WATS_ERR_ARGUMENT);
  CHECK_INT(wats_health_access_set_token(&access, "\xc3\xa9", &error),
            WATS_ERR_ARGUMENT);
}

static void test_host(void)
{
  static const char *const good[] = {
      "localhost",      "LOCALHOST:80", "127.0.0.1",
      "127.0.0.1:8080", "[::1]",        "[::1]:8080",
      "localhost:",     "127.0.0.7:1",  "station.factory:8080"};
  static const char *const bad[] = {
      "evil.example",  "evil.example:8080", "",     "localhost.evil",
      "localhost:80x", "127.0.0.1.evil",    "[::1", "[::1]x",
      "[localhost",    "station",           ":80",  "localhost@evil",
      "[::2]",         "127.0.0.8"};
  char name[] = "Station.factory", *allowed[] = {name};
  struct wats_headers headers;
  size_t i;
  begin(true, NULL);
  access.own = "127.0.0.7";
  access.allowed = allowed;
  access.allowed_count = 1;
  for (i = 0; i < sizeof good / sizeof *good; i++)
    CHECK_INT(judge(false, good[i], NULL), WATS_HEALTH_FULL);
  for (i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK_INT(judge(false, bad[i], NULL), WATS_HEALTH_WRONG_HOST);
    CHECK_INT(judge(true, bad[i], NULL), WATS_HEALTH_WRONG_HOST);
  }
  CHECK_INT(judge(false, NULL, NULL), WATS_HEALTH_FULL); /* no browser */
  wats_headers_init(&headers, 0);
  CHECK_INT(wats_headers_add(&headers, "Host", 4, "localhost", 9), WATS_OK);
  CHECK_INT(wats_headers_add(&headers, "host", 4, "localhost", 9), WATS_OK);
  CHECK_INT(wats_health_access_judge(&access, &headers, false),
            WATS_HEALTH_WRONG_HOST);
  wats_headers_free(&headers);
  access.local = false; /* elsewhere, and told which hosts */
  CHECK_INT(judge(true, "localhost", NULL), WATS_HEALTH_WRONG_HOST);
  CHECK_INT(judge(true, "station.factory", NULL), WATS_HEALTH_STATUS_ONLY);
}

static void test_accept(void)
{
  static const struct {
    const char *field;
    enum wats_health_format format;
  } cases[] = {
      {NULL, WATS_HEALTH_PROMETHEUS},
      {"", WATS_HEALTH_PROMETHEUS},
      {"*/*", WATS_HEALTH_PROMETHEUS},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
       WATS_HEALTH_PROMETHEUS},
      {"application/json", WATS_HEALTH_JSON},
      {"Application/JSON ; charset=utf-8", WATS_HEALTH_JSON},
      {"application/json;q=0.5, text/plain;q=0.4", WATS_HEALTH_JSON},
      {"application/json;q=0.4, text/plain;q=0.5", WATS_HEALTH_PROMETHEUS},
      {"application/json;q=0, */*", WATS_HEALTH_PROMETHEUS},
      {"application/openmetrics-text", WATS_HEALTH_OPENMETRICS},
      {"application/openmetrics-text; version=1.0.0; charset=utf-8",
       WATS_HEALTH_OPENMETRICS},
      {"application/openmetrics-text; version=\"0.0.1\"",
       WATS_HEALTH_OPENMETRICS},
      {"application/openmetrics-text; version=2.0.0", WATS_HEALTH_PROMETHEUS},
      /* Prometheus 2.42 */
      {"application/openmetrics-text;version=1.0.0,"
       "application/openmetrics-text;version=0.0.1;q=0.75,"
       "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       WATS_HEALTH_OPENMETRICS},
      {"text/plain;version=0.0.4;q=0.5,*/*;q=0.1", WATS_HEALTH_PROMETHEUS},
      {"image/png", WATS_HEALTH_PROMETHEUS},
      {";;;,,,q=1", WATS_HEALTH_PROMETHEUS},
      {"application/json;q=nonsense,text/plain;q=0.1", WATS_HEALTH_PROMETHEUS},
      {"application/json;q=1.5", WATS_HEALTH_JSON},
      {"application/json;q=", WATS_HEALTH_PROMETHEUS}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(wats_health_accept(cases[i].field), cases[i].format);
    if (wats_health_accept(cases[i].field) != cases[i].format)
      printf("  of %s\n", cases[i].field ? cases[i].field : "NULL");
  }
}

int main(void)
{
  RUN(test_table);
  RUN(test_token);
  RUN(test_host);
  RUN(test_accept);
  return test_report();
}
