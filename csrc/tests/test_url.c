/*
** test_url.c - which base URLs and targets are accepted, what is encoded, and
** what counts as the same origin.
*/
#include "core/url.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "test.h"

/* ---- base URLs -------------------------------------------------------- */

static struct wats_base_url base;
static struct wats_error error;

static enum wats_errc parse(const char *text)
{
  wats_base_url_free(&base);
  memset(&base, 0, sizeof base);
  memset(&error, 0, sizeof error);
  return wats_base_url_parse(text, &base, &error);
}

static void takes_and_trims(void)
{
  static const char *const rows[][2] = {
      {"https://company.wats.com", "https://company.wats.com"},
      {"https://company.wats.com/", "https://company.wats.com"},
      {"https://company.wats.com///", "https://company.wats.com"},
      {"https://company.wats.com/api", "https://company.wats.com"},
      {"https://company.wats.com/api/", "https://company.wats.com"},
      {"https://company.wats.com/API/", "https://company.wats.com"},
      {"https://company.wats.com//api//", "https://company.wats.com"},
      {"https://host/wats/api", "https://host/wats"},
      {"https://host/api/api", "https://host/api"},
      {"https://host/myapi", "https://host/myapi"},
      {"https://host/a/../b", "https://host/b"},
      {"https://host/\xc3\xb8", "https://host/%C3%B8"},
      {"https://api", "https://api"}, /* a host may be called so */
      {"https://api/", "https://api"},
      {"https://api/api", "https://api"},
      {"http://api:8080/api/", "http://api:8080"},
      {"HTTPS://HoSt:443", "https://host"},
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
      {"http://127.1", "http://127.0.0.1"},
      {"http://[::1]:8080/api", "http://[::1]:8080"},
      {"http://[0:0:0:0:0:0:0:1]", "http://[::1]"},
      {"http://host:/", "http://host"},
      {"http://host:00080/", "http://host"},
      {"http://host:443/A", "http://host:443/A"},
      {"https://[FE80::1]:443/", "https://[fe80::1]"},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(parse(rows[i][0]), WATS_OK);
    CHECK_STR(base.text, rows[i][1]);
    CHECK_INT(base.length, strlen(rows[i][1]));
  }
}

static void knows_the_origin(void)
{
  CHECK_INT(parse("https://Host:8443/wats"), WATS_OK);
  CHECK_INT(base.origin_length, strlen("https://host:8443"));
  CHECK(base.https);
  CHECK_INT(parse("http://[::1]:80/"), WATS_OK);
  CHECK_INT(base.origin_length, strlen("http://[::1]"));
  CHECK(!base.https);
}

static void knows_loopback(void)
{
  static const char *const near[] = {
      "http://localhost", "http://LocalHost:1", "http://127.0.0.1",
      "http://127.1",     "http://127.9.9.9:8", "http://2130706433",
      "http://0x7f.1",    "http://[::1]",       "https://localhost"};
  static const char *const far[] = {"http://localhost.example.com",
                                    "http://127.0.0.1.example.com",
                                    "http://127.example.com",
                                    "http://127.1.2.999",
                                    "http://127.0.0.1.",
                                    "http://notlocalhost",
                                    "http://[::2]",
                                    "http://[::ffff:127.0.0.1]",
                                    "http://10.0.0.1",
                                    "http://0.0.0.0"};
  size_t i;
  for (i = 0; i < sizeof near / sizeof *near; i++) {
    CHECK_INT(parse(near[i]), WATS_OK);
    if (!base.loopback) CHECK_STR(near[i], "loopback");
  }
  for (i = 0; i < sizeof far / sizeof *far; i++) {
    CHECK_INT(parse(far[i]), WATS_OK);
    if (base.loopback) CHECK_STR(far[i], "not loopback");
  }
}

static void says_what_is_wrong(void)
{
  static const char shape[] =
      "it is not a URL such as https://company.wats.com";
  static const char user[] =
      "it holds a user name or password; use the token option";
  static const char query[] = "it holds a query or a fragment";
  static const char *const rows[][2] = {
      {"", shape},
      {"company.wats.com", shape},
      {"//company.wats.com", shape},
      {"https://", shape},
      {"https://ho st", shape},
      {" https://host", shape},
      {"https://host\n", shape},
      {"https://host/a b", shape},
      {"https://a%00b", shape},
      {"https://a%2fb", shape},
      {"https://a\\b", shape},
      {"http://[::1", shape},
      {"https://host:99999", shape},
      {"https://host:8a", shape},
      {"https://host:0", "its port is 0"},
      {"https://u@host", user},
      {"https://u:p@host", user},
      {"https://:p@host", user},
      {"https://host/?a=1", query},
      {"https://host?", query},
      {"https://host/#top", query},
      {"ftp://host", "its scheme is \"ftp\", not https or http"},
      {"file:///etc/passwd", "it has no scheme or host"},
      {"https://b\xc3\xbc"
       "cher.example",
       "its host name is not ASCII; write it as DNS has it (xn--...)"},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(parse(rows[i][0]), WATS_ERR_ARGUMENT);
    CHECK_STR(error.message, rows[i][1]);
    CHECK(base.text == NULL);
  }
}

static void long_base_url(void)
{
  char *text = malloc(10100);
  memcpy(text, "https://host/", 13);
  memset(text + 13, 'a', 10000);
  memcpy(text + 10013, "/api", 5);
  CHECK_INT(parse(text), WATS_OK);
  CHECK_INT(base.length, 10013);
  free(text);
}

static void base_without_memory(void)
{
  long before, n;
  parse("https://host");
  wats_base_url_free(&base);
  before = wats_alloc_live();
  for (n = 0; n < 3; n++) {
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = parse("https://host/a/long/path/so/that/the/buffer/has/to/grow/once/"
                 "more/and/again/\xc3\xb8");
    wats_alloc_fail_never();
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK(base.text == NULL);
    CHECK_INT(wats_alloc_live(), before);
  }
  CHECK(n > 0 && n < 3);
  wats_base_url_free(&base);
}

/* ---- targets ---------------------------------------------------------- */

static enum wats_errc check(const char *target, struct wats_target *out)
{
  memset(out, 0, sizeof *out);
  memset(&error, 0, sizeof error);
  return wats_url_check_target(target, strlen(target), out, &error);
}

static void targets_that_are_sent(void)
{
  static const struct {
    const char *text;
    size_t path_length;
    bool ascii, ambiguous;
  } rows[] = {
      {"/", 1, true, false},
      {"/api/App/Version", 16, true, false},
      {"/a?b=c?d", 2, true, false},
      {"/a?", 2, true, false},
      {"/a?x=../..&y=.", 2, true, false},
      {"/a.b/c..d/...", 13, true, false},
      {"/a..", 4, true, false},
      {"/..a", 4, true, false},
      {"//a//", 5, true, true},
      {"/a//b", 5, true, true},
      {"/a///b/", 7, true, true},
      {"/a//", 4, true, false},
      {"//", 2, true, false},
      {"/a?b//c", 2, true, false},
      {"/a%20b", 6, true, false},
      {"/a%2", 4, true, false},
      {"/%zz", 4, true, false},
      {"/\xc3\xb8", 3, false, false},
      {"/a?\xc3\xb8", 2, false, false},
      {"/a?b=\\", 2, true, false},
      {"/%2e", 4, true, true},
      {"/a/%2E%2e/b", 11, true, true},
      {"/a/.%2e", 7, true, true},
      {"/%2e./b", 7, true, true},
      {"/%2e%2e%2e", 10, true, false},
      {"/%2ea", 5, true, false},
      {"/a?%2e%2e", 2, true, false},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_target t;
    if (check(rows[i].text, &t) != WATS_OK ||
        t.path_length != rows[i].path_length || t.ascii != rows[i].ascii ||
        t.ambiguous != rows[i].ambiguous)
      CHECK_STR(error.message, rows[i].text);
  }
}

static void targets_that_are_refused(void)
{
  static const char dots[] = "a path holds no \".\" or \"..\" segment";
  static const char start[] = "a path starts with \"/\"";
  static const char *const rows[][2] = {
      {"", start},
      {"a", start},
      {"http://evil/", start},
      {"?a", start},
      {"/.", dots},
      {"/..", dots},
      {"/../a", dots},
      {"/a/./b", dots},
      {"/a/..", dots},
      {"/a/..?b", dots},
      {"/a/../%2e%2e", dots},
      {"/a#b", "a path holds no \"#\": percent-encode it as %23"},
      {"/a\\..\\b", "a path holds no backslash: percent-encode it as %5C"},
      {"/a b", "a path holds no space or control character "
               "(byte 32 at position 3): percent-encode it"},
      {"/a\r\nX: y", "a path holds no space or control character "
                     "(byte 13 at position 3): percent-encode it"},
      {"/a?b\x7f", "a path holds no space or control character "
                   "(byte 127 at position 5): percent-encode it"},
  };
  struct wats_target t;
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(check(rows[i][0], &t), WATS_ERR_ARGUMENT);
    CHECK_STR(error.message, rows[i][1]);
  }
  CHECK_INT(wats_url_check_target("/a\0b", 4, &t, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "a path holds no space or control character "
                           "(byte 0 at position 3): percent-encode it");
}

static void queries(void)
{
  CHECK_INT(wats_url_check_query("a=1&b=%20\\", 10, &error), WATS_OK);
  CHECK_INT(wats_url_check_query("", 0, &error), WATS_OK);
  CHECK_INT(wats_url_check_query("a b", 3, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "a query holds no space or control character "
                           "(byte 32 at position 2): percent-encode it");
  CHECK_INT(wats_url_check_query("a#b", 3, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "a query holds no \"#\": percent-encode it as %23");
  CHECK_INT(wats_url_check_query("a\0b", 3, NULL), WATS_ERR_ARGUMENT);
}

/* ---- encoding --------------------------------------------------------- */

static void encodes(void)
{
  struct wats_buffer out;
  char all[256];
  size_t i, escapes = 0;
  for (i = 0; i < 256; i++)
    all[i] = (char)i;
  wats_buffer_init(&out, 0);
  CHECK_INT(wats_url_append_encoded(&out, "aZ09-._~ /?%\0\xff", 14), WATS_OK);
  wats_buffer_terminate(&out);
  CHECK_STR(out.data, "aZ09-._~%20%2F%3F%25%00%FF");
  wats_buffer_clear(&out);
  CHECK_INT(wats_url_append_encoded(&out, all, 256), WATS_OK);
  for (i = 0; i < out.length; i++)
    escapes += out.data[i] == '%';
  CHECK_INT(escapes, 190);
  CHECK_INT(out.length, 66 + 190 * 3);
  wats_buffer_clear(&out);
  CHECK_INT(wats_url_append_ascii(&out, "/a b%\xc3\xb8?", 8), WATS_OK);
  wats_buffer_terminate(&out);
  CHECK_STR(out.data, "/a b%%C3%B8?");
  wats_buffer_clear(&out);
  CHECK_INT(wats_url_append_ascii(&out, "", 0), WATS_OK);
  CHECK_INT(out.length, 0);
  wats_buffer_free(&out);
  wats_buffer_init(&out, 4);
  CHECK_INT(wats_url_append_encoded(&out, "ab  ", 4), WATS_ERR_TOO_LARGE);
  wats_buffer_free(&out);
}

/* ---- redirects -------------------------------------------------------- */

#define FROM "http://host:8080/p/q?r=1"

/* Where it leads, or "" when that is not the same origin. */
static const char *resolve(const char *from, const char *location)
{
  static char text[512];
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  *text = '\0';
  if (wats_url_resolve_same_origin(from, location, &out) == WATS_OK)
    snprintf(text, sizeof text, "%s", out.data);
  wats_buffer_free(&out);
  return text;
}

static void resolves_within_the_origin(void)
{
  static const char *const rows[][2] = {
      {"/x", "http://host:8080/x"},
      {"x", "http://host:8080/p/x"},
      {"../x", "http://host:8080/x"},
      {"./x", "http://host:8080/p/x"},
      {"/a/../../b", "http://host:8080/b"},
      {"?a=b", "http://host:8080/p/q?a=b"},
      {"/x#top", "http://host:8080/x"},
      {"/a b", "http://host:8080/a%20b"},
      {"/\xc3\xb8", "http://host:8080/%c3%b8"},
      {"http://host:8080/a b", "http://host:8080/a%20b"},
      {"http://host:8080", "http://host:8080/"},
      {"HTTP://HOST:8080/x", "http://HOST:8080/x"},
      {"//host:8080/x", "http://host:8080/x"},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_STR(resolve(FROM, rows[i][0]), rows[i][1]);
  CHECK_STR(resolve("https://host/a", "https://host:443/b"),
            "https://host:443/b");
  CHECK_STR(resolve("http://host:80/a", "http://host/b"), "http://host/b");
  CHECK_STR(resolve("http://[::1]:9/a", "/b"), "http://[::1]:9/b");
}

static void leads_elsewhere_or_nowhere(void)
{
  static const char *const rows[] = {
      "",
      "#top",
      "https://host:8080/x",
      "http://host/x",
      "http://host:8081/x",
      "http://other:8080/x",
      "http://host.:8080/x",
      "http://host.evil.com:8080/x",
      "//evil.com/x",
      "///evil.com/x",
      "http:/evil",
      "http://user@host:8080/x",
      "http://:pw@host:8080/x",
      "http://host:8080@evil/x",
      "http://host:8080\\@evil/x",
      "file:///etc/passwd",
      "ftp://host:8080/x",
      "javascript:alert(1)",
      "data:text/plain,x",
      "http://",
      "http://host:99999/",
      "http://ho st:8080/",
      "gopher://host:8080/x",
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    if (*resolve(FROM, rows[i])) CHECK_STR(rows[i], "elsewhere");
  CHECK_STR(resolve("https://host/a", "http://host/a"), "");
  CHECK_STR(resolve("not a url", "/a"), "");
}

static void redirect_without_memory(void)
{
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  wats_alloc_fail_after(0);
  CHECK_INT(wats_url_resolve_same_origin(FROM, "/x", &out), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  wats_buffer_free(&out);
}

int main(void)
{
  RUN(takes_and_trims);
  RUN(knows_the_origin);
  RUN(knows_loopback);
  RUN(says_what_is_wrong);
  RUN(long_base_url);
  RUN(base_without_memory);
  RUN(targets_that_are_sent);
  RUN(targets_that_are_refused);
  RUN(queries);
  RUN(encodes);
  RUN(resolves_within_the_origin);
  RUN(leads_elsewhere_or_nowhere);
  RUN(redirect_without_memory);
  wats_base_url_free(&base);
  return test_report();
}
