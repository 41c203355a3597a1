/* Options of every socket, and requests by ioctl. */
#include "sockets.h"

CASE(types, "SO_TYPE, SO_DOMAIN and SO_PROTOCOL say what a socket is, and cannot be set") {
  pair(SOCK_SEQPACKET);
  T(int_option(s[0], SOL_SOCKET, SO_TYPE));
  T(int_option(s[0], SOL_SOCKET, SO_DOMAIN));
  T(int_option(s[0], SOL_SOCKET, SO_PROTOCOL));
  T(int_option(s[0], SOL_SOCKET, SO_ACCEPTCONN));
  T(set_int(s[0], SOL_SOCKET, SO_TYPE, 1));
  T(set_int(s[0], SOL_SOCKET, SO_ERROR, 1));
  T(set_int(s[0], SOL_SOCKET, SO_ACCEPTCONN, 1));
}

CASE(booleans, "flags come back as 0 or 1") {
  pair(SOCK_STREAM);
  int names[] = {SO_REUSEADDR, SO_REUSEPORT, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_PASSCRED, SO_TIMESTAMP, SO_DEBUG};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    int before = int_option(s[0], SOL_SOCKET, names[i]);
    int result = set_int(s[0], SOL_SOCKET, names[i], 55);
    say("%d: %d, set %d, %d", names[i], before, result, int_option(s[0], SOL_SOCKET, names[i]));
    set_int(s[0], SOL_SOCKET, names[i], 0);
    T(int_option(s[0], SOL_SOCKET, names[i]));
  }
}

CASE(buffer_sizes, "buffer sizes are doubled, and kept within limits") {
  pair(SOCK_STREAM);
  int sizes[] = {0, 1, 2000, 5000, 100000, 180224, 200000, 0x7fffffff, -1};
  T(int_option(s[0], SOL_SOCKET, SO_SNDBUF));
  T(int_option(s[0], SOL_SOCKET, SO_RCVBUF));
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    set_int(s[0], SOL_SOCKET, SO_SNDBUF, sizes[i]);
    set_int(s[0], SOL_SOCKET, SO_RCVBUF, sizes[i]);
    say("%d: %d %d", sizes[i], int_option(s[0], SOL_SOCKET, SO_SNDBUF), int_option(s[0], SOL_SOCKET, SO_RCVBUF));
  }
  T(set_int(s[0], SOL_SOCKET, SO_SNDBUFFORCE, 1000000));
  T(int_option(s[0], SOL_SOCKET, SO_SNDBUF));
  T(set_int(s[0], SOL_SOCKET, SO_RCVBUFFORCE, -5));
  T(int_option(s[0], SOL_SOCKET, SO_RCVBUF));
  T(int_option(s[0], SOL_SOCKET, SO_SNDLOWAT));
  setresuid(1000, 1000, 1000);
  T(set_int(s[0], SOL_SOCKET, SO_SNDBUFFORCE, 1000));
}

CASE(lengths, "lengths that are too short, too long, negative") {
  pair(SOCK_STREAM);
  int value = -1;
  T(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &value, 3));
  T(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &value, -1));
  T(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, (void *)16, 4));
  long many[4] = {5000};
  T(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, many, sizeof many));
  socklen_t length = 2;
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, &length));
  say("%x %u", value, length);
  length = 100;
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, many, &length));
  T(length);
  length = 0;
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, &length));
  length = -1;
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, &length));
  length = 4;
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, (void *)16, &length));
  T(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &value, (void *)16));
  T(getsockopt(s[0], SOL_SOCKET, 999, &value, &length));
  T(set_int(s[0], SOL_SOCKET, 999, 1));
  T(getsockopt(s[0], SOL_TCP, 1, &value, &length));
  T(set_int(s[0], SOL_IP, 1, 1));
  T(set_int(0, SOL_SOCKET, SO_SNDBUF, 1));
  T(set_int(99, SOL_SOCKET, SO_SNDBUF, 1));
}

CASE(linger, "SO_LINGER keeps its time while it is off") {
  pair(SOCK_STREAM);
  struct linger l = {1, 10};
  T(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, 4));
  T(setsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, sizeof l));
  socklen_t length = sizeof l;
  T(getsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, &length));
  say("%d %d", l.l_onoff, l.l_linger);
  l = (struct linger){0, 20};
  setsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, sizeof l);
  T(getsockopt(s[0], SOL_SOCKET, SO_LINGER, &l, &length));
  say("%d %d", l.l_onoff, l.l_linger);
}

CASE(timeouts, "timeouts in both layouts, rounded up to ticks") {
  pair(SOCK_STREAM);
  struct timeval tv = {2, 500000};
  T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  tv = (struct timeval){-5, 0};
  T(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
  socklen_t length = sizeof tv;
  T(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &length));
  say("%ld.%06ld %u", (long)tv.tv_sec, (long)tv.tv_usec, length);
  T(getsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, &length));
  say("%ld.%06ld", (long)tv.tv_sec, (long)tv.tv_usec);
  tv = (struct timeval){0, 1000001};
  T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  tv = (struct timeval){0, 1001};
  T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  T(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &length));
  say("%ld.%06ld", (long)tv.tv_sec, (long)tv.tv_usec);
  long long wide[2] = {3, 250000};
  T(setsockopt(s[0], SOL_SOCKET, 66, wide, sizeof wide));
  T(setsockopt(s[0], SOL_SOCKET, 67, wide, 8));
  length = sizeof wide;
  T(getsockopt(s[0], SOL_SOCKET, 66, wide, &length));
  say("%lld.%06lld %u", wide[0], wide[1], length);
  T(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &length));
  say("%ld.%06ld %u", (long)tv.tv_sec, (long)tv.tv_usec, length);
}

CASE(priority_and_mark, "SO_PRIORITY and SO_MARK need capabilities for some values") {
  pair(SOCK_STREAM);
  T(set_int(s[0], SOL_SOCKET, SO_PRIORITY, 7));
  T(int_option(s[0], SOL_SOCKET, SO_PRIORITY));
  T(set_int(s[0], SOL_SOCKET, SO_MARK, 5));
  T(int_option(s[0], SOL_SOCKET, SO_MARK));
  setresuid(1000, 1000, 1000);
  T(set_int(s[0], SOL_SOCKET, SO_PRIORITY, 6));
  T(set_int(s[0], SOL_SOCKET, SO_PRIORITY, 7));
  T(set_int(s[0], SOL_SOCKET, SO_MARK, 5));
  T(set_int(s[0], SOL_SOCKET, SO_DEBUG, 1));
  T(set_int(s[0], SOL_SOCKET, SO_DEBUG, 0));
}

CASE(peer_name, "SO_PEERNAME wants a buffer no larger than the name") {
  pair(SOCK_STREAM);
  char raw[110];
  socklen_t length = 2;
  T(getsockopt(s[0], SOL_SOCKET, SO_PEERNAME, raw, &length));
  T(length);
  length = 110;
  T(getsockopt(s[0], SOL_SOCKET, SO_PEERNAME, raw, &length));
  T(getsockopt(socket(AF_UNIX, SOCK_STREAM, 0), SOL_SOCKET, SO_PEERNAME, raw, &length));
}

CASE(device_binding, "SO_BINDTODEVICE knows lo") {
  pair(SOCK_STREAM);
  T(setsockopt(s[0], SOL_SOCKET, SO_BINDTODEVICE, "eth7", 5));
  T(setsockopt(s[0], SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  T(int_option(s[0], SOL_SOCKET, SO_BINDTOIFINDEX));
  T(setsockopt(s[0], SOL_SOCKET, SO_BINDTODEVICE, "", 0));
  T(int_option(s[0], SOL_SOCKET, SO_BINDTOIFINDEX));
  T(set_int(s[0], SOL_SOCKET, SO_DETACH_FILTER, 0));
}

CASE(rcvlowat_values, "SO_RCVLOWAT is at least 1") {
  pair(SOCK_STREAM);
  int values[] = {0, 5, -1};
  for (int i = 0; i < 3; i++) {
    T(set_int(s[0], SOL_SOCKET, SO_RCVLOWAT, values[i]));
    T(int_option(s[0], SOL_SOCKET, SO_RCVLOWAT));
  }
}

CASE(ioctls, "FIONBIO, FIOASYNC, owners and what is unknown") {
  pair(SOCK_STREAM);
  int on = 1, owner = 0;
  T(ioctl(s[0], FIONBIO, &on));
  T(fcntl(s[0], F_GETFL) == (O_RDWR | O_NONBLOCK));
  T(ioctl(s[0], FIONREAD, (void *)16));
  owner = getpid();
  T(ioctl(s[0], FIOSETOWN, &owner));
  T(fcntl(s[0], F_GETOWN) == getpid());
  owner = 0;
  T(ioctl(s[0], SIOCGPGRP, &owner));
  T(owner == getpid());
  T(ioctl(s[0], TCGETS, buffer));
  T(ioctl(s[0], 0x8999, buffer));
  T(isatty(s[0]));
}

CASE(device_requests, "any socket answers for the loopback device") {
  lo_up();
  pair(SOCK_STREAM);
  struct ifreq r = {.ifr_name = "lo"};
  T(ioctl(s[0], SIOCGIFFLAGS, &r));
  say("flags %x", (unsigned short)r.ifr_flags);
  T(ioctl(s[0], SIOCGIFINDEX, &r));
  T(r.ifr_ifindex);
  T(ioctl(s[0], SIOCGIFMTU, &r));
  T(r.ifr_mtu);
  T(ioctl(s[0], SIOCGIFHWADDR, &r));
  T(r.ifr_hwaddr.sa_family);
  T(ioctl(s[0], SIOCGIFTXQLEN, &r));
  T(r.ifr_qlen);
  strcpy(r.ifr_name, "eth7");
  T(ioctl(s[0], SIOCGIFFLAGS, &r));
  memset(&r, 0, sizeof r);
  r.ifr_ifindex = 1;
  T(ioctl(s[0], SIOCGIFNAME, &r));
  say("name %s", r.ifr_name);
  r.ifr_ifindex = 77;
  T(ioctl(s[0], SIOCGIFNAME, &r));
  setresuid(1000, 1000, 1000);
  strcpy(r.ifr_name, "lo");
  T(ioctl(s[0], SIOCSIFFLAGS, &r));
}
