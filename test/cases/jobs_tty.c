/* Sessions and their terminals: who gets one, who must stop, who is told when it goes. */
#include "pty.h"

static void on_signal(int sig) { say("signal %d", sig); }

/* Leads a session whose terminal is the pair's slave; to be called by a child. */
static struct pair session(void) {
  setsid();
  struct pair p = open_pair();
  if (ioctl(p.slave, TIOCSCTTY, 0) < 0) say("TIOCSCTTY: %s", strerrorname_np(errno));
  return p;
}

/* Runs the case in a child that leads a session, and says how it ended. */
#define SESSION                                             \
  int session_status, session_pid = fork();                 \
  if (session_pid > 0) {                                    \
    waitpid(session_pid, &session_status, 0);               \
    say_status("session", session_status);                  \
    return;                                                 \
  }                                                         \
  struct pair p = session()

static const char *me_or(int pid) { return pid == getpid() ? "me" : pid == 0 ? "0" : pid < 0 ? "-1" : "another"; }

/* Fields 5 to 8 of /proc/self/stat: group, session, terminal, foreground group. */
static void show_stat(void) {
  char text[300];
  int pgrp, sid, tty, tpgid;
  FILE *f = fopen("/proc/self/stat", "r");
  fgets(text, sizeof text, f);
  fclose(f);
  sscanf(strrchr(text, ')') + 4, "%*d %d %d %d %d", &pgrp, &sid, &tty, &tpgid);
  say("group %s, session %s, terminal %x, foreground %s", me_or(pgrp), me_or(sid), tty, me_or(tpgid));
}

CASE(first_open_takes, "a leader without a terminal gets the first slave that it opens without O_NOCTTY") {
  if (fork() > 0) { wait(NULL); return; }
  setsid();
  struct pair p = open_pair();
  show_stat();
  T(open("/dev/tty", O_RDWR));
  int slave = open_slave(p.number, O_WRONLY);
  show_stat();
  close(slave);
  slave = open_slave(p.number, O_RDWR);
  show_stat();
  T(open("/dev/tty", O_RDWR) >= 0);
  int id = 0;
  T(ioctl(slave, TIOCGPGRP, &id));
  say("%s", me_or(id));
  T(ioctl(slave, TIOCGSID, &id));
  say("%s", me_or(id));
  T(ioctl(p.master, TIOCGPGRP, &id));
  say("%s", me_or(id));
  T(ioctl(p.master, TIOCGSID, &id));
  say("%s", me_or(id));
  int n, second = open_master(&n);
  T(ioctl(second, TIOCGSID, &id));
  T(ioctl(second, TIOCGPGRP, &id));
  say("%s", me_or(id));
  T(open_slave(n, O_RDWR) >= 0);
  T(ioctl(open_slave(n, O_RDWR), TIOCGPGRP, &id));
}

CASE(set_controlling, "TIOCSCTTY: by whom, of what, and stealing") {
  struct pair p = open_pair();
  T(ioctl(p.slave, TIOCSCTTY, 0));
  int pid = fork();
  if (pid == 0) {
    setsid();
    T(ioctl(open_slave(0, O_WRONLY | O_NOCTTY), TIOCSCTTY, 0));
    T(ioctl(p.slave, TIOCSCTTY, 0));
    T(ioctl(p.slave, TIOCSCTTY, 0));
    T(ioctl(p.master, TIOCSCTTY, 0));
    if (fork() == 0) {
      T(ioctl(p.slave, TIOCSCTTY, 0));
      setsid();
      show_stat();
      T(ioctl(p.slave, TIOCSCTTY, 0));
      T(ioctl(p.slave, TIOCSCTTY, 2));
      T(ioctl(p.slave, TIOCSCTTY, 1));
      show_stat();
      _exit(0);
    }
    wait(NULL);
    show_stat();
    _exit(0);
  }
  wait(NULL);
}

CASE(write_only_by_user, "a user needs a readable file for TIOCSCTTY") {
  struct pair p = open_pair();
  chmod("pts/0", 0666);
  if (fork() == 0) {
    setresuid(1, 1, 1);
    setsid();
    T(ioctl(open_slave(p.number, O_WRONLY | O_NOCTTY), TIOCSCTTY, 0));
    T(ioctl(open_slave(p.number, O_RDONLY | O_NOCTTY), TIOCSCTTY, 0));
    _exit(0);
  }
  wait(NULL);
}

CASE(give_up, "TIOCNOTTY by the leader: the foreground group gets HUP and CONT, the session loses it") {
  SESSION;
  int status;
  signal(SIGHUP, on_signal);
  signal(SIGCONT, on_signal);
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGHUP);
  sigaddset(&both, SIGCONT);
  sigprocmask(SIG_BLOCK, &both, NULL);
  int pid = fork();
  if (pid == 0) {
    signal(SIGHUP, SIG_IGN);
    signal(SIGCONT, SIG_DFL);
    while (getppid() > 1 && ioctl(p.slave, TIOCGPGRP, &status) == 0) usleep(1000);
    // Its parent has printed what it had to, and waits.
    await_state(getppid(), "S");
    show_stat();
    _exit(0);
  }
  sigprocmask(SIG_UNBLOCK, &both, NULL);
  T(ioctl(p.master, TIOCNOTTY));
  T(ioctl(p.slave, TIOCNOTTY));
  waitpid(pid, &status, 0);
  show_stat();
  T(ioctl(p.slave, TIOCNOTTY));
  T(ioctl(p.slave, TIOCGSID, &status));
  exit(0);
}

CASE(member_gives_up, "TIOCNOTTY by a member takes it from that one alone") {
  SESSION;
  int id;
  if (fork() == 0) {
    T(ioctl(p.slave, TIOCNOTTY));
    T(ioctl(p.slave, TIOCGPGRP, &id));
    T(open("/dev/tty", O_RDWR));
    _exit(0);
  }
  wait(NULL);
  T(ioctl(p.slave, TIOCGPGRP, &id));
  exit(0);
}

CASE(foreground, "TIOCSPGRP: groups of the session alone, from the foreground or with SIGTTOU ignored") {
  SESSION;
  int id, status, other = fork();
  if (other == 0) for (;;) pause();
  setpgid(other, other);
  id = other;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  T(ioctl(p.slave, TIOCGPGRP, &id) == 0 && id == other);
  signal(SIGTTOU, SIG_IGN);
  id = -1;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  id = 30000;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  id = 1;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  id = 0;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  T(ioctl(p.slave, TIOCSPGRP, 1));
  id = getpid();
  T(ioctl(p.master, TIOCSPGRP, &id));
  T(ioctl(p.slave, TIOCGPGRP, &id) == 0 && id == getpid());
  kill(other, SIGKILL);
  waitpid(other, &status, 0);
  int plain = fork();
  if (plain == 0) for (;;) pause();
  id = plain;
  T(ioctl(p.slave, TIOCSPGRP, &id));
  T(ioctl(p.slave, TIOCGPGRP, &id) == 0 && id == plain);
  exit(0);
}

/* A child in a group of its own in the background of the session. */
static int in_background(struct pair p, void (*run)(struct pair)) {
  int pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    run(p);
    fflush(stdout);
    _exit(0);
  }
  setpgid(pid, pid);
  return pid;
}

static void reads(struct pair p) { show_read("background", p.slave, 10); }

static void next_stop(int pid) {
  int status;
  waitpid(pid, &status, WUNTRACED);
  say_status("child", status);
}

CASE(background_read, "a background read stops the group, and goes on in the foreground") {
  SESSION;
  int id, pid = in_background(p, reads);
  next_stop(pid);
  kill(pid, SIGCONT);
  next_stop(pid);
  id = pid;
  ioctl(p.slave, TIOCSPGRP, &id);
  kill(-pid, SIGCONT);
  await_state(pid, "S");
  type(p, "line\n");
  next_stop(pid);
  exit(0);
}

static void reads_ignoring(struct pair p) {
  signal(SIGTTIN, SIG_IGN);
  reads(p);
  signal(SIGTTIN, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTTIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  reads(p);
}

CASE(background_read_ignored, "with SIGTTIN ignored or blocked a background read is EIO") {
  SESSION;
  next_stop(in_background(p, reads_ignoring));
  exit(0);
}

static void reads_handling(struct pair p) {
  struct sigaction a = {.sa_handler = on_signal};
  sigaction(SIGTTIN, &a, NULL);
  reads(p);
}

CASE(background_read_handled, "with a handler a background read is interrupted") {
  SESSION;
  next_stop(in_background(p, reads_handling));
  exit(0);
}

static void writes(struct pair p) {
  T(write(p.slave, "out\n", 4));
}

CASE(background_write, "background writes pass, with TOSTOP they stop the group") {
  SESSION;
  next_stop(in_background(p, writes));
  show("master", p.master);
  local(p.slave, 0, TOSTOP);
  int pid = in_background(p, writes);
  next_stop(pid);
  signal(SIGTTOU, SIG_IGN);
  int id = pid;
  ioctl(p.slave, TIOCSPGRP, &id);
  kill(pid, SIGCONT);
  next_stop(pid);
  id = getpid();
  ioctl(p.slave, TIOCSPGRP, &id);
  next_stop(in_background(p, writes));
  show("master", p.master);
  exit(0);
}

static void sets(struct pair p) {
  struct termios t = get_termios(p.slave);
  int id = getpid();
  T(ioctl(p.slave, TIOCGPGRP, &id));
  T(ioctl(p.slave, TCSETS, &t));
}

CASE(background_settings, "a background change of settings stops the group") {
  SESSION;
  int pid = in_background(p, sets);
  next_stop(pid);
  kill(pid, SIGTERM);
  kill(pid, SIGCONT);
  next_stop(pid);
  exit(0);
}

static void sets_all(struct pair p) {
  int id = getpid();
  struct termios t;
  memset(&t, 0, sizeof t);
  struct sigaction a = {.sa_handler = on_signal};
  sigaction(SIGTTOU, &a, NULL);
  T(ioctl(p.slave, TIOCSPGRP, &id));
  T(ioctl(p.slave, TCSETSW, &t));
  T(ioctl(p.slave, TCFLSH, TCIFLUSH));
  T(ioctl(p.slave, TCXONC, TCOOFF));
  T(ioctl(p.slave, TCSBRK, 1));
  T(ioctl(p.slave, TIOCSWINSZ, 1));
  T(ioctl(p.slave, TIOCEXCL));
  T(ioctl(p.slave, TIOCNXCL));
}

CASE(background_requests, "which requests SIGTTOU guards") {
  SESSION;
  next_stop(in_background(p, sets_all));
  exit(0);
}

CASE(orphans_are_not_stopped, "a background group that nobody would continue gets EIO instead of a stop") {
  SESSION;
  int fds[2];
  char c;
  pipe(fds);
  signal(SIGHUP, SIG_IGN);
  if (fork() == 0) {
    setpgid(0, 0);
    int parent = getpid();
    if (fork() == 0) {
      while (getppid() == parent) usleep(1000);
      reads(p);
      sets(p);
      write(fds[1], "x", 1);
      _exit(0);
    }
    _exit(0);
  }
  wait(NULL);
  read(fds[0], &c, 1);
  exit(0);
}

CASE(keys_signal_foreground, "Ctrl-C, Ctrl-\\ and Ctrl-Z reach the foreground group alone") {
  SESSION;
  signal(SIGINT, on_signal);
  int id, pid = fork();
  if (pid == 0) {
    signal(SIGINT, SIG_DFL);
    setpgid(0, 0);
    for (;;) pause();
  }
  setpgid(pid, pid);
  await_state(pid, "S");
  type(p, "\003");
  say("the shell alone");
  id = pid;
  ioctl(p.slave, TIOCSPGRP, &id);
  type(p, "\032");
  next_stop(pid);
  kill(pid, SIGCONT);
  await_state(pid, "S");
  type(p, "\034");
  next_stop(pid);
  show("echo", p.master);
  exit(0);
}

CASE(window_signal, "a new window size tells the foreground group, an equal one nobody") {
  SESSION;
  struct winsize { unsigned short row, col, x, y; } w = {25, 80, 0, 0};
  signal(SIGWINCH, on_signal);
  T(ioctl(p.master, TIOCSWINSZ, &w));
  T(ioctl(p.master, TIOCSWINSZ, &w));
  w.x = 1;
  T(ioctl(p.slave, TIOCSWINSZ, &w));
  exit(0);
}

CASE(signal_by_master, "TIOCSIG signals the foreground group") {
  SESSION;
  signal(SIGQUIT, on_signal);
  T(ioctl(p.master, TIOCSIG, SIGQUIT));
  T(ioctl(p.master, TIOCSIG, SIGTERM));
  exit(0);
}

CASE(master_closed, "the end of the master: the leader gets HUP and CONT, and its group HUP when the leader exits") {
  int told[2], status;
  char c;
  pipe(told);
  int leader = fork();
  if (leader == 0) {
    struct pair p = session();
    int pid = fork();
    if (pid == 0) {
      close(p.master);
      signal(SIGHUP, on_signal);
      setpgid(0, 0);
      pause();
      write(told[1], "x", 1);
      pause();
      _exit(0);
    }
    setpgid(pid, pid);
    signal(SIGTTOU, SIG_IGN);
    ioctl(p.slave, TIOCSPGRP, &pid);
    signal(SIGHUP, on_signal);
    signal(SIGCONT, on_signal);
    await_state(pid, "S");
    close(p.master);
    show_stat();
    T(open("/dev/tty", O_RDWR));
    T(ioctl(p.slave, TIOCGPGRP, &status));
    say("%c", state_of(pid));
    exit(0);
  }
  waitpid(leader, &status, 0);
  read(told[0], &c, 1);
  say_status("leader", status);
}

CASE(leader_exits, "when the leader exits the foreground group gets SIGHUP, and the terminal is free") {
  struct pair p = open_pair();
  int fds[2], gone[2];
  char c;
  pipe(fds);
  pipe(gone);
  int leader = fork();
  if (leader == 0) {
    setsid();
    ioctl(p.slave, TIOCSCTTY, 0);
    int pid = fork();
    if (pid == 0) {
      signal(SIGHUP, on_signal);
      setpgid(0, 0);
      pause();
      read(gone[0], &c, 1);
      show_stat();
      T(open("/dev/tty", O_RDWR));
      write(fds[1], "x", 1);
      _exit(0);
    }
    setpgid(pid, pid);
    ioctl(p.slave, TIOCSPGRP, &pid);
    await_state(pid, "S");
    _exit(0);
  }
  wait(NULL);
  write(gone[1], "x", 1);
  read(fds[0], &c, 1);
  int id;
  T(ioctl(p.master, TIOCGSID, &id));
  T(write(p.slave, "x", 1));
}

CASE(hangup_by_call, "vhangup and TIOCVHANGUP: files are dead, a new open lives") {
  SESSION;
  signal(SIGHUP, on_signal);
  signal(SIGCONT, on_signal);
  local(p.slave, ECHO, 0);
  int fd = dup(p.slave);
  T(syscall(SYS_vhangup));
  show_poll("slave", fd);
  T(write(fd, "x", 1));
  show_stat();
  int again = open_slave(p.number, O_RDWR);
  T(again >= 0);
  say("echo is %s", get_termios(again).c_lflag & ECHO ? "on" : "off");
  show_stat();
  T(write(again, "x", 1));
  show("master", p.master);
  T(ioctl(again, TIOCVHANGUP));
  T(read(again, &fd, 1));
  if (fork() == 0) {
    setresuid(1, 1, 1);
    T(syscall(SYS_vhangup));
    _exit(0);
  }
  wait(NULL);
  exit(0);
}

CASE(new_session_has_none, "setsid leaves the terminal behind") {
  SESSION;
  if (fork() == 0) {
    T(setsid() == getpid());
    show_stat();
    T(open("/dev/tty", O_RDWR));
    int id = getpid();
    T(ioctl(p.slave, TIOCGPGRP, &id));
    T(ioctl(p.slave, TIOCSPGRP, &id));
    T(write(p.slave, "x", 1));
    _exit(0);
  }
  wait(NULL);
  exit(0);
}

CASE(waiting_reader_keeps_reading, "a reader that goes to the background while it sleeps gets its line") {
  SESSION;
  signal(SIGTTOU, SIG_IGN);
  int pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    int id = getpid();
    ioctl(p.slave, TIOCSPGRP, &id);
    show_read("reader", p.slave, 20);
    _exit(0);
  }
  await_state(pid, "S");
  int id = getpid();
  ioctl(p.slave, TIOCSPGRP, &id);
  type(p, "mine\n");
  next_stop(pid);
  exit(0);
}
