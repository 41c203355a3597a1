# A C compiler and make: libraries, threads, a program that runs from memory.
exec 2>&1
mkdir /tmp/c && cd /tmp/c
cat > main.c <<'C'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
long long fact(int);
static void *work(void *at) { long *n = at; for (int i = 0; i < 1000; i++) *n += i; return at; }
static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }
int main(int argc, char **argv) {
  pthread_t threads[4];
  long counts[4] = {0, 1, 2, 3};
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, &counts[i]);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  int v[] = {5, 3, 9, 1};
  qsort(v, 4, sizeof *v, compare);
  printf("%d %s %lld %ld %ld %.6f %d%d%d%d\n", argc, argv[argc - 1], fact(20), counts[0], counts[3], sqrt(2) + sin(1), v[0], v[1], v[2], v[3]);
  return 3;
}
C
echo 'long long fact(int n) { return n < 2 ? 1 : n * fact(n - 1); }' > fact.c
printf 'main: main.o libfact.so\n\t$(CC) -o $@ main.o -L. -lfact -lpthread -lm -Wl,-rpath,/tmp/c\nlibfact.so: fact.c\n\t$(CC) -shared -o $@ $<\n%%.o: %%.c\n\t$(CC) -c -o $@ $<\n.PHONY: run\nrun: main\n\t./main from make || echo exit $$?\n' > Makefile
make CC=tcc run; make CC=tcc; touch -d '+1 hour' fact.c; make CC=tcc -n; make -j2 CC=tcc run 2>&1 | tail -n 2; make nothing; echo $?
tcc -run main.c fact.c -lpthread -lm in memory; echo $?
echo 'int main() { return "x" + 1.5; }' | tcc -; echo $?; tcc -E -P - <<< '#define A(x) #x
A(b) __LINE__'; tcc -c fact.c -o f.o && tcc -ar rcs libf.a f.o && tcc main.c libf.a -lpthread -lm -o static && ./static archive; echo $?
echo '#!/usr/bin/tcc -run
#include <unistd.h>
int main() { write(1, "a script in C\n", 14); return 0; }' > script.c; chmod +x script.c; ./script.c
