/* mmap(2), munmap(2), mprotect(2), mremap(2), brk(2): places, rights, errors, what /proc/self/maps shows. */
#include "case.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PAGE 4096
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

/* Result of a call that gives an address: its name, or the errno. */
static const char *place(void *p) {
  return p == MAP_FAILED ? strerrorname_np(errno) : "mapped";
}

static char *room(int pages) {
  char *p = mmap(NULL, pages * PAGE, PROT_NONE, ANON, -1, 0);
  munmap(p, pages * PAGE);
  return p;
}

/* The areas between two addresses as maps has them, relative to the first. */
static void show_maps(char *from, int pages) {
  FILE *f = fopen("/proc/self/maps", "r");
  char line[300];
  while (fgets(line, sizeof line, f)) {
    unsigned long start, end, offset;
    char rights[5], name[100] = "";
    sscanf(line, "%lx-%lx %4s %lx %*s %*s %99s", &start, &end, rights, &offset, name);
    if (end <= (unsigned long)from || start >= (unsigned long)from + pages * PAGE) continue;
    say("%ld..%ld %s %lx %s", (long)(start - (unsigned long)from) / PAGE, (long)(end - (unsigned long)from) / PAGE, rights, offset, name);
  }
  fclose(f);
}

static sigjmp_buf back;
static volatile int fault_code, fault_signal;
static void *volatile fault_at;
static void on_fault(int sig, siginfo_t *info, void *context) {
  fault_signal = sig;
  fault_code = info->si_code;
  fault_at = info->si_addr;
  siglongjmp(back, 1);
}

/* What an access does: R reads, W writes. */
static void touch(const char *what, volatile char *p, int write) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  if (sigsetjmp(back, 1)) {
    say("%s: signal %d code %d, at the address %d", what, fault_signal, fault_code, fault_at == p);
    return;
  }
  char c = *p;
  if (write) *p = 'w';
  say("%s: %d", what, write ? *p : c);
}

CASE(bad_arguments, "lengths, offsets, flags and descriptors that are refused") {
  int fd = open("f", O_CREAT | O_RDWR, 0600), wr = open("f", O_WRONLY), dir = open(".", O_RDONLY);
  say("no length %s", place(mmap(NULL, 0, RW, ANON, -1, 0)));
  say("too long %s", place(mmap(NULL, -PAGE, RW, ANON, -1, 0)));
  say("no kind %s", place(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0)));
  say("bad descriptor %s", place(mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0)));
  say("directory %s", place(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0)));
  say("write only %s", place(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, wr, 0)));
  say("shared of a write-only file %s", place(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, wr, 0)));
  int ro = open("f", O_RDONLY);
  say("shared writable of a read-only file %s", place(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0)));
  say("private writable of a read-only file %s", place(mmap(NULL, PAGE, RW, MAP_PRIVATE, ro, 0)));
  say("fixed and unaligned %s", place(mmap((void *)0x20000001, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  say("fixed in the kernel %s", place(mmap((void *)0xc0000000, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  say("fixed across the end %s", place(mmap((void *)0xbffff000, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  T(syscall(SYS_mmap2, 0, PAGE, RW, MAP_SHARED, fd, 0x7fffffff) < 0 ? errno : 0);
  T(munmap((void *)0x20000001, PAGE));
  T(munmap((void *)0x20000000, 0));
  T(munmap((void *)0x20000000, PAGE));
  T(munmap((void *)0xbffff000, 2 * PAGE));
  T(mprotect((void *)0x20000000, PAGE, PROT_READ));
  T(mprotect((void *)0x20000001, PAGE, PROT_READ));
  T(mprotect((void *)0x20000000, 0, PROT_READ));
  T(mprotect((void *)0x20000000, PAGE, 0x100));
}

CASE(fixed, "MAP_FIXED replaces, MAP_FIXED_NOREPLACE does not, a hint is only a hint") {
  char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
  p[3 * PAGE] = 'x';
  say("replace %d", mmap(p + 3 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == p + 3 * PAGE);
  touch("replaced", p + 3 * PAGE, 0);
  say("noreplace %s", place(mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
  munmap(p + 2 * PAGE, PAGE);
  say("noreplace %d", mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p + 2 * PAGE);
  char *hint = mmap(p, PAGE, RW, ANON, -1, 0);
  say("a taken hint %d %d", hint != p, hint != MAP_FAILED);
  munmap(p + 5 * PAGE, PAGE);
  say("a free hint %d", mmap(p + 5 * PAGE, PAGE, RW, ANON, -1, 0) == p + 5 * PAGE);
  munmap(p + 5 * PAGE, PAGE);
  say("an unaligned hint %d", mmap(p + 5 * PAGE + 100, PAGE, RW, ANON, -1, 0) == p + 5 * PAGE);
}

CASE(merging, "neighbours with the same rights are one area") {
  char *p = room(8);
  mmap(p, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
  mmap(p + 2 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
  mmap(p + 4 * PAGE, 2 * PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0);
  show_maps(p, 8);
  mprotect(p + PAGE, 2 * PAGE, PROT_READ);
  show_maps(p, 8);
  mprotect(p, 6 * PAGE, RW);
  show_maps(p, 8);
  munmap(p + PAGE, PAGE);
  munmap(p + 4 * PAGE, PAGE);
  show_maps(p, 8);
  munmap(p, 8 * PAGE);
  show_maps(p, 8);
}

CASE(file_merging, "areas of a file are one when their offsets go on") {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 8 * PAGE);
  char *p = room(8);
  mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
  mmap(p + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, PAGE);
  mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 3 * PAGE);
  mmap(p + 3 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 4 * PAGE);
  mmap(p + 4 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 5 * PAGE);
  show_maps(p, 8);
  unlink("f");
  show_maps(p, 1);
}

CASE(protection, "faults by what an area allows") {
  char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
  p[0] = 'a';
  mprotect(p, PAGE, PROT_READ);
  touch("read of read-only", p, 0);
  touch("write of read-only", p, 1);
  mprotect(p, PAGE, PROT_NONE);
  touch("read of nothing", p, 0);
  mprotect(p, PAGE, PROT_WRITE);
  touch("read of write-only", p, 0);
  mprotect(p, PAGE, PROT_EXEC);
  touch("read of exec-only", p, 0);
  munmap(p + PAGE, PAGE);
  touch("no area", p + PAGE, 0);
  T(mprotect(p, 3 * PAGE, PROT_READ));
  show_maps(p, 4);
}

CASE(past_the_end, "SIGBUS past the last page of a file, zeros up to it") {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  write(fd, "abc", 3);
  char *p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
  touch("in the file", p, 0);
  touch("after the end, same page", p + 3, 0);
  touch("next page", p + PAGE, 0);
  p[3] = 'd';
  ftruncate(fd, 2 * PAGE);
  touch("after the end, now inside", p + 3, 0);
  touch("next page, now inside", p + PAGE, 1);
  ftruncate(fd, 1);
  touch("cut", p + 1, 0);
  touch("cut page", p + PAGE, 0);
}

CASE(private_file, "writes to a private mapping stay there; the file's later changes show until then") {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 2 * PAGE);
  pwrite(fd, "a", 1, 0);
  char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0), c;
  pwrite(fd, "b", 1, 0);
  say("%c", p[0]);
  p[1] = 'x';
  pwrite(fd, "c", 1, 0);
  say("%c", p[0]);
  pread(fd, &c, 1, 1);
  say("%d", c);
  ftruncate(fd, 0);
  touch("a private copy of a page that was cut", p, 0);
}

CASE(shared_file, "a shared mapping and read and write are the same bytes, also after fork") {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, PAGE);
  char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), text[4] = "";
  strcpy(p, "one");
  pread(fd, text, 3, 0);
  say("%s", text);
  pwrite(fd, "two", 3, 0);
  say("%s", p);
  if (fork() == 0) {
    strcpy(p, "six");
    _exit(0);
  }
  wait(NULL);
  say("%s", p);
  T(msync(p, PAGE, MS_SYNC));
  T(msync(p, PAGE, MS_SYNC | MS_ASYNC));
  T(msync(p + 1, PAGE, MS_SYNC));
  T(msync(p, PAGE, 8));
  munmap(p, PAGE);
  T(msync(p, PAGE, MS_ASYNC));
}

CASE(remap, "mremap grows in place, moves, shrinks, and takes pages along") {
  char *p = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0), *q;
  munmap(p + 2 * PAGE, 2 * PAGE);
  strcpy(p + PAGE, "second");
  say("grow %d", mremap(p, 2 * PAGE, 3 * PAGE, 0) == p);
  say("no room %s", place(mremap(p, 3 * PAGE, 6 * PAGE, 0)));
  q = mremap(p, 3 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
  say("moved %d %s", q != p, q + PAGE);
  touch("old place", p, 0);
  say("shrink %d", mremap(q, 6 * PAGE, PAGE, 0) == q);
  touch("cut", q + PAGE, 0);
  say("no length %s", place(mremap(q, PAGE, 0, 0)));
  say("unaligned %s", place(mremap(q + 1, PAGE, PAGE, 0)));
  say("nothing there %s", place(mremap(q + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
  say("flags %s", place(mremap(q, PAGE, PAGE, 8)));
  say("fixed without maymove %s", place(mremap(q, PAGE, PAGE, MREMAP_FIXED, p)));
  say("overlap %s", place(mremap(q, PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, q)));
  say("fixed %d", mremap(q, PAGE, PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p) == p);
  mprotect(p, PAGE, PROT_READ);
  char *wide = mmap(NULL, 2 * PAGE, RW, ANON, -1, 0);
  mprotect(wide, PAGE, PROT_READ);
  say("across areas %s", place(mremap(wide, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE)));
}

CASE(remap_shared, "an old length of 0 maps shared memory a second time") {
  char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;
  strcpy(p, "shared");
  q = mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE);
  say("%d %s", q != p, q);
  strcpy(q, "both");
  say("%s", p);
  char *private = mmap(NULL, PAGE, RW, ANON, -1, 0);
  say("private %s", place(mremap(private, 0, PAGE, MREMAP_MAYMOVE)));
}

CASE(dontunmap, "MREMAP_DONTUNMAP leaves the old place empty") {
  char *p = mmap(NULL, 3 * PAGE, RW, ANON, -1, 0), *q;
  mprotect(p, PAGE, PROT_NONE);
  p += PAGE;
  strcpy(p, "moved");
  q = mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  say("%s", place(q));
  say("%d \"%s\"", q != p, q == MAP_FAILED ? "" : q);
  touch("old place", p, 0);
  show_maps(p, 2);
  say("other length %s", place(mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL)));
  say("without maymove %s", place(mremap(p, PAGE, PAGE, MREMAP_DONTUNMAP, NULL)));
}

CASE(breaks, "brk grows and shrinks, keeps to RLIMIT_DATA and to what is mapped") {
  char *start = sbrk(0);
  T(brk(start + 3 * PAGE));
  start[2 * PAGE] = 'x';
  T((char *)sbrk(0) - start);
  T(brk(start));
  T(brk(start + 3 * PAGE));
  touch("fresh", start + 2 * PAGE, 0);
  T(syscall(SYS_brk, 0) == (long)start + 3 * PAGE);
  T(syscall(SYS_brk, 0xc0000000) == (long)start + 3 * PAGE);
  char *next = (char *)(((unsigned long)start + 6 * PAGE) & -PAGE);
  mmap(next, PAGE, RW, ANON | MAP_FIXED, -1, 0);
  T(brk(next + PAGE));
  T(brk(next - PAGE));
  struct rlimit limit = {0, 0};
  setrlimit(RLIMIT_DATA, &limit);
  T(brk(next));
  T(brk(next - 2 * PAGE));
}

CASE(address_limit, "RLIMIT_AS and RLIMIT_DATA stop mappings") {
  struct rlimit limit = {200 << 20, 200 << 20};
  setrlimit(RLIMIT_AS, &limit);
  say("%s", place(mmap(NULL, 100 << 20, RW, ANON, -1, 0)));
  say("%s", place(mmap(NULL, 150 << 20, RW, ANON, -1, 0)));
  say("%s", place(mmap(NULL, 150 << 20, PROT_NONE, ANON, -1, 0)));
  limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_DATA, &limit);
  say("data %s", place(mmap(NULL, PAGE, RW, ANON, -1, 0)));
  say("read-only %s", place(mmap(NULL, PAGE, PROT_READ, ANON, -1, 0)));
}

CASE(zero_page, "page 0 and the lowest pages cannot be mapped by others than root") {
  say("null %s", place(mmap(NULL, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  setresuid(1000, 1000, 1000);
  say("null %s", place(mmap(NULL, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  say("page 15 %s", place(mmap((void *)(15 * PAGE), PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  say("page 16 %s", place(mmap((void *)(16 * PAGE), PAGE, RW, ANON | MAP_FIXED, -1, 0)));
  say("hint %s", place(mmap((void *)PAGE, PAGE, RW, ANON, -1, 0)));
}
