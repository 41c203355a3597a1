/* POSIX message queues: sending, receiving, waiting, telling. mq_overview(7). */
#include "case.h"
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

static mqd_t make(const char *name, int flags, long maxmsg, long msgsize) {
  struct mq_attr attr = {0, maxmsg, msgsize, 0};
  mq_unlink(name);
  mqd_t q = mq_open(name, O_CREAT | flags, 0644, &attr);
  mq_unlink(name);
  return q;
}

static void take(mqd_t q) {
  char text[200] = "";
  unsigned priority = 77;
  ssize_t n = mq_receive(q, text, sizeof text, &priority);
  if (n < 0) say("receive: %s", strerrorname_np(errno));
  else say("receive: %zd \"%s\" of priority %u", n, text, priority);
}

static struct timespec in_ms(long ms) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += ms * 1000000;
  t.tv_sec += t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

CASE(order, "the highest priority first, of one priority the oldest") {
  mqd_t q = make("/order", O_RDWR, 10, 10);
  mq_send(q, "a1", 2, 1);
  mq_send(q, "b5", 2, 5);
  mq_send(q, "c1", 2, 1);
  mq_send(q, "d0", 2, 0);
  mq_send(q, "e5", 2, 5);
  mq_send(q, "f max", 5, 32767);
  for (int i = 0; i < 6; i++) take(q);
}

CASE(send_errors, "what mq_send refuses") {
  mqd_t q = make("/se", O_RDWR | O_NONBLOCK, 2, 10), r = mq_open("/se", O_RDONLY);
  r = make("/sr", O_RDONLY, 2, 10);
  T(mq_send(q, "x", 1, 32768));
  T(mq_send(q, "12345678901", 11, 0));
  T(mq_send(q, (void *)1, 1, 0));
  T(mq_send(q, (void *)1, 0, 0));
  T(mq_send(r, "x", 1, 0));
  T(mq_send(1, "x", 1, 0));
  T(mq_send(-1, "x", 1, 0));
  T(mq_send(q, "", 0, 0));
  T(mq_send(q, "full", 4, 0));
  take(q);
}

CASE(receive_errors, "what mq_receive refuses") {
  mqd_t q = make("/re", O_RDWR | O_NONBLOCK, 2, 10), w = make("/rw", O_WRONLY, 2, 10);
  char text[20];
  T(mq_receive(q, text, 9, NULL));
  T(mq_receive(q, text, 10, NULL));
  T(mq_receive(w, text, 20, NULL));
  T(mq_receive(0, text, 20, NULL));
  mq_send(q, "lost", 4, 0);
  mq_send(q, "lost too", 8, 0);
  T(mq_receive(q, (void *)1, 10, NULL));
  T(mq_receive(q, text, 10, (void *)1));
  T(mq_receive(q, text, 10, NULL));
}

CASE(timeouts, "absolute times of the wall clock; only looked at when the call would sleep") {
  mqd_t q = make("/t", O_RDWR, 1, 10);
  struct timespec past = {0, 0}, bad = {1, 1000000000}, negative = {-1, 0}, soon = in_ms(30);
  char text[20];
  T(mq_timedreceive(q, text, 20, NULL, &past));
  T(mq_timedreceive(q, text, 20, NULL, &bad));
  T(mq_timedreceive(q, text, 20, NULL, &negative));
  T(mq_timedreceive(q, text, 20, NULL, &soon));
  T(mq_timedsend(q, "x", 1, 0, &past));
  T(mq_timedsend(q, "x", 1, 0, &bad));
  T(mq_timedsend(q, "y", 1, 0, &past));
  soon = in_ms(30);
  T(mq_timedsend(q, "y", 1, 0, &soon));
  T(syscall(SYS_mq_timedsend, q, "y", 1, 0, (void *)1));
  T(syscall(SYS_mq_timedreceive, q, text, 20, NULL, (void *)1));
  T(mq_timedreceive(q, text, 20, NULL, &past));
}

CASE(wide_times, "the calls with 64-bit times") {
  mqd_t q = make("/wt", O_RDWR, 1, 10);
  struct { int64_t sec, nsec; } past = {0, 0}, bad = {0, 1000000000};
  char text[20];
  T(syscall(418, q, "x", 1, 0, &past));
  T(syscall(418, q, "x", 1, 0, &past));
  T(syscall(418, q, "x", 1, 0, &bad));
  T(syscall(419, q, text, 20, NULL, &past));
  T(syscall(419, q, text, 20, NULL, &past));
  T(syscall(419, q, text, 20, NULL, &bad));
}

CASE(nonblocking, "O_NONBLOCK counts before the time") {
  mqd_t q = make("/n", O_RDWR | O_NONBLOCK, 1, 10);
  struct timespec soon = in_ms(1000), bad = {0, -1};
  char text[20];
  T(mq_timedreceive(q, text, 20, NULL, &soon));
  T(mq_timedreceive(q, text, 20, NULL, &bad));
  mq_send(q, "x", 1, 0);
  T(mq_timedsend(q, "x", 1, 0, &soon));
}

CASE(receiver_wakes, "a sleeping receiver gets the message itself") {
  mqd_t q = make("/w", O_RDWR, 2, 10);
  int pid = fork();
  if (pid == 0) {
    take(q);
    _exit(0);
  }
  await_state(pid, "S");
  int sent = mq_send(q, "wake", 4, 3);
  struct mq_attr attr;
  mq_getattr(q, &attr);
  waitpid(pid, NULL, 0);
  T(sent);
  say("%ld left", attr.mq_curmsgs);
}

CASE(sender_wakes, "a sleeping sender's message goes in when one is taken, by its priority") {
  mqd_t q = make("/s", O_RDWR, 1, 10);
  mq_send(q, "first", 5, 1);
  int pid = fork();
  if (pid == 0) _exit(mq_send(q, "second", 6, 9) == 0 ? 5 : 6);
  await_state(pid, "S");
  take(q);
  int status;
  waitpid(pid, &status, 0);
  say_status("sender", status);
  take(q);
}

CASE(receivers_in_order, "the first that came gets the first, unless another is more urgent") {
  mqd_t q = make("/ro", O_RDWR, 4, 10);
  int done[2], pid[3];
  char got[4] = "";
  pipe(done);
  for (int i = 0; i < 3; i++) {
    pid[i] = fork();
    if (pid[i] == 0) {
      char text[20];
      if (i == 2) nice(-5);
      mq_receive(q, text, 20, NULL);
      text[0] += i;
      write(done[1], text, 1);
      _exit(0);
    }
    await_state(pid[i], "S");
  }
  for (int i = 0; i < 3; i++) {
    mq_send(q, i == 0 ? "a" : i == 1 ? "k" : "u", 1, 0);
    read(done[0], got + i, 1);
  }
  say("%s", got);
}

static void on_signal(int sig) {}

CASE(interrupted, "a handler interrupts, or the call starts again") {
  mqd_t q = make("/i", O_RDWR, 1, 10);
  for (int restart = 0; restart < 2; restart++) {
    int pid = fork();
    if (pid == 0) {
      struct sigaction action = {.sa_handler = on_signal, .sa_flags = restart ? SA_RESTART : 0};
      sigaction(SIGUSR1, &action, NULL);
      take(q);
      _exit(0);
    }
    await_state(pid, "S");
    kill(pid, SIGUSR1);
    usleep(20000);
    if (restart) await_state(pid, "S");
    if (restart) mq_send(q, "again", 5, 0);
    waitpid(pid, NULL, 0);
  }
}

CASE(polling, "readable while there are messages, writable while there is room") {
  mqd_t q = make("/poll", O_RDWR, 1, 10);
  struct pollfd p = {q, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, 0};
  T(poll(&p, 1, 0));
  say("%x", p.revents);
  mq_send(q, "x", 1, 0);
  T(poll(&p, 1, 0));
  say("%x", p.revents);
  int pid = fork();
  if (pid == 0) {
    p.events = POLLOUT;
    int n = poll(&p, 1, -1);
    say("poll %d %x", n, p.revents);
    _exit(0);
  }
  await_state(pid, "S");
  char text[20];
  int n = mq_receive(q, text, 20, NULL);
  waitpid(pid, NULL, 0);
  T(n);
}

CASE(epoll_edges, "an edge-triggered epoll hears of every message") {
  mqd_t q = make("/ep", O_RDWR, 4, 10);
  int e = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u32 = 5}}, ready;
  T(epoll_ctl(e, EPOLL_CTL_ADD, q, &event));
  T(epoll_wait(e, &ready, 1, 0));
  mq_send(q, "x", 1, 0);
  T(epoll_wait(e, &ready, 1, 0));
  T(epoll_wait(e, &ready, 1, 0));
  mq_send(q, "y", 1, 0);
  T(epoll_wait(e, &ready, 1, 0));
}

static volatile int told, told_code, told_value, told_pid;
static void on_notice(int sig, siginfo_t *info, void *context) {
  told = sig;
  told_code = info->si_code;
  told_value = info->si_value.sival_int;
  told_pid = info->si_pid;
}

static int ask(mqd_t q, int how, int signo) {
  struct sigevent event = {.sigev_notify = how, .sigev_signo = signo, .sigev_value.sival_int = 4711};
  struct sigaction action = {.sa_sigaction = on_notice, .sa_flags = SA_SIGINFO};
  told = 0;
  sigaction(SIGUSR1, &action, NULL);
  return syscall(SYS_mq_notify, q, &event);
}

CASE(notice, "a signal when the first message comes to an empty queue, once") {
  mqd_t q = make("/no", O_RDWR, 4, 10);
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  mq_send(q, "x", 1, 0);
  say("signal %d code %d value %d by me %d", told, told_code, told_value, told_pid == getpid());
  told = 0;
  mq_send(q, "y", 1, 0);
  take(q);
  take(q);
  mq_send(q, "z", 1, 0);
  say("signal %d", told);
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  mq_send(q, "not empty", 9, 0);
  say("signal %d", told);
  take(q);
  take(q);
  mq_send(q, "now", 3, 0);
  say("signal %d", told);
}

CASE(notice_errors, "what mq_notify refuses; one process at a time") {
  mqd_t q = make("/ne", O_RDWR, 4, 10);
  T(ask(q, 77, 0));
  T(ask(q, SIGEV_SIGNAL, 65));
  T(ask(q, SIGEV_SIGNAL, -1));
  T(ask(-1, SIGEV_NONE, 0));
  T(ask(0, SIGEV_NONE, 0));
  T(syscall(SYS_mq_notify, q, (void *)1));
  T(syscall(SYS_mq_notify, q, NULL));
  T(ask(q, SIGEV_NONE, 0));
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  if (fork() == 0) {
    T(ask(q, SIGEV_SIGNAL, SIGUSR1));
    T(syscall(SYS_mq_notify, q, NULL));
    _exit(0);
  }
  wait(NULL);
  char text[100] = "";
  read(q, text, 37);
  say("%s", text);
  T(syscall(SYS_mq_notify, q, NULL));
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = 0, .sigev_value.sival_ptr = text};
  T(syscall(SYS_mq_notify, q, &event));
  event.sigev_value.sival_ptr = (void *)1;
  T(syscall(SYS_mq_notify, q, &event));
}

CASE(notice_goes, "a receiver that sleeps takes the message, and nobody is told; closing takes the notice back") {
  mqd_t q = make("/ng", O_RDWR, 4, 10), second = dup(q);
  int pid = fork();
  if (pid == 0) {
    char text[20];
    mq_receive(q, text, 20, NULL);
    _exit(0);
  }
  await_state(pid, "S");
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  mq_send(q, "x", 1, 0);
  waitpid(pid, NULL, 0);
  say("signal %d", told);
  T(close(second));
  mq_send(q, "y", 1, 0);
  say("signal %d", told);
}

CASE(notice_from_other, "the signal names who sent the message") {
  mqd_t q = make("/nf", O_RDWR, 4, 10);
  T(ask(q, SIGEV_SIGNAL, SIGUSR1));
  int pid = fork();
  if (pid == 0) {
    mq_send(q, "x", 1, 0);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  say("signal %d by the child %d", told, told_pid == pid);
}

static volatile int thread_ran;
static void in_thread(union sigval value) {
  thread_ran = value.sival_int;
}

CASE(notice_thread, "SIGEV_THREAD: the C library's thread hears of it through a netlink socket") {
  mqd_t q = make("/nt", O_RDWR, 4, 10);
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 815};
  event.sigev_notify_function = in_thread;
  T(mq_notify(q, &event));
  mq_send(q, "x", 1, 0);
  for (int i = 0; i < 2000 && thread_ran == 0; i++) usleep(1000);
  say("the thread got %d", thread_ran);
  T(mq_notify(q, &event));
  T(mq_notify(q, NULL));
}
