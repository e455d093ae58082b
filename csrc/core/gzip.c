/*
** gzip.c - see gzip.h. zlib's memory is had from alloc.h, like all of ours.
*/
#include "gzip.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <zlib.h>

#include "alloc.h"

#define GZIP_WINDOW (15 + 16) /* 32 KiB, with gzip's header and trailer */
#define PIECE       ((size_t)64 * 1024)

static voidpf take_memory(voidpf context, uInt items, uInt size)
{
  (void)context;
  return wats_calloc(items, size);
}

static void give_memory(voidpf context, voidpf block)
{
  (void)context;
  wats_free(block);
}

/* The next piece of what is left to read; zlib counts in unsigned int. */
static void feed(z_stream *stream, const unsigned char **bytes, size_t *left)
{
  uInt piece;
  if (stream->avail_in > 0) return;
  piece = *left > UINT_MAX ? UINT_MAX : (uInt)*left;
  stream->next_in = (z_const Bytef *)*bytes;
  stream->avail_in = piece;
  *bytes += piece;
  *left -= piece;
}

/*
** Makes room behind the contents, `want` bytes if the limit lets it, else
** what is left up to it, and points the stream there.
*/
static enum wats_errc offer_room(z_stream *stream, struct wats_buffer *out,
                                 size_t want)
{
  enum wats_errc code;
  if (out->limit && out->length + want > out->limit)
    want = out->limit > out->length ? out->limit - out->length : 0;
  if (want == 0) return WATS_ERR_TOO_LARGE;
  code = wats_buffer_reserve(out, want);
  if (code) return code;
  stream->next_out = (Bytef *)out->data + out->length;
  stream->avail_out = (uInt)want;
  return WATS_OK;
}

static enum wats_errc explain(enum wats_errc code, struct wats_error *error)
{
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code == WATS_ERR_TOO_LARGE)
    return wats_fail(error, code, "more bytes than the limit allows");
  return wats_fail(error, code, "the bytes are not whole and valid gzip");
}

enum wats_errc wats_gzip_compress(const void *bytes, size_t length,
                                  struct wats_buffer *out,
                                  struct wats_error *error)
{
  z_stream stream = {0};
  const unsigned char *next = bytes;
  size_t before = out->length, left = length;
  enum wats_errc code = WATS_OK;
  int status = Z_OK;
  stream.zalloc = take_memory;
  stream.zfree = give_memory;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return wats_fail_memory(error);
  while (!code && status != Z_STREAM_END) {
    size_t room;
    feed(&stream, &next, &left);
    code =
        offer_room(&stream, out, length / 2 < PIECE ? length / 2 + 64 : PIECE);
    if (code) break;
    room = stream.avail_out;
    status = deflate(&stream, left ? Z_NO_FLUSH : Z_FINISH);
    out->length += room - stream.avail_out;
  }
  deflateEnd(&stream);
  if (!code) return WATS_OK;
  out->length = before;
  return explain(code, error);
}

/* All input read, and nothing held back for want of room? */
static bool is_at_end(const z_stream *stream, size_t left)
{
  return stream->avail_in == 0 && left == 0;
}

/*
** A byte that does not fit shows that the limit was hit, and not just reached:
** when the room is used up, one more byte is asked for elsewhere.
*/
static enum wats_errc inflate_some(z_stream *stream, struct wats_buffer *out,
                                   int *status)
{
  Bytef one;
  size_t room;
  enum wats_errc code = offer_room(stream, out, PIECE);
  if (code == WATS_ERR_TOO_LARGE) {
    stream->next_out = &one;
    stream->avail_out = 1;
    *status = inflate(stream, Z_NO_FLUSH);
    stream->next_out = Z_NULL;
    return stream->avail_out == 0 ? WATS_ERR_TOO_LARGE : WATS_OK;
  }
  if (code) return code;
  room = stream->avail_out;
  *status = inflate(stream, Z_NO_FLUSH);
  out->length += room - stream->avail_out;
  return WATS_OK;
}

static enum wats_errc inflate_all(z_stream *stream, const unsigned char *next,
                                  size_t left, struct wats_buffer *out)
{
  for (;;) {
    int status = Z_OK;
    enum wats_errc code;
    feed(stream, &next, &left);
    code = inflate_some(stream, out, &status);
    if (code) return code;
    if (status == Z_MEM_ERROR) return WATS_ERR_MEMORY;
    if (status == Z_STREAM_END) {
      if (is_at_end(stream, left)) return WATS_OK;
      if (inflateReset(stream) != Z_OK) return WATS_ERR_DECODE;
    } else if ((status != Z_OK && status != Z_BUF_ERROR) ||
               (is_at_end(stream, left) && stream->avail_out > 0))
      return WATS_ERR_DECODE; /* not gzip, or cut short */
  }
}

enum wats_errc wats_gzip_decompress(const void *bytes, size_t length,
                                    struct wats_buffer *out,
                                    struct wats_error *error)
{
  z_stream stream = {0};
  size_t before = out->length;
  enum wats_errc code;
  stream.zalloc = take_memory;
  stream.zfree = give_memory;
  if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
    return wats_fail_memory(error);
  code = inflate_all(&stream, bytes, length, out);
  inflateEnd(&stream);
  if (!code) return WATS_OK;
  out->length = before;
  return explain(code, error);
}

/* ---- piece by piece ----------------------------------------------------- */

struct wats_gunzip {
  z_stream stream;
  bool within; /* a member has begun and not ended */
};

struct wats_gunzip *wats_gunzip_create(void)
{
  struct wats_gunzip *g = wats_calloc(1, sizeof *g);
  if (!g) return NULL;
  g->stream.zalloc = take_memory;
  g->stream.zfree = give_memory;
  if (inflateInit2(&g->stream, GZIP_WINDOW) == Z_OK) return g;
  wats_free(g);
  return NULL;
}

void wats_gunzip_destroy(struct wats_gunzip *g)
{
  if (!g) return;
  inflateEnd(&g->stream);
  wats_free(g);
}

/* One call of zlib's; true: go on. */
static bool inflate_step(struct wats_gunzip *g, int *status)
{
  z_stream *stream = &g->stream;
  if (!g->within) {
    if (stream->avail_in == 0) return false;
    g->within = true;
  }
  *status = inflate(stream, Z_NO_FLUSH);
  if (*status == Z_STREAM_END) {
    g->within = false;
    *status = inflateReset(stream);
  } else if (*status == Z_BUF_ERROR) {
    *status = Z_OK; /* nothing to be done with what there is */
    return false;
  }
  return *status == Z_OK && stream->avail_out > 0 && stream->avail_in > 0;
}

enum wats_errc wats_gunzip_next(struct wats_gunzip *g, const void *bytes,
                                size_t *length, void *out, size_t room,
                                size_t *got)
{
  z_stream *stream = &g->stream;
  int status = Z_OK;
  uInt have = *length > UINT_MAX ? UINT_MAX : (uInt)*length;
  uInt space = room > UINT_MAX ? UINT_MAX : (uInt)room;
  stream->next_in = (z_const Bytef *)bytes;
  stream->avail_in = have;
  stream->next_out = out;
  stream->avail_out = space;
  while (inflate_step(g, &status))
    ;
  *length = have - stream->avail_in;
  *got = space - stream->avail_out;
  stream->next_in = stream->next_out = Z_NULL;
  stream->avail_in = stream->avail_out = 0;
  if (status == Z_MEM_ERROR) return WATS_ERR_MEMORY;
  return status == Z_OK ? WATS_OK : WATS_ERR_DECODE;
}

bool wats_gunzip_is_whole(const struct wats_gunzip *g)
{
  return !g->within;
}
