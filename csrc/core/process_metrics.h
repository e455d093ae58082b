/*
** process_metrics.h - figures of this process, in the default registry.
**
** process_cpu_seconds_total, process_max_fds, and on Linux from /proc also
** process_resident_memory_bytes, process_virtual_memory_bytes,
** process_open_fds, process_threads and process_start_time_seconds; elsewhere
** those are left out rather than guessed. Brought up to date by each read-out.
** What cannot be read at that moment is NaN.
*/
#ifndef WATS_PROCESS_METRICS_H
#define WATS_PROCESS_METRICS_H

#include "error.h"

/* Does nothing the second time. WATS_ERR_MEMORY: call again some time. Any
** thread may call. */
enum wats_errc wats_process_metrics_install(void);

/*
** wats_build_info{version,libcurl,lua} 1: which builds run where. `lua` is ""
** for a host without Lua.
*/
enum wats_errc wats_build_info_install(const char *version, const char *lua);
/* The libcurl that runs; static text. */
const char *wats_libcurl_version(void);

#endif
