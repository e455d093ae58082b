/*
** alloc.h - the one door to the heap.
**
** All memory of the core is had here, so that a test can make the n-th
** allocation fail and prove that every caller copes. In production each
** function is its libc namesake behind one predictable branch.
** Any thread may call; a block may be freed by another thread.
*/
#ifndef WATS_ALLOC_H
#define WATS_ALLOC_H

#include <stddef.h>

/* Each returns NULL when memory is short (or a test says so). Size 0 is a
** block too, with an address of its own. */
void *wats_malloc(size_t size);
void *wats_calloc(size_t count, size_t size);
/* On failure the old block stays valid. */
void *wats_realloc(void *block, size_t size);
/* Accepts NULL. */
void wats_free(void *block);
/* Copies `length` bytes and adds a NUL. */
char *wats_strndup(const char *text, size_t length);

/*
** Test hook: the next `count` allocations succeed, the one after fails, and
** so do all that follow until wats_alloc_fail_never(). Process-wide.
*/
void wats_alloc_fail_after(long count);
void wats_alloc_fail_never(void);
/* Blocks now alive; for leak checks in tests that run without a sanitizer.
** Counted only with -DWATS_ALLOC_COUNT, as the tests are built; else 0. */
long wats_alloc_live(void);

#endif
