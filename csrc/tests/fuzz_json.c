/*
** fuzz_json.c - any bytes are read without fault; what was accepted is written
** in a form that is accepted too, with the same events and values, and that
** form is written once more as it is.
*/
#include "core/json_reader.h"
#include "core/json_writer.h"

#include <string.h>

#include "fuzz.h"

static void write_text(const struct wats_json_reader *r,
                       struct wats_buffer *out)
{
  char *room = malloc(r->length + 1);
  size_t length = r->length;
  if (r->escaped) {
    length = wats_json_unescape(r->text, r->length, room);
    REQUIRE(length < r->length);
  } else
    memcpy(room, r->text, length);
  REQUIRE(wats_json_write_string(out, room, length) == WATS_OK);
  free(room);
}

static void write_event(const struct wats_json_reader *r,
                        enum wats_json_event event, struct wats_buffer *out)
{
  static const char *const brackets[] = {[WATS_JSON_ARRAY] = "[",
                                         [WATS_JSON_ARRAY_END] = "]",
                                         [WATS_JSON_OBJECT] = "{",
                                         [WATS_JSON_OBJECT_END] = "}"};
  switch (event) {
  case WATS_JSON_NULL:
    wats_json_write_null(out);
    break;
  case WATS_JSON_FALSE:
  case WATS_JSON_TRUE:
    wats_json_write_bool(out, event == WATS_JSON_TRUE);
    break;
  case WATS_JSON_INTEGER:
    wats_json_write_integer(out, r->integer);
    break;
  case WATS_JSON_DOUBLE:
    REQUIRE(wats_json_write_double(out, r->number) == WATS_OK);
    break;
  case WATS_JSON_STRING:
  case WATS_JSON_KEY:
    write_text(r, out);
    break;
  default:
    wats_buffer_append_string(out, brackets[event]);
    break;
  }
}

/* Is there a comma, when `event` follows `last`? */
static bool is_next(enum wats_json_event last, enum wats_json_event event)
{
  return last > WATS_JSON_END && last != WATS_JSON_KEY &&
         last != WATS_JSON_ARRAY && last != WATS_JSON_OBJECT &&
         event != WATS_JSON_ARRAY_END && event != WATS_JSON_OBJECT_END;
}

static bool rewrite(const char *text, size_t length, struct wats_buffer *out)
{
  struct wats_json_reader r;
  enum wats_json_event event, last = WATS_JSON_END;
  struct wats_error error;
  wats_json_reader_init(&r, text, length);
  while ((event = wats_json_next(&r)) > WATS_JSON_END) {
    if (is_next(last, event)) wats_buffer_append_char(out, ',');
    write_event(&r, event, out);
    if (event == WATS_JSON_KEY) wats_buffer_append_char(out, ':');
    last = event;
  }
  REQUIRE(wats_json_next(&r) == event);
  if (event == WATS_JSON_ERROR)
    REQUIRE(wats_json_reader_error(&r, &error) == WATS_ERR_DECODE);
  return event == WATS_JSON_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wats_buffer once, twice;
  wats_buffer_init(&once, 0);
  wats_buffer_init(&twice, 0);
  if (rewrite((const char *)data, size, &once)) {
    REQUIRE(rewrite(once.data, once.length, &twice));
    REQUIRE(once.length == twice.length);
    REQUIRE(memcmp(once.data, twice.data, once.length) == 0);
  }
  wats_buffer_free(&once);
  wats_buffer_free(&twice);
  return 0;
}
