/*
** sync.c - see sync.h.
*/
#include "sync.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "clock.h"

enum wats_errc wats_mutex_init(struct wats_mutex *m)
{
  return pthread_mutex_init(&m->native, NULL) == 0 ? WATS_OK : WATS_ERR_MEMORY;
}

void wats_mutex_destroy(struct wats_mutex *m)
{
  pthread_mutex_destroy(&m->native);
}

enum wats_errc wats_cond_init(struct wats_cond *c)
{
#if defined(__APPLE__)
  return pthread_cond_init(&c->native, NULL) == 0 ? WATS_OK : WATS_ERR_MEMORY;
#else
  pthread_condattr_t attributes;
  int failed;
  if (pthread_condattr_init(&attributes) != 0) return WATS_ERR_MEMORY;
  failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
           pthread_cond_init(&c->native, &attributes) != 0;
  pthread_condattr_destroy(&attributes);
  return failed ? WATS_ERR_MEMORY : WATS_OK;
#endif
}

void wats_cond_destroy(struct wats_cond *c)
{
  pthread_cond_destroy(&c->native);
}

void wats_cond_signal(struct wats_cond *c)
{
  pthread_cond_signal(&c->native);
}

void wats_cond_broadcast(struct wats_cond *c)
{
  pthread_cond_broadcast(&c->native);
}

void wats_cond_wait(struct wats_cond *c, struct wats_mutex *m)
{
  pthread_cond_wait(&c->native, &m->native);
}

static struct timespec to_timespec(int64_t ns)
{
  struct timespec t;
  if (ns < 0) ns = 0;
  t.tv_sec = (time_t)(ns / WATS_NS_PER_S);
  t.tv_nsec = (long)(ns % WATS_NS_PER_S);
  return t;
}

bool wats_cond_wait_until(struct wats_cond *c, struct wats_mutex *m,
                          int64_t deadline_ns)
{
  struct timespec t;
  if (deadline_ns == WATS_NEVER) {
    wats_cond_wait(c, m);
    return true;
  }
#if defined(__APPLE__)
  t = to_timespec(deadline_ns - wats_clock_monotonic(&wats_system_clock));
  return pthread_cond_timedwait_relative_np(&c->native, &m->native, &t) !=
         ETIMEDOUT;
#else
  t = to_timespec(deadline_ns);
  return pthread_cond_timedwait(&c->native, &m->native, &t) != ETIMEDOUT;
#endif
}

void wats_once(struct wats_once *once, void (*function)(void))
{
  pthread_once(&once->native, function);
}

enum wats_errc wats_thread_start(struct wats_thread *thread,
                                 void *(*function)(void *), void *argument)
{
  sigset_t all, before;
  int failed;
  /* A thread inherits the mask of its maker. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  failed = pthread_create(&thread->native, NULL, function, argument);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed ? WATS_ERR_IO : WATS_OK;
}

void wats_thread_join(struct wats_thread *thread)
{
  pthread_join(thread->native, NULL);
}

void wats_thread_detach(struct wats_thread *thread)
{
  pthread_detach(thread->native);
}
