/* AF_UNIX names: paths, abstract ones, those that the kernel chooses; listen, connect, accept. */
#include "sockets.h"

static void say_name(const char *what, int fd, int peer) {
  struct sockaddr_un address;
  memset(&address, 'z', sizeof address);
  socklen_t length = sizeof address;
  long result = peer ? getpeername(fd, (void *)&address, &length) : getsockname(fd, (void *)&address, &length);
  if (result < 0) say("%s: %s", what, strerrorname_np(errno));
  else say_un(what, &address, length);
}

CASE(socket_types, "what kinds of sockets there are") {
  T(socket(AF_UNIX, SOCK_STREAM, 1) >= 0);
  T(socket(AF_UNIX, SOCK_STREAM, 2));
  T(socket(AF_UNIX, SOCK_RAW, 0) >= 0);
  T(socket(AF_UNIX, SOCK_RDM, 0));
  T(socket(AF_UNIX, 11, 0));
  T(socket(AF_UNIX, 15, 0));
  T(socket(AF_UNIX, SOCK_STREAM | 0x10, 0));
  T(socket(-1, SOCK_STREAM, 0));
  T(socket(46, SOCK_STREAM, 0));
  T(socket(0, SOCK_STREAM, 0));
  int fd = socket(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  T(int_option(fd, SOL_SOCKET, SO_TYPE));
  T(fcntl(fd, F_GETFD));
  T(fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
  T(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)16));
  T(socketpair(AF_UNIX, SOCK_RDM, 0, s));
}

CASE(bind_makes_inode, "bind makes a socket inode with the umask's permissions") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  umask(027);
  T(bind_un(fd, "sock"));
  struct stat st;
  T(stat("sock", &st));
  say("mode %o size %ld links %lu", st.st_mode, (long)st.st_size, (unsigned long)st.st_nlink);
  T(open("sock", O_RDWR));
  T(open("sock", O_PATH) >= 0);
  say_name("name", fd, 0);
}

CASE(bind_twice, "a name is taken once, a socket bound once") {
  int a = socket(AF_UNIX, SOCK_STREAM, 0), b = socket(AF_UNIX, SOCK_STREAM, 0);
  T(bind_un(a, "sock"));
  T(bind_un(b, "sock"));
  T(bind_un(a, "other"));
  T(access("other", F_OK));
  T(bind_un(a, "sock"));
  T(bind_un(a, "@abstract"));
  close(a);
  T(bind_un(b, "sock"));
  T(unlink("sock"));
  T(bind_un(b, "sock"));
}

CASE(bind_errors, "places where no socket can be made") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  mkdir("d", 0755);
  put("plain", "");
  T(bind_un(fd, "missing/sock"));
  T(bind_un(fd, "plain/sock"));
  T(bind_un(fd, "plain"));
  T(bind_un(fd, "d"));
  T(bind_un(fd, "new/"));
  symlink("nowhere", "link");
  T(bind_un(fd, "link"));
  name_un("x");
  T(bind(fd, (void *)&un, 1));
  T(bind(fd, (void *)&un, 111));
  T(bind(fd, (void *)&un, 200));
  T(bind(fd, (void *)&un, -1));
  T(bind(fd, (void *)16, 10));
  un.sun_family = AF_INET;
  T(bind(fd, (void *)&un, 10));
  chmod("d", 0555);
  setresuid(1000, 1000, 1000);
  T(bind_un(fd, "d/sock"));
}

CASE(path_without_nul, "a path may end with its address rather than with a NUL") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  name_un("abcdef");
  T(bind(fd, (void *)&un, 2 + 3));
  say_name("name", fd, 0);
  T(access("abc", F_OK));
  int whole = socket(AF_UNIX, SOCK_STREAM, 0);
  memset(un.sun_path, 'p', sizeof un.sun_path);
  T(bind(whole, (void *)&un, sizeof un));
  struct sockaddr_un address;
  socklen_t length = sizeof address;
  T(getsockname(whole, (void *)&address, &length));
  T(length);
}

CASE(abstract_names, "abstract names are bytes, told apart by their length and the type") {
  int a = socket(AF_UNIX, SOCK_STREAM, 0), b = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0);
  T(bind_un(a, "@name"));
  T(bind_un(b, "@name"));
  T(bind_un(d, "@name"));
  name_un("@name");
  T(bind(b, (void *)&un, sizeof un));
  say_name("a", a, 0);
  say_name("b", b, 0);
  T(listen(a, 1));
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  T(connect_un(c, "@name"));
  say_name("peer", c, 1);
  close(a);
  int e = socket(AF_UNIX, SOCK_STREAM, 0);
  T(bind_un(e, "@name"));
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "@name"));
}

CASE(autobind, "an address without a path gets an abstract name of five digits") {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sa_family_t family = AF_UNIX;
  T(bind(fd, (void *)&family, sizeof family));
  struct sockaddr_un address;
  socklen_t length = sizeof address;
  T(getsockname(fd, (void *)&address, &length));
  T(length);
  T(address.sun_path[0]);
  T(strspn(address.sun_path + 1, "0123456789abcdef") >= 5);
  T(bind(fd, (void *)&family, sizeof family));
  T(bind_un(fd, "x"));
}

CASE(short_name_buffer, "names are cut to the room, and the whole length is told") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  bind_un(fd, "abcdef");
  char raw[8] = "zzzzzzz";
  socklen_t length = 4;
  T(getsockname(fd, (void *)raw, &length));
  say("%u %.6s", length, raw + 2);
  length = 0;
  T(getsockname(fd, (void *)raw, &length));
  T(length);
  length = -1;
  T(getsockname(fd, (void *)raw, &length));
  length = 8;
  T(getsockname(fd, (void *)16, &length));
  T(getsockname(fd, (void *)raw, (void *)16));
}

CASE(connect_errors, "connect to what does not listen") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), bound = socket(AF_UNIX, SOCK_STREAM, 0);
  put("plain", "");
  bind_un(bound, "bound");
  int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(dgram, "dgram");
  T(connect_un(fd, "missing"));
  T(connect_un(fd, "plain"));
  T(connect_un(fd, "bound"));
  T(connect_un(fd, "dgram"));
  T(connect_un(dgram, "bound"));
  T(connect_un(fd, "@nobody"));
  T(connect(fd, (void *)&un, 2));
  T(connect(fd, (void *)&un, 0));
  un.sun_family = AF_UNSPEC;
  T(connect(fd, (void *)&un, sizeof un));
  listen(bound, 1);
  chmod("bound", 0600);
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    T(connect_un(fd, "bound"));
    _exit(0);
  }
  wait(NULL);
  T(connect_un(fd, "bound"));
  T(connect_un(fd, "bound"));
  T(connect_un(bound, "bound"));
}

CASE(listen_rules, "listen needs a name and no connection") {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  T(listen(fd, 1));
  bind_un(fd, "srv");
  T(listen(fd, 1));
  T(listen(fd, 5));
  T(int_option(fd, SOL_SOCKET, SO_ACCEPTCONN));
  say_poll("listener", fd);
  pair(SOCK_STREAM);
  T(bind_un(s[0], "named"));
  T(listen(s[0], 1));
  int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind_un(dgram, "d");
  T(listen(dgram, 1));
  T(accept(dgram, NULL, NULL));
  T(read(fd, buffer, 1));
  T(write(fd, "x", 1));
  T(in_queue(fd));
}

CASE(accept_names, "both ends know the listener's name") {
  int l = listen_un(SOCK_STREAM, "srv", 5), c = socket(AF_UNIX, SOCK_STREAM, 0);
  T(connect_un(c, "srv"));
  say_poll("listener", l);
  T(write(c, "early", 5));
  struct sockaddr_un peer;
  socklen_t length = sizeof peer;
  int a = accept4(l, (void *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
  say_un("peer of the new one", &peer, length);
  T(fcntl(a, F_GETFD));
  T(fcntl(a, F_GETFL) == (O_RDWR | O_NONBLOCK));
  READ(a);
  READ(a);
  say_name("new one", a, 0);
  say_name("new one's peer", a, 1);
  say_name("client's peer", c, 1);
  say_name("client", c, 0);
  T(accept4(l, NULL, NULL, 1));
  nonblocking(l);
  T(accept(l, NULL, NULL));
}

CASE(client_name, "a client may have a name of its own") {
  int l = listen_un(SOCK_STREAM, "srv", 5), c = socket(AF_UNIX, SOCK_STREAM, 0);
  T(bind_un(c, "@client"));
  T(connect_un(c, "srv"));
  int a = accept(l, NULL, NULL);
  say_name("peer", a, 1);
  close(c);
  say_name("peer that is gone", a, 1);
}

CASE(backlog_is_full, "a backlog of one lets two wait") {
  int l = listen_un(SOCK_STREAM, "srv", 1);
  for (int i = 0; i < 3; i++) {
    int c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say("%d: %s", i, connect_un(c, "srv") == 0 ? "connected" : strerrorname_np(errno));
  }
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  struct timeval time = {0, 20000};
  setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  T(connect_un(c, "srv"));
  SLEEPING_CHILD(pid, (c = socket(AF_UNIX, SOCK_STREAM, 0), say("connect %d", connect_un(c, "srv"))));
  int a = accept(l, NULL, NULL);
  reap("client", pid);
  T(a >= 0);
}

CASE(listener_goes, "connections that nobody accepted are reset, sleepers refused") {
  int l = listen_un(SOCK_STREAM, "srv", 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  T(connect_un(c, "srv"));
  int pid = fork();
  if (pid == 0) {
    close(l);
    int d = socket(AF_UNIX, SOCK_STREAM, 0);
    T(connect_un(d, "srv"));
    _exit(0);
  }
  await_state(pid, "S");
  close(l);
  reap("client", pid);
  READ(c);
  READ(c);
  T(send(c, "x", 1, MSG_NOSIGNAL));
}

CASE(accept_sleeps, "a sleeping accept gets the connection, and EINVAL when the listener is shut down") {
  int l = listen_un(SOCK_STREAM, "srv", 5);
  int pid = fork();
  if (pid == 0) {
    int a = accept(l, NULL, NULL);
    READ(a);
    T(accept(l, NULL, NULL));
    _exit(0);
  }
  await_state(pid, "S");
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  connect_un(c, "srv");
  write(c, "hello", 5);
  usleep(20000);
  await_state(pid, "S");
  int shut = shutdown(l, SHUT_RD);
  reap("server", pid);
  T(shut);
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "srv"));
}

CASE(accept_timeout, "SO_RCVTIMEO ends a sleeping accept") {
  int l = listen_un(SOCK_STREAM, "srv", 5);
  struct timeval time = {0, 20000};
  setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  T(accept(l, NULL, NULL));
}

CASE(moved_and_linked_names, "a socket is found by its inode, whatever it is called now") {
  int l = listen_un(SOCK_STREAM, "old", 5);
  rename("old", "new");
  link("new", "second");
  symlink("second", "soft");
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "old"));
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "new"));
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "second"));
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "soft"));
  say_name("name", l, 0);
  unlink("new");
  unlink("second");
  T(connect_un(socket(AF_UNIX, SOCK_STREAM, 0), "second"));
}

CASE(fstat_socket, "fstat and /proc/self/fd show the same inode") {
  pair(SOCK_STREAM);
  struct stat st;
  T(fstat(s[0], &st));
  say("mode %o size %ld", st.st_mode, (long)st.st_size);
  char path[40], text[64], expected[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", s[0]);
  int n = readlink(path, text, sizeof text - 1);
  text[n > 0 ? n : 0] = 0;
  snprintf(expected, sizeof expected, "socket:[%lu]", (unsigned long)st.st_ino);
  say("link %s", strcmp(text, expected) == 0 ? "is right" : text);
  T(open(path, O_RDWR));
  T(fchmod(s[0], 0600));
  T(ftruncate(s[0], 0));
  T(mmap(NULL, 4096, PROT_READ, MAP_SHARED, s[0], 0) == MAP_FAILED ? -1 : 0);
  T(fsync(s[0]));
}
