/* cat [FILE]...: files, or standard input, to standard output. */
#include "lib/input.h"
#include "lib/say.h"
#include <errno.h>
#include <unistd.h>

static int copy(int fd, const char *name) {
  char block[4096];
  for (;;) {
    ssize_t n = read(fd, block, sizeof block);
    if (n == 0) return 0;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail("cat", name);
    if (write_all(1, block, (unsigned)n)) return fail("cat", "standard output");
  }
}

int main(int argc, char **argv) {
  (void)argc;
  return each_input("cat", argv + 1, copy);
}
