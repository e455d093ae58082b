/*
** headers.c - see headers.h.
*/
#include "headers.h"

#include <string.h>

#include "ascii.h"

bool wats_name_equal(const char *a, const char *b)
{
  while (*a && wats_ascii_lower(*a) == wats_ascii_lower(*b)) {
    a++;
    b++;
  }
  return *a == '\0' && *b == '\0';
}

/*
** RFC 9110, section 5.6.2; from ' ' to DEL. A table, since every byte of every
** name that comes in is looked at.
*/
static const char token_chars[] = {
    0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, /* 0x20 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, /* 0x30 */
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x40 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, /* 0x50 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x60 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, /* 0x70 */
};

static bool is_token_char(unsigned char c)
{
  return c >= 0x20 && c < 0x80 && token_chars[c - 0x20];
}

bool wats_is_token(const char *text, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++)
    if (!is_token_char((unsigned char)text[i])) return false;
  return length > 0;
}

static bool is_value(const char *text, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++)
    if ((unsigned char)text[i] <= '\r' &&
        (text[i] == '\0' || text[i] == '\r' || text[i] == '\n'))
      return false;
  return true;
}

void wats_headers_init(struct wats_headers *h, size_t limit)
{
  wats_buffer_init(&h->block, limit);
  h->count = 0;
}

void wats_headers_free(struct wats_headers *h)
{
  wats_buffer_free(&h->block);
  h->count = 0;
}

void wats_headers_clear(struct wats_headers *h)
{
  wats_buffer_clear(&h->block);
  h->count = 0;
}

static bool is_space(char c)
{
  return c == ' ' || c == '\t';
}

enum wats_errc wats_headers_add(struct wats_headers *h, const char *name,
                                size_t name_length, const char *value,
                                size_t value_length)
{
  char *at;
  enum wats_errc code;
  while (value_length && is_space(*value)) {
    value++;
    value_length--;
  }
  while (value_length && is_space(value[value_length - 1]))
    value_length--;
  if (!wats_is_token(name, name_length) || !is_value(value, value_length))
    return WATS_ERR_ARGUMENT;
  code = wats_buffer_reserve(&h->block, name_length + value_length + 2);
  if (code != WATS_OK) return code;
  at = h->block.data + h->block.length;
  memcpy(at, name, name_length);
  at[name_length] = '\0';
  if (value_length) memcpy(at + name_length + 1, value, value_length);
  at[name_length + 1 + value_length] = '\0';
  h->block.length += name_length + value_length + 2;
  h->count++;
  return WATS_OK;
}

static size_t field_size(const char *name, const char *value)
{
  return strlen(name) + strlen(value) + 2;
}

enum wats_errc wats_headers_set(struct wats_headers *h, const char *name,
                                const char *value)
{
  size_t position = 0, old = 0, size = field_size(name, value);
  const char *old_name, *old_value;
  enum wats_errc code;
  if (!wats_is_token(name, strlen(name)) || !is_value(value, strlen(value)))
    return WATS_ERR_ARGUMENT;
  while (wats_headers_next(h, &position, name, &old_name, &old_value))
    old += field_size(old_name, old_value);
  /* Room first, so that the old fields stay when there is none. */
  code = wats_buffer_reserve(&h->block, size > old ? size - old : 0);
  if (code != WATS_OK) return code;
  wats_headers_remove(h, name);
  return wats_headers_add(h, name, strlen(name), value, strlen(value));
}

size_t wats_headers_remove(struct wats_headers *h, const char *name)
{
  size_t from = 0, to = 0, dropped = 0;
  while (from < h->block.length) {
    const char *field = h->block.data + from;
    size_t name_size = strlen(field) + 1;
    size_t size = name_size + strlen(field + name_size) + 1;
    if (wats_name_equal(field, name))
      dropped++;
    else {
      memmove(h->block.data + to, field, size);
      to += size;
    }
    from += size;
  }
  h->block.length = to;
  h->count -= dropped;
  return dropped;
}

enum wats_errc wats_headers_copy(struct wats_headers *to,
                                 const struct wats_headers *from)
{
  enum wats_errc code;
  size_t had = to->block.length;
  if (to == from) return WATS_OK;
  to->block.length = 0;
  code = wats_buffer_append(&to->block, from->block.data, from->block.length);
  if (code != WATS_OK) {
    to->block.length = had;
    return code;
  }
  to->count = from->count;
  return WATS_OK;
}

bool wats_headers_next(const struct wats_headers *h, size_t *position,
                       const char *only, const char **name, const char **value)
{
  while (*position < h->block.length) {
    const char *field = h->block.data + *position;
    const char *text = field + strlen(field) + 1;
    *position = (size_t)(text + strlen(text) + 1 - h->block.data);
    if (only && !wats_name_equal(field, only)) continue;
    *name = field;
    *value = text;
    return true;
  }
  return false;
}

const char *wats_headers_get(const struct wats_headers *h, const char *name)
{
  size_t position = 0;
  const char *found, *value;
  return wats_headers_next(h, &position, name, &found, &value) ? value : NULL;
}

enum wats_errc wats_headers_combined(const struct wats_headers *h,
                                     const char *name, struct wats_buffer *out,
                                     bool *found)
{
  size_t position = 0;
  const char *spelt, *value;
  enum wats_errc code = WATS_OK;
  bool any = false;
  wats_buffer_clear(out);
  while (code == WATS_OK &&
         wats_headers_next(h, &position, name, &spelt, &value)) {
    if (any) code = wats_buffer_append(out, ", ", 2);
    if (code == WATS_OK) code = wats_buffer_append_string(out, value);
    any = true;
  }
  if (code == WATS_OK) code = wats_buffer_terminate(out);
  if (code == WATS_OK) *found = any;
  return code;
}
