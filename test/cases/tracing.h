/* What the cases of ptrace share: raw requests, tracees, and what wait() says of them. */
#include "case.h"
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/user.h>
#include <linux/elf.h>
#include <linux/ptrace.h>


/* The call itself, without the library's way with PEEK. */
static inline long pt(long request, int pid, long addr, long data) {
  return syscall(SYS_ptrace, request, pid, addr, data);
}

/* A child that has called PTRACE_TRACEME and stopped itself. */
static inline int tracee(void (*body)(void)) {
  int pid = fork();
  if (pid != 0) return pid;
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  body();
  fflush(stdout);
  _exit(7);
}

static inline int untraced(void (*body)(void)) {
  int pid = fork();
  if (pid != 0) return pid;
  body();
  fflush(stdout);
  _exit(7);
}

/* Waits for one event of a thread and prints it. Returns the status. */
static inline int await_stop(const char *who, int pid) {
  int status = 0;
  long got = waitpid(pid, &status, __WALL);
  if (got < 0) say("%s: wait = %s", who, strerrorname_np(errno));
  else say_status(who, status);
  return status;
}

/* The siginfo of a stop, its pids as names. */
static inline void say_siginfo(int pid) {
  siginfo_t info;
  memset(&info, 0xee, sizeof info);
  if (pt(0x4202, pid, 0, (long)&info) < 0) {
    say("no siginfo: %s", strerrorname_np(errno));
    return;
  }
  const char *who = info.si_pid == pid ? "itself" : info.si_pid == getpid() ? "the tracer" : info.si_pid == 0 ? "nobody" : "another";
  say("siginfo %d code %x from %s", info.si_signo, info.si_code, who);
}

static inline long user(int pid, int word) {
  long value = 0;
  if (pt(PTRACE_PEEKUSER, pid, 4 * word, (long)&value) < 0) say("PEEKUSER %d = %s", word, strerrorname_np(errno));
  return value;
}

static inline void getregs(int pid, struct user_regs_struct *regs) {
  if (pt(12, pid, 0, (long)regs) < 0) say("GETREGS = %s", strerrorname_np(errno));
}

static inline void nothing(void) {}
static inline void forever(void) {
  for (;;) pause();
}
