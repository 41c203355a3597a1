/* System V semaphores. */
#include "case.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

static int op(int id, int num, int by, int flags) {
  struct sembuf sop = {num, by, flags};
  return semop(id, &sop, 1);
}

static void say_all(int id, int count) {
  unsigned short values[16];
  if (semctl(id, 0, GETALL, values) < 0) {
    say("GETALL: %s", strerrorname_np(errno));
    return;
  }
  for (int i = 0; i < count; i++) printf("%d ", values[i]);
  say(".");
}

/* A child that does one operation and exits with its result or errno. */
static int sleeper(int id, int num, int by, int flags) {
  int pid = fork();
  if (pid == 0) _exit(op(id, num, by, flags) < 0 ? errno : 0);
  await_state(pid, "SZ");
  return pid;
}

static void say_end(const char *who, int pid) {
  int status;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status)) say("%s failed with %s", who, strerrorname_np(WEXITSTATUS(status)));
  else say_status(who, status);
}

CASE(sem_keys, "sets by key: existence, size, IPC_EXCL") {
  int id = semget(0x31, 3, IPC_CREAT | 0600);
  T(id >= 0);
  T(semget(0x31, 0, 0) == id);
  T(semget(0x31, 3, 0) == id);
  T(semget(0x31, 4, 0));
  T(semget(0x31, 1, IPC_CREAT | IPC_EXCL));
  T(semget(0x32, 1, 0));
  T(semget(0x32, 0, IPC_CREAT));
  T(semget(IPC_PRIVATE, -1, 0600));
  T(semget(IPC_PRIVATE, 32001, 0600));
  T(semctl(id, 0, IPC_RMID));
  T(semctl(id, 0, IPC_RMID));
}

CASE(sem_values, "SETVAL, GETVAL, SETALL, GETALL, GETPID and their limits") {
  unsigned short values[3] = {1, 2, 32767}, bad[3] = {0, 0, 32768};
  int id = semget(IPC_PRIVATE, 3, 0600);
  T(semctl(id, 0, SETALL, values));
  say_all(id, 3);
  T(semctl(id, 0, SETALL, bad));
  T(semctl(id, 0, SETALL, (void *)1));
  T(semctl(id, 0, GETALL, (void *)1));
  T(semctl(id, 1, SETVAL, 9));
  T(semctl(id, 1, GETVAL));
  T(semctl(id, 1, GETPID) == getpid());
  T(semctl(id, 1, SETVAL, -1));
  T(semctl(id, 1, SETVAL, 32768));
  T(semctl(id + 1, 1, SETVAL, 32768));
  T(semctl(id, 3, SETVAL, 1));
  T(semctl(id, -1, GETVAL));
  T(semctl(id, 3, GETVAL));
  T(semctl(id, 77, GETALL, values));
  T(semctl(id, 0, 99, 0));
  T(semctl(-1, 0, GETVAL));
  T(semctl(id, 0, IPC_RMID));
}

CASE(sem_errors, "semop's errors in their order") {
  struct sembuf one = {0, 1, 0}, *many = calloc(501, sizeof *many);
  int id = semget(IPC_PRIVATE, 2, 0600);
  T(semop(id, &one, 0));
  T(semop(id, many, 501));
  T(semop(id, NULL, 501));
  T(semop(id, many, 500));
  T(semop(id, NULL, 1));
  T(semop(-1, NULL, 1));
  T(semop(-1, &one, 1));
  T(semop(id + 1, &one, 1));
  T(op(id, 2, 1, 0));
  T(op(id, 0, 32767, 0));
  T(op(id, 0, 1, 0));
  T(op(id, 0, -32768, IPC_NOWAIT));
  T(op(id, 1, -1, IPC_NOWAIT));
  T(op(id, 0, 0, IPC_NOWAIT));
  T(op(id, 1, 0, 0));
  T(semctl(id, 0, IPC_RMID));
  T(op(id, 0, 1, 0));
}

CASE(sem_atomic, "several operations happen together or not at all") {
  struct sembuf ops[3] = {{0, -1, IPC_NOWAIT}, {1, 1, IPC_NOWAIT}, {2, -1, IPC_NOWAIT}};
  struct sembuf twice[3] = {{0, 3, 0}, {0, -3, 0}, {0, 0, 0}}, range[2] = {{0, 1, 0}, {1, 32767, 0}};
  int id = semget(IPC_PRIVATE, 3, 0600);
  semctl(id, 0, SETVAL, 1);
  T(semop(id, ops, 3));
  say_all(id, 3);
  semctl(id, 2, SETVAL, 1);
  T(semop(id, ops, 3));
  say_all(id, 3);
  T(semop(id, twice, 3));
  say_all(id, 3);
  T(semop(id, range, 2));
  say_all(id, 3);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_wakes, "a sleeper goes on when it can have all that it wants; counts tell who waits for what") {
  int id = semget(IPC_PRIVATE, 2, 0600);
  int a = sleeper(id, 0, -2, 0), b = sleeper(id, 1, -1, 0);
  T(semctl(id, 0, GETNCNT));
  T(semctl(id, 1, GETNCNT));
  T(semctl(id, 0, GETZCNT));
  T(op(id, 0, 1, 0));
  T(semctl(id, 0, GETNCNT));
  T(semctl(id, 0, GETVAL));
  T(op(id, 0, 1, 0));
  T(semctl(id, 0, GETVAL));
  T(semctl(id, 0, GETPID) == a);
  say_end("first", a);
  T(semctl(id, 1, SETVAL, 5));
  say_end("second", b);
  say_all(id, 2);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_zero, "waiting for zero") {
  int id = semget(IPC_PRIVATE, 1, 0600);
  semctl(id, 0, SETVAL, 2);
  int a = sleeper(id, 0, 0, 0), b = sleeper(id, 0, 0, 0);
  T(semctl(id, 0, GETZCNT));
  T(semctl(id, 0, GETNCNT));
  T(op(id, 0, -1, 0));
  T(semctl(id, 0, GETZCNT));
  T(op(id, 0, -1, 0));
  T(semctl(id, 0, GETZCNT));
  say_end("first", a);
  say_end("second", b);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_order, "sleepers are served in order, but a smaller wish may overtake") {
  int id = semget(IPC_PRIVATE, 1, 0600);
  int big = sleeper(id, 0, -3, 0), small = sleeper(id, 0, -1, 0);
  T(op(id, 0, 2, 0));
  say_end("small", small);
  T(semctl(id, 0, GETVAL));
  T(semctl(id, 0, GETNCNT));
  int late = sleeper(id, 0, -3, 0);
  T(op(id, 0, 2, 0));
  say_end("big", big);
  T(semctl(id, 0, GETNCNT));
  T(op(id, 0, 3, 0));
  say_end("late", late);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_chain, "one that goes on may let the next go on") {
  struct sembuf chain[2] = {{0, -1, 0}, {1, 1, 0}}, swap[2] = {{1, -1, 0}, {2, 4, 0}};
  int id = semget(IPC_PRIVATE, 3, 0600), second = fork();
  if (second == 0) _exit(semop(id, swap, 2) < 0 ? errno : 0);
  await_state(second, "S");
  int first = fork();
  if (first == 0) _exit(semop(id, chain, 2) < 0 ? errno : 0);
  await_state(first, "S");
  T(semctl(id, 0, GETNCNT));
  T(semctl(id, 1, GETNCNT));
  T(op(id, 0, 1, 0));
  say_all(id, 3);
  say_end("first", first);
  say_end("second", second);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_rmid, "sleepers of a removed set get EIDRM") {
  int id = semget(IPC_PRIVATE, 1, 0600);
  int a = sleeper(id, 0, -1, 0);
  int b = sleeper(id, 0, -1, SEM_UNDO);
  T(semctl(id, 0, IPC_RMID));
  say_end("first", a);
  say_end("second", b);
}

static void on_signal(int sig) { say("signal %d", sig); }

CASE(sem_signal, "a handler ends semop with EINTR even with SA_RESTART; a stop and go does too") {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  int id = semget(IPC_PRIVATE, 1, 0600), pid;
  sigaction(SIGUSR1, &action, NULL);
  pid = sleeper(id, 0, -1, 0);
  kill(pid, SIGUSR1);
  say_end("signalled", pid);
  T(semctl(id, 0, GETNCNT));
  pid = sleeper(id, 0, -1, 0);
  kill(pid, SIGSTOP);
  await_state(pid, "T");
  kill(pid, SIGCONT);
  await_state(pid, "SZ");
  kill(pid, SIGUSR1);
  say_end("stopped", pid);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_timeout, "semtimedop gives up with EAGAIN; its time must be one") {
  struct sembuf wanted = {0, -1, 0};
  struct timespec soon = {0, 20000000}, bad = {0, 1000000000}, negative = {-1, 0}, none = {0, 0};
  int id = semget(IPC_PRIVATE, 1, 0600);
  T(semtimedop(id, &wanted, 1, &soon));
  T(semtimedop(id, &wanted, 1, &none));
  T(semtimedop(id, &wanted, 1, &bad));
  T(semtimedop(id, &wanted, 1, &negative));
  T(syscall(SYS_ipc, 4, id, 1, 0, &wanted, 1));
  T(syscall(SYS_ipc, 4, id, 0, 0, NULL, 1));
  long long wide[2] = {0, 20000000};
  T(syscall(SYS_semtimedop_time64, id, &wanted, 1, wide));
  T(syscall(SYS_semtimedop_time64, id, &wanted, 1, 1));
  op(id, 0, 1, 0);
  T(semtimedop(id, &wanted, 1, &bad));
  T(syscall(SYS_semtimedop_time64, id, &wanted, 1, NULL));
  semctl(id, 0, IPC_RMID);
}

CASE(sem_undo, "what a process did with SEM_UNDO is undone when it ends") {
  int id = semget(IPC_PRIVATE, 2, 0600), pid;
  semctl(id, 0, SETVAL, 5);
  if ((pid = fork()) == 0) {
    op(id, 0, -3, SEM_UNDO);
    op(id, 1, 4, SEM_UNDO);
    op(id, 1, 1, 0);
    say_all(id, 2);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  say_all(id, 2);
  T(semctl(id, 0, GETPID) == pid);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_undo_clamped, "undoing stops at 0 and at 32767") {
  int id = semget(IPC_PRIVATE, 2, 0600), pid;
  semctl(id, 1, SETVAL, 10);
  if ((pid = fork()) == 0) {
    T(op(id, 0, 5, SEM_UNDO));
    T(op(id, 1, -10, SEM_UNDO));
    if (fork() == 0) {
      T(op(id, 0, -5, 0));
      T(op(id, 1, 32760, 0));
      _exit(0);
    }
    wait(NULL);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  say_all(id, 2);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_undo_range, "the sum of what is to be undone has limits") {
  int id = semget(IPC_PRIVATE, 1, 0600);
  T(op(id, 0, 32767, SEM_UNDO));
  T(op(id, 0, -32767, 0));
  T(op(id, 0, 1, SEM_UNDO));
  T(op(id, 0, 1, SEM_UNDO));
  semctl(id, 0, IPC_RMID);
}

CASE(sem_undo_forgotten, "SETVAL and SETALL forget what is to be undone") {
  unsigned short values[2] = {7, 7};
  int id = semget(IPC_PRIVATE, 2, 0600);
  if (fork() == 0) {
    op(id, 0, 2, SEM_UNDO);
    op(id, 1, 2, SEM_UNDO);
    semctl(id, 0, SETVAL, 1);
    _exit(0);
  }
  wait(NULL);
  say_all(id, 2);
  if (fork() == 0) {
    op(id, 1, 2, SEM_UNDO);
    semctl(id, 0, SETALL, values);
    _exit(0);
  }
  wait(NULL);
  say_all(id, 2);
  semctl(id, 0, IPC_RMID);
}

static void *takes(void *id) {
  op(*(int *)id, 0, -1, SEM_UNDO);
  return NULL;
}

CASE(sem_undo_threads, "threads have one list: it is undone with the last; a forked child has none") {
  int id = semget(IPC_PRIVATE, 1, 0600);
  pthread_t thread;
  semctl(id, 0, SETVAL, 3);
  if (fork() == 0) {
    pthread_create(&thread, NULL, takes, &id);
    pthread_join(thread, NULL);
    T(semctl(id, 0, GETVAL));
    if (fork() == 0) _exit(0);
    wait(NULL);
    T(semctl(id, 0, GETVAL));
    _exit(0);
  }
  wait(NULL);
  T(semctl(id, 0, GETVAL));
  semctl(id, 0, IPC_RMID);
}

CASE(sem_undo_wakes, "undoing wakes who waits") {
  int id = semget(IPC_PRIVATE, 1, 0600), holder;
  semctl(id, 0, SETVAL, 1);
  if ((holder = fork()) == 0) {
    op(id, 0, -1, SEM_UNDO);
    for (;;) pause();
  }
  await_state(holder, "S");
  int waiter = sleeper(id, 0, -1, 0);
  T(semctl(id, 0, GETNCNT));
  kill(holder, SIGKILL);
  say_end("holder", holder);
  say_end("waiter", waiter);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_permissions, "reading, changing and controlling need their rights") {
  struct sembuf zero = {0, 0, IPC_NOWAIT};
  struct semid_ds ds;
  int readable = semget(0x41, 1, IPC_CREAT | 0604), writable = semget(0x42, 1, IPC_CREAT | 0602);
  setresgid(1000, 1000, 1000);
  setresuid(1000, 1000, 1000);
  T(semop(readable, &zero, 1));
  T(op(readable, 0, 1, 0));
  T(semctl(readable, 0, GETVAL));
  T(semctl(readable, 0, SETVAL, 1));
  T(semctl(readable, 0, SETVAL, -1));
  T(semctl(writable, 0, GETVAL));
  T(op(writable, 0, 1, 0));
  T(semop(writable, &zero, 1));
  T(semctl(writable, 5, GETVAL));
  T(semctl(writable, 5, SETVAL, 0));
  T(semctl(writable, 0, IPC_STAT, &ds));
  T(semctl(readable, 0, IPC_STAT, &ds));
  T(semctl(readable, 0, IPC_SET, &ds));
  T(semctl(readable, 0, IPC_RMID));
  T(semget(0x41, 1, 0600));
  T(semget(0x41, 1, 0004) == readable);
}

CASE(sem_stat, "IPC_STAT, SEM_STAT, IPC_INFO and SEM_INFO") {
  struct semid_ds ds;
  struct seminfo info;
  int id = semget(0x51, 3, IPC_CREAT | 0640);
  T(semctl(id, 0, IPC_STAT, &ds));
  say("nsems %lu mode %o key %x otime %d ctime %d", ds.sem_nsems, ds.sem_perm.mode, ds.sem_perm.__key, ds.sem_otime != 0,
      ds.sem_ctime != 0);
  op(id, 0, 1, 0);
  semctl(id, 0, IPC_STAT, &ds);
  say("otime %d", ds.sem_otime != 0);
  T(semctl(id % 32768, 0, SEM_STAT, &ds) == id);
  T(semctl(id % 32768, 0, SEM_STAT_ANY, &ds) == id);
  T(semctl(0, 0, IPC_INFO, &info) == id % 32768);
  say("%d %d %d %d %d %d %d %d %d %d", info.semmap, info.semmni, info.semmns, info.semmnu, info.semmsl, info.semopm,
      info.semume, info.semusz, info.semvmx, info.semaem);
  T(semctl(0, 0, SEM_INFO, &info) == id % 32768);
  say("sets %d semaphores %d", info.semusz, info.semaem);
  ds.sem_perm.mode = 0;
  T(semctl(id, 0, IPC_SET, &ds));
  semctl(id, 0, IPC_STAT, &ds);
  say("mode %o", ds.sem_perm.mode);
  semctl(id, 0, IPC_RMID);
}

CASE(sem_listing, "/proc/sysvipc/sem") {
  char line[200];
  int id = semget(0x61, 2, IPC_CREAT | 0660);
  FILE *list = fopen("/proc/sysvipc/sem", "r");
  while (fgets(line, sizeof line, list)) {
    char *key = strtok(line, " \n"), *which = strtok(NULL, " \n"), *mode = strtok(NULL, " \n"), *n = strtok(NULL, " \n");
    say("%s %d %s %s %s", key, atoi(which) == id, mode, n, strtok(NULL, " \n"));
  }
  semctl(id, 0, IPC_RMID);
}

CASE(sem_nowait_later, "IPC_NOWAIT on a later operation fails a sleeper when its turn comes") {
  struct sembuf ops[2] = {{0, -1, 0}, {1, -1, IPC_NOWAIT}};
  int id = semget(IPC_PRIVATE, 2, 0600), pid = fork();
  if (pid == 0) _exit(semop(id, ops, 2) < 0 ? errno : 0);
  await_state(pid, "S");
  T(op(id, 0, 1, 0));
  say_end("sleeper", pid);
  say_all(id, 2);
  semctl(id, 0, IPC_RMID);
}
