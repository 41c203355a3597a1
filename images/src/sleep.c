/* sleep SECONDS[.FRACTION]: nanosleep(2), gone on with after a signal. */
#include "lib/say.h"
#include <errno.h>
#include <time.h>

int main(int argc, char **argv) {
  if (argc != 2) {
    say_to(2, "usage: sleep SECONDS\n");
    return 2;
  }
  struct timespec left = {0};
  const char *c = argv[1];
  for (; *c >= '0' && *c <= '9'; c++) left.tv_sec = left.tv_sec * 10 + (*c - '0');
  if (*c == '.') {
    c++;
    for (long unit = 100000000; *c >= '0' && *c <= '9'; c++, unit /= 10) left.tv_nsec += (*c - '0') * unit;
  }
  if (*c) {
    say_to(2, "sleep: %s is not a number of seconds\n", argv[1]);
    return 2;
  }
  while (nanosleep(&left, &left) < 0 && errno == EINTR) continue;
  return 0;
}
