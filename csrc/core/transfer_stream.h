/*
** transfer_stream.h - the part of an exchange that deals with its stream; for
** transfer.c only. All is the driver's, or done before he has the exchange.
**
** The request's time limit holds until a body flows. Then bytes are counted:
** too few of them in the profile's time is a timeout, while a transfer that is
** paused for the consumer's sake is not measured. libcurl's own limit counts
** the time of a pause.
** HTTP/1.1, on a connection of its own: what a slow consumer leaves there is
** bounded by the sockets, and no other stream has to wait behind it.
*/
#ifndef WATS_TRANSFER_STREAM_H
#define WATS_TRANSFER_STREAM_H

#include <curl/curl.h>
#include <stdint.h>

#include "stream.h"
#include "transfer_answer.h"

/* A quarter of the window apart: what stands still is noticed after a quarter
** more than it may. */
#define WATS_FLOW_MARKS 5

struct wats_flow {
  /* Set by the exchange; all borrowed. */
  struct wats_stream *stream; /* NULL: what follows is not used */
  struct wats_answer *answer;
  CURL *curl;
  int64_t timeout_ns;
  long low_speed_bytes, low_speed_s;
  /* Its course. */
  enum { WATS_FLOW_HELD, WATS_FLOW_BODY, WATS_FLOW_STALLED } state;
  bool sinking;     /* the answer's body goes into the sink */
  int64_t given;    /* bytes of the source */
  int64_t begun_ns; /* of the exchange */
  /* How many bytes had moved when, the oldest first: a sliding window. */
  struct {
    int64_t at_ns, bytes;
  } marks[WATS_FLOW_MARKS];
  int mark_count;
};

/* Does a source of ours give the request's body? NULL: no stream. */
bool wats_flow_has_source(const struct wats_stream *stream);
/* Does the handle have other options than the profile's for this? */
bool wats_flow_streams(const struct wats_stream *stream);
/* The options that a streamed exchange has besides; the rest of `flow` is
** zero. */
void wats_flow_apply(struct wats_flow *flow);
/* Takes them away from the handle. */
void wats_flow_forget(struct wats_flow *flow);
/* A head has ended; false: the answer is refused. */
bool wats_flow_head(struct wats_flow *flow);
/* Bytes for the sink, as a write callback returns it. */
size_t wats_flow_bytes(struct wats_flow *flow, const char *bytes,
                       size_t length);
/* Says that it was too slow. */
enum wats_errc wats_flow_stalled(const struct wats_flow *flow,
                                 struct wats_error *error);

#endif
