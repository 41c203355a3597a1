#include "input.h"
#include "say.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void input_open(struct input *in, int fd) {
  in->fd = fd;
  in->start = in->end = 0;
  in->line = 0;
  in->room = 0;
}

static int fill(struct input *in) {
  ssize_t n;
  do n = read(in->fd, in->data, sizeof in->data);
  while (n < 0 && errno == EINTR);
  in->start = 0;
  in->end = (unsigned)must(n, "read");
  return in->end > 0;
}

static void append(struct input *in, unsigned *len, const char *from, unsigned count) {
  if (*len + count + 1 > in->room) {
    in->room = (*len + count + 1) * 2;
    in->line = realloc(in->line, in->room);
    if (!in->line) must(-1, "realloc");
  }
  memcpy(in->line + *len, from, count);
  *len += count;
  in->line[*len] = 0;
}

char *input_line(struct input *in, unsigned *len, int *ended) {
  *len = 0;
  *ended = 0;
  for (;;) {
    if (in->start == in->end && !fill(in)) return *len ? in->line : 0;
    char *from = in->data + in->start;
    char *newline = memchr(from, '\n', in->end - in->start);
    unsigned count = newline ? (unsigned)(newline - from) : in->end - in->start;
    append(in, len, from, count);
    in->start += count + (newline != 0);
    if (newline) {
      *ended = 1;
      return in->line;
    }
  }
}

void input_close(struct input *in) { free(in->line); }

int each_input(const char *program, char **names, int (*body)(int fd, const char *name)) {
  if (!*names) return body(0, "-") != 0;
  int status = 0;
  for (; *names; names++) {
    int fd = strcmp(*names, "-") ? open(*names, O_RDONLY) : 0;
    if (fd < 0) {
      status = fail(program, *names);
      continue;
    }
    if (body(fd, *names)) status = 1;
    if (fd) close(fd);
  }
  return status;
}
