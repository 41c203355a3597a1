/* Descriptors, positions, holes, pipes, FIFOs, poll, locks. */
#include "common.h"

static char big[200000];

static void positions(void) {
  char buffer[64];
  int fd = open("f", O_CREAT | O_RDWR | O_TRUNC, 0644);
  T(write(fd, "0123456789", 10));
  T(lseek(fd, 0, SEEK_CUR));
  T(lseek(fd, 4, SEEK_SET));
  T(read(fd, buffer, 3));
  T(lseek(fd, -2, SEEK_CUR));
  T(lseek(fd, -20, SEEK_CUR));
  T(lseek(fd, 5, SEEK_END));
  T(read(fd, buffer, 3));
  T(write(fd, "x", 1));
  T(lseek(fd, 0, SEEK_END));
  T(lseek(fd, 0, 9));
  T(lseek(fd, 3, SEEK_DATA));
  T(lseek(fd, 3, SEEK_HOLE));
  T(lseek(fd, 16, SEEK_DATA));
  T(lseek(fd, -1, SEEK_DATA));
  T(pread(fd, buffer, 4, 8));
  T(pread(fd, buffer, 4, 100));
  T(pread(fd, buffer, 4, -1));
  T(pwrite(fd, "yy", 2, 1));
  T(pwrite(fd, "yy", 2, -1));
  T(lseek(fd, 0, SEEK_CUR));
  T(read(fd, buffer, 0));
  T(read(fd, (void *)1, 1));
  T(write(fd, (void *)1, 1));
  T(write(fd, (void *)1, 0));
  T(ftruncate(fd, 5));
  T(lseek(fd, 0, SEEK_END));
  T(ftruncate(fd, 20000));
  T(lseek(fd, 0, SEEK_SET));
  T(read(fd, big, sizeof big));
  int sum = 0;
  for (int i = 0; i < 20000; i++) sum += big[i];
  printf("sum %d\n", sum);
  T(pwrite(fd, "data", 4, 100000));
  T(lseek(fd, 0, SEEK_DATA));
  T(lseek(fd, 0, SEEK_HOLE));
  T(lseek(fd, 5000, SEEK_DATA));
  T(lseek(fd, 5000, SEEK_HOLE));
  T(lseek(fd, 98304, SEEK_HOLE));
  T(lseek(fd, 100003, SEEK_DATA));
  struct stat st;
  fstat(fd, &st);
  printf("blocks %ld\n", (long)st.st_blocks);
  T(fallocate(fd, 0, 4096, 8192));
  fstat(fd, &st);
  printf("blocks %ld size %ld\n", (long)st.st_blocks, (long)st.st_size);
  T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
  fstat(fd, &st);
  printf("blocks %ld size %ld\n", (long)st.st_blocks, (long)st.st_size);
  T(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
  T(fallocate(fd, FALLOC_FL_KEEP_SIZE, 200000, 10));
  T(fallocate(fd, 0, 0, 0));
  T(fallocate(fd, 0, -1, 10));
  T(fallocate(fd, 0, 200000, 100));
  T(lseek(fd, 0, SEEK_END));
  T(ftruncate(fd, -1));
  T(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
  T(posix_fadvise(fd, 0, 0, 77));
  T(fsync(fd));
  T(fdatasync(fd));
  close(fd);
  fd = open("f", O_RDONLY);
  T(write(fd, "x", 1));
  T(ftruncate(fd, 0));
  T(fallocate(fd, 0, 0, 10));
  close(fd);
  fd = open("f", O_WRONLY | O_APPEND);
  T(ftruncate(fd, 10));
  T(lseek(fd, 2, SEEK_SET));
  T(write(fd, "end", 3));
  T(lseek(fd, 0, SEEK_CUR));
  T(pwrite(fd, "end", 3, 0));
  T(lseek(fd, 0, SEEK_END));
  T(read(fd, buffer, 1));
  close(fd);
  fd = open(".", O_RDONLY);
  T(read(fd, buffer, 1));
  T(pread(fd, buffer, 1, 0));
  T(write(fd, buffer, 1));
  T(lseek(fd, 0, SEEK_SET));
  T(ftruncate(fd, 0));
  T(fsync(fd));
  close(fd);
  fd = open("f", O_PATH);
  T(read(fd, buffer, 1));
  T(lseek(fd, 0, SEEK_SET));
  T(fcntl(fd, F_GETFL));
  T(fcntl(fd, F_SETFL, 0));
  T(fchmod(fd, 0600));
  T(fstat(fd, &st));
  T(dup2(fd, 50));
  T(close(50));
  T(fchdir(fd));
  T(ioctl(fd, FIONREAD, buffer));
  close(fd);
  unlink("f");
}

static void vectors(void) {
  char a[4] = "", b[8] = "";
  int fd = open("v", O_CREAT | O_RDWR | O_TRUNC, 0644);
  struct iovec iov[] = {{"one", 3}, {"", 0}, {"twothree", 8}};
  T(writev(fd, iov, 3));
  T(writev(fd, iov, 0));
  T(writev(fd, iov, -1));
  T(writev(fd, iov, 1025));
  struct iovec in[] = {{a, 3}, {b, 7}};
  T(preadv(fd, in, 2, 1));
  printf("%.3s %.7s\n", a, b);
  struct iovec fault[] = {{a, 2}, {(void *)16, 4}};
  T(preadv(fd, fault, 2, 0));
  T(pwritev(fd, fault, 2, 0));
  struct iovec negative[] = {{a, -1}};
  T(readv(fd, negative, 1));
  struct iovec *bad = (void *)1;
  T(readv(fd, bad, 1));
  T(lseek(fd, 0, SEEK_END));
  close(fd);
  unlink("v");
}

static void fill(int size, int direct) {
  int p[2];
  pipe2(p, O_NONBLOCK | (direct ? O_DIRECT : 0));
  long total = 0, calls = 0, got;
  while ((got = write(p[1], big, size)) > 0) {
    total += got;
    calls++;
    if (got < size) printf("  short %ld\n", got);
  }
  int available;
  ioctl(p[0], FIONREAD, &available);
  printf("fill %d%s: %ld calls %ld bytes %s, %d\n", size, direct ? " direct" : "", calls, total, strerrorname_np(errno), available);
  struct pollfd fds[] = {{p[0], 0x7fff, 0}, {p[1], 0x7fff, 0}};
  poll(fds, 2, 0);
  printf("  poll %x %x\n", fds[0].revents, fds[1].revents);
  T(read(p[0], big, 1));
  T(write(p[1], big, 1));
  T(read(p[0], big, 4096));
  T(write(p[1], big, 1));
  T(write(p[1], big, 4096));
  T(read(p[0], big, sizeof big));
  T(read(p[0], big, sizeof big));
  T(write(p[1], big, 3000));
  T(write(p[1], big, 1000));
  T(read(p[0], big, 100));
  T(write(p[1], big, 97));
  T(read(p[0], big, 5000));
  close(p[0]);
  close(p[1]);
}

static void pipes(void) {
  int p[2];
  signal(SIGPIPE, SIG_IGN);
  static const int sizes[] = {1, 100, 4095, 4096, 4097, 5000, 8192, 65536, 70000};
  for (int i = 0; i < 9; i++) fill(sizes[i], 0);
  for (int i = 0; i < 9; i++) fill(sizes[i], 1);
  T(pipe2(p, O_APPEND));
  T(pipe((void *)1));
  pipe(p);
  T(fcntl(p[0], F_GETFL));
  T(fcntl(p[1], F_GETFL));
  T(fcntl(p[0], F_GETPIPE_SZ));
  T(fcntl(p[0], F_SETPIPE_SZ, 5000));
  T(fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
  T(fcntl(p[0], F_SETPIPE_SZ, 0));
  T(lseek(p[0], 0, SEEK_SET));
  T(pread(p[0], big, 1, 0));
  T(read(p[1], big, 1));
  T(write(p[0], big, 1));
  T(ftruncate(p[1], 0));
  T(fsync(p[1]));
  T(ioctl(p[0], TCGETS, big));
  struct stat st;
  fstat(p[0], &st);
  printf("mode %o size %ld nlink %d\n", st.st_mode, (long)st.st_size, (int)st.st_nlink);
  T(write(p[1], "abc", 0));
  T(write(p[1], (void *)1, 1));
  T(write(p[1], "abc", 3));
  T(read(p[0], (void *)1, 1));
  T(read(p[0], big, 0));
  close(p[1]);
  struct pollfd fd = {p[0], POLLIN | POLLOUT, 0};
  T(poll(&fd, 1, 0));
  printf("poll %x\n", fd.revents);
  T(read(p[0], big, 10));
  T(read(p[0], big, 10));
  T(poll(&fd, 1, -1));
  printf("poll %x\n", fd.revents);
  close(p[0]);
  pipe(p);
  close(p[0]);
  fd.fd = p[1];
  T(poll(&fd, 1, 0));
  printf("poll %x\n", fd.revents);
  T(write(p[1], "x", 1));
  T(write(p[1], "", 0));
  close(p[1]);
}

static void fifos(void) {
  struct pollfd fd = {-1, POLLIN | POLLOUT, 0};
  mkfifo("q", 0644);
  T(open("q", O_WRONLY | O_NONBLOCK));
  int r = open("q", O_RDONLY | O_NONBLOCK);
  T(read(r, big, 1));
  fd.fd = r;
  T(poll(&fd, 1, 0));
  printf("poll %x\n", fd.revents);
  int w = open("q", O_WRONLY);
  T(read(r, big, 1));
  T(write(w, "hello", 5));
  T(poll(&fd, 1, 0));
  printf("poll %x\n", fd.revents);
  close(w);
  T(poll(&fd, 1, 0));
  printf("poll %x\n", fd.revents);
  T(read(r, big, 10));
  T(read(r, big, 10));
  close(r);
  int rw = open("q", O_RDWR);
  T(write(rw, "kept", 4));
  T(read(rw, big, 2));
  close(rw);
  rw = open("q", O_RDWR | O_NONBLOCK);
  T(read(rw, big, 2));
  close(rw);
  pid_t pid = fork();
  if (pid == 0) {
    int fd = open("q", O_WRONLY);
    write(fd, "child", 5);
    _exit(0);
  }
  r = open("q", O_RDONLY);
  T(read(r, big, 10));
  T(read(r, big, 10));
  close(r);
  waitpid(pid, NULL, 0);
  unlink("q");
}

/* More than a pipe holds, both ways, with the reader slower. */
static void streams(void) {
  int p[2], total = 0, n;
  pipe(p);
  pid_t pid = fork();
  if (pid == 0) {
    close(p[0]);
    for (int i = 0; i < (int)sizeof big; i++) big[i] = i * 7;
    for (int i = 0; i < 5; i++) printf("");
    long done = write(p[1], big, sizeof big);
    _exit(done == sizeof big ? 0 : 1);
  }
  close(p[1]);
  unsigned sum = 0;
  static char piece[7777];
  while ((n = read(p[0], piece, sizeof piece)) > 0) {
    for (int i = 0; i < n; i++) sum = sum * 31 + (unsigned char)piece[i];
    total += n;
  }
  int status;
  waitpid(pid, &status, 0);
  printf("stream %d bytes sum %u status %d\n", total, sum, status);
  close(p[0]);
}

static void descriptors(void) {
  struct rlimit limit = {20, 4096};
  for (int fd = 3; fd < 64; fd++) close(fd);
  T(dup(0));
  T(dup(99));
  T(dup2(0, 10));
  T(dup2(0, -1));
  T(dup2(10, 10));
  T(dup2(11, 11));
  T(dup3(10, 10, 0));
  T(dup3(10, 12, O_CLOEXEC));
  T(dup3(10, 13, O_APPEND));
  T(fcntl(12, F_GETFD));
  T(fcntl(12, F_SETFD, 0));
  T(fcntl(12, F_GETFD));
  T(fcntl(0, F_DUPFD, 11));
  T(fcntl(0, F_DUPFD_CLOEXEC, 5));
  T(fcntl(5, F_GETFD));
  T(fcntl(0, F_DUPFD, -1));
  T(fcntl(0, F_DUPFD, 1 << 20));
  T(fcntl(0, 12345, 0));
  T(fcntl(99, F_GETFL));
  T(setrlimit(RLIMIT_NOFILE, &limit));
  T(dup2(0, 20));
  T(dup2(0, 19));
  T(fcntl(0, F_DUPFD, 19));
  T(fcntl(0, F_DUPFD, 20));
  while (dup(0) >= 0) {}
  T(dup(0));
  T(open("/", O_RDONLY));
  int p[2];
  T(pipe(p));
  close(7);
  T(pipe(p));
  T(open("/", O_RDONLY));
  for (int fd = 3; fd < 64; fd++) close(fd);
  T(close(3));
  T(close(-1));
  dup2(0, 5);
  dup2(0, 8);
  T(syscall(SYS_close_range, 4, 7, 0));
  T(fcntl(5, F_GETFD));
  T(syscall(SYS_close_range, 4, 100, 4));
  T(fcntl(8, F_GETFD));
  T(syscall(SYS_close_range, 9, 4, 0));
  T(syscall(SYS_close_range, 4, 9, 1));
  close(8);
  limit.rlim_cur = 1024;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void polls(void) {
  int p[2];
  pipe(p);
  struct pollfd fds[] = {{p[0], POLLIN, 7}, {-5, POLLIN, 7}, {99, POLLIN, 7}, {p[1], POLLOUT, 7}};
  T(poll(fds, 4, 0));
  for (int i = 0; i < 4; i++) printf(" %x", fds[i].revents);
  printf("\n");
  T(poll(fds, 2, 20));
  T(poll((void *)1, 1, 0));
  T(poll(fds, 1 << 20, 0));
  T(poll(NULL, 0, 1));
  fd_set in, ready;
  struct timeval tv = {0, 0};
  FD_ZERO(&in);
  FD_ZERO(&ready);
  FD_SET(p[0], &in);
  FD_SET(p[1], &ready);
  T(select(p[1] + 1, &in, &ready, NULL, &tv));
  printf("%d %d\n", !!FD_ISSET(p[0], &in), !!FD_ISSET(p[1], &ready));
  FD_SET(60, &in);
  T(select(61, &in, NULL, NULL, &tv));
  T(select(-1, NULL, NULL, NULL, &tv));
  tv.tv_usec = 10000;
  T(select(0, NULL, NULL, NULL, &tv));
  tv.tv_usec = -5;
  T(select(0, NULL, NULL, NULL, &tv));
  write(p[1], "x", 1);
  FD_ZERO(&in);
  FD_SET(p[0], &in);
  T(select(p[0] + 1, &in, NULL, NULL, NULL));
  int file = open("pf", O_CREAT | O_RDWR, 0644);
  struct pollfd other[] = {{file, 0x7fff, 0}, {open("/", O_RDONLY), 0x7fff, 0}};
  T(poll(other, 2, -1));
  printf("%x %x\n", other[0].revents, other[1].revents);
  unlink("pf");
}

static void show(const struct flock *l) {
  printf("  type %d whence %d start %ld len %ld pid %s\n", l->l_type, l->l_whence, (long)l->l_start, (long)l->l_len, l->l_pid > 0 ? "set" : l->l_pid == 0 ? "0" : "-1");
}

static long try(int fd, int cmd, int type, int whence, int start, int len) {
  struct flock l = {.l_type = type, .l_whence = whence, .l_start = start, .l_len = len};
  errno = 0;
  long result = fcntl(fd, cmd, &l);
  out(result, "lock cmd %d type %d whence %d %d+%d", cmd, type, whence, start, len);
  if (result == 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK)) show(&l);
  return result;
}

static void locks(void) {
  int status;
  int fd = open("l", O_CREAT | O_RDWR | O_TRUNC, 0644);
  write(fd, "0123456789", 10);
  try(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 10);
  try(fd, F_SETLK, F_UNLCK, SEEK_SET, 3, 2);
  try(fd, F_SETLK, F_RDLCK, SEEK_SET, 7, 100);
  try(fd, F_GETLK, F_WRLCK, SEEK_SET, 0, 0);
  try(fd, F_SETLK, F_RDLCK, SEEK_END, -4, -3);
  try(fd, F_SETLK, F_RDLCK, SEEK_SET, -1, 3);
  try(fd, F_SETLK, F_RDLCK, SEEK_SET, 2, -3);
  try(fd, F_SETLK, 77, SEEK_SET, 0, 0);
  try(fd, F_SETLK, F_RDLCK, 7, 0, 0);
  int reader = open("l", O_RDONLY), writer = open("l", O_WRONLY);
  try(reader, F_SETLK, F_WRLCK, SEEK_SET, 200, 1);
  try(writer, F_SETLK, F_RDLCK, SEEK_SET, 200, 1);
  fflush(stdout);
  if (fork() == 0) {
    for (int at = 0; at < 12; at++) try(fd, F_GETLK, F_WRLCK, SEEK_SET, at, 1);
    try(fd, F_GETLK, F_RDLCK, SEEK_SET, 0, 0);
    try(fd, F_GETLK, F_RDLCK, SEEK_SET, 7, 1);
    try(fd, F_SETLK, F_RDLCK, SEEK_SET, 8, 1);
    try(fd, F_SETLK, F_WRLCK, SEEK_SET, 8, 1);
    try(fd, F_SETLK, F_WRLCK, SEEK_SET, 3, 2);
    try(fd, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 1);
    try(fd, F_OFD_GETLK, F_WRLCK, SEEK_SET, 0, 1);
    fflush(stdout);
    _exit(0);
  }
  wait(&status);
  try(fd, F_GETLK, F_WRLCK, SEEK_SET, 3, 2);
  close(dup(fd));
  fflush(stdout);
  if (fork() == 0) {
    try(fd, F_GETLK, F_WRLCK, SEEK_SET, 0, 0);
    fflush(stdout);
    _exit(0);
  }
  wait(&status);
  /* A waiter gets the lock when its holder ends. */
  int p[2];
  pipe(p);
  fflush(stdout);
  if (fork() == 0) {
    try(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 0);
    fflush(stdout);
    write(p[1], "x", 1);
    usleep(20000);
    _exit(0);
  }
  read(p[0], big, 1);
  try(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 0);
  try(fd, F_SETLKW, F_WRLCK, SEEK_SET, 5, 1);
  wait(&status);
  int again = open("l", O_RDWR);
  T(flock(fd, LOCK_SH));
  T(flock(again, LOCK_SH | LOCK_NB));
  T(flock(again, LOCK_EX | LOCK_NB));
  T(flock(fd, LOCK_UN));
  T(flock(again, LOCK_EX | LOCK_NB));
  T(flock(fd, LOCK_SH | LOCK_NB));
  close(again);
  T(flock(fd, LOCK_EX | LOCK_NB));
  T(flock(fd, 0));
  T(flock(fd, LOCK_SH | LOCK_EX));
  T(flock(99, LOCK_SH));
  unlink("l");
}

static void moves(void) {
  int from = open("from", O_CREAT | O_RDWR | O_TRUNC, 0644), to = open("to", O_CREAT | O_RDWR | O_TRUNC, 0644), p[2];
  off_t at = 3;
  loff_t at64 = 2, to64 = 5;
  write(from, "0123456789", 10);
  T(sendfile(to, from, &at, 4));
  printf("at %ld\n", (long)at);
  T(sendfile(to, from, &at, 100));
  printf("at %ld\n", (long)at);
  T(sendfile(to, from, &at, 100));
  T(lseek(from, 0, SEEK_SET));
  T(sendfile(to, from, NULL, 5));
  T(lseek(from, 0, SEEK_CUR));
  T(lseek(to, 0, SEEK_CUR));
  pipe(p);
  at = 0;
  T(sendfile(p[1], from, &at, 10));
  T(read(p[0], big, 20));
  T(sendfile(from, p[0], NULL, 10));
  T(sendfile(99, from, NULL, 10));
  T(sendfile(p[0], from, NULL, 10));
  T(copy_file_range(from, &at64, to, &to64, 100, 0));
  printf("%ld %ld\n", (long)at64, (long)to64);
  T(copy_file_range(from, NULL, to, NULL, 100, 1));
  at64 = 0, to64 = 4;
  T(copy_file_range(from, &at64, from, &to64, 6, 0));
  T(copy_file_range(from, &at64, from, &to64, 3, 0));
  T(copy_file_range(from, &at64, p[1], NULL, 3, 0));
  struct stat st;
  fstat(to, &st);
  printf("size %ld\n", (long)st.st_size);
  memset(big, 0, 64);
  pread(to, big, 64, 0);
  printf("%s\n", big);
  unlink("from");
  unlink("to");
}

int main(void) {
  enter();
  positions();
  vectors();
  pipes();
  fifos();
  streams();
  descriptors();
  polls();
  locks();
  moves();
  return 0;
}
