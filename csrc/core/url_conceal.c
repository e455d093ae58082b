/*
** url_conceal.c - see url_conceal.h.
*/
#include "url_conceal.h"

#include <stdbool.h>
#include <string.h>

#include "ascii.h"

#define CONCEALED "***"

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  c = wats_ascii_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character at `at`, percent-encoded, escaped as in JSON ("\/", "\u002B")
** or neither; its length in *size. */
static char character(const char *at, const char *end, size_t *size)
{
  size_t digits = 0; /* where the two of them are */
  int high, low;
  *size = 1;
  if (*at == '\\' && end - at >= 2 && at[1] == '/') {
    *size = 2;
    return '/';
  }
  if (*at == '%' && end - at >= 3)
    digits = 1;
  else if (*at == '\\' && end - at >= 6 && memcmp(at + 1, "u00", 3) == 0)
    digits = 4;
  if (digits == 0) return *at;
  high = hex_digit(at[digits]);
  low = hex_digit(at[digits + 1]);
  if (high < 0 || low < 0) return *at;
  *size = digits + 2;
  return (char)(high * 16 + low);
}

/* How many bytes at `at` spell the text; 0: it is not there. */
static size_t spelled(const char *at, const char *end, const char *text,
                      size_t length, bool any_case)
{
  const char *start = at;
  size_t size, i;
  for (i = 0; i < length; i++) {
    char c;
    if (at >= end) return 0;
    c = character(at, end, &size);
    if (any_case ? wats_ascii_lower(c) != text[i] : c != text[i]) return 0;
    at += size;
  }
  return (size_t)(at - start);
}

static bool holds(const char *at, const char *end, const char *word)
{
  size_t length = strlen(word);
  for (; at < end; at++)
    if (spelled(at, end, word, length, true)) return true;
  return false;
}

static bool is_secret(const char *name, const char *end)
{
  static const char *const parts[] = {
      "token",    "secret",    "passw",  "pwd",     "credential",
      "authoriz", "signature", "apikey", "api_key", "api-key"};
  static const char *const whole[] = {"key", "sig", "auth"};
  size_t i;
  for (i = 0; i < sizeof parts / sizeof *parts; i++)
    if (holds(name, end, parts[i])) return true;
  for (i = 0; i < sizeof whole / sizeof *whole; i++)
    if (spelled(name, end, whole[i], strlen(whole[i]), true) ==
            (size_t)(end - name) &&
        name < end)
      return true;
  return false;
}

/* Without the padding of base64, which nobody needs to know. */
static size_t significant(const char *secret)
{
  size_t length = secret ? strlen(secret) : 0;
  while (length && secret[length - 1] == '=')
    length--;
  return length < WATS_CONCEAL_LEAST ? 0 : length;
}

/* Appends a part without the secret. */
static enum wats_errc append(struct wats_buffer *out, const char *at,
                             const char *end, const char *secret)
{
  size_t length = significant(secret), found;
  const char *from = at;
  enum wats_errc code = WATS_OK;
  while (length && at < end && code == WATS_OK) {
    found = spelled(at, end, secret, length, false);
    if (!found) {
      at++;
      continue;
    }
    code = wats_buffer_append(out, from, (size_t)(at - from));
    if (code == WATS_OK) code = wats_buffer_append_string(out, CONCEALED);
    from = at += found;
  }
  if (code != WATS_OK) return code;
  return wats_buffer_append(out, from, (size_t)(end - from));
}

/* Appends what stands before the query: no user and no password in it. */
static enum wats_errc append_place(struct wats_buffer *out, const char *at,
                                   const char *end, const char *secret)
{
  enum wats_errc code = WATS_OK;
  const char *from = at, *slash;
  for (; end - at >= 2 && code == WATS_OK; at++) {
    const char *stop;
    if (at[0] != '/' || at[1] != '/') continue;
    at += 2;
    slash = memchr(at, '/', (size_t)(end - at));
    stop = slash ? slash : end;
    while (stop > at && stop[-1] != '@')
      stop--;
    if (stop > at) {
      code = append(out, from, at, secret);
      if (code == WATS_OK) code = wats_buffer_append_string(out, CONCEALED);
      from = at = stop - 1;
    }
    at--;
  }
  return code == WATS_OK ? append(out, from, end, secret) : code;
}

/* Appends a parameter of the query, which a separator precedes. */
static enum wats_errc append_parameter(struct wats_buffer *out, const char *at,
                                       const char *end, const char *secret)
{
  const char *equals = memchr(at, '=', (size_t)(end - at));
  enum wats_errc code;
  if (!equals || !is_secret(at, equals)) return append(out, at, end, secret);
  code = append(out, at, equals + 1, secret);
  return code == WATS_OK ? wats_buffer_append_string(out, CONCEALED) : code;
}

enum wats_errc wats_url_conceal(const char *url, const char *secret,
                                struct wats_buffer *out)
{
  const char *end = url + strlen(url), *at = url + strcspn(url, "?");
  enum wats_errc code = append_place(out, url, at, secret);
  while (code == WATS_OK && at < end) {
    const char *next = at + 1 + strcspn(at + 1, "&;");
    code = wats_buffer_append_char(out, *at);
    if (code == WATS_OK) code = append_parameter(out, at + 1, next, secret);
    at = next;
  }
  return code == WATS_OK ? wats_buffer_terminate(out) : code;
}

enum wats_errc wats_text_conceal(const char *text, size_t length,
                                 const char *secret, struct wats_buffer *out)
{
  return append(out, text, text + length, secret);
}
