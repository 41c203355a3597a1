/* Single steps and debug registers. */
#include "tracing.h"

/* Steps n times; after each prints how far eip went, unless that is a jump. */
static void step(int pid, int n) {
  int status;
  for (int i = 0; i < n; i++) {
    long before = user(pid, EIP);
    pt(PTRACE_SINGLESTEP, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) {
      say_status("child", status);
      return;
    }
    long moved = user(pid, EIP) - before;
    siginfo_t info;
    pt(0x4202, pid, 0, (long)&info);
    say("stop %x code %d moved %ld tf %d", status >> 8, info.si_code, moved > 100 || moved < -100 ? 999 : moved, !!(user(pid, EFL) & 0x100));
  }
}

static int at_trap(void (*body)(void)) {
  int pid = tracee(body);
  waitpid(pid, NULL, 0);
  pt(PTRACE_CONT, pid, 0, 0);
  waitpid(pid, NULL, 0);
  return pid;
}

static void plain(void) { asm volatile("int3; nop; xchg %%ax, %%ax; movl $1, %%eax; pushl %%eax; popl %%eax; nop" ::: "eax"); }
CASE(step_plain, "one instruction at a time, TF not to be seen") {
  int pid = at_trap(plain);
  step(pid, 6);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

static void system_call(void) { asm volatile("int3; movl $20, %%eax; int $0x80; nop; nop" ::: "eax"); }
CASE(step_system_call, "a system call is one step") {
  int pid = at_trap(system_call);
  step(pid, 4);
  pt(PTRACE_KILL, pid, 0, 0);
}

static void flags(void) { asm volatile("int3; pushfl; popl %%eax; pushfl; popfl; nop; nop" ::: "eax"); }
CASE(step_pushf, "PUSHF shows the tracer's TF, POPF of it makes TF the program's") {
  int pid = at_trap(flags);
  step(pid, 2);
  say("pushed tf %ld", user(pid, EAX) & 0x100);
  step(pid, 4);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  pt(PTRACE_KILL, pid, 0, 0);
}

static void repeats(void) {
  char from[8] = "abcdefg", to[8];
  char *d = to, *s = from;
  int n = 4;
  asm volatile("int3; rep movsb; nop; nop" : "+D"(d), "+S"(s), "+c"(n)::"memory");
}
CASE(step_repeated, "a repeated string instruction is one step for each iteration") {
  int pid = at_trap(repeats);
  for (int i = 0; i < 5; i++) {
    step(pid, 1);
    say("ecx %ld", user(pid, ECX));
  }
  pt(PTRACE_KILL, pid, 0, 0);
}

static void stack_switch(void) { asm volatile("int3; movl %%ss, %%eax; movl %%eax, %%ss; nop; nop" ::: "eax"); }
CASE(step_mov_ss, "MOV SS goes with the next instruction") {
  int pid = at_trap(stack_switch);
  step(pid, 3);
  pt(PTRACE_KILL, pid, 0, 0);
}

static volatile int handled;
static void on_signal(int sig) { handled = sig; }
static void signals(void) {
  signal(SIGUSR1, on_signal);
  asm volatile("int3; nop; nop; nop; nop");
  say("handled %d", handled);
}
CASE(step_into_handler, "a step with a signal stops at the handler's first instruction") {
  int pid = at_trap(signals), status;
  step(pid, 1);
  pt(PTRACE_SINGLESTEP, pid, 0, SIGUSR1);
  waitpid(pid, &status, 0);
  siginfo_t info;
  pt(0x4202, pid, 0, (long)&info);
  say("stop %x code %d at handler %d orig %ld", status >> 8, info.si_code, user(pid, EIP) == (long)on_signal, user(pid, ORIG_EAX));
  step(pid, 2);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

static void sets_own_tf(void) {
  asm volatile("int3; pushfl; orl $0x100, (%%esp); popfl; nop; nop" ::: "memory");
}
CASE(step_own_tf, "a program that sets TF itself gets its own SIGTRAPs") {
  int pid = at_trap(sets_own_tf);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
  say_siginfo(pid);
  say("tf %d", !!(user(pid, EFL) & 0x100));
  pt(PTRACE_KILL, pid, 0, 0);
  waitpid(pid, NULL, 0);
  pid = at_trap(sets_own_tf);
  step(pid, 5);
  pt(PTRACE_KILL, pid, 0, 0);
}

static void breakpoint(void) { asm volatile("int3; nop; int3; nop; int $3; nop"); }
CASE(step_breakpoints, "INT3 and INT 3 under a step") {
  int pid = at_trap(breakpoint);
  step(pid, 5);
  pt(PTRACE_KILL, pid, 0, 0);
}

CASE(step_sysemu, "SYSEMU_SINGLESTEP steps, and stops before calls") {
  int pid = at_trap(system_call), status;
  for (int i = 0; i < 4; i++) {
    pt(32, pid, 0, 0);
    waitpid(pid, &status, 0);
    siginfo_t info;
    pt(0x4202, pid, 0, (long)&info);
    say("stop %x code %d orig %ld", status >> 8, info.si_code, user(pid, ORIG_EAX));
  }
  pt(PTRACE_KILL, pid, 0, 0);
}

static void forks(void) {
  asm volatile("int3");
  if (fork() == 0) _exit(1);
  int status = 0;
  wait(&status);
  say_status("its child", status);
}
CASE(step_fork, "a child does not inherit the step") {
  int pid = at_trap(forks), status;
  pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK);
  for (int i = 0; i < 3000; i++) {
    pt(PTRACE_SINGLESTEP, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (status >> 16) break;
  }
  say("stop %x", status >> 8);
  long child = 0;
  pt(0x4201, pid, 0, (long)&child);
  waitpid(child, NULL, 0);
  say("tf %ld", user(child, EFL) & 0x100);
  pt(PTRACE_DETACH, child, 0, 0);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("parent", pid);
}

static volatile int watched, other;
static void writes(void) {
  asm volatile("int3");
  other = 1;
  watched = 2;
  other = watched;
  watched = 2;
}
#define DR(n) (offsetof(struct user, u_debugreg) + 4 * (n))
CASE(debug_watch_write, "a write watchpoint stops after the store, also of the same value") {
  int pid = at_trap(writes);
  T(pt(PTRACE_POKEUSER, pid, DR(0), (long)&watched));
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0xd0001));
  for (int i = 0; i < 2; i++) {
    pt(PTRACE_CONT, pid, 0, 0);
    await_stop("child", pid);
    say_siginfo(pid);
    long dr6 = 0, word = 0;
    pt(PTRACE_PEEKUSER, pid, DR(6), (long)&dr6);
    pt(PTRACE_PEEKDATA, pid, (long)&watched, (long)&word);
    say("dr6 %lx value %ld", dr6, word);
    T(pt(PTRACE_POKEUSER, pid, DR(6), 0));
  }
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(debug_watch_access, "an access watchpoint stops after loads too") {
  int pid = at_trap(writes);
  pt(PTRACE_POKEUSER, pid, DR(2), (long)&watched);
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0xf000010));
  for (int i = 0; i < 3; i++) {
    pt(PTRACE_CONT, pid, 0, 0);
    await_stop("child", pid);
  }
  long dr6 = 0;
  pt(PTRACE_PEEKUSER, pid, DR(6), (long)&dr6);
  say("dr6 %lx", dr6);
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

static int executed(int x) { return x + 1; }
static int (*volatile call)(int) = executed;
static void runs(void) {
  asm volatile("int3");
  say("%d", call(1) + call(2));
}
CASE(debug_break_execute, "an execution breakpoint stops before the instruction, and it can be gone on with") {
  int pid = at_trap(runs);
  T(pt(PTRACE_POKEUSER, pid, DR(1), (long)executed));
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0x4));
  for (int i = 0; i < 2; i++) {
    pt(PTRACE_CONT, pid, 0, 0);
    await_stop("child", pid);
    say_siginfo(pid);
    say("there %d rf %lx", user(pid, EIP) == (long)executed, user(pid, EFL) & 0x10000);
  }
  pt(PTRACE_CONT, pid, 0, 0);
  await_stop("child", pid);
}

CASE(debug_register_errors, "kernel addresses, I/O breakpoints, misaligned ones, DR4 and DR5") {
  int pid = at_trap(plain);
  long word = 1;
  T(pt(PTRACE_POKEUSER, pid, DR(0), 0xc0000000));
  T(pt(PTRACE_POKEUSER, pid, DR(0), (long)&watched + 1));
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0xd0001));
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0x20001));
  T(pt(PTRACE_POKEUSER, pid, DR(7), 0xc0001));
  T(pt(PTRACE_POKEUSER, pid, DR(4), 0));
  T(pt(PTRACE_POKEUSER, pid, DR(5), 0));
  T(pt(PTRACE_PEEKUSER, pid, DR(4), (long)&word));
  say("%ld", word);
  T(pt(PTRACE_PEEKUSER, pid, DR(7), (long)&word));
  say("%lx", word);
  T(pt(PTRACE_PEEKUSER, pid, DR(6), (long)&word));
  say("%lx", word);
  pt(PTRACE_KILL, pid, 0, 0);
}
