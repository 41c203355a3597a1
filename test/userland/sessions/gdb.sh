# gdb: breakpoints, watchpoints, single steps, registers, signals, threads, a fork, a core; gdbserver over the loopback.
exec 2>&1 < /dev/null
mkdir /tmp/g && cd /tmp/g
cat > t.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
struct pair { int a; double b; const char *name; } pair = {1, 2.5, "pair"};
static volatile int counter;
static volatile sig_atomic_t caught;
static int fact(int n) { return n < 2 ? 1 : n * fact(n - 1); }
static void handler(int sig) { caught = sig; }
static void *work(void *at) { counter += *(int *)at; return at; }
int main(int argc, char **argv) {
  signal(SIGUSR1, handler);
  for (int i = 0; i < 5; i++) counter += i;
  int f = fact(5);
  printf("%d %d\n", f, counter);
  fflush(stdout);
  raise(SIGUSR1);
  pthread_t t;
  int n = 7;
  pthread_create(&t, NULL, work, &n);
  pthread_join(t, NULL);
  pid_t pid = fork();
  if (pid == 0) _exit(9);
  int status;
  waitpid(pid, &status, 0);
  pair.b *= f;
  if (argc > 1) *(volatile int *)0 = 1;
  return counter + WEXITSTATUS(status);
}
C
gcc -g -O0 -fno-pie -no-pie -o t t.c -lpthread && echo built
# cr86 has no vDSO: what waits in a system call is elsewhere.
norm() { sed -E 's/in (__kernel_vsyscall|\?\?) \(\).*/in a system call/; s/(Thread|LWP|process|Process) (0x[0-9a-f]+|[0-9]+)\b( \(LWP [0-9]+\))?/\1 N/g; s/(port|pid =|proc.) ?[0-9]+/\1 N/; s/^\[New .*/[New]/; s/0x[bf][0-9a-f]{7} */ADDR /g'; }
gdb -q -nx -batch -ex 'set confirm off' -ex 'break fact if n == 2' -ex run -ex 'backtrace' -ex 'info registers eip cs' -ex 'print n' -ex 'up' -ex 'info locals' -ex 'frame 4' -ex 'print i' -ex finish \
  -ex 'delete' -ex 'watch counter' -ex 'info watchpoints' -ex 'delete' -ex 'tbreak t.c:18' -ex continue -ex 'print f' -ex 'print pair' -ex 'print/x $eax' -ex 'x/3i $pc' -ex 'stepi' -ex 'stepi' -ex 'x/i $pc' -ex 'next' -ex 'set var pair.a = 42' -ex 'print fact(6)' -ex 'ptype pair' -ex 'print $_siginfo.si_code' -ex continue -ex 'print $_siginfo.si_signo' -ex 'info signals SIGUSR1' -ex continue ./t | norm
echo; echo 'A watchpoint of the processor, and one by single steps:'
gdb -q -nx -batch -ex 'break main' -ex run -ex 'watch counter' -ex 'continue' -ex continue -ex 'continue' -ex 'rwatch pair.b' -ex 'info breakpoints' -ex 'delete 2' -ex 'handle SIGUSR1 nostop noprint pass' -ex continue -ex 'bt' -ex 'kill' ./t | norm
gdb -q -nx -batch -ex 'set can-use-hw-watchpoints 0' -ex 'break fact' -ex run -ex 'finish' -ex 'watch counter' -ex 'tbreak 18' -ex 'continue' -ex kill ./t | norm
echo; echo 'Threads, a child, a crash, a core:'
gdb -q -nx -batch -ex 'handle SIGUSR1 nostop noprint pass' -ex 'break work' -ex run -ex 'info threads' -ex 'bt 1' -ex 'thread 1' -ex 'thread apply all print counter' -ex 'set follow-fork-mode child' -ex 'set detach-on-fork on' -ex delete -ex 'catch fork' -ex continue -ex continue ./t | norm
gdb -q -nx -batch -ex 'handle SIGUSR1 nostop noprint pass' -ex 'run crash' -ex 'bt' -ex 'info registers eip' -ex 'print $_siginfo._sifields._sigfault.si_addr' -ex 'generate-core-file core' -ex kill ./t | norm
gdb -q -nx -batch -ex bt -ex 'print pair' -ex 'print counter' ./t core | norm
echo; echo 'Attached to, and from a server:'
cat > loop.c <<'C'
volatile int go = 1; int main(void) { while (go) ; return 6; }
C
gcc -g -no-pie -fno-pie -o loop loop.c; ./loop & gdb -q -nx -batch -ex 'print go' -ex 'set var go = 0' -ex detach -p $! ./loop | norm; wait $!; echo $?
gdbserver --once 127.0.0.1:2345 ./t 2> server & server=$!
until grep -q Listening server; do sleep 0.1; done
gdb -q -nx -batch -ex 'set sysroot /' -ex 'target remote 127.0.0.1:2345' -ex 'break fact' -ex 'continue' -ex bt -ex 'info registers esp eip' -ex 'watch counter' -ex 'stepi' -ex 'stepi' -ex 'x/2i $pc' -ex 'delete' -ex 'handle SIGUSR1 nostop noprint pass' -ex 'print pair.name' -ex 'continue' ./t | norm
wait $server; echo $?; norm < server
