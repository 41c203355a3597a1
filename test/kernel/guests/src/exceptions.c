/*
 * Every exception that a program can raise, as its signal handler sees it: signal, si_code, trapno, error code, CR2, where
 * EIP and si_addr point, and EFLAGS.RF.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RF 0x10000

struct sigcontext32 {
  uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, espAtSignal, ss, fpstate, oldmask, cr2;
};

static sigjmp_buf back;
static const char *name;
/* Address of the instruction that is to fault. */
static uint32_t at;
static int stepping;
static uint32_t steps[64];
static int taken, wanted;

static void handler(int sig, siginfo_t *info, void *context) {
  /* Handlers inherit EFLAGS.AC. */
  __asm__ volatile("pushf; andl $~0x40000, (%%esp); popf" ::: "cc");
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  if (stepping) {
    steps[taken++] = c->eip;
    if (info->si_code != 2 || (uint32_t)info->si_addr != c->eip || c->trapno != 1 || c->err) printf("a step of another kind\n");
    if (taken >= wanted) c->eflags &= ~0x100u;
    return;
  }
  uint32_t addr = (uint32_t)info->si_addr;
  printf("%-14s signal %2d code %3d trap %2u err %4x eip %+d rf %d addr ", name, sig, info->si_code, c->trapno, c->err, (int)(c->eip - at), (c->eflags & RF) != 0);
  if (addr == 0) printf("0");
  else if (addr == c->eip) printf("eip");
  else printf("%08x", addr);
  if (c->trapno == 14) printf(" cr2 %08x", c->cr2);
  printf("\n");
  siglongjmp(back, 1);
}

/* The text is assembled with %[at] told the address of label 9, the instruction that is to fault. */
#define TRY(what, text, ...)                                                                  \
  do {                                                                                        \
    name = what;                                                                              \
    if (!sigsetjmp(back, 1)) {                                                                \
      __asm__ volatile("movl $9f, %[at]\n\t" text : [at] "+m"(at) : __VA_ARGS__               \
                       : "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");           \
      printf("%-14s goes through\n", what);                                                   \
    }                                                                                         \
  } while (0)
#define PLAIN(text) TRY(text, "xor %%eax, %%eax; xor %%ebx, %%ebx; xor %%ecx, %%ecx; xor %%edx, %%edx\n9: " text, "i"(0))

static uint32_t bounds[2] = {3, 5};
static uint64_t quad[3] __attribute__((aligned(16), used));
static uint8_t area[128] __attribute__((aligned(16), used));

static void numbers(void) {
  TRY("div 0", "xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax\n9: div %%ecx", "i"(0));
  TRY("idiv overflow", "mov $0x80000000, %%eax; cdq; mov $-1, %%ecx\n9: idiv %%ecx", "i"(0));
  TRY("aam 0", "mov $7, %%eax\n9: .byte 0xd4, 0", "i"(0));
  TRY("into", "mov $0x7fffffff, %%eax; add $1, %%eax\n9: into", "i"(0));
  TRY("into without", "xor %%eax, %%eax\n9: into", "i"(0));
  TRY("bound", "mov $6, %%eax\n9: bound %%eax, %[b]", [b] "m"(bounds));
  TRY("bound within", "mov $5, %%eax\n9: bound %%eax, %[b]", [b] "m"(bounds));
}

static void interrupts(void) {
  PLAIN("int $0");
  PLAIN("int $1");
  PLAIN("int $2");
  PLAIN("int3");
  PLAIN(".byte 0xcd, 3");
  PLAIN("int $4");
  PLAIN("int $5");
  PLAIN("int $14");
  PLAIN("int $0x20");
  PLAIN("int $0x81");
  PLAIN("int $0xff");
  PLAIN(".byte 0xf1");
  PLAIN("ud2");
  PLAIN(".byte 0xf0, 0x90");
  PLAIN(".byte 0x0f, 0x05");
}

static void privileged(void) {
  PLAIN("hlt");
  PLAIN("cli");
  PLAIN("sti");
  PLAIN("in $0x61, %%al");
  PLAIN("out %%eax, %%dx");
  PLAIN("insb");
  PLAIN("outsl");
  PLAIN("mov %%cr0, %%eax");
  PLAIN("mov %%eax, %%cr3");
  PLAIN("mov %%db7, %%eax");
  PLAIN("mov %%eax, %%db0");
  PLAIN("lgdt quad");
  PLAIN("lidt quad");
  PLAIN("lldt %%ax");
  PLAIN("ltr %%ax");
  PLAIN("lmsw %%ax");
  PLAIN("clts");
  PLAIN("invd");
  PLAIN("wbinvd");
  PLAIN("invlpg quad");
  PLAIN("rdmsr");
  PLAIN("wrmsr");
  PLAIN("rdpmc");
}

static void selectors(void) {
  TRY("mov ds", "mov $0x23b, %%eax\n9: mov %%ax, %%ds", "i"(0));
  TRY("mov es kernel", "mov $0x68, %%eax\n9: mov %%ax, %%es", "i"(0));
  TRY("mov ss null", "xor %%eax, %%eax\n9: mov %%ax, %%ss", "i"(0));
  TRY("mov ss code", "mov $0x73, %%eax\n9: mov %%ax, %%ss", "i"(0));
  TRY("mov fs ldt", "mov $0x0f, %%eax\n9: mov %%ax, %%fs", "i"(0));
  TRY("null access", "mov %%fs, %%ecx; xor %%eax, %%eax; mov %%ax, %%fs\n9: mov %%fs:quad, %%eax", "i"(0));
  TRY("far jump", "9: ljmp $0x68, $0", "i"(0));
  TRY("far jump data", "9: ljmp $0x7b, $0", "i"(0));
}

static void pages(void) {
  char *page = mmap((void *)0x60000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  (void)page;
  TRY("read nothing", "9: movb 0x20, %%al", "i"(0));
  TRY("write nothing", "9: movb %%al, 0x30", "i"(0));
  TRY("write r/o", "9: movb %%al, 0x60000040", "i"(0));
  TRY("read kernel", "9: movb 0xc0000050, %%al", "i"(0));
  TRY("write kernel", "9: movb %%al, 0xffffe060", "i"(0));
  TRY("read across", "9: movl 0x60000ffe, %%eax", "i"(0));
  /* Traps need no page: a jump there does. */
  name = "jump nowhere";
  at = 0x70;
  if (!sigsetjmp(back, 1)) ((void (*)(void))0x70)();
}

#define X87(what, mask, text) TRY(what, "fninit; fldcw %[cw]\n\t" text "\n9: fwait", [cw] "m"((uint16_t){0x37f & ~(mask)}))
static void floats(void) {
  static const double big = 1e308, small = 1e-308;
  static const uint32_t denormal[2] = {1, 0};
  X87("x87 invalid", 1, "fld1; fchs; fsqrt");
  TRY("x87 denormal", "fninit; fldcw %[cw]; fldl %[x]\n9: fwait", [cw] "m"((uint16_t){0x37d}), [x] "m"(denormal));
  X87("x87 divide", 4, "fld1; fldz; fdivrp");
  TRY("x87 overflow", "fninit; fldcw %[cw]; fldl %[x]; fmul %%st(0); fstpl %[out]\n9: fwait", [cw] "m"((uint16_t){0x377}), [x] "m"(big), [out] "m"(quad[0]));
  TRY("x87 underflow", "fninit; fldcw %[cw]; fldl %[x]; fmul %%st(0); fstpl %[out]\n9: fwait", [cw] "m"((uint16_t){0x36f}), [x] "m"(small), [out] "m"(quad[0]));
  X87("x87 inexact", 0x20, "fldpi; fstps quad");
  X87("x87 two", 0x24, "fld1; fldz; fdivrp");
  X87("x87 masked", 0, "fld1; fchs; fsqrt");
  X87("x87 stack", 1, "fstps quad");
  __asm__ volatile("fninit");
}

/* `text` runs with EFLAGS.AC; the handler takes it away again. */
#define ALIGN(what, text, ...) TRY(what, "pushf; orl $0x40000, (%%esp); popf\n\t" text "\n\tpushf; andl $~0x40000, (%%esp); popf", __VA_ARGS__)
static void alignment(void) {
  __asm__ volatile("fninit");
  ALIGN("word at 1", "9: movw quad + 1, %%ax", "i"(0));
  ALIGN("word at 2", "9: movw quad + 2, %%ax", "i"(0));
  ALIGN("dword at 2", "9: movl %%eax, quad + 2", "i"(0));
  ALIGN("dword at 4", "9: movl %%eax, quad + 4", "i"(0));
  ALIGN("add at 3", "9: addl $1, quad + 3", "i"(0));
  ALIGN("float at 4", "9: flds quad + 4", "i"(0));
  ALIGN("double at 4", "9: fldl quad + 4", "i"(0));
  ALIGN("double at 8", "9: fldl quad + 8", "i"(0));
  ALIGN("long at 4", "9: fistpll quad + 4", "i"(0));
  ALIGN("tbyte at 4", "9: fldt quad + 4", "i"(0));
  ALIGN("cmpxchg8b at 4", "9: cmpxchg8b quad + 4", "i"(0));
  ALIGN("cmpxchg8b at 8", "9: cmpxchg8b quad + 8", "i"(0));
  ALIGN("push at 2", "mov %%esp, %%ebx; mov $quad + 10, %%esp\n9: push %%eax; mov %%ebx, %%esp", "i"(0));
  ALIGN("bound at 4", "mov $0, %%eax\n9: bound %%eax, quad + 4", "i"(0));
  ALIGN("fnsave at 4", "9: fnsave area + 4", "i"(0));
  ALIGN("fnsave at 2", "9: fnsave area + 2", "i"(0));
  ALIGN("sgdt at 2", "9: sgdt area + 2", "i"(0));
  ALIGN("movsw at 1", "mov $quad + 1, %%esi; mov $area, %%edi\n9: movsw", "i"(0));
  __asm__ volatile("fninit");
}

/* `text` runs with TF; the first %d traps are told by their distance from the instruction after POPF. */
#define STEP(what, count, text)                                                               \
  do {                                                                                        \
    stepping = 1, taken = 0, wanted = count;                                                  \
    memset(steps, 0, sizeof steps);                                                           \
    __asm__ volatile("movl $9f, %[at]; mov $5, %%ecx; mov $quad, %%edi; mov %%ds, %%ebx; mov $20, %%eax\n\t" \
                     "pushf; orl $0x100, (%%esp); popf\n9: " text : [at] "+m"(at) :           \
                     : "eax", "ebx", "ecx", "edx", "edi", "memory", "cc");                    \
    stepping = 0;                                                                             \
    printf("%-14s", what);                                                                    \
    for (int i = 0; i < taken; i++) printf(" %+d", (int)(steps[i] - at));                     \
    printf("\n");                                                                             \
  } while (0)

static void singleSteps(void) {
  STEP("step nops", 3, "nop; nop; nop; nop; nop");
  STEP("step call", 3, "nop; int $0x80; nop; nop; nop");
  STEP("step rep", 6, "rep stosb; nop; nop");
  STEP("step mov ss", 3, "nop; mov %%bx, %%ss; nop; nop; nop");
  STEP("step pop ss", 3, "push %%ss; pop %%ss; nop; nop; nop");
  STEP("step popf", 2, "pushf; popf; nop; nop; nop");
  STEP("step popf off", 4, "pushf; andl $~0x100, (%%esp); popf; nop; nop");
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  static uint8_t alternate[16384];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  const int faults[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
  for (unsigned i = 0; i < 5; i++) sigaction(faults[i], &action, 0);
  numbers();
  interrupts();
  privileged();
  selectors();
  pages();
  floats();
  alignment();
  singleSteps();
  return 0;
}
