/*
** json_writer.h - JSON values into a buffer, nothing lost and nothing altered.
**
** Only scalars: the commas and brackets between them are the caller's, who
** knows what he writes. Each function appends one value; on failure the
** buffer is as it was. No locks: one thread per buffer.
*/
#ifndef WATS_JSON_WRITER_H
#define WATS_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

/*
** A string with its quotes. '"', '\' and control characters are escaped, '/'
** and everything else stay as they are. WATS_ERR_ARGUMENT when it is not
** UTF-8: JSON has no way to carry such bytes, and another text in their place
** would be a silent change (wats_utf8_invalid_at tells where).
*/
enum wats_errc wats_json_write_string(struct wats_buffer *b, const char *text,
                                      size_t length);
enum wats_errc wats_json_write_integer(struct wats_buffer *b, int64_t value);
/* The shortest text that reads back as the same bits, and as a double: "5.0".
** WATS_ERR_ARGUMENT for infinities and NaN, which JSON has not. */
enum wats_errc wats_json_write_double(struct wats_buffer *b, double value);
enum wats_errc wats_json_write_bool(struct wats_buffer *b, bool value);
enum wats_errc wats_json_write_null(struct wats_buffer *b);

#endif
