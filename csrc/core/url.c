/*
** url.c - see url.h.
*/
#include "url.h"

#include <curl/curl.h>
#include <string.h>

#include "alloc.h"
#include "ascii.h"
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
  int part;
  if (strncmp(host, "127.", 4) != 0) return false;
  for (part = 0; part < 4; part++) {
    size_t digits = strspn(host, "0123456789");
    if (digits == 0 || digits > 3 ||
        (digits == 3 && memcmp(host, "255", 3) > 0))
      return false;
    host += digits;
    if (*host++ != (part < 3 ? '.' : '\0')) return false;
  }
  return true;
}

static bool is_loopback(const char *host)
{
  return wats_name_equal(host, "localhost") || strcmp(host, "[::1]") == 0 ||
         is_loopback_address(host);
}

static bool is_ascii_text(const char *text)
{
  for (; *text; text++)
    if ((unsigned char)*text >= 0x80) return false;
  return true;
}

static bool is_port_zero(CURLU *handle)
{
  char *port = NULL;
  bool zero = curl_url_get(handle, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
              strcmp(port, "0") == 0;
  curl_free(port);
  return zero;
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
  else if (!is_ascii_text(host))
    code = wats_fail(error, WATS_ERR_ARGUMENT,
                     "its host name is not ASCII; write it as DNS has it "
                     "(xn--...)");
  else if (is_port_zero(handle))
    code = wats_fail(error, WATS_ERR_ARGUMENT, "its port is 0");
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

static size_t origin_length_of(const char *text)
{
  const char *host = strstr(text, "://");
  host = host ? host + 3 : text;
  return (size_t)(host - text) + strcspn(host, "/");
}

/* What lies behind `origin` may be trimmed: a host may well be called api. */
static size_t trimmed_length(const char *text, size_t origin)
{
  size_t length = strlen(text);
  while (length > origin && text[length - 1] == '/')
    length--;
  if (length >= origin + 4 && wats_ascii_equal(text + length - 4, "/api", 4))
    length -= 4;
  while (length > origin && text[length - 1] == '/')
    length--;
  return length;
}

/* Into `out`, whose path is sent as it stands there. A host has no case, but an
** IPv6 address may end with the name of an interface, which has. */
static enum wats_errc set_text(struct wats_base_url *out, char *normal)
{
  struct wats_buffer text;
  size_t origin = origin_length_of(normal), i;
  enum wats_errc code;
  wats_buffer_init(&text, 0);
  for (i = 0; i < origin && normal[i] != '%'; i++)
    normal[i] = wats_ascii_lower(normal[i]);
  code = wats_url_append_ascii(&text, normal, trimmed_length(normal, origin));
  if (code == WATS_OK) code = wats_buffer_terminate(&text);
  if (code == WATS_OK) {
    out->text = text.data;
    out->length = text.length;
    out->origin_length = origin;
  } else
    wats_buffer_free(&text);
  return code;
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
  if (code == WATS_OK && curl_url_get(handle, CURLUPART_URL, &normal,
                                      CURLU_NO_DEFAULT_PORT) != CURLUE_OK)
    code = wats_fail_memory(error);
  if (code == WATS_OK && set_text(&base, normal) != WATS_OK)
    code = wats_fail_memory(error);
  if (code == WATS_OK) *out = base;
  curl_free(normal);
  curl_url_cleanup(handle);
  return code;
}

void wats_base_url_free(struct wats_base_url *base)
{
  wats_free(base->text);
  base->text = NULL;
}

/* ---- targets ---------------------------------------------------------- */

/* The dot at `*at`, or %2E; moves behind it. */
static bool take_dot(const char **at, const char *end, bool *encoded)
{
  if (*at < end && **at == '.') {
    ++*at;
    return true;
  }
  if (end - *at < 3 || !wats_ascii_equal(*at, "%2e", 3)) return false;
  *at += 3;
  *encoded = true;
  return true;
}

/*
** Servers and proxies resolve "." and ".." in their own ways: what is the
** product's path to us may be another resource to them.
*/
static bool has_dot_segment(const char *path, size_t length, bool *encoded)
{
  const char *at = path, *end = path + length;
  *encoded = false;
  while (at < end) {
    bool hidden = false;
    at++; /* behind a slash */
    if (take_dot(&at, end, &hidden)) {
      (void)take_dot(&at, end, &hidden);
      if (at == end || *at == '/') {
        if (!hidden) return true;
        *encoded = true;
      }
    }
    while (at < end && *at != '/')
      at++;
  }
  return false;
}

/* Many servers take "//" for "/"; slashes at the end mean nothing to anybody.
 */
static bool has_empty_segment(const char *path, size_t length)
{
  const char *at = path, *end = path + length;
  while (at < end && (at = memchr(at, '/', (size_t)(end - at))) != NULL) {
    const char *next = at + 1;
    while (next < end && *next == '/')
      next++;
    if (next < end && next > at + 1) return true;
    at = next;
  }
  return false;
}

/* What is met in a text, as bits: one pass for all questions. */
enum {
  BAD_BYTE = 1,
  FRAGMENT = 2,
  BACKSLASH = 4,
  DOT_OR_PERCENT = 8,
  BEYOND_ASCII = 16
};

static unsigned seen_in(const char *text, size_t length)
{
  static const unsigned char kinds[128] = {
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* controls */
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* controls */
      1, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, /* space # % . */
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0 to ? */
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* @ to O */
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, /* backslash */
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* ` to o */
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* DEL */
  };
  unsigned seen = 0;
  size_t i;
  for (i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    seen |= c < 0x80 ? kinds[c] : (unsigned)BEYOND_ASCII;
  }
  return seen;
}

static enum wats_errc explain_bad(const char *what, const char *text,
                                  size_t length, unsigned seen,
                                  struct wats_error *error)
{
  size_t i = 0;
  if (!(seen & BAD_BYTE))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     seen & FRAGMENT
                         ? "a %s holds no \"#\": percent-encode it as %%23"
                         : "a %s holds no backslash: percent-encode it as %%5C",
                     what);
  while (i + 1 < length && (unsigned char)text[i] > ' ' && text[i] != 0x7f)
    i++;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "a %s holds no space or control character "
                   "(byte %d at position %zu): percent-encode it",
                   what, (unsigned char)text[i], i + 1);
}

enum wats_errc wats_url_check_target(const char *target, size_t length,
                                     struct wats_target *out,
                                     struct wats_error *error)
{
  unsigned seen = seen_in(target, length);
  const char *query;
  struct wats_target t = {.path_length = length};
  if (length == 0 || target[0] != '/')
    return wats_fail(error, WATS_ERR_ARGUMENT, "a path starts with \"/\"");
  query = memchr(target, '?', length);
  if (query) t.path_length = (size_t)(query - target);
  if (seen & BACKSLASH && !memchr(target, '\\', t.path_length))
    seen &= ~(unsigned)BACKSLASH;
  if (seen & (BAD_BYTE | FRAGMENT | BACKSLASH))
    return explain_bad("path", target, length, seen, error);
  t.ascii = !(seen & BEYOND_ASCII);
  if (seen & DOT_OR_PERCENT &&
      has_dot_segment(target, t.path_length, &t.ambiguous))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "a path holds no \".\" or \"..\" segment");
  if (has_empty_segment(target, t.path_length)) t.ambiguous = true;
  *out = t;
  return WATS_OK;
}

enum wats_errc wats_url_check_query(const char *query, size_t length,
                                    struct wats_error *error)
{
  unsigned seen = seen_in(query, length);
  if (seen & (BAD_BYTE | FRAGMENT))
    return explain_bad("query", query, length, seen, error);
  return WATS_OK;
}

/* ---- encoding --------------------------------------------------------- */

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

/* ---- redirects -------------------------------------------------------- */

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

/* The target's text behind what is in `out`. */
static enum wats_errc append_target(CURLU *target, struct wats_buffer *out)
{
  char *text = NULL;
  enum wats_errc code = WATS_ERR_MEMORY;
  curl_url_set(target, CURLUPART_FRAGMENT, NULL, 0);
  if (curl_url_get(target, CURLUPART_URL, &text, 0) == CURLUE_OK)
    code = wats_buffer_append_string(out, text);
  if (code == WATS_OK) code = wats_buffer_terminate(out);
  curl_free(text);
  return code;
}

enum wats_errc wats_url_resolve_same_origin(const char *from,
                                            const char *location,
                                            struct wats_buffer *out)
{
  enum wats_errc code = WATS_ERR_ARGUMENT;
  CURLU *base, *target;
  wats_buffer_clear(out);
  if (!*location || *location == '#') return code;
  base = curl_url();
  target = curl_url();
  if (!base || !target)
    code = WATS_ERR_MEMORY;
  else if (curl_url_set(base, CURLUPART_URL, from, 0) == CURLUE_OK &&
           curl_url_set(target, CURLUPART_URL, from, 0) == CURLUE_OK &&
           curl_url_set(target, CURLUPART_URL, location, CURLU_URLENCODE) ==
               CURLUE_OK &&
           same_origin(base, target) && !has_part(target, CURLUPART_USER))
    code = append_target(target, out);
  curl_url_cleanup(target);
  curl_url_cleanup(base);
  return code;
}
