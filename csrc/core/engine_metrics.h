/*
** engine_metrics.h - figures of the engine, which all clients share, in the
** default registry: wats_http_connections_open. Brought up to date by each
** read-out.
*/
#ifndef WATS_ENGINE_METRICS_H
#define WATS_ENGINE_METRICS_H

#include "error.h"

/* Does nothing the second time. WATS_ERR_MEMORY: call again some time. Any
** thread. */
enum wats_errc wats_engine_metrics_install(void);

#endif
