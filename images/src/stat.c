/* Files and their attributes: stat(2) fields after each change, links, names, permissions and the errors of paths. */
#define _GNU_SOURCE
#include "lib/say.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static void show(const char *path) {
  struct stat st;
  if (lstat(path, &st) < 0) {
    say("%-14s %s\n", path, strerror(errno));
    return;
  }
  say("%-14s mode %06o links %u owner %u:%u size %d", path, (unsigned)st.st_mode, (unsigned)st.st_nlink,
      (unsigned)st.st_uid, (unsigned)st.st_gid, S_ISDIR(st.st_mode) ? -1 : (int)st.st_size);
  if (S_ISCHR(st.st_mode)) say(" device %u,%u", major(st.st_rdev), minor(st.st_rdev));
  say("\n");
}

static void result(const char *what, long value) { say("%-36s %s\n", what, value < 0 ? strerror(errno) : "done"); }

static void create(const char *path, const char *text) {
  int fd = (int)must(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666), "open");
  must(write(fd, text, strlen(text)), "write");
  must(close(fd), "close");
}

static void attributes(void) {
  struct timespec times[2] = {{.tv_sec = 1000000000, .tv_nsec = 1}, {.tv_sec = 1234567890, .tv_nsec = 987654321}};
  struct stat st;
  create("file", "twelve bytes");
  show("file");
  must(chmod("file", 04751), "chmod");
  must(link("file", "hard"), "link");
  must(symlink("file", "soft"), "symlink");
  must(mkdir("dir", 0750), "mkdir");
  must(mkfifo("fifo", 0600), "mkfifo");
  must(truncate("hard", 100000), "truncate");
  static const char *const names[] = {"file", "hard", "soft", "dir", "fifo", "/dev/null", "/dev/zero"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) show(names[i]);
  must(utimensat(AT_FDCWD, "file", times, 0), "utimensat");
  must(stat("soft", &st), "stat");
  say("access %lld.%09d, change of contents %lld.%09d\n", (long long)st.st_atim.tv_sec, (int)st.st_atim.tv_nsec,
      (long long)st.st_mtim.tv_sec, (int)st.st_mtim.tv_nsec);
  say("block size %s, blocks %s\n", st.st_blksize >= 512 ? "sane" : "odd", st.st_blocks < 200 ? "sparse" : "full");
}

static void names(void) {
  char target[16] = {0};
  say("readlink %d [%s]\n", (int)readlink("soft", target, sizeof target - 1), target);
  must(rename("hard", "dir/renamed"), "rename");
  show("dir/renamed");
  must(unlink("file"), "unlink");
  show("dir/renamed");
  result("stat through a dangling link", access("soft", F_OK));
  result("rmdir of a full directory", rmdir("dir"));
  result("unlink of a directory", unlink("dir"));
  result("rename over a directory", rename("soft", "dir"));
  result("mkdir of what exists", mkdir("dir", 0777));
  result("open O_EXCL of what exists", open("dir/renamed", O_CREAT | O_EXCL | O_RDWR, 0600));
  result("open a directory for writing", open("dir", O_WRONLY));
  result("O_DIRECTORY on a file", open("dir/renamed", O_RDONLY | O_DIRECTORY));
  result("O_NOFOLLOW on a link", open("soft", O_RDONLY | O_NOFOLLOW));
  result("a file as a directory", access("dir/renamed/x", F_OK));
  must(symlink("loop", "loop"), "symlink");
  result("a link to itself", access("loop", F_OK));
  char longest[300];
  memset(longest, 'n', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  result("a name of 299 bytes", access(longest, F_OK));
  result("an empty path", access("", F_OK));
  must(umask(027), "umask");
  create("masked", "");
  show("masked");
}

int main(void) {
  must(umask(022), "umask");
  must(mkdir("/tmp/stat", 0777), "mkdir");
  must(chdir("/tmp/stat"), "chdir");
  attributes();
  names();
  char where[64];
  say("getcwd %s\n", getcwd(where, sizeof where));
  static const char *const leftovers[] = {"dir/renamed", "soft", "fifo", "loop", "masked"};
  for (unsigned i = 0; i < sizeof leftovers / sizeof *leftovers; i++) must(unlink(leftovers[i]), leftovers[i]);
  must(rmdir("dir"), "rmdir");
  must(rmdir("/tmp/stat"), "rmdir");
  return 0;
}
