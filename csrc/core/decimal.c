/*
** decimal.c - see decimal.h.
**
** Both directions have an exact short way for what people and instruments
** write, and leave the rest to the C library, in a form without a decimal
** point: that is all in which locales differ.
*/
#include "decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_DIGITS                                                           \
  15 /* any so long decimal survives a trip over a double                      \
      */
#define EXACT_LIMIT 1e15
#define MOST_DIGITS 17 /* so many tell any two doubles apart */
#define LONGEST_EXACT                                                          \
  800 /* significant digits; a double's neighbours differ                      \
         within 767 */

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static size_t put_digits(uint64_t value, char *out)
{
  static const char pairs[] = "00010203040506070809"
                              "10111213141516171819"
                              "20212223242526272829"
                              "30313233343536373839"
                              "40414243444546474849"
                              "50515253545556575859"
                              "60616263646566676869"
                              "70717273747576777879"
                              "80818283848586878889"
                              "90919293949596979899";
  char room[20], *at = room + sizeof room;
  size_t length;
  while (value >= 100) {
    at -= 2;
    memcpy(at, pairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    at -= 2;
    memcpy(at, pairs + value * 2, 2);
  } else
    *--at = (char)('0' + value);
  length = (size_t)(room + sizeof room - at);
  memcpy(out, at, length);
  return length;
}

size_t wats_decimal_format_integer(int64_t value, char out[WATS_DECIMAL_SIZE])
{
  if (value >= 0) return put_digits((uint64_t)value, out);
  *out = '-';
  return 1 + put_digits(0 - (uint64_t)value, out + 1);
}

/* d.ddde-7 */
static size_t put_scientific(const char *digits, size_t count, int exponent,
                             char *out)
{
  char *at = out;
  *at++ = digits[0];
  if (count > 1) {
    *at++ = '.';
    memcpy(at, digits + 1, count - 1);
    at += count - 1;
  }
  *at++ = 'e';
  at += wats_decimal_format_integer(exponent, at);
  return (size_t)(at - out);
}

/*
** Lays out a number whose first digit counts 10^exponent. Digits do not end
** in 0, unless there is only one.
*/
static size_t put_number(const char *digits, size_t count, int exponent,
                         char *out)
{
  char *at = out;
  size_t whole;
  if (exponent < -6 || exponent > 16)
    return put_scientific(digits, count, exponent, out);
  if (exponent < 0) {
    memcpy(at, "0.00000", 7);
    at += 1 - exponent;
    memcpy(at, digits, count);
    return (size_t)(at - out) + count;
  }
  whole = (size_t)exponent + 1;
  if (count <= whole) {
    memcpy(at, digits, count);
    memset(at + count, '0', whole - count);
    memcpy(at + whole, ".0", 2);
    return whole + 2;
  }
  memcpy(at, digits, whole);
  at[whole] = '.';
  memcpy(at + whole + 1, digits + whole, count - whole);
  return count + 1;
}

/* Trailing zeros say nothing. */
static size_t trimmed(const char *digits, size_t count)
{
  while (count > 1 && digits[count - 1] == '0')
    count--;
  return count;
}

/*
** Few decimals, as in most measurements: is value * 10^k a small integer for
** some k? If integer / 10^k is `value` again, both being exact, then by IEEE
** 754 the reader's nearest double is `value` too.
*/
static size_t format_short(double value, char *out)
{
  int k;
  for (k = 0; k <= EXACT_DIGITS; k++) {
    double scaled = value * powers[k];
    uint64_t integer;
    char digits[20];
    size_t count;
    if (scaled >= EXACT_LIMIT) return 0;
    integer = (uint64_t)(scaled + 0.5);
    if ((double)integer / powers[k] != value) continue;
    count = put_digits(integer, digits);
    return put_number(digits, trimmed(digits, count), (int)count - 1 - k, out);
  }
  return 0;
}

/*
** `value`, which is not negative, rounded to so many digits; returns the
** exponent of the first one. The point of %e may be any bytes but digits.
*/
static int round_digits(double value, size_t count, char *digits)
{
  char text[64];
  const char *at = text;
  size_t i;
  snprintf(text, sizeof text, "%.*e", (int)count - 1, value);
  for (i = 0; i < count; at++)
    if (*at >= '0' && *at <= '9') digits[i++] = *at;
  while (*at != 'e')
    at++;
  return (int)strtol(at + 1, NULL, 10);
}

static double read_digits(const char *digits, size_t count, int exponent)
{
  char text[64];
  snprintf(text, sizeof text, "%.*se%d", (int)count, digits,
           exponent - (int)count + 1);
  return strtod(text, NULL);
}

/* Any shorter than EXACT_DIGITS is among those with EXACT_DIGITS, but for
** subnormal numbers, which hold fewer. */
static size_t format_any(double value, char *out)
{
  char digits[MOST_DIGITS];
  size_t count = value < DBL_MIN ? 1 : EXACT_DIGITS;
  int exponent;
  for (;; count++) {
    exponent = round_digits(value, count, digits);
    if (count == MOST_DIGITS || read_digits(digits, count, exponent) == value)
      break;
  }
  return put_number(digits, trimmed(digits, count), exponent, out);
}

size_t wats_decimal_format(double value, char out[WATS_DECIMAL_SIZE])
{
  size_t length = 0, sign = signbit(value) ? 1 : 0;
  *out = '-';
  out += sign;
  value = fabs(value);
  if (value == 0.0 || value >= 1e-9) length = format_short(value, out);
  return sign + (length ? length : format_any(value, out));
}

/* All digits that can matter, as an integer with an exponent, for strtod. */
static double read_slowly(const struct wats_decimal *d)
{
  char text[LONGEST_EXACT + 40];
  const char *at;
  size_t count = 0;
  int64_t exponent = d->exponent;
  for (at = d->first; *at == '0' || *at == '.'; at++)
    ;
  /* What follows the first 19 digits moves the exponent of the last one. */
  for (; at < d->last; at++) {
    if (*at == '.') continue;
    if (count < LONGEST_EXACT)
      text[count] = *at;
    else if (*at != '0')
      text[LONGEST_EXACT - 1] = '1'; /* not exactly half-way */
    count++;
    if (count > 19 && count <= LONGEST_EXACT) exponent--;
  }
  if (count > LONGEST_EXACT) count = LONGEST_EXACT;
  snprintf(text + count, sizeof text - count, "e%lld", (long long)exponent);
  return strtod(text, NULL);
}

double wats_decimal_to_double(const struct wats_decimal *d)
{
  double value;
  if (d->significand == 0)
    value = 0.0;
  else if (d->exponent > 400)
    value = HUGE_VAL;
  else if (d->exponent < -2000)
    value = 0.0;
#if FLT_EVAL_METHOD == 0
  /* Two exact doubles: their product or quotient is rounded once. */
  else if (!d->more && d->significand <= (UINT64_C(1) << 53) &&
           d->exponent >= -22 && d->exponent <= 22)
    value = d->exponent < 0 ? (double)d->significand / powers[-d->exponent]
                            : (double)d->significand * powers[d->exponent];
#endif
  else
    value = read_slowly(d);
  return d->negative ? -value : value;
}
