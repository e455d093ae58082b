/*
** decimal.h - numbers as decimal text and back, so that every double survives.
**
** Pure and without heap; the process's locale makes no difference. Any thread
** may call. What is written by `format` reads back as the same bits, and no
** text with fewer digits would.
*/
#ifndef WATS_DECIMAL_H
#define WATS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that any number needs; no NUL is written. */
#define WATS_DECIMAL_SIZE 32

/*
** The shortest digits that read back as `value`, which must be finite. Always
** with a point or an exponent, so that it reads back as a double: "5.0",
** "-0.0", "0.1", "1e22", "1.5e-7". Returns the number of characters.
*/
size_t wats_decimal_format(double value, char out[WATS_DECIMAL_SIZE]);
size_t wats_decimal_format_integer(int64_t value, char out[WATS_DECIMAL_SIZE]);

/* A decimal number as it was found in a text. */
struct wats_decimal {
  bool negative;
  /* The value is about significand * 10^exponent: exactly that, unless there
  ** are more digits than 19. */
  uint64_t significand; /* the first 19 digits, leading zeros not counted */
  int64_t exponent;
  bool more;         /* digits were left out of the significand */
  const char *first; /* first digit; zeros in front do no harm */
  const char *last;  /* behind the last digit (before an exponent) */
};

/* The nearest double, ties to even: infinite when it is too large for one. */
double wats_decimal_to_double(const struct wats_decimal *d);

#endif
