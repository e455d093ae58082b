/*
** log_file.h - a file of lines that several processes may write at once, kept
** within bounds by rotation.
**
** A line goes out by one write to the end of the file (O_APPEND), so lines of
** different processes and threads do not mix. When a line would make the file
** larger than `max_bytes`, the file becomes <path>.1, what was there before
** <path>.2 and so on up to <path>.<keep>, and a new one is begun. All of it is
** done by renaming: a line written meanwhile stands in <path>.1, none is lost
** but with the file that is the oldest. One process at a time rotates (flock on
** the file itself); the others see that the name leads to another file, and
** follow. A file that somebody removed or moved is begun anew.
**
** What cannot be written (full disk, a directory that is gone) is dropped, and
** the caller told; the next line tries again. A line that found room for a part
** of itself is taken back. Nothing waits but for the disk, and 50 ms at most
** for somebody who rotates; if that is not over by then, or the directory
** cannot be changed, the file grows beyond `max_bytes` rather than lose lines.
** Nothing is synced: a power cut may take the last lines.
**
** One thread at a time. The descriptor is not inherited by programs that are
** started; a forked child may go on writing.
*/
#ifndef WATS_LOG_FILE_H
#define WATS_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define WATS_LOG_FILE_MAX_KEEP 100

struct wats_log_file;

/* `max_bytes` 0: never rotated; `keep` is 1 to WATS_LOG_FILE_MAX_KEEP. The file
** is made if there is none. WATS_ERR_IO: no regular file that can be written;
** WATS_ERR_MEMORY. */
enum wats_errc wats_log_file_open(const char *path, uint64_t max_bytes,
                                  unsigned keep, struct wats_log_file **out,
                                  struct wats_error *error);
/* `line` with its end. WATS_ERR_IO: it was dropped. */
enum wats_errc wats_log_file_write(struct wats_log_file *file, const char *line,
                                   size_t length, struct wats_error *error);
/* By this object; others may have rotated as well. */
uint64_t wats_log_file_rotations(const struct wats_log_file *file);
/* Accepts NULL. */
void wats_log_file_close(struct wats_log_file *file);

#endif
