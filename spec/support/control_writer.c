/*
** control_writer.c FILE - appends records of 2,000 bytes to FILE, syncs each,
** and then prints its number and the monotonic seconds: what a power cut may do to an honest program.
** control_writer.c FILE check - prints how many whole records it holds.
*/
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD 2000

static int count(const char *path)
{
  char record[RECORD], expected[RECORD];
  int n = 0, fd = open(path, O_RDONLY);
  while (fd >= 0 && read(fd, record, RECORD) == RECORD) {
    memset(expected, 'x', RECORD);
    memcpy(expected, &n, sizeof n);
    if (memcmp(record, expected, RECORD) != 0) break;
    n++;
  }
  printf("%d\n", n);
  return 0;
}

int main(int argc, char **argv)
{
  char record[RECORD];
  struct timespec now;
  int n = 0, fd;
  if (argc == 3) return count(argv[1]);
  fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  memset(record, 'x', RECORD);
  for (;;) {
    memcpy(record, &n, sizeof n);
    if (fd < 0 || write(fd, record, RECORD) != RECORD || fdatasync(fd) != 0)
      return 1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%d %lld.%09ld\n", ++n, (long long)now.tv_sec, now.tv_nsec);
    fflush(stdout);
    usleep(500);
  }
}
