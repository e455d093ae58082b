/*
** lifeboat.h - a directory of reports as files, for when the database cannot
** take them: each in a file of its own, whole as it was handed over, so that
** people and other programs can read it too.
**
**   <directory>/<target, percent-encoded>/
**     <wall clock ns>-<pid>-<n>-<priority>-<CRC-32C>-<unit>-<uuid>.wsjf
**
** What it promises
**   - What wats_lifeboat_save returned WATS_OK for is on the disk for good: the
**     file is written and synced under another name, renamed, and then all
**     directories above it are synced, up to the one that holds the lifeboat.
**   - What is read is what was written, by the CRC in the name; what does not
**     match is put into "<directory>/damaged", and stays there.
**   - Files that nobody here wrote are left alone, symbolic links are not
**     followed, and directories below that belong to another user not entered.
**     Files are readable by their owner alone, and so are the directories made.
**   - The order is that of saving, in one process also when the wall clock is
**     set back.
**
** Needs no lock: saving is safe beside whatever others do. Who takes files out
** must be one at a time (the outbox has its lock for that), or may read one
** twice. It knows nothing of what takes them in. Any thread.
** WATS_ERR_QUEUE_FULL: there is no room; WATS_ERR_IO: whatever else the system
** says; WATS_ERR_MEMORY.
*/
#ifndef WATS_LIFEBOAT_H
#define WATS_LIFEBOAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "error.h"
#include "report_head.h"

struct wats_lifeboat_report { /* all borrowed */
  const char *target;
  int priority; /* 0 .. 99 */
  unsigned char uuid[WATS_UUID];
  uint32_t unit; /* what the caller likes; wats_lifeboat_unit */
  const char *body;
  size_t length;
};

/* A number for a unit, by which its files are known without reading them. Two
** units may have the same. */
uint32_t wats_lifeboat_unit(const char *part_number, const char *serial_number);

/*
** All or none; on failure none is left, as far as the system lets us. (But a
*power cut in the middle of
** several may leave some of them, which nobody was told are safe.) Makes the
** directory where it is missing, not what it lies in. A target whose name is
** too long for a file name is refused (WATS_ERR_IO).
*/
enum wats_errc wats_lifeboat_save(const char *directory,
                                  const struct wats_lifeboat_report *reports,
                                  size_t count, const struct wats_clock *clock,
                                  struct wats_error *error);

/* May there be something? One system call. */
bool wats_lifeboat_is_there(const char *directory);

struct wats_lifeboat_file {
  int64_t wall_ns; /* when it was saved */
  unsigned long pid, number;
  int priority;
  uint32_t crc, unit;
  unsigned char uuid[WATS_UUID];
  uint64_t size;
  char target[256];
  char folder[256], name[160]; /* below the directory */
};

struct wats_lifeboat_query {
  size_t limit;
  const struct wats_lifeboat_file *after; /* NULL: from the beginning */
  /* NULL: all. Called for many; `size` is not filled in then. */
  bool (*wanted)(const struct wats_lifeboat_file *file, void *context);
  void *context;
};

/*
** The first `limit` of those that are wanted, in their order. `files` is for
** wats_free; NULL with a count of 0. No directory: none. Reads all names once
** and holds `limit` of them.
*/
enum wats_errc wats_lifeboat_scan(const char *directory,
                                  const struct wats_lifeboat_query *query,
                                  struct wats_lifeboat_file **files,
                                  size_t *count, struct wats_error *error);
/* How many there are; as far as the directory can be read. */
uint64_t wats_lifeboat_count(const char *directory);

enum wats_lifeboat_state {
  WATS_LIFEBOAT_WHOLE,
  WATS_LIFEBOAT_GONE,   /* somebody has taken it away */
  WATS_LIFEBOAT_DAMAGED /* its bytes are not those that were written */
};
/* `body` (for wats_free, with a NUL behind it) only for a whole one; `size` is
** its length then. */
enum wats_errc wats_lifeboat_read(const char *directory,
                                  struct wats_lifeboat_file *file,
                                  enum wats_lifeboat_state *state, char **body,
                                  struct wats_error *error);

/* Can files be taken out of there? To be asked before one is taken in
** elsewhere, since it would come again and again. */
bool wats_lifeboat_is_open(const char *directory,
                           const struct wats_lifeboat_file *file);
/*
** For good; and then the directories that are empty. All that can be removed
** is, also when one cannot (WATS_ERR_IO). One that is gone is removed already.
*/
enum wats_errc wats_lifeboat_remove(const char *directory,
                                    const struct wats_lifeboat_file *files,
                                    size_t count, struct wats_error *error);
/* To "<directory>/damaged/<folder>/<name>". */
enum wats_errc wats_lifeboat_put_aside(const char *directory,
                                       const struct wats_lifeboat_file *file,
                                       struct wats_error *error);
/* Removes what a process left half written that ended over an hour ago. */
void wats_lifeboat_clean(const char *directory, const struct wats_clock *clock);

#endif
