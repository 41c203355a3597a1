/* Permissions, owners, set-id bits, sticky and set-group-ID directories, as another user. */
#include "common.h"

static void become(int uid, int gid) {
  if (setresgid(gid, gid, 0) < 0 || setresuid(uid, uid, 0) < 0) perror("become");
}

static void root(void) {
  if (setresuid(0, 0, 0) < 0 || setresgid(0, 0, 0) < 0) perror("root");
}

static void matrix(void) {
  static const struct { int uid, gid; } owners[] = {{1000, 1000}, {0, 1000}, {1000, 0}, {0, 0}};
  for (int o = 0; o < 4; o++)
    for (int mode = 0; mode < 01000; mode += 0111) {
      for (int who = 0; who < 3; who++) {
        int bits = mode & (0700 >> (3 * who));
        put("f", "data");
        chown("f", owners[o].uid, owners[o].gid);
        chmod("f", bits);
        become(1000, 1000);
        int r = open("f", O_RDONLY), w = open("f", O_WRONLY), rw = open("f", O_RDWR);
        printf("owner %d:%d mode %04o: r %d w %d rw %d access %d%d%d exec %d", owners[o].uid, owners[o].gid, bits, r >= 0, w >= 0,
               rw >= 0, access("f", R_OK), access("f", W_OK), access("f", X_OK), faccessat(AT_FDCWD, "f", X_OK, AT_EACCESS));
        if (r >= 0) close(r);
        if (w >= 0) close(w);
        if (rw >= 0) close(rw);
        printf(" chmod %d chown %d chgrp %d trunc %d utime %d\n", chmod("f", bits), chown("f", 1000, -1), chown("f", -1, 1000),
               truncate("f", 1), utimensat(AT_FDCWD, "f", NULL, 0));
        root();
        printf("  root: access %d%d%d\n", access("f", R_OK), access("f", W_OK), access("f", X_OK));
        unlink("f");
      }
    }
}

static void directories(void) {
  for (int mode = 0; mode < 8; mode++) {
    mkdir("d", 0755);
    put("d/f", "x");
    chmod("d/f", 0666);
    chmod("d", mode);
    become(1000, 1000);
    T(access("d/f", F_OK));
    T(close(open("d", O_RDONLY)));
    T(close(open("d/f", O_RDONLY)));
    T(close(open("d/g", O_CREAT | O_WRONLY, 0644)));
    T(mkdir("d/h", 0755));
    T(rename("d/f", "d/i"));
    T(link("d/i", "d/j"));
    T(unlink("d/i"));
    T(chdir("d"));
    T(chdir("/"));
    T(rmdir("d/h"));
    T(rmdir("d"));
    root();
    chmod("d", 0755);
    wipe("d");
  }
}

static void setids(void) {
  struct stat st;
  static const int modes[] = {04755, 02755, 06755, 02644, 04644, 06777, 02745};
#define SHOW(what) stat("s", &st), printf("%s: %o\n", what, st.st_mode)
  for (int i = 0; i < 7; i++) {
    put("s", "abc");
    T(chmod("s", modes[i]));
    SHOW("set");
    T(chown("s", -1, -1));
    SHOW("chown -1");
    T(chmod("s", modes[i]));
    T(chown("s", 1000, 1000));
    SHOW("chown");
    T(chmod("s", modes[i] | 022));
    become(1001, 1001);
    int fd = open("s", O_WRONLY);
    T(write(fd, "x", 1) < 0 ? -1 : 0);
    SHOW("write");
    close(fd);
    root();
    T(chmod("s", modes[i] | 022));
    fd = open("s", O_WRONLY);
    T(write(fd, "x", 1) < 0 ? -1 : 0);
    SHOW("write by root");
    close(fd);
    become(1000, 1001);
    T(chmod("s", modes[i]));
    SHOW("chmod outside of the group");
    T(truncate("s", 1));
    SHOW("truncate");
    T(chown("s", -1, 1001));
    SHOW("chgrp");
    T(chown("s", -1, 0));
    T(chown("s", 1001, -1));
    T(chown("s", 1000, -1));
    SHOW("end");
    root();
    unlink("s");
  }
}

static void inheritance(void) {
  struct stat st;
  mkdir("g", 0777);
  chown("g", 0, 1234);
  chmod("g", 02777);
  umask(0);
  become(1000, 1000);
  T(mkdir("g/dir", 0777));
  T(close(open("g/file", O_CREAT | O_WRONLY, 0777)));
  T(close(open("g/setgid", O_CREAT | O_WRONLY, 02777)));
  T(mknod("g/fifo", S_IFIFO | 02767, 0));
  T(symlink("x", "g/link"));
  T(mknod("g/device", S_IFCHR | 0666, 0x103));
  static const char *const names[] = {"g/dir", "g/file", "g/setgid", "g/fifo", "g/link"};
  for (int i = 0; i < 5; i++) {
    lstat(names[i], &st);
    printf("%s: %o %d:%d\n", names[i], st.st_mode, st.st_uid, st.st_gid);
  }
  root();
  umask(022);
  wipe("g");
}

static void sticky(void) {
  mkdir("t", 0777);
  chmod("t", 01777);
  put("t/root", "x");
  put("t/mine", "x");
  put("t/theirs", "x");
  chown("t/mine", 1000, 1000);
  chown("t/theirs", 1001, 1001);
  mkdir("t/rootdir", 0777);
  become(1000, 1000);
  T(unlink("t/root"));
  T(rename("t/root", "t/x"));
  T(rename("t/mine", "t/theirs"));
  T(rename("t/mine", "t/fresh"));
  T(unlink("t/theirs"));
  T(rmdir("t/rootdir"));
  T(unlink("t/fresh"));
  T(link("t/root", "t/hardlink"));
  T(link("t/theirs", "t/hardlink"));
  root();
  chown("t", 1000, 1000);
  become(1000, 1000);
  T(unlink("t/root"));
  T(unlink("t/theirs"));
  root();
  wipe("t");
}

static void moving(void) {
  mkdir("a", 0777);
  chmod("a", 0777);
  mkdir("a/sub", 0755);
  mkdir("b", 0777);
  chmod("b", 0777);
  become(1000, 1000);
  T(rename("a/sub", "b/sub"));
  T(rename("a/sub", "a/renamed"));
  T(mkdir("a/own", 0555));
  T(rename("a/own", "b/own"));
  root();
  wipe("a");
  wipe("b");
}

int main(void) {
  enter();
  setgroups(0, NULL);
  chmod("/", 0777);
  matrix();
  directories();
  setids();
  inheritance();
  sticky();
  moving();
  return 0;
}
