/*
 * Runs single x87 instructions on the processor and reports the state they leave.
 * Reads struct request records from standard input, writes one struct reply for each to standard output.
 * Build: gcc -m32 -O2 -static -o native native.c
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define SLOT 0x20000000u
#define OPERAND 0x20001000u
#define X87_SIZE 160
#define MEMORY_SIZE 128

struct request {
  uint8_t code[12]; /* one instruction; its operand is [ebx] */
  uint32_t eax;
  uint32_t eflags;
  uint8_t state[X87_SIZE]; /* FXSAVE image, x87 part */
  uint8_t memory[MEMORY_SIZE];
};

struct reply {
  uint32_t trap; /* 0, or vector + 1; the rest is then the request's */
  uint32_t eax;
  uint32_t eflags;
  uint8_t state[X87_SIZE];
  uint8_t memory[MEMORY_SIZE];
};

static uint8_t before[512] __attribute__((aligned(16)));
static uint8_t after[512] __attribute__((aligned(16)));
uint32_t out_eax, out_eflags;
volatile uint32_t trap;

void run_slot(const void *load, void *save, uint32_t eax, uint32_t eflags);
extern char recover[];
__asm__(".text\n"
        "run_slot:\n"
        "  push %ebx\n  push %esi\n  push %edi\n  push %ebp\n"
        "  mov 20(%esp),%esi\n  mov 24(%esp),%edi\n"
        "  fxrstor (%esi)\n"
        "  mov $0x20001000,%ebx\n"
        "  mov 28(%esp),%eax\n"
        "  push 32(%esp)\n  popf\n"
        "  mov $0x20000000,%ecx\n"
        "  call *%ecx\n"
        "recover:\n"
        "  pushf\n  pop out_eflags\n"
        "  mov %eax,out_eax\n"
        "  fxsave (%edi)\n"
        "  fninit\n"
        "  cld\n"
        "  pop %ebp\n  pop %edi\n  pop %esi\n  pop %ebx\n"
        "  ret\n");

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  uint32_t eip = uc->uc_mcontext.gregs[REG_EIP];
  if (eip < SLOT || eip >= SLOT + 16) {
    fprintf(stderr, "signal %d at %x\n", number, eip);
    _exit(3);
  }
  trap = uc->uc_mcontext.gregs[REG_TRAPNO] + 1;
  uc->uc_mcontext.gregs[REG_EIP] = (uint32_t)recover;
  uc->uc_mcontext.gregs[REG_ESP] += 4;
  /* Drop pending exceptions, or the next waiting instruction would trap again. */
  if (uc->uc_mcontext.fpregs) uc->uc_mcontext.fpregs->sw &= ~0x80ffu;
}

int main(void) {
  static struct request in;
  static struct reply out;
  uint8_t *slot = mmap((void *)SLOT, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (slot != (void *)SLOT) return 2;
  static uint8_t stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int numbers[] = {SIGFPE, SIGSEGV, SIGILL, SIGBUS, SIGTRAP};
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, 0);
  static char inbuf[1 << 20], outbuf[1 << 20];
  setvbuf(stdin, inbuf, _IOFBF, sizeof inbuf);
  setvbuf(stdout, outbuf, _IOFBF, sizeof outbuf);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memcpy(slot, in.code, sizeof in.code);
    memcpy((void *)OPERAND, in.memory, MEMORY_SIZE);
    memcpy(before, in.state, X87_SIZE);
    trap = 0;
    run_slot(before, after, in.eax, in.eflags);
    memset(&out, 0, sizeof out);
    out.trap = trap;
    if (trap) {
      out.eax = in.eax;
      out.eflags = in.eflags;
      memcpy(out.state, in.state, X87_SIZE);
    } else {
      out.eax = out_eax;
      out.eflags = out_eflags;
      memcpy(out.state, after, X87_SIZE);
    }
    memcpy(out.memory, (void *)OPERAND, MEMORY_SIZE);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return fflush(stdout) != 0;
}
