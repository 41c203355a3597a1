/* System V shared memory. */
#include "case.h"
#include <sys/ipc.h>
#include <sys/shm.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#define RAW ((void *)-1)

static void say_mapped(const char *what) {
  char line[300];
  FILE *maps = fopen("/proc/self/maps", "r");
  say("%s", what);
  while (fgets(line, sizeof line, maps)) {
    char *name = strstr(line, "/SYSV");
    unsigned long from, to;
    char prot[5];
    if (name == NULL) continue;
    sscanf(line, "%lx-%lx %4s", &from, &to, prot);
    name[strcspn(name, "\n")] = 0;
    say("  %lu pages %s %s", (to - from) / 4096, prot, name);
  }
  fclose(maps);
}

static long attached(int id) {
  struct shmid_ds ds;
  return shmctl(id, IPC_STAT, &ds) < 0 ? -1 : (long)ds.shm_nattch;
}

CASE(shm_keys, "a key finds the segment again; IPC_EXCL refuses it; size and existence are checked") {
  int id = shmget(0x1234, 5000, IPC_CREAT | 0600);
  T(id >= 0);
  T(shmget(0x1234, 0, 0) == id);
  T(shmget(0x1234, 5000, 0) == id);
  T(shmget(0x1234, 5001, 0));
  T(shmget(0x1234, 100, IPC_CREAT | IPC_EXCL | 0600));
  T(shmget(0x1234, 5001, IPC_CREAT | IPC_EXCL | 0600));
  T(shmget(0x9999, 100, 0600));
  T(shmget(IPC_PRIVATE, 0, 0600));
  T(shmget(0x4321, 0, IPC_CREAT | 0600));
  T(shmget(IPC_PRIVATE, 0xffffffff, 0600));
  T(shmctl(id, IPC_RMID, NULL));
  T(shmctl(id, IPC_RMID, NULL));
  T(shmget(0x1234, 0, 0));
}

CASE(shm_private, "IPC_PRIVATE makes a new segment each time, also with IPC_EXCL") {
  int a = shmget(IPC_PRIVATE, 1, 0600), b = shmget(IPC_PRIVATE, 1, IPC_EXCL | 0600);
  T(a != b);
  T(shmctl(a, IPC_RMID, NULL));
  T(shmctl(b, IPC_RMID, NULL));
}

CASE(shm_shared, "parent and child see each other's writes; a second attachment is the same memory") {
  int id = shmget(IPC_PRIVATE, 8192, 0600);
  char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, 0);
  strcpy(a + 4000, "from the first");
  say("%s", b + 4000);
  if (fork() == 0) {
    strcpy(a + 5000, "from the child");
    _exit(0);
  }
  wait(NULL);
  say("%s", b + 5000);
  T(attached(id));
  T(shmdt(a));
  T(attached(id));
  T(shmdt(a));
  T(shmctl(id, IPC_RMID, NULL));
  say("%s", b + 5000);
  T(shmdt(b));
  T(attached(id));
}

CASE(shm_stat, "IPC_STAT tells size, owner, times and processes") {
  struct shmid_ds ds;
  int id = shmget(0x77, 5000, IPC_CREAT | 0640);
  T(shmctl(id, IPC_STAT, &ds));
  say("size %d mode %o key %x uid %d cuid %d nattch %ld", ds.shm_segsz, ds.shm_perm.mode, ds.shm_perm.__key, ds.shm_perm.uid,
      ds.shm_perm.cuid, (long)ds.shm_nattch);
  say("atime %d dtime %d ctime %d cpid %d lpid %d", ds.shm_atime != 0, ds.shm_dtime != 0, ds.shm_ctime > 1000000,
      ds.shm_cpid == getpid(), ds.shm_lpid);
  void *at = shmat(id, NULL, SHM_RDONLY);
  shmctl(id, IPC_STAT, &ds);
  say("attached: nattch %ld atime %d lpid %d", (long)ds.shm_nattch, ds.shm_atime != 0, ds.shm_lpid == getpid());
  shmdt(at);
  shmctl(id, IPC_STAT, &ds);
  say("detached: nattch %ld dtime %d", (long)ds.shm_nattch, ds.shm_dtime != 0);
  T(shmctl(id, IPC_STAT, (void *)1));
  T(shmctl(id, IPC_STAT, NULL));
  T(shmctl(-1, IPC_STAT, &ds));
  T(shmctl(id, 99, &ds));
  T(shmctl(id, -1, &ds));
  T(shmctl(id + 1, IPC_STAT, &ds));
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_rmid_attached, "a removed segment lives until the last detach, without its key, and can still be attached") {
  struct shmid_ds ds;
  int id = shmget(0x88, 4096, IPC_CREAT | 0600);
  char *a = shmat(id, NULL, 0);
  strcpy(a, "kept");
  T(shmctl(id, IPC_RMID, NULL));
  T(shmget(0x88, 0, 0));
  T(shmctl(id, IPC_STAT, &ds));
  say("mode %o key %d", ds.shm_perm.mode, ds.shm_perm.__key);
  char *b = shmat(id, NULL, 0);
  say("%s", b);
  say_mapped("maps:");
  T(shmdt(a));
  T(attached(id));
  T(shmctl(id, IPC_RMID, NULL));
  T(shmdt(b));
  T(attached(id));
  T((long)shmat(id, NULL, 0));
}

CASE(shm_exit_detaches, "exit and exec detach; a removed segment goes with the last process") {
  int id = shmget(IPC_PRIVATE, 4096, 0600), go[2];
  char byte;
  shmat(id, NULL, 0);
  T(attached(id));
  pipe(go);
  if (fork() == 0) {
    close(go[1]);
    read(go[0], &byte, 1);
    _exit(0);
  }
  T(attached(id));
  close(go[1]);
  wait(NULL);
  T(attached(id));
  T(shmctl(id, IPC_RMID, NULL));
  if (fork() == 0) {
    execl("/proc/self/exe", "none", "nothing", NULL);
    _exit(1);
  }
  wait(NULL);
  T(attached(id));
}

CASE(shm_addresses, "an address must be free and page-aligned, or rounded down by SHM_RND; SHM_REMAP replaces") {
  int id = shmget(IPC_PRIVATE, 4096, 0600), big = shmget(IPC_PRIVATE, 8192, 0600);
  char *a = shmat(id, NULL, 0);
  T((long)shmat(id, a, 0));
  T((long)shmat(id, a + 1, 0));
  T((long)shmat(id, a + 1, SHM_RND));
  T((long)shmat(id, NULL, SHM_REMAP));
  T((long)shmat(id, (void *)100, SHM_RND | SHM_REMAP));
  T(shmat(id, a + 5, SHM_RND | SHM_REMAP) == a);
  T(attached(id));
  T(shmdt(a));
  T(shmat(id, a, 0) == a);
  T((long)shmat(id, (void *)0xfffff000, 0));
  T((long)shmat(id, (void *)0xbffff000, SHM_REMAP));
  T((long)shmat(big, a - 4096, 0));
  T((long)shmat(-1, NULL, 0));
  T((long)shmat(id + 7, NULL, 0));
  T(shmdt(a + 1));
  T(shmdt(a + 4096));
  T(shmdt(NULL));
  shmctl(id, IPC_RMID, NULL);
  shmctl(big, IPC_RMID, NULL);
}

CASE(shm_readonly, "a read-only attachment cannot be written, by mprotect neither; SHM_EXEC shows in the maps") {
  int id = shmget(IPC_PRIVATE, 4096, 0700);
  char *a = shmat(id, NULL, SHM_RDONLY), *b = shmat(id, NULL, SHM_EXEC);
  say_mapped("maps:");
  T(mprotect(a, 4096, PROT_READ | PROT_WRITE));
  int status, pid = fork();
  if (pid == 0) {
    *a = 1;
    _exit(0);
  }
  waitpid(pid, &status, 0);
  say_status("writer", status);
  T(read(0, a, 0));
  *b = 5;
  say("%d", *a);
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_parts, "each piece of an attachment counts, and shmdt takes those that are left") {
  int id = shmget(IPC_PRIVATE, 5 * 4096, 0600);
  char *a = shmat(id, NULL, 0);
  T(munmap(a + 4096, 4096));
  T(attached(id));
  T(mprotect(a + 3 * 4096, 4096, PROT_READ));
  T(attached(id));
  say_mapped("maps:");
  T(mprotect(a + 3 * 4096, 4096, PROT_READ | PROT_WRITE));
  T(attached(id));
  T(shmdt(a + 4096));
  T(shmdt(a));
  T(attached(id));
  say_mapped("maps after:");
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_moved, "mremap moves an attachment, and shmdt wants its new address") {
  int id = shmget(IPC_PRIVATE, 2 * 4096, 0600);
  char *a = shmat(id, NULL, 0), *to = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(a, "moved");
  T(mremap(a, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
  say("%s", to);
  T(attached(id));
  T(shmdt(a));
  T(shmdt(to));
  T(attached(id));
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_permissions, "another user needs the rights that he asks for; only owner and creator may change or remove") {
  struct shmid_ds ds;
  int secret = shmget(0x101, 4096, IPC_CREAT | 0600), readable = shmget(0x102, 4096, IPC_CREAT | 0644);
  int mine = shmget(0x103, 4096, IPC_CREAT | 0);
  shmctl(mine, IPC_STAT, &ds);
  ds.shm_perm.uid = 1000;
  ds.shm_perm.gid = 1000;
  ds.shm_perm.mode = 0400;
  T(shmctl(mine, IPC_SET, &ds));
  setresgid(1000, 1000, 1000);
  setresuid(1000, 1000, 1000);
  T((long)shmat(secret, NULL, SHM_RDONLY));
  T(shmctl(secret, IPC_STAT, &ds));
  T(shmget(0x101, 0, 0));
  T(shmget(0x101, 0, 0400));
  T(shmget(0x101, 0, 0) == secret);
  T((long)shmat(readable, NULL, 0));
  T(shmat(readable, NULL, SHM_RDONLY) != RAW);
  T((long)shmat(readable, NULL, SHM_RDONLY | SHM_EXEC));
  T(shmctl(readable, IPC_STAT, &ds));
  T(shmctl(readable, IPC_SET, &ds));
  T(shmctl(readable, IPC_RMID, NULL));
  T(shmctl(readable, SHM_LOCK, NULL));
  T(shmat(mine, NULL, SHM_RDONLY) != RAW);
  T((long)shmat(mine, NULL, 0));
  T(shmctl(mine, SHM_LOCK, NULL));
  T(shmctl(mine, IPC_STAT, &ds));
  say("mode %o uid %d cuid %d", ds.shm_perm.mode, ds.shm_perm.uid, ds.shm_perm.cuid);
  T(shmctl(mine, SHM_UNLOCK, NULL));
  T(shmctl(mine, IPC_RMID, NULL));
}

CASE(shm_set, "IPC_SET changes owner and the nine permission bits, and refuses ids that are none") {
  struct shmid_ds ds;
  int id = shmget(IPC_PRIVATE, 4096, 0600);
  shmctl(id, IPC_STAT, &ds);
  ds.shm_perm.mode = 07777;
  ds.shm_perm.uid = 70000;
  T(shmctl(id, IPC_SET, &ds));
  T(shmctl(id, IPC_STAT, &ds));
  say("mode %o uid %d gid %d", ds.shm_perm.mode, ds.shm_perm.uid, ds.shm_perm.gid);
  ds.shm_perm.uid = -1;
  T(shmctl(id, IPC_SET, &ds));
  T(shmctl(id, IPC_SET, (void *)5));
  T(shmctl(id, SHM_LOCK, NULL));
  shmctl(id, IPC_STAT, &ds);
  say("mode %o", ds.shm_perm.mode);
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_old_layout, "ipc(2) without IPC_64 uses 16-bit ids; the calls of their own always use the new layout") {
  unsigned short old[30];
  struct shmid_ds ds;
  int id = shmget(0x55, 4096, IPC_CREAT | 0600);
  shmctl(id, IPC_STAT, &ds);
  ds.shm_perm.uid = 70000;
  shmctl(id, IPC_SET, &ds);
  memset(old, 0xee, sizeof old);
  T(syscall(SYS_ipc, 24, id, IPC_STAT, 0, old));
  say("key %x uid %u gid %u mode %o size %d unused %x", *(int *)old, old[2], old[3], old[6], *(int *)(old + 8), old[19]);
  say("after %x", old[24]);
  T(syscall(SYS_shmctl, id, IPC_STAT | 0x100, &ds));
  T(syscall(SYS_shmctl, id, IPC_STAT, &ds));
  say("uid %d", ds.shm_perm.uid);
  T(syscall(SYS_ipc, 24 | 0x50000, id, IPC_STAT | 0x100, 0, &ds));
  T(syscall(SYS_ipc, 99, 0, 0, 0, 0));
  T(syscall(SYS_ipc, 21 | 0x10000, id, 0, 0, 0, 0));
  T(syscall(SYS_ipc, 21, id, 0, 4, 0, 0));
  T(syscall(SYS_ipc, 24, id, IPC_RMID, 0, NULL));
}

CASE(shm_listing, "SHM_STAT walks places, SHM_INFO and IPC_INFO count; /proc/sysvipc/shm lists") {
  struct shmid_ds ds;
  struct shm_info info;
  struct shminfo limits;
  int a = shmget(0x201, 4096, IPC_CREAT | 0600), b = shmget(0x202, 9000, IPC_CREAT | 0604);
  char *at = shmat(b, NULL, 0), line[300];
  at[0] = at[5000] = 1;
  T(shmctl(0, SHM_INFO, (void *)&info) == b % 32768);
  say("used %d total %lu rss %lu", info.used_ids, info.shm_tot, info.shm_rss);
  T(shmctl(0, IPC_INFO, (void *)&limits) == b % 32768);
  say("max %lu min %lu mni %lu seg %lu all %lu", limits.shmmax, limits.shmmin, limits.shmmni, limits.shmseg, limits.shmall);
  T(shmctl(b % 32768, SHM_STAT, &ds) == b);
  say("size %d", ds.shm_segsz);
  T(shmctl(b % 32768 + 1, SHM_STAT, &ds));
  T(shmctl(a % 32768, SHM_STAT_ANY, &ds) == a);
  FILE *list = fopen("/proc/sysvipc/shm", "r");
  while (fgets(line, sizeof line, list)) {
    char *key = strtok(line, " \n"), *id = strtok(NULL, " \n"), *mode = strtok(NULL, " \n"), *size = strtok(NULL, " \n");
    say("%s %d %s %s", key, strcmp(id, "shmid") == 0 ? 0 : atoi(id) == a ? 1 : 2, mode, size);
  }
  shmdt(at);
  setresuid(1000, 1000, 1000);
  T(shmctl(a % 32768, SHM_STAT, &ds));
  T(shmctl(a % 32768, SHM_STAT_ANY, &ds) == a);
  T(shmctl(b % 32768, SHM_STAT, &ds) == b);
}

CASE(shm_sequence, "identifiers of removed segments mean nothing, also when the place is used again") {
  int first = shmget(IPC_PRIVATE, 1, 0600), id = first;
  shmctl(first, IPC_RMID, NULL);
  do {
    id = shmget(IPC_PRIVATE, 1, 0600);
    shmctl(id, IPC_RMID, NULL);
  } while (id % 32768 != first % 32768);
  say("same id %d, sequence grew by %d", id == first, id / 32768 - first / 32768);
  T((long)shmat(first, NULL, 0));
}

CASE(shm_proc_limits, "the limits in /proc/sys/kernel") {
  static const char *names[] = {"shmmax", "shmall", "shmmni", "sem", "msgmax", "msgmnb", "msgmni"};
  for (int i = 0; i < 7; i++) {
    char path[60], text[100] = "";
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", names[i]);
    int fd = open(path, O_RDONLY);
    read(fd, text, sizeof text - 1);
    close(fd);
    printf("%s %s", names[i], text);
  }
  say("end");
}

CASE(shm_beyond, "the last page is whole; past it the next area or nothing; a file of the maps has the identifier as inode") {
  int id = shmget(0xabc, 4097, IPC_CREAT | 0600);
  char *a = shmat(id, NULL, 0), line[300];
  unsigned long from, to, ino;
  a[8191] = 7;
  say("%d", a[8191]);
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    if (strstr(line, "/SYSV00000abc (deleted)") == NULL) continue;
    sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to, &ino);
    say("%lu bytes, inode is the id: %d", to - from, ino == id);
  }
  shmctl(id, IPC_RMID, NULL);
}

CASE(shm_madvise, "MADV_DONTNEED keeps what is shared, MADV_REMOVE does not") {
  int id = shmget(IPC_PRIVATE, 8192, 0600);
  char *a = shmat(id, NULL, 0);
  a[0] = a[4096] = 3;
  T(madvise(a, 4096, MADV_DONTNEED));
  say("%d", a[0]);
  T(madvise(a, 4096, MADV_REMOVE));
  say("%d %d", a[0], a[4096]);
  T(madvise(a, 8192, MADV_DONTFORK));
  if (fork() == 0) {
    T(attached(id));
    _exit(0);
  }
  wait(NULL);
  shmctl(id, IPC_RMID, NULL);
}
