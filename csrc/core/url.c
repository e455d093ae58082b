/*
** url.c - see url.h.
*/
#include "url.h"

#include <curl/curl.h>
#include <string.h>

#include "alloc.h"
#include "headers.h"

static bool has_part(CURLU *handle, CURLUPart part)
{
  char *text = NULL;
  bool found = curl_url_get(handle, part, &text, 0) == CURLUE_OK && text;
  curl_free(text);
  return found;
}

/* An address, not a name that begins like one: 127.0.0.1.example.com. */
static bool is_loopback_address(const char *host)
{
  const char *c;
  int dots = 0;
  for (c = host; *c; c++)
    dots += *c == '.';
  return strncmp(host, "127.", 4) == 0 && dots == 3 &&
         host[strspn(host, "0123456789.")] == '\0';
}

static bool is_loopback(const char *host)
{
  return wats_name_equal(host, "localhost") || strcmp(host, "[::1]") == 0 ||
         is_loopback_address(host);
}

static enum wats_errc check_base(CURLU *handle, struct wats_base_url *out,
                                 struct wats_error *error)
{
  char *scheme = NULL, *host = NULL;
  enum wats_errc code = WATS_OK;
  if (curl_url_get(handle, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
      curl_url_get(handle, CURLUPART_HOST, &host, 0) != CURLUE_OK)
    code = wats_fail(error, WATS_ERR_ARGUMENT, "it has no scheme or host");
  else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
    code = wats_fail(error, WATS_ERR_ARGUMENT,
                     "its scheme is \"%s\", not https or http", scheme);
  else if (has_part(handle, CURLUPART_USER) ||
           has_part(handle, CURLUPART_PASSWORD))
    code = wats_fail(error, WATS_ERR_ARGUMENT,
                     "it holds a user name or password; use the token option");
  else if (has_part(handle, CURLUPART_QUERY) ||
           has_part(handle, CURLUPART_FRAGMENT))
    code =
        wats_fail(error, WATS_ERR_ARGUMENT, "it holds a query or a fragment");
  else {
    out->https = strcmp(scheme, "https") == 0;
    out->loopback = is_loopback(host);
  }
  curl_free(scheme);
  curl_free(host);
  return code;
}

static size_t trimmed_length(const char *text)
{
  size_t length = strlen(text);
  while (length && text[length - 1] == '/')
    length--;
  if (length > 4 && memcmp(text + length - 4, "/api", 4) == 0) length -= 4;
  while (length && text[length - 1] == '/')
    length--;
  return length;
}

static size_t origin_length_of(const char *text)
{
  const char *host = strstr(text, "://");
  host = host ? host + 3 : text;
  return (size_t)(host - text) + strcspn(host, "/");
}

enum wats_errc wats_base_url_parse(const char *text, struct wats_base_url *out,
                                   struct wats_error *error)
{
  struct wats_base_url base = {0};
  char *normal = NULL;
  enum wats_errc code;
  CURLUcode parsed;
  CURLU *handle = curl_url();
  if (!handle) return wats_fail_memory(error);
  parsed = curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  if (parsed == CURLUE_OUT_OF_MEMORY)
    code = wats_fail_memory(error);
  else if (parsed != CURLUE_OK)
    code = wats_fail(error, WATS_ERR_ARGUMENT,
                     "it is not a URL such as https://company.wats.com");
  else
    code = check_base(handle, &base, error);
  if (code == WATS_OK &&
      curl_url_get(handle, CURLUPART_URL, &normal, 0) != CURLUE_OK)
    code = wats_fail_memory(error);
  if (code == WATS_OK) {
    base.length = trimmed_length(normal);
    base.text = wats_strndup(normal, base.length);
    if (!base.text) code = wats_fail_memory(error);
  }
  if (code == WATS_OK) {
    base.origin_length = origin_length_of(base.text);
    *out = base;
  }
  curl_free(normal);
  curl_url_cleanup(handle);
  return code;
}

void wats_base_url_free(struct wats_base_url *base)
{
  wats_free(base->text);
  base->text = NULL;
}

/*
** Servers and proxies resolve "." and ".." in their own ways: what is the
** product's path to us may be another resource to them.
*/
static bool has_dot_segment(const char *path, size_t length)
{
  size_t i = 0;
  while (i < length) {
    size_t start = ++i, dots; /* path[i] was a slash */
    while (i < length && path[i] != '/')
      i++;
    dots = i - start;
    if ((dots == 1 || dots == 2) && path[start] == '.' && path[i - 1] == '.')
      return true;
  }
  return false;
}

enum wats_errc wats_url_check_target(const char *target, size_t length,
                                     size_t *path_length,
                                     struct wats_error *error)
{
  size_t i, path = length;
  if (length == 0 || target[0] != '/')
    return wats_fail(error, WATS_ERR_ARGUMENT, "a path starts with \"/\"");
  for (i = 0; i < length; i++) {
    unsigned char c = (unsigned char)target[i];
    if (c <= ' ' || c == 0x7f)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "a path holds no space or control character "
                       "(byte %d at position %zu): percent-encode it",
                       c, i + 1);
    if (c == '#')
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "a path holds no \"#\": percent-encode it as %%23");
    if (c == '?' && path == length) path = i;
  }
  if (has_dot_segment(target, path))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "a path holds no \".\" or \"..\" segment");
  *path_length = path;
  return WATS_OK;
}

static enum wats_errc append_escape(struct wats_buffer *out, unsigned char c)
{
  static const char digits[] = "0123456789ABCDEF";
  char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
  return wats_buffer_append(out, escape, sizeof escape);
}

static bool is_unreserved(unsigned char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_ascii(unsigned char c)
{
  return c < 0x80;
}

static enum wats_errc append_kept(struct wats_buffer *out, const char *text,
                                  size_t length, bool (*keep)(unsigned char))
{
  size_t i = 0;
  while (i < length) {
    enum wats_errc code;
    size_t start = i;
    while (i < length && keep((unsigned char)text[i]))
      i++;
    code = wats_buffer_append(out, text + start, i - start);
    if (code == WATS_OK && i < length)
      code = append_escape(out, (unsigned char)text[i++]);
    if (code != WATS_OK) return code;
  }
  return WATS_OK;
}

enum wats_errc wats_url_append_ascii(struct wats_buffer *out, const char *text,
                                     size_t length)
{
  return append_kept(out, text, length, is_ascii);
}

enum wats_errc wats_url_append_encoded(struct wats_buffer *out,
                                       const char *text, size_t length)
{
  return append_kept(out, text, length, is_unreserved);
}

/* Are scheme, host and port (default ports filled in) of both equal? */
static bool same_origin(CURLU *a, CURLU *b)
{
  static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST,
                                    CURLUPART_PORT};
  size_t i;
  for (i = 0; i < sizeof parts / sizeof *parts; i++) {
    char *x = NULL, *y = NULL;
    bool equal =
        curl_url_get(a, parts[i], &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_get(b, parts[i], &y, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        wats_name_equal(x, y);
    curl_free(x);
    curl_free(y);
    if (!equal) return false;
  }
  return true;
}

bool wats_url_resolve_same_origin(const char *from, const char *location,
                                  struct wats_buffer *out)
{
  bool same = false;
  char *text = NULL;
  CURLU *base = curl_url(), *target = NULL;
  wats_buffer_clear(out);
  if (base && curl_url_set(base, CURLUPART_URL, from, 0) == CURLUE_OK)
    target = curl_url_dup(base);
  if (target && curl_url_set(target, CURLUPART_URL, location, 0) == CURLUE_OK &&
      same_origin(base, target) && !has_part(target, CURLUPART_USER)) {
    curl_url_set(target, CURLUPART_FRAGMENT, NULL, 0);
    same = curl_url_get(target, CURLUPART_URL, &text, 0) == CURLUE_OK &&
           wats_buffer_append_string(out, text) == WATS_OK &&
           wats_buffer_terminate(out) == WATS_OK;
  }
  curl_free(text);
  curl_url_cleanup(target);
  curl_url_cleanup(base);
  return same;
}
