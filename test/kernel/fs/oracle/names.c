/* Names: open, mkdir, rmdir, unlink, link, symlink, rename over every kind of path. */
#include "common.h"

/* One of each kind of name, fresh. */
static void tree(void) {
  umask(022);
  chdir("/");
  wipe("t");
  mkdir("t", 0755);
  chdir("t");
  put("file", "content");
  put("other", "other content");
  mkdir("dir", 0755);
  mkdir("full", 0755);
  put("full/inside", "x");
  symlink("file", "tofile");
  symlink("dir", "todir");
  symlink("missing", "dangling");
  symlink("loop", "loop");
  symlink("full/inside", "deep");
  mkfifo("fifo", 0644);
  link("file", "hard");
  mknod("null", S_IFCHR | 0666, 0x103);
}

static const char *const kinds[] = {
    "missing", "file",  "dir",    "full",     "tofile",  "todir",   "dangling", "loop",    "fifo",     "null",
    "hard",    "file/", "dir/",   "missing/", "tofile/", "todir/",  "loop/",    ".",       "..",       "/",
    "",        "dir/.", "dir/..", "file/x",   "nodir/x", "dangling/", "full/inside", "todir/x", "deep",   "dir/new/",
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const struct {
  const char *name;
  int bits;
} flags[] = {
    {"RDONLY", O_RDONLY | O_NONBLOCK},
    {"WRONLY", O_WRONLY | O_NONBLOCK},
    {"RDWR", O_RDWR | O_NONBLOCK},
    {"ACCMODE", O_ACCMODE | O_NONBLOCK},
    {"CREAT", O_RDWR | O_CREAT | O_NONBLOCK},
    {"CREAT_RDONLY", O_RDONLY | O_CREAT | O_NONBLOCK},
    {"EXCL", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK},
    {"TRUNC", O_WRONLY | O_TRUNC | O_NONBLOCK},
    {"TRUNC_RDONLY", O_RDONLY | O_TRUNC | O_NONBLOCK},
    {"DIRECTORY", O_RDONLY | O_DIRECTORY | O_NONBLOCK},
    {"NOFOLLOW", O_RDONLY | O_NOFOLLOW | O_NONBLOCK},
    {"NOFOLLOW_CREAT", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK},
    {"DIR_NOFOLLOW", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK},
    {"PATH", O_PATH},
    {"PATH_NOFOLLOW", O_PATH | O_NOFOLLOW},
    {"PATH_DIRECTORY", O_PATH | O_DIRECTORY},
    {"PATH_CREAT", O_PATH | O_CREAT | O_WRONLY},
    {"APPEND", O_WRONLY | O_APPEND | O_NONBLOCK},
    {"TMPFILE", O_RDWR | O_TMPFILE},
    {"TMPFILE_RDONLY", O_RDONLY | O_TMPFILE},
};

static void opens(void) {
  for (size_t k = 0; k < KINDS; k++)
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
      tree();
      struct stat st;
      errno = 0;
      int fd = syscall(SYS_open, kinds[k], flags[f].bits, 0666);
      out(fd < 0 ? -1 : 0, "open(%s, %s)", kinds[k], flags[f].name);
      if (fd < 0) continue;
      if (fstat(fd, &st) == 0) printf("  mode %o size %ld nlink %d flags %o\n", st.st_mode, S_ISDIR(st.st_mode) ? 0 : (long)st.st_size, S_ISDIR(st.st_mode) ? 0 : (int)st.st_nlink, fcntl(fd, F_GETFL));
      close(fd);
    }
}

static void singles(void) {
  for (size_t k = 0; k < KINDS; k++) {
    const char *p = kinds[k];
    char buffer[64];
    struct stat st;
#define EACH(call) tree(), errno = 0, out((call), #call " %s", p)
    EACH(mkdir(p, 0777));
    EACH(rmdir(p));
    EACH(unlink(p));
    EACH(unlinkat(AT_FDCWD, p, AT_REMOVEDIR));
    EACH(symlink("somewhere", p));
    EACH(mknod(p, S_IFREG | 0644, 0));
    EACH(mkfifo(p, 0600));
    EACH(mknod(p, S_IFDIR | 0644, 0));
    EACH(chdir(p));
    EACH(readlink(p, buffer, sizeof buffer));
    EACH(readlink(p, buffer, 3));
    EACH(readlink(p, buffer, 0));
    EACH(access(p, F_OK));
    EACH(access(p, X_OK));
    EACH(access(p, R_OK | W_OK));
    EACH(faccessat(AT_FDCWD, p, F_OK, AT_SYMLINK_NOFOLLOW));
    EACH(chmod(p, 0640));
    EACH(chown(p, 1, 2));
    EACH(lchown(p, 1, 2));
    EACH(truncate(p, 3));
    EACH(truncate(p, -1));
    EACH(utimensat(AT_FDCWD, p, NULL, 0));
    EACH(utimensat(AT_FDCWD, p, NULL, AT_SYMLINK_NOFOLLOW));
    EACH(lstat(p, &st));
    EACH(stat(p, &st));
    if (stat(p, &st) == 0 && !S_ISDIR(st.st_mode)) printf("  mode %o nlink %d size %ld\n", st.st_mode, (int)st.st_nlink, (long)st.st_size);
    EACH(openat(-1, p, O_RDONLY | O_NONBLOCK) < 0 ? -1 : 0);
    EACH(openat(999, p, O_RDONLY | O_NONBLOCK) < 0 ? -1 : 0);
  }
}

static void survey(const char *path, int depth) {
  char inner[300];
  struct dirent **list;
  int n = scandir(path, &list, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    struct stat st;
    if (list[i]->d_name[0] == '.') continue;
    snprintf(inner, sizeof inner, "%s/%s", path, list[i]->d_name);
    lstat(inner, &st);
    printf(" %s:%o:%d", inner, st.st_mode, (int)(S_ISDIR(st.st_mode) ? 0 : st.st_nlink));
    if (S_ISDIR(st.st_mode) && depth < 3) survey(inner, depth + 1);
  }
}

static void pairs(void) {
  for (size_t a = 0; a < KINDS; a++)
    for (size_t b = 0; b < KINDS; b++) {
      const char *from = kinds[a], *to = kinds[b];
      tree();
      errno = 0;
      out(rename(from, to), "rename(%s, %s)", from, to);
      survey(".", 0);
      printf("\n");
      tree();
      errno = 0;
      out(link(from, to), "link(%s, %s)", from, to);
      tree();
      errno = 0;
      out(linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW), "linkat(%s, %s)", from, to);
      tree();
      errno = 0;
      out(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1), "noreplace(%s, %s)", from, to);
      tree();
      errno = 0;
      out(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2), "exchange(%s, %s)", from, to);
      survey(".", 0);
      printf("\n");
    }
}

static void lengths(void) {
  static char name[5000];
  for (int n = 254; n <= 257; n++) {
    tree();
    memset(name, 'n', n);
    name[n] = 0;
    errno = 0;
    out(mkdir(name, 0755), "mkdir of %d", n);
  }
  static const int totals[] = {4094, 4095, 4096, 4097};
  for (int i = 0; i < 4; i++) {
    tree();
    for (int at = 0; at < totals[i]; at++) name[at] = at % 2 ? '/' : '.';
    name[totals[i]] = 0;
    errno = 0;
    out(access(name, F_OK), "access of %d", totals[i]);
  }
}

int main(void) {
  enter();
  opens();
  singles();
  pairs();
  lengths();
  return 0;
}
