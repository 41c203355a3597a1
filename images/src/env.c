/* env [-i] [NAME=VALUE]... [COMMAND [ARGUMENT]...]: runs a command in a changed environment, or prints it. */
#include "lib/say.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  extern char **environ;
  static char *none[1];
  (void)argc;
  argv++;
  if (*argv && !strcmp(*argv, "-i")) {
    environ = none;
    argv++;
  }
  for (; *argv && strchr(*argv, '='); argv++) must(putenv(*argv), "putenv");
  if (*argv) {
    execvp(*argv, argv);
    fail("env", *argv);
    return 127;
  }
  for (char **e = environ; *e; e++) {
    write_all(1, *e, strlen(*e));
    write_all(1, "\n", 1);
  }
  return 0;
}
