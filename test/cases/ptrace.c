/* Attaching, letting go, and the errors of requests: ptrace(2). */
#include "tracing.h"

CASE(ptrace_traceme_twice, "PTRACE_TRACEME a second time is EPERM") {
  int pid = fork();
  if (pid == 0) {
    T(pt(PTRACE_TRACEME, 0, 0, 0));
    T(pt(PTRACE_TRACEME, 0, 0, 0));
    _exit(3);
  }
  await_stop("child", pid);
}

CASE(ptrace_no_such_process, "requests on processes that are not there, or not traced, are ESRCH") {
  int pid = untraced(forever);
  await_state(pid, "S");
  T(pt(PTRACE_CONT, 30000, 0, 0));
  T(pt(PTRACE_CONT, pid, 0, 0));
  T(pt(PTRACE_ATTACH, 30000, 0, 0));
  T(pt(PTRACE_CONT, -1, 0, 0));
  T(pt(PTRACE_CONT, 0, 0, 0));
  T(pt(12345, pid, 0, 0));
  T(pt(0x4206, pid, 1, 0));
  T(pt(0x4206, pid, 0, 0x80000000));
}

CASE(ptrace_self, "a thread cannot attach to its own process, and anybody may be asked for once only") {
  T(pt(PTRACE_ATTACH, getpid(), 0, 0));
  T(pt(0x4206, getpid(), 0, 0));
  int pid = untraced(forever);
  T(pt(PTRACE_ATTACH, pid, 0, 0));
  T(pt(PTRACE_ATTACH, pid, 0, 0));
  await_stop("child", pid);
}

CASE(ptrace_attach_sleeper, "ATTACH stops a sleeper by SIGSTOP, and it goes on sleeping after DETACH") {
  int pid = untraced(forever);
  await_state(pid, "S");
  T(pt(PTRACE_ATTACH, pid, 0, 0));
  await_stop("child", pid);
  say_siginfo(pid);
  say("state %c", state_of(pid));
  say("eax %ld orig %ld", user(pid, EAX), user(pid, ORIG_EAX));
  T(pt(PTRACE_DETACH, pid, 0, 0));
  await_state(pid, "S");
  say("state %c", state_of(pid));
  kill(pid, SIGTERM);
  await_stop("child", pid);
}

CASE(ptrace_attach_stopped, "ATTACH to a stopped process: it is traced at once, and SIGSTOP still comes") {
  int pid = untraced(forever);
  kill(pid, SIGSTOP);
  waitpid(pid, NULL, WUNTRACED);
  say("state %c", state_of(pid));
  T(pt(PTRACE_ATTACH, pid, 0, 0));
  say("state %c", state_of(pid));
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(PTRACE_DETACH, pid, 0, 0));
  await_state(pid, "TS");
  say("state %c", state_of(pid));
  kill(pid, SIGCONT);
  await_state(pid, "S");
  say("state %c", state_of(pid));
}

CASE(ptrace_detach_with_signal, "DETACH gives a signal on the way") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  T(pt(PTRACE_DETACH, pid, 0, 65));
  T(pt(PTRACE_DETACH, pid, 0, SIGTERM));
  await_stop("child", pid);
}

CASE(ptrace_detach_plain, "DETACH without a signal lets a stopped tracee run to its end") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  T(pt(PTRACE_DETACH, pid, 0, 0));
  T(pt(PTRACE_DETACH, pid, 0, 0));
  await_stop("child", pid);
}

CASE(ptrace_kill, "PTRACE_KILL is SIGKILL") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  T(pt(PTRACE_KILL, pid, 0, 0));
  await_stop("child", pid);
  T(pt(PTRACE_KILL, pid, 0, 0));
}

CASE(ptrace_sigkill_in_stop, "SIGKILL ends a tracee in its stop") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  kill(pid, SIGKILL);
  await_stop("child", pid);
}

CASE(ptrace_cont_signal_range, "signals to go on with are 0 to 64, else EIO") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  T(pt(PTRACE_CONT, pid, 0, 65));
  T(pt(PTRACE_CONT, pid, 0, -1));
  T(pt(PTRACE_SYSCALL, pid, 0, 1000));
  T(pt(PTRACE_SINGLESTEP, pid, 0, 65));
  T(pt(PTRACE_CONT, pid, 0, 64));
  await_stop("child", pid);
}

CASE(ptrace_not_stopped, "requests on a tracee that runs are ESRCH, but for PTRACE_KILL") {
  int pid = tracee(forever);
  await_stop("child", pid);
  T(pt(PTRACE_CONT, pid, 0, 0));
  await_state(pid, "S");
  long word;
  T(pt(PTRACE_PEEKDATA, pid, (long)&word, (long)&word));
  T(pt(PTRACE_CONT, pid, 0, 0));
  T(pt(PTRACE_SETOPTIONS, pid, 0, 0));
  T(pt(0x4207, pid, 0, 0));
  T(pt(PTRACE_KILL, pid, 0, 0));
  await_stop("child", pid);
}

CASE(ptrace_tracer_dies, "a tracee goes on when its tracer ends, and its parent waits for it as ever") {
  int pid = untraced(forever);
  int tracer = fork();
  if (tracer == 0) {
    T(pt(PTRACE_ATTACH, pid, 0, 0));
    waitpid(pid, NULL, __WALL);
    say("state %c", state_of(pid));
    _exit(0);
  }
  await_stop("tracer", tracer);
  await_state(pid, "S");
  say("state %c", state_of(pid));
  kill(pid, SIGTERM);
  await_stop("child", pid);
}

CASE(ptrace_exitkill, "with PTRACE_O_EXITKILL it dies with its tracer") {
  int pid = untraced(forever);
  int tracer = fork();
  if (tracer == 0) {
    T(pt(0x4206, pid, 0, PTRACE_O_EXITKILL));
    _exit(0);
  }
  await_stop("tracer", tracer);
  await_stop("child", pid);
}

CASE(ptrace_two_parents, "a tracer that is not the parent sees the death first, the parent after it") {
  int pid = untraced(forever), status, go[2];
  if (pipe(go) < 0) return;
  int tracer = fork();
  if (tracer == 0) {
    char c;
    pt(PTRACE_ATTACH, pid, 0, 0);
    await_stop("tracer sees", pid);
    pt(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGKILL);
    await_state(pid, "Z");
    if (read(go[0], &c, 1) < 0) say("?");
    await_stop("tracer sees", pid);
    say("tracer: wait again %d", waitpid(pid, &status, __WALL) < 0 ? errno : 0);
    _exit(0);
  }
  await_state(pid, "Z");
  say("parent: %d", waitpid(pid, &status, WNOHANG));
  if (write(go[1], "x", 1) < 0) say("?");
  await_stop("tracer", tracer);
  await_stop("parent sees", pid);
}

CASE(ptrace_wait_not_parent, "stops of a tracee are told without WUNTRACED, with WNOWAIT again and again") {
  int pid = tracee(nothing);
  siginfo_t info;
  for (int i = 0; i < 2; i++) {
    T(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
    say("code %d status %d", info.si_code, info.si_status);
  }
  T(waitid(P_PID, pid, &info, WSTOPPED));
  say("code %d status %d", info.si_code, info.si_status);
  T(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
  say("pid %d", info.si_pid);
  pt(PTRACE_KILL, pid, 0, 0);
}

static volatile int children_told;
static siginfo_t child_info;
static void on_child(int sig, siginfo_t *info, void *context) {
  (void)sig, (void)context;
  children_told++;
  child_info = *info;
}

CASE(ptrace_sigchld, "each stop is a SIGCHLD with CLD_TRAPPED, even with a tracer that wants none of stops it gets none") {
  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
  sigaction(SIGCHLD, &action, NULL);
  int pid = tracee(nothing);
  await_stop("child", pid);
  say("told %d code %d status %d", children_told, child_info.si_code, child_info.si_status);
  action.sa_flags |= SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, NULL);
  children_told = 0;
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  say("told %d", children_told);
  pt(PTRACE_KILL, pid, 0, 0);
  await_stop("child", pid);
  say("told %d code %d status %d", children_told, child_info.si_code, child_info.si_status);
}

CASE(ptrace_permission, "another user's process is EPERM; one's own that is not dumpable too") {
  int other = untraced(forever);
  int pid = fork();
  if (pid == 0) {
    if (setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0) say("?");
    T(pt(PTRACE_ATTACH, other, 0, 0));
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    int own = untraced(forever);
    T(pt(0x4206, own, 0, 0));
    kill(own, SIGKILL);
    waitpid(own, NULL, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    own = untraced(forever);
    T(pt(0x4206, own, 0, 0));
    kill(own, SIGKILL);
    _exit(0);
  }
  await_stop("other user", pid);
}

CASE(ptrace_tracerpid, "/proc/PID/status names the tracer") {
  int pid = tracee(nothing);
  char path[40], line[200];
  await_stop("child", pid);
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, "State:", 6) == 0) printf("%s", line);
    if (strncmp(line, "TracerPid:", 10) == 0) say("traced by me: %d", atoi(line + 10) == getpid());
  }
  fclose(file);
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_setoptions_values, "unknown options are EINVAL; the old number of the request works too") {
  int pid = tracee(nothing);
  await_stop("child", pid);
  T(pt(PTRACE_SETOPTIONS, pid, 0, 0x100));
  T(pt(PTRACE_SETOPTIONS, pid, 0, 0xff));
  T(pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL));
  T(pt(21, pid, 0, PTRACE_O_TRACESYSGOOD));
  T(pt(21, pid, 0, 0x400000));
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_KILL, pid, 0, 0);
}
