/*
** test_operations.c - families by name, and that the first table stands, also
** when many threads install at once.
*/
#include <pthread.h>
#include <stdio.h>

#include "core/alloc.h"
#include "core/operations.h"
#include "test.h"

#define THREADS 8

static enum wats_errc add(struct wats_operation_table *table,
                          const char *method, const char *path, int family,
                          uint64_t stale)
{
  struct wats_operation operation = {0};
  operation.method = method;
  operation.path = path;
  operation.family = family;
  operation.stale = stale;
  return wats_operation_table_add(table, &operation, NULL);
}

static void families_by_name(void)
{
  struct wats_operation_table *table = wats_operation_table_create();
  struct wats_error error;
  char name[16];
  int first = -5, second = -5, again = -5, i;
  CHECK_INT(wats_operation_table_family(table, "product", &first, NULL), 0);
  CHECK_INT(wats_operation_table_family(table, "asset", &second, NULL), 0);
  CHECK_INT(wats_operation_table_family(table, "product", &again, NULL), 0);
  CHECK(first == again && first != second);
  CHECK_INT(wats_operation_table_family(table, "", &again, NULL),
            WATS_ERR_ARGUMENT);
  CHECK_INT(add(table, "GET", "/a", 2, 0), WATS_ERR_ARGUMENT);
  CHECK_INT(add(table, "PUT", "/a", first, 4), WATS_ERR_ARGUMENT);
  CHECK_INT(add(table, "PUT", "/a", first, 3), WATS_OK);
  for (i = 2; i < WATS_MAX_FAMILIES; i++) {
    snprintf(name, sizeof name, "f%d", i);
    CHECK_INT(wats_operation_table_family(table, name, &again, NULL), 0);
  }
  CHECK_INT(wats_operation_table_family(table, "more", &again, &error),
            WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "family \"more\": there can be 48 at most");
  CHECK_INT(again, WATS_MAX_FAMILIES - 1);
  wats_operation_table_destroy(table);
  wats_operation_table_destroy(NULL);
}

static void domains_by_name(void)
{
  struct wats_operation_table *table = wats_operation_table_create();
  struct wats_operation operation = {.method = "GET", .path = "/a"};
  struct wats_error error;
  char name[16];
  int number = -5, i;
  CHECK_INT(wats_operation_table_domain(table, "product", &number, NULL), 0);
  CHECK_INT(number, 1);
  CHECK_INT(wats_operation_table_domain(table, "asset", &number, NULL), 0);
  CHECK_INT(number, 2);
  CHECK_INT(wats_operation_table_domain(table, "product", &number, NULL), 0);
  CHECK_INT(number, 1);
  operation.family = WATS_NO_FAMILY;
  operation.domain = 3;
  CHECK_INT(wats_operation_table_add(table, &operation, NULL),
            WATS_ERR_ARGUMENT);
  operation.domain = 2;
  CHECK_INT(wats_operation_table_add(table, &operation, NULL), WATS_OK);
  for (i = 2; i < WATS_MAX_DOMAINS; i++) {
    snprintf(name, sizeof name, "d%d", i);
    CHECK_INT(wats_operation_table_domain(table, name, &number, NULL), 0);
  }
  CHECK_INT(number, WATS_MAX_DOMAINS);
  CHECK_INT(wats_operation_table_domain(table, "more", &number, &error),
            WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "domain \"more\": there can be 32 at most");
  wats_operation_table_destroy(table);
}

static void survives_short_memory(void)
{
  long n;
  for (n = 0; n < 12; n++) {
    struct wats_operation_table *table;
    int family = -1, domain = -1;
    wats_alloc_fail_after(n);
    table = wats_operation_table_create();
    if (table && !wats_operation_table_family(table, "a", &family, NULL))
      (void)add(table, "GET", "/a/{b}", family, 0);
    if (table) (void)wats_operation_table_domain(table, "b", &domain, NULL);
    wats_alloc_fail_never();
    wats_operation_table_destroy(table);
  }
}

static void *install(void *context)
{
  struct wats_operation_table *table = wats_operation_table_create();
  int family, domain;
  wats_operation_table_family(table, "product", &family, NULL);
  wats_operation_table_domain(table, "product", &domain, NULL);
  add(table, "GET", "/api/Product/{partNumber}", family, 0);
  *(bool *)context = wats_operation_table_install(table);
  if (!*(bool *)context) wats_operation_table_destroy(table);
  return NULL;
}

static void the_first_table_stands(void)
{
  pthread_t threads[THREADS];
  bool won[THREADS] = {false};
  const struct wats_routes *routes;
  int i, winners = 0;
  CHECK(wats_operations() == NULL);
  CHECK(wats_operations_family(0) == NULL);
  CHECK_INT(wats_operations_domain("product"), WATS_NO_DOMAIN);
  for (i = 0; i < THREADS; i++)
    CHECK_INT(pthread_create(threads + i, NULL, install, won + i), 0);
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    winners += won[i];
  }
  CHECK_INT(winners, 1);
  routes = wats_operations();
  CHECK(routes &&
        wats_routes_match(routes, "GET", "/api/product/1", 14, NULL) != NULL);
  CHECK_STR(wats_operations_family(0), "product");
  CHECK(wats_operations_family(1) == NULL);
  CHECK_INT(wats_operations_domain("product"), 1);
  CHECK_INT(wats_operations_domain("asset"), WATS_NO_DOMAIN);
  CHECK_STR(wats_operations_domain_name(1), "product");
  CHECK(wats_operations_domain_name(WATS_NO_DOMAIN) == NULL);
  CHECK(wats_operations_domain_name(2) == NULL);
  CHECK(wats_operations_family(WATS_NO_FAMILY) == NULL);
  install(won);
  CHECK(!won[0] && wats_operations() == routes);
}

int main(void)
{
  RUN(families_by_name);
  RUN(domains_by_name);
  RUN(survives_short_memory);
  RUN(the_first_table_stands);
  return test_report();
}
