/*
** transfer_stream.c - see transfer_stream.h.
*/
#include "transfer_stream.h"

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
  flow->window_ns = now();
  flow->window_bytes = -1;
  curl_easy_setopt(flow->curl, CURLOPT_TIMEOUT_MS, 0L);
}

/* The body is sent: the answer gets the time that the request would have. */
static void hold_again(struct wats_flow *flow)
{
  int64_t limit = wats_time_add(now() - flow->begun_ns, flow->timeout_ns);
  if (flow->state != WATS_FLOW_BODY) return;
  flow->state = WATS_FLOW_HELD;
  curl_easy_setopt(flow->curl, CURLOPT_TIMEOUT_MS,
                   (long)(limit / WATS_NS_PER_MS + 1));
}

static bool is_too_slow(struct wats_flow *flow, int64_t moved)
{
  int64_t time;
  if (flow->state != WATS_FLOW_BODY || flow->low_speed_s <= 0) return false;
  time = now();
  if (flow->window_bytes >= 0 && !wats_stream_is_paused(flow->stream)) {
    if (time - flow->window_ns < flow->low_speed_s * WATS_NS_PER_S)
      return false;
    if (moved - flow->window_bytes <
        (int64_t)flow->low_speed_bytes * flow->low_speed_s)
      return true;
  }
  flow->window_ns = time;
  flow->window_bytes = moved;
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
  if (got == 0) hold_again(flow);
  return got;
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
  wats_stream_begin_sink(flow->stream, flow->answer->encoded);
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
