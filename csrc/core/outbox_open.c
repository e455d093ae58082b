/*
** outbox_open.c - instances: one for each file, whatever it is called by; how
** they begin and end, and what a fork means to them.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

#include "alloc.h"
#include "at_fork.h"
#include "log.h"

/* How long SQLite waits for one who uses the file without our lock. */
#define NAPS   250
#define NAP_US 2000

static struct wats_outbox *all; /* under list_lock */
static struct wats_mutex list_lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;

/* ---- fork --------------------------------------------------------------- */

/* Nobody is in a transaction then, and no handle of SQLite comes to be in the
** child. Closing needs no lock: nothing is brought into the file by it. */
static void before_fork(void)
{
  struct wats_outbox *o;
  wats_mutex_lock(&list_lock);
  for (o = all; o; o = o->next) {
    wats_mutex_lock(&o->mutex);
    while (o->held)
      wats_cond_wait(&o->freed, &o->mutex);
    o->held = true;
    wats_mutex_unlock(&o->mutex);
    wats_outbox_disconnect(o);
    wats_mutex_lock(&o->mutex);
    o->held = false;
  }
}

static void in_parent(void)
{
  struct wats_outbox *o;
  for (o = all; o; o = o->next) {
    wats_cond_broadcast(&o->freed);
    wats_mutex_unlock(&o->mutex);
  }
  wats_mutex_unlock(&list_lock);
}

/* A lock on the side file would be the parent's as well. Whoever waited or
** listened is in the parent. */
static void in_child(void)
{
  struct wats_outbox *o;
  for (o = all; o; o = o->next) {
    wats_outbox_close_lock(o);
    o->first = NULL;
    o->last = &o->first;
    o->listening = 0;
    (void)wats_cond_init(&o->freed);
    wats_mutex_unlock(&o->mutex);
  }
  wats_mutex_unlock(&list_lock);
}

static void prepare_process(void)
{
  (void)wats_at_fork(WATS_FORK_OUTBOX, before_fork, in_parent, in_child);
}

/* ---- where -------------------------------------------------------------- */

bool wats_outbox_is_far(uint64_t kind)
{
  static const uint64_t far[] = {
      0x6969,     /* NFS */
      0x517B,     /* SMB */
      0xFF534D42, /* CIFS */
      0xFE534D42, /* SMB 2 */
      0x5346414F, /* AFS */
      0x6B414653, /* AFS, the kernel's own */
      0x73757245, /* Coda */
      0x564C,     /* NCP */
  };
  size_t i;
  for (i = 0; i < sizeof far / sizeof *far; i++)
    if (far[i] == kind) return true;
  return false;
}

/* Locks, and memory that processes share, do not work there as they must. The
** directory of `path` is looked at: the file may not be there. */
static bool is_on_network(char *path)
{
  struct statfs info;
  char *name = strrchr(path, '/') + 1, first = *name;
  int failed;
  *name = '\0';
  failed = statfs(path, &info);
  *name = first;
  if (failed) return false;
#if defined(__linux__)
  return wats_outbox_is_far((uint64_t)info.f_type & UINT32_MAX);
#else
  return (info.f_flags & MNT_LOCAL) == 0;
#endif
}

/* See wats_db_locate; refuses what is on a network. */
static enum wats_errc locate(const char *path, char **out,
                             struct wats_error *error)
{
  enum wats_errc code = wats_db_locate(path, out, error);
  if (code != WATS_OK || !is_on_network(*out)) return code;
  wats_free(*out);
  *out = NULL;
  return wats_fail(error, WATS_ERR_IO,
                   "%s is on a network file system: its locks cannot be "
                   "trusted",
                   path);
}

/* ---- making ------------------------------------------------------------- */

static char *beside(const char *path, const char *ending)
{
  size_t size = strlen(path) + strlen(ending) + 1;
  char *name = wats_malloc(size);
  if (name) (void)snprintf(name, size, "%s%s", path, ending);
  return name;
}

static void free_outbox(struct wats_outbox *o)
{
  wats_free(o->path);
  wats_free(o->log_path);
  wats_free(o->lock_path);
  wats_free(o->turn_path);
  wats_free(o->lifeboat);
  wats_free(o);
}

static bool make_names(struct wats_outbox *o,
                       const struct wats_outbox_options *options)
{
  o->log_path = beside(o->path, "-wal");
  o->lock_path = beside(o->path, "-lock");
  o->turn_path = beside(o->path, "-turn");
  o->lifeboat = options->lifeboat
                    ? wats_strndup(options->lifeboat, strlen(options->lifeboat))
                    : beside(o->path, "-lifeboat");
  return o->log_path && o->lock_path && o->turn_path && o->lifeboat;
}

/* Takes over `path`, if it works. */
static enum wats_errc create(const struct wats_outbox_options *options,
                             char *path, struct wats_outbox **out)
{
  struct wats_outbox *o = wats_calloc(1, sizeof *o);
  if (!o) return WATS_ERR_MEMORY;
  o->path = path;
  if (!make_names(o, options) || wats_mutex_init(&o->mutex) != WATS_OK)
    goto failed;
  if (wats_cond_init(&o->freed) != WATS_OK) {
    wats_mutex_destroy(&o->mutex);
    goto failed;
  }
  o->references = 1;
  o->last = &o->first;
  o->lock_file = o->turn_file = -1;
  o->trust = WATS_DOUBTED;
  o->max_rows = options->max_rows ? options->max_rows : WATS_OUTBOX_MAX_ROWS;
  o->max_bytes =
      options->max_bytes ? options->max_bytes : WATS_OUTBOX_MAX_BYTES;
  o->patience_ns =
      options->patience_ns ? options->patience_ns : WATS_OUTBOX_PATIENCE;
  o->clock = options->clock ? options->clock : &wats_system_clock;
  o->boot_id = wats_clock_boot_id();
  o->options =
      (struct wats_db_options){.path = path,
                               .application_id = WATS_OUTBOX_APPLICATION,
                               .migrations = wats_outbox_migrations,
                               .version = wats_outbox_version,
                               .settings = wats_outbox_settings,
                               .naps = NAPS,
                               .nap_us = NAP_US};
  *out = o;
  return WATS_OK;
failed:
  o->path = NULL;
  free_outbox(o);
  return WATS_ERR_MEMORY;
}

/* Nobody else has it. */
static void destroy(struct wats_outbox *o)
{
  wats_outbox_farewell(o);
  wats_outbox_close_lock(o);
  wats_cond_destroy(&o->freed);
  wats_mutex_destroy(&o->mutex);
  free_outbox(o);
}

/* ---- opening ------------------------------------------------------------ */

/* What a person must mend fails; else it may work later. */
static enum wats_errc open_file(struct wats_outbox *o, struct wats_error *error)
{
  const struct wats_outbox_work work = {wats_outbox_make_ballast};
  enum wats_db_trouble trouble = WATS_DB_FINE;
  struct wats_error why;
  enum wats_errc code = wats_outbox_transact(o, &work, &trouble, &why);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code != WATS_ERR_TIMEOUT &&
      (trouble == WATS_DB_UNUSABLE || trouble == WATS_DB_FOREIGN ||
       trouble == WATS_DB_NEWER))
    return wats_fail(error, WATS_ERR_IO, "%s", why.message);
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL, "the queue cannot be used now",
           (struct wats_log_field[]){wats_log_text("path", o->path),
                                     wats_log_text("reason", why.message)},
           2);
  return WATS_OK;
}

static enum wats_errc differs(const struct wats_outbox *o, const char *what,
                              struct wats_error *error)
{
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "%s is open with another %s already", o->path, what);
}

static enum wats_errc same_options(const struct wats_outbox *o,
                                   const struct wats_outbox_options *options,
                                   struct wats_error *error)
{
  if (options->max_rows && options->max_rows != o->max_rows)
    return differs(o, "max_rows", error);
  if (options->max_bytes && options->max_bytes != o->max_bytes)
    return differs(o, "max_bytes", error);
  if (options->patience_ns && options->patience_ns != o->patience_ns)
    return differs(o, "patience", error);
  if (options->lifeboat && strcmp(options->lifeboat, o->lifeboat) != 0)
    return differs(o, "lifeboat", error);
  return WATS_OK;
}

/* By another name it may be the same file: a hard link, a second mount. */
static bool is_it(struct wats_outbox *o, const char *path,
                  struct wats_outbox_inode file)
{
  bool same;
  if (strcmp(o->path, path) == 0) return true;
  wats_mutex_lock(&o->mutex);
  same = file.inode && o->file.inode == file.inode &&
         o->file.device == file.device;
  wats_mutex_unlock(&o->mutex);
  return same;
}

/* With list_lock. Takes over `path`. */
static enum wats_errc open_at(const struct wats_outbox_options *options,
                              char *path, struct wats_outbox **out,
                              struct wats_error *error)
{
  struct wats_outbox_inode file = wats_outbox_inode(path);
  struct wats_outbox *o;
  enum wats_errc code;
  for (o = all; o && !is_it(o, path, file); o = o->next)
    continue;
  if (o) {
    wats_free(path);
    code = same_options(o, options, error);
    if (code != WATS_OK) return code;
    o->references++;
    *out = o;
    return WATS_OK;
  }
  if (create(options, path, &o) != WATS_OK) {
    wats_free(path);
    return wats_fail_memory(error);
  }
  code = open_file(o, error);
  if (code != WATS_OK) {
    destroy(o);
    return code;
  }
  o->next = all;
  all = o;
  *out = o;
  return WATS_OK;
}

enum wats_errc wats_outbox_open(const struct wats_outbox_options *options,
                                struct wats_outbox **out,
                                struct wats_error *error)
{
  char *path;
  enum wats_errc code = locate(options->path, &path, error);
  if (!path) return code;
  wats_once(&once, prepare_process);
  wats_mutex_lock(&list_lock);
  code = open_at(options, path, out, error);
  wats_mutex_unlock(&list_lock);
  return code;
}

struct wats_outbox *wats_outbox_retain(struct wats_outbox *o)
{
  wats_mutex_lock(&list_lock);
  o->references++;
  wats_mutex_unlock(&list_lock);
  return o;
}

void wats_outbox_release(struct wats_outbox *o)
{
  struct wats_outbox **link = &all;
  if (!o) return;
  /* Held to the end: who opens the file meanwhile waits. */
  wats_mutex_lock(&list_lock);
  if (--o->references == 0) {
    while (*link != o)
      link = &(*link)->next;
    *link = o->next;
    destroy(o);
  }
  wats_mutex_unlock(&list_lock);
}

const char *wats_outbox_path(const struct wats_outbox *o)
{
  return o->path;
}

const struct wats_clock *wats_outbox_clock(const struct wats_outbox *o)
{
  return o->clock;
}

#endif
