/* O_ASYNC, F_SETOWN, F_SETSIG: signals when something can be read or written. */
#include "pty.h"

static volatile int times, last_fd, last_code, last_band;

static void plain(int sig) { (void)sig, times++; }

static void told(int sig, siginfo_t *info, void *context) {
  (void)sig, (void)context;
  times++;
  last_fd = info->si_fd;
  last_code = info->si_code;
  last_band = info->si_band;
}

static void handle(int sig, int details) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  if (details) a.sa_sigaction = told, a.sa_flags = SA_SIGINFO | SA_RESTART;
  else a.sa_handler = plain, a.sa_flags = SA_RESTART;
  sigaction(sig, &a, NULL);
}

static void report(const char *label, int fd) {
  settle();
  say("%s: %d, fd %s, code %d, band %x", label, times, last_fd == fd ? "right" : "other", last_code, last_band);
  times = last_code = last_band = 0;
}

CASE(owners, "F_SETOWN and F_GETOWN: processes, groups, nobody, numbers that are none") {
  int fds[2];
  pipe(fds);
  T(fcntl(fds[0], F_GETOWN));
  T(fcntl(fds[0], F_SETOWN, getpid()));
  T(fcntl(fds[0], F_GETOWN) == getpid());
  T(fcntl(fds[0], F_SETOWN, -getpgrp()));
  T(fcntl(fds[0], F_SETOWN, 30000));
  T(fcntl(fds[0], F_SETOWN, -30000));
  T(fcntl(fds[0], F_SETOWN, 0x80000000));
  T(fcntl(fds[0], F_SETOWN, 0));
  T(fcntl(fds[0], F_GETOWN));
  T(fcntl(fds[0], F_GETSIG));
  T(fcntl(fds[0], F_SETSIG, 65));
  T(fcntl(fds[0], F_SETSIG, -1));
  T(fcntl(fds[0], F_SETSIG, 34));
  T(fcntl(fds[0], F_GETSIG));
}

CASE(typed_owners, "F_SETOWN_EX and F_GETOWN_EX, F_GETOWNER_UIDS") {
  int fds[2];
  unsigned uids[2] = {9, 9};
  struct f_owner_ex o = {F_OWNER_TID, getpid()};
  pipe(fds);
  T(fcntl(fds[0], F_GETOWN_EX, &o));
  say("%d %d", o.type, o.pid);
  for (int type = 0; type < 4; type++) {
    o.type = type;
    o.pid = getpid();
    T(fcntl(fds[0], F_SETOWN_EX, &o));
    T(fcntl(fds[0], F_GETOWN_EX, &o));
    say("%d %d", o.type, o.pid == getpid());
  }
  o.type = F_OWNER_PID;
  o.pid = 30000;
  T(fcntl(fds[0], F_SETOWN_EX, &o));
  T(fcntl(fds[0], F_SETOWN_EX, 1));
  T(fcntl(fds[0], F_GETOWN_EX, 1));
  setreuid(3, 0);
  o.pid = getpid();
  T(fcntl(fds[0], F_SETOWN_EX, &o));
  T(fcntl(fds[0], 17, uids));
  say("%d %d", uids[0], uids[1]);
}

CASE(owner_gone, "an owner that was waited for is 0") {
  int fds[2];
  pipe(fds);
  int pid = fork();
  if (pid == 0) for (;;) pause();
  T(fcntl(fds[0], F_SETOWN, pid));
  T(fcntl(fds[0], F_GETOWN) == pid);
  kill(pid, SIGKILL);
  await_state(pid, "Z");
  T(fcntl(fds[0], F_GETOWN) == pid);
  waitpid(pid, NULL, 0);
  T(fcntl(fds[0], F_GETOWN));
}

CASE(pipe_reader, "a pipe's reader hears of each write and of the last writer's end") {
  int fds[2];
  pipe(fds);
  handle(SIGIO, 0);
  fcntl(fds[0], F_SETOWN, getpid());
  T(fcntl(fds[0], F_SETFL, O_ASYNC));
  say("%o", fcntl(fds[0], F_GETFL));
  write(fds[1], "a", 1);
  report("one", 0);
  write(fds[1], "b", 1);
  report("two", 0);
  read(fds[0], &last_fd, 1);
  report("a read", 0);
  close(fds[1]);
  report("the end", 0);
}

CASE(pipe_details, "F_SETSIG: the signal says which descriptor and what for") {
  int fds[2];
  char c;
  pipe(fds);
  handle(SIGRTMIN, 1);
  for (int i = 0; i < 2; i++) {
    fcntl(fds[i], F_SETOWN, getpid());
    fcntl(fds[i], F_SETSIG, SIGRTMIN);
    fcntl(fds[i], F_SETFL, O_ASYNC | O_NONBLOCK);
  }
  write(fds[1], "ab", 2);
  report("write", fds[0]);
  read(fds[0], &c, 1);
  report("read", fds[1]);
  read(fds[0], &c, 1);
  read(fds[0], &c, 1);
  report("and an empty read", fds[1]);
  fcntl(fds[0], F_SETFL, 0);
  write(fds[1], "c", 1);
  report("off", fds[0]);
  fcntl(fds[1], F_SETSIG, SIGIO);
  handle(SIGIO, 1);
  read(fds[0], &c, 1);
  report("SIGIO with details", fds[1]);
}

CASE(named_by_setter, "the descriptor that is named is the one by which O_ASYNC was set") {
  int fds[2];
  pipe(fds);
  handle(SIGRTMIN, 1);
  fcntl(fds[0], F_SETOWN, getpid());
  fcntl(fds[0], F_SETSIG, SIGRTMIN);
  int copy = dup(fds[0]);
  fcntl(copy, F_SETFL, O_ASYNC);
  close(copy);
  write(fds[1], "a", 1);
  report("closed copy", copy);
}

CASE(by_ioctl, "FIOASYNC: files that know it and files that do not") {
  int fds[2], on = 1, off = 0, null = open("/dev/null", O_RDWR), file = open("file", O_CREAT | O_RDWR, 0600);
  pipe(fds);
  T(ioctl(fds[0], FIOASYNC, &on));
  say("%o", fcntl(fds[0], F_GETFL));
  T(ioctl(fds[0], FIOASYNC, &off));
  say("%o", fcntl(fds[0], F_GETFL));
  T(ioctl(null, FIOASYNC, &on));
  T(ioctl(null, FIOASYNC, &off));
  T(ioctl(file, FIOASYNC, &on));
  T(fcntl(file, F_SETFL, O_ASYNC));
  say("%o", fcntl(file, F_GETFL) & O_ASYNC);
  T(ioctl(file, FIOASYNC, &on));
  T(ioctl(fds[0], FIOASYNC, 1));
}

CASE(group_owner, "a group as the owner: each member hears") {
  int fds[2], status;
  pipe(fds);
  signal(SIGIO, SIG_IGN);
  int first = fork();
  if (first == 0) {
    setpgid(0, 0);
    handle(SIGIO, 0);
    while (times == 0) pause();
    _exit(1);
  }
  setpgid(first, first);
  int second = fork();
  if (second == 0) {
    setpgid(0, first);
    handle(SIGIO, 0);
    while (times == 0) pause();
    _exit(2);
  }
  setpgid(second, first);
  await_state(first, "S");
  await_state(second, "S");
  fcntl(fds[0], F_SETOWN, -first);
  fcntl(fds[0], F_SETFL, O_ASYNC);
  write(fds[1], "a", 1);
  waitpid(first, &status, 0);
  say_status("first", status);
  waitpid(second, &status, 0);
  say_status("second", status);
}

CASE(not_permitted, "who set the owner must be allowed to signal it") {
  int fds[2], status;
  pipe(fds);
  int pid = fork();
  if (pid == 0) {
    handle(SIGIO, 0);
    while (times == 0) pause();
    _exit(1);
  }
  await_state(pid, "S");
  if (fork() == 0) {
    setresuid(1, 1, 1);
    T(fcntl(fds[0], F_SETOWN, pid));
    fcntl(fds[0], F_SETFL, O_ASYNC);
    T(write(fds[1], "a", 1));
    _exit(0);
  }
  wait(NULL);
  settle();
  T(waitpid(pid, &status, WNOHANG));
  fcntl(fds[0], F_SETOWN, pid);
  T(write(fds[1], "a", 1));
  waitpid(pid, &status, 0);
  say_status("owner", status);
}

CASE(terminal_lines, "a terminal's reader hears of lines, and bytes in raw mode") {
  struct pair p = open_pair();
  handle(SIGRTMIN, 1);
  fcntl(p.slave, F_SETSIG, SIGRTMIN);
  T(fcntl(p.slave, F_SETFL, O_RDWR | O_ASYNC));
  T(fcntl(p.slave, F_GETOWN) == getpid());
  local(p.slave, ECHO, 0);
  type(p, "half");
  report("half", p.slave);
  type(p, " line\n");
  report("line", p.slave);
  type(p, "two\nlines\n");
  report("two", p.slave);
  make_raw(p.slave, 1, 0);
  type(p, "raw");
  report("raw", p.slave);
}

CASE(terminal_owner, "O_ASYNC on a terminal makes the foreground group the owner, unless there is one") {
  if (fork() > 0) { wait(NULL); return; }
  setsid();
  struct pair p = open_pair();
  ioctl(p.slave, TIOCSCTTY, 0);
  fcntl(p.slave, F_SETFL, O_RDWR | O_ASYNC);
  T(fcntl(p.slave, F_GETOWN) == -getpid());
  int other = open_slave(p.number, O_RDWR);
  fcntl(other, F_SETOWN, 1);
  fcntl(other, F_SETFL, O_RDWR | O_ASYNC);
  T(fcntl(other, F_GETOWN));
  int third = open("pts/0", O_RDWR | O_ASYNC);
  T(fcntl(third, F_GETOWN));
  say("%o", fcntl(third, F_GETFL) & O_ASYNC);
  fflush(stdout);
  _exit(0);
}

CASE(master_hears, "a master hears of output") {
  struct pair p = open_pair();
  handle(SIGRTMIN, 1);
  fcntl(p.master, F_SETSIG, SIGRTMIN);
  fcntl(p.master, F_SETFL, O_RDWR | O_ASYNC);
  write(p.slave, "out", 3);
  report("output", p.master);
}

CASE(ignored_by_default, "SIGIO ends a process that has no handler") {
  int status, pid = fork();
  if (pid == 0) {
    int fds[2];
    pipe(fds);
    fcntl(fds[0], F_SETOWN, getpid());
    fcntl(fds[0], F_SETFL, O_ASYNC);
    write(fds[1], "a", 1);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}
