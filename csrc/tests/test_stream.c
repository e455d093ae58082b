/*
** test_stream.c - the queues between driver and consumer.
*/
#include <stdatomic.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/buffer.h"
#include "core/gzip.h"
#include "core/stream.h"
#include "core/sync.h"
#include "test.h"

static const struct wats_stream_head HEAD = {200, true, "text/html"};
static _Atomic int changes;

static void on_changed(void *context)
{
  (void)context;
  atomic_fetch_add(&changes, 1);
}

static struct wats_stream *make(bool sink, bool source, size_t max_sink)
{
  struct wats_stream_options o = {
      .sink = sink, .source = source, .length = -1, .max_sink = max_sink};
  atomic_store(&changes, 0);
  return wats_stream_create(&o, on_changed, NULL);
}

static char piece[16384];

static void a_full_sink_pauses_and_half_of_it_resumes(void)
{
  struct wats_stream *s = make(true, false, 0);
  struct wats_stream_head head;
  size_t in = 0, out = 0, got;
  static char to[50000];
  bool resume = false;
  wats_stream_get_head(s, &head);
  CHECK_INT(head.status, 0);
  wats_stream_begin_sink(s, false, &HEAD);
  wats_stream_get_head(s, &head);
  CHECK_INT(head.status, 200);
  CHECK(head.attachment);
  CHECK_STR(head.type, "text/html");
  CHECK(!wats_stream_is_spent(s));
  while (wats_stream_put(s, piece, sizeof piece))
    in += sizeof piece;
  CHECK_INT(in, WATS_STREAM_BOUND);
  CHECK(wats_stream_is_paused(s));
  CHECK(wats_stream_is_spent(s));
  CHECK_INT(atomic_load(&changes), 1);
  wats_stream_heard(s);
  while (!resume) {
    CHECK_INT(wats_stream_read(s, to, sizeof to, &got, &resume, NULL), WATS_OK);
    out += got;
    CHECK(resume == (in - out <= WATS_STREAM_BOUND / 2));
  }
  CHECK(!wats_stream_is_paused(s));
  CHECK(wats_stream_put(s, piece, sizeof piece));
  CHECK_INT(atomic_load(&changes), 2);
  do {
    CHECK_INT(wats_stream_read(s, to, sizeof to, &got, &resume, NULL), WATS_OK);
    CHECK(!resume);
    out += got;
  } while (got);
  CHECK_INT(out, in + sizeof piece);
  CHECK_INT(wats_stream_total(s), out);
  CHECK_INT(wats_stream_finish(s, NULL), WATS_OK);
  wats_stream_destroy(s);
}

static void what_lies_there_can_be_looked_at(void)
{
  struct wats_stream *s = make(true, false, 300000);
  const char *bytes;
  size_t length;
  bool resume;
  wats_stream_begin_sink(s, false, &HEAD);
  CHECK(wats_stream_peek(s, 100, &bytes, &length) && length == 0);
  CHECK(wats_stream_put(s, "abcdef", 6));
  CHECK(wats_stream_peek(s, 4, &bytes, &length));
  CHECK(length == 4 && memcmp(bytes, "abcd", 4) == 0);
  CHECK_INT(wats_stream_skip(s, 4, &resume, NULL), WATS_OK);
  CHECK(wats_stream_peek(s, 100, &bytes, &length));
  CHECK(length == 2 && memcmp(bytes, "ef", 2) == 0);
  while (wats_stream_put(s, piece, sizeof piece))
    ;
  /* round the end, in two looks, and half of it resumes */
  CHECK_INT(wats_stream_skip(s, 2, &resume, NULL), WATS_OK);
  CHECK(wats_stream_put(s, piece, sizeof piece));
  CHECK(!wats_stream_put(s, piece, sizeof piece));
  CHECK(wats_stream_peek(s, 1000000, &bytes, &length));
  CHECK_INT(length, WATS_STREAM_BOUND - 6);
  CHECK_INT(wats_stream_skip(s, length, &resume, NULL), WATS_OK);
  CHECK(resume && !wats_stream_is_paused(s));
  CHECK(wats_stream_peek(s, 1000000, &bytes, &length));
  CHECK_INT(length, 6);
  CHECK_INT(wats_stream_skip(s, 6, &resume, NULL), WATS_OK);
  CHECK_INT(wats_stream_total(s), WATS_STREAM_BOUND + 6);
  wats_stream_destroy(s);
}

static void too_much_that_was_looked_at(void)
{
  struct wats_stream *s = make(true, false, 5);
  struct wats_error error;
  const char *bytes;
  size_t length;
  bool resume;
  wats_stream_begin_sink(s, false, &HEAD);
  CHECK(wats_stream_put(s, "abcdef", 6));
  CHECK(wats_stream_peek(s, 100, &bytes, &length));
  CHECK_INT(wats_stream_skip(s, length, &resume, &error), WATS_ERR_TOO_LARGE);
  wats_stream_destroy(s);
  s = make(true, false, 0);
  wats_stream_begin_sink(s, true, &HEAD);
  CHECK(!wats_stream_peek(s, 100, &bytes, &length)); /* packed */
  wats_stream_destroy(s);
}

static void a_source_is_asked_for_more_and_begins_again(void)
{
  struct wats_stream_options o = {.source = true, .rewinds = true};
  struct wats_stream *s = wats_stream_create(&o, on_changed, NULL);
  struct wats_stream_view view;
  char to[8];
  size_t got;
  bool resume;
  wats_stream_look(s, &view);
  CHECK(!view.wanted);
  CHECK(!wats_stream_get(s, to, sizeof to, &got));
  wats_stream_look(s, &view);
  CHECK(view.wanted && !view.restart);
  CHECK_INT(wats_stream_feed(s, "abcdefghij", 10, &resume), 10);
  CHECK(resume);
  CHECK(wats_stream_get(s, to, sizeof to, &got) && got == 8);
  CHECK(!memcmp(to, "abcdefgh", 8));
  CHECK(!wats_stream_is_spent(s));
  wats_stream_begin_again(s);
  /* who has not looked since goes on with what is no longer wanted */
  CHECK_INT(wats_stream_feed(s, "klm", 3, &resume), 0);
  wats_stream_end_source(s, &resume);
  CHECK(!wats_stream_get(s, to, sizeof to, &got));
  wats_stream_look(s, &view);
  CHECK(view.wanted && view.restart);
  wats_stream_look(s, &view);
  CHECK(view.wanted && !view.restart);
  CHECK_INT(wats_stream_feed(s, "abc", 3, &resume), 3);
  wats_stream_end_source(s, &resume);
  CHECK(wats_stream_get(s, to, sizeof to, &got) && got == 3);
  CHECK(wats_stream_get(s, to, sizeof to, &got) && got == 0);
  wats_stream_destroy(s);
}

static void a_source_that_cannot_begin_again_is_spent(void)
{
  struct wats_stream *s = make(false, true, 0);
  char to[8];
  size_t got;
  bool resume;
  CHECK(!wats_stream_get(s, to, sizeof to, &got));
  CHECK(!wats_stream_is_spent(s));
  wats_stream_feed(s, "a", 1, &resume);
  CHECK(!wats_stream_is_spent(s));
  CHECK(wats_stream_get(s, to, sizeof to, &got));
  CHECK(wats_stream_is_spent(s));
  wats_stream_destroy(s);
}

/* ---- packed ------------------------------------------------------------- */

static void pack(struct wats_buffer *plain, struct wats_buffer *packed,
                 size_t length)
{
  size_t i;
  wats_buffer_init(plain, 0);
  wats_buffer_init(packed, 0);
  for (i = 0; i < length; i++)
    wats_buffer_append_char(plain,
                            (char)((int)(i % 4 * 3 + i / 1000 % 7) + 65));
  CHECK_INT(wats_gzip_compress(plain->data, plain->length, packed, NULL),
            WATS_OK);
}

/* Puts `packed` in pieces of `step` bytes, and reads what comes. */
static enum wats_errc unpack(struct wats_stream *s,
                             const struct wats_buffer *packed, size_t length,
                             size_t step, size_t room, struct wats_buffer *out)
{
  enum wats_errc code = WATS_OK;
  struct wats_error error;
  char to[4096];
  size_t at, got;
  bool resume;
  wats_buffer_init(out, 0);
  wats_stream_begin_sink(s, true, &HEAD);
  for (at = 0; at < length && code == WATS_OK; at += step) {
    size_t n = length - at < step ? length - at : step;
    CHECK(wats_stream_put(s, packed->data + at, n));
    do {
      code = wats_stream_read(s, to, room, &got, &resume, &error);
      if (code == WATS_OK) wats_buffer_append(out, to, got);
    } while (code == WATS_OK && got);
  }
  return code == WATS_OK ? wats_stream_finish(s, &error) : code;
}

static void gzip_is_undone_in_any_pieces(void)
{
  static const size_t steps[] = {1, 7, 5000}, rooms[] = {1, 100, 4096};
  struct wats_buffer plain, packed, out;
  size_t i;
  pack(&plain, &packed, 100000);
  for (i = 0; i < 3; i++) {
    struct wats_stream *s = make(true, false, 0);
    CHECK_INT(unpack(s, &packed, packed.length, steps[i], rooms[i], &out),
              WATS_OK);
    CHECK(out.length == plain.length &&
          !memcmp(out.data, plain.data, out.length));
    wats_buffer_free(&out);
    wats_stream_destroy(s);
  }
  wats_buffer_free(&plain);
  wats_buffer_free(&packed);
}

static void gzip_that_is_cut_broken_or_too_large_is_told(void)
{
  struct wats_buffer plain, packed, out;
  struct wats_stream *s;
  pack(&plain, &packed, 100000);
  s = make(true, false, 0);
  CHECK_INT(unpack(s, &packed, packed.length - 1, 100, 4096, &out),
            WATS_ERR_DECODE);
  wats_buffer_free(&out);
  wats_stream_destroy(s);
  s = make(true, false, 99999);
  CHECK_INT(unpack(s, &packed, packed.length, 100, 4096, &out),
            WATS_ERR_TOO_LARGE);
  CHECK(out.length <= 99999);
  wats_buffer_free(&out);
  wats_stream_destroy(s);
  packed.data[20] ^= 0x55;
  s = make(true, false, 0);
  CHECK_INT(unpack(s, &packed, packed.length, 100, 4096, &out),
            WATS_ERR_DECODE);
  wats_buffer_free(&out);
  wats_stream_destroy(s);
  wats_buffer_free(&plain);
  wats_buffer_free(&packed);
}

static void memory_may_be_short(void)
{
  struct wats_buffer plain, packed, out;
  long before = wats_alloc_live(), n;
  int failed = 0;
  pack(&plain, &packed, 1000);
  for (n = 0; n < 20; n++) {
    struct wats_stream *s;
    enum wats_errc code = WATS_ERR_MEMORY;
    wats_buffer_init(&out, 0);
    wats_alloc_fail_after(n);
    s = make(true, true, 0);
    if (s) {
      bool resume;
      char to[2000];
      size_t got;
      wats_stream_begin_sink(s, true, &HEAD);
      wats_stream_put(s, packed.data, packed.length);
      code = wats_stream_read(s, to, sizeof to, &got, &resume, NULL);
      CHECK(code == WATS_ERR_MEMORY || got == 1000);
    }
    wats_alloc_fail_never();
    failed += code == WATS_ERR_MEMORY;
    wats_stream_destroy(s);
  }
  CHECK(failed > 3 && failed < 20);
  wats_buffer_free(&plain);
  wats_buffer_free(&packed);
  CHECK_INT(wats_alloc_live(), before);
}

/* ---- two threads -------------------------------------------------------- */

#define MUCH ((size_t)8 * 1024 * 1024)

/* What the engine would be: a pause, and who resumes. */
static struct wats_mutex gate = WATS_MUTEX_INIT;
static struct wats_cond opened;
static bool open_gate;

static void resume_driver(void)
{
  wats_mutex_lock(&gate);
  open_gate = true;
  wats_cond_signal(&opened);
  wats_mutex_unlock(&gate);
}

static void pause_driver(void)
{
  wats_mutex_lock(&gate);
  while (!open_gate)
    wats_cond_wait(&opened, &gate);
  open_gate = false;
  wats_mutex_unlock(&gate);
}

/* Echoes: what the source gives goes into the sink. */
static void *drive(void *context)
{
  struct wats_stream *s = context;
  char bytes[9973];
  size_t got;
  for (;;) {
    while (!wats_stream_get(s, bytes, sizeof bytes, &got))
      pause_driver();
    if (got == 0) return NULL;
    while (!wats_stream_put(s, bytes, got))
      pause_driver();
  }
}

static void two_threads_lose_no_byte(void)
{
  struct wats_stream *s = make(true, true, 0);
  struct wats_thread thread;
  struct wats_stream_view view;
  static char to[70000];
  size_t fed = 0, read = 0, got, i, wrong = 0;
  bool resume;
  CHECK_INT(wats_cond_init(&opened), WATS_OK);
  CHECK_INT(wats_thread_start(&thread, drive, s), WATS_OK);
  while (read < MUCH) {
    char bytes[4096];
    size_t n = MUCH - fed < sizeof bytes ? MUCH - fed : sizeof bytes;
    wats_stream_heard(s);
    wats_stream_look(s, &view);
    for (i = 0; i < n; i++)
      bytes[i] = (char)((fed + i) * 31 >> 3);
    if (n && view.wanted) {
      fed += wats_stream_feed(s, bytes, n, &resume);
      if (resume) resume_driver();
      if (fed == MUCH) {
        wats_stream_end_source(s, &resume);
        if (resume) resume_driver();
      }
    }
    CHECK_INT(wats_stream_read(s, to, sizeof to, &got, &resume, NULL), WATS_OK);
    if (resume) resume_driver();
    for (i = 0; i < got; i++)
      wrong += to[i] != (char)((read + i) * 31 >> 3);
    read += got;
  }
  CHECK_INT(wrong, 0);
  wats_thread_join(&thread);
  wats_cond_destroy(&opened);
  wats_stream_destroy(s);
}

int main(void)
{
  RUN(a_full_sink_pauses_and_half_of_it_resumes);
  RUN(what_lies_there_can_be_looked_at);
  RUN(too_much_that_was_looked_at);
  RUN(a_source_is_asked_for_more_and_begins_again);
  RUN(a_source_that_cannot_begin_again_is_spent);
  RUN(gzip_is_undone_in_any_pieces);
  RUN(gzip_that_is_cut_broken_or_too_large_is_told);
  RUN(memory_may_be_short);
  RUN(two_threads_lose_no_byte);
  return test_report();
}
