/*
** transfer_stream.c - see transfer_stream.h.
*/
#include "transfer_stream.h"

#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "clock.h"

/* libcurl then looks every second whether a transfer is too slow, and finds
** none that is: we do that. */
#define ANY_SPEED 1L

/* Four times what libcurl would: what streams is long. */
#define RECEIVED_AT_ONCE (64 * 1024L)

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

bool wats_flow_streams(const struct wats_stream *stream)
{
  const struct wats_stream_options *o =
      stream ? wats_stream_options(stream) : NULL;
  return o && (o->sink || o->source);
}

bool wats_flow_has_source(const struct wats_stream *stream)
{
  return stream && wats_stream_options(stream)->source;
}

/* ---- time --------------------------------------------------------------- */

/* From now on only its speed limits the transfer. */
static void let_flow(struct wats_flow *flow)
{
  if (flow->state != WATS_FLOW_HELD) return;
  flow->state = WATS_FLOW_BODY;
  flow->mark_count = 0;
  curl_easy_setopt(flow->curl, CURLOPT_TIMEOUT_MS, 0L);
}

/* The body is sent: the answer gets the time that the request would have, where
** it has not begun to flow meanwhile. */
static void hold_again(struct wats_flow *flow)
{
  int64_t limit = wats_time_add(now() - flow->begun_ns, flow->timeout_ns);
  if (flow->state != WATS_FLOW_BODY || flow->sinking) return;
  flow->state = WATS_FLOW_HELD;
  curl_easy_setopt(flow->curl, CURLOPT_TIMEOUT_MS,
                   (long)(limit / WATS_NS_PER_MS + 1));
}

/* Forgets what is older than the window needs. */
static void slide(struct wats_flow *flow, int64_t begin_ns)
{
  int old = 0;
  while (old + 1 < flow->mark_count && flow->marks[old + 1].at_ns <= begin_ns)
    old++;
  flow->mark_count -= old;
  memmove(flow->marks, flow->marks + old,
          (size_t)flow->mark_count * sizeof *flow->marks);
}

/* The first mark of a count is set at once; a pause begins a new one. */
static bool is_too_slow(struct wats_flow *flow, int64_t moved)
{
  int64_t window_ns = flow->low_speed_s * WATS_NS_PER_S, time;
  int last;
  if (flow->state != WATS_FLOW_BODY || flow->low_speed_s <= 0) return false;
  if (wats_stream_is_paused(flow->stream)) flow->mark_count = 0;
  time = now();
  slide(flow, time - window_ns);
  last = flow->mark_count - 1;
  if (last >= 0 && time - flow->marks[0].at_ns >= window_ns &&
      moved - flow->marks[0].bytes <
          (int64_t)flow->low_speed_bytes * flow->low_speed_s)
    return true;
  if (last < 0 || (last + 1 < WATS_FLOW_MARKS &&
                   time - flow->marks[last].at_ns >= window_ns / 4)) {
    flow->marks[last + 1].at_ns = time;
    flow->marks[last + 1].bytes = moved;
    flow->mark_count++;
  }
  return false;
}

enum wats_errc wats_flow_stalled(const struct wats_flow *flow,
                                 struct wats_error *error)
{
  return wats_fail(error, WATS_ERR_TIMEOUT,
                   "fewer than %ld bytes per second for %ld seconds",
                   flow->low_speed_bytes, flow->low_speed_s);
}

/* libcurl calls it whenever something has moved, and each second. */
static int on_progress(void *context, curl_off_t to_receive,
                       curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
  struct wats_flow *flow = context;
  wats_stream_progress(flow->stream, received, to_receive > 0 ? to_receive : -1,
                       sent, to_send > 0 ? to_send : -1);
  if (!is_too_slow(flow, received + sent)) return 0;
  flow->state = WATS_FLOW_STALLED;
  return 1;
}

/* ---- bodies ------------------------------------------------------------- */

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
  struct wats_flow *flow = context;
  size_t got;
  let_flow(flow);
  if (!wats_stream_get(flow->stream, out, size * count, &got))
    return CURL_READFUNC_PAUSE;
  flow->given += (int64_t)got;
  /* Of a length that it was told libcurl does not ask for the end. */
  if (got == 0 || flow->given == wats_stream_options(flow->stream)->length)
    hold_again(flow);
  return got;
}

/* What begins with "attachment" is a file, whatever its type (RFC 6266). */
static bool is_attachment(const struct wats_headers *headers)
{
  const char *value = wats_headers_get(headers, "Content-Disposition");
  return value && strcspn(value, "; \t") == 10 &&
         wats_ascii_equal(value, "attachment", 10);
}

static void begin_sink(struct wats_flow *flow, int status)
{
  const struct wats_headers *headers = &flow->answer->headers;
  const char *type = wats_headers_get(headers, "Content-Type");
  struct wats_stream_head head = {.status = status,
                                  .attachment = is_attachment(headers)};
  snprintf(head.type, sizeof head.type, "%s", type ? type : "");
  wats_stream_begin_sink(flow->stream, flow->answer->encoded, &head);
}

bool wats_flow_head(struct wats_flow *flow)
{
  long status = 0;
  if (!flow->stream || !wats_stream_options(flow->stream)->sink) return true;
  curl_easy_getinfo(flow->curl, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299 || flow->sinking) return true;
  flow->sinking = true;
  if (!wats_answer_begin(flow->answer,
                         wats_stream_options(flow->stream)->max_sink))
    return false;
  begin_sink(flow, (int)status);
  flow->state = WATS_FLOW_HELD;
  let_flow(flow);
  return true;
}

size_t wats_flow_bytes(struct wats_flow *flow, const char *bytes, size_t length)
{
  return wats_stream_put(flow->stream, bytes, length) ? length
                                                      : CURL_WRITEFUNC_PAUSE;
}

/* ---- the handle --------------------------------------------------------- */

static void apply_source(struct wats_flow *flow)
{
  CURL *curl = flow->curl;
  int64_t length = wats_stream_options(flow->stream)->length;
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(curl, CURLOPT_READDATA, flow);
}

void wats_flow_apply(struct wats_flow *flow)
{
  CURL *curl = flow->curl;
  if (!flow->stream) return;
  flow->begun_ns = now();
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, flow);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (!wats_flow_streams(flow->stream)) return;
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, RECEIVED_AT_ONCE);
  if (wats_flow_has_source(flow->stream)) apply_source(flow);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 0L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, ANY_SPEED);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 0L);
}

void wats_flow_forget(struct wats_flow *flow)
{
  CURL *curl = flow->curl;
  if (!flow->stream) return;
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, NULL);
  curl_easy_setopt(curl, CURLOPT_READDATA, NULL);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 0L); /* its own figure */
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_NONE);
}
