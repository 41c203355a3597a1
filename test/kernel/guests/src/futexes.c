/* futex(2): every operation, with threads made by bare clone. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* linux/futex.h, which musl's headers do not bring. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_PRIVATE_FLAG 128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129
#define FUTEX_REQUEUE_PRIVATE 131
#define FUTEX_CMP_REQUEUE_PRIVATE 132
#define FUTEX_WAKE_OP_PRIVATE 133
#define FUTEX_LOCK_PI_PRIVATE 134
#define FUTEX_UNLOCK_PI_PRIVATE 135
#define FUTEX_TRYLOCK_PI_PRIVATE 136
#define FUTEX_WAIT_BITSET_PRIVATE 137
#define FUTEX_WAKE_BITSET_PRIVATE 138
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu
enum { FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR, FUTEX_OP_ANDN, FUTEX_OP_XOR, FUTEX_OP_OPARG_SHIFT = 8 };
enum { FUTEX_OP_CMP_EQ, FUTEX_OP_CMP_NE, FUTEX_OP_CMP_LT, FUTEX_OP_CMP_LE, FUTEX_OP_CMP_GT, FUTEX_OP_CMP_GE };
#define FUTEX_OP(op, arg, cmp, cmparg) ((((op) & 15u) << 28) | (((cmp) & 15u) << 24) | (((arg) & 0xfffu) << 12) | ((cmparg) & 0xfffu))
struct robust_list {
  struct robust_list *next;
};
struct robust_list_head {
  struct robust_list list;
  long futex_offset;
  struct robust_list *list_op_pending;
};

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID)
static long futex(volatile uint32_t *a, int op, uint32_t v, const void *t, volatile uint32_t *b, uint32_t v3) {
  return syscall(SYS_futex, a, op, v, t, b, v3);
}
static const char *outcome(long result) {
  static char text[8][64];
  static int at;
  char *to = text[at++ & 7];
  if (result < 0) snprintf(to, 64, "%s", strerror(errno));
  else snprintf(to, 64, "%ld", result);
  return to;
}
static volatile uint32_t a, b, done, stage;
static volatile uint32_t tids[8];
static char stacks[8][8192];
static char results[8][64];
static int order[16], woken;

static void run(int i, int (*fn)(void *)) {
  tids[i] = 1;
  clone(fn, stacks[i] + sizeof stacks[i], THREAD, (void *)(intptr_t)i, &tids[i], 0, &tids[i]);
}
static void join(int i) {
  uint32_t tid;
  while ((tid = tids[i]) != 0) futex(&tids[i], FUTEX_WAIT, tid, 0, 0, 0);
}
/* Waits for who was woken; those woken together may run in any order. */
static void settle(void) {
  static int sorted;
  usleep(20000);
  if (sorted > woken) sorted = 0;
  for (int i = sorted; i < woken; i++)
    for (int j = i + 1; j < woken; j++)
      if (order[j] < order[i]) {
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
      }
  sorted = woken;
}

static int waiter(void *arg) {
  int i = (int)(intptr_t)arg;
  long r = futex(&a, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
  snprintf(results[i], 64, "%s", outcome(r));
  order[woken++] = i;
  return 0;
}
static int bitset_waiter(void *arg) {
  int i = (int)(intptr_t)arg;
  long r = futex(&a, FUTEX_WAIT_BITSET_PRIVATE, 0, 0, 0, 1u << i);
  snprintf(results[i], 64, "%s", outcome(r));
  order[woken++] = i;
  return 0;
}
static int pi_locker(void *arg) {
  int i = (int)(intptr_t)arg;
  long r = futex(&b, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0);
  snprintf(results[i], 64, "%s, owner %d", outcome(r), (b & FUTEX_TID_MASK) == (uint32_t)syscall(SYS_gettid));
  order[woken++] = i;
  futex(&b, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0);
  return 0;
}
static struct {
  struct robust_list_head head;
  struct robust_list entry;
  volatile uint32_t word;
} robust;
static int robust_holder(void *arg) {
  (void)arg;
  robust.head.list.next = &robust.entry;
  robust.entry.next = &robust.head.list;
  robust.head.futex_offset = (char *)&robust.word - (char *)&robust.entry;
  robust.head.list_op_pending = 0;
  syscall(SYS_set_robust_list, &robust.head, sizeof robust.head);
  robust.word = syscall(SYS_gettid) | FUTEX_WAITERS;
  usleep(40000);
  return 0;
}
static int robust_waiter(void *arg) {
  int i = (int)(intptr_t)arg;
  usleep(10000);
  uint32_t seen = robust.word;
  long r = futex(&robust.word, FUTEX_WAIT, seen, 0, 0, 0);
  snprintf(results[i], 64, "%s", outcome(r));
  return 0;
}
static void show(const char *what, int n) {
  printf("%s:", what);
  for (int i = 0; i < n; i++) printf(" [%s]", results[i]);
  printf(" order");
  for (int i = 0; i < woken; i++) printf(" %d", order[i]);
  printf("\n");
  woken = 0;
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  /* The 32-bit call takes 32-bit times. */
  int32_t soon[2] = {0, 10000000}, bad[2] = {0, 2000000000}, at[2];
  printf("value differs: %s\n", outcome(futex(&a, FUTEX_WAIT, 1, 0, 0, 0)));
  printf("timeout: %s\n", outcome(futex(&a, FUTEX_WAIT, 0, soon, 0, 0)));
  printf("bad timeout: %s\n", outcome(futex(&a, FUTEX_WAIT, 0, bad, 0, 0)));
  printf("unaligned: %s\n", outcome(futex((void *)((char *)&a + 1), FUTEX_WAIT, 0, 0, 0, 0)));
  printf("nowhere: %s\n", outcome(futex((void *)16, FUTEX_WAIT, 0, 0, 0, 0)));
  printf("bad operation: %s\n", outcome(futex(&a, 99, 0, 0, 0, 0)));
  printf("empty bitset: %s %s\n", outcome(futex(&a, FUTEX_WAIT_BITSET, 0, 0, 0, 0)), outcome(futex(&a, FUTEX_WAKE_BITSET, 1, 0, 0, 0)));
  printf("clock flag on wake: %s\n", outcome(futex(&a, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, 0, 0)));
  printf("wake nobody: %s\n", outcome(futex(&a, FUTEX_WAKE, 1, 0, 0, 0)));
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("absolute past: %s\n", (at[0] = now.tv_sec, at[1] = now.tv_nsec, outcome(futex(&a, FUTEX_WAIT_BITSET, 0, at, 0, ~0u))));
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_nsec += 5000000;
  if (now.tv_nsec >= 1000000000) now.tv_sec++, now.tv_nsec -= 1000000000;
  printf("absolute wall clock: %s\n", (at[0] = now.tv_sec, at[1] = now.tv_nsec, outcome(futex(&a, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, at, 0, ~0u))));

  for (int i = 0; i < 4; i++) run(i, waiter), settle();
  printf("wake two: %s\n", outcome(futex(&a, FUTEX_WAKE_PRIVATE, 2, 0, 0, 0)));
  settle();
  printf("wake all: %s\n", outcome(futex(&a, FUTEX_WAKE_PRIVATE, 0x7fffffff, 0, 0, 0)));
  for (int i = 0; i < 4; i++) join(i);
  settle();
  show("waiters", 4);

  for (int i = 0; i < 4; i++) run(i, bitset_waiter), settle();
  printf("wake bits 1 and 3: %s\n", outcome(futex(&a, FUTEX_WAKE_BITSET_PRIVATE, 4, 0, 0, 0xa)));
  settle();
  printf("wake any: %s\n", outcome(futex(&a, FUTEX_WAKE_PRIVATE, 4, 0, 0, 0)));
  for (int i = 0; i < 4; i++) join(i);
  settle();
  show("bitsets", 4);

  for (int i = 0; i < 4; i++) run(i, waiter), settle();
  printf("requeue compares: %s\n", outcome(futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &b, 5)));
  printf("requeue: %s\n", outcome(futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &b, 0)));
  settle();
  printf("left on a %s", outcome(futex(&a, FUTEX_WAKE_PRIVATE, 9, 0, 0, 0)));
  settle();
  printf(", on b %s\n", outcome(futex(&b, FUTEX_WAKE_PRIVATE, 9, 0, 0, 0)));
  for (int i = 0; i < 4; i++) join(i);
  settle();
  show("requeued", 4);
  printf("old requeue: %s\n", outcome(futex(&a, FUTEX_REQUEUE_PRIVATE, 1, (void *)2, &b, 5)));
  printf("negative: %s\n", outcome(futex(&a, FUTEX_REQUEUE_PRIVATE, -1, (void *)2, &b, 5)));

  for (int i = 0; i < 2; i++) run(i, waiter), settle();
  b = 5;
  printf("wake op: %s", outcome(futex(&a, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 4))));
  printf(" b %u", b);
  printf(", xor %s", outcome(futex(&b, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_XOR, 1, FUTEX_OP_CMP_EQ, 0))));
  printf(" b %u", b);
  printf(", shifted or %s", outcome(futex(&b, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 8, FUTEX_OP_CMP_NE, 0))));
  printf(" b %u", b);
  printf(", bad %s\n", outcome(futex(&b, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, 0x7u << 28)));
  settle();
  futex(&a, FUTEX_WAKE_PRIVATE, 9, 0, 0, 0);
  for (int i = 0; i < 2; i++) join(i);
  settle();
  show("wake op", 2);

  b = 0;
  printf("lock pi: %s", outcome(futex(&b, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0)));
  printf(", ours %d\n", b == (uint32_t)syscall(SYS_gettid));
  printf("twice: %s\n", outcome(futex(&b, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0)));
  for (int i = 0; i < 3; i++) run(i, pi_locker), settle();
  printf("waiters bit %d\n", (b & FUTEX_WAITERS) != 0);
  printf("unlock: %s\n", outcome(futex(&b, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0)));
  for (int i = 0; i < 3; i++) join(i);
  show("pi", 3);
  printf("free again %d, unlock what is not ours: %s\n", b == 0, outcome(futex(&b, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0)));
  b = 29999;
  printf("owner does not exist: %s\n", outcome(futex(&b, FUTEX_LOCK_PI_PRIVATE, 0, 0, 0, 0)));
  b = 0;
  printf("trylock: %s", outcome(futex(&b, FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, 0, 0)));
  printf(", again %s\n", outcome(futex(&b, FUTEX_TRYLOCK_PI_PRIVATE, 0, 0, 0, 0)));
  futex(&b, FUTEX_UNLOCK_PI_PRIVATE, 0, 0, 0, 0);

  run(0, robust_holder);
  run(1, robust_waiter);
  join(0);
  join(1);
  printf("robust: waiter %s, died %d, waiters %d, owner %u\n", results[1], (robust.word & FUTEX_OWNER_DIED) != 0, (robust.word & FUTEX_WAITERS) != 0, robust.word & FUTEX_TID_MASK);
  void *head;
  uint32_t size;
  printf("get_robust_list: %s", outcome(syscall(SYS_get_robust_list, 0, &head, &size)));
  printf(" size %u\n", size);
  printf("set_robust_list of a bad size: %s\n", outcome(syscall(SYS_set_robust_list, head, 13)));

  /* A futex in memory that two processes share, at different addresses. */
  volatile uint32_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pid = fork();
  if (pid == 0) {
    volatile uint32_t *moved = mremap((void *)page, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x50000000);
    _exit(futex(moved + 3, FUTEX_WAIT, 0, 0, 0, 0) == 0 ? 0 : errno);
  }
  settle();
  printf("private wake finds nobody: %s\n", outcome(futex(page + 3, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0)));
  printf("shared wake: %s\n", outcome(futex(page + 3, FUTEX_WAKE, 1, 0, 0, 0)));
  int status;
  waitpid(pid, &status, 0);
  printf("the other process: %d\n", WEXITSTATUS(status));
  return 0;
}
