/* sh [-ex] [-c COMMANDS | FILE] [ARGUMENT]...: reads a script from its argument, a file or standard input; with a prompt
 * if that is a terminal. */
#include "lib/say.h"
#include "sh.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell shell;

static void on_interrupt(int sig) { (void)sig; }

/* Ctrl-C ends what runs in the foreground and the line that is being typed, not the shell. */
static void be_interactive(void) {
  struct sigaction action = {.sa_handler = on_interrupt};
  shell.interactive = 1;
  sigaction(SIGINT, &action, 0);
  signal(SIGQUIT, SIG_IGN);
}

static int run_input(void) {
  struct source source = {.fd = 0, .interactive = isatty(0) && isatty(1)};
  if (source.interactive) be_interactive();
  run_source(&source);
  if (source.interactive) say("\n");
  return shell.status;
}

static int run_file(const char *path) {
  char *text = read_file(path);
  if (!text) {
    int status = errno == ENOENT ? 127 : 126;
    fail("sh", path);
    return status;
  }
  return run_string(text);
}

int main(int argc, char **argv, char **envp) {
  char where[4096];
  const char *commands = 0;
  int i = 1;
  import_environment(envp);
  if (getcwd(where, sizeof where)) set_var("PWD", where);
  if (!get_var("PATH")) set_var("PATH", "/bin:/usr/bin");
  shell.pid = getpid();
  for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
    if (strchr(argv[i], 'e')) shell.exit_on_error = 1;
    if (strchr(argv[i], 'x')) shell.trace = 1;
    if (strchr(argv[i], 'c')) commands = i + 1 < argc ? argv[++i] : "";
    if (commands) {
      i++;
      break;
    }
  }
  /* $0 is the script, or with -c the argument after it */
  static char *only_name[2];
  only_name[0] = argv[0];
  shell.args = i < argc ? argv + i : only_name;
  shell.arg_count = i < argc ? argc - i - 1 : 0;
  if (commands) return run_string(commands);
  return i < argc ? run_file(argv[i]) : run_input();
}
