/*
** vary.c - see vary.h.
**
** A record is a run of: name NUL '=' value NUL, or name NUL '-' NUL for a
** field that was absent.
*/
#include "vary.h"

#include <string.h>

#include "ascii.h"

/*
** The characters of a field's value in normal form, one at a time, so that a
** look-up compares without building a text.
*/
struct values {
  const struct wats_headers *headers;
  const char *name;
  size_t position; /* in headers */
  const char *at;  /* in the present line */
  bool fold_case;
  bool in_quotes;
  char last;    /* given before; ',' at the start: space there is dropped */
  char pending; /* read, to be given after a space; '\0' = none */
};

static bool next_line(struct values *v)
{
  const char *name;
  return v->headers &&
         wats_headers_next(v->headers, &v->position, v->name, &name, &v->at);
}

/* False when the request has no such field. */
static bool open_values(struct values *v, const struct wats_headers *headers,
                        const char *name)
{
  memset(v, 0, sizeof *v);
  v->headers = headers;
  v->name = name;
  v->last = ',';
  if (!next_line(v)) return false;
  v->fold_case = wats_name_equal(name, "accept-language") ||
                 wats_name_equal(name, "accept-encoding") ||
                 wats_name_equal(name, "accept-charset");
  return true;
}

/* The next character as sent, lines joined by commas; '\0' at the end. */
static char raw_char(struct values *v)
{
  if (!*v->at) {
    if (!next_line(v)) return '\0';
    v->in_quotes = false;
    return ',';
  }
  return *v->at++;
}

static char give(struct values *v, char c)
{
  if (c == '"') v->in_quotes = !v->in_quotes;
  if (v->fold_case) c = wats_ascii_lower(c);
  v->last = c;
  return c;
}

static char next_char(struct values *v)
{
  bool spaced = false;
  char c = v->pending;
  v->pending = '\0';
  if (c) return give(v, c);
  c = raw_char(v);
  while (!v->in_quotes && (c == ' ' || c == '\t')) {
    spaced = true;
    c = raw_char(v);
  }
  if (!c) return '\0';
  if (spaced && c != ',' && v->last != ',') {
    v->pending = c;
    return give(v, ' ');
  }
  return give(v, c);
}

static bool is_separator(char c)
{
  return c == ',' || c == ' ' || c == '\t';
}

static enum wats_errc record_field(const struct wats_headers *request,
                                   const char *name, size_t length,
                                   struct wats_buffer *out)
{
  struct values values;
  size_t start = out->length;
  enum wats_errc code;
  char c;
  if ((code = wats_buffer_append(out, name, length)) != WATS_OK ||
      (code = wats_buffer_append_char(out, '\0')) != WATS_OK)
    return code;
  /* The name in the record is the NUL-terminated one; the record may move, so
  ** what is given on is the offset's present place, read before it grows. */
  if (!open_values(&values, request, out->data + start)) {
    code = wats_buffer_append_char(out, '-');
  } else {
    code = wats_buffer_append_char(out, '=');
    for (; code == WATS_OK; code = wats_buffer_append_char(out, c)) {
      values.name = out->data + start;
      if (!(c = next_char(&values))) break;
    }
  }
  if (code != WATS_OK) return code;
  return wats_buffer_append_char(out, '\0');
}

enum wats_errc wats_vary_record(const struct wats_headers *response,
                                const struct wats_headers *request,
                                struct wats_buffer *out)
{
  const char *name, *list;
  size_t position = 0;
  while (wats_headers_next(response, &position, "vary", &name, &list)) {
    while (*list) {
      size_t length = 0;
      enum wats_errc code;
      while (list[length] && !is_separator(list[length]))
        length++;
      if (length &&
          (code = record_field(request, list, length, out)) != WATS_OK)
        return code;
      list += length;
      while (is_separator(*list))
        list++;
    }
  }
  return WATS_OK;
}

/* The usual case, quickly: one line, sent in normal form already. */
static bool is_same_line(const struct wats_headers *request, const char *name,
                         const char *recorded)
{
  const char *ignored, *value;
  size_t position = 0;
  return request &&
         wats_headers_next(request, &position, name, &ignored, &value) &&
         strcmp(value, recorded) == 0 &&
         !wats_headers_next(request, &position, name, &ignored, &value);
}

static bool field_matches(const char *name, const char *recorded,
                          const struct wats_headers *request)
{
  struct values values;
  char c;
  if (*recorded == '=' && is_same_line(request, name, recorded + 1))
    return true;
  if (!open_values(&values, request, name)) return *recorded == '-';
  if (*recorded++ != '=') return false;
  while ((c = next_char(&values)) != '\0')
    if (c != *recorded++) return false;
  return *recorded == '\0';
}

bool wats_vary_matches(const char *record, size_t length,
                       const struct wats_headers *request)
{
  const char *at = record, *end = record + length;
  while (at < end) {
    const char *value = at + strlen(at) + 1;
    if (!field_matches(at, value, request)) return false;
    at = value + strlen(value) + 1;
  }
  return true;
}
