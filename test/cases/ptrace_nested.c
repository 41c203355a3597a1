/* ptrace and its kin in an inner pid namespace: everybody goes by the numbers of their own. */
#include "case.h"
#include "namespaces.h"
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#define KCMP_VM 1

static siginfo_t told;

static void on_child(int signo, siginfo_t *info, void *context) { told = *info; }

/* In a namespace of its own, as process 1 there: forks a tracee that has stopped itself; its number. */
static int stopped_tracee(void) {
  int status, pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    _exit(7);
  }
  waitpid(pid, &status, 0);
  say_status("tracee", status);
  return pid;
}

CASE(traced_by_inner_number, "a tracer asks for its tracee by the number that it has in the tracer's namespace") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    int status, tracee = stopped_tracee();
    say("number %d", tracee);
    T(ptrace(PTRACE_PEEKUSER, tracee, offsetof(struct user_regs_struct, orig_eax), 0) >= 0);
    T(ptrace(PTRACE_PEEKUSER, tracee + 500, 0, 0));
    T(syscall(SYS_kcmp, getpid(), tracee, KCMP_VM, 0, 0) > 0);
    T(syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0));
    T(syscall(SYS_kcmp, getpid(), tracee + 500, KCMP_VM, 0, 0));
    T(ptrace(PTRACE_CONT, tracee, 0, 0));
    T(waitpid(tracee, &status, 0) == tracee);
    say_status("tracee", status);
    fflush(stdout);
    _exit(0);
  }
  wait_for(pid);
}

CASE(told_by_inner_number, "SIGCHLD for a tracee's stop names it by its number in the tracer's namespace") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &action, NULL);
    int tracee = stopped_tracee();
    say("told of %d, code %d, status %d", told.si_pid, told.si_code, told.si_status);
    ptrace(PTRACE_KILL, tracee, 0, 0);
    waitpid(tracee, NULL, 0);
    _exit(0);
  }
  wait_for(pid);
}

CASE(told_by_outer_number, "a tracer above the tracee's namespace is told the number that it knows") {
  int status;
  struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO};
  sigaction(SIGCHLD, &action, NULL);
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGUSR1);
    _exit(7);
  }
  T(waitpid(pid, &status, 0) == pid);
  say_status("tracee", status);
  say("told of it %d, code %d, status %d", told.si_pid == pid, told.si_code, told.si_status);
  T(ptrace(PTRACE_CONT, pid, 0, 0));
  T(waitpid(pid, &status, 0) == pid);
  say_status("tracee", status);
}

CASE(memory_by_inner_number, "process_vm_readv reads the process that has the number in the caller's namespace") {
  static int value = 1;
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    int got = 0, ready[2];
    if (pipe(ready) < 0) perror("pipe");
    int child = fork();
    if (child == 0) {
      value = 5;
      if (write(ready[1], "", 1) < 0) perror("write");
      for (;;) pause();
    }
    if (read(ready[0], &got, 1) < 0) perror("read");
    struct iovec local = {&got, sizeof got}, remote = {&value, sizeof value};
    T(process_vm_readv(child, &local, 1, &remote, 1, 0));
    say("read %d", got);
    T(process_vm_readv(child + 500, &local, 1, &remote, 1, 0));
    fflush(stdout);
    _exit(0);
  }
  wait_for(pid);
}
