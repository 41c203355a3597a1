/* rm [-rf] PATH...: unlinks; -r with whole directories, -f without complaint about what is not there. */
#include "lib/say.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int recursive, force;

static int remove_path(const char *path);

static int remove_entries(const char *path) {
  int status = 0;
  DIR *dir = opendir(path);
  if (!dir) return fail("rm", path);
  for (struct dirent *entry; (entry = readdir(dir));) {
    char child[4096];
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    format(child, sizeof child, "%s/%s", path, entry->d_name);
    status |= remove_path(child);
  }
  closedir(dir);
  return status;
}

static int remove_path(const char *path) {
  struct stat st;
  if (lstat(path, &st) < 0) return errno == ENOENT && force ? 0 : fail("rm", path);
  if (!S_ISDIR(st.st_mode)) return unlink(path) < 0 ? fail("rm", path) : 0;
  if (!recursive) {
    say_to(2, "rm: %s is a directory\n", path);
    return 1;
  }
  int status = remove_entries(path);
  return rmdir(path) < 0 ? fail("rm", path) : status;
}

int main(int argc, char **argv) {
  int i = 1, status = 0;
  for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
    if (strchr(argv[i], 'r')) recursive = 1;
    if (strchr(argv[i], 'f')) force = 1;
  }
  for (; i < argc; i++) status |= remove_path(argv[i]);
  return status;
}
