/*
** json_pen.c - see json_pen.h.
*/
#include "json_pen.h"

#include <math.h>
#include <string.h>

#include "json_writer.h"
#include "number.h"
#include "utf8.h"

void wats_json_pen_init(struct wats_json_pen *pen, struct wats_buffer *out)
{
  *pen = (struct wats_json_pen){.out = out};
}

static void put(struct wats_json_pen *pen, const char *bytes, size_t length)
{
  if (!pen->code) pen->code = wats_buffer_append(pen->out, bytes, length);
}

/* A text with bytes that are none: piece by piece. */
static void put_mended(struct wats_json_pen *pen, const char *text,
                       size_t length)
{
  struct wats_buffer mended;
  wats_buffer_init(&mended, 0);
  while (length && !pen->code) {
    size_t good = wats_utf8_invalid_at(text, length);
    pen->code = wats_buffer_append(&mended, text, good);
    if (!pen->code && good < length) {
      pen->code = wats_buffer_append_string(&mended, "\xef\xbf\xbd");
      good++;
    }
    text += good;
    length -= good;
  }
  if (!pen->code)
    pen->code = wats_json_write_string(pen->out, mended.data, mended.length);
  wats_buffer_free(&mended);
}

static void put_string(struct wats_json_pen *pen, const char *text)
{
  size_t length = strlen(text);
  if (pen->code) return;
  if (wats_utf8_invalid_at(text, length) < length)
    put_mended(pen, text, length);
  else
    pen->code = wats_json_write_string(pen->out, text, length);
}

/* The comma that is due, and the name. */
static void begin(struct wats_json_pen *pen, const char *name)
{
  if (pen->comma) put(pen, ",", 1);
  pen->comma = true;
  if (!name) return;
  put_string(pen, name);
  put(pen, ":", 1);
}

void wats_json_pen_open(struct wats_json_pen *pen, const char *name,
                        char bracket)
{
  begin(pen, name);
  put(pen, &bracket, 1);
  pen->comma = false;
}

void wats_json_pen_close(struct wats_json_pen *pen, char bracket)
{
  put(pen, &bracket, 1);
  pen->comma = true;
}

void wats_json_pen_raw(struct wats_json_pen *pen, const char *name,
                       const char *json, size_t length)
{
  begin(pen, name);
  put(pen, json, length);
}

void wats_json_pen_null(struct wats_json_pen *pen, const char *name)
{
  wats_json_pen_raw(pen, name, "null", 4);
}

void wats_json_pen_text(struct wats_json_pen *pen, const char *name,
                        const char *text)
{
  if (!text) {
    wats_json_pen_null(pen, name);
    return;
  }
  begin(pen, name);
  put_string(pen, text);
}

void wats_json_pen_bool(struct wats_json_pen *pen, const char *name, bool value)
{
  wats_json_pen_raw(pen, name, value ? "true" : "false", value ? 4 : 5);
}

void wats_json_pen_count(struct wats_json_pen *pen, const char *name,
                         uint64_t value)
{
  char text[WATS_NUMBER_SIZE];
  wats_json_pen_raw(pen, name, text, wats_number_unsigned(text, value));
}

void wats_json_pen_number(struct wats_json_pen *pen, const char *name,
                          double value)
{
  char text[WATS_NUMBER_SIZE];
  if (!isfinite(value)) {
    wats_json_pen_null(pen, name);
    return;
  }
  wats_json_pen_raw(pen, name, text, wats_number_double(text, value));
}

void wats_json_pen_seconds(struct wats_json_pen *pen, const char *name,
                           int64_t ns)
{
  if (ns < 0)
    wats_json_pen_null(pen, name);
  else {
    int64_t ms = ns / 1000000;
    wats_json_pen_number(pen, name, (double)ms / 1e3);
  }
}
