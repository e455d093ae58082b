/*
** test_request_id.c - names of requests: their form, and that none comes twice.
*/
#include "core/request_id.h"

#include <pthread.h>
#include <stdlib.h>

#include "child.h"

#define THREADS 4
#define EACH    500

static char names[THREADS][EACH][WATS_REQUEST_ID_SIZE];
static char parents[WATS_REQUEST_ID_SIZE];

static void test_form(void)
{
  char first[WATS_REQUEST_ID_SIZE], second[WATS_REQUEST_ID_SIZE];
  int i;
  wats_request_id_make(first);
  wats_request_id_make(second);
  for (i = 0; i < 16; i++)
    CHECK(strchr("0123456789abcdef", first[i]) && first[i]);
  CHECK(first[16] == '-');
  CHECK(memcmp(first, second, 17) == 0);
  CHECK_INT(atoll(second + 17), atoll(first + 17) + 1);
}

static void *make_many(void *context)
{
  int i, thread = *(int *)context;
  for (i = 0; i < EACH; i++)
    wats_request_id_make(names[thread][i]);
  return NULL;
}

static int compare(const void *a, const void *b)
{
  return strcmp(a, b);
}

static void test_no_name_comes_twice(void)
{
  pthread_t threads[THREADS];
  int numbers[THREADS], i;
  const char *all = names[0][0];
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK_INT(pthread_create(&threads[i], NULL, make_many, &numbers[i]), 0);
  }
  for (i = 0; i < THREADS; i++)
    CHECK_INT(pthread_join(threads[i], NULL), 0);
  qsort(names, THREADS * EACH, WATS_REQUEST_ID_SIZE, compare);
  for (i = 1; i < THREADS * EACH; i++)
    CHECK(strcmp(all + (size_t)(i - 1) * WATS_REQUEST_ID_SIZE,
                 all + (size_t)i * WATS_REQUEST_ID_SIZE) != 0);
}

static void differs_from_the_parents(void)
{
  char own[WATS_REQUEST_ID_SIZE];
  wats_request_id_make(own);
  CHECK(memcmp(own, parents, 16) != 0);
}

static void test_a_forked_child_has_its_own(void)
{
  wats_request_id_make(parents);
  CHECK_INT(in_child(differs_from_the_parents), 0);
}

int main(void)
{
  RUN(test_form);
  RUN(test_no_name_comes_twice);
  RUN(test_a_forked_child_has_its_own);
  return test_report();
}
