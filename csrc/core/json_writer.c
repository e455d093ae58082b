/*
** json_writer.c - see json_writer.h.
*/
#include "json_writer.h"

#include <math.h>
#include <string.h>

#include "decimal.h"
#include "json_scan.h"
#include "utf8.h"

#define LONGEST_ESCAPE 6

/* Returns its length. */
static size_t put_escape(unsigned char c, char *out)
{
  static const char hex[] = "0123456789abcdef";
  static const char shorts[32] = {
      ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
  char letter = c >= 0x20 ? (char)c : shorts[c];
  out[0] = '\\';
  if (letter) {
    out[1] = letter;
    return 2;
  }
  out[1] = 'u';
  out[2] = out[3] = '0';
  out[4] = hex[c >> 4];
  out[5] = hex[c & 15];
  return LONGEST_ESCAPE;
}

/* Room for `extra` bytes; mostly it is there. */
static inline enum wats_errc reserve(struct wats_buffer *b, size_t extra)
{
  if (b->capacity - b->length >= extra && b->limit == 0) return WATS_OK;
  return wats_buffer_reserve(b, extra);
}

/* With something to escape or to check in it. The opening quote is written,
** and there is room for the text as it stands with the closing one. */
static enum wats_errc write_unplain(struct wats_buffer *b, const char *at,
                                    const char *end)
{
  const char *written = at;
  char escape[LONGEST_ESCAPE];
  enum wats_errc code;
  for (;;) {
    size_t run, size;
    at = wats_json_skip_plain(at, end);
    if (at < end && (unsigned char)*at >= 0x80) {
      size = wats_utf8_size(at, end);
      if (size == 0) return WATS_ERR_ARGUMENT;
      at += size;
      continue;
    }
    run = (size_t)(at - written);
    memcpy(b->data + b->length, written, run);
    b->length += run;
    if (at == end) break;
    size = put_escape((unsigned char)*at, escape);
    at++;
    /* Room for it, and again for all that is left with its quote. */
    code = reserve(b, size + (size_t)(end - at) + 1);
    if (code) return code;
    memcpy(b->data + b->length, escape, size);
    b->length += size;
    written = at;
  }
  b->data[b->length++] = '"';
  return WATS_OK;
}

enum wats_errc wats_json_write_string(struct wats_buffer *b, const char *text,
                                      size_t length)
{
  size_t before = b->length;
  enum wats_errc code = reserve(b, length + 2);
  if (code) return code;
  b->data[b->length++] = '"';
  if (wats_json_copy_plain(b->data + b->length, text, length)) {
    b->length += length;
    b->data[b->length++] = '"';
    return WATS_OK;
  }
  code = write_unplain(b, text, text + length);
  if (code) b->length = before;
  return code;
}

enum wats_errc wats_json_write_integer(struct wats_buffer *b, int64_t value)
{
  enum wats_errc code;
  char text[WATS_DECIMAL_SIZE];
  if (b->capacity - b->length >= WATS_DECIMAL_SIZE && b->limit == 0) {
    b->length += wats_decimal_format_integer(value, b->data + b->length);
    return WATS_OK;
  }
  code = wats_buffer_append(b, text, wats_decimal_format_integer(value, text));
  return code;
}

enum wats_errc wats_json_write_double(struct wats_buffer *b, double value)
{
  char text[WATS_DECIMAL_SIZE];
  if (!isfinite(value)) return WATS_ERR_ARGUMENT;
  if (b->capacity - b->length >= WATS_DECIMAL_SIZE && b->limit == 0) {
    b->length += wats_decimal_format(value, b->data + b->length);
    return WATS_OK;
  }
  return wats_buffer_append(b, text, wats_decimal_format(value, text));
}

enum wats_errc wats_json_write_bool(struct wats_buffer *b, bool value)
{
  return value ? wats_buffer_append(b, "true", 4)
               : wats_buffer_append(b, "false", 5);
}

enum wats_errc wats_json_write_null(struct wats_buffer *b)
{
  return wats_buffer_append(b, "null", 4);
}
