/*
** outbox_quarantine.c - bodies that are not what was handed in, kept as files
** beside the queue for people to look at; nothing reads them again.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "durable.h"
#include "log.h"

#define ENDING ".quarantine"

static int open_folder(const char *path, int *out)
{
  int reason = wats_durable_open_folder(AT_FDCWD, path, out);
  if (reason != ENOENT) return reason;
  reason = wats_durable_make_folder(AT_FDCWD, path, 0700);
  if (reason && reason != EEXIST) return reason;
  return wats_durable_open_folder(AT_FDCWD, path, out);
}

static int write_file(int folder, const char *name, const char *body,
                      size_t length)
{
  char part[96];
  int file, reason;
  (void)snprintf(part, sizeof part, ".part-%s", name);
  reason = wats_durable_open(folder, part, O_WRONLY | O_CREAT | O_TRUNC, 0600,
                             &file);
  if (reason) return reason;
  reason = wats_durable_write(file, body, length);
  if (!reason) reason = wats_durable_sync(file);
  wats_durable_close(file);
  if (!reason) reason = wats_durable_rename(folder, part, folder, name);
  if (!reason) reason = wats_durable_sync_folder(folder);
  if (reason) (void)unlinkat(folder, part, 0);
  return reason;
}

bool wats_outbox_quarantine(struct wats_outbox *o, int64_t seq,
                            const unsigned char *uuid, const char *body,
                            size_t length)
{
  char name[72], id[WATS_UUID_TEXT] = "";
  size_t size = strlen(o->path) + sizeof ENDING;
  char *path = wats_malloc(size);
  int folder, reason = ENOMEM;
  if (uuid) wats_uuid_write(uuid, id);
  (void)snprintf(name, sizeof name, "%lld%s%s.wsjf", (long long)seq,
                 uuid ? "-" : "", id);
  if (path) {
    (void)snprintf(path, size, "%s" ENDING, o->path);
    reason = open_folder(path, &folder);
  }
  if (!reason) {
    reason = write_file(folder, name, body, length);
    wats_durable_close(folder);
  }
  if (!reason)
    wats_log(WATS_LOG_ERROR, WATS_LOG_ALL,
             "a damaged report was put aside as a file",
             (struct wats_log_field[]){wats_log_text("directory", path),
                                       wats_log_text("file", name)},
             2);
  wats_free(path);
  return !reason;
}

#endif
