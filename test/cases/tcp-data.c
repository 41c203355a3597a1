/* TCP over the loopback device: bytes, and how connections end. */
#include "inet.h"

CASE(stream, "bytes come in order without boundaries") {
  tcp_pair();
  write(s[0], "one", 3);
  write(s[0], "two", 3);
  T(in_queue(s[1]));
  RECV(s[1], MSG_PEEK);
  say_got("part", recv(s[1], buffer, 2, 0), buffer);
  T(recv(s[1], NULL, 2, MSG_TRUNC));
  READ(s[1]);
  T(out_queue(s[0]));
  T(recv(s[1], buffer, 1, MSG_DONTWAIT));
}

CASE(orderly_end, "the end comes after the data; the other direction stays open") {
  tcp_pair();
  write(s[0], "last", 4);
  T(shutdown(s[0], SHUT_WR));
  READ(s[1]);
  READ(s[1]);
  say_poll("reader", s[1]);
  say_poll("writer", s[0]);
  T(send(s[0], "x", 1, MSG_NOSIGNAL));
  T(write(s[1], "still", 5));
  READ(s[0]);
  close(s[1]);
  READ(s[0]);
  say_poll("both ended", s[0]);
  struct sockaddr_in name;
  socklen_t length = sizeof name;
  T(getpeername(s[0], (void *)&name, &length));
  T(shutdown(s[0], SHUT_WR));
}

CASE(write_to_closed, "the first write to a closed end is lost, the second is EPIPE") {
  tcp_pair();
  catch_signal(SIGPIPE, 0);
  close(s[1]);
  say_poll("before", s[0]);
  T(write(s[0], "x", 1));
  say_poll("after", s[0]);
  T(write(s[0], "x", 1));
  T(signals_seen);
  READ(s[0]);
}

CASE(unread_data_resets, "closing with unread data resets the connection") {
  tcp_pair();
  write(s[0], "unread", 6);
  close(s[1]);
  say_poll("after", s[0]);
  READ(s[0]);
  READ(s[0]);
  T(send(s[0], "x", 1, MSG_NOSIGNAL));
}

CASE(reset_and_data, "what came before a reset is gone for the writer, SO_ERROR tells once") {
  tcp_pair();
  write(s[0], "unread", 6);
  write(s[1], "kept?", 5);
  close(s[1]);
  T(int_option(s[0], SOL_SOCKET, SO_ERROR));
  T(int_option(s[0], SOL_SOCKET, SO_ERROR));
  READ(s[0]);
  READ(s[0]);
}

CASE(linger_zero, "SO_LINGER with no time resets") {
  tcp_pair();
  struct linger l = {1, 0};
  T(setsockopt(s[1], SOL_SOCKET, SO_LINGER, &l, sizeof l));
  close(s[1]);
  READ(s[0]);
  READ(s[0]);
  T(send(s[0], "x", 1, MSG_NOSIGNAL));
}

CASE(shut_read, "after SHUT_RD reads end, and data is still taken") {
  tcp_pair();
  T(shutdown(s[0], SHUT_RD));
  READ(s[0]);
  T(write(s[1], "late", 4));
  READ(s[0]);
  READ(s[0]);
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
}

CASE(shut_both, "SHUT_RDWR ends one end; the other reads the end") {
  tcp_pair();
  T(shutdown(s[0], SHUT_RDWR));
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
  READ(s[1]);
  T(shutdown(s[0], 7));
}

CASE(sleeping_reader, "a sleeping reader gets data, the end, a reset") {
  tcp_pair();
  int pid = fork();
  if (pid == 0) {
    close(s[0]);
    READ(s[1]);
    READ(s[1]);
    _exit(0);
  }
  close(s[1]);
  await_state(pid, "S");
  write(s[0], "data", 4);
  usleep(20000);
  await_state(pid, "S");
  close(s[0]);
  reap("reader", pid);
}

CASE(back_pressure, "a writer sleeps until the reader has made room") {
  tcp_pair();
  int pid = fork();
  if (pid == 0) {
    close(s[1]);
    static char big[4000000];
    long n = write(s[0], big, sizeof big);
    say("wrote %ld", n);
    _exit(0);
  }
  close(s[0]);
  usleep(50000);
  await_state(pid, "S");
  long total = 0, n;
  while ((n = read(s[1], buffer, 100000)) > 0) total += n;
  reap("writer", pid);
  say("read %ld", total);
}

CASE(fill_nonblocking, "a writer that does not wait is refused, and told of room") {
  tcp_pair();
  nonblocking(s[0]);
  nonblocking(s[1]);
  long sent = 0, n;
  while ((n = write(s[0], buffer, sizeof buffer)) > 0) sent += n;
  say("then %s, more than a megabyte: %d", strerrorname_np(errno), sent > 1000000);
  say_poll("full", s[0]);
  long got_bytes = 0;
  struct pollfd pair_of[2] = {{s[1], POLLIN, 0}};
  while (got_bytes < sent && poll(pair_of, 1, 2000) == 1 && (n = read(s[1], buffer, sizeof buffer)) > 0) got_bytes += n;
  T(got_bytes == sent);
  say_poll("drained", s[0]);
}

CASE(close_with_unsent, "what was written is delivered after the writer has closed") {
  tcp_pair();
  nonblocking(s[0]);
  long sent = 0, n, total = 0;
  while ((n = write(s[0], buffer, 100000)) > 0) sent += n;
  close(s[0]);
  while ((n = read(s[1], buffer, sizeof buffer)) > 0) total += n;
  T(total == sent);
  T(n);
}

CASE(wait_for_all, "MSG_WAITALL waits for the whole") {
  tcp_pair();
  int pid = fork();
  if (pid == 0) {
    say_got("all", recv(s[1], buffer, 6, MSG_WAITALL), buffer);
    _exit(0);
  }
  await_state(pid, "S");
  write(s[0], "abc", 3);
  usleep(20000);
  await_state(pid, "S");
  write(s[0], "defg", 4);
  reap("reader", pid);
  READ(s[1]);
}

CASE(timeouts, "SO_RCVTIMEO ends a read; a signal ends it whatever SA_RESTART says") {
  tcp_pair();
  struct timeval time = {0, 20000};
  setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  READ(s[1]);
  time.tv_sec = 5;
  setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  int pid = fork();
  if (pid == 0) {
    catch_signal(SIGALRM, SA_RESTART);
    READ(s[1]);
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGALRM);
  reap("reader", pid);
}

CASE(names_are_ignored, "a connected stream takes no notice of a name at send, and tells none at receive") {
  tcp_pair();
  T(sendto(s[0], "x", 1, 0, (void *)&in, sizeof in));
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  T(recvfrom(s[1], buffer, 10, 0, (void *)&from, &length));
  T(length);
}

CASE(options, "options of TCP and what they hold") {
  tcp_pair();
  int names[] = {TCP_NODELAY, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_QUICKACK, TCP_USER_TIMEOUT};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    int before = int_option(s[0], SOL_TCP, names[i]);
    int result = set_int(s[0], SOL_TCP, names[i], 5);
    say("%d: %d, set %d, %d", names[i], before, result, int_option(s[0], SOL_TCP, names[i]));
  }
  T(set_int(s[0], SOL_TCP, TCP_KEEPIDLE, 0));
  T(set_int(s[0], SOL_TCP, TCP_KEEPIDLE, 32768));
  T(set_int(s[0], SOL_TCP, TCP_KEEPCNT, 128));
  T(set_int(s[0], SOL_TCP, 999, 1));
  T(int_option(s[0], SOL_TCP, 999));
  T(set_int(s[0], SOL_TCP, TCP_MAXSEG, 50));
  T(int_option(socket(AF_INET, SOCK_STREAM, 0), SOL_TCP, TCP_MAXSEG));
  T(int_option(s[0], SOL_SOCKET, SO_DOMAIN));
  T(int_option(s[0], SOL_SOCKET, SO_PROTOCOL));
  struct tcp_info info;
  socklen_t length = sizeof info;
  T(getsockopt(s[0], SOL_TCP, TCP_INFO, &info, &length));
  T(info.tcpi_state);
}
