/*
** uploader_absent.c - uploader.h for a build without SQLite: nobody can join,
** so nothing else is ever called.
*/
#include "uploader.h"

#ifdef WATS_WITHOUT_QUEUE

enum wats_errc wats_uploader_join(const struct wats_uploader_options *options,
                                  struct wats_uploader_member **out,
                                  struct wats_error *error)
{
  (void)options;
  (void)out;
  return wats_fail(error, WATS_ERR_ARGUMENT, "queue: built without SQLite");
}

void wats_uploader_leave(struct wats_uploader_member *member, bool wait)
{
  (void)member;
  (void)wait;
}

void wats_uploader_wait(struct wats_uploader_member *member, int64_t until_ns)
{
  (void)member;
  (void)until_ns;
}

void wats_uploader_stats(struct wats_uploader_member *member,
                         struct wats_uploader_stats *out)
{
  const struct wats_uploader_stats nothing = {0};
  (void)member;
  *out = nothing;
}

void wats_uploader_nudge(struct wats_uploader_member *member)
{
  (void)member;
}

enum wats_errc wats_uploader_subscribe(struct wats_uploader_member *member,
                                       struct wats_error *error)
{
  (void)member;
  return wats_fail(error, WATS_ERR_ARGUMENT, "queue: built without SQLite");
}

bool wats_uploader_next_event(struct wats_uploader_member *member,
                              struct wats_uploader_event *out)
{
  (void)member;
  (void)out;
  return false;
}

#endif
