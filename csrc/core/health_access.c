/*
** health_access.c - see health_access.h.
*/
#include "health_access.h"

#include <string.h>

#include "ascii.h"
#include "random.h"

enum wats_errc wats_health_access_set_token(struct wats_health_access *access,
                                            const char *token,
                                            struct wats_error *error)
{
  unsigned char key[WATS_SHA256_SIZE];
  const char *c;
  enum wats_errc code;
  for (c = token; *c > ' ' && *c <= '~'; c++) {
  }
  if (*c || c == token)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "token: printable ASCII without spaces expected");
  code = wats_random_bytes(key, sizeof key, error);
  if (code) return code;
  wats_hmac_key(&access->key, key, sizeof key);
  wats_hmac_with(&access->key, token, strlen(token), access->digest);
  access->has_token = true;
  return WATS_OK;
}

bool wats_health_access_is_token(const struct wats_health_access *access,
                                 const char *token, size_t length)
{
  unsigned char digest[WATS_SHA256_SIZE], differences = 0;
  size_t i;
  wats_hmac_with(&access->key, token, length, digest);
  for (i = 0; i < sizeof digest; i++)
    differences |= (unsigned char)(digest[i] ^ access->digest[i]);
  return differences == 0;
}

/* ---- the Host field ----------------------------------------------------- */

/* The length of "name" in "name", "name:80", "[::1]" and "[::1]:80", brackets
** included; 0: it is none. */
static size_t host_length(const char *field)
{
  size_t length = *field == '[' ? strcspn(field, "]") + 1 : strcspn(field, ":");
  const char *rest;
  if (length > strlen(field)) return 0;
  rest = field + length;
  if (*rest == ':') rest += 1 + strspn(rest + 1, "0123456789");
  return *rest ? 0 : length;
}

static bool equal(const char *a, size_t length, const char *b)
{
  return strlen(b) == length && wats_ascii_equal(a, b, length);
}

/* An address of version 6 stands in brackets there. */
static bool names(const char *host, size_t length, const char *name)
{
  if (equal(host, length, name)) return true;
  return *host == '[' && length > 2 && equal(host + 1, length - 2, name);
}

static bool is_known(const struct wats_health_access *access, const char *host,
                     size_t length)
{
  static const char *const here[] = {"localhost", "127.0.0.1", "::1"};
  size_t i;
  for (i = 0; access->local && i < sizeof here / sizeof *here; i++)
    if (names(host, length, here[i])) return true;
  if (access->own && names(host, length, access->own)) return true;
  for (i = 0; i < access->allowed_count; i++)
    if (names(host, length, access->allowed[i])) return true;
  return false;
}

bool wats_health_access_serves(const struct wats_health_access *access,
                               const char *host)
{
  size_t length = host_length(host);
  return access->any_host || (length && is_known(access, host, length));
}

static bool host_is_fine(const struct wats_health_access *access,
                         const struct wats_headers *request)
{
  size_t position = 0;
  const char *name, *host, *another;
  if (access->any_host) return true;
  if (!wats_headers_next(request, &position, "Host", &name, &host)) return true;
  if (wats_headers_next(request, &position, "Host", &name, &another))
    return false;
  return wats_health_access_serves(access, host);
}

/* ---- the token ---------------------------------------------------------- */

static bool shows_token(const struct wats_health_access *access,
                        const struct wats_headers *request)
{
  const char *field = wats_headers_get(request, "Authorization");
  if (!field || strlen(field) < 7 || !equal(field, 7, "bearer ")) return false;
  field += 7;
  field += strspn(field, " ");
  return wats_health_access_is_token(access, field, strlen(field));
}

enum wats_health_right
wats_health_access_judge(const struct wats_health_access *access,
                         const struct wats_headers *request, bool probe)
{
  if (!host_is_fine(access, request)) return WATS_HEALTH_WRONG_HOST;
  if (access->has_token ? shows_token(access, request) : access->local)
    return WATS_HEALTH_FULL;
  if (probe) return WATS_HEALTH_STATUS_ONLY;
  return access->has_token ? WATS_HEALTH_UNAUTHORIZED : WATS_HEALTH_FORBIDDEN;
}
