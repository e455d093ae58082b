/*
** url.h - base URL, request target, query.
**
** Parsing and resolving are libcurl's (its URL interface); what is here is the
** policy on top: which base URLs we accept, what may stand in a target, what
** "the same origin" is. No locks, no state.
*/
#ifndef WATS_URL_H
#define WATS_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"

struct wats_base_url {
  char *text; /* "https://host[:port][/prefix]", no trailing slash; owned */
  size_t length;
  size_t origin_length; /* of text: scheme, host and port */
  bool https;
  bool loopback; /* localhost, 127.0.0.0/8 or [::1] */
};

/*
** Takes http and https URLs without user, query and fragment, with an ASCII
** host (libcurl turns others into ASCII by the locale of the process, which is
** not ours); trims trailing slashes and then one "/api", in any case.
** One server has one text, however it is spelled: host in lower case, no
** default port.
** WATS_ERR_ARGUMENT says what is wrong with it. The caller frees `out` with
** wats_base_url_free.
*/
enum wats_errc wats_base_url_parse(const char *text, struct wats_base_url *out,
                                   struct wats_error *error);
void wats_base_url_free(struct wats_base_url *base);

struct wats_target {
  size_t path_length; /* the rest is the query, with its "?" */
  bool ascii;         /* nothing to be percent-encoded */
  bool ambiguous; /* a segment of the path is "." or "..", percent-encoded, or
                     empty though not the last: nobody can tell which resource
                     a server takes that for */
};

/*
** Checks a target as a caller wrote it ("/api/..." with or without a query):
** it starts with "/", holds no control character, space, backslash or "#", and
** its path no "." or ".." segment. WATS_ERR_ARGUMENT otherwise.
*/
enum wats_errc wats_url_check_target(const char *target, size_t length,
                                     struct wats_target *out,
                                     struct wats_error *error);
/* Likewise a query, encoded, without its "?". */
enum wats_errc wats_url_check_query(const char *query, size_t length,
                                    struct wats_error *error);

/* Appends, with bytes beyond ASCII percent-encoded and the rest untouched. */
enum wats_errc wats_url_append_ascii(struct wats_buffer *out, const char *text,
                                     size_t length);
/* Appends percent-encoded: all but RFC 3986's unreserved characters. */
enum wats_errc wats_url_append_encoded(struct wats_buffer *out,
                                       const char *text, size_t length);

/*
** Resolves a Location against the URL it came from (RFC 3986, section 5) into
** `out` (cleared, terminated, without a fragment). WATS_ERR_ARGUMENT unless the
** outcome has the same scheme, host and port as `from`, and no user; an empty
** Location, or one that is but a fragment, leads nowhere. WATS_ERR_MEMORY.
*/
enum wats_errc wats_url_resolve_same_origin(const char *from,
                                            const char *location,
                                            struct wats_buffer *out);

#endif
