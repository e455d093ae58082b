/*
** engine.h - libcurl's handles, shared by all clients of the process.
**
** A handle keeps its connections open between uses, so whoever is handed the
** one used last finds its connection warm: the pool is a stack. Handles carry
** the options that never change; what a transfer sets it sets each time.
** Any thread may take and give back; a taken handle belongs to its taker.
** After fork the child starts with an empty pool and leaves the parent's
** connections alone. A program that is started inherits none of them.
*/
#ifndef WATS_ENGINE_H
#define WATS_ENGINE_H

#include <curl/curl.h>
#include <stdint.h>

#include "error.h"

/* Idle handles kept; one more that is given back is closed. */
#define WATS_ENGINE_IDLE_HANDLES 64

struct wats_handle {
  CURL *curl;
  uint64_t profile_id; /* of the profile whose options are set; 0 = none */
  char message[CURL_ERROR_SIZE];
  struct wats_handle *next; /* in the pool */
};

/* NULL when memory is short. */
struct wats_handle *wats_engine_take(void);
void wats_engine_give(struct wats_handle *handle);
/* Closes idle handles and their connections; for tests and leak checks. */
void wats_engine_drain(void);

#endif
