/* Groups, sessions, stopped and continued children, waitid, subreapers. */
#include "case.h"

static void forever(void) {
  for (;;) pause();
}

/* What setpgid_after_exec executes: before main, so that no case of this run is mixed up with it. */
__attribute__((constructor)) static void exec_target(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "exec_target") == 0) forever();
}

static int sleeper(void) {
  int pid = fork();
  if (pid == 0) forever();
  await_state(pid, "S");
  return pid;
}

static const char *name_of(int pid, int child) { return pid == child ? "child" : pid == 0 ? "0" : pid == getpid() ? "me" : "another"; }

static void show_info(const char *label, int child, siginfo_t *i) {
  say("%s: signo %d code %d pid %s uid %d status %x", label, i->si_signo, i->si_code, name_of(i->si_pid, child), (int)i->si_uid, i->si_status);
}

CASE(setpgid_errors, "setpgid: numbers, strangers, leaders, groups of other sessions") {
  int child = sleeper();
  T(setpgid(0, -1));
  T(setpgid(-5, 0));
  T(setpgid(30000, 0));
  T(setpgid(1, 0));
  T(setpgid(-5, 5));
  T(setpgid(child, 30000));
  T(setpgid(child, child));
  T(setpgid(child, child));
  T(getpgid(child) == child);
  T(setpgid(0, child));
  T(getpgrp() == child);
  T(setpgid(0, 0));
  T(getpgrp() == getpid());
  T(setpgid(child, getpid()));
  T(getpgid(30000));
  T(getsid(30000));
  T(getpgid(-1));
  T(getsid(child) == getsid(0));
}

CASE(setpgid_of_session, "setpgid: a session's leader, a child in another session, a grandchild") {
  int fds[2], back[2], grandchild;
  pipe(fds);
  pipe(back);
  int child = fork();
  if (child == 0) {
    T(setsid() == getpid());
    T(setsid());
    T(setpgid(0, 0));
    grandchild = fork();
    if (grandchild == 0) forever();
    write(fds[1], &grandchild, sizeof grandchild);
    forever();
  }
  read(fds[0], &grandchild, sizeof grandchild);
  T(setpgid(child, 0));
  T(setpgid(grandchild, 0));
  T(getsid(grandchild) == child);
  T(setpgid(0, child));
}

CASE(setpgid_after_exec, "setpgid: a child that has called execve is out of reach") {
  int fds[2], child;
  char c;
  pipe2(fds, O_CLOEXEC);
  child = fork();
  if (child == 0) {
    char *argv[] = {"again", "exec_target", NULL};
    execv("/proc/self/exe", argv);
    _exit(1);
  }
  close(fds[1]);
  /* The pipe ends with the exec. */
  T(read(fds[0], &c, 1));
  T(setpgid(child, child));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

CASE(waitid_exits, "waitid: an exit and a kill, and what is left unread by WNOWAIT") {
  siginfo_t i;
  int child = fork();
  if (child == 0) _exit(300);
  memset(&i, 0, sizeof i);
  T(waitid(P_PID, child, &i, WEXITED | WNOWAIT));
  show_info("look", child, &i);
  T(waitid(P_PID, child, &i, WEXITED));
  show_info("take", child, &i);
  T(waitid(P_PID, child, &i, WEXITED));
  child = sleeper();
  memset(&i, 0, sizeof i);
  T(waitid(P_ALL, 0, &i, WEXITED | WNOHANG));
  show_info("nothing", child, &i);
  kill(child, SIGTERM);
  T(waitid(P_ALL, 0, &i, WEXITED));
  show_info("killed", child, &i);
}

CASE(waitid_stops, "waitid: stops and continuations, each told once unless only looked at") {
  siginfo_t i;
  int child = sleeper();
  kill(child, SIGSTOP);
  T(waitid(P_PID, child, &i, WSTOPPED | WNOWAIT));
  show_info("look", child, &i);
  T(waitid(P_PID, child, &i, WSTOPPED));
  show_info("take", child, &i);
  memset(&i, 0, sizeof i);
  T(waitid(P_PID, child, &i, WSTOPPED | WNOHANG));
  show_info("again", child, &i);
  kill(child, SIGCONT);
  T(waitid(P_PID, child, &i, WCONTINUED | WNOWAIT));
  show_info("look", child, &i);
  T(waitid(P_PID, child, &i, WCONTINUED | WSTOPPED));
  show_info("take", child, &i);
  memset(&i, 0, sizeof i);
  T(waitid(P_PID, child, &i, WCONTINUED | WNOHANG));
  show_info("again", child, &i);
}

CASE(waitid_errors, "waitid: options and types that are none") {
  siginfo_t i;
  int child = sleeper();
  T(waitid(P_ALL, 0, &i, 0));
  T(waitid(P_ALL, 0, &i, WNOHANG));
  T(waitid(P_ALL, 0, &i, WEXITED | 0x100));
  T(waitid(9, 0, &i, WEXITED));
  T(waitid(P_PID, 0, &i, WEXITED));
  T(waitid(P_PID, -3, &i, WEXITED));
  T(waitid(P_PGID, -1, &i, WEXITED));
  T(waitid(P_PID, 30000, &i, WEXITED));
  T(waitid(P_PGID, 30000, &i, WEXITED));
  T(waitid(P_PGID, 0, &i, WEXITED | WNOHANG));
  T(waitid(P_PIDFD, 99, &i, WEXITED | WNOHANG));
  T(syscall(SYS_waitid, P_PID, child, 0, WEXITED | WNOHANG, 0));
  kill(child, SIGKILL);
  await_state(child, "Z");
  T(syscall(SYS_waitid, P_PID, child, 1, WEXITED, 0));
  T(waitid(P_PID, child, &i, WEXITED));
}

CASE(waitid_groups, "waitid and waitpid by group") {
  siginfo_t i;
  int status, a = sleeper(), b = sleeper();
  setpgid(a, a);
  kill(a, SIGKILL);
  kill(b, SIGKILL);
  await_state(b, "Z");
  T(waitid(P_PGID, a, &i, WEXITED));
  show_info("group", a, &i);
  T(waitpid(-a, &status, 0));
  T(waitid(P_PGID, 0, &i, WEXITED));
  show_info("own", b, &i);
  T(waitpid(0, &status, 0));
}

CASE(waitpid_stopped, "waitpid without WUNTRACED passes over a stop; WCONTINUED tells") {
  int status = 0, child = sleeper();
  kill(child, SIGSTOP);
  await_state(child, "T");
  T(waitpid(child, &status, WNOHANG));
  T(waitpid(child, &status, WNOHANG | WUNTRACED) == child);
  say_status("child", status);
  kill(child, SIGCONT);
  T(waitpid(child, &status, WNOHANG | WCONTINUED) == child);
  say_status("child", status);
  T(waitpid(child, &status, WNOHANG | WCONTINUED | WUNTRACED));
  T(waitpid(child, &status, 0x10));
  T(waitpid(-0x80000000, &status, 0));
}

CASE(continued_hides_stop, "a continuation that came after takes the place of a stop") {
  int status, child = sleeper();
  kill(child, SIGSTOP);
  await_state(child, "T");
  kill(child, SIGCONT);
  await_state(child, "S");
  T(waitpid(child, &status, WNOHANG | WUNTRACED));
  T(waitpid(child, &status, WNOHANG | WCONTINUED) == child);
  say_status("child", status);
}

CASE(killed_while_stopped, "SIGKILL ends a stopped child; SIGTERM waits for SIGCONT") {
  int status, child = sleeper();
  kill(child, SIGSTOP);
  waitpid(child, &status, WUNTRACED);
  kill(child, SIGTERM);
  usleep(20000);
  say("%c", state_of(child));
  kill(child, SIGCONT);
  waitpid(child, &status, 0);
  say_status("child", status);
  child = sleeper();
  kill(child, SIGSTOP);
  waitpid(child, &status, WUNTRACED);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  say_status("child", status);
}

static int events[20], count;

static void on_child(int sig, siginfo_t *i, void *c) {
  (void)sig, (void)c;
  if (count < 20) events[count++] = i->si_code;
}

CASE(child_signals, "SIGCHLD for stops and continuations, without SA_NOCLDSTOP alone") {
  struct sigaction a;
  for (int quiet = 0; quiet < 2; quiet++) {
    memset(&a, 0, sizeof a);
    a.sa_sigaction = on_child;
    a.sa_flags = SA_SIGINFO | SA_RESTART | (quiet ? SA_NOCLDSTOP : 0);
    sigaction(SIGCHLD, &a, NULL);
    count = 0;
    int child = sleeper();
    kill(child, SIGSTOP);
    await_state(child, "T");
    kill(child, SIGCONT);
    await_state(child, "S");
    kill(child, SIGKILL);
    await_state(child, "Z");
    usleep(20000);
    say("%d events: %d %d %d", count, events[0], count > 1 ? events[1] : 0, count > 2 ? events[2] : 0);
    waitpid(child, NULL, 0);
  }
}

CASE(no_zombies, "SIGCHLD ignored: wait() waits for all and says ECHILD") {
  int status;
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < 3; i++) {
    if (fork() == 0) _exit(i);
  }
  T(wait(&status));
  struct sigaction a = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &a, NULL);
  if (fork() == 0) _exit(1);
  T(waitpid(-1, &status, 0));
}

CASE(subreaper, "orphans go to the nearest subreaper above them") {
  int status, on = 0;
  T(prctl(PR_SET_CHILD_SUBREAPER, 1));
  T(prctl(PR_GET_CHILD_SUBREAPER, &on));
  say("%d", on);
  int middle = fork();
  if (middle == 0) {
    on = 5;
    prctl(PR_GET_CHILD_SUBREAPER, &on);
    say("inherited %d", on);
    int me = getpid(), top = getppid();
    if (fork() == 0) {
      while (getppid() == me) usleep(500);
      _exit(getppid() == top ? 7 : 8);
    }
    _exit(0);
  }
  waitpid(middle, &status, 0);
  say_status("middle", status);
  T(wait(&status) > 0);
  say_status("orphan", status);
}

CASE(newly_orphaned, "a stopped group that loses its last tie gets HUP and CONT") {
  int status;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int middle = fork();
  if (middle == 0) {
    setsid();
    int child = fork();
    if (child == 0) {
      setpgid(0, 0);
      forever();
    }
    setpgid(child, child);
    kill(child, SIGSTOP);
    await_state(child, "T");
    _exit(0);
  }
  waitpid(middle, &status, 0);
  say_status("tie", status);
  wait(&status);
  say_status("stopped one", status);
}

CASE(orphans_ignore_keys, "in an orphaned group SIGTSTP does not stop, SIGSTOP does") {
  int status;
  int child = fork();
  if (child == 0) {
    setsid();
    raise(SIGTSTP);
    raise(SIGTTIN);
    raise(SIGTTOU);
    say("still running");
    raise(SIGSTOP);
    _exit(3);
  }
  waitpid(child, &status, WUNTRACED);
  say_status("child", status);
  kill(child, SIGCONT);
  waitpid(child, &status, 0);
  say_status("child", status);
}

CASE(clone_children, "__WCLONE and __WALL see children with another exit signal") {
  int status, child = syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0);
  if (child == 0) _exit(4);
  await_state(child, "Z");
  signal(SIGUSR1, SIG_IGN);
  T(waitpid(child, &status, WNOHANG));
  T(waitpid(child, &status, WNOHANG | __WCLONE) == child);
  say_status("clone", status);
  child = fork();
  if (child == 0) _exit(5);
  await_state(child, "Z");
  T(waitpid(child, &status, WNOHANG | __WCLONE));
  T(waitpid(child, &status, WNOHANG | __WALL) == child);
  say_status("fork", status);
}
