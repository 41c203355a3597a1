/* A producer and a consumer joined by a pipe. The parent computes for a while before each line that it writes;
 * the child rewrites each line and prints it. Usage: pipes [lines [rounds of work per line]] */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Xorshift, so that every line costs real work and has a value that depends on all of it. */
static uint32_t work(uint32_t state, long rounds) {
  for (long i = 0; i < rounds; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
  }
  return state;
}

static void produce(int fd, int lines, long rounds) {
  uint32_t value = 2463534242u;
  FILE *out = fdopen(fd, "w");
  for (int i = 1; i <= lines; i++) {
    value = work(value, rounds);
    fprintf(out, "item %02d value %08x\n", i, (unsigned)value);
    fflush(out);
  }
  fclose(out);
}

static int consume(int fd) {
  char line[128];
  int seen = 0;
  uint32_t sum = 0;
  FILE *in = fdopen(fd, "r");
  while (fgets(line, sizeof line, in)) {
    sum += strtoul(line + strcspn(line, "v") + sizeof "value", 0, 16);
    for (char *c = line; *c; c++) *c = toupper((unsigned char)*c);
    printf("%s", line);
    fflush(stdout);
    seen++;
  }
  printf("consumer: %d lines, sum %08x\n", seen, (unsigned)sum);
  fflush(stdout);
  return seen;
}

int main(int argc, char **argv) {
  int lines = argc > 1 ? atoi(argv[1]) : 40;
  long rounds = argc > 2 ? atol(argv[2]) : 30000;
  int ends[2];
  if (pipe(ends) < 0) return perror("pipe"), 1;
  printf("producer: %d lines, %ld rounds each\n", lines, rounds);
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) return perror("fork"), 1;
  if (child == 0) {
    close(ends[1]);
    _exit(consume(ends[0]) == lines ? 0 : 3);
  }
  close(ends[0]);
  produce(ends[1], lines, rounds);
  int status;
  if (waitpid(child, &status, 0) != child) return perror("waitpid"), 1;
  printf("producer: consumer exited with %d\n", WEXITSTATUS(status));
  return WEXITSTATUS(status);
}
