/* wc [-lwc] [FILE]...: lines, words and bytes. */
#include "lib/input.h"
#include "lib/say.h"
#include <string.h>
#include <unistd.h>

struct counts {
  unsigned lines, words, bytes;
};

static struct counts total;
static int files;
static const char *shown = "lwc";

static void show(const struct counts *c, const char *name) {
  if (strchr(shown, 'l')) say("%8u", c->lines);
  if (strchr(shown, 'w')) say("%8u", c->words);
  if (strchr(shown, 'c')) say("%8u", c->bytes);
  if (strcmp(name, "-")) say(" %s", name);
  say("\n");
}

static int count(int fd, const char *name) {
  char block[4096];
  struct counts c = {0};
  int in_word = 0;
  ssize_t n;
  while ((n = read(fd, block, sizeof block)) > 0) {
    c.bytes += (unsigned)n;
    for (ssize_t i = 0; i < n; i++) {
      int space = block[i] == ' ' || (block[i] >= '\t' && block[i] <= '\r');
      c.lines += block[i] == '\n';
      c.words += !space && !in_word;
      in_word = !space;
    }
  }
  if (n < 0) return fail("wc", name);
  show(&c, name);
  total.lines += c.lines;
  total.words += c.words;
  total.bytes += c.bytes;
  files++;
  return 0;
}

int main(int argc, char **argv) {
  argv++;
  if (argc > 1 && argv[0][0] == '-' && argv[0][1]) shown = *argv++ + 1;
  int status = each_input("wc", argv, count);
  if (files > 1) show(&total, "total");
  return status;
}
