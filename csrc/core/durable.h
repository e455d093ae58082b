/*
** durable.h - the system calls by which files come to be on the disk for good,
** each in its whole: no short write, no interruption, no descriptor that a
** child would inherit, no symbolic link that is followed in a last component.
**
** What came back as done is not asked for again: a sync that failed may have
** lost what it should have kept, and a second one would say that all is well.
** So whoever is told of a failure has to write everything anew, elsewhere.
**
** Each returns 0 or an errno. Names are relative to a directory that is open,
** or AT_FDCWD. Any thread; nothing is allocated.
*/
#ifndef WATS_DURABLE_H
#define WATS_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What was just opened, as a descriptor above those of the standard files: in a
** process that was started without them whatever it prints would get into the
** file. -1 and errno, as `file` is passed on, or if there is none left. */
int wats_durable_above_standard(int file);

/* `flags` as for open(2). The descriptor is for wats_durable_close, and no
** standard file's. */
int wats_durable_open(int folder, const char *name, int flags, mode_t mode,
                      int *out);
/* A directory, not by a symbolic link. */
int wats_durable_open_folder(int folder, const char *name, int *out);
/* Accepts -1. Tells no failure: what counts was synced before. */
void wats_durable_close(int file);

/* Where the file stands. */
int wats_durable_write(int file, const void *bytes, size_t length);
/* As many as are there, `length` at most. */
int wats_durable_read(int file, void *bytes, size_t length, size_t *got);
int wats_durable_sync(int file);
/* Of a directory: that its names stay. Where the file system has no such call
** it needs none. */
int wats_durable_sync_folder(int folder);

/* Whatever the umask. EEXIST: there is something of that name. */
int wats_durable_make_folder(int folder, const char *name, mode_t mode);
int wats_durable_rename(int from_folder, const char *from, int to_folder,
                        const char *to);
/* `flags` 0 or AT_REMOVEDIR. */
int wats_durable_remove(int folder, const char *name, int flags);

/* "There is no room", of the disk or of who owns the file. */
bool wats_durable_is_full(int reason);

/*
** Test hook: the next `count` calls of those above that change something (all
** but close and read) succeed, the `times` after fail with `reason`, and what
** follows succeeds again. Process-wide.
*/
void wats_durable_fail_after(long count, long times, int reason);
/* True: since it was set a call has failed by that. Ends it. */
bool wats_durable_fail_never(void);

#endif
