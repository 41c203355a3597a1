/* sort [-nru] [FILE]...: all lines in byte order; -n by leading number, -r backwards, -u without repeats. Stable. */
#include "lib/input.h"
#include "lib/say.h"
#include <stdlib.h>
#include <string.h>

static int numeric, backwards, unique;
static char **lines;
static unsigned count, room;

static int compare(const char *a, const char *b) {
  int order = 0;
  if (numeric) {
    long x = strtol(a, 0, 10), y = strtol(b, 0, 10);
    order = (x > y) - (x < y);
    if (!order && unique) return 0;
  }
  if (!order) order = strcmp(a, b);
  return backwards ? -order : order;
}

static int collect(int fd, const char *name) {
  struct input in;
  unsigned len;
  int ended;
  (void)name;
  input_open(&in, fd);
  for (char *line; (line = input_line(&in, &len, &ended));) {
    if (count == room) {
      room = room ? room * 2 : 64;
      lines = realloc(lines, room * sizeof *lines);
    }
    char *copy = malloc(len + 1);
    if (!lines || !copy) must(-1, "malloc");
    memcpy(copy, line, len + 1);
    lines[count++] = copy;
  }
  input_close(&in);
  return 0;
}

/* Bottom-up merge sort of lines[0..count) by way of spare. */
static void merge_sort(char **spare) {
  for (unsigned width = 1; width < count; width *= 2) {
    for (unsigned low = 0; low < count; low += 2 * width) {
      unsigned middle = low + width < count ? low + width : count;
      unsigned high = low + 2 * width < count ? low + 2 * width : count;
      unsigned left = low, right = middle;
      for (unsigned i = low; i < high; i++) {
        int take_left = left < middle && (right >= high || compare(lines[left], lines[right]) <= 0);
        spare[i] = take_left ? lines[left++] : lines[right++];
      }
    }
    memcpy(lines, spare, count * sizeof *lines);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  argv++;
  for (; *argv && argv[0][0] == '-' && argv[0][1]; argv++) {
    if (strchr(*argv, 'n')) numeric = 1;
    if (strchr(*argv, 'r')) backwards = 1;
    if (strchr(*argv, 'u')) unique = 1;
  }
  int status = each_input("sort", argv, collect);
  char **spare = malloc((count + 1) * sizeof *spare);
  if (!spare) must(-1, "malloc");
  merge_sort(spare);
  for (unsigned i = 0; i < count; i++) {
    if (unique && i && compare(lines[i - 1], lines[i]) == 0) continue;
    write_all(1, lines[i], strlen(lines[i]));
    write_all(1, "\n", 1);
  }
  return status;
}
