/* Namespaces: unshare, setns, the entries of /proc/PID/ns. */
#include "case.h"
#include "namespaces.h"

CASE(unshare_nothing, "unshare of nothing, and of what a single thread has alone, succeeds") {
  T(unshare(0));
  T(unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM));
  T(unshare(CLONE_THREAD));
  T(unshare(CLONE_SIGHAND));
  T(unshare(CLONE_VM));
}

CASE(unshare_unknown, "unshare refuses flags that it does not know") {
  T(unshare(CLONE_PARENT));
  T(unshare(CLONE_VFORK));
  T(unshare(CLONE_PIDFD | CLONE_NEWUTS));
  T(unshare(SIGCHLD));
}

CASE(uts_is_copied, "a new UTS namespace starts as a copy and goes its own way") {
  char name[80] = {0};
  sethostname("before", 6);
  int pid = fork();
  if (pid == 0) {
    T(unshare(CLONE_NEWUTS));
    gethostname(name, sizeof name);
    say("inside: %s", name);
    T(sethostname("inside", 6));
    T(setdomainname("domain", 6));
    gethostname(name, sizeof name);
    say("inside: %s", name);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  gethostname(name, sizeof name);
  say("outside: %s", name);
}

CASE(uts_of_a_child, "clone with CLONE_NEWUTS gives only the child a namespace") {
  int pid = clone_flags(CLONE_NEWUTS);
  if (pid == 0) {
    sethostname("child", 5);
    _exit(same_ns("uts", getppid()));
  }
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(uts_long_names, "host names have at most 64 bytes") {
  char name[70];
  memset(name, 'x', sizeof name);
  unshare(CLONE_NEWUTS);
  T(sethostname(name, 64));
  T(sethostname(name, 65));
  T(sethostname(name, -1));
  T(setdomainname(name, 65));
  T(sethostname(NULL, 3));
}

CASE(ns_links, "each kind of namespace has a link that names it") {
  static const char *names[] = {"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"};
  for (int i = 0; i < 10; i++) {
    char text[64] = {0}, path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
    readlink(path, text, sizeof text - 1);
    say("%s: %.*s", names[i], (int)(strcspn(text, "[") + 1), text);
  }
}

CASE(ns_directory, "/proc/PID/ns can be searched by its owner and read by nobody else") {
  struct stat st;
  T(stat("/proc/self/ns", &st));
  say("mode %o", st.st_mode);
  T(lstat("/proc/self/ns/uts", &st));
  say("link mode %o", st.st_mode);
  T(stat("/proc/self/ns/uts", &st));
  say("file mode %o, %ld links, size %ld", st.st_mode, (long)st.st_nlink, (long)st.st_size);
}

CASE(same_namespace_same_number, "the inode number tells whether two processes share a namespace") {
  int pid = fork();
  if (pid == 0) {
    say("shared: %d", same_ns("uts", getppid()));
    unshare(CLONE_NEWUTS | CLONE_NEWIPC);
    say("after unshare: uts %d, ipc %d, net %d", same_ns("uts", getppid()), same_ns("ipc", getppid()), same_ns("net", getppid()));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

CASE(link_is_the_inode, "the number in the link is the inode's") {
  char text[64] = {0}, made[64];
  struct stat st;
  readlink("/proc/self/ns/uts", text, sizeof text - 1);
  stat("/proc/self/ns/uts", &st);
  snprintf(made, sizeof made, "uts:[%lu]", (unsigned long)st.st_ino);
  say("%d", strcmp(text, made));
}

CASE(open_namespace, "an open namespace reads nothing and takes nothing") {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  char text[64] = {0}, path[64];
  T(fd >= 0);
  T(read(fd, text, 10));
  T(open("/proc/self/ns/uts", O_RDWR));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, text, sizeof text - 1);
  say("%.5s", text);
  struct statfs fs;
  T(fstatfs(fd, &fs));
  say("type %lx", (unsigned long)fs.f_type);
}

CASE(setns_back, "setns goes back to a namespace whose descriptor was kept") {
  char name[80] = {0};
  sethostname("first", 5);
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  unshare(CLONE_NEWUTS);
  sethostname("second", 6);
  T(setns(fd, CLONE_NEWUTS));
  gethostname(name, sizeof name);
  say("%s", name);
}

CASE(setns_any_type, "a type of 0 takes any namespace, another type must be right") {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  T(setns(fd, 0));
  T(setns(fd, CLONE_NEWIPC));
  T(setns(fd, CLONE_NEWUTS | CLONE_NEWIPC));
  T(setns(fd, CLONE_NEWUTS));
}

CASE(setns_bad_descriptors, "setns wants a namespace or a process descriptor") {
  int pipes[2];
  pipe(pipes);
  T(setns(-1, 0));
  T(setns(77, CLONE_NEWUTS));
  T(setns(pipes[0], CLONE_NEWUTS));
  T(setns(open("/proc/self/status", O_RDONLY), 0));
  T(setns(open("/proc/self/ns", O_RDONLY), 0));
}

CASE(setns_unprivileged, "entering a UTS namespace needs CAP_SYS_ADMIN") {
  int fd = open("/proc/self/ns/uts", O_RDONLY);
  become(1000);
  T(setns(fd, CLONE_NEWUTS));
  T(unshare(CLONE_NEWUTS));
  T(unshare(CLONE_NEWNS));
  T(unshare(CLONE_NEWPID));
  T(unshare(CLONE_NEWNET));
  T(sethostname("x", 1));
  T(clone_flags(CLONE_NEWUTS));
}

CASE(ns_of_others, "namespaces of another user's process are not shown") {
  int pid = fork();
  if (pid == 0) for (;;) pause();
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
  become(1000);
  T(open(path, O_RDONLY));
  T(readlink(path, text, sizeof text));
}

CASE(ns_of_the_dead, "a process that has ended has no namespaces") {
  int pid = fork();
  if (pid == 0) _exit(0);
  await_state(pid, "Z");
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
  T(open(path, O_RDONLY));
  T(readlink(path, text, sizeof text));
  waitpid(pid, NULL, 0);
  T(open(path, O_RDONLY));
}

CASE(clone_contradictions, "clone refuses flags that contradict each other") {
  T(clone_flags(CLONE_NEWNS | CLONE_FS));
  T(clone_flags(CLONE_NEWUSER | CLONE_FS));
  T(clone_flags(CLONE_THREAD));
  T(clone_flags(CLONE_SIGHAND));
  T(clone_flags(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
  T(clone_flags(CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
  T(clone_flags(CLONE_NEWIPC | CLONE_SYSVSEM));
}

CASE(unshare_shared_signals, "signal handlers or memory that others share cannot be unshared") {
  int pid = vfork();
  if (pid == 0) {
    long shared = unshare(CLONE_VM);
    _exit(shared == 0 ? 0 : errno == EINVAL ? 22 : 1);
  }
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(unshare_files, "after unshare of files a descriptor that is closed stays open elsewhere") {
  int fd = open("/proc/self/status", O_RDONLY);
  int pid = clone_flags(CLONE_FILES);
  if (pid == 0) {
    unshare(CLONE_FILES);
    _exit(close(fd) == 0 ? 0 : 1);
  }
  waitpid(pid, NULL, 0);
  T(fcntl(fd, F_GETFD));
}

CASE(unshare_fs, "after unshare of the directories a change of them stays with who made it") {
  char path[100];
  mkdir("d", 0755);
  int pid = clone_flags(CLONE_FS);
  if (pid == 0) {
    unshare(CLONE_FS);
    _exit(chdir("d"));
  }
  waitpid(pid, NULL, 0);
  say("%s", getcwd(path, sizeof path));
  pid = clone_flags(CLONE_FS);
  if (pid == 0) _exit(chdir("d"));
  waitpid(pid, NULL, 0);
  say("%s", getcwd(path, sizeof path));
}

CASE(ns_types, "NS_GET_NSTYPE tells the flag of a namespace") {
  static const char *names[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
  for (int i = 0; i < 8; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
    int fd = open(path, O_RDONLY);
    say("%s: %x", names[i], ioctl(fd, NS_GET_NSTYPE));
    close(fd);
  }
}

CASE(ns_parents, "NS_GET_PARENT is for hierarchies, NS_GET_OWNER_UID for users, and neither leads out") {
  int uts = open("/proc/self/ns/uts", O_RDONLY), pid = open("/proc/self/ns/pid", O_RDONLY);
  int user = open("/proc/self/ns/user", O_RDONLY), uid = -1;
  T(ioctl(uts, NS_GET_PARENT));
  T(ioctl(pid, NS_GET_PARENT));
  T(ioctl(user, NS_GET_PARENT));
  T(ioctl(user, NS_GET_USERNS));
  T(ioctl(uts, NS_GET_OWNER_UID, &uid));
  T(ioctl(user, NS_GET_OWNER_UID, &uid));
  say("uid %d", uid);
  T(ioctl(user, NS_GET_OWNER_UID, NULL));
  T(ioctl(user, 0xb777));
  int owner = ioctl(uts, NS_GET_USERNS);
  say("owner is ours: %d, cloexec %d", same_file(owner, user), fcntl(owner, F_GETFD));
}

CASE(bound_namespace, "a namespace lives on a bind mount when its processes have gone") {
  char name[80] = {0};
  put("place", "");
  int pid = fork();
  if (pid == 0) {
    unshare(CLONE_NEWUTS);
    sethostname("kept", 4);
    T(mount("/proc/self/ns/uts", "place", NULL, MS_BIND, NULL));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  int fd = open("place", O_RDONLY);
  T(setns(fd, CLONE_NEWUTS));
  gethostname(name, sizeof name);
  say("%s", name);
  close(fd);
  struct statfs fs;
  statfs("place", &fs);
  say("type %lx", (unsigned long)fs.f_type);
  T(umount("place"));
  statfs("place", &fs);
  say("type %lx", (unsigned long)fs.f_type);
}

CASE(net_is_separate, "a new network namespace is another one") {
  int pid = clone_flags(CLONE_NEWNET);
  if (pid == 0) _exit(same_ns("net", getppid()));
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(time_for_children, "unshare of time concerns children only, and clone cannot be asked for it") {
  T(unshare(CLONE_NEWTIME));
  say("own changed: %d, children's changed: %d", !same_link("/proc/self/ns/time", "/proc/1/ns/time"),
      !same_link("/proc/self/ns/time_for_children", "/proc/1/ns/time"));
  int pid = fork();
  if (pid == 0) _exit(same_link("/proc/self/ns/time", "/proc/1/ns/time"));
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(setns_time, "setns into a time namespace changes the caller's own") {
  int pid = fork();
  if (pid == 0) {
    unshare(CLONE_NEWTIME);
    int fd = open("/proc/self/ns/time_for_children", O_RDONLY);
    T(setns(fd, CLONE_NEWTIME));
    _exit(same_link("/proc/self/ns/time", "/proc/self/ns/time_for_children"));
  }
  int status;
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(setns_mnt_fs_shared, "a mount namespace cannot be entered while the directories are shared") {
  int fd = open("/proc/self/ns/mnt", O_RDONLY);
  T(setns(fd, CLONE_NEWNS));
  int pid = clone_flags(CLONE_FS);
  if (pid == 0) {
    T(setns(fd, CLONE_NEWNS));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}
