/* Entries of /proc/PID that are written, looked at with care, or lie at positions. */
#include "case.h"
#include <sys/ptrace.h>

static void show(const char *path) {
  char text[4096];
  int fd = open(path, O_RDONLY);
  long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (n < 0) say("%s = %s", path, strerrorname_np(errno));
  else say("%s: %.*s", path, (int)n, text);
  if (fd >= 0) close(fd);
}

static void set(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  long n = fd < 0 ? -1 : write(fd, text, strlen(text));
  say("%s < %s = %s", path, text, n < 0 ? strerrorname_np(errno) : "ok");
  if (fd >= 0) close(fd);
}

CASE(proc_comm, "comm is written by the process itself, and cut to 15 bytes") {
  char path[40];
  set("/proc/self/comm", "a_name_that_is_much_too_long");
  show("/proc/self/comm");
  set("/proc/self/comm", "short\n");
  show("/proc/self/comm");
  snprintf(path, sizeof path, "/proc/%d/comm", getppid());
  int fd = open(path, O_WRONLY);
  T(write(fd, "x", 1));
}

CASE(proc_oom_score_adj, "oom_score_adj takes -1000 to 1000, oom_adj is its older scale") {
  set("/proc/self/oom_score_adj", "500");
  show("/proc/self/oom_score_adj");
  show("/proc/self/oom_adj");
  set("/proc/self/oom_score_adj", "1001");
  set("/proc/self/oom_score_adj", "-1001");
  set("/proc/self/oom_score_adj", "none");
  set("/proc/self/oom_score_adj", " -5\n");
  show("/proc/self/oom_score_adj");
  set("/proc/self/oom_adj", "15");
  show("/proc/self/oom_score_adj");
  set("/proc/self/oom_adj", "16");
  set("/proc/self/oom_adj", "-17");
  show("/proc/self/oom_score_adj");
}

CASE(proc_coredump_filter, "coredump_filter is read in hexadecimal, and inherited") {
  show("/proc/self/coredump_filter");
  set("/proc/self/coredump_filter", "0x7f");
  show("/proc/self/coredump_filter");
  set("/proc/self/coredump_filter", "x");
  int pid = fork();
  if (pid == 0) {
    show("/proc/self/coredump_filter");
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

static int variable = 0x11223344;
static const int constant = 5;

CASE(proc_mem_self, "mem reads and writes at addresses, read-only memory too; what is not mapped is EIO") {
  int fd = open("/proc/self/mem", O_RDWR), value = 0;
  T(pread64(fd, &value, 4, (long)&variable));
  say("%x", value);
  value = 77;
  T(pwrite64(fd, &value, 4, (long)&variable));
  say("%d", variable);
  T(pwrite64(fd, &value, 4, (long)&constant));
  say("%d", *(volatile const int *)&constant);
  T(pread64(fd, &value, 4, 16));
  T(pwrite64(fd, &value, 4, 16));
  T(lseek64(fd, 4096, SEEK_SET));
  T(read(fd, &value, 4));
  T(lseek64(fd, 0, SEEK_END));
}

CASE(proc_mem_edge, "a read that runs into a hole is short") {
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), text[64];
  munmap(page + 4096, 4096);
  int fd = open("/proc/self/mem", O_RDONLY);
  memset(page, 'x', 4096);
  T(pread64(fd, text, 64, (long)page + 4096 - 10));
  T(write(fd, text, 1));
}

CASE(proc_mem_permission, "another user's mem, maps, environ and links are EACCES") {
  char path[40];
  int proc = open("/proc", O_RDONLY | O_DIRECTORY), pid = getpid(), child = fork();
  if (child == 0) {
    if (setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0) say("?");
    const char *names[] = {"mem", "maps", "smaps", "environ", "auxv", "pagemap", "syscall", "personality", "status", "stat", "cmdline", "limits"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
      char byte;
      snprintf(path, sizeof path, "%d/%s", pid, names[i]);
      int fd = openat(proc, path, O_RDONLY);
      const char *opened = fd < 0 ? strerrorname_np(errno) : "opened";
      say("%s %s %s", names[i], opened, fd < 0 ? "" : read(fd, &byte, strcmp(names[i], "mem") != 0) < 0 ? strerrorname_np(errno) : "read");
    }
    snprintf(path, sizeof path, "%d/exe", pid);
    char text[100];
    T(readlinkat(proc, path, text, 100));
    snprintf(path, sizeof path, "%d/cwd", pid);
    T(openat(proc, path, O_PATH));
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

CASE(proc_syscall_sleeping, "syscall shows number and arguments of the call that a process sleeps in") {
  int ends[2];
  if (pipe(ends) < 0) return;
  char path[40], text[200], byte;
  int pid = fork();
  if (pid == 0) _exit(read(ends[0], &byte, 1));
  await_state(pid, "S");
  snprintf(path, sizeof path, "/proc/%d/syscall", pid);
  int fd = open(path, O_RDONLY);
  long n = read(fd, text, sizeof text - 1);
  text[n < 0 ? 0 : n] = 0;
  long nr, first, second, third;
  int fields = sscanf(text, "%ld %lx %lx %lx", &nr, &first, &second, &third);
  say("%d fields: %ld %lx buffer %d %lx", fields, nr, first, second == (long)&byte, third);
  kill(pid, SIGKILL);
}

CASE(proc_fdinfo, "fdinfo tells position and flags of a descriptor") {
  put("file", "0123456789");
  int fd = open("file", O_RDWR | O_APPEND | O_CLOEXEC);
  lseek(fd, 7, SEEK_SET);
  char path[40], line[100];
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
  FILE *file = fopen(path, "r");
  for (int i = 0; i < 2 && fgets(line, sizeof line, file); i++) printf("%s", line);
  fclose(file);
  T(open("/proc/self/fdinfo/999", O_RDONLY));
}

CASE(proc_personality_file, "personality in hexadecimal") {
  show("/proc/self/personality");
  syscall(SYS_personality, 0x0040000);
  show("/proc/self/personality");
}

CASE(proc_pagemap, "pagemap has a word for each page, present or not") {
  char *pages = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned long long words[3];
  pages[0] = 1, pages[8192] = 1;
  int fd = open("/proc/self/pagemap", O_RDONLY);
  T(pread64(fd, words, 24, (unsigned long)pages / 4096 * 8));
  for (int i = 0; i < 3; i++) say("present %d file %d", (int)(words[i] >> 63), (int)(words[i] >> 61) & 1);
  T(pread64(fd, words, 7, 0));
  T(pread64(fd, words, 8, 4));
}

CASE(proc_clear_refs, "clear_refs is written only, with 1 to 5") {
  T(open("/proc/self/clear_refs", O_RDONLY) >= 0);
  set("/proc/self/clear_refs", "1");
  set("/proc/self/clear_refs", "0");
  set("/proc/self/clear_refs", "6");
  set("/proc/self/clear_refs", "x");
}

CASE(proc_smaps_rows, "smaps names its rows, and counts the pages of an area") {
  char *pages = mmap(0, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), line[200], head[20];
  memset(pages, 1, 3 * 4096);
  mprotect(pages, 5 * 4096, PROT_READ);
  FILE *file = fopen("/proc/self/smaps", "r");
  snprintf(head, sizeof head, "%08lx-", (long)pages);
  int inside = 0;
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, head, 9) == 0) inside = 1;
    else if (inside && strncmp(line, "VmFlags", 7) == 0) break;
    else if (inside && strncmp(line, "THP", 3) != 0 && strncmp(line, "Referenced", 10) != 0) printf("%s", line);
  }
  fclose(file);
}

CASE(proc_children, "children of a thread") {
  char path[60], text[100];
  int pid = fork();
  if (pid == 0) _exit(pause());
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  int fd = open(path, O_RDONLY);
  long n = read(fd, text, sizeof text - 1);
  text[n < 0 ? 0 : n] = 0;
  say("its child: %d, then a blank: %d", atoi(text) == pid, text[n - 1] == ' ');
  kill(pid, SIGKILL);
}

CASE(proc_sysctl_write, "values of /proc/sys are kept within bounds") {
  set("/proc/sys/vm/overcommit_memory", "3");
  set("/proc/sys/vm/overcommit_memory", "x");
  set("/proc/sys/fs/protected_hardlinks", "2");
  set("/proc/sys/kernel/osrelease", "6");
  show("/proc/sys/vm/overcommit_memory");
  show("/proc/sys/kernel/core_pattern");
  show("/proc/sys/fs/nr_open");
  show("/proc/sys/kernel/yama/ptrace_scope");
  show("/proc/sys/vm/max_map_count");
}
