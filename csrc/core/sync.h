/*
** sync.h - mutex, condition, once and thread: the only file, with clock and
** notify, that knows the operating system's own.
**
** Timed waits take a deadline on the monotonic clock (clock.h, ns), so that a
** step of the wall clock disturbs nobody. Threads started here block all
** signals: those belong to the host's threads.
*/
#ifndef WATS_SYNC_H
#define WATS_SYNC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct wats_mutex {
  pthread_mutex_t native;
};
#define WATS_MUTEX_INIT                                                        \
  {                                                                            \
    PTHREAD_MUTEX_INITIALIZER                                                  \
  }

enum wats_errc wats_mutex_init(struct wats_mutex *m);
void wats_mutex_destroy(struct wats_mutex *m);

static inline void wats_mutex_lock(struct wats_mutex *m)
{
  pthread_mutex_lock(&m->native);
}

static inline void wats_mutex_unlock(struct wats_mutex *m)
{
  pthread_mutex_unlock(&m->native);
}

struct wats_cond {
  pthread_cond_t native;
};

enum wats_errc wats_cond_init(struct wats_cond *c);
void wats_cond_destroy(struct wats_cond *c);
void wats_cond_signal(struct wats_cond *c);
void wats_cond_broadcast(struct wats_cond *c);
void wats_cond_wait(struct wats_cond *c, struct wats_mutex *m);
/* False when the deadline passed; may wake early without cause. */
bool wats_cond_wait_until(struct wats_cond *c, struct wats_mutex *m,
                          int64_t deadline_ns);

struct wats_once {
  pthread_once_t native;
};
#define WATS_ONCE_INIT                                                         \
  {                                                                            \
    PTHREAD_ONCE_INIT                                                          \
  }
void wats_once(struct wats_once *once, void (*function)(void));

struct wats_thread {
  pthread_t native;
};
/* Fails with WATS_ERR_IO when the system refuses a thread. */
enum wats_errc wats_thread_start(struct wats_thread *thread,
                                 void *(*function)(void *), void *argument);
void wats_thread_join(struct wats_thread *thread);
/* In place of a join: the thread cleans up behind itself. */
void wats_thread_detach(struct wats_thread *thread);

#endif
