/* grep [-vcniqF] STRING [FILE]...: lines that contain the fixed string. Exits with 1 when none does, 2 on errors. */
#include "lib/input.h"
#include "lib/say.h"
#include <ctype.h>
#include <string.h>

static int invert, count_only, number, ignore_case, quiet, many, found;
static const char *wanted;

static int same(const char *text) {
  for (const char *w = wanted; *w; w++, text++)
    if (ignore_case ? tolower((unsigned char)*w) != tolower((unsigned char)*text) : *w != *text) return 0;
  return 1;
}

static int contains(const char *line) {
  do {
    if (same(line)) return 1;
  } while (*line++);
  return 0;
}

static int search(int fd, const char *name) {
  struct input in;
  unsigned len, row = 0, hits = 0;
  int ended;
  input_open(&in, fd);
  for (char *line; (line = input_line(&in, &len, &ended));) {
    row++;
    if (contains(line) == invert) continue;
    hits++;
    if (quiet || count_only) continue;
    if (many) say("%s:", name);
    if (number) say("%u:", row);
    line[len] = '\n';
    write_all(1, line, len + 1);
  }
  if (count_only && many) say("%s:", name);
  if (count_only) say("%u\n", hits);
  if (hits) found = 1;
  input_close(&in);
  return 0;
}

int main(int argc, char **argv) {
  argv++;
  for (; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
    if (strchr(*argv, 'v')) invert = 1;
    if (strchr(*argv, 'c')) count_only = 1;
    if (strchr(*argv, 'n')) number = 1;
    if (strchr(*argv, 'i')) ignore_case = 1;
    if (strchr(*argv, 'q')) quiet = 1;
  }
  (void)argc;
  if (!*argv) {
    say_to(2, "usage: grep [-vcniqF] STRING [FILE]...\n");
    return 2;
  }
  wanted = *argv++;
  many = argv[0] && argv[1];
  if (each_input("grep", argv, search)) return 2;
  return !found;
}
