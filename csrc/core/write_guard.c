/*
** write_guard.c - see write_guard.h.
*/
#include "write_guard.h"

#include <string.h>

#include "ascii.h"

#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

/* --- paths in normal form ------------------------------------------------- */

/* The hash of each prefix of a path that ends on a segment border. */
struct walk {
  const char *at, *end;
  uint64_t hash;
};

static int hex_value(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static bool is_unreserved(int c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

/* One character, RFC 3986, section 6.2.2, and lower case. */
static char take_char(struct walk *w)
{
  char c = *w->at++;
  if (c == '%' && w->end - w->at >= 2) {
    int high = hex_value(w->at[0]), low = hex_value(w->at[1]);
    if (high >= 0 && low >= 0 && is_unreserved(high * 16 + low)) {
      c = (char)(high * 16 + low);
      w->at += 2;
    }
  }
  return wats_ascii_lower(c);
}

static void start(struct walk *w, const char *path, size_t length)
{
  w->at = path;
  w->end = path + length;
  w->hash = FNV_START; /* of "", the prefix of every path */
}

/* Takes "/segment" into the hash; false when nothing is left but slashes. */
static bool next_segment(struct walk *w)
{
  while (w->at < w->end && *w->at == '/')
    w->at++;
  if (w->at == w->end) return false;
  w->hash = (w->hash ^ (unsigned char)'/') * FNV_PRIME;
  while (w->at < w->end && *w->at != '/')
    w->hash = (w->hash ^ (unsigned char)take_char(w)) * FNV_PRIME;
  return true;
}

uint64_t wats_path_hash(const char *path, size_t length)
{
  struct walk w;
  start(&w, path, length);
  while (next_segment(&w))
    continue;
  return w.hash;
}

bool wats_path_all_prefixes(const char *path, size_t length,
                            bool (*visit)(void *context, uint64_t hash),
                            void *context)
{
  struct walk w;
  start(&w, path, length);
  do {
    if (!visit(context, w.hash)) return false;
  } while (next_segment(&w));
  return true;
}

bool wats_path_is_below(const char *path, size_t length, const char *prefix,
                        size_t prefix_length)
{
  uint64_t wanted = wats_path_hash(prefix, prefix_length);
  struct walk w;
  start(&w, path, length);
  do {
    if (w.hash == wanted) return true;
  } while (next_segment(&w));
  return false;
}

/* --- marks ---------------------------------------------------------------- */

/* The first of the places that a hash can have. */
static size_t set_of(uint64_t hash)
{
  const size_t sets = WATS_GUARD_MARKS / WATS_GUARD_WAYS;
  return (size_t)((hash ^ hash >> 32) % sets) * WATS_GUARD_WAYS;
}

static const struct wats_path_mark *
find_mark(const struct wats_write_guard *guard, uint64_t hash)
{
  const struct wats_path_mark *set = &guard->marks[set_of(hash)];
  size_t i;
  for (i = 0; i < WATS_GUARD_WAYS; i++)
    if (set[i].hash == hash && set[i].barrier) return &set[i];
  return NULL;
}

static void raise_to(uint64_t *value, uint64_t least)
{
  if (*value < least) *value = least;
}

/*
** The mark of this path, made if need be. The one that must give way is the
** oldest without a write in flight; what it said now holds for every path.
** When each has one in flight, so does this.
*/
static struct wats_path_mark *take_mark(struct wats_write_guard *guard,
                                        uint64_t hash)
{
  struct wats_path_mark *set = &guard->marks[set_of(hash)], *free_mark = NULL;
  size_t i;
  for (i = 0; i < WATS_GUARD_WAYS; i++) {
    if (set[i].hash == hash && set[i].barrier) return &set[i];
    if (!set[i].in_flight &&
        (!free_mark || set[i].barrier < free_mark->barrier))
      free_mark = &set[i];
  }
  if (!free_mark) return &guard->rest;
  raise_to(&guard->rest.barrier, free_mark->barrier);
  raise_to(&guard->rest.dropped, free_mark->dropped);
  memset(free_mark, 0, sizeof *free_mark);
  free_mark->hash = hash;
  return free_mark;
}

/* --- writes --------------------------------------------------------------- */

void wats_write_guard_init(struct wats_write_guard *guard)
{
  memset(guard, 0, sizeof *guard);
  atomic_init(&guard->sequence, 1);
  atomic_init(&guard->suspended, 0);
  atomic_init(&guard->paths_in_flight, 0);
  atomic_init(&guard->paths_dropped, 0);
}

static uint64_t advance(struct wats_write_guard *guard)
{
  return atomic_fetch_add(&guard->sequence, 1) + 1;
}

void wats_write_guard_begin_hashed(struct wats_write_guard *guard,
                                   uint64_t families, uint64_t path_hash,
                                   struct wats_cache_write *write)
{
  const uint64_t all = (UINT64_C(1) << WATS_MAX_FAMILIES) - 1;
  uint64_t now = advance(guard);
  int f;
  memset(write, 0, sizeof *write);
  if (families) {
    write->families = families & all;
    for (f = 0; f < WATS_MAX_FAMILIES; f++)
      if (families >> f & 1) guard->in_flight[f]++;
    atomic_fetch_or(&guard->suspended, write->families);
  } else {
    struct wats_path_mark *mark;
    write->by_path = true;
    write->path_hash = path_hash;
    mark = take_mark(guard, write->path_hash);
    write->unmarked = mark == &guard->rest;
    mark->in_flight++;
    mark->barrier = now;
    atomic_fetch_add(&guard->paths_in_flight, 1);
  }
}

void wats_write_guard_begin(struct wats_write_guard *guard, uint64_t families,
                            const char *path, size_t length,
                            struct wats_cache_write *write)
{
  uint64_t hash = families ? 0 : wats_path_hash(path, length);
  wats_write_guard_begin_hashed(guard, families, hash, write);
}

static void end_families(struct wats_write_guard *guard, uint64_t families,
                         uint64_t now)
{
  uint64_t idle = 0;
  int f;
  for (f = 0; f < WATS_MAX_FAMILIES; f++) {
    if (!(families >> f & 1)) continue;
    guard->barrier[f] = now;
    if (--guard->in_flight[f] == 0) idle |= UINT64_C(1) << f;
  }
  atomic_fetch_and(&guard->suspended, ~idle);
}

static void end_path(struct wats_write_guard *guard,
                     const struct wats_cache_write *write, uint64_t now,
                     bool applied)
{
  struct wats_path_mark *mark =
      write->unmarked ? &guard->rest : take_mark(guard, write->path_hash);
  mark->in_flight--;
  mark->barrier = now;
  guard->paths_barrier = now;
  if (applied) {
    mark->dropped = now;
    atomic_store(&guard->paths_dropped, now);
  }
  /* Last: who sees no write in flight must also see what it dropped. */
  atomic_fetch_sub(&guard->paths_in_flight, 1);
}

void wats_write_guard_end(struct wats_write_guard *guard,
                          struct wats_cache_write *write, bool applied)
{
  if (write->families) end_families(guard, write->families, advance(guard));
  if (write->by_path) end_path(guard, write, advance(guard), applied);
  memset(write, 0, sizeof *write);
}

void wats_write_guard_drop_all(struct wats_write_guard *guard)
{
  uint64_t now = advance(guard);
  int f;
  for (f = 0; f < WATS_MAX_FAMILIES; f++)
    guard->barrier[f] = now;
  guard->rest.barrier = guard->rest.dropped = now;
  guard->paths_barrier = now;
  atomic_store(&guard->paths_dropped, now);
}

/* --- questions ------------------------------------------------------------ */

/* All that is known of a path: its own mark and those of what it is below. */
static void sum_up(const struct wats_write_guard *guard, const char *path,
                   size_t length, struct wats_path_mark *sum)
{
  struct walk w;
  *sum = guard->rest;
  start(&w, path, length);
  do {
    const struct wats_path_mark *mark = find_mark(guard, w.hash);
    if (!mark) continue;
    sum->in_flight += mark->in_flight;
    raise_to(&sum->barrier, mark->barrier);
    raise_to(&sum->dropped, mark->dropped);
  } while (next_segment(&w));
}

static bool is_suspended(const struct wats_write_guard *guard, int family)
{
  return family >= 0 && guard->in_flight[family] > 0;
}

enum wats_guard_state
wats_write_guard_state(const struct wats_write_guard *guard, int family,
                       const char *path, size_t length, uint64_t since)
{
  struct wats_path_mark sum;
  bool suspended = is_suspended(guard, family);
  if (atomic_load(&guard->paths_in_flight) ||
      atomic_load(&guard->paths_dropped) > since) {
    sum_up(guard, path, length, &sum);
    if (sum.dropped > since) return WATS_GUARD_DROPPED;
    if (sum.in_flight) suspended = true;
  }
  return suspended ? WATS_GUARD_SUSPENDED : WATS_GUARD_CLEAR;
}

bool wats_write_guard_may_store(const struct wats_write_guard *guard,
                                int family, const char *path, size_t length,
                                uint64_t since)
{
  struct wats_path_mark sum;
  if (is_suspended(guard, family)) return false;
  if (family >= 0 && guard->barrier[family] > since) return false;
  if (!atomic_load(&guard->paths_in_flight) && guard->paths_barrier <= since)
    return true;
  sum_up(guard, path, length, &sum);
  return !sum.in_flight && sum.barrier <= since;
}
