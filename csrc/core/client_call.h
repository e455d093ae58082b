/*
** client_call.h - one request under way. client_request.c makes it from what
** the caller asked, client_perform.c says what is done about it, cache
** included,
** client_exchange.c goes to the server. For those files and client_pending.c.
**
** A call moves on in steps. A step returns true when the call is over; false
** means that an exchange is under way: then the call is no longer the step's to
** touch, since whoever drives the engine may be going on with it by now.
**
** A call's texts share one buffer, laid out so that the cache key needs no
** building of its own:
**
**   credential digest | 'z' or 'r' | URL \0
**   ^ key ------------------------- ^ url, path
*/
#ifndef WATS_CLIENT_CALL_H
#define WATS_CLIENT_CALL_H

#include <stddef.h>
#include <string.h>

#include "client_state.h"

/* In the order of RFC 9110, section 9.2: up to TRACE they are safe, up to
** DELETE they are idempotent. */
enum wats_method {
  WATS_METHOD_GET,
  WATS_METHOD_HEAD,
  WATS_METHOD_OPTIONS,
  WATS_METHOD_TRACE,
  WATS_METHOD_PUT,
  WATS_METHOD_DELETE,
  WATS_METHOD_OTHER
};

struct wats_call;
/* `answer` is the step's to keep or release; NULL with a code. */
typedef bool (*wats_call_step)(struct wats_call *call, enum wats_errc code,
                               struct wats_response *answer);

/* How a call shares an exchange with others, see client_flights.h. */
struct wats_passage {
  struct wats_buffer key;
  uint64_t hash;
  struct wats_call *next;    /* among those who lead, or who have joined */
  struct wats_call *leader;  /* whom it waits for */
  struct wats_call *joiners; /* who wait for it; in order */
  bool leads, listed;
  /* He who leads waits for his turn: since when (0: he does not), and how long
     before. Of those who joined: how much of that is given to them already. */
  int64_t held_since_ns, held_ns, given_ns;
  /* What came of joining. */
  bool again;
  enum wats_errc code;
  struct wats_response *answer;
  wats_call_step then;
  struct wats_job timer; /* until its own deadline */
};

struct wats_call {
  /* Set by the caller. */
  struct wats_client *client;
  const struct wats_request *request;
  struct wats_result *result;
  struct wats_error *error;
  struct wats_stream *stream; /* NULL: not streamed */
  bool caller_waits;          /* see wats_engine_submit */
  bool unawaited;             /* nobody waits for it: it takes nobody's turn */
  void (*done)(struct wats_call *call);
  int64_t started_ns;
  /* Set by wats_call_prepare. */
  enum wats_method method;
  struct wats_target target;
  const struct wats_operation *operation; /* NULL: not in the table */
  struct wats_buffer text;                /* see above */
  int64_t deadline_ns;
  struct wats_cache_request cache_request;
  /* Its course. */
  bool redirected;
  int hops; /* redirects followed */
  struct wats_cache_ticket ticket;
  struct wats_cache_found found; /* what is stored, when it is looked into */
  struct wats_cache_write write; /* announced to the cache */
  bool guarded;                  /* there is such a write */
  bool went_out;       /* something has gone out to the server, or may have */
  bool abstain;        /* the cache keeps out of it */
  enum wats_errc code; /* when it is over */
  struct wats_headers conditional; /* the caller's fields and our conditions */
  struct wats_buffer location, next_location; /* where redirects led, lead */
  const char *url;                            /* now being asked */
  unsigned attempt;    /* of the exchange at this URL, from 1 */
  int64_t waited_ns;   /* before the next attempt */
  wats_call_step then; /* the answer has come, or none will */
  bool ready;          /* what follows may be used */
  /* From here on it is zeroed by wats_call_ready, when the server is to be
     asked: an answer from the cache should not pay for it. */
  struct wats_job timer;
  struct wats_admission admission; /* of the exchange at `url` */
  const struct wats_headers *sent; /* fields of the exchange at `url` */
  struct wats_passage passage;
  struct wats_transfer transfer;
  struct wats_exchange exchange;
};

/*
** Checks the request and lays out its texts. WATS_ERR_ARGUMENT, WATS_ERR_CLOSED
** or WATS_ERR_MEMORY, with words. Whatever comes of it, wats_buffer_free
** (&call->text) ends it.
*/
enum wats_errc wats_call_prepare(struct wats_call *call);

/*
** Zeroes the call and sets what the caller sets; `done` is called when the call
** is over, unless wats_call_begin has said so already. All pointers are
** borrowed
** until then.
*/
void wats_call_init(struct wats_call *call, struct wats_client *client,
                    const struct wats_request *request,
                    struct wats_result *result, struct wats_error *error);
/* True: over at once, `code` and `result` tell how. */
bool wats_call_begin(struct wats_call *call);
/* Ends soon what wats_call_begin has left under way. Any thread. */
void wats_call_cancel(struct wats_call *call);
/* In a forked child, of one that its parent drives on: undoes what it counts
** here. Its exchange is left as it is. */
void wats_call_abandon(struct wats_call *call);
/* When it is over, was never begun, or was abandoned. */
void wats_call_free(struct wats_call *call);

/* The caller's X-Request-Id, or NULL. */
static inline const char *wats_call_own_id(const struct wats_request *request)
{
  return request->headers
             ? wats_headers_get(request->headers, WATS_REQUEST_ID_FIELD)
             : NULL;
}

static inline void wats_call_ready(struct wats_call *c)
{
  if (!c->ready)
    memset(&c->timer, 0, sizeof *c - offsetof(struct wats_call, timer));
  c->ready = true;
}

/* The operation's template, or what the caller said. */
const char *wats_call_route(const struct wats_call *call);

/* Of wats_call_abandon: the exchange that is under way, if any, is not ours. */
void wats_call_forget_exchange(struct wats_call *call);

/* Asks the server, redirects followed; then `then` goes on. */
bool wats_call_ask(struct wats_call *call, const struct wats_headers *headers,
                   wats_call_step then);

static inline bool wats_call_is_live(const struct wats_call *c)
{
  return wats_operation_is_live(c->operation, c->cache_request.path,
                                c->cache_request.path_length);
}

static inline const char *wats_call_url(const struct wats_call *c)
{
  return c->text.data + WATS_CLIENT_KEY_PREFIX;
}

#endif
