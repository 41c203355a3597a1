/* Parent and child send each other SIGUSR1 and SIGUSR2 in turn, each asleep in sigsuspend(2) between.
 * Usage: pingpong [rounds] */
#include "lib/say.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t got; /* signals handled and not yet consumed */
static volatile sig_atomic_t sender_pid;

static void on_signal(int sig, siginfo_t *info, void *context) {
  (void)sig;
  (void)context;
  got++;
  sender_pid = info->si_pid;
}

/* Sleeps until one more signal has been handled. The signal is blocked except inside sigsuspend, so none is lost. */
static void await_signal(const sigset_t *unblocked) {
  while (!got) sigsuspend(unblocked);
  got--;
}

static void serve(const sigset_t *unblocked, int rounds) {
  pid_t parent = getppid();
  for (int count = 0; count < rounds; count++) {
    await_signal(unblocked);
    if (sender_pid != parent) _exit(4);
    if (count == rounds - 1) say("child: %d pings\n", rounds); /* now, while the parent waits */
    kill(parent, SIGUSR2);
  }
  _exit(0);
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 500;
  int step = rounds / 5 ? rounds / 5 : 1;
  sigset_t both, unblocked;
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigaddset(&both, SIGUSR2);
  sigprocmask(SIG_BLOCK, &both, &unblocked);
  sigdelset(&unblocked, SIGUSR1);
  sigdelset(&unblocked, SIGUSR2);
  must(sigaction(SIGUSR1, &action, 0), "sigaction");
  must(sigaction(SIGUSR2, &action, 0), "sigaction");
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) serve(&unblocked, rounds);
  for (int i = 1; i <= rounds; i++) {
    must(kill(child, SIGUSR1), "kill");
    await_signal(&unblocked);
    if (sender_pid != child) return 5;
    if (i % step == 0) say("parent: %d pongs\n", i);
  }
  int status;
  must(waitpid(child, &status, 0), "waitpid");
  say("parent: child exited with %d\n", WEXITSTATUS(status));
  return WEXITSTATUS(status);
}
