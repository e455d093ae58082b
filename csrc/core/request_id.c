/*
** request_id.c - see request_id.h.
*/
#include "request_id.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "at_fork.h"
#include "clock.h"
#include "random.h"
#include "sync.h"

static struct wats_once once = WATS_ONCE_INIT;
static _Atomic uint64_t process; /* what its names begin with */
static _Atomic uint64_t last;

/* Where the system gives no random bytes, the time and the process's number
** are the next best. */
static void draw(void)
{
  uint64_t digits;
  if (wats_random_bytes(&digits, sizeof digits, NULL) != WATS_OK)
    digits = (uint64_t)wats_clock_wall(&wats_system_clock) ^ (uint64_t)getpid()
                                                                 << 44;
  atomic_store_explicit(&process, digits, memory_order_relaxed);
}

static void start(void)
{
  draw();
  (void)wats_at_fork(WATS_FORK_REQUEST_ID, NULL, NULL, draw);
}

void wats_request_id_make(char out[WATS_REQUEST_ID_SIZE])
{
  wats_once(&once, start);
  snprintf(out, WATS_REQUEST_ID_SIZE, "%016" PRIx64 "-%" PRIu64,
           atomic_load_explicit(&process, memory_order_relaxed),
           atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1);
}
