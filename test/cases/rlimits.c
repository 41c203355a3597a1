/* Resource limits, priorities, policies, affinity, names and times. */
#include "case.h"
#include <sys/personality.h>
#include <sys/times.h>

static volatile int got;
static void note(int sig) { got = sig; }

CASE(limits_errors, "limits: unknown resource, soft above hard, bad pointers, other processes") {
  struct rlimit limit = {10, 5};
  T(setrlimit(RLIMIT_NOFILE, &limit));
  T(syscall(SYS_setrlimit, 16, &limit));
  T(syscall(SYS_ugetrlimit, 16, &limit));
  T(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 1, 0));
  T(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, 1));
  T(syscall(SYS_prlimit64, 30000, RLIMIT_NOFILE, 0, 0));
  T(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, 0));
  T(syscall(SYS_prlimit64, -1, RLIMIT_NOFILE, 0, 0));
  limit.rlim_cur = limit.rlim_max = (1 << 20) + 1;
  T(setrlimit(RLIMIT_NOFILE, &limit));
}

CASE(limit_hard_lowered, "without CAP_SYS_RESOURCE a hard limit only goes down") {
  struct rlimit limit = {10, 20}, more = {10, 21}, same = {20, 20};
  T(setrlimit(RLIMIT_NPROC, &limit));
  setresuid(1000, 1000, 1000);
  T(setrlimit(RLIMIT_NPROC, &more));
  T(setrlimit(RLIMIT_NPROC, &same));
}

CASE(old_getrlimit, "the old getrlimit cuts values to 31 bits") {
  struct { unsigned long soft, hard; } old;
  struct rlimit64 limit = {RLIM64_INFINITY, RLIM64_INFINITY};
  prlimit64(0, RLIMIT_CORE, &limit, NULL);
  T(syscall(SYS_getrlimit, RLIMIT_CORE, &old));
  say("%lx %lx", old.soft, old.hard);
  T(syscall(SYS_ugetrlimit, RLIMIT_CORE, &old));
  say("%lx %lx", old.soft, old.hard);
  limit.rlim_cur = limit.rlim_max = 1ull << 33;
  prlimit64(0, RLIMIT_CORE, &limit, NULL);
  T(syscall(SYS_ugetrlimit, RLIMIT_CORE, &old));
  say("%lx %lx", old.soft, old.hard);
}

CASE(nofile, "RLIMIT_NOFILE bounds new descriptors, not old ones") {
  struct rlimit limit = {6, 100};
  T(dup2(1, 20));
  setrlimit(RLIMIT_NOFILE, &limit);
  T(dup2(1, 5));
  T(dup2(1, 6));
  T(fcntl(1, F_DUPFD, 6));
  T(fcntl(1, F_DUPFD, 3));
  T(dup(1));
  T(dup(1));
  T(open("/dev/null", O_RDONLY));
  int p[2];
  T(pipe(p));
  T(write(20, "", 0));
}

CASE(fsize_signal, "past RLIMIT_FSIZE a write is SIGXFSZ and EFBIG, up to it a partial one") {
  struct rlimit limit = {1000, RLIM_INFINITY};
  char data[600] = {0};
  int fd = open("f", O_CREAT | O_RDWR, 0644);
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, note);
  T(write(fd, data, 600));
  T(write(fd, data, 600));
  say("signal %d", got);
  T(write(fd, data, 600));
  say("signal %d", got);
  got = 0;
  T(pwrite(fd, data, 1, 1000));
  say("signal %d", got);
  got = 0;
  T(ftruncate(fd, 1001));
  say("signal %d", got);
  T(ftruncate(fd, 1000));
  signal(SIGXFSZ, SIG_IGN);
  T(pwrite(fd, data, 0, 2000));
  T(fallocate(fd, 0, 0, 2000));
}

CASE(fsize_default_action, "SIGXFSZ kills") {
  struct rlimit limit = {10, RLIM_INFINITY}, none = {0, 0};
  int status, pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &limit);
    truncate("/proc/self/none", 0);
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    pwrite(fd, "x", 1, 10);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(address_space, "RLIMIT_AS refuses mappings") {
  struct rlimit limit = {64 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
  T(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  T(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  void *p = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  T(mremap(p, 1 << 20, 100 << 20, MREMAP_MAYMOVE));
  char *now = (char *)syscall(SYS_brk, 0);
  T((char *)syscall(SYS_brk, now + (100 << 20)) == now);
}

CASE(data_limit, "RLIMIT_DATA refuses the heap and private writable mappings") {
  struct rlimit limit = {16 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_DATA, &limit);
  char *now = (char *)syscall(SYS_brk, 0);
  T((char *)syscall(SYS_brk, now + (32 << 20)) == now);
  T(mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  T(mmap(NULL, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  T(mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

CASE(process_count, "RLIMIT_NPROC counts the user's processes and does not bind root") {
  struct rlimit limit = {1, 1};
  int status, pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_NPROC, &limit);
    int child = fork();
    if (child == 0) _exit(0);
    T(child > 0);
    wait(NULL);
    setresuid(1000, 1000, 1000);
    child = fork();
    if (child == 0) _exit(0);
    T(child);
    _exit(0);
  }
  waitpid(pid, &status, 0);
}

CASE(cpu_limit, "RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one") {
  int status, pid = fork();
  if (pid == 0) {
    struct rlimit limit = {1, 2};
    signal(SIGXCPU, note);
    setrlimit(RLIMIT_CPU, &limit);
    while (!got) continue;
    say("signal %d", got);
    for (;;) continue;
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(signal_queue_limit, "RLIMIT_SIGPENDING bounds sigqueue, not kill") {
  struct rlimit limit = {3, 3};
  sigset_t set;
  union sigval value = {0};
  siginfo_t info;
  struct timespec none = {0, 0};
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, NULL);
  setrlimit(RLIMIT_SIGPENDING, &limit);
  for (int i = 0; i < 4; i++) T(sigqueue(getpid(), SIGRTMIN, value));
  T(kill(getpid(), SIGRTMIN));
  T(sigqueue(getpid(), SIGUSR1, value));
  T(kill(getpid(), SIGUSR2));
  while (sigtimedwait(&set, &info, &none) > 0) say("signal %d code %d", info.si_signo, info.si_code);
}

CASE(nice_values, "nice and setpriority clip, and only root raises") {
  T(nice(5));
  T(nice(100));
  T(getpriority(PRIO_PROCESS, 0));
  T(syscall(SYS_getpriority, PRIO_PROCESS, 0));
  T(nice(-100));
  T(syscall(SYS_getpriority, PRIO_PROCESS, 0));
  T(setpriority(PRIO_PROCESS, 0, 30));
  T(getpriority(PRIO_PROCESS, 0));
  setpriority(PRIO_PROCESS, 0, 3);
  setresuid(1000, 1000, 1000);
  T(setpriority(PRIO_PROCESS, 0, 2));
  T(nice(-1));
  T(setpriority(PRIO_PROCESS, 0, 4));
  T(setpriority(PRIO_PROCESS, 1, 4));
}

CASE(priority_errors, "getpriority and setpriority look for the kind, then for somebody") {
  T(getpriority(3, 0));
  T(getpriority(-1, 0));
  T(getpriority(PRIO_PROCESS, 30000));
  T(getpriority(PRIO_PGRP, 30000));
  T(getpriority(PRIO_USER, 4321));
  T(setpriority(3, 0, 0));
  T(setpriority(PRIO_PROCESS, 30000, 0));
}

CASE(priority_of_group, "the best of a group is told, and all of it is set") {
  setpgid(0, 0);
  int pid = fork();
  if (pid == 0) for (;;) pause();
  setpriority(PRIO_PROCESS, pid, 7);
  setpriority(PRIO_PROCESS, 0, 9);
  T(getpriority(PRIO_PGRP, 0));
  T(setpriority(PRIO_PGRP, 0, 4));
  T(getpriority(PRIO_PROCESS, pid));
}

CASE(scheduler_errors, "policies and their priorities") {
  struct sched_param param = {0}, one = {1};
  T(sched_setscheduler(0, SCHED_OTHER, &one));
  T(sched_setscheduler(0, SCHED_FIFO, &param));
  T(sched_setscheduler(0, 99, &param));
  T(sched_setscheduler(-1, SCHED_OTHER, &param));
  T(sched_setscheduler(30000, SCHED_OTHER, &param));
  T(sched_setscheduler(0, SCHED_OTHER, NULL));
  T(sched_getscheduler(-1));
  T(sched_getscheduler(30000));
  T(sched_getparam(0, NULL));
  T(sched_setparam(0, &one));
  T(sched_setparam(0, &param));
}

CASE(scheduler_policies, "every policy can be set and is inherited; reset-on-fork is not") {
  struct sched_param zero = {0}, ten = {10}, now;
  T(sched_setscheduler(0, SCHED_BATCH, &zero));
  T(sched_getscheduler(0));
  T(sched_setscheduler(0, SCHED_IDLE, &zero));
  T(sched_getscheduler(0));
  T(sched_setscheduler(0, SCHED_RR, &ten));
  T(sched_getscheduler(0));
  T(sched_getparam(0, &now));
  say("priority %d", now.sched_priority);
  int pid = fork();
  if (pid == 0) {
    T(sched_getscheduler(0));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  T(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &ten));
  T(sched_getscheduler(0));
  pid = fork();
  if (pid == 0) {
    T(sched_getscheduler(0));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  T(sched_setscheduler(0, SCHED_OTHER, &zero));
}

CASE(scheduler_user, "an ordinary user may not become real-time, nor leave SCHED_IDLE for a bad nice value") {
  struct sched_param zero = {0}, one = {1};
  setresuid(1000, 1000, 1000);
  T(sched_setscheduler(0, SCHED_FIFO, &one));
  T(sched_setscheduler(0, SCHED_BATCH, &zero));
  T(sched_setscheduler(0, SCHED_IDLE, &zero));
  T(sched_setscheduler(1, SCHED_OTHER, &zero));
}

CASE(priority_ranges, "ranges of priorities by policy") {
  for (int policy = -1; policy < 8; policy++) {
    T(sched_get_priority_min(policy));
    T(sched_get_priority_max(policy));
  }
}

CASE(affinity, "affinity masks: size, emptiness, result") {
  unsigned char mask[128] = {1};
  T(syscall(SYS_sched_setaffinity, 0, 4, mask));
  T(syscall(SYS_sched_setaffinity, 0, 1, mask));
  T(syscall(SYS_sched_getaffinity, 0, 4, mask));
  T(syscall(SYS_sched_getaffinity, 0, 128, mask));
  T(syscall(SYS_sched_getaffinity, 0, 3, mask));
  T(syscall(SYS_sched_getaffinity, 0, 6, mask));
  T(syscall(SYS_sched_getaffinity, 30000, 4, mask));
  mask[0] = 0;
  T(syscall(SYS_sched_setaffinity, 0, 4, mask));
  mask[0] = 2;
  T(syscall(SYS_sched_setaffinity, 0, 4, mask));
  T(syscall(SYS_sched_setaffinity, 0, 4, NULL));
  T(syscall(SYS_sched_setaffinity, 30000, 4, mask));
}

CASE(process_name, "PR_SET_NAME cuts at 15 bytes") {
  char name[17] = {0};
  T(prctl(PR_SET_NAME, "a name of twenty bytes"));
  T(prctl(PR_GET_NAME, name));
  say("[%s]", name);
  T(prctl(PR_SET_NAME, 1));
}

CASE(prctl_values, "prctl refuses values out of range and unknown options") {
  T(prctl(PR_SET_DUMPABLE, 2));
  T(prctl(PR_SET_DUMPABLE, 0));
  T(prctl(PR_GET_DUMPABLE));
  T(prctl(PR_SET_KEEPCAPS, 2));
  T(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  T(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
  T(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  T(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  T(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
  T(prctl(9999));
  T(prctl(PR_SET_PDEATHSIG, 65));
  T(prctl(PR_SET_TIMERSLACK, 1000));
  T(prctl(PR_GET_TIMERSLACK));
  T(prctl(PR_SET_TIMERSLACK, 0));
  T(prctl(PR_GET_TIMERSLACK));
  T(prctl(PR_CAPBSET_READ, 0));
  T(prctl(PR_CAPBSET_READ, 100));
  T(prctl(PR_CAPBSET_DROP, 100));
  T(prctl(PR_GET_TSC, 1));
}

CASE(personality_bits, "personality keeps any 32 bits, and all ones only asks") {
  T(syscall(SYS_personality, 0xffffffff));
  T(syscall(SYS_personality, ADDR_NO_RANDOMIZE));
  T(syscall(SYS_personality, 0x12345678));
  T(syscall(SYS_personality, 0xffffffff));
  T(syscall(SYS_personality, 0));
}

CASE(usage, "getrusage: kinds, and children's time only once they were waited for") {
  struct rusage usage;
  T(getrusage(2, &usage));
  T(getrusage(-2, &usage));
  T(getrusage(RUSAGE_SELF, (void *)1));
  T(getrusage(RUSAGE_THREAD, &usage));
  int pid = fork();
  if (pid == 0) {
    for (volatile int i = 0; i < 3000000; i++) continue;
    _exit(0);
  }
  await_state(pid, "Z");
  getrusage(RUSAGE_CHILDREN, &usage);
  say("before %d", usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 1000);
  struct rusage its;
  wait4(pid, NULL, 0, &its);
  getrusage(RUSAGE_CHILDREN, &usage);
  say("its %d, after %d", its.ru_utime.tv_usec > 1000, usage.ru_utime.tv_usec > 1000);
}

CASE(times_call, "times counts in hundredths, and takes no buffer") {
  struct tms tms;
  T(times(NULL) > 0);
  T(syscall(SYS_times, 1));
  T(times(&tms) > 0);
  say("children %d %d", tms.tms_cutime, tms.tms_cstime);
}

CASE(hostname, "host and domain names: length and privilege") {
  char name[65];
  memset(name, 'h', 65);
  T(sethostname("abc", -1));
  T(sethostname(name, 65));
  T(sethostname((void *)1, 3));
  T(setdomainname(name, 65));
  setresuid(1000, 1000, 1000);
  T(sethostname("abc", 3));
  T(setdomainname("abc", 3));
  T(sethostname("abc", -1));
}
