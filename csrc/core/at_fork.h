/*
** at_fork.h - what modules do when the process forks, in an order that cannot
** lock up.
**
** A child has only the thread that forked: a lock that another thread holds
** then
** is held in the child for ever. So modules take their locks before a fork,
** from
** the top of the core down, as the code does: what is higher may hold its lock
** while it waits for a lower one, never the other way round.
*/
#ifndef WATS_AT_FORK_H
#define WATS_AT_FORK_H

#include "error.h"

enum wats_fork_level { /* lowest first; one module each */
                       WATS_FORK_LOG,
                       WATS_FORK_CACHE_DISK,
                       WATS_FORK_OUTBOX,
                       WATS_FORK_UPSTREAM,
                       WATS_FORK_FLIGHTS, /* takes no lock */
                       WATS_FORK_METRICS,
                       WATS_FORK_OUTBOX_METRICS,
                       WATS_FORK_CACHES,
                       WATS_FORK_HANDLES,
                       WATS_FORK_ENGINE,
                       WATS_FORK_UPLOADER,
                       WATS_FORK_LEVELS
};

/*
** From now on `before` is called before each fork, highest level first, and one
** of the others after it, lowest level first. Any thread; once per level.
** WATS_ERR_MEMORY.
*/
enum wats_errc wats_at_fork(enum wats_fork_level level, void (*before)(void),
                            void (*in_parent)(void), void (*in_child)(void));

#endif
