/* Opening pseudo-terminals: ptmx, devpts and its options, locks, numbers, who may open what. */
#include "pty.h"
#include <sys/sysmacros.h>

static void show_node(const char *path) {
  struct stat st;
  if (stat(path, &st) < 0) say("%s: %s", path, strerrorname_np(errno));
  else say("%s: %o %d:%d rdev %d:%d links %d ino %d", path, st.st_mode, st.st_uid, st.st_gid, (int)major(st.st_rdev), (int)minor(st.st_rdev), (int)st.st_nlink, (int)st.st_ino);
}

CASE(pair_basics, "a fresh pair: number, lock, entry, and bytes both ways") {
  int value = 7, master;
  mount_pts("ptmxmode=666,mode=620,gid=5");
  show_node("pts");
  show_node("pts/ptmx");
  master = open("pts/ptmx", O_RDWR);
  T(ioctl(master, TIOCGPTN, &value));
  say("number %d", value);
  T(ioctl(master, TIOCGPTLCK, &value));
  say("locked %d", value);
  T(open("pts/0", O_RDWR | O_NOCTTY));
  value = 0;
  T(ioctl(master, TIOCSPTLCK, &value));
  T(ioctl(master, TIOCGPTLCK, &value));
  say("locked %d", value);
  show_node("pts/0");
  struct pair p = {master, open("pts/0", O_RDWR | O_NOCTTY), 0};
  T(p.slave >= 0);
  T(write(p.slave, "hello\n", 6));
  show("master", p.master);
  type(p, "keys\n");
  show("echo", p.master);
  show("slave", p.slave);
}

CASE(default_options, "without options only root may use an instance's ptmx, and slaves are 0600") {
  int n;
  mount_pts("");
  show_node("pts/ptmx");
  open_master(&n);
  show_node("pts/0");
}

CASE(bad_options, "options that devpts does not have, or whose values are none") {
  mkdir("pts", 0755);
  T(mount("devpts", "pts", "devpts", 0, "size=1"));
  T(mount("devpts", "pts", "devpts", 0, "mode=9"));
  T(mount("devpts", "pts", "devpts", 0, "mode"));
  T(mount("devpts", "pts", "devpts", 0, "gid=x"));
  T(mount("devpts", "pts", "devpts", 0, "max=2000000"));
  T(mount("devpts", "pts", "devpts", 0, "newinstance,uid=3,mode=0640,max=7"));
}

CASE(owner_options, "uid, gid and mode of the mount go to entries; ptmx belongs to who mounts") {
  int n;
  mount_pts("uid=42,gid=43,mode=640,ptmxmode=600");
  show_node("pts/ptmx");
  open_master(&n);
  show_node("pts/0");
}

CASE(entry_owner, "without options entries belong to who opens ptmx, whatever the set-id bits say") {
  mount_pts("ptmxmode=666");
  if (fork() == 0) {
    int n;
    setresgid(44, 45, 0);
    setresuid(42, 43, 0);
    open_master(&n);
    show_node("pts/0");
    _exit(0);
  }
  wait(NULL);
}

CASE(max_option, "max= bounds how many there may be") {
  int n, first;
  mount_pts("max=2");
  first = open_master(&n);
  open_master(&n);
  T(open("pts/ptmx", O_RDWR));
  close(first);
  T(open("pts/ptmx", O_RDWR) >= 0);
}

CASE(numbers_reused, "the lowest free number is taken, once both sides of its last user are closed") {
  int n, a, b, slave;
  mount_pts("");
  a = open_master(&n);
  b = open_master(&n);
  say("second is %d", n);
  slave = open_slave(0, O_RDWR | O_NOCTTY);
  close(a);
  show_node("pts/0");
  open_master(&n);
  say("with a slave still open: %d", n);
  close(slave);
  open_master(&n);
  say("after it was closed: %d", n);
  close(b);
}

CASE(instances_apart, "each mount is an instance of its own") {
  int n;
  mount_pts("");
  open_master(&n);
  open_master(&n);
  mkdir("other", 0755);
  T(mount("devpts", "other", "devpts", 0, "newinstance"));
  T(access("other/0", F_OK));
  n = 9;
  T(ioctl(open("other/ptmx", O_RDWR), TIOCGPTN, &n));
  say("number %d", n);
  show_node("other/0");
}

CASE(ptmx_beside_pts, "a ptmx device finds the devpts mounted at pts beside it") {
  int n = 9, master;
  mknod("ptmx", S_IFCHR | 0666, makedev(5, 2));
  T(open("ptmx", O_RDWR));
  mkdir("pts", 0755);
  T(open("ptmx", O_RDWR));
  mount_pts("");
  master = open("ptmx", O_RDWR);
  T(master >= 0);
  T(ioctl(master, TIOCGPTN, &n));
  show_node("pts/0");
  mkdir("sub", 0755);
  mknod("sub/ptmx", S_IFCHR | 0666, makedev(5, 2));
  T(open("sub/ptmx", O_RDWR));
}

CASE(ptmx_not_root_of_pts, "a directory of a devpts mounted elsewhere is not enough: its root must be at pts") {
  mknod("ptmx", S_IFCHR | 0666, makedev(5, 2));
  mount_pts("");
  mkdir("deep", 0755);
  mknod("deep/ptmx", S_IFCHR | 0666, makedev(5, 2));
  symlink("../pts", "deep/pts");
  T(open("deep/ptmx", O_RDWR));
}

CASE(names_are_fixed, "nobody makes or removes entries of devpts") {
  int n;
  mount_pts("");
  open_master(&n);
  T(open("pts/new", O_CREAT | O_RDWR, 0600));
  T(mkdir("pts/dir", 0755));
  T(mknod("pts/node", S_IFCHR | 0600, makedev(1, 3)));
  T(symlink("x", "pts/link"));
  T(link("pts/0", "pts/other"));
  T(unlink("pts/0"));
  T(rename("pts/0", "pts/9"));
  T(rmdir("pts/0"));
  T(chmod("pts/0", 0604));
  T(chown("pts/0", 3, 4));
  show_node("pts/0");
}

CASE(foreign_node, "a node with a slave's number outside devpts opens nothing") {
  int n;
  mount_pts("");
  open_master(&n);
  mknod("fake", S_IFCHR | 0666, makedev(136, 0));
  T(open("fake", O_RDWR | O_NOCTTY));
}

CASE(gone_with_master, "the entry goes with the master; an open slave names what is deleted") {
  char link[64] = "", path[40];
  struct pair p = open_pair();
  int again;
  close(p.master);
  show_node("pts/0");
  snprintf(path, sizeof path, "/proc/self/fd/%d", p.slave);
  readlink(path, link, sizeof link);
  say("%s", link);
  again = open(path, O_RDWR | O_NOCTTY);
  say("again: %s", again < 0 ? strerrorname_np(errno) : "opened");
}

CASE(names_of_ends, "where the descriptors of a pair lead, and ttyname") {
  char link[64] = "", path[40];
  struct pair p = open_pair();
  for (int i = 0; i < 2; i++) {
    memset(link, 0, sizeof link);
    snprintf(path, sizeof path, "/proc/self/fd/%d", i ? p.slave : p.master);
    readlink(path, link, sizeof link);
    say("%s", link);
  }
  T(isatty(p.master));
  T(isatty(p.slave));
  say("%s", ttyname(p.slave) ? ttyname(p.slave) : strerrorname_np(errno));
}

CASE(device_numbers, "fstat and TIOCGDEV of both sides") {
  struct stat st;
  unsigned dev = 0;
  struct pair p = open_pair();
  fstat(p.master, &st);
  say("master rdev %d:%d", (int)major(st.st_rdev), (int)minor(st.st_rdev));
  T(ioctl(p.master, TIOCGDEV, &dev));
  say("%x", dev);
  T(ioctl(p.slave, TIOCGDEV, &dev));
  say("%x", dev);
}

CASE(peer, "TIOCGPTPEER opens the slave without a path, once it is unlocked") {
  int off = 0, master, peer;
  mount_pts("");
  master = open("pts/ptmx", O_RDWR);
  T(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
  ioctl(master, TIOCSPTLCK, &off);
  peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  T(peer >= 0);
  say("flags %o cloexec %d", fcntl(peer, F_GETFL) & ~0100000, fcntl(peer, F_GETFD));
  T(write(peer, "x", 1));
  show("master", master);
  T(ioctl(peer, TIOCGPTPEER, O_RDWR));
}

CASE(peer_out_of_reach, "TIOCGPTPEER of a ptmx whose devpts was unmounted") {
  int off = 0, master;
  mknod("ptmx", S_IFCHR | 0666, makedev(5, 2));
  mount_pts("");
  master = open("ptmx", O_RDWR);
  ioctl(master, TIOCSPTLCK, &off);
  T(umount2("pts", MNT_DETACH));
  T(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
  mount_pts("");
  T(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
}

CASE(relock, "a slave that is locked again stays open and cannot be opened anew") {
  int on = 1;
  struct pair p = open_pair();
  T(ioctl(p.master, TIOCSPTLCK, &on));
  T(open("pts/0", O_RDWR | O_NOCTTY));
  T(write(p.slave, "x", 1));
}

CASE(exclusive, "TIOCEXCL keeps others out, root excepted, until TIOCNXCL") {
  int value = 5;
  struct pair p = open_pair();
  chmod("pts/0", 0666);
  T(ioctl(p.slave, TIOCGEXCL, &value));
  say("exclusive %d", value);
  T(ioctl(p.slave, TIOCEXCL));
  T(ioctl(p.slave, TIOCGEXCL, &value));
  say("exclusive %d", value);
  T(close(open("pts/0", O_RDWR | O_NOCTTY)));
  if (fork() == 0) {
    setresuid(1, 1, 1);
    T(open("pts/0", O_RDWR | O_NOCTTY));
    T(ioctl(p.slave, TIOCNXCL));
    T(open("pts/0", O_RDWR | O_NOCTTY) >= 0);
    _exit(0);
  }
  wait(NULL);
}

CASE(status_flags, "status flags of the ends: what only matters to open is not kept") {
  struct pair p = open_pair();
  int fd = open("pts/0", O_RDWR | O_NOCTTY | O_NONBLOCK | O_APPEND);
  say("%o", fcntl(fd, F_GETFL) & ~0100000);
  say("%o", fcntl(p.slave, F_GETFL) & ~0100000);
  say("%o", fcntl(p.master, F_GETFL) & ~0100000);
}

CASE(access_modes, "a slave opened one way, and seeks") {
  struct pair p = open_pair();
  int r = open("pts/0", O_RDONLY | O_NOCTTY), w = open("pts/0", O_WRONLY | O_NOCTTY);
  T(write(r, "x", 1));
  T(read(w, &r, 1));
  T(write(w, "x", 1));
  T(lseek(p.slave, 0, SEEK_SET));
  T(lseek(p.master, 0, SEEK_CUR));
  T(pread(p.slave, &w, 1, 0));
  T(mmap(NULL, 4096, PROT_READ, MAP_SHARED, p.slave, 0) == MAP_FAILED ? -1 : 0);
  T(ftruncate(p.slave, 0));
}

CASE(master_requests_on_slave, "what only masters know") {
  int value = 0;
  struct pair p = open_pair();
  T(ioctl(p.slave, TIOCGPTN, &value));
  T(ioctl(p.slave, TIOCSPTLCK, &value));
  T(ioctl(p.slave, TIOCGPTLCK, &value));
  T(ioctl(p.slave, TIOCPKT, &value));
  T(ioctl(p.slave, TIOCSIG, 2));
  T(ioctl(p.master, TIOCSIG, 9));
  T(ioctl(p.master, TIOCSIG, 2));
  T(ioctl(p.master, TIOCGPTN, 1));
  T(ioctl(p.master, TIOCSPTLCK, 1));
}

CASE(remount_options, "a remount changes what later entries get") {
  int n;
  mount_pts("mode=600");
  T(mount("devpts", "pts", "devpts", MS_REMOUNT, "mode=644,ptmxmode=666,gid=7"));
  show_node("pts/ptmx");
  open_master(&n);
  show_node("pts/0");
  T(mount("devpts", "pts", "devpts", MS_REMOUNT, "bad=1"));
}

CASE(mount_lines, "options as /proc/mounts shows them") {
  char line[300], dir[100];
  mount_pts("gid=5,mode=620,ptmxmode=000");
  getcwd(dir, sizeof dir);
  FILE *f = fopen("/proc/self/mounts", "r");
  while (fgets(line, sizeof line, f)) {
    char *at = strstr(line, "gid=");
    if (strstr(line, "/tmp/pts") && at) printf("%s", at);
  }
  fclose(f);
}
