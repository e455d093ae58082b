/*
** operations.c - see operations.h.
*/
#include "operations.h"

#include <stdatomic.h>
#include <string.h>

#include "alloc.h"

struct wats_operation_table {
  struct wats_routes *routes;
  int families;
  char *names[WATS_MAX_FAMILIES];
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

void wats_operation_table_destroy(struct wats_operation_table *table)
{
  if (!table) return;
  while (table->families)
    wats_free(table->names[--table->families]);
  wats_routes_destroy(table->routes);
  wats_free(table);
}

enum wats_errc wats_operation_table_family(struct wats_operation_table *table,
                                           const char *name, int *out,
                                           struct wats_error *error)
{
  char *copy;
  int i;
  if (!*name) return wats_fail(error, WATS_ERR_ARGUMENT, "empty family name");
  for (i = 0; i < table->families; i++)
    if (strcmp(table->names[i], name) == 0) {
      *out = i;
      return WATS_OK;
    }
  if (table->families == WATS_MAX_FAMILIES)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "family \"%.60s\": there can be %d at most", name,
                     WATS_MAX_FAMILIES);
  copy = wats_strndup(name, strlen(name));
  if (!copy) return wats_fail_memory(error);
  table->names[table->families] = copy;
  *out = table->families++;
  return WATS_OK;
}

enum wats_errc wats_operation_table_add(struct wats_operation_table *table,
                                        const struct wats_operation *operation,
                                        struct wats_error *error)
{
  if (operation->family >= table->families ||
      operation->stale >> table->families)
    return wats_fail(error, WATS_ERR_ARGUMENT, "%.120s: unknown family",
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
  if (!table || family < 0 || family >= table->families) return NULL;
  return table->names[family];
}
