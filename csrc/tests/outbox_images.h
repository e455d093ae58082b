/*
** outbox_images.h - files of a queue as they once were, to be damaged.
*/
#ifndef WATS_OUTBOX_IMAGES_H
#define WATS_OUTBOX_IMAGES_H

#include "outbox_disk.h"

#ifndef WATS_WITHOUT_QUEUE

#define PAGE    4096
#define REPORTS 40
/* of them, in this order */
#define SENT   4
#define DEAD   3
#define FLYING 3

/* ---- files as they were ---------------------------------------------------
 */

struct image {
  char *bytes;
  size_t size;
};

static inline struct image load(const char *name)
{
  struct image image = {NULL, 0};
  FILE *file = fopen(place(name), "rb");
  if (!file) return image;
  image.bytes = malloc(8 << 20);
  image.size = fread(image.bytes, 1, 8 << 20, file);
  fclose(file);
  return image;
}

static inline void store(const char *name, const struct image *image)
{
  FILE *file = fopen(place(name), "wb");
  if (!file) abort();
  if (image->size && fwrite(image->bytes, 1, image->size, file) != image->size)
    abort();
  fclose(file);
}

static inline struct image copy_of(const struct image *image)
{
  struct image copy = {malloc(image->size + 1), image->size};
  memcpy(copy.bytes, image->bytes, image->size);
  return copy;
}

/* All in the file, and the same reports half in the log. */
static struct image whole, part, part_log, part_shm;

/* The first are sent, the next dead, the next in flight; the rest waits. */
static inline void fill(int from, int to)
{
  int n;
  for (n = from; n < to; n++)
    CHECK_INT(put(n, n % 7, 0), WATS_OUTBOX_NEW);
}

static inline void make_history(void)
{
  int i;
  fill(0, SENT + DEAD);
  for (i = 0; i < SENT + DEAD; i++) {
    drop_claims();
    CHECK_INT(turn_of(TARGET, NULL, 0, 1), WATS_OK);
    CHECK(i < SENT ? sent(0) : buried(0));
  }
  drop_claims();
}

static inline void make_images(void)
{
  begin_on_disk();
  open_on_disk();
  make_history();
  fill(SENT + DEAD, 20);
  close_box();
  open_on_disk();
  fill(20, REPORTS);
  CHECK_INT(turn_of(TARGET, NULL, 0, FLYING), WATS_OK);
  drop_claims();
  part = load("");
  part_log = load("-wal");
  part_shm = load("-shm");
  close_box();
  whole = load("");
  CHECK(whole.size > 50 * PAGE);
  CHECK(part_log.size > 20 * PAGE);
}

static inline void free_images(void)
{
  free(whole.bytes);
  free(part.bytes);
  free(part_log.bytes);
  free(part_shm.bytes);
}

/* ---- mending ---- */

static inline bool was_mended(void)
{
  char path[300];
  glob_t found;
  bool yes;
  snprintf(path, sizeof path, "%s.damaged-*", place(""));
  yes = glob(path, 0, NULL, &found) == 0;
  globfree(&found);
  return yes;
}

static inline void check_nothing_is_left_over(void)
{
  static const char *const names[] = {
      "-mending",     "-mending-wal",     "-mending-shm",    "-mended",
      "-mending-old", "-mending-old-wal", "-mending-old-shm"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    CHECK_INT(access(place(names[i]), F_OK), -1);
}

static inline void damage_tree(void)
{
  struct image image = load("");
  size_t page;
  /* of an index over the reports, whatever page that is */
  for (page = 1; page < image.size / PAGE; page++)
    if (image.bytes[page * PAGE] == 10) {
      image.bytes[page * PAGE] = 77;
      break;
    }
  CHECK(page < image.size / PAGE);
  store("", &image);
  free(image.bytes);
}

/* Nobody else uses it: as if the lock was had. */
static inline enum wats_errc mend_now(void)
{
  enum wats_errc code;
  wats_outbox_disconnect(box);
  code = wats_outbox_mend(box, &error);
  box->result = WATS_OK;
  return code;
}

#endif

#endif
