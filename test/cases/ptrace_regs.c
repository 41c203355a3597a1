/* Registers, memory and struct user of a tracee: ptrace(2). */
#include "tracing.h"

static int held(void) {
  int pid = tracee(nothing);
  waitpid(pid, NULL, 0);
  return pid;
}

static int variable = 0x12345678;
static const int constant = 0x11223344;

CASE(ptrace_peek_poke, "PEEKDATA and POKEDATA read and write words, at odd addresses too") {
  int pid = held();
  long word = 0;
  T(pt(PTRACE_PEEKDATA, pid, (long)&variable, (long)&word));
  say("%lx", word);
  T(pt(PTRACE_POKEDATA, pid, (long)&variable, 0x5a5a5a5a));
  T(pt(PTRACE_PEEKTEXT, pid, (long)&variable + 1, (long)&word));
  say("%lx", word & 0xffffff);
  say("ours %x", variable);
  T(pt(PTRACE_PEEKDATA, pid, 16, (long)&word));
  T(pt(PTRACE_POKEDATA, pid, 16, 1));
  T(pt(PTRACE_PEEKDATA, pid, 0xfffffff0, (long)&word));
  T(pt(PTRACE_PEEKDATA, pid, (long)&variable, 16));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_poke_readonly, "POKE writes read-only memory: constants and code, and only the tracee's") {
  int pid = held();
  long word;
  T(pt(PTRACE_POKETEXT, pid, (long)&constant, 99));
  T(pt(PTRACE_PEEKTEXT, pid, (long)&constant, (long)&word));
  say("%ld, ours %x", word, *(volatile const int *)&constant);
  T(pt(PTRACE_POKETEXT, pid, (long)nothing, 0x90909090));
  T(pt(PTRACE_PEEKTEXT, pid, (long)nothing, (long)&word));
  say("%lx", word);
  pt(PTRACE_KILL, pid, 0, 0);
}

static char *closed, *shared;
CASE(ptrace_poke_protections, "PROT_NONE is read and written, a read-only shared mapping is not written") {
  closed = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  put("file", "hello, file");
  int fd = open("file", O_RDONLY);
  shared = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  int pid = held();
  long word;
  T(pt(PTRACE_PEEKDATA, pid, (long)closed, (long)&word));
  say("%lx", word);
  T(pt(PTRACE_POKEDATA, pid, (long)closed, 77));
  T(pt(PTRACE_PEEKDATA, pid, (long)closed, (long)&word));
  say("%ld", word);
  T(pt(PTRACE_PEEKDATA, pid, (long)closed + 4094, (long)&word));
  T(pt(PTRACE_PEEKDATA, pid, (long)closed + 8190, (long)&word));
  T(pt(PTRACE_PEEKDATA, pid, (long)shared, (long)&word));
  say("%lx", word);
  T(pt(PTRACE_POKEDATA, pid, (long)shared, 1));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_user_words, "PEEKUSER: words of struct user; misaligned ones and those behind it are EIO") {
  int pid = held();
  long word = 0;
  T(pt(PTRACE_PEEKUSER, pid, 4 * ORIG_EAX, (long)&word));
  say("orig_eax %ld", word);
  T(pt(PTRACE_PEEKUSER, pid, 4 * CS, (long)&word));
  say("cs %lx", word);
  T(pt(PTRACE_PEEKUSER, pid, 2, (long)&word));
  T(pt(PTRACE_PEEKUSER, pid, sizeof(struct user), (long)&word));
  T(pt(PTRACE_PEEKUSER, pid, sizeof(struct user) - 4, (long)&word));
  T(pt(PTRACE_PEEKUSER, pid, 100, (long)&word));
  say("between %ld", word);
  T(pt(PTRACE_PEEKUSER, pid, -4, (long)&word));
  T(pt(PTRACE_POKEUSER, pid, 100, 0));
  T(pt(PTRACE_POKEUSER, pid, 3, 0));
  T(pt(PTRACE_POKEUSER, pid, sizeof(struct user), 0));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_getregs, "GETREGS shows selectors, flags and the call that raised the stop") {
  int pid = held();
  struct user_regs_struct regs;
  getregs(pid, &regs);
  say("cs %x ss %x ds %x es %x fs %x gs %x", (int)regs.xcs, (int)regs.xss, (int)regs.xds, (int)regs.xes, (int)regs.xfs, (int)regs.xgs);
  say("eflags %lx eax %ld orig %ld", regs.eflags & ~0xd5, regs.eax, regs.orig_eax);
  say("int 80 before: %d", (int)({ long w = 0; pt(PTRACE_PEEKTEXT, pid, regs.eip - 2, (long)&w); w & 0xffff; }) == 0x80cd);
  T(pt(12, pid, 0, 8));
  T(pt(13, pid, 0, 8));
  T(pt(13, pid, 0, (long)&regs));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_bad_selectors, "selectors must be of ring 3 or null, CS and SS not null") {
  int pid = held();
  T(pt(PTRACE_POKEUSER, pid, 4 * CS, 0));
  T(pt(PTRACE_POKEUSER, pid, 4 * SS, 0));
  T(pt(PTRACE_POKEUSER, pid, 4 * CS, 0x60));
  T(pt(PTRACE_POKEUSER, pid, 4 * DS, 0x68));
  T(pt(PTRACE_POKEUSER, pid, 4 * DS, 0));
  T(pt(PTRACE_POKEUSER, pid, 4 * GS, 0x10003));
  say("gs %lx", user(pid, GS));
  T(pt(PTRACE_POKEUSER, pid, 4 * FS, 0x33));
  say("fs %lx", user(pid, FS));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_flags, "of eflags only those that programs may change are changed") {
  int pid = held();
  long before = user(pid, EFL);
  T(pt(PTRACE_POKEUSER, pid, 4 * EFL, 0xffffffff));
  say("set %lx", user(pid, EFL));
  T(pt(PTRACE_POKEUSER, pid, 4 * EFL, 0));
  say("clear %lx, before %lx", user(pid, EFL), before & 0x200);
  pt(PTRACE_KILL, pid, 0, 0);
}

static void computes(void) {
  int result;
  asm volatile("movl $41, %%eax; int3; nop; movl %%eax, %0" : "=r"(result)::"eax");
  say("result %d", result);
}

CASE(ptrace_setregs_run, "a register that is set is what the program goes on with") {
  int pid = tracee(computes);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  say("eax %ld orig %ld", user(pid, EAX), user(pid, ORIG_EAX));
  struct user_regs_struct regs;
  getregs(pid, &regs);
  regs.eax = 1000;
  T(pt(13, pid, 0, (long)&regs));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_call_function, "a debugger calls a function by setting eip, as gdb does") {
  int pid = tracee(forever);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  await_stop("child", pid);
  struct user_regs_struct saved, regs;
  getregs(pid, &saved);
  say("eax %ld orig %ld", saved.eax, saved.orig_eax);
  regs = saved;
  regs.orig_eax = -1;
  regs.esp -= 256;
  regs.esp &= ~15;
  regs.eip = (long)getpid;
  pt(PTRACE_POKEDATA, pid, regs.esp, 0);
  pt(13, pid, 0, (long)&regs);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  getregs(pid, &regs);
  say("returned its pid: %d, to %lx", (int)regs.eax == pid, regs.eip);
  pt(13, pid, 0, (long)&saved);
  pt(PTRACE_CONT, pid, 0, 0);
  await_state(pid, "S");
  say("state %c", state_of(pid));
  pt(PTRACE_KILL, pid, 0, 0);
}

static void floats(void) {
  double r;
  asm volatile("fninit; fld1; fldpi; fldz; int3; faddp; fstpl %0" : "=m"(r));
  say("%g", r);
}

CASE(ptrace_fpregs, "GETFPREGS and SETFPREGS are FSAVE's layout") {
  int pid = tracee(floats);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  unsigned char fp[108];
  T(pt(14, pid, 0, (long)fp));
  unsigned *words = (unsigned *)fp;
  say("cwd %x swd %x twd %x", words[0], words[1], words[2]);
  for (int i = 0; i < 3; i++) {
    for (int k = 9; k >= 0; k--) printf("%02x", fp[28 + 10 * i + k]);
    say(" st%d", i);
  }
  memcpy(fp + 28, fp + 48, 10);
  T(pt(15, pid, 0, (long)fp));
  T(pt(14, pid, 0, 8));
  T(pt(15, pid, 0, 8));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_fpxregs, "GETFPXREGS is FXSAVE's layout, and a wrong MXCSR is refused") {
  int pid = tracee(floats);
  await_stop("child", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  unsigned char fx[512];
  memset(fx, 0xee, sizeof fx);
  T(pt(18, pid, 0, (long)fx));
  unsigned short *halves = (unsigned short *)fx;
  say("fcw %x fsw %x ftw %x mxcsr %x", halves[0], halves[1], fx[4], *(unsigned *)(fx + 24));
  *(unsigned *)(fx + 24) = 0x10000;
  T(pt(19, pid, 0, (long)fx));
  *(unsigned *)(fx + 24) = 0x1f80;
  memcpy(fx + 32, fx + 64, 10);
  T(pt(19, pid, 0, (long)fx));
  T(pt(18, pid, 0, 8));
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(ptrace_regset, "GETREGSET: sets by note type, lengths in whole elements, cut to the set's size") {
  int pid = held();
  unsigned buffer[200];
  struct {
    unsigned type, size;
  } asked[] = {{NT_PRSTATUS, 800}, {NT_PRSTATUS, 8}, {NT_PRSTATUS, 7}, {NT_PRSTATUS, 0}, {NT_PRFPREG, 800}, {0x46e62b7f, 800},
               {0x200, 800}, {0x200, 16}, {0x200, 20}, {0x202, 800}, {0x202, 0}, {0x201, 800}, {NT_PRPSINFO, 800}, {0, 800}, {0x12345, 16}};
  for (unsigned i = 0; i < sizeof asked / sizeof asked[0]; i++) {
    struct iovec iov = {buffer, asked[i].size};
    long r = pt(0x4204, pid, asked[i].type, (long)&iov);
    say("type %x size %u = %s, %u", asked[i].type, asked[i].size, r < 0 ? strerrorname_np(errno) : "0", (unsigned)iov.iov_len);
  }
  T(pt(0x4204, pid, NT_PRSTATUS, 8));
  struct iovec bad = {(void *)8, 68};
  T(pt(0x4204, pid, NT_PRSTATUS, (long)&bad));
  T(pt(0x4205, pid, NT_PRSTATUS, (long)&bad));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_setregset, "SETREGSET with fewer registers sets the first ones") {
  int pid = held();
  unsigned regs[17];
  struct iovec iov = {regs, sizeof regs};
  pt(0x4204, pid, NT_PRSTATUS, (long)&iov);
  regs[EBX] = 111, regs[ECX] = 222, regs[EDX] = 333;
  iov.iov_len = 8;
  T(pt(0x4205, pid, NT_PRSTATUS, (long)&iov));
  say("%ld %ld %d len %u", user(pid, EBX), user(pid, ECX), user(pid, EDX) == 333, (unsigned)iov.iov_len);
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_thread_area, "GET_THREAD_AREA and SET_THREAD_AREA look into the TLS entries") {
  int pid = held();
  unsigned desc[4] = {1, 2, 3, 4};
  T(pt(25, pid, 5, (long)desc));
  T(pt(25, pid, 9, (long)desc));
  T(pt(25, pid, -1, (long)desc));
  T(pt(25, pid, 6, (long)desc));
  say("entry %u limit %x flags %x", desc[0], desc[2], desc[3]);
  T(pt(25, pid, 8, (long)desc));
  say("entry %u base %x limit %x flags %x", desc[0], desc[1], desc[2], desc[3]);
  desc[1] = 0x1000, desc[2] = 0xfff, desc[3] = 0x51;
  T(pt(26, pid, 8, (long)desc));
  memset(desc, 0, sizeof desc);
  T(pt(25, pid, 8, (long)desc));
  say("entry %u base %x limit %x flags %x", desc[0], desc[1], desc[2], desc[3]);
  T(pt(26, pid, 8, 8));
  T(pt(25, pid, 8, 8));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_vm_calls, "process_vm_readv and process_vm_writev copy between processes") {
  int pid = held();
  char text[16] = "..............";
  struct iovec local[2] = {{text, 4}, {text + 8, 4}}, remote[2] = {{(void *)"abcdefgh", 6}, {(void *)8, 4}};
  T(process_vm_readv(pid, local, 2, remote, 1, 0));
  say("%s", text);
  T(process_vm_readv(pid, local, 2, remote, 2, 0));
  T(process_vm_readv(pid, local, 2, remote + 1, 1, 0));
  T(process_vm_readv(pid, local, 2, remote, 1, 1));
  T(process_vm_readv(30000, local, 2, remote, 1, 0));
  T(process_vm_readv(pid, local, 0, remote, 1, 0));
  T(process_vm_readv(pid, local, 1025, remote, 1, 0));
  int value = 0x1234;
  struct iovec from = {&value, 4}, to = {&variable, 4}, code = {(void *)nothing, 4};
  T(process_vm_writev(pid, &from, 1, &to, 1, 0));
  long word;
  pt(PTRACE_PEEKDATA, pid, (long)&variable, (long)&word);
  say("%lx", word);
  T(process_vm_writev(pid, &from, 1, &code, 1, 0));
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(ptrace_kcmp, "kcmp tells whether two processes share") {
  int pid = held();
  T(syscall(SYS_kcmp, getpid(), pid, 0, 1, 1));
  T(syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0));
  say("%d", syscall(SYS_kcmp, getpid(), pid, 1, 0, 0) > 0);
  say("%d", syscall(SYS_kcmp, getpid(), pid, 2, 0, 0) > 0);
  T(syscall(SYS_kcmp, getpid(), pid, 5, 0, 0));
  T(syscall(SYS_kcmp, getpid(), pid, 0, 99, 1));
  T(syscall(SYS_kcmp, getpid(), pid, 8, 0, 0));
  T(syscall(SYS_kcmp, getpid(), 30000, 1, 0, 0));
  pt(PTRACE_KILL, pid, 0, 0);
}
