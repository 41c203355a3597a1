/* mremap(2): shrinking, growing, moving and fixed targets keep contents; what was left is unmapped. */
#define _GNU_SOURCE
#include "lib/say.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static int probe[2]; /* a pipe: write(2) from an unmapped address fails with EFAULT and harms nobody */

static const char *state(const void *at) {
  if (write(probe[1], at, 1) == 1) {
    char c;
    must(read(probe[0], &c, 1), "read");
    return "mapped";
  }
  return errno == EFAULT ? "unmapped" : strerror(errno);
}

static char *map(unsigned pages) {
  char *at = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) must(-1, "mmap");
  return at;
}

static void mark(char *at, unsigned pages) {
  for (unsigned i = 0; i < pages; i++) format(at + i * PAGE, 16, "page %u", i);
}

static char *remap(char *at, unsigned from, unsigned to, int flags, char *target) {
  char *result = mremap(at, from * PAGE, to * PAGE, flags, target);
  if (result == MAP_FAILED) must(-1, "mremap");
  return result;
}

int main(void) {
  must(pipe(probe), "pipe");
  char *area = map(16); /* reserves room, so that neighbours are known */
  must(munmap(area, 16 * PAGE), "munmap");
  char *a = mmap(area, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (a != area) must(-1, "mmap");
  mark(a, 4);

  say("shrink: same place %d, ", remap(a, 4, 2, 0, 0) == a);
  say("%s %s, third page %s\n", a, a + PAGE, state(a + 2 * PAGE));

  say("grow in place: same place %d, ", remap(a, 2, 8, 0, 0) == a);
  say("%s, new byte %d\n", a + PAGE, a[7 * PAGE]);
  mark(a, 8);

  char *wall = mmap(area + 8 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (wall != area + 8 * PAGE) must(-1, "mmap");
  char *refused = mremap(a, 8 * PAGE, 9 * PAGE, 0);
  say("grow against a wall: %s\n", refused == MAP_FAILED ? strerror(errno) : "done");
  char *moved = remap(a, 8, 12, MREMAP_MAYMOVE, 0);
  say("grow by moving: moved %d, %s %s, new byte %d, old place %s\n", moved != a, moved, moved + 7 * PAGE,
      moved[11 * PAGE], state(a));

  char *target = map(4);
  mark(target, 4);
  char *fixed = remap(moved, 12, 2, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  say("fixed target: there %d, %s %s, behind it %s, old place %s\n", fixed == target, fixed, fixed + PAGE,
      fixed + 2 * PAGE, state(moved));

  char *part = remap(fixed + PAGE, 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED, area);
  say("one page out of the middle: %s, hole %s, neighbour %s\n", part, state(fixed + PAGE), state(fixed + 2 * PAGE));
  say("unaligned: %s\n", mremap(fixed + 1, PAGE, PAGE, 0) == MAP_FAILED ? strerror(errno) : "done");
  say("not mapped: %s\n", mremap(fixed + PAGE, PAGE, 2 * PAGE, 0) == MAP_FAILED ? strerror(errno) : "done");
  return 0;
}
