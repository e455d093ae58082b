/*
** json_reader.h - JSON text (RFC 8259) as a sequence of events, in one pass.
**
** Strict: what the grammar does not allow is refused, and so are bytes that
** are not UTF-8, escapes of half a surrogate pair (no text can hold them),
** numbers too large for a double, nesting deeper than WATS_JSON_DEPTH, and
** anything behind the value. A byte order mark in front is skipped, as some
** servers send one. Keys are not compared: what a repeated one means is for
** the caller to say.
**
** The reader copies nothing and allocates nothing: strings are handed out as
** they stand between their quotes in the caller's text, which must stay where
** it is. Embedded by value; one thread at a time.
**
**   struct wats_json_reader r;
**   wats_json_reader_init(&r, text, length);
**   while ((event = wats_json_next(&r)) > WATS_JSON_END) ...
**   if (event == WATS_JSON_ERROR) return wats_json_reader_error(&r, error);
*/
#ifndef WATS_JSON_READER_H
#define WATS_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Arrays and objects within each other, for reading and for writing. */
#define WATS_JSON_DEPTH 200

enum wats_json_event {
  WATS_JSON_ERROR, /* comes again if asked again */
  WATS_JSON_END,   /* the text is over; likewise */
  WATS_JSON_NULL,
  WATS_JSON_FALSE,
  WATS_JSON_TRUE,
  WATS_JSON_INTEGER, /* `integer`: without fraction, exponent, and in range */
  WATS_JSON_DOUBLE,  /* `number`: any other, "-0" too; correctly rounded */
  WATS_JSON_STRING,  /* `text`, `length`, `escaped` */
  WATS_JSON_ARRAY,
  WATS_JSON_ARRAY_END,
  WATS_JSON_OBJECT,
  WATS_JSON_KEY, /* as STRING; its value follows */
  WATS_JSON_OBJECT_END
};

struct wats_json_reader {
  /* The value of the event that came last. */
  int64_t integer;
  double number;
  const char *text;
  size_t length;
  bool escaped; /* `text` holds escapes: wats_json_unescape reads them */

  /* The reader's own. */
  const char *at, *end, *begin;
  int state;
  bool in_object;
  unsigned depth;
  uint64_t objects[(WATS_JSON_DEPTH + 63) / 64]; /* bit: this level is one */
  const char *problem, *problem_at;
};

void wats_json_reader_init(struct wats_json_reader *r, const char *text,
                           size_t length);
enum wats_json_event wats_json_next(struct wats_json_reader *r);

/* After WATS_JSON_ERROR: fills `error` (may be NULL) with line, column, byte
** (each counted from 1) and the reason; returns WATS_ERR_DECODE. */
enum wats_errc wats_json_reader_error(const struct wats_json_reader *r,
                                      struct wats_error *error);

/*
** The text that an escaped string means, as UTF-8. `raw` is what an event
** handed out; `out` has room for `length` bytes, which is always enough.
** Returns the number of bytes; NUL may be among them.
*/
size_t wats_json_unescape(const char *raw, size_t length, char *out);

#endif
