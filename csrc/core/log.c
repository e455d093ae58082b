/*
** log.c - see log.h.
**
** `lock` guards the list of listeners and all their queues. A queue is a ring;
** `waiting` is its length, written with the lock, read without.
*/
#include "log.h"

#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "clock.h"
#include "sync.h"
#include "utf8.h"

struct wats_log_listener {
  struct wats_log_listener *next;
  uint64_t identity;
  uint64_t dropped; /* not told of yet */
  size_t first;
  _Atomic size_t waiting;
  struct wats_log_entry ring[WATS_LOG_QUEUE];
};

_Atomic unsigned wats_log_listeners;

static struct wats_log_listener *list;
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;

const char *wats_log_level_name(enum wats_log_level level)
{
  static const char *const names[] = {"debug", "info", "warn", "error"};
  return names[level];
}

/* ---- fork --------------------------------------------------------------- */

static void before_fork(void)
{
  wats_mutex_lock(&lock);
}

static void in_parent(void)
{
  wats_mutex_unlock(&lock);
}

static void in_child(void)
{
  struct wats_log_listener *l;
  for (l = list; l; l = l->next) {
    atomic_store_explicit(&l->waiting, 0, memory_order_relaxed);
    l->dropped = 0;
  }
  wats_mutex_unlock(&lock);
}

static void start(void)
{
  (void)wats_at_fork(WATS_FORK_LOG, before_fork, in_parent, in_child);
}

/* ---- entries ------------------------------------------------------------ */

/* As much of the text as fits into `room` bytes, whole characters; what is no
** UTF-8 is cut off there. */
static size_t fitting(const char *text, size_t room)
{
  const char *end = text + strlen(text), *at = text;
  while (at < end) {
    size_t size = wats_utf8_size(at, end);
    if (size == 0 || (size_t)(at - text) + size > room) break;
    at += size;
  }
  return (size_t)(at - text);
}

/* Texts are in the entry's own room from now on. */
static void fill(struct wats_log_entry *e, const struct wats_log_field *fields,
                 size_t count)
{
  size_t used = 0, i;
  e->count = 0;
  for (i = 0; i < count && e->count < WATS_LOG_FIELDS; i++) {
    struct wats_log_field *f = &e->fields[e->count];
    if (fields[i].type == WATS_LOG_STRING) {
      size_t length;
      if (!fields[i].text || used == WATS_LOG_TEXT) continue;
      length = fitting(fields[i].text, WATS_LOG_TEXT - used - 1);
      memcpy(e->text + used, fields[i].text, length);
      e->text[used + length] = '\0';
      *f = wats_log_text(fields[i].name, e->text + used);
      used += length + 1;
    } else
      *f = fields[i];
    e->count++;
  }
}

/* A copy, whose texts are its own. */
static void copy(struct wats_log_entry *to, const struct wats_log_entry *from)
{
  size_t i;
  *to = *from;
  for (i = 0; i < to->count; i++)
    if (to->fields[i].type == WATS_LOG_STRING)
      to->fields[i].text = to->text + (from->fields[i].text - from->text);
}

static size_t waiting(const struct wats_log_listener *l)
{
  return atomic_load_explicit(&l->waiting, memory_order_relaxed);
}

/* With the lock. */
static void put(struct wats_log_listener *l, const struct wats_log_entry *e)
{
  size_t n = waiting(l);
  copy(&l->ring[(l->first + n) % WATS_LOG_QUEUE], e);
  atomic_store_explicit(&l->waiting, n + 1, memory_order_release);
}

static void tell_dropped(struct wats_log_listener *l, int64_t wall_ns,
                         struct wats_log_entry *out)
{
  struct wats_log_field field =
      wats_log_integer("dropped", (int64_t)l->dropped);
  out->level = WATS_LOG_WARN;
  out->message = "log entries were dropped: nobody came for them";
  out->wall_ns = wall_ns;
  fill(out, &field, 1);
  l->dropped = 0;
}

/* With the lock. Room for both, or the lost ones would be told of too late. */
static void offer(struct wats_log_listener *l, const struct wats_log_entry *e)
{
  size_t needed = l->dropped ? 2 : 1;
  if (waiting(l) + needed > WATS_LOG_QUEUE) {
    l->dropped++;
    return;
  }
  if (l->dropped) {
    struct wats_log_entry notice;
    tell_dropped(l, e->wall_ns, &notice);
    put(l, &notice);
  }
  put(l, e);
}

void wats_log(enum wats_log_level level, uint64_t about, const char *message,
              const struct wats_log_field *fields, size_t count)
{
  struct wats_log_listener *l;
  struct wats_log_entry e;
  if (!wats_log_heard() || about == WATS_LOG_NOBODY) return;
  e.level = level;
  e.message = message;
  e.wall_ns = wats_clock_wall(&wats_system_clock);
  memset(e.text, 0, sizeof e.text);
  memset(e.fields, 0, sizeof e.fields);
  fill(&e, fields, count);
  wats_mutex_lock(&lock);
  for (l = list; l; l = l->next)
    if (about == WATS_LOG_ALL || about == l->identity) offer(l, &e);
  wats_mutex_unlock(&lock);
}

/* ---- listening ---------------------------------------------------------- */

uint64_t wats_log_identity(void)
{
  static _Atomic uint64_t last;
  return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

enum wats_errc wats_log_listen(uint64_t identity,
                               struct wats_log_listener **out,
                               struct wats_error *error)
{
  struct wats_log_listener *l = wats_calloc(1, sizeof *l);
  if (!l) return wats_fail_memory(error);
  wats_once(&once, start);
  l->identity = identity;
  wats_mutex_lock(&lock);
  l->next = list;
  list = l;
  atomic_fetch_add_explicit(&wats_log_listeners, 1, memory_order_relaxed);
  wats_mutex_unlock(&lock);
  *out = l;
  return WATS_OK;
}

void wats_log_close(struct wats_log_listener *listener)
{
  struct wats_log_listener **link = &list;
  if (!listener) return;
  wats_mutex_lock(&lock);
  while (*link != listener)
    link = &(*link)->next;
  *link = listener->next;
  atomic_fetch_sub_explicit(&wats_log_listeners, 1, memory_order_relaxed);
  wats_mutex_unlock(&lock);
  wats_free(listener);
}

size_t wats_log_waiting(const struct wats_log_listener *listener)
{
  return atomic_load_explicit(&listener->waiting, memory_order_acquire);
}

/* An entry is told of as lost only with no room left, so the queue is not empty
** while some are: they come out behind the last one. */
bool wats_log_take(struct wats_log_listener *listener,
                   struct wats_log_entry *out)
{
  struct wats_log_listener *l = listener;
  size_t n;
  if (!wats_log_waiting(l)) return false;
  wats_mutex_lock(&lock);
  n = waiting(l);
  if (n) {
    copy(out, &l->ring[l->first]);
    l->first = (l->first + 1) % WATS_LOG_QUEUE;
    if (n == 1 && l->dropped) {
      tell_dropped(l, out->wall_ns, &l->ring[l->first]);
      n++;
    }
    atomic_store_explicit(&l->waiting, n - 1, memory_order_relaxed);
  }
  wats_mutex_unlock(&lock);
  return n != 0;
}
