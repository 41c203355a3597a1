/* System calls that programs of today make seldom: the 16-bit and 32-bit forms of old, those with a time64 twin, and calls
 * that are only asked whether they refuse what they must. By number, so that no library stands between. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int64_t time64[2];
typedef int32_t time32[2];

static char block[4096];
static uint16_t *const half = (uint16_t *)block;
static uint32_t *const word = (uint32_t *)block;

static long made(const char *name, long result, int quiet) {
  if (result < 0) printf("%s %s\n", name, strerror(errno));
  else if (quiet) printf("%s done\n", name);
  else printf("%s %ld\n", name, result);
  return result;
}
/* Makes a call and prints what it returns; QUIET where the number differs from kernel to kernel. */
#define CALL(name, nr, ...) made(name, syscall(nr, ##__VA_ARGS__), 0)
#define QUIET(name, nr, ...) made(name, syscall(nr, ##__VA_ARGS__), 1)

static void times(void) {
  time32 t = {1000000000, 5}, two[2] = {{1, 2}, {3, 4}};
  time64 t64 = {0, 1000}, two64[2] = {{5, 6}, {7, 8}};
  QUIET("time", 13, 0);
  CALL("stime", 25, 8);
  CALL("settimeofday", 79, 0, 0);
  CALL("clock_settime", 264, 99, t);
  CALL("clock_settime64", 404, 99, t64);
  CALL("clock_getres_time64", 406, 1, t64);
  t64[0] = 0, t64[1] = 1000;
  CALL("clock_nanosleep_time64", 407, 1, 0, t64, 0);
  CALL("utime", 30, "f", t);
  CALL("utimes", 271, "f", two);
  CALL("futimesat", 299, AT_FDCWD, "f", two);
  CALL("utimensat_time64", 412, AT_FDCWD, "f", two64, 0);
  memset(block, 0, sizeof block);
  CALL("stat64", 195, "f", block);
  printf("times %u %u %u %u\n", word[16], word[17], word[18], word[19]);
  int id = -1;
  int32_t event[16] = {0, 0, SIGEV_NONE};
  CALL("timer_create", 259, 1, event, &id);
  time64 setting[2] = {{0, 0}, {50, 0}};
  CALL("timer_settime64", 409, id, 0, setting, 0);
  CALL("timer_gettime64", 408, id, setting);
  printf("left %d\n", setting[1][0] >= 48 && setting[1][0] <= 50);
  CALL("alarm", 27, 100);
  CALL("alarm", 27, 0);
}

static void files(void) {
  int fd = CALL("creat", 8, "f", 0644);
  QUIET("write", 4, fd, "0123456789", 10);
  CALL("lseek", 19, fd, 4, SEEK_SET);
  close(fd);
  fd = syscall(5, "f", O_RDWR, 0);
  CALL("fcntl", 55, fd, F_GETFL, 0);
  CALL("lchown", 16, "f", 5, 6);
  CALL("chown", 182, "f", 7, 8);
  CALL("fchown", 95, fd, 9, 10);
  CALL("fchownat", 298, AT_FDCWD, "f", 11, 12, 0);
  CALL("fchmodat", 306, AT_FDCWD, "f", 0640);
  /* Linux 6.6 brought it. */
  long absent = syscall(452, AT_FDCWD, "absent", 0600, 0);
  printf("fchmodat2 refuses %d\n", absent == -1 && (errno == ENOENT || errno == ENOSYS));
  CALL("faccessat", 307, AT_FDCWD, "f", 2);
  CALL("oldstat", 18, "f", block);
  printf("mode %o links %u owner %u size %u\n", half[2], half[3], half[4], word[4]);
  CALL("oldlstat", 84, "f", block);
  CALL("oldfstat", 28, fd, block);
  CALL("stat", 106, "f", block);
  CALL("lstat", 107, "f", block);
  CALL("fstat", 108, fd, block);
  printf("mode %o links %u owner %u size %u\n", half[4], half[5], half[6], word[5]);
  CALL("lstat64", 196, "f", block);
  CALL("fstat64", 197, fd, block);
  CALL("fstatat64", 300, AT_FDCWD, "f", block, 0);
  CALL("mkdirat", 296, AT_FDCWD, "d", 0755);
  CALL("symlinkat", 304, "f", AT_FDCWD, "s");
  CALL("readlinkat", 305, AT_FDCWD, "s", block, 10);
  CALL("renameat", 302, AT_FDCWD, "s", AT_FDCWD, "d/t");
  CALL("lchown32", 198, "d/t", 13, 14);
  CALL("linkat", 303, AT_FDCWD, "f", AT_FDCWD, "g", 0);
  CALL("renameat2", 353, AT_FDCWD, "g", AT_FDCWD, "d/t", 1);
  CALL("renameat2", 353, AT_FDCWD, "g", AT_FDCWD, "d/t", 2);
  CALL("unlinkat", 301, AT_FDCWD, "d", 0);
  CALL("unlinkat", 301, AT_FDCWD, "g", 0);
  CALL("readahead", 225, fd, 0, 0, 4096);
  CALL("fadvise64_64", 272, fd, 0, 0, 0, 0, 0);
  CALL("sync_file_range", 314, fd, 0, 0, 0, 0, 0);
  CALL("syncfs", 344, fd);
  CALL("sync", 36);
  uint32_t vector[2] = {(uint32_t)block, 4};
  CALL("preadv2", 378, fd, vector, 1, 2, 0, 0);
  printf("read %.4s\n", block);
  CALL("pwritev2", 379, fd, vector, 1, 6, 0, 0);
  CALL("statfs", 99, "absent", block);
  CALL("fstatfs", 100, -1, block);
  CALL("statfs64", 268, "/proc", 84, block);
  printf("type %x\n", word[0]);
  CALL("fstatfs64", 269, fd, 10, block);
  QUIET("mmap", 90, (uint32_t[]){0, 4096, 3, 2, (uint32_t)fd, 0});
  int dir = syscall(5, "d", O_RDONLY | O_DIRECTORY, 0);
  QUIET("readdir", 89, dir, block, 1);
  QUIET("getdents", 141, dir, block, sizeof block);
  close(dir);
  CALL("umount", 22, "absent");
  CALL("umount2", 52, "absent", 0);
  QUIET("memfd_create", 356, "m", 0);
  QUIET("eventfd", 323, 3);
  int event = QUIET("eventfd2", 328, 0, 0);
  time64 none = {0, 0};
  struct { int fd; short events, revents; } poll = {event, 5, 0};
  CALL("ppoll_time64", 414, &poll, 1, none, 0, 8);
  printf("events %x\n", poll.revents);
  CALL("pselect6_time64", 413, 0, 0, 0, 0, none, 0);
  CALL("select", 82, (uint32_t[]){0, 0, 0, 0, (uint32_t)none});
  close(event), close(fd);
}

static void attributes(void) {
  CALL("setxattr", 226, "absent", "user.a", "v", 1, 0);
  CALL("lsetxattr", 227, "absent", "user.a", "v", 1, 0);
  CALL("fsetxattr", 228, -1, "user.a", "v", 1, 0);
  CALL("getxattr", 229, "absent", "user.a", block, 10);
  CALL("lgetxattr", 230, "absent", "user.a", block, 10);
  CALL("fgetxattr", 231, -1, "user.a", block, 10);
  CALL("listxattr", 232, "absent", block, 10);
  CALL("llistxattr", 233, "absent", block, 10);
  CALL("flistxattr", 234, -1, block, 10);
  CALL("removexattr", 235, "absent", "user.a");
  CALL("lremovexattr", 236, "absent", "user.a");
  CALL("fremovexattr", 237, -1, "user.a");
}

static volatile int caught;
static void handler(int sig) { caught = sig; }

static void signals(void) {
  CALL("signal", 48, SIGUSR1, SIG_IGN);
  CALL("signal", 48, SIGUSR1, SIG_DFL);
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGUSR1, &action, 0);
  uint32_t set = 1 << (SIGUSR1 - 1), old = 0;
  CALL("sigprocmask", 126, SIG_BLOCK, &set, &old);
  CALL("sgetmask", 68);
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  CALL("rt_tgsigqueueinfo", 335, getpid(), gettid(), SIGUSR1, &info);
  CALL("sigpending", 73, &old);
  printf("pending %x\n", old);
  CALL("sigsuspend", 72, 0, 0, 0);
  printf("caught %d\n", caught);
  CALL("ssetmask", 69, 0);
  syscall(126, SIG_BLOCK, &set, 0);
  syscall(335, getpid(), gettid(), SIGUSR1, &info);
  uint32_t wide[2] = {set, 0};
  time64 none = {0, 0};
  CALL("rt_sigtimedwait_time64", 421, wide, 0, none, 8);
  CALL("rt_sigtimedwait_time64", 421, wide, 0, none, 8);
  syscall(126, SIG_UNBLOCK, &set, 0);
  CALL("restart_syscall", 0);
  CALL("futex_time64", 422, word, 1, 1, 0, 0, 0);
}

static void identities(void) {
  CALL("setreuid", 70, -1, -1);
  CALL("setregid", 71, -1, -1);
  CALL("setresuid", 164, -1, -1, -1);
  CALL("setresgid", 170, -1, -1, -1);
  CALL("setgid32", 214, 0);
  CALL("setfsuid", 138, 0);
  CALL("setfsgid", 139, 0);
  CALL("getresgid", 171, half, half + 1, half + 2);
  CALL("getuid", 24);
  CALL("geteuid", 49);
  CALL("setgroups", 81, 0, 0);
  QUIET("getpgrp", 65);
  CALL("setuid", 23, 0);
  CALL("setdomainname", 121, "x", -1);
  CALL("oldolduname", 59, block);
  printf("%s\n", block);
  CALL("olduname", 109, block);
  printf("%s\n", block);
  CALL("setrlimit", 75, 99, block);
}

static void scheduling(void) {
  int32_t priority = 0;
  uint32_t mask = 1, cpu = 9, node = 9;
  time32 slice = {7, 7};
  time64 slice64 = {7, 7};
  CALL("nice", 34, 0);
  CALL("sched_setparam", 154, 0, &priority);
  CALL("sched_getparam", 155, 0, &priority);
  CALL("sched_setscheduler", 156, 0, 0, &priority);
  CALL("sched_rr_get_interval", 161, -5, slice);
  CALL("sched_rr_get_interval", 161, 0, slice);
  CALL("sched_rr_get_interval_time64", 423, 0, slice64);
  printf("slice %d %d\n", slice[0], (int)slice64[0]);
  CALL("sched_setaffinity", 241, 0, 4, &mask);
  CALL("getcpu", 318, &cpu, &node, 0);
  printf("processor %u of node %u\n", cpu, node);
  CALL("mlock", 150, block, 4096);
  CALL("munlock", 151, block, 4096);
  CALL("mlockall", 152, 0);
  CALL("munlockall", 153);
}

static void sockets(void) {
  uint32_t none[6] = {-1, 0, 0, 0, 0, 0};
  CALL("socketcall", 102, 99, none);
  CALL("socket", 359, 9999, 1, 0);
  CALL("bind", 361, -1, block, 16);
  CALL("connect", 362, -1, block, 16);
  CALL("listen", 363, -1, 1);
  CALL("accept4", 364, -1, 0, 0, 0);
  CALL("getsockopt", 365, -1, 1, 2, block, block + 8);
  CALL("setsockopt", 366, -1, 1, 2, block, 4);
  CALL("getsockname", 367, -1, block, block + 64);
  CALL("getpeername", 368, -1, block, block + 64);
  CALL("sendto", 369, -1, block, 1, 0, 0, 0);
  CALL("sendmsg", 370, -1, block, 0);
  CALL("recvfrom", 371, -1, block, 1, 0, 0, 0);
  CALL("recvmsg", 372, -1, block, 0);
  CALL("shutdown", 373, -1, 0);
  memset(block, 0, 256);
  CALL("recvmmsg", 337, -1, block, 1, 0, 0);
  CALL("sendmmsg", 345, -1, block, 1, 0);
}

static void children(void) {
  int status;
  fflush(stdout);
  if (fork() == 0) syscall(358, AT_FDCWD, "/bin/calls", (char *[]){"calls", "again", 0}, (char *[]){0}, 0);
  if (QUIET("waitpid", 7, -1, &status, 0) < 0) exit(1);
  printf("status %d\n", WEXITSTATUS(status));
}

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  if (argc > 1) _exit(strcmp(argv[1], "again") == 0 ? 42 : 1);
  mkdir("/tmp/calls", 0755);
  if (chdir("/tmp/calls") != 0) return 1;
  files();
  times();
  attributes();
  signals();
  identities();
  scheduling();
  sockets();
  children();
  return 0;
}
