/*
** vary.c - see vary.h.
**
** A record is a run of fields:
**   name NUL '=' language LF value NUL   the values of all lines, LF between
**   name NUL '-' language NUL            a field that was absent
** `language` is empty, or for Accept-Language the one that the answer is in.
** Values stand there as they were sent, so that the same request again is known
** by one comparison. Another one is compared by what it means.
*/
#include "vary.h"

#include <string.h>

#include "ascii.h"
#include "request_id.h"

/* --- characters in normal form -------------------------------------------- */

/*
** The characters of a field's value in normal form, one at a time, so that a
** look-up compares without building a text. Lines come from `headers`, or with
** that NULL from one text with LF between them.
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

/* The next character as sent, lines joined by commas; '\0' at the end. */
static char raw_char(struct values *v)
{
  if (*v->at && *v->at != '\n') return *v->at++;
  if (*v->at == '\n')
    v->at++;
  else if (!next_line(v))
    return '\0';
  v->in_quotes = false;
  return ',';
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

static bool same_characters(struct values *a, struct values *b)
{
  char c;
  do {
    c = next_char(a);
    if (c != next_char(b)) return false;
  } while (c);
  return true;
}

/* --- weighted lists ------------------------------------------------------- */

#define MOST_MEMBERS 32

struct member {
  const char *at;
  size_t length;
  unsigned weight; /* thousandths */
};

struct list {
  struct member members[MOST_MEMBERS];
  size_t count;
};

static bool is_space(char c)
{
  return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '*' || c == '.';
}

static const char *skip_spaces(const char *at)
{
  while (is_space(*at))
    at++;
  return at;
}

/* RFC 9110, 12.4.2: 0 or 1, with at most three digits behind the point. */
static bool read_weight(const char **text, unsigned *weight)
{
  const char *at = *text;
  unsigned scale = 100, w;
  if (*at != '0' && *at != '1') return false;
  w = *at++ == '1' ? 1000 : 0;
  if (*at == '.')
    for (at++; *at >= '0' && *at <= '9'; at++, scale /= 10) {
      if (!scale) return false;
      w += scale * (unsigned)(*at - '0');
    }
  *text = at;
  *weight = w;
  return w <= 1000;
}

/* One member: a name, and at most a weight. */
static bool read_member(const char **text, struct member *m)
{
  const char *at = *text;
  m->at = at;
  while (is_name_char(*at))
    at++;
  m->length = (size_t)(at - m->at);
  m->weight = 1000;
  at = skip_spaces(at);
  if (*at == ';') {
    at = skip_spaces(at + 1);
    if (wats_ascii_lower(at[0]) != 'q' || at[1] != '=') return false;
    at += 2;
    if (!read_weight(&at, &m->weight)) return false;
    at = skip_spaces(at);
  }
  *text = at;
  return m->length > 0 && (!*at || *at == ',' || *at == '\n');
}

/* Adds a text's members. False when it is anything but a weighted list. */
static bool add_members(struct list *list, const char *at)
{
  while (*at) {
    if (is_space(*at) || *at == ',' || *at == '\n') {
      at++;
      continue;
    }
    if (list->count == MOST_MEMBERS ||
        !read_member(&at, &list->members[list->count]))
      return false;
    list->count++;
  }
  return true;
}

static int compare_names(const struct member *a, const struct member *b)
{
  size_t i;
  for (i = 0; i < a->length && i < b->length; i++) {
    int d = wats_ascii_lower(a->at[i]) - wats_ascii_lower(b->at[i]);
    if (d) return d;
  }
  return a->length < b->length ? -1 : a->length > b->length;
}

static bool goes_before(const struct member *a, const struct member *b,
                        bool by_name)
{
  if (a->weight != b->weight) return a->weight > b->weight;
  return by_name && compare_names(a, b) < 0;
}

/* By weight; those of one weight stay in their order, or go by name. */
static void sort(struct list *list, bool by_name)
{
  size_t i, j;
  for (i = 1; i < list->count; i++) {
    struct member m = list->members[i];
    for (j = i; j && goes_before(&m, &list->members[j - 1], by_name); j--)
      list->members[j] = list->members[j - 1];
    list->members[j] = m;
  }
}

static bool same_lists(struct list *a, struct list *b, bool by_name)
{
  size_t i;
  if (a->count != b->count) return false;
  sort(a, by_name);
  sort(b, by_name);
  for (i = 0; i < a->count; i++)
    if (a->members[i].weight != b->members[i].weight ||
        compare_names(&a->members[i], &b->members[i]) != 0)
      return false;
  return true;
}

/* Is this the language that the list asks for above all? */
static bool asks_first_for(struct list *list, const char *language,
                           size_t length)
{
  struct member wanted = {language, length, 0};
  sort(list, false);
  return list->count && list->members[0].weight > 0 &&
         compare_names(&list->members[0], &wanted) == 0;
}

/* --- recording ------------------------------------------------------------ */

/* Where the request's field of that name is found, or NULL. */
static const struct wats_headers *source_of(const struct wats_headers *request,
                                            const struct wats_headers *defaults,
                                            const char *name)
{
  if (request && wats_headers_get(request, name)) return request;
  return defaults && wats_headers_get(defaults, name) ? defaults : NULL;
}

/* The one language that an answer says it is in, or "". */
static const char *language_of(const struct wats_headers *response)
{
  size_t position = 0;
  const char *name, *language, *ignored, *at;
  if (!wats_headers_next(response, &position, "content-language", &name,
                         &language) ||
      wats_headers_next(response, &position, "content-language", &name,
                        &ignored))
    return "";
  for (at = language; *at; at++)
    if (!is_name_char(*at) || *at == '*') return "";
  return language;
}

/* The name stands at `start` in the record, which moves when it grows. */
static enum wats_errc record_value(const struct wats_headers *source,
                                   size_t start, struct wats_buffer *out)
{
  size_t position = 0;
  const char *name, *value;
  enum wats_errc code = WATS_OK;
  while (
      code == WATS_OK &&
      wats_headers_next(source, &position, out->data + start, &name, &value)) {
    code = wats_buffer_append_char(out, '\n');
    if (code == WATS_OK) code = wats_buffer_append_string(out, value);
  }
  return code;
}

static enum wats_errc record_field(const struct wats_headers *response,
                                   const struct wats_headers *request,
                                   const struct wats_headers *defaults,
                                   const char *name, size_t length,
                                   struct wats_buffer *out)
{
  const struct wats_headers *source;
  size_t start = out->length;
  enum wats_errc code = wats_buffer_append(out, name, length);
  if (code == WATS_OK) code = wats_buffer_append_char(out, '\0');
  if (code != WATS_OK) return code;
  source = source_of(request, defaults, out->data + start);
  code = wats_buffer_append_char(out, source ? '=' : '-');
  if (code == WATS_OK && wats_name_equal(out->data + start, "accept-language"))
    code = wats_buffer_append_string(out, language_of(response));
  if (code == WATS_OK && source) code = record_value(source, start, out);
  if (code != WATS_OK) return code;
  return wats_buffer_append_char(out, '\0');
}

static bool is_separator(char c)
{
  return c == ',' || is_space(c);
}

enum wats_errc wats_vary_record(const struct wats_headers *response,
                                const struct wats_headers *request,
                                const struct wats_headers *defaults,
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
      if (length && (code = record_field(response, request, defaults, list,
                                         length, out)) != WATS_OK)
        return code;
      list += length;
      while (is_separator(*list))
        list++;
    }
  }
  return WATS_OK;
}

/* --- matching ------------------------------------------------------------- */

/* What is recorded of one field. */
struct recorded {
  const char *name;
  const char *language;
  size_t language_length;
  const char *value; /* NULL: it was absent */
};

static const char *read_recorded(const char *at, struct recorded *r)
{
  const char *rest = at + strlen(at) + 1;
  r->name = at;
  r->language = rest + 1;
  r->language_length = strcspn(r->language, "\n");
  r->value = *rest == '=' ? r->language + r->language_length + 1 : NULL;
  return rest + strlen(rest) + 1;
}

/* The usual case, quickly: one line, letter for letter. */
static bool is_same_line(const struct wats_headers *source,
                         const struct recorded *r)
{
  const char *ignored, *value;
  size_t position = 0;
  return wats_headers_next(source, &position, r->name, &ignored, &value) &&
         strcmp(value, r->value) == 0 &&
         !wats_headers_next(source, &position, r->name, &ignored, &value);
}

static bool is_weighted_list(const char *name)
{
  return wats_name_equal(name, "accept-language") ||
         wats_name_equal(name, "accept-encoding") ||
         wats_name_equal(name, "accept-charset");
}

static bool read_list(const struct wats_headers *source, const char *name,
                      struct list *list)
{
  size_t position = 0;
  const char *spelt, *value;
  list->count = 0;
  while (wats_headers_next(source, &position, name, &spelt, &value))
    if (!add_members(list, value)) return false;
  return true;
}

/* False when nothing can be said of `asked`, else `*match` says it. */
static bool judge_lists(const struct recorded *r,
                        const struct wats_headers *source, bool *match)
{
  struct list then, now;
  bool in_language = r->language_length > 0;
  if (!read_list(source, r->name, &now)) return false;
  if (in_language && asks_first_for(&now, r->language, r->language_length)) {
    *match = true;
    return true;
  }
  then.count = 0;
  if (!r->value || !add_members(&then, r->value)) return false;
  /* The language says that order may have counted. */
  *match = same_lists(&then, &now, !in_language);
  return true;
}

static bool field_matches(const struct recorded *r,
                          const struct wats_headers *request,
                          const struct wats_headers *defaults)
{
  const struct wats_headers *source;
  struct values then = {0}, now = {0};
  bool match;
  if (strcmp(r->name, "*") == 0) return false;
  if (request && r->value && is_same_line(request, r)) return true;
  source = source_of(request, defaults, r->name);
  /* Where the caller gives none each request is sent with another. */
  if (!source)
    return !r->value && !wats_name_equal(r->name, WATS_REQUEST_ID_FIELD);
  if (source == defaults && r->value && is_same_line(source, r)) return true;
  if (is_weighted_list(r->name)) {
    if (judge_lists(r, source, &match)) return match;
    then.fold_case = now.fold_case = true;
  }
  if (!r->value) return false;
  then.last = now.last = ',';
  then.at = r->value;
  now.headers = source;
  now.name = r->name;
  return next_line(&now) && same_characters(&then, &now);
}

bool wats_vary_matches(const char *record, size_t length,
                       const struct wats_headers *request,
                       const struct wats_headers *defaults)
{
  const char *at = record, *end = record + length;
  while (at < end) {
    struct recorded r;
    at = read_recorded(at, &r);
    if (!field_matches(&r, request, defaults)) return false;
  }
  return true;
}
