/* execve: what the new program gets, what it keeps, and what cannot be executed. */
#include "case.h"
#include <sys/timerfd.h>

/* The same program, executed by a case: HELPER says what it shows. */
__attribute__((constructor)) static void helper(int argc, char **argv, char **envp) {
  const char *what = getenv("HELPER");
  if (what == NULL) return;
  if (strcmp(what, "args") == 0)
    for (int i = 0; i < argc; i++) say("argv[%d] %s", i, argv[i]);
  if (strcmp(what, "count") == 0) say("argc %d", argc);
  if (strcmp(what, "files") == 0)
    for (int fd = 3; fd < 60; fd++)
      if (fcntl(fd, F_GETFD) >= 0) say("open %d", fd);
  if (strcmp(what, "signals") == 0) {
    struct sigaction act;
    sigset_t mask, pending;
    stack_t stack;
    for (int sig = 1; sig < 65; sig++) {
      if (syscall(SYS_rt_sigaction, sig, NULL, &act, 8) == 0 && act.sa_handler != SIG_DFL)
        say("signal %d %s", sig, act.sa_handler == SIG_IGN ? "ignored" : "handled");
    }
    sigprocmask(0, NULL, &mask);
    sigpending(&pending);
    for (int sig = 1; sig < 32; sig++) {
      if (sigismember(&mask, sig)) say("blocked %d", sig);
      if (sigismember(&pending, sig)) say("pending %d", sig);
    }
    sigaltstack(NULL, &stack);
    say("stack %d %x", stack.ss_sp != NULL, stack.ss_flags);
  }
  if (strcmp(what, "timers") == 0) {
    struct itimerval value;
    struct itimerspec spec;
    getitimer(ITIMER_REAL, &value);
    say("itimer %s", value.it_value.tv_sec > 0 ? "runs" : "is off");
    say("alarm in %d s", alarm(0));
    T(syscall(SYS_timer_gettime, 0, &spec));
  }
  if (strcmp(what, "comm") == 0) {
    char name[17] = {0};
    prctl(PR_GET_NAME, name);
    say("comm %s", name);
  }
  if (strcmp(what, "limits") == 0) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    say("files %ld umask %o nice %d", (long)limit.rlim_cur, umask(0), getpriority(PRIO_PROCESS, 0));
    say("personality %x dumpable %d", (int)syscall(SYS_personality, 0xffffffff), prctl(PR_GET_DUMPABLE));
    say("pdeath %d", ({ int sig = 0; prctl(PR_GET_PDEATHSIG, &sig); sig; }));
    say("no new privs %d keepcaps %d", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_KEEPCAPS));
  }
  if (strcmp(what, "mappings") == 0) say("mapping %s", mincore((void *)0x40000000, 4096, (void *)what - 100) == 0 ? "is there" : strerrorname_np(errno));
  if (strcmp(what, "ids") == 0) say("uid %d euid %d gid %d egid %d", getuid(), geteuid(), getgid(), getegid());
  fflush(stdout);
  _exit(40);
}

static char self[200];

/* Runs the helper in a child with these arguments; the child first calls `before`. */
static void run(const char *path, char **argv, const char *what, void (*before)(void)) {
  char env[40];
  char *envp[] = {env, NULL};
  int status, pid;
  snprintf(env, sizeof env, "HELPER=%s", what);
  fflush(stdout);
  pid = fork();
  if (pid == 0) {
    if (before != NULL) before();
    T(execve(path, argv, envp));
    _exit(1);
  }
  waitpid(pid, &status, 0);
  say_status("child", status);
}

static const char *me(void) {
  self[readlink("/proc/self/exe", self, sizeof self - 1)] = 0;
  return self;
}

static void script(const char *name, const char *first) {
  put(name, first);
  chmod(name, 0755);
}

CASE(arguments, "argv comes as given") {
  run(me(), (char *[]){"a", "", "b c", NULL}, "args", NULL);
}

CASE(no_arguments, "without argv[0] an empty one is made up") {
  run(me(), (char *[]){NULL}, "count", NULL);
  run(me(), NULL, "count", NULL);
}

CASE(close_on_exec, "descriptors with FD_CLOEXEC are closed, others stay") {
  void before(void) {
    open("/dev/null", O_RDONLY);
    open("/dev/null", O_RDONLY | O_CLOEXEC);
    fcntl(0, F_DUPFD_CLOEXEC, 20);
    fcntl(0, F_DUPFD, 30);
    fcntl(30, F_SETFD, FD_CLOEXEC);
    dup3(0, 40, O_CLOEXEC);
    dup2(40, 41);
    ioctl(41, FIOCLEX);
    ioctl(41, FIONCLEX);
  }
  run(me(), (char *[]){"x", NULL}, "files", before);
}

CASE(signals, "handlers go, ignored and blocked signals stay, pending ones too, the alternate stack goes") {
  void nothing(int sig) {}
  void before(void) {
    static char memory[8192];
    stack_t stack = {memory, 0, sizeof memory};
    sigset_t set;
    signal(SIGUSR1, nothing);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGRTMIN + 3, SIG_IGN);
    sigaltstack(&stack, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGTERM);
  }
  run(me(), (char *[]){"x", NULL}, "signals", before);
}

CASE(timers, "interval timers and alarms go on, POSIX timers do not") {
  void before(void) {
    int id;
    struct itimerspec spec = {{0, 0}, {100, 0}};
    timer_t timer;
    syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
    syscall(SYS_timer_settime, id, 0, &spec, NULL);
    alarm(100);
  }
  run(me(), (char *[]){"x", NULL}, "timers", before);
}

CASE(name, "the name is the file's, cut to 15 bytes") {
  symlink(me(), "a-name-that-is-too-long");
  run("a-name-that-is-too-long", (char *[]){"other", NULL}, "comm", NULL);
  run("./a-name-that-is-too-long", (char *[]){"other", NULL}, "comm", NULL);
}

CASE(attributes, "limits, umask, nice value, personality and no_new_privs stay, keepcaps goes") {
  void before(void) {
    struct rlimit limit = {77, 88};
    setrlimit(RLIMIT_NOFILE, &limit);
    umask(027);
    setpriority(PRIO_PROCESS, 0, 5);
    syscall(SYS_personality, 0x0040000);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_KEEPCAPS, 1);
  }
  run(me(), (char *[]){"x", NULL}, "limits", before);
}

CASE(mappings, "mappings are gone") {
  void before(void) {
    mmap((void *)0x40000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  }
  run(me(), (char *[]){"x", NULL}, "mappings", before);
}

CASE(script_argument, "the rest of the script's line is one argument") {
  char line[300];
  snprintf(line, sizeof line, "#! %s  one two \t three  \nrest\n", me());
  script("s", line);
  run("s", (char *[]){"argv0", "x", "y", NULL}, "args", NULL);
}

CASE(script_without_newline, "a script may end in its first line") {
  char line[300];
  snprintf(line, sizeof line, "#!%s", me());
  script("s", line);
  run("./s", (char *[]){"argv0", NULL}, "args", NULL);
}

CASE(script_of_script, "the interpreter may be a script, four times") {
  char line[300], name[20];
  snprintf(line, sizeof line, "#!%s deepest\n", me());
  script("s0", line);
  for (int i = 1; i < 7; i++) {
    snprintf(name, sizeof name, "s%d", i);
    snprintf(line, sizeof line, "#!/tmp/s%d arg%d\n", i - 1, i);
    script(name, line);
  }
  run("/tmp/s1", (char *[]){"argv0", NULL}, "args", NULL);
  run("/tmp/s3", (char *[]){"argv0", NULL}, "count", NULL);
  run("/tmp/s4", (char *[]){"argv0", NULL}, "count", NULL);
  run("/tmp/s5", (char *[]){"argv0", NULL}, "count", NULL);
  run("/tmp/s6", (char *[]){"argv0", NULL}, "count", NULL);
}

CASE(script_errors, "scripts without an interpreter, or with one that is not there") {
  script("s1", "#!\n");
  script("s2", "#!   \t \n");
  script("s3", "#!/none\n");
  script("s4", "#!/tmp\n");
  script("s5", "#");
  script("s6", "");
  script("s7", "hello\n");
  put("plain", "x");
  script("s8", "#!/tmp/plain\n");
  char name[4] = "s1", *argv[] = {"x", NULL};
  for (; name[1] < '9'; name[1]++) T(execve(name, argv, NULL));
}

CASE(script_loop, "a script that is its own interpreter") {
  script("s", "#!/tmp/s\n");
  T(execve("s", (char *[]){"x", NULL}, NULL));
}

CASE(script_long_line, "a first line longer than 255 bytes may cut arguments, but not the interpreter") {
  char line[600];
  int n = snprintf(line, sizeof line, "#!%s ", me());
  memset(line + n, 'a', 400);
  strcpy(line + n + 400, "\n");
  script("s", line);
  run("s", (char *[]){"argv0", NULL}, "count", NULL);
  memset(line, 'b', 500);
  memcpy(line, "#!/", 3);
  script("t", line);
  T(execve("t", (char *[]){"x", NULL}, NULL));
}

CASE(not_executable, "files without an x bit, directories, devices, nothing") {
  char *argv[] = {"x", NULL};
  put("plain", "x");
  mkdir("dir", 0755);
  mkfifo("fifo", 0777);
  T(execve("plain", argv, NULL));
  T(execve("dir", argv, NULL));
  T(execve("fifo", argv, NULL));
  T(execve("/dev/null", argv, NULL));
  T(execve("none", argv, NULL));
  T(execve("", argv, NULL));
  T(execve("plain/x", argv, NULL));
  T(execve((void *)1, argv, NULL));
  symlink("loop", "loop");
  T(execve("loop", argv, NULL));
}

CASE(bad_elf, "a damaged ELF file is ENOEXEC") {
  char head[64];
  int fd = open(me(), O_RDONLY);
  read(fd, head, 52);
  for (int i = 0; i < 5; i++) {
    char copy[64];
    memcpy(copy, head, 52);
    if (i == 0) copy[4] = 2;            /* 64 bit */
    if (i == 1) copy[18] = 40;          /* another machine */
    if (i == 2) copy[16] = 1;           /* relocatable */
    if (i == 3) copy[42] = 7;           /* size of program headers */
    int elf = open("elf", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    write(elf, copy, i == 4 ? 20 : 52);
    close(elf);
    T(execve("elf", (char *[]){"x", NULL}, NULL));
  }
}

CASE(noexec_mount, "nothing is executed from a noexec mount") {
  mkdir("m", 0755);
  mount("t", "m", "tmpfs", MS_NOEXEC, "");
  script("m/s", "#!/bin/x\n");
  T(execve("m/s", (char *[]){"x", NULL}, NULL));
  T(access("m/s", X_OK));
  umount("m");
}

static void copy_self(const char *to) {
  char data[65536];
  long n;
  int from = open(me(), O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0755);
  while ((n = read(from, data, sizeof data)) > 0) write(out, data, n);
  close(from);
  close(out);
}

CASE(text_busy_exec, "a file that is open for writing cannot be executed") {
  copy_self("prog");
  int fd = open("prog", O_WRONLY);
  T(execve("prog", (char *[]){"x", NULL}, NULL));
  close(fd);
  run("prog", (char *[]){"x", NULL}, "count", NULL);
}

CASE(text_busy_write, "a program that runs cannot be opened for writing or truncated, but removed") {
  copy_self("prog");
  int p[2], pid;
  pipe(p);
  pid = fork();
  if (pid == 0) {
    dup2(p[1], 1);
    dup2(p[0], 0);
    execve("prog", (char *[]){"prog", "no-such-case", NULL}, (char *[]){"HELPER=wait", NULL});
    _exit(1);
  }
  waitpid(pid, NULL, 0);
  T(open("prog", O_WRONLY) >= 0);
  T(open(me(), O_WRONLY));
  T(open(me(), O_RDWR));
  T(truncate(me(), 0));
  T(open(me(), O_RDONLY) >= 0);
}

CASE(too_long_argument, "one string of 128 KiB is E2BIG") {
  char *big = malloc(131072 + 1), *argv[] = {"x", big, NULL};
  memset(big, 'a', 131072);
  big[131072] = 0;
  T(execve(me(), argv, NULL));
  big[131071] = 0;
  run(me(), argv, "count", NULL);
}

CASE(too_many_arguments, "strings may take a quarter of the stack limit") {
  static char *argv[40];
  char *big = malloc(131072);
  memset(big, 'a', 131072);
  big[131071] = 0;
  for (int i = 0; i < 20; i++) argv[i] = big;
  run(me(), argv, "count", NULL);
  struct rlimit limit = {1 << 20, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &limit);
  T(execve(me(), argv, NULL));
  argv[1] = NULL;
  run(me(), argv, "count", NULL);
}

CASE(bad_pointers, "bad pointers in argv and envp are EFAULT") {
  T(execve(me(), (char **)1, NULL));
  T(execve(me(), (char *[]){(char *)1, NULL}, NULL));
  T(execve(me(), (char *[]){"x", NULL}, (char **)0xc0000000));
}

CASE(execveat_descriptor, "execveat with an empty path runs the descriptor") {
  char *argv[] = {"x", NULL}, *envp[] = {"HELPER=count", NULL};
  int fd = open(me(), O_RDONLY), status, pid;
  int path = open(me(), O_PATH);
  T(syscall(SYS_execveat, fd, "", argv, envp, 0));
  T(syscall(SYS_execveat, 99, "", argv, envp, AT_EMPTY_PATH));
  T(syscall(SYS_execveat, fd, "", argv, envp, 0x8000));
  pid = fork();
  if (pid == 0) syscall(SYS_execveat, path, "", argv, envp, AT_EMPTY_PATH);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(execveat_nofollow, "AT_SYMLINK_NOFOLLOW refuses a link") {
  symlink(me(), "link");
  T(syscall(SYS_execveat, AT_FDCWD, "link", NULL, NULL, AT_SYMLINK_NOFOLLOW));
}

CASE(execveat_script, "a script by a close-on-exec descriptor cannot be opened by its interpreter") {
  char line[300], *argv[] = {"x", NULL}, *envp[] = {"HELPER=args", NULL};
  snprintf(line, sizeof line, "#!%s\n", me());
  script("s", line);
  int status, pid, fd = open("s", O_RDONLY | O_CLOEXEC);
  T(syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH));
  int kept = dup2(fd, 33);
  pid = fork();
  if (pid == 0) syscall(SYS_execveat, kept, "", argv, envp, AT_EMPTY_PATH);
  waitpid(pid, &status, 0);
  say_status("child", status);
}

CASE(setuid_program, "set-user-ID and set-group-ID change effective numbers") {
  copy_self("prog");
  chown("prog", 1234, 2345);
  chmod("prog", 06755);
  run("prog", (char *[]){"x", NULL}, "ids", NULL);
  chmod("prog", 02745);
  run("prog", (char *[]){"x", NULL}, "ids", NULL);
  void before(void) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  }
  chmod("prog", 06755);
  run("prog", (char *[]){"x", NULL}, "ids", before);
}

CASE(setpgid_after_exec, "a parent cannot move a child that has called execve") {
  int p[2], pid;
  char c;
  pipe2(p, O_CLOEXEC);
  pid = fork();
  if (pid == 0) {
    execve(me(), (char *[]){"x", "no-such-case", NULL}, (char *[]){NULL});
    _exit(1);
  }
  close(p[1]);
  read(p[0], &c, 1);
  T(setpgid(pid, pid));
  waitpid(pid, NULL, 0);
}
