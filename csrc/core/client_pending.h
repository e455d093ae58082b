/*
** client_pending.h - requests that nobody blocks for, and where they arrive.
**
** Somebody, such as a Lua state, has one `arrivals`: he starts requests into
** it, and takes out those that are over, when he likes. Meanwhile they go on by
** themselves (engine.h). A pending request holds copies of all that was asked,
** and keeps its client alive.
**
** An arrivals object is used by one thread at a time. Closing it never waits:
** what has arrived is freed, what is under way is cancelled and frees itself.
** In a forked child what its parent had under way arrives as cancelled, as soon
** as the child calls anything here.
*/
#ifndef WATS_CLIENT_PENDING_H
#define WATS_CLIENT_PENDING_H

#include "client.h"

struct wats_arrivals;

struct wats_pending {
  struct wats_client *client;  /* retained */
  struct wats_request request; /* of copies */
  struct wats_result result;
  struct wats_error error;
  struct wats_stream *stream; /* of a request with `streaming`, else NULL */
  enum wats_errc code;        /* when it has arrived, as has `result` */
  struct wats_pending *next;  /* in a list that was taken */
  void *tag;                  /* the owner's */
};

enum wats_errc wats_arrivals_create(struct wats_arrivals **out,
                                    struct wats_error *error);
/* Accepts NULL. */
void wats_arrivals_close(struct wats_arrivals *arrivals);

/*
** Starts a request. It may be over at once, as with a cached answer or a
** mistake in what was asked: then *over is true, and it is the caller's to read
** and free; else it will arrive. Fails, with nothing started, for want of
** memory only.
*/
enum wats_errc wats_pending_start(struct wats_arrivals *arrivals,
                                  struct wats_client *client,
                                  const struct wats_request *request,
                                  struct wats_pending **out, bool *over,
                                  struct wats_error *error);
/* Starts one whose answer nobody awaits; it is for the cache. When memory is
** short nothing is started, and it is over when it would have to wait for the
** rate limiter. */
void wats_pending_forget(struct wats_client *client,
                         const struct wats_request *request);
/* Makes one that is under way arrive soon. */
void wats_pending_cancel(struct wats_pending *pending);
/* Lets it go on, after a call of its stream has said so. */
void wats_pending_resume(struct wats_pending *pending);
/* One that was over at once, or was taken; with its response if that is still
** there. Accepts NULL. */
void wats_pending_free(struct wats_pending *pending);

/* All that have arrived, in order, as a list by `next`. */
struct wats_pending *wats_arrivals_take(struct wats_arrivals *arrivals);
/*
** The next one under way whose stream is worth a look; NULL: none is. It is
** still to arrive, unless it has by now.
*/
struct wats_pending *wats_arrivals_next_event(struct wats_arrivals *arrivals);
/* How many are under way. */
size_t wats_arrivals_expected(struct wats_arrivals *arrivals);
/* Has something arrived, is a stream worth a look, or was there a nudge? */
bool wats_arrivals_have_news(struct wats_arrivals *arrivals);
/*
** Blocks until something has arrived, or a stream is worth a look (true at once
** if so), or until
** `until_ns`, monotonic; drives the engine meanwhile. Who must see signals
** waits
** in slices.
*/
bool wats_arrivals_wait(struct wats_arrivals *arrivals, int64_t until_ns);
/*
** For a poll loop: *fd is readable when something has arrived that was not
** taken, or a stream is worth a look. It stays the arrivals' own, and the same.
** A forked child has one of its own under the same number, once it has called
** anything here. WATS_ERR_IO.
*/
enum wats_errc wats_arrivals_fd(struct wats_arrivals *arrivals, int *fd,
                                struct wats_error *error);
/* Makes that descriptor, if there is one, readable until the next take: the
** owner has something else to do. */
void wats_arrivals_nudge(struct wats_arrivals *arrivals);

#endif
