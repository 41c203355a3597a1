/* UDP over the loopback device. */
#include "inet.h"

CASE(send_and_receive, "a datagram goes to a port and tells where it is from") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  T(sendto(b, "hello", 5, 0, (void *)&in, sizeof in));
  struct sockaddr_in from, own;
  socklen_t length = sizeof from;
  T(in_queue(a));
  say_got("got", recvfrom(a, buffer, 100, 0, (void *)&from, &length), buffer);
  say("%u bytes, %x", length, ntohl(from.sin_addr.s_addr));
  length = sizeof own;
  getsockname(b, (void *)&own, &length);
  T(own.sin_port == from.sin_port);
  T(ntohl(own.sin_addr.s_addr));
  T(sendto(a, "back", 4, 0, (void *)&from, sizeof from));
  READ(b);
}

CASE(truncated, "what does not fit is lost") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(b, "0123456789", 10, 0, (void *)&in, sizeof in);
  sendto(b, "", 0, 0, (void *)&in, sizeof in);
  say_got("peek", recv(a, buffer, 3, MSG_PEEK | MSG_TRUNC), buffer);
  say_got("part", recv(a, buffer, 3, 0), buffer);
  READ(a);
  T(recv(a, buffer, 3, MSG_DONTWAIT));
}

CASE(connected, "a connected socket takes from its peer alone, and needs no name") {
  int a = udp_bound();
  struct sockaddr_in to_a = in;
  int b = udp_bound(), c = socket(AF_INET, SOCK_DGRAM, 0);
  T(connect(a, (void *)&in, sizeof in));
  T(sendto(c, "stranger", 8, 0, (void *)&to_a, sizeof to_a));
  T(sendto(b, "peer", 4, 0, (void *)&to_a, sizeof to_a));
  READ(a);
  T(recv(a, buffer, 9, MSG_DONTWAIT));
  T(send(a, "reply", 5, 0));
  READ(b);
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  T(connect(a, &none, sizeof none));
  T(send(a, "x", 1, 0));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  T(getpeername(a, (void *)&peer, &length));
}

CASE(refused, "a connected sender is told that nobody is there, once") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  close(a);
  T(connect(b, (void *)&in, sizeof in));
  T(send(b, "x", 1, 0));
  say_poll("told", b);
  T(send(b, "x", 1, 0));
  T(send(b, "x", 1, 0));
  T(recv(b, buffer, 1, MSG_DONTWAIT));
  T(recv(b, buffer, 1, MSG_DONTWAIT));
  int c = socket(AF_INET, SOCK_DGRAM, 0);
  T(sendto(c, "x", 1, 0, (void *)&in, sizeof in));
  T(sendto(c, "x", 1, 0, (void *)&in, sizeof in));
}

CASE(send_errors, "sends that lead nowhere") {
  int b = udp_bound();
  T(send(b, "x", 1, 0));
  struct sockaddr_in to = loopback(0);
  T(sendto(b, "x", 1, 0, (void *)&to, sizeof to));
  T(sendto(b, "x", 1, 0, (void *)&in, 15));
  to = in;
  to.sin_family = AF_UNIX;
  T(sendto(b, "x", 1, 0, (void *)&to, sizeof to));
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(0x08080808);
  T(sendto(b, "x", 1, 0, (void *)&to, sizeof to));
  T(sendto(b, buffer, 65508, 0, (void *)&in, sizeof in));
  T(sendto(b, buffer, 65507, 0, (void *)&in, sizeof in));
  T(sendto(b, buffer, 70000, 0, (void *)&in, sizeof in));
  T(send(b, "x", 1, MSG_OOB));
  to.sin_addr.s_addr = htonl(0x7fffffff);
  T(sendto(b, "x", 1, 0, (void *)&to, sizeof to));
  T(listen(b, 1));
  T(accept(b, NULL, NULL));
}

CASE(ports, "a port is one socket's unless both share it") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  T(bind(b, (void *)&in, sizeof in));
  set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
  T(bind(b, (void *)&in, sizeof in));
  set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
  T(bind(b, (void *)&in, sizeof in));
  T(bind(b, (void *)&in, sizeof in));
}

CASE(best_match, "the socket that names the address goes before one for all") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in any = in;
  any.sin_addr.s_addr = 0;
  set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
  set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
  T(bind(b, (void *)&any, sizeof any));
  int c = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(c, "one", 3, 0, (void *)&in, sizeof in);
  in.sin_addr.s_addr = htonl(0x7f000002);
  sendto(c, "two", 3, 0, (void *)&in, sizeof in);
  say_got("named", recv(a, buffer, 9, MSG_DONTWAIT), buffer);
  say_got("all", recv(b, buffer, 9, MSG_DONTWAIT), buffer);
}

CASE(queue_is_full, "a full queue drops silently") {
  int a = udp_bound(), b = socket(AF_INET, SOCK_DGRAM, 0);
  nonblocking(a);
  for (int i = 0; i < 400; i++) sendto(b, "x", 1, 0, (void *)&in, sizeof in);
  int n = 0;
  while (read(a, buffer, 10) == 1) n++;
  T(n);
  for (int i = 0; i < 150; i++) sendto(b, buffer, 1000, 0, (void *)&in, sizeof in);
  n = 0;
  while (read(a, buffer, 10) > 0) n++;
  T(n);
}

CASE(sleeping_receiver, "a sleeping receiver is woken by a datagram, an error, a signal") {
  int a = udp_bound();
  int pid = fork();
  if (pid == 0) {
    catch_signal(SIGUSR1, 0);
    READ(a);
    READ(a);
    _exit(0);
  }
  await_state(pid, "S");
  int b = socket(AF_INET, SOCK_DGRAM, 0);
  sendto(b, "wake", 4, 0, (void *)&in, sizeof in);
  usleep(20000);
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  reap("receiver", pid);
}

CASE(shut, "shutdown of a socket without peer is ENOTCONN and works") {
  int a = udp_bound();
  T(shutdown(a, SHUT_RD));
  T(recv(a, buffer, 10, 0));
  say_poll("shut", a);
  T(connect(a, (void *)&in, sizeof in));
  T(shutdown(a, SHUT_WR));
  T(send(a, "x", 1, MSG_NOSIGNAL));
}

CASE(ip_options, "options of the internet level") {
  int a = udp_bound();
  T(int_option(a, SOL_IP, IP_TTL));
  T(set_int(a, SOL_IP, IP_TTL, 0));
  T(set_int(a, SOL_IP, IP_TTL, 256));
  T(set_int(a, SOL_IP, IP_TTL, 30));
  T(int_option(a, SOL_IP, IP_TTL));
  T(set_int(a, SOL_IP, IP_TTL, -1));
  T(int_option(a, SOL_IP, IP_TTL));
  T(int_option(a, SOL_IP, IP_MULTICAST_TTL));
  T(int_option(a, SOL_IP, IP_MULTICAST_LOOP));
  T(set_int(a, SOL_IP, IP_RECVERR, 5));
  T(int_option(a, SOL_IP, IP_RECVERR));
  T(set_int(a, SOL_IP, 999, 1));
  T(int_option(a, SOL_IP, 999));
  T(set_int(a, SOL_TCP, TCP_NODELAY, 1));
}
CASE(device_list, "SIOCGIFCONF lists the loopback device with its address") {
  lo_up();
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq list[8];
  struct ifconf conf = {.ifc_len = 0, .ifc_req = NULL};
  T(ioctl(fd, SIOCGIFCONF, &conf));
  T(conf.ifc_len);
  conf = (struct ifconf){.ifc_len = sizeof list, .ifc_req = list};
  T(ioctl(fd, SIOCGIFCONF, &conf));
  T(conf.ifc_len);
  struct sockaddr_in *in = (void *)&list[0].ifr_addr;
  say("%s family %d address %x", list[0].ifr_name, in->sin_family, ntohl(in->sin_addr.s_addr));
  conf.ifc_len = 10;
  T(ioctl(fd, SIOCGIFCONF, &conf));
  T(conf.ifc_len);
  struct ifreq r = {.ifr_name = "lo"};
  T(ioctl(fd, SIOCGIFADDR, &r));
  say("address %x", ntohl(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr));
  T(ioctl(fd, SIOCGIFNETMASK, &r));
  say("mask %x", ntohl(((struct sockaddr_in *)&r.ifr_netmask)->sin_addr.s_addr));
  T(ioctl(fd, SIOCGIFBRDADDR, &r));
  say("broadcast %x", ntohl(((struct sockaddr_in *)&r.ifr_broadaddr)->sin_addr.s_addr));
}
