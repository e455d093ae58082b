/*
** cache_epoch_events.c - see cache_epoch.h. Opening is in cache_epoch_file.c.
**
** The order in which things are written is what makes a kill harmless: a write
** goes on record, then its BEGIN is told, then it is sent; at its end marks are
** set, then the end is told, then the record goes. A number is taken before the
** marks that carry it are set; whoever asks in between finds the write still on
** record.
*/
#include "cache_epoch_file.h"

#include <sched.h>
#include <string.h>

#include "write_guard.h"

/* ---- marks -------------------------------------------------------------- */

static void raise_mark(_Atomic uint64_t *mark, uint64_t number)
{
  uint64_t there = atomic_load(mark);
  while (wats_epoch_mark_number(there) < number)
    if (atomic_compare_exchange_weak(mark, &there, wats_epoch_mark(number)))
      return;
}

static _Atomic uint64_t *path_mark(struct wats_epoch_file *f, uint64_t hash)
{
  return &f->paths[(hash ^ hash >> 32) % WATS_EPOCH_PATHS];
}

static void set_marks(struct wats_epoch_file *f,
                      const struct wats_epoch_scope *scope, uint64_t number)
{
  int i;
  for (i = 0; i < WATS_MAX_FAMILIES; i++)
    if (scope->families >> i & 1) raise_mark(&f->families[i], number);
  if (!scope->families && scope->by_path)
    raise_mark(path_mark(f, scope->path_hash), number);
}

struct judged {
  struct wats_epoch_file *file;
  uint64_t since;
};

static bool path_stands(void *context, uint64_t hash)
{
  struct judged *j = context;
  return wats_epoch_mark_number(atomic_load(path_mark(j->file, hash))) <=
         j->since;
}

bool wats_cache_epoch_stands(const struct wats_cache_epoch *epoch,
                             uint64_t generation, uint64_t since, int family,
                             const char *path, size_t length)
{
  struct wats_epoch_file *f = epoch->file;
  struct judged j = {f, since};
  if (generation != atomic_load(&f->generation) ||
      since > atomic_load(&f->sequence))
    return false;
  if (wats_epoch_mark_number(atomic_load(&f->everything)) > since) return false;
  if (family >= 0 &&
      wats_epoch_mark_number(atomic_load(&f->families[family])) > since)
    return false;
  return wats_path_all_prefixes(path, length, path_stands, &j);
}

/* ---- the ring ----------------------------------------------------------- */

enum { KIND, ORIGIN, WRITE, FAMILIES, HASH, BY_PATH };

static uint64_t sum_of(uint64_t number, const uint64_t words[])
{
  uint64_t sum = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
  int i;
  for (i = 0; i < WATS_EPOCH_WORDS; i++)
    sum = (sum ^ words[i]) * UINT64_C(1099511628211);
  return sum;
}

static void tell(struct wats_epoch_file *f, uint64_t number,
                 const struct wats_epoch_event *event)
{
  const uint64_t words[WATS_EPOCH_WORDS] = {
      (uint64_t)event->kind, event->origin,          event->write,
      event->scope.families, event->scope.path_hash, event->scope.by_path};
  struct wats_epoch_slot *slot = &f->ring[number % WATS_EPOCH_RING];
  int i;
  atomic_store(&slot->number, 0);
  for (i = 0; i < WATS_EPOCH_WORDS; i++)
    atomic_store(&slot->words[i], words[i]);
  atomic_store(&slot->sum, sum_of(number, words));
  atomic_store(&slot->number, number);
}

static uint64_t next_number(struct wats_epoch_file *f)
{
  return atomic_fetch_add(&f->sequence, 1) + 1;
}

/* Its maker has its number and is about to write it, unless he was stopped. */
static bool is_written(const struct wats_epoch_slot *slot, uint64_t number)
{
  int tries;
  for (tries = 0; tries < 200; tries++) {
    uint64_t there = atomic_load(&slot->number);
    if (there == number) return true;
    if (there > number) return false; /* overwritten */
    if (tries > 50) (void)sched_yield();
  }
  return false;
}

bool wats_cache_epoch_read(const struct wats_cache_epoch *epoch,
                           uint64_t number, struct wats_epoch_event *out)
{
  const struct wats_epoch_slot *slot =
      &epoch->file->ring[number % WATS_EPOCH_RING];
  uint64_t words[WATS_EPOCH_WORDS], sum;
  int i;
  if (!is_written(slot, number)) return false;
  for (i = 0; i < WATS_EPOCH_WORDS; i++)
    words[i] = atomic_load(&slot->words[i]);
  sum = atomic_load(&slot->sum);
  if (atomic_load(&slot->number) != number || sum != sum_of(number, words) ||
      words[KIND] > WATS_EPOCH_ALL)
    return false;
  out->kind = (enum wats_epoch_kind)words[KIND];
  out->origin = words[ORIGIN];
  out->write = words[WRITE];
  out->scope.families = words[FAMILIES];
  out->scope.path_hash = words[HASH];
  out->scope.by_path = words[BY_PATH] != 0;
  return true;
}

uint64_t wats_cache_epoch_now(const struct wats_cache_epoch *epoch)
{
  return atomic_load_explicit(&epoch->file->sequence, memory_order_acquire);
}

uint64_t wats_cache_epoch_generation(const struct wats_cache_epoch *epoch)
{
  return atomic_load(&epoch->file->generation);
}

/* ---- writes on record --------------------------------------------------- */

/* The write's number says where it is on record: 8 bits of place below. */
static uint64_t write_number(uint64_t number, unsigned place)
{
  return number << 8 | place;
}

static struct wats_epoch_record *take_record(struct wats_cache_epoch *epoch,
                                             unsigned *place)
{
  struct wats_epoch_file *f = epoch->file;
  unsigned begin = atomic_fetch_add(&epoch->hint, 1), i;
  int seat = epoch->seat;
  if (seat < 0) return NULL;
  for (i = 0; i < WATS_EPOCH_WRITES; i++) {
    struct wats_epoch_record *r = &f->writes[(begin + i) % WATS_EPOCH_WRITES];
    uint64_t nobody = 0;
    if (atomic_load(&r->owner)) continue;
    if (!atomic_compare_exchange_strong(&r->owner, &nobody, (uint64_t)seat + 1))
      continue;
    *place = (begin + i) % WATS_EPOCH_WRITES;
    return r;
  }
  return NULL;
}

static void free_record(struct wats_epoch_record *r)
{
  atomic_store(&r->write, 0);
  atomic_store(&r->owner, 0);
}

static void drop(struct wats_epoch_file *f, uint64_t origin, uint64_t write,
                 const struct wats_epoch_scope *scope)
{
  struct wats_epoch_event event = {WATS_EPOCH_APPLIED, origin, write, *scope};
  uint64_t number = next_number(f);
  set_marks(f, scope, number);
  tell(f, number, &event);
}

uint64_t wats_cache_epoch_begin(struct wats_cache_epoch *epoch, uint64_t origin,
                                const struct wats_epoch_scope *scope)
{
  struct wats_epoch_event event = {WATS_EPOCH_BEGIN, origin, 0, *scope};
  struct wats_epoch_file *f = epoch->file;
  unsigned place;
  struct wats_epoch_record *r = take_record(epoch, &place);
  uint64_t number;
  if (!r) {
    drop(f, origin, 0, scope);
    return UINT64_MAX;
  }
  atomic_store(&r->families, scope->families);
  atomic_store(&r->path_hash, scope->path_hash);
  atomic_store(&r->by_path, scope->by_path);
  number = next_number(f);
  event.write = write_number(number, place);
  atomic_store(&r->write, event.write);
  tell(f, number, &event);
  return event.write;
}

void wats_cache_epoch_end(struct wats_cache_epoch *epoch, uint64_t origin,
                          uint64_t write, const struct wats_epoch_scope *scope,
                          bool applied)
{
  struct wats_epoch_file *f = epoch->file;
  struct wats_epoch_record *r = &f->writes[write & 0xff];
  bool on_record = write != UINT64_MAX && atomic_load(&r->write) == write;
  if (applied || !on_record)
    drop(f, origin, on_record ? write : 0, scope);
  else {
    struct wats_epoch_event event = {WATS_EPOCH_REFUSED, origin, write, *scope};
    tell(f, next_number(f), &event);
  }
  if (on_record) free_record(r);
}

void wats_cache_epoch_drop_all(struct wats_cache_epoch *epoch, uint64_t origin)
{
  struct wats_epoch_event event = {WATS_EPOCH_ALL, origin, 0, {0, 0, false}};
  uint64_t number = next_number(epoch->file);
  raise_mark(&epoch->file->everything, number);
  tell(epoch->file, number, &event);
}

bool wats_cache_epoch_on_record(const struct wats_cache_epoch *epoch,
                                unsigned place, struct wats_epoch_event *out)
{
  const struct wats_epoch_record *r = &epoch->file->writes[place];
  uint64_t write = atomic_load(&r->write);
  if (!write) return false;
  out->kind = WATS_EPOCH_BEGIN;
  out->origin = 0;
  out->write = write;
  out->scope.families = atomic_load(&r->families);
  out->scope.path_hash = atomic_load(&r->path_hash);
  out->scope.by_path = atomic_load(&r->by_path) != 0;
  return atomic_load(&r->write) == write;
}

/* ---- what the dead leave behind ------------------------------------------ */

void wats_epoch_bury_seat(struct wats_cache_epoch *epoch, int seat)
{
  unsigned place;
  for (place = 0; place < WATS_EPOCH_WRITES; place++) {
    struct wats_epoch_record *r = &epoch->file->writes[place];
    struct wats_epoch_event event;
    uint64_t owner = (uint64_t)seat + 1;
    /* Of several who find it one takes it over. */
    if (!atomic_compare_exchange_strong(&r->owner, &owner,
                                        (uint64_t)epoch->seat + 1))
      continue;
    if (wats_cache_epoch_on_record(epoch, place, &event))
      drop(epoch->file, 0, event.write, &event.scope);
    free_record(r);
  }
}

void wats_cache_epoch_bury(struct wats_cache_epoch *epoch)
{
  bool asked[WATS_EPOCH_SEATS] = {false};
  unsigned place;
  if (epoch->seat < 0) return;
  for (place = 0; place < WATS_EPOCH_WRITES; place++) {
    uint64_t owner = atomic_load(&epoch->file->writes[place].owner);
    int seat = (int)owner - 1;
    if (!owner || owner > WATS_EPOCH_SEATS || asked[seat] ||
        seat == epoch->seat)
      continue;
    asked[seat] = true;
    if (!wats_epoch_seat_is_taken(epoch, seat))
      wats_epoch_bury_seat(epoch, seat);
  }
}
