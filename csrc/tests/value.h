/*
** value.h - a counted value for tests of ttl_lru. While it lives `magic` says
** so; one more release than retains, or use after the last, is seen.
*/
#ifndef WATS_TEST_VALUE_H
#define WATS_TEST_VALUE_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"

#define VALUE_MAGIC 0x5ca1ab1eL

struct value {
  _Atomic long references;
  long magic;
  long number;
};

static _Atomic long values_alive;

/* With one reference, the test's own. Not refused by wats_alloc_fail_after. */
static inline struct value *value_new(long number)
{
  struct value *v = malloc(sizeof *v);
  if (!v) abort();
  atomic_init(&v->references, 1);
  v->magic = VALUE_MAGIC;
  v->number = number;
  atomic_fetch_add(&values_alive, 1);
  return v;
}

static inline void value_check(const struct value *v)
{
  if (v->magic == VALUE_MAGIC) return;
  printf("a value is used that was released\n");
  abort();
}

static inline void value_retain(void *value)
{
  struct value *v = value;
  value_check(v);
  atomic_fetch_add(&v->references, 1);
}

static inline void value_release(void *value)
{
  struct value *v = value;
  value_check(v);
  if (atomic_fetch_sub(&v->references, 1) != 1) return;
  v->magic = 0;
  atomic_fetch_sub(&values_alive, 1);
  free(v);
}

#endif
