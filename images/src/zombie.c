/* The ends of children as wait4(2) and waitid(2) tell them: exit codes, signals, stops and continues, WNOHANG, groups,
 * orphans, and SIGCHLD, also when it is ignored. */
#include "lib/say.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_child(int sig) {
  (void)sig;
  ended++;
}

/* status is read after the call that fills it: arguments have no order of evaluation. */
static void show(const char *what, long result, const int *at) {
  int status = *at;
  say("%-24s ", what);
  if (result < 0) say("%s\n", strerror(errno));
  else if (result == 0) say("nothing yet\n");
  else if (WIFEXITED(status)) say("exited with %d\n", WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) say("killed by %s\n", strsignal(WTERMSIG(status)));
  else if (WIFSTOPPED(status)) say("stopped by %s\n", strsignal(WSTOPSIG(status)));
  else if (WIFCONTINUED(status)) say("continued\n");
}

static pid_t sleeper(void) {
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0)
    for (;;) pause();
  return child;
}

static void exits(void) {
  static const int codes[] = {0, 1, 127, 255, 256 + 42};
  for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
    int status;
    pid_t child = (pid_t)must(fork(), "fork");
    if (child == 0) _exit(codes[i]);
    show("exit", must(waitpid(child, &status, 0), "waitpid"), &status);
  }
}

static void signals(void) {
  static const int kinds[] = {SIGKILL, SIGTERM, SIGUSR1, SIGHUP, SIGPIPE, SIGALRM};
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    int status;
    pid_t child = sleeper();
    must(kill(child, kinds[i]), "kill");
    show("signal", must(waitpid(child, &status, 0), "waitpid"), &status);
  }
}

static void stops(void) {
  int status;
  pid_t child = sleeper();
  show("running, WNOHANG", waitpid(child, &status, WNOHANG), &status);
  must(kill(child, SIGSTOP), "kill");
  show("WUNTRACED", waitpid(child, &status, WUNTRACED), &status);
  show("told once", waitpid(child, &status, WUNTRACED | WNOHANG), &status);
  must(kill(child, SIGCONT), "kill");
  show("WCONTINUED", waitpid(child, &status, WCONTINUED), &status);
  must(kill(child, SIGKILL), "kill");
  siginfo_t info = {0};
  must(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), "waitid");
  say("%-24s code %d status %d same pid %d\n", "waitid, WNOWAIT", info.si_code, info.si_status, info.si_pid == child);
  show("still there", waitpid(child, &status, WNOHANG), &status);
  show("no longer", waitpid(child, &status, 0), &status);
}

static void groups(void) {
  int status;
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) _exit(setpgid(0, 0) < 0 ? 1 : 21);
  setpgid(child, child);
  show("group of parent", waitpid(0, &status, 0), &status);
  show("group of child", waitpid(-child, &status, 0), &status);
}

/* A grandchild outlives its parent and is taken over by another one; its pipe tells when it ends. */
static void orphans(void) {
  int ends[2], status;
  char text[64] = {0};
  must(pipe(ends), "pipe");
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) {
    pid_t parent = getpid();
    if (must(fork(), "fork")) _exit(5);
    struct timespec t = {0, 10000000};
    for (int i = 0; i < 1000 && getppid() == parent; i++) nanosleep(&t, 0);
    say_to(ends[1], "orphan has a new parent");
    _exit(0);
  }
  close(ends[1]);
  show("child with orphan", waitpid(child, &status, 0), &status);
  must(read(ends[0], text, sizeof text - 1), "read");
  say("%s\n", text);
  close(ends[0]);
}

static void notices(void) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
  sigset_t mask, old;
  int status;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, &old);
  must(sigaction(SIGCHLD, &action, 0), "sigaction");
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) _exit(3);
  sigsuspend(&old);
  say("SIGCHLD seen: %s, ", ended ? "yes" : "no"); /* as process 1 this one also gets the orphan's */
  must(waitpid(child, &status, 0), "waitpid");
  say("exit %d\n", WEXITSTATUS(status));
  action.sa_handler = SIG_IGN;
  must(sigaction(SIGCHLD, &action, 0), "sigaction");
  child = (pid_t)must(fork(), "fork");
  if (child == 0) _exit(3);
  show("SIGCHLD ignored", waitpid(child, &status, 0), &status);
}

int main(void) {
  int status = 0;
  show("no children", wait(&status), &status);
  exits();
  signals();
  stops();
  groups();
  orphans();
  notices();
  return 0;
}
