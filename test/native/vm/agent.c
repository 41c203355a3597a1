/*
 * Process 1 of the test machine (machine.ts): runs programs for the host on this kernel and powers off when it is idle.
 *
 * The host's directory is mounted at /host (9p). A job is a file jobs/NAME.job of strings, each ended by a NUL:
 *   root id, kind, working directory, milliseconds, count, arguments..., count, environment...
 * with its standard input in jobs/NAME.in. Words of the kind: "init" makes the program process 1 of a pid namespace; with
 * "layer" it gets a layer of its own (overlayfs) over the root, which is quicker for large ones than a copy of its own.
 * The root roots/ID is copied to the disk at its first use, and from there for each job. The answer is jobs/NAME.out, jobs/NAME.err and then, by a rename, jobs/NAME.done: the wait status as text, or
 * "timeout".
 *
 * gcc -m32 -static -O1 agent.c
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often to look for jobs: while they come, and when none has for a while. */
#define POLL_MS 5
#define QUIET_POLL_MS 50
#define QUIET_MS 300
#define IDLE_MS 90000
#define STRINGS 512

struct job {
  char name[64];
  const char *root, *kind, *cwd;
  int timeout;
  char *argv[STRINGS], *envp[STRINGS];
};

static void die(const char *what) {
  fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
  fflush(stderr);
  reboot(RB_POWER_OFF);
  _exit(1);
}

static char *path_of(const char *directory, const char *name, const char *suffix) {
  static char text[4][256];
  static int at;
  char *to = text[at++ & 3];
  snprintf(to, 256, "%s/%s%s", directory, name, suffix);
  return to;
}

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static char *read_all(const char *path, size_t *length) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return NULL;
  size_t have = 0, room = 1 << 16;
  char *data = malloc(room);
  for (ssize_t n; (n = read(fd, data + have, room - have)) > 0;)
    if ((have += n) == room) data = realloc(data, room *= 2);
  close(fd);
  *length = have;
  return data;
}

static void write_all(const char *path, const char *data, size_t length) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) die(path);
  for (ssize_t n; length > 0; data += n, length -= n)
    if ((n = write(fd, data, length)) <= 0) die(path);
  close(fd);
}

static void load_modules(void) {
  size_t length;
  char *list = read_all("/modules/order", &length);
  if (list == NULL) die("/modules/order");
  list[length - 1] = 0;
  for (char *name = strtok(list, "\n"); name != NULL; name = strtok(NULL, "\n")) {
    int fd = open(path_of("/modules", name, ""), O_RDONLY);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0) die(name);
    close(fd);
  }
}

static const char *copied_from, *copied_to;

static int keep_link_times(const char *path, const struct stat *have, int type, struct FTW *where) {
  (void)where;
  if (type != FTW_SL) return 0;
  char copy[PATH_MAX];
  snprintf(copy, sizeof copy, "%s%s", copied_to, path + strlen(copied_from));
  struct timespec times[2] = {have->st_atim, have->st_mtim};
  if (utimensat(AT_FDCWD, copy, times, AT_SYMLINK_NOFOLLOW) != 0) die(copy);
  return 0;
}

/* cp -a of everything in one directory into another, which is made; and what busybox's cp forgets: the times of links. */
static int copy_tree(const char *from, const char *to) {
  pid_t pid = fork();
  if (pid == 0) {
    mkdir(to, 0755);
    execl("/bin/busybox", "cp", "-a", path_of(from, ".", ""), to, NULL);
    _exit(127);
  }
  int status;
  waitpid(pid, &status, 0);
  copied_from = from;
  copied_to = to;
  if (status == 0) nftw(from, keep_link_times, 16, FTW_PHYS);
  return status;
}

static char **take_list(char **at, char **into) {
  char **end = into;
  int count = atoi(*at);
  *at += strlen(*at) + 1;
  for (int i = 0; i < count && i < STRINGS - 1; i++) {
    *end++ = *at;
    *at += strlen(*at) + 1;
  }
  *end = NULL;
  return end;
}

static const char *take(char **at) {
  char *text = *at;
  *at += strlen(text) + 1;
  return text;
}

static int is_layered(const struct job *job) { return strstr(job->kind, "layer") != NULL; }

/* An empty directory as layer over the job's root, both seen at `root`; all of it goes with the directory. */
static int make_layer(const char *root) {
  if (mkdir(root, 0755) != 0) return -1;
  for (const char **name = (const char *[]){"seen", "upper", "work", NULL}; *name != NULL; name++)
    if (mkdir(path_of(root, *name, ""), 0755) != 0) return -1;
  return 0;
}

static void mount_layer(const struct job *job, char *root) {
  char options[512];
  snprintf(options, sizeof options, "lowerdir=/disk/roots/%s,upperdir=%s/upper,workdir=%s/work", job->root, root, root);
  strcat(root, "/seen");
  if (mount("overlay", root, "overlay", 0, options) != 0) die("overlay");
}

/* The directory becomes the root of the mount namespace, as a container's is: who is chrooted may make no user namespaces. */
static void enter_root(const struct job *job, const char *root) {
  if (chmod(root, 0755) != 0 || mount(root, root, NULL, MS_BIND, NULL) != 0 || chdir(root) != 0) die(root);
  if (mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir(job->cwd) != 0) die(root);
  if (mount("proc", "/proc", "proc", 0, NULL) != 0) die("/proc");
  if (mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620") != 0) die("/dev/pts");
  umask(022);
  signal(SIGPIPE, SIG_DFL);
  execve(job->argv[0], job->argv, job->envp);
  dprintf(2, "agent: %s: %s\n", job->argv[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

/* A new network namespace's only device is down. */
static void bring_loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) die("lo");
  close(fd);
}

/* What the program shall be process 1 of: namespaces of its own, as a container has. */
static void isolate(void) {
  if (unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) != 0) die("CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWNET");
  bring_loopback_up();
}

/* Starts the program with three pipes; returns its process. */
static pid_t start(const struct job *job, char *root, int pipes[3]) {
  int in[2], out[2], err[2];
  if (pipe(in) != 0 || pipe(out) != 0 || pipe(err) != 0) die("pipe");
  if (strstr(job->kind, "init") != NULL) isolate();
  pid_t pid = fork();
  if (pid == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) die("CLONE_NEWNS");
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    for (int fd = 3; fd < 64; fd++) close(fd);
    if (is_layered(job)) mount_layer(job, root);
    enter_root(job, root);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  pipes[0] = in[1];
  pipes[1] = out[0];
  pipes[2] = err[0];
  return pid;
}

struct text {
  char *data;
  size_t have, room;
};

static int take_output(int fd, struct text *to) {
  if (to->room - to->have < 65536) to->data = realloc(to->data, to->room += 1 << 20);
  ssize_t n = read(fd, to->data + to->have, to->room - to->have);
  if (n <= 0) return 0;
  to->have += n;
  return 1;
}

/* Feeds and drains until both outputs have ended; 0 when the time is up. */
static int converse(int pipes[3], const char *input, size_t left, struct text texts[2], long long deadline) {
  fcntl(pipes[0], F_SETFL, O_NONBLOCK);
  struct pollfd fds[3] = {{pipes[0], POLLOUT, 0}, {pipes[1], POLLIN, 0}, {pipes[2], POLLIN, 0}};
  while (fds[1].fd >= 0 || fds[2].fd >= 0) {
    if (fds[0].fd >= 0 && left == 0) {
      close(fds[0].fd);
      fds[0].fd = -1;
    }
    long long wait = deadline - now_ms();
    if (wait <= 0) return 0;
    if (poll(fds, 3, wait) < 0) continue;
    if (fds[0].fd >= 0 && fds[0].revents) {
      ssize_t n = write(fds[0].fd, input, left);
      if (n < 0 && errno != EAGAIN) left = 0;
      if (n > 0) input += n, left -= n;
    }
    for (int i = 1; i < 3; i++)
      if (fds[i].fd >= 0 && fds[i].revents && !take_output(fds[i].fd, &texts[i - 1])) fds[i].fd = -1;
  }
  return 1;
}

static int wait_until(pid_t pid, int *status, long long deadline) {
  while (waitpid(pid, status, WNOHANG) == 0) {
    if (now_ms() > deadline) return 0;
    usleep(1000);
  }
  return 1;
}

static void run(struct job *job) {
  const char *directory = "/host/jobs";
  char root[128];
  snprintf(root, sizeof root, "/disk/work/%s", job->name);
  char verdict[64] = "no root";
  struct text texts[2] = {{0}};
  if ((is_layered(job) ? make_layer(root) : copy_tree(path_of("/disk/roots", job->root, ""), root)) == 0) {
    size_t length = 0;
    char *input = read_all(path_of(directory, job->name, ".in"), &length);
    int pipes[3], status = 0;
    long long deadline = now_ms() + job->timeout;
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = start(job, root, pipes);
    if (converse(pipes, input, length, texts, deadline) && wait_until(pid, &status, deadline)) {
      snprintf(verdict, sizeof verdict, "%d", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    } else {
      kill(pid, SIGKILL);
      strcpy(verdict, "timeout");
    }
  }
  write_all(path_of(directory, job->name, ".out"), texts[0].data, texts[0].have);
  write_all(path_of(directory, job->name, ".err"), texts[1].data, texts[1].have);
  write_all(path_of(directory, job->name, ".part"), verdict, strlen(verdict));
  rename(path_of(directory, job->name, ".part"), path_of(directory, job->name, ".done"));
  execl("/bin/busybox", "rm", "-rf", root, NULL);
}

/* Reads a job's file and runs it in a process of its own; the job's root is brought to the disk first. */
static void begin(const char *file) {
  static struct job job;
  size_t length;
  char *path = path_of("/host/jobs", file, "");
  char *at = read_all(path, &length);
  if (at == NULL || unlink(path) != 0) return;
  char *memory = at;
  snprintf(job.name, sizeof job.name, "%.*s", (int)(strlen(file) - strlen(".job")), file);
  job.root = take(&at);
  job.kind = take(&at);
  job.cwd = take(&at);
  job.timeout = atoi(take(&at));
  take_list(&at, job.argv);
  take_list(&at, job.envp);
  struct stat found;
  char *copy = path_of("/disk/roots", job.root, "");
  if (stat(copy, &found) != 0) copy_tree(path_of("/host/roots", job.root, ""), copy);
  if (fork() == 0) {
    signal(SIGCHLD, SIG_DFL);
    run(&job);
    _exit(1);
  }
  free(memory);
}

/* Begins what there is; returns how many. */
static int look_for_jobs(void) {
  DIR *directory = opendir("/host/jobs");
  if (directory == NULL) die("/host/jobs");
  int found = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    const char *dot = strrchr(entry->d_name, '.');
    if (dot == NULL || strcmp(dot, ".job") != 0) continue;
    begin(entry->d_name);
    found++;
  }
  closedir(directory);
  return found;
}

/* The loopback device is up, as container runtimes leave it. */
static void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) die("lo");
  close(fd);
}

int main(void) {
  mount("proc", "/proc", "proc", 0, NULL);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  load_modules();
  if (mount("host", "/host", "9p", 0, "trans=virtio,version=9p2000.L,cache=none,msize=262144") != 0) die("/host");
  if (mount("/dev/vda", "/disk", "ext4", 0, NULL) != 0) die("/disk");
  mkdir("/disk/roots", 0755);
  mkdir("/disk/work", 0755);
  raise_loopback();
  write_all("/host/ready", "", 0);
  long long last = now_ms();
  for (;;) {
    int found = look_for_jobs();
    pid_t ended;
    while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    if (found > 0 || ended == 0) last = now_ms();
    if (now_ms() - last > IDLE_MS) break;
    usleep((now_ms() - last > QUIET_MS ? QUIET_POLL_MS : POLL_MS) * 1000);
  }
  unlink("/host/ready");
  umount("/disk");
  reboot(RB_POWER_OFF);
}
