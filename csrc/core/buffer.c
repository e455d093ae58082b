/*
** buffer.c - see buffer.h.
*/
#include "buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"

#define FIRST_CAPACITY 64

void wats_buffer_init(struct wats_buffer *b, size_t limit)
{
  b->data = NULL;
  b->length = 0;
  b->capacity = 0;
  b->limit = limit;
}

void wats_buffer_free(struct wats_buffer *b)
{
  wats_free(b->data);
  wats_buffer_init(b, b->limit);
}

void wats_buffer_clear(struct wats_buffer *b)
{
  b->length = 0;
}

/* Half as much again, but never less than what is wanted, nor memory that the
** limit would never let be used. */
static size_t grown_capacity(const struct wats_buffer *b, size_t wanted)
{
  size_t grown = b->capacity ? b->capacity : FIRST_CAPACITY;
  while (grown < wanted) {
    if (grown > SIZE_MAX / 2) return wanted;
    grown += grown / 2 + 16;
  }
  return b->limit && grown > b->limit ? b->limit : grown;
}

static enum wats_errc set_capacity(struct wats_buffer *b, size_t capacity)
{
  char *data = wats_realloc(b->data, capacity);
  if (!data) return WATS_ERR_MEMORY;
  b->data = data;
  b->capacity = capacity;
  return WATS_OK;
}

static enum wats_errc check_room(const struct wats_buffer *b, size_t extra)
{
  if (extra > SIZE_MAX - b->length) return WATS_ERR_TOO_LARGE;
  return b->limit && b->length + extra > b->limit ? WATS_ERR_TOO_LARGE
                                                  : WATS_OK;
}

enum wats_errc wats_buffer_reserve(struct wats_buffer *b, size_t extra)
{
  enum wats_errc code = check_room(b, extra);
  size_t wanted = b->length + extra;
  if (code != WATS_OK || wanted <= b->capacity) return code;
  return set_capacity(b, grown_capacity(b, wanted));
}

enum wats_errc wats_buffer_reserve_exactly(struct wats_buffer *b, size_t extra)
{
  enum wats_errc code = check_room(b, extra);
  size_t wanted = b->length + extra;
  if (code != WATS_OK || wanted <= b->capacity) return code;
  return set_capacity(b, wanted);
}

enum wats_errc wats_buffer_append(struct wats_buffer *b, const void *bytes,
                                  size_t length)
{
  enum wats_errc code;
  if (length == 0) return WATS_OK;
  code = wats_buffer_reserve(b, length);
  if (code != WATS_OK) return code;
  memcpy(b->data + b->length, bytes, length);
  b->length += length;
  return WATS_OK;
}

enum wats_errc wats_buffer_append_string(struct wats_buffer *b,
                                         const char *text)
{
  return wats_buffer_append(b, text, strlen(text));
}

enum wats_errc wats_buffer_append_char(struct wats_buffer *b, char c)
{
  if (b->length == b->capacity || (b->limit && b->length == b->limit)) {
    enum wats_errc code = wats_buffer_reserve(b, 1);
    if (code != WATS_OK) return code;
  }
  b->data[b->length++] = c;
  return WATS_OK;
}

/* Room for a NUL behind `length` more bytes; it does not count for the limit.
 */
static enum wats_errc reserve_with_nul(struct wats_buffer *b, size_t length)
{
  char *data;
  enum wats_errc code = wats_buffer_reserve(b, length);
  if (code != WATS_OK || b->capacity - b->length > length) return code;
  data = wats_realloc(b->data, b->length + length + 1);
  if (!data) return WATS_ERR_MEMORY;
  b->data = data;
  b->capacity = b->length + length + 1;
  return WATS_OK;
}

enum wats_errc wats_buffer_printf(struct wats_buffer *b, const char *format,
                                  ...)
{
  size_t room = b->capacity - b->length;
  char *at = b->data ? b->data + b->length : NULL;
  va_list args;
  enum wats_errc code;
  int length;
  va_start(args, format);
  length = vsnprintf(at, room, format, args);
  va_end(args);
  if (length < 0) return WATS_ERR_ARGUMENT;
  code = reserve_with_nul(b, (size_t)length);
  if (code != WATS_OK) {
    if (at && room) *at = '\0'; /* it may have been terminated */
    return code;
  }
  if ((size_t)length >= room) { /* it did not fit */
    va_start(args, format);
    vsnprintf(b->data + b->length, (size_t)length + 1, format, args);
    va_end(args);
  }
  b->length += (size_t)length;
  return WATS_OK;
}

enum wats_errc wats_buffer_terminate(struct wats_buffer *b)
{
  enum wats_errc code = reserve_with_nul(b, 0);
  if (code == WATS_OK) b->data[b->length] = '\0';
  return code;
}

void wats_buffer_shrink(struct wats_buffer *b)
{
  char *shrunk;
  if (b->length == 0) {
    wats_buffer_free(b);
    return;
  }
  if (b->length == b->capacity) return;
  shrunk = wats_realloc(b->data, b->length);
  if (!shrunk) return; /* the larger block serves as well */
  b->data = shrunk;
  b->capacity = b->length;
}

char *wats_buffer_detach(struct wats_buffer *b, size_t *length)
{
  char *data;
  wats_buffer_shrink(b);
  data = b->data;
  *length = b->length;
  wats_buffer_init(b, b->limit);
  return data;
}
