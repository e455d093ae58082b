/*
** http_date.h - dates as HTTP writes them (RFC 9110, section 5.6.7).
**
** Strict on purpose: a cache that guesses at a broken Expires keeps an answer
** that the server meant to be stale. The C library's and libcurl's parsers
** guess, and the former also look at locale and time zone; this one looks at
** nothing but its arguments. Pure: any thread may call, nothing is allocated.
*/
#ifndef WATS_HTTP_DATE_H
#define WATS_HTTP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" and its NUL. */
#define WATS_HTTP_DATE_SIZE 30

/*
** Reads one of the three forms, letters in any case:
**   Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate
**   Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
**   Sun Nov  6 08:49:37 1994         asctime
** into seconds since 1970-01-01T00:00:00Z. Everything else is refused: other
** zones, other spacing, digits missing or too many, days that the month does
** not have, anything before or behind. The day's name must be one, but need
** not be the right one. Second 60 is that of a leap second.
** `now_s` settles the century of an RFC 850 year: more than 50 years ahead
** means the past. On failure `seconds` is untouched.
*/
bool wats_http_date_parse(const char *text, size_t length, int64_t now_s,
                          int64_t *seconds);

/*
** Writes the IMF-fixdate. False, with `out` untouched, outside of the years
** 0000 to 9999, which the form cannot hold.
*/
bool wats_http_date_format(int64_t seconds, char out[WATS_HTTP_DATE_SIZE]);

#endif
