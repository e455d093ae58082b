/*
** byte_range.c - see byte_range.h. Section numbers are RFC 9110's.
*/
#include "byte_range.h"

#include <stdint.h>
#include <string.h>

#include "ascii.h"
#include "entity_tag.h"
#include "http_date.h"

bool wats_byte_range_asked(const struct wats_headers *request)
{
  return request && wats_headers_get(request, "range") != NULL;
}

/* The one field of that name; NULL when there is none, or more. */
static const char *only_line(const struct wats_headers *h, const char *field)
{
  size_t position = 0;
  const char *name, *value, *ignored;
  if (!wats_headers_next(h, &position, field, &name, &value) ||
      wats_headers_next(h, &position, field, &name, &ignored))
    return NULL;
  return value;
}

/* --- 13.1.5: If-Range ----------------------------------------------------- */

static bool is_the_stored_tag(const char *wanted,
                              const struct wats_headers *stored)
{
  struct wats_entity_tag a, b;
  return wats_entity_tag_read(&wanted, &a) && !*wanted &&
         wats_entity_tag_of(stored, &b) &&
         wats_entity_tag_strongly_equal(&a, &b);
}

/* Date goes first: its century, if it is an RFC 850 one, is then the other's
** as well. */
static bool is_the_stored_date(const char *wanted,
                               const struct wats_headers *stored)
{
  const char *modified = only_line(stored, "last-modified");
  const char *date = only_line(stored, "date");
  int64_t modified_s, date_s;
  return modified && date && strcmp(wanted, modified) == 0 &&
         wats_http_date_parse(date, strlen(date), 0, &date_s) &&
         wats_http_date_parse(modified, strlen(modified), date_s,
                              &modified_s) &&
         modified_s < date_s;
}

static bool if_range_holds(const struct wats_headers *request,
                           const struct wats_headers *stored)
{
  const char *wanted = wats_headers_get(request, "if-range");
  if (!wanted) return true;
  wanted = only_line(request, "if-range");
  return wanted && (is_the_stored_tag(wanted, stored) ||
                    is_the_stored_date(wanted, stored));
}

/* --- 14.1.2: the range ---------------------------------------------------- */

/* Digits, at least one; stops growing where size_t ends. */
static bool read_number(const char **at, size_t *number)
{
  size_t n = 0;
  if (**at < '0' || **at > '9') return false;
  for (; **at >= '0' && **at <= '9'; (*at)++) {
    size_t digit = (size_t)(**at - '0');
    n = n > (SIZE_MAX - digit) / 10 ? SIZE_MAX : n * 10 + digit;
  }
  *number = n;
  return true;
}

struct spec {
  size_t first, last;
  bool suffix; /* the `last` last bytes */
};

/* "5-9", "5-" or "-9". */
static bool read_spec(const char **at, struct spec *spec)
{
  spec->last = SIZE_MAX;
  spec->suffix = !read_number(at, &spec->first);
  if (*(*at)++ != '-') return false;
  if (spec->suffix) return read_number(at, &spec->last);
  return !read_number(at, &spec->last) || spec->first <= spec->last;
}

static const char *skip_empty_members(const char *at)
{
  return at + strspn(at, ", \t");
}

/* The only member of a list of ranges in bytes. */
static bool read_range(const char *at, struct spec *spec)
{
  static const char unit[] = "bytes=";
  size_t n = sizeof unit - 1;
  if (strlen(at) < n || !wats_ascii_equal(at, unit, n)) return false;
  at += n;
  if (*at == ' ' || *at == '\t') return false; /* 5.6.1: no list begins so */
  at = skip_empty_members(at);
  if (!read_spec(&at, spec)) return false;
  at += strspn(at, " \t");
  return (!*at || *at == ',') && !*skip_empty_members(at);
}

static void resolve(const struct spec *spec, size_t length,
                    struct wats_byte_range *out)
{
  if (spec->suffix ? spec->last == 0 : spec->first >= length) {
    out->kind = WATS_RANGE_UNSATISFIABLE;
    return;
  }
  if (length == 0) return;
  out->kind = WATS_RANGE_PART;
  out->last = length - 1;
  if (!spec->suffix) {
    out->first = spec->first;
    if (spec->last < out->last) out->last = spec->last;
  } else if (spec->last < length) {
    out->first = length - spec->last;
  }
}

void wats_byte_range_read(const struct wats_headers *request,
                          const struct wats_headers *stored, size_t length,
                          struct wats_byte_range *out)
{
  const char *range = request ? only_line(request, "range") : NULL;
  struct spec spec;
  out->kind = WATS_RANGE_NONE;
  out->first = out->last = 0;
  if (!range || !read_range(range, &spec) || !if_range_holds(request, stored))
    return;
  resolve(&spec, length, out);
}
