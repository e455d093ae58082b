/*
** outbox_lock.c - one at a time: among the threads of this process, and among
** processes.
**
** In the process they queue up, first come, first served. Between processes it
** is an flock on a side file, asked for again and again with naps, since only
** so it can be given up in time. Whoever asks stands in a turnstile, another
** flock, that lets one through at a time: else a process that takes the lock
** anew as soon as it has let go would keep all others out.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"
#include "random.h"

#define FIRST_NAP   50000 /* ns */
#define LONGEST_NAP 2000000
/* How often a side file may be replaced under us. */
#define ATTEMPTS 100

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* ---- in the process ----------------------------------------------------- */

static void leave_line(struct wats_outbox *o, struct wats_outbox_waiter *self)
{
  struct wats_outbox_waiter **link = &o->first;
  while (*link != self)
    link = &(*link)->next;
  *link = self->next;
  if (!*link) o->last = link;
}

static bool take_turn(struct wats_outbox *o, int64_t deadline_ns)
{
  struct wats_outbox_waiter self = {NULL};
  bool had;
  wats_mutex_lock(&o->mutex);
  *o->last = &self;
  /* cppcheck-suppress autoVariables ; it leaves the line below */
  o->last = &self.next;
  while (o->held || o->first != &self)
    if (!wats_cond_wait_until(&o->freed, &o->mutex, deadline_ns)) break;
  had = !o->held && o->first == &self;
  leave_line(o, &self);
  if (had)
    o->held = true;
  else
    wats_cond_broadcast(&o->freed); /* whoever stood behind */
  wats_mutex_unlock(&o->mutex);
  return had;
}

static void give_turn(struct wats_outbox *o)
{
  wats_mutex_lock(&o->mutex);
  o->held = false;
  wats_cond_broadcast(&o->freed);
  wats_mutex_unlock(&o->mutex);
}

/* ---- between processes -------------------------------------------------- */

static int open_side(const char *path)
{
  return wats_durable_above_standard(
      open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
}

void wats_outbox_close_lock(struct wats_outbox *o)
{
  if (o->lock_file >= 0) close(o->lock_file);
  if (o->turn_file >= 0) close(o->turn_file);
  o->lock_file = o->turn_file = -1;
}

/* errno of a failure. */
static int open_lock(struct wats_outbox *o)
{
  int reason = 0;
  wats_mutex_lock(&o->mutex);
  if (o->lock_file < 0) o->lock_file = open_side(o->lock_path);
  if (o->lock_file < 0) reason = errno;
  if (!reason && o->turn_file < 0) o->turn_file = open_side(o->turn_path);
  if (!reason && o->turn_file < 0) reason = errno;
  wats_mutex_unlock(&o->mutex);
  return reason;
}

/* 0, ETIMEDOUT or another errno. */
static int lock_file(int file, int64_t deadline_ns)
{
  struct timespec nap = {0, FIRST_NAP};
  while (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return errno;
    if (now() >= deadline_ns) return ETIMEDOUT;
    nanosleep(&nap, NULL);
    nap.tv_nsec *= 2;
    if (nap.tv_nsec > LONGEST_NAP) nap.tv_nsec = LONGEST_NAP;
  }
  return 0;
}

static bool is_at(int file, const char *path)
{
  struct stat have, there;
  return fstat(file, &have) == 0 && lstat(path, &there) == 0 &&
         have.st_dev == there.st_dev && have.st_ino == there.st_ino;
}

/* A file that somebody has put away locks nobody out. */
static int lock_files(struct wats_outbox *o, int64_t deadline_ns)
{
  int attempt, reason = 0;
  for (attempt = 0; attempt < ATTEMPTS; attempt++) {
    reason = open_lock(o);
    if (reason) return reason;
    reason = lock_file(o->turn_file, deadline_ns);
    if (reason) return reason;
    reason = lock_file(o->lock_file, deadline_ns);
    (void)flock(o->turn_file, LOCK_UN);
    if (reason || is_at(o->lock_file, o->lock_path)) return reason;
    wats_mutex_lock(&o->mutex);
    wats_outbox_close_lock(o);
    wats_mutex_unlock(&o->mutex);
  }
  return ETIMEDOUT;
}

static enum wats_errc too_late(struct wats_outbox *o, int64_t patience_ns,
                               struct wats_error *error)
{
  return wats_fail(error, WATS_ERR_TIMEOUT,
                   "%s: others had it for longer than %.1f s", o->path,
                   (double)patience_ns / 1e9);
}

enum wats_errc wats_outbox_lock(struct wats_outbox *o, int64_t patience_ns,
                                struct wats_error *error)
{
  int64_t deadline_ns = wats_time_add(now(), patience_ns);
  int reason;
  if (!take_turn(o, deadline_ns)) return too_late(o, patience_ns, error);
  reason = lock_files(o, deadline_ns);
  if (!reason) return WATS_OK;
  give_turn(o);
  if (reason == ETIMEDOUT) return too_late(o, patience_ns, error);
  return wats_fail_errno(error, WATS_ERR_IO, reason, "cannot lock %s",
                         o->lock_path);
}

void wats_outbox_unlock(struct wats_outbox *o)
{
  (void)flock(o->lock_file, LOCK_UN);
  give_turn(o);
}

/* ---- the number of changes ---------------------------------------------- */

static uint64_t read_number(int file)
{
  uint64_t number = 0;
  if (pread(file, &number, sizeof number, 0) != (ssize_t)sizeof number)
    number = 0;
  return number;
}

/* By a step that nobody foresees: two who do it at once, without the lock,
** still come to a number that was not there before. */
void wats_outbox_bump(struct wats_outbox *o)
{
  uint16_t step = 0;
  uint64_t number;
  ssize_t written;
  if (open_lock(o) != 0) return;
  (void)wats_random_bytes(&step, sizeof step, NULL);
  wats_mutex_lock(&o->mutex);
  number = read_number(o->lock_file) + 1 + step;
  written = pwrite(o->lock_file, &number, sizeof number, 0);
  (void)written; /* who misses it hears of it a little later */
  wats_mutex_unlock(&o->mutex);
}

uint64_t wats_outbox_changes(struct wats_outbox *o)
{
  struct stat there;
  struct wats_outbox_inode have = {0};
  uint64_t number;
  if (open_lock(o) != 0) return 0;
  wats_mutex_lock(&o->mutex);
  if (fstat(o->lock_file, &there) == 0)
    have = (struct wats_outbox_inode){there.st_dev, there.st_ino};
  number = read_number(o->lock_file);
  wats_mutex_unlock(&o->mutex);
  /* Another file: whoever takes the lock opens it. */
  if (lstat(o->lock_path, &there) != 0 || there.st_ino != have.inode ||
      there.st_dev != have.device)
    return number + 1 + (uint64_t)now();
  return number;
}

/* ---- who listens -------------------------------------------------------- */

enum wats_errc wats_outbox_listen(struct wats_outbox *o,
                                  const struct wats_notify *notify)
{
  enum wats_errc code = WATS_OK;
  wats_mutex_lock(&o->mutex);
  if (o->listening == WATS_OUTBOX_LISTENERS)
    code = WATS_ERR_MEMORY;
  else
    o->listeners[o->listening++] = notify;
  wats_mutex_unlock(&o->mutex);
  return code;
}

void wats_outbox_unlisten(struct wats_outbox *o,
                          const struct wats_notify *notify)
{
  size_t i;
  wats_mutex_lock(&o->mutex);
  for (i = 0; i < o->listening && o->listeners[i] != notify; i++)
    continue;
  if (i < o->listening) o->listeners[i] = o->listeners[--o->listening];
  wats_mutex_unlock(&o->mutex);
}

void wats_outbox_signal(struct wats_outbox *o)
{
  size_t i;
  wats_mutex_lock(&o->mutex);
  for (i = 0; i < o->listening; i++)
    wats_notify_signal(o->listeners[i]);
  wats_mutex_unlock(&o->mutex);
}

#endif
