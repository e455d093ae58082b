/*
** test_metrics_removed.c - children that come and go.
*/
#include "metrics_fixture.h"

struct page {
  char text[4096];
  size_t length;
};

static enum wats_errc write_line(const struct wats_sample *sample,
                                 void *context)
{
  struct page *page = context;
  page->length += (size_t)snprintf(
      page->text + page->length, sizeof page->text - page->length,
      "%s{%.*s} %g\n", wats_family_name(sample->family),
      (int)sample->labels_length, sample->labels, sample->value);
  return WATS_OK;
}

static void removed_and_back(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_family *c = family(r, WATS_METRIC_COUNTER, "c_total", "l");
  struct wats_family *h = family(r, WATS_METRIC_HISTOGRAM, "h", "l");
  struct wats_family *g = family(r, WATS_METRIC_GAUGE, "g", NULL);
  struct wats_text x = {"x", 1}, bad = {"\xff", 1};
  struct wats_metric *kept = child(c, "x"), *observed = child(h, "x");
  struct page page = {0};
  wats_counter_add(kept, 2.5);
  wats_counter_inc(child(c, "y"));
  wats_counter_inc(child(c, "\xff"));
  wats_histogram_observe(observed, 3);
  wats_gauge_set(child(g, NULL), 7);
  CHECK(wats_family_remove(c, &x, 1));
  CHECK(!wats_family_remove(c, &x, 1));
  CHECK(wats_family_remove(c, &bad, 1));
  CHECK(wats_family_remove(h, &x, 1));
  CHECK(!wats_family_remove(h, &bad, 1));
  CHECK(!wats_family_remove(g, NULL, 0) && !wats_family_remove(c, NULL, 0));
  wats_counter_inc(kept); /* to no effect */
  wats_histogram_observe(observed, 1);
  CHECK_INT(wats_registry_visit(r, write_line, &page), WATS_OK);
  CHECK_STR(page.text, "c_total{l=\"y\"} 1\ng{} 7\n");
  CHECK(child(c, "x") == kept && same(wats_metric_value(kept), 0));
  CHECK(child(h, "x") == observed && same(wats_metric_value(observed), 0));
  wats_counter_inc(kept);
  wats_histogram_observe(observed, 2);
  CHECK(same(wats_histogram_sum(observed), 2));
  CHECK(same(wats_metric_value(observed), 1));
  wats_family_clear(c);
  wats_family_clear(g);
  wats_family_clear(h);
  page.length = 0;
  CHECK_INT(wats_registry_visit(r, write_line, &page), WATS_OK);
  CHECK_STR(page.text, "g{} 0\n");
  wats_registry_release(r);
}

/* What comes and goes leaves room for others, up to a bound; and the overflow
** is a child as others are. */
static void bounded_though_removed(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = family(r, WATS_METRIC_COUNTER, "c_total", "l");
  struct wats_text over = {"overflow", 8};
  struct wats_metric *beyond;
  char text[20];
  int i;
  for (i = 0; i < WATS_METRIC_MAX_VALUES; i++) {
    struct wats_text value = {text, 0};
    value.length = (size_t)snprintf(text, sizeof text, "%d", i);
    wats_counter_inc(child(f, text));
    if (i % 500) CHECK(wats_family_remove(f, &value, 1));
  }
  beyond = child(f, "new");
  CHECK_STR(wats_metric_label_value(beyond, 0).data, "overflow");
  CHECK(child(f, "1") != beyond); /* known of old */
  CHECK(wats_family_remove(f, &over, 1));
  CHECK(!wats_family_remove(f, &over, 1));
  CHECK(child(f, "newer") == beyond);
  wats_family_clear(
      family(r, WATS_METRIC_COUNTER, "wats_metrics_overflow_total", "family"));
  CHECK(child(f, "newest") == beyond);
  CHECK(same(
      wats_metric_value(child(family(r, WATS_METRIC_COUNTER,
                                     "wats_metrics_overflow_total", "family"),
                              "c_total")),
      1));
  wats_family_clear(f);
  CHECK_STR(wats_metric_label_value(child(f, "x"), 0).data, "overflow");
  wats_registry_release(r);
}

int main(void)
{
  RUN(removed_and_back);
  RUN(bounded_though_removed);
  return test_report();
}
