/*
** health_view.c - what stands how, and what follows from that; see
** health_state.h.
**
** A view is taken in two steps: under the lock what slots have set is copied,
** without it clients and queues are asked, which may take its time.
*/
#include <string.h>

#include "alloc.h"
#include "health_state.h"
#include "json_pen.h"

/* ---- heartbeats --------------------------------------------------------- */

int64_t wats_health_beat_age(const struct wats_health *health, int64_t now_ns)
{
  int64_t age;
  if (!health->timeout_ns) return -1;
  age = now_ns - atomic_load_explicit(&health->beat_ns, memory_order_relaxed);
  return age > 0 ? age : 0;
}

/* Behind what is there already. Of reasons only the first kilobyte counts. */
static void separate(struct wats_buffer *out)
{
  if (out->length) (void)wats_buffer_append_string(out, "; ");
}

bool wats_health_alive(const struct wats_health_server *server, int64_t now_ns,
                       struct wats_buffer *reason, bool *any)
{
  const struct wats_health *health;
  bool alive = true, several = server->slots && server->slots->next;
  if (any) *any = false;
  for (health = server->slots; health; health = health->next) {
    int64_t age = wats_health_beat_age(health, now_ns);
    if (any && age >= 0) *any = true;
    if (age <= health->timeout_ns) continue;
    alive = false;
    if (!reason) continue;
    separate(reason);
    (void)wats_buffer_printf(
        reason, "%s%s%sno heartbeat for %.1f s", several ? "slot " : "",
        several ? health->slot : "", several ? ": " : "", (double)age / 1e9);
  }
  return alive;
}

/* ---- clients and queues ------------------------------------------------- */

enum wats_health_reach wats_health_reach(struct wats_client *client,
                                         struct wats_client_stats *stats)
{
  const struct wats_upstream_stats *u = &stats->upstream;
  wats_client_stats(client, stats);
  if (wats_client_closed(client)) return WATS_HEALTH_CLOSED;
  if (u->breaks && u->breaker.state == WATS_CIRCUIT_OPEN)
    return WATS_HEALTH_OFFLINE;
  if (u->failed_ago_ns >= 0 &&
      (u->answered_ago_ns < 0 || u->failed_ago_ns < u->answered_ago_ns))
    return WATS_HEALTH_OFFLINE;
  return u->answered_ago_ns < 0 ? WATS_HEALTH_UNKNOWN : WATS_HEALTH_ONLINE;
}

static void look_at(struct wats_health_slot_view *slot)
{
  struct wats_health *health = slot->health;
  struct wats_error error = {WATS_OK, ""};
  if (health->client)
    slot->reach = wats_health_reach(health->client, &slot->client);
  if (!health->queue.read) return;
  slot->queue.oldest_age_ns = -1;
  slot->queue_code =
      health->queue.read(health->queue.context, &slot->queue, &error);
  if (slot->queue_code)
    memcpy(slot->queue_problem, error.message, sizeof slot->queue_problem);
}

/* ---- what follows ------------------------------------------------------- */

struct judge {
  struct wats_health_view *view;
  const struct wats_health_slot_view *slot;
  struct wats_json_pen warnings;
  struct wats_buffer text; /* of one warning */
  bool several;
};

static void say(struct judge *judge, struct wats_buffer *out, const char *what,
                const char *more)
{
  if (judge->several)
    (void)wats_buffer_printf(out, "slot %s: ", judge->slot->health->slot);
  (void)wats_buffer_printf(out, *more ? "%s: %s" : "%s", what, more);
}

static void object(struct judge *judge, const char *what, const char *more)
{
  struct wats_buffer *reason = &judge->view->reason;
  judge->view->ready = false;
  if (reason->length > 1000) return;
  separate(reason);
  say(judge, reason, what, more);
}

static void warn(struct judge *judge, const char *what, const char *more)
{
  wats_buffer_clear(&judge->text);
  say(judge, &judge->text, what, more);
  if (wats_buffer_terminate(&judge->text) == WATS_OK)
    wats_json_pen_text(&judge->warnings, NULL, judge->text.data);
  else
    judge->warnings.code = WATS_ERR_MEMORY;
}

static void judge_server(struct judge *judge)
{
  const struct wats_health_slot_view *slot = judge->slot;
  int64_t within = slot->health->server_within_ns;
  int64_t ago = slot->client.upstream.answered_ago_ns;
  char text[80];
  if (slot->reach == WATS_HEALTH_CLOSED)
    snprintf(text, sizeof text, "the client is closed");
  else if (ago < 0)
    snprintf(text, sizeof text, "the server has not answered yet");
  else
    snprintf(text, sizeof text, "the server has not answered for %.0f s",
             (double)ago / 1e9);
  if (within && (slot->reach == WATS_HEALTH_CLOSED || ago < 0 || ago > within))
    object(judge, text, "");
  else if (slot->reach == WATS_HEALTH_OFFLINE)
    warn(judge, text, "");
}

static void judge_queue(struct judge *judge)
{
  const struct wats_health_queue *q = &judge->slot->queue;
  char text[80];
  if (judge->slot->queue_code) {
    warn(judge, "the queue could not be read", judge->slot->queue_problem);
    return;
  }
  if (q->full) object(judge, "the queue is full", "");
  if (*q->paused) warn(judge, "the queue is held up", q->paused);
  if (q->dead) {
    snprintf(text, sizeof text, "%llu dead in the queue",
             (unsigned long long)q->dead);
    warn(judge, text, "");
  }
  if (q->lifeboat) {
    snprintf(text, sizeof text, "%llu reports are in the lifeboat",
             (unsigned long long)q->lifeboat);
    warn(judge, text, "");
  }
}

static void judge_slot(struct judge *judge)
{
  const struct wats_health_slot_view *slot = judge->slot;
  char text[48];
  size_t i;
  if (slot->beat_age_ns > slot->health->timeout_ns) {
    judge->view->alive = false;
    snprintf(text, sizeof text, "no heartbeat for %.1f s",
             (double)slot->beat_age_ns / 1e9);
    object(judge, text, "");
  }
  for (i = 0; i < slot->check_count; i++)
    if (!slot->checks[i].ok)
      object(judge, slot->checks[i].name, slot->checks[i].text);
  if (slot->health->client) judge_server(judge);
  if (slot->health->queue.read) judge_queue(judge);
}

static enum wats_errc judge_all(struct wats_health_view *view)
{
  struct judge judge = {.view = view, .several = view->count > 1};
  enum wats_errc code;
  size_t i;
  wats_json_pen_init(&judge.warnings, &view->warnings);
  wats_buffer_init(&judge.text, 0);
  view->alive = view->ready = true;
  for (i = 0; i < view->count; i++) {
    judge.slot = &view->slots[i];
    judge_slot(&judge);
  }
  wats_buffer_free(&judge.text);
  code = wats_buffer_terminate(&view->reason);
  return code ? code : judge.warnings.code;
}

/* ---- taking one --------------------------------------------------------- */

static enum wats_errc copy_slot(struct wats_health *health, int64_t now_ns,
                                struct wats_health_slot_view *out)
{
  size_t size = health->check_count * sizeof *health->checks;
  if (health->check_count) {
    out->checks = wats_malloc(size);
    if (!out->checks) return WATS_ERR_MEMORY;
    memcpy(out->checks, health->checks, size);
  }
  out->check_count = health->check_count;
  out->beat_age_ns = wats_health_beat_age(health, now_ns);
  out->health = health;
  wats_health_retain_slot(health);
  return WATS_OK;
}

/* With the lock. */
static enum wats_errc copy_slots(const struct wats_health_server *server,
                                 int64_t now_ns, struct wats_health_view *view)
{
  struct wats_health *health;
  size_t count = 0;
  enum wats_errc code = WATS_OK;
  for (health = server->slots; health; health = health->next)
    count++;
  if (!count) return WATS_OK;
  view->slots = wats_calloc(count, sizeof *view->slots);
  if (!view->slots) return WATS_ERR_MEMORY;
  for (health = server->slots; health && !code; health = health->next) {
    code = copy_slot(health, now_ns, &view->slots[view->count]);
    if (!code) view->count++;
  }
  return code;
}

enum wats_errc wats_health_view_take(struct wats_health_server *server,
                                     int64_t now_ns,
                                     struct wats_health_view *out)
{
  enum wats_errc code;
  size_t i;
  memset(out, 0, sizeof *out);
  wats_buffer_init(&out->reason, 0);
  wats_buffer_init(&out->warnings, 0);
  wats_health_lock();
  code = copy_slots(server, now_ns, out);
  wats_health_unlock();
  for (i = 0; i < out->count && !code; i++)
    look_at(&out->slots[i]);
  if (!code) code = judge_all(out);
  if (code) wats_health_view_free(out);
  return code;
}

void wats_health_view_free(struct wats_health_view *view)
{
  size_t i;
  for (i = 0; i < view->count; i++) {
    wats_free(view->slots[i].checks);
    wats_health_release_slot(view->slots[i].health);
  }
  wats_free(view->slots);
  wats_buffer_free(&view->reason);
  wats_buffer_free(&view->warnings);
  memset(view, 0, sizeof *view);
}
