/*
 * The guest of the system call fuzzer. Process 1 maps the batch's files and keeps some workers alive, each of which takes the
 * next call of a list that all share, makes it, and goes on; a worker that dies, execs or forks costs nothing but itself.
 * No C library: only the calls below are made beside those of the list. Addresses are agreed with layout.ts.
 */
#define CALLS 0x20000000u  /* header, then the calls: read-only */
#define SHARED 0x21000000u /* the number of the next call: one page of a file, shared by all */
#define DATA 0x22000000u   /* what arguments point to: private, writable */
#define CODE 0x23000000u   /* a signal handler, and 64 bytes after it the worker's loop */

struct call {
  unsigned nr, args[6], unused;
};
struct header {
  unsigned total, setup, workers, data_size, calls_size, rounds, unused[2];
};

#define HEADER ((struct header *)CALLS)
#define NEXT (*(volatile unsigned *)SHARED)

enum { NR_fork = 2, NR_open = 5, NR_waitpid = 7, NR_getpid = 20, NR_kill = 37, NR_signal = 48, NR_nanosleep = 162, NR_mmap2 = 192, NR_exit_group = 252 };
enum { PROT_RW = 3, PROT_R = 1, PROT_RWX = 7, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 16, MAP_ANONYMOUS = 32 };
enum { WNOHANG = 1, WALL = 0x40000000, MAX_WORKERS = 8 };

/* One call of the list: all six registers from a record, nothing kept on the stack. */
__asm__(
    ".globl make_call\n"
    "make_call:\n push %ebx\n push %esi\n push %edi\n push %ebp\n mov 20(%esp), %eax\n"
    " mov 4(%eax), %ebx\n mov 8(%eax), %ecx\n mov 12(%eax), %edx\n mov 16(%eax), %esi\n mov 20(%eax), %edi\n mov 24(%eax), %ebp\n"
    " mov (%eax), %eax\n int $0x80\n"
    " pop %ebp\n pop %edi\n pop %esi\n pop %ebx\n ret\n"
    ".globl code, code_end\n"
    "code:\n"
    /* A handler makes one call and returns. */
    " mov $1, %eax\n lock xadd %eax, 0x21000000\n cmp 0x20000000, %eax\n jae 1f\n"
    " inc %eax\n shl $5, %eax\n add $0x20000000, %eax\n"
    " mov 4(%eax), %ebx\n mov 8(%eax), %ecx\n mov 12(%eax), %edx\n mov 16(%eax), %esi\n mov 20(%eax), %edi\n mov 24(%eax), %ebp\n"
    " mov (%eax), %eax\n int $0x80\n"
    "1: ret\n"
    ".balign 64\n"
    /* The loop: a child of fork or clone goes on in it too, whatever its stack is. */
    "2: mov $1, %eax\n lock xadd %eax, 0x21000000\n cmp 0x20000000, %eax\n jae 3f\n"
    " inc %eax\n shl $5, %eax\n add $0x20000000, %eax\n"
    " mov 4(%eax), %ebx\n mov 8(%eax), %ecx\n mov 12(%eax), %edx\n mov 16(%eax), %esi\n mov 20(%eax), %edi\n mov 24(%eax), %ebp\n"
    " mov (%eax), %eax\n int $0x80\n jmp 2b\n"
    "3: xor %ebx, %ebx\n mov $1, %eax\n int $0x80\n"
    "code_end:\n"
    ".globl _start\n"
    "_start: xor %ebp, %ebp\n and $-16, %esp\n call run\n");

extern int make_call(const struct call *call);
extern const unsigned char code[], code_end[];

static int call(unsigned nr, unsigned a, unsigned b, unsigned c, unsigned d, unsigned e, unsigned f) {
  struct call record = {nr, {a, b, c, d, e, f}, 0};
  return make_call(&record);
}

static int map(unsigned at, unsigned size, unsigned prot, unsigned flags, const char *path) {
  int fd = path == 0 ? -1 : call(NR_open, (unsigned)path, flags == MAP_SHARED ? 2 : 0, 0, 0, 0, 0);
  return call(NR_mmap2, at, size, prot, flags | MAP_FIXED | (path == 0 ? MAP_ANONYMOUS : 0), fd, 0);
}

/* The descriptors that this leaves open are there for the calls to find. */
static void map_all(void) {
  map(CALLS, 4096, PROT_R, MAP_PRIVATE, "/fuzz/calls");
  map(CALLS, HEADER->calls_size, PROT_R, MAP_PRIVATE, "/fuzz/calls");
  map(SHARED, 4096, PROT_RW, MAP_SHARED, "/fuzz/shared");
  map(DATA, HEADER->data_size, PROT_RW, MAP_PRIVATE, "/fuzz/data");
  map(DATA + HEADER->data_size, 4096, PROT_R, MAP_PRIVATE, 0);
  map(CODE, 4096, PROT_RWX, MAP_PRIVATE, 0);
  for (unsigned i = 0; i < (unsigned)(code_end - code); i++) ((unsigned char *)CODE)[i] = code[i];
}

extern const unsigned char nothing[];
__asm__("nothing: ret\n");

/* Process 1 outlives signals that it can catch; its workers begin with the usual actions. */
static void actions(unsigned handler) {
  for (unsigned sig = 1; sig <= 64; sig++) call(NR_signal, sig, handler, 0, 0, 0, 0);
}

static void work(void) {
  actions(0);
  const struct call *setup = (const struct call *)CALLS + 1 + HEADER->total;
  for (unsigned i = 0; i < HEADER->setup; i++) make_call(&setup[i]);
  ((void (*)(void))(CODE + 64))();
}

static int workers[MAX_WORKERS];

static void start(unsigned slot) {
  int pid = call(NR_fork, 0, 0, 0, 0, 0, 0);
  if (pid == 0) work();
  workers[slot] = pid > 0 ? pid : 0;
}

static void reap(void) {
  int pid;
  while ((pid = call(NR_waitpid, -1, 0, WNOHANG | WALL, 0, 0, 0)) > 0) {
    for (unsigned i = 0; i < MAX_WORKERS; i++)
      if (workers[i] == pid) workers[i] = 0;
  }
}

void run(void) {
  const unsigned pause[2] = {0, 2000000};
  unsigned before = 0;
  map_all();
  if (call(NR_getpid, 0, 0, 0, 0, 0, 0) != 1) work();
  actions((unsigned)nothing);
  for (unsigned round = 0; round < HEADER->rounds && NEXT < HEADER->total; round++) {
    for (unsigned i = 0; i < HEADER->workers; i++)
      if (workers[i] == 0) start(i);
    call(NR_nanosleep, (unsigned)pause, 0, 0, 0, 0, 0);
    if (NEXT == before) call(NR_kill, -1, 9, 0, 0, 0, 0);
    before = NEXT;
    reap();
  }
  call(NR_kill, -1, 9, 0, 0, 0, 0);
  while (call(NR_waitpid, -1, 0, WALL, 0, 0, 0) > 0) continue;
  call(NR_exit_group, 0, 0, 0, 0, 0, 0);
}
