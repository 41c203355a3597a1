/*
 * Executes single instructions natively and reports what they did. i386, no C library.
 *
 * stdin: records of 16 code bytes, 10 words (eax ecx edx ebx esp ebp esi edi eip eflags), 256 bytes of memory.
 * stdout: for each, 10 words as above, trap number, error code, cr2, the count of changed data bytes, then that many
 * words (offset << 8 | byte).
 *
 * The code page is full of INT3: whatever instruction comes next stops there. Every case starts by returning from the
 * signal handler of the one before it, so registers and flags are exactly as given.
 *
 * gcc -m32 -O1 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -z noexecstack native.c
 */
typedef unsigned int u32;
typedef unsigned char u8;

#define CODE ((u8 *)0x20000000)
#define DATA ((u8 *)0x00008000)
#define WINDOW (DATA + 0xf80)
#define DATA_SIZE 0x2000
#define WINDOW_SIZE 256
#define RECORD (16 + 40 + WINDOW_SIZE)
#define OUT_LIMIT (1 << 16)

struct sigcontext32 {
  u32 gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, esp_at_signal, ss, fpstate, oldmask, cr2;
};

static u8 record[RECORD];
static u32 out[OUT_LIMIT];
static u32 out_words;
static u8 before[DATA_SIZE];
static u8 altstack[16384];

static int call(int nr, int a, int b, int c, int d, int e, int f) {
  int result;
  int args[7] = {a, b, c, d, e, f, nr};
  __asm__ volatile("push %%ebp; push %%ebx; mov %1,%%eax; mov 0(%%eax),%%ebx; mov 4(%%eax),%%ecx; mov 8(%%eax),%%edx;"
                   "mov 12(%%eax),%%esi; mov 16(%%eax),%%edi; mov 20(%%eax),%%ebp; mov 24(%%eax),%%eax; int $0x80;"
                   "pop %%ebx; pop %%ebp"
                   : "=a"(result) : "r"(args) : "ecx", "edx", "esi", "edi", "memory");
  return result;
}

static void flush(void) {
  u8 *p = (u8 *)out;
  u32 left = out_words * 4;
  while (left) {
    int n = call(4, 1, (int)p, left, 0, 0, 0);
    if (n <= 0) call(1, 2, 0, 0, 0, 0, 0);
    p += n;
    left -= n;
  }
  out_words = 0;
}

static int read_record(void) {
  u32 have = 0;
  while (have < RECORD) {
    int n = call(3, 0, (int)record + have, RECORD - have, 0, 0, 0);
    if (n <= 0) return 0;
    have += n;
  }
  return 1;
}

static void copy(u8 *to, const u8 *from, u32 n) {
  for (u32 i = 0; i < n; i++) to[i] = from[i];
}

static void prepare(struct sigcontext32 *c) {
  if (!read_record()) {
    flush();
    call(1, 0, 0, 0, 0, 0, 0);
  }
  const u32 *state = (const u32 *)(record + 16);
  for (u32 i = 0; i < 4096; i++) CODE[i] = 0xcc;
  copy((u8 *)state[8], record, 16);
  for (u32 i = 0; i < DATA_SIZE; i++) DATA[i] = 0;
  copy(WINDOW, record + 56, WINDOW_SIZE);
  copy(before, DATA, DATA_SIZE);
  c->eax = state[0]; c->ecx = state[1]; c->edx = state[2]; c->ebx = state[3];
  c->esp = state[4]; c->ebp = state[5]; c->esi = state[6]; c->edi = state[7];
  c->eip = state[8]; c->eflags = state[9];
  c->fs = 0; c->gs = 0; c->cs = 0x23; c->ss = c->ds = c->es = 0x2b;
}

static void report(const struct sigcontext32 *c) {
  if (out_words + DATA_SIZE + 16 > OUT_LIMIT) flush();
  u32 *o = out + out_words;
  o[0] = c->eax; o[1] = c->ecx; o[2] = c->edx; o[3] = c->ebx; o[4] = c->esp; o[5] = c->ebp; o[6] = c->esi; o[7] = c->edi;
  o[8] = c->eip; o[9] = c->eflags; o[10] = c->trapno; o[11] = c->err; o[12] = c->cr2;
  u32 n = 0;
  for (u32 i = 0; i < DATA_SIZE; i++)
    if (DATA[i] != before[i]) o[14 + n++] = i << 8 | DATA[i];
  o[13] = n;
  out_words += 14 + n;
}

static int started;
static void handler(int sig, void *info, u8 *uc) {
  (void)sig; (void)info;
  struct sigcontext32 *c = (struct sigcontext32 *)(uc + 20);
  __asm__ volatile("cld");
  if (started) report(c);
  started = 1;
  prepare(c);
}

__asm__(".globl restorer\nrestorer: mov $173,%eax; int $0x80");
void restorer(void);

void _start(void) {
  if (call(192, 0x20000000, 4096, 7, 0x32, -1, 0) != 0x20000000) call(1, 3, 0, 0, 0, 0, 0);
  if (call(192, (int)DATA, DATA_SIZE, 3, 0x32, -1, 0) != (int)DATA) call(1, 4, 0, 0, 0, 0, 0);
  struct { void *sp; int flags; u32 size; } stack = {altstack, 0, sizeof altstack};
  call(186, (int)&stack, 0, 0, 0, 0, 0);
  /* SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER */
  struct { void *handler; u32 flags; void *restorer; u32 mask[2]; } action = {handler, 0x4c000004, restorer, {0, 0}};
  static const int signals[] = {4, 5, 7, 8, 11};
  for (int i = 0; i < 5; i++) call(174, signals[i], (int)&action, 0, 8, 0, 0);
  /* Nothing but the two pages, this image and the signal stack may be reachable: the stack goes, and the next push faults. */
  call(91, 0x50000000, 0xffffe000u - 0x50000000, 0, 0, 0, 0);
  __asm__ volatile("int3");
  for (;;) call(1, 5, 0, 0, 0, 0, 0);
}
