/** Terminal settings, termios(3); struct termios of the i386 kernel. Linux include/uapi/asm-generic/termbits.h. */

// c_iflag
export const IGNBRK = 0o1;
export const BRKINT = 0o2;
export const IGNPAR = 0o4;
export const PARMRK = 0o10;
export const INPCK = 0o20;
export const ISTRIP = 0o40;
export const INLCR = 0o100;
export const IGNCR = 0o200;
export const ICRNL = 0o400;
export const IUCLC = 0o1000;
export const IXON = 0o2000;
export const IXANY = 0o4000;
export const IXOFF = 0o10000;
export const IMAXBEL = 0o20000;
export const IUTF8 = 0o40000;

// c_oflag
export const OPOST = 0o1;
export const OLCUC = 0o2;
export const ONLCR = 0o4;
export const OCRNL = 0o10;
export const ONOCR = 0o20;
export const ONLRET = 0o40;
export const TABDLY = 0o14000;
export const XTABS = 0o14000;

// c_cflag
export const B38400 = 0o17;
export const CS8 = 0o60;
export const CREAD = 0o200;
export const HUPCL = 0o2000;
export const CSIZE = 0o60;
export const PARENB = 0o400;
export const CLOCAL = 0o4000;
export const CBAUD = 0o10017;
export const CBAUDEX = 0o10000;
export const BOTHER = 0o10000;
/** Input speed in c_cflag, shifted. */
export const IBSHIFT = 16;

// c_lflag
export const ISIG = 0o1;
export const ICANON = 0o2;
export const ECHO = 0o10;
export const ECHOE = 0o20;
export const ECHOK = 0o40;
export const ECHONL = 0o100;
export const NOFLSH = 0o200;
export const TOSTOP = 0o400;
export const ECHOCTL = 0o1000;
export const ECHOPRT = 0o2000;
export const ECHOKE = 0o4000;
export const IEXTEN = 0o100000;
export const EXTPROC = 0o200000;

// Indices of c_cc
export const VINTR = 0;
export const VQUIT = 1;
export const VERASE = 2;
export const VKILL = 3;
export const VEOF = 4;
export const VTIME = 5;
export const VMIN = 6;
export const VSTART = 8;
export const VSTOP = 9;
export const VSUSP = 10;
export const VEOL = 11;
export const VREPRINT = 12;
export const VWERASE = 14;
export const VLNEXT = 15;
export const VEOL2 = 16;
export const NCCS = 19;

/** sizeof(struct termios): four words, c_line, c_cc. */
export const TERMIOS_SIZE = 36;

/** sizeof(struct termios2): with c_ispeed and c_ospeed. */
export const TERMIOS2_SIZE = 44;
/** sizeof(struct termio): four halves, c_line, eight control characters, padding. */
export const TERMIO_SIZE = 18;
export const NCC = 8;

/** Speeds by their code, Linux drivers/tty/tty_baudrate.c; those from 15 on have CBAUDEX. */
export const SPEEDS: readonly number[] = [
  ...[0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400],
  ...[460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000],
];

/** A control character that is switched off. */
export const DISABLED = 0;

/** Linux INIT_C_CC: ^C ^\ DEL ^U ^D, TIME 0, MIN 1, ^Q ^S ^Z, no EOL, ^R ^O ^W ^V, no EOL2. */
export const INITIAL_CC: readonly number[] = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0];
export const INITIAL_IFLAG = ICRNL | IXON | IUTF8;
export const INITIAL_OFLAG = OPOST | ONLCR;
export const INITIAL_CFLAG = B38400 | CS8 | CREAD | HUPCL;
export const INITIAL_LFLAG = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
