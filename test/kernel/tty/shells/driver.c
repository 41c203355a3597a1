/*
 * Plays a user at a terminal: driver SHELL ARG... -- STEP... Each step is WHO:TEXT:KEYS, KEYS in hexadecimal. The keys are
 * typed once TEXT has come out since the last step and the process in the foreground sleeps: the shell itself for WHO `s`,
 * another program for `f`. All that comes out is printed, with the steps that were never reached.
 */
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

static int master;
static pid_t shell;
static char shell_name[20];
static char all[1 << 18];
static int total;

/* State letter and name of a process; '-' when there is none. */
static char look(int pid, char *name) {
  char path[40], text[300];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  long n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  text[n > 0 ? n : 0] = 0;
  char *open = strchr(text, '('), *end = strrchr(text, ')');
  if (open == NULL || end == NULL) return '-';
  snprintf(name, 20, "%.*s", (int)(end - open - 1), open + 1);
  return end[2];
}

/* Takes what comes out until nothing has for 30 ms; 0 at the end. */
static int listen_on(void) {
  struct pollfd p = {master, POLLIN, 0};
  while (poll(&p, 1, 30) > 0) {
    long n = read(master, all + total, sizeof all - 1 - total);
    if (n <= 0) return 0;
    total += n;
  }
  return 1;
}

static int waits(char who) {
  int pgrp = 0;
  char name[20];
  if (ioctl(master, TIOCGPGRP, &pgrp) < 0 || pgrp <= 0) return 0;
  if ((pgrp == shell) != (who == 's')) return 0;
  if (look(pgrp, name) != 'S') return 0;
  /* A child that has not executed its program yet has the shell's name. */
  return who == 's' || strcmp(name, shell_name) != 0;
}

static void start(char **argv) {
  shell = fork();
  if (shell != 0) return;
  setsid();
  int fd = open(ptsname(master), O_RDWR);
  for (int i = 0; i < 3; i++) dup2(fd, i);
  close(master);
  if (fd > 2) close(fd);
  execv(argv[0], argv);
  _exit(127);
}

static void type(const char *hex) {
  char keys[500];
  int n = 0;
  for (; hex[0] && hex[1]; hex += 2) {
    unsigned value;
    sscanf(hex, "%2x", &value);
    keys[n++] = value;
  }
  if (write(master, keys, n) != n) perror("typing");
}

int main(int argc, char **argv) {
  int step = 1, seen = 0, patience = 0;
  while (step < argc && strcmp(argv[step], "--") != 0) step++;
  argv[step++] = NULL;
  mkdir("/dev/pts", 0755);
  if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666") != 0) return 125;
  master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  unlockpt(master);
  struct winsize size = {24, 80, 0, 0};
  ioctl(master, TIOCSWINSZ, &size);
  char *slash = strrchr(argv[1], '/');
  snprintf(shell_name, sizeof shell_name, "%s", slash ? slash + 1 : argv[1]);
  start(argv + 1);
  while (listen_on() && patience < 4000) {
    patience++;
    if (step >= argc) continue;
    char *text = argv[step] + 2, *colon = strrchr(text, ':'), wanted[100];
    snprintf(wanted, sizeof wanted, "%.*s", (int)(colon - text), text);
    char *found = strstr(all + seen, wanted);
    if (found == NULL || !waits(argv[step][0])) continue;
    seen = found - all + strlen(wanted);
    type(colon + 1);
    step++;
    patience = 0;
  }
  fwrite(all, 1, total, stdout);
  int status;
  close(master);
  waitpid(shell, &status, 0);
  printf("\n%d steps left, status %x\n", step < argc ? argc - step : 0, status);
  fflush(stdout);
  return 0;
}
