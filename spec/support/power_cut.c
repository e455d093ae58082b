/*
** power_cut.c DIRECTORY - ends the ext4 file system that the directory is on at
** once, without writing the journal: what was not synced is lost, as if the
** power had failed. Prints the monotonic seconds just before: what programs
** say that they have done since would not have been said by a machine without
** power. (A sync that is under way at that moment may be told to have worked.)
*/
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH      2

int main(int argc, char **argv)
{
  uint32_t flag = NO_LOG_FLUSH;
  int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (fd < 0 || ioctl(fd, EXT4_IOC_SHUTDOWN, &flag) != 0) {
    perror("power_cut");
    return 1;
  }
  close(fd);
  printf("%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
  return 0;
}
