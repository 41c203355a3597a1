/* What the topics about namespaces, mounts and credentials share. */
#include <linux/sched.h>
#include <linux/nsfs.h>
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* fork with CLONE_* flags; handlers and memory are shared only where a case says so. */
static inline int clone_flags(unsigned long flags) {
  fflush(stdout);
  return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* Waits for the process to end; its status. */
static inline int wait_for(int pid) {
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

static inline int same_file(int a, int b) {
  struct stat x, y;
  if (fstat(a, &x) < 0 || fstat(b, &y) < 0) return -1;
  return x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static inline int same_link(const char *a, const char *b) {
  char x[100] = {0}, y[100] = {0};
  if (readlink(a, x, 99) < 0 || readlink(b, y, 99) < 0) return -1;
  return strcmp(x, y) == 0;
}

/* Whether a process has the same namespace of that name as this one. */
static inline int same_ns(const char *name, int pid) {
  char own[100], other[100];
  snprintf(own, sizeof own, "/proc/self/ns/%s", name);
  snprintf(other, sizeof other, "/proc/%d/ns/%s", pid, name);
  return same_link(own, other);
}

/* Another user, with none of root's capabilities, whose /proc entries are its own again. */
static inline void become(int id) {
  if (setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0) perror("become");
  prctl(PR_SET_DUMPABLE, 1);
}

/* Writes a text with one call; the result, as T shows it. */
static inline long write_to(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  long n = write(fd, text, strlen(text));
  int error = errno;
  close(fd);
  errno = error;
  return n;
}

/* A file's content as one line: newlines become slashes. */
static inline const char *line_of(const char *path) {
  static char text[4096];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return strerrorname_np(errno);
  long n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n < 0) return strerrorname_np(errno);
  text[n] = 0;
  for (char *c = text; *c; c++)
    if (*c == '\n') *c = '/';
  return text;
}
/* The value of a line in a file such as /proc/self/status. */
static inline const char *field_of(const char *path, const char *name) {
  static char values[4][200];
  static int at;
  char line[400];
  FILE *file = fopen(path, "r");
  char *to = values[at++ & 3];
  strcpy(to, "-");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    size_t n = strlen(name);
    if (strncmp(line, name, n) != 0 || line[n] != ':') continue;
    line[strcspn(line, "\n")] = 0;
    snprintf(to, 200, "%s", line + n + 1 + strspn(line + n + 1, "\t "));
  }
  if (file != NULL) fclose(file);
  return to;
}
