/*
** decimal.c - see decimal.h.
**
** Both directions have an exact short way for what people and instruments
** write. What is left is multiplied with a power of ten known to 128 bits:
**
** Writing follows R. Giulietti, "The Schubfach way to render doubles": of all
** decimals that round to the value, those with the fewest digits are among
** four that are found with three multiplications.
** Reading bounds the value from both sides; if both bounds round to the same
** double, so does the value. If not, which is rare, strtod decides, on a text
** without a decimal point: that is all in which locales differ.
*/
#include "decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal_powers.h"

#define SHORT_DECIMALS 5 /* looked for first */
#define SHORT_LIMIT    1e15
#define LONGEST_EXACT                                                          \
  800 /* significant digits; a double's neighbours differ                      \
         within 767 */
#define MANTISSA_BITS 52
#define HIDDEN_BIT    (UINT64_C(1) << MANTISSA_BITS)
#define BIAS          1075 /* of the exponent of an integral mantissa */

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
    memset(at, '0', 7);
    at[1] = '.';
    at += 1 - exponent;
    memcpy(at, digits, count);
    return (size_t)(at - out) + count;
  }
  whole = (size_t)exponent + 1;
  if (count <= whole) {
    memcpy(at, digits, count);
    memset(at + count, '0', whole - count);
    at[whole] = '.';
    at[whole + 1] = '0';
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

#if FLT_EVAL_METHOD == 0
/*
** Few decimals, as in most measurements: is value * 10^k a small integer for
** some k? If integer / 10^k is `value` again, both being exact, then by IEEE
** 754 the reader's nearest double is `value` too.
*/
static size_t format_short(double value, char *out)
{
  int k;
  for (k = 0; k <= SHORT_DECIMALS; k++) {
    double scaled = value * powers[k];
    uint64_t integer;
    char digits[20];
    size_t count;
    if (scaled >= SHORT_LIMIT) return 0;
    integer = (uint64_t)(scaled + 0.5);
    if ((double)integer / powers[k] != value) continue;
    count = put_digits(integer, digits);
    return put_number(digits, trimmed(digits, count), (int)count - 1 - k, out);
  }
  return 0;
}
#endif

/* ---- products --------------------------------------------------------- */

struct product {
  uint64_t high, low;
};

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 wide;

static inline struct product multiply(uint64_t a, uint64_t b)
{
  wide result = (wide)a * b;
  struct product p = {(uint64_t)(result >> 64), (uint64_t)result};
  return p;
}
#else
static struct product multiply(uint64_t a, uint64_t b)
{
  uint64_t a0 = a & UINT32_MAX, a1 = a >> 32;
  uint64_t b0 = b & UINT32_MAX, b1 = b >> 32;
  uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  uint64_t middle = (p00 >> 32) + (p01 & UINT32_MAX) + (p10 & UINT32_MAX);
  struct product p;
  p.high = p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
  p.low = middle << 32 | (p00 & UINT32_MAX);
  return p;
}
#endif

/* floor(value / 2^bits); C leaves open what >> does below 0. */
static inline int shift_down(int value, int bits)
{
  return value >= 0 ? value >> bits : -((-value - 1) >> bits) - 1;
}

/* floor(log2(10^e)), for |e| up to 1233. */
static inline int log2_of_power(int e)
{
  return shift_down(e * 1741647, 19);
}

/* ---- the shortest digits ---------------------------------------------- */

/* The integer part of g * x / 2^128, with the lowest bit set if anything but
** the error of g is behind it. */
static inline uint64_t scale(const uint64_t g[2], uint64_t x)
{
  uint64_t carry = multiply(g[1], x).high;
  struct product p = multiply(g[0], x);
  p.low += carry;
  p.high += p.low < carry;
  return p.high | (p.low > 1);
}

/* A decimal: significand * 10^exponent. */
struct shortest {
  uint64_t significand;
  int exponent;
};

/* Picks from the decimals round a value: `value`, `lower` and `upper` (the
** borders of what rounds to it) are four times as large as it, in units of
** 10^exponent; borders themselves count when `even`. */
static struct shortest pick(uint64_t lower, uint64_t value, uint64_t upper,
                            bool even, int exponent)
{
  uint64_t s = value / 4, tens = s / 10, middle = 4 * s + 2;
  struct shortest result = {s, exponent};
  bool below, above;
  lower += !even;
  upper -= !even;
  if (s >= 10) {
    below = lower <= 40 * tens;
    above = 40 * tens + 40 <= upper;
    if (below != above) {
      result.significand = tens + above;
      result.exponent++;
      return result;
    }
  }
  below = lower <= 4 * s;
  above = 4 * s + 4 <= upper;
  if (below != above)
    result.significand += above;
  else /* both or none: the nearer */
    result.significand += value > middle || (value == middle && (s & 1));
  return result;
}

/* `value` is positive. */
static struct shortest find_shortest(double value)
{
  uint64_t bits, c;
  bool closer; /* the neighbour below is only half as far away */
  const uint64_t *g;
  int q, k, h;
  memcpy(&bits, &value, sizeof bits);
  c = bits & (HIDDEN_BIT - 1);
  q = (int)(bits >> MANTISSA_BITS);
  closer = c == 0 && q > 1;
  if (q)
    c |= HIDDEN_BIT;
  else
    q = 1;
  q -= BIAS;
  /* floor(log10(2^q)), or of 3/4 of it where the interval is narrower */
  k = shift_down(q * 1262611 - (closer ? 524031 : 0), 22);
  h = q + log2_of_power(-k) + 1;
  g = wats_decimal_power(-k);
  return pick(scale(g, (4 * c - (closer ? 1 : 2)) << h), scale(g, 4 * c << h),
              scale(g, (4 * c + 2) << h), c % 2 == 0, k);
}

static size_t format_any(double value, char *out)
{
  struct shortest s = find_shortest(value);
  char digits[20];
  size_t count = put_digits(s.significand, digits);
  return put_number(digits, trimmed(digits, count), s.exponent + (int)count - 1,
                    out);
}

size_t wats_decimal_format(double value, char out[WATS_DECIMAL_SIZE])
{
  size_t length = 0, sign = signbit(value) ? 1 : 0;
  *out = '-';
  out += sign;
  value = fabs(value);
  if (value == 0.0) {
    memset(out, '0', 3);
    out[1] = '.';
    return sign + 3;
  }
#if FLT_EVAL_METHOD == 0
  if (value >= 1e-5) length = format_short(value, out);
#endif
  return sign + (length ? length : format_any(value, out));
}

/* ---- reading ---------------------------------------------------------- */

/*
** The bits of the double nearest to (high + below / 2^64) * 2^exponent, where
** `high` is not 0; or 0 when it is not a normal number.
*/
static uint64_t nearest_bits(uint64_t high, struct product below, int exponent)
{
  uint64_t mantissa, rest;
  bool more;
  int biased;
  while (!(high >> 63)) { /* twice at most */
    high = high << 1 | below.high >> 63;
    below.high = below.high << 1 | below.low >> 63;
    below.low <<= 1;
    exponent--;
  }
  more = below.high || below.low;
  mantissa = high >> 11;
  rest = high & 0x7ff;
  biased = exponent + 11 + BIAS;
  if (biased < 1 || biased > 2045) return 0;
  if (rest > 0x400 || (rest == 0x400 && (more || (mantissa & 1)))) mantissa++;
  /* Rounded up to the next power of two it carries into the exponent. */
  return (uint64_t)biased * HIDDEN_BIT + (mantissa - HIDDEN_BIT);
}

/* The bits of significand * g(power), less `significand` if it is the lower
** bound that is asked for. */
static uint64_t bound(uint64_t significand, int power, bool lower)
{
  const uint64_t *g = wats_decimal_power(power);
  int exponent = log2_of_power(power) + 1;
  struct product top, tail;
  uint64_t carry;
  while (!(significand >> 63)) {
    significand <<= 1;
    exponent--;
  }
  top = multiply(significand, g[0]);
  tail = multiply(significand, g[1]);
  tail.high += top.low;
  carry = tail.high < top.low;
  top.high += carry;
  if (lower) {
    carry = tail.low < significand;
    tail.low -= significand;
    top.high -= carry && tail.high == 0;
    tail.high -= carry;
  }
  return nearest_bits(top.high, tail, exponent);
}

/* False: not decided. */
static bool read_quickly(const struct wats_decimal *d, double *value)
{
  uint64_t low, high;
  if (d->exponent < WATS_DECIMAL_POWER_FIRST ||
      d->exponent > WATS_DECIMAL_POWER_LAST)
    return false;
  low = bound(d->significand, (int)d->exponent, true);
  high = bound(d->significand + d->more, (int)d->exponent, false);
  if (low != high || low == 0) return false;
  memcpy(value, &low, sizeof *value);
  return true;
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
  if (d->significand == 0 || d->exponent < -2000)
    value = 0.0;
  else if (d->exponent > 400)
    value = HUGE_VAL;
#if FLT_EVAL_METHOD == 0
  /* Two exact doubles: their product or quotient is rounded once. */
  else if (!d->more && d->significand <= HIDDEN_BIT * 2 && d->exponent >= -22 &&
           d->exponent <= 22)
    value = d->exponent < 0 ? (double)d->significand / powers[-d->exponent]
                            : (double)d->significand * powers[d->exponent];
#endif
  else if (!read_quickly(d, &value))
    value = read_slowly(d);
  return d->negative ? -value : value;
}
