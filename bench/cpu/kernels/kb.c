/* 16 MiB copies, strided sums and a pointer chase: what paging and memory cost. */
#include "kernel.h"

#define WORDS (4 << 20)
#define NODES (1 << 18)
static u32 from[WORDS];
static u32 to[WORDS];
static u32 next[NODES];

static void copy(void) {
  for (u32 i = 0; i < WORDS; i++) to[i] = from[i];
}

static u32 strided(u32 stride) {
  u32 sum = 0;
  for (u32 start = 0; start < stride; start++)
    for (u32 i = start; i < WORDS; i += stride) sum += to[i];
  return sum;
}

static u32 chase(u32 steps) {
  u32 at = 0;
  while (steps--) at = next[at];
  return at;
}

u32 run(void) {
  for (u32 i = 0; i < WORDS; i++) from[i] = i * 2654435761u;
  for (u32 i = 0; i < NODES; i++) next[i] = (i * 5 + 12345) & (NODES - 1);
  u32 sum = 0;
  for (int round = 0; round < 2; round++) {
    copy();
    sum += strided(16) + strided(1024);
    sum ^= chase(4000000);
  }
  return sum;
}
