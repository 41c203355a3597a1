/* IPv6 over the loopback device, sockets for both families, and what is told of devices. */
#include "inet.h"
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

static struct sockaddr_in6 in6;

static int listener6(int only) {
  lo_up();
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  set_int(fd, SOL_IPV6, IPV6_V6ONLY, only);
  in6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
  socklen_t length = sizeof in6;
  if (bind(fd, (void *)&in6, sizeof in6) < 0 || listen(fd, 5) < 0) perror("listener6");
  getsockname(fd, (void *)&in6, &length);
  return fd;
}

static void say_in6(const char *what, struct sockaddr_in6 *address) {
  unsigned char *b = address->sin6_addr.s6_addr;
  say("%s: family %d, ..%02x%02x %02x%02x%02x%02x", what, address->sin6_family, b[10], b[11], b[12], b[13], b[14], b[15]);
}

CASE(both_families, "a socket for all of IPv6 takes IPv4 connections too") {
  int l = listener6(0);
  int c6 = socket(AF_INET6, SOCK_STREAM, 0), c4 = socket(AF_INET, SOCK_STREAM, 0);
  in6.sin6_addr = in6addr_loopback;
  T(connect(c6, (void *)&in6, sizeof in6));
  in = loopback(ntohs(in6.sin6_port));
  T(connect(c4, (void *)&in, sizeof in));
  for (int i = 0; i < 2; i++) {
    struct sockaddr_in6 peer;
    socklen_t length = sizeof peer;
    int a = accept(l, (void *)&peer, &length);
    T(length);
    say_in6("peer", &peer);
    getsockname(a, (void *)&peer, &length);
    say_in6("own", &peer);
  }
}

CASE(v6_only, "IPV6_V6ONLY leaves the IPv4 port to others") {
  int l = listener6(1), b = socket(AF_INET, SOCK_STREAM, 0), c4 = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(ntohs(in6.sin6_port));
  T(connect(c4, (void *)&in, sizeof in));
  T(bind(b, (void *)&in, sizeof in));
  T(int_option(l, SOL_IPV6, IPV6_V6ONLY));
  T(set_int(l, SOL_IPV6, IPV6_V6ONLY, 0));
}

CASE(dual_takes_both, "without it the IPv4 port is taken") {
  listener6(0);
  int b = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(ntohs(in6.sin6_port));
  T(bind(b, (void *)&in, sizeof in));
  in.sin_addr.s_addr = 0;
  T(bind(b, (void *)&in, sizeof in));
}

CASE(addresses6, "addresses that are short, of another family, or not here") {
  lo_up();
  int c = socket(AF_INET6, SOCK_STREAM, 0);
  in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(9)};
  T(connect(c, (void *)&in6, 23));
  in6.sin6_addr.s6_addr[0] = 0x20;
  T(connect(c, (void *)&in6, sizeof in6));
  T(bind(c, (void *)&in6, sizeof in6));
  in6.sin6_family = AF_INET;
  T(bind(c, (void *)&in6, sizeof in6));
  struct sockaddr_in6 name;
  socklen_t length = sizeof name;
  T(getsockname(c, (void *)&name, &length));
  T(length);
  T(int_option(c, SOL_SOCKET, SO_DOMAIN));
}

CASE(udp6, "datagrams over IPv6, and to a mapped address") {
  lo_up();
  int a = socket(AF_INET6, SOCK_DGRAM, 0), b = socket(AF_INET6, SOCK_DGRAM, 0), d = socket(AF_INET, SOCK_DGRAM, 0);
  in6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
  T(bind(a, (void *)&in6, sizeof in6));
  socklen_t length = sizeof in6;
  getsockname(a, (void *)&in6, &length);
  in6.sin6_addr = in6addr_loopback;
  T(sendto(b, "six", 3, 0, (void *)&in6, sizeof in6));
  in = loopback(ntohs(in6.sin6_port));
  T(sendto(d, "four", 4, 0, (void *)&in, sizeof in));
  for (int i = 0; i < 2; i++) {
    struct sockaddr_in6 from;
    length = sizeof from;
    say_got("got", recvfrom(a, buffer, 100, 0, (void *)&from, &length), buffer);
    say_in6("from", &from);
  }
}

CASE(interfaces, "getifaddrs finds the loopback device and its addresses") {
  lo_up();
  struct ifaddrs *list;
  T(getifaddrs(&list));
  for (struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
    int family = i->ifa_addr == NULL ? -1 : i->ifa_addr->sa_family;
    say("%s family %d flags %x", i->ifa_name, family, i->ifa_flags);
  }
}

CASE(netlink_names, "a routing socket has the process number as its address") {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl name = {.nl_family = AF_NETLINK};
  T(bind(fd, (void *)&name, sizeof name));
  socklen_t length = sizeof name;
  T(getsockname(fd, (void *)&name, &length));
  T(length);
  T(name.nl_pid == (unsigned)getpid());
  T(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
  T(recv(fd, buffer, 10, MSG_DONTWAIT));
}

CASE(proc_tables, "sockets are listed in /proc/net with their ports and states") {
  tcp_listener(5);
  char wanted[40], line[300];
  snprintf(wanted, sizeof wanted, " 0100007F:%04X 00000000:0000 0A ", ntohs(in.sin_port));
  FILE *file = fopen("/proc/net/tcp", "r");
  int found = 0;
  while (fgets(line, sizeof line, file) != NULL) found += strstr(line, wanted) != NULL;
  T(found);
  file = fopen("/proc/net/if_inet6", "r");
  while (fgets(line, sizeof line, file) != NULL) printf("%s", line);
  listen_un(SOCK_STREAM, "@in-proc", 1);
  file = fopen("/proc/net/unix", "r");
  while (fgets(line, sizeof line, file) != NULL)
    if (strstr(line, "@in-proc") != NULL) say("%.36s ...%s", strchr(line, ':') + 1, strchr(line, '@'));
}
