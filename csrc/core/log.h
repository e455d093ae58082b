/*
** log.h - what happened in a thread where nobody can be told at once, kept
** until somebody comes for it.
**
** A listener is somebody who wants to hear, such as a Lua state with a log
** function. Each has a queue of its own, of fixed size, made with it: an entry
** is copied into the queues of those whom it is for, and taken out by their
** owners when they like. With no listener an entry costs one atomic load.
**
** An entry is about a request of one listener, known by a number that is given
** out once and never again (wats_log_identity), or about all of them
** (WATS_LOG_ALL). So an entry whose listener has gone is dropped, and never
** comes to another.
**
** Queues are bounded: what finds one full is counted, and the listener hears of
** it in an entry of its own, which stands where the lost ones would have stood.
** Nothing is allocated when something is logged, and nothing waits but for a
** lock that is held for a copy. That lock is the lowest of all: whoever holds
** another may log. Any thread; a listener is taken from and closed by one.
** A forked child begins with empty queues: its parent has the entries.
*/
#ifndef WATS_LOG_H
#define WATS_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define WATS_LOG_QUEUE  128
#define WATS_LOG_FIELDS 8
/* Room for the texts of an entry's fields; longer ones are cut. */
#define WATS_LOG_TEXT 640

#define WATS_LOG_ALL    UINT64_C(0)
#define WATS_LOG_NOBODY UINT64_MAX

enum wats_log_level {
  WATS_LOG_DEBUG,
  WATS_LOG_INFO,
  WATS_LOG_WARN,
  WATS_LOG_ERROR
};
/* "debug", "info", "warn", "error"; static text. */
const char *wats_log_level_name(enum wats_log_level level);

enum wats_log_type { WATS_LOG_STRING, WATS_LOG_INTEGER, WATS_LOG_NUMBER };

struct wats_log_field {
  const char *name; /* static text */
  enum wats_log_type type;
  union {
    const char *text; /* copied; NULL: the field is left out */
    int64_t integer;
    double number;
  };
};

static inline struct wats_log_field wats_log_text(const char *name,
                                                  const char *text)
{
  return (struct wats_log_field){name, WATS_LOG_STRING, {.text = text}};
}

static inline struct wats_log_field wats_log_integer(const char *name,
                                                     int64_t integer)
{
  return (struct wats_log_field){name, WATS_LOG_INTEGER, {.integer = integer}};
}

static inline struct wats_log_field wats_log_number(const char *name,
                                                    double number)
{
  return (struct wats_log_field){name, WATS_LOG_NUMBER, {.number = number}};
}

extern _Atomic unsigned wats_log_listeners; /* for the function below */

/* Does anybody listen? Ask before working out what to say. */
static inline bool wats_log_heard(void)
{
  return atomic_load_explicit(&wats_log_listeners, memory_order_relaxed) != 0;
}

/* `message` is static text. Fields beyond WATS_LOG_FIELDS are left out. Never a
** credential: the caller sees to that. */
void wats_log(enum wats_log_level level, uint64_t about, const char *message,
              const struct wats_log_field *fields, size_t count);

/* ---- listening ---------------------------------------------------------- */

struct wats_log_listener;

struct wats_log_entry {
  enum wats_log_level level;
  const char *message;
  int64_t wall_ns; /* when it was logged */
  size_t count;
  struct wats_log_field fields[WATS_LOG_FIELDS]; /* texts point into `text` */
  char text[WATS_LOG_TEXT];
};

/* A number that nobody else has. */
uint64_t wats_log_identity(void);

/* Hears what is about `identity`, and about all. WATS_ERR_MEMORY. */
enum wats_errc wats_log_listen(uint64_t identity,
                               struct wats_log_listener **out,
                               struct wats_error *error);
/* Accepts NULL. What was not taken is lost. */
void wats_log_close(struct wats_log_listener *listener);

/* How many entries wait; one atomic load. */
size_t wats_log_waiting(const struct wats_log_listener *listener);
/* The oldest one; false: there is none. */
bool wats_log_take(struct wats_log_listener *listener,
                   struct wats_log_entry *out);

#endif
