/*
** decimal_powers.h - powers of ten to 128 bits. Private to decimal.
**
** For each power p the pair (high, low) of words is g(p) = 1 + the integer
** part of 10^p * 2^(127 - floor(log2(10^p))): the highest bit is set, and the
** power, in that scale, lies between g(p) - 1 and g(p).
*/
#ifndef WATS_DECIMAL_POWERS_H
#define WATS_DECIMAL_POWERS_H

#include <stdint.h>

#define WATS_DECIMAL_POWER_FIRST (-292)
#define WATS_DECIMAL_POWER_LAST  324

extern const uint64_t wats_decimal_powers[];

/* The two words of 10^power, the high one first. */
static inline const uint64_t *wats_decimal_power(int power)
{
  return wats_decimal_powers + 2 * (power - WATS_DECIMAL_POWER_FIRST);
}

#endif
