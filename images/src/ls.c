/* ls [-la1d] [PATH]...: names in byte order; -l with mode, links, owner, group, size, UTC time and link target. */
#include "lib/say.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static int all, details, as_file;

/* The mode as ls shows it: type, three permission triples with set-id and sticky bits. */
static void mode_text(mode_t mode, char text[11]) {
  static const struct {
    mode_t type;
    char letter;
  } types[] = {{S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFCHR, 'c'}, {S_IFBLK, 'b'}, {S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
  strcpy(text, "-rwxrwxrwx");
  for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
    if ((mode & S_IFMT) == types[i].type) text[0] = types[i].letter;
  for (int bit = 0; bit < 9; bit++)
    if (!(mode & 0400 >> bit)) text[1 + bit] = '-';
  if (mode & S_ISUID) text[3] = mode & S_IXUSR ? 's' : 'S';
  if (mode & S_ISGID) text[6] = mode & S_IXGRP ? 's' : 'S';
  if (mode & S_ISVTX) text[9] = mode & S_IXOTH ? 't' : 'T';
}

/* The name of a user or group in a file of lines NAME:x:ID:..., else the number. */
static void owner_text(const char *file, unsigned id, char *text, unsigned size) {
  char data[2048];
  int fd = open(file, O_RDONLY);
  ssize_t n = fd < 0 ? 0 : read(fd, data, sizeof data - 1);
  if (fd >= 0) close(fd);
  data[n > 0 ? n : 0] = 0;
  for (char *line = data; line && *line; line = (line = strchr(line, '\n')) ? line + 1 : 0) {
    char *colon = strchr(line, ':'), *second = colon ? strchr(colon + 1, ':') : 0;
    if (second && strtoul(second + 1, 0, 10) == id) {
      *colon = 0;
      format(text, size, "%s", line);
      return;
    }
  }
  format(text, size, "%u", id);
}

static void show_details(const struct stat *st) {
  char mode[11], user[32], group[32], size[24];
  struct tm tm;
  time_t when = st->st_mtime;
  mode_text(st->st_mode, mode);
  owner_text("/etc/passwd", st->st_uid, user, sizeof user);
  owner_text("/etc/group", st->st_gid, group, sizeof group);
  if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
    format(size, sizeof size, "%u, %u", major(st->st_rdev), minor(st->st_rdev));
  else
    format(size, sizeof size, "%llu", (unsigned long long)st->st_size);
  gmtime_r(&when, &tm);
  say("%s %3u %-8s %-8s %9s %04d-%02d-%02d %02d:%02d ", mode, (unsigned)st->st_nlink, user, group, size,
      tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static int show(const char *path, const char *name) {
  struct stat st;
  if (lstat(path, &st) < 0) return fail("ls", path);
  if (details) show_details(&st);
  say("%s", name);
  if (details && S_ISLNK(st.st_mode)) {
    char target[1024];
    ssize_t n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    say(" -> %s", target);
  }
  say("\n");
  return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int show_directory(const char *path) {
  char **names = 0, child[4096];
  unsigned count = 0;
  int status = 0;
  DIR *dir = opendir(path);
  if (!dir) return fail("ls", path);
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (!all && entry->d_name[0] == '.') continue;
    names = realloc(names, (count + 1) * sizeof *names);
    if (!names || !(names[count++] = strdup(entry->d_name))) must(-1, "malloc");
  }
  closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  for (unsigned i = 0; i < count; i++) {
    format(child, sizeof child, "%s/%s", path, names[i]);
    status |= show(child, names[i]);
    free(names[i]);
  }
  free(names);
  return status;
}

static int list(const char *path, int titled) {
  struct stat st;
  if (lstat(path, &st) < 0) return fail("ls", path);
  if (as_file || !S_ISDIR(st.st_mode)) return show(path, path);
  if (titled) say("%s:\n", path);
  return show_directory(path);
}

int main(int argc, char **argv) {
  int i = 1, status = 0;
  for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
    if (strchr(argv[i], 'a')) all = 1;
    if (strchr(argv[i], 'l')) details = 1;
    if (strchr(argv[i], 'd')) as_file = 1;
  }
  if (i == argc) return list(".", 0);
  for (int titled = argc - i > 1; i < argc; i++) status |= list(argv[i], titled);
  return status;
}
