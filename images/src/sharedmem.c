/* Anonymous shared memory between related processes: atomic adds are all seen, one's stores are another's loads, and
 * protection is each one's own. Usage: sharedmem [adds per process] */
#include "lib/say.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, CHILDREN = 3 };

struct shared {
  int total;
  int own[CHILDREN];
  int turn;
  char log[256];
};

static struct shared *map(void) {
  void *at = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) must(-1, "mmap");
  return at;
}

static void child(struct shared *s, int id, int adds) {
  char *private_copy = malloc(16);
  format(private_copy, 16, "[%d]", id);
  for (int i = 0; i < adds; i++) {
    __atomic_add_fetch(&s->total, 1, __ATOMIC_SEQ_CST);
    s->own[id]++;
  }
  for (int round = 0; round < 3; round++) { /* strictly in turn, by spinning and yielding */
    while (__atomic_load_n(&s->turn, __ATOMIC_ACQUIRE) != round * CHILDREN + id) sched_yield();
    strcat(s->log, private_copy);
    __atomic_store_n(&s->turn, round * CHILDREN + id + 1, __ATOMIC_RELEASE);
  }
  must(mprotect(s, PAGE, PROT_READ), "mprotect"); /* only this process's view */
  _exit(10 + id);
}

int main(int argc, char **argv) {
  int adds = argc > 1 ? atoi(argv[1]) : 20000, status;
  struct shared *s = map();
  pid_t pids[CHILDREN];
  char *far = (char *)s + 3 * PAGE;
  for (int id = 0; id < CHILDREN; id++) {
    pids[id] = (pid_t)must(fork(), "fork");
    if (pids[id] == 0) child(s, id, adds);
  }
  for (int id = 0; id < CHILDREN; id++) {
    must(waitpid(pids[id], &status, 0), "waitpid");
    say("child %d: exit %d, added %d\n", id, WEXITSTATUS(status), s->own[id]);
  }
  say("total %d, log %s\n", s->total, s->log);
  s->total = 0; /* still writable here */
  if (must(fork(), "fork") == 0) {
    strcpy(far, "written by a child into a page nobody had touched");
    _exit(0);
  }
  must(wait(&status), "wait");
  say("%s\n", far);
  return 0;
}
