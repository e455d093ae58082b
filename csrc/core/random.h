/*
** random.h - what nobody can guess: the system's own random bytes.
**
** For seeds of hashes and for the ids of reports, which must differ between
** all stations of a factory without anybody's help. Any thread may call, and
** a child after fork too; nothing is kept that it could inherit.
*/
#ifndef WATS_RANDOM_H
#define WATS_RANDOM_H

#include <stddef.h>

#include "error.h"

#define WATS_UUID_SIZE 37 /* with the NUL */

/* WATS_ERR_IO when the system has none to give; `bytes` is then of no use. */
enum wats_errc wats_random_bytes(void *bytes, size_t length,
                                 struct wats_error *error);

/* A version 4 UUID (RFC 9562, section 5.4) in lower case. */
enum wats_errc wats_uuid(char text[WATS_UUID_SIZE], struct wats_error *error);

#endif
