/* Interrupted system calls, signal(7): with SA_RESTART read(2) and wait4(2) go on, without it they fail with EINTR;
 * nanosleep(2), poll(2) and pause(2) fail either way. A child sends the signals until it is told to stop. */
#include "lib/say.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void on_signal(int sig) {
  (void)sig;
  handled++;
}

static void set_handler(int flags) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
  must(sigaction(SIGUSR1, &action, 0), "sigaction");
  handled = 0;
}

static void pause_for(long milliseconds) {
  struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) continue;
}

/* A child that signals its parent every 10 ms: count times, and then writes a byte to fd; or for ever if count is 0. */
static pid_t pester(int count, int fd) {
  pid_t parent = getpid(), child = (pid_t)must(fork(), "fork");
  if (child) return child;
  for (int i = 0; !count || i < count; i++) {
    pause_for(10);
    if (kill(parent, SIGUSR1) < 0) _exit(1);
  }
  pause_for(30);
  if (fd >= 0) must(write(fd, "x", 1), "write");
  _exit(0);
}

static void stop(pid_t child) {
  kill(child, SIGKILL);
  while (waitpid(child, 0, 0) < 0 && errno == EINTR) continue;
}

static void show(const char *what, long result) {
  int error = errno;
  say("%-28s %s, handler ran: %s\n", what, result < 0 ? strerror(error) : "completed", handled ? "yes" : "no");
}

static void reading(int flags, const char *what, int completes) {
  int ends[2];
  char byte;
  must(pipe(ends), "pipe");
  set_handler(flags);
  pid_t child = pester(completes ? 3 : 0, ends[1]);
  show(what, read(ends[0], &byte, 1));
  stop(child);
  close(ends[0]);
  close(ends[1]);
}

static void sleeping(int flags, const char *what) {
  struct timespec wanted = {20, 0}, left = {0};
  set_handler(flags);
  pid_t child = pester(0, -1);
  show(what, nanosleep(&wanted, &left));
  say("%-28s some is left: %s\n", "", left.tv_sec > 0 && left.tv_sec < 20 ? "yes" : "no");
  stop(child);
}

static void polling(void) {
  set_handler(SA_RESTART);
  pid_t child = pester(0, -1);
  show("poll, SA_RESTART", poll(0, 0, 20000));
  handled = 0;
  show("pause, SA_RESTART", pause());
  stop(child);
}

static void waiting(void) {
  int status = 0;
  set_handler(SA_RESTART);
  pid_t sender = pester(5, -1);
  long result = waitpid(sender, &status, 0);
  show("wait4, SA_RESTART", result);
  say("%-28s waited for the sender: %s\n", "", result == sender ? "yes" : "no");
  set_handler(0);
  sender = pester(0, -1);
  show("wait4", waitpid(sender, &status, 0));
  stop(sender);
}

int main(void) {
  reading(SA_RESTART, "read, SA_RESTART", 1);
  reading(0, "read", 0);
  sleeping(0, "nanosleep");
  sleeping(SA_RESTART, "nanosleep, SA_RESTART");
  polling();
  waiting();
  return 0;
}
