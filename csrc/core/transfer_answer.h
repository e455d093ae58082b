/*
** transfer_answer.h - an answer while it comes in; for transfer.c only.
**
** It is fed the lines of the head and the bytes of the body, as they stand on
** the wire but for chunking, and makes a response of them. What is refused, and
** as which kind:
**
**   TOO_LARGE   a head of more than WATS_ANSWER_HEAD bytes, all interim heads
**               included; a body of more than max_body bytes, decoded
**   PROTOCOL    a field without a proper name or with CR or NUL in its value;
**               Content-Length fields that are no number or contradict each
**               other (RFC 9112, section 6.3); no final status
**   DECODE      a coding that was not asked for; gzip that is broken or ends
**               too early
**   CONNECTION  the head is cut short
**
** One thread at a time. Knows nothing of libcurl.
*/
#ifndef WATS_TRANSFER_ANSWER_H
#define WATS_TRANSFER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "response.h"

/* A head larger than this is an attack or a mistake. */
#define WATS_ANSWER_HEAD ((size_t)64 * 1024)

#define WATS_ANSWER_SPARE 3

struct wats_answer {
  size_t max_body;          /* decoded bytes accepted */
  bool decode;              /* undo gzip; else bytes stay as they came */
  struct wats_error *error; /* filled when something is refused */
  enum wats_errc refusal;   /* why feeding came to an end, or WATS_OK */
  struct wats_buffer head;  /* field lines of the present head */
  size_t head_bytes;        /* of all heads */
  bool in_head;             /* behind a status line, before its blank line */
  bool head_ended;          /* the last head is whole */
  size_t lines;             /* of fields, in that head, */
  bool folded;              /* one of which goes on with another */
  /* What its fields say of the body. */
  bool transfer_coded, content_coded;
  bool lengths_differ; /* or one is no number */
  int64_t length;      /* -1: not said */
  bool encoded;        /* the body is to be decoded */
  struct wats_headers headers;
  struct wats_buffer body;   /* as it came */
  struct wats_buffer *spare; /* from where its memory was borrowed, or NULL */
};

void wats_answer_init(struct wats_answer *answer, size_t max_body, bool decode,
                      struct wats_error *error);
/* Uses the memory of WATS_ANSWER_SPARE buffers, which are empty until
** wats_answer_free gives back what it has then. */
void wats_answer_borrow(struct wats_answer *answer, struct wats_buffer *spare);
void wats_answer_free(struct wats_answer *answer);

/* One line of a head with its end: status line, field, blank or trailer. False:
** refused, feed no more. */
bool wats_answer_line(struct wats_answer *answer, const char *line,
                      size_t length);
/* The head has ended and the body goes elsewhere: reads how it is encoded, and
** refuses more than `most` bytes (0: any number). False as above. */
bool wats_answer_begin(struct wats_answer *answer, size_t most);
/* The next bytes of the body; false as above. */
bool wats_answer_bytes(struct wats_answer *answer, const char *bytes,
                       size_t length);
/* All has come. On success the caller owns `*out`. */
enum wats_errc wats_answer_finish(struct wats_answer *answer, int status,
                                  int http_version, struct wats_response **out);

#endif
