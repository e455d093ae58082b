/*
** number.c - see number.h.
*/
#include "number.h"

#include <math.h>

#include "decimal.h"

/* Below this an integral double is written digit by digit. */
#define WHOLE_LIMIT 1e15

size_t wats_number_unsigned(char *out, uint64_t value)
{
  size_t length;
  if (value <= INT64_MAX)
    return wats_decimal_format_integer((int64_t)value, out);
  length = wats_decimal_format_integer((int64_t)(value / 10), out);
  out[length] = (char)('0' + value % 10);
  return length + 1;
}

size_t wats_number_double(char *out, double value)
{
  size_t length;
  if (fabs(value) < WHOLE_LIMIT && value == (double)(int64_t)value &&
      (value != 0 || !signbit(value)))
    return wats_decimal_format_integer((int64_t)value, out);
  length = wats_decimal_format(value, out);
  if (length > 2 && out[length - 2] == '.' && out[length - 1] == '0')
    length -= 2;
  return length;
}
