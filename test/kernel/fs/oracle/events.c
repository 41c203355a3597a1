/* epoll, timerfd and signalfd: what they report, in which order, and what they refuse. */
#include "common.h"
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static int ep;

static int ctl(int op, int fd, unsigned events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  return epoll_ctl(ep, op, fd, &event);
}

static int ctl_of(int epfd, int op, int fd, unsigned events) {
  struct epoll_event event = {.events = events, .data.u64 = fd};
  return epoll_ctl(epfd, op, fd, &event);
}

/* Prints what is reported now. */
static int told(int epfd, int max, int timeout) {
  struct epoll_event events[8];
  int n = epoll_wait(epfd, events, max, timeout);
  printf("%d events", n);
  if (n < 0) printf(" %s", strerrorname_np(errno));
  for (int i = 0; i < n; i++) printf(" [%x %llx]", events[i].events, (unsigned long long)events[i].data.u64);
  printf("\n");
  return n;
}

static void refusals(void) {
  int p[2], regular = open("regular", O_CREAT | O_RDWR, 0600), dir = open(".", O_RDONLY), null = open("/null", O_RDWR);
  struct epoll_event event = {.events = EPOLLIN};
  pipe(p);
  T(epoll_create(0) >= 0);
  T(epoll_create(-1));
  T(epoll_create1(1));
  int one = epoll_create(1);
  T(fcntl(one, F_GETFD));
  T(fcntl(one, F_GETFL));
  close(one);
  one = epoll_create1(EPOLL_CLOEXEC);
  T(fcntl(one, F_GETFD));
  T(epoll_ctl(one, EPOLL_CTL_ADD, p[0], NULL));
  T(epoll_ctl(one, EPOLL_CTL_ADD, p[0], (void *)1));
  T(epoll_ctl(999, EPOLL_CTL_ADD, p[0], &event));
  T(epoll_ctl(one, EPOLL_CTL_ADD, 999, &event));
  T(epoll_ctl(one, EPOLL_CTL_ADD, regular, &event));
  T(epoll_ctl(one, EPOLL_CTL_ADD, dir, &event));
  T(epoll_ctl(one, EPOLL_CTL_DEL, regular, NULL));
  T(epoll_ctl(one, EPOLL_CTL_ADD, one, &event));
  T(epoll_ctl(p[1], EPOLL_CTL_ADD, p[0], &event));
  T(epoll_ctl(one, 99, p[0], &event));
  T(epoll_ctl(one, 99, p[0], NULL));
  T(epoll_ctl(one, 0, p[0], &event));
  T(epoll_ctl(one, EPOLL_CTL_MOD, p[0], &event));
  T(epoll_ctl(one, EPOLL_CTL_DEL, p[0], NULL));
  T(epoll_ctl(one, EPOLL_CTL_ADD, p[0], &event));
  T(epoll_ctl(one, EPOLL_CTL_ADD, p[0], &event));
  T(epoll_ctl(one, 99, p[0], &event));
  T(epoll_wait(one, &event, 0, 0));
  T(epoll_wait(one, &event, -1, 0));
  T(epoll_wait(one, &event, 0x7fffffff, 0));
  T(epoll_wait(one, (void *)0xfffff000, 1000, 0));
  T(epoll_wait(999, &event, 1, 0));
  T(epoll_wait(p[0], &event, 1, 0));
  T(epoll_wait(one, NULL, 1, 0));
  write(p[1], "x", 1);
  T(epoll_wait(one, NULL, 1, 0));
  T(epoll_wait(one, &event, 1, 0));
  T(syscall(319, one, &event, 1, 0, &event, 4));
  T(syscall(319, one, &event, 1, 0, (void *)1, 8));
  T(syscall(319, one, &event, 1, 0, NULL, 99));
  struct { long long sec; long nsec, pad; } wrong = {0, 1000000000, 0}, zero = {0};
  T(syscall(441, one, &event, 1, &wrong, NULL, 8));
  T(syscall(441, one, &event, 1, &zero, NULL, 8));
  T(syscall(441, one, &event, 1, (void *)1, NULL, 8));
  T(read(one, &event, 12));
  T(write(one, &event, 12));
  T(lseek(one, 0, SEEK_CUR));
  T(ftruncate(one, 0));
  char link[64] = {0}, name[32];
  mkdir("/proc", 0755);
  if (mount("proc", "/proc", "proc", 0, NULL) == 0) {
    snprintf(name, sizeof name, "/proc/self/fd/%d", one);
    readlink(name, link, sizeof link - 1);
    printf("%s\n", link);
    umount("/proc");
  }
  close(one), close(regular), close(dir), close(null), close(p[0]), close(p[1]);
}

static void levels(void) {
  int a[2], b[2], c = eventfd(0, EFD_NONBLOCK);
  uint64_t value;
  char byte;
  pipe(a), pipe(b);
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, a[0], EPOLLIN, 0xa), ctl(EPOLL_CTL_ADD, b[0], EPOLLIN, 0xb);
  ctl(EPOLL_CTL_ADD, c, EPOLLIN | EPOLLOUT, 0xfeedfacecafef00d);
  told(ep, 8, 0);
  T(lseek(c, 5, SEEK_SET));
  write(b[1], "x", 1), write(a[1], "x", 1);
  told(ep, 8, 0), told(ep, 8, 0);
  told(ep, 1, 0), told(ep, 1, 0), told(ep, 1, 0), told(ep, 2, 0), told(ep, 2, 0);
  read(b[0], &byte, 1);
  told(ep, 8, 0);
  ctl(EPOLL_CTL_MOD, c, EPOLLIN, 0xc);
  told(ep, 8, 0);
  value = 3, write(c, &value, 8);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_MOD, a[0], 0, 0xa0));
  told(ep, 8, 0);
  close(a[1]);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_DEL, a[0], 0, 0));
  close(b[0]);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_DEL, b[0], 0, 0));
  close(b[1]), close(a[0]);
  /* A duplicate keeps the item, under the number by which it was added. */
  int copy = dup(c);
  T(ctl(EPOLL_CTL_ADD, copy, EPOLLIN, 0xd));
  told(ep, 8, 0);
  close(c);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_DEL, c, 0, 0));
  close(copy);
  told(ep, 8, 0);
  close(ep);
}

static void edges(void) {
  int p[2], room[2];
  char buffer[70000];
  pipe(p), pipe(room);
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET, 1);
  told(ep, 8, 0);
  write(p[1], "abc", 3);
  told(ep, 8, 0), told(ep, 8, 0);
  read(p[0], buffer, 1);
  told(ep, 8, 0);
  write(p[1], "d", 1);
  told(ep, 8, 0);
  write(p[1], "e", 1), read(p[0], buffer, 100);
  told(ep, 8, 0);
  write(p[1], "f", 1);
  T(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2));
  told(ep, 8, 0), told(ep, 8, 0);
  T(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 3));
  told(ep, 8, 0);
  /* One shot, armed again by MOD. */
  T(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 4));
  told(ep, 8, 0), told(ep, 8, 0);
  write(p[1], "g", 1);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 5));
  told(ep, 8, 0);
  close(p[1]);
  told(ep, 8, 0);
  T(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 6));
  told(ep, 8, 0);
  /* Room in a full pipe. */
  fcntl(room[1], F_SETFL, O_NONBLOCK);
  ctl(EPOLL_CTL_ADD, room[1], EPOLLOUT | EPOLLET, 7);
  told(ep, 8, 0);
  while (write(room[1], buffer, 65536) > 0) {
  }
  told(ep, 8, 0);
  read(room[0], buffer, 4096);
  told(ep, 8, 0), told(ep, 8, 0);
  read(room[0], buffer, 65536);
  told(ep, 8, 0);
  close(room[0]);
  told(ep, 8, 0), told(ep, 8, 0);
  close(ep), close(p[0]), close(room[1]);
}

static void exclusive(void) {
  int e = eventfd(0, EFD_NONBLOCK), first = epoll_create1(0), second = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
  T(epoll_ctl(first, EPOLL_CTL_ADD, e, &event));
  T(epoll_ctl(second, EPOLL_CTL_ADD, e, &event));
  T(epoll_ctl(first, EPOLL_CTL_MOD, e, &event));
  event.events = EPOLLIN;
  T(epoll_ctl(first, EPOLL_CTL_MOD, e, &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP;
  T(epoll_ctl(first, EPOLL_CTL_ADD, e, &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
  T(epoll_ctl(first, EPOLL_CTL_ADD, e, &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  T(epoll_ctl(first, EPOLL_CTL_ADD, second, &event));
  uint64_t value = 1;
  write(e, &value, 8);
  told(first, 8, 0), told(second, 8, 0);
  T(epoll_ctl(first, EPOLL_CTL_DEL, e, NULL));
  told(first, 8, 0);
  close(e), close(first), close(second);
}

static void nesting(void) {
  int e = eventfd(0, EFD_NONBLOCK), chain[8];
  uint64_t value = 1;
  for (int i = 0; i < 8; i++) chain[i] = epoll_create1(0);
  T(ctl_of(chain[0], EPOLL_CTL_ADD, e, EPOLLIN));
  for (int i = 1; i < 8; i++) {
    int result = ctl_of(chain[i], EPOLL_CTL_ADD, chain[i - 1], EPOLLIN);
    printf("nest %d: %s\n", i, result == 0 ? "0" : strerrorname_np(errno));
  }
  T(ctl_of(chain[0], EPOLL_CTL_ADD, chain[2], EPOLLIN));
  T(ctl_of(chain[1], EPOLL_CTL_ADD, chain[1], EPOLLIN));
  struct pollfd look[2] = {{chain[1], POLLIN, 0}, {chain[2], POLLIN | POLLOUT, 0}};
  T(poll(look, 2, 0));
  write(e, &value, 8);
  T(poll(look, 2, 0));
  printf("%x %x\n", look[0].revents, look[1].revents);
  told(chain[2], 8, 0), told(chain[1], 8, 0), told(chain[0], 8, 0);
  read(e, &value, 8);
  T(poll(look, 2, 0));
  told(chain[2], 8, 0);
  for (int i = 0; i < 8; i++) close(chain[i]);
  close(e);
}

static int delay(int ms) {
  struct timespec time = {0, ms * 1000000L};
  return nanosleep(&time, NULL);
}

static void sleeping(void) {
  int p[2], status;
  sigset_t none, usr1;
  pipe(p);
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
  fflush(stdout);
  if (fork() == 0) {
    delay(30);
    write(p[1], "x", 1);
    _exit(0);
  }
  told(ep, 8, -1);
  wait(&status);
  char byte;
  read(p[0], &byte, 1);
  told(ep, 8, 20);
  /* A signal ends it, restarted or not; the mask of epoll_pwait lets one in. */
  pid_t self = getpid();
  if (fork() == 0) {
    delay(40);
    kill(self, SIGUSR1);
    _exit(0);
  }
  told(ep, 8, -1);
  wait(&status);
  sigemptyset(&none), sigemptyset(&usr1), sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  raise(SIGUSR1);
  struct epoll_event event;
  T(epoll_wait(ep, &event, 1, 0));
  T(epoll_pwait(ep, &event, 1, 1000, &none));
  raise(SIGUSR1);
  write(p[1], "x", 1);
  T(epoll_pwait(ep, &event, 1, 1000, &none));
  sigprocmask(SIG_UNBLOCK, &usr1, NULL);
  /* Events of a file that a child closes last. */
  if (fork() == 0) {
    delay(30);
    read(p[0], &byte, 1);
    _exit(0);
  }
  close(p[1]);
  wait(&status);
  told(ep, 8, 0);
  close(p[0]), close(ep);
}

static void timers(void) {
  struct itimerspec set = {{0, 20000000}, {0, 10000000}}, old;
  uint64_t ticks = 0;
  T(timerfd_create(99, 0));
  T(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
  T(timerfd_create(CLOCK_MONOTONIC, 1));
  int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  T(fcntl(t, F_GETFL));
  T(timerfd_settime(t, 4, &set, NULL));
  T(syscall(325, t, 0, NULL, NULL));
  T(timerfd_settime(999, 0, &set, NULL));
  T(timerfd_settime(0, 0, &set, NULL));
  T(timerfd_gettime(0, &old));
  set.it_value.tv_nsec = 1000000000;
  T(timerfd_settime(t, 0, &set, NULL));
  set.it_value.tv_nsec = -1;
  T(timerfd_settime(999, 0, &set, NULL));
  T(syscall(326, t, NULL));
  T(timerfd_gettime(t, &old));
  printf("%ld %ld %ld %ld\n", old.it_value.tv_sec, old.it_value.tv_nsec, old.it_interval.tv_sec, old.it_interval.tv_nsec);
  long long long_times[4] = {0, 0, 0, 1000000000};
  T(syscall(411, t, 0, long_times, NULL));
  long_times[3] = 0;
  T(syscall(411, t, 0, long_times, NULL));
  T(read(t, &ticks, 7));
  T(read(t, &ticks, 8));
  T(write(t, &ticks, 8));
  T(lseek(t, 5, SEEK_SET));
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, t, EPOLLIN | EPOLLOUT, 1);
  told(ep, 8, 0);
  set.it_value.tv_nsec = 10000000;
  T(timerfd_settime(t, 0, &set, NULL));
  T(timerfd_gettime(t, &old));
  printf("%d %ld\n", old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 10000000, old.it_interval.tv_nsec);
  told(ep, 8, 2000);
  delay(110);
  T(read(t, &ticks, 9));
  printf("%d\n", ticks >= 5);
  told(ep, 8, 2000);
  struct itimerspec once = {{0, 0}, {0, 200000000}}, disarm = {{0, 7}, {0, 0}};
  T(timerfd_settime(t, 0, &once, &old));
  printf("%ld %d\n", old.it_interval.tv_nsec, old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 20000000);
  T(read(t, &ticks, 8));
  delay(400);
  T(timerfd_gettime(t, &old));
  printf("%ld %ld\n", old.it_value.tv_nsec, old.it_interval.tv_nsec);
  T(read(t, &ticks, 8));
  printf("%llu\n", (unsigned long long)ticks);
  T(read(t, &ticks, 8));
  T(timerfd_settime(t, 0, &disarm, NULL));
  T(timerfd_gettime(t, &old));
  printf("%ld %ld\n", old.it_value.tv_nsec, old.it_interval.tv_nsec);
  told(ep, 8, 30);
  /* A time of day that is past, and a blocking read. */
  struct itimerspec past = {{0, 0}, {1, 0}};
  int wall = timerfd_create(CLOCK_REALTIME, 0);
  T(timerfd_settime(wall, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &past, NULL));
  T(read(wall, &ticks, 8));
  printf("%llu\n", (unsigned long long)ticks);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  past.it_value.tv_sec = now.tv_sec - 10, past.it_value.tv_nsec = 0, past.it_interval.tv_sec = 3;
  T(timerfd_settime(wall, TFD_TIMER_ABSTIME, &past, NULL));
  T(read(wall, &ticks, 8));
  printf("%llu\n", (unsigned long long)ticks);
  T(timerfd_settime(wall, 0, &once, NULL));
  T(read(wall, &ticks, 8));
  printf("%llu\n", (unsigned long long)ticks);
  T(timerfd_settime(wall, 0, &once, NULL));
  delay(400);
  T(read(wall, (void *)1, 8));
  close(t), close(wall), close(ep);
}

static void show(const struct signalfd_siginfo *s) {
  printf("signal %u code %d value %d %llx status %d uid %u tid %u\n", s->ssi_signo, s->ssi_code, s->ssi_int,
         (unsigned long long)s->ssi_ptr, s->ssi_status, s->ssi_uid, s->ssi_tid);
}

static void signals(void) {
  struct signalfd_siginfo got[3];
  sigset_t set, other;
  int status;
  sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGRTMIN), sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGKILL);
  sigemptyset(&other), sigaddset(&other, SIGUSR2);
  T(syscall(327, -1, &set, 4, 0));
  T(syscall(327, -1, NULL, 8, 0));
  T(syscall(321, -1, &set, 7));
  T(close(syscall(321, -1, &set, 8)));
  T(signalfd(-1, &set, 1));
  T(signalfd(999, &set, 0));
  T(signalfd(0, &set, 0));
  sigprocmask(SIG_BLOCK, &set, NULL);
  int s = signalfd(-1, &set, SFD_NONBLOCK);
  T(fcntl(s, F_GETFL));
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, s, EPOLLIN, 1);
  T(read(s, got, 127));
  T(read(s, got, 128));
  T(write(s, got, 128));
  T(lseek(s, 5, SEEK_END));
  told(ep, 8, 0);
  union sigval value = {.sival_int = -5};
  sigqueue(getpid(), SIGRTMIN, value);
  value.sival_int = 6;
  sigqueue(getpid(), SIGRTMIN, value);
  kill(getpid(), SIGUSR1), kill(getpid(), SIGUSR1);
  told(ep, 8, 0);
  int n = T(read(s, got, 300));
  for (int i = 0; i < n / 128; i++) show(&got[i]), printf("own %d\n", got[i].ssi_pid == getpid());
  told(ep, 8, 0);
  n = T(read(s, got, sizeof got));
  for (int i = 0; i < n / 128; i++) show(&got[i]);
  told(ep, 8, 0);
  raise(SIGUSR1);
  read(s, got, 128), show(&got[0]);
  /* Another mask; what is pending outside of it stays. */
  raise(SIGUSR1);
  T(signalfd(s, &other, 0) == s);
  told(ep, 8, 0);
  T(read(s, got, 128));
  T(signalfd(s, &set, 0) == s);
  told(ep, 8, 0);
  T(read(s, (void *)1, 128));
  T(read(s, got, 128));
  /* A child that ends, waited for by a blocking read. */
  fcntl(s, F_SETFL, 0);
  fflush(stdout);
  if (fork() == 0) {
    delay(30);
    _exit(7);
  }
  T(read(s, got, 128));
  show(&got[0]);
  wait(&status);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 99};
  struct itimerspec once = {{0, 0}, {0, 5000000}};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_settime(timer, 0, &once, NULL);
  T(read(s, got, 128));
  show(&got[0]);
  timer_delete(timer);
  /* A signal that is not read from it interrupts the read. */
  if (fork() == 0) {
    delay(30);
    kill(getppid(), SIGALRM);
    delay(100);
    _exit(0);
  }
  T(read(s, got, 128));
  T(read(s, got, 128));
  show(&got[0]);
  wait(&status);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  close(s), close(ep);
}

static void nothing(int signal) {}

int main(void) {
  struct sigaction interrupt = {.sa_handler = nothing}, restart = {.sa_handler = nothing, .sa_flags = SA_RESTART};
  enter();
  sigaction(SIGUSR1, &restart, NULL);
  sigaction(SIGALRM, &interrupt, NULL);
  refusals();
  levels();
  edges();
  exclusive();
  nesting();
  sleeping();
  timers();
  signals();
  return 0;
}
