/* statx: what it says that it gives, times of creation, tops of mounts. */
#include "case.h"
#include <linux/stat.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#define ROOT_BIT 0x2000
#define ALL (STATX_BASIC_STATS | STATX_BTIME)

static struct statx x;

static long ask(int fd, const char *path, int flags, unsigned mask) {
  memset(&x, 0x55, sizeof x);
  return syscall(SYS_statx, fd, path, flags, mask, &x);
}

static void show(const char *what, int fd, const char *path, unsigned mask) {
  if (ask(fd, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, mask) < 0) say("%s: %s", what, strerrorname_np(errno));
  else say("%s: mask %x, created %d %d", what, x.stx_mask, x.stx_btime.tv_sec != 0, x.stx_btime.tv_nsec != 0 || x.stx_btime.tv_sec != 0);
}

CASE(btime_when_asked, "the time of creation comes only when it is asked for, the rest always") {
  close(open("f", O_CREAT | O_WRONLY, 0644));
  show("nothing", AT_FDCWD, "f", 0);
  show("size", AT_FDCWD, "f", STATX_SIZE);
  show("basic", AT_FDCWD, "f", STATX_BASIC_STATS);
  show("creation", AT_FDCWD, "f", STATX_BTIME);
  show("all", AT_FDCWD, "f", ALL);
  show("unknown bits", AT_FDCWD, "f", 0x7ff00000);
  show("reserved bit", AT_FDCWD, "f", 0x80000000);
}

CASE(btime_of_kinds, "directories, links, fifos and memory files have a time of creation") {
  mkdir("d", 0755);
  symlink("d", "l");
  mkfifo("p", 0644);
  show("directory", AT_FDCWD, "d", ALL);
  show("link", AT_FDCWD, "l", ALL);
  show("fifo", AT_FDCWD, "p", ALL);
  show("memory file", memfd_create("m", 0), "", ALL);
}

CASE(no_btime, "pipes, sockets, anonymous files and /proc have none") {
  int ends[2];
  pipe(ends);
  show("pipe", ends[0], "", ALL);
  show("socket", socket(AF_UNIX, SOCK_STREAM, 0), "", ALL);
  show("eventfd", eventfd(0, 0), "", ALL);
  show("/proc", AT_FDCWD, "/proc/self/status", ALL);
}

CASE(btime_stays, "the time of creation is neither that of a change nor moved by utimensat") {
  close(open("f", O_CREAT | O_WRONLY, 0644));
  ask(AT_FDCWD, "f", 0, ALL);
  struct statx_timestamp before = x.stx_btime;
  struct timespec times[2] = {{1000, 1}, {2000, 2}};
  T(utimensat(AT_FDCWD, "f", times, 0));
  chmod("f", 0600);
  ask(AT_FDCWD, "f", 0, ALL);
  say("%d", before.tv_sec == x.stx_btime.tv_sec && before.tv_nsec == x.stx_btime.tv_nsec);
  say("%lld %u", (long long)x.stx_mtime.tv_sec, x.stx_mtime.tv_nsec);
}

static void show_root(const char *what, int fd, const char *path) {
  if (ask(fd, path, AT_EMPTY_PATH, STATX_BASIC_STATS) < 0) say("%s: %s", what, strerrorname_np(errno));
  else say("%s: %d of %d", what, (x.stx_attributes & ROOT_BIT) != 0, (x.stx_attributes_mask & ROOT_BIT) != 0);
}

CASE(mount_root, "an attribute says what is the top of a mount") {
  mkdir("d", 0755);
  mkdir("e", 0755);
  mkdir("e/f", 0755);
  show_root("the working directory", AT_FDCWD, "");
  show_root("a directory", AT_FDCWD, "d");
  T(mount("none", "d", "tmpfs", 0, NULL));
  show_root("a mount", AT_FDCWD, "d");
  show_root("above it", AT_FDCWD, "d/..");
  int fd = open("d", O_PATH);
  show_root("a descriptor of it", fd, "");
  T(mount("e/f", "d", NULL, MS_BIND, NULL));
  show_root("a bind mount", AT_FDCWD, "d");
  show_root("what it shows", AT_FDCWD, "e/f");
  show_root("below", fd, "");
  show_root("/proc", AT_FDCWD, "/proc");
  int ends[2];
  pipe(ends);
  show_root("a pipe", ends[0], "");
}

CASE(anonymous, "fstat of files that are nothing on a disk") {
  struct stat st;
  int fds[] = {eventfd(0, 0), epoll_create(1), timerfd_create(CLOCK_MONOTONIC, 0), inotify_init(), syscall(SYS_pidfd_open, getpid(), 0)};
  for (int i = 0; i < 5; i++) {
    T(fstat(fds[i], &st));
    say("%o, %d links, owner %d %d, %lld bytes, %lld blocks of %ld, device %lx", st.st_mode, (int)st.st_nlink, st.st_uid, st.st_gid, (long long)st.st_size, (long long)st.st_blocks, st.st_blksize, (long)st.st_rdev);
  }
}

CASE(errors, "bad flags, addresses, paths") {
  T(ask(AT_FDCWD, "none", 0, ALL));
  T(ask(AT_FDCWD, "", 0, ALL));
  T(ask(99, "", AT_EMPTY_PATH, ALL));
  T(ask(AT_FDCWD, ".", 0x6000, ALL));
  T(ask(AT_FDCWD, ".", 0x2000, ALL));
  T(ask(AT_FDCWD, ".", 1, ALL));
  T(syscall(SYS_statx, AT_FDCWD, ".", 0, ALL, 1));
  T(syscall(SYS_statx, AT_FDCWD, 1, 0, ALL, &x));
}
