/*
** gzip.h - gzip (RFC 1952), by zlib.
**
** Those for whole texts append to `out`, whose limit is kept, and leave it as
** it
** was when they fail. No state: any thread may call.
*/
#ifndef WATS_GZIP_H
#define WATS_GZIP_H

#include <stdbool.h>

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

/*
** The same piece by piece, for what is too large to be held. One thread at a
** time.
*/
struct wats_gunzip;

/* NULL when memory is short. */
struct wats_gunzip *wats_gunzip_create(void);
/* Accepts NULL. */
void wats_gunzip_destroy(struct wats_gunzip *gunzip);
/*
** Unpacks into `out`, of `room` bytes; *got tells how many came. *length is how
** many bytes there are to be read, afterwards how many were. When all were read
** and `out` was filled there may be more to come of them: call again, with 0.
** WATS_ERR_DECODE, WATS_ERR_MEMORY: it is of no more use.
*/
enum wats_errc wats_gunzip_next(struct wats_gunzip *gunzip, const void *bytes,
                                size_t *length, void *out, size_t room,
                                size_t *got);
/* Was what has been read so far whole? Nothing at all is. */
bool wats_gunzip_is_whole(const struct wats_gunzip *gunzip);

#endif
