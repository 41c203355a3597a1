/* Buffered reading without stdio, shared by the tools. */
#ifndef INPUT_H
#define INPUT_H

struct input {
  int fd;
  unsigned start; /* unread bytes are data[start..end) */
  unsigned end;
  char data[4096];
  char *line; /* the last line, grown as needed */
  unsigned room;
};

/* Makes *in read from fd from its present offset on. */
void input_open(struct input *in, int fd);

/* Reads up to and without the next newline; returns a NUL-terminated line that is valid until the next call, or 0 at
 * end of file. *len is its length without the NUL. Sets *ended when the line had a newline. Exits with 99 on errors. */
char *input_line(struct input *in, unsigned *len, int *ended);

/* Frees the line. The descriptor stays open: it is the caller's. */
void input_close(struct input *in);

/* Calls body(fd, name) for each named file ("-" is standard input), or once for standard input when there is none.
 * Returns 1 when a file could not be opened or a body returned nonzero, else 0. */
int each_input(const char *program, char **names, int (*body)(int fd, const char *name));

#endif
