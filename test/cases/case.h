/*
 * Cases: small programs, one for each behaviour, in one file for each topic. Each prints what calls return, so that a real
 * kernel's verdicts and ours can be compared line by line.
 *
 *   CASE(kill_zero, "kill with signal 0 only asks whether the process exists") {
 *     T(kill(getpid(), 0));
 *   }
 *
 * A file is one program. Without arguments it runs its cases in order, with names as arguments only those. Each case is a
 * process of its own, a child of process 1, user 0, in an empty memory filesystem as its directory (/tmp); what it
 * leaves behind is killed. Process numbers are equal on both kernels as long as a case forks in a fixed order, but print
 * none: say what they are compared with.
 */
#include "../kernel/fs/oracle/common.h"
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>

struct a_case {
  const char *name, *sentence;
  void (*run)(void);
  struct a_case *next;
};

static struct a_case *cases, **last_case = &cases;

#define CASE(name, sentence)                                                    \
  static void name(void);                                                       \
  static struct a_case name##_case = {#name, sentence, name, NULL};             \
  __attribute__((constructor)) static void name##_enter(void) {                 \
    *last_case = &name##_case;                                                  \
    last_case = &name##_case.next;                                              \
  }                                                                             \
  static void name(void)

/* Prints a line at once, so that output of several processes comes in the order in which it was made. */
#define say(...) (printf(__VA_ARGS__), printf("\n"), fflush(stdout))

/* The state letter of a process in /proc/PID/stat; '-' when there is none. */
static inline char state_of(int pid) {
  char path[40], text[300];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return '-';
  long n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n > 0 ? n : 0] = 0;
  char *end = strrchr(text, ')');
  return end == NULL ? '-' : end[2];
}

/* Waits until a process is in one of these states: "S" when it sleeps in a call, "T" when it has stopped, "Z" when dead. */
static inline void await_state(int pid, const char *states) {
  for (int i = 0; i < 20000 && strchr(states, state_of(pid)) == NULL; i++) usleep(500);
  if (strchr(states, state_of(pid)) == NULL) say("a process never came to state %s", states);
}

/* Prints how a status of wait() reads. */
static inline void say_status(const char *who, int status) {
  if (WIFEXITED(status)) say("%s exited %d", who, WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) say("%s killed by %d%s", who, WTERMSIG(status), WCOREDUMP(status) ? ", core" : "");
  else if (WIFSTOPPED(status)) say("%s stopped by %x", who, status >> 8);
  else if (WIFCONTINUED(status)) say("%s continued", who);
  else say("%s: status %x", who, status);
}

static void run_case(struct a_case *this) {
  int status = 0;
  say("== %s: %s", this->name, this->sentence);
  if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") < 0) perror("mount");
  int pid = fork();
  if (pid == 0) {
    if (chdir("/tmp") < 0) perror("/tmp");
    umask(022);
    this->run();
    fflush(stdout);
    _exit(0);
  }
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  kill(-1, SIGKILL);
  while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) continue;
  say_status("==", status);
  umount2("/tmp", MNT_DETACH);
}

int main(int argc, char **argv) {
  // A line is out before anything else happens, also in children that end by _exit.
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (struct a_case *this = cases; this != NULL; this = this->next) {
    int wanted = argc < 2;
    for (int i = 1; i < argc; i++) wanted |= strcmp(argv[i], this->name) == 0;
    if (wanted) run_case(this);
  }
  return 0;
}
