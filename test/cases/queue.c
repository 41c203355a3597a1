/* Queues of signals: order, numbers, what siginfo says of each source, who takes them. */
#include "case.h"
#include <ucontext.h>

static sigset_t everything;
static struct timespec none = {0, 0};

static void block_all(void) {
  sigfillset(&everything);
  sigprocmask(SIG_BLOCK, &everything, NULL);
}

static void drain(void) {
  siginfo_t info;
  int sig;
  while ((sig = sigtimedwait(&everything, &info, &none)) > 0)
    say("%d code %d value %d pid %s uid %d", sig, info.si_code, info.si_value.sival_int,
        info.si_pid == getpid() ? "own" : info.si_pid == 0 ? "0" : "another", info.si_uid);
}

static volatile int order[200], calls;
static void note(int sig) { order[calls++] = sig; }
static void told(void) {
  for (int i = 0; i < calls; i++) printf("%d ", order[i]);
  say("");
  calls = 0;
}

CASE(realtime_queue, "real-time signals are queued, in order within a number, low numbers first") {
  union sigval value;
  block_all();
  for (int i = 0; i < 3; i++)
    for (int sig = SIGRTMIN + 2; sig >= SIGRTMIN; sig--) {
      value.sival_int = 10 * i + sig;
      sigqueue(getpid(), sig, value);
    }
  drain();
}

CASE(standard_once, "standard signals are there once, with the first's value") {
  union sigval value;
  block_all();
  for (int i = 1; i < 4; i++) {
    value.sival_int = i;
    sigqueue(getpid(), SIGUSR1, value);
  }
  drain();
}

CASE(thread_before_process, "the thread's own queue comes before the process's") {
  block_all();
  kill(getpid(), SIGUSR1);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR2);
  kill(getpid(), SIGTERM);
  drain();
}

CASE(synchronous_first, "of several pending signals faults are delivered first, then low numbers; handlers nest from the end") {
  int sigs[] = {SIGTERM, SIGSEGV, SIGHUP, SIGFPE, SIGUSR1, SIGRTMIN + 5, SIGRTMIN};
  struct sigaction act = {0};
  act.sa_handler = note;
  sigfillset(&act.sa_mask);
  for (int i = 0; i < 7; i++) sigaction(sigs[i], &act, NULL);
  block_all();
  for (int i = 0; i < 7; i++) raise(sigs[i]);
  sigprocmask(SIG_UNBLOCK, &everything, NULL);
  told();
}

CASE(all_signals_handled, "all signals but two have handlers, and each is delivered") {
  int refused = 0;
  for (int sig = 1; sig < 65; sig++) {
    if (sig == 32 || sig == 33) continue;
    struct sigaction act = {0};
    act.sa_handler = note;
    if (sigaction(sig, &act, NULL) < 0) {
      say("%d is refused", sig);
      continue;
    }
    kill(getpid(), sig);
  }
  told();
}

CASE(default_actions, "what each signal does without a handler") {
  for (int sig = 1; sig < 65; sig++) {
    int status, pid = fork();
    if (pid == 0) {
      struct rlimit limit = {0, 0};
      setrlimit(RLIMIT_CORE, &limit);
      kill(getpid(), sig);
      _exit(0);
    }
    waitpid(pid, &status, WUNTRACED);
    if (WIFSTOPPED(status)) {
      kill(pid, SIGKILL);
      printf("%d stops, ", sig);
      waitpid(pid, &status, 0);
    } else printf("%d %s, ", sig, WIFSIGNALED(status) ? "kills" : "is nothing");
  }
  say("");
}

CASE(queue_errors, "sigqueueinfo: codes of the kernel, numbers, pointers") {
  siginfo_t info = {0};
  info.si_code = SI_QUEUE;
  T(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &info));
  T(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info));
  T(syscall(SYS_rt_sigqueueinfo, 30000, SIGUSR1, &info));
  T(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 1));
  info.si_code = SI_USER;
  T(syscall(SYS_rt_sigqueueinfo, 1, SIGCONT, &info));
  info.si_code = SI_TKILL;
  T(syscall(SYS_rt_sigqueueinfo, 1, SIGCONT, &info));
  info.si_code = 5;
  T(syscall(SYS_rt_sigqueueinfo, 1, SIGCONT, &info));
  T(syscall(SYS_rt_tgsigqueueinfo, getpid(), -1, SIGCONT, &info));
  T(syscall(SYS_rt_tgsigqueueinfo, getpid(), 30000, SIGCONT, &info));
}

CASE(queue_to_self_any_code, "a process may send itself any code") {
  siginfo_t info = {0};
  block_all();
  info.si_code = SI_USER;
  info.si_pid = 77;
  info.si_uid = 88;
  T(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info));
  info.si_code = 0x77;
  T(syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGRTMIN + 1, &info));
  siginfo_t got;
  while (sigtimedwait(&everything, &got, &none) > 0) say("signo %d code %x pid %d uid %d", got.si_signo, got.si_code, got.si_pid, got.si_uid);
}

CASE(kill_targets, "kill by process, group, all, nobody") {
  int status, pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    for (;;) pause();
  }
  setpgid(pid, pid);
  T(kill(-pid, 0));
  T(kill(-30000, 0));
  T(kill(-2147483647 - 1, 0));
  T(kill(-pid, SIGTERM));
  waitpid(pid, &status, 0);
  say_status("child", status);
  T(kill(-pid, 0));
}

CASE(kill_zombie, "a zombie can be signalled, and nothing happens") {
  int status, pid = fork();
  if (pid == 0) _exit(3);
  await_state(pid, "Z");
  T(kill(pid, SIGKILL));
  T(kill(pid, 0));
  T(syscall(SYS_tkill, pid, SIGKILL));
  T(syscall(SYS_tgkill, pid, pid, 0));
  waitpid(pid, &status, 0);
  say_status("child", status);
  T(kill(pid, 0));
}

CASE(tkill_errors, "tkill and tgkill check numbers before they look") {
  T(syscall(SYS_tkill, 0, SIGUSR1));
  T(syscall(SYS_tkill, -1, SIGUSR1));
  T(syscall(SYS_tkill, 30000, SIGUSR1));
  T(syscall(SYS_tkill, getpid(), 65));
  T(syscall(SYS_tkill, 30000, 65));
  T(syscall(SYS_tgkill, 0, getpid(), SIGUSR1));
  T(syscall(SYS_tgkill, getpid(), 0, SIGUSR1));
  T(syscall(SYS_tgkill, 1, getpid(), SIGUSR1));
  T(syscall(SYS_tgkill, -5, getpid(), 0));
}

CASE(kill_permission, "another user's process is EPERM, but for SIGCONT in the same session") {
  int pid = fork();
  if (pid == 0) for (;;) pause();
  setresuid(1000, 1000, 1000);
  T(kill(pid, 0));
  T(kill(pid, SIGTERM));
  T(kill(pid, SIGCONT));
  T(kill(1, SIGCONT));
  T(kill(1, 0));
  T(kill(-1, 0));
}

CASE(stop_discards_continue, "a stop signal takes SIGCONT out of the queue, and the other way round") {
  block_all();
  kill(getpid(), SIGCONT);
  kill(getpid(), SIGTSTP);
  drain();
  kill(getpid(), SIGTSTP);
  kill(getpid(), SIGTTIN);
  kill(getpid(), SIGCONT);
  drain();
}

CASE(stopped_pending, "signals to a stopped process wait until it goes on, SIGKILL does not") {
  int status, pid = fork();
  if (pid == 0) {
    signal(SIGUSR1, note);
    while (calls == 0) usleep(3000);
    _exit(order[0]);
  }
  await_state(pid, "S");
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGUSR1);
  usleep(2000);
  say("%c", state_of(pid));
  kill(pid, SIGCONT);
  waitpid(pid, &status, 0);
  say_status("child", status);
  pid = fork();
  if (pid == 0) for (;;) pause();
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(continue_handler, "SIGCONT goes on even when blocked, ignored or handled") {
  int status;
  for (int i = 0; i < 3; i++) {
    int pid = fork();
    if (pid == 0) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGCONT);
      if (i == 0) sigprocmask(SIG_BLOCK, &set, NULL);
      if (i == 1) signal(SIGCONT, SIG_IGN);
      if (i == 2) signal(SIGCONT, note);
      kill(getpid(), SIGSTOP);
      _exit(10 + calls);
    }
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    say_status("child", status);
  }
}

CASE(sigtimedwait_errors, "sigtimedwait: times, sizes, pointers") {
  siginfo_t info;
  struct timespec bad = {0, 1000000000}, negative = {-1, 0}, brief = {0, 1000};
  block_all();
  T(sigtimedwait(&everything, &info, &bad));
  T(sigtimedwait(&everything, &info, &negative));
  T(sigtimedwait(&everything, &info, &none));
  T(sigtimedwait(&everything, &info, &brief));
  T(syscall(SYS_rt_sigtimedwait, &everything, &info, &none, 4));
  T(syscall(SYS_rt_sigtimedwait, 1, &info, &none, 8));
  T(syscall(SYS_rt_sigtimedwait, &everything, &info, 1, 8));
  raise(SIGUSR1);
  T(syscall(SYS_rt_sigtimedwait, &everything, 1, &none, 8));
  T(sigtimedwait(&everything, &info, &none));
}

CASE(sigtimedwait_interrupted, "a signal that is not waited for ends sigtimedwait with EINTR") {
  sigset_t set;
  signal(SIGALRM, note);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  struct itimerval value = {{0, 0}, {0, 60000}};
  setitimer(ITIMER_REAL, &value, NULL);
  T(sigwaitinfo(&set, NULL));
  told();
}

CASE(sigtimedwait_unblocked, "a signal that is waited for and not blocked is taken while the call waits") {
  sigset_t set;
  siginfo_t info;
  int me = getpid();
  signal(SIGUSR1, note);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  if (fork() == 0) {
    await_state(me, "S");
    kill(me, SIGUSR1);
    _exit(0);
  }
  T(sigwaitinfo(&set, &info));
  told();
}

CASE(child_signal_info, "SIGCHLD tells how a child ended, stopped and went on") {
  siginfo_t info;
  sigset_t set;
  block_all();
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  int pid = fork();
  if (pid == 0) {
    sigprocmask(SIG_UNBLOCK, &everything, NULL);
    for (;;) pause();
  }
  await_state(pid, "S");
  for (int i = 0; i < 3; i++) {
    kill(pid, i == 0 ? SIGSTOP : i == 1 ? SIGCONT : SIGTERM);
    T(sigwaitinfo(&set, &info));
    say("code %d status %d pid %d", info.si_code, info.si_status, info.si_pid == pid);
  }
}

CASE(no_stop_told, "with SA_NOCLDSTOP only the end is told") {
  struct sigaction act = {0};
  int status;
  act.sa_handler = note;
  act.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &act, NULL);
  int pid = fork();
  if (pid == 0) for (;;) pause();
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  told();
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  told();
}

CASE(pending_sets, "sigpending joins both queues, and shows blocked signals alone") {
  sigset_t set;
  block_all();
  kill(getpid(), SIGUSR1);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR2);
  sigpending(&set);
  for (int sig = 1; sig < 65; sig++) if (sigismember(&set, sig) == 1) say("%d", sig);
  T(syscall(SYS_rt_sigpending, &set, 4));
  T(syscall(SYS_rt_sigpending, &set, 0));
  T(syscall(SYS_rt_sigpending, &set, 9));
  T(syscall(SYS_rt_sigpending, 1, 8));
  signal(SIGUSR1, SIG_IGN);
  sigpending(&set);
  T(sigismember(&set, SIGUSR1));
}

CASE(fork_clears_pending, "a child has the mask and no pending signals") {
  sigset_t set;
  block_all();
  raise(SIGUSR1);
  int pid = fork();
  if (pid == 0) {
    sigpending(&set);
    T(sigismember(&set, SIGUSR1));
    sigprocmask(0, NULL, &set);
    T(sigismember(&set, SIGUSR2));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

CASE(mask_errors, "sigprocmask: how, sizes, pointers; KILL and STOP are never blocked") {
  sigset_t set, old;
  sigfillset(&set);
  T(syscall(SYS_rt_sigprocmask, 3, &set, NULL, 8));
  T(syscall(SYS_rt_sigprocmask, 3, NULL, NULL, 8));
  T(syscall(SYS_rt_sigprocmask, 0, &set, NULL, 4));
  T(syscall(SYS_rt_sigprocmask, 0, 1, NULL, 8));
  T(syscall(SYS_rt_sigprocmask, 0, NULL, 1, 8));
  T(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8));
  syscall(SYS_rt_sigprocmask, 0, NULL, &old, 8);
  T(sigismember(&old, SIGKILL) | sigismember(&old, SIGSTOP));
  T(sigismember(&old, SIGTERM));
}
