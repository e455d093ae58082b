/*
** handles.h - libcurl's easy handles, ready to be used.
**
** Handles carry the options that never change, and know of those that do what
** they are set to: a transfer sets what differs. Setting all of them anew, or
** resetting a handle, would cost as much as a tenth of a request, so they are
** kept: a pool, last in first out.
** Any thread may take and give back; a taken handle belongs to its taker.
** Connections are not a handle's, they are the engine's.
** After fork the child starts with an empty pool and leaves the parent's
** handles alone. A program that is started inherits no connection.
*/
#ifndef WATS_HANDLES_H
#define WATS_HANDLES_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/* Idle handles kept; one more that is given back is closed. */
#define WATS_IDLE_HANDLES 64

/* Buffers kept with each for the next answer. */
#define WATS_HANDLE_SPARE 3

struct wats_handle {
  CURL *curl;
  void *user;          /* the taker's, for callbacks; NULL in the pool */
  uint64_t profile_id; /* of the profile whose options are set; 0 = none */
  /* What else is set, and then need not be set again. transfer.c's. */
  bool has_callbacks;
  bool gets;           /* a GET without a body */
  const char *codings; /* static text, or NULL */
  long timeout_ms;     /* 0: not known */
  bool waits_for_stream;
  bool refers;          /* may have a Referer of its own */
  bool keeps_addresses; /* as old as they may be */
  struct wats_buffer spare[WATS_HANDLE_SPARE]; /* empty ones, with memory */
  char message[CURL_ERROR_SIZE];
  int64_t begun_ns; /* when libcurl first did something for the transfer, other
                       than to have it wait; its taker sets it to 0 before */
  struct wats_handle *next; /* in the pool */
};

/* Starts libcurl, if that was not done yet. */
void wats_handles_start(void);
/* NULL when memory is short. */
struct wats_handle *wats_handle_take(void);
void wats_handle_give(struct wats_handle *handle);
/* Closes the idle ones; for tests and leak checks. */
void wats_handles_drain(void);
/* Connections that are open or being made, of this process. */
size_t wats_handles_connections(void);
/* Sets begun_ns, unless it is set. */
void wats_handle_begin(struct wats_handle *handle);

#endif
