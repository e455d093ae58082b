/*
** db.c - see db.h.
*/
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"

#ifndef WATS_WITHOUT_QUEUE
#include <sqlite3.h>

/* ---- where it is -------------------------------------------------------- */

static enum wats_errc join(const char *folder, const char *name, char **out,
                           struct wats_error *error)
{
  size_t size = strlen(folder) + strlen(name) + 2;
  *out = wats_malloc(size);
  if (!*out) return wats_fail_memory(error);
  (void)snprintf(*out, size, "%s%s%s", folder,
                 strcmp(folder, "/") == 0 ? "" : "/", name);
  return WATS_OK;
}

enum wats_errc wats_db_locate(const char *path, char **out,
                              struct wats_error *error)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  char *folder = slash ? wats_strndup(path, (size_t)(slash - path) + 1)
                       : wats_strndup("./", 2);
  char real[PATH_MAX];
  enum wats_errc code;
  *out = NULL;
  if (!folder) return wats_fail_memory(error);
  if (!*name)
    code = wats_fail(error, WATS_ERR_IO, "%s: that is no file", path);
  else if (!realpath(folder, real))
    code =
        wats_fail_errno(error, WATS_ERR_IO, errno, "no directory for %s", path);
  else
    code = join(real, name, out, error);
  wats_free(folder);
  return code;
}

/* ---- failures ----------------------------------------------------------- */

enum wats_db_trouble wats_db_trouble(int result)
{
  switch (result & 0xff) {
  case SQLITE_OK:
  case SQLITE_ROW:
  case SQLITE_DONE:
    return WATS_DB_FINE;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
    return WATS_DB_DAMAGED;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return WATS_DB_BUSY;
  case SQLITE_FULL:
    return WATS_DB_FULL;
  case SQLITE_READONLY:
    return result == SQLITE_READONLY_DBMOVED ? WATS_DB_MOVED : WATS_DB_UNUSABLE;
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_CANTOPEN:
    return WATS_DB_UNUSABLE;
  default:
    return WATS_DB_FAILED;
  }
}

enum wats_errc wats_db_fail(struct sqlite3 *db, int result,
                            enum wats_db_trouble *trouble,
                            struct wats_error *error, const char *what)
{
  if (trouble) *trouble = wats_db_trouble(result);
  if (result == SQLITE_NOMEM) return wats_fail_memory(error);
  /* The result's own text: a connection's may repeat what was stored. */
  (void)db;
  return wats_fail(error, WATS_ERR_IO, "%s: %s", what, sqlite3_errstr(result));
}

/* ---- statements --------------------------------------------------------- */

enum wats_errc wats_db_run(struct sqlite3 *db, const char *statements,
                           enum wats_db_trouble *trouble,
                           struct wats_error *error)
{
  int result = sqlite3_exec(db, statements, NULL, NULL, NULL);
  if (result == SQLITE_OK) return WATS_OK;
  return wats_db_fail(db, sqlite3_extended_errcode(db), trouble, error,
                      "cannot use the database");
}

enum wats_errc wats_db_prepare(struct sqlite3 *db, const char *text,
                               struct sqlite3_stmt **out,
                               enum wats_db_trouble *trouble,
                               struct wats_error *error)
{
  int result =
      sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
  if (result == SQLITE_OK) return WATS_OK;
  return wats_db_fail(db, sqlite3_extended_errcode(db), trouble, error,
                      "cannot prepare a statement");
}

int64_t wats_db_number(struct sqlite3 *db, const char *statement)
{
  struct sqlite3_stmt *s = NULL;
  int64_t number = -1;
  if (sqlite3_prepare_v2(db, statement, -1, &s, NULL) != SQLITE_OK) return -1;
  if (sqlite3_step(s) == SQLITE_ROW) number = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
  return number;
}

enum wats_errc wats_db_begin(struct sqlite3 *db, enum wats_db_trouble *trouble,
                             struct wats_error *error)
{
  return wats_db_run(db, "BEGIN IMMEDIATE", trouble, error);
}

enum wats_errc wats_db_commit(struct sqlite3 *db, enum wats_db_trouble *trouble,
                              struct wats_error *error)
{
  enum wats_errc code = wats_db_run(db, "COMMIT", trouble, error);
  if (code != WATS_OK) wats_db_rollback(db);
  return code;
}

void wats_db_rollback(struct sqlite3 *db)
{
  if (!sqlite3_get_autocommit(db))
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- the file ----------------------------------------------------------- */

static enum wats_errc unusable(enum wats_db_trouble *trouble,
                               struct wats_error *error, int reason,
                               const char *what, const char *path)
{
  *trouble =
      reason == ENOSPC || reason == EDQUOT ? WATS_DB_FULL : WATS_DB_UNUSABLE;
  return wats_fail_errno(error, WATS_ERR_IO, reason, "%s %s", what, path);
}

/* Made before SQLite opens it, or the umask would decide who may read it. */
static enum wats_errc make_file(const char *path, enum wats_db_trouble *trouble,
                                struct wats_error *error)
{
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
  int reason = file < 0 ? errno : 0;
  if (reason == EEXIST) return WATS_OK; /* another was quicker */
  if (!reason && fchmod(file, S_IRUSR | S_IWUSR) != 0) reason = errno;
  if (file >= 0) close(file);
  if (!reason) return WATS_OK;
  return unusable(trouble, error, reason, "cannot make", path);
}

static enum wats_errc check_file(const char *path,
                                 enum wats_db_trouble *trouble,
                                 struct wats_error *error)
{
  struct stat info;
  if (lstat(path, &info) != 0) {
    if (errno == ENOENT) return make_file(path, trouble, error);
    return unusable(trouble, error, errno, "cannot use", path);
  }
  if (!S_ISREG(info.st_mode)) {
    *trouble = WATS_DB_UNUSABLE;
    return wats_fail(error, WATS_ERR_IO, "cannot use %s: it is %s", path,
                     S_ISDIR(info.st_mode)   ? "a directory"
                     : S_ISLNK(info.st_mode) ? "a symbolic link"
                                             : "not a file");
  }
  if (access(path, R_OK | W_OK) != 0)
    return unusable(trouble, error, errno, "cannot use", path);
  return WATS_OK;
}

/* Once it is known to be ours. */
static enum wats_errc make_private(const char *path,
                                   enum wats_db_trouble *trouble,
                                   struct wats_error *error)
{
  struct stat info;
  if (lstat(path, &info) != 0)
    return unusable(trouble, error, errno, "cannot use", path);
  if ((info.st_mode & 077) && chmod(path, S_IRUSR | S_IWUSR) != 0)
    return unusable(trouble, error, errno, "others may read", path);
  return WATS_OK;
}

static int on_busy(void *context, int times)
{
  const struct wats_db_options *o = context;
  struct timespec nap = {0, (long)o->nap_us * 1000};
  if ((unsigned)times >= o->naps || (o->stop && atomic_load(o->stop))) return 0;
  nanosleep(&nap, NULL);
  return 1;
}

/* ---- what is in it ------------------------------------------------------ */

static enum wats_errc refuse_foreign(const struct wats_db_options *o,
                                     enum wats_db_trouble *trouble,
                                     struct wats_error *error)
{
  *trouble = WATS_DB_FOREIGN;
  return wats_fail(error, WATS_ERR_IO,
                   "cannot use %s: it is another program's database", o->path);
}

/* Looked at before anything is changed: settings stay in the file, too. What
** cannot be read is told of by what comes next. Another process may be making
** the file: number and tables come at once, so the number is read last. */
static bool is_foreign(struct sqlite3 *db, const struct wats_db_options *o)
{
  int64_t things = wats_db_number(db, "SELECT count(*) FROM sqlite_schema");
  int64_t id = wats_db_number(db, "PRAGMA application_id");
  return id != o->application_id && (id > 0 || (id == 0 && things > 0));
}

/* In the transaction: makes or brings up to date. */
static enum wats_errc migrate(struct sqlite3 *db,
                              const struct wats_db_options *o,
                              enum wats_db_trouble *trouble,
                              struct wats_error *error)
{
  int64_t id = wats_db_number(db, "PRAGMA application_id");
  int64_t version = wats_db_number(db, "PRAGMA user_version");
  int64_t things = wats_db_number(db, "SELECT count(*) FROM sqlite_schema");
  enum wats_errc code = WATS_OK;
  char stamp[96];
  if (id < 0 || version < 0 || things < 0)
    return wats_db_fail(db, sqlite3_extended_errcode(db), trouble, error,
                        "cannot read the database");
  if (id != o->application_id && (id || things))
    return refuse_foreign(o, trouble, error);
  if (version > o->version) {
    *trouble = WATS_DB_NEWER;
    return wats_fail(error, WATS_ERR_IO,
                     "cannot use %s: a later version wrote it", o->path);
  }
  for (; code == WATS_OK && version < o->version; version++)
    code = wats_db_run(db, o->migrations[version], trouble, error);
  if (code != WATS_OK) return code;
  (void)snprintf(stamp, sizeof stamp,
                 "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 o->application_id, o->version);
  return wats_db_run(db, stamp, trouble, error);
}

static bool is_current(struct sqlite3 *db, const struct wats_db_options *o)
{
  return wats_db_number(db, "PRAGMA application_id") == o->application_id &&
         wats_db_number(db, "PRAGMA user_version") == o->version;
}

static enum wats_errc prepare_file(struct sqlite3 *db,
                                   const struct wats_db_options *o,
                                   enum wats_db_trouble *trouble,
                                   struct wats_error *error)
{
  enum wats_errc code;
  if (is_foreign(db, o)) return refuse_foreign(o, trouble, error);
  if (wats_db_number(db, "PRAGMA application_id") < 0) /* whose is it? */
    return wats_db_fail(db, sqlite3_extended_errcode(db), trouble, error,
                        "cannot read the database");
  code = make_private(o->path, trouble, error);
  if (code == WATS_OK)
    code = wats_db_run(db, o->settings ? o->settings : "", trouble, error);
  if (code != WATS_OK || is_current(db, o)) return code;
  if (o->at_birth && wats_db_number(db, "PRAGMA page_count") == 0)
    code = wats_db_run(db, o->at_birth, trouble, error);
  if (code == WATS_OK) code = wats_db_begin(db, trouble, error);
  if (code != WATS_OK) return code;
  code = migrate(db, o, trouble, error);
  if (code == WATS_OK) return wats_db_commit(db, trouble, error);
  wats_db_rollback(db);
  return code;
}

enum wats_errc wats_db_open(const struct wats_db_options *options,
                            struct sqlite3 **out, enum wats_db_trouble *trouble,
                            struct wats_error *error)
{
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  struct sqlite3 *db = NULL;
  enum wats_errc code;
  int result;
  *trouble = WATS_DB_FAILED;
  code = check_file(options->path, trouble, error);
  if (code != WATS_OK) return code;
  result = sqlite3_open_v2(options->path, &db, flags, NULL);
  if (result != SQLITE_OK) {
    code = wats_db_fail(db, db ? sqlite3_extended_errcode(db) : result, trouble,
                        error, options->path);
  } else {
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_busy_handler(db, on_busy, (void *)options);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    code = prepare_file(db, options, trouble, error);
  }
  if (code != WATS_OK) {
    wats_db_close(db);
    return code;
  }
  *trouble = WATS_DB_FINE;
  *out = db;
  return WATS_OK;
}

void wats_db_close(struct sqlite3 *db)
{
  struct sqlite3_stmt *s;
  while (db && (s = sqlite3_next_stmt(db, NULL)) != NULL)
    sqlite3_finalize(s);
  (void)sqlite3_close(db);
}

/* ---- setting aside ------------------------------------------------------ */

static bool exists(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0;
}

/* "<name><ending>", for wats_free; NULL when memory is short. */
static char *joined(const char *name, const char *ending)
{
  size_t size = strlen(name) + strlen(ending) + 1;
  char *text = wats_malloc(size);
  if (text) (void)snprintf(text, size, "%s%s", name, ending);
  return text;
}

/* What SQLite keeps beside it goes along: it must not be taken for a part of
** the next file of that name. */
static enum wats_errc move_beside(const char *path, const char *to,
                                  const char *ending)
{
  char *from = joined(path, ending), *aside = joined(to, ending);
  bool known = from && aside;
  if (known && exists(from) && rename(from, aside) != 0) (void)unlink(from);
  wats_free(from);
  wats_free(aside);
  return known ? WATS_OK : WATS_ERR_MEMORY;
}

/* A name that nothing has. */
static char *free_name(const char *path)
{
  int64_t now = wats_clock_wall(&wats_system_clock) / WATS_NS_PER_S;
  char ending[64], *name;
  int n;
  for (n = 1; n < 1000; n++) {
    (void)snprintf(ending, sizeof ending,
                   n == 1 ? ".damaged-%lld" : ".damaged-%lld-%d",
                   (long long)now, n);
    name = joined(path, ending);
    if (!name || !exists(name)) return name;
    wats_free(name);
  }
  return joined(path, ".damaged");
}

enum wats_errc wats_db_set_aside(const char *path, char *name, size_t size,
                                 struct wats_error *error)
{
  static const char *const endings[] = {"-journal", "-wal", "-shm"};
  char *to = free_name(path);
  enum wats_errc code = WATS_OK;
  size_t i;
  if (!to) return wats_fail_memory(error);
  /* First, or what is left would be played into the next file. */
  for (i = 0; i < sizeof endings / sizeof *endings; i++)
    if (move_beside(path, to, endings[i]) != WATS_OK) {
      wats_free(to);
      return wats_fail_memory(error);
    }
  if (rename(path, to) != 0)
    code = wats_fail_errno(error, WATS_ERR_IO, errno,
                           "cannot set the damaged file %s aside", path);
  else if (size)
    (void)snprintf(name, size, "%s", to);
  wats_free(to);
  return code;
}

#else /* WATS_WITHOUT_QUEUE */

enum wats_errc wats_db_open(const struct wats_db_options *options,
                            struct sqlite3 **out, enum wats_db_trouble *trouble,
                            struct wats_error *error)
{
  (void)options;
  (void)out;
  *trouble = WATS_DB_UNUSABLE;
  return wats_fail(error, WATS_ERR_ARGUMENT, "built without SQLite");
}

#endif
