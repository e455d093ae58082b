/*
** test_decimal.c - what decimal.h promises.
*/
#include "core/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "test.h"

static void check_format(double value, const char *expected)
{
  char text[WATS_DECIMAL_SIZE + 1];
  size_t length = wats_decimal_format(value, text);
  CHECK(length <= WATS_DECIMAL_SIZE);
  text[length] = '\0';
  CHECK_STR(text, expected);
}

static void test_layout(void)
{
  check_format(0.0, "0.0");
  check_format(-0.0, "-0.0");
  check_format(5.0, "5.0");
  check_format(-5.0, "-5.0");
  check_format(100.0, "100.0");
  check_format(0.1, "0.1");
  check_format(-0.25, "-0.25");
  check_format(3.31, "3.31");
  check_format(123.456, "123.456");
  check_format(0.05, "0.05");
  check_format(0.000123, "0.000123");
  check_format(1e-6, "0.000001");
  check_format(1e-7, "1e-7");
  check_format(1.5e-7, "1.5e-7");
  check_format(999999999999999.0, "999999999999999.0");
  check_format(1e15, "1000000000000000.0");
  check_format(1e16, "10000000000000000.0");
  check_format(9007199254740993.0, "9007199254740992.0");
  check_format(1e17, "1e17");
  check_format(1.25e17, "1.25e17");
  check_format(1e22, "1e22");
  check_format(1e23, "1e23");
  check_format(0.1 + 0.2, "0.30000000000000004");
  check_format(1.0 / 3, "0.3333333333333333");
  check_format(100.0 / 3, "33.333333333333336");
}

static void test_extremes(void)
{
  check_format(0x1.fffffffffffffp1023, "1.7976931348623157e308");
  check_format(-0x1.fffffffffffffp1023, "-1.7976931348623157e308");
  check_format(0x1p-1022, "2.2250738585072014e-308");
  check_format(0x0.fffffffffffffp-1022, "2.225073858507201e-308");
  check_format(0x1p-1074, "5e-324");
  check_format(0x3p-1074, "1.5e-323");
  /* the interval of a power of two is narrower below it */
  check_format(0x1p-44, "5.684341886080802e-14");
  check_format(9007199254740992.0, "9007199254740992.0");
  check_format(0x1p-1021, "4.450147717014403e-308");
}

static void test_integers(void)
{
  static const int64_t values[] = {0,   9,   10,   99,        100,
                                   101, 999, 1000, INT64_MAX, INT64_MIN};
  char text[WATS_DECIMAL_SIZE + 1], expected[40];
  size_t i;
  for (i = 0; i < sizeof values / sizeof *values; i++) {
    int sign;
    for (sign = 0; sign < 2; sign++) {
      int64_t value = sign && values[i] != INT64_MIN ? -values[i] : values[i];
      text[wats_decimal_format_integer(value, text)] = '\0';
      snprintf(expected, sizeof expected, "%lld", (long long)value);
      CHECK_STR(text, expected);
    }
  }
}

static uint64_t next_random(uint64_t *seed)
{
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

/* Significant digits of a number's text. */
static size_t digits_of(const char *text)
{
  size_t count = 0, zeros = 0;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9') continue;
    if (*text == '0') {
      if (count) zeros++;
      continue;
    }
    count += zeros + 1;
    zeros = 0;
  }
  return count;
}

/* `value` rounded to so many digits, as the C library has it. */
static double rounded(double value, size_t digits)
{
  char text[64];
  snprintf(text, sizeof text, "%.*e", (int)digits - 1, value);
  return strtod(text, NULL);
}

/* Reads back as the same bits, one digit less would not, and no other text of
** as many digits is nearer. */
static void check_round_trip(double value)
{
  char text[WATS_DECIMAL_SIZE + 1];
  double back;
  size_t digits;
  text[wats_decimal_format(value, text)] = '\0';
  back = strtod(text, NULL);
  digits = digits_of(text);
  if (memcmp(&back, &value, sizeof value) != 0) {
    printf("%a written as %s\n", value, text);
    CHECK(0);
  }
  if (digits > 1 && rounded(value, digits - 1) == value) {
    printf("%a written as %s, which is too long\n", value, text);
    CHECK(0);
  }
  if (digits > 0 && rounded(value, digits) == value) {
    char nearest[64];
    snprintf(nearest, sizeof nearest, "%.*e", (int)digits - 1, value);
    if (strtold(nearest, NULL) != strtold(text, NULL)) {
      printf("%a written as %s, %s is nearer\n", value, text, nearest);
      CHECK(0);
    }
  }
}

static double of_bits(uint64_t bits)
{
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static void test_random_bits(void)
{
  uint64_t seed = 88172645463325252u;
  int i;
  for (i = 0; i < 20000; i++) {
    double value = of_bits(next_random(&seed));
    if (isfinite(value)) check_round_trip(value);
  }
  for (i = 0; i < 2000; i++) /* subnormal */
    check_round_trip(of_bits(next_random(&seed) >> 12 >> i % 52));
}

/* Each power of ten in the table is used. */
static void test_all_exponents(void)
{
  uint64_t seed = 31415926, exponent;
  for (exponent = 0; exponent < 2047; exponent++) {
    int i;
    for (i = 0; i < 10; i++)
      check_round_trip(of_bits(exponent << 52 | next_random(&seed) >> 12));
  }
}

/* Few decimals, as measured values have, and their neighbours. */
static void test_short_decimals(void)
{
  uint64_t seed = 1234567;
  int i;
  for (i = 0; i < 20000; i++) {
    uint64_t random = next_random(&seed);
    double value = (double)(random % 1000000000) / pow(10, (double)(i % 13));
    check_round_trip(value);
    check_round_trip(nextafter(value, HUGE_VAL));
    check_round_trip(-nextafter(value, 0));
  }
}

static void test_powers(void)
{
  int i;
  for (i = -1074; i < 1024; i++) {
    double value = ldexp(1, i);
    check_round_trip(value);
    check_round_trip(nextafter(value, 0));
    check_round_trip(nextafter(value, HUGE_VAL));
  }
  for (i = -323; i <= 308; i++) {
    char text[20];
    snprintf(text, sizeof text, "1e%d", i);
    check_round_trip(strtod(text, NULL));
  }
}

static double read_decimal(uint64_t significand, int exponent)
{
  char digits[24];
  struct wats_decimal d = {0};
  int n =
      snprintf(digits, sizeof digits, "%llu", (unsigned long long)significand);
  d.significand = significand;
  d.exponent = exponent;
  d.first = digits;
  d.last = digits + n;
  return wats_decimal_to_double(&d);
}

/* As strtod, which rounds correctly, has it. */
static void test_reading(void)
{
  uint64_t seed = 42;
  int i;
  for (i = 0; i < 50000; i++) {
    uint64_t significand = next_random(&seed) >> i % 64;
    int exponent = (int)(next_random(&seed) % 700) - 360;
    char text[64];
    double expected, value;
    if (significand > 9999999999999999999u) significand /= 10;
    snprintf(text, sizeof text, "%llue%d", (unsigned long long)significand,
             exponent);
    expected = strtod(text, NULL);
    value = read_decimal(significand, exponent);
    if (memcmp(&value, &expected, sizeof value) != 0) {
      printf("%s read as %a, is %a\n", text, value, expected);
      CHECK(0);
    }
  }
}

/* The digits half-way between two doubles, where it is hardest. */
static void test_half_way(void)
{
  uint64_t seed = 7;
  int i;
  for (i = 0; i < 5000; i++) {
    uint64_t odd = (next_random(&seed) >> 10 | UINT64_C(1) << 53) | 1;
    int exponent = (int)(next_random(&seed) % 10);
    char text[64];
    double expected;
    /* odd * 2^exponent has 54 bits that count: a tie */
    uint64_t tie = odd << exponent;
    snprintf(text, sizeof text, "%llu", (unsigned long long)tie);
    expected = strtod(text, NULL);
    CHECK(read_decimal(tie, 0) == expected || tie > 9999999999999999999u);
    CHECK(read_decimal(tie + 1, 0) == nextafter(expected, HUGE_VAL) ||
          read_decimal(tie + 1, 0) == expected);
    CHECK(read_decimal(tie - 1, 0) < read_decimal(tie + 1, 0));
  }
}

static void test_locale(void)
{
  static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8",
                                      "nb_NO.UTF-8", "ps_AF.UTF-8"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    if (!setlocale(LC_ALL, names[i])) continue;
    check_format(0.1 + 0.2, "0.30000000000000004");
    check_format(1.5e-300, "1.5e-300");
    CHECK(read_decimal(30000000000000004, -17) == 0.1 + 0.2);
  }
  setlocale(LC_ALL, "C");
}

int main(void)
{
  RUN(test_layout);
  RUN(test_extremes);
  RUN(test_integers);
  RUN(test_random_bits);
  RUN(test_all_exponents);
  RUN(test_short_decimals);
  RUN(test_powers);
  RUN(test_reading);
  RUN(test_half_way);
  RUN(test_locale);
  return test_report();
}
