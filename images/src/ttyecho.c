/* Reads lines from standard input, a terminal or not, and says what it got. The line "raw" switches a terminal to
 * single characters until "q"; the end of the file (Ctrl-D) ends the program. termios(3) */
#include "lib/say.h"
#include <sys/ioctl.h>
#include <termios.h>
#include <string.h>
#include <unistd.h>

static struct termios cooked;

static void show_terminal(void) {
  struct winsize size;
  if (tcgetattr(0, &cooked) < 0) {
    say("standard input is not a terminal\n");
    return;
  }
  say("terminal: canonical %s, echo %s, signals %s", cooked.c_lflag & ICANON ? "yes" : "no",
      cooked.c_lflag & ECHO ? "yes" : "no", cooked.c_lflag & ISIG ? "yes" : "no");
  say(", size known: %s\n", ioctl(0, TIOCGWINSZ, &size) == 0 ? "yes" : "no");
}

static void single_characters(void) {
  struct termios raw = cooked;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  must(tcsetattr(0, TCSAFLUSH, &raw), "tcsetattr");
  say("raw\n");
  for (char c = 0; c != 'q' && read(0, &c, 1) == 1;) say("character %d\n", (unsigned char)c);
  must(tcsetattr(0, TCSANOW, &cooked), "tcsetattr");
  say("cooked\n");
}

int main(void) {
  char line[512];
  long n;
  int rows = 0, terminal = isatty(0);
  show_terminal();
  while ((n = must(read(0, line, sizeof line - 1), "read")) > 0) {
    line[n] = 0;
    int ended = line[n - 1] == '\n';
    if (ended) line[n - 1] = 0;
    say("%d: [%s] %d bytes%s\n", ++rows, line, (int)n, ended ? "" : ", no newline");
    if (terminal && !strcmp(line, "raw")) single_characters();
  }
  say("end of file after %d\n", rows);
  return 0;
}
