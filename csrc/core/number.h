/*
** number.h - numbers as text: shortest decimal that reads back as the same
** double, whatever the locale.
**
** No heap, no lock: any thread may call.
*/
#ifndef WATS_NUMBER_H
#define WATS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Room that each of these needs at most; no NUL is written. */
#define WATS_NUMBER_SIZE 32

/* Each returns the bytes written. */
size_t wats_number_unsigned(char *out, uint64_t value);
size_t wats_number_integer(char *out, int64_t value);
/*
** A finite double in the fewest digits that read back as the same bits: "0.1",
** "1" (no ".0"), "-0", "1e+21", "5e-324". Positional from 1e-6 up to below
** 1e+21. Not for NaN and infinities.
*/
size_t wats_number_double(char *out, double value);

#endif
