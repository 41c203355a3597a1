/* Processes: wait statuses, groups, sessions, reparenting, job control, vfork, threads and exec. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outcome(long result) {
  static char text[4][64];
  static int at;
  char *to = text[at++ & 3];
  if (result < 0) snprintf(to, 64, "%s", strerror(errno));
  else snprintf(to, 64, "%ld", result);
  return to;
}
static pid_t first;
/* Numbers relative to the first child, so that they are the same everywhere. */
static int rel(pid_t pid) { return pid > 0 ? pid - first : pid; }

static char stack1[16384], stack2[16384];
static volatile int shared;
static int child_fn(void *arg) {
  shared = 7;
  usleep(1000);
  return (int)(intptr_t)arg;
}
static int thread_exec(void *path) {
  char *argv[] = {path, "again", 0};
  execv(path, argv);
  return 99;
}
static void show(const char *what, int status) {
  printf("%s: exited %d (%d), signaled %d (%d), stopped %d, continued %d\n", what, WIFEXITED(status), WEXITSTATUS(status), WIFSIGNALED(status), WTERMSIG(status), WIFSTOPPED(status), WIFCONTINUED(status));
}
static int chld;
static void on_chld(int sig) {
  (void)sig;
  chld++;
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc > 1) {
    printf("exec from a thread: leader %d, mask %d, ignored kept %d, handler gone %d\n", getpid() == syscall(SYS_gettid), ({ sigset_t s; sigprocmask(0, 0, &s); sigismember(&s, SIGUSR1); }),
           ({ struct sigaction a; sigaction(SIGHUP, 0, &a); a.sa_handler == SIG_IGN; }), ({ struct sigaction a; sigaction(SIGCHLD, 0, &a); a.sa_handler == SIG_DFL; }));
    return 5;
  }
  int status;
  printf("nobody: %s\n", outcome(wait(&status)));
  pid_t pid = fork();
  if (pid == 0) _exit(300);
  first = pid;
  pid_t got = waitpid(pid, &status, 0);
  printf("waited for %d\n", rel(got));
  show("exit 300", status);
  pid = fork();
  if (pid == 0) {
    abort();
  }
  waitpid(pid, &status, 0);
  show("abort", status);
  pid = fork();
  if (pid == 0) {
    pause();
  }
  got = waitpid(pid, &status, WNOHANG);
  printf("WNOHANG: %d\n", rel(got));
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  show("kill", status);
  printf("again: %s\n", outcome(waitpid(pid, &status, 0)));
  printf("bad options: %s\n", outcome(waitpid(-1, &status, 0x10000)));

  /* waitid, WNOWAIT, and who is waited for. */
  pid = fork();
  if (pid == 0) _exit(3);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int r = waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  printf("waitid: %s pid %d code %d status %d\n", outcome(r), rel(info.si_pid), info.si_code, info.si_status);
  r = waitid(P_ALL, 0, &info, WEXITED);
  printf("waitid: %s pid %d code %d status %d\n", outcome(r), rel(info.si_pid), info.si_code, info.si_status);
  printf("waitid without WEXITED and others: %s\n", outcome(waitid(P_ALL, 0, &info, WNOHANG)));
  printf("waitid nobody: %s\n", outcome(waitid(P_ALL, 0, &info, WEXITED)));

  /* Stopping and going on. */
  signal(SIGCHLD, on_chld);
  pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(4);
  }
  waitpid(pid, &status, WUNTRACED);
  show("stop", status);
  printf("WUNTRACED again: %s\n", outcome(waitpid(pid, &status, WUNTRACED | WNOHANG)));
  memset(&info, 0, sizeof info);
  kill(pid, SIGCONT);
  r = waitid(P_PID, pid, &info, WCONTINUED | WEXITED | WNOWAIT);
  printf("waitid continued or exited: %d\n", info.si_code == CLD_CONTINUED || info.si_code == CLD_EXITED);
  waitpid(pid, &status, 0);
  show("and exit", status);
  printf("SIGCHLD came %d\n", chld > 1);
  signal(SIGCHLD, SIG_DFL);

  /* Groups and sessions. */
  printf("own group %d, session %d\n", getpgrp() == getpgid(0), getsid(0) == getsid(getpid()));
  pid = fork();
  if (pid == 0) {
    int failed = 0;
    failed |= setpgid(0, 0) != 0;
    failed |= getpgrp() != getpid();
    printf("leader of a group cannot setsid: %s\n", outcome(setsid()));
    pid_t inner = fork();
    if (inner == 0) {
      printf("group is inherited %d\n", getpgrp() == getppid());
      pid_t sid = setsid();
      printf("setsid in the child %d, leads %d\n", sid == getpid(), getpgrp() == getpid());
      printf("setpgid of a session leader: %s\n", outcome(setpgid(0, 0)));
      _exit(0);
    }
    wait(0);
    printf("setpgid to nowhere: %s\n", outcome(setpgid(0, 29999)));
    printf("setpgid negative: %s\n", outcome(setpgid(0, -1)));
    printf("setpgid of a stranger: %s\n", outcome(setpgid(getppid(), 0)));
    _exit(failed);
  }
  waitpid(pid, &status, 0);
  show("groups", status);
  printf("getpgid of nobody: %s, getsid: %s\n", outcome(getpgid(29999)), outcome(getsid(29999)));
  /* Signals to a group, and waiting for one. */
  pid_t group = 0;
  for (int i = 0; i < 3; i++) {
    pid = fork();
    if (pid == 0) {
      pause();
      _exit(0);
    }
    if (i == 0) group = pid;
    setpgid(pid, group);
  }
  printf("kill the group: %s\n", outcome(kill(-group, SIGTERM)));
  for (int i = 0; i < 3; i++) waitpid(-group, &status, 0);
  printf("then nobody: %s\n", outcome(waitpid(-group, &status, 0)));
  printf("nor a group: %s\n", outcome(kill(-group, 0)));

  /* Orphans go to the subreaper; death signals. */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int fds[2];
  pipe(fds);
  pid = fork();
  if (pid == 0) {
    pid_t orphan = fork();
    if (orphan == 0) {
      prctl(PR_SET_PDEATHSIG, SIGUSR2);
      write(fds[1], "x", 1);
      pause();
    }
    char c;
    read(fds[0], &c, 1);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  got = wait(&status);
  printf("an orphan came: %d\n", rel(got) - rel(pid));
  show("orphan", status);
  /* Ignored children leave no zombies. */
  signal(SIGCHLD, SIG_IGN);
  pid = fork();
  if (pid == 0) _exit(1);
  printf("wait with SIGCHLD ignored: %s\n", outcome(wait(&status)));
  signal(SIGCHLD, SIG_DFL);

  /* vfork shares memory and sleeps. */
  shared = 1;
  pid = vfork();
  if (pid == 0) {
    shared = 2;
    _exit(8);
  }
  printf("after vfork %d\n", shared);
  waitpid(pid, &status, 0);
  show("vfork", status);
  pid = vfork();
  if (pid == 0) {
    char *none[] = {"/none", 0};
    execv("/none", none);
    shared = errno;
    _exit(9);
  }
  waitpid(pid, &status, 0);
  printf("failed exec in vfork: %s\n", strerror(shared));

  /* clone: memory shared, another exit signal, __WCLONE. */
  int c = clone(child_fn, stack1 + sizeof stack1, CLONE_VM | SIGUSR1, (void *)11);
  signal(SIGUSR1, SIG_IGN);
  printf("not for plain wait: %s\n", outcome(waitpid(c, &status, 0)));
  got = waitpid(c, &status, __WCLONE);
  printf("__WCLONE %d, shared %d\n", got == c, shared);
  show("clone", status);
  c = clone(child_fn, stack1 + sizeof stack1, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)12);
  shared = 0;
  waitpid(c, &status, __WALL);
  show("clone vfork", status);
  printf("bad flags: %s %s\n", outcome(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0)), outcome(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0)));
  int ptid = 0, ctid = 0;
  c = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &ptid, 0, &ctid);
  if (c == 0) _exit(ctid == getpid() ? 0 : 1);
  waitpid(c, &status, 0);
  printf("parent tid %d, ours untouched %d\n", ptid == c, ctid == 0);
  show("child tid", status);

  /* exec from a thread that is not the leader. */
  pid = fork();
  if (pid == 0) {
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, on_chld);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    int tid = clone(thread_exec, stack2 + sizeof stack2, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, "/proc/self/exe");
    (void)tid;
    for (;;) pause();
  }
  waitpid(pid, &status, 0);
  show("exec from a thread", status);
  /* exit of the leader alone, then of its thread. */
  pid = fork();
  if (pid == 0) {
    clone(child_fn, stack2 + sizeof stack2, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, (void *)33);
    syscall(SYS_exit, 21);
  }
  waitpid(pid, &status, 0);
  show("leader first", status);

  /* Orphaned groups: a stopped one gets SIGHUP and SIGCONT. */
  pid = fork();
  if (pid == 0) {
    setsid();
    pid_t middle = fork();
    if (middle == 0) {
      pid_t leaf = fork();
      if (leaf == 0) {
        setpgid(0, 0);
        raise(SIGSTOP);
        _exit(0);
      }
      setpgid(leaf, leaf);
      waitpid(leaf, &status, WUNTRACED);
      _exit(WIFSTOPPED(status) ? 0 : 1);
    }
    waitpid(middle, &status, 0);
    show("middle", status);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  got = wait(&status);
  show("stopped orphan", status);
  struct rusage usage;
  printf("getrusage: %s %s %s\n", outcome(getrusage(RUSAGE_CHILDREN, &usage)), outcome(getrusage(1, &usage)), outcome(getrusage(5, &usage)));
  printf("exec errors: %s,", outcome(execv("/none", argv)));
  printf(" %s,", outcome(execv("/", argv)));
  printf(" %s,", outcome(execv("", argv)));
  printf(" %s\n", outcome(syscall(SYS_execve, 8, argv, 0)));
  return 0;
}
