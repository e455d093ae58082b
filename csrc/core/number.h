/*
** number.h - numbers as people and scrapers like them: decimal.h's shortest
** text, but an integral double is written as an integer.
**
** No heap, no lock, no locale: any thread may call.
*/
#ifndef WATS_NUMBER_H
#define WATS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Room that each of these needs at most; no NUL is written. */
#define WATS_NUMBER_SIZE 32

/* Each returns the bytes written. */
size_t wats_number_unsigned(char *out, uint64_t value);
/* Finite. Reads back as the same bits: "0.1", "1", "-0", "1e21", "5e-324". */
size_t wats_number_double(char *out, double value);

#endif
