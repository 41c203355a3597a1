/* TCP over the loopback device: how connections begin. */
#include "inet.h"

CASE(connect_and_accept, "a connection has a name at each end") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM, 0);
  T(connect(c, (void *)&in, sizeof in));
  struct sockaddr_in peer, own;
  socklen_t length = sizeof peer;
  int a = accept(l, (void *)&peer, &length);
  T(length);
  length = sizeof own;
  getsockname(c, (void *)&own, &length);
  T(own.sin_port == peer.sin_port && own.sin_addr.s_addr == peer.sin_addr.s_addr);
  say("address %x", ntohl(peer.sin_addr.s_addr));
  getsockname(a, (void *)&own, &length);
  T(own.sin_port == in.sin_port);
  getpeername(c, (void *)&own, &length);
  T(own.sin_port == in.sin_port);
  T(write(c, "hello", 5));
  READ(a);
  T(write(a, "back", 4));
  READ(c);
}

CASE(refused, "nobody listens: ECONNREFUSED, and the socket can be used again") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in there = in;
  struct sockaddr_in nobody = loopback(0);
  int free_port = socket(AF_INET, SOCK_STREAM, 0);
  bind(free_port, (void *)&nobody, sizeof nobody);
  socklen_t length = sizeof nobody;
  getsockname(free_port, (void *)&nobody, &length);
  T(connect(c, (void *)&nobody, sizeof nobody));
  T(int_option(c, SOL_SOCKET, SO_ERROR));
  T(connect(c, (void *)&there, sizeof there));
  T(accept(l, NULL, NULL) >= 0);
}

CASE(nonblocking_connect, "EINPROGRESS, then writable, then EISCONN") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  T(connect(c, (void *)&in, sizeof in));
  struct pollfd one = {c, POLLOUT, 0};
  T(poll(&one, 1, 1000));
  T(int_option(c, SOL_SOCKET, SO_ERROR));
  T(connect(c, (void *)&in, sizeof in));
  T(connect(c, (void *)&in, sizeof in));
  T(accept(l, NULL, NULL) >= 0);
}

CASE(nonblocking_refusal, "the refusal of a connection that was not waited for is in SO_ERROR") {
  int c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), b = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(0);
  bind(b, (void *)&in, sizeof in);
  socklen_t length = sizeof in;
  getsockname(b, (void *)&in, &length);
  T(connect(c, (void *)&in, sizeof in));
  say_poll("refused", c);
  T(int_option(c, SOL_SOCKET, SO_ERROR));
  T(int_option(c, SOL_SOCKET, SO_ERROR));
}

CASE(unreachable, "there is nothing but the loopback device") {
  int c = socket(AF_INET, SOCK_STREAM, 0);
  lo_up();
  struct sockaddr_in far = loopback(80);
  far.sin_addr.s_addr = htonl(0x08080808);
  T(connect(c, (void *)&far, sizeof far));
  far.sin_addr.s_addr = htonl(0xe0000001);
  T(connect(c, (void *)&far, sizeof far));
  T(bind(c, (void *)&(struct sockaddr_in){AF_INET, 0, {htonl(0x08080808)}}, 16));
}

CASE(address_errors, "addresses of a wrong length or family") {
  lo_up();
  int c = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(1);
  T(connect(c, (void *)&in, 15));
  T(connect(c, (void *)&in, 1));
  in.sin_family = AF_UNIX;
  T(connect(c, (void *)&in, sizeof in));
  T(bind(c, (void *)&in, sizeof in));
  in.sin_family = AF_UNSPEC;
  T(bind(c, (void *)&in, sizeof in));
  in.sin_addr.s_addr = 0;
  in.sin_port = 0;
  T(bind(c, (void *)&in, sizeof in));
  T(bind(c, (void *)&in, 15));
}

CASE(accept_errors, "calls that a socket is not ready for") {
  int c = socket(AF_INET, SOCK_STREAM, 0);
  T(accept(c, NULL, NULL));
  T(recv(c, buffer, 1, 0));
  T(send(c, "x", 1, MSG_NOSIGNAL));
  T(shutdown(c, SHUT_RDWR));
  struct sockaddr_in name;
  socklen_t length = sizeof name;
  T(getpeername(c, (void *)&name, &length));
  T(getsockname(c, (void *)&name, &length));
  say("%x %d", name.sin_addr.s_addr, name.sin_port);
  say_poll("fresh", socket(AF_INET, SOCK_STREAM, 0));
  int l = tcp_listener(1);
  T(recv(l, buffer, 1, 0));
  T(send(l, "x", 1, MSG_NOSIGNAL));
  T(connect(l, (void *)&in, sizeof in));
  say_poll("listener", l);
  T(socketpair(AF_INET, SOCK_STREAM, 0, s));
}

CASE(port_in_use, "a port is one listener's") {
  int l = tcp_listener(1), b = socket(AF_INET, SOCK_STREAM, 0);
  T(bind(b, (void *)&in, sizeof in));
  T(set_int(b, SOL_SOCKET, SO_REUSEADDR, 1));
  T(bind(b, (void *)&in, sizeof in));
  set_int(l, SOL_SOCKET, SO_REUSEADDR, 1);
  T(bind(b, (void *)&in, sizeof in));
  struct sockaddr_in any = in;
  any.sin_addr.s_addr = 0;
  T(bind(b, (void *)&any, sizeof any));
  any.sin_addr.s_addr = htonl(0x7f000002);
  T(bind(b, (void *)&any, sizeof any));
  T(bind(b, (void *)&any, sizeof any));
}

CASE(shared_port, "with SO_REUSEPORT listeners share a port") {
  lo_up();
  int a = socket(AF_INET, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(0);
  set_int(a, SOL_SOCKET, SO_REUSEPORT, 1);
  T(bind(a, (void *)&in, sizeof in));
  socklen_t length = sizeof in;
  getsockname(a, (void *)&in, &length);
  T(bind(b, (void *)&in, sizeof in));
  set_int(b, SOL_SOCKET, SO_REUSEPORT, 1);
  T(bind(b, (void *)&in, sizeof in));
  T(listen(a, 1));
  T(listen(b, 1));
}

CASE(reuse_before_listen, "with SO_REUSEADDR two may bind, one may listen") {
  lo_up();
  int a = socket(AF_INET, SOCK_STREAM, 0), b = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(0);
  set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
  set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
  bind(a, (void *)&in, sizeof in);
  socklen_t length = sizeof in;
  getsockname(a, (void *)&in, &length);
  T(bind(b, (void *)&in, sizeof in));
  T(listen(a, 1));
  T(listen(b, 1));
}

CASE(restart_of_a_server, "a server that is restarted needs SO_REUSEADDR while old connections linger") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM, 0);
  set_int(l, SOL_SOCKET, SO_REUSEADDR, 1);
  connect(c, (void *)&in, sizeof in);
  int a = accept(l, NULL, NULL);
  close(a);
  READ(c);
  close(c);
  close(l);
  int b = socket(AF_INET, SOCK_STREAM, 0);
  T(bind(b, (void *)&in, sizeof in));
  set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
  T(bind(b, (void *)&in, sizeof in));
  T(listen(b, 1));
}

CASE(low_ports, "ports below 1024 need a capability") {
  int c = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(77);
  setresuid(1000, 1000, 1000);
  T(bind(c, (void *)&in, sizeof in));
  in.sin_port = 0;
  lo_up();
  T(bind(c, (void *)&in, sizeof in));
  T(bind(c, (void *)&in, sizeof in));
}

CASE(any_address, "a listener for any address is reached by all of the network") {
  lo_up();
  int l = socket(AF_INET, SOCK_STREAM, 0);
  T(listen(l, 5));
  socklen_t length = sizeof in;
  getsockname(l, (void *)&in, &length);
  T(ntohl(in.sin_addr.s_addr));
  unsigned to[] = {0x7f000001, 0x7f000002, 0x7f123456, 0};
  for (int i = 0; i < 4; i++) {
    int c = socket(AF_INET, SOCK_STREAM, 0);
    in.sin_addr.s_addr = htonl(to[i]);
    T(connect(c, (void *)&in, sizeof in));
    struct sockaddr_in own, peer;
    length = sizeof own;
    getsockname(c, (void *)&own, &length);
    getpeername(c, (void *)&peer, &length);
    say("%x to %x", ntohl(own.sin_addr.s_addr), ntohl(peer.sin_addr.s_addr));
    int a = accept(l, NULL, NULL);
    getsockname(a, (void *)&own, &length);
    say("at %x", ntohl(own.sin_addr.s_addr));
  }
}

CASE(accept_wakes, "a sleeping accept gets the connection, or a signal, or its time is up") {
  int l = tcp_listener(5);
  int pid = fork();
  if (pid == 0) {
    catch_signal(SIGUSR1, 0);
    T(accept(l, NULL, NULL));
    int a = accept(l, NULL, NULL);
    READ(a);
    struct timeval time = {0, 20000};
    setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    T(accept(l, NULL, NULL));
    _exit(0);
  }
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  usleep(20000);
  await_state(pid, "S");
  int c = socket(AF_INET, SOCK_STREAM, 0);
  connect(c, (void *)&in, sizeof in);
  write(c, "x", 1);
  reap("server", pid);
}

CASE(shut_listener, "a listener that is shut down stops listening") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM, 0);
  T(connect(c, (void *)&in, sizeof in));
  int pid = fork();
  if (pid == 0) {
    T(accept(l, NULL, NULL) >= 0);
    T(accept(l, NULL, NULL));
    _exit(0);
  }
  usleep(20000);
  await_state(pid, "S");
  int written = shutdown(l, SHUT_WR), read = shutdown(l, SHUT_RD);
  reap("server", pid);
  T(written);
  T(read);
  T(connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&in, sizeof in));
  T(listen(l, 5));
}

CASE(closed_listener, "connections that nobody accepted are reset") {
  int l = tcp_listener(5), c = socket(AF_INET, SOCK_STREAM, 0);
  T(connect(c, (void *)&in, sizeof in));
  close(l);
  READ(c);
  READ(c);
}
