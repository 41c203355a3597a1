/* modify_ldt(2), set_thread_area(2), get_thread_area(2), and what segments of an LDT do. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct user_desc {
  uint32_t entry, base, limit;
  uint32_t seg32 : 1, contents : 2, readonly : 1, pages : 1, absent : 1, useable : 1;
};
struct sigcontext32 {
  uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs, eflags, espAtSignal, ss, fpstate, oldmask, cr2;
};

enum { DATA, STACK, CODE, CONFORMING };
#define SELECTOR(entry) ((entry) * 8 + 7)

static sigjmp_buf back;
static uint8_t area[0x3000] __attribute__((aligned(4096)));
static uint32_t old_ds __attribute__((used));

static void handler(int sig, siginfo_t *info, void *context) {
  /* Segment registers but CS and SS are still the program's: DS must be good before memory is touched. */
  __asm__ volatile("mov %0, %%ds; mov %0, %%es" ::"r"(0x7b));
  ucontext_t *uc = context;
  struct sigcontext32 *c = (void *)&uc->uc_mcontext;
  printf("signal %d code %d trap %u err %x cs %x ss %x\n", sig, info->si_code, c->trapno, c->err, c->cs, c->ss);
  siglongjmp(back, 1);
}

static long modify(int func, void *at, unsigned long size) {
  long result = syscall(SYS_modify_ldt, func, at, size);
  return result < 0 ? -errno : result;
}

static long put(int entry, uint32_t base, uint32_t limit, int contents, int seg32, int readonly, int pages, int absent) {
  struct user_desc d = {entry, base, limit, seg32, contents, readonly, pages, absent, 1};
  return modify(0x11, &d, sizeof d);
}

static void show(const char *what) {
  uint32_t ldt[16] = {0};
  long size = modify(0, ldt, sizeof ldt);
  printf("%s: %ld bytes", what, size);
  for (int i = 0; i < 8; i++)
    if (ldt[2 * i] | ldt[2 * i + 1]) printf(", %d %08x %08x", i, ldt[2 * i], ldt[2 * i + 1]);
  printf("\n");
}

static void errors(void) {
  uint8_t buffer[64];
  struct user_desc d = {0, 0x1000, 10, 1, DATA, 0, 0, 0, 0};
  show("no table");
  memset(buffer, 0xee, sizeof buffer);
  printf("default %ld, byte 39 %x, byte 40 %x\n", modify(2, buffer, sizeof buffer), buffer[39], buffer[40]);
  printf("default of 8 %ld, function 3 %ld\n", modify(2, buffer, 8), modify(3, buffer, 8));
  printf("size 15 %ld, address %ld, read to nowhere %ld\n", modify(0x11, &d, 15), modify(0x11, (void *)16, 16), modify(0, (void *)16, 16));
  d.entry = 8192;
  printf("entry 8192 %ld\n", modify(0x11, &d, sizeof d));
  printf("conforming %ld, absent %ld\n", put(1, 0, 1, CONFORMING, 1, 0, 0, 0), put(1, 0, 1, CONFORMING, 1, 0, 0, 1));
  d = (struct user_desc){2, 0x1000, 10, 1, CONFORMING, 0, 0, 1, 0};
  printf("conforming the old way %ld\n", modify(1, &d, sizeof d));
  show("absent conforming");
  d = (struct user_desc){2, 0x12345678, 0xabcde, 1, STACK, 1, 1, 0, 1};
  printf("new %ld", modify(0x11, &d, sizeof d));
  d.entry = 3;
  printf(", old %ld\n", modify(1, &d, sizeof d));
  show("the old way drops a bit");
  d = (struct user_desc){1, 0, 0, 0, DATA, 1, 0, 1, 0};
  printf("clear %ld", modify(0x11, &d, sizeof d));
  d = (struct user_desc){2, 0, 0, 1, CODE, 0, 0, 0, 0};
  printf(", old clear %ld\n", modify(1, &d, sizeof d));
  show("cleared");
  printf("read to nowhere %ld, 4 bytes %ld\n", modify(0, (void *)16, 16), modify(0, buffer, 4));
}

static void thread_area(const char *what, struct user_desc d) {
  long result = syscall(SYS_set_thread_area, &d);
  printf("%s: %ld", what, result < 0 ? -(long)errno : result);
  if (result == 0) {
    struct user_desc got = {.entry = d.entry};
    syscall(SYS_get_thread_area, &got);
    printf(", entry %d: %08x %05x flags %x", got.entry, got.base, got.limit, ((uint32_t *)&got)[3]);
  }
  printf("\n");
}

static void tls(void) {
  struct user_desc ok = {-1, 0x12345000, 0xfffff, 1, DATA, 0, 1, 0, 1}, d;
  d = ok, d.seg32 = 0, thread_area("16-bit", d);
  d = ok, d.contents = CODE, thread_area("code", d);
  d = ok, d.absent = 1, thread_area("absent", d);
  d = ok, d.entry = 5, thread_area("entry 5", d);
  d = ok, d.entry = 9, thread_area("entry 9", d);
  d = ok, thread_area("first free", d);
  d = ok, d.contents = STACK, d.readonly = 1, thread_area("second free", d);
  d = ok, thread_area("none free", d);
  d = (struct user_desc){7, 0, 0, 0, DATA, 1, 0, 1, 0}, thread_area("empty", d);
  d = (struct user_desc){8, 0, 0, 0, DATA, 0, 0, 0, 0}, thread_area("zero", d);
  d.entry = 9;
  long result = syscall(SYS_get_thread_area, &d);
  printf("get 9: %ld, of nowhere", result < 0 ? -(long)errno : result);
  result = syscall(SYS_get_thread_area, 16);
  printf(" %ld\n", result < 0 ? -(long)errno : result);
}

#define TRY(what, text, ...)                                                                       \
  do {                                                                                             \
    uint32_t value_ = 0;                                                                           \
    printf("%s: ", what);                                                                          \
    if (!sigsetjmp(back, 1)) {                                                                     \
      __asm__ volatile("mov %%ds, %%eax; mov %%eax, old_ds; xor %%eax, %%eax\n\t" text             \
                       "\n\tmov %%cs:old_ds, %%edx; mov %%edx, %%ds; xor %%edx, %%edx; mov %%edx, %%fs" \
                       : "=&a"(value_) : __VA_ARGS__ : "ecx", "edx", "esi", "edi", "memory", "cc"); \
      printf("%x\n", value_);                                                                      \
    }                                                                                              \
  } while (0)

static void data(void) {
  for (unsigned i = 0; i < sizeof area; i++) area[i] = i & 0xff;
  put(0, (uint32_t)area, 0xff, DATA, 1, 0, 0, 0);
  put(1, (uint32_t)area, 0x7ff, STACK, 1, 0, 0, 0);
  put(2, (uint32_t)area, 0xff, DATA, 1, 1, 0, 0);
  put(3, (uint32_t)area, 0xff, DATA, 1, 0, 0, 1);
  put(4, (uint32_t)area, 1, DATA, 1, 0, 1, 0);
  put(5, (uint32_t)area, 0x7ff, STACK, 0, 0, 0, 0);
  TRY("base", "mov %[s], %%fs; movb %%fs:5, %%al", [s] "r"(SELECTOR(0)));
  TRY("last byte", "mov %[s], %%fs; movb %%fs:0xff, %%al", [s] "r"(SELECTOR(0)));
  TRY("past the limit", "mov %[s], %%fs; movw %%fs:0xff, %%ax", [s] "r"(SELECTOR(0)));
  TRY("pages", "mov %[s], %%fs; movb %%fs:0x1fff, %%al", [s] "r"(SELECTOR(4)));
  TRY("past the pages", "mov %[s], %%fs; movb %%fs:0x2000, %%al", [s] "r"(SELECTOR(4)));
  TRY("down, above the limit", "mov %[s], %%fs; movb %%fs:0x802, %%al", [s] "r"(SELECTOR(1)));
  TRY("down, at the limit", "mov %[s], %%fs; movb %%fs:0x7ff, %%al", [s] "r"(SELECTOR(1)));
  TRY("down, 16 bits, past 64 KiB", "mov %[s], %%fs; movb %%fs:0x10000, %%al", [s] "r"(SELECTOR(5)));
  TRY("read-only, read", "mov %[s], %%fs; movb %%fs:7, %%al", [s] "r"(SELECTOR(2)));
  TRY("read-only, written", "mov %[s], %%fs; movb %%al, %%fs:7", [s] "r"(SELECTOR(2)));
  TRY("ds", "mov %[s], %%ds; movb 9, %%al", [s] "r"(SELECTOR(0)));
  TRY("not present", "mov %[s], %%fs", [s] "r"(SELECTOR(3)));
  TRY("not present, pushed", "push %[s]; pop %%es", [s] "r"(SELECTOR(3)));
  TRY("stack not present", "mov %[s], %%ss", [s] "r"(SELECTOR(3)));
  TRY("stack read-only", "mov %[s], %%ss", [s] "r"(SELECTOR(2)));
  TRY("empty entry", "mov %[s], %%fs", [s] "r"(SELECTOR(6)));
  TRY("past the table", "mov %[s], %%fs", [s] "r"(SELECTOR(100)));
  TRY("ring 0 asked for", "mov %[s], %%fs; mov %%fs, %%eax; mov %%fs:3, %%cl; movzx %%cl, %%ecx; add %%ecx, %%eax", [s] "r"(SELECTOR(0) & ~3));
  TRY("lsl", "lsl %[s], %%eax", [s] "r"(SELECTOR(4)));
  TRY("lar", "lar %[s], %%eax", [s] "r"(SELECTOR(2)));
  TRY("sldt", "sldt %%ax; and $0xffff, %%eax; xor $0x88, %%eax", "r"(0));
}

/* 16-bit code: mov ax, 0x1234; add ax, 1; retf */
static const uint8_t code16[] __attribute__((aligned(16))) = {0xb8, 0x34, 0x12, 0x83, 0xc0, 0x01, 0x66, 0xcb};
static struct {
  uint32_t offset;
  uint16_t selector;
} far16, flat;

static void code(void) {
  put(0, (uint32_t)code16, sizeof code16 - 1, CODE, 0, 0, 0, 0);
  put(1, 0, 0xfffff, CODE, 1, 0, 1, 0);
  put(2, 0, 0xfffff, CODE, 1, 0, 1, 1);
  put(3, (uint32_t)area, 0xfff, DATA, 0, 0, 0, 0);
  put(4, (uint32_t)code16, 2, CODE, 0, 0, 0, 0);
  far16.selector = SELECTOR(0);
  TRY("16-bit code", "lcall *%[far]", [far] "m"(far16));
  far16.selector = SELECTOR(2);
  TRY("code not present", "lcall *%[far]", [far] "m"(far16));
  far16.selector = SELECTOR(3);
  TRY("code in data", "lcall *%[far]", [far] "m"(far16));
  far16.selector = SELECTOR(4);
  TRY("code past its limit", "lcall *%[far]", [far] "m"(far16));
  far16.offset = 3;
  TRY("jump past the limit", "lcall *%[far]", [far] "m"(far16));
  far16.offset = 0;
  /* A 16-bit stack: only SP moves, and it wraps. */
  TRY("16-bit stack",
      "mov %%esp, %%esi; mov %%ss, %%edi\n\t"
      "mov %[s], %%ss; mov $0xabcd0000, %%esp\n\t"
      "mov %[s], %%edx; mov $0xabcd0800, %%esp; push $0x77665544; mov %%esp, %%eax; popl %%ecx\n\t"
      "mov %%edi, %%ss; mov %%esi, %%esp; sub %%ecx, %%eax",
      [s] "r"(SELECTOR(3)));
  TRY("16-bit stack, past its limit",
      "mov %%esp, %%esi; mov %%ss, %%edi\n\t"
      "mov %[s], %%ss; mov $0xabcd2000, %%esp\n\t"
      "1: pushl $1; mov %%edi, %%ss; mov %%esi, %%esp",
      [s] "r"(SELECTOR(3)));
}

/* Entries that go away while registers name them. */
static struct user_desc cleared __attribute__((used)) = {1, 0, 0, 0, DATA, 1, 0, 1, 0};
static void gone(void) {
  put(1, (uint32_t)area, 0xff, DATA, 1, 0, 0, 0);
  TRY("fs is gone",
      "mov %[s], %%fs; push %%ebx; mov $123, %%eax; mov $0x11, %%ebx; mov $cleared, %%ecx; mov $16, %%edx; int $0x80; pop %%ebx; mov %%fs, %%eax",
      [s] "r"(SELECTOR(1)));
  put(1, 0, 0xfffff, CODE, 1, 0, 1, 0);
  flat.selector = SELECTOR(1);
  TRY("cs is gone",
      "movl $1f, %[flat]; ljmp *%[flat]\n1: push %%ebx; mov $123, %%eax; mov $0x11, %%ebx; mov $cleared, %%ecx; mov $16, %%edx; int $0x80; pop %%ebx",
      [flat] "m"(flat));
}

static int thread(void *unused) {
  (void)unused;
  put(2, 0x1000, 1, DATA, 1, 0, 0, 0);
  return 0;
}

static void sharing(const char *self) {
  static uint8_t stack[8192];
  put(1, 0x2000, 2, DATA, 1, 0, 0, 0);
  int pid = fork();
  if (pid == 0) {
    show("child");
    put(1, 0x3000, 3, DATA, 1, 0, 0, 0);
    show("child changed");
    fflush(stdout);
    execl("/proc/self/exe", self, "again", (char *)0);
    execl("/init", self, "again", (char *)0);
    _exit(1);
  }
  waitpid(pid, 0, 0);
  show("parent");
  pid = clone(thread, stack + sizeof stack, CLONE_VM | SIGCHLD, 0);
  waitpid(pid, 0, 0);
  show("shared with a thread");
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc > 1) {
    show("after execve");
    return 0;
  }
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  static uint8_t alternate[16384];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  const int faults[] = {SIGSEGV, SIGILL, SIGBUS};
  for (unsigned i = 0; i < 3; i++) sigaction(faults[i], &action, 0);
  errors();
  tls();
  data();
  code();
  gone();
  for (int i = 0; i < 8; i++) {
    struct user_desc clear = {i, 0, 0, 0, DATA, 1, 0, 1, 0};
    modify(0x11, &clear, sizeof clear);
  }
  sharing(argv[0]);
  return 0;
}
