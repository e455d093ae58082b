/*
** exposition_json.c - a registry as JSON, see exposition.h.
*/
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "exposition.h"
#include "number.h"

/* What the summaries are made of, by family. */
enum figure {
  CACHE_REQUESTS,
  CACHE_HITS,
  CACHE_MISSES,
  CACHE_EVICTIONS,
  CACHE_ENTRIES,
  CACHE_MAX_ENTRIES,
  QUEUE_DEPTH,
  QUEUE_SENT,
  QUEUE_DEAD,
  QUEUE_IN_FLIGHT, /* of the depth */
  FIGURES
};

static const char *const names[QUEUE_IN_FLIGHT] = {
    [CACHE_REQUESTS] = "wats_http_cache_requests_total",
    [CACHE_HITS] = "wats_http_cache_hits_total",
    [CACHE_MISSES] = "wats_http_cache_misses_total",
    [CACHE_EVICTIONS] = "wats_http_cache_evictions_total",
    [CACHE_ENTRIES] = "wats_http_cache_entries",
    [CACHE_MAX_ENTRIES] = "wats_http_cache_max_entries",
    [QUEUE_DEPTH] = "wats_queue_depth",
    [QUEUE_SENT] = "wats_queue_sent_total",
    [QUEUE_DEAD] = "wats_queue_dead_total"};

struct page {
  struct wats_buffer *out;
  enum wats_errc code; /* the first failure; nothing is written after it */
  const struct wats_family *family;
  enum figure figure; /* that it is; QUEUE_IN_FLIGHT: none */
  bool has_queue;
  double figures[FIGURES];
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

/* --- families ------------------------------------------------------------ */

static enum figure figure_of(const struct wats_family *family)
{
  int i;
  for (i = 0; i < QUEUE_IN_FLIGHT; i++)
    if (strcmp(wats_family_name(family), names[i]) == 0) break;
  return (enum figure)i;
}

/* What is dead waits for nobody. */
static void note(struct page *page, const struct wats_sample *sample)
{
  const char *state = "";
  if (page->figure == QUEUE_IN_FLIGHT) return;
  if (page->figure == QUEUE_DEPTH && wats_family_label_count(sample->family))
    state = wats_metric_label_value(sample->metric, 0).data;
  if (strcmp(state, "dead") == 0) return;
  page->figures[page->figure] += sample->value;
  if (strcmp(state, "in_flight") == 0)
    page->figures[QUEUE_IN_FLIGHT] += sample->value;
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
  page->figure = figure_of(family);
  if (page->figure == QUEUE_DEPTH) page->has_queue = true;
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
  note(page, sample);
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

/* --- summaries ----------------------------------------------------------- */

static void put_member(struct page *page, const char *name, double value)
{
  put_text(page, name);
  put_number(page, value);
}

static void put_cache(struct page *page)
{
  const double *f = page->figures;
  bool enabled = f[CACHE_MAX_ENTRIES] > 0, asked = f[CACHE_REQUESTS] > 0;
  put_text(page, ",\"http_cache\":{\"enabled\":");
  put_text(page, enabled ? "true" : "false");
  put_member(page, ",\"size\":", f[CACHE_ENTRIES]);
  put_member(page, ",\"max_size\":", f[CACHE_MAX_ENTRIES]);
  put_member(page, ",\"requests\":", f[CACHE_REQUESTS]);
  put_member(page, ",\"hits\":", f[CACHE_HITS]);
  put_member(page, ",\"misses\":", f[CACHE_MISSES]);
  put_member(page,
             ",\"hit_rate\":", asked ? f[CACHE_HITS] / f[CACHE_REQUESTS] : 0);
  put_member(page, ",\"evictions\":", f[CACHE_EVICTIONS]);
  put_text(page, "}");
}

static void put_queue(struct page *page)
{
  const double *f = page->figures;
  put_text(page, ",\"queue\":");
  if (!page->has_queue) {
    put_text(page, "null");
    return;
  }
  put_member(page, "{\"size\":", f[QUEUE_DEPTH]);
  put_member(page, ",\"active_workers\":", f[QUEUE_IN_FLIGHT]);
  put_member(page, ",\"total_processed\":", f[QUEUE_SENT] + f[QUEUE_DEAD]);
  put_text(page, "}");
}

enum wats_errc wats_exposition_json(struct wats_registry *registry,
                                    struct wats_buffer *out)
{
  struct page page = {.out = out};
  size_t before = out->length;
  put_text(&page, "{\"families\":[");
  if (!page.code)
    page.code = wats_registry_visit(registry, append_sample, &page);
  put_text(&page, page.family ? "]}]" : "]");
  put_cache(&page);
  put_queue(&page);
  put_text(&page, "}");
  if (page.code) out->length = before;
  return page.code;
}
