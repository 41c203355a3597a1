/* Events of fork, vfork, clone and exit, threads, and PTRACE_SEIZE. */
#include "tracing.h"
#include <sys/syscall.h>

#define ALL (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT)

static void forks(void) {
  int pid = fork();
  if (pid == 0) _exit(5);
  waitpid(pid, NULL, 0);
}
static void vforks(void) {
  if (vfork() == 0) _exit(6);
}

CASE(ptrace_event_fork, "TRACEFORK: an event in the parent, and a child that is traced from its first instruction") {
  int pid = tracee(forks);
  waitpid(pid, NULL, 0);
  T(pt(PTRACE_SETOPTIONS, pid, 0, ALL & ~PTRACE_O_TRACEEXIT));
  pt(PTRACE_CONT, pid, 0, 0);
  long child = 0;
  await_stop("parent", pid);
  pt(0x4201, pid, 0, (long)&child);
  say("eax %ld orig %ld", user(pid, EAX), user(pid, ORIG_EAX));
  await_stop("child", child);
  say_siginfo(child);
  say("child eax %ld", user(child, EAX));
  pt(PTRACE_CONT, child, 0, 0);
  await_stop("child", child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
  pt(PTRACE_CONT, pid, 0, SIGCHLD);
  await_stop("parent", pid);
}

CASE(ptrace_event_vfork, "TRACEVFORK and TRACEVFORKDONE around the child's use of the memory") {
  int pid = tracee(vforks);
  long child = 0, message = 0;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, ALL & ~PTRACE_O_TRACEEXIT);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
  pt(0x4201, pid, 0, (long)&child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", child);
  pt(PTRACE_CONT, child, 0, 0);
  await_stop("child", child);
  await_stop("parent", pid);
  pt(0x4201, pid, 0, (long)&message);
  say("same child %d", message == child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
  pt(PTRACE_CONT, pid, 0, SIGCHLD);
  await_stop("parent", pid);
}

CASE(ptrace_event_exit, "TRACEEXIT: the tracee stops before it ends, its memory still there") {
  int pid = tracee(nothing);
  long message = 0, word = 0;
  static int variable = 99;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  pt(0x4201, pid, 0, (long)&message);
  pt(PTRACE_PEEKDATA, pid, (long)&variable, (long)&word);
  say("message %lx word %ld", message, word);
  T(pt(PTRACE_CONT, pid, 0, SIGUSR1));
  await_stop("child", pid);
}

CASE(ptrace_event_exit_killed, "TRACEEXIT: killed by a signal too, and a second SIGKILL is nothing") {
  int pid = tracee(forever);
  long message = 0;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
  pt(PTRACE_CONT, pid, 0, 0);
  await_state(pid, "S");
  kill(pid, SIGKILL);
  await_stop("child", pid);
  pt(0x4201, pid, 0, (long)&message);
  say("message %lx", message);
  T(kill(pid, SIGKILL));
  say("state %c", state_of(pid));
  T(pt(PTRACE_KILL, pid, 0, 0));
  say("state %c", state_of(pid));
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_stop("child", pid);
}

static int thread_runs(void *arg) {
  (void)arg;
  syscall(SYS_exit, 3);
  return 0;
}
static char stack[65536];
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
static void threads(void) {
  clone(thread_runs, stack + sizeof stack, THREAD, NULL);
  usleep(20000);
}

CASE(ptrace_event_clone, "TRACECLONE: a thread is traced, and waited for when it ends") {
  int pid = tracee(threads);
  long child = 0;
  siginfo_t info;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, ALL & ~PTRACE_O_TRACEEXIT);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("leader", pid);
  pt(0x4201, pid, 0, (long)&child);
  await_stop("thread", child);
  pt(PTRACE_CONT, child, 0, 0);
  T(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
  say("code %d status %d", info.si_code, info.si_status);
  await_stop("thread", child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("leader", pid);
}

static int thread_ends_all(void *arg) {
  (void)arg;
  usleep(5000);
  _exit(9);
}
static void leader_first(void) {
  clone(thread_ends_all, stack + sizeof stack, THREAD, NULL);
  syscall(SYS_exit, 1);
}

CASE(ptrace_leader_ends_first, "a leader that ended before its thread is told of when that is gone") {
  int pid = tracee(leader_first), status;
  long child = 0;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("leader", pid);
  pt(0x4201, pid, 0, (long)&child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("thread", child);
  await_state(pid, "Z");
  say("leader %d", waitpid(pid, &status, WNOHANG | __WALL));
  pt(PTRACE_CONT, child, 0, 0);
  await_stop("thread", child);
  await_stop("leader", pid);
}

CASE(ptrace_untraced_clone, "CLONE_UNTRACED children are not traced, CLONE_PTRACE ones without options are") {
  int status, pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    if (syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0) == 0) _exit(1);
    waitpid(-1, NULL, 0);
    if (syscall(SYS_clone, CLONE_PTRACE | SIGCHLD, 0, 0, 0, 0) == 0) _exit(2);
    waitpid(-1, NULL, 0);
    _exit(3);
  }
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK);
  pt(PTRACE_CONT, pid, 0, 0);
  for (int i = 0; i < 12; i++) {
    int got = waitpid(-1, &status, __WALL);
    if (got < 0) break;
    say("%s %x", got == pid ? "parent" : "child", status);
    pt(PTRACE_CONT, got, 0, 0);
  }
}

CASE(ptrace_seize, "SEIZE does not stop; INTERRUPT does, with an event") {
  int pid = untraced(forever), status;
  await_state(pid, "S");
  T(pt(0x4206, pid, 0, PTRACE_O_TRACESYSGOOD));
  T(waitpid(pid, &status, WNOHANG));
  T(pt(0x4207, pid, 0, 0));
  await_stop("child", pid);
  say_siginfo(pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_state(pid, "S");
  T(pt(0x4207, pid, 0, 0));
  await_stop("child", pid);
  T(pt(0x4207, pid, 0, 0));
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, SIGTERM);
  await_state(pid, "S");
  kill(pid, SIGKILL);
  await_stop("child", pid);
}

CASE(ptrace_listen, "LISTEN: the group stop lasts, and its end is a new stop") {
  int pid = untraced(forever), status;
  await_state(pid, "S");
  pt(0x4206, pid, 0, 0);
  T(pt(0x4208, pid, 0, 0));
  kill(pid, SIGSTOP);
  await_stop("child", pid);
  T(pt(0x4208, pid, 0, 0));
  pt(PTRACE_CONT, pid, 0, SIGSTOP);
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(0x4208, pid, 0, 0));
  T(waitpid(pid, &status, WNOHANG | __WALL));
  T(pt(PTRACE_CONT, pid, 0, 0));
  say("state %c", state_of(pid));
  kill(pid, SIGCONT);
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, SIGCONT);
  await_state(pid, "S");
  say("state %c", state_of(pid));
  kill(pid, SIGKILL);
}

CASE(ptrace_listen_interrupt, "INTERRUPT ends LISTEN, and DETACH leaves the group stop") {
  int pid = untraced(forever);
  await_state(pid, "S");
  kill(pid, SIGSTOP);
  waitpid(pid, NULL, WUNTRACED);
  T(pt(0x4206, pid, 0, 0));
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(0x4208, pid, 0, 0));
  T(pt(0x4207, pid, 0, 0));
  await_stop("child", pid);
  T(pt(PTRACE_DETACH, pid, 0, 0));
  await_state(pid, "T");
  say("state %c", state_of(pid));
  kill(pid, SIGCONT);
  await_state(pid, "S");
  say("state %c", state_of(pid));
}

static void execs(void) { execl("/proc/self/exe", "again", "ptrace_no_case", NULL); }
CASE(ptrace_seize_exec, "a seized process gets no SIGTRAP from execve") {
  int go[2];
  if (pipe(go) < 0) return;
  int pid = fork();
  if (pid == 0) {
    char c;
    if (read(go[0], &c, 1) < 0) say("?");
    execs();
  }
  await_state(pid, "S");
  T(pt(0x4206, pid, 0, 0));
  if (write(go[1], "x", 1) < 0) say("?");
  await_stop("child", pid);
}

CASE(ptrace_seize_fork, "a child of a seized parent begins with PTRACE_EVENT_STOP") {
  int go[2];
  if (pipe(go) < 0) return;
  int pid = fork();
  if (pid == 0) {
    char c;
    if (read(go[0], &c, 1) < 0) say("?");
    forks();
    _exit(0);
  }
  await_state(pid, "S");
  T(pt(0x4206, pid, 0, PTRACE_O_TRACEFORK));
  if (write(go[1], "x", 1) < 0) say("?");
  long child = 0;
  await_stop("parent", pid);
  pt(0x4201, pid, 0, (long)&child);
  await_stop("child", child);
  say_siginfo(child);
  pt(PTRACE_CONT, child, 0, 0);
  await_stop("child", child);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
}
