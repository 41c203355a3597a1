/* Queued and pending signals: real-time ones queue in order with their values, ordinary ones merge; masks, nesting,
 * sigwaitinfo(2), SA_NODEFER, SA_RESETHAND and what a child inherits. signal(7) */
#define _GNU_SOURCE
#include "lib/say.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t depth, deepest, runs;

static void on_value(int sig, siginfo_t *info, void *context) {
  (void)context;
  say("  handler: signal SIGRTMIN+%d value %d code %d own %d\n", sig - SIGRTMIN, info->si_value.sival_int, info->si_code,
      info->si_pid == getpid());
}

static void on_nested(int sig) {
  depth++;
  if (depth > deepest) deepest = depth;
  if (++runs < 3) raise(sig);
  depth--;
}

static void on_count(int sig) { say("  handler: %s\n", strsignal(sig)); }

static void handle(int sig, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  must(sigaction(sig, &action, 0), "sigaction");
}

static void queue(void) {
  struct sigaction action = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
  sigset_t all, old, pending;
  sigfillset(&all);
  sigfillset(&action.sa_mask);
  for (int i = 0; i < 3; i++) must(sigaction(SIGRTMIN + i, &action, 0), "sigaction");
  must(sigprocmask(SIG_SETMASK, &all, &old), "sigprocmask");
  static const int order[][2] = {{2, 1}, {0, 2}, {1, 3}, {0, 4}, {2, 5}, {0, 6}};
  for (unsigned i = 0; i < sizeof order / sizeof *order; i++)
    must(sigqueue(getpid(), SIGRTMIN + order[i][0], (union sigval){.sival_int = order[i][1]}), "sigqueue");
  must(sigpending(&pending), "sigpending");
  say("pending: %d %d %d\n", sigismember(&pending, SIGRTMIN), sigismember(&pending, SIGRTMIN + 1),
      sigismember(&pending, SIGUSR1));
  must(sigprocmask(SIG_SETMASK, &old, 0), "sigprocmask");
}

static void merge(void) {
  sigset_t mask, old;
  handle(SIGUSR1, on_count, 0);
  handle(SIGUSR2, on_count, 0);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigaddset(&mask, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &mask, &old), "sigprocmask");
  for (int i = 0; i < 3; i++) {
    raise(SIGUSR2);
    raise(SIGUSR1);
  }
  say("ordinary signals sent 3 times each\n");
  must(sigprocmask(SIG_SETMASK, &old, 0), "sigprocmask");
}

static void nesting(void) {
  handle(SIGUSR1, on_nested, SA_NODEFER);
  raise(SIGUSR1);
  say("SA_NODEFER: depth %d in %d runs\n", (int)deepest, (int)runs);
  deepest = runs = 0;
  handle(SIGUSR1, on_nested, 0);
  raise(SIGUSR1);
  say("without: depth %d in %d runs\n", (int)deepest, (int)runs);
}

static void once(void) {
  struct sigaction action;
  handle(SIGUSR1, on_count, SA_RESETHAND);
  raise(SIGUSR1);
  must(sigaction(SIGUSR1, 0, &action), "sigaction");
  say("SA_RESETHAND: %s\n", action.sa_handler == SIG_DFL ? "default again" : "still handled");
}

static void synchronous(void) {
  sigset_t set;
  siginfo_t info;
  struct timespec soon = {0, 10000000};
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 5);
  sigaddset(&set, SIGCHLD);
  must(sigprocmask(SIG_BLOCK, &set, 0), "sigprocmask");
  int none = sigtimedwait(&set, &info, &soon);
  say("sigtimedwait: %s\n", none < 0 ? strerror(errno) : "a signal");
  must(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = 55}), "sigqueue");
  int sig = (int)must(sigwaitinfo(&set, &info), "sigwaitinfo");
  say("sigwaitinfo: SIGRTMIN+%d value %d\n", sig - SIGRTMIN, info.si_value.sival_int);
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) _exit(77);
  do must(sigwaitinfo(&set, &info), "sigwaitinfo");
  while (info.si_pid != child);
  say("sigwaitinfo: %s code %d status %d\n", strsignal(info.si_signo), info.si_code, info.si_status);
  must(waitpid(child, 0, 0), "waitpid");
}

static void inheritance(void) {
  sigset_t mask, pending;
  int status;
  handle(SIGUSR2, on_count, 0);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  must(sigprocmask(SIG_BLOCK, &mask, 0), "sigprocmask");
  raise(SIGUSR2);
  if (must(fork(), "fork") == 0) {
    sigset_t now;
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, 0, &now);
    say("child: pending %d blocked %d\n", sigismember(&pending, SIGUSR2), sigismember(&now, SIGUSR2));
    sigprocmask(SIG_UNBLOCK, &mask, 0);
    raise(SIGUSR2);
    _exit(0);
  }
  must(wait(&status), "wait");
  sigpending(&pending);
  say("parent: pending %d\n", sigismember(&pending, SIGUSR2));
  must(sigprocmask(SIG_UNBLOCK, &mask, 0), "sigprocmask");
}

int main(void) {
  queue();
  merge();
  nesting();
  once();
  synchronous();
  inheritance();
  struct sigaction action = {.sa_handler = on_count};
  say("a handler for SIGKILL: %s\n", sigaction(SIGKILL, &action, 0) < 0 ? strerror(errno) : "accepted");
  say("a signal 65: %s\n", kill(getpid(), 65) < 0 ? strerror(errno) : "sent");
  return 0;
}
