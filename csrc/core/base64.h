/*
** base64.h - base64 with the standard alphabet and padding (RFC 4648,
** section 4), as reports carry attachments in it and Basic authentication its
** token.
**
** Pure: the caller brings the memory, any thread may call.
*/
#ifndef WATS_BASE64_H
#define WATS_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters that `length` bytes become; no NUL is counted. */
static inline size_t wats_base64_encoded_size(size_t length)
{
  return (length / 3 + (length % 3 != 0)) * 4;
}

/* At least the bytes that `length` characters become. */
static inline size_t wats_base64_decoded_bound(size_t length)
{
  return length / 4 * 3;
}

/* Writes wats_base64_encoded_size(length) characters, no NUL. */
void wats_base64_encode(const void *bytes, size_t length, char *text);

/*
** Strict: no white space or line breaks, padding as it must be, no set bit
** that no byte holds (section 3.5), so that each value has one text. `bytes`
** has room for wats_base64_decoded_bound(length). False when `text` is not
** base64: `size` is untouched then, `bytes` may have been written to.
*/
bool wats_base64_decode(const char *text, size_t length, void *bytes,
                        size_t *size);

#endif
