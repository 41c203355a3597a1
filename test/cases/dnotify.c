/* F_NOTIFY: signals about what happens in a directory. */
#include "case.h"
#include <dirent.h>
#include <sys/syscall.h>

/* Numbered as in linux/fcntl.h, which cannot be included beside fcntl.h. */
enum { ACCESS = 1, MODIFY = 2, CREATE = 4, DELETE = 8, RENAME = 16, ATTRIB = 32, MULTISHOT = (int)0x80000000, ALL = 63 };

static int rt;

/* Blocks the signals, so that they can be counted; opens a directory whose events come by a real-time signal. */
static int directory(const char *path) {
  rt = SIGRTMIN + 3;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, rt);
  sigaddset(&set, rt + 1);
  sigaddset(&set, SIGIO);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  fcntl(fd, F_SETSIG, rt);
  return fd;
}

static void told(const char *what) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, rt);
  sigaddset(&set, rt + 1);
  sigaddset(&set, SIGIO);
  printf("%s:", what);
  struct timespec none = {0};
  siginfo_t info;
  for (int sig; (sig = sigtimedwait(&set, &info, &none)) > 0;) {
    if (sig == SIGIO) printf(" SIGIO code %d", info.si_code);
    else printf(" rt+%d fd %d code %d band %lx", sig - rt, info.si_fd, info.si_code, info.si_band);
  }
  say("");
}

CASE(once, "without DN_MULTISHOT one event is told, then none") {
  int fd = directory(".");
  T(fcntl(fd, F_NOTIFY, CREATE));
  told("before");
  put("a", "text");
  told("first");
  put("b", "text");
  told("second");
  T(fcntl(fd, F_NOTIFY, CREATE));
  T(mkdir("c", 0700));
  told("asked again");
}

CASE(each_event, "each event by itself, with what else is done") {
  static const int events[] = {ACCESS, MODIFY, CREATE, DELETE, RENAME, ATTRIB};
  for (int i = 0; i < 6; i++) {
    char c;
    say("event %d", events[i]);
    int fd = directory(".");
    T(fcntl(fd, F_NOTIFY, events[i] | MULTISHOT));
    int file = open("file", O_RDWR | O_CREAT, 0600);
    told("create");
    write(file, "x", 1);
    told("write");
    pread(file, &c, 1, 0);
    told("read");
    ftruncate(file, 0);
    told("truncate");
    fchmod(file, 0644);
    told("chmod");
    close(file);
    link("file", "link");
    told("link");
    rename("file", "name");
    told("rename");
    mkdir("sub", 0755);
    told("mkdir");
    rename("name", "sub/name");
    told("move out");
    rename("sub/name", "name");
    told("move in");
    rename("name", "link2");
    rename("link2", "link");
    told("rename onto another name");
    unlink("link");
    unlink("link2");
    told("unlink");
    rmdir("sub");
    told("rmdir");
    chmod(".", 0755);
    told("chmod of itself");
    DIR *d = opendir(".");
    while (readdir(d) != NULL) {
    }
    closedir(d);
    told("readdir of itself");
    close(fd);
  }
}

CASE(deeper, "what happens in a directory below is not told, what happens to it is") {
  mkdir("sub", 0755);
  int fd = directory(".");
  T(fcntl(fd, F_NOTIFY, ALL | MULTISHOT));
  put("sub/file", "text");
  told("file in sub");
  chmod("sub", 0700);
  told("chmod of sub");
}

CASE(sigio, "without F_SETSIG it is SIGIO without details, once while it waits") {
  int fd = directory(".");
  fcntl(fd, F_SETSIG, 0);
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  T(fcntl(fd, F_GETOWN) == getpid());
  put("a", "");
  put("b", "");
  told("two files");
}

CASE(ended, "no events, or the end of the descriptor, end it; that of a duplicate too") {
  int fd = directory(".");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  T(fcntl(fd, F_NOTIFY, 0));
  put("a", "");
  told("none");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  T(fcntl(fd, F_NOTIFY, MULTISHOT));
  put("b", "");
  told("only DN_MULTISHOT");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  close(dup(fd));
  put("c", "");
  told("a duplicate closed");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  close(fd);
  put("d", "");
  told("closed");
}

CASE(more, "asking again adds events, and DN_MULTISHOT stays; the signal names the last descriptor") {
  int fd = directory(".");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  int other = dup(fd);
  T(fcntl(other, F_NOTIFY, DELETE));
  put("a", "");
  unlink("a");
  put("a", "");
  told("three");
}

CASE(child, "a child of fork has a table of its own: closing there ends nothing here") {
  int fd = directory(".");
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  if (fork() == 0) {
    close(fd);
    put("by-child", "");
    _exit(0);
  }
  wait(NULL);
  told("made by the child");
  if (fork() == 0) {
    T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
    _exit(0);
  }
  wait(NULL);
  put("a", "");
  told("the child's has ended with it");
}

CASE(two_files, "two open files of one directory: the younger is told first") {
  int fd = directory("."), other = directory(".");
  fcntl(other, F_SETSIG, rt + 1);
  T(fcntl(fd, F_NOTIFY, CREATE | MULTISHOT));
  T(fcntl(other, F_NOTIFY, CREATE));
  put("a", "");
  put("b", "");
  told("both");
}

CASE(owner, "an owner that is set already stays") {
  int fd = directory("."), ready[2];
  pipe(ready);
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    read(ready[0], &c, 1);
    told("the child");
    _exit(0);
  }
  T(fcntl(fd, F_SETOWN, pid));
  T(fcntl(fd, F_NOTIFY, CREATE));
  T(fcntl(fd, F_GETOWN) == pid);
  put("a", "");
  told("here");
  write(ready[1], "x", 1);
  wait(NULL);
}

CASE(refused, "files, O_PATH, closed descriptors, bits that are no events") {
  put("file", "");
  int file = open("file", O_RDONLY), path = open(".", O_PATH), fd = directory(".");
  T(fcntl(file, F_NOTIFY, CREATE));
  T(fcntl(file, F_NOTIFY, 0));
  T(fcntl(path, F_NOTIFY, CREATE));
  T(fcntl(99, F_NOTIFY, CREATE));
  T(fcntl(fd, F_NOTIFY, 0x40));
  put("a", "");
  told("unknown bit");
  T(fcntl(open("/proc", O_RDONLY), F_NOTIFY, CREATE));
  T(fcntl(0, F_NOTIFY, ALL));
}

CASE(removed, "a directory that is removed") {
  mkdir("sub", 0755);
  int fd = directory("sub");
  T(fcntl(fd, F_NOTIFY, ALL | MULTISHOT));
  rmdir("sub");
  told("gone");
}
