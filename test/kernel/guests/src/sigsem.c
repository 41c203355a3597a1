/* Semantics of signals: masks, pending sets, queues, order, restarts, alternate stacks, waiting. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char order[256];
static void note(int sig) {
  char text[8];
  snprintf(text, sizeof text, "%d ", sig);
  strcat(order, text);
}
static void handle(int sig, void (*fn)(int), int flags) {
  struct sigaction act = {.sa_handler = fn, .sa_flags = flags};
  sigaction(sig, &act, 0);
}
static void show(const char *what) {
  printf("%s: %s\n", what, order);
  order[0] = 0;
}
static uint32_t low(const sigset_t *set) { return *(const uint32_t *)set; }

static void nested(int sig) {
  note(sig);
  static int runs;
  if (++runs % 3 != 0) raise(sig);
  note(-sig);
}
static void altstack_handler(int sig) {
  stack_t now;
  sigaltstack(0, &now);
  char here;
  int on = &here >= (char *)now.ss_sp && &here < (char *)now.ss_sp + now.ss_size;
  int again = sigaltstack(&now, 0);
  printf("altstack: sig %d flags %d on it %d, change inside: %s\n", sig, now.ss_flags, on, again ? strerror(errno) : "ok");
}
static void info_handler(int sig, siginfo_t *info, void *uc) {
  (void)uc;
  printf("info: sig %d code %d value %d\n", sig, info->si_code, info->si_value.sival_int);
}
static void child_info(int sig, siginfo_t *info, void *uc) {
  (void)uc;
  printf("info: sig %d code %d status %d\n", sig, info->si_code, info->si_status);
}

/* Forks a child that sends `sig` to us when we sleep. */
static pid_t later(int sig) {
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    usleep(30000);
    kill(parent, sig);
    usleep(30000);
    kill(parent, SIGUSR2);
    _exit(0);
  }
  return pid;
}
static void reap(pid_t pid) {
  while (waitpid(pid, 0, 0) < 0 && errno == EINTR) {
  }
}
static const char *outcome(long result) {
  static char text[64];
  if (result < 0) snprintf(text, sizeof text, "%s", strerror(errno));
  else snprintf(text, sizeof text, "%ld", result);
  return text;
}

/* The bare call: musl's goes on after EINTR. */
static long wait_for(const sigset_t *set, siginfo_t *info) {
  return syscall(SYS_rt_sigtimedwait, set, info, 0, 8);
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  sigset_t set, old, pending;

  /* Blocked signals wait, once each below 32, and are delivered lowest first, the thread's own before the process's. */
  for (int sig = 1; sig < 65; sig++)
    if (sig != SIGKILL && sig != SIGSTOP && sig != 32 && sig != 33 && sig != 34) handle(sig, note, 0);
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, &old);
  int sent[] = {SIGTERM, SIGHUP, 40, SIGUSR1, SIGHUP, 36, 40, SIGINT};
  for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) kill(getpid(), sent[i]);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR2);
  sigpending(&pending);
  printf("pending %08x\n", low(&pending));
  sigprocmask(SIG_SETMASK, &old, 0);
  show("order of handlers run last first");

  /* With all signals blocked inside the handlers they run in the order of delivery. */
  for (int sig = 1; sig < 65; sig++) {
    if (sig == SIGKILL || sig == SIGSTOP || (sig > 31 && sig < 35)) continue;
    struct sigaction act = {.sa_handler = note};
    sigfillset(&act.sa_mask);
    sigaction(sig, &act, 0);
  }
  sigprocmask(SIG_SETMASK, &set, &old);
  for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) kill(getpid(), sent[i]);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR2);
  sigprocmask(SIG_SETMASK, &old, 0);
  show("order of delivery");

  /* SIGKILL and SIGSTOP can be neither caught nor blocked. */
  struct sigaction act = {.sa_handler = note};
  printf("catch SIGKILL: %s\n", outcome(sigaction(SIGKILL, &act, 0)));
  printf("catch 65: %s\n", outcome(syscall(SYS_rt_sigaction, 65, &act, 0, 8)));
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, 0);
  sigprocmask(SIG_SETMASK, 0, &set);
  printf("KILL blocked %d, STOP blocked %d\n", sigismember(&set, SIGKILL), sigismember(&set, SIGSTOP));
  sigprocmask(SIG_SETMASK, &old, 0);
  printf("bad how: %s\n", outcome(syscall(SYS_rt_sigprocmask, 7, &set, 0, 8)));
  printf("bad size: %s\n", outcome(syscall(SYS_rt_sigprocmask, 0, &set, 0, 4)));
  printf("bad pointer: %s\n", outcome(syscall(SYS_rt_sigprocmask, 0, 8, 0, 8)));

  handle(SIGUSR1, nested, SA_NODEFER);
  raise(SIGUSR1);
  show("SA_NODEFER nests");
  handle(SIGUSR1, nested, 0);
  raise(SIGUSR1);
  show("without it the next one waits");
  handle(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  sigaction(SIGUSR1, 0, &act);
  show("SA_RESETHAND");
  printf("is default again %d\n", act.sa_handler == SIG_DFL);

  /* Ignoring a signal drops what is pending. */
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  handle(SIGUSR1, note, 0);
  sigprocmask(SIG_BLOCK, &set, 0);
  raise(SIGUSR1);
  handle(SIGUSR1, SIG_IGN, 0);
  sigpending(&pending);
  printf("pending after SIG_IGN %d\n", sigismember(&pending, SIGUSR1));
  handle(SIGUSR1, note, 0);
  sigprocmask(SIG_UNBLOCK, &set, 0);
  show("and nothing comes");

  /* Alternate stack. */
  static char space[16384];
  stack_t stack = {.ss_sp = space, .ss_size = sizeof space}, before;
  sigaltstack(&stack, &before);
  printf("altstack before: flags %d size %u\n", before.ss_flags, (unsigned)before.ss_size);
  handle(SIGUSR1, altstack_handler, SA_ONSTACK);
  raise(SIGUSR1);
  stack.ss_size = 100;
  printf("too small: %s\n", outcome(sigaltstack(&stack, 0)));
  stack.ss_flags = 77;
  printf("bad flags: %s\n", outcome(sigaltstack(&stack, 0)));
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, &before);
  sigaltstack(0, &stack);
  printf("disabled: flags %d size %u, was flags %d\n", stack.ss_flags, (unsigned)stack.ss_size, before.ss_flags);

  /* Values and codes. */
  struct sigaction with = {.sa_sigaction = info_handler, .sa_flags = SA_SIGINFO};
  sigaction(36, &with, 0);
  union sigval value = {.sival_int = 7};
  sigqueue(getpid(), 36, value);
  with.sa_sigaction = child_info;
  sigaction(SIGCHLD, &with, 0);
  pid_t pid = fork();
  if (pid == 0) _exit(9);
  reap(pid);
  pid = fork();
  if (pid == 0) {
    signal(SIGTERM, SIG_DFL);
    raise(SIGTERM);
  }
  reap(pid);
  signal(SIGCHLD, SIG_DFL);

  /* sigtimedwait takes blocked signals. */
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, 37);
  sigprocmask(SIG_BLOCK, &set, 0);
  handle(SIGUSR1, note, 0);
  handle(37, note, 0);
  struct timespec none = {0, 0}, some = {0, 20000000};
  siginfo_t info;
  printf("sigtimedwait at once: %s\n", outcome(sigtimedwait(&set, &info, &none)));
  printf("sigtimedwait timeout: %s\n", outcome(sigtimedwait(&set, &info, &some)));
  raise(SIGUSR1);
  value.sival_int = 11;
  sigqueue(getpid(), 37, value);
  value.sival_int = 12;
  sigqueue(getpid(), 37, value);
  printf("sigtimedwait: %s\n", outcome(sigtimedwait(&set, &info, &none)));
  for (int i = 0; i < 2; i++) {
    long got = wait_for(&set, &info);
    printf("sigwaitinfo: %s value %d\n", outcome(got), info.si_value.sival_int);
  }
  handle(SIGUSR2, note, 0);
  pid = later(SIGUSR1);
  long slept = wait_for(&set, &info);
  printf("sigwaitinfo sleeps: %s code %d\n", outcome(slept), info.si_code);
  printf("and is interrupted: %s\n", outcome(wait_for(&set, &info)));
  reap(pid);
  show("handlers meanwhile");
  sigprocmask(SIG_UNBLOCK, &set, 0);

  /* sigsuspend lends a mask. */
  sigprocmask(SIG_BLOCK, &set, 0);
  raise(SIGUSR1);
  sigemptyset(&pending);
  printf("sigsuspend: %s\n", outcome(sigsuspend(&pending)));
  sigprocmask(SIG_SETMASK, 0, &old);
  show("handler in sigsuspend");
  printf("blocked again %d\n", sigismember(&old, SIGUSR1));
  sigprocmask(SIG_UNBLOCK, &set, 0);

  /* Interrupted calls: with and without SA_RESTART. The later SIGUSR2 ends what was restarted, without SA_RESTART. */
  for (int flags = 0;; flags = SA_RESTART) {
    handle(SIGUSR1, note, flags);
    handle(SIGUSR2, note, 0);
    int fds[2];
    char byte;
    pipe(fds);
    pid = later(SIGUSR1);
    printf("read, %s: %s\n", flags ? "SA_RESTART" : "plain", outcome(read(fds[0], &byte, 1)));
    reap(pid);
    show("  signals");
    pid = later(SIGUSR1);
    struct timespec sleep = {1, 0}, left = {0, 0};
    const char *slept = outcome(nanosleep(&sleep, &left));
    printf("nanosleep: %s, some left %d\n", slept, left.tv_nsec > 800000000 && left.tv_sec == 0);
    reap(pid);
    show("  signals");
    pid = later(SIGUSR1);
    printf("pause: %s\n", outcome(pause()));
    reap(pid);
    show("  signals");
    pid = later(SIGUSR1);
    printf("waitpid: %s\n", outcome(waitpid(pid, 0, 0) == pid ? 0 : -1));
    reap(pid);
    show("  signals");
    pid = later(SIGUSR1);
    int word = 0;
    printf("futex: %s\n", outcome(syscall(SYS_futex, &word, 0, 0, 0)));
    reap(pid);
    show("  signals");
    struct timespec far = {10, 0};
    pid = later(SIGUSR1);
    printf("futex with timeout: %s\n", outcome(syscall(SYS_futex, &word, 0, 0, &far)));
    reap(pid);
    show("  signals");
    if (flags) break;
  }

  /* A stop and a continue without a handler in the middle of calls: they go on. */
  pid_t parent = getpid();
  int fds[2];
  pipe(fds);
  signal(SIGCONT, SIG_DFL);
  pid = fork();
  if (pid == 0) {
    char byte;
    struct timespec sleep = {0, 200000000};
    int slept = nanosleep(&sleep, 0);
    long n = read(fds[0], &byte, 1);
    kill(parent, 0);
    printf("after stops: nanosleep %d, read %ld\n", slept, n);
    _exit(0);
  }
  usleep(20000);
  kill(pid, SIGSTOP);
  int status;
  waitpid(pid, &status, WUNTRACED);
  printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  printf("continued %d\n", WIFCONTINUED(status));
  usleep(300000);
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  kill(pid, SIGCONT);
  write(fds[1], "x", 1);
  reap(pid);

  /* Partial progress beats EINTR. */
  pipe(fds);
  fcntl(fds[1], F_SETPIPE_SZ, 4096);
  static char big[10000];
  handle(SIGUSR1, note, 0);
  pid = later(SIGUSR1);
  long n = write(fds[1], big, sizeof big);
  printf("write to a full pipe: %ld\n", n);
  reap(pid);
  order[0] = 0;

  /* Bad frames and impossible stacks. */
  pid = fork();
  if (pid == 0) {
    __asm__ volatile("mov $0x100, %esp; mov $173, %eax; int $0x80");
    _exit(0);
  }
  waitpid(pid, &status, 0);
  printf("sigreturn from nowhere: signal %d\n", WTERMSIG(status));
  pid = fork();
  if (pid == 0) {
    int id = getpid();
    __asm__ volatile("mov $0x100, %%esp; mov $37, %%eax; int $0x80" : : "b"(id), "c"(SIGUSR1));
    _exit(0);
  }
  waitpid(pid, &status, 0);
  printf("a handler without a stack: signal %d\n", WTERMSIG(status));
  pid = fork();
  if (pid == 0) {
    struct {
      uint32_t zero[200];
    } frame;
    memset(&frame, 0, sizeof frame);
    uint32_t *context = frame.zero + 41 - 1; /* ucontext's registers */
    context[15] = 0; /* cs */
    context[14] = 0; /* eip */
    __asm__ volatile("mov %0, %%esp; mov $173, %%eax; int $0x80" : : "r"((char *)&frame + 4));
    _exit(0);
  }
  waitpid(pid, &status, 0);
  printf("sigreturn with null selectors: signal %d\n", WTERMSIG(status));

  /* kill(2) itself. */
  printf("kill 0 to self: %s\n", outcome(kill(getpid(), 0)));
  printf("kill a stranger: %s\n", outcome(kill(29999, SIGTERM)));
  printf("kill with a bad signal: %s\n", outcome(kill(getpid(), 99)));
  printf("tgkill wrong group: %s\n", outcome(syscall(SYS_tgkill, 29999, syscall(SYS_gettid), SIGTERM)));
  printf("tkill -1: %s\n", outcome(syscall(SYS_tkill, -1, SIGTERM)));
  printf("pretending to be kill: %s\n", (info.si_code = SI_USER, outcome(syscall(SYS_rt_sigqueueinfo, 1 == getpid() ? 2 : 1, SIGURG, &info))));
  return 0;
}
