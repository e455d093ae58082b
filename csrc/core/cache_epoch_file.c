/*
** cache_epoch_file.c - opening and closing the file of cache_epoch.
**
** Locks are on bytes far behind the end: one for opening, one for each seat.
** Where the system has locks that belong to the open file they are used: those
** of the process would be lost as soon as any part of it closes the file.
*/
#include "cache_epoch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "crc32c.h"
#include "random.h"

#define VERSION    1
#define FIRST_BYTE INT64_C(0x40000000)
#define OPENING    (-1) /* before the first seat */
/* Of one start of the machine: no more events than that. */
#define PER_BOOT (UINT64_C(1) << 32)
#define WAITS    50 /* of 10 ms, for one who is opening */

static const char magic[8] = {'W', 'A', 'T', 'S', 'e', 'p', 'o', 'c'};

#if defined(F_OFD_SETLK)
#define SET_LOCK F_OFD_SETLK
#define GET_LOCK F_OFD_GETLK
#else
#define SET_LOCK F_SETLK
#define GET_LOCK F_GETLK
#endif

/* ---- locks -------------------------------------------------------------- */

static struct flock on_byte(int seat, short type)
{
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = (off_t)(FIRST_BYTE + 1 + seat);
  lock.l_len = 1;
  return lock;
}

static bool take(int descriptor, int seat)
{
  struct flock lock = on_byte(seat, F_WRLCK);
  return fcntl(descriptor, SET_LOCK, &lock) == 0;
}

static void give_back(int descriptor, int seat)
{
  struct flock lock = on_byte(seat, F_UNLCK);
  (void)fcntl(descriptor, SET_LOCK, &lock);
}

bool wats_epoch_seat_is_taken(const struct wats_cache_epoch *epoch, int seat)
{
  struct flock lock = on_byte(seat, F_WRLCK);
  if (seat == epoch->seat) return true;
  return fcntl(epoch->descriptor, GET_LOCK, &lock) != 0 ||
         lock.l_type != F_UNLCK;
}

static bool take_opening(int descriptor)
{
  const struct timespec nap = {0, 10 * 1000 * 1000};
  int i;
  for (i = 0; i < WAITS; i++) {
    if (take(descriptor, OPENING)) return true;
    (void)nanosleep(&nap, NULL);
  }
  return false;
}

static bool take_seat(struct wats_cache_epoch *e)
{
  int seat;
  for (seat = 0; seat < WATS_EPOCH_SEATS; seat++)
    if (take(e->descriptor, seat)) {
      e->seat = seat;
      return true;
    }
  return false;
}

/* With the lock for opening held: does somebody else work with it? */
static bool is_in_use(const struct wats_cache_epoch *e)
{
  int seat;
  for (seat = 0; seat < WATS_EPOCH_SEATS; seat++)
    if (seat != e->seat && wats_epoch_seat_is_taken(e, seat)) return true;
  return false;
}

/* ---- what is in it ------------------------------------------------------ */

static uint64_t check_of(const struct wats_epoch_head *head)
{
  return wats_crc32c(0, head, offsetof(struct wats_epoch_head, check)) |
         UINT64_C(1) << 32;
}

static bool marks_hold(const struct wats_epoch_file *f)
{
  uint64_t now = atomic_load(&f->sequence);
  int i;
  bool good = wats_epoch_mark_number(atomic_load(&f->everything)) <= now;
  for (i = 0; good && i < WATS_MAX_FAMILIES; i++)
    good = wats_epoch_mark_number(atomic_load(&f->families[i])) <= now;
  for (i = 0; good && i < WATS_EPOCH_PATHS; i++)
    good = wats_epoch_mark_number(atomic_load(&f->paths[i])) <= now;
  return good && now >> 47 == 0;
}

enum state { GOOD, OTHER, DAMAGED };

static enum state look(const struct wats_epoch_file *f, uint64_t fingerprint)
{
  const struct wats_epoch_head *head = &f->head;
  if (memcmp(head->magic, magic, sizeof magic) != 0 ||
      head->check != check_of(head) || !head->generation ||
      head->generation != atomic_load(&f->generation))
    return DAMAGED;
  if (head->version != VERSION || head->size != sizeof *f ||
      head->fingerprint != fingerprint)
    return OTHER;
  return marks_hold(f) ? GOOD : DAMAGED;
}

static void set_all_marks(struct wats_epoch_file *f, uint64_t number)
{
  int i;
  atomic_store(&f->everything, wats_epoch_mark(number));
  for (i = 0; i < WATS_MAX_FAMILIES; i++)
    atomic_store(&f->families[i], wats_epoch_mark(number));
  for (i = 0; i < WATS_EPOCH_PATHS; i++)
    atomic_store(&f->paths[i], wats_epoch_mark(number));
}

static void forget_writes(struct wats_epoch_file *f)
{
  int i;
  for (i = 0; i < WATS_EPOCH_WRITES; i++) {
    atomic_store(&f->writes[i].write, 0);
    atomic_store(&f->writes[i].owner, 0);
  }
}

static void seal(struct wats_epoch_file *f,
                 const struct wats_cache_epoch_options *o)
{
  memcpy(f->head.magic, magic, sizeof magic);
  f->head.version = VERSION;
  f->head.size = sizeof *f;
  f->head.fingerprint = o->fingerprint;
  f->head.boot = o->boot;
  f->head.check = check_of(&f->head);
}

/*
** In place, since others may have it mapped: they find that time has moved on
** by more than the ring holds.
*/
static enum wats_errc begin_anew(struct wats_epoch_file *f,
                                 const struct wats_cache_epoch_options *o,
                                 struct wats_error *error)
{
  uint64_t generation, now = atomic_load(&f->sequence);
  enum wats_errc code =
      wats_random_bytes(&generation, sizeof generation, error);
  if (code != WATS_OK) return code;
  f->head.generation = (generation >> 1) | 1; /* fits SQLite's integers */
  now = now >> 47 == 0 ? now + PER_BOOT : PER_BOOT;
  set_all_marks(f, now);
  forget_writes(f);
  atomic_store(&f->generation, f->head.generation);
  atomic_store(&f->sequence, now);
  seal(f, o);
  return WATS_OK;
}

/* What was on record ended with the machine. */
static void begin_boot(struct wats_cache_epoch *e,
                       const struct wats_cache_epoch_options *o)
{
  struct wats_epoch_file *f = e->file;
  int seat;
  atomic_store(&f->sequence, atomic_load(&f->sequence) + PER_BOOT);
  for (seat = 0; seat < WATS_EPOCH_SEATS; seat++)
    if (seat != e->seat) wats_epoch_bury_seat(e, seat);
  forget_writes(f);
  seal(f, o);
}

static enum wats_errc settle(struct wats_cache_epoch *e,
                             const struct wats_cache_epoch_options *o,
                             struct wats_error *error)
{
  enum state state = look(e->file, o->fingerprint);
  if (state == OTHER && is_in_use(e))
    return wats_fail(error, WATS_ERR_IO,
                     "%s: a process with another version of wats uses it",
                     e->path);
  if (state != GOOD) return begin_anew(e->file, o, error);
  /* Not known: each process might be after another start. */
  if ((!o->boot || e->file->head.boot != o->boot) && !is_in_use(e))
    begin_boot(e, o);
  /* Who sat here before is gone. */
  wats_epoch_bury_seat(e, e->seat);
  return WATS_OK;
}

/* ---- the file ----------------------------------------------------------- */

static enum wats_errc refuse(const struct wats_cache_epoch *e, const char *what,
                             struct wats_error *error)
{
  return wats_fail_errno(error, WATS_ERR_IO, errno, "%s %s", what, e->path);
}

static enum wats_errc open_file(struct wats_cache_epoch *e,
                                struct wats_error *error)
{
  struct stat info;
  e->descriptor = open(e->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                       S_IRUSR | S_IWUSR);
  if (e->descriptor < 0) return refuse(e, "cannot open", error);
  if (fstat(e->descriptor, &info) != 0) return refuse(e, "cannot use", error);
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return refuse(e, "not a file:", error);
  }
  if ((info.st_mode & 0777) != (S_IRUSR | S_IWUSR) &&
      fchmod(e->descriptor, S_IRUSR | S_IWUSR) != 0)
    return refuse(e, "others may read", error);
  if (!take_opening(e->descriptor))
    return wats_fail(error, WATS_ERR_IO, "%s: somebody holds its lock",
                     e->path);
  return WATS_OK;
}

/* All of it on disk: where a page is missing that a write wants, the system
** would end the process. */
static enum wats_errc map_file(struct wats_cache_epoch *e,
                               struct wats_error *error)
{
  const size_t size = sizeof *e->file;
  void *there;
#if defined(__linux__)
  int reason = posix_fallocate(e->descriptor, 0, (off_t)size);
  if (reason != 0) {
    errno = reason;
    return refuse(e, "no room for", error);
  }
#endif
  if (ftruncate(e->descriptor, (off_t)size) != 0)
    return refuse(e, "no room for", error);
  there =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, e->descriptor, 0);
  if (there == MAP_FAILED) return refuse(e, "cannot map", error);
  e->file = there;
  return WATS_OK;
}

enum wats_errc
wats_cache_epoch_open(const struct wats_cache_epoch_options *options,
                      struct wats_cache_epoch **out, struct wats_error *error)
{
  struct wats_cache_epoch *e = wats_calloc(1, sizeof *e);
  enum wats_errc code;
  if (!e) return wats_fail_memory(error);
  e->descriptor = -1;
  atomic_init(&e->seat, -1);
  atomic_init(&e->hint, 0);
  e->path = wats_strndup(options->path, strlen(options->path));
  code = e->path ? open_file(e, error) : wats_fail_memory(error);
  if (code == WATS_OK && !wats_cache_epoch_is_current(e))
    code = wats_fail(error, WATS_ERR_IO, "%s was just put elsewhere", e->path);
  if (code == WATS_OK) code = map_file(e, error);
  if (code == WATS_OK && !take_seat(e))
    code = wats_fail(error, WATS_ERR_IO, "%s: %d processes use it already",
                     e->path, WATS_EPOCH_SEATS);
  if (code == WATS_OK) code = settle(e, options, error);
  if (code == WATS_OK) {
    give_back(e->descriptor, OPENING);
    *out = e;
  } else
    wats_cache_epoch_close(e);
  return code;
}

bool wats_cache_epoch_is_current(const struct wats_cache_epoch *epoch)
{
  struct stat ours, there;
  return epoch->descriptor >= 0 && fstat(epoch->descriptor, &ours) == 0 &&
         stat(epoch->path, &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino &&
         (!epoch->file || (size_t)ours.st_size >= sizeof *epoch->file);
}

void wats_cache_epoch_leave(struct wats_cache_epoch *epoch)
{
  if (epoch->descriptor >= 0) close(epoch->descriptor);
  epoch->descriptor = -1;
  atomic_store(&epoch->seat, -1);
}

bool wats_cache_epoch_is_left(const struct wats_cache_epoch *epoch)
{
  return atomic_load_explicit(&epoch->seat, memory_order_relaxed) < 0;
}

void wats_cache_epoch_keep(struct wats_cache_epoch *epoch,
                           struct wats_cache_epoch *older)
{
  epoch->older = older;
}

void wats_cache_epoch_close(struct wats_cache_epoch *epoch)
{
  while (epoch) {
    struct wats_cache_epoch *older = epoch->older;
    wats_cache_epoch_leave(epoch);
    if (epoch->file) (void)munmap(epoch->file, sizeof *epoch->file);
    wats_free(epoch->path);
    wats_free(epoch);
    epoch = older;
  }
}
