/*
** db.h - SQLite files: finding out what is there, opening, migrating, setting
** a damaged one aside, and SQLite's failures in our words.
**
** What a file is for is its owner's business: he gives the application id, the
** steps that bring its schema from one version to the next, and the settings;
** he also prepares his own statements. A connection belongs to one thread at a
** time. None may cross a fork: its owner closes it before (at_fork.h), since
** SQLite keeps locks of the process in memory that a child would inherit
** without having them.
**
** The file is readable by its owner alone, whatever the umask. Nothing here
** opens the file but SQLite, except to make it where there is none: a process
** that closes any descriptor of a database drops SQLite's locks on it.
** Text that goes into errors never holds what is stored.
** Built with WATS_WITHOUT_QUEUE there is no SQLite, and opening says so.
*/
#ifndef WATS_DB_H
#define WATS_DB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct sqlite3;
struct sqlite3_stmt;

/* What is wrong, as far as the owner must act differently. */
enum wats_db_trouble {
  WATS_DB_FINE,
  WATS_DB_UNUSABLE, /* no such directory, no permission, not a file: somebody
                       has to mend it */
  WATS_DB_DAMAGED,  /* not a database, or one with damage: set it aside */
  WATS_DB_FOREIGN,  /* another program's database: leave it alone */
  WATS_DB_NEWER,    /* of a later version of ours: likewise */
  WATS_DB_MOVED,    /* its file was put elsewhere or deleted: open anew */
  WATS_DB_BUSY,     /* another connection was at it for too long */
  WATS_DB_FULL,     /* no room on the disk, or its own bound */
  WATS_DB_FAILED    /* memory, or the disk */
};

/*
** Where a file is: "<real directory>/<name>", so that two ways to one file are
** one, whether it is there or not. For wats_free. WATS_ERR_IO: it names no
** file, or its directory is not there; WATS_ERR_MEMORY.
*/
enum wats_errc wats_db_locate(const char *path, char **out,
                              struct wats_error *error);

/* Outlives the connection. */
struct wats_db_options {
  const char *path;
  int application_id;            /* in the file's head; not 0 */
  const char *const *migrations; /* [n]: statements from version n to n + 1 */
  int version;                   /* how many there are */
  const char *settings;          /* statements for every connection: PRAGMAs */
  const char *at_birth; /* before a new file gets its tables, or NULL */
  /* How often SQLite may find it locked before it gives up; each time it
  ** sleeps `nap_us`. `stop`, which may be NULL, ends that at once when true. */
  unsigned naps, nap_us;
  const _Atomic bool *stop;
};

/*
** Opens it, makes it where it is missing, brings it to the present version.
** WATS_ERR_IO with the reason in `trouble`; also WATS_ERR_MEMORY, and
** WATS_ERR_ARGUMENT when this build has no SQLite.
*/
enum wats_errc wats_db_open(const struct wats_db_options *options,
                            struct sqlite3 **out, enum wats_db_trouble *trouble,
                            struct wats_error *error);
/* Finalises the statements that are left. Accepts NULL. */
void wats_db_close(struct sqlite3 *db);

/* Statements without results. */
enum wats_errc wats_db_run(struct sqlite3 *db, const char *statements,
                           enum wats_db_trouble *trouble,
                           struct wats_error *error);
/* A statement that is kept. */
enum wats_errc wats_db_prepare(struct sqlite3 *db, const char *text,
                               struct sqlite3_stmt **out,
                               enum wats_db_trouble *trouble,
                               struct wats_error *error);
/* A single number, such as a PRAGMA's; -1 when it cannot be had. */
int64_t wats_db_number(struct sqlite3 *db, const char *statement);

/* For the transaction that writes: takes the right to write at once, so that
** it does not fail half-way. */
enum wats_errc wats_db_begin(struct sqlite3 *db, enum wats_db_trouble *trouble,
                             struct wats_error *error);
enum wats_errc wats_db_commit(struct sqlite3 *db, enum wats_db_trouble *trouble,
                              struct wats_error *error);
void wats_db_rollback(struct sqlite3 *db);

/* What SQLite's result means. */
enum wats_db_trouble wats_db_trouble(int result);
/* Fills `error` with SQLite's words for the last failure of `db`. */
enum wats_errc wats_db_fail(struct sqlite3 *db, int result,
                            enum wats_db_trouble *trouble,
                            struct wats_error *error, const char *what);

/*
** Renames the file to "<path>.damaged-<seconds since 1970>", with a number
** behind it where that exists already, and what belongs to it with it. Nobody
** may have it open. `name` receives the new name, cut to `size`.
*/
enum wats_errc wats_db_set_aside(const char *path, char *name, size_t size,
                                 struct wats_error *error);

#endif
