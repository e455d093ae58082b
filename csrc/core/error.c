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

enum wats_errc wats_fail(struct wats_error *error, enum wats_errc code,
                         const char *format, ...)
{
  va_list args;
  if (!error) return code;
  error->code = code;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
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
  char room[128];
  size_t length;
  va_list args;
  if (!error) return code;
  error->code = code;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  length = strlen(error->message);
  snprintf(error->message + length, sizeof error->message - length, ": %s",
           reason_text(reason, room, sizeof room));
  return code;
}

enum wats_errc wats_fail_memory(struct wats_error *error)
{
  return wats_fail(error, WATS_ERR_MEMORY, "not enough memory");
}
