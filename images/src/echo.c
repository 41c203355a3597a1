/* echo [-n] [WORD]... */
#include "lib/say.h"
#include <string.h>

int main(int argc, char **argv) {
  int i = 1, newline = 1;
  if (argc > 1 && !strcmp(argv[1], "-n")) newline = 0, i++;
  for (int first = i; i < argc; i++) {
    if (i > first) write_all(1, " ", 1);
    write_all(1, argv[i], strlen(argv[i]));
  }
  if (newline) write_all(1, "\n", 1);
  return 0;
}
