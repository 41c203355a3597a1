/* Says the size of its terminal at the start and at each SIGWINCH, and what it reads; Ctrl-C ends it with 9. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void show(int sig) {
  struct winsize w;
  ioctl(0, TIOCGWINSZ, &w);
  printf("%s %d by %d.\n", sig ? "now" : "first", w.ws_row, w.ws_col);
  fflush(stdout);
}

static void interrupted(int sig) { exit(sig + 7); }

int main(void) {
  char line[100];
  long n;
  struct sigaction a = {.sa_handler = show}, i = {.sa_handler = interrupted};
  sigaction(SIGWINCH, &a, NULL);
  sigaction(SIGINT, &i, NULL);
  show(0);
  while ((n = read(0, line, sizeof line - 1)) > 0 || (n < 0 && errno == EINTR)) {
    if (n > 0) printf("read %ld.\n", n), fflush(stdout);
  }
  return 3;
}
