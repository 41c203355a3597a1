/* head [-COUNT | -n COUNT] [FILE]...: the first lines, 10 unless told. */
#include "lib/input.h"
#include "lib/say.h"
#include <stdlib.h>
#include <string.h>

static int wanted = 10;

static int head(int fd, const char *name) {
  struct input in;
  unsigned len;
  int ended;
  (void)name;
  input_open(&in, fd);
  char *line;
  for (int i = 0; i < wanted && (line = input_line(&in, &len, &ended)); i++) {
    line[len] = '\n';
    write_all(1, line, len + (unsigned)ended);
  }
  input_close(&in);
  return 0;
}

int main(int argc, char **argv) {
  argv++;
  if (argc > 2 && !strcmp(*argv, "-n")) {
    wanted = atoi(argv[1]);
    argv += 2;
  } else if (argc > 1 && argv[0][0] == '-' && argv[0][1]) {
    wanted = atoi(*argv++ + 1);
  }
  return each_input("head", argv, head);
}
