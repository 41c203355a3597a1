/* Trees to processes: pipelines, lists, constructs and simple commands. */
#include "lib/say.h"
#include "sh.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int wait_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

/* Of a process that is no child the status is that of exit(127). */
static int wait_raw(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 127 << 8;
  return status;
}

int wait_for(pid_t pid) { return wait_status(wait_raw(pid)); }

/* Waits for what runs in the foreground; says what killed it, unless that is Ctrl-C or a pipe without a reader. */
static int wait_foreground(pid_t pid) {
  int status = wait_raw(pid), sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (sig == SIGINT && shell.interactive) say("\n");
  if (sig && sig != SIGINT && sig != SIGPIPE) say_to(2, "%s\n", strsignal(sig));
  return wait_status(status);
}

static const struct node *last; /* the command that is all this process has left to do, if any */

/* A child that is to run a part of the script, or a program: without the shell's own ways with signals. */
static pid_t fork_child(void) {
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) {
    if (shell.interactive) signal(SIGINT, SIG_DFL);
    shell.interactive = 0;
    last = 0;
  }
  return child;
}

/* What a child was made for. A program then takes the child's place, so that $! is its process. */
static void run_and_exit(const struct node *n) {
  last = n;
  _exit(execute(n));
}

/* ---- redirections ---- */

enum { FIRST_SAVED = 10 };

static void save(int fd, struct arena *a, struct saved **saved) {
  if (!saved) return;
  struct saved *s = allot(a, sizeof *s);
  s->fd = fd;
  s->copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_SAVED); /* -1: it was closed, and is closed again */
  s->next = *saved;
  *saved = s;
}

void undo_redirects(struct saved *saved) {
  for (; saved; saved = saved->next) {
    if (saved->copy < 0) {
      close(saved->fd);
      continue;
    }
    dup2(saved->copy, saved->fd);
    close(saved->copy);
  }
}

/* A here-document's text: in a pipe if it fits, else in a file without a name. */
static int document(struct arena *a, const struct redirect *r) {
  const char *text = r->literal ? r->target : expand_document(a, r->target);
  unsigned len = strlen(text);
  int ends[2];
  if (len <= 4096) {
    must(pipe(ends), "pipe");
    write_all(ends[1], text, len);
    close(ends[1]);
    return ends[0];
  }
  char path[32];
  format(path, sizeof path, "/tmp/sh.%d", (int)getpid());
  int fd = (int)must(open(path, O_RDWR | O_CREAT | O_EXCL, 0600), path);
  unlink(path);
  write_all(fd, text, len);
  lseek(fd, 0, SEEK_SET);
  return fd;
}

static int open_target(struct arena *a, const struct redirect *r, const char *target) {
  switch (r->kind) {
    case T_LESS: return open(target, O_RDONLY | O_CLOEXEC);
    case T_GREAT: return open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    case T_DGREAT: return open(target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    default: return document(a, r);
  }
}

static int apply_one(const struct redirect *r, struct arena *a, struct saved **saved) {
  const char *target = r->kind == T_DLESS ? "here-document" : expand_one(a, r->target);
  int duplicates = r->kind == T_LESSAND || r->kind == T_GREATAND;
  int from = -1;
  if (!duplicates && (from = open_target(a, r, target)) < 0) return fail("sh", target), -1;
  save(r->fd, a, saved);
  if (duplicates && !strcmp(target, "-")) {
    close(r->fd);
    return 0;
  }
  if (duplicates) from = atoi(target);
  if (from != r->fd && dup2(from, r->fd) < 0) return fail("sh", target), -1;
  if (!duplicates && from != r->fd) close(from);
  else if (!duplicates) fcntl(from, F_SETFD, 0);
  return 0;
}

int apply_redirects(const struct redirect *list, struct arena *a, struct saved **saved) {
  for (; list; list = list->next)
    if (apply_one(list, a, saved) < 0) return -1;
  return 0;
}

/* ---- simple commands ---- */

/* With kept the former values are remembered; the new ones are then also exported, to what runs meanwhile. */
static void assign_all(struct arena *a, const struct word *assignments, struct kept_var **kept) {
  for (; assignments; assignments = assignments->next) {
    const char *equals = strchr(assignments->text, '=');
    char *name = allot_text(a, assignments->text, (unsigned)(equals - assignments->text));
    const char *value = expand_one(a, equals + 1);
    if (kept) keep_var(a, name, kept);
    set_var(name, value);
    if (kept) export_var(name);
  }
}

static struct function *find_function(const char *name) {
  struct function *f = shell.functions;
  while (f && strcmp(f->name, name)) f = f->next;
  return f;
}

static int call(const struct function *f, int argc, char **argv) {
  char **outer_args = shell.args;
  int outer_count = shell.arg_count, outer_loops = shell.loops;
  argv[0] = shell.args[0];
  shell.args = argv;
  shell.arg_count = argc - 1;
  shell.loops = 0;
  shell.calls++;
  execute(f->body);
  shell.calls--;
  shell.returning = 0;
  shell.loops = outer_loops;
  shell.args = outer_args;
  shell.arg_count = outer_count;
  return shell.status;
}

void exec_program(struct arena *a, char **argv) {
  char **envp = environment(a);
  const char *path = strchr(argv[0], '/') ? "" : get_var("PATH");
  int error = ENOENT;
  while (path) {
    const char *end = strchr(path, ':');
    unsigned len = end ? (unsigned)(end - path) : strlen(path);
    char *file = allot(a, len + strlen(argv[0]) + 2);
    format(file, len + strlen(argv[0]) + 2, "%s%s%s", allot_text(a, path, len), len ? "/" : "", argv[0]);
    execve(file, argv, envp);
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
    if (errno == ENOEXEC) {
      int count = 0;
      while (argv[count]) count++;
      char **script = allot(a, (unsigned)(count + 2) * sizeof *script);
      script[0] = "/bin/sh";
      script[1] = file;
      memcpy(script + 2, argv + 1, (unsigned)count * sizeof *script);
      execve(script[0], script, envp);
    }
    path = end ? end + 1 : 0;
  }
  if (error == ENOENT && !strchr(argv[0], '/')) say_to(2, "sh: %s: not found\n", argv[0]);
  else errno = error, fail("sh", argv[0]);
  _exit(error == ENOENT ? 127 : 126);
}

static int run_program(struct arena *a, const struct node *n, char **argv) {
  struct kept_var *kept = 0;
  pid_t child = n == last ? 0 : fork_child();
  if (child) return wait_foreground(child);
  assign_all(a, n->assignments, &kept);
  if (apply_redirects(n->redirects, a, 0) < 0) _exit(1);
  exec_program(a, argv);
  return 127;
}

static int run_here(struct arena *a, const struct node *n, int argc, char **argv, const struct function *f) {
  struct saved *saved = 0;
  struct kept_var *kept = 0;
  int stays = !argc || (!f && is_special(argv[0])), is_exec = argc && !strcmp(argv[0], "exec");
  assign_all(a, n->assignments, stays ? 0 : &kept);
  int status = 1;
  if (apply_redirects(n->redirects, a, is_exec ? 0 : &saved) == 0)
    status = f ? call(f, argc, argv) : argc ? find_builtin(argv[0])(argc, argv) : shell.status;
  undo_redirects(saved);
  put_back_vars(kept);
  return status;
}

static void trace(int argc, char **argv) {
  say_to(2, "+");
  for (int i = 0; i < argc; i++) say_to(2, " %s", argv[i]);
  say_to(2, "\n");
}

static int run_simple(const struct node *n) {
  struct arena arena = {0};
  int argc;
  if (!n->words) shell.status = 0; /* unless a command substitution says otherwise */
  char **argv = expand_words(&arena, n->words, &argc);
  if (shell.trace && argc) trace(argc, argv);
  struct function *f = argc ? find_function(argv[0]) : 0;
  int here = !argc || f || find_builtin(argv[0]);
  int status = here ? run_here(&arena, n, argc, argv, f) : run_program(&arena, n, argv);
  release(&arena);
  return status;
}

/* ---- everything else ---- */

static int run_sequence(const struct node *n) {
  execute(n->left);
  return shell.breaking || shell.returning ? shell.status : execute(n->right);
}

static int test(const struct node *n) {
  shell.tested++;
  int status = execute(n);
  shell.tested--;
  return status;
}

static int interrupted(void) { return shell.breaking || shell.returning; }

static int run_and(const struct node *n) {
  int status = test(n->left);
  return status || interrupted() ? status : execute(n->right);
}

static int run_or(const struct node *n) {
  int status = test(n->left);
  return !status || interrupted() ? status : execute(n->right);
}

static int run_not(const struct node *n) { return !test(n->left); }

static pid_t spawn(const struct node *n, int in, int out, int unused) {
  pid_t child = fork_child();
  if (child) return child;
  if (unused >= 0) close(unused);
  if (in != 0) dup2(in, 0), close(in);
  if (out != 1) dup2(out, 1), close(out);
  run_and_exit(n);
  return 0;
}

/* Starts the commands of a pipeline from its left end; returns the last one's process and counts all. */
static pid_t start_pipe(const struct node *n, int out, int unused, int *count) {
  int ends[2];
  if (n->kind != N_PIPE) {
    ++*count;
    return spawn(n, 0, out, unused);
  }
  must(pipe(ends), "pipe");
  start_pipe(n->left, ends[1], ends[0], count);
  close(ends[1]);
  ++*count;
  pid_t last = spawn(n->right, ends[0], out, unused);
  close(ends[0]);
  return last;
}

static int run_pipe(const struct node *n) {
  int count = 0;
  pid_t last = start_pipe(n, 1, -1, &count);
  return wait_foreground(last);
}

static int run_background(const struct node *n) {
  pid_t child = fork_child();
  if (child) {
    shell.last_job = child;
    return 0;
  }
  if (!shell.interactive) {
    int null = open("/dev/null", O_RDONLY);
    if (null > 0) dup2(null, 0), close(null);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
  }
  run_and_exit(n->left);
  return 0;
}

static int run_subshell(const struct node *n) {
  pid_t child = fork_child();
  if (child == 0) run_and_exit(n->left);
  return wait_foreground(child);
}

static int run_group(const struct node *n) { return execute(n->left); }

static int run_if(const struct node *n) {
  int failed = test(n->left);
  if (interrupted()) return shell.status;
  return !failed ? execute(n->right) : n->third ? execute(n->third) : 0;
}

/* After a round: whether the loop is left. break and continue count the loops they go through. */
static int leaves_loop(void) {
  if (shell.returning) return 1;
  if (!shell.breaking) return 0;
  shell.breaking--;
  if (shell.breaking) return 1;
  int leaves = !shell.continuing;
  shell.continuing = 0;
  return leaves;
}

static int run_loop(const struct node *n) {
  int status = 0, wanted = n->kind == N_UNTIL;
  shell.loops++;
  while ((test(n->left) != 0) == wanted || shell.breaking || shell.returning) {
    if (!shell.breaking && !shell.returning) status = execute(n->right);
    if (leaves_loop()) break;
  }
  shell.loops--;
  return shell.returning ? shell.status : status;
}

static int run_for(const struct node *n) {
  struct arena arena = {0};
  int count = shell.arg_count, status = 0;
  char **values = n->has_list ? expand_words(&arena, n->words, &count) : shell.args + 1;
  shell.loops++;
  for (int i = 0; i < count; i++) {
    set_var(n->name, values[i]);
    status = execute(n->right);
    if (leaves_loop()) break;
  }
  shell.loops--;
  release(&arena);
  return status;
}

static int run_case(const struct node *n) {
  struct arena arena = {0};
  int status = 0;
  const char *subject = expand_one(&arena, n->words->text);
  for (const struct node *branch = n->left; branch; branch = branch->third) {
    const struct word *p = branch->patterns;
    while (p && !match(expand_pattern(&arena, p->text), subject)) p = p->next;
    if (!p) continue;
    if (branch->right) status = execute(branch->right);
    break;
  }
  release(&arena);
  return status;
}

static int run_function(const struct node *n) {
  struct function *f = find_function(n->name);
  if (!f) {
    f = calloc(1, sizeof *f);
    if (!f) must(-1, "malloc");
    f->next = shell.functions;
    f->name = n->name;
    shell.functions = f;
  }
  f->body = n->left;
  return 0;
}

static int (*const runners[])(const struct node *) = {
    [N_SIMPLE] = run_simple,     [N_PIPE] = run_pipe,           [N_AND] = run_and,           [N_OR] = run_or,
    [N_NOT] = run_not,           [N_SEQUENCE] = run_sequence,   [N_BACKGROUND] = run_background,
    [N_SUBSHELL] = run_subshell, [N_GROUP] = run_group,         [N_IF] = run_if,             [N_WHILE] = run_loop,
    [N_UNTIL] = run_loop,        [N_FOR] = run_for,             [N_CASE] = run_case,         [N_FUNCTION] = run_function,
};

int execute(const struct node *n) {
  struct arena arena = {0};
  struct saved *saved = 0;
  int own_redirects = n->kind != N_SIMPLE && n->redirects;
  if (own_redirects && apply_redirects(n->redirects, &arena, &saved) < 0) shell.status = 1;
  else shell.status = runners[n->kind](n);
  undo_redirects(saved);
  release(&arena);
  int may_exit = n->kind == N_SIMPLE || n->kind == N_PIPE || n->kind == N_SUBSHELL;
  if (shell.exit_on_error && shell.status && !shell.tested && may_exit) _exit(shell.status);
  return shell.status;
}

static void syntax_error(struct source *source, const char *what) {
  say_to(2, "sh: syntax error: %s\n", what);
  shell.status = 2;
  source->at = source->len; /* the rest of an interactive line */
  if (!source->interactive) source->fd = -1, source->string = "";
}

int run_source(struct source *source) {
  for (;;) {
    struct arena arena = {0};
    struct lexer lex = {.source = source, .arena = &arena};
    struct node *n = parse(&lex);
    if (lex.token == T_ERROR) syntax_error(source, lex.error);
    else if (n) execute(n);
    if (!lex.defines) release(&arena); /* a function's tree stays */
    if (lex.token == T_END || shell.returning || shell.breaking) return shell.status;
  }
}

int run_string(const char *text) {
  struct source source = {.string = text, .fd = -1};
  return run_source(&source);
}
