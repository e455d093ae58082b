/*
** json_pen.h - JSON objects and arrays, written one member after the other.
**
** json_writer.h writes values; this keeps their commas and brackets. The first
** failure is kept, and nothing is written after it, so that it need be looked
** at once, at the end. Texts that are not UTF-8 get U+FFFD in place of each bad
** byte: this is for pages about ourselves, where a page without the rest of it
** would be worse. One thread per pen.
*/
#ifndef WATS_JSON_PEN_H
#define WATS_JSON_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct wats_json_pen {
  struct wats_buffer *out; /* borrowed */
  enum wats_errc code;
  bool comma; /* one is due before the next member */
};

void wats_json_pen_init(struct wats_json_pen *pen, struct wats_buffer *out);

/* `name` is that of a member, or NULL in an array and outside. */
void wats_json_pen_open(struct wats_json_pen *pen, const char *name,
                        char bracket); /* '{' or '[' */
void wats_json_pen_close(struct wats_json_pen *pen, char bracket);

/* NULL is null. */
void wats_json_pen_text(struct wats_json_pen *pen, const char *name,
                        const char *text);
void wats_json_pen_bool(struct wats_json_pen *pen, const char *name,
                        bool value);
void wats_json_pen_null(struct wats_json_pen *pen, const char *name);
void wats_json_pen_count(struct wats_json_pen *pen, const char *name,
                         uint64_t value);
/* null where it is no finite number. */
void wats_json_pen_number(struct wats_json_pen *pen, const char *name,
                          double value);
/* In seconds, to the millisecond; null where it is negative. */
void wats_json_pen_seconds(struct wats_json_pen *pen, const char *name,
                           int64_t ns);
/* Bytes that are JSON already. */
void wats_json_pen_raw(struct wats_json_pen *pen, const char *name,
                       const char *json, size_t length);

#endif
