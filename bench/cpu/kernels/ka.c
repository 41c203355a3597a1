/* Sieve of Eratosthenes and table-driven CRC32: byte accesses, shifts, short loops. */
#include "kernel.h"

#define LIMIT (1 << 20)
static u8 composite[LIMIT];
static u32 table[256];

static u32 sieve(void) {
  u32 count = 0;
  for (u32 i = 2; i < LIMIT; i++) composite[i] = 0;
  for (u32 i = 2; i < LIMIT; i++) {
    if (composite[i]) continue;
    count++;
    for (u32 j = i + i; j < LIMIT; j += i) composite[j] = 1;
  }
  return count;
}

static u32 crc32(const u8 *bytes, u32 n) {
  u32 crc = ~0u;
  for (u32 i = 0; i < n; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

u32 run(void) {
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  u32 sum = 0;
  for (int round = 0; round < 8; round++) {
    sum += sieve();
    sum ^= crc32(composite, LIMIT);
  }
  return sum;
}
