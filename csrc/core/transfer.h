/*
** transfer.h - one exchange with a server over libcurl.
**
** What the transfers of one client have in common is their profile (profile.h).
** A transfer is what one exchange asks; its pointers are borrowed until
** wats_transfer_perform returns. The answer is a response of any status;
** failure means that no whole answer was had, and says why by its kind.
** What knows libcurl's handles is transfer.c, handles.c and engine.c.
*/
#ifndef WATS_TRANSFER_H
#define WATS_TRANSFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "profile.h"
#include "request_id.h"
#include "response.h"
#include "transfer_answer.h"
#include "transfer_stream.h"

struct wats_transfer {
  struct wats_profile *profile;
  const char *method;
  const char *url;
  const struct wats_headers *headers; /* besides the standing ones, which they
                                         replace by name; or NULL */
  const char *request_id;             /* sent as X-Request-Id too; NULL: none */
  const char *referer;                /* sent as Referer, unless `headers` hold
                                         one; NULL: none */
  const char *body;                   /* NULL: none; sent as it is */
  size_t body_length;
  int64_t timeout_ns; /* for the whole exchange; > 0 */
  /* NULL: bodies are had and given as a whole. With a sink or a source the time
     that a body takes does not count. */
  struct wats_stream *stream;
  size_t max_body; /* decoded bytes accepted */
  bool decompress; /* ask for gzip, and undo it; not of a Range */
  bool once;       /* must not be sent twice */
};

struct wats_transfer_result {
  struct wats_response *response; /* owned by the caller; NULL on failure */
  int64_t waited_ns;              /* for a connection to be free */
  int64_t elapsed_ns;             /* after that */
  bool tried;                     /* the network was touched */
  uint64_t bytes_sent;            /* of the body */
  uint64_t bytes_received;        /* header block and body, as encoded */
  unsigned sends; /* how often the request was sent: 0 without a connection; 2
                     when a kept one turned out dead */
  bool connected; /* a connection was had ... */
  bool connection_reused; /* ... that had served before */
};

/*
** An exchange under way. Its owner zeroes it and sets the first members, the
** rest is transfer.c's; it may be started again when it is over. From start
** until `done` it must stay where it is, and so must
** what the transfer borrows. `done` is called once, by whoever drives the
** engine (see engine.h for what it may do); then `code`, `result` and `error`
** tell what came of it, and the exchange is its owner's again.
*/
struct wats_exchange {
  const struct wats_transfer *transfer;
  struct wats_error *error;
  void (*done)(struct wats_exchange *exchange);
  void *context;
  int64_t start_ns;  /* not before; monotonic. 0: at once */
  bool caller_waits; /* see wats_engine_submit */
  enum wats_errc code;
  struct wats_transfer_result result;

  struct wats_job job;
  struct wats_handle *handle;
  struct curl_slist *fields; /* own list, or NULL: the profile's serves */
  struct curl_slist named;   /* before it, with the request's id */
  char name[sizeof WATS_REQUEST_ID_FIELD ": " + WATS_REQUEST_ID_SIZE];
  struct wats_answer answer;
  struct wats_flow flow;
  unsigned sends;
  int64_t began_ns; /* or is to begin; by the engine's clock */
  bool asked_again;
  _Atomic bool cancelled;
};

/*
** WATS_ERR_ARGUMENT (a URL of megabytes), WATS_ERR_MEMORY and WATS_ERR_IO (see
** wats_engine_submit) come at once: nothing was tried, and `done` will not be
** called.
** A kept connection may turn out dead without one byte of an answer: the
** request is then sent again on a new one, unless it is `once`, since nobody
** knows what the server has done by then.
*/
enum wats_errc wats_exchange_start(struct wats_exchange *exchange);
/* Ends it soon, with WATS_ERR_CANCELLED unless it was over by then; when it is
** not under way, the next start will end so. Any thread. */
void wats_exchange_cancel(struct wats_exchange *exchange);

/*
** The same, blocking until the answer is complete, the exchange has failed or
** its time is over. `result` is filled in either case. Any thread.
*/
enum wats_errc wats_transfer_perform(const struct wats_transfer *transfer,
                                     struct wats_transfer_result *result,
                                     struct wats_error *error);

#endif
