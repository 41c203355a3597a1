/* kill [-SIGNAL] PID...: SIGNAL is a number or a name without SIG. */
#include "lib/say.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  int number;
} signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT}, {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"CHLD", SIGCHLD},
    {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"0", 0},
};

static int signal_number(const char *name) {
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
    if (!strcmp(signals[i].name, name)) return signals[i].number;
  int number = atoi(name);
  return number > 0 && number <= 64 ? number : -1;
}

int main(int argc, char **argv) {
  int i = 1, sig = SIGTERM, status = 0;
  if (argc > 1 && argv[1][0] == '-') sig = signal_number(argv[i++] + 1);
  if (sig < 0 || i == argc) {
    say_to(2, "usage: kill [-SIGNAL] PID...\n");
    return 2;
  }
  for (; i < argc; i++)
    if (kill(atoi(argv[i]), sig) < 0) status = fail("kill", argv[i]);
  return status;
}
