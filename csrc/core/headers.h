/*
** headers.h - header fields as they were sent.
**
** One block of bytes, scanned when asked: a response has a dozen fields and a
** caller reads one or two of them, so an index would cost more than it saves.
** Order, spelling and repetition are kept (RFC 9110, section 5). Names compare
** without case. Embedded by value; its owner frees it. No locks.
** The block moves when it grows: names and values that are handed in must not
** lie in it, and those that were handed out end with the next change.
** After a failed call the fields are unchanged.
*/
#ifndef WATS_HEADERS_H
#define WATS_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"

struct wats_headers {
  struct wats_buffer block; /* name NUL value NUL, name NUL value NUL, ... */
  size_t count;             /* fields */
};

/* `limit` bounds the block in bytes; 0 = none. */
void wats_headers_init(struct wats_headers *h, size_t limit);
void wats_headers_free(struct wats_headers *h);
void wats_headers_clear(struct wats_headers *h);

/*
** Appends a field. Refuses (WATS_ERR_ARGUMENT) a name that is not a token and
** a value with CR, LF or NUL; white space round the value is trimmed.
*/
enum wats_errc wats_headers_add(struct wats_headers *h, const char *name,
                                size_t name_length, const char *value,
                                size_t value_length);
/* Replaces all fields of that name by one, at the end; fails as add does. The
** limit binds what there is afterwards. */
enum wats_errc wats_headers_set(struct wats_headers *h, const char *name,
                                const char *value);
/* Drops all fields of that name; returns how many there were. */
size_t wats_headers_remove(struct wats_headers *h, const char *name);
/* All fields of `from` in place of those of `to`, whose limit stands. */
enum wats_errc wats_headers_copy(struct wats_headers *to,
                                 const struct wats_headers *from);

/* First value of that name, NUL-terminated, or NULL. */
const char *wats_headers_get(const struct wats_headers *h, const char *name);

/*
** Walks the fields in order. Start with `*position` = 0; false at the end.
** With `only` not NULL, just the fields of that name.
*/
bool wats_headers_next(const struct wats_headers *h, size_t *position,
                       const char *only, const char **name, const char **value);

/*
** All values of that name joined by ", " (RFC 9110, section 5.3) into `out`,
** in place of what was there, terminated. `*found` tells an absent field, with
** "" in `out`, from an empty one. Fails for want of room only; then nothing may
** be concluded about the field, and `out` and `*found` are of no use.
*/
enum wats_errc wats_headers_combined(const struct wats_headers *h,
                                     const char *name, struct wats_buffer *out,
                                     bool *found);

/* ASCII, whatever the locale. */
bool wats_name_equal(const char *a, const char *b);
bool wats_is_token(const char *text, size_t length);

#endif
