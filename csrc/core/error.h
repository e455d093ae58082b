/*
** error.h - what can go wrong, by name.
**
** A core function that can fail returns `enum wats_errc` (0 = fine) and,
** where the reason deserves words, fills a `struct wats_error` that the caller
** owns. On failure its outputs are untouched. Messages never hold a
** credential. No locks, no heap: any thread may call.
**
** A message stays one line of whole characters whatever is put into it: control
** characters (of a server's text, of a file name) become spaces, bytes that are
** not UTF-8 become '?', and a cut is made between characters. Arguments may lie
** in the very error that is filled, so that a message can be wrapped in words.
*/
#ifndef WATS_ERROR_H
#define WATS_ERROR_H

enum wats_errc {
  WATS_OK = 0,
  /* What the world did; the names are the `kind` that Lua sees. */
  WATS_ERR_CONNECTION,   /* none had, or cut short within an answer */
  WATS_ERR_TIMEOUT,      /* a deadline passed */
  WATS_ERR_TLS,          /* handshake or certificate */
  WATS_ERR_PROTOCOL,     /* the answer is not well-formed HTTP */
  WATS_ERR_TOO_LARGE,    /* a size limit of ours was passed */
  WATS_ERR_DECODE,       /* a body is not what it says it is */
  WATS_ERR_REDIRECT,     /* a redirect that we do not follow */
  WATS_ERR_CIRCUIT_OPEN, /* our breaker */
  WATS_ERR_RATE_LIMITED, /* our limiter */
  WATS_ERR_QUEUE_FULL,   /* our outbox */
  WATS_ERR_CANCELLED,
  WATS_ERR_CLOSED, /* the object was closed meanwhile */
  WATS_ERR_IO,     /* a local file or descriptor */
  /* What the caller or the machine did: raised in Lua, never returned. */
  WATS_ERR_ARGUMENT,
  WATS_ERR_MEMORY
};

struct wats_error {
  enum wats_errc code;
  char message[240]; /* one line, UTF-8, NUL-terminated, cut if longer */
};

/* The `kind` of DESIGN: "connection", "timeout", ...; static text. */
const char *wats_errc_name(enum wats_errc code);

/*
** Fills `error` (may be NULL) and returns `code`, so that a function can end
** with `return wats_fail(error, WATS_ERR_IO, "open %s: %s", ...)`.
*/
enum wats_errc wats_fail(struct wats_error *error, enum wats_errc code,
                         const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/*
** The same with a reason from the system: `reason` is an errno, its text is
** added behind a colon; what stands before is cut first.
*/
enum wats_errc wats_fail_errno(struct wats_error *error, enum wats_errc code,
                               int reason, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* Memory is short: `wats_fail` with the one fitting message. */
static inline enum wats_errc wats_fail_memory(struct wats_error *error)
{
  (void)wats_fail(error, WATS_ERR_MEMORY, "not enough memory");
  return WATS_ERR_MEMORY; /* said here, for those who read the code by machine
                           */
}

#endif
