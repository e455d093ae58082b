/*
** test_error.c - names of errors, and messages that stay one whole line.
*/
#include "core/error.h"

#include <errno.h>

#include "test.h"

static void test_every_code_has_its_name(void)
{
  static const struct {
    enum wats_errc code;
    const char *name;
  } cases[] = {{WATS_OK, "ok"},
               {WATS_ERR_CONNECTION, "connection"},
               {WATS_ERR_TIMEOUT, "timeout"},
               {WATS_ERR_TLS, "tls"},
               {WATS_ERR_PROTOCOL, "protocol"},
               {WATS_ERR_TOO_LARGE, "too_large"},
               {WATS_ERR_DECODE, "decode"},
               {WATS_ERR_REDIRECT, "redirect"},
               {WATS_ERR_CIRCUIT_OPEN, "circuit_open"},
               {WATS_ERR_RATE_LIMITED, "rate_limited"},
               {WATS_ERR_QUEUE_FULL, "queue_full"},
               {WATS_ERR_CANCELLED, "cancelled"},
               {WATS_ERR_CLOSED, "closed"},
               {WATS_ERR_IO, "io"},
               {WATS_ERR_ARGUMENT, "argument"},
               {WATS_ERR_MEMORY, "memory"}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_INT(cases[i].code, i); /* none is left out */
    CHECK_STR(wats_errc_name(cases[i].code), cases[i].name);
  }
  CHECK_STR(wats_errc_name((enum wats_errc)i), "unknown");
  CHECK_STR(wats_errc_name((enum wats_errc) - 1), "unknown");
}

static void test_fail_fills_and_returns(void)
{
  struct wats_error error;
  CHECK_INT(wats_fail(&error, WATS_ERR_IO, "open %s: %d", "x.db", 5),
            WATS_ERR_IO);
  CHECK_INT(error.code, WATS_ERR_IO);
  CHECK_STR(error.message, "open x.db: 5");
  CHECK_INT(wats_fail(NULL, WATS_ERR_TLS, "%s", "unseen"), WATS_ERR_TLS);
  CHECK_INT(wats_fail_memory(&error), WATS_ERR_MEMORY);
  CHECK_INT(error.code, WATS_ERR_MEMORY);
  CHECK_STR(error.message, "not enough memory");
  CHECK_INT(wats_fail_memory(NULL), WATS_ERR_MEMORY);
}

static void test_fail_errno_gives_the_reason(void)
{
  struct wats_error error;
  CHECK_INT(wats_fail_errno(&error, WATS_ERR_IO, ENOENT, "open %s", "x"),
            WATS_ERR_IO);
  CHECK_STR(error.message, "open x: No such file or directory");
  CHECK_INT(wats_fail_errno(NULL, WATS_ERR_IO, ENOENT, "open"), WATS_ERR_IO);
  wats_fail_errno(&error, WATS_ERR_IO, 99999, "x"); /* no such reason */
  CHECK(strstr(error.message, "x: ") && strstr(error.message, "99999"));
}

static void test_a_long_message_is_cut(void)
{
  struct wats_error error;
  char text[2000];
  memset(text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  wats_fail(&error, WATS_ERR_IO, "%s", text);
  CHECK_INT(strlen(error.message), sizeof error.message - 1);
  wats_fail_errno(&error, WATS_ERR_IO, ENOENT, "%s", text);
  CHECK_INT(strlen(error.message), sizeof error.message - 1);
  CHECK_STR(strchr(error.message, ':'), ": No such file or directory");
}

/* Two, three and four bytes, at each place relative to the end. */
static void test_a_cut_is_made_between_characters(void)
{
  static const char *const characters[] = {"\xc3\xa6", "\xe2\x82\xac",
                                           "\xf0\x9f\x98\x80"};
  struct wats_error error;
  char text[600];
  size_t i, lead, at;
  for (i = 0; i < 3; i++)
    for (lead = 0; lead < 4; lead++) {
      size_t size = strlen(characters[i]);
      memset(text, 'a', lead);
      for (at = lead; at + size < sizeof text; at += size)
        memcpy(text + at, characters[i], size);
      text[at] = '\0';
      wats_fail(&error, WATS_ERR_IO, "%s", text);
      at = strlen(error.message);
      CHECK(at + size >= sizeof error.message);
      CHECK_INT((at - lead) % size, 0);
      CHECK(memcmp(error.message, text, at) == 0);
    }
}

static void test_a_message_is_one_line_of_utf8(void)
{
  struct wats_error error;
  wats_fail(&error, WATS_ERR_PROTOCOL, "said: %s", "a\r\nb\tc\x1b[1m\x7f");
  CHECK_STR(error.message, "said: a  b c [1m ");
  /* latin-1, a lone tail, an end without its tail, an overlong '/', a
  ** surrogate, beyond the last code point */
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s", "bl\xe5 \xe6r");
  CHECK_STR(error.message, "bl? ?r");
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s", "\x80|\xe2\x82");
  CHECK_STR(error.message, "?|??");
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s", "\xc0\xaf|\xe0\x80\xaf");
  CHECK_STR(error.message, "\?\?|\?\?\?");
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s", "\xed\xa0\x80|\xf4\x90\x80\x80");
  CHECK_STR(error.message, "\?\?\?|\?\?\?\?");
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s", "\xf0\x80\x80\x80|\xff\xf5");
  CHECK_STR(error.message, "\?\?\?\?|\?\?");
  wats_fail(&error, WATS_ERR_PROTOCOL, "%s",
            "\xed\x9f\xbf \xf4\x8f\xbf\xbf \xf0\x90\x80\x80");
  CHECK_STR(error.message, "\xed\x9f\xbf \xf4\x8f\xbf\xbf \xf0\x90\x80\x80");
}

static void test_a_message_can_be_wrapped_in_words(void)
{
  struct wats_error error;
  wats_fail(&error, WATS_ERR_IO, "disk full");
  wats_fail(&error, error.code, "report 7: %s", error.message);
  CHECK_STR(error.message, "report 7: disk full");
  wats_fail_errno(&error, error.code, EIO, "queue: %s", error.message);
  CHECK_STR(error.message, "queue: report 7: disk full: Input/output error");
}

int main(void)
{
  RUN(test_every_code_has_its_name);
  RUN(test_fail_fills_and_returns);
  RUN(test_fail_errno_gives_the_reason);
  RUN(test_a_long_message_is_cut);
  RUN(test_a_cut_is_made_between_characters);
  RUN(test_a_message_is_one_line_of_utf8);
  RUN(test_a_message_can_be_wrapped_in_words);
  return test_report();
}
