/*
 * The wall clock of one host, off by the seconds in /etc/wall-clock: the kernel has one for all hosts of a lab. Preloaded by every process of the host.
 * The kernel's running clocks and the times of files stay right, as they do when somebody sets a clock and when files lie on another machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long off(void) {
  char text[32];
  int before = errno;
  long file = syscall(SYS_openat, AT_FDCWD, "/etc/wall-clock", O_RDONLY | O_CLOEXEC);
  long length = file < 0 ? 0 : syscall(SYS_read, file, text, sizeof text - 1);
  if (file >= 0) syscall(SYS_close, file);
  errno = before;
  text[length > 0 ? length : 0] = 0;
  return atol(text);
}

int clock_gettime(clockid_t id, struct timespec *at) {
  long result = syscall(SYS_clock_gettime, id, at);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += off();
  return result;
}

int gettimeofday(struct timeval *at, void *zone) {
  long result = syscall(SYS_gettimeofday, at, zone);
  if (result == 0) at->tv_sec += off();
  return result;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *at, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}
