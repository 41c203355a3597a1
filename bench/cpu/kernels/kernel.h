/* Freestanding i386 benchmark kernels: run(), then its checksum in hexadecimal on stdout and in the exit code's byte. */
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

u32 run(void);

static void print(u32 sum) {
  char line[9];
  for (int i = 0; i < 8; i++) line[i] = "0123456789abcdef"[(sum >> (28 - 4 * i)) & 15];
  line[8] = '\n';
  u32 written;
  __asm__ volatile("int $0x80" : "=a"(written) : "0"(4), "b"(1), "c"(line), "d"(9) : "memory");
}

/* The stack is aligned as at a program's start, not as at a call. */
__attribute__((noreturn, force_align_arg_pointer)) void _start(void) {
  u32 sum = run();
  print(sum);
  __asm__ volatile("int $0x80" : : "a"(1), "b"(sum & 0xff));
  for (;;) {
  }
}
