/* futex(2) by hand, between processes that share a page: wrong value, timeout, wake counts, requeue and bitsets. */
#define _GNU_SOURCE
#include "lib/say.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* linux/futex.h, which musl does not bring along */
enum {
  FUTEX_WAIT = 0,
  FUTEX_WAKE = 1,
  FUTEX_CMP_REQUEUE = 4,
  FUTEX_WAIT_BITSET = 9,
  FUTEX_WAKE_BITSET = 10,
};

static int *words; /* shared: two futexes, then a counter of sleepers that woke */

static long futex(int *word, int op, int value, const void *timeout_or_count, int *other, int value3) {
  return syscall(SYS_futex, word, op, value, timeout_or_count, other, value3);
}

static const char *outcome(long result) { return result < 0 ? strerror(errno) : "0"; }

static void start_sleepers(int *word, int count, int op, int mask) {
  for (int i = 0; i < count; i++) {
    if (must(fork(), "fork")) continue;
    long result;
    do result = futex(word, op, 0, 0, 0, mask);
    while (result < 0 && errno == EINTR);
    if (result < 0) _exit(errno);
    __atomic_add_fetch(&words[2], 1, __ATOMIC_SEQ_CST);
    _exit(0);
  }
}

/* Wakes until count sleepers have been woken in all: a sleeper may not have gone to sleep yet. */
static int wake_all(int *word, int count, int op, int mask) {
  struct timespec t = {0, 5000000};
  int woken = 0;
  while (woken < count) {
    woken += (int)must(futex(word, op, 1, 0, 0, mask), "futex");
    if (woken < count) nanosleep(&t, 0);
  }
  return woken;
}

static int join(int count) {
  int bad = 0, status;
  for (int i = 0; i < count; i++) {
    must(wait(&status), "wait");
    bad += status != 0;
  }
  return bad;
}

static void requeue(void) {
  struct timespec t = {0, 5000000};
  int moved = 0;
  start_sleepers(&words[0], 3, FUTEX_WAIT, 0);
  while (moved < 3) {
    moved += (int)must(futex(&words[0], FUTEX_CMP_REQUEUE, 0, (void *)10, &words[1], 0), "futex");
    if (moved < 3) nanosleep(&t, 0);
  }
  say("requeued %d, left on the first %d\n", moved, (int)futex(&words[0], FUTEX_WAKE, 10, 0, 0, 0));
  say("woken on the second %d, ", (int)must(futex(&words[1], FUTEX_WAKE, 10, 0, 0, 0), "futex"));
  int bad = join(3);
  say("bad exits %d\n", bad);
  say("requeue, wrong value: %s\n", outcome(futex(&words[0], FUTEX_CMP_REQUEUE, 1, (void *)1, &words[1], 7)));
}

int main(void) {
  struct timespec soon = {0, 20000000};
  words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (words == MAP_FAILED) return fail("futex-wait", "mmap");
  say("wrong value: %s\n", outcome(futex(&words[0], FUTEX_WAIT, 1, 0, 0, 0)));
  say("timeout: %s\n", outcome(futex(&words[0], FUTEX_WAIT, 0, &soon, 0, 0)));
  say("nobody to wake: %s\n", outcome(futex(&words[0], FUTEX_WAKE, 1, 0, 0, 0)));
  say("unaligned: %s\n", outcome(futex((int *)((char *)words + 1), FUTEX_WAIT, 0, 0, 0, 0)));

  start_sleepers(&words[0], 4, FUTEX_WAIT, 0);
  int woken = wake_all(&words[0], 4, FUTEX_WAKE, 0), bad = join(4);
  say("woken %d, came back %d, bad exits %d\n", woken, words[2], bad);

  requeue();
  start_sleepers(&words[0], 2, FUTEX_WAIT_BITSET, 2);
  soon.tv_nsec = 50000000;
  nanosleep(&soon, 0);
  say("other bit wakes %d\n", (int)must(futex(&words[0], FUTEX_WAKE_BITSET, 5, 0, 0, 4), "futex"));
  woken = wake_all(&words[0], 2, FUTEX_WAKE_BITSET, 6), bad = join(2);
  say("same bit wakes %d, bad exits %d\n", woken, bad);
  return 0;
}
