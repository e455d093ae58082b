/*
** client.h - one request's life: route, cache, transfer, figures.
**
** A client is a base URL, a credential and the options that its requests
** share. It is counted; any thread may use it, several at once. Closing it
** makes later requests fail with WATS_ERR_CLOSED; those under way finish.
** It starts nothing on its own: no thread, no wake-up, no network before the
** first request.
*/
#ifndef WATS_CLIENT_H
#define WATS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "http_cache.h"
#include "metrics.h"
#include "profile.h"
#include "request_id.h"
#include "response.h"
#include "retry.h"
#include "routes.h"
#include "stream.h"
#include "upstream.h"

struct wats_client;

struct wats_client_options {
  const char *base_url;
  const char *token; /* sent as `Authorization: Basic <token>`; NULL: none */
  const char *user_agent;
  const char *ca_file; /* NULL: the system's */
  bool verify;
  struct wats_connection_options connection; /* see profile.h */
  bool allow_http;            /* http to a host that is not loopback */
  int64_t timeout_ns;         /* for a whole request */
  int64_t attempt_timeout_ns; /* for one exchange of it */
  int64_t connect_timeout_ns;
  long low_speed_bytes, low_speed_s;
  size_t max_body;      /* decoded bytes of an answer */
  long max_connections; /* to one host, for the whole process: the first
                           client's number stands; 0: no limit */
  bool cache;           /* false: store nothing */
  /* See cache_registry.h. */
  const char *cache_name;                    /* NULL: a cache of its own */
  int64_t cache_ttl_ns;                      /* -1: as it is, or the default */
  int64_t cache_stale_if_error_ns;           /* likewise */
  size_t cache_max_entries, cache_max_bytes; /* 0: likewise */
  const char *cache_path;        /* of the disk tier; NULL: memory alone */
  uint64_t cache_max_disk_bytes; /* 0: as it is, or the default */
  struct wats_cache_terms cache_terms; /* this client's, whatever it shares */
  struct wats_retry_policy retry;      /* all zero: nothing is sent again */
  double retry_budget; /* shared by clients of this server and token; 0: as
                          it is, or the default */
  /* Shared likewise, see upstream.h. */
  enum wats_asked limits, breaks;
  struct wats_rate_limiter_options rate_limit;
  struct wats_circuit_options circuit;
  const struct wats_routes *routes; /* outlives the client; NULL: none known */
  struct wats_registry *registry;   /* retained; NULL: count nothing */
  const struct wats_clock *clock;   /* NULL: the system's */
};

/* WATS_ERR_ARGUMENT says which option is wrong and why; WATS_ERR_IO: a file
** that cannot be read. */
enum wats_errc wats_client_create(const struct wats_client_options *options,
                                  struct wats_client **out,
                                  struct wats_error *error);
struct wats_client *wats_client_retain(struct wats_client *client);
/* Accepts NULL. */
void wats_client_release(struct wats_client *client);
/* Twice is once. */
void wats_client_close(struct wats_client *client);
bool wats_client_closed(const struct wats_client *client);
const char *wats_client_base_url(const struct wats_client *client);
/* Where it counts; NULL: nowhere. Borrowed. */
struct wats_registry *wats_client_registry(const struct wats_client *client);
/* NULL when the client stores nothing. Borrowed. */
struct wats_http_cache *wats_client_cache(const struct wats_client *client);

/* What bounds its requests. */
struct wats_client_bounds {
  int64_t timeout_ns; /* of a request, waiting for the limiter not counted */
  bool limits;
  struct wats_rate_limiter_options rate_limit; /* if it limits */
};
void wats_client_bounds(const struct wats_client *client,
                        struct wats_client_bounds *out);

/*
** A write that goes to the server another way, such as through another client
** whose cache is not this one's: announced here before it is sent, and ended
** when it is over, as wats_http_cache_write_begin has it. `path` is canonical
** and has no query. Nothing if the client stores nothing. Takes no memory.
*/
void wats_client_write_begin(struct wats_client *client, const char *method,
                             const char *path, struct wats_cache_write *write);
void wats_client_write_end(struct wats_client *client,
                           struct wats_cache_write *write, bool applied);

enum wats_cache_mode {
  WATS_CACHE_DEFAULT, /* by RFC 9111 and the operation table */
  WATS_CACHE_BYPASS,  /* neither read nor stored */
  WATS_CACHE_REFRESH, /* ask the server in any case, and store */
  WATS_CACHE_ONLY     /* never ask the server: 504 when it is not there */
};

struct wats_request { /* all borrowed until the request is over */
  const char *method; /* a token */
  const char *target; /* "/api/...", its own query as written */
  size_t target_length;
  const char *query; /* encoded "a=1&b=2", appended; NULL: none */
  size_t query_length;
  const struct wats_headers *headers; /* NULL: none */
  const char *body;                   /* NULL: none */
  size_t body_length;
  const char *route;  /* metric label instead of the table's; NULL: table */
  int64_t timeout_ns; /* 0: the client's */
  size_t max_body;    /* 0: the client's */
  bool no_retry;      /* whatever the client's policy */
  bool idempotent;    /* the caller says that it may be done twice */
  bool once;          /* the caller says that it must not, whatever it is */
  /* Bodies that come or go piece by piece; NULL: none do. For those that
     nobody blocks for only (client_pending.h). */
  const struct wats_stream_options *streaming;
  bool raw_encoding; /* do not ask for compression: bytes as stored there */
  enum wats_cache_mode cache_mode;
  int64_t cache_ttl_ns; /* -1: not given; else for an answer that names none;
                           a live operation may then be reused that long */
  uint64_t log; /* who hears of it: an identity of log.h, or 0 for all */
  /* What it is called, unless the caller's fields have an X-Request-Id; "": a
     name is made when it is needed. */
  char id[WATS_REQUEST_ID_SIZE];
  /* Asked every 100 ms while the caller blocks, in his thread, no lock held:
     true ends the request with WATS_ERR_CANCELLED. NULL: nobody is asked. */
  bool (*interrupted)(void *context);
  void *interrupt_context;
};

enum wats_cache_status {
  WATS_STATUS_BYPASS, /* the cache was not asked */
  WATS_STATUS_MISS,
  WATS_STATUS_HIT,
  WATS_STATUS_REVALIDATED, /* stored body, confirmed by a 304 just now */
  WATS_STATUS_STALE /* past its time, used by permission: see http_cache.h */
};
/* "bypass", "miss", ... */
const char *wats_cache_status_name(enum wats_cache_status status);

struct wats_result {
  struct wats_response *response; /* owned by the caller; NULL on failure */
  enum wats_cache_status cache_status;
  const char *cache_reason; /* static text */
  int64_t age_s;            /* of a cached answer; else -1 */
  int64_t elapsed_ns;
  uint64_t bytes_sent, bytes_received; /* by all its exchanges: bodies as they
                                          went out; heads and bodies as they
                                          came in */
  uint64_t streamed;      /* bytes that the sink was given, if there is one */
  int64_t retry_after_ns; /* of our own refusals, if known; else -1 */
  unsigned attempts;      /* exchanges with the server */
  bool repeatable; /* done once more it does no harm: it is idempotent, or
                      nothing was sent */
  bool applied;    /* a write: the server has done it, or may have */
  /* X-Request-Id of all its exchanges, or of those of the request that it
     joined, for people to see: without secrets, a long one cut. "": nothing
     was asked of the server. */
  char request_id[WATS_REQUEST_ID_SIZE];
};

/*
** Does the request, blocking. An answer of any status is success; a redirect
** is followed only within the origin (RFC 9110, 15.4) and else is the answer.
** WATS_ERR_ARGUMENT: the request is malformed (a caller's mistake, nothing was
** sent). All other kinds: no whole answer was had. `result` is filled either
** way.
*/
enum wats_errc wats_client_perform(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_result *result,
                                   struct wats_error *error);

struct wats_explanation {
  enum wats_cache_status status; /* that a request would now have, as far as
                                    it is ours: REVALIDATED if the server
                                    confirms what is stored */
  const char *reason, *route;
  const char *lifetime_from; /* NULL: nothing is stored */
  int64_t age_s;
  double lifetime_s, fresh_for_s;
};
/* What the cache would do with this request, without doing or counting it. */
enum wats_errc wats_client_explain(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_explanation *out,
                                   struct wats_error *error);

/*
** Keys of a client's cache begin with so many bytes that are not for people
** (whose credential, which encoding); the URL follows.
*/
#define WATS_CLIENT_KEY_PREFIX 17

/* Appends the full URL of a request as people may see it: see url_conceal.h. */
enum wats_errc wats_client_url(const struct wats_client *client,
                               const struct wats_request *request,
                               struct wats_buffer *out);
/* The same for a target that was refused, and for what a server said. */
enum wats_errc wats_client_show_target(const struct wats_client *client,
                                       const struct wats_request *request,
                                       struct wats_buffer *out);
enum wats_errc wats_client_show_text(const struct wats_client *client,
                                     const char *text, size_t length,
                                     struct wats_buffer *out);

/* What the request is called: fills `out` as result.request_id would be, with a
** new name where it has none. */
void wats_client_name_request(const struct wats_client *client,
                              const struct wats_request *request,
                              char out[WATS_REQUEST_ID_SIZE]);

struct wats_client_stats {
  uint64_t requests;  /* begun, cached ones included */
  uint64_t exchanges; /* with the server */
  uint64_t failures;  /* requests that ended without an answer */
  uint64_t connections_new, connections_reused;
  uint64_t bytes_sent, bytes_received;
  uint64_t in_flight;
  uint64_t retries;   /* exchanges that were begun because one had failed */
  uint64_t coalesced; /* requests that joined an identical one under way */
  struct wats_upstream_stats upstream; /* shared by clients of this server */
};
void wats_client_stats(const struct wats_client *client,
                       struct wats_client_stats *out);

#endif
