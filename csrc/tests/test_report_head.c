/*
** test_report_head.c - what a report says of itself, and texts that are none.
*/
#include "core/report_head.h"

#include <stdlib.h>

#include "core/buffer.h"
#include "core/clock.h"
#include "test.h"

#define UUID "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
#define TEST "6a3b1c00-0000-4000-8000-00000000abcd"

static struct wats_report_head head;
static struct wats_error error;

static enum wats_errc read_text(const char *text, size_t length)
{
  /* Behind the text there is nothing that may be read. */
  char *copy = malloc(length ? length : 1);
  enum wats_errc code;
  if (!copy) abort();
  memcpy(copy, text, length);
  memset(&head, 0x5a, sizeof head);
  memset(&error, 0, sizeof error);
  code = wats_report_head_read(copy, length, &head, &error);
  free(copy);
  return code;
}

static bool is_untouched(void)
{
  struct wats_report_head same;
  memset(&same, 0x5a, sizeof same);
  return memcmp(&head, &same, sizeof same) == 0;
}

struct good {
  const char *text, *uuid, *part, *serial, *reference; /* NULL: none */
  char type;
};

static const struct good reports[] = {
    {"{\"type\":\"T\",\"id\":\"" UUID "\",\"pn\":\"P\",\"sn\":\"S\"}", UUID,
     "P", "S", NULL, 'T'},
    {"\xef\xbb\xbf \r\n{ \"id\" : \"" UUID "\" , \"type\" : \"T\" }\n", UUID,
     "", "", NULL, 'T'},
    {"{\"id\":\"6F9619FF-8B86-d011-B42D-00CF4fc964FF\",\"type\":\"T\"}", UUID,
     "", "", NULL, 'T'},
    {"{\"id\":\"{" UUID "}\",\"type\":\"T\",\"pn\":null,\"sn\":null}", UUID, "",
     "", NULL, 'T'},
    /* escapes, in names and in values */
    {"{\"\\u0069\\u0064\":\"\\u0036f9619ff-8b86-d011-b42d-00cf4fc964ff\","
     "\"ty\\u0070e\":\"\\u0054\",\"p\\u006E\":\"a\\/\\\"\\\\\\n\\u00e6"
     "\\ud83d\\uDE00\",\"sn\":\"x\\u0000y\"}",
     UUID, "a/\"\\\n\xc3\xa6\xf0\x9f\x98\x80", "x\xef\xbf\xbdy", NULL, 'T'},
    {"{\"\\u0069d2\":1,\"i\\u0000d\":2,\"id\":\"" UUID "\",\"type\":\"T\"}",
     UUID, "", "", NULL, 'T'},
    /* the same names elsewhere are others */
    {"{\"root\":{\"id\":1,\"type\":[],\"pn\":7,\"sn\":{\"id\":\"x\"},"
     "\"uur\":{\"refUUT\":\"" TEST "\"}},\"refUUT\":\"" TEST "\","
     "\"subUnits\":[{\"pn\":\"Q\",\"sn\":\"R\"}],\"ID\":0,\"Type\":0,"
     "\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":\"P\"}",
     UUID, "P", "", NULL, 'T'},
    /* repairs */
    {"{\"id\":\"" UUID "\",\"type\":\"R\",\"uur\":{\"user\":\"a\","
     "\"children\":[{\"refUUT\":\"" UUID "\"}],\"refUUT\":\"" TEST "\"},"
     "\"sn\":\"S\"}",
     UUID, "", "S", TEST, 'R'},
    {"{\"uur\":{\"refUUT\":\"" TEST "\"},\"x\":{\"refUUT\":\"" UUID "\"},"
     "\"id\":\"" UUID "\",\"type\":\"R\"}",
     UUID, "", "", TEST, 'R'},
    {"{\"uur\":{\"refUUT\":\"" TEST "\"},\"id\":\"" UUID "\",\"type\":\"T\"}",
     UUID, "", "", NULL, 'T'},
    {"{\"uur\":null,\"id\":\"" UUID "\",\"type\":\"R\"}", UUID, "", "", NULL,
     'R'},
    {"{\"uur\":[{\"refUUT\":\"" TEST "\"}],\"id\":\"" UUID "\",\"type\":\"R\"}",
     UUID, "", "", NULL, 'R'},
    {"{\"uur\":{\"refUUT\":null},\"id\":\"" UUID "\",\"type\":\"R\"}", UUID, "",
     "", NULL, 'R'},
    {"{\"uur\":{\"refUUT\":\"unknown\"},\"id\":\"" UUID "\",\"type\":\"R\"}",
     UUID, "", "", NULL, 'R'},
    {"{\"uur\":{\"refUUT\":\"00000000-0000-0000-0000-000000000000\"},"
     "\"id\":\"" UUID "\",\"type\":\"R\"}",
     UUID, "", "", NULL, 'R'},
};

static void test_reports(void)
{
  size_t i;
  for (i = 0; i < sizeof reports / sizeof *reports; i++) {
    const struct good *g = &reports[i];
    char uuid[WATS_UUID_TEXT];
    if (read_text(g->text, strlen(g->text)) != WATS_OK) {
      printf("case %zu: %s\n", i, error.message);
      CHECK(false);
      continue;
    }
    wats_uuid_write(head.uuid, uuid);
    CHECK_STR(uuid, g->uuid);
    CHECK_INT(head.type, g->type);
    CHECK_STR(head.part_number, g->part);
    CHECK_STR(head.serial_number, g->serial);
    CHECK_INT(head.has_reference, g->reference != NULL);
    wats_uuid_write(head.reference, uuid);
    CHECK_STR(uuid, g->reference ? g->reference
                                 : "00000000-0000-0000-0000-000000000000");
  }
}

static const struct {
  const char *text, *message;
} others[] = {
    {"", "not JSON: the text ends here"},
    {"\xef\xbb\xbf", "not JSON: the text ends here"},
    {"[]", "not a report: a JSON object is expected"},
    {"null", "not a report: a JSON object is expected"},
    {"\"" UUID "\"", "not a report: a JSON object is expected"},
    {"[{\"id\":\"" UUID "\",\"type\":\"T\"}]",
     "not a report: a JSON object is expected"},
    {"{}", "not a report: \"id\" is missing"},
    {"{\"type\":\"T\"}", "not a report: \"id\" is missing"},
    {"{\"ID\":\"" UUID "\",\"type\":\"T\"}", "not a report: \"id\" is missing"},
    {"{\"id\":\"" UUID "\"}", "not a report: \"type\" is missing"},
    {"{\"id\":null,\"type\":\"T\"}",
     "not a report: \"id\" is no UUID, or the nil one"},
    {"{\"id\":7,\"type\":\"T\"}",
     "not a report: \"id\" is no UUID, or the nil one"},
    {"{\"id\":\"00000000-0000-0000-0000-000000000000\",\"type\":\"T\"}",
     "not a report: \"id\" is no UUID, or the nil one"},
    {"{\"id\":\"" UUID "\\u0000\",\"type\":\"T\"}",
     "not a report: \"id\" is no UUID, or the nil one"},
    {"{\"id\":\"" UUID "\",\"type\":\"t\"}",
     "not a report: \"type\" is neither \"T\" nor \"R\""},
    {"{\"id\":\"" UUID "\",\"type\":\"\"}",
     "not a report: \"type\" is neither \"T\" nor \"R\""},
    {"{\"id\":\"" UUID "\",\"type\":\"T\\u0000\"}",
     "not a report: \"type\" is neither \"T\" nor \"R\""},
    {"{\"id\":\"" UUID "\",\"type\":84}",
     "not a report: \"type\" is neither \"T\" nor \"R\""},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":7}",
     "not a report: \"pn\" is neither a text nor null"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"sn\":{}}",
     "not a report: \"sn\" is neither a text nor null"},
    /* repeated: who reads it later may take the other one */
    {"{\"id\":\"" UUID "\",\"id\":\"" TEST "\",\"type\":\"T\"}",
     "not a report: \"id\" is there twice"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"i\\u0064\":\"" UUID "\"}",
     "not a report: \"id\" is there twice"},
    {"{\"type\":\"T\",\"id\":\"" UUID "\",\"type\":\"R\"}",
     "not a report: \"type\" is there twice"},
    {"{\"sn\":\"a\",\"sn\":\"a\",\"id\":\"" UUID "\",\"type\":\"T\"}",
     "not a report: \"sn\" is there twice"},
    {"{\"uur\":{\"refUUT\":null,\"refUUT\":\"" TEST "\"}}",
     "not a report: \"refUUT\" is there twice"},
    {"{\"uur\":{},\"uur\":{}}", "not a report: \"uur\" is there twice"},
    /* an end that is missing, or something behind it */
    {"{\"id\":\"" UUID "\",\"type\":\"T\"", "not JSON: the text ends here"},
    {"{\"id\":\"" UUID "\",\"type\":", "not JSON: the text ends here"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\"}{}",
     "not JSON: something behind the value"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"v\":NaN}",
     "not JSON: a value expected"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"v\":1e999}",
     "not JSON: a number too large"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":\"\xff\"}",
     "not JSON: bytes that are not UTF-8"},
    {"{\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":\"\\ud800\"}",
     "not JSON: half of a surrogate pair"},
    {"{\"id\":x", "not JSON: a value expected"},
};

static void test_texts_that_are_no_reports(void)
{
  size_t i;
  for (i = 0; i < sizeof others / sizeof *others; i++) {
    CHECK_INT(read_text(others[i].text, strlen(others[i].text)),
              WATS_ERR_DECODE);
    CHECK(is_untouched());
    if (strncmp(error.message, others[i].message, strlen(others[i].message)) !=
        0)
      CHECK_STR(error.message, others[i].message);
  }
  CHECK_INT(wats_report_head_read("{", 1, &head, NULL), WATS_ERR_DECODE);
}

static void test_nul_bytes_are_no_json(void)
{
  static const char inside[] = "{\"id\":\"" UUID "\",\0\"type\":\"T\"}";
  static const char in_name[] = "{\"id\":\"" UUID "\",\"ty\0pe\":\"T\"}";
  static const char behind[] = "{\"id\":\"" UUID "\",\"type\":\"T\"}";
  CHECK_INT(read_text(inside, sizeof inside - 1), WATS_ERR_DECODE);
  CHECK_INT(read_text(in_name, sizeof in_name - 1), WATS_ERR_DECODE);
  CHECK_INT(read_text(behind, sizeof behind), WATS_ERR_DECODE);
  CHECK_INT(read_text(behind, sizeof behind - 1), WATS_OK);
}

static void test_every_cut_is_noticed(void)
{
  const char *text = reports[4].text;
  size_t n;
  for (n = 0; n < strlen(text); n++) {
    CHECK_INT(read_text(text, n), WATS_ERR_DECODE);
    CHECK(is_untouched());
  }
}

static void repeat(struct wats_buffer *b, const char *text, size_t times)
{
  for (; times > 0; times--)
    if (wats_buffer_append_string(b, text) != WATS_OK) abort();
}

/* `times` times `unit` as a part number; how many bytes of it are kept. */
static size_t kept(const char *unit, size_t times)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  repeat(&b, "{\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":\"", 1);
  repeat(&b, unit, times);
  repeat(&b, "\"}", 1);
  CHECK_INT(read_text(b.data, b.length), WATS_OK);
  wats_buffer_free(&b);
  return strlen(head.part_number);
}

static void test_long_names_are_cut_between_characters(void)
{
  CHECK_INT(kept("a", 100), 100);
  CHECK_INT(kept("a", 101), 100);
  CHECK_INT(kept("a", 1000000), 100);
  CHECK_INT(kept("\xc3\xa6", 60), 100);
  CHECK_INT(kept("\xe2\x82\xac", 60), 99);
  CHECK_STR(head.part_number + 96, "\xe2\x82\xac");
  CHECK_INT(kept("\\u20AC", 60), 99);
  CHECK_INT(kept("\\uD83d\\ude00\\t", 60), 100);
  CHECK_INT(kept("\\u0000", 60), 99);
}

/* A UUID or a type with much behind it is none, however it is cut. */
static void test_long_texts_are_neither_ids_nor_types(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  repeat(&b, "{\"id\":\"", 1);
  repeat(&b, "\\u0036", 10000);
  repeat(&b, "\",\"type\":\"T\"}", 1);
  CHECK_INT(read_text(b.data, b.length), WATS_ERR_DECODE);
  wats_buffer_clear(&b);
  repeat(&b, "{\"id\":\"" UUID "\",\"type\":\"", 1);
  repeat(&b, "T", 10000);
  repeat(&b, "\"}", 1);
  CHECK_INT(read_text(b.data, b.length), WATS_ERR_DECODE);
  wats_buffer_free(&b);
}

static void test_depth(void)
{
  struct wats_buffer b;
  size_t depth;
  wats_buffer_init(&b, 0);
  for (depth = 198; depth <= 100000; depth = depth < 200 ? depth + 1 : 100000) {
    wats_buffer_clear(&b);
    repeat(&b, "{\"id\":\"" UUID "\",\"type\":\"T\",\"x\":", 1);
    repeat(&b, "[", depth);
    repeat(&b, "]", depth);
    repeat(&b, "}", 1);
    CHECK_INT(read_text(b.data, b.length),
              depth < 200 ? WATS_OK : WATS_ERR_DECODE);
    if (depth == 100000) break;
  }
  wats_buffer_free(&b);
}

/* Many names do not take more than their share. */
static void test_many_members(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  repeat(&b, "{", 1);
  repeat(&b, "\"i\\u0065\":0,", 200000);
  repeat(&b, "\"id\":\"" UUID "\",\"type\":\"T\"}", 1);
  CHECK_INT(read_text(b.data, b.length), WATS_OK);
  wats_buffer_free(&b);
}

static void test_uuids(void)
{
  static const char *const wrong[] = {
      "",
      "6f9619ff",
      UUID "0",
      "6f9619ff8b86d011b42d00cf4fc964ff",
      "6f9619ff-8b86-d011-b42d00-cf4fc964ff",
      "6f9619fg-8b86-d011-b42d-00cf4fc964ff",
      "{" UUID,
      UUID "}",
      "(" UUID ")",
      "{" UUID ")",
      " " UUID,
      "+f9619ff-8b86-d011-b42d-00cf4fc964ff",
      "6f9619ff-8b86-d011-b42d-00cf4fc964f ",
  };
  unsigned char uuid[WATS_UUID], same[WATS_UUID];
  char text[WATS_UUID_TEXT];
  size_t i;
  CHECK(wats_uuid_read(UUID, 36, uuid));
  wats_uuid_write(uuid, text);
  CHECK_STR(text, UUID);
  CHECK_INT(uuid[0], 0x6f);
  CHECK_INT(uuid[15], 0xff);
  CHECK(wats_uuid_read("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", 38, same));
  CHECK(memcmp(uuid, same, sizeof same) == 0);
  CHECK(wats_uuid_read("00000000-0000-0000-0000-000000000000", 36, same));
  for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    memcpy(same, uuid, sizeof same);
    CHECK(!wats_uuid_read(wrong[i], strlen(wrong[i]), same));
    CHECK(memcmp(uuid, same, sizeof same) == 0);
  }
}

/* It is in the way of every submit: a report of 50 KB is scanned ten times as
** fast as a test of this kind can rely on. */
static void test_speed(void)
{
  struct wats_buffer b;
  int64_t best = INT64_MAX;
  int i;
  wats_buffer_init(&b, 0);
  repeat(&b, "{\"id\":\"" UUID "\",\"type\":\"T\",\"pn\":\"P\",\"steps\":[", 1);
  for (i = 0; b.length < 50000; i++)
    repeat(&b,
           "{\"id\":12,\"group\":\"M\",\"stepType\":\"ET_NLT\",\"name\":\"3V3 "
           "rail\",\"status\":\"P\",\"totTime\":0.123456,\"numericMeas\":[{"
           "\"compOp\":\"GELE\",\"value\":3.3123456789012,\"lowLimit\":3.2,"
           "\"highLimit\":3.4,\"unit\":\"V\",\"status\":\"P\"}]},",
           1);
  repeat(&b, "{}]}", 1);
  for (i = 0; i < 30; i++) {
    int64_t began = wats_clock_monotonic(&wats_system_clock), took;
    if (wats_report_head_read(b.data, b.length, &head, &error) != WATS_OK)
      CHECK(false);
    took = wats_clock_monotonic(&wats_system_clock) - began;
    if (took < best) best = took;
  }
  CHECK(best < 10 * WATS_NS_PER_MS);
  if (getenv("WATS_TEST_SAYS"))
    printf("%zu bytes in %.1f us\n", b.length, (double)best / 1e3);
  wats_buffer_free(&b);
}

int main(void)
{
  RUN(test_reports);
  RUN(test_texts_that_are_no_reports);
  RUN(test_nul_bytes_are_no_json);
  RUN(test_every_cut_is_noticed);
  RUN(test_long_names_are_cut_between_characters);
  RUN(test_long_texts_are_neither_ids_nor_types);
  RUN(test_depth);
  RUN(test_many_members);
  RUN(test_uuids);
  RUN(test_speed);
  return test_report();
}
