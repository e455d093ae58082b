/*
** ballast.h - a file that does nothing but take up room, so that there is some
** when the disk is full: who delivers gives it up, and can then delete what was
** sent, which takes room too.
**
** Its room is allocated, or where the file system cannot do that, written in
** pieces with bytes that do not repeat, so that nothing stores less of it. Its
** first line says what it is, and stays when it is given up. It is made only
** while the disk has more room than it needs. A file of that name that is none
** of ours is never touched, a symbolic link not followed.
** One caller at a time for one path (the outbox has its lock for that).
*/
#ifndef WATS_BALLAST_H
#define WATS_BALLAST_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* How much is written by one call, where it has to be written. */
#define WATS_BALLAST_PIECE (512 << 10)

/*
** Brings the file nearer to `size` bytes, synced; `whole` says whether it is
** that now. Nothing is done while the disk would not have `spare` bytes left
** besides. WATS_ERR_IO: it cannot be, by permission, or another's file is
*there;
** WATS_ERR_QUEUE_FULL: the disk was fuller than it said: what was taken is
*given
** back. WATS_ERR_MEMORY.
*/
enum wats_errc wats_ballast_grow(const char *path, uint64_t size,
                                 uint64_t spare, bool *whole,
                                 struct wats_error *error);
/* True: some room was made. */
bool wats_ballast_give_up(const char *path);
/* How much is lacking of `size` since it was given up; 0: it is whole, or never
** was made. One system call. */
uint64_t wats_ballast_lacks(const char *path, uint64_t size);

#endif
