/* sum [FILE]...: CRC-32 (the one of gzip: reflected, polynomial EDB88320) and size of each file. */
#include "lib/input.h"
#include "lib/say.h"
#include <stdint.h>
#include <unistd.h>

static uint32_t table[256];

static void fill_table(void) {
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    table[n] = c;
  }
}

static int sum(int fd, const char *name) {
  unsigned char block[4096];
  uint32_t crc = ~0u, bytes = 0;
  ssize_t n;
  while ((n = read(fd, block, sizeof block)) > 0) {
    for (ssize_t i = 0; i < n; i++) crc = table[(crc ^ block[i]) & 255] ^ crc >> 8;
    bytes += (uint32_t)n;
  }
  if (n < 0) return fail("sum", name);
  say("%08x %u %s\n", (unsigned)~crc, (unsigned)bytes, name);
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  fill_table();
  return each_input("sum", argv + 1, sum);
}
