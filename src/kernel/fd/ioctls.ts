/** ioctl(2) request numbers of i386, Linux include/uapi/asm-generic/ioctls.h. */
export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TCSBRK = 0x5409;
export const TCXONC = 0x540a;
export const TCFLSH = 0x540b;
export const TIOCSCTTY = 0x540e;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCOUTQ = 0x5411;
export const TIOCSTI = 0x5412;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
/** Also TIOCINQ. */
export const FIONREAD = 0x541b;
export const FIONBIO = 0x5421;
export const TIOCNOTTY = 0x5422;
export const TCSBRKP = 0x5425;
export const TIOCGSID = 0x5429;
export const TIOCGDEV = 0x8004_5432;
export const FIONCLEX = 0x5450;
export const FIOCLEX = 0x5451;
export const FIOASYNC = 0x5452;
export const FIOQSIZE = 0x5460;

/** For strace lines. */
export const IOCTL_NAMES: Readonly<Record<string, number>> = {
  TCGETS,
  TCSETS,
  TCSETSW,
  TCSETSF,
  TCSBRK,
  TCXONC,
  TCFLSH,
  TIOCSCTTY,
  TIOCGPGRP,
  TIOCSPGRP,
  TIOCOUTQ,
  TIOCSTI,
  TIOCGWINSZ,
  TIOCSWINSZ,
  FIONREAD,
  FIONBIO,
  TIOCNOTTY,
  TCSBRKP,
  TIOCGSID,
  TIOCGDEV,
  FIONCLEX,
  FIOCLEX,
  FIOASYNC,
  FIOQSIZE,
};
