/*
** test_url_conceal.c - no secret is left, and all else is.
*/
#include "core/url_conceal.h"

#include <string.h>

#include "core/alloc.h"
#include "test.h"

#define TOKEN "Y2FuYXJ5Oj+/M2Y5=="

static const char *shown(const char *url, const char *secret)
{
  static char text[512];
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  CHECK_INT(wats_url_conceal(url, secret, &out), WATS_OK);
  snprintf(text, sizeof text, "%s", out.data);
  CHECK_INT(strlen(text), out.length);
  wats_buffer_free(&out);
  return text;
}

static void what_is_no_secret_stays(void)
{
  static const char *const urls[] = {
      "https://h/api/Product/PN-1",
      "https://h:81/api/x?",
      "https://h/x?$filter=a%20eq%20'b'&top=5;z&=q&&monkey=1&author=me",
      "https://h/token/password=x",
      "https://h/x?a=Y2FuYXJ5",
      "https://h/x?a=%",
      "https://h/x?a=%4",
      "https://h/x?a=%zz",
      "/x?=y",
      ""};
  size_t i;
  for (i = 0; i < sizeof urls / sizeof *urls; i++) {
    CHECK_STR(shown(urls[i], TOKEN), urls[i]);
    CHECK_STR(shown(urls[i], NULL), urls[i]);
  }
}

static void the_token_is_taken_out(void)
{
  static const char *const cases[][2] = {
      {"https://h/" TOKEN "/y", "https://h/***==/y"},
      {"https://h/x?a=" TOKEN "&b=1", "https://h/x?a=***==&b=1"},
      {"https://h/x?a=Y2FuYXJ5Oj%2B%2FM2Y5%3D%3D", "https://h/x?a=***%3D%3D"},
      {"https://h/x?a=Y2FuYXJ5Oj%2b%2fM2Y5", "https://h/x?a=***"},
      {"https://h/x?a=%592FuYXJ5Oj+/M2Y5", "https://h/x?a=***"},
      {"https://h/x?a=Basic%20Y2FuYXJ5Oj+/M2Y5Z", "https://h/x?a=Basic%20***Z"},
      {"https://h/x?Y2FuYXJ5Oj+/M2Y5=1", "https://h/x?***=1"},
      {"https://h/x?a=YY2FuYXJ5Oj+/M2Y5Y2FuYXJ5Oj+/M2Y5",
       "https://h/x?a=Y******"}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_STR(shown(cases[i][0], TOKEN), cases[i][1]);
}

static void a_short_token_is_not_looked_for(void)
{
  CHECK_STR(shown("https://h/t?t=t", "t"), "https://h/t?t=t");
  CHECK_STR(shown("/1234567/x", "1234567="), "/1234567/x");
  CHECK_STR(shown("/12345678/x", "12345678="), "/***/x");
  CHECK_STR(shown("/x", ""), "/x");
}

static void parameters_named_as_secrets_have_no_value(void)
{
  static const char *const names[] = {
      "token",      "access_token", "accessToken", "client_secret",
      "PASSWORD",   "pwd",          "api_key",     "x-api-key",
      "apiKey",     "sig",          "key",         "Authorization",
      "auth",       "%74oken",      "$credential", "passwort",
      "X-Signature"};
  char url[128], expected[128];
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(url, sizeof url, "http://h/x?a=1&%s=b=c;d=2", names[i]);
    snprintf(expected, sizeof expected, "http://h/x?a=1&%s=***;d=2", names[i]);
    CHECK_STR(shown(url, NULL), expected);
  }
}

static void user_and_password_are_taken_out(void)
{
  static const char *const cases[][2] = {
      {"http://me:pa@ss@h:1/x@y", "http://***@h:1/x@y"},
      {"http://me@h", "http://***@h"},
      {"//me:pass@h/x", "//***@h/x"},
      {"https://h//me:pass@g/x//@y", "https://h//***@g/x//***@y"},
      {"https://a:secret@h/" TOKEN, "https://***@h/***=="},
      {"https://h/x?to=//me@h", "https://h/x?to=//me@h"},
      {"//", "//"},
      {"///", "///"}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    CHECK_STR(shown(cases[i][0], TOKEN), cases[i][1]);
}

static void texts_hold_no_token_either(void)
{
  static const char *const cases[][2] = {
      {"no entry for Basic " TOKEN, "no entry for Basic ***=="},
      {"{\"m\":\"Y2FuYXJ5Oj+\\/M2Y5==\"}", "{\"m\":\"***==\"}"},
      {"{\"m\":\"Y2FuYXJ5Oj\\u002B\\u002fM2Y5\"}", "{\"m\":\"***\"}"},
      {"Y2FuYXJ5Oj\\u002", "Y2FuYXJ5Oj\\u002"},
      {"token=1 \\", "token=1 \\"},
      {"", ""}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct wats_buffer out;
    wats_buffer_init(&out, 0);
    CHECK_INT(wats_text_conceal(cases[i][0], strlen(cases[i][0]), TOKEN, &out),
              WATS_OK);
    CHECK_INT(out.length, strlen(cases[i][1]));
    CHECK(memcmp(out.length ? out.data : "", cases[i][1], out.length) == 0);
    wats_buffer_free(&out);
  }
}

static void memory_is_short(void)
{
  struct wats_buffer out;
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  for (n = 0; code != WATS_OK && n < 20; n++) {
    wats_buffer_init(&out, 0);
    wats_alloc_fail_after(n);
    code = wats_url_conceal("http://h/x?token=1&a=" TOKEN, TOKEN, &out);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    wats_buffer_free(&out);
  }
  CHECK_INT(code, WATS_OK);
}

int main(void)
{
  RUN(what_is_no_secret_stays);
  RUN(the_token_is_taken_out);
  RUN(a_short_token_is_not_looked_for);
  RUN(parameters_named_as_secrets_have_no_value);
  RUN(user_and_password_are_taken_out);
  RUN(texts_hold_no_token_either);
  RUN(memory_is_short);
  return test_report();
}
