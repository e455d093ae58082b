/*
** jobs.c - see jobs.h.
*/
#include "jobs.h"

#include "clock.h"

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

static void end(struct wats_job **ended, struct wats_job *job, CURLcode code)
{
  job->place = WATS_JOB_NOWHERE;
  job->code = code;
  job->next = *ended;
  *ended = job;
}

static void begin(struct wats_jobs *jobs, struct wats_job *job,
                  struct wats_job **ended)
{
  if (!job->curl) {
    end(ended, job, CURLE_OK);
    return;
  }
  curl_easy_setopt(job->curl, CURLOPT_PRIVATE, job);
  if ((job->end_ns > 0 &&
       wats_job_heap_add(&jobs->timed, job, job->end_ns) != WATS_OK) ||
      curl_multi_add_handle(jobs->multi, job->curl) != CURLM_OK) {
    wats_job_heap_remove(&jobs->timed, job);
    end(ended, job, CURLE_OUT_OF_MEMORY);
  } else
    job->place = WATS_JOB_RUNNING;
}

/* It is nowhere then. */
static void take_out(struct wats_jobs *jobs, struct wats_job *job)
{
  if (job->place == WATS_JOB_RUNNING)
    curl_multi_remove_handle(jobs->multi, job->curl);
  wats_job_heap_remove(&jobs->timed, job);
}

void wats_jobs_take_in(struct wats_jobs *jobs, struct wats_job *job,
                       struct wats_job **ended)
{
  while (job) {
    struct wats_job *next = job->next;
    if (job->start_ns <= 0 || job->start_ns <= now())
      begin(jobs, job, ended);
    else if (wats_job_heap_add(&jobs->timed, job, job->start_ns) == WATS_OK)
      job->place = WATS_JOB_DELAYED;
    else
      end(ended, job, CURLE_OUT_OF_MEMORY);
    job = next;
  }
}

/* Of one that has begun libcurl sees to the time. */
static void end_late(struct wats_jobs *jobs, struct wats_job *job,
                     struct wats_job **ended)
{
  if (*job->begun_ns) return;
  take_out(jobs, job);
  end(ended, job, CURLE_OPERATION_TIMEDOUT);
}

void wats_jobs_do_due(struct wats_jobs *jobs, struct wats_job **ended)
{
  struct wats_job *job;
  int64_t time;
  if (!wats_job_heap_first(&jobs->timed)) return;
  time = now();
  while ((job = wats_job_heap_first(&jobs->timed)) != NULL &&
         job->due_ns <= time) {
    wats_job_heap_remove(&jobs->timed, job);
    if (job->place == WATS_JOB_DELAYED)
      begin(jobs, job, ended);
    else
      end_late(jobs, job, ended);
  }
}

/* One that is nowhere has just failed to get in, and is ended already. All stay
** marked until they are ended: nobody links them anew meanwhile. */
void wats_jobs_cancel(struct wats_jobs *jobs, struct wats_job *job,
                      struct wats_job **ended)
{
  for (; job; job = job->next_cancelled) {
    if (job->place == WATS_JOB_NOWHERE) continue;
    take_out(jobs, job);
    end(ended, job, CURLE_ABORTED_BY_CALLBACK);
  }
}

/*
** What libcurl held back is delivered here, and may be refused. One without a
** connection, yet or any more, has nothing to be resumed.
*/
void wats_jobs_resume(struct wats_jobs *jobs, struct wats_job *job,
                      struct wats_job **ended)
{
  CURLcode code;
  if (job->place != WATS_JOB_RUNNING) return;
  code = curl_easy_pause(job->curl, CURLPAUSE_CONT);
  if (code == CURLE_OK || code == CURLE_BAD_FUNCTION_ARGUMENT) return;
  take_out(jobs, job);
  end(ended, job, code);
}

void wats_jobs_collect(struct wats_jobs *jobs, struct wats_job **ended)
{
  const CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(jobs->multi, &left)) != NULL) {
    struct wats_job *job = NULL;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
    take_out(jobs, job);
    end(ended, job, code);
  }
}

/* In the order in which they ended: the list has the last one first. */
void wats_jobs_tell(struct wats_job *ended)
{
  struct wats_job *job = NULL;
  while (ended) {
    struct wats_job *next = ended->next;
    ended->next = job;
    job = ended;
    ended = next;
  }
  while (job) {
    struct wats_job *next = job->next;
    job->done(job, job->code);
    job = next;
  }
}
