/*
** lifeboat_names.c - see lifeboat_names.h.
*/
#include "lifeboat_names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crc32c.h"
#include "durable.h"

#define ENDING ".wsjf"
#define PARTS  7 /* that a name has, with '-' between them */

uint32_t wats_lifeboat_unit(const char *part_number, const char *serial_number)
{
  /* with the NUL: "AB", "C" is another unit than "A", "BC" */
  uint32_t crc = wats_crc32c(0, part_number, strlen(part_number) + 1);
  return wats_crc32c(crc, serial_number, strlen(serial_number));
}

/* ---- targets ------------------------------------------------------------ */

/* Capitals are not: there are file systems that know no difference. */
static bool is_plain(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool wats_lifeboat_encode_target(const char *target, char *out, size_t size)
{
  static const char digits[] = "0123456789abcdef";
  bool reserved = strcmp(target, WATS_LIFEBOAT_DAMAGES) == 0;
  const char *c;
  size_t n = 0;
  for (c = target; *c; c++) {
    bool first = c == target;
    if (n + 4 > size) return false;
    if (is_plain(*c) && !(first && (*c == '.' || reserved))) {
      out[n++] = *c;
      continue;
    }
    out[n++] = '%';
    out[n++] = digits[(unsigned char)*c >> 4];
    out[n++] = digits[(unsigned char)*c & 15];
  }
  out[n] = '\0';
  return n > 0;
}

static int hex(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wats_lifeboat_decode_target(const char *folder, char *out, size_t size)
{
  char again[256];
  const char *c;
  size_t n = 0;
  for (c = folder; *c; c++) {
    int high, low;
    if (n + 1 >= size) return false;
    if (*c != '%') {
      out[n++] = *c;
      continue;
    }
    high = hex(c[1]);
    low = high < 0 ? -1 : hex(c[2]);
    if (low < 0 || (high == 0 && low == 0)) return false;
    out[n++] = (char)(high << 4 | low);
    c += 2;
  }
  out[n] = '\0';
  return wats_lifeboat_encode_target(out, again, sizeof again) &&
         strcmp(again, folder) == 0;
}

/* ---- files -------------------------------------------------------------- */

void wats_lifeboat_write_name(struct wats_lifeboat_file *file)
{
  char uuid[WATS_UUID_TEXT];
  wats_uuid_write(file->uuid, uuid);
  (void)snprintf(file->name, sizeof file->name,
                 "%020" PRId64 "-%lu-%lu-%d-%08" PRIx32 "-%08" PRIx32
                 "-%s" ENDING,
                 file->wall_ns, file->pid, file->number, file->priority,
                 file->crc, file->unit, uuid);
}

/* Up to the '-' behind it. */
static bool read_digits(const char **at, unsigned base, uint64_t *out)
{
  const char *c = *at;
  uint64_t value = 0;
  for (; hex(*c) >= 0 && (unsigned)hex(*c) < base; c++) {
    if (value > (UINT64_MAX - 15) / base) return false;
    value = value * base + (unsigned)hex(*c);
  }
  if (c == *at || *c != '-') return false;
  *at = c + 1;
  *out = value;
  return true;
}

bool wats_lifeboat_read_name(const char *name, struct wats_lifeboat_file *file)
{
  static const unsigned bases[PARTS - 1] = {10, 10, 10, 10, 16, 16};
  struct wats_lifeboat_file again;
  uint64_t parts[PARTS - 1];
  const char *at = name;
  size_t i;
  for (i = 0; i < PARTS - 1; i++)
    if (!read_digits(&at, bases[i], &parts[i])) return false;
  if (strlen(at) != WATS_UUID_TEXT - 1 + strlen(ENDING) ||
      parts[0] > INT64_MAX || parts[3] > 99 || parts[4] > UINT32_MAX ||
      parts[5] > UINT32_MAX ||
      !wats_uuid_read(at, WATS_UUID_TEXT - 1, again.uuid))
    return false;
  again.wall_ns = (int64_t)parts[0];
  again.pid = (unsigned long)parts[1];
  again.number = (unsigned long)parts[2];
  again.priority = (int)parts[3];
  again.crc = (uint32_t)parts[4];
  again.unit = (uint32_t)parts[5];
  wats_lifeboat_write_name(&again);
  if (strcmp(again.name, name) != 0) return false;
  memcpy(file->uuid, again.uuid, sizeof file->uuid);
  memcpy(file->name, again.name, sizeof file->name);
  file->wall_ns = again.wall_ns;
  file->pid = again.pid;
  file->number = again.number;
  file->priority = again.priority;
  file->crc = again.crc;
  file->unit = again.unit;
  return true;
}

int wats_lifeboat_compare(const struct wats_lifeboat_file *a,
                          const struct wats_lifeboat_file *b)
{
  if (a->wall_ns != b->wall_ns) return a->wall_ns < b->wall_ns ? -1 : 1;
  if (a->pid != b->pid) return a->pid < b->pid ? -1 : 1;
  if (a->number != b->number) return a->number < b->number ? -1 : 1;
  return strcmp(a->name, b->name);
}

/* ---- directories -------------------------------------------------------- */

int wats_lifeboat_open_folder(int root, const char *folder, int *out)
{
  struct stat info;
  int file, reason = wats_durable_open_folder(root, folder, &file);
  if (reason) return reason;
  if (fstat(file, &info) != 0)
    reason = errno;
  else if (geteuid() != 0 && info.st_uid != geteuid())
    reason = EPERM;
  if (reason)
    wats_durable_close(file);
  else
    *out = file;
  return reason;
}
