/* seq [FIRST [STEP]] LAST: whole numbers, one a line. */
#include "lib/say.h"
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 2 || argc > 4) {
    say_to(2, "usage: seq [FIRST [STEP]] LAST\n");
    return 2;
  }
  long last = atol(argv[argc - 1]);
  long step = argc == 4 ? atol(argv[2]) : 1;
  if (step == 0) {
    say_to(2, "seq: the step is 0\n");
    return 2;
  }
  char block[2048];
  unsigned len = 0;
  for (long n = argc > 2 ? atol(argv[1]) : 1; step > 0 ? n <= last : n >= last; n += step) {
    len += (unsigned)format(block + len, sizeof block - len, "%d\n", (int)n);
    if (len > sizeof block - 16) {
      write_all(1, block, len);
      len = 0;
    }
  }
  write_all(1, block, len);
  return 0;
}
