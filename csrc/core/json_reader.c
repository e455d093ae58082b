/*
** json_reader.c - see json_reader.h.
*/
#include "json_reader.h"

#include <math.h>
#include <string.h>

#include "decimal.h"
#include "json_scan.h"
#include "utf8.h"

#define MOST_DIGITS   19 /* that surely fit in 64 bits */
#define MOST_EXPONENT (INT64_C(1) << 50)

enum state {
  BEFORE_VALUE,
  AFTER_VALUE,
  AFTER_ARRAY,  /* its first value or its end */
  AFTER_OBJECT, /* its first key or its end */
  FAILED
};

void wats_json_reader_init(struct wats_json_reader *r, const char *text,
                           size_t length)
{
  memset(r, 0, sizeof *r);
  r->begin = text;
  r->end = text + length;
  if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
  r->at = text;
  r->state = BEFORE_VALUE;
}

/* ---- failures --------------------------------------------------------- */

static enum wats_json_event fail(struct wats_json_reader *r, const char *at,
                                 const char *problem)
{
  r->state = FAILED;
  r->problem = at == r->end ? "the text ends here" : problem;
  r->problem_at = at;
  return WATS_JSON_ERROR;
}

enum wats_errc wats_json_reader_error(const struct wats_json_reader *r,
                                      struct wats_error *error)
{
  size_t line = 1, column = 1;
  const char *at;
  if (!r->problem) return wats_fail(error, WATS_ERR_DECODE, "no JSON error");
  for (at = r->begin; at < r->problem_at; at++) {
    if (*at == '\n') {
      line++;
      column = 1;
    } else if (((unsigned char)*at & 0xc0) != 0x80)
      column++;
  }
  return wats_fail(error, WATS_ERR_DECODE,
                   "not JSON: %s (line %zu, column %zu, byte %zu)", r->problem,
                   line, column, (size_t)(at - r->begin) + 1);
}

/* ---- strings ---------------------------------------------------------- */

static int hex_value(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four hex digits at `at`, or -1. */
static long hex4(const char *at, const char *end)
{
  long value = 0;
  int i;
  if (end - at < 4) return -1;
  for (i = 0; i < 4; i++) {
    int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_high(long unit)
{
  return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(long unit)
{
  return unit >= 0xdc00 && unit < 0xe000;
}

/* `at` is the backslash. Returns what follows the escape, or NULL. */
static const char *skip_escape(struct wats_json_reader *r, const char *at)
{
  long unit;
  if (r->end - at < 2) {
    fail(r, r->end, "");
    return NULL;
  }
  switch (at[1]) {
  case '"':
  case '\\':
  case '/':
  case 'b':
  case 'f':
  case 'n':
  case 'r':
  case 't':
    return at + 2;
  case 'u':
    break;
  default:
    fail(r, at, "no such escape");
    return NULL;
  }
  unit = hex4(at + 2, r->end);
  if (unit < 0) {
    fail(r, at, "four hex digits expected behind \\u");
    return NULL;
  }
  if (is_high(unit) && r->end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
      is_low(hex4(at + 8, r->end)))
    return at + 12;
  if (is_high(unit) || is_low(unit)) {
    fail(r, at, "half of a surrogate pair");
    return NULL;
  }
  return at + 6;
}

/* The rest of a string that has more than plain bytes in it. Returns what
** follows the closing quote, or NULL. */
static const char *read_unplain(struct wats_json_reader *r, const char *begin,
                                const char *at)
{
  const char *end = r->end;
  r->escaped = false;
  for (;;) {
    if (at == end) {
      fail(r, begin - 1, "this string has no end");
      return NULL;
    }
    if (*at == '"') break;
    if (*at == '\\') {
      r->escaped = true;
      at = skip_escape(r, at);
      if (!at) return NULL;
    } else if ((unsigned char)*at < 0x20) {
      fail(r, at, "control character in a string");
      return NULL;
    } else {
      size_t size = wats_utf8_size(at, end);
      if (size == 0) {
        fail(r, at, "bytes that are not UTF-8");
        return NULL;
      }
      at += size;
    }
    at = wats_json_skip_plain(at, end);
  }
  r->text = begin;
  r->length = (size_t)(at - begin);
  return at + 1;
}

/* `at` is behind the opening quote. Returns what follows the closing one, or
** NULL. */
static inline const char *read_string(struct wats_json_reader *r,
                                      const char *begin)
{
  const char *at = wats_json_skip_plain(begin, r->end);
  if (at == r->end || *at != '"') return read_unplain(r, begin, at);
  r->text = begin;
  r->length = (size_t)(at - begin);
  r->escaped = false;
  return at + 1;
}

static size_t put_utf8(long c, char *out)
{
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xc0 | (c >> 6));
    out[1] = (char)(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xe0 | (c >> 12));
    out[1] = (char)(0x80 | ((c >> 6) & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | (c >> 18));
  out[1] = (char)(0x80 | ((c >> 12) & 0x3f));
  out[2] = (char)(0x80 | ((c >> 6) & 0x3f));
  out[3] = (char)(0x80 | (c & 0x3f));
  return 4;
}

static char escape_meaning(char letter)
{
  switch (letter) {
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return letter;
  }
}

size_t wats_json_unescape(const char *raw, size_t length, char *out)
{
  const char *at = raw, *end = raw + length;
  char *to = out;
  while (at < end) {
    const char *slash = memchr(at, '\\', (size_t)(end - at));
    size_t run = (size_t)((slash ? slash : end) - at);
    memcpy(to, at, run);
    to += run;
    at += run;
    if (!slash) break;
    if (at[1] == 'u') {
      long c = hex4(at + 2, end);
      at += 6;
      if (is_high(c)) {
        c = 0x10000 + ((c - 0xd800) << 10) + (hex4(at + 2, end) - 0xdc00);
        at += 6;
      }
      to += put_utf8(c, to);
    } else {
      *to++ = escape_meaning(at[1]);
      at += 2;
    }
  }
  return (size_t)(to - out);
}

/* ---- numbers ---------------------------------------------------------- */

static inline bool is_digit(const char *at, const char *end)
{
  return at < end && *at >= '0' && *at <= '9';
}

/* Digits into the significand while there is room for them; returns what
** follows. Leading zeros take no room. */
static const char *read_digits(struct wats_decimal *d, int *count,
                               const char *at, const char *end, bool fraction)
{
  uint64_t significand = d->significand;
  int64_t skipped = 0, added = 0;
  int n = *count;
  for (; is_digit(at, end); at++) {
    if (n < MOST_DIGITS) {
      significand = significand * 10 + (uint64_t)(*at - '0');
      if (significand) n++;
      added++;
    } else {
      skipped++;
      if (*at != '0') d->more = true;
    }
  }
  d->significand = significand;
  d->exponent += fraction ? -added : skipped;
  *count = n;
  return at;
}

/* `at` is behind the "e". Returns what follows, or NULL. */
static const char *read_exponent(struct wats_json_reader *r,
                                 struct wats_decimal *d, const char *at)
{
  int64_t exponent = 0;
  bool negative = false;
  if (at < r->end && (*at == '+' || *at == '-')) negative = *at++ == '-';
  if (!is_digit(at, r->end)) {
    fail(r, at, "a digit expected in the exponent");
    return NULL;
  }
  for (; is_digit(at, r->end); at++)
    if (exponent < MOST_EXPONENT) exponent = exponent * 10 + (*at - '0');
  d->exponent += negative ? -exponent : exponent;
  return at;
}

static enum wats_json_event read_double(struct wats_json_reader *r,
                                        struct wats_decimal *d, int count,
                                        const char *begin, const char *at)
{
  if (at < r->end && *at == '.') {
    at++;
    if (!is_digit(at, r->end))
      return fail(r, at, "a digit expected behind the point");
    at = read_digits(d, &count, at, r->end, true);
  }
  d->last = at;
  if (at < r->end && (*at == 'e' || *at == 'E')) {
    at = read_exponent(r, d, at + 1);
    if (!at) return WATS_JSON_ERROR;
  }
  r->number = wats_decimal_to_double(d);
  if (isinf(r->number)) return fail(r, begin, "a number too large to be held");
  r->at = at;
  return WATS_JSON_DOUBLE;
}

/* An integer that fits, or else a double. */
static enum wats_json_event read_number(struct wats_json_reader *r,
                                        const char *at)
{
  struct wats_decimal d = {0};
  const char *begin = at;
  int count = 0;
  uint64_t most = INT64_MAX;
  if (*at == '-') {
    d.negative = true;
    most++;
    at++;
    if (!is_digit(at, r->end)) return fail(r, at, "a digit expected behind -");
  }
  d.first = at;
  if (*at == '0') {
    at++;
    if (is_digit(at, r->end)) return fail(r, begin, "a leading zero");
  } else
    at = read_digits(&d, &count, at, r->end, false);
  if (at < r->end && (*at == '.' || *at == 'e' || *at == 'E'))
    return read_double(r, &d, count, begin, at);
  if (d.exponent || d.significand > most || (d.negative && !d.significand))
    return read_double(r, &d, count, begin, at);
  r->integer =
      d.negative ? (int64_t)(0 - d.significand) : (int64_t)d.significand;
  r->at = at;
  return WATS_JSON_INTEGER;
}

/* ---- values ----------------------------------------------------------- */

static enum wats_json_event read_literal(struct wats_json_reader *r,
                                         const char *at, const char *literal,
                                         size_t length,
                                         enum wats_json_event event)
{
  if ((size_t)(r->end - at) < length || memcmp(at, literal, length) != 0)
    return fail(r, at, "a value expected");
  r->at = at + length;
  return event;
}

static enum wats_json_event open_level(struct wats_json_reader *r,
                                       const char *at, bool object)
{
  uint64_t bit = UINT64_C(1) << (r->depth % 64);
  uint64_t *word = &r->objects[r->depth / 64];
  if (r->depth == WATS_JSON_DEPTH) return fail(r, at, "nested too deep");
  *word = object ? *word | bit : *word & ~bit;
  r->depth++;
  r->in_object = object;
  r->state = object ? AFTER_OBJECT : AFTER_ARRAY;
  r->at = at + 1;
  return object ? WATS_JSON_OBJECT : WATS_JSON_ARRAY;
}

static enum wats_json_event close_level(struct wats_json_reader *r,
                                        const char *at)
{
  bool object = r->in_object;
  unsigned outer = --r->depth - 1; /* not used when there is none */
  if (r->depth) r->in_object = r->objects[outer / 64] >> (outer % 64) & 1;
  r->state = AFTER_VALUE;
  r->at = at + 1;
  return object ? WATS_JSON_OBJECT_END : WATS_JSON_ARRAY_END;
}

static inline const char *skip_space(const char *at, const char *end)
{
  while (at < end && (unsigned char)*at <= ' ') { /* mostly there is none */
    if (*at != ' ' && *at != '\n' && *at != '\r' && *at != '\t') break;
    at++;
  }
  return at;
}

static inline enum wats_json_event read_value(struct wats_json_reader *r,
                                              const char *at)
{
  r->state = AFTER_VALUE;
  if (at == r->end) return fail(r, at, "");
  switch (*at) {
  case '"':
    r->at = read_string(r, at + 1);
    return r->at ? WATS_JSON_STRING : WATS_JSON_ERROR;
  case '{':
    return open_level(r, at, true);
  case '[':
    return open_level(r, at, false);
  case 't':
    return read_literal(r, at, "true", 4, WATS_JSON_TRUE);
  case 'f':
    return read_literal(r, at, "false", 5, WATS_JSON_FALSE);
  case 'n':
    return read_literal(r, at, "null", 4, WATS_JSON_NULL);
  case '-':
  case '0':
  case '1':
  case '2':
  case '3':
  case '4':
  case '5':
  case '6':
  case '7':
  case '8':
  case '9':
    return read_number(r, at);
  default:
    return fail(r, at, "a value expected");
  }
}

static inline enum wats_json_event read_key(struct wats_json_reader *r,
                                            const char *at)
{
  if (at == r->end || *at != '"')
    return fail(r, at, "a key in double quotes expected");
  at = read_string(r, at + 1);
  if (!at) return WATS_JSON_ERROR;
  at = skip_space(at, r->end);
  if (at == r->end || *at != ':') return fail(r, at, "':' expected");
  r->at = at + 1;
  r->state = BEFORE_VALUE;
  return WATS_JSON_KEY;
}

static inline enum wats_json_event read_after_value(struct wats_json_reader *r,
                                                    const char *at)
{
  if (r->depth == 0) {
    r->at = at;
    return at == r->end ? WATS_JSON_END
                        : fail(r, at, "something behind the value");
  }
  if (at < r->end && *at == ',') {
    at = skip_space(at + 1, r->end);
    return r->in_object ? read_key(r, at) : read_value(r, at);
  }
  if (at < r->end && *at == (r->in_object ? '}' : ']'))
    return close_level(r, at);
  return fail(r, at,
              r->in_object ? "',' or '}' expected" : "',' or ']' expected");
}

enum wats_json_event wats_json_next(struct wats_json_reader *r)
{
  const char *at;
  if (r->state == FAILED) return WATS_JSON_ERROR;
  at = skip_space(r->at, r->end);
  switch (r->state) {
  case AFTER_VALUE:
    return read_after_value(r, at);
  case AFTER_OBJECT:
    if (at < r->end && *at == '}') return close_level(r, at);
    return read_key(r, at);
  case AFTER_ARRAY:
    if (at < r->end && *at == ']') return close_level(r, at);
    return read_value(r, at);
  default:
    return read_value(r, at);
  }
}
