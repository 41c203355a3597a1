/* cp FROM... TO: copies regular files with their permissions; TO is a file or a directory. */
#include "lib/say.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(const char *from, const char *to) {
  char block[4096];
  struct stat st;
  int in = open(from, O_RDONLY);
  if (in < 0 || fstat(in, &st) < 0) return fail("cp", from);
  int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, st.st_mode & 0777);
  if (out < 0) return fail("cp", to);
  ssize_t n;
  while ((n = read(in, block, sizeof block)) > 0)
    if (write_all(out, block, (unsigned)n)) return fail("cp", to);
  if (n < 0) return fail("cp", from);
  close(in);
  if (close(out) < 0) return fail("cp", to);
  return 0;
}

static int copy_into(const char *from, const char *directory) {
  char path[4096];
  const char *slash = strrchr(from, '/');
  format(path, sizeof path, "%s/%s", directory, slash ? slash + 1 : from);
  return copy(from, path);
}

int main(int argc, char **argv) {
  struct stat st;
  if (argc < 3) {
    say_to(2, "usage: cp FROM... TO\n");
    return 2;
  }
  const char *to = argv[argc - 1];
  int directory = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
  if (argc > 3 && !directory) {
    say_to(2, "cp: %s is not a directory\n", to);
    return 1;
  }
  int status = 0;
  for (int i = 1; i < argc - 1; i++) status |= directory ? copy_into(argv[i], to) : copy(argv[i], to);
  return status;
}
