/*
** test_alloc.c - the heap's door: what it gives, what it refuses, what it
** counts.
*/
#include "core/alloc.h"

#include <stdatomic.h>
#include <stdint.h>

#include "core/sync.h"
#include "test.h"

/* The sanitizers' own heaps end the program where libc's returns NULL. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_RETURNS_NULL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HEAP_RETURNS_NULL 0
#endif
#endif
#ifndef HEAP_RETURNS_NULL
#define HEAP_RETURNS_NULL 1
#endif

static void test_gives_memory(void)
{
  long before = wats_alloc_live();
  char *zeros = wats_calloc(7, 3), *block = wats_malloc(10);
  int i;
  CHECK(zeros && block);
  for (i = 0; zeros && i < 21; i++)
    CHECK_INT(zeros[i], 0);
  if (block) memset(block, 'x', 10);
  block = wats_realloc(block, 5000);
  CHECK(block && block[9] == 'x');
  CHECK_INT(wats_alloc_live() - before, 2);
  wats_free(zeros);
  wats_free(block);
  CHECK_INT(wats_alloc_live(), before);
}

static void test_size_0_is_a_block(void)
{
  char *a = wats_malloc(0), *b = wats_calloc(0, 8), *c = wats_realloc(NULL, 0);
  CHECK(a && b && c);
  CHECK(a != b && b != c && a != c);
  c = wats_realloc(c, 0); /* frees nothing */
  CHECK(c != NULL);
  wats_free(a);
  wats_free(b);
  wats_free(c);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_free_accepts_null(void)
{
  wats_free(NULL);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_strndup(void)
{
  char *copy = wats_strndup("a\0b tail", 3);
  CHECK(copy && memcmp(copy, "a\0b", 4) == 0);
  wats_free(copy);
  copy = wats_strndup(NULL, 0);
  CHECK_STR(copy, "");
  wats_free(copy);
  CHECK(!wats_strndup("x", SIZE_MAX)); /* no room for the NUL in any size */
}

#if HEAP_RETURNS_NULL
static void test_more_than_there_is(void)
{
  /* volatile: else the compiler warns of just this */
  volatile size_t huge = SIZE_MAX / 2;
  char *block = wats_malloc(4);
  CHECK(!wats_malloc(huge));
  CHECK(!wats_calloc(huge, 3)); /* the product does not fit */
  if (block) memcpy(block, "abc", 4);
  CHECK(!wats_realloc(block, huge));
  CHECK_STR(block, "abc"); /* still valid */
  wats_free(block);
  CHECK_INT(wats_alloc_live(), 0);
}
#endif

static void test_the_one_after_fails_and_all_that_follow(void)
{
  char *a, *b;
  wats_alloc_fail_after(2);
  a = wats_malloc(4);
  b = wats_strndup("b", 1);
  CHECK(a && b);
  CHECK(!wats_malloc(1));
  CHECK(!wats_calloc(1, 1));
  CHECK(!wats_strndup("c", 1));
  if (a) memcpy(a, "abc", 4);
  CHECK(!wats_realloc(a, 100));
  CHECK_STR(a, "abc");
  CHECK_INT(wats_alloc_live(), 2);
  wats_alloc_fail_never();
  a = wats_realloc(a, 100);
  CHECK_STR(a, "abc");
  wats_free(a);
  wats_free(b);
  CHECK_INT(wats_alloc_live(), 0);
}

/* --- four threads share the count ----------------------------------------- */

#define THREADS   4
#define ATTEMPTS  2000
#define SUCCEEDED 3001

static _Atomic int had;

static void *allocate(void *unused)
{
  int i;
  for (i = 0; i < ATTEMPTS; i++) {
    void *block = wats_malloc(16);
    if (block) atomic_fetch_add(&had, 1);
    wats_free(block);
  }
  return unused;
}

static void test_the_count_is_exact_between_threads(void)
{
  struct wats_thread threads[THREADS];
  int i, round;
  for (round = 0; round < 20; round++) {
    atomic_store(&had, 0);
    wats_alloc_fail_after(SUCCEEDED);
    for (i = 0; i < THREADS; i++)
      CHECK_INT(wats_thread_start(&threads[i], allocate, NULL), WATS_OK);
    for (i = 0; i < THREADS; i++)
      wats_thread_join(&threads[i]);
    CHECK_INT(atomic_load(&had), SUCCEEDED);
    CHECK(!wats_malloc(1));
    wats_alloc_fail_never();
  }
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  RUN(test_gives_memory);
  RUN(test_size_0_is_a_block);
  RUN(test_free_accepts_null);
  RUN(test_strndup);
#if HEAP_RETURNS_NULL
  RUN(test_more_than_there_is);
#endif
  RUN(test_the_one_after_fails_and_all_that_follow);
  RUN(test_the_count_is_exact_between_threads);
  return test_report();
}
