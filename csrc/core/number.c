/*
** number.c - see number.h.
**
** What is measured or counted mostly has few digits. So first the integers,
** then n / 10^k with n below 10^15, where one multiplication finds n and one
** division proves it: both n and 10^k are doubles without error, and a correct
** division rounds n / 10^k as reading the text would. The rest goes through
** the C library, digit count by digit count.
*/
#include "number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS    17
#define SMALL_LIMIT   1e15
#define MAX_DECIMALS  15
#define POSITIONAL_LO (-6)
#define POSITIONAL_HI 21

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

size_t wats_number_unsigned(char *out, uint64_t value)
{
  char digits[20];
  size_t at = sizeof digits;
  while (value >= 100) {
    at -= 2;
    memcpy(digits + at, pairs + 2 * (value % 100), 2);
    value /= 100;
  }
  if (value >= 10) {
    at -= 2;
    memcpy(digits + at, pairs + 2 * value, 2);
  } else
    digits[--at] = (char)('0' + value);
  memcpy(out, digits + at, sizeof digits - at);
  return sizeof digits - at;
}

size_t wats_number_integer(char *out, int64_t value)
{
  if (value >= 0) return wats_number_unsigned(out, (uint64_t)value);
  *out = '-';
  return 1 + wats_number_unsigned(out + 1, 0 - (uint64_t)value);
}

/* Digits without zeros at the end; the value is 0.DIGITS * 10^point. */
struct decimal {
  char digits[24];
  int count;
  int point;
};

static void drop_zeros(struct decimal *d)
{
  while (d->count > 1 && d->digits[d->count - 1] == '0')
    d->count--;
}

/* Few digits, few of them behind the point; false when it is not so. */
static bool small_decimal(double value, struct decimal *d)
{
  static const double powers[MAX_DECIMALS + 1] = {
      1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
      1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  int k;
  for (k = 0; k <= MAX_DECIMALS; k++) {
    double scaled = value * powers[k];
    uint64_t n;
    double back;
    if (!(scaled < SMALL_LIMIT - 1)) return false;
    n = (uint64_t)(scaled + 0.5);
    back = (double)n / powers[k];
    if (back < value || back > value) continue;
    d->count = (int)wats_number_unsigned(d->digits, n);
    d->point = d->count - k;
    drop_zeros(d);
    return true;
  }
  return false;
}

/* Reads what %e wrote; the decimal separator is whatever is no digit. */
static void read_scientific(const char *text, struct decimal *d)
{
  const char *c = text;
  d->count = 0;
  for (; *c && *c != 'e'; c++)
    if (*c >= '0' && *c <= '9') d->digits[d->count++] = *c;
  d->point = (*c ? (int)strtol(c + 1, NULL, 10) : 0) + 1;
  drop_zeros(d);
}

/* Text and strtod speak the same locale, so the check holds in any. */
static void any_decimal(double value, struct decimal *d)
{
  char text[64];
  int precision;
  for (precision = 1; precision <= MAX_DIGITS; precision++) {
    double back;
    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    back = strtod(text, NULL);
    if (back >= value && back <= value) break;
    /* Only tiny values have so few digits that each is worth a try. */
    if (precision < 14 && value > 1e-300) precision = 14;
  }
  read_scientific(text, d);
}

static char *fill(char *to, char c, int count)
{
  if (count <= 0) return to;
  memset(to, c, (size_t)count);
  return to + count;
}

static char *copy(char *to, const char *digits, int count)
{
  if (count <= 0) return to;
  memcpy(to, digits, (size_t)count);
  return to + count;
}

static char *write_positional(char *to, const struct decimal *d)
{
  int whole = d->point < d->count ? d->point : d->count;
  if (d->point <= 0) *to++ = '0';
  to = copy(to, d->digits, whole);
  to = fill(to, '0', d->point - d->count);
  if (d->point >= d->count) return to;
  *to++ = '.';
  to = fill(to, '0', -d->point);
  if (whole < 0) whole = 0;
  return copy(to, d->digits + whole, d->count - whole);
}

static char *write_scientific(char *to, const struct decimal *d)
{
  int exponent = d->point - 1;
  *to++ = d->digits[0];
  if (d->count > 1) *to++ = '.';
  to = copy(to, d->digits + 1, d->count - 1);
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  return to + wats_number_unsigned(
                  to, (uint64_t)(exponent < 0 ? -exponent : exponent));
}

size_t wats_number_double(char *out, double value)
{
  struct decimal d = {.count = 0};
  char *to = out;
  if (signbit(value)) {
    *to++ = '-';
    value = -value;
  }
  if (value < SMALL_LIMIT && !(value > floor(value)))
    return (size_t)(to - out) + wats_number_unsigned(to, (uint64_t)value);
  if (!small_decimal(value, &d)) any_decimal(value, &d);
  if (d.point > POSITIONAL_LO && d.point <= POSITIONAL_HI)
    to = write_positional(to, &d);
  else
    to = write_scientific(to, &d);
  return (size_t)(to - out);
}
