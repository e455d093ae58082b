/*
** fuzz_fields.h - any bytes as lines of header fields.
*/
#ifndef WATS_FUZZ_FIELDS_H
#define WATS_FUZZ_FIELDS_H

#include <string.h>

#include "core/headers.h"

/*
** Reads "name:value" lines up to an empty one or the end; what is no field is
** left out. Returns where the next block begins.
*/
static inline const char *read_block(struct wats_headers *h, const char *at,
                                     const char *end)
{
  wats_headers_init(h, 0);
  while (at < end && *at != '\n') {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    const char *line_end = stop ? stop : end;
    const char *colon = memchr(at, ':', (size_t)(line_end - at));
    if (colon)
      (void)wats_headers_add(h, at, (size_t)(colon - at), colon + 1,
                             (size_t)(line_end - colon - 1));
    at = stop ? stop + 1 : end;
  }
  return at < end ? at + 1 : end;
}

/* One field, its value cut at the first byte that none may hold. */
static inline void add_field(struct wats_headers *h, const char *name,
                             const char *value, size_t length)
{
  size_t n = 0;
  while (n < length && value[n] != '\0' && value[n] != '\r' && value[n] != '\n')
    n++;
  (void)wats_headers_add(h, name, strlen(name), value, n);
}

#endif
