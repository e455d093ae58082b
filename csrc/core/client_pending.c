/*
** client_pending.c - see client_pending.h.
**
** `lock` guards the lists and `closed`; it is taken before the engine's. The
** object lives as long as its owner, a request that was not freed, or whoever
** ends one refers to it.
*/
#include "client_pending.h"

#include <stddef.h>
#include <string.h>

#include "alloc.h"
#include "client_call.h"
#include "notify.h"
#include "sync.h"

/* Kept for the requests to come. Few have more under way, and malloc would have
** to look for each anew, since they are larger than what it keeps at hand. */
#define MAX_SPARE 64

struct pending {
  struct wats_pending shown; /* first, so that either is the other */
  struct wats_arrivals *arrivals;
  struct pending *previous, *next; /* among those under way; spare ones */
  struct pending *next_event;
  bool eventful; /* in the list of events */
  struct wats_call call;
  struct wats_headers headers;
  char *texts;   /* what the request points into, */
  char few[200]; /* unless it finds room here; not zeroed */
};

struct wats_arrivals {
  _Atomic unsigned references;
  struct wats_mutex lock;
  struct wats_waiter waiter;
  bool closed;
  unsigned generation;       /* of the engine, when the first was started */
  struct pending *under_way; /* in no order */
  size_t expected;
  struct pending *spare;
  size_t spares;
  struct wats_pending *arrived, **arrived_end;
  struct pending *events, **events_end; /* those whose streams have news */
  bool notifies;                        /* somebody polls */
  bool nudged;                          /* and is to look again */
  struct wats_notify notify;            /* readable while there are news */
};

/* ---- life --------------------------------------------------------------- */

enum wats_errc wats_arrivals_create(struct wats_arrivals **out,
                                    struct wats_error *error)
{
  struct wats_arrivals *a = wats_calloc(1, sizeof *a);
  if (!a) return wats_fail_memory(error);
  if (wats_mutex_init(&a->lock) != WATS_OK) goto no_lock;
  if (wats_waiter_init(&a->waiter) != WATS_OK) goto no_waiter;
  atomic_init(&a->references, 1);
  a->waiter.shares = true;
  a->arrived_end = &a->arrived;
  a->events_end = &a->events;
  a->generation = wats_engine_generation();
  *out = a;
  return WATS_OK;
no_waiter:
  wats_mutex_destroy(&a->lock);
no_lock:
  wats_free(a);
  return wats_fail_memory(error);
}

static void release(struct wats_arrivals *a)
{
  struct pending *p;
  if (!a ||
      atomic_fetch_sub_explicit(&a->references, 1, memory_order_acq_rel) != 1)
    return;
  while ((p = a->spare) != NULL) {
    a->spare = p->next;
    wats_free(p);
  }
  if (a->notifies) wats_notify_close(&a->notify);
  wats_waiter_destroy(&a->waiter);
  wats_mutex_destroy(&a->lock);
  wats_free(a);
}

static void retain(struct wats_arrivals *a)
{
  if (a) atomic_fetch_add_explicit(&a->references, 1, memory_order_relaxed);
}

/* NULL when memory is short. `a` is NULL for those that nobody awaits. */
static struct pending *take_spare(struct wats_arrivals *a)
{
  struct pending *p = NULL;
  if (a) {
    wats_mutex_lock(&a->lock);
    p = a->spare;
    if (p) {
      a->spare = p->next;
      a->spares--;
    }
    wats_mutex_unlock(&a->lock);
  }
  if (!p) p = wats_malloc(sizeof *p);
  if (p) memset(p, 0, offsetof(struct pending, few));
  return p;
}

static void give_spare(struct wats_arrivals *a, struct pending *p)
{
  bool keeps;
  if (!a) {
    wats_free(p);
    return;
  }
  wats_mutex_lock(&a->lock);
  keeps = !a->closed && a->spares < MAX_SPARE;
  if (keeps) {
    p->next = a->spare;
    a->spare = p;
    a->spares++;
  }
  wats_mutex_unlock(&a->lock);
  if (!keeps) wats_free(p);
}

void wats_pending_free(struct wats_pending *shown)
{
  struct pending *p = (struct pending *)shown;
  struct wats_arrivals *a;
  if (!p) return;
  a = p->arrivals;
  wats_response_release(p->shown.result.response);
  wats_call_free(&p->call);
  wats_stream_destroy(p->shown.stream);
  wats_headers_free(&p->headers);
  wats_client_release(p->shown.client);
  wats_free(p->texts);
  give_spare(a, p);
  release(a);
}

/* ---- under way ---------------------------------------------------------- */

/* With the lock. */
static void forget_event(struct wats_arrivals *a, struct pending *p)
{
  struct pending **link = &a->events;
  if (!p->eventful) return;
  while (*link != p)
    link = &(*link)->next_event;
  *link = p->next_event;
  if (!*link) a->events_end = link;
  p->eventful = false;
}

/* With the lock. */
static void take_off(struct wats_arrivals *a, struct pending *p)
{
  forget_event(a, p);
  if (p->next) p->next->previous = p->previous;
  if (p->previous)
    p->previous->next = p->next;
  else
    a->under_way = p->next;
  a->expected--;
}

/* With the lock. */
static bool has_news(const struct wats_arrivals *a)
{
  return a->arrived || a->events || a->nudged;
}

/* With the lock. */
static void put_to_arrived(struct wats_arrivals *a, struct pending *p)
{
  if (a->notifies && !has_news(a)) wats_notify_signal(&a->notify);
  p->shown.next = NULL;
  *a->arrived_end = &p->shown;
  a->arrived_end = &p->shown.next;
}

/* By whoever drives the engine. */
static void on_done(struct wats_call *call)
{
  struct pending *p =
      (struct pending *)((char *)call - offsetof(struct pending, call));
  struct wats_arrivals *a = p->arrivals;
  bool closed;
  p->shown.code = call->code;
  wats_mutex_lock(&a->lock);
  take_off(a, p);
  closed = a->closed;
  if (!closed) put_to_arrived(a, p);
  wats_mutex_unlock(&a->lock);
  if (closed)
    wats_pending_free(&p->shown);
  else
    wats_engine_wake(&a->waiter);
  release(a);
}

/* By whoever drives the engine, while it is under way. */
static void on_changed(void *context)
{
  struct pending *p = context;
  struct wats_arrivals *a = p->arrivals;
  bool tells;
  wats_mutex_lock(&a->lock);
  tells = !a->closed && !p->eventful;
  if (tells) {
    if (a->notifies && !has_news(a)) wats_notify_signal(&a->notify);
    p->eventful = true;
    p->next_event = NULL;
    *a->events_end = p;
    a->events_end = &p->next_event;
  }
  wats_mutex_unlock(&a->lock);
  if (tells) wats_engine_wake(&a->waiter);
}

void wats_pending_resume(struct wats_pending *shown)
{
  wats_engine_resume(&((struct pending *)shown)->call.exchange.job);
}

void wats_pending_cancel(struct wats_pending *shown)
{
  wats_call_cancel(&((struct pending *)shown)->call);
}

/* ---- after fork --------------------------------------------------------- */

/*
** The parent's driver went on in the parent only. What is under way there ends
** here; the handles in its multi are left alone, as is the memory of their
** exchanges. The descriptor is the parent's too: to clear it here would take
** from the parent's loop what it was told.
*/
static void end_parents(struct wats_arrivals *a)
{
  a->generation = wats_engine_generation();
  if (a->notifies && wats_notify_renew(&a->notify) != WATS_OK)
    a->notifies = false;
  if (a->notifies && has_news(a)) wats_notify_signal(&a->notify);
  while (a->under_way) {
    struct pending *p = a->under_way;
    take_off(a, p);
    wats_call_abandon(&p->call);
    p->shown.code = wats_fail(&p->shown.error, WATS_ERR_CANCELLED,
                              "begun before this process was forked");
    put_to_arrived(a, p);
    release(a);
  }
}

/* The owner comes in, and has the lock. */
static void enter(struct wats_arrivals *a)
{
  wats_mutex_lock(&a->lock);
  if (a->generation != wats_engine_generation()) end_parents(a);
}

/* ---- starting ----------------------------------------------------------- */

static const char *copy_text(char **at, const char *text, size_t length)
{
  char *copy = *at;
  if (!text) return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  *at += length + 1;
  return copy;
}

static size_t room_for(const char *text, size_t length)
{
  return text ? length + 1 : 0;
}

static enum wats_errc copy_request(struct pending *p,
                                   const struct wats_request *r)
{
  struct wats_request *own = &p->shown.request;
  size_t route = r->route ? strlen(r->route) : 0, method = strlen(r->method);
  size_t room = method + 1 + r->target_length + 1 +
                room_for(r->query, r->query_length) +
                room_for(r->body, r->body_length) + room_for(r->route, route);
  char *at = p->few;
  if (room > sizeof p->few) at = p->texts = wats_malloc(room);
  if (!at) return WATS_ERR_MEMORY;
  *own = *r;
  own->method = copy_text(&at, r->method, method);
  own->target = copy_text(&at, r->target, r->target_length);
  own->query = copy_text(&at, r->query, r->query_length);
  own->body = copy_text(&at, r->body, r->body_length);
  own->route = copy_text(&at, r->route, route);
  own->interrupted = NULL;
  if (!r->headers) return WATS_OK;
  own->headers = &p->headers;
  return wats_headers_copy(&p->headers, r->headers);
}

static bool make_stream(struct pending *p)
{
  const struct wats_stream_options *options = p->shown.request.streaming;
  if (!options) return true;
  p->shown.stream = wats_stream_create(options, on_changed, p);
  if (!p->shown.stream) return false;
  p->shown.request.streaming = wats_stream_options(p->shown.stream);
  return true;
}

static struct pending *create(struct wats_arrivals *a,
                              struct wats_client *client,
                              const struct wats_request *request)
{
  struct pending *p = take_spare(a);
  if (!p) return NULL;
  retain(a);
  wats_headers_init(&p->headers, 0);
  p->shown.client = wats_client_retain(client);
  p->arrivals = a;
  if (copy_request(p, request) == WATS_OK && make_stream(p)) {
    wats_call_init(&p->call, client, &p->shown.request, &p->shown.result,
                   &p->shown.error);
    p->call.done = on_done;
    p->call.stream = p->shown.stream;
    return p;
  }
  wats_pending_free(&p->shown);
  return NULL;
}

static void on_forgotten_done(struct wats_call *call)
{
  wats_pending_free(
      &((struct pending *)((char *)call - offsetof(struct pending, call)))
           ->shown);
}

void wats_pending_forget(struct wats_client *client,
                         const struct wats_request *request)
{
  struct wats_request plain = *request;
  struct pending *p;
  plain.streaming = NULL;
  p = create(NULL, client, &plain);
  if (!p) return;
  p->call.done = on_forgotten_done;
  p->call.unawaited = true;
  if (wats_call_begin(&p->call)) wats_pending_free(&p->shown);
}

static void put_under_way(struct wats_arrivals *a, struct pending *p)
{
  retain(a);
  enter(a);
  p->next = a->under_way;
  if (p->next) p->next->previous = p;
  a->under_way = p;
  a->expected++;
  wats_mutex_unlock(&a->lock);
}

enum wats_errc wats_pending_start(struct wats_arrivals *a,
                                  struct wats_client *client,
                                  const struct wats_request *request,
                                  struct wats_pending **out, bool *over,
                                  struct wats_error *error)
{
  struct pending *p = create(a, client, request);
  if (!p) return wats_fail_memory(error);
  *out = &p->shown;
  put_under_way(a, p); /* it may arrive before begin has returned */
  *over = wats_call_begin(&p->call);
  if (!*over) return WATS_OK;
  p->shown.code = p->call.code;
  wats_mutex_lock(&a->lock);
  take_off(a, p);
  wats_mutex_unlock(&a->lock);
  release(a);
  return WATS_OK;
}

/* ---- arriving ----------------------------------------------------------- */

struct wats_pending *wats_arrivals_take(struct wats_arrivals *a)
{
  struct wats_pending *list;
  bool had_news;
  enter(a);
  had_news = has_news(a);
  list = a->arrived;
  a->arrived = NULL;
  a->arrived_end = &a->arrived;
  a->nudged = false;
  if (a->notifies && had_news && !has_news(a)) wats_notify_clear(&a->notify);
  wats_mutex_unlock(&a->lock);
  return list;
}

struct wats_pending *wats_arrivals_next_event(struct wats_arrivals *a)
{
  struct pending *p;
  enter(a);
  p = a->events;
  if (p) {
    forget_event(a, p);
    if (a->notifies && !has_news(a)) wats_notify_clear(&a->notify);
    wats_stream_heard(p->shown.stream);
  }
  wats_mutex_unlock(&a->lock);
  return p ? &p->shown : NULL;
}

size_t wats_arrivals_expected(struct wats_arrivals *a)
{
  size_t n;
  enter(a);
  n = a->expected;
  wats_mutex_unlock(&a->lock);
  return n;
}

bool wats_arrivals_have_news(struct wats_arrivals *a)
{
  bool any;
  enter(a);
  any = has_news(a);
  wats_mutex_unlock(&a->lock);
  return any;
}

enum wats_errc wats_arrivals_fd(struct wats_arrivals *a, int *fd,
                                struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  enter(a);
  if (!a->notifies) code = wats_notify_open(&a->notify, error);
  if (code == WATS_OK && !a->notifies && has_news(a))
    wats_notify_signal(&a->notify);
  if (code == WATS_OK) {
    a->notifies = true;
    *fd = a->notify.read_fd;
  }
  wats_mutex_unlock(&a->lock);
  return code;
}

void wats_arrivals_nudge(struct wats_arrivals *a)
{
  enter(a);
  if (a->notifies) {
    if (!has_news(a)) wats_notify_signal(&a->notify);
    a->nudged = true;
  }
  wats_mutex_unlock(&a->lock);
}

bool wats_arrivals_wait(struct wats_arrivals *a, int64_t until_ns)
{
  for (;;) {
    if (wats_arrivals_have_news(a)) return true;
    if (!wats_engine_wait(&a->waiter, until_ns))
      return wats_arrivals_have_news(a);
  }
}

void wats_arrivals_close(struct wats_arrivals *a)
{
  struct wats_pending *arrived;
  struct pending *p;
  if (!a) return;
  arrived = wats_arrivals_take(a);
  while (arrived) {
    struct wats_pending *next = arrived->next;
    wats_pending_free(arrived);
    arrived = next;
  }
  wats_mutex_lock(&a->lock);
  a->closed = true;
  for (p = a->under_way; p; p = p->next)
    wats_call_cancel(&p->call);
  wats_mutex_unlock(&a->lock);
  release(a);
}
