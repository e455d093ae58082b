/*
** health.h - tells how this process is, over HTTP, whatever Lua is doing.
**
** One server for the process, shared by all who join it under a name of their
** own, a slot: one for each Lua state, as a rule. Each slot brings checks
** (named, true or false, with a text), perhaps a heartbeat, perhaps a client
** and a queue to be looked at. The last slot that stops closes the server.
**
**   GET /health          200 {"status":"ok"}      503 {"status":"unhealthy"...}
**   GET /health/live     200 {"status":"alive"}   503 {"status":"not alive"...}
**   GET /health/ready    200 {"status":"ready"}   503 {"status":"not ready"...}
**   GET /health/details  all there is to know, 200 or 503 as /health
**   GET /metrics         the registry, as the Accept field asks (exposition.h)
**
** A 503 says why in "reason"; what is wrong but no reason is in "warnings".
**   alive  every heartbeat that is switched on is fresh
**   ready  alive, every check is true, no queue is full, and the server of each
**          slot that asked for that has answered lately
**   ok     ready
** A server that does not answer, a queue that is held up or has dead reports,
** are warnings: reports are taken in all the same.
**
** Threads. One of ours, which blocks all signals, serves, and answers
** /health/live by itself; another works out the other pages, since reading a
** queue may have to wait for a lock that another process holds. No page waits
** longer than WATS_HEALTH_PATIENCE. Any thread may call the functions here;
** none waits for a page, the network or a disk.
**
** Peers. No connection lives longer than WATS_HEALTH_LIFE; of more than
** WATS_HEALTH_CONNECTIONS the oldest incomplete one goes; a request has at most
** WATS_HEALTH_HEAD bytes, and is GET or HEAD. So nobody holds up another one.
** Who may see what: health_access.h.
**
** The service manager, if it has asked for that (service.h), is told READY=1
** when the server begins, STOPPING=1 when the last slot stops, and WATCHDOG=1
** as often as it wants while at least one heartbeat is switched on and all are
** fresh: without one nobody here could vouch for the script.
**
** In a forked child there is no server: slots it inherited do nothing any more.
** Built without libmicrohttpd, serving fails with WATS_ERR_ARGUMENT.
*/
#ifndef WATS_HEALTH_H
#define WATS_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "client.h"
#include "clock.h"
#include "error.h"
#include "metrics.h"

#define WATS_HEALTH_PORT        8080
#define WATS_HEALTH_LIFE        (5 * WATS_NS_PER_S)
#define WATS_HEALTH_PATIENCE    (3 * WATS_NS_PER_S)
#define WATS_HEALTH_CONNECTIONS 64
#define WATS_HEALTH_HEAD        8192
#define WATS_HEALTH_SLOT        64  /* characters of a slot's name */
#define WATS_HEALTH_NAME        64  /* of a check's name */
#define WATS_HEALTH_TEXT        240 /* bytes of its text; longer ones are cut */
#define WATS_HEALTH_CHECKS      64  /* of one slot */
#define WATS_HEALTH_HOSTS       16

struct wats_health; /* a slot's place in the server */

/* What there is to know of a queue. */
struct wats_health_queue {
  uint64_t pending; /* not yet confirmed, those in flight included */
  uint64_t in_flight, dead, lifeboat;
  uint64_t processed; /* sent or given up, since the queue was made */
  uint64_t bytes;     /* of what is pending or dead */
  uint64_t max_rows, max_bytes;
  bool full;             /* no more is taken in */
  int64_t oldest_age_ns; /* of those that are pending; -1: there are none */
  char paused[240];      /* why nothing is sent; "": it is */
};

/* Where that comes from. `read` is called in a thread of the server's, never by
** two at once for one slot; it should give up soon. `release` (may be NULL) is
** called once, when nobody will read any more, in whatever thread. */
struct wats_health_source {
  enum wats_errc (*read)(void *context, struct wats_health_queue *out,
                         struct wats_error *error);
  void (*release)(void *context);
  void *context;
  const void *identity; /* the same for those who look at the same queue; NULL:
                           nobody else does */
};

struct wats_health_options {
  const char *slot; /* NULL: "1". UTF-8 */
  /* Of the server; NULL or -1: as the first slot had it, or the default. */
  const char *host;   /* see listener.h; default: 127.0.0.1 */
  int port;           /* 0: the system picks one */
  const char *socket; /* a path: a UNIX socket in place of host and port */
  const char *token;  /* "Authorization: Bearer <token>" */
  const char *const *allowed_hosts; /* besides those of loopback */
  size_t allowed_count;
  struct wats_registry *registry; /* for /metrics; default: the process's */
  const char *instance;           /* for /health/details: who this is */
  const char *versions; /* JSON object for /health/details: text by name */
  bool silent;          /* the service manager is not told of anything */
  /* Of the slot. */
  int64_t heartbeat_timeout_ns; /* 0: no heartbeat */
  struct wats_client *client;   /* retained; NULL: none */
  int64_t server_within_ns; /* ready only if the client's server has answered
                               in this time; it is asked when nobody else has,
                               GET /api/App/Version. 0: it need not */
  struct wats_health_source queue; /* `read` NULL: none. Taken over, on failure
                                      too */
};

/*
** Joins the server, starts it if this is the first slot. WATS_ERR_ARGUMENT: an
** option is wrong, the slot is taken, or the server has another bind, token or
** registry; WATS_ERR_IO: it cannot listen there, or there is no thread to be
** had.
*/
enum wats_errc wats_health_serve(const struct wats_health_options *options,
                                 struct wats_health **out,
                                 struct wats_error *error);
/* Accepts NULL. The last slot's stop frees the port (and removes the socket)
** before it returns, and cuts what is under way. */
void wats_health_stop(struct wats_health *health);

/*
** Sets a check, which is new or has another value. WATS_ERR_ARGUMENT: its name
** is empty, longer than WATS_HEALTH_NAME or no UTF-8, or there would be more
** than WATS_HEALTH_CHECKS. `text` (may be NULL) is for people.
*/
enum wats_errc wats_health_set(struct wats_health *health, const char *name,
                               bool ok, const char *text,
                               struct wats_error *error);
/* Takes it out; false: there was none. */
bool wats_health_unset(struct wats_health *health, const char *name);
/* The script is alive, now. Costs two loads, a clock and a store. */
void wats_health_beat(struct wats_health *health);

/* 0: it listens at a path, or is the parent's. */
uint16_t wats_health_port(const struct wats_health *health);
/* "http://127.0.0.1:8080", or "unix:/path"; "" in a forked child. */
enum wats_errc wats_health_url(const struct wats_health *health,
                               struct wats_buffer *out);

#endif
