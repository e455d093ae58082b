/*
** stream.c - see stream.h.
**
** `lock` guards what both sides touch. It is held while bytes are copied, never
** while they are unpacked, and never over `changed`.
*/
#include "stream.h"

#include <string.h>

#include "alloc.h"
#include "gzip.h"
#include "sync.h"

/* Encoded bytes that are unpacked at a time. */
#define PIECE ((size_t)16 * 1024)

struct ring {
  char *bytes; /* WATS_STREAM_BOUND of them, or NULL: there is no such queue */
  size_t start, length;
  bool paused; /* the driver waits for the consumer */
};

struct wats_stream {
  struct wats_stream_options options;
  void (*changed)(void *context);
  void *context;
  struct wats_mutex lock;
  struct ring sink, source;
  bool told;                    /* `changed` was called, and not heard */
  bool gzip;                    /* what is in the sink is packed */
  struct wats_stream_head head; /* of the answer whose body that is */
  bool begun;                   /* something came into the sink */
  bool asked, taken;            /* of the source: for bytes, and some went */
  bool restart, ended;          /* of the source */
  struct wats_stream_view at;
  /* The consumer's alone. */
  struct wats_gunzip *gunzip;
  char *piece; /* what is being unpacked */
  size_t piece_at, piece_end;
  bool more; /* zlib may hold more of what it has read */
  uint64_t total;
};

/* ---- the rings, under the lock ------------------------------------------ */

static void append(struct ring *r, const char *bytes, size_t length)
{
  size_t end = (r->start + r->length) % WATS_STREAM_BOUND;
  size_t first = WATS_STREAM_BOUND - end;
  if (first > length) first = length;
  memcpy(r->bytes + end, bytes, first);
  memcpy(r->bytes, bytes + first, length - first);
  r->length += length;
}

/* From the beginning again when it is empty: then a few bytes at a time stay in
** a corner of it, which the processor has at hand. */
static void drop(struct ring *r, size_t length)
{
  r->length -= length;
  r->start = r->length ? (r->start + length) % WATS_STREAM_BOUND : 0;
}

static size_t take(struct ring *r, char *out, size_t room)
{
  size_t length = r->length < room ? r->length : room;
  size_t first = WATS_STREAM_BOUND - r->start;
  if (first > length) first = length;
  memcpy(out, r->bytes + r->start, first);
  memcpy(out + first, r->bytes, length - first);
  drop(r, length);
  return length;
}

/* ---- life --------------------------------------------------------------- */

struct wats_stream *
wats_stream_create(const struct wats_stream_options *options,
                   void (*changed)(void *context), void *context)
{
  struct wats_stream *s = wats_calloc(1, sizeof *s);
  if (!s) return NULL;
  if (wats_mutex_init(&s->lock) != WATS_OK) {
    wats_free(s);
    return NULL;
  }
  s->options = *options;
  s->changed = changed;
  s->context = context;
  s->at.to_receive = s->at.to_send = -1;
  if (options->sink) s->sink.bytes = wats_malloc(WATS_STREAM_BOUND);
  if (options->source) s->source.bytes = wats_malloc(WATS_STREAM_BOUND);
  if ((options->sink && !s->sink.bytes) ||
      (options->source && !s->source.bytes)) {
    wats_stream_destroy(s);
    return NULL;
  }
  return s;
}

void wats_stream_destroy(struct wats_stream *s)
{
  if (!s) return;
  wats_gunzip_destroy(s->gunzip);
  wats_free(s->piece);
  wats_free(s->sink.bytes);
  wats_free(s->source.bytes);
  wats_mutex_destroy(&s->lock);
  wats_free(s);
}

const struct wats_stream_options *
wats_stream_options(const struct wats_stream *s)
{
  return &s->options;
}

/* ---- the driver's ------------------------------------------------------- */

/* With the lock, which is given up. */
static void tell_and_unlock(struct wats_stream *s)
{
  bool tells = !s->told;
  s->told = true;
  wats_mutex_unlock(&s->lock);
  if (tells) s->changed(s->context);
}

void wats_stream_begin_sink(struct wats_stream *s, bool gzip,
                            const struct wats_stream_head *head)
{
  wats_mutex_lock(&s->lock);
  s->gzip = gzip;
  s->head = *head;
  wats_mutex_unlock(&s->lock);
}

void wats_stream_get_head(struct wats_stream *s, struct wats_stream_head *head)
{
  wats_mutex_lock(&s->lock);
  *head = s->head;
  wats_mutex_unlock(&s->lock);
}

bool wats_stream_put(struct wats_stream *s, const char *bytes, size_t length)
{
  wats_mutex_lock(&s->lock);
  if (length > WATS_STREAM_BOUND - s->sink.length) {
    s->sink.paused = true;
    wats_mutex_unlock(&s->lock);
    return false;
  }
  append(&s->sink, bytes, length);
  s->begun = true;
  tell_and_unlock(s);
  return true;
}

bool wats_stream_get(struct wats_stream *s, char *out, size_t room, size_t *got)
{
  bool any;
  wats_mutex_lock(&s->lock);
  s->asked = true;
  *got = take(&s->source, out, room);
  if (*got) s->taken = true;
  any = *got || s->ended;
  if (!any) s->source.paused = true;
  if (!s->ended && s->source.length <= WATS_STREAM_BOUND / 2)
    tell_and_unlock(s);
  else
    wats_mutex_unlock(&s->lock);
  return any;
}

void wats_stream_progress(struct wats_stream *s, int64_t received,
                          int64_t to_receive, int64_t sent, int64_t to_send)
{
  bool moved;
  wats_mutex_lock(&s->lock);
  moved = received != s->at.received || sent != s->at.sent;
  s->at.received = received;
  s->at.to_receive = to_receive;
  s->at.sent = sent;
  s->at.to_send = to_send;
  if (moved)
    tell_and_unlock(s);
  else
    wats_mutex_unlock(&s->lock);
}

bool wats_stream_is_paused(struct wats_stream *s)
{
  bool paused;
  wats_mutex_lock(&s->lock);
  paused = s->sink.paused || s->source.paused;
  wats_mutex_unlock(&s->lock);
  return paused;
}

bool wats_stream_is_spent(struct wats_stream *s)
{
  bool spent;
  wats_mutex_lock(&s->lock);
  spent = s->begun || (s->taken && !s->options.rewinds);
  wats_mutex_unlock(&s->lock);
  return spent;
}

void wats_stream_begin_again(struct wats_stream *s)
{
  wats_mutex_lock(&s->lock);
  s->sink.paused = s->source.paused = s->asked = false;
  if (s->taken) {
    s->source.start = s->source.length = 0;
    s->taken = s->ended = false;
    s->restart = true;
  }
  wats_mutex_unlock(&s->lock);
}

/* ---- the consumer's ----------------------------------------------------- */

void wats_stream_look(struct wats_stream *s, struct wats_stream_view *view)
{
  wats_mutex_lock(&s->lock);
  *view = s->at;
  view->wanted =
      s->asked && !s->ended && s->source.length <= WATS_STREAM_BOUND / 2;
  view->restart = s->restart;
  if (view->wanted) s->restart = false;
  wats_mutex_unlock(&s->lock);
}

void wats_stream_heard(struct wats_stream *s)
{
  wats_mutex_lock(&s->lock);
  s->told = false;
  wats_mutex_unlock(&s->lock);
}

/* With the lock. */
static void unpause_sink(struct wats_stream *s, bool *resume)
{
  if (!s->sink.paused || s->sink.length > WATS_STREAM_BOUND / 2) return;
  s->sink.paused = false;
  *resume = true;
}

static size_t take_encoded(struct wats_stream *s, char *out, size_t room,
                           bool *resume)
{
  size_t got;
  wats_mutex_lock(&s->lock);
  got = take(&s->sink, out, room);
  unpause_sink(s, resume);
  wats_mutex_unlock(&s->lock);
  return got;
}

static bool need_gunzip(struct wats_stream *s)
{
  if (!s->piece) s->piece = wats_malloc(PIECE);
  if (s->piece && !s->gunzip) s->gunzip = wats_gunzip_create();
  return s->gunzip != NULL;
}

static enum wats_errc read_packed(struct wats_stream *s, char *out, size_t room,
                                  size_t *got, bool *resume)
{
  enum wats_errc code = WATS_OK;
  *got = 0;
  if (!need_gunzip(s)) return WATS_ERR_MEMORY;
  while (code == WATS_OK && *got == 0) {
    size_t length;
    if (s->piece_at == s->piece_end) {
      s->piece_at = 0;
      s->piece_end = take_encoded(s, s->piece, PIECE, resume);
      if (s->piece_end == 0 && !s->more) break;
    }
    length = s->piece_end - s->piece_at;
    code = wats_gunzip_next(s->gunzip, s->piece + s->piece_at, &length, out,
                            room, got);
    s->piece_at += length;
    s->more = *got == room;
  }
  return code;
}

static enum wats_errc explain(struct wats_stream *s, enum wats_errc code,
                              struct wats_error *error)
{
  if (code == WATS_ERR_DECODE)
    return wats_fail(error, code,
                     "the answer's gzip is broken or ends too early");
  if (code == WATS_ERR_TOO_LARGE)
    return wats_fail(error, code,
                     "the answer has more than max_body = %zu bytes",
                     s->options.max_sink);
  return wats_fail_memory(error);
}

static bool is_gzip(struct wats_stream *s)
{
  bool gzip;
  wats_mutex_lock(&s->lock);
  gzip = s->gzip;
  wats_mutex_unlock(&s->lock);
  return gzip;
}

static enum wats_errc count(struct wats_stream *s, size_t got,
                            struct wats_error *error)
{
  if (s->options.max_sink && got > s->options.max_sink - s->total)
    return explain(s, WATS_ERR_TOO_LARGE, error);
  s->total += got;
  return WATS_OK;
}

enum wats_errc wats_stream_read(struct wats_stream *s, char *out, size_t room,
                                size_t *got, bool *resume,
                                struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  *resume = false;
  if (is_gzip(s))
    code = read_packed(s, out, room, got, resume);
  else
    *got = take_encoded(s, out, room, resume);
  return code == WATS_OK ? count(s, *got, error) : explain(s, code, error);
}

/* What the driver appends lies behind them. */
bool wats_stream_peek(struct wats_stream *s, size_t room, const char **bytes,
                      size_t *length)
{
  bool plain;
  size_t straight;
  wats_mutex_lock(&s->lock);
  plain = !s->gzip;
  straight = WATS_STREAM_BOUND - s->sink.start;
  if (straight > s->sink.length) straight = s->sink.length;
  *length = straight < room ? straight : room;
  *bytes = s->sink.bytes + s->sink.start;
  wats_mutex_unlock(&s->lock);
  return plain;
}

enum wats_errc wats_stream_skip(struct wats_stream *s, size_t length,
                                bool *resume, struct wats_error *error)
{
  *resume = false;
  wats_mutex_lock(&s->lock);
  drop(&s->sink, length);
  unpause_sink(s, resume);
  wats_mutex_unlock(&s->lock);
  return count(s, length, error);
}

enum wats_errc wats_stream_finish(struct wats_stream *s,
                                  struct wats_error *error)
{
  if (!s->gunzip || wats_gunzip_is_whole(s->gunzip)) return WATS_OK;
  return explain(s, WATS_ERR_DECODE, error);
}

uint64_t wats_stream_total(const struct wats_stream *s)
{
  return s->total;
}

/* With the lock. */
static bool unpause_source(struct wats_stream *s)
{
  bool paused = s->source.paused;
  s->source.paused = false;
  return paused;
}

size_t wats_stream_feed(struct wats_stream *s, const char *bytes, size_t length,
                        bool *resume)
{
  size_t room;
  wats_mutex_lock(&s->lock);
  /* Bytes of the round before: whoever feeds them has not looked since. */
  room = s->restart ? 0 : WATS_STREAM_BOUND - s->source.length;
  if (length > room) length = room;
  append(&s->source, bytes, length);
  *resume = length > 0 && unpause_source(s);
  wats_mutex_unlock(&s->lock);
  return length;
}

void wats_stream_end_source(struct wats_stream *s, bool *resume)
{
  wats_mutex_lock(&s->lock);
  s->ended = !s->restart;
  *resume = s->ended && unpause_source(s);
  wats_mutex_unlock(&s->lock);
}
