/*
** alloc.c - see alloc.h.
*/
#include "alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Negative: never fail. Otherwise how many allocations still succeed. */
static _Atomic long remaining = -1;
#ifdef WATS_ALLOC_COUNT
/* A test that sees here that a thread's last block has gone has seen all that
** the thread did before. */
static _Atomic long live;
#define COUNT(n) atomic_fetch_add_explicit(&live, (n), memory_order_release)
#else
#define COUNT(n) ((void)0)
#endif

/* Exchanged, not subtracted: of two threads that both see 1, one is refused. */
static int refuse(void)
{
  long left = atomic_load_explicit(&remaining, memory_order_relaxed);
  while (left > 0)
    if (atomic_compare_exchange_weak_explicit(&remaining, &left, left - 1,
                                              memory_order_relaxed,
                                              memory_order_relaxed))
      return 0;
  return left == 0;
}

void *wats_malloc(size_t size)
{
  void *block;
  if (refuse()) return NULL;
  block = malloc(size ? size : 1);
  if (block) COUNT(1);
  return block;
}

void *wats_calloc(size_t count, size_t size)
{
  void *block;
  if (refuse()) return NULL;
  block = calloc(count ? count : 1, size ? size : 1);
  if (block) COUNT(1);
  return block;
}

void *wats_realloc(void *block, size_t size)
{
  void *grown;
  if (refuse()) return NULL;
  grown = realloc(block, size ? size : 1);
  if (grown && !block) COUNT(1);
  return grown;
}

void wats_free(void *block)
{
  if (block) COUNT(-1);
  free(block);
}

char *wats_strndup(const char *text, size_t length)
{
  char *copy = length == SIZE_MAX ? NULL : wats_malloc(length + 1);
  if (!copy) return NULL;
  if (length) memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

void wats_alloc_fail_after(long count)
{
  atomic_store_explicit(&remaining, count, memory_order_relaxed);
}

void wats_alloc_fail_never(void)
{
  atomic_store_explicit(&remaining, -1, memory_order_relaxed);
}

long wats_alloc_live(void)
{
#ifdef WATS_ALLOC_COUNT
  return atomic_load_explicit(&live, memory_order_acquire);
#else
  return 0;
#endif
}
