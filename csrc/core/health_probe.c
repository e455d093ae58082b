/*
** health_probe.c - asks the servers of slots that want to know whether theirs
*is
** there, when nobody else has asked it lately. See health_state.h.
**
** Answers are not looked at: the client notes that they came, as it does of all
** requests. A probe is refused by an open circuit breaker like any request.
*/
#include "health_state.h"
#include "log.h"

/* How soon a server that has failed is asked again. */
#define SOON_NS (15 * WATS_NS_PER_S)
/* A probe's own patience, at most. */
#define PROBE_NS (10 * WATS_NS_PER_S)
/* Begun in one go. */
#define MOST 8

/* When the slot's server is to be asked next. */
static int64_t due_at(struct wats_health *health, int64_t now_ns)
{
  int64_t gap = health->server_within_ns / 2, at = now_ns, answered;
  struct wats_client_stats stats;
  enum wats_health_reach reach = wats_health_reach(health->client, &stats);
  if (reach == WATS_HEALTH_OFFLINE && gap > SOON_NS) gap = SOON_NS;
  answered = stats.upstream.answered_ago_ns;
  if (reach == WATS_HEALTH_ONLINE && answered < gap)
    at = wats_time_add(now_ns, gap - answered);
  if (health->probed_ns >= 0 && now_ns - health->probed_ns < gap &&
      wats_time_add(health->probed_ns, gap) > at)
    at = wats_time_add(health->probed_ns, gap);
  return at;
}

/* The slots to be asked for now, retained; *next: when others will be. */
static size_t find_due(struct wats_health_server *server, int64_t now_ns,
                       struct wats_health *due[MOST], int64_t *next)
{
  struct wats_health *health;
  size_t count = 0;
  *next = WATS_NEVER;
  wats_health_lock();
  for (health = server->slots; health; health = health->next) {
    int64_t at;
    if (!health->server_within_ns || health->probing ||
        wats_client_closed(health->client))
      continue;
    at = due_at(health, now_ns);
    if (at > now_ns || count == MOST) {
      if (at < *next) *next = at;
      continue;
    }
    health->probing = true;
    health->probed_ns = now_ns;
    wats_health_retain_slot(health);
    due[count++] = health;
  }
  wats_health_unlock();
  return count;
}

static void begin_one(struct wats_health_server *server,
                      struct wats_health *health)
{
  health->next_probing = server->probing;
  server->probing = health;
}

static void end_one(struct wats_health_server *server,
                    struct wats_health *health)
{
  struct wats_health **link = &server->probing;
  while (*link != health)
    link = &(*link)->next_probing;
  *link = health->next_probing;
  health->probing = false;
  wats_health_release_slot(health);
}

static void ask(struct wats_health_server *server, struct wats_health *health)
{
  static const char target[] = "/api/App/Version";
  int64_t patience = health->server_within_ns / 2;
  struct wats_request request = {.method = "GET",
                                 .target = target,
                                 .target_length = sizeof target - 1,
                                 .timeout_ns =
                                     patience < PROBE_NS ? patience : PROBE_NS,
                                 .no_retry = true,
                                 .cache_mode = WATS_CACHE_BYPASS,
                                 .cache_ttl_ns = -1,
                                 .log = WATS_LOG_NOBODY};
  struct wats_pending *pending = NULL;
  bool over = true;
  (void)wats_pending_start(server->arrivals, health->client, &request, &pending,
                           &over, NULL);
  if (pending && !over) {
    pending->tag = health;
    return;
  }
  wats_pending_free(pending);
  end_one(server, health);
}

int64_t wats_health_probe(struct wats_health_server *server, int64_t now_ns)
{
  struct wats_health *due[MOST];
  int64_t next;
  size_t count = find_due(server, now_ns, due, &next), i;
  if (count && !server->arrivals &&
      wats_arrivals_create(&server->arrivals, NULL) != WATS_OK)
    server->arrivals = NULL; /* another time, perhaps */
  for (i = 0; i < count; i++) {
    begin_one(server, due[i]);
    if (server->arrivals)
      ask(server, due[i]);
    else
      end_one(server, due[i]);
  }
  if (count && next > now_ns + WATS_NS_PER_S) next = now_ns + WATS_NS_PER_S;
  return next;
}

void wats_health_probe_end(struct wats_health_server *server)
{
  struct wats_pending *pending, *next;
  if (!server->arrivals) return;
  for (pending = wats_arrivals_take(server->arrivals); pending;
       pending = next) {
    next = pending->next;
    end_one(server, pending->tag);
    wats_pending_free(pending);
  }
}

int wats_health_probe_fd(const struct wats_health_server *server)
{
  int fd;
  if (!server->arrivals ||
      wats_arrivals_fd(server->arrivals, &fd, NULL) != WATS_OK)
    return -1;
  return fd;
}

void wats_health_probe_close(struct wats_health_server *server)
{
  wats_arrivals_close(server->arrivals);
  server->arrivals = NULL;
  while (server->probing)
    end_one(server, server->probing);
}
