/** ioctl_tty(2). */
import { EFAULT, EINVAL, ENOTTY, EPERM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import * as io from '../fd/ioctls.ts';
import type { Kernel } from '../kernel.ts';
import { SIGTTOU, SIGWINCH } from '../signal/numbers.ts';
import { signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { EOF_MARK, flushInput, inputReady, modeChanged, receiveInput, startOutput } from './input.ts';
import { checkForeground, giveUpTerminal, setControlling, setForeground } from './job.ts';
import { ICANON, IXON, NCCS, TERMIOS_SIZE } from './termios.ts';
import type { Tty } from './tty.ts';

type Handler = (k: Kernel, t: Task, tty: Tty, arg: number) => Result;

/** An open terminal, as far as ioctl needs it. */
interface TerminalFile extends File {
  readonly tty: Tty;
}

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [io.TCGETS, (_k, t, tty, arg) => store(t, arg, encodeTermios(tty))],
  [io.TCSETS, (k, t, tty, arg) => setTermios(k, t, tty, arg, false)],
  [io.TCSETSW, (k, t, tty, arg) => setTermios(k, t, tty, arg, false)],
  [io.TCSETSF, (k, t, tty, arg) => setTermios(k, t, tty, arg, true)],
  [io.TCSBRK, (k, t, tty) => checkForeground(k, t, tty, SIGTTOU)],
  [io.TCSBRKP, (k, t, tty) => checkForeground(k, t, tty, SIGTTOU)],
  [io.TCXONC, flow],
  [io.TCFLSH, flush],
  [io.TIOCGWINSZ, (_k, t, tty, arg) => store(t, arg, encodeWinsize(tty))],
  [io.TIOCSWINSZ, setWinsize],
  [io.TIOCGPGRP, (_k, t, tty, arg) => (t.signal.tty !== tty ? -ENOTTY : word(t, arg, tty.pgrp?.in(t.pid.ns) ?? 0))],
  [io.TIOCSPGRP, setPgrp],
  [io.TIOCGSID, (_k, t, tty, arg) => getSession(t, tty, arg)],
  [io.TIOCSCTTY, (k, t, tty, arg) => setControlling(k, t, tty, arg === 1)],
  [io.TIOCNOTTY, dropTerminal],
  [io.TIOCOUTQ, (_k, t, _tty, arg) => word(t, arg, 0)],
  [io.FIONREAD, (_k, t, tty, arg) => word(t, arg, readable(tty))],
  [io.TIOCSTI, simulateInput],
  [io.TIOCGDEV, (_k, t, tty, arg) => word(t, arg, tty.rdev)],
]);

export function ttyIoctl(k: Kernel, t: Task, file: TerminalFile, cmd: number, arg: number): Result {
  return HANDLERS.get(cmd)?.(k, t, file.tty, arg) ?? -ENOTTY;
}

function store(t: Task, arg: number, data: Uint8Array): Result {
  return t.mm?.writeBytes(arg, data) ? 0 : -EFAULT;
}

function word(t: Task, arg: number, value: number): Result {
  return t.mm?.put32(arg, value) ? 0 : -EFAULT;
}

function encodeTermios(tty: Tty): Uint8Array {
  const data = new Uint8Array(TERMIOS_SIZE);
  const view = new DataView(data.buffer);
  for (const [i, flags] of [tty.iflag, tty.oflag, tty.cflag, tty.lflag].entries()) view.setUint32(4 * i, flags, true);
  data[16] = tty.line;
  data.set(tty.cc, 17);
  return data;
}

function setTermios(k: Kernel, t: Task, tty: Tty, arg: number, flushFirst: boolean): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  const data = t.mm?.readBytes(arg, TERMIOS_SIZE);
  if (!data) return -EFAULT;
  if (flushFirst) flushInput(tty);
  const view = new DataView(data.buffer, data.byteOffset, TERMIOS_SIZE);
  const wasCanonical = tty.hasLocal(ICANON);
  tty.iflag = view.getUint32(0, true);
  tty.oflag = view.getUint32(4, true);
  tty.cflag = view.getUint32(8, true);
  tty.lflag = view.getUint32(12, true);
  tty.line = data[16]!;
  tty.cc = data.slice(17, 17 + NCCS);
  modeChanged(tty, wasCanonical);
  if (tty.stopped && (tty.iflag & IXON) === 0) startOutput(k, tty);
  return 0;
}

function encodeWinsize(tty: Tty): Uint8Array {
  const { rows, cols, xpixel, ypixel } = tty.winsize;
  return new Uint8Array(Uint16Array.of(rows, cols, xpixel, ypixel).buffer);
}

function setWinsize(k: Kernel, t: Task, tty: Tty, arg: number): Result {
  const data = t.mm?.readBytes(arg, 8);
  if (!data) return -EFAULT;
  const view = new DataView(data.buffer, data.byteOffset, 8);
  const [rows, cols, xpixel, ypixel] = [0, 2, 4, 6].map((at) => view.getUint16(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  resizeTerminal(k, tty, { rows, cols, xpixel, ypixel });
  return 0;
}

/** A new window size; the foreground group gets SIGWINCH when it differs. */
export function resizeTerminal(k: Kernel, tty: Tty, size: Tty['winsize']): void {
  const { rows, cols, xpixel, ypixel } = tty.winsize;
  if (rows === size.rows && cols === size.cols && xpixel === size.xpixel && ypixel === size.ypixel) return;
  tty.winsize = { ...size };
  if (tty.pgrp !== null) signalGroup(k, tty.pgrp, siginfo(SIGWINCH, SI_KERNEL));
}

const TCOOFF = 0;
const TCOON = 1;
const TCIOFF = 2;
const TCION = 3;

function flow(k: Kernel, t: Task, tty: Tty, arg: number): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  if (arg === TCOOFF) tty.stopped = true;
  else if (arg === TCOON) startOutput(k, tty);
  // The console has nobody to send VSTOP and VSTART to.
  else if (arg !== TCIOFF && arg !== TCION) return -EINVAL;
  return 0;
}

const TCIFLUSH = 0;
const TCIOFLUSH = 2;

function flush(k: Kernel, t: Task, tty: Tty, arg: number): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  if (arg > TCIOFLUSH) return -EINVAL;
  if (arg === TCIFLUSH || arg === TCIOFLUSH) {
    flushInput(tty);
    tty.incoming = new Uint8Array(0);
  }
  return 0;
}

function setPgrp(k: Kernel, t: Task, tty: Tty, arg: number): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  const nr = t.mm?.get32(arg) ?? null;
  if (nr === null) return -EFAULT;
  if ((nr | 0) < 0) return -EINVAL;
  return setForeground(k, t, tty, nr | 0);
}

function getSession(t: Task, tty: Tty, arg: number): Result {
  if (t.signal.tty !== tty || tty.session === null) return -ENOTTY;
  return word(t, arg, tty.session.in(t.pid.ns));
}

function dropTerminal(k: Kernel, t: Task, tty: Tty): Result {
  if (t.signal.tty !== tty) return -ENOTTY;
  giveUpTerminal(k, t);
  return 0;
}

/** Bytes that a read would get: in canonical mode those of finished lines, without end-of-file marks (Linux inq_canon). */
function readable(tty: Tty): number {
  if (!tty.hasLocal(ICANON)) return tty.buffer.length;
  return inputReady(tty, 1) ? tty.edited - tty.marks.filter((mark) => tty.buffer[mark] === EOF_MARK).length : 0;
}

const CAP_SYS_ADMIN = 21;

function simulateInput(k: Kernel, t: Task, tty: Tty, arg: number): Result {
  if (t.signal.tty !== tty && !t.cred.capable(CAP_SYS_ADMIN)) return -EPERM;
  const data = t.mm?.readBytes(arg, 1);
  if (!data) return -EFAULT;
  receiveInput(k, tty, data);
  return 0;
}
