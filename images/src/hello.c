/* The smallest program with the C library's start-up and stdio: step 0 of what a kernel must do. */
#include <stdio.h>

int main(void) {
  puts("hello, world");
  return 0;
}
