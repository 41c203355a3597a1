/* Sending signals and being told of them. */
#include "case.h"

CASE(kill_zero, "kill with signal 0 only asks whether the process exists") {
  T(kill(getpid(), 0));
  T(kill(30000, 0));
}

CASE(kill_bad_number, "the process is looked for before a signal number beyond 64 is refused") {
  T(kill(getpid(), 65));
  T(kill(30000, -1));
}

CASE(stopped_child_is_told, "a child that stops, goes on and dies is told in that order") {
  int status, pid = fork();
  if (pid == 0) for (;;) pause();
  await_state(pid, "S");
  kill(pid, SIGSTOP);
  T(waitpid(pid, &status, WUNTRACED) == pid);
  say_status("child", status);
  kill(pid, SIGCONT);
  T(waitpid(pid, &status, WCONTINUED) == pid);
  say_status("child", status);
  kill(pid, SIGTERM);
  T(waitpid(pid, &status, 0) == pid);
  say_status("child", status);
}
