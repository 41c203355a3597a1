/* Credentials, limits, prctl, scheduling calls, system information. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outcome(long result) {
  static char text[8][64];
  static int at;
  char *to = text[at++ & 7];
  if (result < 0) snprintf(to, 64, "%s", strerror(errno));
  else snprintf(to, 64, "%ld", result);
  return to;
}
static void ids(const char *what) {
  uint32_t r, e, s, gr, ge, gs;
  syscall(SYS_getresuid32, &r, &e, &s);
  syscall(SYS_getresgid32, &gr, &ge, &gs);
  uint16_t r16, e16, s16;
  syscall(SYS_getresuid, &r16, &e16, &s16);
  uint32_t header[2] = {0x20080522, 0}, caps[6];
  syscall(SYS_capget, header, caps);
  printf("%s: uid %u %u %u gid %u %u %u fs %ld %ld, 16-bit %u %u %u, caps %d %d\n", what, r, e, s, gr, ge, gs, syscall(SYS_setfsuid32, -1), syscall(SYS_setfsgid32, -1), r16, e16, s16, caps[0] != 0, caps[1] != 0);
}
/* Each case in a child that starts as root. */
#define CASE(text) for (pid_t p = fork();; ) if (p) { waitpid(p, 0, 0); break; } else for (printf("-- %s\n", text);; _exit(0))

int main(void) {
  setvbuf(stdout, 0, _IONBF, 0);
  syscall(SYS_setgroups32, 0, 0);
  ids("root");
  CASE("setuid") {
    printf("%s", outcome(syscall(SYS_setuid32, 1000)));
    ids("");
    printf("back: %s\n", outcome(syscall(SYS_setuid32, 0)));
    printf("kill init: %s\n", outcome(kill(1, 0)));
    printf("setgroups: %s, sethostname: %s, nice -5: %s\n", outcome(syscall(SYS_setgroups32, 0, 0)), outcome(sethostname("x", 1)), outcome(setpriority(0, 0, -5)));
  }
  CASE("seteuid") {
    printf("%s", outcome(syscall(SYS_setresuid32, -1, 1000, -1)));
    ids("");
    printf("%s", outcome(syscall(SYS_setresuid32, -1, 0, -1)));
    ids("");
  }
  CASE("setreuid") {
    printf("%s", outcome(syscall(SYS_setreuid32, 1000, 1001)));
    ids("");
    printf("%s %s", outcome(syscall(SYS_setreuid32, 5, -1)), outcome(syscall(SYS_setreuid32, 1001, 1000)));
    ids("");
  }
  CASE("setregid and 16 bits") {
    printf("%s %s", outcome(syscall(SYS_setregid32, 70000, 70001)), outcome(syscall(SYS_setgid, 12)));
    ids("");
    printf("getgid16 %s getegid16 %s\n", outcome(syscall(SYS_getgid)), outcome(syscall(SYS_getegid)));
  }
  CASE("keepcaps") {
    prctl(PR_SET_KEEPCAPS, 1);
    syscall(SYS_setuid32, 1000);
    ids("");
  }
  CASE("groups") {
    uint32_t list[4] = {30, 10, 70000, 20}, got[8];
    uint16_t got16[8];
    printf("set %s", outcome(syscall(SYS_setgroups32, 4, list)));
    printf(" size %s", outcome(syscall(SYS_getgroups32, 0, 0)));
    printf(" short %s", outcome(syscall(SYS_getgroups32, 2, got)));
    printf(" all %s:", outcome(syscall(SYS_getgroups32, 8, got)));
    for (int i = 0; i < 4; i++) printf(" %u", got[i]);
    syscall(SYS_getgroups, 8, got16);
    for (int i = 0; i < 4; i++) printf(" %u", got16[i]);
    printf("\n");
  }
  CASE("capset") {
    uint32_t header[2] = {0x20080522, 0}, caps[6] = {0};
    printf("drop %s", outcome(syscall(SYS_capset, header, caps)));
    ids("");
    caps[0] = caps[1] = 1;
    printf("raise %s", outcome(syscall(SYS_capset, header, caps)));
    header[0] = 7;
    printf(" version %s", outcome(syscall(SYS_capget, header, caps)));
    printf(" now %08x\n", header[0]);
  }

  struct rlimit lim = {10, 20}, old;
  printf("rlimits: %s", outcome(setrlimit(RLIMIT_LOCKS, &lim)));
  getrlimit(RLIMIT_LOCKS, &old);
  printf(" %u %u", (unsigned)old.rlim_cur, (unsigned)old.rlim_max);
  lim.rlim_cur = 30;
  printf(" cur over max %s", outcome(setrlimit(RLIMIT_LOCKS, &lim)));
  printf(" bad %s\n", outcome(syscall(SYS_ugetrlimit, 16, &old)));
  uint32_t small[2];
  syscall(SYS_getrlimit, RLIMIT_RTTIME, small);
  printf("old infinity %08x %08x", small[0], small[1]);
  syscall(SYS_ugetrlimit, RLIMIT_RTTIME, small);
  printf(" new %08x %08x\n", small[0], small[1]);
  CASE("limits without privileges") {
    syscall(SYS_setuid32, 1000);
    struct rlimit l = {5, 6};
    printf("%s", outcome(setrlimit(RLIMIT_CORE, &l)));
    l.rlim_max = 7;
    printf(" %s", outcome(setrlimit(RLIMIT_CORE, &l)));
    printf(" %s %s\n", outcome(prlimit(getppid(), RLIMIT_CORE, 0, &l)), outcome(prlimit(29999, RLIMIT_CORE, 0, &l)));
  }

  char name[16] = "";
  prctl(PR_SET_NAME, "a name that is far too long");
  prctl(PR_GET_NAME, name);
  printf("name %s\n", name);
  printf("prctl: dumpable %s", outcome(prctl(PR_GET_DUMPABLE)));
  printf(" set %s", outcome(prctl(PR_SET_DUMPABLE, 0)));
  printf(" 5 %s", outcome(prctl(PR_SET_DUMPABLE, 5)));
  printf(" capbset %s %s", outcome(prctl(PR_CAPBSET_READ, 0)), outcome(prctl(PR_CAPBSET_READ, 63)));
  printf(" unknown %s", outcome(prctl(12345, 0)));
  int sig = 5;
  printf(" pdeath %s", outcome(prctl(PR_SET_PDEATHSIG, 9)));
  prctl(PR_GET_PDEATHSIG, &sig);
  printf(" %d bad %s\n", sig, outcome(prctl(PR_SET_PDEATHSIG, 65)));
  prctl(PR_SET_PDEATHSIG, 0);
  printf("nnp %s", outcome(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  printf(" timerslack %s", outcome(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)));
  printf(" personality %s\n", outcome(personality(0xffffffff) & ~0x800000));

  printf("nice: %s %s", outcome(getpriority(PRIO_PROCESS, 0)), outcome(setpriority(PRIO_PROCESS, 0, 50)));
  printf(" raw %s", outcome(syscall(SYS_getpriority, PRIO_PROCESS, 0)));
  printf(" nobody %s bad %s\n", outcome(getpriority(PRIO_PROCESS, 29999)), outcome(getpriority(7, 0)));
  setpriority(PRIO_PROCESS, 0, 0);
  printf("sched: policy %s max %s %s min %s yield %s", outcome(syscall(SYS_sched_getscheduler, 0)), outcome(sched_get_priority_max(SCHED_FIFO)), outcome(sched_get_priority_max(SCHED_OTHER)), outcome(sched_get_priority_min(SCHED_RR)), outcome(sched_yield()));
  uint32_t mask[32] = {0};
  printf(" affinity %d %s", syscall(SYS_sched_getaffinity, 0, 128, mask) > 0, outcome(syscall(SYS_sched_getaffinity, 0, 3, mask)));
  printf(" nobody %s\n", outcome(syscall(SYS_sched_getaffinity, 29999, 128, mask)));

  struct utsname u;
  uname(&u);
  printf("uname: %s, hostname %d\n", u.sysname, u.nodename[0] != 0);
  struct sysinfo s;
  printf("sysinfo: %s", outcome(sysinfo(&s)));
  printf(", memory %d, unit %d\n", s.totalram > s.freeram, s.mem_unit > 0);
  char bytes[64] = {0};
  printf("getrandom: %s %s %s", outcome(syscall(SYS_getrandom, bytes, 64, 0)), outcome(syscall(SYS_getrandom, bytes, 64, 99)), outcome(syscall(SYS_getrandom, 8, 64, 0)));
  int zero = 0;
  for (int i = 0; i < 64; i++) zero += bytes[i] == 0;
  printf(" random %d\n", zero < 10);
  printf("membarrier: %d %s\n", syscall(SYS_membarrier, 0, 0, 0) > 0, outcome(syscall(SYS_membarrier, 0, 7, 0)));
  struct { unsigned entry, base, limit, flags; } d = {-1, 0x1000, 0xfffff, 0x51}, e = {0};
  printf("set_thread_area: %s", outcome(syscall(SYS_set_thread_area, &d)));
  e.entry = d.entry;
  printf(" get %s", outcome(syscall(SYS_get_thread_area, &e)));
  printf(" %x %x %x", e.base, e.limit, e.flags & 0x7f);
  d.entry = 99;
  printf(" bad %s", outcome(syscall(SYS_set_thread_area, &d)));
  d.entry = -1, d.flags = 0x10;
  printf(" 16-bit %s\n", outcome(syscall(SYS_set_thread_area, &d)));
  printf("no such call: %s\n", outcome(syscall(999)));
  return 0;
}
