/*
** ballast.h - a file that does nothing but take up room, so that there is some
** when the disk is full: who delivers gives it up, and can then delete what was
** sent, which takes room too.
**
** Its bytes are written, and do not repeat, so that no file system stores less
** of it; its first line says what it is. It is grown in small pieces, and only
** while the disk has more room than it needs. A file of that name that is none
** of ours is never touched, a symbolic link not followed.
** One caller at a time for one path (the outbox has its lock for that).
*/
#ifndef WATS_BALLAST_H
#define WATS_BALLAST_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* How much is written by one call. */
#define WATS_BALLAST_PIECE (512 << 10)

/*
** Brings the file one piece nearer to `size` bytes, synced; `whole` says
** whether it is that now. Nothing is done while the disk would not have `spare`
** bytes left besides. WATS_ERR_IO: it cannot be, by permission, or another's
** file is there; WATS_ERR_QUEUE_FULL: the disk was fuller than it said: what
** was written is removed. WATS_ERR_MEMORY.
*/
enum wats_errc wats_ballast_grow(const char *path, uint64_t size,
                                 uint64_t spare, bool *whole,
                                 struct wats_error *error);
/* True: some room was made. */
bool wats_ballast_give_up(const char *path);

#endif
