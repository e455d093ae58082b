/*
** exposition.c - the two text formats, which differ in details only.
**
** What a line needs has mostly been rendered before: labels when the child was
** made, names and bounds once per family and page. For each sample the room
** for all its lines is reserved at once; then bytes are just put down.
*/
#include "exposition.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "decimal.h"
#include "number.h"

#define LE_SIZE (8 + WATS_NUMBER_SIZE)

struct page {
  struct wats_buffer *out;
  bool openmetrics;
  /* Of the family that is being written. */
  const struct wats_family *family;
  const char *name;
  size_t name_length; /* without _total for OpenMetrics' HELP and TYPE */
  size_t base_length;
  const double *bounds;
  size_t bound_count;
  /* le="0.1"} and a space, for each bound and +Inf */
  char le[WATS_METRIC_MAX_BUCKETS + 1][LE_SIZE];
  size_t le_length[WATS_METRIC_MAX_BUCKETS + 1];
};

/* --- bytes, where room has been made ------------------------------------- */

static char *put(char *to, const char *bytes, size_t length)
{
  memcpy(to, bytes, length);
  return to + length;
}

static char *put_text(char *to, const char *text)
{
  return put(to, text, strlen(text));
}

static char *put_number(char *to, double value)
{
  if (isnan(value)) return put_text(to, "NaN");
  if (isinf(value)) return put_text(to, value > 0 ? "+Inf" : "-Inf");
  return to + wats_number_double(to, value);
}

/* --- HELP and TYPE ------------------------------------------------------- */

static enum wats_errc append_help(struct page *page)
{
  const char *help = wats_family_help(page->family), *c;
  size_t length = strlen(help);
  enum wats_errc code = wats_buffer_reserve(
      page->out, page->base_length + 2 * length + sizeof "# HELP  \n");
  char *to;
  if (code) return code;
  to = page->out->data + page->out->length;
  to = put_text(to, "# HELP ");
  to = put(to, page->name, page->base_length);
  *to++ = ' ';
  for (c = help; *c; c++) {
    if (*c == '\\' || *c == '\n' || (*c == '"' && page->openmetrics))
      *to++ = '\\';
    *to++ = *c == '\n' ? 'n' : *c;
  }
  *to++ = '\n';
  page->out->length = (size_t)(to - page->out->data);
  return WATS_OK;
}

static enum wats_errc append_type(struct page *page)
{
  static const char *const types[] = {[WATS_METRIC_COUNTER] = " counter\n",
                                      [WATS_METRIC_GAUGE] = " gauge\n",
                                      [WATS_METRIC_HISTOGRAM] = " histogram\n"};
  enum wats_errc code = wats_buffer_reserve(
      page->out, page->base_length + sizeof "# TYPE  histogram\n");
  char *to;
  if (code) return code;
  to = page->out->data + page->out->length;
  to = put_text(to, "# TYPE ");
  to = put(to, page->name, page->base_length);
  to = put_text(to, types[wats_family_type(page->family)]);
  page->out->length = (size_t)(to - page->out->data);
  return WATS_OK;
}

/* OpenMetrics wants bounds to look like floats. */
static void render_bounds(struct page *page)
{
  size_t i;
  for (i = 0; i <= page->bound_count; i++) {
    char *to = put_text(page->le[i], "le=\"");
    if (i < page->bound_count)
      to += page->openmetrics ? wats_decimal_format(page->bounds[i], to)
                              : wats_number_double(to, page->bounds[i]);
    else
      to = put_text(to, "+Inf");
    to = put_text(to, "\"} ");
    page->le_length[i] = (size_t)(to - page->le[i]);
  }
}

static enum wats_errc begin_family(struct page *page,
                                   const struct wats_family *family)
{
  enum wats_errc code;
  page->family = family;
  page->name = wats_family_name(family);
  page->name_length = page->base_length = strlen(page->name);
  if (page->openmetrics && wats_family_type(family) == WATS_METRIC_COUNTER)
    page->base_length -= strlen("_total");
  page->bounds = wats_family_buckets(family, &page->bound_count);
  if (wats_family_type(family) == WATS_METRIC_HISTOGRAM) render_bounds(page);
  code = append_help(page);
  return code ? code : append_type(page);
}

/* --- samples ------------------------------------------------------------- */

/* name_suffix{labels} and a space */
static char *put_head(char *to, const struct page *page, const char *suffix,
                      const struct wats_sample *sample)
{
  to = put(to, page->name, page->name_length);
  to = put_text(to, suffix);
  if (sample->labels_length) {
    *to++ = '{';
    to = put(to, sample->labels, sample->labels_length);
    *to++ = '}';
  }
  *to++ = ' ';
  return to;
}

static char *put_simple(char *to, const struct page *page,
                        const struct wats_sample *sample)
{
  to = put_head(to, page, "", sample);
  if (wats_family_type(sample->family) == WATS_METRIC_COUNTER &&
      !(sample->fraction > 0))
    to += wats_number_unsigned(to, sample->whole);
  else
    to = put_number(to, sample->value);
  *to++ = '\n';
  return to;
}

/* OpenMetrics: a sum that could fall is none, and without it no count. */
static bool shows_sum(const struct page *page, const struct wats_sample *sample)
{
  if (!page->openmetrics) return true;
  return !(page->bound_count && page->bounds[0] < 0) && !(sample->value < 0);
}

static char *put_histogram(char *to, const struct page *page,
                           const struct wats_sample *sample)
{
  size_t i;
  for (i = 0; i <= page->bound_count; i++) {
    to = put(to, page->name, page->name_length);
    to = put_text(to, "_bucket{");
    to = put(to, sample->labels, sample->labels_length);
    if (sample->labels_length) *to++ = ',';
    to = put(to, page->le[i], page->le_length[i]);
    to += wats_number_unsigned(to, sample->buckets[i]);
    *to++ = '\n';
  }
  if (!shows_sum(page, sample)) return to;
  to = put_head(to, page, "_sum", sample);
  to = put_number(to, sample->value);
  *to++ = '\n';
  to = put_head(to, page, "_count", sample);
  to += wats_number_unsigned(to, sample->count);
  *to++ = '\n';
  return to;
}

static enum wats_errc append_sample(const struct wats_sample *sample,
                                    void *context)
{
  struct page *page = context;
  size_t lines = 1, line;
  enum wats_errc code = WATS_OK;
  bool histogram = wats_family_type(sample->family) == WATS_METRIC_HISTOGRAM;
  char *to;
  if (sample->family != page->family) code = begin_family(page, sample->family);
  if (code) return code;
  if (histogram) lines = page->bound_count + 3;
  line = page->name_length + sizeof "_bucket{,} \n" + sample->labels_length +
         LE_SIZE + WATS_NUMBER_SIZE;
  code = wats_buffer_reserve(page->out, lines * line);
  if (code) return code;
  to = page->out->data + page->out->length;
  to = histogram ? put_histogram(to, page, sample)
                 : put_simple(to, page, sample);
  page->out->length = (size_t)(to - page->out->data);
  return WATS_OK;
}

static enum wats_errc append_page(struct wats_registry *registry,
                                  struct wats_buffer *out, bool openmetrics)
{
  struct page page;
  size_t before = out->length;
  enum wats_errc code;
  page.out = out;
  page.openmetrics = openmetrics;
  page.family = NULL;
  code = wats_registry_visit(registry, append_sample, &page);
  if (!code && openmetrics) code = wats_buffer_append_string(out, "# EOF\n");
  if (code) out->length = before;
  return code;
}

enum wats_errc wats_exposition_prometheus(struct wats_registry *registry,
                                          struct wats_buffer *out)
{
  return append_page(registry, out, false);
}

enum wats_errc wats_exposition_openmetrics(struct wats_registry *registry,
                                           struct wats_buffer *out)
{
  return append_page(registry, out, true);
}
