/* brk(2) by hand: grows, holds values, shrinks, and gives zeroes again for what was given back. */
#define _GNU_SOURCE
#include "lib/say.h"
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char *start;

/* Sets the break to start + size; the kernel returns the break in force, unchanged if it refused. */
static long set(long size) { return syscall(SYS_brk, start + size) - (long)start; }

static unsigned nonzero(long from, long to) {
  unsigned count = 0;
  for (long i = from; i < to; i++) count += start[i] != 0;
  return count;
}

int main(void) {
  start = (char *)syscall(SYS_brk, 0);
  say("break set to %d\n", (int)set(10));
  say("fresh bytes not zero: %u\n", nonzero(0, 10));
  for (int pages = 1; pages <= 64; pages *= 4) {
    long size = (long)pages * PAGE + 100;
    say("grown to %d, ", (int)set(size));
    say("fresh bytes not zero: %u\n", nonzero(size - PAGE, size));
    for (long i = 0; i < size; i += PAGE) start[i] = (char)(1 + i / PAGE);
  }
  unsigned sum = 0;
  for (long i = 0; i < 64 * PAGE; i += PAGE) sum += (unsigned char)start[i];
  say("sum of marks %u\n", sum);
  say("shrunk to %d\n", (int)set(2 * PAGE));
  say("kept marks %d %d\n", start[0], start[PAGE]);
  say("grown to %d, ", (int)set(64 * PAGE));
  say("returned bytes not zero: %u\n", nonzero(2 * PAGE, 64 * PAGE));
  say("below the start: %d\n", (int)set(-PAGE));
  return 0;
}
