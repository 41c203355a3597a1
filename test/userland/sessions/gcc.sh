# gcc's driver, cc1, as, ld; an optimised program, a shared library, and what nm and objdump see.
exec 2>&1
mkdir /tmp/c && cd /tmp/c
cat > sieve.c <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  int n = atoi(argv[1]), count = 0;
  char *composite = calloc(n + 1, 1);
  for (int i = 2; i <= n; i++) {
    if (composite[i]) continue;
    count++;
    for (long long j = (long long)i * i; j <= n; j += i) composite[j] = 1;
  }
  printf("%d primes to %d, %.4f\n", count, n, (double)count / n);
  return 0;
}
C
gcc -O2 -Wall -o sieve sieve.c && ./sieve 100000
gcc -O0 -S -o - sieve.c | grep -c call; gcc -c sieve.c; nm sieve.o | grep -v ' r '; size sieve.o | tail -n 1 | cut -f1-3; objdump -d sieve.o | grep -c '^ '; strip sieve; ./sieve 100
echo 'int main(void) { return undeclared; }' | gcc -x c - -o x; echo $?; echo 'int f(void); int main(void) { return f(); }' | gcc -x c - -o x 2>&1 | tail -n 2 | sed 's|/tmp/cc[^ ]*|OBJECT|'; cpp -P <<< '#define X 42
X'
