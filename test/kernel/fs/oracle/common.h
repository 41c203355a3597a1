/* What the oracle programs share: each prints what calls return, so that two kernels can be compared line by line. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Prints a label and a result: the number, or the error's name. Returns the result. */
static long out(long result, const char *format, ...) {
  int error = errno;
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  if (result == -1) printf(" = %s\n", strerrorname_np(error));
  else printf(" = %ld\n", result);
  errno = error;
  return result;
}

/* The call's own text as the label. */
#define T(call) (errno = 0, out((long)(call), "%s", #call))

static inline void put(const char *path, const char *text) {
  int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) perror(path);
  close(fd);
}

/* Works on a memory filesystem of its own as the root directory, so that paths mean the same everywhere. */
static inline void enter(void) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=755") < 0) perror("mount");
  if (chroot("/tmp") < 0 || chdir("/") < 0) perror("chroot");
  umask(022);
}

/* Removes everything below a directory. */
static inline void wipe(const char *path) {
  char command[300];
  DIR *dir = opendir(path);
  struct dirent *entry;
  if (dir == NULL) {
    unlink(path);
    return;
  }
  while ((entry = readdir(dir)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    snprintf(command, sizeof command, "%s/%s", path, entry->d_name);
    if (unlink(command) < 0) wipe(command);
  }
  closedir(dir);
  rmdir(path);
}
