/*
** operations.h - the one table of the API's operations, for the whole process.
**
** Somebody (the Lua module at load time, or a C host) fills a table and
** installs it; the first one installed stands until the process ends, is never
** changed or freed, and is read without a lock by any thread. Later ones are
** given back: every Lua state comes with the same list.
** A table that is being filled belongs to one thread.
*/
#ifndef WATS_OPERATIONS_H
#define WATS_OPERATIONS_H

#include "routes.h"

struct wats_operation_table;

/* NULL when memory is short. */
struct wats_operation_table *wats_operation_table_create(void);
/* Accepts NULL; not for one that was installed. */
void wats_operation_table_destroy(struct wats_operation_table *table);

/*
** The number of the family of that name, given on first mention.
** WATS_ERR_ARGUMENT: empty, or more than WATS_MAX_FAMILIES.
*/
enum wats_errc wats_operation_table_family(struct wats_operation_table *table,
                                           const char *name, int *out,
                                           struct wats_error *error);
/* Likewise of a domain, from 1; at most WATS_MAX_DOMAINS. */
enum wats_errc wats_operation_table_domain(struct wats_operation_table *table,
                                           const char *name, int *out,
                                           struct wats_error *error);
/* As wats_routes_add; family and domain must have been had from the functions
** above. */
enum wats_errc wats_operation_table_add(struct wats_operation_table *table,
                                        const struct wats_operation *operation,
                                        struct wats_error *error);

/*
** Makes it the process's table and takes it over: true. False when there is
** one already; the caller still owns his.
*/
bool wats_operation_table_install(struct wats_operation_table *table);

/* The installed table, or NULL before there is one. */
const struct wats_routes *wats_operations(void);
/* The family's name, or NULL when the installed table has none such. */
const char *wats_operations_family(int family);
/* The domain of that name, or WATS_NO_DOMAIN. */
int wats_operations_domain(const char *name);
/* Its name, or NULL. */
const char *wats_operations_domain_name(int domain);

#endif
