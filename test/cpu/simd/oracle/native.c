/*
 * Runs one SSE instruction for each request on standard input (record.ts) and writes what it left. 64-bit code: without
 * a REX prefix these instructions have the same encodings and results in both modes.
 * Build: gcc -O2 -o native native.c
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define SLOT ((uint8_t *)0x20000000)
#define OPERAND ((uint8_t *)0x20001000)
#define CODE_SIZE 12

struct request {
  uint8_t code[CODE_SIZE]; /* padded by NOPs; its operand is [rbx] */
  uint32_t mxcsr;
  uint8_t xmm[2][16];
  uint8_t memory[16];
  uint8_t mmx[8]; /* physical register 1; register 0 is zero */
  uint32_t eax;
  uint32_t x87; /* status word, control word << 16 */
  uint8_t top[16]; /* ST(0) */
};

struct reply {
  uint32_t trap; /* 0, or vector + 1 */
  uint32_t mxcsr;
  uint8_t xmm[16]; /* register 0 */
  uint8_t memory[16];
  uint8_t mmx[8]; /* physical register 0 */
  uint32_t eax;
  uint16_t eflags;
  uint8_t status[2];
  uint32_t tags;
  uint32_t zero;
};

/* FXSAVE image, then eax and eflags. */
struct frame {
  uint8_t fx[512];
  uint64_t eax;
  uint64_t eflags;
} __attribute__((aligned(16)));

static struct frame frame;
static volatile uint32_t trap;

void execute(struct frame *);
void executed(void);

__asm__(
    ".text\n"
    "execute:\n"
    "  push %rbx; push %r12; push %r15\n"
    "  mov %rdi, %r15\n"
    "  fxrstor (%r15)\n"
    "  mov 512(%r15), %eax\n"
    "  mov $0x20001000, %ebx\n"
    "  mov $0x20000000, %r12d\n"
    "  push $0x202; popfq\n"
    "  jmp *%r12\n"
    "executed:\n"
    "  mov %eax, 512(%r15)\n"
    "  pushfq; pop %rax\n"
    "  mov %rax, 520(%r15)\n"
    "  fxsave (%r15)\n"
    "  fninit\n"
    "  pop %r15; pop %r12; pop %rbx\n"
    "  ret\n");

static void on_signal(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  (void)signal;
  trap = (uint32_t)uc->uc_mcontext.gregs[REG_TRAPNO] + 1;
  uc->uc_mcontext.gregs[REG_RIP] = (greg_t)executed;
}

static uint8_t *st(int i) { return frame.fx + 32 + 16 * (i & 7); }

static void load(const struct request *in) {
  uint16_t status = (uint16_t)in->x87, control = (uint16_t)(in->x87 >> 16);
  int top = (status >> 11) & 7;
  memset(&frame, 0, sizeof frame);
  memcpy(frame.fx, &control, 2);
  memcpy(frame.fx + 2, &status, 2);
  frame.fx[4] = (uint8_t)(1 << top);
  memcpy(frame.fx + 24, &in->mxcsr, 4);
  memcpy(st(0), in->top, 10);
  memcpy(st(1 - top), in->mmx, 8);
  memset(st(0 - top), 0, 8);
  memcpy(frame.fx + 160, in->xmm, sizeof in->xmm);
  frame.eax = in->eax;
}

static void run(const struct request *in, struct reply *out) {
  static const uint8_t jump[6] = {0xff, 0x25, 0, 0, 0, 0};
  uint64_t target = (uint64_t)executed;
  memcpy(SLOT, in->code, CODE_SIZE);
  memcpy(SLOT + CODE_SIZE, jump, sizeof jump);
  memcpy(SLOT + CODE_SIZE + sizeof jump, &target, sizeof target);
  memcpy(OPERAND, in->memory, sizeof in->memory);
  load(in);
  trap = 0;
  execute(&frame);
  memset(out, 0, sizeof *out);
  out->trap = trap;
  memcpy(&out->mxcsr, frame.fx + 24, 4);
  memcpy(out->xmm, frame.fx + 160, 16);
  memcpy(out->memory, OPERAND, 16);
  memcpy(out->mmx, st(0 - ((frame.fx[3] >> 3) & 7)), 8);
  out->eax = (uint32_t)frame.eax;
  out->eflags = (uint16_t)frame.eflags;
  memcpy(out->status, frame.fx + 2, 2);
  out->tags = frame.fx[4];
}

int main(void) {
  static struct request in;
  static struct reply out;
  static uint8_t stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int signals[] = {SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP};
  void *at = mmap(SLOT, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (at != SLOT) return 1;
  sigaltstack(&alternate, NULL);
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    run(&in, &out);
    if (fwrite(&out, sizeof out, 1, stdout) != 1) return 1;
  }
  return fflush(stdout) != 0;
}
