/* Freestanding i386 benchmark kernels: run(), then exit with the low byte of its checksum. */
typedef unsigned int u32;
typedef unsigned char u8;

u32 run(void);

__attribute__((noreturn)) void _start(void) {
  __asm__ volatile("int $0x80" : : "a"(1), "b"(run() & 0xff));
  for (;;) {
  }
}
