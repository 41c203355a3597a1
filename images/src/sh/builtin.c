/* What the shell does itself. */
#include "lib/input.h"
#include "lib/say.h"
#include "sh.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int do_true(int argc, char **argv) { return (void)argc, (void)argv, 0; }
static int do_false(int argc, char **argv) { return (void)argc, (void)argv, 1; }

static int do_cd(int argc, char **argv) {
  char where[4096];
  const char *to = argc > 1 ? argv[1] : get_var("HOME");
  int back = to && !strcmp(to, "-");
  if (back) to = get_var("OLDPWD");
  if (!to || chdir(to) < 0) return fail("cd", to ? to : "no directory");
  const char *old = get_var("PWD");
  if (old) set_var("OLDPWD", old);
  if (getcwd(where, sizeof where)) set_var("PWD", where);
  if (back) say("%s\n", where);
  return 0;
}

static int do_pwd(int argc, char **argv) {
  char where[4096];
  (void)argc;
  (void)argv;
  if (!getcwd(where, sizeof where)) return fail("pwd", ".");
  say("%s\n", where);
  return 0;
}

static int do_echo(int argc, char **argv) {
  struct text line = {0};
  int bare = argc > 1 && !strcmp(argv[1], "-n");
  for (int i = 1 + bare; i < argc; i++) {
    if (i > 1 + bare) text_char(&line, ' ');
    text_add(&line, argv[i], strlen(argv[i]));
  }
  if (!bare) text_char(&line, '\n');
  int failed = line.len && write_all(1, line.data, line.len) < 0;
  text_free(&line);
  return failed ? fail("echo", "write") : 0;
}

static int do_exit(int argc, char **argv) { _exit(argc > 1 ? atoi(argv[1]) & 255 : shell.status); }

static int do_export(int argc, char **argv) {
  if (argc == 1) list_vars(1);
  for (int i = 1; i < argc; i++) {
    char *equals = strchr(argv[i], '=');
    if (equals) {
      *equals = 0;
      set_var(argv[i], equals + 1);
    }
    export_var(argv[i]);
  }
  return 0;
}

static int do_unset(int argc, char **argv) {
  for (int i = 1; i < argc; i++) unset_var(argv[i]);
  return 0;
}

/* A line byte by byte, since what follows it is not the shell's. Backslashes join lines unless raw. 0 at its end. */
static int read_line(struct text *line, int raw) {
  char c;
  for (;;) {
    ssize_t n = read(0, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 1;
    if (c == '\n') return 0;
    if (c == '\\' && !raw) {
      if (read(0, &c, 1) != 1) return 1;
      if (c == '\n') continue;
    }
    text_char(line, c);
  }
}

/* Splits by IFS; the last name takes the rest. */
static int do_read(int argc, char **argv) {
  struct text line = {0};
  int raw = argc > 1 && !strcmp(argv[1], "-r");
  int ended = read_line(&line, raw), first = 1 + raw;
  const char *ifs = get_var("IFS");
  if (!ifs) ifs = " \t\n";
  text_add(&line, "", 0);
  char *at = line.data;
  for (int i = first; i < argc; i++) {
    while (*at && strchr(ifs, *at) && strchr(" \t\n", *at)) at++;
    char *end = i + 1 < argc ? at + strcspn(at, ifs) : at + strlen(at);
    if (i + 1 == argc)
      while (end > at && strchr(ifs, end[-1]) && strchr(" \t\n", end[-1])) end--;
    char stop = *end;
    *end = 0;
    set_var(argv[i], at);
    at = stop ? end + 1 : end;
  }
  text_free(&line);
  return ended;
}

static int do_wait(int argc, char **argv) {
  int status = 0;
  for (int i = 1; i < argc; i++) status = wait_for(atoi(argv[i]));
  if (argc > 1) return status;
  while (wait(&status) > 0 || errno == EINTR) continue;
  return 0;
}

static int do_kill(int argc, char **argv) {
  static const struct {
    const char *name;
    int number;
  } names[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL}, {"USR1", SIGUSR1},
               {"USR2", SIGUSR2}, {"TERM", SIGTERM}, {"CONT", SIGCONT}, {"STOP", SIGSTOP}};
  int sig = SIGTERM, first = 1, status = 0;
  if (argc > 1 && argv[1][0] == '-') {
    sig = atoi(argv[first++] + 1);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
      if (!strcmp(names[i].name, argv[1] + 1)) sig = names[i].number;
  }
  for (int i = first; i < argc; i++)
    if (kill(atoi(argv[i]), sig) < 0) status = fail("kill", argv[i]);
  return status;
}

static int do_set(int argc, char **argv) {
  int i = 1;
  if (argc == 1) list_vars(0);
  for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
    if (!strcmp(argv[i], "--")) break;
    int on = argv[i][0] == '-';
    if (strchr(argv[i], 'e')) shell.exit_on_error = on;
    if (strchr(argv[i], 'x')) shell.trace = on;
  }
  if (i == argc) return 0;
  if (!strcmp(argv[i], "--")) i++;
  char **args = calloc((unsigned)(argc - i) + 2, sizeof *args);
  if (!args) must(-1, "malloc");
  args[0] = shell.args[0];
  shell.arg_count = argc - i;
  for (int k = 1; i < argc; i++, k++)
    if (!(args[k] = strdup(argv[i]))) must(-1, "malloc");
  shell.args = args;
  return 0;
}

static int do_shift(int argc, char **argv) {
  int by = argc > 1 ? atoi(argv[1]) : 1;
  if (by < 0 || by > shell.arg_count) return 1;
  char *name = shell.args[0];
  shell.args += by;
  shell.args[0] = name;
  shell.arg_count -= by;
  return 0;
}

static int leave_loops(int argc, char **argv, int goes_on) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  if (!shell.loops) return 0;
  shell.breaking = count < shell.loops ? count : shell.loops;
  shell.continuing = goes_on;
  return 0;
}

static int do_break(int argc, char **argv) { return leave_loops(argc, argv, 0); }
static int do_continue(int argc, char **argv) { return leave_loops(argc, argv, 1); }

static int do_return(int argc, char **argv) {
  shell.returning = 1;
  return argc > 1 ? atoi(argv[1]) & 255 : shell.status;
}

static int do_eval(int argc, char **argv) {
  struct text text = {0};
  for (int i = 1; i < argc; i++) {
    if (i > 1) text_char(&text, ' ');
    text_add(&text, argv[i], strlen(argv[i]));
  }
  int status = text.len ? run_string(text.data) : 0;
  text_free(&text);
  return status;
}

char *read_file(const char *path) {
  struct text text = {0};
  char block[2048];
  ssize_t n;
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  while ((n = read(fd, block, sizeof block)) > 0) text_add(&text, block, (unsigned)n);
  text_add(&text, "", 0);
  close(fd);
  return text.data;
}

static int do_dot(int argc, char **argv) {
  char *text = argc > 1 ? read_file(argv[1]) : 0;
  if (!text) return fail(".", argc > 1 ? argv[1] : "no file");
  int status = run_string(text);
  shell.returning = 0;
  free(text);
  return status;
}

static int do_exec(int argc, char **argv) {
  struct arena arena = {0};
  if (argc > 1) exec_program(&arena, argv + 1);
  return 0;
}

static int do_umask(int argc, char **argv) {
  if (argc > 1) {
    umask((mode_t)strtoul(argv[1], 0, 8));
    return 0;
  }
  mode_t mask = umask(0);
  umask(mask);
  say("%04o\n", (unsigned)mask);
  return 0;
}

static const struct {
  const char *name;
  builtin *run;
} builtins[] = {
    {":", do_true},       {"true", do_true},     {"false", do_false}, {"cd", do_cd},         {"pwd", do_pwd},
    {"echo", do_echo},    {"exit", do_exit},     {"export", do_export}, {"unset", do_unset}, {"read", do_read},
    {"wait", do_wait},    {"kill", do_kill},     {"set", do_set},     {"shift", do_shift},   {"break", do_break},
    {"continue", do_continue}, {"return", do_return}, {"eval", do_eval}, {".", do_dot},      {"exec", do_exec},
    {"umask", do_umask},  {"test", test_builtin}, {"[", test_builtin},
};

builtin *find_builtin(const char *name) {
  for (unsigned i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (!strcmp(builtins[i].name, name)) return builtins[i].run;
  return 0;
}

int is_special(const char *name) {
  static const char *const names[] = {":", ".", "break", "continue", "eval", "exec", "exit", "export", "return", "set", "shift", "unset"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(names[i], name)) return 1;
  return 0;
}
