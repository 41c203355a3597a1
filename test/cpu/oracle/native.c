/*
 * Executes short pieces of code natively and reports what they did. No C library; i386 (-m32) and x86-64.
 *
 * stdin: struct request; stdout: for each a struct reply, then its changed bytes (offset from DATA << 8 | byte).
 *
 * The code page is full of INT3. After the piece comes a jump to `finish`, so that code which runs to its end costs no
 * trap; whatever jumps elsewhere meets an INT3 or an unmapped page. A handler on a stack of its own notes traps and
 * goes on with the next request: it never returns.
 *
 * In 64-bit mode this program lies above 4 GiB, so that 32-bit addresses reach the pages below and nothing else. In
 * 32-bit mode the stack that the kernel made goes away for the same reason.
 *
 * gcc -O2 -nostdlib -ffreestanding -fno-stack-protector -mno-red-zone native.c, with -static-pie, or -m32 -static -no-pie.
 */
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned long word;
typedef unsigned long long u64;

#define CODE ((u8 *)0x20000000)
#define SLOT (CODE + 0x800)
#define SLOT_SIZE 32
/* The end of the code page holds the address of `finish`. */
#define TARGET ((word *)(CODE + 0x1000 - sizeof(word)))
#define PAGE 4096
/* Pages from DATA on: two to write to, none, one to write to, one to read only; none before and after. */
#define DATA ((u8 *)0x8000)
#define DATA_SIZE (5 * PAGE)
#define WINDOW_SIZE 256
#define FX_SIZE 288
#define INT3 0xcc

struct request {
  u8 code[SLOT_SIZE];
  u32 length;
  u32 window; /* where `memory` goes: DATA <= window <= DATA + DATA_SIZE - WINDOW_SIZE */
  u32 regs[8]; /* eax ecx edx ebx esp ebp esi edi */
  u32 eflags;
  u32 reserved;
  u8 fx[FX_SIZE]; /* FXSAVE image up to XMM7 */
  u8 memory[WINDOW_SIZE];
};

#define COMPLETED 0xffffffffu
struct reply {
  u32 regs[8];
  u32 eip;
  u32 eflags;
  u32 trap; /* vector, or COMPLETED */
  u32 error;
  u32 cr2;
  u32 changes;
  u8 fx[FX_SIZE];
};

#define REQUESTS 128
#define OUT_SIZE (1 << 18)
#define OUT_ROOM (OUT_SIZE - (int)sizeof(struct reply) - 4 * DATA_SIZE)

static struct request requests[REQUESTS];
static u8 out[OUT_SIZE] __attribute__((aligned(16)));
static u32 out_bytes;
static u8 *data; /* all pages of DATA, writable */
static u8 before[DATA_SIZE] __attribute__((aligned(64)));
static u8 signal_stack[65536] __attribute__((aligned(64)));
static u32 running;

/* What the stubs below exchange with the rest. */
#define SHARED __attribute__((used, aligned(64)))
SHARED u8 fx_in[512];
SHARED u8 fx_out[512];
SHARED u32 regs_in[16];  /* ..., [8] eflags */
SHARED u32 regs_out[16]; /* ..., [8] eflags */
SHARED word saved_stack[2];
SHARED word slot_at[1];
/* Hidden: there is no loader that would fill in a table of addresses. */
#define STUB __attribute__((visibility("hidden")))
STUB void finish(void);
STUB void leave(void) __attribute__((noreturn));
STUB void run(void);

#ifdef __x86_64__
#define AT(name, offset) name "+" #offset "(%rip)"
__asm__(".text\n"
        "run:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  mov %rsp," AT("saved_stack", 0) "\n"
        "  fxrstor " AT("fx_in", 0) "\n"
        "  mov " AT("regs_in", 32) ",%eax; push %rax; popfq\n"
        "  mov " AT("regs_in", 0) ",%eax; mov " AT("regs_in", 4) ",%ecx\n"
        "  mov " AT("regs_in", 8) ",%edx; mov " AT("regs_in", 12) ",%ebx\n"
        "  mov " AT("regs_in", 16) ",%esp; mov " AT("regs_in", 20) ",%ebp\n"
        "  mov " AT("regs_in", 24) ",%esi; mov " AT("regs_in", 28) ",%edi\n"
        "  jmp *" AT("slot_at", 0) "\n"
        "finish:\n"
        "  mov %eax," AT("regs_out", 0) "; mov %ecx," AT("regs_out", 4) "\n"
        "  mov %edx," AT("regs_out", 8) "; mov %ebx," AT("regs_out", 12) "\n"
        "  mov %esp," AT("regs_out", 16) "; mov %ebp," AT("regs_out", 20) "\n"
        "  mov %esi," AT("regs_out", 24) "; mov %edi," AT("regs_out", 28) "\n"
        "  mov " AT("saved_stack", 0) ",%rsp\n"
        "  pushfq; pop %rax; mov %eax," AT("regs_out", 32) "\n"
        "  fxsave " AT("fx_out", 0) "\n"
        "leave:\n"
        "  mov " AT("saved_stack", 0) ",%rsp\n"
        "  push $2; popfq\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");

static long call(long nr, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
enum { READ = 0, WRITE = 1, MMAP = 9, SIGACTION = 13, EXIT = 60, ALTSTACK = 131, FTRUNCATE = 77, MEMFD = 319 };
#define OFFSET_UNIT 1
/* Where `data` should be: anywhere above 4 GiB; in 32-bit mode out of the way. */
#define ALIAS 0

/* ucontext: flags, link, stack (3), then these. */
struct sigcontext {
  u64 r8_to_r15[8], di, si, bp, bx, dx, ax, cx, sp, ip, flags, segments, err, trapno, oldmask, cr2;
  u8 *fpstate;
};
#define CONTEXT_AT 40
#define FX_OF(c) ((c)->fpstate)
#else
#define AT(name, offset) name "+" #offset
__asm__(".text\n"
        "run:\n"
        "  push %ebx; push %esi; push %edi; push %ebp\n"
        "  mov %esp," AT("saved_stack", 0) "\n"
        "  fxrstor " AT("fx_in", 0) "\n"
        "  push " AT("regs_in", 32) "; popf\n"
        "  mov " AT("regs_in", 0) ",%eax; mov " AT("regs_in", 4) ",%ecx\n"
        "  mov " AT("regs_in", 8) ",%edx; mov " AT("regs_in", 12) ",%ebx\n"
        "  mov " AT("regs_in", 16) ",%esp; mov " AT("regs_in", 20) ",%ebp\n"
        "  mov " AT("regs_in", 24) ",%esi; mov " AT("regs_in", 28) ",%edi\n"
        "  jmp *" AT("slot_at", 0) "\n"
        "finish:\n"
        "  mov %eax," AT("regs_out", 0) "; mov %ecx," AT("regs_out", 4) "\n"
        "  mov %edx," AT("regs_out", 8) "; mov %ebx," AT("regs_out", 12) "\n"
        "  mov %esp," AT("regs_out", 16) "; mov %ebp," AT("regs_out", 20) "\n"
        "  mov %esi," AT("regs_out", 24) "; mov %edi," AT("regs_out", 28) "\n"
        "  mov " AT("saved_stack", 0) ",%esp\n"
        "  pushf; pop %eax; mov %eax," AT("regs_out", 32) "\n"
        "  fxsave " AT("fx_out", 0) "\n"
        "leave:\n"
        "  mov " AT("saved_stack", 0) ",%esp\n"
        "  push $2; popf\n"
        "  pop %ebp; pop %edi; pop %esi; pop %ebx\n"
        "  ret\n");

static long call(long nr, long a, long b, long c, long d, long e, long f) {
  long result;
  long args[7] = {a, b, c, d, e, f, nr};
  __asm__ volatile("push %%ebp; push %%ebx; mov %1,%%eax; mov 0(%%eax),%%ebx; mov 4(%%eax),%%ecx; mov 8(%%eax),%%edx;"
                   "mov 12(%%eax),%%esi; mov 16(%%eax),%%edi; mov 20(%%eax),%%ebp; mov 24(%%eax),%%eax; int $0x80;"
                   "pop %%ebx; pop %%ebp"
                   : "=a"(result) : "r"(args) : "ecx", "edx", "esi", "edi", "memory");
  return result;
}
enum { READ = 3, WRITE = 4, MMAP = 192, SIGACTION = 174, EXIT = 1, ALTSTACK = 186, FTRUNCATE = 93, MEMFD = 356, MUNMAP = 91 };
/* mmap2 counts offsets in pages. */
#define OFFSET_UNIT PAGE
#define ALIAS 0x30000000

struct sigcontext {
  u32 gs, fs, es, ds, di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip, cs, flags, sp_at_signal, ss;
  u8 *fpstate;
  u32 oldmask, cr2;
};
#define CONTEXT_AT 20
/* Behind the FSAVE image of 112 bytes. */
#define FX_OF(c) ((c)->fpstate + 112)
#endif

static void copy(void *to, const void *from, u32 n) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static void fill(void *to, u8 byte, u32 n) {
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
}

static void flush(void) {
  for (u32 done = 0; done < out_bytes;) {
    long n = call(WRITE, 1, (long)out + done, out_bytes - done, 0, 0, 0);
    if (n <= 0) call(EXIT, 2, 0, 0, 0, 0, 0);
    done += n;
  }
  out_bytes = 0;
}

/* Returns how many whole requests there are; exits after the last. */
static u32 read_requests(void) {
  u32 have = 0;
  for (;;) {
    long n = call(READ, 0, (long)requests + have, sizeof requests - have, 0, 0, 0);
    if (n < 0) call(EXIT, 2, 0, 0, 0, 0, 0);
    have += n;
    if (n == 0 && have == 0) {
      flush();
      call(EXIT, 0, 0, 0, 0, 0, 0);
    }
    if (n == 0 || have % sizeof *requests == 0) return have / sizeof *requests;
  }
}

/* Puts the piece into the slot, then: jmp *TARGET, which is aligned for the sake of the AC flag. */
static void write_code(const struct request *r) {
  static u32 used = 0x400;
  fill(SLOT, INT3, used);
  copy(SLOT, r->code, r->length);
  u8 *jump = SLOT + r->length;
  jump[0] = 0xff;
  jump[1] = 0x25;
  u32 at = (u32)(word)TARGET - (sizeof(word) == 8 ? (u32)(word)jump + 6 : 0);
  copy(jump + 2, &at, 4);
  used = SLOT_SIZE + 6;
}

static void write_window(const struct request *r) {
  static u32 last;
  fill(data + last, 0, WINDOW_SIZE);
  fill(before + last, 0, WINDOW_SIZE);
  last = r->window - (u32)(word)DATA;
  if (last > DATA_SIZE - WINDOW_SIZE) call(EXIT, 6, 0, 0, 0, 0, 0);
  copy(data + last, r->memory, WINDOW_SIZE);
  copy(before + last, r->memory, WINDOW_SIZE);
}

/* Writes the bytes of a 64-byte block that changed, and puts the old ones back. */
static u32 report_block(u32 block, u32 *to) {
  u32 n = 0;
  for (u32 i = block; i < block + 64; i++) {
    if (data[i] == before[i]) continue;
    to[n++] = i << 8 | data[i];
    data[i] = before[i];
  }
  return n;
}

static u32 report_changes(u32 *to) {
  u32 n = 0;
  for (u32 block = 0; block < DATA_SIZE; block += 64) {
    if (block == 2 * PAGE) block += PAGE;
    const u64 *a = (const u64 *)(data + block), *b = (const u64 *)(before + block);
    u64 differ = 0;
    for (u32 i = 0; i < 8; i++) differ |= a[i] ^ b[i];
    if (differ) n += report_block(block, to + n);
  }
  return n;
}

static struct reply *reply(void) { return (struct reply *)(out + out_bytes); }

static void execute(const struct request *r) {
  write_code(r);
  write_window(r);
  copy(fx_in, r->fx, FX_SIZE);
  copy(regs_in, r->regs, 36);
  reply()->trap = COMPLETED;
  running = 1;
  run();
  running = 0;
  struct reply *o = reply();
  if (o->trap == COMPLETED) {
    copy(o->regs, regs_out, 32);
    o->eip = (u32)(word)SLOT + r->length;
    o->eflags = regs_out[8];
    o->error = o->cr2 = 0;
    copy(o->fx, fx_out, FX_SIZE);
  }
  o->changes = report_changes((u32 *)(o + 1));
  out_bytes += sizeof *o + 4 * o->changes;
  if (out_bytes > OUT_ROOM) flush();
}

/* A trap inside the harness itself is a bug, or a start state that FXRSTOR refuses. */
static void handler(int signal, void *info, u8 *context) {
  (void)signal;
  (void)info;
  __asm__ volatile("push $2; popf" : : : "memory", "cc"); /* AC may be set */
  const struct sigcontext *c = (const struct sigcontext *)(context + CONTEXT_AT);
  if (!running || (c->ip >= (word)run && c->ip < (word)finish + 512)) call(EXIT, 3, 0, 0, 0, 0, 0);
  struct reply *o = reply();
  o->regs[0] = c->ax; o->regs[1] = c->cx; o->regs[2] = c->dx; o->regs[3] = c->bx;
  o->regs[4] = c->sp; o->regs[5] = c->bp; o->regs[6] = c->si; o->regs[7] = c->di;
  o->eip = c->ip;
  o->eflags = c->flags;
  o->trap = c->trapno;
  o->error = c->err;
  o->cr2 = c->cr2;
  copy(o->fx, FX_OF(c), FX_SIZE);
  leave();
}

static void map(u8 *at, u32 pages, int protection, int file, u32 first) {
  enum { SHARED_FIXED = 0x11 };
  word got = call(MMAP, (long)at, pages * PAGE, protection, SHARED_FIXED, file, first * (PAGE / OFFSET_UNIT));
  if (got != (word)at) call(EXIT, 4, 0, 0, 0, 0, 0);
}

static void map_pages(void) {
  enum { R = 1, RW = 3, RWX = 7 };
  int file = call(MEMFD, (long)"window", 0, 0, 0, 0, 0);
  call(FTRUNCATE, file, DATA_SIZE, 0, 0, 0, 0);
  data = (u8 *)call(MMAP, ALIAS, DATA_SIZE, RW, 1, file, 0);
  map(DATA, 2, RW, file, 0);
  map(DATA + 3 * PAGE, 1, RW, file, 3);
  map(DATA + 4 * PAGE, 1, R, file, 4);
  (void)*(volatile u8 *)(DATA + 4 * PAGE); /* a store finds the page present */
  file = call(MEMFD, (long)"code", 0, 0, 0, 0, 0);
  call(FTRUNCATE, file, PAGE, 0, 0, 0, 0);
  map(CODE, 1, RWX, file, 0);
  fill(CODE, INT3, PAGE);
  *TARGET = (word)finish;
}

__attribute__((used)) void begin(void) {
  struct { void *sp; int flags; word size; } stack = {signal_stack, 0, sizeof signal_stack};
  call(ALTSTACK, (long)&stack, 0, 0, 0, 0, 0);
  /* SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER; nothing ever returns to the restorer. */
  struct { void *handler; word flags; void *restorer; u32 mask[2]; } action = {handler, 0x4c000004, handler, {0, 0}};
  const int signals[] = {4, 5, 7, 8, 11};
  for (int i = 0; i < 5; i++) call(SIGACTION, signals[i], (long)&action, 0, 8, 0, 0);
  map_pages();
#ifndef __x86_64__
  call(MUNMAP, 0x50000000, 0xffffe000u - 0x50000000, 0, 0, 0, 0);
#endif
  slot_at[0] = (word)SLOT;
  for (;;) {
    u32 count = read_requests();
    for (u32 i = 0; i < count; i++) execute(requests + i);
  }
}

static u8 own_stack[65536] __attribute__((used, aligned(64)));
#ifdef __x86_64__
__asm__(".globl _start\n_start: lea own_stack+65536(%rip),%rsp; call begin\n");
#else
__asm__(".globl _start\n_start: mov $own_stack+65536,%esp; call begin\n");
#endif
