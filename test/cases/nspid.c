/* Pid namespaces: numbers, init, orphans, /proc, and process descriptors. */
#include "case.h"
#include "namespaces.h"
#include <linux/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

CASE(init_is_one, "the first process of a pid namespace is number 1, without a parent that it sees") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    say("pid %d ppid %d pgrp %d sid %d tid %d", getpid(), getppid(), getpgrp(), getsid(0), (int)syscall(SYS_gettid));
    _exit(7);
  }
  say_status("init", wait_for(pid));
}

CASE(unshare_pid, "unshare of pid concerns children: the next one is process 1") {
  int before = getpid();
  T(unshare(CLONE_NEWPID));
  say("same number: %d", before == getpid());
  say("link: %d", same_link("/proc/self/ns/pid", "/proc/self/ns/pid_for_children"));
  int pid = fork();
  if (pid == 0) _exit(getpid());
  say_status("first", wait_for(pid));
  T(fork());
}

CASE(unshare_twice, "a process whose children go elsewhere makes no second namespace") {
  T(unshare(CLONE_NEWPID));
  T(unshare(CLONE_NEWPID));
  T(clone_flags(CLONE_NEWPID));
}

CASE(no_threads_elsewhere, "a process whose children go elsewhere makes no threads") {
  T(unshare(CLONE_NEWPID));
  T(clone_flags(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
}

CASE(children_count_on, "further processes of the namespace count on from 1") {
  T(unshare(CLONE_NEWPID));
  int pid = fork();
  if (pid == 0) {
    for (int i = 0; i < 3; i++) {
      int child = fork();
      if (child == 0) {
        say("child %d of %d", getpid(), getppid());
        _exit(0);
      }
      wait_for(child);
      say("got %d", child);
    }
    _exit(0);
  }
  wait_for(pid);
}

CASE(init_dies_all_die, "when process 1 ends, the others of its namespace are killed, and no more can be made") {
  int ends[2];
  char c;
  pipe(ends);
  T(unshare(CLONE_NEWPID));
  int pid = fork();
  if (pid == 0) {
    if (fork() == 0) {
      if (fork() == 0) for (;;) pause();
      for (;;) pause();
    }
    _exit(3);
  }
  close(ends[1]);
  say_status("init", wait_for(pid));
  T(read(ends[0], &c, 1));
  T(fork());
}

CASE(orphans_go_to_init, "orphans of the namespace become children of its process 1") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    int ends[2];
    char c;
    pipe(ends);
    int child = fork();
    if (child == 0) {
      if (fork() == 0) {
        while (getppid() == 2) usleep(1000);
        say("orphan's parent %d", getppid());
        write(ends[1], "", 1);
        _exit(9);
      }
      _exit(0);
    }
    waitpid(child, NULL, 0);
    read(ends[0], &c, 1);
    int status, got = waitpid(-1, &status, 0);
    say("got %d", got);
    say_status("orphan", status);
    _exit(0);
  }
  wait_for(pid);
}

CASE(init_resists, "signals from its own namespace do not end process 1") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    if (fork() == 0) {
      T(kill(1, SIGTERM));
      T(kill(1, SIGKILL));
      T(kill(1, SIGSTOP));
      T(kill(1, 0));
      _exit(0);
    }
    waitpid(-1, NULL, 0);
    T(raise(SIGTERM));
    T(kill(getpid(), SIGKILL));
    say("still here");
    _exit(0);
  }
  say_status("init", wait_for(pid));
}

CASE(init_dies_from_above, "SIGKILL from outside ends process 1, SIGTERM does not") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) for (;;) pause();
  await_state(pid, "S");
  T(kill(pid, SIGTERM));
  usleep(2000);
  say("state %c", state_of(pid));
  T(kill(pid, SIGKILL));
  say_status("init", wait_for(pid));
}

CASE(init_stops_from_above, "SIGSTOP from outside stops process 1") {
  int status, pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) for (;;) pause();
  await_state(pid, "S");
  T(kill(pid, SIGTSTP));
  T(kill(pid, SIGSTOP));
  waitpid(pid, &status, WUNTRACED);
  say_status("init", status);
  kill(pid, SIGKILL);
  say_status("init", wait_for(pid));
}

static int seen_pid = -1, seen_uid = -1, seen_code = -1;
static void on_signal(int sig, siginfo_t *info, void *context) {
  seen_pid = info->si_pid;
  seen_uid = info->si_uid;
  seen_code = info->si_code;
}
static void listen_for(int sig) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  sigaction(sig, &action, NULL);
}

CASE(signal_from_above, "a signal from outside has sender 0, one from inside its number") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    listen_for(SIGUSR1);
    if (fork() == 0) {
      kill(1, SIGUSR1);
      _exit(0);
    }
    waitpid(-1, NULL, 0);
    say("inside: pid %d code %d", seen_pid, seen_code);
    seen_pid = -1;
    while (seen_pid < 0) pause();
    say("outside: pid %d code %d uid %d", seen_pid, seen_code, seen_uid);
    _exit(0);
  }
  usleep(20000);
  await_state(pid, "S");
  int sent = kill(pid, SIGUSR1);
  say_status("init", wait_for(pid));
  T(sent);
}

CASE(init_faults, "process 1 that makes a fault dies of it") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) *(volatile int *)8 = 1;
  say_status("init", wait_for(pid));
}

CASE(kill_all_in_namespace, "kill(-1) reaches the namespace only, and not process 1") {
  int outside = fork();
  if (outside == 0) for (;;) pause();
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    int child = fork();
    if (child == 0) for (;;) pause();
    T(kill(-1, SIGKILL));
    int status;
    waitpid(child, &status, 0);
    say_status("child", status);
    T(kill(-1, SIGKILL));
    _exit(0);
  }
  wait_for(pid);
  say("outside %c", state_of(outside));
}

CASE(numbers_from_outside, "a process outside cannot be named from inside") {
  int outside = fork();
  if (outside == 0) for (;;) pause();
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    T(kill(outside + 1000, 0));
    T(getpgid(2000));
    T(setpgid(2000, 0));
    T(getpriority(PRIO_PROCESS, 2000));
    T(sched_getscheduler(2000));
    _exit(0);
  }
  wait_for(pid);
}

CASE(proc_shows_namespace, "a new /proc shows the processes of the namespace of who mounted it") {
  mkdir("proc", 0755);
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    char text[64] = {0};
    T(mount("proc", "proc", "proc", 0, NULL));
    readlink("proc/self", text, 63);
    say("self %s", text);
    say("Pid %s, NSpid %s", field_of("proc/self/status", "Pid"), field_of("proc/self/status", "NSpid"));
    say("PPid %s", field_of("proc/self/status", "PPid"));
    DIR *dir = opendir("proc");
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
      if (e->d_name[0] >= '0' && e->d_name[0] <= '9') say("entry %s", e->d_name);
    memset(text, 0, sizeof text);
    say("outer self is there: %d", readlink("/proc/self", text, 63) > 0 && atoi(text) > 1);
    _exit(0);
  }
  wait_for(pid);
  T(readlink("proc/self", (char[64]){0}, 63));
}

CASE(proc_status_both, "/proc of the outer namespace shows the numbers of both") {
  char path[64], want[64];
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) for (;;) pause();
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  snprintf(want, sizeof want, "%d\t1", pid);
  say("%d", strcmp(field_of(path, "NSpid"), want));
  say("%d", strcmp(field_of(path, "NSpgid"), want) != 0);
}

CASE(nested_levels, "a process has a number in each namespace around it") {
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) {
    int child = clone_flags(CLONE_NEWPID);
    if (child == 0) {
      say("inner pid %d", getpid());
      char *third = strrchr(field_of("/proc/self/status", "NSpid"), '\t');
      say("last %s", third ? third + 1 : "none");
      _exit(0);
    }
    wait_for(child);
    say("middle sees %d", child);
    _exit(0);
  }
  wait_for(pid);
}

CASE(setns_pid, "setns into a pid namespace concerns children, who get their next numbers there") {
  char path[64];
  int pid = clone_flags(CLONE_NEWPID);
  if (pid == 0) for (;;) pause();
  snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
  int fd = open(path, O_RDONLY), own = open("/proc/self/ns/pid", O_RDONLY);
  T(setns(fd, CLONE_NEWPID));
  int child = fork();
  if (child == 0) {
    say("pid %d ppid %d", getpid(), getppid());
    T(setns(own, CLONE_NEWPID));
    _exit(0);
  }
  say_status("child", wait_for(child));
  T(setns(own, CLONE_NEWPID));
  child = fork();
  if (child == 0) _exit(getpid() > 2);
  say_status("child", wait_for(child));
}

CASE(pid_for_children_link, "before its first process a pid namespace has no link") {
  T(unshare(CLONE_NEWPID));
  T(readlink("/proc/self/ns/pid_for_children", (char[64]){0}, 63));
  int pid = fork();
  if (pid == 0) for (;;) pause();
  T(readlink("/proc/self/ns/pid_for_children", (char[64]){0}, 63) > 0);
  kill(pid, SIGKILL);
  wait_for(pid);
}

CASE(clone3_set_tid, "clone3 gives the number that is asked for, if it is free") {
  int wanted[2] = {40, 20000};
  struct clone_args args = {.exit_signal = SIGCHLD, .set_tid = (unsigned long)wanted, .set_tid_size = 1};
  wanted[0] = 20001;
  int pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(getpid() == 20001 ? 0 : 1);
  say("got %d", pid);
  say_status("child", wait_for(pid));
  wanted[0] = getpid();
  T(syscall(SYS_clone3, &args, sizeof args));
  wanted[0] = 0;
  T(syscall(SYS_clone3, &args, sizeof args));
  wanted[0] = 40000;
  T(syscall(SYS_clone3, &args, sizeof args));
  args.set_tid_size = 0;
  T(syscall(SYS_clone3, &args, sizeof args));
  args.set_tid_size = 33;
  T(syscall(SYS_clone3, &args, sizeof args));
  args.set_tid = 0;
  args.set_tid_size = 1;
  T(syscall(SYS_clone3, &args, sizeof args));
}

CASE(clone3_set_tid_inner, "in a new namespace only 1 can be asked for first, and a number for each level") {
  int wanted[2] = {1, 20002};
  struct clone_args args = {.flags = CLONE_NEWPID, .exit_signal = SIGCHLD, .set_tid = (unsigned long)wanted, .set_tid_size = 2};
  int pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(getpid());
  say("got %d", pid);
  say_status("child", wait_for(pid));
  wanted[0] = 5;
  T(syscall(SYS_clone3, &args, sizeof args));
}

CASE(clone3_arguments, "clone3 checks sizes, signals, stacks and flags") {
  char big[5000] = {0};
  struct clone_args *args = (void *)big;
  args->exit_signal = SIGCHLD;
  T(syscall(SYS_clone3, args, 63));
  T(syscall(SYS_clone3, args, 5000));
  T(syscall(SYS_clone3, NULL, 64));
  big[100] = 1;
  T(syscall(SYS_clone3, args, 104));
  args->exit_signal = 65;
  T(syscall(SYS_clone3, args, 64));
  args->exit_signal = 0x100000000ull;
  T(syscall(SYS_clone3, args, 64));
  args->exit_signal = SIGCHLD;
  args->stack = 4096;
  T(syscall(SYS_clone3, args, 64));
  args->stack = 0;
  args->stack_size = 4096;
  T(syscall(SYS_clone3, args, 64));
  args->stack_size = 0;
  args->flags = SIGCHLD;
  T(syscall(SYS_clone3, args, 64));
  args->flags = CLONE_DETACHED;
  T(syscall(SYS_clone3, args, 64));
  args->flags = CLONE_PARENT;
  T(syscall(SYS_clone3, args, 64));
  args->flags = 0x400000000ull;
  T(syscall(SYS_clone3, args, 64));
  args->flags = 0x100000000ull | CLONE_SIGHAND | CLONE_VM;
  T(syscall(SYS_clone3, args, 64));
}

CASE(clone3_clear_sighand, "CLONE_CLEAR_SIGHAND gives the child default actions, but ignored signals stay ignored") {
  struct clone_args args = {.flags = 0x100000000ull, .exit_signal = SIGCHLD};
  listen_for(SIGUSR1);
  signal(SIGUSR2, SIG_IGN);
  int pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    struct sigaction one, two;
    sigaction(SIGUSR1, NULL, &one);
    sigaction(SIGUSR2, NULL, &two);
    say("usr1 default %d, usr2 ignored %d", one.sa_handler == SIG_DFL, two.sa_handler == SIG_IGN);
    _exit(0);
  }
  wait_for(pid);
}
