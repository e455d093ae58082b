/*
** cache_disk_absent.c - cache_disk.h for a build without SQLite: no tier can be
** opened, so nothing else is ever called.
*/
#include "cache_disk.h"

#ifdef WATS_WITHOUT_QUEUE

enum wats_errc
wats_cache_disk_open(const struct wats_cache_disk_options *options,
                     struct wats_cache_disk **out, struct wats_error *error)
{
  (void)options;
  (void)out;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "cache.path: built without SQLite");
}

struct wats_cache_disk *wats_cache_disk_retain(struct wats_cache_disk *disk)
{
  return disk;
}

void wats_cache_disk_release(struct wats_cache_disk *disk)
{
  (void)disk;
}

void wats_cache_disk_stats(struct wats_cache_disk *disk,
                           struct wats_cache_disk_stats *out)
{
  const struct wats_cache_disk_stats nothing = {0};
  (void)disk;
  *out = nothing;
}

bool wats_cache_disk_flush(struct wats_cache_disk *disk, int64_t deadline_ns)
{
  (void)disk;
  (void)deadline_ns;
  return true;
}

struct wats_cache_epoch *wats_cache_disk_epoch(struct wats_cache_disk *disk,
                                               bool look)
{
  (void)disk;
  (void)look;
  return NULL;
}

uint64_t wats_cache_disk_boot_id(const struct wats_cache_disk *disk)
{
  (void)disk;
  return 0;
}

struct wats_cache_entry *wats_cache_disk_find(
    struct wats_cache_disk *disk, const struct wats_cache_epoch *epoch,
    const struct wats_cache_request *request,
    const struct wats_cache_instant *now, uint64_t sequence, bool use)
{
  (void)disk;
  (void)epoch;
  (void)request;
  (void)now;
  (void)sequence;
  (void)use;
  return NULL;
}

void wats_cache_disk_store(struct wats_cache_disk *disk,
                           const struct wats_cache_request *request,
                           struct wats_cache_entry *entry,
                           const struct wats_disk_stamp *stamp,
                           const struct wats_cache_instant *now)
{
  (void)disk;
  (void)request;
  (void)entry;
  (void)stamp;
  (void)now;
}

void wats_cache_disk_forget(struct wats_cache_disk *disk, uint64_t origin,
                            uint64_t path_hash)
{
  (void)disk;
  (void)origin;
  (void)path_hash;
}

void wats_cache_disk_wipe(struct wats_cache_disk *disk,
                          const struct wats_disk_stamp *stamp)
{
  (void)disk;
  (void)stamp;
}

#endif
