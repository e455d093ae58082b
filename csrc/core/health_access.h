/*
** health_access.h - who may see what of the health server.
**
**   the server listens            without the token        with it
**   at loopback, no token set     everything                everything
**   at loopback, token set        live, ready: the status   everything
**   at a path (0600)              as at loopback
**   elsewhere, token set          live, ready: the status   everything
**   elsewhere, no token set       live, ready: the status   -
**
** At loopback the Host field must name this machine (localhost, 127.0.0.1,
** [::1], the address that was asked for) or one of `allowed`: else a page in a
** browser could read what is here under a name of its own that leads to
** 127.0.0.1. Elsewhere it is only looked at where `allowed` was given. A
*request
** without the field is no browser's.
** The token itself is not kept, only a digest under a key of its own, and that
** is compared in a time that says nothing. Pure but for the key's making.
*/
#ifndef WATS_HEALTH_ACCESS_H
#define WATS_HEALTH_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "headers.h"
#include "sha256.h"

struct wats_health_access {
  bool local;      /* nobody else reaches it: loopback, or a path */
  bool any_host;   /* the Host field is not looked at */
  const char *own; /* the address that was asked for; NULL: none */
  char *const *allowed;
  size_t allowed_count;
  bool has_token;
  struct wats_hmac_key key;
  unsigned char digest[WATS_SHA256_SIZE];
};

enum wats_health_right {
  WATS_HEALTH_FULL,
  WATS_HEALTH_STATUS_ONLY,  /* a probe gets the status without detail */
  WATS_HEALTH_WRONG_HOST,   /* 421 */
  WATS_HEALTH_UNAUTHORIZED, /* 401: with the token */
  WATS_HEALTH_FORBIDDEN     /* 403: there is no token that would help */
};

/* WATS_ERR_ARGUMENT: a token that no header field can carry; WATS_ERR_IO. */
enum wats_errc wats_health_access_set_token(struct wats_health_access *access,
                                            const char *token,
                                            struct wats_error *error);
/* Is it the token that was set? */
bool wats_health_access_is_token(const struct wats_health_access *access,
                                 const char *token, size_t length);
/* Of "name" or "name:port", as in the Host field: is that served here? */
bool wats_health_access_serves(const struct wats_health_access *access,
                               const char *host);
/* `probe`: live or ready. */
enum wats_health_right
wats_health_access_judge(const struct wats_health_access *access,
                         const struct wats_headers *request, bool probe);

#endif
