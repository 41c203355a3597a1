/* Processor exceptions as signals: number, si_code and address, and going on after them by siglongjmp(3).
 * SDM vol. 3A, chapter 6; sigaction(2) */
#define _GNU_SOURCE
#include "lib/say.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096 };

static sigjmp_buf back;
static volatile sig_atomic_t number, code;
static void *volatile address;
static volatile int on_alternate;
static char *volatile nothing; /* address 0, hidden from the compiler */
static char *volatile base; /* addresses are shown relative to it */
static char alternate[16384];

static void on_fault(int sig, siginfo_t *info, void *context) {
  char here;
  (void)context;
  number = sig;
  code = info->si_code;
  address = info->si_addr;
  on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
  siglongjmp(back, 1);
}

static void read_null(void) { (void)*(volatile char *)nothing; }
static void write_low(void) { *(volatile char *)(nothing + 16) = 1; }
static void read_kernel(void) { (void)*(volatile char *)0xfffffff0u; }
static void write_text(void) { *(volatile char *)(void *)write_text = 1; }
static void write_readonly(void) { base[PAGE + 5] = 1; }
static void read_none(void) { (void)*(volatile char *)(base + 2 * PAGE + 7); }
static void read_past_end(void) { (void)*(volatile char *)(base + 4); }

static void straddle(void) { *(volatile int *)(base + PAGE - 2) = 1; }

static void divide(void) {
  volatile int seven = 7, zero = 0;
  seven = seven / zero;
}

static void overflow(void) {
  volatile int least = -2147483647 - 1, minus = -1;
  least = least / minus;
}

static void undefined(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void halt(void) { __asm__ volatile("hlt"); }
static void port(void) { __asm__ volatile("inb $0x60, %%al" ::: "eax"); }
static void bad_interrupt(void) { __asm__ volatile("int $0x20"); }
static void bad_segment(void) { __asm__ volatile("movw %%ax, %%fs" ::"a"(0x1003)); }
static void raised(void) { raise(SIGSEGV); }

static int deep(volatile char *above) {
  volatile char frame[2048];
  frame[0] = above[0];
  if (frame[0]) return 0; /* never: it is 0 all the way down */
  return deep(frame) + frame[1];
}

static void exhaust_stack(void) {
  volatile char start[1] = {0};
  deep(start);
}

static const struct {
  const char *what;
  void (*run)(void);
  int shows_address; /* 0: none in the siginfo, 1: as it is, 2: relative to base, 3: of the instruction, not shown */
} faults[] = {
    {"read of address 0", read_null, 1},
    {"write to address 16", write_low, 1},
    {"read of a kernel address", read_kernel, 1},
    {"write to text", write_text, 3},
    {"write to a read-only page", write_readonly, 2},
    {"read of a PROT_NONE page", read_none, 2},
    {"write across a page end", straddle, 2},
    {"division by 0", divide, 3},
    {"division overflow", overflow, 3},
    {"ud2", undefined, 3},
    {"int3", breakpoint, 0},
    {"hlt", halt, 0},
    {"in", port, 0},
    {"int 0x20", bad_interrupt, 0},
    {"load of a bad selector", bad_segment, 0},
    {"raise", raised, 3},
};

static void try(const char *what, void (*run)(void), int shows_address) {
  number = 0;
  if (!sigsetjmp(back, 1)) run();
  if (!number) {
    say("%-26s no signal\n", what);
    return;
  }
  say("%-26s signal %2d code %3d", what, (int)number, (int)code);
  if (shows_address == 1) say(" address %x", (unsigned)address);
  if (shows_address == 2) say(" address base+%x", (unsigned)((char *)address - base));
  say("%s\n", on_alternate ? " on the alternate stack" : "");
}

static void past_the_end_of_a_file(void) {
  int fd = (int)must(open("/tmp/faults.dat", O_RDWR | O_CREAT | O_TRUNC, 0600), "open");
  must(unlink("/tmp/faults.dat"), "unlink");
  base = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) must(-1, "mmap");
  try("read past a file's end", read_past_end, 2);
}

/* A handler may mend the cause and return: the instruction is executed again. */
static void on_mendable(int sig, siginfo_t *info, void *context) {
  (void)sig;
  (void)context;
  must(mprotect((void *)((unsigned long)info->si_addr & ~(PAGE - 1UL)), PAGE, PROT_READ | PROT_WRITE), "mprotect");
}

/* Or step over it. */
static void on_skippable(int sig, siginfo_t *info, void *context) {
  (void)sig;
  (void)info;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_EIP] += 2;
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  must(sigaction(sig, &action, 0), "sigaction");
}

int main(void) {
  static const int kinds[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  base = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return fail("faults", "mmap");
  must(mprotect(base + PAGE, PAGE, PROT_READ), "mprotect");
  must(mprotect(base + 2 * PAGE, PAGE, PROT_NONE), "mprotect");
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) handle(kinds[i], on_fault, 0);
  for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) try(faults[i].what, faults[i].run, faults[i].shows_address);
  say("store across the page end changed nothing: %d %d\n", base[PAGE - 2], base[PAGE - 1]);

  must(sigaltstack(&stack, 0), "sigaltstack");
  handle(SIGSEGV, on_fault, SA_ONSTACK);
  try("stack exhausted", exhaust_stack, 3);

  handle(SIGSEGV, on_mendable, 0);
  base[PAGE + 9] = 9;
  say("mended: stored %d\n", base[PAGE + 9]);
  handle(SIGILL, on_skippable, 0);
  undefined();
  say("stepped over ud2\n");
  handle(SIGSEGV, on_fault, 0);
  past_the_end_of_a_file();
  return 0;
}
