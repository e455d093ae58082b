/*
** lua_metrics.h - what the parts of the binding that deal with metrics share.
*/
#ifndef WATS_LUA_METRICS_H
#define WATS_LUA_METRICS_H

#include <lua.h>

#include "core/metrics.h"

/*
** The registry at stack index `arg`, which must be one (else raises at the
** caller's line). Borrowed: retain it to keep it longer than the userdata.
*/
struct wats_registry *wats_lua_check_registry(lua_State *L, int arg);
/* The same, or NULL when it is something else: for fields of an options
** table. */
struct wats_registry *wats_lua_test_registry(lua_State *L, int index);
/* Pushes a registry as userdata, with a reference of its own. */
void wats_lua_push_registry(lua_State *L, struct wats_registry *registry);

/* Pushes a family; the userdata keeps its registry. lua_metric.c. */
void wats_lua_push_family(lua_State *L, struct wats_family *family);
/*
** The histogram at `arg` that can be observed as it is (a child, or a family
** without labels); else raises.
*/
struct wats_metric *wats_lua_check_histogram(lua_State *L, int arg);
/* Likewise a counter. */
struct wats_metric *wats_lua_check_counter(lua_State *L, int arg);
/* Pushes the counter of the calls that failed, for those that the histogram at
** `arg` times: of its registry and labels, made when there is none. */
void wats_lua_push_errors_of(lua_State *L, int arg);
/* Makes the metatables of counters, gauges and histograms. */
void wats_lua_open_metric(lua_State *L);

#endif
