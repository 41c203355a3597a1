/* POSIX message queues: names, limits, attributes, rights, the filesystem. mq_overview(7). */
#include "case.h"
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* Queues outlive a case: each begins without one of its names. */
static mqd_t make(const char *name, int flags, long maxmsg, long msgsize) {
  struct mq_attr attr = {0, maxmsg, msgsize, 0};
  mq_unlink(name);
  return mq_open(name, O_CREAT | flags, 0644, &attr);
}

static void show_attr(mqd_t q) {
  struct mq_attr attr;
  if (mq_getattr(q, &attr) < 0) say("mq_getattr: %s", strerrorname_np(errno));
  else say("flags %lo maxmsg %ld msgsize %ld curmsgs %ld", attr.mq_flags, attr.mq_maxmsg, attr.mq_msgsize, attr.mq_curmsgs);
}

static long raw_open(const char *name, int flags, struct mq_attr *attr) {
  return syscall(SYS_mq_open, name, flags, 0600, attr);
}

CASE(names, "one component, not empty, not too long") {
  char name[300];
  T(raw_open("", O_CREAT | O_RDWR, NULL));
  T(raw_open(".", O_CREAT | O_RDWR, NULL));
  T(raw_open("..", O_CREAT | O_RDWR, NULL));
  T(raw_open("/a", O_CREAT | O_RDWR, NULL));
  T(raw_open("a/b", O_CREAT | O_RDWR, NULL));
  T(raw_open((char *)1, O_RDWR, NULL));
  memset(name, 'n', sizeof name);
  name[256] = 0;
  T(raw_open(name, O_CREAT | O_RDWR, NULL));
  name[255] = 0;
  T(raw_open(name, O_RDWR, NULL));
  T(raw_open(name, O_CREAT | O_RDWR, NULL) >= 0);
  T(syscall(SYS_mq_unlink, name));
  T(syscall(SYS_mq_unlink, name));
  T(syscall(SYS_mq_unlink, ""));
  T(syscall(SYS_mq_unlink, ".."));
  T(syscall(SYS_mq_unlink, "a/b"));
  T(syscall(SYS_mq_unlink, (char *)1));
}

CASE(usual_limits, "without attributes ten messages of 8192 bytes") {
  mq_unlink("/usual");
  mqd_t q = mq_open("/usual", O_CREAT | O_RDWR | O_NONBLOCK, 0600, NULL);
  show_attr(q);
  T(fcntl(q, F_GETFD));
  say("flags %o", fcntl(q, F_GETFL));
  T(mq_close(q));
  T(mq_close(q));
  T(mq_unlink("/usual"));
}

CASE(bad_limits, "limits that are refused, and the largest that root may have") {
  static const long tried[][2] = {{0, 10}, {10, 0}, {-1, 10}, {10, -1}, {65537, 1}, {1, 16777217}, {65536, 65536}, {1, 900000},
                                  {65536, 1}, {1, 800000}, {11, 9000}};
  for (unsigned i = 0; i < sizeof tried / sizeof *tried; i++) {
    mqd_t q = make("/bad", O_RDWR, tried[i][0], tried[i][1]);
    say("%ld of %ld: %s", tried[i][0], tried[i][1], q < 0 ? strerrorname_np(errno) : "made");
    if (q >= 0) mq_close(q);
  }
  mq_unlink("/bad");
}

CASE(user_limits, "others may not go beyond what /proc/sys/fs/mqueue says") {
  static const long tried[][2] = {{10, 8192}, {11, 8192}, {10, 8193}, {1, 1}};
  T(setresuid(1000, 1000, 1000));
  for (unsigned i = 0; i < sizeof tried / sizeof *tried; i++) {
    mqd_t q = make("/user", O_RDWR, tried[i][0], tried[i][1]);
    say("%ld of %ld: %s", tried[i][0], tried[i][1], q < 0 ? strerrorname_np(errno) : "made");
    if (q >= 0) mq_close(q);
  }
  mq_unlink("/user");
}

CASE(rlimit, "RLIMIT_MSGQUEUE counts messages with what they need, until the last close") {
  struct rlimit limit = {10000, 10000};
  setrlimit(RLIMIT_MSGQUEUE, &limit);
  mqd_t a = make("/la", O_RDWR, 10, 900), b = make("/lb", O_RDWR, 1, 500);
  say("%d %s", a >= 0, b < 0 ? strerrorname_np(errno) : "made");
  b = make("/lb", O_RDWR, 1, 472);
  say("%s", b < 0 ? strerrorname_np(errno) : "made");
  T(mq_unlink("/la"));
  T(make("/lc", O_RDWR, 1, 472));
  T(mq_close(a));
  T(make("/lc", O_RDWR, 1, 472) >= 0);
  mq_unlink("/lb");
  mq_unlink("/lc");
}

CASE(opening, "O_CREAT, O_EXCL, access modes") {
  struct mq_attr attr = {0, 3, 7, 0};
  mq_unlink("/o");
  T(mq_open("/o", O_RDWR));
  T(mq_open("/o", O_CREAT | O_EXCL | O_RDONLY, 0600, &attr) >= 0);
  T(mq_open("/o", O_CREAT | O_EXCL | O_RDONLY, 0600, &attr));
  attr.mq_maxmsg = -5;
  mqd_t q = mq_open("/o", O_CREAT | O_WRONLY, 0600, &attr);
  show_attr(q);
  T(mq_open("/o", O_ACCMODE));
  T(mq_open("/o", O_CREAT | O_WRONLY, 0600, (void *)1));
  T(mq_unlink("/o"));
  T(mq_open("/o", O_CREAT | O_ACCMODE, 0600, NULL) >= 0);
  T(mq_unlink("/o"));
}

CASE(rights, "permission bits count, the directory is sticky") {
  mqd_t q = make("/r", O_RDWR, 3, 7);
  T(fchmod(q, 0604));
  mqd_t other = make("/r2", O_RDWR, 3, 7);
  T(fchmod(other, 0602));
  T(fchown(other, 1000, 1000));
  if (fork() == 0) {
    setresgid(2000, 2000, 2000);
    setresuid(2000, 2000, 2000);
    T(mq_open("/r", O_RDONLY) >= 0);
    T(mq_open("/r", O_WRONLY));
    T(mq_open("/r", O_RDWR));
    T(mq_open("/r2", O_RDONLY));
    T(mq_open("/r2", O_WRONLY) >= 0);
    T(mq_unlink("/r"));
    T(mq_unlink("/r2"));
    setresuid(1000, 1000, 1000);
    _exit(0);
  }
  wait(NULL);
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    T(mq_unlink("/r2"));
    _exit(0);
  }
  wait(NULL);
  T(mq_unlink("/r"));
}

CASE(attributes, "mq_setattr changes O_NONBLOCK and nothing else") {
  mqd_t q = make("/at", O_RDWR, 3, 7);
  struct mq_attr new = {O_NONBLOCK, 99, 99, 99}, old;
  T(mq_setattr(q, &new, &old));
  say("before: flags %lo maxmsg %ld", old.mq_flags, old.mq_maxmsg);
  show_attr(q);
  say("flags %o", fcntl(q, F_GETFL));
  T(fcntl(q, F_SETFL, 0));
  show_attr(q);
  new.mq_flags = O_APPEND;
  T(mq_setattr(q, &new, NULL));
  T(syscall(SYS_mq_getsetattr, q, (void *)1, NULL));
  T(syscall(SYS_mq_getsetattr, q, NULL, (void *)1));
  T(syscall(SYS_mq_getsetattr, q, NULL, NULL));
  T(mq_getattr(1, &old));
  T(mq_getattr(-1, &old));
  mq_unlink("/at");
}

CASE(files, "fstat, read, write, lseek of a descriptor") {
  mqd_t q = make("/f", O_RDWR, 3, 7);
  struct stat st;
  char text[100] = "";
  mq_send(q, "abcde", 5, 1);
  mq_send(q, "fg", 2, 1);
  fstat(q, &st);
  say("mode %o nlink %d size %ld blocks %ld uid %d", st.st_mode, (int)st.st_nlink, (long)st.st_size, (long)st.st_blocks, st.st_uid);
  T(read(q, text, 99));
  say("%s", text);
  T(read(q, text, 99));
  T(lseek(q, 6, SEEK_SET));
  T(read(q, text, 5));
  text[5] = 0;
  say("%s", text);
  T(pread(q, text, 5, 0));
  T(write(q, "x", 1));
  T(ftruncate(q, 0));
  T(lseek(q, 0, SEEK_END));
  T(fsync(q));
  struct statfs fs;
  T(fstatfs(q, &fs));
  say("type %lx bsize %ld namelen %ld", (long)fs.f_type, (long)fs.f_bsize, (long)fs.f_namelen);
  mq_unlink("/f");
}

CASE(mounted, "the mqueue filesystem lists queues, makes and removes them, and nothing else") {
  mqd_t q = make("/m", O_RDWR, 3, 7);
  char text[100] = "";
  struct stat st;
  mkdir("q", 0755);
  T(mount("none", "q", "mqueue", 0, NULL));
  T(stat("q", &st));
  say("mode %o size %ld nlink %d", st.st_mode, (long)st.st_size, (int)st.st_nlink);
  T(access("q/m", F_OK));
  mq_send(q, "abc", 3, 1);
  int fd = open("q/m", O_RDONLY);
  T(read(fd, text, 99));
  say("%s", text);
  T(mkdir("q/d", 0755));
  T(symlink("x", "q/l"));
  T(mknod("q/n", S_IFIFO | 0600, 0));
  T(link("q/m", "q/m2"));
  T(rename("q/m", "q/m2"));
  fd = open("q/new", O_CREAT | O_RDWR | O_EXCL, 0640);
  T(fd >= 0);
  show_attr(fd);
  T(mq_send(fd, "hello", 5, 0));
  T(mq_open("/new", O_RDONLY) >= 0);
  T(unlink("q/new"));
  T(mq_open("/new", O_RDONLY));
  T(truncate("q/m", 0));
  T(open("q", O_TMPFILE | O_RDWR, 0600));
  T(stat("q", &st));
  say("size %ld", (long)st.st_size);
  T(umount("q"));
  T(mount("none", "q", "mqueue", 0, "mode=755"));
  mq_unlink("/m");
}

CASE(proc_link, "/proc/PID/fd shows the name") {
  mqd_t q = make("/p", O_RDWR, 3, 7);
  char path[40], text[100] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", q);
  T(readlink(path, text, 99));
  say("%s", text);
  mq_unlink("/p");
  memset(text, 0, sizeof text);
  T(readlink(path, text, 99));
  say("%s", text);
  show_attr(q);
}

CASE(namespaces, "an IPC namespace has queues of its own") {
  mqd_t q = make("/ns", O_RDWR, 3, 7);
  if (fork() == 0) {
    unshare(CLONE_NEWIPC);
    T(mq_open("/ns", O_RDWR));
    T(mq_open("/inner", O_CREAT | O_RDWR, 0600, NULL) >= 0);
    T(mq_send(q, "out", 3, 0));
    _exit(0);
  }
  wait(NULL);
  T(mq_open("/inner", O_RDWR));
  show_attr(q);
  mq_unlink("/ns");
}

CASE(count, "fs.mqueue.queues_max: others than root may have no more") {
  char name[20];
  FILE *f = fopen("/proc/sys/fs/mqueue/queues_max", "r+");
  int most = 0, made = 0;
  unshare(CLONE_NEWIPC);
  T(fscanf(f, "%d", &most));
  say("%d", most);
  fclose(f);
  f = fopen("/proc/sys/fs/mqueue/queues_max", "w");
  fprintf(f, "3\n");
  fclose(f);
  T(mq_open("/c0", O_CREAT | O_RDWR, 0600, NULL) >= 0);
  setresuid(1000, 1000, 1000);
  for (int i = 1; i < 10; i++) {
    snprintf(name, sizeof name, "/c%d", i);
    if (mq_open(name, O_CREAT | O_RDWR, 0600, NULL) < 0) break;
    made++;
  }
  say("%d made, then %s", made, strerrorname_np(errno));
}

CASE(sysctls, "/proc/sys/fs/mqueue has five limits within bounds") {
  static const char *names[] = {"queues_max", "msg_max", "msgsize_max", "msg_default", "msgsize_default"};
  char path[60], text[30];
  unshare(CLONE_NEWIPC);
  for (int i = 0; i < 5; i++) {
    snprintf(path, sizeof path, "/proc/sys/fs/mqueue/%s", names[i]);
    int fd = open(path, O_RDWR);
    text[read(fd, text, sizeof text - 1)] = 0;
    say("%s %s", names[i], text);
    for (int value = 0; value < 3; value++) {
      static const char *values[] = {"0", "65537", "127"};
      say("%s: %s", values[value], pwrite(fd, values[value], strlen(values[value]), 0) < 0 ? strerrorname_np(errno) : "taken");
    }
    close(fd);
  }
}
