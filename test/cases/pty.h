/* Pseudo-terminals for cases: a devpts of the case's own in its directory, so that numbers start at 0. */
#include "case.h"
#include <asm/termbits.h>
#include <sys/epoll.h>

struct pair {
  int master, slave, number;
};

/* An empty devpts at ./pts. */
static inline void mount_pts(const char *options) {
  mkdir("pts", 0755);
  if (mount("devpts", "pts", "devpts", 0, options) < 0) say("mount devpts: %s", strerrorname_np(errno));
}

/* A new master of ./pts, unlocked. */
static inline int open_master(int *number) {
  int off = 0, master = open("pts/ptmx", O_RDWR | O_NOCTTY);
  if (master < 0 || ioctl(master, TIOCSPTLCK, &off) < 0 || ioctl(master, TIOCGPTN, number) < 0) say("no master: %s", strerrorname_np(errno));
  return master;
}

static inline int open_slave(int number, int flags) {
  char path[30];
  snprintf(path, sizeof path, "pts/%d", number);
  return open(path, flags);
}

static inline struct pair open_pair(void) {
  struct pair p;
  mount_pts("ptmxmode=666,mode=620");
  p.master = open_master(&p.number);
  p.slave = open_slave(p.number, O_RDWR | O_NOCTTY);
  if (p.slave < 0) say("no slave: %s", strerrorname_np(errno));
  return p;
}

/* Gives the kernel's helpers time to carry bytes from one side to the other. */
static inline void settle(void) { usleep(30000); }

/* Bytes with what cannot be seen as an escape. */
static inline void say_bytes(const char *label, const char *data, long n) {
  printf("%s %ld:", label, n);
  for (long i = 0; i < n; i++) {
    unsigned char c = data[i];
    if (c > 32 && c < 127 && c != '\\') printf("%c", c);
    else printf("\\%02x", c);
  }
  say("%s", "");
}

/* What one read gives. */
static inline long show_read(const char *label, int fd, long size) {
  static char data[20000];
  errno = 0;
  long n = read(fd, data, size);
  if (n < 0) say("%s: %s", label, strerrorname_np(errno));
  else say_bytes(label, data, n);
  return n;
}

/* What a side has to give now. */
static inline void show(const char *label, int fd) {
  settle();
  int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  show_read(label, fd, 4096);
  fcntl(fd, F_SETFL, flags);
}

static inline void type(struct pair p, const char *keys) {
  if (write(p.master, keys, strlen(keys)) != (long)strlen(keys)) say("typing: %s", strerrorname_np(errno));
  settle();
}

static inline struct termios get_termios(int fd) {
  struct termios t;
  memset(&t, 0, sizeof t);
  if (ioctl(fd, TCGETS, &t) < 0) say("TCGETS: %s", strerrorname_np(errno));
  return t;
}

/* Changes local flags. */
static inline void local(int fd, unsigned clear, unsigned set) {
  struct termios t = get_termios(fd);
  t.c_lflag = (t.c_lflag & ~clear) | set;
  ioctl(fd, TCSETS, &t);
}

static inline void input(int fd, unsigned clear, unsigned set) {
  struct termios t = get_termios(fd);
  t.c_iflag = (t.c_iflag & ~clear) | set;
  ioctl(fd, TCSETS, &t);
}

static inline void output(int fd, unsigned clear, unsigned set) {
  struct termios t = get_termios(fd);
  t.c_oflag = (t.c_oflag & ~clear) | set;
  ioctl(fd, TCSETS, &t);
}

static inline void character(int fd, int index, int c) {
  struct termios t = get_termios(fd);
  t.c_cc[index] = c;
  ioctl(fd, TCSETS, &t);
}

/* No processing in either direction, no echo. */
static inline void make_raw(int fd, int min, int time) {
  struct termios t = get_termios(fd);
  t.c_iflag = t.c_oflag = t.c_lflag = 0;
  t.c_cc[VMIN] = min;
  t.c_cc[VTIME] = time;
  ioctl(fd, TCSETS, &t);
}

static inline void show_poll(const char *label, int fd) {
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI, 0};
  settle();
  int n = poll(&p, 1, 0);
  say("%s: %d %x", label, n, p.revents);
}
