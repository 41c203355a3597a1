/* Priority-inheritance futexes: the word holds its owner's thread number. */
#include "case.h"
#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

static uint32_t *words;

static long futex(uint32_t *at, int op, uint32_t value, void *timeout, uint32_t *other, uint32_t value3) {
  return syscall(SYS_futex, at, op, value, timeout, other, value3);
}

static void share(void) {
  words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* The word with the owner told by what it is compared with. */
static void say_word(const char *what, uint32_t word, int tid) {
  say("%s:%s%s owner %s", what, word & FUTEX_WAITERS ? " WAITERS" : "", word & FUTEX_OWNER_DIED ? " OWNER_DIED" : "",
      (word & FUTEX_TID_MASK) == 0 ? "none" : (word & FUTEX_TID_MASK) == (uint32_t)tid ? "as expected" : "another");
}

static int locker(uint32_t *at) {
  int pid = fork();
  if (pid == 0) {
    long result = futex(at, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
    if (result < 0) _exit(errno);
    if (words[50]) for (;;) pause();
    futex(at, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
    _exit(100);
  }
  await_state(pid, "SZ");
  return pid;
}

static void say_end(const char *who, int pid) {
  int status;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status)) say_status(who, status);
  else if (WEXITSTATUS(status) >= 100) say("%s done %d", who, WEXITSTATUS(status) - 100);
  else say("%s failed with %s", who, strerrorname_np(WEXITSTATUS(status)));
}

CASE(pi_alone, "lock, lock again, unlock, unlock again") {
  share();
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  say_word("locked", *words, getpid());
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_word("unlocked", *words, getpid());
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI2, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
}

CASE(pi_errors, "an owner that does not exist, addresses, a word that died") {
  struct timespec bad = {0, -1};
  share();
  *words = 30000;
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  say_word("now", *words, 30000);
  *words = 30000;
  T(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
  *words = FUTEX_OWNER_DIED;
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  say_word("taken over", *words, getpid());
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_word("unlocked", *words, getpid());
  T(futex((void *)((char *)words + 2), FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  T(futex((void *)0x1000, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  T(futex((void *)0x1000, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI, 0, &bad, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
}

CASE(pi_handed, "unlock gives the lock to who waited first") {
  share();
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  words[50] = 1;
  int first = locker(words);
  say_word("one waits", *words, getpid());
  int second = locker(words);
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_word("handed", *words, first);
  usleep(10000);
  say_word("later", *words, first);
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
  kill(first, SIGKILL);
  say_end("first", first);
  usleep(10000);
  say_word("owner died", *words, second);
  kill(second, SIGKILL);
  say_end("second", second);
  say_word("left", *words, second);
}

CASE(pi_times, "LOCK_PI's time is of the wall clock, LOCK_PI2's of the monotonic one unless asked otherwise") {
  struct timespec wall, mono, past = {1, 0};
  share();
  int holder = fork();
  if (holder == 0) {
    futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
    words[1] = 1;
    for (;;) pause();
  }
  while (words[1] == 0) usleep(1000);
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_MONOTONIC, &mono);
  wall.tv_sec++;
  mono.tv_sec++;
  T(futex(words, FUTEX_LOCK_PI, 0, &past, NULL, 0));
  say_word("word", *words, holder);
  T(futex(words, FUTEX_LOCK_PI, 0, &wall, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI, 0, &mono, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI2, 0, &mono, NULL, 0));
  T(futex(words, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &mono, NULL, 0));
  T(futex(words, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
}

static void on_signal(int sig) { say("signal %d", sig); }

CASE(pi_signal, "a lock that is waited for starts again after any handler") {
  struct sigaction action = {.sa_handler = on_signal};
  share();
  sigaction(SIGUSR1, &action, NULL);
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  int waits = locker(words);
  kill(waits, SIGUSR1);
  usleep(20000);
  await_state(waits, "S");
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_end("waiter", waits);
  say_word("at last", *words, 0);
}

CASE(pi_mixed, "plain commands on a lock that is waited for are refused") {
  share();
  T(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  int waits = locker(words);
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
  T(futex(words, FUTEX_REQUEUE, 1, (void *)1, words + 1, 0));
  T(futex(words, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_end("waiter", waits);
  int plain = fork();
  if (plain == 0) _exit(futex(words + 2, FUTEX_WAIT, getpid(), NULL, NULL, 0) < 0 ? errno : 100);
  words[2] = plain;
  plain = fork();
  if (plain == 0) _exit(futex(words + 3, FUTEX_WAIT, 0, NULL, NULL, 0) < 0 ? errno : 100);
  await_state(plain, "S");
  T(futex(words + 3, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  T(futex(words + 3, FUTEX_WAKE, 1, NULL, NULL, 0));
  say_end("plain", plain);
}

static int requeuer(uint32_t *from, uint32_t *lock) {
  int pid = fork();
  if (pid == 0) {
    long result = futex(from, FUTEX_WAIT_REQUEUE_PI, 0, NULL, lock, 0);
    if (result < 0) _exit(errno);
    result = (*lock & FUTEX_TID_MASK) == (uint32_t)getpid() ? 101 : 102;
    futex(lock, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
    _exit(result);
  }
  await_state(pid, "SZ");
  return pid;
}

CASE(pi_requeue_held, "sleepers are moved to the queue of a lock that is held") {
  share();
  T(futex(words + 1, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
  int a = requeuer(words, words + 1), b = requeuer(words, words + 1), c = requeuer(words, words + 1);
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, words + 1, 0));
  say_word("word", words[1], getpid());
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, words + 1, 0));
  T(futex(words + 1, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
  say_end("first", a);
  say_end("second", b);
  say_end("third", c);
  say_word("at last", words[1], 0);
}

CASE(pi_requeue_free, "the first sleeper gets a lock that is free") {
  share();
  int a = requeuer(words, words + 1), b = requeuer(words, words + 1);
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, words + 1, 0));
  say_end("first", a);
  say_end("second", b);
}

CASE(pi_requeue_errors, "what WAIT_REQUEUE_PI and CMP_REQUEUE_PI refuse") {
  struct timespec past = {1, 0};
  share();
  T(futex(words, FUTEX_WAIT_REQUEUE_PI, 0, NULL, words, 0));
  T(futex(words, FUTEX_WAIT_REQUEUE_PI, 1, NULL, words + 1, 0));
  T(futex(words, FUTEX_WAIT_REQUEUE_PI, 0, &past, words + 1, 0));
  T(futex(words, FUTEX_WAIT_REQUEUE_PI, 0, NULL, (void *)0x1000, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, NULL, words, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 2, NULL, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 0, NULL, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, NULL, words + 1, 9));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, (void *)-1, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, NULL, words + 1, 0));
  int a = requeuer(words, words + 1);
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, NULL, words + 2, 0));
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
  T(futex(words, FUTEX_REQUEUE, 1, NULL, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE_PI, 1, NULL, words + 1, 0));
  say_end("sleeper", a);
}
