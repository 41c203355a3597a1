/* mkdir [-p] DIRECTORY...; with -p also its missing parents, and an existing directory is no error. */
#include "lib/say.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int make_with_parents(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    int failed = mkdir(path, 0777) < 0 && errno != EEXIST;
    if (failed) return fail("mkdir", path);
    *slash = '/';
  }
  return mkdir(path, 0777) < 0 && errno != EEXIST ? fail("mkdir", path) : 0;
}

int main(int argc, char **argv) {
  int parents = argc > 1 && !strcmp(argv[1], "-p"), status = 0;
  for (int i = 1 + parents; i < argc; i++) {
    if (parents) status |= make_with_parents(argv[i]);
    else if (mkdir(argv[i], 0777) < 0) status = fail("mkdir", argv[i]);
  }
  return status;
}
