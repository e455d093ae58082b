/*
** operations.c - see operations.h.
*/
#include "operations.h"

#include <stdatomic.h>
#include <string.h>

#include "alloc.h"

struct names {
  int count;
  char *text[WATS_MAX_FAMILIES]; /* of domains there are fewer */
};

struct wats_operation_table {
  struct wats_routes *routes;
  struct names families, domains;
};

static struct wats_operation_table *_Atomic installed;

struct wats_operation_table *wats_operation_table_create(void)
{
  struct wats_operation_table *table = wats_calloc(1, sizeof *table);
  if (!table) return NULL;
  table->routes = wats_routes_create();
  if (!table->routes) {
    wats_free(table);
    return NULL;
  }
  return table;
}

static void free_names(struct names *names)
{
  while (names->count)
    wats_free(names->text[--names->count]);
}

void wats_operation_table_destroy(struct wats_operation_table *table)
{
  if (!table) return;
  free_names(&table->families);
  free_names(&table->domains);
  wats_routes_destroy(table->routes);
  wats_free(table);
}

static int find(const struct names *names, const char *name)
{
  int i;
  for (i = 0; i < names->count; i++)
    if (strcmp(names->text[i], name) == 0) return i;
  return -1;
}

static enum wats_errc number_of(struct names *names, int most, const char *what,
                                const char *name, int *out,
                                struct wats_error *error)
{
  char *copy;
  if (!*name) return wats_fail(error, WATS_ERR_ARGUMENT, "empty %s name", what);
  *out = find(names, name);
  if (*out >= 0) return WATS_OK;
  if (names->count == most)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "%s \"%.60s\": there can be %d at most", what, name, most);
  copy = wats_strndup(name, strlen(name));
  if (!copy) return wats_fail_memory(error);
  names->text[names->count] = copy;
  *out = names->count++;
  return WATS_OK;
}

enum wats_errc wats_operation_table_family(struct wats_operation_table *table,
                                           const char *name, int *out,
                                           struct wats_error *error)
{
  int number = 0;
  enum wats_errc code = number_of(&table->families, WATS_MAX_FAMILIES, "family",
                                  name, &number, error);
  if (code == WATS_OK) *out = number;
  return code;
}

enum wats_errc wats_operation_table_domain(struct wats_operation_table *table,
                                           const char *name, int *out,
                                           struct wats_error *error)
{
  int number = 0;
  enum wats_errc code = number_of(&table->domains, WATS_MAX_DOMAINS, "domain",
                                  name, &number, error);
  if (code == WATS_OK) *out = number + 1;
  return code;
}

enum wats_errc wats_operation_table_add(struct wats_operation_table *table,
                                        const struct wats_operation *operation,
                                        struct wats_error *error)
{
  if (operation->family >= table->families.count ||
      operation->stale >> table->families.count ||
      operation->domain > table->domains.count)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "%.120s: unknown family or domain",
                     operation->path ? operation->path : "(no path)");
  return wats_routes_add(table->routes, operation, error);
}

bool wats_operation_table_install(struct wats_operation_table *table)
{
  struct wats_operation_table *none = NULL;
  return atomic_compare_exchange_strong_explicit(
      &installed, &none, table, memory_order_acq_rel, memory_order_acquire);
}

const struct wats_routes *wats_operations(void)
{
  const struct wats_operation_table *table =
      atomic_load_explicit(&installed, memory_order_acquire);
  return table ? table->routes : NULL;
}

const char *wats_operations_family(int family)
{
  const struct wats_operation_table *table =
      atomic_load_explicit(&installed, memory_order_acquire);
  if (!table || family < 0 || family >= table->families.count) return NULL;
  return table->families.text[family];
}

int wats_operations_domain(const char *name)
{
  const struct wats_operation_table *table =
      atomic_load_explicit(&installed, memory_order_acquire);
  return table ? find(&table->domains, name) + 1 : WATS_NO_DOMAIN;
}

const char *wats_operations_domain_name(int domain)
{
  const struct wats_operation_table *table =
      atomic_load_explicit(&installed, memory_order_acquire);
  if (!table || domain < 1 || domain > table->domains.count) return NULL;
  return table->domains.text[domain - 1];
}
