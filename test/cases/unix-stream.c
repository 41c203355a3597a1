/* AF_UNIX streams: bytes between two ends, and how they end. */
#include "sockets.h"

CASE(bytes_both_ways, "what goes in at one end comes out at the other, without boundaries") {
  pair(SOCK_STREAM);
  T(write(s[0], "one", 3));
  T(write(s[0], "two", 3));
  T(in_queue(s[1]));
  READ(s[1]);
  T(write(s[1], "back", 4));
  READ(s[0]);
}

CASE(eof_after_close, "the end comes after what was written") {
  pair(SOCK_STREAM);
  write(s[0], "last", 4);
  close(s[0]);
  say_poll("before", s[1]);
  READ(s[1]);
  READ(s[1]);
  READ(s[1]);
}

CASE(close_with_unread_data, "closing an end with unread data resets the other") {
  pair(SOCK_STREAM);
  write(s[0], "never read", 10);
  close(s[1]);
  say_poll("after", s[0]);
  T(int_option(s[0], SOL_SOCKET, SO_ERROR));
  T(int_option(s[0], SOL_SOCKET, SO_ERROR));
  READ(s[0]);
}

CASE(reset_is_read_once, "the reset is reported by one read, then the end") {
  pair(SOCK_STREAM);
  write(s[0], "x", 1);
  close(s[1]);
  READ(s[0]);
  READ(s[0]);
}

CASE(write_without_peer, "writing to a closed end gives EPIPE and SIGPIPE") {
  pair(SOCK_STREAM);
  catch_signal(SIGPIPE, 0);
  close(s[1]);
  T(write(s[0], "x", 1));
  T(signals_seen);
  T(send(s[0], "x", 1, MSG_NOSIGNAL));
  T(signals_seen);
  T(write(s[0], "", 0));
  T(signals_seen);
}

CASE(sigpipe_kills, "SIGPIPE of a socket ends a process that does not catch it") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    close(s[1]);
    write(s[0], "x", 1);
    _exit(0);
  }
  reap("the writer, while we hold the other end,", pid);
  close(s[1]);
  pid = fork();
  if (pid == 0) {
    write(s[0], "x", 1);
    _exit(0);
  }
  reap("the writer", pid);
}

CASE(shutdown_write, "after SHUT_WR the peer reads the end and can still write") {
  pair(SOCK_STREAM);
  signal(SIGPIPE, SIG_IGN);
  write(s[0], "x", 1);
  T(shutdown(s[0], SHUT_WR));
  READ(s[1]);
  READ(s[1]);
  T(write(s[1], "still", 5));
  READ(s[0]);
  T(write(s[0], "x", 1));
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
}

CASE(shutdown_read, "after SHUT_RD the end is read at once and the peer cannot write") {
  pair(SOCK_STREAM);
  signal(SIGPIPE, SIG_IGN);
  write(s[1], "there", 5);
  T(shutdown(s[0], SHUT_RD));
  READ(s[0]);
  READ(s[0]);
  T(write(s[1], "x", 1));
  T(write(s[0], "x", 1));
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
}

CASE(shutdown_both, "SHUT_RDWR hangs up both ends") {
  pair(SOCK_STREAM);
  T(shutdown(s[0], SHUT_RDWR));
  say_poll("shut end", s[0]);
  say_poll("other end", s[1]);
  T(shutdown(s[0], 3));
  T(shutdown(s[0], -1));
}

CASE(shutdown_unconnected, "an unconnected socket can be shut down") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  T(shutdown(fd, SHUT_WR));
  say_poll("it", fd);
  T(connect_un(fd, "@nobody"));
}

CASE(unconnected_calls, "reads are EINVAL and writes ENOTCONN before a connection") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  READ(fd);
  T(write(fd, "x", 1));
  T(listen(fd, 1));
  T(accept(fd, NULL, NULL));
  struct sockaddr_un address;
  socklen_t length = sizeof address;
  T(getpeername(fd, (void *)&address, &length));
  T(getsockname(fd, (void *)&address, &length));
  T(length);
  say_poll("it", fd);
}

CASE(blocking_read_wakes, "a sleeping reader gets what is written") {
  pair(SOCK_STREAM);
  SLEEPING_CHILD(pid, READ(s[1]));
  long written = write(s[0], "wake", 4);
  reap("reader", pid);
  T(written);
}

CASE(blocking_read_ends, "a sleeping reader finds the end when the last writer goes") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    close(s[0]);
    READ(s[1]);
    _exit(0);
  }
  await_state(pid, "S");
  close(s[0]);
  reap("reader", pid);
}

CASE(read_is_interrupted, "a signal ends a sleeping read with EINTR, or restarts it") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    catch_signal(SIGUSR1, 0);
    READ(s[1]);
    catch_signal(SIGUSR1, SA_RESTART);
    READ(s[1]);
    say("%d signals", signals_seen);
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  usleep(20000);
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  usleep(20000);
  await_state(pid, "S");
  write(s[0], "data", 4);
  reap("reader", pid);
}

CASE(timeout_is_not_restarted, "with SO_RCVTIMEO a signal ends the read whatever SA_RESTART says") {
  pair(SOCK_STREAM);
  struct timeval long_time = {5, 0}, short_time = {0, 30000};
  int pid = fork();
  if (pid == 0) {
    T(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof long_time));
    catch_signal(SIGUSR1, SA_RESTART);
    READ(s[1]);
    T(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof short_time));
    READ(s[1]);
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  reap("reader", pid);
}

CASE(fill_and_drain, "a full buffer refuses, and takes more once a quarter is left") {
  pair(SOCK_STREAM);
  nonblocking(s[0]);
  long total = 0, n;
  while ((n = write(s[0], buffer, 1000)) > 0) total += n;
  say("took %ld, then %s", total, strerrorname_np(errno));
  T(out_queue(s[0]));
  T(in_queue(s[1]));
  say_poll("full", s[0]);
  long drained = 0;
  struct pollfd one = {s[0], POLLOUT, 0};
  while (poll(&one, 1, 0) == 0) drained += read(s[1], buffer, 1000);
  say("writable after %ld", drained);
  T(out_queue(s[0]));
}

CASE(big_write_in_parts, "a write larger than the buffer goes on as it is read") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    static char big[1000000];
    say("wrote %ld", (long)write(s[0], big, sizeof big));
    _exit(0);
  }
  await_state(pid, "S");
  close(s[0]);
  long total = 0, n;
  while ((n = read(s[1], buffer, 60000)) > 0) total += n;
  reap("writer", pid);
  say("read %ld", total);
}

CASE(partial_write_nonblocking, "a write that does not fit is partial") {
  pair(SOCK_STREAM);
  nonblocking(s[0]);
  T(write(s[0], buffer, sizeof buffer));
  T(write(s[0], buffer, sizeof buffer));
}

CASE(interrupted_write_is_partial, "a signal makes a sleeping write return what it has written") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    catch_signal(SIGUSR1, SA_RESTART);
    long n = write(s[0], buffer, sizeof buffer);
    say("wrote %s", n > 0 && n < (long)sizeof buffer ? "a part" : "something else");
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  reap("writer", pid);
}

CASE(peek_leaves_data, "MSG_PEEK shows bytes of several writes and takes none") {
  pair(SOCK_STREAM);
  write(s[0], "abc", 3);
  write(s[0], "def", 3);
  RECV(s[1], MSG_PEEK);
  say_got("short", recv(s[1], buffer, 2, MSG_PEEK), buffer);
  READ(s[1]);
  RECV(s[1], MSG_PEEK | MSG_DONTWAIT);
}

CASE(peek_offset, "SO_PEEK_OFF moves on with every peek and back with every read") {
  pair(SOCK_STREAM);
  write(s[0], "abcdef", 6);
  T(int_option(s[1], SOL_SOCKET, SO_PEEK_OFF));
  T(set_int(s[1], SOL_SOCKET, SO_PEEK_OFF, 1));
  say_got("peek", recv(s[1], buffer, 2, MSG_PEEK), buffer);
  say_got("peek", recv(s[1], buffer, 2, MSG_PEEK), buffer);
  T(int_option(s[1], SOL_SOCKET, SO_PEEK_OFF));
  say_got("read", read(s[1], buffer, 3), buffer);
  T(int_option(s[1], SOL_SOCKET, SO_PEEK_OFF));
  say_got("peek", recv(s[1], buffer, 9, MSG_PEEK), buffer);
}

CASE(wait_for_all, "MSG_WAITALL waits for the whole buffer, or the end") {
  pair(SOCK_STREAM);
  int pid = fork();
  if (pid == 0) {
    close(s[0]);
    say_got("all", recv(s[1], buffer, 6, MSG_WAITALL), buffer);
    say_got("rest", recv(s[1], buffer, 6, MSG_WAITALL), buffer);
    _exit(0);
  }
  await_state(pid, "S");
  write(s[0], "abc", 3);
  usleep(20000);
  await_state(pid, "S");
  write(s[0], "defgh", 5);
  usleep(20000);
  close(s[0]);
  reap("reader", pid);
}

CASE(low_water, "SO_RCVLOWAT makes a read wait for that many bytes") {
  pair(SOCK_STREAM);
  T(set_int(s[1], SOL_SOCKET, SO_RCVLOWAT, 4));
  int pid = fork();
  if (pid == 0) {
    READ(s[1]);
    _exit(0);
  }
  await_state(pid, "S");
  write(s[0], "ab", 2);
  usleep(20000);
  await_state(pid, "S");
  write(s[0], "cd", 2);
  reap("reader", pid);
  write(s[0], "x", 1);
  say_got("nonblocking", recv(s[1], buffer, 10, MSG_DONTWAIT), buffer);
}

CASE(vectors, "readv and writev gather and scatter") {
  pair(SOCK_STREAM);
  struct iovec out_parts[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
  T(writev(s[0], out_parts, 3));
  char one[3] = "..", two[9] = "........";
  struct iovec in_parts[2] = {{one, 2}, {two, 8}};
  T(readv(s[1], in_parts, 2));
  say("%s %s", one, two);
  T(writev(s[0], out_parts, 0));
  T(pread(s[1], buffer, 1, 0));
  T(pwrite(s[1], buffer, 1, 0));
  T(lseek(s[1], 0, SEEK_SET));
}

CASE(sendfile_to_socket, "sendfile copies a file into a socket") {
  pair(SOCK_STREAM);
  put("file", "content of a file");
  int fd = open("file", O_RDONLY);
  off_t at = 3;
  T(sendfile(s[0], fd, &at, 7));
  T(at);
  READ(s[1]);
  T(sendfile(s[0], fd, NULL, 100));
  READ(s[1]);
}
