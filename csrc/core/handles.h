/*
** handles.h - libcurl's easy handles, ready to be used.
**
** Handles carry the options that never change; what a transfer sets it sets
** each time. Setting all of them anew, or resetting a handle, would cost as
** much as a tenth of a request, so they are kept: a pool, last in first out.
** Any thread may take and give back; a taken handle belongs to its taker.
** Connections are not a handle's, they are the engine's.
** After fork the child starts with an empty pool and leaves the parent's
** handles alone. A program that is started inherits no connection.
*/
#ifndef WATS_HANDLES_H
#define WATS_HANDLES_H

#include <curl/curl.h>
#include <stdint.h>

#include "error.h"

/* Idle handles kept; one more that is given back is closed. */
#define WATS_IDLE_HANDLES 64

struct wats_handle {
  CURL *curl;
  uint64_t profile_id; /* of the profile whose options are set; 0 = none */
  char message[CURL_ERROR_SIZE];
  int64_t begun_ns; /* when libcurl first did something for the transfer, other
                       than to have it wait; its taker sets it to 0 before */
  struct wats_handle *next; /* in the pool */
};

/* NULL when memory is short. */
struct wats_handle *wats_handle_take(void);
void wats_handle_give(struct wats_handle *handle);
/* Closes the idle ones; for tests and leak checks. */
void wats_handles_drain(void);
/* Sets begun_ns, unless it is set. */
void wats_handle_begin(struct wats_handle *handle);

#endif
