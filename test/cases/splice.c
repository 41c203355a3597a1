/* splice, tee, vmsplice, packets, sync_file_range. */
#include "case.h"

static int ends[2], other[2];

static void pipes(void) {
  pipe(ends);
  pipe(other);
}

static void say_pipe(const char *what, int fd) {
  int n;
  ioctl(fd, FIONREAD, &n);
  say("%s: %d bytes", what, n);
}

static void say_read(int fd, int size) {
  char buf[10000] = "";
  long n = read(fd, buf, size);
  say("read %d: %ld %.30s", size, n, buf);
}

CASE(splice_to_file, "from a pipe into a file, at its position or another place") {
  char text[20] = "";
  loff_t at = 3;
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  pipes();
  write(ends[1], "0123456789", 10);
  T(splice(ends[0], NULL, fd, NULL, 4, 0));
  T(splice(ends[0], NULL, fd, &at, 4, 0));
  say("offset %lld, position %lld", at, (long long)lseek(fd, 0, SEEK_CUR));
  T(splice(ends[0], NULL, fd, NULL, 100, 0));
  T(pread(fd, text, 20, 0));
  say("%s", text);
  T(splice(ends[0], NULL, fd, NULL, 10, SPLICE_F_NONBLOCK));
  close(ends[1]);
  T(splice(ends[0], NULL, fd, NULL, 10, 0));
}

CASE(splice_from_file, "from a file into a pipe, as much as there is room for") {
  loff_t at = 5;
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  pipes();
  ftruncate(fd, 100000);
  pwrite(fd, "beginning", 9, 0);
  T(splice(fd, NULL, ends[1], NULL, 9, 0));
  T(splice(fd, &at, ends[1], NULL, 4, 0));
  say("offset %lld, position %lld", at, (long long)lseek(fd, 0, SEEK_CUR));
  say_read(ends[0], 100);
  T(splice(fd, NULL, ends[1], NULL, 100000, 0));
  say_pipe("pipe", ends[0]);
  T(splice(fd, NULL, ends[1], NULL, 1, SPLICE_F_NONBLOCK));
  at = 100000;
  T(splice(fd, &at, other[1], NULL, 10, 0));
  close(other[0]);
  signal(SIGPIPE, SIG_IGN);
  at = 0;
  T(splice(fd, &at, other[1], NULL, 10, 0));
}

CASE(splice_between, "from a pipe to a pipe") {
  pipes();
  write(ends[1], "first", 5);
  T(splice(ends[0], NULL, other[1], NULL, 3, 0));
  say_pipe("from", ends[0]);
  T(splice(ends[0], NULL, other[1], NULL, 30, 0));
  say_read(other[0], 100);
  T(splice(ends[0], NULL, other[1], NULL, 30, SPLICE_F_NONBLOCK));
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  T(splice(ends[0], NULL, other[1], NULL, 30, 0));
  T(splice(ends[0], NULL, ends[1], NULL, 30, 0));
}

CASE(splice_errors, "what splice refuses, in its order") {
  loff_t at = 0, negative = -1;
  int fd = open("file", O_CREAT | O_RDWR, 0600), more = open("file", O_WRONLY | O_APPEND), null = open("/dev/null", O_RDWR);
  pipes();
  write(ends[1], "text", 4);
  T(splice(99, NULL, 98, NULL, 0, 0));
  T(splice(99, NULL, 98, NULL, 1, 16));
  T(splice(99, NULL, ends[1], NULL, 1, 0));
  T(splice(fd, NULL, fd, NULL, 1, 0));
  T(splice(ends[0], &at, fd, NULL, 1, 0));
  T(splice(fd, NULL, ends[1], &at, 1, 0));
  T(splice(fd, (void *)1, ends[1], NULL, 1, 0));
  T(splice(ends[1], NULL, fd, NULL, 1, 0));
  T(splice(ends[0], NULL, ends[0], NULL, 1, 0));
  T(splice(ends[0], NULL, more, NULL, 1, 0));
  T(splice(ends[0], NULL, fd, &negative, 1, 0));
  T(splice(ends[0], NULL, null, NULL, 2, 0));
  say_pipe("left", ends[0]);
}

CASE(splice_blocks, "an empty pipe is waited for, a full one too") {
  char *big = calloc(1, 65536);
  int fd = open("file", O_CREAT | O_RDWR, 0600), pid;
  pipes();
  if ((pid = fork()) == 0) {
    T(splice(ends[0], NULL, fd, NULL, 100, 0));
    _exit(0);
  }
  await_state(pid, "S");
  write(ends[1], "now", 3);
  waitpid(pid, NULL, 0);
  write(other[1], big, 65536);
  if ((pid = fork()) == 0) {
    loff_t at = 0;
    T(splice(fd, &at, other[1], NULL, 100, 0));
    _exit(0);
  }
  await_state(pid, "S");
  read(other[0], big, 4096);
  waitpid(pid, NULL, 0);
  say_pipe("pipe", other[0]);
}

CASE(tee_copies, "tee leaves what it copies") {
  pipes();
  write(ends[1], "something", 9);
  T(tee(ends[0], other[1], 4, 0));
  T(tee(ends[0], other[1], 100, 0));
  say_read(ends[0], 100);
  say_read(other[0], 100);
  T(tee(ends[0], other[1], 4, SPLICE_F_NONBLOCK));
  T(tee(ends[0], ends[1], 4, 0));
  T(tee(99, 98, 0, 0));
  T(tee(99, 98, 4, 0));
  T(tee(ends[1], other[1], 4, 0));
  close(ends[1]);
  T(tee(ends[0], other[1], 4, 0));
}

CASE(vmsplice_both, "vmsplice gives memory to a pipe, and takes from one") {
  char buf[20] = "", *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct iovec iov[2] = {{"one", 3}, {"two", 3}}, in = {buf, 10}, none = {buf, 0}, bad = {(void *)1, 5};
  struct iovec wide = {pages + 4000, 200};
  pipes();
  T(vmsplice(ends[1], iov, 2, 0));
  T(vmsplice(ends[0], &in, 1, 0));
  say("%s", buf);
  T(vmsplice(ends[0], &in, 1, SPLICE_F_NONBLOCK));
  T(vmsplice(ends[1], &none, 1, 0));
  T(vmsplice(ends[1], &bad, 1, 0));
  T(vmsplice(1, &none, 1, 0));
  T(vmsplice(99, &in, 1, 0));
  T(vmsplice(ends[1], iov, 2, 32));
  T(vmsplice(ends[1], &wide, 1, 0));
  fcntl(ends[1], F_SETPIPE_SZ, 8192);
  T(vmsplice(ends[1], iov, 2, SPLICE_F_NONBLOCK));
  say_pipe("pipe", ends[0]);
}

CASE(pipe_packets, "O_DIRECT keeps writes apart; a short read loses the rest") {
  T(pipe2(ends, O_DIRECT));
  write(ends[1], "first", 5);
  write(ends[1], "second", 6);
  write(ends[1], "", 0);
  write(ends[1], "third", 5);
  say_read(ends[0], 100);
  say_read(ends[0], 3);
  say_read(ends[0], 100);
  fcntl(ends[1], F_SETFL, 0);
  write(ends[1], "a", 1);
  write(ends[1], "b", 1);
  say_read(ends[0], 100);
}

CASE(sync_range, "sync_file_range looks at its arguments") {
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  pipes();
  T(sync_file_range(fd, 0, 0, 0));
  T(sync_file_range(fd, 0, 10, 7));
  T(sync_file_range(fd, 0, 10, 8));
  T(sync_file_range(fd, -1, 10, 0));
  T(sync_file_range(fd, 10, -1, 0));
  T(sync_file_range(fd, 0x7fffffffffffffffLL, 1, 0));
  T(sync_file_range(99, -1, 10, 8));
  T(sync_file_range(ends[0], 0, 0, 0));
  T(readahead(fd, 0, 10));
  T(readahead(ends[0], 0, 10));
  T(readahead(ends[1], 0, 10));
}
