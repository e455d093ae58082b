/*
** test_freshness_terms.c - lifetimes that a client gives by class and domain,
** and what a request's own bounds leave of a life.
*/
#include "core/freshness.h"

#include "core/clock.h"
#include "field_text.h"

#define S     WATS_NS_PER_S
#define ANY   INT64_C(-1) /* unbounded */
#define ASKED INT64_C(-2)

/* --- classes and domains -------------------------------------------------- */

#define NEVER INT64_C(-2) /* of a term */

static const struct {
  int volatility; /* -1: not in the table */
  int domain;
  int64_t reference, domain_s; /* s; -1: nothing said */
  int64_t caller, client;      /* s; caller -1: none, ASKED: but a mode */
  bool refused;
  int64_t silent, heuristic;
} rows[] = {
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, -1, 300, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, 900, -1, 300, false, 900, 900},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, -1, 0, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, 0, -1, 300, false, 0, 0},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, 7, 300, false, 7, 7},
    {WATS_VOLATILITY_STANDARD, 1, -1, 60, ASKED, 300, false, 60, 60},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, -1, 300, true, 300, 300},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, 7, 300, false, 7, 7},
    {WATS_VOLATILITY_STANDARD, 1, -1, NEVER, ASKED, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 2, -1, 60, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 0, -1, 60, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_STANDARD, 1, 60, -1, -1, 300, false, 300, 300},
    {WATS_VOLATILITY_REFERENCE, 1, 60, -1, -1, 300, false, 60, 60},
    {WATS_VOLATILITY_REFERENCE, 1, 60, -1, -1, 0, false, 60, 60},
    {WATS_VOLATILITY_REFERENCE, 1, 0, -1, -1, 300, false, 0, 0},
    {WATS_VOLATILITY_REFERENCE, 1, 60, 7200, -1, 300, false, 7200, 7200},
    {WATS_VOLATILITY_REFERENCE, 1, 60, NEVER, -1, 300, true, 3600, 3600},
    {WATS_VOLATILITY_REFERENCE, 1, -1, -1, -1, 300, false, 3600, 3600},
    {WATS_VOLATILITY_LIVE, 1, 60, 60, -1, 300, true, 300, 300},
    {WATS_VOLATILITY_LIVE, 1, 60, 60, ASKED, 300, false, 300, 300},
    {WATS_VOLATILITY_LIVE, 1, 60, NEVER, 7, 300, false, 7, 7},
    {-1, 0, 60, 60, -1, 300, false, 300, ANY},
};

static struct wats_cache_term term_of(int64_t said)
{
  struct wats_cache_term term = {WATS_TERM_NONE, 0};
  if (said == NEVER) term.kind = WATS_TERM_NEVER;
  if (said < 0) return term;
  term.kind = WATS_TERM_TTL;
  term.ns = said * S;
  return term;
}

static void what_a_client_says(void)
{
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_operation operation = {0};
    const struct wats_operation *known = &operation;
    int64_t caller = rows[i].caller;
    int before = test_bad_checks;
    struct wats_cache_terms terms;
    struct wats_cache_term term;
    struct wats_cache_policy p;
    memset(&terms, 0, sizeof terms);
    terms.reference = term_of(rows[i].reference);
    terms.domains[1] = term_of(rows[i].domain_s);
    if (rows[i].volatility < 0) known = NULL;
    operation.volatility = (enum wats_volatility)rows[i].volatility;
    operation.domain = rows[i].domain;
    term = wats_cache_term_for(&terms, known);
    wats_cache_policy_for(known, "/api/x", 6, caller == ASKED,
                          caller < 0 ? -1 : caller * S, &term,
                          rows[i].client * S, &p);
    CHECK((p.refusal != NULL) == rows[i].refused);
    CHECK_INT(p.silent_ns, rows[i].silent * S);
    CHECK_INT(p.heuristic_ns,
              rows[i].heuristic == ANY ? WATS_NEVER : rows[i].heuristic * S);
    if (test_bad_checks != before) printf("row %zu\n", i);
  }
}

/* --- a request's bounds --------------------------------------------------- */

/* What a request's own bounds leave of a life (5.2.1). */
static void what_a_request_leaves(void)
{
  static const struct {
    const char *request;
    int64_t age, left, serves; /* s */
  } wishes[] = {
      {"", 20, 40, 40},
      {"Cache-Control: max-age=30", 20, 40, 10},
      {"Cache-Control: max-age=90", 20, 40, 40},
      {"Cache-Control: max-age=10", 20, 40, -10},
      {"Cache-Control: min-fresh=15", 20, 40, 25},
      {"Cache-Control: min-fresh=50", 20, 40, -10},
      {"Cache-Control: max-age=30, min-fresh=35", 20, 40, 5},
      {"", 70, -10, -10},
  };
  size_t i;
  for (i = 0; i < sizeof wishes / sizeof *wishes; i++) {
    struct wats_stored stored = {
        .lifetime = {(wishes[i].age + wishes[i].left) * S,
                     WATS_LIFETIME_MAX_AGE},
        .age_ns = wishes[i].age * S,
        .while_revalidate_s = WATS_SECONDS_NONE,
        .if_error_s = WATS_SECONDS_NONE};
    struct wats_cache_policy policy = {.limit_ns = WATS_NEVER};
    struct wats_cache_demand demand;
    struct wats_headers request;
    struct wats_reuse reuse;
    fill(&request, wishes[i].request);
    wats_cache_demand_read(&request, &demand);
    wats_freshness_judge(&stored, &policy, &demand, false, 0, &reuse);
    CHECK_INT(reuse.fresh_for_ns, wishes[i].serves * S);
    wats_headers_free(&request);
  }
}

int main(void)
{
  RUN(what_a_client_says);
  RUN(what_a_request_leaves);
  return test_report();
}
