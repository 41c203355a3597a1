/* ps: the processes that /proc shows: pid, parent, state and name, by pid. */
#include "lib/say.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 1024 };

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* proc(5), /proc/PID/stat: "pid (name) state ppid ..."; a name may itself hold parentheses. */
static void show(int pid) {
  char path[32], text[512];
  format(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return; /* it ended meanwhile */
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  char *name = strchr(text, '('), *end = strrchr(text, ')');
  if (!name || !end) return;
  *end = 0;
  say("%5d %5d %c     %s\n", pid, atoi(end + 4), end[2], name + 1);
}

int main(void) {
  static int pids[MOST];
  int count = 0;
  DIR *proc = opendir("/proc");
  if (!proc) return fail("ps", "/proc");
  for (struct dirent *entry; (entry = readdir(proc)) && count < MOST;)
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') pids[count++] = atoi(entry->d_name);
  closedir(proc);
  qsort(pids, (unsigned)count, sizeof *pids, by_number);
  say("  PID  PPID STATE NAME\n");
  for (int i = 0; i < count; i++) show(pids[i]);
  return 0;
}
