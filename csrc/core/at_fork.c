/*
** at_fork.c - see at_fork.h.
*/
#include "at_fork.h"

#include <pthread.h>
#include <stdbool.h>

#include "sync.h"

static struct {
  void (*before)(void), (*in_parent)(void), (*in_child)(void);
} modules[WATS_FORK_LEVELS]; /* guarded by lock */
static struct wats_mutex lock = WATS_MUTEX_INIT;
static bool registered;

static void before_fork(void)
{
  int i;
  wats_mutex_lock(&lock);
  for (i = WATS_FORK_LEVELS - 1; i >= 0; i--)
    if (modules[i].before) modules[i].before();
}

static void after_in_parent(void)
{
  int i;
  for (i = 0; i < WATS_FORK_LEVELS; i++)
    if (modules[i].in_parent) modules[i].in_parent();
  wats_mutex_unlock(&lock);
}

static void after_in_child(void)
{
  int i;
  for (i = 0; i < WATS_FORK_LEVELS; i++)
    if (modules[i].in_child) modules[i].in_child();
  wats_mutex_unlock(&lock);
}

static enum wats_errc enroll(void)
{
#if !defined(_WIN32) /* there is no fork */
  if (pthread_atfork(before_fork, after_in_parent, after_in_child) != 0)
    return WATS_ERR_MEMORY;
#endif
  return WATS_OK;
}

enum wats_errc wats_at_fork(enum wats_fork_level level, void (*before)(void),
                            void (*in_parent)(void), void (*in_child)(void))
{
  enum wats_errc code = WATS_OK;
  wats_mutex_lock(&lock);
  if (!registered) code = enroll();
  if (code == WATS_OK) {
    registered = true;
    modules[level].before = before;
    modules[level].in_parent = in_parent;
    modules[level].in_child = in_child;
  }
  wats_mutex_unlock(&lock);
  return code;
}
