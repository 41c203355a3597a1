/* SSE in signal handlers and exceptions: what SIGFPE tells, and that XMM registers and MXCSR survive handlers and forks. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct sigcontext32 {
  uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, espAtSignal, ss, fpstate, oldmask, cr2;
};
/* Offsets in struct _fpstate_32, whose FXSAVE image begins at 112. */
enum { FX_MXCSR = 112 + 24, FX_XMM0 = 112 + 160 };

static sigjmp_buf back;
static const char *name;
static uint32_t at;
static float numbers[4] __attribute__((aligned(16))), kept[4] __attribute__((aligned(16)));

static uint32_t mxcsr(void) {
  uint32_t value;
  __asm__ volatile("stmxcsr %0" : "=m"(value));
  return value;
}

static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  const uint8_t *fp = (const uint8_t *)c->fpstate;
  uint32_t saved;
  memcpy(&saved, fp + FX_MXCSR, 4);
  printf("%-10s signal %d code %d trap %u err %x eip %+d mxcsr %04x, here %04x\n", name, sig, info->si_code, c->trapno, c->err, (int)(c->eip - at), saved, mxcsr());
  siglongjmp(back, 1);
}

static void clobber(int sig, siginfo_t *info, void *context) {
  (void)sig, (void)info;
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  float *xmm0 = (float *)(c->fpstate + FX_XMM0);
  printf("frame has %g %g %g %g, mxcsr here %04x\n", xmm0[0], xmm0[1], xmm0[2], xmm0[3], mxcsr());
  uint32_t other = 0x9fc0;
  __asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm7, %%xmm7; ldmxcsr %0" ::"m"(other));
  xmm0[3] = 44;
}

#define TRY(what, control, a, b, text)                                                                        \
  do {                                                                                                        \
    uint32_t m_ = control, plain_ = 0x1f80;                                                                   \
    static const float a_[4] __attribute__((aligned(16))) = {a, 1, 1, 1};                                     \
    static const float b_[4] __attribute__((aligned(16))) = {b, 1, 1, 1};                                     \
    name = what;                                                                                              \
    if (!sigsetjmp(back, 1)) {                                                                                \
      __asm__ volatile("movl $9f, %[at]; movaps %[x], %%xmm0; movaps %[y], %%xmm1; ldmxcsr %[m]\n9: " text     \
                       : [at] "=m"(at) : [m] "m"(m_), [x] "m"(a_), [y] "m"(b_) : "eax", "memory"); \
      printf("%-10s goes through, mxcsr %04x\n", what, mxcsr());                                              \
    }                                                                                                         \
    __asm__ volatile("ldmxcsr %0" ::"m"(plain_));                                                             \
  } while (0)

static void exceptions(void) {
  TRY("masked", 0x1f80, 1, 0, "divps %%xmm1, %%xmm0");
  TRY("divide", 0x1d80, 1, 0, "divps %%xmm1, %%xmm0");
  TRY("invalid", 0x1f00, 0, 0, "divss %%xmm1, %%xmm0");
  TRY("overflow", 0x1b80, 3e38f, 3e38f, "mulps %%xmm1, %%xmm0");
  TRY("underflow", 0x1780, 1e-30f, 1e-30f, "mulps %%xmm1, %%xmm0");
  TRY("denormal", 0x1e80, 1e-40f, 1, "addps %%xmm1, %%xmm0");
  TRY("inexact", 0x0f80, 1, 3, "divps %%xmm1, %%xmm0");
  TRY("sticky", 0x1fbf, 1, 3, "divps %%xmm1, %%xmm0");
  TRY("reserved", 0x1f80, 1, 1, "lea 0x12345678, %%eax; push %%eax; ldmxcsr (%%esp)\n\tpop %%eax");
  TRY("aligned", 0x1f80, 1, 1, "mov $numbers + 4, %%eax\n\taddps (%%eax), %%xmm0");
}

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGFPE, &action, 0);
  sigaction(SIGSEGV, &action, 0);
  action.sa_sigaction = clobber;
  sigaction(SIGUSR1, &action, 0);
  exceptions();

  for (int i = 0; i < 4; i++) numbers[i] = i + 1;
  uint32_t control = 0x3f80, after;
  int pid = getpid();
  __asm__ volatile("ldmxcsr %[c]; movaps %[n], %%xmm0; movaps %%xmm0, %%xmm7; mov $37, %%eax; mov $10, %%ecx; int $0x80\n\t"
                   "addps %%xmm7, %%xmm0; movaps %%xmm0, %[k]; stmxcsr %[a]"
                   : [k] "=m"(kept), [a] "=m"(after) : [c] "m"(control), [n] "m"(numbers), "b"(pid) : "eax", "ecx", "memory");
  printf("after the handler %g %g %g %g, mxcsr %04x\n", kept[0], kept[1], kept[2], kept[3], after);

  /* A child has the registers as they were at the fork. */
  float sum = 0;
  int child;
  __asm__ volatile("movaps %[n], %%xmm3; mov $2, %%eax; int $0x80; mulps %%xmm3, %%xmm3; movaps %%xmm3, %[k]" : "=&a"(child), [k] "=m"(kept) : [n] "m"(numbers) : "memory");
  if (child == 0) {
    printf("child %g %g %g %g, mxcsr %04x\n", kept[0], kept[1], kept[2], kept[3], mxcsr());
    _exit(0);
  }
  waitpid(child, 0, 0);
  for (int i = 0; i < 4; i++) sum += kept[i];
  printf("parent %g\n", sum);

  /* Work that images interrupt: a sum of squares in four lanes, and the same on the x87. */
  static const float one[4] __attribute__((aligned(16))) = {1, 1, 1, 1};
  double x87;
  __asm__ volatile("pxor %%xmm1, %%xmm1; pxor %%xmm2, %%xmm2; fldz; fldz; mov $300, %%ecx\n"
                   "1: addps %[o], %%xmm1; movaps %%xmm1, %%xmm0; mulps %%xmm0, %%xmm0; addps %%xmm0, %%xmm2\n\t"
                   "fld1; faddp; fld %%st(0); fmul %%st(0); faddp %%st(0), %%st(2); dec %%ecx; jnz 1b\n\t"
                   "movaps %%xmm2, %[k]; fstp %%st(0); fstpl %[x]"
                   : [k] "=m"(kept), [x] "=m"(x87) : [o] "m"(one) : "ecx", "memory");
  printf("squares %.0f %.0f\n", kept[2], x87);
  return 0;
}
