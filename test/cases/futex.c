/* futex: waiting, waking, moving; clocks, sharing, errors. */
#include "case.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#define PRIVATE FUTEX_PRIVATE_FLAG

static uint32_t *words;

static long futex(uint32_t *at, int op, uint32_t value, void *timeout, uint32_t *other, uint32_t value3) {
  return syscall(SYS_futex, at, op, value, timeout, other, value3);
}

/* Words that forked children share. */
static void share(void) {
  words = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* A child that sleeps on a word and exits with its result or errno. */
static int sleeper(uint32_t *at, uint32_t value, uint32_t bitset) {
  int pid = fork();
  if (pid == 0) {
    long result = futex(at, FUTEX_WAIT_BITSET, value, NULL, NULL, bitset);
    _exit(result < 0 ? errno : 100 + result);
  }
  await_state(pid, "SZ");
  return pid;
}

static void say_end(const char *who, int pid) {
  int status;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status)) say_status(who, status);
  else if (WEXITSTATUS(status) >= 100) say("%s woken: %d", who, WEXITSTATUS(status) - 100);
  else say("%s failed with %s", who, strerrorname_np(WEXITSTATUS(status)));
}

CASE(futex_errors, "alignment, addresses, values, times, unknown commands") {
  struct timespec past = {-1, 0}, bad = {0, 1000000000}, none = {0, 0};
  share();
  uint32_t *nowhere = (void *)0x1000, *kernel = (void *)0xc0000000;
  T(futex(words, FUTEX_WAIT, 1, NULL, NULL, 0));
  T(futex((void *)((char *)words + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
  T(futex(nowhere, FUTEX_WAIT, 0, NULL, NULL, 0));
  T(futex(nowhere, FUTEX_WAIT | PRIVATE, 0, NULL, NULL, 0));
  T(futex(nowhere, FUTEX_WAKE, 1, NULL, NULL, 0));
  T(futex(nowhere, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0));
  T(futex(kernel, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0));
  T(futex(words, FUTEX_WAIT, 0, &past, NULL, 0));
  T(futex(words, FUTEX_WAIT, 0, &bad, NULL, 0));
  T(futex(words, FUTEX_WAIT, 0, (void *)1, NULL, 0));
  T(futex(words, FUTEX_WAIT, 1, (void *)1, NULL, 0));
  T(futex(words, FUTEX_WAIT, 0, &none, NULL, 0));
  T(futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
  T(futex(words, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &none, NULL, 0));
  T(futex(words, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &none, NULL, 1));
  T(futex(words, FUTEX_WAIT_BITSET, 0, &none, NULL, 1));
  T(futex(words, FUTEX_FD, 0, NULL, NULL, 0));
  T(futex(words, 99, 0, NULL, NULL, 0));
  T(futex(words, FUTEX_REQUEUE, -1, NULL, words + 1, 0));
  T(futex(words, FUTEX_REQUEUE, 0, (void *)-1, words + 1, 0));
  T(futex(words, FUTEX_CMP_REQUEUE, 1, NULL, words + 1, 5));
  T(futex(words, FUTEX_CMP_REQUEUE, 1, NULL, nowhere, 0));
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
}

CASE(futex_wake_counts, "FUTEX_WAKE wakes in order, up to a number, and at least one") {
  share();
  int a = sleeper(words, 0, -1), b = sleeper(words, 0, -1), c = sleeper(words, 0, -1), d = sleeper(words, 0, -1);
  T(futex(words, FUTEX_WAKE, 2, NULL, NULL, 0));
  say_end("first", a);
  say_end("second", b);
  T(futex(words, FUTEX_WAKE, 0, NULL, NULL, 0));
  say_end("third", c);
  T(futex(words, FUTEX_WAKE, -1, NULL, NULL, 0));
  say_end("fourth", d);
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
}

CASE(futex_bitsets, "a bitset chooses whom to wake") {
  share();
  int a = sleeper(words, 0, 1), b = sleeper(words, 0, 2), c = sleeper(words, 0, 3);
  T(futex(words, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4));
  T(futex(words, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2));
  say_end("second", b);
  say_end("third", c);
  T(futex(words, FUTEX_WAKE, 10, NULL, NULL, 0));
  say_end("first", a);
}

CASE(futex_requeue, "sleepers are woken or moved, and both are counted") {
  share();
  int pids[5];
  for (int i = 0; i < 5; i++) pids[i] = sleeper(words, 0, -1);
  T(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)2, words + 1, 0));
  say_end("first", pids[0]);
  T(futex(words + 1, FUTEX_WAKE, 1, NULL, NULL, 0));
  say_end("second", pids[1]);
  T(futex(words, FUTEX_REQUEUE, 0, (void *)1, words + 1, 0));
  T(futex(words + 1, FUTEX_WAKE, 10, NULL, NULL, 0));
  say_end("third", pids[2]);
  say_end("fourth", pids[3]);
  T(futex(words, FUTEX_REQUEUE, 1, (void *)1, words + 1, 0));
  say_end("fifth", pids[4]);
  int same = sleeper(words, 0, -1);
  T(futex(words, FUTEX_REQUEUE, 0, (void *)5, words, 0));
  T(futex(words, FUTEX_WAKE, 10, NULL, NULL, 0));
  say_end("same", same);
}

CASE(futex_wake_op, "FUTEX_WAKE_OP changes the second word, and wakes there if a comparison holds") {
  share();
  words[1] = 5;
  int a = sleeper(words, 0, -1), b = sleeper(words + 1, 5, -1);
  T(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 6)));
  say("%u", words[1]);
  say_end("first", a);
  T(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1, FUTEX_OP(FUTEX_OP_XOR, 1, FUTEX_OP_CMP_GT, 7)));
  say("%u", words[1]);
  say_end("second", b);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(FUTEX_OP_SET | 8, 4, FUTEX_OP_CMP_LT, 0)));
  say("%u", words[1]);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(FUTEX_OP_OR, 3, FUTEX_OP_CMP_NE, 0)));
  say("%u", words[1]);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_LE, 0)));
  say("%u", words[1]);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(FUTEX_OP_ADD, -1, 9, 0)));
  say("%u", words[1]);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(6, 1, FUTEX_OP_CMP_EQ, 0)));
  mprotect(words, 4096, PROT_READ);
  T(futex(words, FUTEX_WAKE_OP, 1, NULL, words + 1, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
}

static uint32_t own;
static void *private_sleeper(void *shared) {
  return (void *)futex(&own, FUTEX_WAIT | (shared ? 0 : PRIVATE), 0, NULL, NULL, 0);
}

CASE(futex_private, "a private sleeper is not found by a shared wake, nor the other way round") {
  pthread_t a, b;
  void *result;
  pthread_create(&a, NULL, private_sleeper, NULL);
  usleep(20000);
  T(futex(&own, FUTEX_WAKE, 10, NULL, NULL, 0));
  T(futex(&own, FUTEX_WAKE | PRIVATE, 10, NULL, NULL, 0));
  pthread_join(a, &result);
  pthread_create(&b, NULL, private_sleeper, &own);
  usleep(20000);
  T(futex(&own, FUTEX_WAKE | PRIVATE, 10, NULL, NULL, 0));
  T(futex(&own, FUTEX_WAKE, 10, NULL, NULL, 0));
  pthread_join(b, &result);
}

CASE(futex_files, "mappings of one file meet, at whatever address; a private copy does not") {
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 8192);
  uint32_t *a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  uint32_t *b = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
  uint32_t *c = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
  int pid = sleeper(a + 1024, 0, -1);
  T(futex(c, FUTEX_WAKE, 10, NULL, NULL, 0));
  T(futex(b + 1, FUTEX_WAKE, 10, NULL, NULL, 0));
  T(futex(b, FUTEX_WAKE, 10, NULL, NULL, 0));
  say_end("sleeper", pid);
}

static void on_signal(int sig) { say("signal %d", sig); }

CASE(futex_signal, "a wait without a time starts again after a handler with SA_RESTART, one with a time keeps its end") {
  struct sigaction restarts = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, ends = {.sa_handler = on_signal};
  struct timespec second = {0, 200000000};
  share();
  sigaction(SIGUSR1, &restarts, NULL);
  sigaction(SIGUSR2, &ends, NULL);
  int a = sleeper(words, 0, -1);
  kill(a, SIGUSR1);
  usleep(20000);
  await_state(a, "S");
  T(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0));
  say_end("restarted", a);
  int b = sleeper(words, 0, -1);
  kill(b, SIGUSR2);
  say_end("ended", b);
  int c = fork();
  if (c == 0) _exit(futex(words, FUTEX_WAIT, 0, &second, NULL, 0) < 0 ? errno : 100);
  await_state(c, "S");
  kill(c, SIGSTOP);
  await_state(c, "T");
  kill(c, SIGCONT);
  say_end("stopped", c);
  int d = fork();
  if (d == 0) _exit(futex(words, FUTEX_WAIT, 0, &second, NULL, 0) < 0 ? errno : 100);
  await_state(d, "S");
  kill(d, SIGUSR1);
  say_end("with a time", d);
  int e = sleeper(words, 0, -1);
  kill(e, SIGSTOP);
  await_state(e, "T");
  words[0] = 1;
  kill(e, SIGCONT);
  say_end("changed while stopped", e);
}

struct waitv {
  uint64_t value, address;
  uint32_t flags, reserved;
};
static long waitv(void *waiters, unsigned count, unsigned flags, void *timeout, int clock) {
  return syscall(449, waiters, count, flags, timeout, clock);
}

CASE(futex_waitv, "several words: the result is which one was woken") {
  struct waitv all[3] = {{0, 0, 2}, {0, 0, 2}, {7, 0, 2}};
  long long soon[2], zero[2] = {0, 0};
  struct timespec now;
  int pid;
  share();
  words[20] = 7;
  for (int i = 0; i < 3; i++) all[i].address = (uintptr_t)(words + 10 * i);
  if ((pid = fork()) == 0) {
    long result = waitv(all, 3, 0, NULL, 0);
    _exit(result < 0 ? errno : 100 + result);
  }
  await_state(pid, "S");
  T(futex(words + 5, FUTEX_WAKE, 1, NULL, NULL, 0));
  T(futex(words + 20, FUTEX_WAKE, 1, NULL, NULL, 0));
  say_end("sleeper", pid);
  T(waitv(all, 3, 1, NULL, 0));
  T(waitv(all, 0, 0, NULL, 0));
  T(waitv(all, 129, 0, NULL, 0));
  T(waitv(NULL, 1, 0, NULL, 0));
  T(waitv((void *)1, 1, 0, NULL, 0));
  T(waitv(all, 3, 0, zero, 99));
  T(waitv(all, 3, 0, (void *)1, CLOCK_MONOTONIC));
  T(waitv(all, 3, 0, zero, CLOCK_MONOTONIC));
  T(waitv(all, 3, 0, zero, CLOCK_REALTIME));
  clock_gettime(CLOCK_MONOTONIC, &now);
  soon[0] = now.tv_sec + 1;
  soon[1] = now.tv_nsec;
  T(waitv(all, 3, 0, soon, CLOCK_MONOTONIC));
  words[20] = 8;
  T(waitv(all, 3, 0, NULL, 0));
  all[1].flags = 0;
  T(waitv(all, 3, 0, NULL, 0));
  all[1].flags = 2 | 64;
  T(waitv(all, 3, 0, NULL, 0));
  all[1].flags = 2;
  all[1].reserved = 1;
  T(waitv(all, 3, 0, NULL, 0));
  all[1].reserved = 0;
  all[1].address++;
  T(waitv(all, 3, 0, NULL, 0));
}

struct robust {
  struct robust_list head, *next;
  uint32_t word;
};

CASE(futex_robust, "the locks of a thread that dies are marked, and a sleeper is woken") {
  share();
  uint32_t *lock = words + 100;
  int pid = fork();
  if (pid == 0) {
    struct robust_list_head head;
    struct robust_list *entry = (void *)(lock - 1);
    head.list.next = entry;
    entry->next = &head.list;
    head.futex_offset = 4;
    head.list_op_pending = NULL;
    syscall(SYS_set_robust_list, &head, sizeof head);
    *lock = syscall(SYS_gettid) | FUTEX_WAITERS;
    words[0] = 1;
    for (;;) pause();
  }
  while (words[0] == 0) usleep(1000);
  await_state(pid, "S");
  int waits = sleeper(lock, *lock, -1);
  kill(pid, SIGKILL);
  say_end("owner", pid);
  say_end("sleeper", waits);
  say("%x", *lock);
  T(syscall(SYS_set_robust_list, words, 11));
  T(syscall(SYS_get_robust_list, 30000, words, words + 1));
}
