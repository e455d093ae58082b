/*
** lifeboat_names.h - what files and directories of a lifeboat are called, and
** how its directories are opened. For lifeboat*.c only.
**
** A name says all that is not in the body. It is read strictly: what these
** functions would not have written is somebody else's.
*/
#ifndef WATS_LIFEBOAT_NAMES_H
#define WATS_LIFEBOAT_NAMES_H

#include "lifeboat.h"

#define WATS_LIFEBOAT_DAMAGES "damaged"
#define WATS_LIFEBOAT_PRIVATE 0700 /* directories */
/* Before the name of a file that is being written. */
#define WATS_LIFEBOAT_PART ".part-"

/* False: it is too long, or empty. */
bool wats_lifeboat_encode_target(const char *target, char *out, size_t size);
bool wats_lifeboat_decode_target(const char *folder, char *out, size_t size);

/* Fills `name` from the rest. */
void wats_lifeboat_write_name(struct wats_lifeboat_file *file);
/* Fills the rest from `name`, but for target, folder and size. */
bool wats_lifeboat_read_name(const char *name, struct wats_lifeboat_file *file);
/* <0: a comes before b. */
int wats_lifeboat_compare(const struct wats_lifeboat_file *a,
                          const struct wats_lifeboat_file *b);

/* Descriptor, 0 or an errno. ENOENT: it is not there. EPERM: another user's. */
int wats_lifeboat_open_folder(int root, const char *folder, int *out);

#endif
