/* The socket calls by their own numbers, and through socketcall. */
#include "sockets.h"

#ifndef SYS_recvmmsg_time64
#define SYS_recvmmsg_time64 417
#endif

CASE(direct_numbers, "a connection made and used by the direct numbers") {
  int l = syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0), c = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t length = name_un("@direct");
  T(syscall(SYS_bind, l, &un, length));
  T(syscall(SYS_listen, l, 5));
  T(syscall(SYS_connect, c, &un, length));
  struct sockaddr_un peer;
  length = sizeof peer;
  int a = syscall(SYS_accept4, l, &peer, &length, SOCK_NONBLOCK);
  T(length);
  T(syscall(SYS_sendto, c, "direct", 6, 0, NULL, 0));
  T(syscall(SYS_recvfrom, a, buffer, 100, 0, NULL, NULL));
  length = sizeof peer;
  T(syscall(SYS_getsockname, a, &peer, &length));
  T(length);
  length = sizeof peer;
  T(syscall(SYS_getpeername, c, &peer, &length));
  int value = 1;
  T(syscall(SYS_setsockopt, c, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
  length = sizeof value;
  T(syscall(SYS_getsockopt, c, SOL_SOCKET, SO_TYPE, &value, &length));
  T(value);
  struct iovec part = {"message", 7};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  T(syscall(SYS_sendmsg, c, &message, 0));
  part.iov_base = buffer;
  T(syscall(SYS_recvmsg, a, &message, 0));
  T(syscall(SYS_shutdown, c, SHUT_WR));
  READ(a);
  T(syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s));
  struct mmsghdr vector = {.msg_hdr = message};
  T(syscall(SYS_sendmmsg, s[0], &vector, 1, 0));
  T(syscall(SYS_sendmmsg, s[0], &vector, 1, 0));
  T(syscall(SYS_recvmmsg, s[1], &vector, 1, 0, NULL));
  long long timeout[2] = {1, 0};
  T(syscall(SYS_recvmmsg_time64, s[1], &vector, 1, 0, timeout));
}

CASE(multiplexer, "socketcall takes a number and a pointer") {
  long args[6] = {AF_UNIX, SOCK_STREAM, 0, (long)s, 0, 0};
  T(syscall(SYS_socketcall, 0, args));
  T(syscall(SYS_socketcall, 21, args));
  T(syscall(SYS_socketcall, 1, (void *)16));
  T(syscall(SYS_socketcall, 8, args));
  long send[4] = {s[0], (long)"via", 3, 0}, receive[4] = {s[1], (long)buffer, 10, 0};
  T(syscall(SYS_socketcall, 9, send));
  T(syscall(SYS_socketcall, 10, receive));
}

CASE(not_a_socket, "other files are ENOTSOCK, closed ones EBADF, whatever else is wrong") {
  int file = open("/dev/null", O_RDWR);
  T(listen(file, 1));
  T(listen(99, 1));
  T(bind(file, (void *)16, 5));
  T(accept4(99, NULL, NULL, 77));
  T(accept4(file, NULL, NULL, 77));
  T(accept4(file, NULL, NULL, 0));
  T(send(file, (void *)16, 5, 0));
  T(recv(99, buffer, 5, 0));
  T(shutdown(file, 77));
  T(getsockname(file, NULL, NULL));
  int path = open("/", O_PATH);
  T(listen(path, 1));
}
