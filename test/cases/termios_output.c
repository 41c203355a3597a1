/* Output flags; settings in all shapes; VMIN and VTIME. */
#include "pty.h"

static void put_text(struct pair p, const char *label, const char *text) {
  T(write(p.slave, text, strlen(text)) == (long)strlen(text));
  show(label, p.master);
}

CASE(newlines, "ONLCR, OCRNL, ONOCR, ONLRET, OPOST") {
  struct pair p = open_pair();
  put_text(p, "ONLCR", "a\nb\rc\r\n");
  output(p.slave, ONLCR, 0);
  put_text(p, "none", "a\nb\r");
  output(p.slave, 0, OCRNL);
  put_text(p, "OCRNL", "a\rb\n");
  output(p.slave, OCRNL, ONOCR);
  put_text(p, "ONOCR", "\ra\r\rb\n");
  output(p.slave, ONOCR, ONLRET);
  put_text(p, "ONLRET", "a\nb\r");
  output(p.slave, 0, OCRNL | ONOCR | ONLCR);
  put_text(p, "all", "a\r\rb\n\rc");
  output(p.slave, OPOST, 0);
  put_text(p, "no OPOST", "a\n\r\tb");
}

CASE(tabs, "XTABS makes spaces by the column") {
  struct pair p = open_pair();
  output(p.slave, 0, XTABS);
  put_text(p, "spaces", "a\tb\n\tcd\t|\n");
  put_text(p, "columns", "ab\b\bc\td\r\te\n");
  put_text(p, "control", "\001\002\tx\n");
  type(p, "a\tb\t\177\177\n");
  show("echo", p.master);
  input(p.slave, 0, IUTF8);
  put_text(p, "utf8", "\303\251\tx\n");
}

CASE(upper_case, "OLCUC") {
  struct pair p = open_pair();
  output(p.slave, 0, OLCUC);
  put_text(p, "upper", "aBz1\344\n");
  type(p, "key\n");
  show("echo", p.master);
}

CASE(delays, "delays and fill characters do nothing") {
  struct pair p = open_pair();
  output(p.slave, 0, OFILL | CR2 | NL1 | BS1 | FF1 | VT1 | TAB1);
  put_text(p, "delays", "a\r\n\b\f\v\tb");
}

CASE(long_output, "tabs and newlines past the buffer's limit all come") {
  static char data[3000], back[40000];
  int status;
  struct pair p = open_pair();
  output(p.slave, 0, XTABS);
  for (int i = 0; i < 3000; i++) data[i] = i % 3 ? '\t' : '\n';
  int pid = fork();
  if (pid == 0) _exit(write(p.slave, data, sizeof data) == sizeof data ? 0 : 1);
  long total = 0, n;
  settle();
  while (total < 1000 * (2 + 16)) {
    n = read(p.master, back, sizeof back);
    if (n <= 0) break;
    total += n;
  }
  waitpid(pid, &status, 0);
  say("%ld", total);
  say_status("writer", status);
}

CASE(termios2, "TCGETS2 and TCSETS2: speeds of their own") {
  struct termios2 t;
  struct pair p = open_pair();
  T(ioctl(p.slave, TCGETS2, &t));
  say("%o %d %d", t.c_cflag, (int)t.c_ispeed, (int)t.c_ospeed);
  t.c_cflag = (t.c_cflag & ~CBAUD) | B9600;
  T(ioctl(p.slave, TCSETS2, &t));
  T(ioctl(p.slave, TCGETS2, &t));
  say("%o %d %d", t.c_cflag, (int)t.c_ispeed, (int)t.c_ospeed);
  t.c_cflag = (t.c_cflag & ~CBAUD) | BOTHER;
  t.c_ispeed = 1234;
  t.c_ospeed = 5678;
  T(ioctl(p.slave, TCSETSW2, &t));
  T(ioctl(p.slave, TCGETS2, &t));
  say("%o %d %d", t.c_cflag, (int)t.c_ispeed, (int)t.c_ospeed);
  t.c_cflag = (t.c_cflag & ~CBAUD) | B4000000 | (B300 << IBSHIFT);
  T(ioctl(p.slave, TCSETSF2, &t));
  T(ioctl(p.slave, TCGETS2, &t));
  say("%o %d %d", t.c_cflag, (int)t.c_ispeed, (int)t.c_ospeed);
  t.c_cflag = BOTHER | (BOTHER << IBSHIFT);
  t.c_ispeed = 11;
  t.c_ospeed = 22;
  T(ioctl(p.slave, TCSETS2, &t));
  T(ioctl(p.slave, TCGETS2, &t));
  say("%o %d %d", t.c_cflag, (int)t.c_ispeed, (int)t.c_ospeed);
}

CASE(termio, "TCGETA and TCSETA: halves of the flags, eight characters") {
  struct old {
    unsigned short iflag, oflag, cflag, lflag;
    unsigned char line, cc[8];
  } t;
  struct pair p = open_pair();
  character(p.slave, VSTART, 99);
  local(p.slave, 0, EXTPROC);
  memset(&t, 0xee, sizeof t);
  T(ioctl(p.slave, TCGETA, &t));
  say("%o %o %o %o %d %d %d", t.iflag, t.oflag, t.cflag, t.lflag, t.line, t.cc[0], t.cc[7]);
  t.lflag = ISIG;
  t.cc[VINTR] = 7;
  t.cc[7] = 5;
  t.line = 3;
  T(ioctl(p.slave, TCSETA, &t));
  struct termios now = get_termios(p.slave);
  say("%o %o %o %o %d %d %d %d", now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag, now.c_line, now.c_cc[VINTR], now.c_cc[7], now.c_cc[VSTART]);
  T(ioctl(p.slave, TCSETAW, &t));
  T(ioctl(p.slave, TCSETAF, &t));
  T(ioctl(p.slave, TCSETA, 1));
}

CASE(character_size, "a pseudo-terminal keeps eight bits and no parity; other control flags stay") {
  struct pair p = open_pair();
  struct termios t = get_termios(p.slave);
  t.c_cflag = CS5 | PARENB | PARODD | HUPCL | CSTOPB | CLOCAL | CRTSCTS;
  T(ioctl(p.slave, TCSETS, &t));
  say("%o", get_termios(p.slave).c_cflag);
}

CASE(unknown_bits, "bits that mean nothing are kept") {
  struct pair p = open_pair();
  struct termios t = get_termios(p.slave);
  t.c_iflag |= 0xf0000000;
  t.c_oflag |= 0x00f00000;
  t.c_lflag |= 0x0f000000;
  t.c_line = 77;
  T(ioctl(p.slave, TCSETS, &t));
  t = get_termios(p.slave);
  say("%x %x %x %d", t.c_iflag, t.c_oflag, t.c_lflag, t.c_line);
}

CASE(by_master, "settings that the master changes are the slave's") {
  struct pair p = open_pair();
  local(p.master, ECHO, 0);
  say("%o", get_termios(p.slave).c_lflag);
  type(p, "quiet\n");
  show("echo", p.master);
  show("slave", p.slave);
}

CASE(locked_settings, "TIOCSLCKTRMIOS holds marked bits and characters") {
  struct termios lock, t;
  struct pair p = open_pair();
  memset(&lock, 0, sizeof lock);
  lock.c_lflag = ECHO;
  lock.c_cc[VINTR] = 1;
  T(ioctl(p.slave, TIOCSLCKTRMIOS, &lock));
  t = get_termios(p.slave);
  t.c_lflag &= ~(ECHO | ISIG);
  t.c_cc[VINTR] = 9;
  t.c_cc[VQUIT] = 9;
  T(ioctl(p.slave, TCSETS, &t));
  t = get_termios(p.slave);
  say("%o %d %d", t.c_lflag, t.c_cc[VINTR], t.c_cc[VQUIT]);
  memset(&lock, 0, sizeof lock);
  T(ioctl(p.master, TIOCGLCKTRMIOS, &lock));
  say("%o", lock.c_lflag);
  if (fork() == 0) {
    setresuid(1, 1, 1);
    T(ioctl(p.slave, TIOCSLCKTRMIOS, &lock));
    T(ioctl(p.slave, TIOCGLCKTRMIOS, &lock));
    _exit(0);
  }
  wait(NULL);
}

CASE(odd_requests, "requests about carriers, modems, breaks and disciplines") {
  int value = 5;
  struct pair p = open_pair();
  T(ioctl(p.slave, TIOCGSOFTCAR, &value));
  say("%d", value);
  value = 1;
  T(ioctl(p.slave, TIOCSSOFTCAR, &value));
  say("%o", get_termios(p.slave).c_cflag);
  T(ioctl(p.slave, TIOCMGET, &value));
  T(ioctl(p.slave, TIOCMSET, &value));
  T(ioctl(p.slave, TCSBRK, 0));
  T(ioctl(p.slave, TCSBRK, 1));
  T(ioctl(p.slave, TCSBRKP, 1));
  T(ioctl(p.slave, TIOCSBRK, 0));
  T(ioctl(p.slave, TIOCCBRK, 0));
  value = 9;
  T(ioctl(p.slave, TIOCGETD, &value));
  say("%d", value);
  T(ioctl(p.slave, TIOCSETD, &value));
  value = 0;
  T(ioctl(p.slave, TIOCSETD, &value));
  value = 99;
  T(ioctl(p.slave, TIOCSETD, &value));
  T(ioctl(p.slave, 0x54ff, &value));
  T(ioctl(p.master, 0x54ff, &value));
  T(ioctl(p.slave, TCGETS, 1));
  T(ioctl(p.slave, TCSETS, 1));
}

CASE(window_size, "window sizes are shared; a new one is 0 by 0") {
  struct winsize { unsigned short row, col, x, y; } w = {9, 9, 9, 9};
  struct pair p = open_pair();
  T(ioctl(p.slave, TIOCGWINSZ, &w));
  say("%d %d %d %d", w.row, w.col, w.x, w.y);
  w.row = 25;
  w.col = 70;
  w.x = 3;
  T(ioctl(p.master, TIOCSWINSZ, &w));
  w.row = 0;
  T(ioctl(p.slave, TIOCGWINSZ, &w));
  say("%d %d %d %d", w.row, w.col, w.x, w.y);
  w.row = 26;
  T(ioctl(p.slave, TIOCSWINSZ, &w));
  T(ioctl(p.master, TIOCGWINSZ, &w));
  say("%d %d", w.row, w.col);
  T(ioctl(p.slave, TIOCSWINSZ, 1));
}

/* A child types after the reader sleeps. */
static void type_later(struct pair p, const char *keys) {
  int parent = getpid();
  if (fork() > 0) return;
  await_state(parent, "S");
  write(p.master, keys, strlen(keys));
  _exit(0);
}

CASE(min_no_time, "VMIN 3, VTIME 0: three bytes, or the buffer's size") {
  struct pair p = open_pair();
  make_raw(p.slave, 3, 0);
  type(p, "ab");
  type_later(p, "cd");
  show_read("four", p.slave, 10);
  type(p, "efgh");
  show_read("two", p.slave, 2);
  show_read("two", p.slave, 2);
  type(p, "i");
  show_poll("poll", p.slave);
  type(p, "jk");
  show_poll("poll", p.slave);
}

CASE(min_and_time, "VMIN 3, VTIME 2: the time runs from the first byte") {
  struct pair p = open_pair();
  make_raw(p.slave, 3, 2);
  type(p, "ab");
  show_read("in time", p.slave, 10);
  type(p, "abcd");
  show_read("all", p.slave, 10);
  type_later(p, "x");
  show_read("one", p.slave, 10);
  type(p, "y");
  show_poll("poll", p.slave);
  show_read("left", p.slave, 1);
}

CASE(time_only, "VMIN 0, VTIME 2: the time runs from the call") {
  struct pair p = open_pair();
  make_raw(p.slave, 0, 2);
  show_read("nothing", p.slave, 10);
  type(p, "ab");
  show_read("there", p.slave, 10);
  type_later(p, "c");
  show_read("woken", p.slave, 10);
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  show_read("nonblocking", p.slave, 10);
}

CASE(neither, "VMIN 0, VTIME 0: what there is") {
  struct pair p = open_pair();
  make_raw(p.slave, 0, 0);
  show_read("nothing", p.slave, 10);
  show_poll("poll", p.slave);
  type(p, "ab");
  show_read("there", p.slave, 10);
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  show_read("nonblocking", p.slave, 10);
}

CASE(min_over_64, "VMIN over 64: no read takes more than 64 bytes") {
  static char data[300];
  struct pair p = open_pair();
  memset(data, 'm', sizeof data);
  for (int min = 63; min <= 100; min += min < 65 ? 1 : 35) {
    make_raw(p.slave, min, 0);
    write(p.master, data, 150);
    settle();
    say("VMIN %d: %ld", min, (long)read(p.slave, data, 200));
    ioctl(p.slave, TCFLSH, TCIFLUSH);
  }
}

CASE(min_partial_signal, "a read that has some bytes of VMIN gives them when a signal comes") {
  int status;
  struct pair p = open_pair();
  make_raw(p.slave, 5, 0);
  int pid = fork();
  if (pid == 0) {
    struct sigaction a = {.sa_handler = (void (*)(int))settle};
    sigaction(SIGUSR1, &a, NULL);
    show_read("part", p.slave, 10);
    _exit(0);
  }
  await_state(pid, "S");
  type(p, "ab");
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  waitpid(pid, &status, 0);
  say_status("reader", status);
}

CASE(settings_wake_reader, "a reader is woken when the settings let it go on") {
  int status;
  struct pair p = open_pair();
  int pid = fork();
  if (pid == 0) {
    show_read("reader", p.slave, 10);
    _exit(0);
  }
  type(p, "part");
  await_state(pid, "S");
  local(p.slave, ICANON, 0);
  waitpid(pid, &status, 0);
  say_status("reader", status);
}
