/*
** outbox_disk.h - outboxes on a disk that fails when the test says so, reports
** that are JSON, and a look at all that is left of them.
**
** A VFS of SQLite that stands before the system's: the n-th call that changes
** something fails, with EIO's or ENOSPC's result. Calls past SQLite are those
** of durable.h, which has a door of its own.
*/
#ifndef WATS_OUTBOX_DISK_H
#define WATS_OUTBOX_DISK_H

#include "outbox_fixture.h"

#ifndef WATS_WITHOUT_QUEUE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>

#include "core/durable.h"
#include "core/lifeboat.h"

/* ---- the disk ------------------------------------------------------------ */

static struct {
  long left;  /* calls that still succeed; negative: all do */
  long times; /* and then so many fail */
  int result; /* SQLITE_FULL or SQLITE_IOERR */
  int only;   /* calls of that kind fail; 0: all that change something */
  bool has_failed;
} disk = {-1, 0, 0, 0, false};

static inline void disk_fails_after(long n, long times, int result)
{
  disk.left = n;
  disk.times = times;
  disk.result = result;
  disk.has_failed = false;
}

static inline bool disk_is_well(void)
{
  disk.left = -1;
  disk.only = 0;
  return disk.has_failed;
}

static inline int disk_call(int kind)
{
  if (disk.left < 0 ||
      (disk.only ? kind != disk.only : kind == SQLITE_IOERR_READ))
    return SQLITE_OK;
  if (disk.left > 0) {
    disk.left--;
    return SQLITE_OK;
  }
  if (disk.times <= 0) return SQLITE_OK;
  disk.times--;
  disk.has_failed = true;
  return disk.result == SQLITE_FULL && kind == SQLITE_IOERR_WRITE ? SQLITE_FULL
                                                                  : kind;
}

/*
** What was written since the last sync, and what a sync that failed has left
** behind: it is in memory, marked as written, and not on the disk. Only to be
** written again saves it.
*/
#define DISK_PIECES 4096

static struct disk_piece {
  const char *file;
  sqlite3_int64 at;
  int size;
  bool is_doomed;
} disk_pieces[DISK_PIECES];
static size_t disk_piece_count;

static inline void disk_note_write(const char *file, sqlite3_int64 at, int size)
{
  size_t i, kept = 0;
  for (i = 0; i < disk_piece_count; i++) {
    struct disk_piece *p = &disk_pieces[i];
    if (p->file != file || p->at < at || p->at + p->size > at + size)
      disk_pieces[kept++] = *p;
  }
  disk_piece_count = kept;
  if (!file) return;
  if (kept == DISK_PIECES) abort();
  disk_pieces[disk_piece_count++] = (struct disk_piece){file, at, size, false};
}

static inline void disk_note_sync(const char *file, bool failed)
{
  size_t i, kept = 0;
  for (i = 0; i < disk_piece_count; i++) {
    struct disk_piece p = disk_pieces[i];
    if (p.file == file && !p.is_doomed) {
      if (!failed) continue;
      p.is_doomed = true;
    }
    disk_pieces[kept++] = p;
  }
  disk_piece_count = kept;
}

struct disk_file {
  sqlite3_file base;
  sqlite3_file *real;
  const char *name; /* of those that count */
};
#define NAME(f) (((struct disk_file *)(f))->name)
#define REAL(f) (((struct disk_file *)(f))->real)

static int disk_close(sqlite3_file *f)
{
  return REAL(f)->pMethods->xClose(REAL(f));
}
static int disk_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
  int result = disk_call(SQLITE_IOERR_READ);
  return result ? result : REAL(f)->pMethods->xRead(REAL(f), to, n, at);
}
static int disk_write(sqlite3_file *f, const void *from, int n,
                      sqlite3_int64 at)
{
  int result = disk_call(SQLITE_IOERR_WRITE);
  /* half of it may have been written all the same */
  if (result && n > 1)
    (void)REAL(f)->pMethods->xWrite(REAL(f), from, n / 2, at);
  if (!result) disk_note_write(NAME(f), at, n);
  return result ? result : REAL(f)->pMethods->xWrite(REAL(f), from, n, at);
}
static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
  int result = disk_call(SQLITE_IOERR_TRUNCATE);
  return result ? result : REAL(f)->pMethods->xTruncate(REAL(f), size);
}
static int disk_sync(sqlite3_file *f, int flags)
{
  int result = disk_call(SQLITE_IOERR_FSYNC);
  disk_note_sync(NAME(f), result != SQLITE_OK);
  return result ? result : REAL(f)->pMethods->xSync(REAL(f), flags);
}
static int disk_size(sqlite3_file *f, sqlite3_int64 *size)
{
  return REAL(f)->pMethods->xFileSize(REAL(f), size);
}
static int disk_lock(sqlite3_file *f, int level)
{
  return REAL(f)->pMethods->xLock(REAL(f), level);
}
static int disk_unlock(sqlite3_file *f, int level)
{
  return REAL(f)->pMethods->xUnlock(REAL(f), level);
}
static int disk_reserved(sqlite3_file *f, int *out)
{
  return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}
static int disk_control(sqlite3_file *f, int what, void *argument)
{
  return REAL(f)->pMethods->xFileControl(REAL(f), what, argument);
}
static int disk_sector(sqlite3_file *f)
{
  return REAL(f)->pMethods->xSectorSize(REAL(f));
}
static int disk_traits(sqlite3_file *f)
{
  return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}
static int disk_shm_map(sqlite3_file *f, int page, int size, int extend,
                        void volatile **out)
{
  int result = extend ? disk_call(SQLITE_IOERR_SHMMAP) : SQLITE_OK;
  return result ? result
                : REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}
static int disk_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
  return REAL(f)->pMethods->xShmLock(REAL(f), at, n, flags);
}
static void disk_shm_barrier(sqlite3_file *f)
{
  REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int disk_shm_unmap(sqlite3_file *f, int remove_it)
{
  return REAL(f)->pMethods->xShmUnmap(REAL(f), remove_it);
}

static const sqlite3_io_methods disk_methods = {2,
                                                disk_close,
                                                disk_read,
                                                disk_write,
                                                disk_truncate,
                                                disk_sync,
                                                disk_size,
                                                disk_lock,
                                                disk_unlock,
                                                disk_reserved,
                                                disk_control,
                                                disk_sector,
                                                disk_traits,
                                                disk_shm_map,
                                                disk_shm_lock,
                                                disk_shm_barrier,
                                                disk_shm_unmap,
                                                NULL,
                                                NULL};

static sqlite3_vfs disk_vfs, *system_vfs;

/* The same address for the same file, whoever opens it. */
static const char *disk_name(const char *name)
{
  static char names[4][300];
  size_t i;
  if (!name) return NULL;
  for (i = 0; i < 4; i++) {
    if (!*names[i]) snprintf(names[i], sizeof names[0], "%s", name);
    if (strcmp(names[i], name) == 0) return names[i];
  }
  return NULL;
}

/* The power is cut: what was never on the disk is gone. How much that was. */
static inline size_t disk_loses_power(void)
{
  static char nothing[1 << 16];
  size_t i, lost = 0;
  for (i = 0; i < disk_piece_count; i++) {
    const struct disk_piece *p = &disk_pieces[i];
    int file = open(p->file, O_WRONLY);
    if (file < 0) continue;
    if (pwrite(file, nothing, (size_t)p->size, p->at) != p->size) abort();
    close(file);
    lost++;
  }
  return lost;
}

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f,
                     int flags, int *out_flags)
{
  struct disk_file *file = (struct disk_file *)f;
  int result = disk_call(SQLITE_CANTOPEN);
  (void)vfs;
  file->base.pMethods = NULL;
  if (result) return result;
  file->name = disk_name(name);
  file->real = (sqlite3_file *)(file + 1);
  file->real->pMethods = NULL;
  result = system_vfs->xOpen(system_vfs, name, file->real, flags, out_flags);
  if (result == SQLITE_OK) file->base.pMethods = &disk_methods;
  return result;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
  int result = disk_call(SQLITE_IOERR_DELETE);
  (void)vfs;
  return result ? result : system_vfs->xDelete(system_vfs, name, sync);
}

static inline void use_disk(void)
{
  system_vfs = sqlite3_vfs_find(NULL);
  disk_vfs = *system_vfs;
  disk_vfs.zName = "disk";
  disk_vfs.pNext = NULL;
  disk_vfs.szOsFile = system_vfs->szOsFile + (int)sizeof(struct disk_file);
  disk_vfs.xOpen = disk_open;
  disk_vfs.xDelete = disk_delete;
  sqlite3_vfs_register(&disk_vfs, 1);
}

/* ---- what is on it ------------------------------------------------------- */

static inline int remove_entry(const char *path, const struct stat *info,
                               int kind, struct FTW *where)
{
  (void)info;
  (void)kind;
  (void)where;
  return remove(path);
}

/* In memory where that can be had: nobody cuts the power here. */
static inline const char *disk_folder(void)
{
  static char folder[64];
  if (!*folder) {
    snprintf(folder, sizeof folder, "/dev/shm/wats-test-XXXXXX");
    if (!mkdtemp(folder))
      snprintf(folder, sizeof folder, "%s", scratch_folder());
  }
  return folder;
}

/* An own directory in which all lies. */
static inline const char *place(const char *name)
{
  static char paths[8][300];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/all/box%s", disk_folder(), name);
  return path;
}

static inline void clear_disk(void)
{
  char path[300];
  snprintf(path, sizeof path, "%s/all", disk_folder());
  (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  CHECK_INT(mkdir(path, 0700), 0);
}

static inline void remove_disk(void)
{
  (void)nftw(disk_folder(), remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  remove_scratch();
}

static inline void begin_on_disk(void)
{
  begin_test();
  (void)disk_is_well();
  (void)wats_durable_fail_never();
  clear_disk();
  box_options.patience_ns = 2 * S;
}

static inline enum wats_errc open_on_disk_code(void)
{
  box_options.path = place("");
  box_options.clock = &fake.clock;
  box = NULL;
  return wats_outbox_open(&box_options, &box, &error);
}

static inline void open_on_disk(void)
{
  CHECK_INT(open_on_disk_code(), WATS_OK);
  if (box) return;
  printf("%s\n", error.message);
  abort();
}

/* ---- reports ------------------------------------------------------------- */

#define BODY_SIZE 20000

/* Report n of a unit; `version` tells bodies of one uuid apart. Sizes differ,
** and are the same each time. */
static inline const char *text_of(int n, int unit, int version)
{
  static char texts[2][BODY_SIZE];
  static unsigned next;
  char *text = texts[next++ % 2];
  size_t size = 200 + (size_t)(n * 7919 % 11) * 1700, at, i;
  at = (size_t)snprintf(text, BODY_SIZE,
                        "{\"id\":\"00000000-0000-4000-8000-%012d\",\"type\":"
                        "\"T\",\"pn\":\"PN\",\"sn\":\"SN%d\",\"v\":%d,\"x\":\"",
                        n, unit, version);
  for (i = 0; i < size; i++)
    text[at++] = (char)('a' + (i * 31 + (size_t)n * 17 + i / 26) % 26);
  memcpy(text + at, "\"}", 3);
  return text;
}

static inline struct wats_outbox_report report_on(int n, int unit, int version)
{
  struct wats_outbox_report r;
  memset(&r, 0, sizeof r);
  r.body = text_of(n, unit, version);
  r.length = strlen(r.body);
  CHECK_INT(wats_report_head_read(r.body, r.length, &r.head, &error), WATS_OK);
  r.target = TARGET;
  r.priority = WATS_OUTBOX_USUAL;
  return r;
}

static inline enum wats_errc put_code(int n, int unit, int version,
                                      enum wats_outbox_receipt *receipt)
{
  struct wats_outbox_report r = report_on(n, unit, version);
  return wats_outbox_submit(box, &r, 1, receipt, &error);
}

static inline enum wats_outbox_receipt put(int n, int unit, int version)
{
  enum wats_outbox_receipt receipt = WATS_OUTBOX_NEW;
  CHECK_INT(put_code(n, unit, version, &receipt), WATS_OK);
  return receipt;
}

static inline int number_of(const unsigned char uuid[WATS_UUID])
{
  char text[WATS_UUID_TEXT];
  wats_uuid_write(uuid, text);
  return (int)strtol(text + 24, NULL, 10);
}

static inline int field_of(const char *body, const char *name)
{
  const char *at = body ? strstr(body, name) : NULL;
  return at ? (int)strtol(at + strlen(name), NULL, 10) : -1;
}

/* Is it, byte by byte, what was handed in? */
static inline bool is_as_handed_in(const char *body, size_t length)
{
  int n = field_of(body, "-8000-"), unit = field_of(body, "\"sn\":\"SN");
  int version = field_of(body, "\"v\":");
  const char *expected;
  if (n < 0 || unit < 0 || version < 0) return false;
  expected = text_of(n, unit, version);
  return length == strlen(expected) && memcmp(body, expected, length) == 0;
}

/* ---- where they are ------------------------------------------------------ */

#define MOST_REPORTS 200

/* versions that are claimed, and how often; whether a dead row is there */
static int version_of[MOST_REPORTS], times_claimed[MOST_REPORTS];
static bool is_dead[MOST_REPORTS];

static inline void take_note(const struct wats_outbox_claim *c)
{
  int n = number_of(c->uuid);
  CHECK(is_as_handed_in(c->body, c->length));
  if (n < 0 || n >= MOST_REPORTS) return;
  version_of[n] = field_of(c->body, "\"v\":");
  times_claimed[n]++;
}

static inline void list_dead(void)
{
  struct wats_outbox_query q = {.limit = 1000,
                                .states = 1u << WATS_OUTBOX_DEAD};
  struct wats_outbox_row *found = NULL;
  size_t count = 0, i;
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  for (i = 0; i < count; i++) {
    int n = number_of(found[i].uuid);
    if (n >= 0 && n < MOST_REPORTS) is_dead[n] = true;
  }
  wats_free(found);
}

/* Sends all there is. How many. */
static inline int drain(void)
{
  int sent_now = 0, idle = 0;
  memset(times_claimed, 0, sizeof times_claimed);
  memset(is_dead, 0, sizeof is_dead);
  while (idle < 3) {
    struct wats_outbox_settlement settlements[MOST];
    size_t i, count;
    drop_claims();
    CHECK_INT(turn_of(TARGET, NULL, 0, 16), WATS_OK);
    idle = claimed ? 0 : idle + 1;
    /* what is left waits for its time */
    if (!claimed) wats_fake_clock_advance(&fake, 7200 * S);
    count = claimed;
    for (i = 0; i < count; i++) {
      take_note(&claims[i]);
      settlements[i] = outcome(i, WATS_OUTBOX_SENT);
    }
    if (!count) continue;
    if (turn_of(TARGET, settlements, count, 0) != WATS_OK) {
      CHECK_STR(error.message, "");
      return sent_now;
    }
    for (i = 0; i < count; i++)
      sent_now += !settlements[i].lost;
  }
  list_dead();
  return sent_now;
}

#endif

#endif
