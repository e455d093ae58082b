/*
** cache_link.c - see cache_link.h.
*/
#include "cache_link.h"

#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "random.h"

#define LOOK_EVERY (100 * WATS_NS_PER_MS)

struct foreign { /* a write of somebody else, in our guard */
  uint64_t write;
  struct wats_cache_write held;
};

struct wats_cache_link {
  struct wats_cache_disk *disk;
  struct wats_write_guard *guard;
  struct wats_ttl_lru *store;
  const struct wats_clock *clock;
  uint64_t identity;                      /* random */
  struct wats_cache_epoch *_Atomic epoch; /* that `seen` is of; NULL: none */
  uint64_t generation;
  _Atomic uint64_t seen;     /* events up to this one are played in */
  _Atomic int64_t looked_ns; /* when the file was looked at last */
  size_t open_count;
  struct foreign open[WATS_EPOCH_WRITES];
};

/* Whose events are our own: a forked child is not its parent. Never 0, which is
** nobody. */
static uint64_t origin(const struct wats_cache_link *l)
{
  return (l->identity + (uint64_t)getpid()) | UINT64_C(1) << 63;
}

/* ---- events of others --------------------------------------------------- */

static size_t drop_families(struct wats_cache_link *l, uint64_t families)
{
  size_t dropped = 0;
  unsigned f;
  for (f = 0; f < WATS_MAX_FAMILIES; f++)
    if (families >> f & 1) dropped += wats_ttl_lru_drop_group(l->store, f);
  return dropped;
}

static size_t drop_everything(struct wats_cache_link *l)
{
  wats_write_guard_drop_all(l->guard);
  return wats_ttl_lru_clear(l->store);
}

static struct foreign *find_open(struct wats_cache_link *l, uint64_t write)
{
  size_t i;
  for (i = 0; i < l->open_count; i++)
    if (l->open[i].write == write) return &l->open[i];
  return NULL;
}

static void hold(struct wats_cache_link *l,
                 const struct wats_epoch_scope *scope,
                 struct wats_cache_write *held)
{
  memset(held, 0, sizeof *held);
  if (scope->families || scope->by_path)
    wats_write_guard_begin_hashed(l->guard, scope->families, scope->path_hash,
                                  held);
}

static void open_foreign(struct wats_cache_link *l,
                         const struct wats_epoch_event *event)
{
  struct foreign *f;
  /* There are no more on record than there is room. */
  if (find_open(l, event->write) || l->open_count == WATS_EPOCH_WRITES) return;
  f = &l->open[l->open_count++];
  f->write = event->write;
  hold(l, &event->scope, &f->held);
}

/* The guard's end, and what goes with it; `f` may be NULL: not known. */
static size_t end_foreign(struct wats_cache_link *l, struct foreign *f,
                          const struct wats_epoch_scope *scope, bool applied)
{
  struct wats_cache_write held;
  size_t dropped = 0;
  if (f) {
    held = f->held;
    *f = l->open[--l->open_count];
  } else
    hold(l, scope, &held);
  if (applied) dropped = drop_families(l, held.families);
  wats_write_guard_end(l->guard, &held, applied);
  return dropped;
}

static size_t play(struct wats_cache_link *l,
                   const struct wats_epoch_event *event)
{
  struct foreign *f = find_open(l, event->write);
  if (event->origin == origin(l)) return 0;
  switch (event->kind) {
  case WATS_EPOCH_BEGIN:
    open_foreign(l, event);
    return 0;
  case WATS_EPOCH_APPLIED:
    return end_foreign(l, event->write ? f : NULL, &event->scope, true);
  case WATS_EPOCH_REFUSED:
    if (f) (void)end_foreign(l, f, &event->scope, false);
    return 0;
  case WATS_EPOCH_ALL:
    return drop_everything(l);
  }
  return 0;
}

/* ---- catching up -------------------------------------------------------- */

/* Something was missed: all we have is useless, and what is under way now is
** on record. */
static size_t begin_anew(struct wats_cache_link *l,
                         struct wats_cache_epoch *epoch)
{
  const struct wats_epoch_scope nothing = {0, 0, false};
  size_t dropped = drop_everything(l);
  struct wats_epoch_event event;
  unsigned place;
  while (l->open_count)
    dropped += end_foreign(l, &l->open[l->open_count - 1], &nothing, true);
  atomic_store(&l->epoch, epoch);
  if (!epoch) return dropped;
  l->generation = wats_cache_epoch_generation(epoch);
  atomic_store(&l->seen, wats_cache_epoch_now(epoch));
  for (place = 0; place < WATS_EPOCH_WRITES; place++)
    if (wats_cache_epoch_on_record(epoch, place, &event))
      open_foreign(l, &event);
  return dropped;
}

bool wats_cache_link_behind(struct wats_cache_link *l, int64_t now_ns)
{
  const struct wats_cache_epoch *epoch = atomic_load(&l->epoch);
  int64_t looked_ns = atomic_load_explicit(&l->looked_ns, memory_order_relaxed);
  if (now_ns - looked_ns >= LOOK_EVERY || now_ns < looked_ns) return true;
  return epoch && (wats_cache_epoch_now(epoch) != atomic_load(&l->seen) ||
                   wats_cache_epoch_is_left(epoch));
}

size_t wats_cache_link_catch_up(struct wats_cache_link *l, int64_t now_ns)
{
  bool look = now_ns - atomic_load(&l->looked_ns) >= LOOK_EVERY ||
              now_ns < atomic_load(&l->looked_ns);
  struct wats_cache_epoch *epoch = wats_cache_disk_epoch(l->disk, look);
  uint64_t seen = atomic_load(&l->seen), now;
  struct wats_epoch_event event;
  size_t dropped = 0;
  if (look) atomic_store(&l->looked_ns, now_ns);
  if (epoch != atomic_load(&l->epoch)) return begin_anew(l, epoch);
  if (!epoch) return 0;
  if (look && l->open_count) wats_cache_epoch_bury(epoch);
  now = wats_cache_epoch_now(epoch);
  if (now < seen || now - seen > WATS_EPOCH_RING ||
      l->generation != wats_cache_epoch_generation(epoch))
    return begin_anew(l, epoch);
  for (; seen < now; seen++) {
    if (!wats_cache_epoch_read(epoch, seen + 1, &event))
      return dropped + begin_anew(l, epoch);
    dropped += play(l, &event);
  }
  atomic_store(&l->seen, now);
  return dropped;
}

uint64_t wats_cache_link_epoch(const struct wats_cache_link *l)
{
  return atomic_load(&l->seen);
}

/* ---- life --------------------------------------------------------------- */

enum wats_errc wats_cache_link_create(struct wats_cache_disk *disk,
                                      struct wats_write_guard *guard,
                                      struct wats_ttl_lru *store,
                                      const struct wats_clock *clock,
                                      struct wats_cache_link **out,
                                      struct wats_error *error)
{
  struct wats_cache_link *l = wats_calloc(1, sizeof *l);
  enum wats_errc code;
  if (!l) return wats_fail_memory(error);
  code = wats_random_bytes(&l->identity, sizeof l->identity, error);
  if (code != WATS_OK) {
    wats_free(l);
    return code;
  }
  l->disk = wats_cache_disk_retain(disk);
  l->guard = guard;
  l->store = store;
  l->clock = clock;
  atomic_init(&l->epoch, NULL);
  atomic_init(&l->seen, 0);
  atomic_init(&l->looked_ns, wats_clock_monotonic(clock));
  (void)begin_anew(l, wats_cache_disk_epoch(disk, false));
  *out = l;
  return WATS_OK;
}

void wats_cache_link_destroy(struct wats_cache_link *l)
{
  if (!l) return;
  wats_cache_disk_release(l->disk);
  wats_free(l);
}

struct wats_cache_disk *wats_cache_link_disk(struct wats_cache_link *l)
{
  return l->disk;
}

/* ---- answers ------------------------------------------------------------ */

struct wats_cache_entry *
wats_cache_link_find(struct wats_cache_link *l,
                     const struct wats_cache_request *request,
                     uint64_t sequence, bool use)
{
  struct wats_cache_epoch *epoch = atomic_load(&l->epoch);
  struct wats_cache_instant now;
  if (!epoch) return NULL;
  wats_cache_instant(l->clock, wats_cache_disk_boot_id(l->disk), &now);
  return wats_cache_disk_find(l->disk, epoch, request, &now, sequence, use);
}

void wats_cache_link_store(struct wats_cache_link *l,
                           const struct wats_cache_request *request,
                           const struct wats_cache_ticket *ticket,
                           struct wats_cache_entry *entry)
{
  struct wats_disk_stamp stamp = {l->generation, ticket->epoch, origin(l)};
  struct wats_cache_instant now;
  if (!atomic_load(&l->epoch)) return;
  wats_cache_instant(l->clock, wats_cache_disk_boot_id(l->disk), &now);
  wats_cache_disk_store(l->disk, request, entry, &stamp, &now);
}

void wats_cache_link_forget(struct wats_cache_link *l,
                            const struct wats_cache_request *request)
{
  wats_cache_disk_forget(l->disk, origin(l),
                         wats_path_hash(request->path, request->path_length));
}

/* ---- writes ------------------------------------------------------------- */

static struct wats_epoch_scope scope_of(const struct wats_cache_write *write)
{
  return (struct wats_epoch_scope){write->families, write->path_hash,
                                   write->by_path};
}

void wats_cache_link_write_begin(struct wats_cache_link *l,
                                 struct wats_cache_write *write)
{
  struct wats_cache_epoch *epoch = wats_cache_disk_epoch(l->disk, false);
  struct wats_epoch_scope scope = scope_of(write);
  write->shared =
      epoch ? wats_cache_epoch_begin(epoch, origin(l), &scope) : UINT64_MAX;
}

void wats_cache_link_write_end(struct wats_cache_link *l,
                               const struct wats_cache_write *write,
                               bool applied)
{
  struct wats_cache_epoch *epoch;
  struct wats_epoch_scope scope = scope_of(write);
  if (!write->shared) return;
  epoch = wats_cache_disk_epoch(l->disk, false);
  if (epoch)
    wats_cache_epoch_end(epoch, origin(l), write->shared, &scope, applied);
}

void wats_cache_link_drop(struct wats_cache_link *l, const char *path,
                          size_t length)
{
  struct wats_cache_epoch *epoch = wats_cache_disk_epoch(l->disk, false);
  struct wats_disk_stamp stamp;
  if (path)
    wats_cache_disk_forget(l->disk, origin(l), wats_path_hash(path, length));
  else if (epoch) {
    wats_cache_epoch_drop_all(epoch, origin(l));
    stamp.generation = wats_cache_epoch_generation(epoch);
    stamp.since = wats_cache_epoch_now(epoch);
    stamp.origin = origin(l);
    wats_cache_disk_wipe(l->disk, &stamp);
  }
}
