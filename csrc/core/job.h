/*
** job.h - one use of an easy handle, as the engine sees it; see engine.h.
*/
#ifndef WATS_JOB_H
#define WATS_JOB_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct wats_job {
  /* Set by the owner. */
  CURL *curl;       /* NULL: a timer, done with CURLE_OK when it is due */
  int64_t start_ns; /* not before; monotonic. 0: at once */
  void (*done)(struct wats_job *job, CURLcode code);
  /* libcurl counts no time while a transfer waits for a connection. So a job
     of which *begun_ns is 0 still at end_ns, monotonic, is done with
     CURLE_OPERATION_TIMEDOUT. 0: no end. */
  int64_t end_ns;
  const int64_t *begun_ns;
  /* The engine's: under its lock, */
  bool submitted, cancelled;
  unsigned generation;   /* of the engine that it was submitted to */
  bool stopped;          /* cancelled once, and for all later submits */
  struct wats_job *next; /* in the inbox, then among those just ended */
  struct wats_job *next_cancelled;
  bool resumed;
  struct wats_job *next_resumed;
  /* and the driver's alone. */
  enum { WATS_JOB_NOWHERE, WATS_JOB_DELAYED, WATS_JOB_RUNNING } place;
  CURLcode code;
  bool timed; /* in the heap, until due_ns */
  int64_t due_ns;
  size_t heap_place;
  uint64_t arrival;
};

#endif
