/* Clocks and timers. Only facts that do not depend on the host's speed are printed. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *outcome(long result) {
  static char text[8][64];
  static int at;
  char *to = text[at++ & 7];
  if (result < 0) snprintf(to, 64, "%s", strerror(errno));
  else snprintf(to, 64, "%ld", result);
  return to;
}
static volatile int alarms, last_code, last_value;
static void on_alarm(int sig) {
  (void)sig;
  alarms++;
}
static void on_timer(int sig, siginfo_t *info, void *uc) {
  (void)sig;
  (void)uc;
  alarms++;
  last_code = info->si_code;
  last_value = info->si_value.sival_int;
}
static int64_t ns(int clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}
static void burn(void) {
  for (volatile int i = 0; i < 300000; i++) {
  }
}
/* musl's struct sigevent and timer_t differ from the kernel's only by names. */
static long create(int clock, int notify, int sig, int value, int *id) {
  struct {
    int value, signo, notify, tid, pad[12];
  } event = {value, sig, notify, syscall(SYS_gettid), {0}};
  return syscall(SYS_timer_create, clock, &event, id);
}
static long set(int id, int flags, long first, long interval, struct itimerspec *old) {
  int32_t spec[4] = {interval / 1000000000, interval % 1000000000, first / 1000000000, first % 1000000000}, was[4] = {0};
  long r = syscall(SYS_timer_settime32, id, flags, spec, old ? was : 0);
  if (old) old->it_interval.tv_nsec = was[1], old->it_value.tv_nsec = was[3];
  return r;
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct timespec t;
  for (int clock = -1; clock < 13; clock++) {
    /* The alarm clocks exist where there is a real-time clock to wake the machine. */
    if (clock == 8 || clock == 9) continue;
    int64_t first = clock >= 0 ? ns(clock) : 0;
    long r = syscall(SYS_clock_gettime32, clock, (long[2]){0});
    printf("clock %d: %s, forward %d, getres %s\n", clock, outcome(r < 0 ? r : 0), r < 0 || ns(clock) >= first, clock == -1 ? "-" : outcome(clock_getres(clock, &t)));
  }
  printf("wall clocks agree %d\n", llabs((int64_t)time(0) - ns(0) / 1000000000) <= 1);
  struct timeval tv;
  struct timezone { int a, b; } tz = {7, 7};
  printf("gettimeofday %s tz %d %d\n", outcome(syscall(SYS_gettimeofday_time32, &tv, &tz)), tz.a, tz.b);
  printf("bad pointer %s\n", outcome(syscall(SYS_clock_gettime32, 0, 8)));
  int64_t before = ns(CLOCK_PROCESS_CPUTIME_ID);
  burn();
  printf("cpu time runs %d\n", ns(CLOCK_PROCESS_CPUTIME_ID) > before);
  before = ns(CLOCK_MONOTONIC);
  usleep(20000);
  int64_t slept = ns(CLOCK_MONOTONIC) - before;
  printf("usleep 20 ms: enough %d\n", slept >= 20000000);
  t = (struct timespec){0, 1000000000};
  printf("bad nanosleep %s\n", outcome(nanosleep(&t, 0)));
  t = (struct timespec){-1, 0};
  printf("negative nanosleep %s\n", outcome(nanosleep(&t, 0)));
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_nsec += 10000000;
  if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
  int r = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
  printf("absolute sleep %d, reached %d\n", r, ns(CLOCK_MONOTONIC) >= t.tv_sec * 1000000000ll + t.tv_nsec);
  clock_gettime(CLOCK_REALTIME, &t);
  r = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0);
  printf("sleep into the past %d\n", r);
  printf("sleep on a bad clock %s\n", strerror(clock_nanosleep(77, 0, &t, 0)));
  printf("sleep on raw time %s\n", strerror(clock_nanosleep(CLOCK_MONOTONIC_RAW, 0, &t, 0)));
  printf("sleep on thread time %s\n", strerror(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, 0)));

  /* alarm and interval timers */
  signal(SIGALRM, on_alarm);
  printf("alarm %u", alarm(100));
  printf(" then %u", alarm(50));
  printf(" then %u\n", alarm(0));
  struct itimerval it = {{0, 10000}, {0, 10000}}, was;
  setitimer(ITIMER_REAL, &it, 0);
  while (alarms < 3) pause();
  getitimer(ITIMER_REAL, &was);
  printf("interval %ld, left within %d\n", (long)was.it_interval.tv_usec, was.it_value.tv_usec > 0 && was.it_value.tv_usec <= 10000);
  memset(&it, 0, sizeof it);
  setitimer(ITIMER_REAL, &it, &was);
  getitimer(ITIMER_REAL, &was);
  printf("disarmed %ld %ld\n", (long)was.it_interval.tv_usec, (long)was.it_value.tv_usec);
  printf("bad timer %s", outcome(getitimer(3, &was)));
  it.it_value.tv_usec = 1000000;
  printf(" bad value %s\n", outcome(setitimer(0, &it, 0)));
  for (int which = 1; which < 3; which++) {
    alarms = 0;
    signal(which == 1 ? SIGVTALRM : SIGPROF, on_alarm);
    it = (struct itimerval){{0, 0}, {0, 5000}};
    before = ns(CLOCK_PROCESS_CPUTIME_ID);
    setitimer(which, &it, 0);
    while (!alarms) burn();
    printf("itimer %d fired after cpu time %d\n", which, ns(CLOCK_PROCESS_CPUTIME_ID) - before >= 4000000);
  }
  /* A fork does not inherit, an exec would keep. */
  alarm(100);
  if (fork() == 0) _exit(alarm(0));
  int status;
  wait(&status);
  printf("inherited %d, ours %d\n", WEXITSTATUS(status), alarm(0) > 90);

  /* POSIX timers */
  struct sigaction act = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
  sigaction(40, &act, 0);
  int id = -1, other = -1, none = -1;
  printf("timer_create %s", outcome(create(CLOCK_MONOTONIC, 0, 40, 77, &id)));
  printf(" thread %s", outcome(create(CLOCK_REALTIME, 4, 40, 78, &other)));
  printf(" none %s", outcome(create(CLOCK_MONOTONIC, 1, 0, 0, &none)));
  printf(" ids %d %d %d\n", id, other - id, none - id);
  printf("bad clock %s", outcome(create(99, 0, 40, 0, &status)));
  printf(" bad notify %s", outcome(create(1, 9, 40, 0, &status)));
  printf(" bad signal %s\n", outcome(create(1, 0, 70, 0, &status)));
  alarms = 0;
  printf("settime %s", outcome(set(id, 0, 5000000, 0, 0)));
  while (!alarms) pause();
  printf(" code %d value %d overrun %s\n", last_code, last_value, outcome(syscall(SYS_timer_getoverrun, id)));
  alarms = 0;
  set(other, 0, 5000000, 5000000, 0);
  while (alarms < 2) pause();
  printf("thread timer code %d value %d\n", last_code, last_value);
  struct itimerspec old;
  set(other, 0, 0, 0, &old);
  printf("interval was %ld, left within %d\n", old.it_interval.tv_nsec, old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 5000000);
  /* Overruns: blocked for a while. */
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, 40);
  sigprocmask(SIG_BLOCK, &mask, 0);
  alarms = 0;
  set(id, 0, 50000000, 50000000, 0);
  usleep(520000);
  sigset_t pending;
  sigpending(&pending);
  printf("pending %d", sigismember(&pending, 40));
  sigprocmask(SIG_UNBLOCK, &mask, 0);
  long over = syscall(SYS_timer_getoverrun, id);
  printf(" signals %d, overruns near 9: %d\n", alarms, over >= 8 && over <= 11);
  set(id, 0, 0, 0, 0);
  int32_t spec[4] = {0, 0, 0, 0};
  set(none, 0, 500000000, 0, 0);
  syscall(SYS_timer_gettime32, none, spec);
  printf("SIGEV_NONE counts down %d\n", spec[3] > 0 && spec[3] <= 500000000);
  printf("delete %s %s %s", outcome(syscall(SYS_timer_delete, id)), outcome(syscall(SYS_timer_delete, other)), outcome(syscall(SYS_timer_delete, none)));
  printf(" again %s", outcome(syscall(SYS_timer_delete, id)));
  printf(" gettime %s\n", outcome(syscall(SYS_timer_gettime32, id, spec)));
  struct tms tms;
  printf("times works %d\n", times(&tms) != -1);

  /* RLIMIT_CPU ends a spinner. */
  if (fork() == 0) {
    struct rlimit limit = {1, 1};
    setrlimit(RLIMIT_CPU, &limit);
    for (;;) burn();
  }
  wait(&status);
  printf("cpu limit: signal %d\n", WTERMSIG(status));
  return 0;
}
