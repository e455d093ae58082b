/*
** test_transfer_answer.c - what is made of the lines and bytes of an answer,
** and what is refused, without a network.
*/
#include "core/transfer_answer.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/gzip.h"
#include "test.h"

static struct wats_answer answer;
static struct wats_error error;
static struct wats_response *response;
static long blocks_before;

static void begin(size_t max_body, bool decode)
{
  blocks_before = wats_alloc_live();
  response = NULL;
  memset(&error, 0, sizeof error);
  wats_answer_init(&answer, max_body, decode, &error);
}

static void end(void)
{
  wats_response_release(response);
  response = NULL;
  wats_answer_free(&answer);
  CHECK_INT(wats_alloc_live(), blocks_before);
}

/* Feeds a head line by line, as libcurl does. */
static bool head(const char *text)
{
  while (*text) {
    size_t length = strcspn(text, "\n") + 1;
    if (!wats_answer_line(&answer, text, length)) return false;
    text += length;
  }
  return true;
}

static bool bytes(const char *text)
{
  return wats_answer_bytes(&answer, text, strlen(text));
}

static enum wats_errc finish(void)
{
  return wats_answer_finish(&answer, 200, 11, &response);
}

static const char *field(const char *name)
{
  return wats_headers_get(&response->headers, name);
}

static const char *body(void)
{
  static char text[128];
  size_t length;
  const char *data = wats_response_body(response, &length);
  snprintf(text, sizeof text, "%.*s", (int)length, data ? data : "");
  return text;
}

/* ---- heads ------------------------------------------------------------ */

static void fields_as_sent(void)
{
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\n"
             "Content-TYPE:text/plain \r\n"
             "X-Twice: 1\r\n"
             "Empty:\r\n"
             "x-twice:\t2\t\r\n"
             "Colon: a:b: c\r\n"
             "\r\n"));
  CHECK(bytes("hel"));
  CHECK(bytes(""));
  CHECK(bytes("lo"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_INT(response->status, 200);
  CHECK_INT(response->http_version, 11);
  CHECK_INT(response->headers.count, 5);
  CHECK_STR(field("content-type"), "text/plain");
  CHECK_STR(field("x-twice"), "1");
  CHECK_STR(field("empty"), "");
  CHECK_STR(field("colon"), "a:b: c");
  CHECK(memcmp(response->headers.block.data, "Content-TYPE", 13) == 0);
  CHECK_STR(body(), "hello");
  end();
}

static void folded_fields(void)
{
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\n"
             "Cache-Control: max-age=1,\r\n"
             "  no-store\r\n"
             "\tprivate\r\n"
             "A:\r\n"
             " b\r\n"
             "C: d\n"
             "\r\n"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_STR(field("cache-control"), "max-age=1,    no-store  \tprivate");
  CHECK_STR(field("a"), "b");
  CHECK_STR(field("c"), "d");
  CHECK_INT(response->headers.count, 3);
  end();
}

static void last_head_counts(void)
{
  begin(100, true);
  CHECK(head("HTTP/1.1 100 Continue\r\nA: interim\r\n\r\n"
             "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
             "HTTP/1.1 200 OK\r\nB: final\r\n\r\n"));
  CHECK(head("Trailer: ignored\r\n\r\n"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_INT(response->headers.count, 1);
  CHECK_STR(field("b"), "final");
  end();
}

static void head_cut_short(void)
{
  static const char *const heads[] = {
      "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n"};
  size_t i;
  for (i = 0; i < sizeof heads / sizeof *heads; i++) {
    begin(100, true);
    CHECK(head(heads[i]));
    CHECK_INT(finish(), WATS_ERR_CONNECTION);
    CHECK_STR(error.message,
              "the connection ended within the answer's header fields");
    CHECK(response == NULL);
    end();
  }
}

static void no_final_status(void)
{
  begin(100, true);
  CHECK(head("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  CHECK_INT(wats_answer_finish(&answer, 101, 11, &response), WATS_ERR_PROTOCOL);
  CHECK_STR(error.message,
            "the answer's status is 101, which ends no exchange");
  end();
}

static void malformed_fields(void)
{
  static const char *const rows[][2] = {
      {"no colon\r\n", ""},           {": value\r\n", ""},
      {"a b: c\r\n", "a b"},          {"a : c\r\n", "a "},
      {"a: b\rc\r\n", "a"},           {" a: b\r\n", " a"},
      {"HTTP/1.1: x\r\n", "HTTP/1.1"}};
  char expected[100];
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    begin(100, true);
    CHECK(head("HTTP/1.1 200 OK\r\n"));
    CHECK(head(rows[i][0]));
    CHECK(!head("\r\n"));
    CHECK_INT(answer.refusal, WATS_ERR_PROTOCOL);
    snprintf(expected, sizeof expected,
             "the answer has a malformed header field (\"%s\")", rows[i][1]);
    CHECK_STR(error.message, expected);
    end();
  }
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\n"));
  CHECK(wats_answer_line(&answer, "Set-Cookie: a\0b\r\n", 17));
  CHECK(!head("\r\n"));
  CHECK_STR(error.message,
            "the answer has a malformed header field (\"Set-Cookie\")");
  end();
}

static void head_has_a_limit(void)
{
  char line[1024];
  size_t i, total = 17 + 2;
  memset(line, 'x', sizeof line);
  memcpy(line, "A: ", 3);
  line[1022] = '\r';
  line[1023] = '\n';
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\n"));
  for (i = 0; total + sizeof line <= WATS_ANSWER_HEAD; i++) {
    CHECK(wats_answer_line(&answer, line, sizeof line));
    total += sizeof line;
  }
  line[WATS_ANSWER_HEAD - total - 2] = '\r';
  line[WATS_ANSWER_HEAD - total - 1] = '\n';
  CHECK(wats_answer_line(&answer, line, WATS_ANSWER_HEAD - total));
  CHECK(head("\r\n"));
  CHECK(!head("B: one byte too many\r\n"));
  CHECK_INT(answer.refusal, WATS_ERR_TOO_LARGE);
  CHECK_STR(error.message,
            "the answer's header fields have more than 65536 bytes");
  end();
}

/* Interim heads without end are an attack too. */
static void interim_heads_count(void)
{
  int i;
  begin(100, true);
  for (i = 0; head("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n"); i++)
    continue;
  CHECK_INT(answer.refusal, WATS_ERR_TOO_LARGE);
  CHECK_INT(i, 65536 / 34);
  end();
}

/* ---- lengths ---------------------------------------------------------- */

static enum wats_errc with_lengths(const char *fields)
{
  enum wats_errc code;
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\n"));
  CHECK(head(fields));
  /* Refused before the body, or the connection would be used again. */
  if (head("\r\n")) {
    CHECK(bytes("abc"));
    code = finish();
  } else
    code = answer.refusal;
  if (code != WATS_OK)
    CHECK_STR(error.message, "the answer's Content-Length is malformed or "
                             "contradicts itself");
  end();
  return code;
}

static void lengths_that_are_none(void)
{
  CHECK_INT(with_lengths("Content-Length: 3\r\n"), WATS_OK);
  CHECK_INT(with_lengths("Content-Length: 3\r\nContent-Length: 3\r\n"),
            WATS_OK);
  CHECK_INT(with_lengths("Content-Length: 3, 3\r\n"), WATS_OK);
  CHECK_INT(with_lengths("Content-Length: 003\r\n"), WATS_OK);
  CHECK_INT(with_lengths("Content-Length: 3\r\nContent-Length: 4\r\n"),
            WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: 3, 4\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: 3x\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: -3\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: +3\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length:\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: 3,\r\n"), WATS_ERR_PROTOCOL);
  CHECK_INT(with_lengths("Content-Length: 99999999999999999999\r\n"),
            WATS_ERR_PROTOCOL);
  /* Transfer-Encoding overrides it (RFC 9112, section 6.3). */
  CHECK_INT(with_lengths("Content-Length: 4x\r\n"
                         "Transfer-Encoding: chunked\r\n"),
            WATS_OK);
}

static void body_has_a_limit(void)
{
  begin(5, true);
  CHECK(head("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK(bytes("12345"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_STR(body(), "12345");
  end();
  begin(5, true);
  CHECK(head("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK(bytes("12345"));
  CHECK(!bytes("6"));
  CHECK_INT(answer.refusal, WATS_ERR_TOO_LARGE);
  CHECK_STR(error.message, "the answer has more than max_body = 5 bytes");
  end();
}

/* Nothing is downloaded in vain. */
static void announced_too_large(void)
{
  begin(5, true);
  CHECK(head("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"));
  CHECK(!bytes("1"));
  CHECK_INT(answer.refusal, WATS_ERR_TOO_LARGE);
  CHECK_STR(error.message, "the answer has more than max_body = 5 bytes");
  end();
}

/* ---- gzip ------------------------------------------------------------- */

static struct wats_buffer packed;

static void pack(const char *text, size_t length)
{
  wats_buffer_init(&packed, 0);
  CHECK_INT(wats_gzip_compress(text, length, &packed, NULL), WATS_OK);
}

/* An answer with that coding and the first `length` packed bytes. */
static enum wats_errc unpack(const char *coding, size_t max_body, size_t length)
{
  char line[100];
  size_t i;
  begin(max_body, true);
  snprintf(line, sizeof line, "HTTP/1.1 200 OK\r\nContent-Encoding:%s\r\n\r\n",
           coding);
  CHECK(head(line));
  for (i = 0; i < length; i++)
    if (!wats_answer_bytes(&answer, packed.data + i, 1)) return answer.refusal;
  return finish();
}

static void undoes_gzip(void)
{
  static const char *const codings[] = {"gzip", " GZip ", "x-gzip",
                                        "identity, gzip", " gzip ,"};
  size_t i;
  pack("hello, hello", 12);
  for (i = 0; i < sizeof codings / sizeof *codings; i++) {
    CHECK_INT(unpack(codings[i], 100, packed.length), WATS_OK);
    CHECK_STR(body(), "hello, hello");
    CHECK(field("Content-Encoding") != NULL);
    end();
  }
  wats_buffer_free(&packed);
}

static void no_body_needs_no_coding(void)
{
  begin(100, true);
  CHECK(head("HTTP/1.1 304 Not Modified\r\nContent-Encoding: br\r\n\r\n"));
  CHECK_INT(finish(), WATS_OK);
  end();
  begin(100, true);
  CHECK(head("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_STR(body(), "");
  end();
}

static void gzip_that_is_not_whole(void)
{
  static const char wrong[] = "the answer's gzip is broken or ends too early";
  size_t i;
  pack("hello, hello", 12);
  for (i = 1; i < packed.length; i++) {
    CHECK_INT(unpack("gzip", 100, i), WATS_ERR_DECODE);
    CHECK_STR(error.message, wrong);
    end();
  }
  packed.data[packed.length - 6] ^= 1; /* its check sum */
  CHECK_INT(unpack("gzip", 100, packed.length), WATS_ERR_DECODE);
  CHECK_STR(error.message, wrong);
  end();
  wats_buffer_free(&packed);
}

static void codings_not_asked_for(void)
{
  static const char *const codings[] = {"br", "deflate", "gzip, gzip", "zstd"};
  char expected[120];
  size_t i;
  pack("hello", 5);
  for (i = 0; i < sizeof codings / sizeof *codings; i++) {
    CHECK_INT(unpack(codings[i], 100, packed.length), WATS_ERR_DECODE);
    snprintf(expected, sizeof expected,
             "the answer's Content-Encoding is \"%s\", which was not asked for",
             codings[i]);
    CHECK_STR(error.message, expected);
    end();
  }
  wats_buffer_free(&packed);
}

static void as_it_came(void)
{
  begin(100, false);
  CHECK(head("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"));
  CHECK(bytes("\x1f\x8b??"));
  CHECK_INT(finish(), WATS_OK);
  CHECK_STR(body(), "\x1f\x8b??");
  end();
}

static void decoded_bytes_count(void)
{
  char *zeros = calloc(1, 1 << 20);
  pack(zeros, 1 << 20);
  CHECK(packed.length < 2000);
  CHECK_INT(unpack("gzip", 1 << 20, packed.length), WATS_OK);
  end();
  CHECK_INT(unpack("gzip", (1 << 20) - 1, packed.length), WATS_ERR_TOO_LARGE);
  CHECK_STR(error.message, "the answer has more than max_body = 1048575 bytes");
  end();
  wats_buffer_free(&packed);
  free(zeros);
}

/* gzip makes what is random a little larger: that must not be too much. */
static void incompressible(void)
{
  char noise[4096];
  uint32_t state = 1;
  size_t i;
  for (i = 0; i < sizeof noise; i++) {
    state = state * 1664525 + 1013904223;
    noise[i] = (char)(state >> 24);
  }
  pack(noise, sizeof noise);
  CHECK(packed.length > sizeof noise);
  CHECK_INT(unpack("gzip", sizeof noise, packed.length), WATS_OK);
  end();
  packed.data[10] ^= 0x7f;
  CHECK(unpack("gzip", sizeof noise, packed.length) != WATS_OK);
  end();
  wats_buffer_free(&packed);
}

/* ---- memory ----------------------------------------------------------- */

static bool whole_answer(const char *coding)
{
  char line[100];
  begin(1000, true);
  snprintf(line, sizeof line,
           "HTTP/1.1 200 OK\r\nA: b\r\nContent-Encoding: %s\r\n\r\n", coding);
  if (head(line) && wats_answer_bytes(&answer, packed.data, packed.length) &&
      finish() == WATS_OK)
    return true;
  CHECK_INT(error.code, WATS_ERR_MEMORY);
  CHECK_STR(error.message, "not enough memory");
  return false;
}

static void short_memory(void)
{
  static const char *const codings[] = {"identity", "gzip"};
  size_t i;
  pack("hello", 5);
  for (i = 0; i < 2; i++) {
    long n;
    bool done = false;
    for (n = 0; !done && n < 100; n++) {
      wats_alloc_fail_after(n);
      done = whole_answer(codings[i]);
      wats_alloc_fail_never();
      end();
    }
    CHECK(done && n > 4);
  }
  wats_buffer_free(&packed);
}

/* What one answer left is the next one's to use, and nobody sees its bytes. */
static void memory_is_lent(void)
{
  struct wats_buffer spare[WATS_ANSWER_SPARE] = {{0}};
  struct wats_response *first;
  long blocks = wats_alloc_live();
  size_t i;
  begin(100000, false);
  wats_answer_borrow(&answer, spare);
  CHECK(head("HTTP/1.1 200 OK\r\nA: long enough\r\nB: 2\r\n\r\n"));
  CHECK(bytes("the first body"));
  CHECK_INT(finish(), WATS_OK);
  first = response;
  wats_answer_free(&answer);
  for (i = 0; i < WATS_ANSWER_SPARE; i++)
    CHECK(spare[i].data && spare[i].length == 0 && spare[i].limit == 0);
  begin(5, false);
  wats_answer_borrow(&answer, spare);
  for (i = 0; i < WATS_ANSWER_SPARE; i++)
    CHECK(!spare[i].data && spare[i].capacity == 0);
  CHECK(head("HTTP/1.1 200 OK\r\nA: b\r\n\r\n"));
  CHECK(bytes("other"));
  CHECK(!bytes("s")); /* the limit is its own, however much room there is */
  wats_answer_free(&answer);
  CHECK_INT(wats_headers_get(&first->headers, "B")[0], '2');
  response = first;
  CHECK_STR(body(), "the first body");
  wats_response_release(first);
  for (i = 0; i < WATS_ANSWER_SPARE; i++)
    wats_buffer_free(&spare[i]);
  CHECK_INT(wats_alloc_live(), blocks);
}

/* Much memory is not kept. */
static void little_is_kept(void)
{
  struct wats_buffer spare[WATS_ANSWER_SPARE] = {{0}};
  static char many[20000];
  size_t i;
  memset(many, 'x', sizeof many - 1);
  begin(100000, false);
  wats_answer_borrow(&answer, spare);
  CHECK(head("HTTP/1.1 200 OK\r\nA: b\r\n\r\n"));
  CHECK(bytes(many));
  wats_answer_free(&answer);
  CHECK(!spare[2].data && spare[2].capacity == 0);
  for (i = 0; i < WATS_ANSWER_SPARE; i++)
    wats_buffer_free(&spare[i]);
  CHECK_INT(wats_alloc_live(), blocks_before);
}

int main(void)
{
  RUN(fields_as_sent);
  RUN(folded_fields);
  RUN(last_head_counts);
  RUN(head_cut_short);
  RUN(no_final_status);
  RUN(malformed_fields);
  RUN(head_has_a_limit);
  RUN(interim_heads_count);
  RUN(lengths_that_are_none);
  RUN(body_has_a_limit);
  RUN(announced_too_large);
  RUN(undoes_gzip);
  RUN(no_body_needs_no_coding);
  RUN(gzip_that_is_not_whole);
  RUN(codings_not_asked_for);
  RUN(as_it_came);
  RUN(decoded_bytes_count);
  RUN(incompressible);
  RUN(short_memory);
  RUN(memory_is_lent);
  RUN(little_is_kept);
  return test_report();
}
