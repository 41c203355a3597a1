/* Sleeps and timers end in the order of their times: children with nanosleep(2), poll(2) and clock_nanosleep(2),
 * a repeating setitimer(2), alarm(2), and a clock that has moved on by at least what was asked. */
#include "lib/say.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int sig) {
  (void)sig;
  alarms++;
}

static long long now(void) {
  struct timespec t;
  must(clock_gettime(CLOCK_MONOTONIC, &t), "clock_gettime");
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void rest(int milliseconds) {
  struct timespec t = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) continue;
}

static void by_poll(int milliseconds) { must(poll(0, 0, milliseconds), "poll"); }

static void by_deadline(int milliseconds) {
  struct timespec t;
  must(clock_gettime(CLOCK_MONOTONIC, &t), "clock_gettime");
  t.tv_nsec += milliseconds % 1000 * 1000000;
  t.tv_sec += milliseconds / 1000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0)) must(-1, "clock_nanosleep");
}

static void order(void) {
  static const int delays[] = {400, 100, 300, 500, 200, 600};
  static void (*const ways[])(int) = {rest, by_poll, by_deadline};
  int ends[2];
  char text[128];
  must(pipe(ends), "pipe");
  for (unsigned i = 0; i < sizeof delays / sizeof *delays; i++) {
    if (must(fork(), "fork")) continue;
    ways[i % 3](delays[i]);
    say_to(ends[1], "%d ", delays[i]);
    _exit(0);
  }
  close(ends[1]);
  while (wait(0) > 0) continue;
  text[must(read(ends[0], text, sizeof text - 1), "read")] = 0;
  say("woke in the order %s\n", text);
}

static void repeat(void) {
  struct itimerval timer = {{0, 20000}, {0, 20000}}, left;
  sigset_t none;
  sigemptyset(&none);
  must(setitimer(ITIMER_REAL, &timer, 0), "setitimer");
  for (int seen = 0; seen < 5; seen++)
    if (sigsuspend(&none) != -1 || errno != EINTR) must(-1, "sigsuspend");
  must(getitimer(ITIMER_REAL, &left), "getitimer");
  say("interval %d us, still armed: %s\n", (int)left.it_interval.tv_usec, left.it_value.tv_usec ? "yes" : "no");
  timer = (struct itimerval){0};
  must(setitimer(ITIMER_REAL, &timer, 0), "setitimer");
  say("at least 5 alarms: %s\n", alarms >= 5 ? "yes" : "no");
}

int main(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigset_t alarm_only, old;
  must(sigaction(SIGALRM, &action, 0), "sigaction");
  order();
  long long start = now();
  rest(50);
  long long passed = now() - start;
  say("50 ms slept, enough passed: %s\n", passed >= 49 && passed < 10000 ? "yes" : "no");
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  sigprocmask(SIG_BLOCK, &alarm_only, &old);
  repeat();
  sigprocmask(SIG_SETMASK, &old, 0);
  alarms = 0;
  say("alarm: earlier one had %u s left\n", alarm(100));
  unsigned left = alarm(1);
  say("alarm: earlier one had %s left\n", left > 90 && left <= 100 ? "nearly 100 s" : "something else");
  pause();
  say("alarms after pause: %d\n", (int)alarms);
  return 0;
}
