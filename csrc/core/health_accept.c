/*
** health_accept.c - see health_accept.h.
*/
#include "health_accept.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "ascii.h"

static const struct {
  const char *type, *major, *versions[2];
} formats[WATS_HEALTH_FORMATS] = {
    [WATS_HEALTH_PROMETHEUS] = {"text/plain", "text/*", {"0.0.4"}},
    [WATS_HEALTH_OPENMETRICS] = {"application/openmetrics-text",
                                 "application/*",
                                 {"1.0.0", "0.0.1"}},
    [WATS_HEALTH_JSON] = {"application/json", "application/*", {NULL}},
};

struct range { /* one of the field's, such as "text/plain;version=0.0.4;q=0.5"
                */
  const char *type, *version;
  size_t type_length, version_length;
  int weight; /* thousandths */
};

static bool is(const char *text, size_t length, const char *word)
{
  return word && strlen(word) == length && wats_ascii_equal(text, word, length);
}

/* "1", "0.5", "0.125" in thousandths; anything else is 0. */
static int weight_of(const char *text, size_t length)
{
  int value, unit = 100;
  size_t i;
  if (!length || (text[0] != '0' && text[0] != '1')) return 0;
  value = (text[0] - '0') * 1000;
  if (length > 1 && text[1] != '.') return 0;
  for (i = 2; i < length && i < 5; i++, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return 0;
    value += (text[i] - '0') * unit;
  }
  return value > 1000 ? 1000 : value;
}

static void trim(const char **text, size_t *length)
{
  while (*length && (**text == ' ' || **text == '\t')) {
    (*text)++;
    (*length)--;
  }
  while (*length &&
         ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
    (*length)--;
}

static void read_parameter(struct range *range, const char *text, size_t length)
{
  const char *equals = memchr(text, '=', length), *value;
  size_t name_length, value_length;
  if (!equals) return;
  name_length = (size_t)(equals - text);
  value = equals + 1;
  value_length = length - name_length - 1;
  trim(&text, &name_length);
  trim(&value, &value_length);
  if (value_length > 1 && *value == '"' && value[value_length - 1] == '"') {
    value++;
    value_length -= 2;
  }
  if (is(text, name_length, "q"))
    range->weight = weight_of(value, value_length);
  else if (is(text, name_length, "version")) {
    range->version = value;
    range->version_length = value_length;
  }
}

/* The next one; NULL: the end. */
static const char *read_range(const char *at, struct range *range)
{
  bool first = true;
  *range = (struct range){.weight = 1000};
  if (!*at) return NULL;
  for (;;) {
    const char *piece = at;
    size_t length = strcspn(at, ",;");
    at += length;
    trim(&piece, &length);
    if (first) {
      range->type = piece;
      range->type_length = length;
    } else
      read_parameter(range, piece, length);
    first = false;
    if (*at != ';') return *at ? at + 1 : at;
    at++;
  }
}

static bool version_fits(const struct range *range, int format)
{
  const char *const *known = formats[format].versions;
  if (!range->version || !known[0]) return true;
  return is(range->version, range->version_length, known[0]) ||
         is(range->version, range->version_length, known[1]);
}

/* How well it fits: 0 not at all, 3 best. */
static int fit(const struct range *range, int format)
{
  if (is(range->type, range->type_length, "*/*")) return 1;
  if (is(range->type, range->type_length, formats[format].major)) return 2;
  if (!is(range->type, range->type_length, formats[format].type)) return 0;
  return version_fits(range, format) ? 3 : 0;
}

enum wats_health_format wats_health_accept(const char *field)
{
  int best[WATS_HEALTH_FORMATS] = {0}, weight[WATS_HEALTH_FORMATS] = {0}, i;
  int chosen = WATS_HEALTH_PROMETHEUS;
  struct range range;
  if (!field) return WATS_HEALTH_PROMETHEUS;
  while ((field = read_range(field, &range)) != NULL)
    for (i = 0; i < WATS_HEALTH_FORMATS; i++) {
      int how = fit(&range, i);
      if (how > best[i] ||
          (how && how == best[i] && range.weight > weight[i])) {
        best[i] = how;
        weight[i] = range.weight;
      }
    }
  for (i = 1; i < WATS_HEALTH_FORMATS; i++)
    if (weight[i] > weight[chosen]) chosen = i;
  return (enum wats_health_format)chosen;
}
