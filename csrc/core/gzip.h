/*
** gzip.h - gzip (RFC 1952) of whole texts, by zlib.
**
** Both append to `out`, whose limit is kept, and leave it as it was when they
** fail. No state: any thread may call.
*/
#ifndef WATS_GZIP_H
#define WATS_GZIP_H

#include "buffer.h"
#include "error.h"

/* Appends `length` bytes packed, at zlib's default level. */
enum wats_errc wats_gzip_compress(const void *bytes, size_t length,
                                  struct wats_buffer *out,
                                  struct wats_error *error);

/*
** Appends the bytes that were packed, all members one after the other.
** WATS_ERR_DECODE: not gzip, cut short, or with a wrong check sum.
** WATS_ERR_TOO_LARGE: they would pass the limit of `out`; never more than
** that is unpacked.
*/
enum wats_errc wats_gzip_decompress(const void *bytes, size_t length,
                                    struct wats_buffer *out,
                                    struct wats_error *error);

#endif
