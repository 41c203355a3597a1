/* Credentials: capabilities and what changes of users make of them. */
#include "case.h"
#include "namespaces.h"
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/auxv.h>

static void show(const char *what) {
  say("%s: inh %s prm %s eff %s bnd %s amb %s", what, field_of("/proc/self/status", "CapInh") + 5, strdup(field_of("/proc/self/status", "CapPrm") + 5),
      strdup(field_of("/proc/self/status", "CapEff") + 5), strdup(field_of("/proc/self/status", "CapBnd") + 5), strdup(field_of("/proc/self/status", "CapAmb") + 5));
}

static long set_caps(unsigned long long eff, unsigned long long prm, unsigned long long inh) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{eff, prm, inh}, {eff >> 32, prm >> 32, inh >> 32}};
  return syscall(SYS_capset, &head, data);
}
#define BIT(cap) (1ull << (cap))
#define ALL 0x1ffffffffffull

CASE(capget_versions, "capget knows three versions, and tells the newest to others") {
  struct __user_cap_header_struct head = {1, 0};
  struct __user_cap_data_struct data[2] = {0};
  T(syscall(SYS_capget, &head, NULL));
  say("%x", head.version);
  head.version = 7;
  T(syscall(SYS_capget, &head, data));
  say("%x", head.version);
  T(syscall(SYS_capget, &head, data));
  say("%x %x", data[0].effective, data[1].effective);
  head.version = _LINUX_CAPABILITY_VERSION_1;
  memset(data, 0, sizeof data);
  T(syscall(SYS_capget, &head, data));
  say("%x %x", data[0].permitted, data[1].permitted);
  head.pid = -1;
  T(syscall(SYS_capget, &head, data));
  head.pid = 30000;
  T(syscall(SYS_capget, &head, data));
  head.pid = 1;
  T(syscall(SYS_capget, &head, data));
  T(syscall(SYS_capget, NULL, data));
  T(syscall(SYS_capget, &head, (void *)16));
}

CASE(capset_rules, "capset takes away, and gives inheritable ones alone") {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 1};
  struct __user_cap_data_struct data[2] = {0};
  T(syscall(SYS_capset, &head, data));
  T(set_caps(BIT(CAP_CHOWN), ALL, ALL));
  show("all but effective");
  T(set_caps(ALL, BIT(CAP_CHOWN), 0));
  T(set_caps(BIT(CAP_CHOWN), BIT(CAP_CHOWN) | BIT(CAP_KILL), 0));
  T(set_caps(0, ALL, 0));
  T(set_caps(0, BIT(CAP_CHOWN), BIT(CAP_SETUID)));
  T(set_caps(0, BIT(CAP_CHOWN), BIT(CAP_CHOWN)));
  show("end");
}

CASE(setuid_drops, "leaving user 0 takes the capabilities away") {
  T(setresuid(1000, 1000, 0));
  show("saved root");
  T(seteuid(0));
  show("effective again");
  T(setresuid(1000, 1000, 1000));
  show("no root");
  T(setuid(0));
}

CASE(keep_caps, "PR_SET_KEEPCAPS keeps the permitted ones over a change of user") {
  T(prctl(PR_SET_KEEPCAPS, 2));
  T(prctl(PR_SET_KEEPCAPS, 1));
  T(prctl(PR_GET_KEEPCAPS));
  say("securebits %d", prctl(PR_GET_SECUREBITS));
  T(setuid(1000));
  show("kept");
  T(set_caps(BIT(CAP_CHOWN), ALL, 0));
  T(prctl(PR_GET_KEEPCAPS));
}

CASE(no_fixup, "SECBIT_NO_SETUID_FIXUP leaves capabilities alone") {
  T(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
  T(setuid(1000));
  show("unchanged");
}

CASE(securebits_locks, "a lock keeps its bit, and itself") {
  T(prctl(PR_SET_SECUREBITS, 0x100));
  T(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED));
  T(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED));
  T(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS));
  T(prctl(PR_SET_KEEPCAPS, 0));
  T(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NOROOT));
  say("%x", prctl(PR_GET_SECUREBITS));
  set_caps(0, ALL, 0);
  T(prctl(PR_SET_SECUREBITS, 0));
}

CASE(setfsuid_caps, "setfsuid away from root takes the capabilities for files, back gives them again") {
  T(setfsuid(1000));
  show("away");
  T(setfsuid(0));
  show("back");
  T(setfsuid(-1));
  T(setfsgid(5));
  T(setfsgid(-1));
}

CASE(bounding, "what is dropped from the bounding set is not gained again") {
  T(prctl(PR_CAPBSET_READ, CAP_CHOWN));
  T(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
  T(prctl(PR_CAPBSET_READ, CAP_CHOWN));
  T(prctl(PR_CAPBSET_READ, 41));
  T(prctl(PR_CAPBSET_DROP, 41));
  show("still permitted");
  T(set_caps(ALL, ALL, BIT(CAP_CHOWN)));
  set_caps(0, ALL, 0);
  T(prctl(PR_CAPBSET_DROP, CAP_KILL));
}

CASE(ambient_rules, "ambient capabilities are permitted and inheritable") {
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
  set_caps(ALL, ALL, BIT(CAP_CHOWN) | BIT(CAP_KILL));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 41, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 1, 0));
  T(prctl(PR_CAP_AMBIENT, 9, CAP_CHOWN, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
  show("raised");
  set_caps(ALL, ALL, BIT(CAP_KILL));
  show("inheritable lost");
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_KILL, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  show("cleared");
  T(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE));
  T(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
}

/* Started again by a case, the program tells what it has and ends. */
__attribute__((constructor)) static void after_exec(void) {
  if (getenv("AFTER_EXEC") == NULL) return;
  show("after exec");
  say("secure %lu, ids %d %d %d %d, dumpable %d, nnp %d", getauxval(AT_SECURE), getuid(), geteuid(), getgid(), getegid(),
      prctl(PR_GET_DUMPABLE), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  _exit(0);
}

/* A copy of this program with those owners and permissions, and with what its directory may execute. */
static void copy_program(int uid, int gid, int mode) {
  char buffer[65536];
  int from = open("/proc/self/exe", O_RDONLY), to = open("/tmp/program", O_CREAT | O_WRONLY | O_TRUNC, 0755);
  for (long n; (n = read(from, buffer, sizeof buffer)) > 0;) write(to, buffer, n);
  close(from);
  close(to);
  chown("/tmp/program", uid, gid);
  chmod("/tmp/program", mode);
}
static void run_as(int uid, void (*before)(void)) {
  int pid = fork();
  if (pid == 0) {
    if (uid != 0) become(uid);
    if (before != NULL) before();
    setenv("AFTER_EXEC", "1", 1);
    execl("/tmp/program", "cred", NULL);
    perror("exec");
    _exit(1);
  }
  waitpid(pid, NULL, 0);
}
static void nnp(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
static void raise_ambient(void) {
  set_caps(ALL, ALL, BIT(CAP_NET_RAW));
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
  prctl(PR_SET_KEEPCAPS, 1);
  prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
  setresuid(1000, 1000, 1000);
}
static void no_root(void) { prctl(PR_SET_SECUREBITS, SECBIT_NOROOT); }
static void real_root(void) { setresuid(0, 1000, 1000); }

CASE(exec_plain, "root executes with all capabilities, others with none") {
  copy_program(0, 0, 0755);
  run_as(0, NULL);
  run_as(1000, NULL);
}

CASE(exec_setuid, "set-user-ID of root gives all capabilities, of another user none") {
  copy_program(0, 0, 04755);
  run_as(1000, NULL);
  copy_program(2000, 0, 04755);
  run_as(1000, NULL);
  run_as(0, NULL);
}

CASE(exec_setgid, "set-group-ID changes the group, unless the group may not execute") {
  copy_program(0, 500, 02755);
  run_as(1000, NULL);
  copy_program(0, 500, 02745);
  run_as(1000, NULL);
}

CASE(exec_no_new_privs, "with no_new_privs set-id bits do nothing") {
  copy_program(0, 500, 06755);
  run_as(1000, nnp);
}

CASE(exec_ambient, "ambient capabilities survive exec") {
  copy_program(0, 0, 0755);
  run_as(0, raise_ambient);
}

CASE(exec_no_root, "SECBIT_NOROOT makes user 0 nothing special") {
  copy_program(0, 0, 0755);
  run_as(0, no_root);
}

CASE(exec_real_root, "a real user 0 with another effective one is permitted, not effective") {
  copy_program(0, 0, 0755);
  run_as(0, real_root);
}

CASE(exec_nosuid, "a mount without set-id bits") {
  copy_program(0, 500, 06755);
  T(mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL));
  run_as(1000, NULL);
}

CASE(nnp_arguments, "no_new_privs takes exact arguments and is inherited") {
  T(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  T(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
  T(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
  T(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  int pid = fork();
  if (pid == 0) _exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
  say("%s", field_of("/proc/self/status", "NoNewPrivs"));
}

CASE(dumpable, "a change of user makes a process closed to others") {
  T(prctl(PR_GET_DUMPABLE));
  T(prctl(PR_SET_DUMPABLE, 2));
  T(setegid(5));
  T(prctl(PR_GET_DUMPABLE));
  T(prctl(PR_SET_DUMPABLE, 1));
  T(setegid(5));
  T(prctl(PR_GET_DUMPABLE));
  T(setfsuid(7));
  T(prctl(PR_GET_DUMPABLE));
}

CASE(chroot_rules, "chroot needs its capability, and a directory that may be searched") {
  mkdir("d", 0700);
  put("f", "");
  T(chroot("f"));
  T(chroot("nothing"));
  become(1000);
  T(chroot("/"));
  T(chroot("d"));
}

CASE(chroot_escape, "who stands outside of the new root walks up as far as there is") {
  mkdir("jail", 0755);
  mkdir("outside", 0755);
  int fd = open(".", O_RDONLY);
  T(chroot("jail"));
  T(access("/../outside", F_OK));
  T(access("../outside", F_OK));
  T(access("outside", F_OK));
  char path[200];
  say("%s", getcwd(path, sizeof path) ? path : strerrorname_np(errno));
  T(chdir("/"));
  T(access("../outside", F_OK));
  T(fchdir(fd));
  T(access("outside", F_OK));
  T(chroot("."));
  T(access("/outside", F_OK));
}
