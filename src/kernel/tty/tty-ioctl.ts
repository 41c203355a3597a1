/** ioctl_tty(2). Linux drivers/tty/tty_io.c tty_ioctl, tty_jobctrl.c, n_tty.c n_tty_ioctl. */

import { EFAULT, EINVAL, EIO, ENOTTY, EPERM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import * as io from '../fd/ioctls.ts';
import { copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { SIGTTOU, SIGWINCH } from '../signal/numbers.ts';
import { signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { startOutput, stopOutput } from './flow.ts';
import { hangUp } from './hangup.ts';
import { EOF_MARK, flushInput, flushOutput, receiveInput, workIncoming } from './input.ts';
import { checkForeground, clearTerminal, giveUpTerminal, setControlling, setForeground } from './job.ts';
import { openPeer } from './pty.ts';
import { MASTER_HANDLERS } from './pty-ioctl.ts';
import { VSTART, VSTOP } from './termios.ts';
import * as settings from './termios-ioctl.ts';
import { transmit } from './transmit.ts';
import type { Tty } from './tty.ts';

/** An open terminal, as far as ioctl needs it. */
interface TerminalFile extends File {
  readonly tty: Tty;
}

/** What a request works on. */
interface Request {
  readonly k: Kernel;
  readonly t: Task;
  readonly file: TerminalFile;
  /** The terminal that was opened. */
  readonly tty: Tty;
  /** The slave when a master was opened, else the same: whose settings, size, session and groups are meant. */
  readonly real: Tty;
  readonly arg: number;
}

type Handler = (request: Request) => Result;

const { TERMIOS, TERMIOS2, TERMIO } = settings;
const getter =
  (shape: Parameters<typeof settings.getSettings>[3]): Handler =>
  ({ t, real, arg }) =>
    settings.getSettings(t, real, arg, shape);
const setter =
  (shape: Parameters<typeof settings.setSettings>[4], flush = false): Handler =>
  ({ k, t, real, arg }) =>
    settings.setSettings(k, t, real, arg, shape, flush);

/** Output is never under way: there is nothing to wait for, and no line that could break. */
const sendBreak: Handler = ({ k, t, tty }) => checkForeground(k, t, tty, SIGTTOU);

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [io.TCGETS, getter(TERMIOS)],
  [io.TCSETS, setter(TERMIOS)],
  [io.TCSETSW, setter(TERMIOS)],
  [io.TCSETSF, setter(TERMIOS, true)],
  [io.TCGETS2, getter(TERMIOS2)],
  [io.TCSETS2, setter(TERMIOS2)],
  [io.TCSETSW2, setter(TERMIOS2)],
  [io.TCSETSF2, setter(TERMIOS2, true)],
  [io.TCGETA, getter(TERMIO)],
  [io.TCSETA, setter(TERMIO)],
  [io.TCSETAW, setter(TERMIO)],
  [io.TCSETAF, setter(TERMIO, true)],
  [io.TIOCGLCKTRMIOS, ({ t, real, arg }) => settings.getLocked(t, real, arg)],
  [io.TIOCSLCKTRMIOS, ({ t, real, arg }) => settings.setLocked(t, real, arg)],
  [io.TIOCGSOFTCAR, ({ t, real, arg }) => settings.getSoftCarrier(t, real, arg)],
  [io.TIOCSSOFTCAR, ({ t, real, arg }) => settings.setSoftCarrier(t, real, arg)],
  [io.TCSBRK, sendBreak],
  [io.TCSBRKP, sendBreak],
  [io.TIOCSBRK, sendBreak],
  [io.TIOCCBRK, sendBreak],
  [io.TCXONC, flow],
  [io.TCFLSH, flush],
  [io.TIOCEXCL, ({ tty }) => setExclusive(tty, true)],
  [io.TIOCNXCL, ({ tty }) => setExclusive(tty, false)],
  [io.TIOCGEXCL, ({ t, tty, arg }) => word(t, arg, tty.exclusive ? 1 : 0)],
  [io.TIOCGWINSZ, ({ t, real, arg }) => copyOut(t, arg, encodeWinsize(real))],
  [io.TIOCSWINSZ, setWinsize],
  [io.TIOCGPGRP, getPgrp],
  [io.TIOCSPGRP, setPgrp],
  [io.TIOCGSID, getSession],
  [io.TIOCSCTTY, ({ k, t, file, real, arg }) => setControlling(k, t, real, arg === 1, file.readable)],
  [io.TIOCNOTTY, dropTerminal],
  [io.TIOCOUTQ, ({ t, arg }) => word(t, arg, 0)],
  [io.FIONREAD, ({ t, tty, arg }) => word(t, arg, readable(tty))],
  [io.TIOCSTI, simulateInput],
  [io.TIOCGDEV, ({ t, real, arg }) => word(t, arg, real.rdev)],
  [io.TIOCGETD, ({ t, arg }) => word(t, arg, N_TTY)],
  [io.TIOCSETD, setDiscipline],
  [io.TIOCVHANGUP, vhangup],
  [io.TIOCGPTPEER, ({ t, file, tty, arg }) => (tty.isMaster ? openPeer(t, file, tty, arg) : -EIO)],
]);

export function ttyIoctl(k: Kernel, t: Task, file: TerminalFile, cmd: number, arg: number): Result {
  const { tty } = file;
  const handler = HANDLERS.get(cmd);
  if (handler !== undefined) return handler({ k, t, file, tty, real: tty.link ?? tty, arg });
  return (tty.isMaster ? MASTER_HANDLERS.get(cmd)?.(k, t, tty, arg) : undefined) ?? -ENOTTY;
}

function word(t: Task, arg: number, value: number): Result {
  return t.mm?.put32(arg, value) ? 0 : -EFAULT;
}

function setExclusive(tty: Tty, exclusive: boolean): Result {
  tty.exclusive = exclusive;
  return 0;
}

function encodeWinsize(tty: Tty): Uint8Array {
  const { rows, cols, xpixel, ypixel } = tty.winsize;
  return new Uint8Array(Uint16Array.of(rows, cols, xpixel, ypixel).buffer);
}

function setWinsize({ k, t, real, arg }: Request): Result {
  const data = t.mm?.readBytes(arg, 8);
  if (!data) return -EFAULT;
  const view = new DataView(data.buffer, data.byteOffset, 8);
  const at = (offset: number): number => view.getUint16(offset, true);
  resizeTerminal(k, real, { rows: at(0), cols: at(2), xpixel: at(4), ypixel: at(6) });
  return 0;
}

/** A new window size; the foreground group gets SIGWINCH when it differs. */
export function resizeTerminal(k: Kernel, tty: Tty, size: Tty['winsize']): void {
  const { rows, cols, xpixel, ypixel } = tty.winsize;
  if (rows === size.rows && cols === size.cols && xpixel === size.xpixel && ypixel === size.ypixel) return;
  tty.winsize = { ...size };
  if (tty.master !== null) tty.master.winsize = { ...size };
  if (tty.pgrp !== null) signalGroup(k, tty.pgrp, siginfo(SIGWINCH, SI_KERNEL));
}

const TCOOFF = 0;
const TCOON = 1;
const TCIOFF = 2;
const TCION = 3;

function flow({ k, t, tty, arg }: Request): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  if (arg === TCIOFF || arg === TCION) {
    sendControl(k, tty, tty.cc[arg === TCIOFF ? VSTOP : VSTART]!);
    return 0;
  }
  if (arg === TCOOFF) {
    tty.flowStopped = true;
    stopOutput(tty);
    return 0;
  }
  if (arg !== TCOON) return -EINVAL;
  if (!tty.flowStopped) return 0;
  tty.flowStopped = false;
  startOutput(k, tty);
  return 0;
}

/** Sends VSTOP or VSTART to the other side, even when output is stopped. The console has nobody to send it to. */
function sendControl(k: Kernel, tty: Tty, c: number): void {
  if (c !== 0 && tty.driver !== 'console') transmit(k, tty, Uint8Array.of(c));
}

const TCIFLUSH = 0;
const TCOFLUSH = 1;
const TCIOFLUSH = 2;

function flush({ k, t, tty, arg }: Request): Result {
  const input = arg === TCIFLUSH || arg === TCIOFLUSH;
  // What has not reached the line discipline goes before anything is asked (Linux tty_ioctl).
  if (input) tty.incoming = new Uint8Array(0);
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  if (!input && arg !== TCOFLUSH) return -EINVAL;
  if (input) {
    flushInput(tty);
    workIncoming(k, tty);
  }
  if (arg !== TCIFLUSH) flushOutput(tty);
  return 0;
}

/** A master may ask without having the terminal. */
function mayAsk({ t, tty, real }: Request): boolean {
  return tty !== real || t.signal.tty === real;
}

function getPgrp(request: Request): Result {
  const { t, real, arg } = request;
  return mayAsk(request) ? word(t, arg, real.pgrp?.in(t.pid.ns) ?? 0) : -ENOTTY;
}

function getSession(request: Request): Result {
  const { t, real, arg } = request;
  if (!mayAsk(request) || real.session === null) return -ENOTTY;
  return word(t, arg, real.session.in(t.pid.ns));
}

function setPgrp({ k, t, real, arg }: Request): Result {
  const stop = checkForeground(k, t, real, SIGTTOU);
  if (stop !== 0) return stop === -EIO ? -ENOTTY : stop;
  const nr = t.mm?.get32(arg) ?? null;
  if (nr === null) return -EFAULT;
  if ((nr | 0) < 0) return -EINVAL;
  return setForeground(k, t, real, nr | 0);
}

function dropTerminal({ k, t, tty }: Request): Result {
  if (t.signal.tty !== tty) return -ENOTTY;
  giveUpTerminal(k, t, false);
  clearTerminal(t.signal);
  return 0;
}

/** Bytes that a read would get: in canonical mode those of finished lines, without end-of-file marks (Linux inq_canon). */
function readable(tty: Tty): number {
  if (!tty.canonical) return tty.buffer.length;
  return tty.edited - tty.marks.filter((mark) => tty.buffer[mark] === EOF_MARK).length;
}

function simulateInput({ k, t, tty, arg }: Request): Result {
  if (t.signal.tty !== tty && !t.cred.capable(CAP.SYS_ADMIN)) return -EPERM;
  const data = t.mm?.readBytes(arg, 1);
  if (!data) return -EFAULT;
  receiveInput(k, tty, data);
  return 0;
}

/** The only line discipline there is. */
const N_TTY = 0;
/** One more than the largest number (Linux NR_LDISCS). */
const NR_LDISCS = 31;

function setDiscipline({ k, t, tty, arg }: Request): Result {
  const number = t.mm?.get32(arg) ?? null;
  if (number === null) return -EFAULT;
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  return number >= NR_LDISCS || number !== N_TTY ? -EINVAL : 0;
}

function vhangup({ k, t, tty }: Request): Result {
  if (!t.cred.capable(CAP.SYS_ADMIN)) return -EPERM;
  hangUp(k, tty);
  return 0;
}
