/* Handlers: flags, masks, stacks, frames, and what becomes of the interrupted call. */
#include "case.h"
#include <sys/ucontext.h>
#include <ucontext.h>
#include <sys/eventfd.h>
#include <sys/epoll.h>
#include <linux/futex.h>

static volatile int calls, last, depth, deepest;
static void note(int sig) { calls++; last = sig; }

static void with(int sig, void (*handler)(int), int flags) {
  struct sigaction act = {0};
  act.sa_handler = handler;
  act.sa_flags = flags;
  sigaction(sig, &act, NULL);
}

static void alarm_soon(int flags) {
  struct itimerval value = {{0, 0}, {0, 60000}};
  with(SIGALRM, note, flags);
  setitimer(ITIMER_REAL, &value, NULL);
}

static void nested(int sig) {
  depth++;
  if (depth > deepest) deepest = depth;
  if (calls++ < 4) raise(SIGUSR1);
  depth--;
}

CASE(blocked_in_handler, "a signal is blocked while its handler runs, unless SA_NODEFER") {
  with(SIGUSR1, nested, 0);
  raise(SIGUSR1);
  say("calls %d deepest %d", calls, deepest);
  calls = deepest = 0;
  with(SIGUSR1, nested, SA_NODEFER);
  raise(SIGUSR1);
  say("calls %d deepest %d", calls, deepest);
}

CASE(handler_mask, "sa_mask is blocked as well, and the mask comes back") {
  struct sigaction act = {0};
  void show(int sig) {
    sigset_t set;
    sigprocmask(0, NULL, &set);
    for (int i = 1; i < 65; i++) if (sigismember(&set, i) == 1) printf("%d ", i);
    say("in handler");
  }
  act.sa_handler = show;
  sigemptyset(&act.sa_mask);
  sigaddset(&act.sa_mask, SIGTERM);
  sigaddset(&act.sa_mask, SIGRTMIN + 1);
  sigaddset(&act.sa_mask, SIGKILL);
  sigaction(SIGUSR1, &act, NULL);
  raise(SIGUSR1);
  show(0);
}

CASE(resethand, "SA_RESETHAND runs once; SA_NODEFER is apart") {
  struct sigaction act;
  with(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  sigaction(SIGUSR1, NULL, &act);
  say("%d default %d flags %x", calls, act.sa_handler == SIG_DFL, act.sa_flags & ~0x04000000);
}

CASE(sigaction_errors, "sigaction: numbers, sizes, pointers, unknown flags are cleared") {
  struct sigaction act = {0};
  char kernel_act[20] = {0};
  T(syscall(SYS_rt_sigaction, 0, kernel_act, NULL, 8));
  T(syscall(SYS_rt_sigaction, 65, kernel_act, NULL, 8));
  T(syscall(SYS_rt_sigaction, SIGKILL, kernel_act, NULL, 8));
  T(syscall(SYS_rt_sigaction, SIGKILL, NULL, kernel_act, 8));
  T(syscall(SYS_rt_sigaction, SIGSTOP, kernel_act, NULL, 8));
  T(syscall(SYS_rt_sigaction, SIGUSR1, kernel_act, NULL, 4));
  T(syscall(SYS_rt_sigaction, SIGUSR1, 1, NULL, 8));
  T(syscall(SYS_rt_sigaction, SIGUSR1, NULL, 1, 8));
  ((unsigned *)kernel_act)[1] = 0xffffffff;
  T(syscall(SYS_rt_sigaction, SIGUSR1, kernel_act, NULL, 8));
  T(syscall(SYS_rt_sigaction, SIGUSR1, NULL, kernel_act, 8));
  say("%x", ((unsigned *)kernel_act)[1]);
}

CASE(ignore_discards, "setting an ignoring action drops what is pending") {
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGUSR1);
  raise(SIGCHLD);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  sigpending(&pending);
  say("%d %d", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGCHLD));
}

static char stack_memory[32768];

CASE(altstack, "sigaltstack: where the handler runs and what it says meanwhile") {
  stack_t stack = {stack_memory, 0, sizeof stack_memory}, old;
  void show(int sig) {
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    say("on it %d flags %x", &here >= stack_memory && &here < stack_memory + sizeof stack_memory, now.ss_flags);
    T(sigaltstack(&stack, NULL));
  }
  T(sigaltstack(NULL, &old));
  say("flags %x size %d", old.ss_flags, old.ss_size);
  T(sigaltstack(&stack, NULL));
  with(SIGUSR1, show, SA_ONSTACK);
  raise(SIGUSR1);
  with(SIGUSR1, show, 0);
  raise(SIGUSR1);
}

CASE(altstack_errors, "sigaltstack: sizes, flags, disabling, SS_AUTODISARM") {
  stack_t stack = {stack_memory, 0, 2047}, old;
  T(sigaltstack(&stack, NULL));
  stack.ss_size = 2048;
  T(sigaltstack(&stack, NULL));
  stack.ss_flags = 4;
  T(sigaltstack(&stack, NULL));
  stack.ss_flags = SS_ONSTACK;
  T(sigaltstack(&stack, NULL));
  T(sigaltstack((void *)1, NULL));
  T(sigaltstack(NULL, (void *)1));
  stack.ss_flags = SS_DISABLE;
  stack.ss_size = 0;
  T(sigaltstack(&stack, NULL));
  sigaltstack(NULL, &old);
  say("flags %x sp %d size %d", old.ss_flags, old.ss_sp != NULL, old.ss_size);
  void show(int sig) {
    stack_t now;
    sigaltstack(NULL, &now);
    say("in handler %x", now.ss_flags);
  }
  stack.ss_flags = (int)0x80000000;
  stack.ss_size = sizeof stack_memory;
  T(sigaltstack(&stack, NULL));
  with(SIGUSR1, show, SA_ONSTACK);
  raise(SIGUSR1);
  sigaltstack(NULL, &old);
  say("after %x", old.ss_flags);
}

CASE(altstack_for_overflow, "a stack overflow is handled on the alternate stack") {
  stack_t stack = {stack_memory, 0, sizeof stack_memory};
  sigaltstack(&stack, NULL);
  struct sigaction act = {0};
  void caught(int sig, siginfo_t *info, void *context) {
    say("signal %d code %d", sig, info->si_code);
    _exit(5);
  }
  act.sa_sigaction = caught;
  act.sa_flags = SA_ONSTACK | SA_SIGINFO;
  sigaction(SIGSEGV, &act, NULL);
  struct rlimit limit = {1 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &limit);
  int status, pid = fork();
  if (pid == 0) {
    volatile char *p = (char *)&status;
    for (;; p -= 4096) *p = 1;
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(no_room_for_frame, "without room for the frame SIGSEGV kills") {
  int status, pid = fork();
  if (pid == 0) {
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_CORE, &limit);
    with(SIGUSR1, note, 0);
    with(SIGSEGV, note, 0);
    __asm__ volatile("mov $37, %%eax\n mov %0, %%ebx\n mov $10, %%ecx\n mov $16, %%esp\n int $0x80\n" : : "r"(getpid()) : "eax", "ecx");
    _exit(0);
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(change_context, "what a handler writes into its context becomes the registers") {
  struct sigaction act = {0};
  void change(int sig, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    uc->uc_mcontext.gregs[REG_EBX] = 0x1234;
    sigaddset(&uc->uc_sigmask, SIGTERM);
  }
  act.sa_sigaction = change;
  act.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &act, NULL);
  int result, ebx;
  __asm__ volatile("mov $37, %%eax\n int $0x80\n mov %%ebx, %1\n" : "=a"(result), "=r"(ebx) : "b"(getpid()), "c"(SIGUSR1) : "memory");
  say("result %d ebx %x", result, ebx);
  sigset_t set;
  sigprocmask(0, NULL, &set);
  T(sigismember(&set, SIGTERM));
}

CASE(floating_point_kept, "floating-point registers are the program's own after a handler, and reset in it") {
  void disturb(int sig) {
    unsigned short control;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    say("control word %x", control);
    __asm__ volatile("fldz\n fldz\n fldz\n");
  }
  unsigned short control = 0x27f, after;
  double value;
  __asm__ volatile("fldcw %0\n" : : "m"(control));
  with(SIGUSR1, disturb, 0);
  int pid = getpid();
  __asm__ volatile("fld1\n fldpi\n mov $37, %%eax\n int $0x80\n faddp\n fstpl %0\n fnstcw %1\n" : "=m"(value), "=m"(after) : "b"(pid), "c"(SIGUSR1) : "eax", "memory");
  say("%.15g control %x", value, after);
}

CASE(fault_info, "SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP: codes and addresses") {
  for (int i = 0; i < 8; i++) {
    int pid = fork();
    if (pid == 0) {
      struct sigaction act = {0};
      void caught(int sig, siginfo_t *info, void *context) {
        ucontext_t *uc = context;
        say("case %d signal %d code %d trap %d error %x address %s", i, sig, info->si_code, uc->uc_mcontext.gregs[REG_TRAPNO],
            uc->uc_mcontext.gregs[REG_ERR],
            info->si_addr == (void *)16 ? "16" : info->si_addr == NULL ? "0" : (unsigned)info->si_addr == uc->uc_mcontext.gregs[REG_EIP] ? "eip" : "other");
        _exit(0);
      }
      act.sa_sigaction = caught;
      act.sa_flags = SA_SIGINFO;
      for (int sig = 1; sig < 32; sig++) sigaction(sig, &act, NULL);
      char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (i == 0) *(volatile char *)16 = 1;
      if (i == 1) *(volatile char *)page = 1;
      if (i == 2) {
        int fd = open("f", O_CREAT | O_RDWR, 0644);
        char *beyond = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
        say("%d", *(volatile char *)beyond);
      }
      if (i == 3) __asm__ volatile("xor %%edx, %%edx\n mov $1, %%eax\n xor %%ecx, %%ecx\n div %%ecx" : : : "eax", "ecx", "edx");
      if (i == 4) __asm__ volatile("ud2");
      if (i == 5) __asm__ volatile("int3");
      if (i == 6) __asm__ volatile("hlt");
      if (i == 7) ((void (*)(void))16)();
    }
    waitpid(pid, NULL, 0);
  }
}

CASE(blocked_fault_kills, "a fault whose signal is blocked or ignored kills") {
  for (int i = 0; i < 2; i++) {
    int status, pid = fork();
    if (pid == 0) {
      struct rlimit limit = {0, 0};
      sigset_t set;
      setrlimit(RLIMIT_CORE, &limit);
      sigemptyset(&set);
      sigaddset(&set, SIGSEGV);
      with(SIGSEGV, note, 0);
      if (i == 0) sigprocmask(SIG_BLOCK, &set, NULL);
      else signal(SIGSEGV, SIG_IGN);
      *(volatile char *)16 = 1;
      _exit(0);
    }
    waitpid(pid, &status, 0);
    say_status("child", status);
  }
}

/* Each blocking call under a handler with and without SA_RESTART: does it restart? After 60 ms the alarm comes, after 250 ms a child ends the wait. */
static void interrupted(const char *what, int flags, long (*call)(int p[2])) {
  int p[2];
  pipe(p);
  calls = 0;
  int pid = fork();
  if (pid == 0) {
    usleep(250000);
    write(p[1], "x", 1);
    _exit(0);
  }
  alarm_soon(flags);
  errno = 0;
  long result = call(p);
  printf("%s %s: ", what, flags ? "restarting" : "plain");
  say("%s, handlers %d", result >= 0 ? "went on" : strerrorname_np(errno), calls);
  waitpid(pid, NULL, 0);
  close(p[0]);
  close(p[1]);
}

CASE(restart_read_and_wait, "read, wait4 and waitid restart with SA_RESTART") {
  long reads(int p[2]) { char c; return read(p[0], &c, 1); }
  long readvs(int p[2]) { char c; struct iovec v = {&c, 1}; return readv(p[0], &v, 1); }
  long waits(int p[2]) { return waitpid(-1, NULL, 0); }
  long waitids(int p[2]) { siginfo_t info; return waitid(P_ALL, 0, &info, WEXITED | WNOWAIT); }
  for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
    interrupted("read", flags, reads);
    interrupted("readv", flags, readvs);
    interrupted("waitpid", flags, waits);
    interrupted("waitid", flags, waitids);
  }
}

CASE(restart_never, "poll, select, epoll_wait, sigsuspend, pause, sleeping and waiting for signals never restart") {
  sigset_t empty;
  sigemptyset(&empty);
  long polls(int p[2]) { struct pollfd f = {p[0], POLLIN}; return poll(&f, 1, -1); }
  long ppolls(int p[2]) { struct pollfd f = {p[0], POLLIN}; return ppoll(&f, 1, NULL, &empty); }
  long selects(int p[2]) { fd_set set; FD_ZERO(&set); FD_SET(p[0], &set); return select(p[0] + 1, &set, NULL, NULL, NULL); }
  long epolls(int p[2]) {
    struct epoll_event event = {EPOLLIN};
    int ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event);
    long n = epoll_wait(ep, &event, 1, -1);
    int error = errno;
    close(ep);
    errno = error;
    return n;
  }
  long suspends(int p[2]) { return sigsuspend(&empty); }
  long pauses(int p[2]) { return pause(); }
  long sleeps(int p[2]) { struct timespec t = {1, 0}; return nanosleep(&t, NULL); }
  for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
    interrupted("poll", flags, polls);
    interrupted("ppoll", flags, ppolls);
    interrupted("select", flags, selects);
    interrupted("epoll_wait", flags, epolls);
    interrupted("sigsuspend", flags, suspends);
    interrupted("pause", flags, pauses);
    interrupted("nanosleep", flags, sleeps);
  }
}

CASE(restart_locks, "locks, FIFOs, eventfd and futex restart with SA_RESTART") {
  static int word;
  put("f", "");
  mkfifo("p", 0644);
  long opens(int p[2]) { return open("p", O_RDONLY); }
  long events(int p[2]) { uint64_t v; return read(eventfd(0, 0), &v, 8); }
  long futexes(int p[2]) { struct timespec t = {0, 250000000}; return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t); }
  long forever(int p[2]) { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL); }
  interrupted("open of a FIFO", 0, opens);
  interrupted("eventfd", 0, events);
  interrupted("futex with a time", 0, futexes);
  interrupted("futex with a time", SA_RESTART, futexes);
  interrupted("futex", 0, forever);
}

CASE(sleep_remainder, "nanosleep and clock_nanosleep tell what is left; absolute sleeps do not") {
  struct timespec long_time = {100, 0}, left = {-1, -1}, at;
  alarm_soon(0);
  T(nanosleep(&long_time, &left));
  say("left %d", left.tv_sec);
  left.tv_sec = -1;
  alarm_soon(SA_RESTART);
  T(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &long_time, &left));
  say("left %d", left.tv_sec);
  left.tv_sec = -1;
  clock_gettime(CLOCK_MONOTONIC, &at);
  at.tv_sec += 100;
  alarm_soon(0);
  T(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, &left));
  say("left %d", left.tv_sec);
}

CASE(sleep_goes_on_after_stop, "a stopped sleeper sleeps for the rest when it goes on") {
  int status, pid = fork();
  if (pid == 0) {
    struct timespec t = {0, 30000000};
    T(nanosleep(&t, NULL));
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGCONT);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(suspend_mask, "sigsuspend's mask holds in the handler too, and the old one comes back") {
  sigset_t set, now;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  void show(int sig) {
    sigset_t inside;
    sigprocmask(0, NULL, &inside);
    say("in handler USR1 %d USR2 %d", sigismember(&inside, SIGUSR1), sigismember(&inside, SIGUSR2));
  }
  with(SIGUSR1, show, SA_NODEFER);
  raise(SIGUSR1);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  T(sigsuspend(&set));
  sigprocmask(0, NULL, &now);
  say("after USR1 %d USR2 %d", sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
}

CASE(partial_write_interrupted, "a write to a full pipe that is interrupted tells what went") {
  int p[2];
  static char data[100000];
  pipe(p);
  alarm_soon(SA_RESTART);
  T(write(p[1], data, sizeof data));
  alarm_soon(SA_RESTART);
  fcntl(p[1], F_SETFL, O_NONBLOCK);
  T(write(p[1], data, 1));
}
