/* Making processes and ending them: fork, vfork, clone, wait, groups, sessions. */
#include "case.h"
#include <sys/wait.h>

static char stack[8][16384];

CASE(fork_returns_twice, "fork returns 0 in the child, whose parent is the caller") {
  int status, me = getpid(), pid = fork();
  if (pid == 0) _exit(getppid() == me ? 7 : 1);
  T(waitpid(pid, &status, 0) == pid);
  say_status("child", status);
}

CASE(wait_without_children, "waiting without children is ECHILD") {
  int status;
  T(waitpid(-1, &status, 0));
  T(waitpid(-1, &status, WNOHANG));
  T(waitpid(getpid(), &status, 0));
}

CASE(wait_bad_options, "unknown options are EINVAL even without children") {
  int status;
  T(waitpid(-1, &status, 0x10));
  T(syscall(SYS_wait4, -1, &status, WEXITED, 0));
  T(syscall(SYS_wait4, -1, &status, 0x40, 0));
}

CASE(wait_int_min, "waiting for the group of INT_MIN is ESRCH") {
  int status;
  T(waitpid(-2147483647 - 1, &status, 0));
}

CASE(wait_nohang, "WNOHANG gives 0 while the child lives") {
  int status, pid = fork();
  if (pid == 0) for (;;) pause();
  T(waitpid(pid, &status, WNOHANG));
  kill(pid, SIGKILL);
  T(waitpid(pid, &status, 0) == pid);
  say_status("child", status);
}

CASE(wait_bad_status_pointer, "a bad pointer for the status is EFAULT, and the child is gone") {
  int pid = fork();
  if (pid == 0) _exit(3);
  await_state(pid, "Z");
  T(syscall(SYS_waitpid, pid, 1, 0));
  T(waitpid(pid, NULL, 0));
}

CASE(wait_for_own_group, "pid 0 waits for children of the own group alone") {
  int status, pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    _exit(0);
  }
  await_state(pid, "Z");
  T(waitpid(0, &status, WNOHANG));
  T(waitpid(-pid, &status, 0) == pid);
}

CASE(waitid_fields, "waitid fills in siginfo for an exit") {
  siginfo_t info;
  int pid = fork();
  if (pid == 0) _exit(300);
  memset(&info, 0xff, sizeof info);
  T(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  say("signo %d errno %d code %d pid %d uid %d status %d", info.si_signo, info.si_errno, info.si_code, info.si_pid == pid,
      info.si_uid, info.si_status);
  T(waitid(P_PID, pid, &info, WEXITED));
  T(waitid(P_PID, pid, &info, WEXITED));
}

CASE(waitid_nohang, "waitid without an event writes zeros") {
  siginfo_t info;
  int pid = fork();
  if (pid == 0) for (;;) pause();
  memset(&info, 0xff, sizeof info);
  T(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
  say("signo %d pid %d code %d status %d", info.si_signo, info.si_pid, info.si_code, info.si_status);
}

CASE(waitid_errors, "waitid wants a known type and at least one kind of event") {
  siginfo_t info;
  T(waitid(P_ALL, 0, &info, 0));
  T(waitid(P_ALL, 0, &info, WNOHANG));
  T(waitid(99, 0, &info, WEXITED));
  T(waitid(P_PID, 0, &info, WEXITED));
  T(waitid(P_PID, -5, &info, WEXITED));
  T(waitid(P_PGID, -5, &info, WEXITED));
  T(waitid(P_ALL, 0, &info, WEXITED | 0x100));
  T(waitid(P_ALL, 0, &info, WEXITED));
}

CASE(waitid_killed_and_dumped, "si_code tells an exit from a signal from a core") {
  siginfo_t info;
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (int i = 0; i < 3; i++) {
    int pid = fork();
    if (pid == 0) {
      if (i == 0) _exit(1);
      kill(getpid(), i == 1 ? SIGTERM : SIGQUIT);
    }
    memset(&info, 0, sizeof info);
    waitid(P_PID, pid, &info, WEXITED);
    say("code %d status %d", info.si_code, info.si_status);
  }
}

CASE(waitid_stop_and_continue, "waitid tells stops and continues, each once") {
  siginfo_t info;
  int pid = fork();
  if (pid == 0) for (;;) pause();
  kill(pid, SIGSTOP);
  T(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
  T(waitid(P_PID, pid, &info, WSTOPPED));
  say("code %d status %d", info.si_code, info.si_status);
  memset(&info, 0, sizeof info);
  T(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
  say("pid %d", info.si_pid);
  kill(pid, SIGCONT);
  T(waitid(P_PID, pid, &info, WCONTINUED));
  say("code %d status %d", info.si_code, info.si_status);
}

CASE(waitid_null_info, "waitid takes no siginfo at all") {
  int pid = fork();
  if (pid == 0) _exit(0);
  T(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL));
}

CASE(clone_exit_signal_zero, "a child without an exit signal is waited for with __WALL or __WCLONE alone") {
  int status, pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (pid == 0) _exit(4);
  await_state(pid, "Z");
  T(waitpid(pid, &status, WNOHANG));
  T(waitpid(pid, &status, __WCLONE) == pid);
  say_status("child", status);
  pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (pid == 0) _exit(5);
  T(waitpid(pid, &status, __WALL) == pid);
  say_status("child", status);
}

CASE(clone_other_exit_signal, "the exit signal may be any; the child counts as a clone child") {
  int status;
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int pid = syscall(SYS_clone, SIGUSR2, 0, 0, 0, 0);
  if (pid == 0) _exit(6);
  T(sigwaitinfo(&set, &info));
  say("code %d status %d", info.si_code, info.si_status);
  T(waitpid(pid, &status, WNOHANG));
  T(waitpid(pid, &status, __WCLONE) == pid);
}

CASE(clone_bad_flags, "flags that contradict each other are EINVAL") {
  T(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
  T(syscall(SYS_clone, CLONE_THREAD | CLONE_VM, stack[0] + 8192, 0, 0, 0));
  T(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
  T(syscall(SYS_clone, CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, stack[0] + 8192, 0, 0, 0));
  T(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID, 0, 0, 0, 0));
}

CASE(clone_settid, "CLONE_PARENT_SETTID and CLONE_CHILD_SETTID store the number on their own sides") {
  int parent = 0, child = 0, status;
  int pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parent, 0, &child);
  if (pid == 0) _exit(child == getpid() ? 9 : 1);
  say("parent %d child %d", parent == pid, child);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(clone_parent, "CLONE_PARENT makes a sibling") {
  int status, me = getppid(), pid = fork();
  if (pid == 0) {
    int sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (sibling == 0) _exit(11);
    T(waitpid(sibling, &status, 0));
    _exit(10);
  }
  for (int i = 0; i < 2; i++) {
    int got = wait(&status);
    say("%s", got == pid ? "the child" : "its sibling");
    say_status("it", status);
    if (i == 0 && WEXITSTATUS(status) == 11) continue;
  }
  T(wait(&status));
}

CASE(vfork_shares_memory, "a vfork child runs in the parent's memory, which waits") {
  volatile int value = 1;
  int status, pid = vfork();
  if (pid == 0) {
    value = 2;
    _exit(0);
  }
  say("value %d", value);
  T(waitpid(pid, &status, 0) == pid);
}

CASE(clone_files_shared, "CLONE_FILES shares descriptors, without it they are copied") {
  for (int shared = 0; shared < 2; shared++) {
    int pid = syscall(SYS_clone, SIGCHLD | (shared ? CLONE_FILES : 0), 0, 0, 0, 0);
    if (pid == 0) {
      dup2(1, 50);
      _exit(0);
    }
    waitpid(pid, NULL, 0);
    T(fcntl(50, F_GETFD));
  }
}

CASE(clone_fs_shared, "CLONE_FS shares directory and umask") {
  char where[100];
  mkdir("sub", 0755);
  int pid = syscall(SYS_clone, SIGCHLD | CLONE_FS, 0, 0, 0, 0);
  if (pid == 0) {
    chdir("sub");
    umask(077);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  say("%s", getcwd(where, sizeof where));
  T(umask(022));
}

CASE(orphan_gets_init, "an orphan's parent is process 1") {
  int p[2];
  char c;
  pipe(p);
  int pid = fork();
  if (pid == 0) {
    if (fork() == 0) {
      while (getppid() != 1) usleep(1000);
      write(p[1], "o", 1);
      _exit(0);
    }
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  T(read(p[0], &c, 1));
}

CASE(subreaper, "a subreaper inherits the orphans below it") {
  int status, got = -1;
  T(prctl(PR_SET_CHILD_SUBREAPER, 1));
  T(prctl(PR_GET_CHILD_SUBREAPER, &got));
  say("reaper %d", got);
  int pid = fork();
  if (pid == 0) {
    prctl(PR_GET_CHILD_SUBREAPER, &got);
    if (fork() == 0) {
      usleep(20000);
      _exit(21);
    }
    _exit(got);
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
  T(wait(&status) > 0);
  say_status("grandchild", status);
}

CASE(ignored_sigchld_reaps, "with SIGCHLD ignored children leave no zombie and wait blocks until the last has gone") {
  signal(SIGCHLD, SIG_IGN);
  int pid = fork();
  if (pid == 0) {
    usleep(10000);
    _exit(0);
  }
  T(waitpid(pid, NULL, 0));
  T(kill(pid, 0));
}

CASE(no_cldwait, "SA_NOCLDWAIT reaps as well, and the signal still comes") {
  static volatile int count;
  struct sigaction act = {0};
  void handler(int sig) { count++; }
  act.sa_handler = handler;
  act.sa_flags = SA_NOCLDWAIT;
  sigaction(SIGCHLD, &act, NULL);
  int pid = fork();
  if (pid == 0) _exit(0);
  T(waitpid(pid, NULL, 0));
  say("signals %d", count);
}

CASE(exit_code_is_eight_bits, "of the exit code eight bits are kept") {
  int status, pid = fork();
  if (pid == 0) _exit(0x1234);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(pdeathsig, "PR_SET_PDEATHSIG comes when the parent ends, and fork clears it") {
  int p[2], got;
  char c;
  pipe(p);
  int pid = fork();
  if (pid == 0) {
    int child = fork();
    if (child == 0) {
      T(prctl(PR_SET_PDEATHSIG, 65));
      T(prctl(PR_SET_PDEATHSIG, SIGKILL));
      prctl(PR_GET_PDEATHSIG, &got);
      say("set %d", got);
      if (fork() == 0) {
        prctl(PR_GET_PDEATHSIG, &got);
        say("forked %d", got);
        _exit(0);
      }
      wait(NULL);
      write(p[1], "r", 1);
      for (;;) pause();
    }
    read(p[0], &c, 1);
    close(p[1]);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  close(p[1]);
  T(read(p[0], &c, 1));
}
