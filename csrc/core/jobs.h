/*
** jobs.h - what the engine's driver does with jobs: libcurl's multi, and the
** heap of those that begin or end at some time. For engine.c; only the holder
** of the
** driver token calls, with no lock held.
**
** Jobs that end are put in front of `*ended`; wats_jobs_tell calls their `done`
** in the order in which they did.
*/
#ifndef WATS_JOBS_H
#define WATS_JOBS_H

#include "job_heap.h"

struct wats_jobs {
  CURLM *multi;
  struct wats_job_heap timed;
};

/* A list by `next`: they begin, or wait until they do. */
void wats_jobs_take_in(struct wats_jobs *jobs, struct wats_job *list,
                       struct wats_job **ended);
/* Begins those that have waited long enough, ends those whose time is over. */
void wats_jobs_do_due(struct wats_jobs *jobs, struct wats_job **ended);
/* A list by `next_cancelled`. */
void wats_jobs_cancel(struct wats_jobs *jobs, struct wats_job *list,
                      struct wats_job **ended);
/* One that had paused goes on. */
void wats_jobs_resume(struct wats_jobs *jobs, struct wats_job *job,
                      struct wats_job **ended);
/* Those that libcurl is done with. */
void wats_jobs_collect(struct wats_jobs *jobs, struct wats_job **ended);
void wats_jobs_tell(struct wats_job *ended);

#endif
