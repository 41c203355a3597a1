/* seccomp: strict mode, filters, what each answer does. */
#include "case.h"
#include "namespaces.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define ARCH_I386 0x40000003
#define DATA(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(k) BPF_STMT(BPF_RET | BPF_K, k)
#define seccomp(op, flags, args) syscall(SYS_seccomp, op, flags, args)
#define NNP() prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

static long install(struct sock_filter *code, int length, unsigned flags) {
  struct sock_fprog program = {length, code};
  return seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
}
#define INSTALL(...) install((struct sock_filter[]){__VA_ARGS__}, sizeof((struct sock_filter[]){__VA_ARGS__}) / 8, 0)

/* Answers `what` for one call, allows all others. */
static long deny(int nr, unsigned what) {
  return INSTALL(DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), RETURN(what), RETURN(SECCOMP_RET_ALLOW));
}

/* Runs a program as the answer to uname(2): what it computes, as an errno. */
static void compute(const char *what, struct sock_filter *code, int length) {
  struct sock_filter all[64] = {DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 1, 0), RETURN(SECCOMP_RET_ALLOW)};
  memcpy(all + 3, code, length * 8);
  all[3 + length] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfff);
  all[4 + length] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
  all[5 + length] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
  fflush(stdout);
  int pid = fork();
  if (pid == 0) {
    if (install(all, length + 6, 0) < 0) say("%s: %s", what, strerrorname_np(errno));
    else {
      long result = syscall(SYS_uname, 0);
      say("%s: %ld", what, result < 0 ? (long)errno : result);
    }
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  if (status != 0) say_status(what, status);
}
#define COMPUTE(what, ...) compute(what, (struct sock_filter[]){__VA_ARGS__}, sizeof((struct sock_filter[]){__VA_ARGS__}) / 8)

/* Started again by a case, the program tells what it has and ends. */
__attribute__((constructor)) static void after_exec(void) {
  if (getenv("AFTER_EXEC") == NULL) return;
  T(prctl(PR_GET_SECCOMP));
  T(syscall(SYS_uname, 0));
  _exit(0);
}

#define IN_CHILD(...)                  \
  do {                                 \
    int status, pid = fork();          \
    if (pid == 0) {                    \
      __VA_ARGS__;                     \
      _exit(0);                        \
    }                                  \
    waitpid(pid, &status, 0);          \
    say_status("child", status);       \
  } while (0)

CASE(strict, "strict mode leaves read, write, exit and sigreturn, and kills for the rest") {
  IN_CHILD(T(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); syscall(SYS_exit, 4));
  IN_CHILD(T(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL)); write(1, "written\n", 8); syscall(SYS_getpid));
  IN_CHILD(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); syscall(SYS_exit_group, 4));
}

CASE(strict_arguments, "strict mode takes no flags and no argument") {
  T(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL));
  T(seccomp(SECCOMP_SET_MODE_STRICT, 0, "x"));
  T(prctl(PR_SET_SECCOMP, 0));
  T(prctl(PR_SET_SECCOMP, 3));
  T(seccomp(9, 0, NULL));
}

CASE(get_mode, "the mode can be asked for, and stands in /proc") {
  T(prctl(PR_GET_SECCOMP));
  say("%s %s", field_of("/proc/self/status", "Seccomp"), field_of("/proc/self/status", "Seccomp_filters"));
  T(deny(SYS_uname, SECCOMP_RET_ERRNO | EPERM));
  T(deny(SYS_uname, SECCOMP_RET_ERRNO | EPERM));
  T(prctl(PR_GET_SECCOMP));
  say("%s %s", field_of("/proc/self/status", "Seccomp"), field_of("/proc/self/status", "Seccomp_filters"));
}

CASE(modes_do_not_mix, "a process with filters cannot be made strict") {
  T(deny(SYS_uname, SECCOMP_RET_ERRNO | EPERM));
  T(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
  T(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL));
}

CASE(errno_answers, "an errno is returned as it is, up to 4095; 0 makes the call succeed without being made") {
  deny(SYS_uname, SECCOMP_RET_ERRNO | EBADF);
  deny(SYS_getpgid, SECCOMP_RET_ERRNO | 0);
  deny(SYS_getsid, SECCOMP_RET_ERRNO | 0xffff);
  deny(SYS_getppid, SECCOMP_RET_ERRNO | 4095);
  T(syscall(SYS_uname, 0));
  T(syscall(SYS_getpgid, 77777));
  T(syscall(SYS_getsid, 0) < 0 ? errno : 0);
  T(syscall(SYS_getppid) < 0 ? errno : 0);
}

CASE(kill_process, "SECCOMP_RET_KILL_PROCESS ends the process by SIGSYS, which it cannot catch") {
  signal(SIGSYS, SIG_IGN);
  IN_CHILD(deny(SYS_uname, SECCOMP_RET_KILL_PROCESS); syscall(SYS_uname, 0));
  IN_CHILD(deny(SYS_uname, SECCOMP_RET_KILL_THREAD); syscall(SYS_uname, 0));
  IN_CHILD(deny(SYS_uname, 0x12340000); syscall(SYS_uname, 0));
}

CASE(trace_without_tracer, "what a tracer or listener would answer is ENOSYS without one") {
  deny(SYS_uname, SECCOMP_RET_TRACE | 5);
  deny(SYS_getpgid, SECCOMP_RET_USER_NOTIF);
  deny(SYS_gettid, SECCOMP_RET_LOG);
  T(syscall(SYS_uname, 0));
  T(syscall(SYS_getpgid, 0));
  T(syscall(SYS_gettid) > 0);
}

static siginfo_t caught;
static void on_sigsys(int sig, siginfo_t *info, void *context) { caught = *info; }

CASE(trap, "SECCOMP_RET_TRAP raises SIGSYS that tells of the call") {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  deny(SYS_uname, SECCOMP_RET_TRAP | 77);
  long result = syscall(SYS_uname, 0);
  say("result is the number: %d", result == SYS_uname);
  say("signo %d errno %d code %d syscall %d arch %x address %d", caught.si_signo, caught.si_errno, caught.si_code,
      caught.si_syscall, caught.si_arch, caught.si_call_addr != NULL);
}

CASE(trap_blocked, "a trap with SIGSYS blocked or ignored kills") {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSYS);
  sigprocmask(SIG_BLOCK, &set, NULL);
  IN_CHILD(deny(SYS_uname, SECCOMP_RET_TRAP); syscall(SYS_uname, 0); say("alive"));
  signal(SIGSYS, SIG_IGN);
  IN_CHILD(deny(SYS_uname, SECCOMP_RET_TRAP); syscall(SYS_uname, 0); say("alive"));
}

CASE(strictest_wins, "of several filters the strictest answer counts, and of equal ones the newest") {
  deny(SYS_uname, SECCOMP_RET_ERRNO | 5);
  deny(SYS_uname, SECCOMP_RET_LOG);
  T(syscall(SYS_uname, 0));
  deny(SYS_uname, SECCOMP_RET_ERRNO | 6);
  T(syscall(SYS_uname, 0));
  deny(SYS_uname, SECCOMP_RET_TRACE);
  T(syscall(SYS_uname, 0));
  deny(SYS_getpgid, SECCOMP_RET_ERRNO | 7);
  T(syscall(SYS_uname, 0));
}

CASE(needs_no_new_privs, "without CAP_SYS_ADMIN a filter needs no_new_privs") {
  become(1000);
  T(deny(SYS_uname, SECCOMP_RET_ERRNO | 5));
  T(NNP());
  T(deny(SYS_uname, SECCOMP_RET_ERRNO | 5));
  T(syscall(SYS_uname, 0));
}

CASE(inherited, "filters are inherited by fork and kept by exec") {
  deny(SYS_uname, SECCOMP_RET_ERRNO | 5);
  IN_CHILD(T(syscall(SYS_uname, 0)); T(prctl(PR_GET_SECCOMP)));
  setenv("AFTER_EXEC", "1", 1);
  IN_CHILD(execl("/proc/self/exe", "seccomp", NULL));
}

CASE(sees_arguments, "a filter sees number, architecture and arguments") {
  COMPUTE("arch", DATA(arch), BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, ARCH_I386));
  COMPUTE("nr", DATA(nr));
  COMPUTE("first argument", DATA(args[0]));
  COMPUTE("its upper half", BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + 4));
  COMPUTE("length", BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
  COMPUTE("length in x", BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0));
  deny(SYS_getpgid, SECCOMP_RET_ALLOW);
  INSTALL(DATA(args[1]), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xdeadbeef, 0, 1), RETURN(SECCOMP_RET_ERRNO | 9), RETURN(SECCOMP_RET_ALLOW));
  T(syscall(SYS_getpgid, 0, 0xdeadbeef));
}

#define A(k) BPF_STMT(BPF_LD | BPF_IMM, k)
#define X(k) BPF_STMT(BPF_LDX | BPF_IMM, k)
#define OPK(op, k) BPF_STMT(BPF_ALU | op | BPF_K, k)
#define OPX(op) BPF_STMT(BPF_ALU | op | BPF_X, 0)

CASE(arithmetic, "arithmetic is on unsigned 32-bit numbers") {
  COMPUTE("add", A(0xffffffff), OPK(BPF_ADD, 5));
  COMPUTE("add x", A(7), X(5), OPX(BPF_ADD));
  COMPUTE("sub", A(3), OPK(BPF_SUB, 5));
  COMPUTE("sub x", A(9), X(5), OPX(BPF_SUB));
  COMPUTE("mul", A(0x10001), OPK(BPF_MUL, 0x10001));
  COMPUTE("mul x", A(0xffffffff), X(0xffffffff), OPX(BPF_MUL));
  COMPUTE("div", A(0xfffffff0), OPK(BPF_DIV, 0x100000));
  COMPUTE("div x", A(100), X(7), OPX(BPF_DIV));
  COMPUTE("div by 0", A(100), X(0), OPX(BPF_DIV));
  COMPUTE("and x", A(0xff), X(0x3c), OPX(BPF_AND));
  COMPUTE("or x", A(0xf0), X(0x3c), OPX(BPF_OR));
  COMPUTE("xor x", A(0xf0), X(0x3c), OPX(BPF_XOR));
  COMPUTE("lsh", A(3), OPK(BPF_LSH, 4));
  COMPUTE("lsh x", A(3), X(5), OPX(BPF_LSH));
  COMPUTE("rsh", A(0x80000000), OPK(BPF_RSH, 31));
  COMPUTE("rsh x", A(0xff000000), X(24), OPX(BPF_RSH));
  COMPUTE("neg", A(1), BPF_STMT(BPF_ALU | BPF_NEG, 0));
}

#define TEST(op, a, k) A(a), BPF_JUMP(BPF_JMP | op | BPF_K, k, 0, 2), A(1), BPF_STMT(BPF_JMP | BPF_JA, 1), A(0)
#define TESTX(op, a, k) A(a), X(k), BPF_JUMP(BPF_JMP | op | BPF_X, 0, 0, 2), A(1), BPF_STMT(BPF_JMP | BPF_JA, 1), A(0)

CASE(jumps, "comparisons are unsigned") {
  COMPUTE("eq", TEST(BPF_JEQ, 5, 5));
  COMPUTE("gt", TEST(BPF_JGT, 0xffffffff, 1));
  COMPUTE("gt equal", TEST(BPF_JGT, 5, 5));
  COMPUTE("ge", TEST(BPF_JGE, 5, 5));
  COMPUTE("ge less", TEST(BPF_JGE, 4, 5));
  COMPUTE("set", TEST(BPF_JSET, 0x80000001, 0x80000000));
  COMPUTE("set none", TEST(BPF_JSET, 6, 1));
  COMPUTE("eq x", TESTX(BPF_JEQ, 5, 6));
  COMPUTE("gt x", TESTX(BPF_JGT, 0x80000000, 0x7fffffff));
  COMPUTE("ge x", TESTX(BPF_JGE, 7, 7));
  COMPUTE("set x", TESTX(BPF_JSET, 12, 4));
}

CASE(memory, "sixteen words of memory, of which none is read before it is written") {
  COMPUTE("st", A(9), BPF_STMT(BPF_ST, 15), A(0), BPF_STMT(BPF_LD | BPF_MEM, 15));
  COMPUTE("stx", X(8), BPF_STMT(BPF_STX, 0), BPF_STMT(BPF_LD | BPF_MEM, 0));
  COMPUTE("ldx", A(7), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LDX | BPF_MEM, 3), BPF_STMT(BPF_MISC | BPF_TXA, 0));
  COMPUTE("tax", A(6), BPF_STMT(BPF_MISC | BPF_TAX, 0), A(0), BPF_STMT(BPF_MISC | BPF_TXA, 0));
  COMPUTE("never written", BPF_STMT(BPF_LD | BPF_MEM, 2));
  COMPUTE("word 16", A(1), BPF_STMT(BPF_ST, 16));
  COMPUTE("written on one way", A(1), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), BPF_STMT(BPF_ST, 1), BPF_STMT(BPF_LD | BPF_MEM, 1));
}

CASE(bad_programs, "programs that could go wrong are refused") {
  struct sock_filter one[] = {RETURN(SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {0, one};
  T(seccomp(SECCOMP_SET_MODE_FILTER, 0, &program));
  program.len = 4097;
  T(seccomp(SECCOMP_SET_MODE_FILTER, 0, &program));
  program = (struct sock_fprog){1, NULL};
  T(seccomp(SECCOMP_SET_MODE_FILTER, 0, &program));
  T(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL));
  T(INSTALL(DATA(nr)));
  T(INSTALL(A(1), OPK(BPF_DIV, 0), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(A(1), OPK(BPF_LSH, 32), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(A(1), OPK(BPF_MOD, 3), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(0xffff, 0), RETURN(SECCOMP_RET_ALLOW)));
  T(INSTALL(BPF_STMT(BPF_RET | BPF_X, 0)));
}

CASE(flags, "unknown flags are refused") {
  struct sock_filter one[] = {RETURN(SECCOMP_RET_ALLOW)};
  T(install(one, 1, 0x40));
  T(install(one, 1, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
  T(install(one, 1, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_NEW_LISTENER));
  T(install(one, 1, 0x20));
  T(install(one, 1, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
}

CASE(actions_available, "the kernel tells which answers it knows") {
  unsigned actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
                        SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW, 0x12340000};
  for (int i = 0; i < 9; i++) T(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, actions + i));
  T(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, actions));
  T(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, NULL));
  unsigned short sizes[3] = {0};
  T(seccomp(SECCOMP_GET_NOTIF_SIZES, 0, sizes));
  say("%d %d %d", sizes[0], sizes[1], sizes[2]);
}

static char stack[65536] __attribute__((aligned(16)));
static volatile int go, thread_result;
static int thread_main(void *unused) {
  while (!go) sched_yield();
  thread_result = syscall(SYS_uname, 0) < 0 ? errno : 0;
  go = 2;
  for (;;) sched_yield();
}
static int start_thread(void) {
  return clone(thread_main, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES, NULL);
}
static void await_thread(void) {
  go = 1;
  while (go != 2) sched_yield();
}

CASE(only_the_caller, "a filter without TSYNC is the calling thread's alone") {
  struct sock_filter code[] = {DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1), RETURN(SECCOMP_RET_ERRNO | 5), RETURN(SECCOMP_RET_ALLOW)};
  start_thread();
  T(install(code, 4, 0));
  await_thread();
  say("thread %d", thread_result);
}

CASE(all_threads, "TSYNC gives the filter, and no_new_privs, to all threads") {
  struct sock_filter code[] = {DATA(nr), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_uname, 0, 1), RETURN(SECCOMP_RET_ERRNO | 5), RETURN(SECCOMP_RET_ALLOW)};
  start_thread();
  T(install(code, 4, SECCOMP_FILTER_FLAG_TSYNC));
  await_thread();
  say("thread %d", thread_result);
}

static int own_filter(void *unused) {
  deny(SYS_uname, SECCOMP_RET_ERRNO | 6);
  go = 2;
  for (;;) sched_yield();
}

CASE(tsync_refused, "TSYNC tells which thread has filters of its own") {
  struct sock_filter one[] = {RETURN(SECCOMP_RET_ALLOW)};
  int tid = clone(own_filter, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FS | CLONE_FILES, NULL);
  while (go != 2) sched_yield();
  say("%d", install(one, 1, SECCOMP_FILTER_FLAG_TSYNC) == tid);
  T(install(one, 1, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
  T(prctl(PR_GET_SECCOMP));
}
