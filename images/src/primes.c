/* Counts primes by trial division by the primes found so far, with a line after each twentieth of the way.
 * Usage: primes [limit] */
#include "lib/say.h"
#include <stdlib.h>

struct primes {
  unsigned *found;
  unsigned count;
  unsigned room;
};

static void keep(struct primes *p, unsigned n) {
  if (p->count == p->room) {
    p->room = p->room ? p->room * 2 : 256;
    p->found = realloc(p->found, p->room * sizeof *p->found);
    if (!p->found) exit(2);
  }
  p->found[p->count++] = n;
}

static int is_prime(const struct primes *p, unsigned n) {
  for (unsigned i = 0; i < p->count && p->found[i] * p->found[i] <= n; i++)
    if (n % p->found[i] == 0) return 0;
  return 1;
}

int main(int argc, char **argv) {
  unsigned limit = argc > 1 ? strtoul(argv[1], 0, 10) : 250000;
  unsigned step = limit / 20 ? limit / 20 : 1;
  struct primes p = {0};
  for (unsigned n = 2; n <= limit; n++) {
    if (is_prime(&p, n)) keep(&p, n);
    if (n % step == 0)
      say("up to %7u: %6u primes, the last is %u\n", n, p.count, p.count ? p.found[p.count - 1] : 0);
  }
  say("%u primes up to %u\n", p.count, limit);
  free(p.found);
  return 0;
}
