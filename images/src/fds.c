/* Descriptors: shared and separate offsets, O_APPEND, dup, close-on-exec flags, pipes with and without the other end,
 * O_NONBLOCK, pipe capacity, readv and writev, lseek past the end, and the limits of what a descriptor may be. */
#define _GNU_SOURCE
#include "lib/say.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t broken;

static void on_broken(int sig) {
  (void)sig;
  broken++;
}

static void result(const char *what, long value) {
  if (value < 0) say("%-34s %s\n", what, strerror(errno));
  else say("%-34s %d\n", what, (int)value);
}

static const char *contents(const char *path) {
  static char text[64];
  int fd = (int)must(open(path, O_RDONLY), "open");
  text[must(read(fd, text, sizeof text - 1), "read")] = 0;
  close(fd);
  return text;
}

static void offsets(void) {
  static const char path[] = "/tmp/fds.dat";
  int a = (int)must(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), "open");
  int b = (int)must(open(path, O_RDWR), "open"), c = (int)must(dup(a), "dup");
  must(write(a, "0123456789", 10), "write");
  result("offset of a duplicate", lseek(c, 0, SEEK_CUR));
  result("offset of another opening", lseek(b, 0, SEEK_CUR));
  if (must(fork(), "fork") == 0) _exit(write(a, "child", 5) != 5);
  must(wait(0), "wait");
  result("offset after a child's write", lseek(a, 0, SEEK_CUR));
  int d = (int)must(open(path, O_WRONLY | O_APPEND), "open");
  must(lseek(d, 0, SEEK_SET), "lseek");
  must(write(d, "END", 3), "write");
  say("appended: %s\n", contents(path));
  must(pwrite(b, "XY", 2, 3), "pwrite");
  result("offset after pwrite", lseek(b, 0, SEEK_CUR));
  struct iovec parts[] = {{"one", 3}, {"", 0}, {"two", 3}};
  result("writev", writev(b, parts, 3));
  say("contents: %s\n", contents(path));
  result("seek to a negative offset", lseek(a, -100, SEEK_CUR));
  result("seek past the end", lseek(a, 50, SEEK_SET));
  must(write(a, "!", 1), "write");
  result("size then", lseek(a, 0, SEEK_END));
  result("read at the end", read(a, parts, 1));
  result("write to a read-only opening", write(open(path, O_RDONLY), "x", 1));
  unlink(path);
  for (int fd = 3; fd < 10; fd++) close(fd);
}

static void numbers(void) {
  result("dup2 to a high number", dup2(1, 200));
  result("F_DUPFD from 100", fcntl(1, F_DUPFD, 100));
  result("F_GETFD of that", fcntl(100, F_GETFD));
  result("F_DUPFD_CLOEXEC from 100", fcntl(1, F_DUPFD_CLOEXEC, 100));
  result("F_GETFD of that", fcntl(101, F_GETFD));
  result("dup3 onto itself", dup3(1, 1, 0));
  result("dup2 onto itself", dup2(1, 1));
  result("dup of a closed number", dup(150));
  result("close of a closed number", close(150));
  result("lowest free number", dup(1));
  for (int fd = 3; fd < 202; fd++) close(fd);
}

static void pipes(void) {
  struct sigaction action = {.sa_handler = on_broken};
  char block[4096] = {0};
  int ends[2], available = -1, total = 0;
  long n;
  must(pipe2(ends, O_NONBLOCK), "pipe2");
  result("read of an empty pipe", read(ends[0], block, 1));
  while ((n = write(ends[1], block, sizeof block)) > 0) total += (int)n;
  result("write to a full pipe", n);
  say("%-34s %d\n", "capacity", total);
  must(ioctl(ends[0], FIONREAD, &available), "ioctl");
  say("%-34s %d\n", "FIONREAD", available);
  for (int left = total - 100; left > 0;) left -= (int)must(read(ends[0], block, left < 4096 ? (unsigned)left : 4096), "read");
  close(ends[1]);
  result("read of what is left", read(ends[0], block, sizeof block));
  result("read without a writer", read(ends[0], block, sizeof block));
  close(ends[0]);
  must(pipe(ends), "pipe");
  close(ends[0]);
  must(sigaction(SIGPIPE, &action, 0), "sigaction");
  result("write without a reader", write(ends[1], "x", 1));
  say("%-34s %d\n", "SIGPIPE handled", (int)broken);
  result("seek of a pipe", lseek(ends[1], 0, SEEK_SET));
  close(ends[1]);
}

/* A writer of more than fits sleeps until a reader has made room; all arrives in order. */
static void big_transfer(void) {
  enum { SIZE = 300000 };
  static unsigned char data[SIZE];
  int ends[2], status;
  unsigned sum = 0, count = 0;
  must(pipe(ends), "pipe");
  if (must(fork(), "fork") == 0) {
    for (int i = 0; i < SIZE; i++) data[i] = (unsigned char)(i * 7 + i / 256);
    _exit(write(ends[1], data, SIZE) != SIZE);
  }
  close(ends[1]);
  for (ssize_t n; (n = read(ends[0], data, 777)) > 0; count += (unsigned)n)
    for (ssize_t i = 0; i < n; i++) sum = sum * 31 + data[i];
  must(wait(&status), "wait");
  say("%u bytes in one write, sum %08x, writer's exit %d\n", count, sum, WEXITSTATUS(status));
  close(ends[0]);
}

int main(void) {
  offsets();
  numbers();
  pipes();
  big_transfer();
  return 0;
}
