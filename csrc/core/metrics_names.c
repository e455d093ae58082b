/*
** metrics_names.c - which families may be, and which may be side by side.
*/
#include <math.h>
#include <string.h>

#include "metrics_internal.h"

static const double default_bounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                        0.5,   1,    2.5,   5,    10};

static bool is_name(const char *text, bool colon)
{
  const char *c = text;
  for (; *c; c++) {
    bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                  *c == '_' || (colon && *c == ':');
    if (!letter && (c == text || *c < '0' || *c > '9')) return false;
  }
  return c > text;
}

static bool ends_in_total(const char *name)
{
  size_t length = strlen(name);
  return length > 6 && strcmp(name + length - 6, "_total") == 0;
}

static enum wats_errc check_labels(const struct wats_family_options *options,
                                   struct wats_error *error)
{
  size_t i, j;
  if (options->label_count > WATS_METRIC_MAX_LABELS)
    return wats_fail(error, WATS_ERR_ARGUMENT, "%.80s: more than %d labels",
                     options->name, WATS_METRIC_MAX_LABELS);
  for (i = 0; i < options->label_count; i++) {
    const char *label = options->labels[i];
    if (!label || !is_name(label, false) || strncmp(label, "__", 2) == 0 ||
        (options->type == WATS_METRIC_HISTOGRAM && strcmp(label, "le") == 0))
      return wats_fail(error, WATS_ERR_ARGUMENT, "%.80s: bad label \"%.60s\"",
                       options->name, label ? label : "");
    for (j = 0; j < i; j++)
      if (strcmp(label, options->labels[j]) == 0)
        return wats_fail(error, WATS_ERR_ARGUMENT,
                         "%.80s: label \"%.60s\" given twice", options->name,
                         label);
  }
  return WATS_OK;
}

static enum wats_errc check_buckets(const struct wats_family_options *options,
                                    struct wats_error *error)
{
  const double *bounds = options->buckets;
  size_t i;
  if (options->type != WATS_METRIC_HISTOGRAM || !bounds) return WATS_OK;
  if (options->bucket_count > WATS_METRIC_MAX_BUCKETS)
    return wats_fail(error, WATS_ERR_ARGUMENT, "%.80s: more than %d buckets",
                     options->name, WATS_METRIC_MAX_BUCKETS);
  for (i = 0; i < options->bucket_count; i++)
    if (!isfinite(bounds[i]) || (i && !(bounds[i] > bounds[i - 1])))
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "%.80s: buckets must be finite and ascending",
                       options->name);
  return WATS_OK;
}

enum wats_errc
wats_metrics_family_check(const struct wats_family_options *options,
                          struct wats_error *error)
{
  const char *name = options->name;
  enum wats_errc code;
  if (!name || !is_name(name, true))
    return wats_fail(error, WATS_ERR_ARGUMENT, "bad metric name \"%.80s\"",
                     name ? name : "");
  if (!options->help)
    return wats_fail(error, WATS_ERR_ARGUMENT, "%.80s: no help text", name);
  if (options->type == WATS_METRIC_COUNTER && !ends_in_total(name))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "%.80s: a counter's name must end in \"_total\"", name);
  code = check_labels(options, error);
  return code ? code : check_buckets(options, error);
}

struct shown { /* a name on the page: `length` bytes of name, then suffix */
  const char *name;
  size_t length;
  const char *suffix;
};

/* OpenMetrics calls a counter's family by its name without _total. */
static size_t shown_names(const char *name, enum wats_metric_type type,
                          struct shown out[4])
{
  static const char *const suffixes[] = {"", "_bucket", "_count", "_sum"};
  size_t length = strlen(name), count = 1, i;
  if (type == WATS_METRIC_COUNTER) {
    out[1] = (struct shown){name, length, ""};
    out[0] = (struct shown){name, length - 6, ""};
    return 2;
  }
  if (type == WATS_METRIC_HISTOGRAM) count = 4;
  for (i = 0; i < count; i++)
    out[i] = (struct shown){name, length, suffixes[i]};
  return count;
}

static bool same_shown(const struct shown *a, const struct shown *b)
{
  size_t shorter = a->length < b->length ? a->length : b->length;
  const char *a_rest = a->name + shorter, *b_rest = b->name + shorter;
  size_t a_left = a->length - shorter, b_left = b->length - shorter;
  size_t a_total = a_left + strlen(a->suffix);
  if (memcmp(a->name, b->name, shorter) != 0 ||
      a_total != b_left + strlen(b->suffix))
    return false;
  if (a_left)
    return strncmp(b->suffix, a_rest, a_left) == 0 &&
           strcmp(b->suffix + a_left, a->suffix) == 0;
  return strncmp(a->suffix, b_rest, b_left) == 0 &&
         strcmp(a->suffix + b_left, b->suffix) == 0;
}

bool wats_metrics_names_clash(const char *a, enum wats_metric_type a_type,
                              const char *b, enum wats_metric_type b_type)
{
  struct shown of_a[4], of_b[4];
  size_t a_count = shown_names(a, a_type, of_a);
  size_t b_count = shown_names(b, b_type, of_b), i, j;
  for (i = 0; i < a_count; i++)
    for (j = 0; j < b_count; j++)
      if (same_shown(of_a + i, of_b + j)) return true;
  return false;
}

const double *wats_metrics_bounds(const struct wats_family_options *options,
                                  size_t *count)
{
  *count = 0;
  if (options->type != WATS_METRIC_HISTOGRAM) return NULL;
  *count = options->buckets ? options->bucket_count
                            : sizeof default_bounds / sizeof *default_bounds;
  return options->buckets ? options->buckets : default_bounds;
}

bool wats_metrics_family_is(const struct wats_family *family,
                            const struct wats_family_options *options)
{
  size_t count, i;
  const double *bounds = wats_metrics_bounds(options, &count);
  if (family->type != options->type ||
      family->label_count != options->label_count ||
      family->bound_count != count)
    return false;
  for (i = 0; i < count; i++)
    if (bounds[i] < family->bounds[i] || bounds[i] > family->bounds[i])
      return false;
  for (i = 0; i < options->label_count; i++)
    if (strcmp(family->labels[i], options->labels[i]) != 0) return false;
  return true;
}
