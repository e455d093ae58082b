/*
** files.h - a directory of the test program's own, and files in it.
*/
#ifndef WATS_FILES_H
#define WATS_FILES_H

#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *scratch_folder(void)
{
  static char folder[64];
  if (!*folder) {
    snprintf(folder, sizeof folder, "/tmp/wats-test-XXXXXX");
    if (!mkdtemp(folder)) abort();
  }
  return folder;
}

/* The path of a file there, in one of a few rooms that are used in turn. */
static inline char *scratch_file(const char *name)
{
  static char rooms[16][256];
  static unsigned next;
  char *room = rooms[next++ % 16];
  snprintf(room, sizeof rooms[0], "%s/%s", scratch_folder(), name);
  return room;
}

/* `size` bytes: the text, again and again. */
static inline void write_file(const char *path, const char *text, size_t size)
{
  FILE *file = fopen(path, "wb");
  size_t length = strlen(text), i;
  if (!file) abort();
  for (i = 0; i < size; i++)
    fputc(text[i % length], file);
  fclose(file);
}

static inline void damage_file(const char *path, long offset, const char *text)
{
  FILE *file = fopen(path, "r+b");
  if (!file) abort();
  fseek(file, offset, SEEK_SET);
  fputs(text, file);
  fclose(file);
}

static inline int count_files(const char *pattern)
{
  glob_t found;
  int n = 0;
  if (glob(scratch_file(pattern), 0, NULL, &found) == 0)
    n = (int)found.gl_pathc;
  globfree(&found);
  return n;
}

static inline void remove_files(const char *pattern)
{
  glob_t found;
  size_t i;
  if (glob(scratch_file(pattern), 0, NULL, &found) == 0)
    for (i = 0; i < found.gl_pathc; i++)
      (void)remove(found.gl_pathv[i]);
  globfree(&found);
}

static inline int remove_one(const char *path, const struct stat *info,
                             int kind, struct FTW *where)
{
  (void)info;
  (void)kind;
  (void)where;
  (void)remove(path);
  return 0;
}

static inline void remove_scratch(void)
{
  (void)nftw(scratch_folder(), remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
