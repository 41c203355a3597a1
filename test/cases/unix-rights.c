/* SCM_RIGHTS and SCM_CREDENTIALS: descriptors and identities that travel. */
#include "sockets.h"

/* A pipe in p, with a byte in it. */
static void filled_pipe(const char *text) {
  if (pipe(p) < 0) perror("pipe");
  write(p[1], text, strlen(text));
}

CASE(pass_one, "a descriptor arrives as a new one on the same open file") {
  pair(SOCK_STREAM);
  put("file", "0123456789");
  int fd = open("file", O_RDONLY);
  lseek(fd, 4, SEEK_SET);
  T(send_fds(s[0], "x", 1, &fd, 1));
  close(fd);
  T(recv_fds(s[1], 1, 0));
  T(got);
  T(got_fds[0] == fd);
  say_got("there", read(got_fds[0], buffer, 3), buffer);
  T(fcntl(got_fds[0], F_GETFD));
  T(got_flags);
}

CASE(cloexec_on_the_way, "MSG_CMSG_CLOEXEC marks what arrives") {
  pair(SOCK_DGRAM);
  filled_pipe("x");
  send_fds(s[0], "x", 1, p, 2);
  T(recv_fds(s[1], 2, MSG_CMSG_CLOEXEC));
  T(got);
  T(fcntl(got_fds[1], F_GETFD));
  T(got_flags == MSG_CMSG_CLOEXEC);
}

CASE(too_little_room, "descriptors without room are closed, and MSG_CTRUNC tells") {
  pair(SOCK_STREAM);
  filled_pipe("x");
  int three[3] = {p[0], p[1], p[0]};
  for (int room = -1; room < 4; room++) {
    send_fds(s[0], "x", 1, three, 3);
    long n = recv_fds(s[1], room, 0);
    say("room %d: %ld bytes, %d descriptors, flags %x", room, n, got, got_flags);
    for (int i = 0; i < got; i++) close(got_fds[i]);
  }
}

CASE(read_drops, "read takes the bytes and closes what came along") {
  pair(SOCK_STREAM);
  filled_pipe("x");
  send_fds(s[0], "data", 4, &p[1], 1);
  close(p[1]);
  READ(p[0]);
  SLEEPING_CHILD(pid, (close(s[0]), close(s[1]), READ(p[0])));
  long n = read(s[1], buffer, sizeof buffer);
  reap("reader of the pipe", pid);
  say_got("read s[1]", n, buffer);
}

CASE(barrier, "a stream read does not go past a message with descriptors") {
  pair(SOCK_STREAM);
  filled_pipe("x");
  write(s[0], "a", 1);
  send_fds(s[0], "bc", 2, p, 1);
  write(s[0], "d", 1);
  say_got("first", recv_fds(s[1], 4, 0), buffer);
  T(got);
  say_got("second", recv_fds(s[1], 4, 0), buffer);
  T(got);
}

CASE(part_of_a_message, "the descriptors come with the first bytes of their message") {
  pair(SOCK_STREAM);
  filled_pipe("x");
  send_fds(s[0], "abcd", 4, p, 2);
  struct iovec part = {buffer, 2};
  char control[64];
  for (int i = 0; i < 2; i++) {
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    T(recvmsg(s[1], &message, 0));
    T(message.msg_controllen);
  }
}

CASE(peek_opens_copies, "a peek opens the descriptors once more each time") {
  pair(SOCK_DGRAM);
  filled_pipe("x");
  send_fds(s[0], "x", 1, p, 1);
  T(recv_fds(s[1], 1, MSG_PEEK));
  int first = got_fds[0];
  T(recv_fds(s[1], 1, 0));
  T(got_fds[0] == first + 1);
  READ(first);
}

CASE(control_errors, "control messages that are refused") {
  pair(SOCK_STREAM);
  int bad = 99, many[300], pid_uid_gid[3] = {getpid(), 0, 0};
  for (int i = 0; i < 300; i++) many[i] = 0;
  T(send_fds(s[0], "x", 1, &bad, 1));
  T(send_fds(s[0], "x", 1, many, 253));
  T(send_fds(s[0], "x", 1, many, 254));
  T(send_fds(s[0], "x", 1, many, 0));
  struct iovec part = {"x", 1};
  union {
    struct cmsghdr header;
    char bytes[64];
  } c;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_LEN(12)};
#define TRY(level, type, length) (c.header = (struct cmsghdr){length, level, type}, memcpy(CMSG_DATA(&c.header), pid_uid_gid, 12), sendmsg(s[0], &message, 0))
  T(TRY(SOL_SOCKET, 77, CMSG_LEN(12)));
  T(TRY(77, 77, CMSG_LEN(12)));
  T(TRY(SOL_SOCKET, SCM_RIGHTS, 4));
  T(TRY(SOL_SOCKET, SCM_RIGHTS, 1000));
  T(TRY(SOL_SOCKET, SCM_CREDENTIALS, CMSG_LEN(8)));
  T(TRY(SOL_SOCKET, SCM_CREDENTIALS, CMSG_LEN(12)));
  message.msg_controllen = 8;
  T(TRY(SOL_SOCKET, 77, CMSG_LEN(12)));
  message.msg_controllen = 20000;
  T(sendmsg(s[0], &message, 0));
  message.msg_controllen = 20;
  message.msg_control = (void *)16;
  T(sendmsg(s[0], &message, 0));
}

CASE(header_errors, "message headers that are refused") {
  pair(SOCK_STREAM);
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1025};
  T(sendmsg(s[0], &message, 0));
  T(recvmsg(s[1], &message, MSG_DONTWAIT));
  message.msg_iovlen = 1;
  message.msg_name = buffer;
  message.msg_namelen = -1;
  T(sendmsg(s[0], &message, 0));
  T(recvmsg(s[1], &message, MSG_DONTWAIT));
  message.msg_name = NULL;
  T(sendmsg(s[0], &message, 0));
  message.msg_iov = (void *)16;
  T(sendmsg(s[0], &message, 0));
  T(sendmsg(s[0], (void *)16, 0));
  message.msg_iov = NULL;
  message.msg_iovlen = 0;
  T(sendmsg(s[0], &message, 0));
  T(sendmsg(0, &message, 0));
  T(sendmsg(99, &message, 0));
}

CASE(socket_in_itself, "circles of sockets in flight are collected") {
  filled_pipe("x");
  for (int i = 0; i < 3; i++) {
    pair(i == 2 ? SOCK_DGRAM : SOCK_STREAM);
    T(send_fds(s[0], "x", 1, &s[1], 1));
    T(send_fds(s[1], "x", 1, &s[0], 1));
    T(send_fds(s[0], "x", 1, &p[1], 1));
    close(s[0]);
    close(s[1]);
  }
  close(p[1]);
  pair(SOCK_STREAM);
  close(s[0]);
  close(s[1]);
  READ(p[0]);
  READ(p[0]);
}

CASE(listener_in_flight, "a listener in flight keeps its waiting connections") {
  pair(SOCK_STREAM);
  int l = listen_un(SOCK_STREAM, "srv", 5), c = socket(AF_UNIX, SOCK_STREAM, 0);
  connect_un(c, "srv");
  filled_pipe("x");
  T(send_fds(c, "in", 2, &p[1], 1));
  close(p[1]);
  T(send_fds(s[0], "x", 1, &l, 1));
  close(l);
  int other[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, other);
  close(other[0]);
  T(recv_fds(s[1], 1, 0));
  int a = accept(got_fds[0], NULL, NULL);
  say_got("through", recv_fds(a, 1, 0), buffer);
  T(got);
}

CASE(circle_through_listener, "a connection that waits with its own listener in it is collected") {
  int l = listen_un(SOCK_STREAM, "srv", 5), c = socket(AF_UNIX, SOCK_STREAM, 0);
  connect_un(c, "srv");
  filled_pipe("x");
  T(send_fds(c, "l", 1, &l, 1));
  T(send_fds(c, "p", 1, &p[1], 1));
  close(p[1]);
  close(l);
  close(c);
  pair(SOCK_STREAM);
  close(s[0]);
  READ(p[0]);
  READ(p[0]);
}

CASE(deep_nest, "sockets sent in sockets, a thousand deep, go when the last one does") {
  filled_pipe("x");
  pair(SOCK_DGRAM);
  T(send_fds(s[0], "p", 1, &p[1], 1));
  close(p[1]);
  close(s[0]);
  int held = s[1];
  for (int i = 0; i < 1000; i++) {
    pair(SOCK_DGRAM);
    if (send_fds(s[0], "n", 1, &held, 1) != 1) perror("send");
    close(held);
    close(s[0]);
    held = s[1];
  }
  close(held);
  READ(p[0]);
  READ(p[0]);
}

CASE(too_many_in_flight, "an unprivileged user has a limit of files under way") {
  struct rlimit limit = {20, 20};
  pair(SOCK_DGRAM);
  int ten[10] = {0};
  setrlimit(RLIMIT_NOFILE, &limit);
  setresuid(1000, 1000, 1000);
  for (int i = 0; i < 4; i++) T(send_fds(s[0], "x", 1, ten, 10));
  T(recv_fds(s[1], 10, 0));
  T(send_fds(s[0], "x", 1, ten, 1));
}

CASE(no_descriptor_left, "at the limit of descriptors those that fit arrive") {
  struct rlimit limit = {8, 8};
  pair(SOCK_STREAM);
  int five[5] = {0, 0, 0, 0, 0};
  T(send_fds(s[0], "x", 1, five, 5));
  setrlimit(RLIMIT_NOFILE, &limit);
  T(recv_fds(s[1], 5, 0));
  say("%d came, flags %x", got, got_flags);
}

/* Receives with room for credentials and tells them. */
static void say_cred(int fd) {
  char control[64];
  struct iovec part = {buffer, 10};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  long n = recvmsg(fd, &message, MSG_DONTWAIT);
  struct cmsghdr *header = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_CREDENTIALS) {
    say("%ld, no credentials, flags %x", n, message.msg_flags);
    return;
  }
  struct ucred *u = (void *)CMSG_DATA(header);
  say("%ld \"%.*s\" %s uid %d gid %d", n, (int)n, buffer, u->pid == getpid() ? "self" : u->pid == 0 ? "nobody" : "other", u->uid, u->gid);
}

CASE(credentials, "with SO_PASSCRED each message says who sent it") {
  pair(SOCK_STREAM);
  write(s[0], "before", 6);
  T(set_int(s[1], SOL_SOCKET, SO_PASSCRED, 1));
  T(int_option(s[1], SOL_SOCKET, SO_PASSCRED));
  write(s[0], "mine", 4);
  if (fork() == 0) {
    setresgid(7, 7, 7);
    setresuid(1000, 1000, 1000);
    write(s[0], "child", 5);
    _exit(0);
  }
  wait(NULL);
  write(s[0], "again", 5);
  for (int i = 0; i < 5; i++) say_cred(s[1]);
}

CASE(claimed_credentials, "credentials may be claimed as far as capabilities go") {
  pair(SOCK_DGRAM);
  set_int(s[1], SOL_SOCKET, SO_PASSCRED, 1);
  struct ucred claim = {getppid(), 5, 6};
  char control[CMSG_SPACE(sizeof claim)];
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){CMSG_LEN(sizeof claim), SOL_SOCKET, SCM_CREDENTIALS};
#define CLAIM(pid_, uid_, gid_) (claim = (struct ucred){pid_, uid_, gid_}, memcpy(CMSG_DATA(header), &claim, sizeof claim), sendmsg(s[0], &message, 0))
  T(CLAIM(1, 5, 6));
  say_cred(s[1]);
  T(CLAIM(29999, 0, 0));
  T(CLAIM(getpid(), -1, 0));
  setresgid(7, 8, 9);
  setresuid(1000, 1001, 1002);
  T(CLAIM(1, 1000, 7));
  T(CLAIM(getpid(), 1000, 7));
  say_cred(s[1]);
  T(CLAIM(getpid(), 1002, 9));
  say_cred(s[1]);
  T(CLAIM(getpid(), 0, 7));
  T(CLAIM(getpid(), 1000, 0));
}

CASE(passcred_names_sender, "who asks for credentials gets a name when it sends") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  set_int(b, SOL_SOCKET, SO_PASSCRED, 1);
  socklen_t length = name_un("a");
  T(sendto(b, "x", 1, 0, (void *)&un, length));
  struct sockaddr_un name;
  length = sizeof name;
  getsockname(b, (void *)&name, &length);
  T(length);
  READ(a);
}

static void say_peercred(const char *what, int fd) {
  struct ucred u = {-5, -5, -5};
  socklen_t length = sizeof u;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &length) < 0) {
    say("%s: %s", what, strerrorname_np(errno));
    return;
  }
  say("%s: %s uid %d gid %d, %u bytes", what, u.pid == getpid() ? "self" : u.pid == 0 ? "nobody" : "other", u.uid, u.gid, length);
}

CASE(peercred, "SO_PEERCRED is whose the other end was at connect and listen") {
  int l = listen_un(SOCK_STREAM, "srv", 5);
  chmod("srv", 0777);
  say_peercred("listener", l);
  say_peercred("fresh", socket(AF_UNIX, SOCK_STREAM, 0));
  pair(SOCK_STREAM);
  say_peercred("pair", s[0]);
  int pid = fork();
  if (pid == 0) {
    gid_t groups[] = {30, 20};
    setgroups(2, groups);
    setresgid(7, 8, 8);
    setresuid(1000, 1001, 1001);
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    T(connect_un(c, "srv"));
    say_peercred("client's peer", c);
    T(set_int(c, SOL_SOCKET, SO_PEERCRED, 0));
    pause();
  }
  int a = accept(l, NULL, NULL);
  await_state(pid, "S");
  say_peercred("new one's peer", a);
  gid_t groups[4];
  socklen_t length = sizeof groups;
  T(getsockopt(a, SOL_SOCKET, SO_PEERGROUPS, groups, &length));
  say("%u bytes: %d %d", length, groups[0], groups[1]);
  length = 4;
  T(getsockopt(a, SOL_SOCKET, SO_PEERGROUPS, groups, &length));
  T(length);
  length = sizeof groups;
  T(getsockopt(socket(AF_UNIX, SOCK_STREAM, 0), SOL_SOCKET, SO_PEERGROUPS, groups, &length));
}
