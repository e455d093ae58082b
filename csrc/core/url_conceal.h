/*
** url_conceal.h - URLs and texts as people may see them, in errors, traces and
** logs.
**
** Taken out is what a script may have put there though it should not: the
** token, wherever it stands and however it is percent-encoded, and the value of
** every parameter of the query whose name says that it is a secret ("token",
** "password", "api_key", "signature" and the like). "***" stands in its place.
** So is what stands between "//" and "@": a request goes to no URL with user
** and password (url.h), but somebody may have written one where a path belongs.
** Pure.
*/
#ifndef WATS_URL_CONCEAL_H
#define WATS_URL_CONCEAL_H

#include "buffer.h"

/* A token with fewer characters, the "=" at its end not counted, is looked for
** nowhere: it would be found by chance. */
#define WATS_CONCEAL_LEAST 8

/*
** Appends `url`, terminated. `secret` may be NULL. WATS_ERR_MEMORY, or
** WATS_ERR_TOO_LARGE from the buffer's own limit.
*/
enum wats_errc wats_url_conceal(const char *url, const char *secret,
                                struct wats_buffer *out);

/*
** Appends what a server said, without the secret: as it is, percent-encoded, or
** as JSON escapes it. Not terminated.
*/
enum wats_errc wats_text_conceal(const char *text, size_t length,
                                 const char *secret, struct wats_buffer *out);

#endif
