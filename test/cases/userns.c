/* User namespaces: maps, capabilities, overflow ids, what they allow. */
#include "case.h"
#include "namespaces.h"
#include <sys/xattr.h>

static int ends[2], back[2];

/* A child in a new user namespace; the parent writes its maps before it goes on. Names are relative to /proc/PID. */
static int begin(unsigned long flags) {
  char c;
  pipe(ends);
  pipe(back);
  int pid = clone_flags(CLONE_NEWUSER | flags);
  if (pid == 0) read(ends[0], &c, 1);
  return pid;
}
static void go(void) { write(ends[1], "", 1); }
static long set(int pid, const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  return write_to(path, text);
}
static void finish(int pid) {
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(unmapped, "without maps everybody is the overflow user, with all capabilities") {
  int pid = begin(0);
  if (pid == 0) {
    say("%d %d %d %d", getuid(), geteuid(), getgid(), getegid());
    say("%s", field_of("/proc/self/status", "CapEff"));
    say("%s", field_of("/proc/self/status", "Uid"));
    say("map '%s' '%s' %s", line_of("/proc/self/uid_map"), line_of("/proc/self/gid_map"), line_of("/proc/self/setgroups"));
    T(setuid(0));
    T(setgid(5));
    T(setgroups(0, NULL));
    _exit(0);
  }
  go();
  finish(pid);
}

CASE(mapped_root, "root maps what it likes, once") {
  int pid = begin(0);
  if (pid == 0) {
    say("%d %d", getuid(), getgid());
    T(setresuid(5, 6, 7));
    T(setuid(50));
    _exit(0);
  }
  T(set(pid, "uid_map", "0 0 10\n"));
  T(set(pid, "gid_map", "0 0 10\n20 100 5\n"));
  T(set(pid, "uid_map", "0 0 10\n"));
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
  say("%s", line_of(path));
  go();
  finish(pid);
}

CASE(map_syntax, "a map is lines of three numbers that do not overlap or wrap") {
  int pid = begin(0);
  if (pid == 0) _exit(0);
  static const char *bad[] = {"", "\n", "0 0\n", "0 0 0\n", "0 0 x\n", "0 0 1 1\n", "-1 0 1\n", "4294967295 0 1\n", "0 4294967295 1\n",
                              "1 0 4294967295\n", "0 0 5\n3 100 5\n", "0 0 5\n100 3 5\n", "0 0 1\n\n1 1 1\n", "0,0,1"};
  for (int i = 0; i < 14; i++) out(set(pid, "uid_map", bad[i]), "line %d", i);
  T(set(pid, "gid_map", "  7   8 \t 9  "));
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/gid_map", pid);
  say("%s", line_of(path));
  go();
  finish(pid);
}

CASE(map_position, "a map is written whole, from the start") {
  int pid = begin(0);
  if (pid == 0) _exit(0);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
  int fd = open(path, O_WRONLY);
  T(pwrite(fd, "0 0 1", 5, 0));
  T(lseek(fd, 1, SEEK_SET));
  T(write(fd, "0 0 1", 5));
  T(lseek(fd, 0, SEEK_SET));
  T(write(fd, "0 0 1", 5));
  T(lseek(fd, 0, SEEK_CUR));
  T(lseek(fd, 0, SEEK_SET));
  T(write(fd, "1 1 1", 5));
  go();
  finish(pid);
}

CASE(user_maps_itself, "a user may map its own id, and its own group after giving up setgroups") {
  become(1000);
  T(unshare(CLONE_NEWUSER));
  T(write_to("/proc/self/uid_map", "0 1001 1"));
  T(write_to("/proc/self/uid_map", "0 1000 2"));
  T(write_to("/proc/self/uid_map", "0 1000 1"));
  T(write_to("/proc/self/gid_map", "0 1000 1"));
  T(write_to("/proc/self/setgroups", "deny"));
  T(write_to("/proc/self/setgroups", "allow"));
  T(write_to("/proc/self/gid_map", "0 1000 1"));
  say("%d %d %s", getuid(), getgid(), line_of("/proc/self/setgroups"));
  T(setgroups(0, NULL));
  say("%s", line_of("/proc/self/uid_map"));
}

CASE(setgroups_file, "setgroups can be denied before the groups are mapped, and for good") {
  int pid = begin(0);
  if (pid == 0) {
    T(setgroups(0, NULL));
    _exit(0);
  }
  T(set(pid, "setgroups", "maybe"));
  T(set(pid, "setgroups", "deny it"));
  T(set(pid, "setgroups", "allow\n"));
  T(set(pid, "gid_map", "0 0 10"));
  T(set(pid, "setgroups", "deny"));
  T(set(pid, "setgroups", "allow"));
  go();
  finish(pid);
}

CASE(not_chrooted, "who is chrooted makes no user namespaces") {
  mkdir("jail", 0755);
  chroot("jail");
  T(unshare(CLONE_NEWUSER));
  T(clone_flags(CLONE_NEWUSER));
}

CASE(capabilities_inside, "the capabilities count inside only") {
  become(1000);
  T(unshare(CLONE_NEWUSER | CLONE_NEWUTS));
  T(sethostname("inside", 6));
  T(unshare(CLONE_NEWNS));
  T(unshare(CLONE_NEWNET));
  T(mknod("null", S_IFCHR | 0666, 0x103));
  T(setpriority(PRIO_PROCESS, 0, -5));
  struct timespec ts = {1000, 0};
  T(clock_settime(CLOCK_REALTIME, &ts));
  T(open("/proc/1/ns/uts", O_RDONLY));
}

CASE(outer_uts, "a UTS namespace of the outside stays out of reach") {
  become(1000);
  T(unshare(CLONE_NEWUSER));
  T(sethostname("outside", 7));
  T(unshare(CLONE_NEWUTS));
  T(sethostname("inside", 6));
}

CASE(files_overflow, "owners without a name are shown as the overflow id, and cannot be given") {
  struct stat st;
  put("root", "");
  put("user", "");
  chown("user", 1000, 1000);
  chmod(".", 0777);
  become(1000);
  T(unshare(CLONE_NEWUSER));
  write_to("/proc/self/uid_map", "0 1000 1");
  write_to("/proc/self/setgroups", "deny");
  write_to("/proc/self/gid_map", "0 1000 1");
  stat("root", &st);
  say("%d %d", st.st_uid, st.st_gid);
  stat("user", &st);
  say("%d %d", st.st_uid, st.st_gid);
  T(chown("user", 0, 0));
  T(chown("user", 5, -1));
  T(chown("root", 0, 0));
  T(chmod("root", 0600));
  T(open("root", O_RDWR));
  put("made", "");
  stat("made", &st);
  say("%d %d", st.st_uid, st.st_gid);
}

CASE(mount_inside, "inside one may mount a memory filesystem, and its ids are those of the namespace") {
  struct stat st;
  mkdir("place", 0777);
  become(1000);
  T(unshare(CLONE_NEWUSER | CLONE_NEWNS));
  write_to("/proc/self/uid_map", "0 1000 1");
  write_to("/proc/self/setgroups", "deny");
  write_to("/proc/self/gid_map", "0 1000 1");
  T(mount("t", "place", "tmpfs", 0, "mode=700,uid=0"));
  T(mount("t", "place", "tmpfs", 0, "uid=5"));
  T(mount("d", "place", "devtmpfs", 0, NULL));
  T(mkdir("place/d", 0755));
  stat("place/d", &st);
  say("%d %d", st.st_uid, st.st_gid);
  T(mknod("place/fifo", S_IFIFO | 0600, 0));
  T(mknod("place/null", S_IFCHR | 0666, 0x103));
  T(umount("place"));
}

CASE(locked_mounts, "mounts that came along cannot be taken off one by one") {
  mkdir("place", 0777);
  mount("t", "place", "tmpfs", MS_NOSUID, NULL);
  become(1000);
  T(unshare(CLONE_NEWUSER | CLONE_NEWNS));
  T(umount("place"));
  T(mount(NULL, "place", NULL, MS_REMOUNT | MS_BIND, NULL));
  T(mount(NULL, "place", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_RDONLY, NULL));
  T(mount("place", "/mnt", NULL, MS_BIND, NULL));
  T(mount(".", "place", NULL, MS_BIND, NULL));
  T(mount(".", "place", NULL, MS_BIND | MS_REC, NULL));
}

CASE(kill_across, "signals across: who made the namespace may, and inside one may signal those inside") {
  become(1000);
  int pid = begin(0);
  if (pid == 0) {
    T(kill(getppid(), 0));
    T(kill(1, 0));
    for (;;) pause();
  }
  set(pid, "uid_map", "0 1000 1");
  go();
  usleep(20000);
  await_state(pid, "S");
  T(kill(pid, SIGTERM));
  finish(pid);
}

CASE(enter_user_namespace, "setns into a user namespace gives all its capabilities, into one's own nothing") {
  int pid = begin(0);
  if (pid == 0) for (;;) pause();
  set(pid, "uid_map", "0 0 100");
  set(pid, "gid_map", "0 0 100");
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
  int fd = open(path, O_RDONLY), own = open("/proc/self/ns/user", O_RDONLY);
  T(setns(own, CLONE_NEWUSER));
  T(setns(fd, CLONE_NEWUSER));
  say("%d %s", getuid(), field_of("/proc/self/status", "CapEff"));
  T(setns(own, CLONE_NEWUSER));
  T(setns(fd, CLONE_NEWUSER));
}

CASE(nested, "user namespaces nest, and a map is of the parent's ids") {
  int pid = begin(0);
  if (pid == 0) {
    T(unshare(CLONE_NEWUSER));
    T(write_to("/proc/self/uid_map", "7 9 1"));
    T(write_to("/proc/self/uid_map", "7 0 1"));
    say("%d", getuid());
    say("%s", line_of("/proc/self/uid_map"));
    _exit(0);
  }
  set(pid, "uid_map", "0 0 6");
  set(pid, "gid_map", "0 0 6");
  go();
  finish(pid);
}

CASE(owner_uid, "NS_GET_OWNER_UID tells who made a user namespace, NS_GET_USERNS leads to the owner") {
  become(1000);
  int pid = begin(CLONE_NEWUTS);
  if (pid == 0) for (;;) pause();
  char path[64];
  uid_t uid = 1;
  snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
  int fd = open(path, O_RDONLY);
  T(ioctl(fd, NS_GET_OWNER_UID, &uid));
  say("%d", uid);
  int parent = ioctl(fd, NS_GET_PARENT), own = open("/proc/self/ns/user", O_RDONLY);
  say("%d", same_file(parent, own));
  snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
  int uts = open(path, O_RDONLY);
  say("%d", same_file(ioctl(uts, NS_GET_USERNS), fd));
}

CASE(set_id_outside, "set-id bits of unmapped owners do nothing inside") {
  struct stat st;
  put("f", "x");
  chmod("f", 04755);
  T(unshare(CLONE_NEWUSER));
  T(chmod("f", 04711));
  stat("f", &st);
  say("%o", st.st_mode);
}

CASE(group_of_root, "in a namespace without maps nobody is root, and access follows the kernel's ids") {
  put("f", "x");
  chmod("f", 0600);
  T(unshare(CLONE_NEWUSER));
  T(open("f", O_RDWR));
  T(access("f", W_OK));
  T(setfsuid(0));
  T(setuid(getuid()));
}

CASE(limits, "one user namespace below another, 32 deep at most") {
  int depth = 0;
  while (depth < 40 && unshare(CLONE_NEWUSER) == 0) {
    depth++;
    write_to("/proc/self/uid_map", "0 0 1");
    write_to("/proc/self/setgroups", "deny");
    write_to("/proc/self/gid_map", "0 0 1");
  }
  say("%d %s", depth, strerrorname_np(errno));
}
