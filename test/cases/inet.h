/* What the topics about internet sockets share. */
#pragma once
#include "sockets.h"

static struct sockaddr_in in;

static inline struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}};
}

/* A socket that listens at a port of the kernel's choice; its address is in `in`. */
static inline int tcp_listener(int backlog) {
  lo_up();
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  in = loopback(0);
  socklen_t length = sizeof in;
  if (bind(fd, (void *)&in, sizeof in) < 0 || listen(fd, backlog) < 0) perror("listener");
  getsockname(fd, (void *)&in, &length);
  return fd;
}

/* A connection in s: s[0] connected, s[1] accepted it. */
static inline void tcp_pair(void) {
  int l = tcp_listener(1);
  s[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(s[0], (void *)&in, sizeof in) < 0) perror("connect");
  s[1] = accept(l, NULL, NULL);
  close(l);
}

/* A UDP socket with a port of the kernel's choice; its address is in `in`. */
static inline int udp_bound(void) {
  lo_up();
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  in = loopback(0);
  socklen_t length = sizeof in;
  if (bind(fd, (void *)&in, sizeof in) < 0) perror("bind");
  getsockname(fd, (void *)&in, &length);
  return fd;
}
