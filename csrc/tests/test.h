/*
** test.h - the C unit tests' harness: a few macros, no framework.
**
** A test program lists its functions with RUN in main and ends with
** `return test_report();`. A failed CHECK prints where and goes on, so that
** one run shows every failure. The closing line is "N passed, N failed" and
** counts test functions.
*/
#ifndef WATS_TEST_H
#define WATS_TEST_H

#include <stdio.h>
#include <string.h>

static int test_passed, test_failed, test_bad_checks;

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__,          \
             #condition);                                                      \
      test_bad_checks++;                                                       \
    }                                                                          \
  } while (0)

/* Compare, and show both sides when they differ. */
#define CHECK_INT(actual, expected)                                            \
  do {                                                                         \
    long long a_ = (long long)(actual), e_ = (long long)(expected);            \
    if (a_ != e_) {                                                            \
      printf("%s:%d: %s: %s is %lld, expected %lld\n", __FILE__, __LINE__,     \
             __func__, #actual, a_, e_);                                       \
      test_bad_checks++;                                                       \
    }                                                                          \
  } while (0)

#define CHECK_STR(actual, expected)                                            \
  do {                                                                         \
    const char *a_ = (actual), *e_ = (expected);                               \
    if (!a_ || strcmp(a_, e_) != 0) {                                          \
      printf("%s:%d: %s: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, \
             __func__, #actual, a_ ? a_ : "(null)", e_);                       \
      test_bad_checks++;                                                       \
    }                                                                          \
  } while (0)

#define RUN(function)                                                          \
  do {                                                                         \
    int before_ = test_bad_checks;                                             \
    function();                                                                \
    if (test_bad_checks == before_)                                            \
      test_passed++;                                                           \
    else {                                                                     \
      test_failed++;                                                           \
      printf("FAILED %s\n", #function);                                        \
    }                                                                          \
  } while (0)

static int test_report(void)
{
  printf("%d passed, %d failed\n", test_passed, test_failed);
  return test_failed ? 1 : 0;
}

#endif
