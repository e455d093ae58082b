/*
** job_heap.c - see job_heap.h.
*/
#include "job_heap.h"

#include "alloc.h"

static bool before(const struct wats_job *a, const struct wats_job *b)
{
  if (a->due_ns != b->due_ns) return a->due_ns < b->due_ns;
  return a->arrival < b->arrival;
}

static void put(struct wats_job_heap *heap, size_t place, struct wats_job *job)
{
  heap->jobs[place] = job;
  job->heap_place = place;
}

static void rise(struct wats_job_heap *heap, size_t place, struct wats_job *job)
{
  while (place > 0 && before(job, heap->jobs[(place - 1) / 2])) {
    put(heap, place, heap->jobs[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  put(heap, place, job);
}

static void sink(struct wats_job_heap *heap, size_t place, struct wats_job *job)
{
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= heap->count) break;
    if (child + 1 < heap->count &&
        before(heap->jobs[child + 1], heap->jobs[child]))
      child++;
    if (!before(heap->jobs[child], job)) break;
    put(heap, place, heap->jobs[child]);
    place = child;
  }
  put(heap, place, job);
}

enum wats_errc wats_job_heap_add(struct wats_job_heap *heap,
                                 struct wats_job *job, int64_t due_ns)
{
  if (heap->count == heap->capacity) {
    size_t capacity = heap->capacity ? 2 * heap->capacity : 16;
    struct wats_job **grown =
        wats_realloc(heap->jobs, capacity * sizeof *heap->jobs);
    if (!grown) return WATS_ERR_MEMORY;
    heap->jobs = grown;
    heap->capacity = capacity;
  }
  job->arrival = heap->arrivals++;
  job->due_ns = due_ns;
  job->timed = true;
  rise(heap, heap->count++, job);
  return WATS_OK;
}

struct wats_job *wats_job_heap_first(const struct wats_job_heap *heap)
{
  return heap->count ? heap->jobs[0] : NULL;
}

void wats_job_heap_remove(struct wats_job_heap *heap, struct wats_job *job)
{
  size_t place = job->heap_place;
  struct wats_job *last;
  if (!job->timed) return;
  job->timed = false;
  last = heap->jobs[--heap->count];
  if (last == job) return;
  if (place > 0 && before(last, heap->jobs[(place - 1) / 2]))
    rise(heap, place, last);
  else
    sink(heap, place, last);
}

void wats_job_heap_free(struct wats_job_heap *heap)
{
  wats_free(heap->jobs);
  heap->jobs = NULL;
  heap->count = heap->capacity = 0;
}
