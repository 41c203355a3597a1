/* Runs a program on a fresh pseudo-terminal of the kernel and types chunks at it: driver PROGRAM HEX... The next chunk is
 * typed when the program sleeps in a read after it asked with "?>", at once after "!>", and when it has said nothing for
 * a while. Everything that comes out is printed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int type(int master, const char *hex) {
  char chunk[8192];
  int n = 0;
  for (; hex[0] && hex[1]; hex += 2) {
    unsigned value;
    sscanf(hex, "%2x", &value);
    chunk[n++] = value;
  }
  return write(master, chunk, n) == n;
}

/* Waits until the process sleeps, as it does in a read that finds nothing. */
static void await_sleep(pid_t pid) {
  char path[40], text[300], *end;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  for (int i = 0; i < 2000; i++) {
    usleep(5000);
    int fd = open(path, O_RDONLY);
    int n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    end = strrchr(text, ')');
    if (end != NULL && end[2] == 'S') return;
  }
}

int main(int argc, char **argv) {
  mkdir("/dev/pts", 0755);
  if (mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666") != 0) return 125;
  int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY), next = 2;
  unlockpt(master);
  struct winsize size = {24, 80, 0, 0};
  ioctl(master, TIOCSWINSZ, &size);
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    int fd = open(ptsname(master), O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++) dup2(fd, i);
    close(master);
    if (fd > 2) close(fd);
    execl(argv[1], argv[1], NULL);
    _exit(127);
  }
  static char all[1 << 20];
  int total = 0, asked = 0;
  for (;;) {
    struct pollfd fd = {master, POLLIN, 0};
    int ready = poll(&fd, 1, 300);
    if (ready > 0) {
      int n = read(master, all + total, sizeof all - total);
      if (n <= 0) break;
      fwrite(all + total, 1, n, stdout);
      total += n;
      char *now = memmem(all + asked, total - asked, "!>", 2);
      char *question = now != NULL ? now : memmem(all + asked, total - asked, "?>", 2);
      if (question == NULL) continue;
      asked = question - all + 2;
      if (now == NULL) await_sleep(pid);
    }
    if (next == argc) {
      if (ready == 0) break;
      continue;
    }
    if (!type(master, argv[next++])) break;
  }
  fflush(stdout);
  close(master);
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
