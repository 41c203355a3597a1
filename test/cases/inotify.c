/* inotify: who is told of what, in which order. */
#include "case.h"
#include <sys/epoll.h>
#include <sys/inotify.h>

static int watcher;

static const char *const names[] = {"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM",
  "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF", "?", "UNMOUNT", "Q_OVERFLOW", "IGNORED"};

/* Prints the events that wait, each cookie as its place among those seen. */
static void told(const char *what) {
  static uint32_t cookies[100];
  static int seen;
  char buf[8192] __attribute__((aligned(4)));
  long n = read(watcher, buf, sizeof buf);
  say("%s:", what);
  if (n < 0) {
    say("  %s", strerrorname_np(errno));
    return;
  }
  for (char *at = buf; at < buf + n;) {
    struct inotify_event *event = (void *)at;
    int cookie = 0;
    printf("  %d", event->wd);
    for (int i = 0; i < 16; i++) if (event->mask & 1u << i) printf(" %s", names[i]);
    if (event->mask & IN_ISDIR) printf(" ISDIR");
    if (event->mask & ~(IN_ISDIR | 0xffffu)) printf(" %x", event->mask);
    if (event->cookie) {
      while (cookie < seen && cookies[cookie] != event->cookie) cookie++;
      if (cookie == seen) cookies[seen++] = event->cookie;
      printf(" cookie %d", cookie);
    }
    if (event->len) printf(" %s (%u)", event->name, event->len);
    say("");
    at += sizeof *event + event->len;
  }
}

static int watch(const char *path, uint32_t mask) {
  if (watcher == 0) watcher = inotify_init1(IN_NONBLOCK);
  return T(inotify_add_watch(watcher, path, mask));
}

CASE(inotify_file, "a file's own life: open, read, write, change, unlink") {
  char c;
  put("file", "text");
  watch("file", IN_ALL_EVENTS);
  int fd = open("file", O_RDWR);
  read(fd, &c, 1);
  write(fd, "x", 1);
  told("open, read, write");
  ftruncate(fd, 1);
  fchmod(fd, 0600);
  fchown(fd, 5, -1);
  futimens(fd, NULL);
  told("changes");
  close(fd);
  close(open("file", O_RDONLY));
  told("closes");
  link("file", "other");
  told("link");
  unlink("other");
  told("unlink of the link");
  unlink("file");
  told("unlink");
  T(inotify_rm_watch(watcher, 1));
}

CASE(inotify_directory, "a directory is told of what happens to its entries") {
  char c;
  mkdir("dir", 0755);
  watch("dir", IN_ALL_EVENTS);
  int fd = open("dir/made", O_CREAT | O_RDWR, 0644);
  write(fd, "abc", 3);
  pread(fd, &c, 1, 0);
  close(fd);
  told("create");
  mkdir("dir/below", 0755);
  symlink("x", "dir/link");
  mknod("dir/fifo", S_IFIFO | 0600, 0);
  link("dir/made", "dir/again");
  told("other types");
  chmod("dir/made", 0600);
  truncate("dir/made", 1);
  close(open("dir/made", O_WRONLY | O_TRUNC));
  told("changes");
  unlink("dir/again");
  unlink("dir/made");
  unlink("dir/link");
  rmdir("dir/below");
  unlink("dir/fifo");
  told("removals");
  rmdir("dir");
  told("its own removal");
}

CASE(inotify_both, "directory and file are both watched: the directory is told first") {
  mkdir("dir", 0755);
  put("dir/file", "text");
  watch("dir", IN_ALL_EVENTS);
  watch("dir/file", IN_ALL_EVENTS);
  int fd = open("dir/file", O_RDWR);
  write(fd, "x", 1);
  fchmod(fd, 0600);
  close(fd);
  told("use");
  unlink("dir/file");
  told("unlink");
}

CASE(inotify_moves, "moves come in pairs with a cookie; what is replaced is told too") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  put("a/one", "1");
  put("b/two", "2");
  watch("a", IN_ALL_EVENTS);
  watch("b", IN_ALL_EVENTS);
  watch("a/one", IN_ALL_EVENTS);
  watch("b/two", IN_ALL_EVENTS);
  rename("a/one", "a/uno");
  told("within");
  rename("a/uno", "b/two");
  told("over another");
  mkdir("a/sub", 0755);
  told("mkdir");
  rename("a/sub", "b/sub");
  told("a directory");
  put("a/x", "");
  told("put");
  syscall(SYS_renameat2, AT_FDCWD, "a/x", AT_FDCWD, "b/sub", 2);
  told("exchange");
  rename("b", "c");
  told("the watched directory");
  rename("a/nothing", "a/more");
  told("nothing");
}

CASE(inotify_open_unlinked, "an open file is deleted with its last close; EXCL_UNLINK is not told of what it does") {
  mkdir("dir", 0755);
  put("dir/file", "text");
  int second = inotify_init1(IN_NONBLOCK);
  watch("dir", IN_ALL_EVENTS);
  watch("dir/file", IN_ALL_EVENTS);
  inotify_add_watch(second, "dir", IN_ALL_EVENTS | IN_EXCL_UNLINK);
  int fd = open("dir/file", O_RDWR);
  unlink("dir/file");
  told("unlink");
  write(fd, "x", 1);
  told("write");
  close(fd);
  told("close");
  watcher = second;
  told("with EXCL_UNLINK");
}

CASE(inotify_merge, "an event that equals the last one is not queued again") {
  put("file", "");
  watch("file", IN_MODIFY | IN_ATTRIB);
  int fd = open("file", O_WRONLY);
  for (int i = 0; i < 5; i++) write(fd, "x", 1);
  fchmod(fd, 0600);
  write(fd, "x", 1);
  write(fd, "x", 1);
  told("writes");
  write(fd, "x", 1);
  told("one more");
}

CASE(inotify_masks, "IN_MASK_ADD adds, otherwise the mask is replaced; IN_MASK_CREATE refuses") {
  put("file", "");
  watch("file", IN_OPEN);
  watch("file", IN_ATTRIB);
  close(open("file", O_RDONLY));
  chmod("file", 0600);
  told("replaced");
  watch("file", IN_OPEN | IN_MASK_ADD);
  close(open("file", O_RDONLY));
  chmod("file", 0644);
  told("added");
  watch("file", IN_OPEN | IN_MASK_CREATE);
  watch("file", IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD);
  watch(".", IN_OPEN | IN_MASK_CREATE);
}

CASE(inotify_errors, "errors of the calls") {
  mkdir("dir", 0755);
  put("file", "");
  T(inotify_init1(1));
  watch("file", 0);
  watch("file", IN_IGNORED);
  watch("file", 0x20000);
  watch("file", IN_ONLYDIR | IN_OPEN);
  watch("file/x", IN_OPEN);
  watch("missing", IN_OPEN);
  watch("", IN_OPEN);
  watch((char *)1, IN_OPEN);
  T(inotify_add_watch(99, "file", IN_OPEN));
  T(inotify_add_watch(99, "file", 0));
  T(inotify_add_watch(1, "file", IN_OPEN));
  T(inotify_add_watch(1, "missing", IN_OPEN));
  T(inotify_rm_watch(99, 1));
  T(inotify_rm_watch(1, 1));
  T(inotify_rm_watch(watcher, 77));
  T(inotify_rm_watch(watcher, 1));
  told("after rm_watch");
  watch("dir", IN_ONLYDIR | IN_OPEN);
  T(write(watcher, "x", 1));
  T(lseek(watcher, 0, SEEK_SET));
  T(fcntl(watcher, F_GETFL) & O_NONBLOCK);
}

CASE(inotify_permission, "a watch needs the right to read") {
  put("secret", "");
  chmod("secret", 0200);
  watch(".", IN_OPEN);
  setresuid(1000, 1000, 1000);
  watch("secret", IN_OPEN);
}

CASE(inotify_links, "IN_DONT_FOLLOW watches the link itself") {
  mkdir("dir", 0755);
  chdir("dir");
  put("file", "");
  symlink("file", "link");
  int a = watch("link", IN_ATTRIB), b = watch("link", IN_ATTRIB | IN_DONT_FOLLOW), c = watch("file", IN_ATTRIB);
  say("%d %d", a == c, a == b);
  lchown("link", 1, 1);
  told("lchown");
  chmod("link", 0600);
  told("chmod through it");
}

CASE(inotify_oneshot, "IN_ONESHOT ends with its first event") {
  put("file", "");
  watch("file", IN_ATTRIB | IN_ONESHOT);
  close(open("file", O_RDONLY));
  told("not asked for");
  chmod("file", 0600);
  chmod("file", 0644);
  told("chmod twice");
  watch("file", IN_ATTRIB);
}

CASE(inotify_read_sizes, "a read takes whole events, and EINVAL when not even one fits") {
  char small[48] __attribute__((aligned(4)));
  watch(".", IN_CREATE);
  T(read(watcher, small, 1));
  put("fifteen-letters", "");
  put("sixteen-letters-", "");
  T(ioctl(watcher, FIONREAD, small));
  say("%d bytes", *(int *)small);
  T(read(watcher, small, 0));
  T(read(watcher, small, 31));
  T(read(watcher, small, 40));
  T(read(watcher, small, 40));
  T(read(watcher, small, 48));
  T(read(watcher, small, 48));
  put("a", "");
  T(read(watcher, (void *)1, 100));
  told("after the fault");
}

CASE(inotify_poll, "poll and epoll tell of waiting events; a blocking read is woken") {
  char buf[200] __attribute__((aligned(4)));
  struct pollfd polled = {.events = POLLIN | POLLOUT};
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  int set = epoll_create1(0);
  watch(".", IN_CREATE);
  polled.fd = watcher;
  epoll_ctl(set, EPOLL_CTL_ADD, watcher, &event);
  T(poll(&polled, 1, 0));
  put("a", "");
  T(poll(&polled, 1, 0));
  say("%x", polled.revents);
  T(epoll_wait(set, &event, 1, 0));
  T(epoll_wait(set, &event, 1, 0));
  put("b", "");
  T(epoll_wait(set, &event, 1, 0));
  told("both");
  int blocking = inotify_init(), pid;
  inotify_add_watch(blocking, ".", IN_CREATE);
  if ((pid = fork()) == 0) {
    T(read(blocking, buf, sizeof buf));
    _exit(0);
  }
  await_state(pid, "S");
  put("c", "");
  waitpid(pid, NULL, 0);
}

CASE(inotify_unmount, "an unmount ends the watches of its filesystem") {
  mkdir("mnt", 0755);
  mount("tmpfs", "mnt", "tmpfs", 0, "");
  put("mnt/file", "");
  watch("mnt", IN_ALL_EVENTS);
  watch("mnt/file", IN_ALL_EVENTS);
  int fd = open("mnt/file", O_RDONLY);
  told("open");
  T(umount("mnt"));
  close(fd);
  told("close");
  T(umount("mnt"));
  told("unmounted");
}

CASE(inotify_overflow, "a full queue says so once") {
  char big[65536] __attribute__((aligned(4)));
  put("file", "");
  watch("file", IN_ATTRIB | IN_OPEN);
  for (int i = 0; i < 8195; i++) {
    chmod("file", 0600);
    close(open("file", O_RDONLY));
  }
  long count = 0, n, overflows = 0, last = 0;
  while ((n = read(watcher, big, sizeof big)) > 0) {
    for (long at = 0; at < n; at += sizeof(struct inotify_event)) {
      struct inotify_event *event = (void *)(big + at);
      count++;
      last = event->mask;
      if (event->mask == IN_Q_OVERFLOW) overflows += event->wd == -1;
    }
  }
  say("%ld events, %ld overflows, last %lx", count, overflows, last);
  chmod("file", 0600);
  told("afterwards");
}

CASE(inotify_times, "one time alone looks like an access or a change") {
  struct timespec atime[2] = {{5, 0}, {0, UTIME_OMIT}}, mtime[2] = {{0, UTIME_OMIT}, {5, 0}};
  struct timespec both[2] = {{5, 0}, {5, 0}}, none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  put("file", "");
  watch("file", IN_ALL_EVENTS);
  utimensat(AT_FDCWD, "file", atime, 0);
  utimensat(AT_FDCWD, "file", mtime, 0);
  utimensat(AT_FDCWD, "file", both, 0);
  utimensat(AT_FDCWD, "file", none, 0);
  told("times");
  chown("file", -1, -1);
  told("chown of nothing");
}

CASE(inotify_readdir, "listing a watched directory is an access; entering it is nothing") {
  mkdir("dir", 0755);
  watch("dir", IN_ALL_EVENTS);
  DIR *dir = opendir("dir");
  while (readdir(dir)) continue;
  closedir(dir);
  told("list");
  chdir("dir");
  told("chdir");
  stat(".", &(struct stat){0});
  close(open(".", O_PATH));
  told("stat and O_PATH");
}

CASE(inotify_data_moves, "sendfile, copy_file_range, fallocate") {
  put("from", "some text");
  put("to", "");
  int in = open("from", O_RDONLY), out = open("to", O_RDWR);
  watch("from", IN_ALL_EVENTS);
  watch("to", IN_ALL_EVENTS);
  syscall(SYS_sendfile, out, in, NULL, 4);
  told("sendfile");
  syscall(SYS_copy_file_range, in, NULL, out, NULL, 3, 0);
  told("copy_file_range");
  fallocate(out, 0, 0, 100);
  told("fallocate");
}

CASE(inotify_removed_cwd, "a removed directory that somebody is in goes when he leaves") {
  mkdir("dir", 0755);
  watch("dir", IN_ALL_EVENTS);
  chdir("dir");
  rmdir("../dir");
  told("rmdir");
  chdir("/");
  told("left");
}

CASE(inotify_instances, "the number of instances is limited; a closed one counts no more") {
  int made = 0, last = 0, fd;
  struct rlimit files = {1000, 1000};
  setrlimit(RLIMIT_NOFILE, &files);
  setresuid(12345, 12345, 12345);
  while ((fd = inotify_init1(0)) >= 0) {
    last = fd;
    made++;
  }
  say("%d: %s", made, strerrorname_np(errno));
  close(last);
  T(inotify_init1(0) == last);
}

CASE(inotify_exec, "running a program opens, reads and closes it") {
  watch("/proc/self/exe", IN_OPEN | IN_CLOSE_WRITE | IN_MODIFY);
  if (fork() == 0) {
    execl("/proc/self/exe", "none", "nothing", NULL);
    _exit(1);
  }
  wait(NULL);
  told("exec");
}

CASE(inotify_wds, "watch descriptors are not given out again") {
  put("a", "");
  put("b", "");
  watch("a", IN_OPEN);
  T(inotify_rm_watch(watcher, 1));
  watch("a", IN_OPEN);
  watch("b", IN_OPEN);
  told("removed");
  T(inotify_rm_watch(watcher, 1));
}
