/* Process descriptors. */
#include "case.h"
#include "namespaces.h"
#include <sys/epoll.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#define pidfd_open(pid, flags) syscall(SYS_pidfd_open, pid, flags)
#define pidfd_signal(fd, sig, info, flags) syscall(SYS_pidfd_send_signal, fd, sig, info, flags)
#define pidfd_getfd(fd, target, flags) syscall(SYS_pidfd_getfd, fd, target, flags)

static int sleeper(void) {
  int pid = fork();
  if (pid == 0) for (;;) pause();
  return pid;
}

CASE(open_errors, "pidfd_open wants the number of a process") {
  T(pidfd_open(0, 0));
  T(pidfd_open(-1, 0));
  T(pidfd_open(30000, 0));
  T(pidfd_open(getpid(), 1));
  T(pidfd_open(getpid(), O_NONBLOCK));
}

CASE(closes_on_exec, "a process descriptor closes on exec, and is an anonymous inode") {
  char path[40], text[64] = {0};
  int fd = pidfd_open(getpid(), 0);
  T(fcntl(fd, F_GETFD));
  T(fcntl(fd, F_GETFL));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, text, 63);
  say("%s", text);
  T(read(fd, text, 1));
  T(write(fd, text, 1));
}

CASE(send, "a signal through a descriptor") {
  int status, pid = sleeper(), fd = pidfd_open(pid, 0);
  T(pidfd_signal(fd, 0, NULL, 0));
  T(pidfd_signal(fd, SIGTERM, NULL, 1));
  T(pidfd_signal(fd, 65, NULL, 0));
  T(pidfd_signal(1, SIGTERM, NULL, 0));
  T(pidfd_signal(-1, SIGTERM, NULL, 0));
  T(pidfd_signal(fd, SIGTERM, NULL, 0));
  waitpid(pid, &status, 0);
  say_status("child", status);
  T(pidfd_signal(fd, SIGTERM, NULL, 0));
}

CASE(send_info, "a siginfo for another process must not pretend to come from the kernel or kill") {
  int pid = sleeper(), fd = pidfd_open(pid, 0);
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER};
  T(pidfd_signal(fd, SIGUSR2, &info, 0));
  T(pidfd_signal(fd, SIGUSR1, &info, 0));
  info.si_code = SI_TKILL;
  T(pidfd_signal(fd, SIGUSR1, &info, 0));
  T(pidfd_signal(fd, SIGUSR1, (void *)16, 0));
  info.si_code = SI_QUEUE;
  T(pidfd_signal(fd, SIGUSR1, &info, 0));
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(send_through_proc, "an open /proc/PID is as good as a process descriptor for signals") {
  char path[40];
  int status, pid = sleeper();
  snprintf(path, sizeof path, "/proc/%d", pid);
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  T(pidfd_signal(fd, SIGTERM, NULL, 0));
  waitpid(pid, &status, 0);
  say_status("child", status);
  T(pidfd_signal(fd, SIGTERM, NULL, 0));
}

CASE(send_not_allowed, "signals through a descriptor need the rights that kill needs") {
  int pid = sleeper(), fd = pidfd_open(pid, 0);
  become(1000);
  T(pidfd_signal(fd, SIGTERM, NULL, 0));
  T(pidfd_signal(fd, 0, NULL, 0));
}

CASE(readable_when_dead, "a process descriptor is readable once the process has ended") {
  int pid = sleeper(), fd = pidfd_open(pid, 0);
  struct pollfd p = {fd, POLLIN, 0};
  T(poll(&p, 1, 0));
  kill(pid, SIGKILL);
  T(poll(&p, 1, -1));
  say("%x", p.revents);
  waitpid(pid, NULL, 0);
  T(poll(&p, 1, 0));
  say("%x", p.revents);
}

CASE(epoll_wakes, "epoll is woken by the end of a process") {
  int pid = fork();
  if (pid == 0) {
    usleep(5000);
    _exit(0);
  }
  int fd = pidfd_open(pid, 0), ep = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5}, got;
  T(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
  T(epoll_wait(ep, &got, 1, -1));
  say("%x %d", got.events, got.data.u32);
}

CASE(wait_by_descriptor, "waitid with P_PIDFD waits for that process") {
  siginfo_t info = {0};
  int pid = fork();
  if (pid == 0) _exit(5);
  int fd = pidfd_open(pid, 0);
  T(waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT));
  say("%d %d %d %d", info.si_signo, info.si_code, info.si_status, info.si_pid == pid);
  T(waitid(P_PIDFD, fd, &info, WEXITED));
  T(waitid(P_PIDFD, fd, &info, WEXITED));
  T(waitid(P_PIDFD, -1, &info, WEXITED));
  T(waitid(P_PIDFD, 0, &info, WEXITED));
  T(waitid(P_PIDFD, 77, &info, WEXITED));
}

CASE(wait_nonblocking, "a descriptor that does not block makes waitid return EAGAIN") {
  siginfo_t info = {0};
  int pid = sleeper(), fd = pidfd_open(pid, O_NONBLOCK);
  T(waitid(P_PIDFD, fd, &info, WEXITED));
  T(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
  kill(pid, SIGKILL);
  await_state(pid, "Z");
  T(waitid(P_PIDFD, fd, &info, WEXITED));
  say("%d %d", info.si_code, info.si_status);
}

CASE(wait_not_a_child, "who is no child cannot be waited for") {
  siginfo_t info;
  T(waitid(P_PIDFD, pidfd_open(1, 0), &info, WEXITED));
  T(waitid(P_PIDFD, pidfd_open(getpid(), 0), &info, WEXITED));
}

CASE(clone_pidfd, "CLONE_PIDFD stores a descriptor where the number would go") {
  int fd = -1, other = -1, status;
  int pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
  if (pid == 0) _exit(fd == -1 ? 4 : 5);
  say("fd %d, cloexec %d", fd, fcntl(fd, F_GETFD));
  siginfo_t info = {0};
  T(waitid(P_PIDFD, fd, &info, WEXITED));
  say("status %d", info.si_status);
  T(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &fd, 0, 0));
  T(syscall(SYS_clone, CLONE_PIDFD | CLONE_DETACHED | SIGCHLD, 0, &fd, 0, 0));
  T(syscall(SYS_clone, CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, &fd, 0, 0));
  T(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, 16, 0, 0));
  struct clone_args args = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID, .exit_signal = SIGCHLD, .pidfd = (unsigned long)&fd, .parent_tid = (unsigned long)&other};
  pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(6);
  say("fd %d, number stored %d", fd, other == pid);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(get_descriptor, "pidfd_getfd copies another process's descriptor") {
  int ends[2], ready[2];
  char c = 0;
  pipe(ends);
  pipe(ready);
  int pid = fork();
  if (pid == 0) {
    int fd = open("/proc/self/status", O_RDONLY);
    dup2(fd, 50);
    write(ready[1], "", 1);
    for (;;) pause();
  }
  read(ready[0], &c, 1);
  int fd = pidfd_open(pid, 0), got;
  T((got = pidfd_getfd(fd, 50, 0)) > 0);
  T(fcntl(got, F_GETFD));
  T(read(got, &c, 1));
  say("%c", c);
  T(pidfd_getfd(fd, 51, 0));
  T(pidfd_getfd(fd, -1, 0));
  T(pidfd_getfd(fd, 50, 1));
  T(pidfd_getfd(0, 50, 0));
  T(pidfd_getfd(99, 50, 0));
  become(1000);
  T(pidfd_getfd(fd, 50, 0));
}

CASE(get_from_the_dead, "a process that has ended has no descriptors") {
  int pid = fork();
  if (pid == 0) _exit(0);
  int fd = pidfd_open(pid, 0);
  await_state(pid, "Z");
  T(pidfd_getfd(fd, 0, 0));
  waitpid(pid, NULL, 0);
  T(pidfd_getfd(fd, 0, 0));
}

CASE(setns_by_process, "setns with a process descriptor enters several namespaces at once") {
  char name[80] = {0};
  int ready[2];
  pipe(ready);
  int pid = fork();
  if (pid == 0) {
    unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS);
    sethostname("theirs", 6);
    write(ready[1], "", 1);
    for (;;) pause();
  }
  read(ready[0], name, 1);
  int fd = pidfd_open(pid, 0);
  T(setns(fd, 0));
  T(setns(fd, CLONE_VM));
  T(setns(fd, CLONE_NEWUSER));
  T(setns(fd, CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS));
  gethostname(name, sizeof name);
  say("%s, ipc %d, mnt %d, net %d", name, same_ns("ipc", pid), same_ns("mnt", pid), same_ns("net", pid));
  kill(pid, SIGKILL);
  await_state(pid, "Z");
  T(setns(fd, CLONE_NEWUTS));
}
