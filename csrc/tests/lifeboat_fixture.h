/*
** lifeboat_fixture.h - a lifeboat of the test program's own, and what is in it.
*/
#ifndef WATS_LIFEBOAT_FIXTURE_H
#define WATS_LIFEBOAT_FIXTURE_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/lifeboat.h"
#include "files.h"
#include "test.h"

#define URL "https://wats.example:8443/Base"

static struct wats_error error;
static struct wats_fake_clock fake;

static inline int remove_entry(const char *path, const struct stat *info,
                               int kind, struct FTW *where)
{
  (void)info;
  (void)kind;
  (void)where;
  return remove(path);
}

static inline const char *boat(void)
{
  static char path[256];
  snprintf(path, sizeof path, "%s/boat", scratch_folder());
  return path;
}

static inline void begin(void)
{
  (void)nftw(boat(), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  wats_fake_clock_init(&fake, 0, 1700000000 * WATS_NS_PER_S);
}

static inline struct wats_lifeboat_report report(int n, const char *body)
{
  struct wats_lifeboat_report r = {.target = URL, .priority = 5, .unit = 7};
  memset(r.uuid, n, sizeof r.uuid);
  r.body = body;
  r.length = strlen(body);
  return r;
}

static inline void save(int n, const char *body)
{
  struct wats_lifeboat_report r = report(n, body);
  CHECK_INT(wats_lifeboat_save(boat(), &r, 1, &fake.clock, &error), WATS_OK);
}

static struct wats_lifeboat_file *found;
static size_t count;

static inline void scan(size_t limit)
{
  struct wats_lifeboat_query query = {.limit = limit};
  wats_free(found);
  found = NULL;
  count = 0;
  CHECK_INT(wats_lifeboat_scan(boat(), &query, &found, &count, &error),
            WATS_OK);
}

static inline void end(void)
{
  wats_free(found);
  found = NULL;
  CHECK_INT(wats_alloc_live(), 0);
}

static inline char *path_of(const struct wats_lifeboat_file *file)
{
  static char path[1024];
  snprintf(path, sizeof path, "%s/%s/%s", boat(), file->folder, file->name);
  return path;
}

static inline enum wats_lifeboat_state state_of(struct wats_lifeboat_file *file,
                                                const char *expected)
{
  enum wats_lifeboat_state state = WATS_LIFEBOAT_GONE;
  char *body = NULL;
  CHECK_INT(wats_lifeboat_read(boat(), file, &state, &body, &error), WATS_OK);
  if (state == WATS_LIFEBOAT_WHOLE) {
    CHECK_STR(body, expected);
    CHECK_INT(file->size, strlen(expected));
  } else
    CHECK(body == NULL);
  wats_free(body);
  return state;
}

#endif
