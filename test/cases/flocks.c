/* Locks: fcntl(2) POSIX and open-file-description locks, flock(2), leases. */
#include "case.h"
#include <sys/file.h>
#include <sys/syscall.h>

static int lock(int fd, int cmd, int type, long start, long length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, cmd, &l);
}

/* What stands in the way of a lock, as F_GETLK says. */
static void ask(int fd, int cmd, int type, long start, long length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
  if (fcntl(fd, cmd, &l) < 0) say("asked: %s", strerrorname_np(errno));
  else if (l.l_type == F_UNLCK) say("asked: free");
  else say("asked: %s %ld+%ld, owner %s", l.l_type == F_RDLCK ? "read" : "write", (long)l.l_start, (long)l.l_len, l.l_pid == -1 ? "a file" : l.l_pid == getppid() ? "the parent" : l.l_pid > 0 ? "another" : "?");
}

static int make(void) {
  int fd = open("f", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 1000);
  return fd;
}

/* Runs a block in a child and waits for it. */
#define IN_CHILD(block) do { int child_ = fork(); if (child_ == 0) { block; _exit(0); } waitpid(child_, NULL, 0); } while (0)

CASE(posix_conflicts, "other processes meet a lock, the own one does not") {
  int fd = make();
  T(lock(fd, F_SETLK, F_WRLCK, 100, 50));
  T(lock(fd, F_SETLK, F_RDLCK, 120, 10));
  T(lock(open("f", O_RDWR), F_SETLK, F_WRLCK, 0, 0));
  IN_CHILD({
    ask(fd, F_GETLK, F_WRLCK, 0, 0);
    T(lock(fd, F_SETLK, F_RDLCK, 110, 1));
    T(lock(fd, F_SETLK, F_RDLCK, 0, 100));
  });
}

CASE(posix_splits, "a part given back leaves two locks, neighbours become one") {
  int fd = make();
  lock(fd, F_SETLK, F_WRLCK, 0, 100);
  lock(fd, F_SETLK, F_UNLCK, 40, 20);
  IN_CHILD({
    ask(fd, F_GETLK, F_RDLCK, 0, 0);
    ask(fd, F_GETLK, F_RDLCK, 40, 20);
    ask(fd, F_GETLK, F_RDLCK, 40, 0);
  });
  lock(fd, F_SETLK, F_WRLCK, 40, 20);
  IN_CHILD(ask(fd, F_GETLK, F_RDLCK, 50, 1));
  lock(fd, F_SETLK, F_RDLCK, 50, 10);
  IN_CHILD({
    ask(fd, F_GETLK, F_RDLCK, 0, 0);
    ask(fd, F_GETLK, F_WRLCK, 50, 1);
    ask(fd, F_GETLK, F_RDLCK, 50, 10);
    ask(fd, F_GETLK, F_RDLCK, 60, 0);
  });
}

CASE(posix_closing, "closing any descriptor of the file gives all of the process's locks back") {
  int fd = make(), other = open("f", O_RDONLY);
  lock(fd, F_SETLK, F_WRLCK, 0, 0);
  IN_CHILD(ask(fd, F_GETLK, F_WRLCK, 0, 0));
  close(other);
  IN_CHILD(ask(fd, F_GETLK, F_WRLCK, 0, 0));
}

CASE(posix_fork, "a child has none of the locks, an exit gives them back") {
  int fd = make(), status;
  int pid = fork();
  if (pid == 0) {
    lock(fd, F_SETLK, F_WRLCK, 0, 10);
    IN_CHILD(T(lock(fd, F_SETLK, F_WRLCK, 0, 10)));
    _exit(0);
  }
  waitpid(pid, &status, 0);
  T(lock(fd, F_SETLK, F_WRLCK, 0, 10));
}

CASE(posix_errors, "access modes, ranges and types that are refused") {
  int fd = make(), rd = open("f", O_RDONLY), wr = open("f", O_WRONLY), p[2];
  pipe(p);
  T(lock(rd, F_SETLK, F_WRLCK, 0, 1));
  T(lock(wr, F_SETLK, F_RDLCK, 0, 1));
  T(lock(fd, F_SETLK, 7, 0, 1));
  T(lock(fd, F_SETLK, F_RDLCK, -1, 1));
  T(lock(fd, F_SETLK, F_RDLCK, 10, -11));
  T(lock(fd, F_SETLK, F_RDLCK, 10, -10));
  T(lock(fd, F_GETLK, F_UNLCK, 0, 1));
  T(lock(p[0], F_SETLK, F_RDLCK, 0, 1));
  T(lock(99, F_SETLK, F_RDLCK, 0, 1));
  T(fcntl(fd, F_SETLK, (void *)1));
  struct flock l = {F_WRLCK, 9, 0, 1};
  T(fcntl(fd, F_SETLK, &l));
  lseek(fd, 500, SEEK_SET);
  l.l_whence = SEEK_CUR;
  T(fcntl(fd, F_SETLK, &l));
  l.l_whence = SEEK_END;
  l.l_start = -10;
  T(fcntl(fd, F_SETLK, &l));
  IN_CHILD({
    ask(fd, F_GETLK, F_RDLCK, 400, 200);
    ask(fd, F_GETLK, F_RDLCK, 600, 0);
  });
}

CASE(posix_waits, "F_SETLKW sleeps until the lock is free; a signal interrupts it") {
  int fd = make(), status;
  lock(fd, F_SETLK, F_WRLCK, 0, 10);
  int pid = fork();
  if (pid == 0) _exit(lock(fd, F_SETLKW, F_RDLCK, 5, 1) == 0 ? 3 : 4);
  await_state(pid, "S");
  lock(fd, F_SETLK, F_UNLCK, 5, 1);
  waitpid(pid, &status, 0);
  say_status("waiter", status);
  pid = fork();
  if (pid == 0) {
    struct sigaction action = {.sa_handler = (void (*)(int))getpid};
    sigaction(SIGUSR1, &action, NULL);
    int r = lock(fd, F_SETLKW, F_RDLCK, 0, 1);
    _exit(r < 0 ? errno : 0);
  }
  await_state(pid, "S");
  kill(pid, SIGUSR1);
  waitpid(pid, &status, 0);
  say_status("interrupted", status);
}

CASE(posix_deadlock, "the one who would close a circle gets EDEADLK") {
  int fd = make(), status;
  lock(fd, F_SETLK, F_WRLCK, 0, 1);
  int pid = fork();
  if (pid == 0) {
    lock(fd, F_SETLK, F_WRLCK, 1, 1);
    _exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 3 : 4);
  }
  await_state(pid, "S");
  T(lock(fd, F_SETLKW, F_WRLCK, 1, 1));
  lock(fd, F_SETLK, F_UNLCK, 0, 1);
  waitpid(pid, &status, 0);
  say_status("other", status);
}

CASE(ofd, "open-file-description locks belong to the description") {
  int fd = make(), other = open("f", O_RDWR), copy = dup(fd);
  T(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 10));
  T(lock(copy, F_OFD_SETLK, F_WRLCK, 5, 10));
  T(lock(other, F_OFD_SETLK, F_WRLCK, 0, 1));
  ask(other, F_OFD_GETLK, F_RDLCK, 0, 0);
  T(lock(other, F_SETLK, F_RDLCK, 0, 1));
  ask(other, F_GETLK, F_RDLCK, 0, 0);
  IN_CHILD(T(lock(fd, F_OFD_SETLK, F_UNLCK, 0, 5)));
  T(lock(other, F_OFD_SETLK, F_WRLCK, 0, 5));
  close(fd);
  T(lock(other, F_OFD_SETLK, F_WRLCK, 5, 1));
  close(copy);
  T(lock(other, F_OFD_SETLK, F_WRLCK, 5, 1));
  struct flock l = {F_RDLCK, SEEK_SET, 0, 1, getpid()};
  T(fcntl(other, F_OFD_SETLK, &l));
}

CASE(flocks, "flock: shared and exclusive, by description, changed in place") {
  int fd = make(), other = open("f", O_RDONLY), copy = dup(fd);
  T(flock(fd, LOCK_EX | LOCK_NB));
  T(flock(copy, LOCK_EX | LOCK_NB));
  T(flock(other, LOCK_SH | LOCK_NB));
  T(flock(fd, LOCK_SH));
  T(flock(other, LOCK_SH | LOCK_NB));
  T(flock(fd, LOCK_EX | LOCK_NB));
  T(flock(other, LOCK_UN));
  T(flock(fd, LOCK_EX | LOCK_NB));
  T(lock(other, F_SETLK, F_RDLCK, 0, 0));
  close(fd);
  T(flock(other, LOCK_SH | LOCK_NB));
  close(copy);
  T(flock(other, LOCK_SH | LOCK_NB));
  T(flock(other, 0));
  T(flock(other, LOCK_EX | LOCK_SH));
  T(flock(99, LOCK_SH));
}

CASE(flock_waits, "a sleeping flock goes on when the last holder is gone") {
  int fd = make(), status;
  flock(fd, LOCK_EX);
  int pid = fork();
  if (pid == 0) _exit(flock(open("f", O_RDWR), LOCK_SH) == 0 ? 3 : 4);
  await_state(pid, "S");
  flock(fd, LOCK_UN);
  waitpid(pid, &status, 0);
  say_status("waiter", status);
}

CASE(listing, "/proc/locks has them all") {
  char line[200], kind[20], mode[20], type[20];
  int fd = make(), other = open("f", O_RDWR);
  long start;
  char end[20];
  lock(fd, F_SETLK, F_WRLCK, 0, 10);
  lock(other, F_OFD_SETLK, F_RDLCK, 20, 10);
  flock(fd, LOCK_SH);
  FILE *f = fopen("/proc/locks", "r");
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "%*d: %19s %19s %19s %*d %*s %ld %19s", kind, mode, type, &start, end) == 5) say("%s %s %s %ld %s", kind, mode, type, start, end);
  }
}

CASE(leases, "leases are for the owner of a file that nobody else has open") {
  int fd = make(), rd = open("f", O_RDONLY);
  T(fcntl(fd, F_GETLEASE));
  T(fcntl(rd, F_SETLEASE, F_RDLCK));
  close(fd);
  T(fcntl(rd, F_SETLEASE, 9));
  T(fcntl(rd, F_GETLEASE));
}
