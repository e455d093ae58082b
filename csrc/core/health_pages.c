/*
** health_pages.c - what a view says, as JSON; see health.h for the pages.
*/
#include <string.h>
#include <time.h>

#include "exposition.h"
#include "health_state.h"
#include "json_pen.h"

#define JSON_TYPE "application/json"

/* ---- answers ------------------------------------------------------------ */

/* A page says how things are at this moment, and nothing that a browser might
** run. */
static enum wats_errc set_fields(struct wats_httpd_reply *reply,
                                 const char *type)
{
  enum wats_errc code = wats_headers_set(&reply->headers, "Content-Type", type);
  if (!code)
    code = wats_headers_set(&reply->headers, "Cache-Control", "no-store");
  if (!code)
    code =
        wats_headers_set(&reply->headers, "X-Content-Type-Options", "nosniff");
  return code;
}

static void begin(struct wats_json_pen *pen, struct wats_httpd_reply *reply)
{
  wats_json_pen_init(pen, &reply->body);
  wats_json_pen_open(pen, NULL, '{');
}

static enum wats_errc finish(struct wats_json_pen *pen,
                             struct wats_httpd_reply *reply, bool good)
{
  wats_json_pen_close(pen, '}');
  reply->status = good ? 200 : 503;
  return pen->code ? pen->code : set_fields(reply, JSON_TYPE);
}

enum wats_errc wats_health_page_error(int status, const char *text,
                                      struct wats_httpd_reply *reply)
{
  struct wats_json_pen pen;
  enum wats_errc code;
  begin(&pen, reply);
  wats_json_pen_text(&pen, "error", text);
  code = finish(&pen, reply, true);
  reply->status = status;
  return code;
}

enum wats_errc wats_health_page_live(struct wats_health_server *server,
                                     bool full, struct wats_httpd_reply *reply)
{
  struct wats_json_pen pen;
  struct wats_buffer reason;
  enum wats_errc code;
  bool alive;
  wats_buffer_init(&reason, 0);
  wats_health_lock();
  alive = wats_health_alive(server, wats_clock_monotonic(&wats_system_clock),
                            &reason, NULL);
  wats_health_unlock();
  begin(&pen, reply);
  wats_json_pen_text(&pen, "status", alive ? "alive" : "not alive");
  code = wats_buffer_terminate(&reason);
  if (!code && !alive && full) wats_json_pen_text(&pen, "reason", reason.data);
  wats_buffer_free(&reason);
  return code ? code : finish(&pen, reply, alive);
}

static void add_reasons(struct wats_json_pen *pen,
                        const struct wats_health_view *view)
{
  if (view->reason.length) wats_json_pen_text(pen, "reason", view->reason.data);
  if (!view->warnings.length) return;
  wats_json_pen_open(pen, "warnings", '[');
  wats_json_pen_raw(pen, NULL, view->warnings.data, view->warnings.length);
  wats_json_pen_close(pen, ']');
}

static enum wats_errc write_status(const struct wats_health_view *view,
                                   struct wats_health_job *job)
{
  bool ready_page = job->page == WATS_HEALTH_PAGE_READY;
  struct wats_json_pen pen;
  begin(&pen, &job->reply);
  if (view->ready)
    wats_json_pen_text(&pen, "status", ready_page ? "ready" : "ok");
  else
    wats_json_pen_text(&pen, "status", ready_page ? "not ready" : "unhealthy");
  if (job->full) add_reasons(&pen, view);
  return finish(&pen, &job->reply, view->ready);
}

/* ---- details ------------------------------------------------------------ */

static void write_timestamp(struct wats_json_pen *pen)
{
  int64_t wall_ns = wats_clock_wall(&wats_system_clock);
  time_t seconds = (time_t)(wall_ns / WATS_NS_PER_S);
  struct tm utc;
  char text[40] = "";
  if (gmtime_r(&seconds, &utc)) {
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, sizeof text - length, ".%03dZ",
             (int)(wall_ns / WATS_NS_PER_MS % 1000));
  }
  wats_json_pen_text(pen, "timestamp", text);
}

static const char *reach_name(enum wats_health_reach reach)
{
  static const char *const names[] = {[WATS_HEALTH_UNKNOWN] = "unknown",
                                      [WATS_HEALTH_ONLINE] = "online",
                                      [WATS_HEALTH_OFFLINE] = "offline",
                                      [WATS_HEALTH_CLOSED] = "closed"};
  return names[reach];
}

static void write_checks(struct wats_json_pen *pen,
                         const struct wats_health_slot_view *slot)
{
  size_t i;
  wats_json_pen_open(pen, "checks", '{');
  for (i = 0; i < slot->check_count; i++) {
    wats_json_pen_open(pen, slot->checks[i].name, '{');
    wats_json_pen_bool(pen, "ok", slot->checks[i].ok);
    wats_json_pen_text(pen, "text", slot->checks[i].text);
    wats_json_pen_close(pen, '}');
  }
  wats_json_pen_close(pen, '}');
}

static void write_heartbeat(struct wats_json_pen *pen,
                            const struct wats_health_slot_view *slot)
{
  if (slot->beat_age_ns < 0) {
    wats_json_pen_null(pen, "heartbeat");
    return;
  }
  wats_json_pen_open(pen, "heartbeat", '{');
  wats_json_pen_bool(pen, "fresh",
                     slot->beat_age_ns <= slot->health->timeout_ns);
  wats_json_pen_seconds(pen, "age_seconds", slot->beat_age_ns);
  wats_json_pen_seconds(pen, "timeout_seconds", slot->health->timeout_ns);
  wats_json_pen_close(pen, '}');
}

static void write_policies(struct wats_json_pen *pen,
                           const struct wats_upstream_stats *u)
{
  if (u->breaks) {
    wats_json_pen_open(pen, "breaker", '{');
    wats_json_pen_text(pen, "state", wats_circuit_state_name(u->breaker.state));
    wats_json_pen_count(pen, "opened", u->breaker.opened);
    wats_json_pen_count(pen, "refused", u->breaker.refused);
    wats_json_pen_close(pen, '}');
  } else
    wats_json_pen_null(pen, "breaker");
  if (u->limits) {
    wats_json_pen_open(pen, "limiter", '{');
    wats_json_pen_count(pen, "granted", u->limiter.granted);
    wats_json_pen_count(pen, "delayed", u->limiter.delayed);
    wats_json_pen_count(pen, "refused", u->limiter.refused);
    wats_json_pen_seconds(pen, "paused_for_seconds", u->limiter.paused_for_ns);
    wats_json_pen_close(pen, '}');
  } else
    wats_json_pen_null(pen, "limiter");
}

static void write_client(struct wats_json_pen *pen,
                         const struct wats_health_slot_view *slot)
{
  const struct wats_client_stats *s = &slot->client;
  if (!slot->health->client) {
    wats_json_pen_null(pen, "client");
    return;
  }
  wats_json_pen_open(pen, "client", '{');
  wats_json_pen_text(pen, "base_url",
                     wats_client_base_url(slot->health->client));
  wats_json_pen_text(pen, "api_status", reach_name(slot->reach));
  wats_json_pen_seconds(pen, "answered_seconds_ago",
                        s->upstream.answered_ago_ns);
  wats_json_pen_seconds(pen, "failed_seconds_ago", s->upstream.failed_ago_ns);
  wats_json_pen_count(pen, "requests", s->requests);
  wats_json_pen_count(pen, "failures", s->failures);
  wats_json_pen_count(pen, "in_flight", s->in_flight);
  wats_json_pen_count(pen, "retries", s->retries);
  wats_json_pen_open(pen, "engine", '{');
  wats_json_pen_count(pen, "exchanges", s->exchanges);
  wats_json_pen_count(pen, "connections_new", s->connections_new);
  wats_json_pen_count(pen, "connections_reused", s->connections_reused);
  wats_json_pen_count(pen, "bytes_sent", s->bytes_sent);
  wats_json_pen_count(pen, "bytes_received", s->bytes_received);
  wats_json_pen_close(pen, '}');
  write_policies(pen, &s->upstream);
  wats_json_pen_close(pen, '}');
}

static void write_cache(struct wats_json_pen *pen,
                        const struct wats_health_slot_view *slot)
{
  struct wats_client *client = slot->health->client;
  struct wats_http_cache *cache = client ? wats_client_cache(client) : NULL;
  struct wats_http_cache_stats s = {0};
  if (cache) wats_http_cache_stats(cache, &s);
  wats_json_pen_open(pen, "http_cache", '{');
  wats_json_pen_bool(pen, "enabled", cache != NULL);
  wats_json_pen_count(pen, "size", s.entries);
  wats_json_pen_count(pen, "max_size", s.max_entries);
  wats_json_pen_count(pen, "requests", s.requests);
  wats_json_pen_count(pen, "hits", s.hits);
  wats_json_pen_count(pen, "misses", s.misses);
  wats_json_pen_number(pen, "hit_rate",
                       s.requests ? (double)s.hits / (double)s.requests : 0);
  wats_json_pen_count(pen, "evictions", s.evictions);
  wats_json_pen_count(pen, "stale", s.stale);
  wats_json_pen_count(pen, "bytes", s.bytes);
  wats_json_pen_close(pen, '}');
}

static void write_queue(struct wats_json_pen *pen,
                        const struct wats_health_slot_view *slot)
{
  const struct wats_health_queue *q = &slot->queue;
  if (!slot->health->queue.read) {
    wats_json_pen_null(pen, "queue");
    return;
  }
  wats_json_pen_open(pen, "queue", '{');
  if (slot->queue_code)
    wats_json_pen_text(pen, "error", slot->queue_problem);
  else {
    wats_json_pen_count(pen, "size", q->pending);
    wats_json_pen_count(pen, "active_workers", q->in_flight);
    wats_json_pen_count(pen, "total_processed", q->processed);
    wats_json_pen_count(pen, "dead", q->dead);
    wats_json_pen_count(pen, "lifeboat", q->lifeboat);
    wats_json_pen_count(pen, "bytes", q->bytes);
    wats_json_pen_seconds(pen, "oldest_age_seconds", q->oldest_age_ns);
    wats_json_pen_text(pen, "paused", *q->paused ? q->paused : NULL);
    wats_json_pen_bool(pen, "full", q->full);
    wats_json_pen_count(pen, "max_size", q->max_rows);
    wats_json_pen_count(pen, "max_bytes", q->max_bytes);
  }
  wats_json_pen_close(pen, '}');
}

static void write_slots(struct wats_json_pen *pen,
                        const struct wats_health_view *view)
{
  size_t i;
  wats_json_pen_open(pen, "slots", '{');
  for (i = 0; i < view->count; i++) {
    const struct wats_health_slot_view *slot = &view->slots[i];
    wats_json_pen_open(pen, slot->health->slot, '{');
    write_checks(pen, slot);
    write_heartbeat(pen, slot);
    write_client(pen, slot);
    write_cache(pen, slot);
    write_queue(pen, slot);
    wats_json_pen_close(pen, '}');
  }
  wats_json_pen_close(pen, '}');
}

/* Slots that share a queue count it once. */
static bool counts(const struct wats_health_view *view, size_t index)
{
  const struct wats_health_slot_view *slot = &view->slots[index];
  const void *identity = slot->health->queue.identity;
  size_t i;
  if (!slot->health->queue.read || slot->queue_code) return false;
  for (i = 0; identity && i < index; i++)
    if (view->slots[i].health->queue.identity == identity &&
        !view->slots[i].queue_code)
      return false;
  return true;
}

/* The worst that any slot's client knows, and how many reports wait in all;
 *null
 ** where no slot has such a thing. */
static void write_sums(struct wats_json_pen *pen,
                       const struct wats_health_view *view)
{
  static const int badness[] = {[WATS_HEALTH_ONLINE] = 0,
                                [WATS_HEALTH_UNKNOWN] = 1,
                                [WATS_HEALTH_CLOSED] = 2,
                                [WATS_HEALTH_OFFLINE] = 3};
  enum wats_health_reach worst = WATS_HEALTH_ONLINE;
  bool clients = false, queues = false;
  uint64_t pending = 0;
  size_t i;
  for (i = 0; i < view->count; i++) {
    const struct wats_health_slot_view *slot = &view->slots[i];
    if (slot->health->client) clients = true;
    if (slot->health->client && badness[slot->reach] > badness[worst])
      worst = slot->reach;
    if (!counts(view, i)) continue;
    queues = true;
    pending += slot->queue.pending;
  }
  wats_json_pen_text(pen, "api_status", clients ? reach_name(worst) : NULL);
  if (clients)
    wats_json_pen_bool(pen, "api_connected", worst == WATS_HEALTH_ONLINE);
  else
    wats_json_pen_null(pen, "api_connected");
  if (queues)
    wats_json_pen_count(pen, "pending_count", pending);
  else
    wats_json_pen_null(pen, "pending_count");
}

static enum wats_errc write_details(struct wats_health_server *server,
                                    const struct wats_health_view *view,
                                    int64_t now_ns,
                                    struct wats_httpd_reply *reply)
{
  struct wats_json_pen pen;
  begin(&pen, reply);
  wats_json_pen_bool(&pen, "healthy", view->ready);
  wats_json_pen_text(&pen, "status", view->ready ? "ok" : "unhealthy");
  write_timestamp(&pen);
  wats_json_pen_open(&pen, "details", '{');
  wats_json_pen_text(&pen, "service_status",
                     view->alive ? "running" : "not responding");
  write_sums(&pen, view);
  wats_json_pen_seconds(&pen, "uptime_seconds", now_ns - server->started_ns);
  wats_json_pen_text(&pen, "instance_id", server->instance);
  add_reasons(&pen, view);
  if (server->versions)
    wats_json_pen_raw(&pen, "versions", server->versions,
                      strlen(server->versions));
  write_slots(&pen, view);
  wats_json_pen_close(&pen, '}');
  return finish(&pen, reply, view->ready);
}

/* ---- figures ------------------------------------------------------------ */

static enum wats_errc write_metrics(struct wats_registry *registry,
                                    enum wats_health_format format,
                                    struct wats_httpd_reply *reply)
{
  static enum wats_errc (*const writers[])(struct wats_registry *,
                                           struct wats_buffer *) = {
      [WATS_HEALTH_PROMETHEUS] = wats_exposition_prometheus,
      [WATS_HEALTH_OPENMETRICS] = wats_exposition_openmetrics,
      [WATS_HEALTH_JSON] = wats_exposition_json};
  static const char *const types[] = {
      [WATS_HEALTH_PROMETHEUS] = WATS_PROMETHEUS_TYPE,
      [WATS_HEALTH_OPENMETRICS] = WATS_OPENMETRICS_TYPE,
      [WATS_HEALTH_JSON] = WATS_METRICS_JSON_TYPE};
  enum wats_errc code = writers[format](registry, &reply->body);
  if (!code) code = set_fields(reply, types[format]);
  if (!code) code = wats_headers_set(&reply->headers, "Vary", "Accept");
  reply->status = 200;
  return code;
}

enum wats_errc wats_health_page(struct wats_health_server *server,
                                struct wats_health_job *job)
{
  int64_t now_ns = wats_clock_monotonic(&wats_system_clock);
  struct wats_health_view view;
  enum wats_errc code;
  if (job->page == WATS_HEALTH_PAGE_METRICS)
    return write_metrics(server->registry, job->format, &job->reply);
  code = wats_health_view_take(server, now_ns, &view);
  if (code) return code;
  code = job->page == WATS_HEALTH_PAGE_DETAILS
             ? write_details(server, &view, now_ns, &job->reply)
             : write_status(&view, job);
  wats_health_view_free(&view);
  return code;
}
