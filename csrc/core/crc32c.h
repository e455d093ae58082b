/*
** crc32c.h - the Castagnoli CRC (RFC 3720, section 12.1 and appendix B.4).
**
** Finds damage, not malice. Any thread may call; nothing is allocated.
*/
#ifndef WATS_CRC32C_H
#define WATS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
** `crc` is 0 to begin with, or what the call for the bytes before returned:
** crc32c(crc32c(0, a), b) is that of a followed by b.
*/
uint32_t wats_crc32c(uint32_t crc, const void *bytes, size_t length);

#endif
