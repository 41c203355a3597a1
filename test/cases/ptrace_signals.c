/* Signals, system calls and exec of a tracee: which stops come in which order. */
#include "tracing.h"

static void on_signal(int sig) { say("handler %d", sig); }
static void killed_by_own(void) {
  signal(SIGUSR1, on_signal);
  raise(SIGUSR1);
  say("after");
}

CASE(ptrace_signal_passed, "a signal stops the tracee first; CONT with it lets the handler run") {
  int pid = tracee(killed_by_own);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  T(pt(PTRACE_CONT, pid, 0, SIGUSR1));
  await_stop("child", pid);
}

CASE(ptrace_signal_dropped, "CONT without it, and it never was") {
  int pid = tracee(killed_by_own);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

static void on_info(int sig, siginfo_t *info, void *context) {
  (void)context;
  say("handler %d code %d from tracer %d value %d", sig, info->si_code, info->si_pid == getppid(), info->si_value.sival_int);
}
static void two_handlers(void) {
  struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR1);
}

CASE(ptrace_signal_changed, "CONT with another signal: it comes from the tracer") {
  int pid = tracee(two_handlers);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, SIGUSR2);
  await_stop("child", pid);
}

CASE(ptrace_setsiginfo, "SETSIGINFO changes what the handler is told") {
  int pid = tracee(two_handlers);
  siginfo_t info;
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  T(pt(0x4202, pid, 0, (long)&info));
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = 4711;
  T(pt(0x4203, pid, 0, (long)&info));
  T(pt(0x4203, pid, 0, 8));
  T(pt(0x4202, pid, 0, 8));
  pt(PTRACE_CONT, pid, 0, SIGUSR1);
  await_stop("child", pid);
}

static void ignores(void) {
  signal(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);
  raise(SIGCHLD);
  raise(SIGWINCH);
  say("after");
}

CASE(ptrace_ignored_signals, "a tracer is told of ignored signals too") {
  int pid = tracee(ignores);
  for (int i = 0; i < 4; i++) {
    int status = await_stop("child", pid);
    pt(PTRACE_CONT, pid, 0, i == 0 ? 0 : WSTOPSIG(status));
  }
  await_stop("child", pid);
}

static void blocks(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGUSR1);
  raise(SIGUSR2);
}

CASE(ptrace_blocked_injection, "a blocked signal given to CONT stays pending") {
  int pid = tracee(blocks);
  long mask[2];
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  T(pt(0x420a, pid, 8, (long)mask));
  say("mask %lx %lx", mask[0], mask[1]);
  T(pt(0x420a, pid, 4, (long)mask));
  pt(PTRACE_CONT, pid, 0, SIGUSR1);
  await_stop("child", pid);
}

CASE(ptrace_setsigmask, "SETSIGMASK opens a blocked signal") {
  int pid = tracee(blocks);
  long mask[2] = {0, 0};
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  T(pt(0x420b, pid, 8, (long)mask));
  T(pt(0x420b, pid, 16, (long)mask));
  T(pt(0x420b, pid, 8, 8));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_peeksiginfo, "PEEKSIGINFO lists what is pending for the thread and for the process") {
  int pid = tracee(blocks);
  struct {
    unsigned long long off;
    unsigned flags;
    int nr;
  } args = {0, 0, 10};
  siginfo_t list[10];
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  kill(pid, SIGUSR1);
  kill(pid, SIGTERM);
  T(pt(0x4209, pid, (long)&args, (long)list));
  say("%d %d", list[0].si_signo, list[0].si_code);
  args.flags = 1;
  T(pt(0x4209, pid, (long)&args, (long)list));
  say("%d %d", list[0].si_signo, list[1].si_signo);
  args.off = 1;
  T(pt(0x4209, pid, (long)&args, (long)list));
  args.flags = 2;
  T(pt(0x4209, pid, (long)&args, (long)list));
  args.flags = 0, args.nr = -1;
  T(pt(0x4209, pid, (long)&args, (long)list));
  T(pt(0x4209, pid, 8, (long)list));
  pt(PTRACE_KILL, pid, 0, 0);
}

static void calls(void) {
  getppid();
  syscall(SYS_close, -1);
  syscall(9999);
}

static void trace_calls(int pid, int options, int steps) {
  int status;
  pt(PTRACE_SETOPTIONS, pid, 0, options);
  for (int i = 0; i < steps; i++) {
    pt(PTRACE_SYSCALL, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
      say_status("child", status);
      return;
    }
    long eax = user(pid, EAX), message = -1;
    pt(0x4201, pid, 0, (long)&message);
    if (user(pid, ORIG_EAX) == SYS_getppid && eax > 0) eax = eax == getpid() ? 1 : 2;
    say("stop %x orig %ld eax %ld message %ld", status >> 8, user(pid, ORIG_EAX), eax, message);
  }
}

CASE(ptrace_syscall_stops, "PTRACE_SYSCALL stops before and after each call, with -ENOSYS in eax before") {
  int pid = tracee(calls);
  waitpid(pid, NULL, 0);
  trace_calls(pid, 0, 20);
}

CASE(ptrace_sysgood, "with TRACESYSGOOD their signal is SIGTRAP | 0x80") {
  int pid = tracee(calls);
  waitpid(pid, NULL, 0);
  trace_calls(pid, PTRACE_O_TRACESYSGOOD, 3);
  say_siginfo(pid);
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_syscall_info, "GET_SYSCALL_INFO tells which stop it is") {
  int pid = tracee(calls);
  struct ptrace_syscall_info info;
  waitpid(pid, NULL, 0);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  T(pt(0x420e, pid, sizeof info, (long)&info));
  say("op %d arch %x", info.op, info.arch);
  for (int i = 0; i < 4; i++) {
    pt(PTRACE_SYSCALL, pid, 0, 0);
    waitpid(pid, NULL, 0);
    memset(&info, 0, sizeof info);
    T(pt(0x420e, pid, sizeof info, (long)&info));
    if (info.op == 1) say("entry nr %llu arg %d", info.entry.nr, (int)info.entry.args[0]);
    else if (i < 3) say("exit error %d value %d", info.exit.is_error, info.exit.rval == getpid());
    else say("exit error %d value %lld", info.exit.is_error, info.exit.rval);
  }
  T(pt(0x420e, pid, 8, (long)&info));
  T(pt(0x420e, pid, 8, 8));
  pt(PTRACE_KILL, pid, 0, 0);
}

static void one_call(void) { say("getppid says %s", getppid() == 4711 ? "4711" : "something"); }

CASE(ptrace_change_result, "a changed eax after the call is its result, a changed orig_eax before it another call") {
  int pid = tracee(one_call);
  waitpid(pid, NULL, 0);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  if (user(pid, ORIG_EAX) != SYS_getppid) say("first call %ld", user(pid, ORIG_EAX));
  T(pt(PTRACE_POKEUSER, pid, 4 * ORIG_EAX, SYS_getuid));
  pt(PTRACE_SYSCALL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  T(pt(PTRACE_POKEUSER, pid, 4 * EAX, 4711));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_skip_call, "orig_eax -1 skips the call, eax stays what the tracer says") {
  int pid = tracee(one_call);
  waitpid(pid, NULL, 0);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  pt(PTRACE_POKEUSER, pid, 4 * ORIG_EAX, -1);
  pt(PTRACE_POKEUSER, pid, 4 * EAX, 4711);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_sysemu, "SYSEMU stops once for each call, and never makes it") {
  int pid = tracee(one_call);
  waitpid(pid, NULL, 0);
  T(pt(31, pid, 0, 0));
  waitpid(pid, NULL, 0);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_POKEUSER, pid, 4 * EAX, 4711);
  pt(31, pid, 0, 0);
  waitpid(pid, NULL, 0);
  say("next %d", user(pid, ORIG_EAX) != SYS_getppid);
  pt(PTRACE_CONT, pid, 0, 0);
  waitpid(pid, NULL, 0);
}

CASE(ptrace_interrupted_call, "a call that a signal ends shows the kernel's own errno") {
  int pid = tracee(forever);
  await_stop("child", pid);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_state(pid, "S");
  kill(pid, SIGWINCH);
  await_stop("child", pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_SYSCALL, pid, 0, SIGWINCH);
  await_stop("child", pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_KILL, pid, 0, 0);
}

static void naps(void) {
  struct timespec t = {0, 300000000};
  say("nap %d", syscall(SYS_nanosleep, &t, NULL));
}

CASE(ptrace_restart_syscall, "a sleep goes on through restart_syscall") {
  int pid = tracee(naps);
  waitpid(pid, NULL, 0);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_state(pid, "S");
  kill(pid, SIGWINCH);
  waitpid(pid, NULL, 0);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_SYSCALL, pid, 0, SIGWINCH);
  await_stop("child", pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  say("orig %ld eax %ld", user(pid, ORIG_EAX), user(pid, EAX));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_signal_at_call_stop, "a signal given at a call's stop comes after the call, as one of the kernel's") {
  int pid = tracee(killed_by_own);
  waitpid(pid, NULL, 0);
  pt(PTRACE_SYSCALL, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, SIGUSR2);
  await_stop("child", pid);
  say_siginfo(pid);
  pt(PTRACE_CONT, pid, 0, SIGUSR2);
  await_stop("child", pid);
}

static void executes(void) { execl("/proc/self/exe", "again", "ptrace_no_case", NULL); }

CASE(ptrace_exec_sigtrap, "without TRACEEXEC a new program begins with SIGTRAP") {
  int pid = tracee(executes);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  say("eax %ld orig %ld", user(pid, EAX), user(pid, ORIG_EAX));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_exec_event, "with it an event, then the call's own stop") {
  int pid = tracee(executes);
  long message = 0;
  await_stop("child", pid);
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);
  for (int i = 0; i < 4; i++) {
    pt(PTRACE_SYSCALL, pid, 0, 0);
    await_stop("child", pid);
    pt(0x4201, pid, 0, (long)&message);
    say("eax %ld orig %ld message %d", user(pid, EAX), user(pid, ORIG_EAX), message == pid ? -1 : (int)message);
  }
  pt(PTRACE_KILL, pid, 0, 0);
}

static void stops(void) {
  raise(SIGSTOP);
  say("continued");
}

CASE(ptrace_group_stop, "SIGSTOP let through is a second stop, the group's; SIGCONT does not end it") {
  int pid = tracee(stops);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  pt(PTRACE_CONT, pid, 0, SIGSTOP);
  await_stop("child", pid);
  say_siginfo(pid);
  kill(pid, SIGCONT);
  say("state %c", state_of(pid));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  pt(PTRACE_CONT, pid, 0, SIGCONT);
  await_stop("child", pid);
}

CASE(ptrace_group_stop_detach, "DETACH in a group stop leaves the process stopped for its parent") {
  int pid = tracee(stops), status;
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, SIGSTOP);
  await_stop("child", pid);
  T(pt(PTRACE_DETACH, pid, 0, 0));
  await_state(pid, "T");
  say("state %c", state_of(pid));
  T(waitpid(pid, &status, WUNTRACED | WNOHANG) == pid);
  kill(pid, SIGCONT);
  await_stop("child", pid);
}
