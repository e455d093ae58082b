/*
** exposition_json.c - a registry as JSON, see exposition.h.
*/
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "exposition.h"
#include "number.h"

struct page {
  struct wats_buffer *out;
  enum wats_errc code; /* the first failure; nothing is written after it */
  const struct wats_family *family;
};

static void put_bytes(struct page *page, const char *bytes, size_t length)
{
  if (!page->code) page->code = wats_buffer_append(page->out, bytes, length);
}

static void put_text(struct page *page, const char *text)
{
  put_bytes(page, text, strlen(text));
}

/* The text is UTF-8 already, so only what JSON itself forbids is escaped. */
static void put_string(struct page *page, const char *text, size_t length)
{
  static const char hex[] = "0123456789abcdef";
  size_t i, start = 0;
  put_text(page, "\"");
  for (i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    char escape[] = "\\u0000";
    if (c >= ' ' && c != '"' && c != '\\') continue;
    put_bytes(page, text + start, i - start);
    start = i + 1;
    escape[4] = hex[c >> 4];
    escape[5] = hex[c & 15];
    if (c >= ' ') {
      escape[1] = (char)c;
      escape[2] = '\0';
    }
    put_text(page, escape);
  }
  put_bytes(page, text + start, length - start);
  put_text(page, "\"");
}

static void put_unsigned(struct page *page, uint64_t value)
{
  char text[WATS_NUMBER_SIZE];
  put_bytes(page, text, wats_number_unsigned(text, value));
}

static void put_number(struct page *page, double value)
{
  char text[WATS_NUMBER_SIZE];
  if (isnan(value))
    put_text(page, "\"NaN\"");
  else if (isinf(value))
    put_text(page, value > 0 ? "\"+Inf\"" : "\"-Inf\"");
  else
    put_bytes(page, text, wats_number_double(text, value));
}

static void begin_family(struct page *page, const struct wats_family *family)
{
  static const char *const types[] = {[WATS_METRIC_COUNTER] = "counter",
                                      [WATS_METRIC_GAUGE] = "gauge",
                                      [WATS_METRIC_HISTOGRAM] = "histogram"};
  const char *help = wats_family_help(family);
  put_text(page, page->family ? "]},{\"name\":\"" : "{\"name\":\"");
  put_text(page, wats_family_name(family));
  put_text(page, "\",\"type\":\"");
  put_text(page, types[wats_family_type(family)]);
  put_text(page, "\",\"help\":");
  put_string(page, help, strlen(help));
  put_text(page, ",\"metrics\":[");
  page->family = family;
}

static void put_labels(struct page *page, const struct wats_sample *sample)
{
  size_t count = wats_family_label_count(sample->family), i;
  put_text(page, "{\"labels\":{");
  for (i = 0; i < count; i++) {
    struct wats_text value = wats_metric_label_value(sample->metric, i);
    put_text(page, i ? ",\"" : "\"");
    put_text(page, wats_family_label(sample->family, i));
    put_text(page, "\":");
    put_string(page, value.data, value.length);
  }
  put_text(page, "}");
}

static void put_histogram(struct page *page, const struct wats_sample *sample)
{
  size_t count, i;
  const double *bounds = wats_family_buckets(sample->family, &count);
  put_text(page, ",\"count\":");
  put_unsigned(page, sample->count);
  put_text(page, ",\"sum\":");
  put_number(page, sample->value);
  put_text(page, ",\"buckets\":[");
  for (i = 0; i <= count; i++) {
    put_text(page, i ? ",{\"le\":" : "{\"le\":");
    put_number(page, i < count ? bounds[i] : (double)INFINITY);
    put_text(page, ",\"count\":");
    put_unsigned(page, sample->buckets[i]);
    put_text(page, "}");
  }
  put_text(page, "]");
}

static enum wats_errc append_sample(const struct wats_sample *sample,
                                    void *context)
{
  struct page *page = context;
  if (sample->family != page->family)
    begin_family(page, sample->family);
  else
    put_text(page, ",");
  put_labels(page, sample);
  switch (wats_family_type(sample->family)) {
  case WATS_METRIC_HISTOGRAM:
    put_histogram(page, sample);
    break;
  case WATS_METRIC_COUNTER:
    put_text(page, ",\"value\":");
    if (sample->fraction > 0)
      put_number(page, sample->value);
    else
      put_unsigned(page, sample->whole);
    break;
  case WATS_METRIC_GAUGE:
    put_text(page, ",\"value\":");
    put_number(page, sample->value);
    break;
  }
  put_text(page, "}");
  return page->code;
}

enum wats_errc wats_exposition_json(struct wats_registry *registry,
                                    struct wats_buffer *out)
{
  struct page page = {out, WATS_OK, NULL};
  size_t before = out->length;
  put_text(&page, "{\"families\":[");
  if (!page.code)
    page.code = wats_registry_visit(registry, append_sample, &page);
  put_text(&page, page.family ? "]}]}" : "]}");
  if (page.code) out->length = before;
  return page.code;
}
