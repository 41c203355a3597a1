/* Mounts: bind, move, remount, umount, pivot_root, and what /proc/PID/mountinfo tells of them. */
#include "case.h"
#include "namespaces.h"
#include "mounts.h"

CASE(mount_errors, "mount checks target, type and source in its order") {
  mkdir("d", 0755);
  put("f", "");
  T(mount("x", "nothing", "tmpfs", 0, NULL));
  T(mount("x", "d", "nofs", 0, NULL));
  T(mount("x", "d", NULL, 0, NULL));
  T(mount("x", "f", "tmpfs", 0, NULL));
  T(mount("x", "f/g", "tmpfs", 0, NULL));
  T(mount("x", "", "tmpfs", 0, NULL));
  T(syscall(SYS_mount, "x", NULL, "tmpfs", 0, NULL));
  T(syscall(SYS_mount, "x", 16, "tmpfs", 0, NULL));
  T(syscall(SYS_mount, 16, "d", "tmpfs", 0, NULL));
  T(mount(NULL, "d", NULL, MS_BIND, NULL));
  T(mount("", "d", NULL, MS_BIND, NULL));
  T(mount("nothing", "d", NULL, MS_BIND, NULL));
  T(mount("x", "d", "tmpfs", 0, "nonsense=1"));
  T(mount("x", "d", "tmpfs", 0, "mode=9"));
  T(mount("x", "d", "tmpfs", 1u << 31, NULL));
}

CASE(mount_not_allowed, "mount needs CAP_SYS_ADMIN, which is asked for after the target is found") {
  mkdir("d", 0755);
  become(1000);
  T(mount("x", "nothing", "tmpfs", 0, NULL));
  T(mount("x", "d", "tmpfs", 0, NULL));
  T(umount("d"));
  T(umount("nothing"));
  T(umount2("d", 64));
  T(syscall(SYS_pivot_root, "d", "d"));
  T(syscall(SYS_pivot_root, "nothing", "d"));
}

CASE(tmpfs_options, "tmpfs takes mode, uid and gid of its root, size and inodes") {
  struct stat st;
  struct statfs fs;
  mkdir("d", 0755);
  T(mount("x", "d", "tmpfs", 0, "mode=750,uid=5,gid=6,size=1m,nr_inodes=50"));
  stat("d", &st);
  statfs("d", &fs);
  say("%o %d %d, %ld blocks of %ld, %ld inodes", st.st_mode, st.st_uid, st.st_gid, (long)fs.f_blocks, (long)fs.f_bsize, (long)fs.f_files);
  say("type %lx, names %ld", (unsigned long)fs.f_type, (long)fs.f_namelen);
  say("%s", info_of("d"));
  T(mount("x", "d", "tmpfs", MS_REMOUNT, "size=2m"));
  statfs("d", &fs);
  say("%ld blocks", (long)fs.f_blocks);
}

CASE(tmpfs_full, "a tmpfs of a size takes no more than that") {
  char page[4096] = {0};
  mkdir("d", 0755);
  mount("x", "d", "tmpfs", 0, "size=16k,nr_inodes=4");
  int fd = open("d/a", O_CREAT | O_RDWR, 0644);
  for (int i = 0; i < 5; i++) T(write(fd, page, 4096));
  struct statfs fs;
  statfs("d", &fs);
  say("%ld free of %ld, %ld inodes free", (long)fs.f_bfree, (long)fs.f_blocks, (long)fs.f_ffree);
  T(ftruncate(fd, 0));
  T(write(fd, page, 4096));
  T(mkdir("d/b", 0755));
  T(symlink("x", "d/c"));
  T(open("d/e", O_CREAT | O_RDWR, 0644));
  T(unlink("d/c"));
  T(close(open("d/e", O_CREAT | O_RDWR, 0644)) * 0);
}

CASE(bind_shows_the_same, "a bind mount shows the same files at another place") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  put("a/f", "text");
  T(mount("a", "b", NULL, MS_BIND, NULL));
  say("%s", line_of("b/f"));
  put("b/g", "new");
  say("%s", line_of("a/g"));
  say("%s", info_of("b"));
  T(rename("a/f", "b/h"));
  T(link("a/f", "b/h"));
  T(umount("b"));
  T(access("b/f", F_OK));
}

CASE(bind_file, "a file is bound on a file, not on a directory") {
  mkdir("d", 0755);
  put("f", "one");
  put("g", "two");
  T(mount("f", "d", NULL, MS_BIND, NULL));
  T(mount("d", "f", NULL, MS_BIND, NULL));
  T(mount("f", "g", NULL, MS_BIND, NULL));
  say("%s", line_of("g"));
  T(unlink("g"));
  T(rename("g", "h"));
  T(rename("d", "g"));
  T(unlink("f"));
  say("%s", line_of("g"));
  say("%s", info_of("g"));
  T(umount("g"));
  say("%s", line_of("g"));
}

CASE(bind_recursive, "MS_REC takes along what is mounted below") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  mkdir("c", 0755);
  mkdir("a/sub", 0755);
  mount("x", "a/sub", "tmpfs", 0, NULL);
  put("a/sub/f", "below");
  T(mount("a", "b", NULL, MS_BIND, NULL));
  say("%s", line_of("b/sub/f"));
  T(mount("a", "c", NULL, MS_BIND | MS_REC, NULL));
  say("%s", line_of("c/sub/f"));
  T(umount("c"));
  T(umount("c/sub"));
  T(umount("c"));
}

CASE(bind_remount, "flags of a bind mount are changed by remounting it so") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  mount("a", "b", NULL, MS_BIND | MS_RDONLY | MS_NOSUID, NULL);
  say("%s", info_of("b"));
  T(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOEXEC, NULL));
  say("%s", info_of("b"));
  T(mkdir("b/d", 0755));
  T(mkdir("a/d", 0755));
  T(mount(NULL, "b/d", NULL, MS_REMOUNT | MS_BIND, NULL));
  T(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_NOATIME, NULL));
  say("%s", info_of("b"));
}

CASE(remount_read_only, "remount makes the whole filesystem read-only, unless somebody writes") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  mount("x", "a", "tmpfs", 0, NULL);
  mount("a", "b", NULL, MS_BIND, NULL);
  int fd = open("a/f", O_CREAT | O_RDWR, 0644);
  T(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
  close(fd);
  T(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
  T(mkdir("a/d", 0755));
  T(mkdir("b/d", 0755));
  say("%s", info_of("a"));
  say("%s", info_of("b"));
  T(mount(NULL, "a", NULL, MS_REMOUNT, NULL));
  T(mkdir("b/d", 0755));
}

CASE(same_place_twice, "the same filesystem is not mounted twice on one place, others cover it") {
  mkdir("d", 0755);
  T(mount("x", "d", "tmpfs", 0, NULL));
  put("d/first", "");
  T(mount("y", "d", "tmpfs", 0, NULL));
  T(access("d/first", F_OK));
  T(umount("d"));
  T(access("d/first", F_OK));
  T(umount("d"));
  T(umount("d"));
}

CASE(umount_busy, "a mount in use is busy") {
  mkdir("d", 0755);
  mount("x", "d", "tmpfs", 0, NULL);
  int fd = open("d/f", O_CREAT | O_RDWR, 0644);
  T(umount("d"));
  close(fd);
  mkdir("d/e", 0755);
  mount("y", "d/e", "tmpfs", 0, NULL);
  T(umount("d"));
  T(umount("d/e"));
  int pid = fork();
  if (pid == 0) {
    chdir("d/e");
    for (;;) pause();
  }
  await_state(pid, "S");
  T(umount("d"));
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  T(umount("d"));
}

CASE(umount_detach, "a detached mount is gone for names, and lives for who uses it") {
  char path[200];
  mkdir("d", 0755);
  mount("x", "d", "tmpfs", 0, NULL);
  mkdir("d/sub", 0755);
  mount("y", "d/sub", "tmpfs", 0, NULL);
  put("d/f", "kept");
  int fd = open("d/f", O_RDONLY), dir = open("d", O_RDONLY | O_DIRECTORY);
  T(umount2("d", MNT_DETACH));
  T(access("d/f", F_OK));
  char text[8] = {0};
  T(read(fd, text, 7));
  say("%s", text);
  T(fchdir(dir));
  say("%s", getcwd(path, sizeof path) ? path : strerrorname_np(errno));
  T(access("f", F_OK));
  T(access("..", F_OK));
  T(mount("z", "sub", "tmpfs", 0, NULL));
  T(umount2("sub", 0));
}

CASE(umount_expire, "MNT_EXPIRE marks first, and takes off what nobody used since") {
  mkdir("d", 0755);
  mount("x", "d", "tmpfs", 0, NULL);
  T(umount2("d", MNT_EXPIRE | MNT_DETACH));
  T(umount2("d", MNT_EXPIRE));
  T(access("d", F_OK));
  T(umount2("d", MNT_EXPIRE));
  T(umount2("d", MNT_EXPIRE));
  T(umount2("d", MNT_EXPIRE));
}

CASE(umount_flags, "umount2 knows four flags") {
  mkdir("d", 0755);
  T(umount2("d", 16));
  T(umount2("d", 0));
  symlink("d", "l");
  mount("x", "d", "tmpfs", 0, NULL);
  T(umount2("l", UMOUNT_NOFOLLOW));
  T(umount2("l", 0));
  T(umount2("d/x", 0));
  T(umount(NULL));
}

CASE(move, "a mount is moved with all that is on it, out of a private place") {
  mkdir("a", 0755);
  mkdir("b", 0755);
  put("f", "");
  mount("x", "a", "tmpfs", 0, NULL);
  mkdir("a/sub", 0755);
  mount("y", "a/sub", "tmpfs", 0, NULL);
  put("a/sub/g", "below");
  T(mount("a/sub/g", "b", NULL, MS_MOVE, NULL));
  T(mount("b", "a", NULL, MS_MOVE, NULL));
  T(mount("a", "f", NULL, MS_MOVE, NULL));
  T(mount("a", "a/sub", NULL, MS_MOVE, NULL));
  T(mount(NULL, "b", NULL, MS_MOVE, NULL));
  T(mount("a", "b", NULL, MS_MOVE, NULL));
  say("%s", line_of("b/sub/g"));
  T(access("a/sub", F_OK));
  mount(NULL, "b", NULL, MS_SHARED, NULL);
  T(mount("b/sub", "a", NULL, MS_MOVE, NULL));
}

CASE(mountpoints_stay, "a mount point cannot be removed or renamed") {
  mkdir("d", 0755);
  mount("x", "d", "tmpfs", 0, NULL);
  T(rmdir("d"));
  T(rename("d", "e"));
  mkdir("f", 0755);
  T(rename("f", "d"));
  T(umount("d"));
  T(rmdir("d"));
}

CASE(removed_elsewhere, "an entry that is a mount point in another namespace only can be removed, and the mount goes") {
  char c;
  int ends[2], back[2];
  pipe(ends);
  pipe(back);
  mkdir("d", 0755);
  int pid = clone_flags(CLONE_NEWNS);
  if (pid == 0) {
    mount("x", "d", "tmpfs", 0, NULL);
    put("d/f", "");
    write(ends[1], "", 1);
    read(back[0], &c, 1);
    T(access("d/f", F_OK));
    _exit(0);
  }
  read(ends[0], &c, 1);
  T(rmdir("d"));
  write(back[1], "", 1);
  waitpid(pid, NULL, 0);
}

CASE(new_namespace, "mounts in a new namespace are seen there only") {
  mkdir("d", 0755);
  int pid = clone_flags(CLONE_NEWNS);
  if (pid == 0) {
    T(mount("x", "d", "tmpfs", 0, NULL));
    put("d/f", "");
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  T(access("d/f", F_OK));
  say("%s", info_of("d"));
}

CASE(namespace_of_a_process, "/proc/PID/mountinfo and /proc/PID/root show another process's mounts") {
  char path[64], c;
  int ends[2];
  pipe(ends);
  mkdir("d", 0755);
  int pid = clone_flags(CLONE_NEWNS);
  if (pid == 0) {
    mount("x", "d", "tmpfs", 0, NULL);
    put("d/f", "theirs");
    write(ends[1], "", 1);
    for (;;) pause();
  }
  read(ends[0], &c, 1);
  snprintf(path, sizeof path, "/proc/%d/root/tmp/d/f", pid);
  say("%s", line_of(path));
  snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
  say("%s", find_info(path, "/tmp/d"));
}

CASE(setns_mount, "setns enters a mount namespace at its root") {
  char path[64], c;
  int ends[2];
  pipe(ends);
  mkdir("d", 0755);
  int pid = clone_flags(CLONE_NEWNS);
  if (pid == 0) {
    mount("x", "d", "tmpfs", 0, NULL);
    put("d/f", "theirs");
    write(ends[1], "", 1);
    for (;;) pause();
  }
  read(ends[0], &c, 1);
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
  int fd = open(path, O_RDONLY);
  T(setns(fd, CLONE_NEWNS));
  say("%s", getcwd(path, sizeof path));
  say("%s", line_of("/tmp/d/f"));
}

CASE(pivot, "pivot_root makes a mount the root, and puts the old one below it") {
  unshare(CLONE_NEWNS);
  mkdir("new", 0755);
  mkdir("plain", 0755);
  mount("x", "new", "tmpfs", 0, NULL);
  mkdir("new/old", 0755);
  put("new/f", "new root");
  put("file", "");
  T(syscall(SYS_pivot_root, "plain", "new/old"));
  T(syscall(SYS_pivot_root, "new", "plain"));
  T(syscall(SYS_pivot_root, "new", "file"));
  T(syscall(SYS_pivot_root, "/", "new/old"));
  mount(NULL, "new", NULL, MS_SHARED, NULL);
  T(syscall(SYS_pivot_root, "new", "new/old"));
  mount(NULL, "new", NULL, MS_PRIVATE, NULL);
  T(syscall(SYS_pivot_root, "new", "new/old"));
  char path[100];
  say("%s", getcwd(path, sizeof path) ? path : strerrorname_np(errno));
  say("%s", line_of("/f"));
  T(access("/old/tmp/new", F_OK));
  T(umount2("/old", MNT_DETACH));
  T(access("/old/tmp", F_OK));
  T(access("..", F_OK));
}

CASE(pivot_in_place, "pivot_root(\".\", \".\") stacks the old root on the new one") {
  unshare(CLONE_NEWNS);
  mkdir("new", 0755);
  mount("x", "new", "tmpfs", 0, NULL);
  put("new/f", "new root");
  chdir("new");
  T(syscall(SYS_pivot_root, ".", "."));
  T(umount2(".", MNT_DETACH));
  T(chdir("/"));
  say("%s", line_of("/f"));
}

CASE(proc_mounts, "/proc/mounts escapes spaces, and leaves out what cannot be reached") {
  mkdir("a b", 0755);
  mount("so urce", "a b", "tmpfs", MS_NODEV | MS_NOEXEC, "mode=700");
  FILE *file = fopen("/proc/mounts", "r");
  for (char line[300]; fgets(line, sizeof line, file);)
    if (strstr(line, "urce")) printf("%.*s\n", (int)(strstr(line, "tmpfs ") - line + 5), line), printf("%d %d\n", strstr(line, "nodev") > 0, strstr(line, "mode=700") > 0);
  mkdir("jail", 0755);
  mount("proc", "jail", "proc", 0, NULL);
  chroot("jail");
  say("%s", strstr(line_of("/mounts"), "urce") ? "seen" : "not seen");
}
