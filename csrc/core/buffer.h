/*
** buffer.h - a growable run of bytes with a hard limit.
**
** The struct is embedded by value; its owner calls init and free. No locks:
** one thread at a time. After a failed call the contents are unchanged.
** `data` is not NUL-terminated unless wats_buffer_terminate was called, and
** moves when it grows: what is appended must not lie in the buffer itself.
*/
#ifndef WATS_BUFFER_H
#define WATS_BUFFER_H

#include <stddef.h>

#include "error.h"

struct wats_buffer {
  char *data;
  size_t length;
  size_t capacity;
  size_t limit; /* length never passes this; 0 = no limit */
};

void wats_buffer_init(struct wats_buffer *b, size_t limit);
/* Frees the bytes; the buffer is empty and usable again. */
void wats_buffer_free(struct wats_buffer *b);
/* Forgets the bytes but keeps the memory. */
void wats_buffer_clear(struct wats_buffer *b);

/*
** Makes room for `extra` bytes behind the contents, which the caller may then
** write directly before he adds to `length`. Fails with WATS_ERR_TOO_LARGE
** (the limit) or WATS_ERR_MEMORY. Growth is geometric: appends are amortised
** O(1).
*/
enum wats_errc wats_buffer_reserve(struct wats_buffer *b, size_t extra);
/* The same, but no more room than that: for one who knows what will come. */
enum wats_errc wats_buffer_reserve_exactly(struct wats_buffer *b, size_t extra);

enum wats_errc wats_buffer_append(struct wats_buffer *b, const void *bytes,
                                  size_t length);
enum wats_errc wats_buffer_append_string(struct wats_buffer *b,
                                         const char *text);
enum wats_errc wats_buffer_append_char(struct wats_buffer *b, char c);
enum wats_errc wats_buffer_printf(struct wats_buffer *b, const char *format,
                                  ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/* Puts a NUL behind the contents that does not count in `length`. */
enum wats_errc wats_buffer_terminate(struct wats_buffer *b);
/* Gives back what is not used, for what will be kept. Appending grows it again.
 */
void wats_buffer_shrink(struct wats_buffer *b);
/*
** Hands the bytes (wats_free them; NULL when empty) to the caller, shrunk to
** what is used; the buffer is empty afterwards.
*/
char *wats_buffer_detach(struct wats_buffer *b, size_t *length);

#endif
