/** Settings of a terminal in their three shapes: termios, termios2, termio. Linux drivers/tty/tty_ioctl.c, tty_baudrate.c. */

import { EFAULT, EPERM } from '../errno.ts';
import { copyIn, copyOut } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { SIGTTOU } from '../signal/numbers.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { flushInput, modeChanged } from './input.ts';
import { checkForeground } from './job.ts';
import { hasStandardFlow, packetEvent, TIOCPKT_DOSTOP, TIOCPKT_IOCTL, TIOCPKT_NOSTOP } from './packet.ts';
import * as termios from './termios.ts';
import type { Tty } from './tty.ts';

const { NCCS, NCC, TERMIOS_SIZE, TERMIOS2_SIZE, TERMIO_SIZE } = termios;

/** What TCSETS and its kin set. */
interface Settings {
  iflag: number;
  oflag: number;
  cflag: number;
  lflag: number;
  line: number;
  cc: Uint8Array;
  ispeed: number;
  ospeed: number;
}

function settingsOf({ iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed }: Tty): Settings {
  return { iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed };
}

/** One of the shapes: how settings are written in it, and how it changes settings. */
interface Shape {
  readonly size: number;
  encode(from: Settings): Uint8Array;
  /** Replaces what the shape can say. */
  decode(view: DataView, into: Settings): void;
}

const FLAGS = ['iflag', 'oflag', 'cflag', 'lflag'] as const;

function encodeWords(from: Settings, size: number): Uint8Array {
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  for (const [i, name] of FLAGS.entries()) view.setUint32(4 * i, from[name], true);
  data[16] = from.line;
  data.set(from.cc, 17);
  return data;
}

function decodeWords(view: DataView, into: Settings): void {
  for (const [i, name] of FLAGS.entries()) into[name] = view.getUint32(4 * i, true);
  into.line = view.getUint8(16);
  into.cc = Uint8Array.from({ length: NCCS }, (_, i) => view.getUint8(17 + i));
}

export const TERMIOS: Shape = {
  size: TERMIOS_SIZE,
  encode: (from) => encodeWords(from, TERMIOS_SIZE),
  decode: decodeWords,
};

/** With speeds of its own, which count where c_cflag says BOTHER. */
export const TERMIOS2: Shape = {
  size: TERMIOS2_SIZE,
  encode(from) {
    const data = encodeWords(from, TERMIOS2_SIZE);
    new DataView(data.buffer).setUint32(36, from.ispeed, true);
    new DataView(data.buffer).setUint32(40, from.ospeed, true);
    return data;
  },
  decode(view, into) {
    decodeWords(view, into);
    into.ispeed = view.getUint32(36, true);
    into.ospeed = view.getUint32(40, true);
  },
};

/** System V's: the lower halves of the flags, eight control characters. */
export const TERMIO: Shape = {
  size: TERMIO_SIZE,
  encode(from) {
    const data = new Uint8Array(TERMIO_SIZE);
    const view = new DataView(data.buffer);
    for (const [i, name] of FLAGS.entries()) view.setUint16(2 * i, from[name] & 0xffff, true);
    data[8] = from.line;
    data.set(from.cc.subarray(0, NCC), 9);
    return data;
  },
  decode(view, into) {
    for (const [i, name] of FLAGS.entries()) {
      into[name] = ((into[name] & 0xffff_0000) | view.getUint16(2 * i, true)) >>> 0;
    }
    into.line = view.getUint8(8);
    into.cc = Uint8Array.from(into.cc, (c, i) => (i < NCC ? view.getUint8(9 + i) : c));
  },
};

export function getSettings(t: Task, tty: Tty, arg: number, shape: Shape): Result {
  return copyOut(t, arg, shape.encode(settingsOf(tty)));
}

/** @param flush forgets unread input first */
export function setSettings(k: Kernel, t: Task, tty: Tty, arg: number, shape: Shape, flush: boolean): Result {
  const stop = checkForeground(k, t, tty, SIGTTOU);
  if (stop !== 0) return stop;
  const view = copyIn(t, arg, shape.size);
  if (view === null) return -EFAULT;
  const wanted = settingsOf(tty);
  shape.decode(view, wanted);
  [wanted.ispeed, wanted.ospeed] = [inputSpeed(wanted), outputSpeed(wanted)];
  if (flush) flushInput(tty);
  apply(k, tty, wanted);
  return 0;
}

function speedOf(code: number, other: number): number {
  if (code === termios.BOTHER) return other;
  const index = code & termios.CBAUDEX ? (code & ~termios.CBAUDEX) + 15 : code;
  return termios.SPEEDS[index] ?? 0;
}

function outputSpeed({ cflag, ospeed }: Settings): number {
  return speedOf(cflag & termios.CBAUD, ospeed);
}

/** B0 stands for the output's. */
function inputSpeed(of: Settings): number {
  const code = (of.cflag >>> termios.IBSHIFT) & termios.CBAUD;
  return code === 0 ? outputSpeed(of) : speedOf(code, of.ispeed);
}

function apply(k: Kernel, tty: Tty, wanted: Settings): void {
  const old = settingsOf(tty);
  const flowed = hasStandardFlow(tty);
  Object.assign(tty, keepLocked(tty, wanted));
  if (tty.driver === 'pts') {
    tellMaster(tty, old, flowed);
    // A pseudo-terminal has eight bits and no parity.
    tty.cflag = ((tty.cflag & ~(termios.CSIZE | termios.PARENB)) | termios.CS8 | termios.CREAD) >>> 0;
  }
  modeChanged(k, tty, old);
}

/** Linux pty_set_termios. */
function tellMaster(tty: Tty, old: Settings, flowed: boolean): void {
  const flows = hasStandardFlow(tty);
  let events = 0;
  if (flows !== flowed) events |= flows ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP;
  if ((old.lflag | tty.lflag) & termios.EXTPROC) events |= TIOCPKT_IOCTL;
  if (events !== 0) packetEvent(tty, events, flows === flowed ? 0 : TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
}

/** TIOCSLCKTRMIOS: marked bits and characters stay as they are. */
function keepLocked(tty: Tty, wanted: Settings): Settings {
  const marks: Settings = { ...wanted };
  decodeWords(new DataView(Uint8Array.from(tty.lockedFlags).buffer), marks);
  const kept = { ...wanted, line: marks.line !== 0 ? tty.line : wanted.line };
  for (const name of FLAGS) kept[name] = ((wanted[name] & ~marks[name]) | (tty[name] & marks[name])) >>> 0;
  kept.cc = Uint8Array.from(wanted.cc, (c, i) => (marks.cc[i] !== 0 ? tty.cc[i]! : c));
  return kept;
}

export function getLocked(t: Task, tty: Tty, arg: number): Result {
  return copyOut(t, arg, tty.lockedFlags);
}

export function setLocked(t: Task, tty: Tty, arg: number): Result {
  if (!t.cred.capable(CAP.SYS_ADMIN)) return -EPERM;
  const data = t.mm?.readBytes(arg, TERMIOS_SIZE);
  if (!data) return -EFAULT;
  tty.lockedFlags = Uint8Array.from(data);
  return 0;
}

/** TIOCGSOFTCAR: whether the carrier is ignored. */
export function getSoftCarrier(t: Task, tty: Tty, arg: number): Result {
  return t.mm?.put32(arg, tty.cflag & termios.CLOCAL ? 1 : 0) ? 0 : -EFAULT;
}

export function setSoftCarrier(t: Task, tty: Tty, arg: number): Result {
  const on = t.mm?.get32(arg) ?? null;
  if (on === null) return -EFAULT;
  tty.cflag = on !== 0 ? tty.cflag | termios.CLOCAL : tty.cflag & ~termios.CLOCAL;
  return 0;
}
