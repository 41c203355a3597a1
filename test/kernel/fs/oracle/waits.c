/* Calls that sleep: in pipes, FIFOs, locks and polls; woken by what they wait for, or by a signal. */
#include "common.h"

static volatile int caught;
static char big[200000];

static void handler(int sig) { caught++; }

static void handle(int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
}

/* SIGALRM after some milliseconds, once. */
static void alarmIn(int ms) {
  struct itimerval timer = {{0, 0}, {0, ms * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* A child that does something after a while. */
#define LATER(ms, ...)  \
  do {                  \
    fflush(stdout);     \
    if (fork() == 0) {  \
      usleep(ms * 1000); \
      __VA_ARGS__;      \
      _exit(0);         \
    }                   \
  } while (0)

static void reap(void) {
  while (wait(NULL) > 0) {}
}

static void pipes(void) {
  int p[2];
  pipe(p);
  LATER(10, write(p[1], "late", 4));
  T(read(p[0], big, 10));
  reap();
  alarmIn(10);
  T(read(p[0], big, 10));
  printf("caught %d\n", caught);
  handle(SA_RESTART);
  alarmIn(10);
  LATER(30, write(p[1], "again", 5));
  T(read(p[0], big, 10));
  reap();
  printf("caught %d\n", caught);
  handle(0);
  alarmIn(10);
  T(write(p[1], big, 100000));
  printf("caught %d\n", caught);
  alarmIn(10);
  T(write(p[1], big, 1));
  T(read(p[0], big, 4096));
  T(write(p[1], big, 1));
  LATER(10, read(p[0], big, 65536));
  T(write(p[1], big, 60000));
  reap();
  handle(SA_RESTART);
  alarmIn(10);
  T(write(p[1], big, 100000));
  alarmIn(10);
  LATER(30, read(p[0], big, 65536));
  T(write(p[1], big, 5000));
  reap();
  handle(0);
  close(p[0]);
  signal(SIGPIPE, SIG_IGN);
  T(write(p[1], "x", 1));
  close(p[1]);
  pipe(p);
  if (fork() == 0) {
    close(p[1]);
    usleep(20000);
    _exit(0);
  }
  close(p[0]);
  T(write(p[1], big, 130000));
  T(write(p[1], big, 1));
  reap();
  pipe(p);
  if (fork() == 0) {
    close(p[0]);
    usleep(20000);
    _exit(0);
  }
  close(p[1]);
  T(read(p[0], big, 1));
  reap();
  close(p[0]);
}

static void fifos(void) {
  mkfifo("fifo", 0600);
  handle(0);
  alarmIn(10);
  T(open("fifo", O_RDONLY));
  alarmIn(10);
  T(open("fifo", O_WRONLY));
  T(open("fifo", O_WRONLY | O_NONBLOCK));
  LATER(10, open("fifo", O_WRONLY));
  int r = open("fifo", O_RDONLY);
  printf("opened %d\n", r >= 0);
  T(read(r, big, 1));
  reap();
  T(read(r, big, 1));
  close(r);
  LATER(10, read(open("fifo", O_RDONLY), big, 1));
  int w = open("fifo", O_WRONLY);
  printf("opened %d\n", w >= 0);
  T(write(w, "x", 1));
  reap();
  T(write(w, "x", 1));
  close(w);
  handle(SA_RESTART);
  alarmIn(10);
  LATER(30, close(open("fifo", O_WRONLY)));
  r = open("fifo", O_RDONLY);
  printf("restarted %d\n", r >= 0);
  reap();
  close(r);
  handle(0);
  unlink("fifo");
}

static long set(int fd, int cmd, int type, int start, int length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, cmd, &l);
}

static void locks(void) {
  int fd = open("lock", O_CREAT | O_RDWR, 0644), p[2];
  pipe(p);
  fflush(stdout);
  if (fork() == 0) {
    set(fd, F_SETLK, F_WRLCK, 0, 1);
    write(p[1], "x", 1);
    usleep(300000);
    _exit(0);
  }
  read(p[0], big, 1);
  alarmIn(10);
  T(set(fd, F_SETLKW, F_WRLCK, 0, 1));
  T(set(fd, F_SETLKW, F_RDLCK, 0, 0));
  T(set(fd, F_SETLKW, F_UNLCK, 0, 0));
  reap();
  /* Each holds what the other wants. */
  set(fd, F_SETLK, F_WRLCK, 10, 1);
  fflush(stdout);
  if (fork() == 0) {
    set(fd, F_SETLK, F_WRLCK, 11, 1);
    write(p[1], "x", 1);
    T(set(fd, F_SETLKW, F_WRLCK, 10, 1));
    fflush(stdout);
    _exit(0);
  }
  read(p[0], big, 1);
  usleep(200000);
  T(set(fd, F_SETLKW, F_WRLCK, 11, 1));
  fflush(stdout);
  set(fd, F_SETLK, F_UNLCK, 0, 0);
  reap();
  int other = open("lock", O_RDWR);
  flock(fd, LOCK_EX);
  alarmIn(10);
  T(flock(other, LOCK_SH));
  LATER(10, flock(fd, LOCK_UN));
  T(flock(other, LOCK_EX));
  reap();
  T(flock(fd, LOCK_SH | LOCK_NB));
  close(other);
  T(flock(fd, LOCK_SH | LOCK_NB));
  unlink("lock");
}

static void polls(void) {
  int p[2], q[2];
  sigset_t mask;
  pipe(p);
  pipe(q);
  struct pollfd fds[] = {{p[0], POLLIN, 0}, {q[0], POLLIN, 0}};
  T(poll(fds, 2, 10));
  LATER(10, write(q[1], "x", 1));
  T(poll(fds, 2, -1));
  printf("%x %x\n", fds[0].revents, fds[1].revents);
  reap();
  T(read(q[0], big, 1));
  alarmIn(10);
  T(poll(fds, 2, 1000));
  handle(SA_RESTART);
  alarmIn(10);
  T(poll(fds, 2, 1000));
  LATER(20, write(p[1], "x", 1));
  fd_set in;
  FD_ZERO(&in);
  FD_SET(p[0], &in);
  FD_SET(q[0], &in);
  struct timeval tv = {1, 0};
  T(select(q[0] + 1, &in, NULL, NULL, &tv));
  printf("%d %d left %d\n", !!FD_ISSET(p[0], &in), !!FD_ISSET(q[0], &in), tv.tv_sec == 0 && tv.tv_usec > 0);
  reap();
  T(read(p[0], big, 1));
  /* The mask holds for the time of the call. */
  sigemptyset(&mask);
  sigaddset(&mask, SIGALRM);
  sigprocmask(SIG_BLOCK, &mask, NULL);
  caught = 0;
  alarmIn(5);
  T(poll(fds, 2, 20));
  printf("caught %d\n", caught);
  sigemptyset(&mask);
  struct timespec ts = {1, 0};
  T(ppoll(fds, 2, &ts, &mask));
  printf("caught %d\n", caught);
  alarmIn(10);
  T(pselect(0, NULL, NULL, NULL, NULL, &mask));
  printf("caught %d\n", caught);
  ts.tv_sec = 0;
  ts.tv_nsec = 10000000;
  T(ppoll(fds, 2, &ts, &mask));
  ts.tv_nsec = 1000000000;
  T(ppoll(fds, 2, &ts, &mask));
  close(p[1]);
  T(poll(fds, 2, -1));
  printf("%x %x\n", fds[0].revents, fds[1].revents);
  sigaddset(&mask, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &mask, NULL);
  int full[2];
  pipe(full);
  fcntl(full[1], F_SETFL, O_NONBLOCK);
  while (write(full[1], big, 4096) > 0) {}
  struct pollfd room[] = {{full[1], POLLOUT, 0}};
  T(poll(room, 1, 10));
  LATER(10, read(full[0], big, 4096));
  T(poll(room, 1, -1));
  printf("%x\n", room[0].revents);
  reap();
  LATER(10, close(full[0]));
  close(full[0]);
  T(poll(room, 1, 0));
  reap();
  T(poll(room, 1, 0));
  printf("%x\n", room[0].revents);
}

static void sends(void) {
  int p[2], fd = open("data", O_CREAT | O_RDWR, 0644);
  off_t at = 0;
  ftruncate(fd, 150000);
  pipe(p);
  T(sendfile(p[1], fd, &at, 150000));
  printf("at %ld\n", (long)at);
  LATER(10, read(p[0], big, 8192));
  T(sendfile(p[1], fd, &at, 150000));
  printf("at %ld\n", (long)at);
  reap();
  handle(0);
  alarmIn(10);
  T(sendfile(p[1], fd, NULL, 150000));
  T(lseek(fd, 0, SEEK_CUR));
  read(p[0], big, 20000);
  T(sendfile(p[1], fd, NULL, 9000));
  T(lseek(fd, 0, SEEK_CUR));
  unlink("data");
}

int main(void) {
  enter();
  handle(0);
  pipes();
  fifos();
  locks();
  polls();
  sends();
  return 0;
}
