/* madvise(2), mincore(2), mlock(2), process_vm_readv(2), stacks and memfds. */
#include "case.h"
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PAGE 4096
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static void show_core(char *p, int pages) {
  unsigned char core[16];
  char text[17] = "";
  if (mincore(p, pages * PAGE, core) < 0) {
    say("mincore: %s", strerrorname_np(errno));
    return;
  }
  for (int i = 0; i < pages; i++) text[i] = core[i] & 1 ? '#' : '.';
  say("%s", text);
}

/* A line of /proc/self/status or smaps. */
static void show_field(const char *path, const char *name) {
  char line[200];
  FILE *f = fopen(path, "r");
  while (fgets(line, sizeof line, f)) {
    if (strncmp(line, name, strlen(name)) == 0) {
      line[strcspn(line, "\n")] = 0;
      say("%s", line);
    }
  }
  fclose(f);
}

CASE(core_private, "pages that were touched are in core") {
  char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
  show_core(p, 4);
  p[0] = p[2 * PAGE] = 'x';
  show_core(p, 4);
  T(mincore(p + 1, PAGE, (unsigned char *)p));
  T(mincore(p, PAGE, (unsigned char *)1));
  munmap(p + PAGE, PAGE);
  show_core(p, 4);
  T(mincore(p, 0, (unsigned char *)p));
}

CASE(dont_need, "MADV_DONTNEED: private pages are zero again, a file's come back") {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  write(fd, "file", 4);
  char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0), *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
  p[0] = p[PAGE] = 'x';
  q[0] = 'F';
  T(madvise(p, PAGE, MADV_DONTNEED));
  T(madvise(q, PAGE, MADV_DONTNEED));
  say("%d %d %c", p[0], p[PAGE], q[0]);
  T(madvise(p + 1, PAGE, MADV_DONTNEED));
  T(madvise(p, 1, MADV_DONTNEED));
  T(madvise(p, 0, MADV_DONTNEED));
  munmap(p + PAGE, PAGE);
  p[0] = p[2 * PAGE] = 'y';
  T(madvise(p, 3 * PAGE, MADV_DONTNEED));
  say("%d %d", p[0], p[2 * PAGE]);
}

CASE(advice_errors, "advice that is refused, and advice that does nothing") {
  char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
  static const int advices[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_FREE, MADV_DONTFORK,
                                MADV_DOFORK, MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD,
                                MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE, 24, 99, -1};
  for (unsigned i = 0; i < sizeof advices / sizeof *advices; i++) {
    errno = 0;
    madvise(p, PAGE, advices[i]);
    say("%d: %s", advices[i], errno ? strerrorname_np(errno) : "0");
  }
  T(madvise(p, -PAGE, MADV_NORMAL));
  munmap(p, PAGE);
  T(madvise(p, PAGE, MADV_NORMAL));
  T(madvise(p, PAGE, 99));
}

CASE(on_fork, "MADV_DONTFORK and MADV_WIPEONFORK") {
  char *p = mmap(NULL, 3 * PAGE, RW, ANON, -1, 0);
  p[0] = p[PAGE] = p[2 * PAGE] = 'x';
  madvise(p, PAGE, MADV_DONTFORK);
  madvise(p + PAGE, PAGE, MADV_WIPEONFORK);
  int pid = fork();
  if (pid == 0) {
    say("wiped %d kept %d", p[PAGE], p[2 * PAGE]);
    say("%d", p[0]);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
  char *shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  T(madvise(shared, PAGE, MADV_WIPEONFORK));
}

CASE(remove_pages, "MADV_REMOVE punches a hole into what a shared mapping shows") {
  int fd = memfd_create("m", 0);
  ftruncate(fd, 3 * PAGE);
  char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0), c;
  p[0] = p[PAGE] = 'x';
  T(madvise(p + PAGE, PAGE, MADV_REMOVE));
  say("%d %d", p[0], p[PAGE]);
  pread(fd, &c, 1, PAGE);
  say("%d", c);
  char *private = mmap(NULL, PAGE, RW, ANON, -1, 0);
  T(madvise(private, PAGE, MADV_REMOVE));
  char *readonly = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, open("/proc/self/exe", O_RDONLY), 0);
  T(madvise(readonly, PAGE, MADV_REMOVE));
}

CASE(populate, "MAP_POPULATE and MADV_POPULATE_WRITE bring pages in") {
  char *p = mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0), *q = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
  show_core(p, 4);
  T(madvise(q + PAGE, 2 * PAGE, MADV_POPULATE_WRITE));
  show_core(q, 4);
  mprotect(q, PAGE, PROT_NONE);
  T(madvise(q, PAGE, MADV_POPULATE_READ));
  mprotect(q, PAGE, PROT_READ);
  T(madvise(q, PAGE, MADV_POPULATE_WRITE));
}

CASE(locking, "mlock, munlock, mlockall, and what status says") {
  char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
  T(mlock(p + 100, PAGE));
  show_core(p, 4);
  show_field("/proc/self/status", "VmLck");
  T(munlock(p, 4 * PAGE));
  show_field("/proc/self/status", "VmLck");
  T(mlock(p, 0));
  T(syscall(SYS_mlock2, p, PAGE, 1));
  T(syscall(SYS_mlock2, p, PAGE, 2));
  munmap(p + PAGE, PAGE);
  T(mlock(p, 3 * PAGE));
  show_field("/proc/self/status", "VmLck");
  T(munlock(p, 3 * PAGE));
  T(mlockall(0));
  T(mlockall(8));
  T(mlockall(MCL_ONFAULT));
  T(munlockall());
}

CASE(lock_limits, "RLIMIT_MEMLOCK counts for others than root") {
  char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
  struct rlimit limit = {4 * PAGE, 4 * PAGE};
  setrlimit(RLIMIT_MEMLOCK, &limit);
  setresuid(1000, 1000, 1000);
  T(mlock(p, 4 * PAGE));
  T(mlock(p + 4 * PAGE, PAGE));
  T(mlock(p, PAGE));
  T(munlock(p, PAGE));
  T(mlock(p + 4 * PAGE, PAGE));
  say("%s", mmap(NULL, 2 * PAGE, RW, ANON | MAP_LOCKED, -1, 0) == MAP_FAILED ? strerrorname_np(errno) : "mapped");
  T(mlockall(MCL_CURRENT));
  T(munlockall());
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_MEMLOCK, &limit);
  T(mlock(p, PAGE));
  T(mlockall(MCL_FUTURE));
}

CASE(other_process, "process_vm_readv and writev reach the memory of a child") {
  char *p = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0), text[20] = "";
  strcpy(p, "before");
  int pid = fork();
  if (pid == 0) {
    strcpy(p, "child");
    for (;;) pause();
  }
  await_state(pid, "S");
  struct iovec here = {text, 6}, there = {p, 6}, bad = {p + 2 * PAGE, 6}, half = {p + 2 * PAGE - 3, 6};
  T(process_vm_readv(pid, &here, 1, &there, 1, 0));
  say("%s", text);
  strcpy(text, "mine!");
  T(process_vm_writev(pid, &here, 1, &there, 1, 0));
  memset(text, 0, sizeof text);
  T(process_vm_readv(pid, &here, 1, &there, 1, 0));
  say("%s, here %s", text, p);
  munmap(p + 2 * PAGE, PAGE);
  T(process_vm_readv(pid, &here, 1, &there, 1, 1));
  T(process_vm_readv(99999, &here, 1, &there, 1, 0));
  T(process_vm_readv(pid, &here, 0, &there, 1, 0));
  T(process_vm_readv(pid, &here, -1, &there, 1, 0));
  T(process_vm_readv(pid, &here, 1, (void *)1, 1, 0));
}

CASE(grows_down, "MAP_GROWSDOWN grows by a page when the page below is touched") {
  char *p = mmap(NULL, 300 * PAGE, PROT_NONE, ANON, -1, 0);
  munmap(p, 300 * PAGE);
  char *top = mmap(p + 298 * PAGE, PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
  top[0] = 'x';
  top[-1] = 'y';
  say("%c", top[-1]);
  top[-3 * PAGE] = 'z';
  say("%c %d", top[-3 * PAGE], top[-2 * PAGE]);
  int pid = fork();
  if (pid == 0) {
    mmap(top - 6 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    top[-4 * PAGE] = 'g';
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  say_status("in the guard gap", status);
}

CASE(memfd, "memfd_create: names, flags, seals") {
  char text[100] = "", path[40];
  int fd = memfd_create("a name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, text, 99);
  say("%s", text);
  T(fcntl(fd, F_GETFD));
  T(fcntl(fd, F_GET_SEALS));
  T(write(fd, "data", 4));
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  T(pwrite(fd, "more!", 5, 0));
  T(pwrite(fd, "DATA", 4, 0));
  T(ftruncate(fd, 10));
  T(ftruncate(fd, 3));
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  T(ftruncate(fd, 2));
  char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  munmap(p, PAGE);
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
  T(pwrite(fd, "x", 1, 0));
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  T(fcntl(fd, F_GET_SEALS));
  say("%s", mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED ? strerrorname_np(errno) : "mapped");
  say("%s", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? strerrorname_np(errno) : "mapped");
  say("%s", mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0) == MAP_FAILED ? strerrorname_np(errno) : "mapped");
  fd = memfd_create("b", 0);
  T(fcntl(fd, F_GET_SEALS));
  T(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  T(fcntl(0, F_GET_SEALS));
  T(memfd_create("c", 0x100));
  memset(text, 'n', sizeof text);
}

CASE(memfd_names, "a name may have 249 bytes") {
  char name[300];
  memset(name, 'n', sizeof name);
  name[250] = 0;
  T(memfd_create(name, 0));
  name[249] = 0;
  T(memfd_create(name, 0) >= 0);
  T(memfd_create((char *)1, 0));
}
