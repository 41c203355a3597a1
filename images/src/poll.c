/* Waiting for several descriptors: poll(2) and select(2) on pipes, files and closed ends, with timeouts, and a relay that
 * serves three writers at once. */
#include "lib/say.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WRITERS = 3 };

static void show(const char *what, int fd, short events, int timeout) {
  struct pollfd p = {.fd = fd, .events = events};
  int count = poll(&p, 1, timeout);
  if (count < 0) say("%-26s %s\n", what, strerror(errno));
  else say("%-26s %d:%s%s%s%s%s\n", what, count, p.revents & POLLIN ? " in" : "", p.revents & POLLOUT ? " out" : "",
           p.revents & POLLHUP ? " hup" : "", p.revents & POLLERR ? " err" : "", p.revents & POLLNVAL ? " nval" : "");
}

static void states(void) {
  char block[4096] = {0};
  int ends[2];
  must(pipe(ends), "pipe");
  show("empty pipe, reader", ends[0], POLLIN, 0);
  show("empty pipe, timeout", ends[0], POLLIN, 20);
  show("empty pipe, writer", ends[1], POLLOUT, 0);
  must(write(ends[1], "x", 1), "write");
  show("one byte, reader", ends[0], POLLIN, -1);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], block, sizeof block) > 0) continue;
  show("full pipe, writer", ends[1], POLLOUT, 0);
  close(ends[1]);
  show("no writer, data left", ends[0], POLLIN, 0);
  while (read(ends[0], block, sizeof block) > 0) continue;
  show("no writer, nothing left", ends[0], POLLIN, 0);
  close(ends[0]);
  must(pipe(ends), "pipe");
  close(ends[0]);
  show("no reader, writer", ends[1], POLLOUT, 0);
  close(ends[1]);
  show("closed number", ends[1], POLLIN, 0);
  show("negative number", -1, POLLIN, 0);
  int file = (int)must(open("/etc/hostname", O_RDONLY), "open");
  show("file", file, POLLIN | POLLOUT, 0);
  close(file);
}

static void selecting(void) {
  int a[2], b[2];
  fd_set in;
  struct timeval soon = {0, 20000};
  must(pipe(a), "pipe");
  must(pipe(b), "pipe");
  FD_ZERO(&in);
  FD_SET(a[0], &in);
  FD_SET(b[0], &in);
  say("select, nothing: %d\n", select(b[0] + 1, &in, 0, 0, &soon));
  must(write(b[1], "y", 1), "write");
  FD_SET(a[0], &in);
  FD_SET(b[0], &in);
  int count = select(b[0] + 1, &in, 0, 0, 0);
  say("select, second pipe: %d, %d %d\n", count, FD_ISSET(a[0], &in) != 0, FD_ISSET(b[0], &in) != 0);
  FD_ZERO(&in);
  FD_SET(20, &in);
  say("select, closed number: %s\n", select(21, &in, 0, 0, 0) < 0 ? strerror(errno) : "done");
  close(a[0]), close(a[1]), close(b[0]), close(b[1]);
}

static void write_slowly(int fd, int id) {
  struct timespec t = {0, (id + 1) * 3000000};
  for (int i = 0; i < 10; i++) {
    must(write(fd, "abcdefghij" + i, 1), "write");
    nanosleep(&t, 0);
  }
  _exit(0);
}

static void relay(void) {
  struct pollfd from[WRITERS];
  char got[WRITERS][16] = {{0}};
  int open_ends = WRITERS, calls = 0;
  for (int i = 0; i < WRITERS; i++) {
    int ends[2];
    must(pipe(ends), "pipe");
    if (must(fork(), "fork") == 0) {
      close(ends[0]);
      write_slowly(ends[1], i);
    }
    close(ends[1]);
    from[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
  }
  while (open_ends) {
    must(poll(from, WRITERS, -1), "poll");
    calls++;
    for (int i = 0; i < WRITERS; i++) {
      if (!from[i].revents) continue;
      long n = must(read(from[i].fd, got[i] + strlen(got[i]), 4), "read");
      if (n == 0) {
        close(from[i].fd);
        from[i].fd = -1;
        open_ends--;
      }
    }
  }
  while (wait(0) > 0) continue;
  for (int i = 0; i < WRITERS; i++) say("writer %d: %s\n", i, got[i]);
  say("poll was called often enough: %s\n", calls >= 10 ? "yes" : "no");
}

int main(void) {
  states();
  selecting();
  relay();
  return 0;
}
