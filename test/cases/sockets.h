/* What the topics about sockets share. */
#pragma once
#include "case.h"
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/sockios.h>

/* The two ends of a connection, and more descriptors where a case needs them. */
static int s[2], p[2];

static inline void pair(int type) {
  if (socketpair(AF_UNIX, type, 0, s) < 0) perror("socketpair");
}

static struct sockaddr_un un;

/* An AF_UNIX address: a leading @ stands for the NUL of an abstract name. Returns its length. */
static inline socklen_t name_un(const char *name) {
  memset(&un, 0, sizeof un);
  un.sun_family = AF_UNIX;
  strcpy(un.sun_path, name);
  if (name[0] != '@') return sizeof un;
  un.sun_path[0] = 0;
  return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

static inline int bind_un(int fd, const char *name) {
  socklen_t length = name_un(name);
  return bind(fd, (struct sockaddr *)&un, length);
}

static inline int connect_un(int fd, const char *name) {
  socklen_t length = name_un(name);
  return connect(fd, (struct sockaddr *)&un, length);
}

/* A socket of a type that listens at a name. */
static inline int listen_un(int type, const char *name, int backlog) {
  int fd = socket(AF_UNIX, type, 0);
  if (bind_un(fd, name) < 0 || listen(fd, backlog) < 0) perror(name);
  return fd;
}

/* Prints an AF_UNIX address as a call left it, with a @ for a leading NUL. */
static inline void say_un(const char *what, struct sockaddr_un *address, socklen_t length) {
  if (length <= 2) {
    say("%s: %u bytes, no name", what, length);
    return;
  }
  int n = length - 2;
  char text[112] = {0};
  memcpy(text, address->sun_path, n < 110 ? n : 110);
  int is_abstract = text[0] == 0;
  if (is_abstract) text[0] = '@';
  say("%s: %u bytes, %s", what, length, text);
}

static inline void nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static inline int int_option(int fd, int level, int name) {
  int value = -77;
  socklen_t length = sizeof value;
  return getsockopt(fd, level, name, &value, &length) < 0 ? -1 : value;
}

static inline int set_int(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

static inline int in_queue(int fd) {
  int n = -1;
  return ioctl(fd, FIONREAD, &n) < 0 ? -1 : n;
}

static inline int out_queue(int fd) {
  int n = -1;
  return ioctl(fd, TIOCOUTQ, &n) < 0 ? -1 : n;
}

/* What poll finds, in words. */
static inline void say_poll(const char *what, int fd) {
  struct pollfd one = {fd, POLLIN | POLLPRI | POLLOUT | POLLRDHUP, 0};
  poll(&one, 1, 0);
  short r = one.revents;
  say("%s:%s%s%s%s%s%s", what, r & POLLIN ? " IN" : "", r & POLLPRI ? " PRI" : "", r & POLLOUT ? " OUT" : "", r & POLLERR ? " ERR" : "", r & POLLHUP ? " HUP" : "",
      r & POLLRDHUP ? " RDHUP" : "");
}

/* Prints what a read or receive returned: the bytes as text, or the error. */
static inline long say_got(const char *what, long n, const char *data) {
  if (n < 0) say("%s: %s", what, strerrorname_np(errno));
  else say("%s: %ld \"%.*s\"", what, n, (int)(n > 60 ? 60 : n), data);
  return n;
}

static char buffer[1 << 18];

#define READ(fd) say_got("read " #fd, read(fd, buffer, sizeof buffer), buffer)
#define RECV(fd, flags) say_got("recv " #fd " " #flags, recv(fd, buffer, sizeof buffer, flags), buffer)

/* Forks a child that runs a statement and exits; the parent waits until it sleeps. */
#define SLEEPING_CHILD(pid, statement)                                          \
  int pid = fork();                                                             \
  if (pid == 0) {                                                               \
    statement;                                                                  \
    _exit(0);                                                                   \
  }                                                                             \
  await_state(pid, "S")

static inline void reap(const char *who, int pid) {
  int status;
  waitpid(pid, &status, 0);
  say_status(who, status);
}

static volatile sig_atomic_t signals_seen, last_signal;
static inline void count_signal(int number) {
  signals_seen++;
  last_signal = number;
}

/* Counts a signal; `flags` such as SA_RESTART. */
static inline void catch_signal(int number, int flags) {
  struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
  sigaction(number, &action, NULL);
}

/* Sends data with descriptors beside it. */
static inline long send_fds(int fd, const char *data, size_t length, const int *fds, int count) {
  char control[CMSG_SPACE(sizeof(int) * 300)] = {0};
  struct iovec part = {(void *)data, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
  return sendmsg(fd, &message, 0);
}

/* Receives data and descriptors with room for `room` of them; how many came is in `got`. */
static int got_fds[300], got;
static int got_flags;
static inline long recv_fds(int fd, int room, int flags) {
  char control[CMSG_SPACE(sizeof(int) * 300)] = {0};
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room < 0 ? 0 : CMSG_LEN(sizeof(int) * room)};
  got = 0;
  long n = recvmsg(fd, &message, flags);
  got_flags = message.msg_flags;
  if (n < 0) return n;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_type != SCM_RIGHTS) continue;
    got = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(got_fds, CMSG_DATA(header), sizeof(int) * got);
  }
  return n;
}

/* Brings the loopback device up. */
static inline void lo_up(void) {
  struct ifreq request = {.ifr_name = "lo"};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ioctl(fd, SIOCGIFFLAGS, &request);
  request.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) perror("lo");
  close(fd);
}
