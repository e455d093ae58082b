/*
** random.c - see random.h.
*/
#include "random.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

/* getentropy gives no more at a time (POSIX.1-2024). */
#define AT_ONCE 256

enum wats_errc wats_random_bytes(void *bytes, size_t length,
                                 struct wats_error *error)
{
  unsigned char *p = bytes;
  while (length > 0) {
    size_t part = length < AT_ONCE ? length : AT_ONCE;
    if (getentropy(p, part) != 0)
      return wats_fail_errno(error, WATS_ERR_IO, errno,
                             "the system gives no random bytes");
    p += part;
    length -= part;
  }
  return WATS_OK;
}

enum wats_errc wats_uuid(char text[WATS_UUID_SIZE], struct wats_error *error)
{
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[16];
  char *at = text;
  int i;
  enum wats_errc code = wats_random_bytes(bytes, sizeof bytes, error);
  if (code != WATS_OK) return code;
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* the RFC's variant */
  for (i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    *at++ = digits[bytes[i] >> 4];
    *at++ = digits[bytes[i] & 15];
  }
  *at = '\0';
  return WATS_OK;
}
