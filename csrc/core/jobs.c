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
  if (curl_multi_add_handle(jobs->multi, job->curl) == CURLM_OK)
    job->place = WATS_JOB_RUNNING;
  else
    end(ended, job, CURLE_OUT_OF_MEMORY);
}

void wats_jobs_take_in(struct wats_jobs *jobs, struct wats_job *job,
                       struct wats_job **ended)
{
  while (job) {
    struct wats_job *next = job->next;
    if (job->start_ns <= 0 || job->start_ns <= now())
      begin(jobs, job, ended);
    else if (wats_job_heap_add(&jobs->delayed, job) == WATS_OK)
      job->place = WATS_JOB_DELAYED;
    else
      end(ended, job, CURLE_OUT_OF_MEMORY);
    job = next;
  }
}

void wats_jobs_begin_due(struct wats_jobs *jobs, struct wats_job **ended)
{
  struct wats_job *job;
  int64_t time;
  if (!wats_job_heap_first(&jobs->delayed)) return;
  time = now();
  while ((job = wats_job_heap_first(&jobs->delayed)) != NULL &&
         job->start_ns <= time) {
    wats_job_heap_remove(&jobs->delayed, job);
    begin(jobs, job, ended);
  }
}

/* One that is nowhere has just failed to get in, and is ended already. All stay
** marked until they are ended: nobody links them anew meanwhile. */
void wats_jobs_cancel(struct wats_jobs *jobs, struct wats_job *job,
                      struct wats_job **ended)
{
  for (; job; job = job->next_cancelled) {
    if (job->place == WATS_JOB_RUNNING)
      curl_multi_remove_handle(jobs->multi, job->curl);
    else if (job->place == WATS_JOB_DELAYED)
      wats_job_heap_remove(&jobs->delayed, job);
    else
      continue;
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
  curl_multi_remove_handle(jobs->multi, job->curl);
  end(ended, job, code);
}

void wats_jobs_collect(struct wats_jobs *jobs, struct wats_job **ended)
{
  const CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(jobs->multi, &left)) != NULL) {
    struct wats_job *job = NULL;
    CURLcode code = message->data.result;
    CURL *curl = message->easy_handle;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &job);
    curl_multi_remove_handle(jobs->multi, curl);
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
