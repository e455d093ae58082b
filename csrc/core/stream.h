/*
** stream.h - bodies on their way between the engine's driver and who reads or
** writes them, without ever being held as a whole.
**
** Two bounded queues of bytes: the *sink* takes the body of an answer, the
** *source* gives that of a request. The driver is never made to wait: where a
** queue is full or empty it pauses the transfer, and who is at the other end
** says by a call's result that it is to be resumed. Nothing of the consumer's
** runs in the driver: `changed` only tells him to look, once until he has been
** told that it was heard (wats_stream_heard).
**
** Owned by one; used by two threads at a time, the driver and the consumer.
** gzip
** is undone on the consumer's side, so that what is in the queue is bounded
** whatever it unpacks to.
*/
#ifndef WATS_STREAM_H
#define WATS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Bytes that a queue holds. Pieces that are put into it must be smaller. */
#define WATS_STREAM_BOUND ((size_t)256 * 1024)

struct wats_stream;

struct wats_stream_options {
  bool sink;       /* the body of an answer with 2xx comes through the stream */
  bool source;     /* the request's body does */
  bool rewinds;    /* that source can begin again */
  int64_t length;  /* of the source; -1: not known */
  size_t max_sink; /* decoded bytes; 0: no limit */
};

/* `changed` is called by the driver, with no lock of ours held; it must be
** quick. */
struct wats_stream *
wats_stream_create(const struct wats_stream_options *options,
                   void (*changed)(void *context), void *context);
/* Nobody uses it any more. Accepts NULL. */
void wats_stream_destroy(struct wats_stream *stream);
const struct wats_stream_options *
wats_stream_options(const struct wats_stream *stream);

/* ---- the driver's ------------------------------------------------------- */

/* What the head says of a body for the sink. */
struct wats_stream_head {
  int status;
  bool attachment; /* Content-Disposition says that it is a file */
  char type[80];   /* Content-Type, cut; "": not given */
};

/* A body for the sink begins. */
void wats_stream_begin_sink(struct wats_stream *stream, bool gzip,
                            const struct wats_stream_head *head);
/* All of it, or false: full, the transfer is to be paused. */
bool wats_stream_put(struct wats_stream *stream, const char *bytes,
                     size_t length);
/*
** Takes what the source has; true and 0 bytes: that was all of it. False: there
** is nothing yet, the transfer is to be paused.
*/
bool wats_stream_get(struct wats_stream *stream, char *out, size_t room,
                     size_t *got);
/* How far the transfer is; -1: not known. */
void wats_stream_progress(struct wats_stream *stream, int64_t received,
                          int64_t to_receive, int64_t sent, int64_t to_send);
/* Is the transfer paused for want of the consumer? */
bool wats_stream_is_paused(struct wats_stream *stream);
/* Has the consumer been given, or asked for, anything that cannot be undone? */
bool wats_stream_is_spent(struct wats_stream *stream);
/* The exchange is over, and another one begins. Not when it is spent. */
void wats_stream_begin_again(struct wats_stream *stream);

/* ---- the consumer's ----------------------------------------------------- */

/* Zero until a body for the sink has begun. */
void wats_stream_get_head(struct wats_stream *stream,
                          struct wats_stream_head *head);

struct wats_stream_view {
  bool wanted;  /* bytes of the source */
  bool restart; /* from its beginning; told once */
  int64_t received, to_receive, sent, to_send; /* -1: not known */
};
void wats_stream_look(struct wats_stream *stream,
                      struct wats_stream_view *view);
/* From now on `changed` is called anew. */
void wats_stream_heard(struct wats_stream *stream);

/*
** Decoded bytes, as many as there are and fit; 0: none for now. *resume: the
** transfer is to be resumed. WATS_ERR_DECODE, WATS_ERR_TOO_LARGE,
** WATS_ERR_MEMORY.
*/
enum wats_errc wats_stream_read(struct wats_stream *stream, char *out,
                                size_t room, size_t *got, bool *resume,
                                struct wats_error *error);
/*
** Where the next bytes lie, at most `room` of them, that are not packed; they
** stay there until they are skipped. False: they are packed, and must be read.
*/
bool wats_stream_peek(struct wats_stream *stream, size_t room,
                      const char **bytes, size_t *length);
/* As if so many had been read. WATS_ERR_TOO_LARGE. */
enum wats_errc wats_stream_skip(struct wats_stream *stream, size_t length,
                                bool *resume, struct wats_error *error);
/* After the last byte: WATS_ERR_DECODE when there should have been more. */
enum wats_errc wats_stream_finish(struct wats_stream *stream,
                                  struct wats_error *error);
/* How many bytes were read in all. */
uint64_t wats_stream_total(const struct wats_stream *stream);
/* Puts as much as fits into the source, and returns how much. */
size_t wats_stream_feed(struct wats_stream *stream, const char *bytes,
                        size_t length, bool *resume);
/* There is no more. */
void wats_stream_end_source(struct wats_stream *stream, bool *resume);

#endif
