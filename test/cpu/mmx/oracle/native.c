/*
 * Runs one instruction for each record on standard input (record.ts) and writes what it left. 64-bit code: packed
 * integer instructions have the same encodings and results in both modes when no REX prefix is used.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define SLOT ((uint8_t *)0x20000000)
#define MEMORY ((uint8_t *)0x20001fe0)
#define PAGE 4096
#define CODE_SIZE 15
#define STATE_SIZE 288
#define MEMORY_SIZE 64

struct record {
  uint8_t code[CODE_SIZE];
  uint8_t length;
  uint8_t state[STATE_SIZE];
  uint32_t regs[8];
  uint8_t memory[MEMORY_SIZE];
};

/* What execute() uses, at offsets that it knows. */
struct frame {
  uint8_t state[512];
  uint32_t regs[8];
  uint64_t eflags;
} __attribute__((aligned(16)));

static struct frame frame;
static volatile int trap;

void execute(struct frame *);
void executed(void);

__asm__(
    ".text\n"
    "execute:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; sub $8, %rsp\n"
    "  mov %rdi, %r15\n"
    "  fxrstor (%r15)\n"
    "  mov 512(%r15), %eax\n"
    "  mov 516(%r15), %ecx\n"
    "  mov 520(%r15), %edx\n"
    "  mov 524(%r15), %ebx\n"
    "  mov 532(%r15), %ebp\n"
    "  mov 536(%r15), %esi\n"
    "  mov 540(%r15), %edi\n"
    "  mov $0x20000000, %r14d\n"
    "  push $0x202; popfq\n"
    "  jmp *%r14\n"
    "executed:\n"
    "  mov %eax, 512(%r15)\n"
    "  mov %ecx, 516(%r15)\n"
    "  mov %edx, 520(%r15)\n"
    "  mov %ebx, 524(%r15)\n"
    "  mov %ebp, 532(%r15)\n"
    "  mov %esi, 536(%r15)\n"
    "  mov %edi, 540(%r15)\n"
    "  pushfq; pop %rax\n"
    "  mov %rax, 544(%r15)\n"
    "  fxsave (%r15)\n"
    "  fninit\n"
    "  add $8, %rsp; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n");

static void on_signal(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  trap = signal;
  uc->uc_mcontext.gregs[REG_RIP] = (greg_t)executed;
}

static void run(struct record *r) {
  static const uint8_t jump[6] = {0xff, 0x25, 0, 0, 0, 0};
  uint64_t target = (uint64_t)executed;
  memcpy(SLOT, r->code, r->length);
  memcpy(SLOT + r->length, jump, sizeof jump);
  memcpy(SLOT + r->length + sizeof jump, &target, sizeof target);
  memcpy(MEMORY, r->memory, MEMORY_SIZE);
  memset(&frame, 0, sizeof frame);
  memcpy(frame.state, r->state, STATE_SIZE);
  memcpy(frame.regs, r->regs, sizeof frame.regs);
  trap = 0;
  execute(&frame);
  memset(r->code, 0, sizeof r->code);
  r->length = 0;
  r->code[0] = (uint8_t)trap;
  memcpy(r->code + 4, &frame.eflags, 4);
  memcpy(r->state, frame.state, STATE_SIZE);
  memcpy(r->regs, frame.regs, sizeof frame.regs);
  memcpy(r->memory, MEMORY, MEMORY_SIZE);
}

int main(void) {
  static struct record r;
  static uint8_t stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int signals[] = {SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP};
  void *at = mmap(SLOT, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (at != SLOT) return 1;
  sigaltstack(&alternate, NULL);
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  while (fread(&r, sizeof r, 1, stdin) == 1) {
    run(&r);
    if (fwrite(&r, sizeof r, 1, stdout) != 1) return 1;
  }
  return 0;
}
