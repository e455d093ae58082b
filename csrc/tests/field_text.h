/*
** field_text.h - header fields in a line, for tables of them.
*/
#ifndef WATS_TEST_FIELD_TEXT_H
#define WATS_TEST_FIELD_TEXT_H

#include "core/headers.h"

#include "test.h"

/* Fields as "name: value|name: value". */
static inline void fill(struct wats_headers *h, const char *text)
{
  wats_headers_init(h, 0);
  while (*text) {
    size_t line = strcspn(text, "|"), name = strcspn(text, ":");
    CHECK_INT(wats_headers_add(h, text, name, text + name + 1, line - name - 1),
              WATS_OK);
    text += line + (text[line] == '|');
  }
}

/* The same back; valid until the next call. */
static inline const char *text_of(const struct wats_headers *h)
{
  static char text[2000];
  size_t position = 0, at = 0;
  const char *name, *value;
  text[0] = '\0';
  while (wats_headers_next(h, &position, NULL, &name, &value))
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s: %s",
                           at ? "|" : "", name, value);
  return text;
}

#endif
