/* Input flags, and the keys of canonical mode. */
#include "pty.h"

CASE(defaults, "settings of a new slave, and of the master, which are the slave's") {
  struct pair p = open_pair();
  for (int i = 0; i < 2; i++) {
    struct termios t = get_termios(i ? p.master : p.slave);
    say("%o %o %o %o %d", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, t.c_line);
    for (int c = 0; c < NCCS; c++) printf("%d ", t.c_cc[c]);
    say("%s", "");
  }
}

CASE(carriage_returns, "ICRNL, INLCR, IGNCR in lines") {
  struct pair p = open_pair();
  type(p, "a\r");
  show("ICRNL", p.slave);
  input(p.slave, ICRNL, INLCR);
  type(p, "b\nc\004");
  show("INLCR", p.slave);
  input(p.slave, INLCR, IGNCR);
  type(p, "d\re\n");
  show("IGNCR", p.slave);
  input(p.slave, 0, IGNCR | ICRNL | INLCR);
  type(p, "f\rg\nh\004");
  show("all", p.slave);
  show("echo", p.master);
}

CASE(carriage_returns_raw, "the same without canonical mode, with echo") {
  struct pair p = open_pair();
  local(p.slave, ICANON, 0);
  type(p, "a\rb\nc");
  show("ICRNL", p.slave);
  show("echo", p.master);
  input(p.slave, ICRNL, INLCR);
  type(p, "a\rb\nc");
  show("INLCR", p.slave);
  show("echo", p.master);
  local(p.slave, ECHOCTL, 0);
  type(p, "a\rb\nc\001");
  show("no ECHOCTL", p.slave);
  show("echo", p.master);
}

CASE(strip_and_case, "ISTRIP and IUCLC, which needs IEXTEN") {
  struct pair p = open_pair();
  input(p.slave, 0, ISTRIP);
  type(p, "\341bc\n");
  show("strip", p.slave);
  input(p.slave, ISTRIP, IUCLC);
  type(p, "ABCxyz\300\327\n");
  show("lower", p.slave);
  local(p.slave, IEXTEN, 0);
  type(p, "ABC\n");
  show("no IEXTEN", p.slave);
}

CASE(parity_marks, "PARMRK doubles bytes of 0xff") {
  struct pair p = open_pair();
  local(p.slave, ECHO, 0);
  input(p.slave, 0, PARMRK);
  type(p, "a\377b\n");
  show("line", p.slave);
  local(p.slave, ICANON, 0);
  type(p, "\377");
  show("raw", p.slave);
  input(p.slave, 0, ISTRIP);
  type(p, "\377");
  show("stripped", p.slave);
}

CASE(signal_keys_flush, "VINTR and its kin flush input, with NOFLSH not") {
  struct pair p = open_pair();
  type(p, "line\npart\003more\n");
  show("flushed", p.slave);
  show("echo", p.master);
  local(p.slave, 0, NOFLSH);
  type(p, "line\npart\032more\n");
  show("kept", p.slave);
  show("kept", p.slave);
  show("echo", p.master);
  local(p.slave, ISIG, 0);
  type(p, "a\003b\034c\n");
  show("no ISIG", p.slave);
  show("echo", p.master);
}

CASE(flow_keys, "IXON: VSTOP holds output and echo, VSTART lets them go") {
  struct pair p = open_pair();
  type(p, "\023abc\n");
  show("held", p.master);
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  T(write(p.slave, "out", 3));
  show_poll("slave", p.slave);
  type(p, "\021");
  show("let go", p.master);
  show("slave", p.slave);
  show_poll("slave", p.slave);
}

CASE(any_key_starts, "IXANY: any key lets output go, and is input") {
  struct pair p = open_pair();
  input(p.slave, 0, IXANY);
  type(p, "\023");
  type(p, "x\n");
  show("let go", p.master);
  show("slave", p.slave);
  type(p, "\023");
  type(p, "\003");
  show("interrupt", p.master);
}

CASE(no_flow, "without IXON the keys are input; output that they stopped goes on") {
  struct pair p = open_pair();
  type(p, "\023ab");
  input(p.slave, IXON, 0);
  show("let go", p.master);
  type(p, "\023\021\n");
  show("slave", p.slave);
  show("echo", p.master);
}

CASE(same_start_and_stop, "one key for VSTART and VSTOP") {
  struct pair p = open_pair();
  character(p.slave, VSTART, 19);
  type(p, "a\023b\023c\n");
  show("echo", p.master);
  show("slave", p.slave);
}

CASE(stop_by_request, "TCXONC: what TCOOFF stops no key starts") {
  struct pair p = open_pair();
  fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK);
  T(ioctl(p.slave, TCXONC, TCOOFF));
  T(write(p.slave, "x", 1));
  type(p, "\021");
  T(write(p.slave, "y", 1));
  input(p.slave, IXON, 0);
  T(write(p.slave, "y", 1));
  T(ioctl(p.slave, TCXONC, TCOON));
  T(write(p.slave, "z", 1));
  show("master", p.master);
  T(ioctl(p.slave, TCXONC, 4));
  T(ioctl(p.slave, TCXONC, TCIOFF));
  T(ioctl(p.slave, TCXONC, TCION));
  show("master", p.master);
  T(ioctl(p.master, TCXONC, TCOOFF));
  fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK);
  T(write(p.master, "k", 1));
  T(ioctl(p.master, TCXONC, TCOON));
  T(write(p.master, "k\n", 2));
  show("slave", p.slave);
}

CASE(end_of_line_keys, "VEOL and VEOL2 end a line and stay in it") {
  struct pair p = open_pair();
  character(p.slave, VEOL, '!');
  character(p.slave, VEOL2, '%');
  type(p, "one!two%three\n");
  show("first", p.slave);
  show("second", p.slave);
  show("third", p.slave);
  local(p.slave, IEXTEN, 0);
  type(p, "a%b!");
  show("no IEXTEN", p.slave);
  show("echo", p.master);
}

CASE(end_of_file, "VEOF: alone the end, after a part its flush") {
  struct pair p = open_pair();
  type(p, "\004");
  show("alone", p.slave);
  type(p, "part\004\004x\n");
  show_read("part", p.slave, 100);
  show_read("end", p.slave, 100);
  show_read("x", p.slave, 100);
  type(p, "four\004");
  show_read("exactly", p.slave, 4);
  show("then", p.slave);
  show("echo", p.master);
}

CASE(erase_keys, "VERASE, VKILL, VWERASE and what they show") {
  struct pair p = open_pair();
  type(p, "ab\177c\n");
  type(p, "one two  \027x\n");
  type(p, "gone\025y\n");
  type(p, "\001\002\177\n");
  type(p, "a\tb\t\177\177\n");
  type(p, "\177\025\027z\n");
  for (int i = 0; i < 6; i++) show_read("slave", p.slave, 100);
  show("echo", p.master);
}

CASE(erase_shown_as_printed, "ECHOPRT shows what is erased between a backslash and a slash") {
  struct pair p = open_pair();
  local(p.slave, 0, ECHOPRT);
  type(p, "abc\177\177d\n");
  type(p, "one two\027\177x\n");
  type(p, "ab\177\177y\n");
  type(p, "ab\177\026\177z\n");
  type(p, "ab\177\022z\n");
  type(p, "q\001\177w\n");
  type(p, "abc\025d\n");
  for (int i = 0; i < 7; i++) show_read("slave", p.slave, 100);
  show("echo", p.master);
}

CASE(kill_variants, "VKILL without ECHOKE, ECHOK, ECHOE") {
  struct pair p = open_pair();
  local(p.slave, ECHOKE, 0);
  type(p, "abc\025d\n");
  show("no ECHOKE", p.master);
  local(p.slave, ECHOK, 0);
  type(p, "abc\025d\n");
  show("no ECHOK", p.master);
  local(p.slave, ECHOE, ECHOK | ECHOKE);
  type(p, "abc\025d\177\n");
  show("no ECHOE", p.master);
  local(p.slave, ECHO, 0);
  type(p, "abc\025e\n");
  show("no ECHO", p.master);
}

CASE(utf8_erase, "IUTF8: a character of several bytes is erased whole") {
  struct pair p = open_pair();
  type(p, "a\303\251\177b\n");
  show("bytes", p.slave);
  input(p.slave, 0, IUTF8);
  type(p, "a\303\251\177b\342\202\254\177\n");
  show("characters", p.slave);
  type(p, "\251\177x\n");
  show("half", p.slave);
  type(p, "\303\251\t\177\n");
  show("tab", p.slave);
  show("echo", p.master);
}

CASE(word_of_latin, "VWERASE takes letters of Latin-1 for a word") {
  struct pair p = open_pair();
  type(p, "a \351t\351\027x\n");
  show("letters", p.slave);
  type(p, "a b\327c\027x\n");
  show("sign", p.slave);
  type(p, "a_1-b--\027x\n");
  show("signs", p.slave);
}

CASE(literal_next, "VLNEXT takes the meaning from the next key") {
  struct pair p = open_pair();
  type(p, "\026\003\026\n\026\177\026\026\026\004x\n");
  show("slave", p.slave);
  show("echo", p.master);
  input(p.slave, 0, ISTRIP | IUCLC);
  type(p, "\026\301\n");
  show("stripped", p.slave);
  local(p.slave, IEXTEN, 0);
  type(p, "\026a\n");
  show("no IEXTEN", p.slave);
}

CASE(reprint, "VREPRINT shows the line again") {
  struct pair p = open_pair();
  type(p, "ab\001c\022d\n");
  show("slave", p.slave);
  show("echo", p.master);
  local(p.slave, ECHO, ECHONL);
  type(p, "ab\022d\n");
  show("slave", p.slave);
  show("echo", p.master);
}

CASE(discard, "VDISCARD is a key like any other") {
  struct pair p = open_pair();
  type(p, "a\017b\n");
  write(p.slave, "shown", 5);
  show("slave", p.slave);
  show("echo", p.master);
}

CASE(disabled_keys, "a key that is 0 is none") {
  struct pair p = open_pair();
  character(p.slave, VINTR, 0);
  character(p.slave, VEOF, 0);
  character(p.slave, VERASE, 0);
  write(p.master, "a\000b\003c\004d\177\n", 9);
  show("slave", p.slave);
  show("echo", p.master);
}

CASE(external_processing, "EXTPROC: nothing is edited or echoed, but reads still know the end of file") {
  struct pair p = open_pair();
  local(p.slave, 0, EXTPROC);
  type(p, "ab\177c\003d\r");
  show("slave", p.slave);
  show("echo", p.master);
  type(p, "\004");
  show("end", p.slave);
  type(p, "x\004");
  show("with more", p.slave);
  int value = 0;
  type(p, "four");
  T(ioctl(p.slave, FIONREAD, &value));
  say("%d", value);
}

CASE(echo_of_nl, "ECHONL shows newlines alone; ECHOCTL shows control characters") {
  struct pair p = open_pair();
  local(p.slave, ECHO, ECHONL);
  type(p, "ab\n");
  show("newline", p.master);
  local(p.slave, ECHOCTL, ECHO);
  type(p, "\001\t\033x\177y\n");
  show("as they are", p.master);
}

CASE(to_raw_and_back, "a change of ICANON: what was typed becomes bytes, or one line") {
  struct pair p = open_pair();
  type(p, "line\npart");
  local(p.slave, ICANON, 0);
  show("raw", p.slave);
  type(p, "more\nthan");
  local(p.slave, 0, ICANON);
  show("line", p.slave);
  type(p, "x\n");
  show("line", p.slave);
}

CASE(flush_with_settings, "TCSETSF forgets what was typed, TCSETS and TCSETSW do not") {
  struct pair p = open_pair();
  struct termios t = get_termios(p.slave);
  type(p, "a\n");
  T(ioctl(p.slave, TCSETSW, &t));
  show("TCSETSW", p.slave);
  type(p, "b\nc");
  T(ioctl(p.slave, TCSETSF, &t));
  show("TCSETSF", p.slave);
  type(p, "d\n");
  show("after", p.slave);
}
