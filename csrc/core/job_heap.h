/*
** job_heap.h - jobs that have something due, the next one first; for engine.c.
**
** A binary heap by due_ns, and by order of arrival where those are equal.
** One thread at a time. Only add can fail, for want of memory.
*/
#ifndef WATS_JOB_HEAP_H
#define WATS_JOB_HEAP_H

#include "job.h"

struct wats_job_heap {
  struct wats_job **jobs;
  size_t count, capacity;
  uint64_t arrivals;
};

enum wats_errc wats_job_heap_add(struct wats_job_heap *heap,
                                 struct wats_job *job, int64_t due_ns);
/* NULL when empty. */
struct wats_job *wats_job_heap_first(const struct wats_job_heap *heap);
/* One that is in none is left alone. */
void wats_job_heap_remove(struct wats_job_heap *heap, struct wats_job *job);
void wats_job_heap_free(struct wats_job_heap *heap);

#endif
