/*
** byte_range.h - which bytes of a stored answer a Range asks for (RFC 9110,
** sections 13.1.5, 14.1.2 and 14.2).
**
** One range of bytes is answered; for anything else (several ranges, another
** unit, what is not well-formed) the whole answer is sent, which a server may
** always do and which a cache does when in doubt. Pure: any thread may call,
** nothing is allocated.
*/
#ifndef WATS_BYTE_RANGE_H
#define WATS_BYTE_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "headers.h"

enum wats_range_kind {
  WATS_RANGE_NONE, /* no Range that we answer: send the whole */
  WATS_RANGE_PART,
  WATS_RANGE_UNSATISFIABLE /* answer 416 */
};

struct wats_byte_range {
  enum wats_range_kind kind;
  size_t first, last; /* PART: both inclusive, first <= last < length */
};

/*
** `request` may be NULL: no fields. `stored` are the fields of a complete
** answer with status 200, `length` its bytes as they were sent. A last byte
** behind the end is cut, numbers of any size saturate.
**
** If-Range counts only when it matches strongly, else NONE: an ETag when both
** are strong and the same; a date when it is Last-Modified letter for letter
** and that is a strong validator, for which the answer's Date must be there and
** at least a second later (8.8.2.2): within one second a resource can change
** twice.
** A suffix of an empty answer is NONE too: no Content-Range could tell it.
*/
void wats_byte_range_read(const struct wats_headers *request,
                          const struct wats_headers *stored, size_t length,
                          struct wats_byte_range *out);

/* Is there a Range field at all? `request` may be NULL. */
bool wats_byte_range_asked(const struct wats_headers *request);

#endif
