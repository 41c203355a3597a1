/* Bytes between the sides of a pseudo-terminal: ends, hangups, limits, packet mode. */
#include "pty.h"

static void on_signal(int sig) { (void)sig; }

CASE(master_reads_eof, "a master whose slave was closed reads what is left, then EIO, and hears HUP") {
  struct pair p = open_pair();
  write(p.slave, "rest", 4);
  close(p.slave);
  show_poll("poll", p.master);
  show("master", p.master);
  show_poll("poll", p.master);
  show("master", p.master);
  T(write(p.master, "x", 1));
}

CASE(before_first_open, "a master whose slave was never opened waits") {
  int n, master;
  mount_pts("");
  master = open_master(&n);
  show_poll("poll", master);
  show("master", master);
  T(write(master, "early\n", 6));
  int slave = open_slave(n, O_RDWR | O_NOCTTY);
  show("slave", slave);
  show("echo", master);
}

CASE(slave_reopened, "a slave opened again goes on with its settings and what was not read") {
  struct pair p = open_pair();
  local(p.slave, ECHO, 0);
  type(p, "kept\n");
  close(p.slave);
  show_poll("master", p.master);
  type(p, "more\n");
  p.slave = open_slave(p.number, O_RDWR | O_NOCTTY);
  show_poll("master", p.master);
  show("slave", p.slave);
  show("slave", p.slave);
  say("echo is %s", get_termios(p.slave).c_lflag & ECHO ? "on" : "off");
}

CASE(slave_after_hangup, "a slave whose master was closed: reads end, writes and requests fail") {
  struct winsize w;
  int value;
  struct pair p = open_pair();
  type(p, "unread\n");
  close(p.master);
  show_poll("poll", p.slave);
  show("read", p.slave);
  T(write(p.slave, "x", 1));
  T(ioctl(p.slave, TCGETS, &w));
  T(ioctl(p.slave, TIOCGWINSZ, &w));
  T(ioctl(p.slave, TIOCSPGRP, &value));
  T(ioctl(p.slave, FIONREAD, &value));
  T(isatty(p.slave));
  T(fcntl(p.slave, F_SETFL, O_NONBLOCK));
  T(read(p.slave, &value, 1));
}

CASE(reader_woken_by_hangup, "a reader of the slave is woken when the master goes") {
  int status;
  struct pair p = open_pair();
  int pid = fork();
  if (pid == 0) {
    char c;
    close(p.master);
    long n = read(p.slave, &c, 1);
    _exit(n == 0 ? 10 : n < 0 ? errno : 11);
  }
  await_state(pid, "S");
  close(p.master);
  waitpid(pid, &status, 0);
  say_status("reader", status);
}

CASE(master_reader_woken, "a reader of the master is woken when the slave is closed") {
  int status;
  struct pair p = open_pair();
  int pid = fork();
  if (pid == 0) {
    char c;
    close(p.slave);
    long n = read(p.master, &c, 1);
    _exit(n < 0 && errno == EIO ? 20 : 21);
  }
  await_state(pid, "S");
  close(p.slave);
  waitpid(pid, &status, 0);
  say_status("reader", status);
}

CASE(poller_woken, "a poller of the master is woken by output and by the close") {
  int status, ready[2];
  char c;
  struct pair p = open_pair();
  T(pipe(ready));
  int pid = fork();
  if (pid == 0) {
    close(p.slave);
    for (int i = 0; i < 2; i++) {
      struct pollfd f = {p.master, POLLIN, 0};
      write(ready[1], "r", 1);
      int n = poll(&f, 1, -1);
      say("poll %d %x", n, f.revents);
      show_read("read", p.master, 8);
    }
    _exit(0);
  }
  read(ready[0], &c, 1);
  await_state(pid, "S");
  write(p.slave, "x", 1);
  read(ready[0], &c, 1);
  await_state(pid, "S");
  close(p.slave);
  waitpid(pid, &status, 0);
  say_status("poller", status);
}

CASE(read_interrupted, "a read is interrupted by a handler without SA_RESTART") {
  int status;
  struct pair p = open_pair();
  int pid = fork();
  if (pid == 0) {
    struct sigaction a = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &a, NULL);
    show_read("slave", p.slave, 10);
    show_read("master", p.master, 10);
    _exit(0);
  }
  for (int i = 0; i < 2; i++) {
    await_state(pid, "S");
    kill(pid, SIGUSR1);
    settle();
  }
  waitpid(pid, &status, 0);
  say_status("reader", status);
}

CASE(nonblocking, "O_NONBLOCK: EAGAIN while there is nothing, on both sides") {
  struct pair p = open_pair();
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK);
  show_read("slave", p.slave, 10);
  show_read("master", p.master, 10);
  write(p.master, "half", 4);
  settle();
  show_read("half a line", p.slave, 10);
  T(read(p.slave, NULL, 0));
  write(p.master, "\n", 1);
  settle();
  show_read("line", p.slave, 10);
}

CASE(raw_back_pressure, "a writer that nobody reads stops somewhere past 4 KiB, and goes on when there is room") {
  static char data[65536];
  struct pair p = open_pair();
  make_raw(p.slave, 1, 0);
  memset(data, 'x', sizeof data);
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  long total = 0, n;
  while (settle(), (n = write(p.slave, data, 512)) > 0) total += n;
  say("then %s", strerrorname_np(errno));
  say("%s", total >= 8192 && total <= 32768 ? "plausible" : "not plausible");
  show_poll("writer", p.slave);
  show_poll("reader", p.master);
  long back = 0;
  fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK);
  while (settle(), (n = read(p.master, data, sizeof data)) > 0) back += n;
  say("%s", back == total ? "all came" : "lost");
  show_poll("writer", p.slave);
  T(write(p.slave, data, 100));
}

CASE(blocked_writer_goes_on, "a blocked writer writes all while the other side reads") {
  static char data[50000];
  int status;
  struct pair p = open_pair();
  make_raw(p.slave, 1, 0);
  memset(data, 'y', sizeof data);
  int pid = fork();
  if (pid == 0) {
    long n = write(p.slave, data, sizeof data);
    say("wrote %ld", n);
    _exit(0);
  }
  await_state(pid, "S");
  long back = 0, n;
  while (back < 50000 && (n = read(p.master, data, sizeof data)) > 0) back += n;
  waitpid(pid, &status, 0);
  say("read %ld", back);
  say_status("writer", status);
}

CASE(blocked_writer_killed_off, "a blocked writer of the slave gets what it wrote when the master goes") {
  static char data[50000];
  int status;
  struct pair p = open_pair();
  make_raw(p.slave, 1, 0);
  int pid = fork();
  if (pid == 0) {
    close(p.master);
    long n = write(p.slave, data, sizeof data);
    say("%s", n > 4000 && n < 50000 ? "a part" : n < 0 ? strerrorname_np(errno) : "all");
    n = write(p.slave, data, 1);
    say("then %s", n < 0 ? strerrorname_np(errno) : "wrote");
    _exit(0);
  }
  await_state(pid, "S");
  close(p.master);
  waitpid(pid, &status, 0);
  say_status("writer", status);
}

CASE(typing_ahead, "a master can type ahead 4095 bytes of finished lines; the rest waits and comes") {
  static char line[100], data[8192];
  struct pair p = open_pair();
  local(p.slave, ECHO, 0);
  memset(line, 'z', 99);
  line[99] = '\n';
  for (int i = 0; i < 60; i++) write(p.master, line, 100);
  settle();
  int value = 0;
  ioctl(p.slave, FIONREAD, &value);
  say("ready %d", value);
  long lines = 0;
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  while (read(p.slave, data, sizeof data) == 100) lines++, settle();
  say("%ld lines", lines);
}

CASE(long_line, "a line longer than the buffer keeps its first 4095 bytes and its end") {
  static char data[8192];
  struct pair p = open_pair();
  local(p.slave, ECHO, 0);
  memset(data, 'q', 6000);
  data[6000] = '\n';
  write(p.master, data, 3000);
  settle();
  write(p.master, data + 3000, 3001);
  settle();
  long n = read(p.slave, data, sizeof data);
  say("%ld, last %d", n, data[n - 1]);
  type(p, "next\n");
  show("slave", p.slave);
}

CASE(queries, "FIONREAD and TIOCOUTQ of both sides") {
  int value = 9;
  struct pair p = open_pair();
  type(p, "one\ntwo\nhal");
  T(ioctl(p.slave, FIONREAD, &value));
  say("%d", value);
  T(ioctl(p.master, FIONREAD, &value));
  say("%d", value);
  T(ioctl(p.slave, TIOCOUTQ, &value));
  say("%d", value);
  T(ioctl(p.master, TIOCOUTQ, &value));
  say("%d", value);
  type(p, "\004\004");
  T(ioctl(p.slave, FIONREAD, &value));
  say("%d", value);
  T(ioctl(p.slave, FIONREAD, 1));
}

CASE(faults, "reads and writes at addresses that are not there") {
  struct pair p = open_pair();
  T(write(p.slave, (void *)1, 5));
  T(write(p.master, (void *)1, 5));
  type(p, "line\n");
  T(read(p.slave, (void *)1, 10));
  show("left", p.slave);
  char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(page + 4096, 4096);
  memset(page, 'v', 4096);
  T(write(p.slave, page + 4090, 10));
}

CASE(packet_data, "packet mode: a zero byte goes before data") {
  int on = 1, value = 7;
  struct pair p = open_pair();
  T(ioctl(p.master, TIOCGPKT, &value));
  say("%d", value);
  T(ioctl(p.master, TIOCPKT, &on));
  T(ioctl(p.master, TIOCGPKT, &value));
  say("%d", value);
  T(write(p.slave, "data", 4));
  show_poll("poll", p.master);
  show("master", p.master);
  T(write(p.slave, "abcdef", 6));
  settle();
  show_read("three", p.master, 3);
  show_read("one", p.master, 1);
  show_read("rest", p.master, 10);
  on = 0;
  T(ioctl(p.master, TIOCPKT, &on));
  T(write(p.slave, "x", 1));
  show("master", p.master);
}

CASE(packet_long, "packet mode: one zero byte for a read of more than 64 bytes") {
  int on = 1;
  static char data[200];
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  memset(data, 'a', sizeof data);
  write(p.slave, data, 150);
  settle();
  long n = read(p.master, data, 200);
  say("%ld %d %d %d", n, data[0], data[1], data[70]);
}

CASE(packet_flush, "packet mode: flushes are told") {
  int on = 1;
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  T(ioctl(p.slave, TCFLSH, TCIFLUSH));
  show_poll("poll", p.master);
  show("in", p.master);
  T(ioctl(p.slave, TCFLSH, TCOFLUSH));
  show("out", p.master);
  T(ioctl(p.slave, TCFLSH, TCIOFLUSH));
  show("both", p.master);
  show("none", p.master);
  T(ioctl(p.slave, TCFLSH, 3));
}

CASE(packet_flow, "packet mode: stops and starts are told, and changes of flow control") {
  int on = 1;
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  T(ioctl(p.slave, TCXONC, TCOOFF));
  show("off", p.master);
  T(ioctl(p.slave, TCXONC, TCOON));
  show("on", p.master);
  input(p.slave, IXON, 0);
  show("no flow", p.master);
  input(p.slave, 0, IXON);
  show("flow", p.master);
  character(p.slave, VSTOP, 1);
  show("another key", p.master);
  type(p, "\001");
  show("stopped", p.master);
  type(p, "\021");
  show("started", p.master);
}

CASE(packet_extproc, "packet mode: with EXTPROC each change of settings is told") {
  int on = 1;
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  local(p.slave, 0, EXTPROC);
  show("set", p.master);
  local(p.slave, ECHO, 0);
  show("changed", p.master);
  local(p.slave, EXTPROC, 0);
  show("cleared", p.master);
  local(p.slave, 0, ECHO);
  show("none", p.master);
}

CASE(packet_status_first, "packet mode: status goes before data, and Ctrl-C flushes") {
  int on = 1;
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  write(p.slave, "data", 4);
  ioctl(p.slave, TCFLSH, TCIFLUSH);
  show("first", p.master);
  show("second", p.master);
  type(p, "\003");
  show("interrupt", p.master);
  show("echo", p.master);
}

CASE(packet_small_read, "packet mode: reads of one byte and of none") {
  int on = 1;
  struct pair p = open_pair();
  ioctl(p.master, TIOCPKT, &on);
  write(p.slave, "ab", 2);
  settle();
  T(read(p.master, NULL, 0));
  show_read("one", p.master, 1);
  show_read("two", p.master, 2);
  show_read("three", p.master, 3);
}

CASE(flush_discards, "TCFLSH of the slave's input, and of the master's") {
  struct pair p = open_pair();
  local(p.slave, ECHO, 0);
  type(p, "gone\npart");
  T(ioctl(p.slave, TCFLSH, TCIFLUSH));
  type(p, "left\n");
  show("slave", p.slave);
  write(p.slave, "out", 3);
  settle();
  T(ioctl(p.master, TCFLSH, TCIFLUSH));
  show("master", p.master);
  write(p.slave, "out", 3);
  settle();
  T(ioctl(p.slave, TCFLSH, TCOFLUSH));
  show("already over", p.master);
}

CASE(epoll_edge, "edge-triggered epoll on the master") {
  struct epoll_event e = {.events = EPOLLIN | EPOLLET};
  struct pair p = open_pair();
  int ep = epoll_create1(0);
  T(epoll_ctl(ep, EPOLL_CTL_ADD, p.master, &e));
  T(epoll_wait(ep, &e, 1, 0));
  write(p.slave, "a", 1);
  settle();
  T(epoll_wait(ep, &e, 1, 1000));
  say("%x", e.events);
  T(epoll_wait(ep, &e, 1, 0));
  write(p.slave, "b", 1);
  settle();
  T(epoll_wait(ep, &e, 1, 1000));
  close(p.slave);
  settle();
  T(epoll_wait(ep, &e, 1, 1000));
  say("%x", e.events);
}

CASE(simulated_input, "TIOCSTI puts bytes before a reader, as if typed") {
  struct pair p = open_pair();
  T(ioctl(p.slave, TIOCSTI, "h"));
  T(ioctl(p.slave, TIOCSTI, "\n"));
  show("slave", p.slave);
  show("echo", p.master);
  T(ioctl(p.master, TIOCSTI, "m"));
  show("master", p.master);
  T(ioctl(p.slave, TIOCSTI, 1));
  if (fork() == 0) {
    setresuid(1, 1, 1);
    T(ioctl(p.slave, TIOCSTI, "h"));
    _exit(0);
  }
  wait(NULL);
}

CASE(shared_descriptors, "the slave is closed when the last of its files is, whoever holds it") {
  int status;
  struct pair p = open_pair();
  int pid = fork();
  if (pid == 0) for (;;) pause();
  close(p.slave);
  show_poll("held", p.master);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  show_poll("gone", p.master);
}
