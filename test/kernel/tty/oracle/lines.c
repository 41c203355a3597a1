/* Every mode of a terminal: asks with "?>" or "!>" for what the test types, and shows what it read. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static struct termios sane;
static volatile int caught;

static void say(const char *text) { write(1, text, strlen(text)); }

static void result(const char *what, long n) {
  char line[200];
  if (n < 0) snprintf(line, sizeof line, "%s = %s\n", what, strerrorname_np(errno));
  else snprintf(line, sizeof line, "%s = %ld\n", what, n);
  say(line);
}

static void shown(const char *data, long n) {
  char line[20000], *at = line;
  if (n < 0) at += sprintf(at, "%s", strerrorname_np(errno));
  else at += sprintf(at, "%ld:", n);
  for (long i = 0; i < n; i++) {
    unsigned char c = data[i];
    if (c > 32 && c < 127) *at++ = c;
    else at += sprintf(at, "<%02x>", c);
  }
  strcpy(at, "\n");
  say(line);
}

/* Asks for input that comes while nobody reads. */
static void ahead(const char *name) {
  say(name);
  say(" !>");
  usleep(100000);
}

/* Asks, and reads `reads` times at most `size` bytes. */
static void ask(const char *name, int reads, int size) {
  static char buffer[9000];
  say(name);
  say(" ?>");
  for (int i = 0; i < reads; i++) {
    errno = 0;
    shown(buffer, read(0, buffer, size));
  }
}

static void with(int iflags, int noiflags, int lflags, int nolflags) {
  struct termios t = sane;
  t.c_iflag = (t.c_iflag | iflags) & ~noiflags;
  t.c_lflag = (t.c_lflag | lflags) & ~nolflags;
  tcsetattr(0, TCSANOW, &t);
}

static void raw(int min, int time) {
  struct termios t = sane;
  cfmakeraw(&t);
  t.c_oflag = sane.c_oflag;
  t.c_cc[VMIN] = min;
  t.c_cc[VTIME] = time;
  tcsetattr(0, TCSANOW, &t);
}

static void handler(int sig) { caught = sig; }

static void handle(int sig, int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(sig, &action, NULL);
}

static void canonical(void) {
  ask("line", 1, 64);
  ask("erase", 1, 64);
  ask("kill", 1, 64);
  ask("word", 1, 64);
  ask("end of file in a line", 1, 64);
  ask("end of file", 1, 64);
  ask("pieces", 4, 3);
  ask("exact then end of file", 2, 4);
  ask("literal", 1, 64);
  ask("reprint", 1, 64);
  ask("control characters", 1, 64);
  ask("tabs", 1, 64);
  ask("return", 1, 64);
  ask("two lines at once", 2, 64);
  ask("erase over controls", 1, 64);
  ask("erase nothing", 1, 64);
  with(IUTF8, 0, 0, 0);
  ask("erase utf8", 1, 64);
  with(0, IUTF8, 0, 0);
  ask("erase bytes", 1, 64);
  ask("long line", 1, 8000);
}

static void variants(void) {
  struct termios t;
  with(0, 0, 0, ECHO);
  ask("no echo", 1, 64);
  with(0, 0, ECHONL, ECHO);
  ask("echo newline", 1, 64);
  with(0, 0, 0, ECHOE);
  ask("no ECHOE", 1, 64);
  with(0, 0, 0, ECHOKE);
  ask("no ECHOKE", 1, 64);
  with(0, 0, 0, ECHOCTL);
  ask("no ECHOCTL", 1, 64);
  with(0, 0, 0, IEXTEN);
  ask("no IEXTEN", 1, 64);
  with(IGNCR, 0, 0, 0);
  ask("ignore return", 1, 64);
  with(INLCR, 0, 0, 0);
  ask("newline to return", 1, 64);
  with(ISTRIP, 0, 0, 0);
  ask("strip", 1, 64);
  with(IUCLC, 0, 0, 0);
  ask("lower case", 1, 64);
  with(0, 0, 0, ISIG);
  ask("no signals", 1, 64);
  t = sane;
  t.c_cc[VEOL] = '!';
  t.c_cc[VEOL2] = '%';
  tcsetattr(0, TCSANOW, &t);
  ask("ends of line", 3, 64);
  t = sane;
  t.c_cc[VERASE] = '#';
  t.c_cc[VKILL] = '@';
  t.c_cc[VEOF] = 0;
  tcsetattr(0, TCSANOW, &t);
  ask("other keys", 1, 64);
  tcsetattr(0, TCSANOW, &sane);
}

static void raws(void) {
  int n;
  raw(1, 0);
  ask("raw", 1, 64);
  raw(3, 0);
  ask("three", 1, 64);
  ask("three of two", 1, 2);
  raw(0, 0);
  ahead("none");
  shown("", 0);
  ahead("poll");
  ioctl(0, FIONREAD, &n);
  result("FIONREAD", n);
  struct pollfd fd = {0, POLLIN | POLLOUT, 0};
  poll(&fd, 1, 0);
  result("poll", fd.revents);
  char buffer[64];
  shown(buffer, read(0, buffer, 64));
  shown(buffer, read(0, buffer, 64));
  raw(0, 1);
  shown(buffer, read(0, buffer, 64));
  raw(5, 1);
  ask("between bytes", 1, 64);
  fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK);
  shown(buffer, read(0, buffer, 64));
  raw(1, 0);
  shown(buffer, read(0, buffer, 64));
  tcsetattr(0, TCSANOW, &sane);
  shown(buffer, read(0, buffer, 64));
  fcntl(0, F_SETFL, O_RDWR);
}

static void switches(void) {
  int n;
  char buffer[64];
  ahead("typed ahead");
  ioctl(0, FIONREAD, &n);
  result("FIONREAD", n);
  raw(1, 0);
  ioctl(0, FIONREAD, &n);
  result("FIONREAD raw", n);
  shown(buffer, read(0, buffer, 4));
  tcsetattr(0, TCSANOW, &sane);
  ioctl(0, FIONREAD, &n);
  result("FIONREAD again", n);
  shown(buffer, read(0, buffer, 64));
  ahead("flushed");
  tcflush(0, TCIFLUSH);
  ask("after the flush", 1, 64);
  ahead("flushed by the change");
  tcsetattr(0, TCSAFLUSH, &sane);
  ask("after the change", 1, 64);
}

static void signals(void) {
  handle(SIGINT, 0);
  ask("interrupt", 2, 64);
  result("caught", caught);
  handle(SIGINT, SA_RESTART);
  ask("interrupt and restart", 1, 64);
  result("caught", caught);
  handle(SIGQUIT, 0);
  ask("quit", 1, 64);
  result("caught", caught);
  handle(SIGTSTP, 0);
  ask("suspend", 1, 64);
  result("caught", caught);
  with(0, 0, NOFLSH, 0);
  ask("no flush", 1, 64);
  tcsetattr(0, TCSANOW, &sane);
  handle(SIGWINCH, 0);
  struct winsize size;
  ioctl(0, TIOCGWINSZ, &size);
  result("rows", size.ws_row);
  result("columns", size.ws_col);
  caught = 0;
  result("same size", ioctl(0, TIOCSWINSZ, &size));
  result("caught", caught);
  size.ws_row = 50;
  result("new size", ioctl(0, TIOCSWINSZ, &size));
  result("caught", caught);
}

static void output(void) {
  static const int flags[] = {OPOST | ONLCR, 0, OPOST, OPOST | OCRNL, OPOST | ONLRET, OPOST | ONOCR | ONLCR, OPOST | OLCUC | ONLCR, OPOST | XTABS | ONLCR};
  for (int i = 0; i < 8; i++) {
    struct termios t = sane;
    t.c_oflag = flags[i];
    tcsetattr(0, TCSANOW, &t);
    say("ab\tcd\re\n\r\nf\b\tg\xc3\xa9\t|\x01\t|\n");
  }
  tcsetattr(0, TCSANOW, &sane);
  ask("stopped", 1, 64);
  say("goes on\n");
  ask("stop and go", 1, 64);
  with(IXANY, 0, 0, 0);
  ask("any key goes on", 1, 64);
  tcsetattr(0, TCSANOW, &sane);
  int off = tcflow(0, TCOOFF), on = tcflow(0, TCOON);
  result("TCOOFF", off);
  result("TCOON", on);
  result("TCIOFF", ioctl(0, TCXONC, 9));
  result("drain", tcdrain(1));
  result("TIOCOUTQ", ioctl(1, TIOCOUTQ, &(int){0}));
}

static void child(void (*body)(void)) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    body();
    _exit(0);
  }
  setpgid(pid, pid);
  result("wait", waitpid(pid, &status, WUNTRACED) == pid);
  if (WIFSTOPPED(status)) {
    result("stopped by", WSTOPSIG(status));
    result("foreground", tcsetpgrp(0, pid));
    kill(-pid, SIGCONT);
    waitpid(pid, &status, 0);
  }
  result("status", status);
  signal(SIGTTOU, SIG_IGN);
  result("foreground again", tcsetpgrp(0, getpgrp()));
  signal(SIGTTOU, SIG_DFL);
}

static void readLine(void) { ask("in the background", 1, 64); }

static void ignored(void) {
  char c;
  signal(SIGTTIN, SIG_IGN);
  errno = 0;
  result("ignored", read(0, &c, 1));
}

static void writeLine(void) { say("written\n"); }

static void setModes(void) {
  struct termios t = sane;
  result("modes", tcsetattr(0, TCSANOW, &t));
}

static void takeTerminal(void) {
  signal(SIGTTOU, SIG_IGN);
  result("take", tcsetpgrp(0, getpgrp()));
  ask("taken", 1, 64);
}

static void background(void) {
  result("session is mine", tcgetsid(0) == getsid(0));
  result("group is mine", tcgetpgrp(0) == getpgrp());
  child(readLine);
  child(ignored);
  child(writeLine);
  with(0, 0, TOSTOP, 0);
  child(writeLine);
  tcsetattr(0, TCSANOW, &sane);
  child(setModes);
  child(takeTerminal);
  result("no such group", tcsetpgrp(0, 12345));
  result("bad group", tcsetpgrp(0, -5));
  result("controlling", ioctl(0, TIOCSCTTY, 0));
  int fd = open("/dev/tty", O_RDWR);
  result("open", fd >= 0);
  result("isatty", isatty(fd));
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    result("open without", open("/dev/tty", O_RDWR));
    result("group without", tcgetpgrp(0));
    result("set without", tcsetpgrp(0, getpgrp()));
    result("take without", ioctl(0, TIOCSCTTY, 0));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  result("give up", ioctl(0, TIOCNOTTY, 0) < 0 ? -1 : 0);
}

int main(void) {
  signal(SIGHUP, SIG_IGN);
  tcgetattr(0, &sane);
  sane.c_iflag = ICRNL | IXON;
  tcsetattr(0, TCSANOW, &sane);
  canonical();
  variants();
  raws();
  switches();
  signals();
  output();
  background();
  return 7;
}
