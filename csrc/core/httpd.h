/*
** httpd.h - a small HTTP/1.1 server that its owner polls.
**
** libmicrohttpd does the protocol; there is no thread inside: whoever calls
** wats_httpd_step is the thread in which requests are received, the handler
** runs and answers go out. Whole requests only: the handler is called once
** for each, when its body is complete (or found too large), and says at once
** what to answer, though perhaps only later, or not at all. A delayed answer
** holds up no other connection.
**
** Owned by one thread. The handler may not step or destroy its server.
** Listens without TLS: for loopback, or behind something that has it.
** Built with WATS_WITHOUT_HEALTH, wats_httpd_create fails and says why.
*/
#ifndef WATS_HTTPD_H
#define WATS_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "headers.h"
#include "listener.h"

struct wats_httpd;

/* What came in. Valid while the handler runs. */
struct wats_httpd_request {
  uint64_t id; /* for wats_httpd_amend; never 0, nor that of another one */
  const char *method;
  const char *target; /* path and query as sent, percent-encoded */
  struct wats_headers headers;
  struct wats_buffer body; /* as sent; empty when too large */
  bool body_too_large;     /* it passed max_body and was thrown away */
};

enum wats_httpd_action {
  WATS_HTTPD_ANSWER, /* the normal thing */
  WATS_HTTPD_CUT,    /* declare the whole body, send half of it, close */
  WATS_HTTPD_CLOSE   /* close without a byte of answer */
};

/* What goes out; initialised by the server, filled by the handler. */
struct wats_httpd_reply {
  int status;                  /* 200..599 */
  struct wats_headers headers; /* Date, Content-Length come by themselves */
  struct wats_buffer body;
  enum wats_httpd_action action;
  int64_t delay_ns; /* from now; 0 = at once */
};

typedef void wats_httpd_handler(void *context,
                                const struct wats_httpd_request *request,
                                struct wats_httpd_reply *reply);

struct wats_httpd_options {
  const struct wats_listener *listener; /* its descriptor is taken over, also on
                                           failure; NULL: `host` and `port` */
  const char *host;                     /* see listener.h; NULL = 127.0.0.1 */
  uint16_t port;                        /* 0 = the system picks */
  size_t max_body;          /* bytes of one request's body; 0 = 32 MiB */
  size_t max_head;          /* bytes of request line and fields, at least
                               1 KiB; larger ones are refused by libmicrohttpd;
                               0 = 64 KiB */
  unsigned max_connections; /* 0 = 512 */
  unsigned idle_timeout_s;  /* closes silent connections; 0 = never */
  int64_t max_age_ns;       /* closes connections so long after they were made,
                               whatever is going on; 0 = never */
  bool make_room;           /* of more than max_connections the oldest one goes,
                               best one whose request is not complete;
                               false: they wait until others have gone */
  wats_httpd_handler *handler;
  void *context;
};

/* Binds and listens; no request is read before the first step. */
enum wats_errc wats_httpd_create(const struct wats_httpd_options *options,
                                 struct wats_httpd **out,
                                 struct wats_error *error);
/* Ends all connections, delayed answers unsent. Accepts NULL. */
void wats_httpd_destroy(struct wats_httpd *httpd);

/* Of libmicrohttpd; static text, NULL where there is none. */
const char *wats_httpd_version(void);
/* The port it listens on. */
uint16_t wats_httpd_port(const struct wats_httpd *httpd);

/*
** Waits up to `timeout_ns` (WATS_NEVER: without end) for something to do, and
** does it. Also returns when one of `watched` (count of them, at most 4)
** is readable or at its end: *ready is then that descriptor, else -1. A
** signal ends the wait early.
*/
#define WATS_HTTPD_MAX_WATCHED 4
enum wats_errc wats_httpd_step(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error);
/* Its two halves: the first touches nothing that the second changes, so that a
** lock need only be held over the second one. */
enum wats_errc wats_httpd_wait(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error);
enum wats_errc wats_httpd_run(struct wats_httpd *httpd,
                              struct wats_error *error);

/*
** Another answer to a request whose answer is delayed: it goes out in the next
** step, in place of the one there, with which it is exchanged. Its delay counts
** from now. False: no answer to such a request waits (its time came, or its
** peer has gone).
*/
bool wats_httpd_amend(struct wats_httpd *httpd, uint64_t id,
                      struct wats_httpd_reply *reply);
void wats_httpd_reply_init(struct wats_httpd_reply *reply);
void wats_httpd_reply_free(struct wats_httpd_reply *reply);

/* In a forked child: nobody uses it any more. Its descriptors are closed, which
** the parent does not notice; its memory stays as it is, since the parent's
** thread may have been anywhere but in wats_httpd_run. */
void wats_httpd_abandon(struct wats_httpd *httpd);

#endif
