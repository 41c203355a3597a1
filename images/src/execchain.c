/* Executes itself again and again: the process id, plain descriptors, ignored signals, the mask and the working
 * directory stay; handlers and close-on-exec descriptors do not; arguments and environment are new.
 * Usage: execchain [times] */
#include "lib/say.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEPT = 20, CLOSED = 21 };

static void handler(int sig) { (void)sig; }

static void prepare(void) {
  struct sigaction action = {.sa_handler = handler};
  sigset_t mask;
  int ends[2];
  must(pipe(ends), "pipe");
  must(dup2(ends[0], KEPT), "dup2");
  must(fcntl(ends[1], F_DUPFD_CLOEXEC, CLOSED), "fcntl");
  must(write(ends[1], "through the pipe", 16), "write");
  close(ends[0]);
  close(ends[1]);
  must(sigaction(SIGUSR1, &action, 0), "sigaction");
  action.sa_handler = SIG_IGN;
  must(sigaction(SIGUSR2, &action, 0), "sigaction");
  sigemptyset(&mask);
  sigaddset(&mask, SIGHUP);
  must(sigprocmask(SIG_BLOCK, &mask, 0), "sigprocmask");
  must(chdir("/tmp"), "chdir");
}

static const char *disposition(int sig) {
  struct sigaction action;
  must(sigaction(sig, 0, &action), "sigaction");
  return action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handled";
}

static void show(int left, const char *first_pid) {
  char where[64];
  sigset_t mask;
  sigprocmask(SIG_BLOCK, 0, &mask);
  say("%2d left: same pid %s, fd kept %s, close-on-exec fd %s, SIGUSR1 %s, SIGUSR2 %s, SIGHUP %s, in %s, ENV %s\n", left,
      atoi(first_pid) == getpid() ? "yes" : "no", fcntl(KEPT, F_GETFD) >= 0 ? "yes" : "no",
      fcntl(CLOSED, F_GETFD) >= 0 ? "open" : "closed", disposition(SIGUSR1), disposition(SIGUSR2),
      sigismember(&mask, SIGHUP) ? "blocked" : "open", getcwd(where, sizeof where), getenv("LEFT") ? getenv("LEFT") : "none");
}

int main(int argc, char **argv) {
  int left = argc > 1 ? atoi(argv[1]) : 10;
  char pid[16], next[16], env[24];
  if (argc < 3) prepare();
  format(pid, sizeof pid, "%s", argc < 3 ? "" : argv[2]);
  if (argc < 3) format(pid, sizeof pid, "%d", (int)getpid());
  show(left, pid);
  if (left == 0) {
    char text[32] = {0};
    must(read(KEPT, text, sizeof text - 1), "read");
    say("read %s\n", text);
    return 7;
  }
  format(next, sizeof next, "%d", left - 1);
  format(env, sizeof env, "LEFT=%d", left - 1);
  char *args[] = {argv[0], next, pid, 0}, *envp[] = {env, 0};
  must(execve("/bin/execchain", args, envp), "execve");
}
