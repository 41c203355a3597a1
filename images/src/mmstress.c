/* Random operations on an address space, each checked by what later calls see: mmap, munmap, mprotect, mremap, madvise,
   mincore, fork. Prints a digest of all results every 250 steps. Usage: mmstress [steps [seed [verbose]]] */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 48
#define PAGE 4096u
#define BASE ((char *)0x20000000)

static unsigned long state = 1;
static unsigned digest = 2166136261u;
static int verbose;
static int probe[2];

static unsigned below(unsigned n)
{
	state = state * 1103515245u + 12345u;
	return (state >> 16) % n;
}

static void note(const char *what, long value)
{
	digest = (digest ^ (unsigned)value) * 16777619u;
	if (verbose) printf("%s %ld\n", what, value);
}

static char *page(unsigned n) { return BASE + n * PAGE; }

static long place(void *p) { return p == MAP_FAILED ? -errno : (long)((char *)p - BASE); }

/* A byte of memory read by the kernel: -1 where the program itself would fault. */
static int peek(char *p)
{
	unsigned char c;
	if (write(probe[1], p, 1) != 1) return -1;
	if (read(probe[0], &c, 1) != 1) return -2;
	return c;
}

/* Stores a byte by the kernel; 0 where the program itself would fault. */
static int poke(char *p, unsigned char c)
{
	char drop;
	if (write(probe[1], &c, 1) != 1) return -1;
	if (read(probe[0], p, 1) == 1) return 1;
	if (read(probe[0], &drop, 1) != 1) return -2;
	return 0;
}

static int protection(void)
{
	static const int protections[] = {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE};
	return protections[below(4)];
}

static void map_some(unsigned first, unsigned count)
{
	int flags = MAP_ANONYMOUS | MAP_FIXED | (below(3) ? MAP_PRIVATE : MAP_SHARED);
	if (below(4) == 0) flags = (flags & ~MAP_FIXED) | MAP_FIXED_NOREPLACE;
	note("mmap", place(mmap(page(first), count * PAGE, protection(), flags, -1, 0)));
}

static void map_fresh(unsigned first, unsigned count)
{
	int flags = MAP_ANONYMOUS | MAP_FIXED | (below(3) ? MAP_PRIVATE : MAP_SHARED);
	note("mmap", place(mmap(page(first), count * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0)));
}

/* Only a fresh mapping is sure to be one area: how the kernel merges older ones is its own affair. */
static void remap_some(unsigned first, unsigned count)
{
	unsigned target = below(PAGES), size = 1 + below(6);
	if (target + size > PAGES) size = PAGES - target;
	map_fresh(first, count);
	note("poke", poke(page(first) + 7, (unsigned char)below(256)));
	if (below(2)) note("mremap fixed", place(mremap(page(first), count * PAGE, size * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page(target))));
	else if (first + size <= PAGES) note("mremap", place(mremap(page(first), count * PAGE, size * PAGE, 0)));
}

static void core_some(unsigned first, unsigned count)
{
	unsigned char present[PAGES];
	int result = mincore(page(first), count * PAGE, present);
	note("mincore", result ? -errno : 0);
	for (unsigned i = 0; !result && i < count; i++) note("present", present[i] & 1);
}

/* A child changes what it sees; the parent sees the shared pages change and the private ones stay. */
static void fork_some(unsigned first, unsigned count)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		int stored = 0;
		for (unsigned i = first; i < first + count; i++) stored += poke(page(i) + 7, (unsigned char)(0x80 + i));
		_exit(stored);
	}
	waitpid(child, &status, 0);
	note("child stored", WEXITSTATUS(status));
	for (unsigned i = first; i < first + count; i++) note("after fork", peek(page(i) + 7));
}

static void step(void)
{
	unsigned first = below(PAGES), count = 1 + below(6);
	if (first + count > PAGES) count = PAGES - first;
	switch (below(11)) {
	case 0:
	case 1: map_some(first, count); break;
	case 2: note("munmap", munmap(page(first), count * PAGE)); break;
	case 3: note("mprotect", mprotect(page(first), count * PAGE, protection()) ? -errno : 0); break;
	case 4: remap_some(first, count); break;
	case 5: note("madvise", madvise(page(first), count * PAGE, MADV_DONTNEED) ? -errno : 0); break;
	case 6: core_some(first, count); break;
	case 7: if (below(4) == 0) { fork_some(first, count); break; } /* fall through */
	default:
		for (unsigned i = first; i < first + count; i++) {
			if (below(2)) note("poke", poke(page(i) + 7, (unsigned char)below(256)));
			else note("peek", peek(page(i) + 7));
		}
	}
}

int main(int argc, char **argv)
{
	int steps = argc > 1 ? atoi(argv[1]) : 2000;
	state = argc > 2 ? strtoul(argv[2], 0, 0) : 1;
	verbose = argc > 3;
	setvbuf(stdout, 0, _IOLBF, 0);
	if (pipe(probe)) return 1;
	for (int i = 1; i <= steps; i++) {
		step();
		if (i % 250 == 0) printf("%d steps: %08x\n", i, digest);
	}
	for (unsigned i = 0; i < PAGES; i++) printf("%s%d", i % 16 ? " " : "\n", peek(page(i) + 7));
	putchar('\n');
	return 0;
}
