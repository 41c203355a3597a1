/* AF_UNIX datagrams and records: boundaries, peers, full queues. */
#include "sockets.h"

CASE(boundaries, "each datagram is read by itself, empty ones too") {
  pair(SOCK_DGRAM);
  T(send(s[0], "one", 3, 0));
  T(send(s[0], "", 0, 0));
  T(write(s[0], "three", 5));
  T(in_queue(s[1]));
  READ(s[1]);
  T(in_queue(s[1]));
  READ(s[1]);
  READ(s[1]);
}

CASE(truncation, "what does not fit is lost, and MSG_TRUNC tells how long it was") {
  pair(SOCK_DGRAM);
  send(s[0], "0123456789", 10, 0);
  send(s[0], "0123456789", 10, 0);
  send(s[0], "next", 4, 0);
  say_got("short", recv(s[1], buffer, 4, 0), buffer);
  say_got("told", recv(s[1], buffer, 4, MSG_TRUNC), buffer);
  struct iovec part = {buffer, 2};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  T(recvmsg(s[1], &message, 0));
  T(message.msg_flags == MSG_TRUNC);
}

CASE(peek_datagram, "a peek leaves the datagram whole") {
  pair(SOCK_DGRAM);
  send(s[0], "abcdef", 6, 0);
  say_got("peek", recv(s[1], buffer, 3, MSG_PEEK), buffer);
  say_got("peek", recv(s[1], buffer, 3, MSG_PEEK | MSG_TRUNC), buffer);
  READ(s[1]);
}

CASE(read_nothing, "reading no bytes by read leaves the datagram, by recv takes it") {
  pair(SOCK_DGRAM);
  send(s[0], "abc", 3, 0);
  T(read(s[1], buffer, 0));
  T(in_queue(s[1]));
  T(recv(s[1], buffer, 0, 0));
  T(recv(s[1], buffer, 10, MSG_DONTWAIT));
}

CASE(fault_loses_datagram, "a datagram that cannot be stored is gone") {
  pair(SOCK_DGRAM);
  send(s[0], "abc", 3, 0);
  T(recv(s[1], (void *)16, 10, 0));
  T(recv(s[1], buffer, 10, MSG_DONTWAIT));
  T(send(s[0], (void *)16, 10, 0));
}

CASE(too_long, "a datagram longer than the send buffer is EMSGSIZE") {
  pair(SOCK_DGRAM);
  T(set_int(s[0], SOL_SOCKET, SO_SNDBUF, 4096));
  T(int_option(s[0], SOL_SOCKET, SO_SNDBUF));
  T(send(s[0], buffer, 8192 - 32, 0));
  T(send(s[0], buffer, 8192 - 31, 0));
}

CASE(sendto_name, "sendto finds its receiver by name, who sees the sender's") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  T(bind_un(a, "a"));
  socklen_t length = name_un("a");
  T(sendto(b, "anonymous", 9, 0, (void *)&un, length));
  T(bind_un(b, "b"));
  length = name_un("a");
  T(sendto(b, "named", 5, 0, (void *)&un, length));
  for (int i = 0; i < 2; i++) {
    struct sockaddr_un from;
    length = sizeof from;
    memset(&from, 0, sizeof from);
    say_got("from", recvfrom(a, buffer, 100, 0, (void *)&from, &length), buffer);
    say_un("sender", &from, length);
  }
  T(send(b, "x", 1, 0));
}

CASE(send_errors, "names that lead nowhere") {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0), stream = socket(AF_UNIX, SOCK_STREAM, 0);
  put("plain", "");
  T(bind_un(stream, "stream"));
#define TO(name) (name_un(name), sendto(fd, "x", 1, 0, (void *)&un, sizeof un))
  T(TO("missing"));
  T(TO("plain"));
  T(TO("stream"));
  T(TO("plain/x"));
  socklen_t length = name_un("@nobody");
  T(sendto(fd, "x", 1, 0, (void *)&un, length));
  T(sendto(fd, "x", 1, 0, (void *)&un, 2));
  un.sun_family = AF_INET;
  T(sendto(fd, "x", 1, 0, (void *)&un, sizeof un));
  T(sendto(fd, "x", 1, 0, (void *)&un, 129));
  T(send(fd, "x", 1, MSG_OOB));
}

CASE(connected_receiver, "a connected socket takes datagrams from its peer alone") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  bind_un(b, "b");
  T(connect_un(a, "b"));
  T(connect_un(c, "a"));
  socklen_t length = name_un("a");
  T(sendto(c, "x", 1, 0, (void *)&un, length));
  T(connect_un(b, "a"));
  T(send(b, "x", 1, 0));
  READ(a);
  struct sockaddr_un peer;
  length = sizeof peer;
  T(getpeername(a, (void *)&peer, &length));
  say_un("peer", &peer, length);
}

CASE(disconnect, "connecting to AF_UNSPEC dissolves the association and loses what waits") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  bind_un(b, "b");
  connect_un(a, "b");
  connect_un(b, "a");
  send(b, "lost", 4, 0);
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  T(connect(a, &none, sizeof none));
  T(recv(a, buffer, 10, MSG_DONTWAIT));
  T(send(a, "x", 1, 0));
  say_poll("former peer", b);
  T(send(b, "x", 1, 0));
  T(send(b, "x", 1, 0));
  READ(a);
}

CASE(peer_is_gone, "the first send after the peer closed is refused, the next finds no peer") {
  pair(SOCK_DGRAM);
  close(s[1]);
  say_poll("left over", s[0]);
  T(send(s[0], "x", 1, 0));
  T(send(s[0], "x", 1, 0));
  T(recv(s[0], buffer, 1, MSG_DONTWAIT));
}

CASE(name_is_gone, "a name whose socket was closed refuses") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  T(connect_un(b, "a"));
  close(a);
  T(send(b, "x", 1, 0));
  T(send(b, "x", 1, 0));
  T(connect_un(b, "a"));
  T(access("a", F_OK));
}

CASE(queue_is_full, "eleven datagrams wait, then senders that are not connected back must") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  connect_un(b, "a");
  nonblocking(b);
  int n = 0;
  while (send(b, "x", 1, 0) == 1) n++;
  say("%d sent, then %s", n, strerrorname_np(errno));
  say_poll("sender", b);
  read(a, buffer, 10);
  say_poll("sender, after one was read", b);
  T(send(b, "x", 1, 0));
  struct pollfd one = {b, POLLOUT, 0};
  SLEEPING_CHILD(pid, (usleep(30000), READ(a)));
  int ready = poll(&one, 1, -1);
  reap("reader", pid);
  T(ready);
}

CASE(pair_queue_is_not_limited, "two that are connected to each other are limited by buffers alone") {
  pair(SOCK_DGRAM);
  nonblocking(s[0]);
  int n = 0;
  while (send(s[0], "x", 1, 0) == 1) n++;
  say("%d sent, then %s", n, strerrorname_np(errno));
  say_poll("sender", s[0]);
}

CASE(sender_sleeps, "a sender sleeps until the receiver has read one") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  connect_un(b, "a");
  for (int i = 0; i < 11; i++) send(b, "x", 1, 0);
  int ended[2];
  pipe(ended);
  SLEEPING_CHILD(pid, { long sent = send(b, "late", 4, 0); write(ended[1], &sent, sizeof sent); });
  READ(a);
  reap("sender", pid);
  long sent;
  read(ended[0], &sent, sizeof sent);
  say("sent %ld", sent);
  struct timeval time = {0, 20000};
  setsockopt(b, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  T(send(b, "x", 1, 0));
}

CASE(to_itself, "a socket can be connected to itself") {
  int a = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(a, "a");
  T(connect_un(a, "a"));
  T(send(a, "mirror", 6, 0));
  READ(a);
  T(in_queue(a));
}

CASE(shut_datagrams, "shutdown of a datagram socket concerns that end") {
  pair(SOCK_DGRAM);
  signal(SIGPIPE, SIG_IGN);
  T(shutdown(s[0], SHUT_WR));
  T(send(s[0], "x", 1, 0));
  T(send(s[1], "x", 1, 0));
  T(shutdown(s[0], SHUT_RD));
  T(send(s[1], "x", 1, 0));
  READ(s[0]);
  READ(s[0]);
  T(recv(s[0], buffer, 10, MSG_DONTWAIT));
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
}

CASE(records, "SOCK_SEQPACKET keeps boundaries and is a connection") {
  pair(SOCK_SEQPACKET);
  T(write(s[0], "one", 3));
  T(write(s[0], "two", 3));
  READ(s[1]);
  say_got("short", recv(s[1], buffer, 1, MSG_TRUNC), buffer);
  T(write(s[0], "", 0));
  READ(s[1]);
  close(s[0]);
  READ(s[1]);
  T(recv(s[1], buffer, 1, MSG_DONTWAIT));
  say_poll("left over", s[1]);
  T(send(s[1], "x", 1, MSG_NOSIGNAL));
}

CASE(record_epipe, "a record to a closed end is EPIPE without a signal") {
  pair(SOCK_SEQPACKET);
  catch_signal(SIGPIPE, 0);
  close(s[1]);
  T(write(s[0], "x", 1));
  T(signals_seen);
}

CASE(record_reset, "unread records reset the other end") {
  pair(SOCK_SEQPACKET);
  write(s[0], "x", 1);
  close(s[1]);
  T(write(s[0], "x", 1));
  T(write(s[0], "x", 1));
  READ(s[0]);
}

CASE(record_unconnected, "records need a connection") {
  int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  T(send(fd, "x", 1, 0));
  T(recv(fd, buffer, 1, 0));
  say_poll("it", fd);
  socklen_t length = name_un("x");
  T(sendto(fd, "x", 1, 0, (void *)&un, length));
}

CASE(record_server, "records with listen, connect and accept; a name at send is not looked at") {
  int l = listen_un(SOCK_SEQPACKET, "srv", 2), c = socket(AF_UNIX, SOCK_SEQPACKET, 0), st = socket(AF_UNIX, SOCK_STREAM, 0);
  T(connect_un(st, "srv"));
  T(connect_un(c, "srv"));
  int a = accept(l, NULL, NULL);
  socklen_t length = name_un("nowhere");
  T(sendto(c, "named", 5, 0, (void *)&un, length));
  READ(a);
  T(in_queue(l));
}

CASE(many_messages, "sendmmsg and recvmmsg move several datagrams") {
  pair(SOCK_DGRAM);
  struct iovec out_parts[3] = {{"a", 1}, {"bb", 2}, {"ccc", 3}};
  struct mmsghdr out_vector[3] = {0};
  for (int i = 0; i < 3; i++) out_vector[i].msg_hdr.msg_iov = &out_parts[i], out_vector[i].msg_hdr.msg_iovlen = 1;
  T(sendmmsg(s[0], out_vector, 3, 0));
  say("lengths %u %u %u", out_vector[0].msg_len, out_vector[1].msg_len, out_vector[2].msg_len);
  char text[4][8];
  struct iovec in_parts[4];
  struct mmsghdr in_vector[4] = {0};
  for (int i = 0; i < 4; i++) {
    in_parts[i] = (struct iovec){text[i], 2};
    in_vector[i].msg_hdr.msg_iov = &in_parts[i], in_vector[i].msg_hdr.msg_iovlen = 1;
  }
  T(recvmmsg(s[1], in_vector, 4, MSG_WAITFORONE, NULL));
  for (int i = 0; i < 3; i++) say("%u flags %x", in_vector[i].msg_len, in_vector[i].msg_hdr.msg_flags);
  T(recvmmsg(s[1], in_vector, 4, MSG_DONTWAIT, NULL));
  struct timespec bad = {0, 2000000000}, none = {0, 0};
  T(recvmmsg(s[1], in_vector, 4, 0, &bad));
  send(s[0], "x", 1, 0);
  send(s[0], "y", 1, 0);
  T(recvmmsg(s[1], in_vector, 4, 0, &none));
}

CASE(many_messages_sleep, "recvmmsg sleeps until all its datagrams have come, or a signal") {
  pair(SOCK_DGRAM);
  int pid = fork();
  if (pid == 0) {
    char text[2][8];
    struct iovec parts[2] = {{text[0], 8}, {text[1], 8}};
    struct mmsghdr vector[2] = {0};
    for (int i = 0; i < 2; i++) vector[i].msg_hdr.msg_iov = &parts[i], vector[i].msg_hdr.msg_iovlen = 1;
    catch_signal(SIGUSR1, 0);
    T(recvmmsg(s[1], vector, 2, 0, NULL));
    T(recvmmsg(s[1], vector, 2, 0, NULL));
    _exit(0);
  }
  await_state(pid, "S");
  send(s[0], "a", 1, 0);
  usleep(20000);
  await_state(pid, "S");
  send(s[0], "b", 1, 0);
  usleep(20000);
  await_state(pid, "S");
  send(s[0], "c", 1, 0);
  usleep(20000);
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  reap("receiver", pid);
}
