/*
** outbox_metrics.c - see outbox_metrics.h.
**
** A board is a registry with our figures; it has a watch for each file, counted
** by those who asked for it. The board is the context of the registry's
** collector, so it is freed only when the collector has been taken off, which
** happens without our lock: the collector takes it.
*/
#include "outbox_metrics.h"

#include <math.h>
#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "sync.h"

enum { LIFEBOAT = WATS_OUTBOX_STATES, DEPTHS };
enum { ENQUEUED, SENT, DEAD, DUPLICATE, IN_LIFEBOAT, DAMAGED, LOST, COUNTERS };

struct board;

struct wats_outbox_watch {
  struct wats_outbox_watch *next;
  struct board *board;
  struct wats_outbox *outbox;
  unsigned references;
  bool known; /* `figures` were had */
  struct wats_outbox_stats figures;
  uint64_t counted[COUNTERS]; /* what the counters have of it */
};

struct board {
  struct board *next;
  struct wats_registry *registry;
  struct wats_outbox_watch *watches;
  struct wats_metric *depth[DEPTHS], *bytes, *oldest, *counters[COUNTERS];
};

static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct board *boards;

static void before_fork(void)
{
  wats_mutex_lock(&lock);
}

static void after_fork(void)
{
  wats_mutex_unlock(&lock);
}

static void prepare(void)
{
  (void)wats_at_fork(WATS_FORK_OUTBOX_METRICS, before_fork, after_fork,
                     after_fork);
}

/* ---- figures ------------------------------------------------------------- */

static void read_counts(const struct wats_outbox_watch *w,
                        uint64_t counts[COUNTERS])
{
  struct wats_outbox_counts c;
  wats_outbox_counts(w->outbox, &c);
  counts[ENQUEUED] = c.enqueued;
  counts[SENT] = c.sent;
  counts[DEAD] = c.dead;
  counts[DUPLICATE] = c.duplicate;
  counts[IN_LIFEBOAT] = c.lifeboat;
  counts[DAMAGED] = c.damaged;
  counts[LOST] = c.lost_leases;
}

/* Adds what has come since the last time. */
static void count(struct wats_outbox_watch *w)
{
  uint64_t counts[COUNTERS];
  int i;
  read_counts(w, counts);
  for (i = 0; i < COUNTERS; i++) {
    if (counts[i] <= w->counted[i]) continue;
    (void)wats_counter_add(w->board->counters[i],
                           (double)(counts[i] - w->counted[i]));
    w->counted[i] = counts[i];
  }
}

struct sums {
  double depth[DEPTHS], bytes, oldest;
};

static void add(struct sums *sums, const struct wats_outbox_watch *w)
{
  double age = (double)w->figures.oldest_age_ns / 1e9;
  int i;
  for (i = 0; i < WATS_OUTBOX_STATES; i++) {
    sums->depth[i] += (double)w->figures.rows[i];
    sums->bytes += (double)w->figures.bytes[i];
  }
  sums->depth[LIFEBOAT] += (double)w->figures.lifeboat;
  if (age > sums->oldest) sums->oldest = age;
}

static void show(struct board *board, const struct sums *sums)
{
  int i;
  for (i = 0; i < DEPTHS; i++)
    wats_gauge_set(board->depth[i], sums->depth[i]);
  wats_gauge_set(board->bytes, sums->bytes);
  wats_gauge_set(board->oldest, sums->oldest);
}

/* The lock is held. */
static void refresh(struct board *board)
{
  struct sums sums = {{0}, 0, 0};
  struct wats_outbox_watch *w;
  bool known = true;
  if (!board->watches) return; /* it came to nothing, see wats_outbox_watch */
  for (w = board->watches; w; w = w->next) {
    struct wats_outbox_stats figures;
    count(w);
    if (wats_outbox_stats_within(w->outbox, NULL, WATS_OUTBOX_METRICS_PATIENCE,
                                 &figures, NULL) == WATS_OK) {
      w->figures = figures;
      w->known = true;
    }
    known = known && w->known;
    if (w->known) add(&sums, w);
  }
  if (!known) { /* a sum without one of them would be a lie */
    int i;
    for (i = 0; i < DEPTHS; i++)
      sums.depth[i] = (double)NAN;
    sums.bytes = sums.oldest = (double)NAN;
  }
  show(board, &sums);
}

static void collect(void *context)
{
  wats_mutex_lock(&lock);
  refresh(context);
  wats_mutex_unlock(&lock);
}

/* ---- making ---------------------------------------------------------------
 */

static enum wats_errc make(struct wats_registry *registry,
                           const struct wats_family_options *options,
                           const char *value, struct wats_metric **out,
                           struct wats_error *error)
{
  struct wats_text text = {value, value ? strlen(value) : 0};
  struct wats_family *family;
  enum wats_errc code = wats_registry_family(registry, options, &family, error);
  if (code != WATS_OK) return code;
  *out = wats_family_child(family, &text, options->label_count);
  return *out ? WATS_OK : wats_fail_memory(error);
}

static enum wats_errc make_gauges(struct board *board, struct wats_error *error)
{
  static const char *const labels[] = {"state"};
  struct wats_family_options depth = {.type = WATS_METRIC_GAUGE,
                                      .name = "wats_queue_depth",
                                      .help = "Reports in the queue, by state.",
                                      .labels = labels,
                                      .label_count = 1};
  struct wats_family_options bytes = {.type = WATS_METRIC_GAUGE,
                                      .name = "wats_queue_bytes",
                                      .help = "Bodies in the queue."};
  struct wats_family_options oldest = {
      .type = WATS_METRIC_GAUGE,
      .name = "wats_queue_oldest_age_seconds",
      .help = "Age of the oldest report that is not yet confirmed."};
  enum wats_errc code = WATS_OK;
  int i;
  for (i = 0; i < DEPTHS && code == WATS_OK; i++) {
    const char *state = i == LIFEBOAT
                            ? "lifeboat"
                            : wats_outbox_state_name((enum wats_outbox_state)i);
    code = make(board->registry, &depth, state, &board->depth[i], error);
  }
  if (code == WATS_OK)
    code = make(board->registry, &bytes, NULL, &board->bytes, error);
  if (code == WATS_OK)
    code = make(board->registry, &oldest, NULL, &board->oldest, error);
  return code;
}

static enum wats_errc make_counters(struct board *board,
                                    struct wats_error *error)
{
  static const struct {
    const char *name, *help;
  } descriptions[COUNTERS] = {
      [ENQUEUED] = {"wats_queue_enqueued_total", "Reports taken in."},
      [SENT] = {"wats_queue_sent_total", "Reports that the server confirmed."},
      [DEAD] = {"wats_queue_dead_total", "Reports that were given up."},
      [DUPLICATE] = {"wats_queue_duplicate_total",
                     "Reports that were there already or had been sent."},
      [IN_LIFEBOAT] = {"wats_queue_lifeboat_total",
                       "Reports that the database could not take, kept as "
                       "files."},
      [DAMAGED] = {"wats_queue_damaged_total",
                   "Reports whose stored bytes were not what was written."},
      [LOST] = {"wats_queue_lost_leases_total",
                "Sendings that took longer than their lease."}};
  enum wats_errc code = WATS_OK;
  int i;
  for (i = 0; i < COUNTERS && code == WATS_OK; i++) {
    struct wats_family_options options = {.type = WATS_METRIC_COUNTER,
                                          .name = descriptions[i].name,
                                          .help = descriptions[i].help};
    code = make(board->registry, &options, NULL, &board->counters[i], error);
  }
  return code;
}

static void free_board(struct board *board)
{
  if (!board) return;
  wats_registry_off_collect(board->registry, collect, board);
  wats_registry_release(board->registry);
  wats_free(board);
}

static enum wats_errc make_board(struct wats_registry *registry,
                                 struct board **out, struct wats_error *error)
{
  struct board *board = wats_calloc(1, sizeof *board);
  enum wats_errc code;
  if (!board) return wats_fail_memory(error);
  board->registry = wats_registry_retain(registry);
  code = make_gauges(board, error);
  if (code == WATS_OK) code = make_counters(board, error);
  if (code == WATS_OK &&
      wats_registry_on_collect(registry, collect, board) != WATS_OK)
    code = wats_fail_memory(error);
  if (code == WATS_OK)
    *out = board;
  else
    free_board(board);
  return code;
}

/* ---- watching --------------------------------------------------------------
 */

static struct board *find_board(const struct wats_registry *registry)
{
  struct board *board = boards;
  while (board && board->registry != registry)
    board = board->next;
  return board;
}

static struct wats_outbox_watch *find_watch(struct board *board,
                                            const struct wats_outbox *outbox)
{
  struct wats_outbox_watch *w = board->watches;
  while (w && w->outbox != outbox)
    w = w->next;
  return w;
}

/* The lock is held. Takes `board` and `watch` where there is none of their kind
** yet, and sets to NULL what it has taken. */
static struct wats_outbox_watch *join(struct wats_registry *registry,
                                      struct wats_outbox *outbox,
                                      struct board **board,
                                      struct wats_outbox_watch **watch)
{
  struct board *of = find_board(registry);
  struct wats_outbox_watch *w;
  if (!of) {
    of = *board;
    *board = NULL;
    of->next = boards;
    boards = of;
  }
  w = find_watch(of, outbox);
  if (!w) {
    w = *watch;
    *watch = NULL;
    w->board = of;
    w->outbox = wats_outbox_retain(outbox);
    read_counts(w, w->counted);
    w->next = of->watches;
    of->watches = w;
  }
  w->references++;
  return w;
}

enum wats_errc wats_outbox_watch(struct wats_registry *registry,
                                 struct wats_outbox *outbox,
                                 struct wats_outbox_watch **out,
                                 struct wats_error *error)
{
  static struct wats_once once = WATS_ONCE_INIT;
  struct wats_outbox_watch *watch = wats_calloc(1, sizeof *watch);
  struct board *board = NULL;
  enum wats_errc code;
  if (!watch) return wats_fail_memory(error);
  wats_once(&once, prepare);
  code = make_board(registry, &board, error);
  if (code == WATS_OK) {
    wats_mutex_lock(&lock);
    *out = join(registry, outbox, &board, &watch);
    wats_mutex_unlock(&lock);
  }
  free_board(board);
  wats_free(watch);
  return code;
}

/* The lock is held. What it returns, if anything, is to be freed without it. */
static struct board *leave(struct wats_outbox_watch *watch)
{
  struct board *board = watch->board, **place = &boards;
  struct wats_outbox_watch **at = &board->watches;
  struct sums none = {{0}, 0, 0};
  count(watch);
  while (*at != watch)
    at = &(*at)->next;
  *at = watch->next;
  if (board->watches) return NULL;
  while (*place != board)
    place = &(*place)->next;
  *place = board->next;
  show(board, &none);
  return board;
}

void wats_outbox_unwatch(struct wats_outbox_watch *watch)
{
  struct board *board;
  if (!watch) return;
  wats_mutex_lock(&lock);
  if (--watch->references) {
    wats_mutex_unlock(&lock);
    return;
  }
  board = leave(watch);
  wats_mutex_unlock(&lock);
  free_board(board);
  wats_outbox_release(watch->outbox);
  wats_free(watch);
}
