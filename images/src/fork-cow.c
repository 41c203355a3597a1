/* Copy on write: after fork(2) parent and child change the same addresses (data, bss, stack, heap, mapping) and each
 * sees only its own values, over three generations. */
#include "lib/say.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 8, PAGE = 4096 };

static int in_data = 100;
static int in_bss[3 * PAGE];
static unsigned char *mapping;
static int *heap;

static unsigned checksum(void) {
  unsigned sum = 0;
  for (int i = 0; i < PAGES * PAGE; i += 64) sum = sum * 31 + mapping[i];
  for (unsigned i = 0; i < sizeof in_bss / sizeof *in_bss; i++) sum = sum * 31 + (unsigned)in_bss[i];
  return sum;
}

static void show(const char *who, const int *in_stack) {
  say("%-10s data %d bss %d stack %d heap %d mapping %d/%d sum %08x\n", who, in_data, in_bss[PAGE], *in_stack, *heap,
      mapping[0], mapping[(PAGES - 1) * PAGE], checksum());
}

static void change(int *in_stack, int by) {
  in_data += by;
  in_bss[PAGE] += 2 * by;
  *in_stack += 3 * by;
  *heap += 4 * by;
  for (int page = 0; page < PAGES; page += 1 + by % 2) mapping[page * PAGE] += (unsigned char)(5 * by);
}

static int join(pid_t child) {
  int status;
  must(waitpid(child, &status, 0), "waitpid");
  return WEXITSTATUS(status);
}

static void generation(int depth, int *in_stack) {
  static const char *const names[] = {"child", "grandchild", "great"};
  pid_t child = (pid_t)must(fork(), "fork");
  if (child) {
    change(in_stack, 1); /* while the child runs */
    int status = join(child);
    show(depth ? names[depth - 1] : "parent", in_stack);
    if (status != depth) say("exit status %d\n", status);
    return;
  }
  change(in_stack, 10 * (depth + 1));
  show(names[depth], in_stack);
  if (depth < 2) generation(depth + 1, in_stack);
  _exit(depth);
}

int main(void) {
  int in_stack = 300;
  heap = malloc(sizeof *heap);
  *heap = 400;
  mapping = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return fail("fork-cow", "mmap");
  for (int i = 0; i < PAGES * PAGE; i++) mapping[i] = (unsigned char)i;
  show("parent", &in_stack);
  for (int i = 0; i < 3; i++) generation(0, &in_stack);
  return 0;
}
