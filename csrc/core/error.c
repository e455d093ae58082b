/*
** error.c - see error.h.
*/
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [WATS_OK] = "ok",
    [WATS_ERR_CONNECTION] = "connection",
    [WATS_ERR_TIMEOUT] = "timeout",
    [WATS_ERR_TLS] = "tls",
    [WATS_ERR_PROTOCOL] = "protocol",
    [WATS_ERR_TOO_LARGE] = "too_large",
    [WATS_ERR_DECODE] = "decode",
    [WATS_ERR_REDIRECT] = "redirect",
    [WATS_ERR_CIRCUIT_OPEN] = "circuit_open",
    [WATS_ERR_RATE_LIMITED] = "rate_limited",
    [WATS_ERR_QUEUE_FULL] = "queue_full",
    [WATS_ERR_CANCELLED] = "cancelled",
    [WATS_ERR_CLOSED] = "closed",
    [WATS_ERR_IO] = "io",
    [WATS_ERR_ARGUMENT] = "argument",
    [WATS_ERR_MEMORY] = "memory",
};

const char *wats_errc_name(enum wats_errc code)
{
  if ((unsigned)code >= sizeof names / sizeof *names) return "unknown";
  return names[code];
}

/* Bytes of the UTF-8 character at `text`, or 0 if there is none (RFC 3629). */
static size_t character_size(const unsigned char *text)
{
  size_t size, i;
  if (text[0] < 0x80) return 1;
  if (text[0] < 0xc2 || text[0] > 0xf4) return 0;
  size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
  /* Longer forms than needed, surrogates, beyond U+10FFFF. */
  if ((text[0] == 0xe0 && text[1] < 0xa0) ||
      (text[0] == 0xed && text[1] > 0x9f) ||
      (text[0] == 0xf0 && text[1] < 0x90) ||
      (text[0] == 0xf4 && text[1] > 0x8f))
    return 0;
  for (i = 1; i < size; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  return size;
}

/* Copies whole characters, as long as there is room; returns how many bytes. */
static size_t copy_line(char *to, size_t room, const char *from)
{
  const unsigned char *at = (const unsigned char *)from;
  size_t length = 0;
  while (*at) {
    size_t size = character_size(at);
    if (length + (size ? size : 1) >= room) break;
    if (size > 1)
      memcpy(to + length, at, size);
    else
      to[length] = size == 0 ? '?' : *at < ' ' || *at == 127 ? ' ' : (char)*at;
    length += size ? size : 1;
    at += size ? size : 1;
  }
  to[length] = '\0';
  return length;
}

/* Room for a character more than the message has, so that one which vsnprintf
** cut in two is not taken for bytes that are none. */
#define ROUGH_SIZE (sizeof(((struct wats_error *)0)->message) + 4)

enum wats_errc wats_fail(struct wats_error *error, enum wats_errc code,
                         const char *format, ...)
{
  char rough[ROUGH_SIZE] = "";
  va_list args;
  if (!error) return code;
  va_start(args, format);
  vsnprintf(rough, sizeof rough, format, args);
  va_end(args);
  error->code = code;
  copy_line(error->message, sizeof error->message, rough);
  return code;
}

/* strerror_r comes in two kinds that differ in what they return. */
static const char *reason_text(int reason, char *room, size_t size)
{
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
  return strerror_r(reason, room, size);
#else
  if (strerror_r(reason, room, size) != 0)
    snprintf(room, size, "error %d", reason);
  return room;
#endif
}

enum wats_errc wats_fail_errno(struct wats_error *error, enum wats_errc code,
                               int reason, const char *format, ...)
{
  char rough[ROUGH_SIZE] = "", room[128], tail[128 + 2];
  size_t length;
  va_list args;
  if (!error) return code;
  va_start(args, format);
  vsnprintf(rough, sizeof rough, format, args);
  va_end(args);
  snprintf(tail, sizeof tail, ": %s", reason_text(reason, room, sizeof room));
  error->code = code;
  length =
      copy_line(error->message, sizeof error->message - strlen(tail), rough);
  copy_line(error->message + length, sizeof error->message - length, tail);
  return code;
}
