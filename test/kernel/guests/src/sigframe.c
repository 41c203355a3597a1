/* What handlers find on their stack: both frame layouts, registers, flags, masks, the x87 state, and the way back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

struct kernel_sigaction {
  void *handler;
  unsigned long flags;
  void *restorer;
  uint32_t mask[2];
};
struct old_sigaction {
  void *handler;
  uint32_t mask;
  unsigned long flags;
  void *restorer;
};
struct sigcontext32 {
  uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, espAtSignal, ss, fpstate, oldmask, cr2;
};

static volatile int count;
static sigjmp_buf back;

static const char *segments(const struct sigcontext32 *c) {
  static char text[64];
  /* A 64-bit host has 0x23/0x2b where a 32-bit one has 0x73/0x7b. */
  snprintf(text, sizeof text, "cs rpl %u, ss=ds=es %d, gs index ok %d", c->cs & 3, c->ss == c->ds && c->ds == c->es, (c->gs & 3) == 3 || c->gs == 0);
  return text;
}

static void old_handler(int sig) {
  /* sigframe: pretcode, sig, sigcontext, fpstate, extramask, retcode; `sig` stands at frame + 4. */
  unsigned char *frame = (unsigned char *)&sig - 4;
  struct sigcontext32 *c = (void *)(frame + 8);
  uint32_t extramask = *(uint32_t *)(frame + 8 + 88 + 624);
  unsigned char *ret = frame + 8 + 88 + 624 + 4;
  printf("old frame: sig %d, frame+4 mod 16 = %u, below old esp %d, esp saved twice %d\n", sig, ((uint32_t)frame + 4) & 15, (uint32_t)frame < c->esp, c->esp == c->espAtSignal);
  printf("  %s\n", segments(c));
  printf("  oldmask %08x extramask %08x\n", c->oldmask, extramask);
  printf("  retcode %02x %02x %02x %02x %02x %02x %02x %02x\n", ret[0], ret[1], ret[2], ret[3], ret[4], ret[5], ret[6], ret[7]);
  printf("  fpstate %d, 64-aligned after 112: %d\n", c->fpstate != 0, ((c->fpstate + 112) & 63) == 0);
  count++;
}

static void rt_handler(int sig, siginfo_t *info, void *context) {
  unsigned char *frame = (unsigned char *)&sig - 4;
  volatile uint32_t place = (uint32_t)frame;
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  printf("rt frame: sig %d, frame+4 mod 16 = %u, pinfo %d, puc %d\n", sig, ((uint32_t)frame + 4) & 15, (uint32_t)info - place, (uint32_t)context - place);
  printf("  si_signo %d si_errno %d si_code %d\n", info->si_signo, info->si_errno, info->si_code);
  if (info->si_code == SI_QUEUE) printf("  value %08x, from self %d\n", info->si_value.sival_int, info->si_pid == getpid());
  printf("  %s\n", segments(c));
  printf("  oldmask %08x, uc_sigmask %08x %08x, uc_link %p\n", c->oldmask, ((uint32_t *)((char *)uc + 108))[0], ((uint32_t *)((char *)uc + 108))[1], (void *)uc->uc_link);
  unsigned char *ret = frame + 260;
  printf("  retcode %02x %02x %02x %02x %02x %02x %02x %02x\n", ret[0], ret[1], ret[2], ret[3], ret[4], ret[5], ret[6], ret[7]);
  count++;
}

static void set_rt(int sig, void *handler, unsigned long flags, uint32_t mask) {
  struct kernel_sigaction act = {handler, flags, 0, {mask, 0x80000000}};
  syscall(SYS_rt_sigaction, sig, &act, 0, 8);
}

static void set_old(int sig, void *handler, unsigned long flags, uint32_t mask) {
  struct old_sigaction act = {handler, mask, flags, 0};
  syscall(SYS_sigaction, sig, &act, 0);
}

static void fault_handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  printf("fault %d code %d addr %08x trapno %u err %u cr2 %08x\n", sig, info->si_code, (uint32_t)info->si_addr > 0x1000000 && sig != SIGSEGV && sig != SIGBUS ? 1 : (uint32_t)info->si_addr, c->trapno, c->err, c->cr2);
  siglongjmp(back, 1);
}

static void registers_handler(int sig, siginfo_t *info, void *context) {
  (void)sig;
  (void)info;
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  printf("registers ebx %08x esi %08x edi %08x flags C%d D%d\n", c->ebx, c->esi, c->edi, c->eflags & 1, c->eflags >> 10 & 1);
  uint32_t flags;
  __asm__ volatile("pushf; pop %0" : "=r"(flags));
  unsigned short cw;
  __asm__ volatile("fnstcw %0" : "=m"(cw));
  printf("in the handler D%d, x87 control %04x\n", flags >> 10 & 1, cw);
  c->ecx = 0x1234;
  c->eflags |= 1;
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, 40);
  sigprocmask(SIG_SETMASK, &set, 0);

  /* Without SA_RESTORER both return through the kernel's trampolines. */
  set_old(SIGUSR1, old_handler, 0, 1u << (SIGHUP - 1));
  kill(getpid(), SIGUSR1);
  set_rt(SIGUSR1, rt_handler, SA_SIGINFO, 1u << (SIGHUP - 1));
  kill(getpid(), SIGUSR1);
  union sigval value = {.sival_int = 0x5a5a1234};
  sigqueue(getpid(), SIGUSR1, value);
  set_rt(41, rt_handler, SA_SIGINFO, 0);
  syscall(SYS_tkill, syscall(SYS_gettid), 41);
  set_rt(SIGTERM, old_handler, 0, 0);
  raise(SIGTERM);
  printf("handlers ran %d times\n", count);

  /* Registers, direction flag and x87 in and out of a handler. */
  set_rt(SIGUSR1, registers_handler, SA_SIGINFO, 0);
  static unsigned short cw = 0x27f, after;
  static uint32_t eflags;
  static double kept;
  uint32_t ecx, pid = getpid();
  __asm__ volatile(
      "fninit; fldcw %[cw]; fldpi; std\n\t"
      "mov $37, %%eax; mov $10, %%ecx; int $0x80\n\t"
      "pushf; cld; popl %[flags]; fstpl %[kept]; fnstcw %[after]"
      : "=c"(ecx), [flags] "=m"(eflags), [kept] "=m"(kept), [after] "=m"(after)
      : "b"(pid), "S"(0x51), "D"(0xd1), [cw] "m"(cw)
      : "eax", "edx", "memory", "cc");
  printf("after: ecx %x C%d D%d, x87 control %04x, pi kept %d\n", ecx, eflags & 1, eflags >> 10 & 1, after, kept > 3.14159 && kept < 3.1416);
  __asm__ volatile("fninit");

  /* Faults. */
  const int faults[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
  for (unsigned i = 0; i < 5; i++) set_rt(faults[i], fault_handler, SA_SIGINFO | SA_NODEFER, 0);
  if (!sigsetjmp(back, 1)) *(volatile int *)0x10 = 1;
  if (!sigsetjmp(back, 1)) (void)*(volatile int *)0x20;
  char *page = mmap((void *)0x60000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (!sigsetjmp(back, 1)) page[5] = 1;
  if (!sigsetjmp(back, 1)) __asm__ volatile("xor %%edx,%%edx; xor %%ecx,%%ecx; mov $1,%%eax; div %%ecx" ::: "eax", "ecx", "edx");
  if (!sigsetjmp(back, 1)) __asm__ volatile("ud2");
  if (!sigsetjmp(back, 1)) __asm__ volatile("int3");
  if (!sigsetjmp(back, 1)) __asm__ volatile("mov $0x7fffffff,%%eax; add $1,%%eax; into" ::: "eax");
  if (!sigsetjmp(back, 1)) __asm__ volatile("hlt");
  if (!sigsetjmp(back, 1)) __asm__ volatile("int $0x21");
  if (!sigsetjmp(back, 1)) __asm__ volatile("mov $0x23f,%%eax; mov %%ax,%%fs" ::: "eax");
  static unsigned short unmasked = 0x37b;
  if (!sigsetjmp(back, 1)) __asm__ volatile("fninit; fldcw %0; fldz; fld1; fdivp; fwait" : : "m"(unmasked));
  unmasked = 0x37e;
  if (!sigsetjmp(back, 1)) __asm__ volatile("fninit; fldcw %0; fld1; fchs; fsqrt; fwait" : : "m"(unmasked));
  __asm__ volatile("fninit");
  if (!sigsetjmp(back, 1)) __asm__ volatile("pushf; orl $0x100,(%esp); popf; nop");

  /* The mask after longjmps and handlers is the one set first. */
  sigprocmask(SIG_SETMASK, 0, &set);
  printf("mask %08x %08x\n", ((uint32_t *)&set)[0], ((uint32_t *)&set)[1]);
  return 0;
}
