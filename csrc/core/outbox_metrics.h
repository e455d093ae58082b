/*
** outbox_metrics.h - what waits in the queues of a process, in a registry.
**
** Gauges, over all files that are watched, each of them once however many have
** it open: wats_queue_depth{state} (ready, waiting, blocked, in_flight, dead,
** lifeboat: all but dead together are what is not yet confirmed),
** wats_queue_bytes (of all bodies), wats_queue_oldest_age_seconds (of the
** oldest that is not yet confirmed; 0: there is none). They are what all
** processes see in the file, whatever server a report is for.
**
** Counters of what this process did since the watch began:
** wats_queue_{enqueued,sent,dead,duplicate}_total, and
** wats_queue_{lifeboat,damaged,lost_leases}_total for what should not be.
**
** The gauges are read when the registry is read out. That waits no longer than
** WATS_OUTBOX_METRICS_PATIENCE for a file: if it is not to be had, the figures
** that it had last stand, or NaN where none were ever had.
**
** A watch retains registry and outbox. Any thread. Its lock is held while
** figures are read, and taken before those of outbox.h.
*/
#ifndef WATS_OUTBOX_METRICS_H
#define WATS_OUTBOX_METRICS_H

#include "metrics.h"
#include "outbox.h"

#define WATS_OUTBOX_METRICS_PATIENCE (20 * WATS_NS_PER_MS)

struct wats_outbox_watch;

/* WATS_ERR_ARGUMENT: a name of ours stands for something else there;
** WATS_ERR_MEMORY. */
enum wats_errc wats_outbox_watch(struct wats_registry *registry,
                                 struct wats_outbox *outbox,
                                 struct wats_outbox_watch **out,
                                 struct wats_error *error);
/* Counters keep what was counted. Accepts NULL. */
void wats_outbox_unwatch(struct wats_outbox_watch *watch);

#endif
