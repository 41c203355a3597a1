/** Input of the line discipline: editing, signals, echo. Linux drivers/tty/n_tty.c n_tty_receive_char, eraser. */
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { Kernel } from '../kernel.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../signal/numbers.ts';
import { signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { erase } from './erase.ts';
import { echo, echoRaw, flushEchoes } from './output.ts';
import * as termios from './termios.ts';
import { TTY_BUFFER, type Tty } from './tty.ts';

const NL = 10;
const CR = 13;
const BACKSPACE = 8;
const CARET = 94;
/** How an end-of-file character stands in the buffer (Linux __DISABLED_CHAR). */
export const EOF_MARK = 0;

/** Bytes come in from the host. */
export function receiveInput(k: Kernel, tty: Tty, data: Uint8Array): void {
  const joined = new Uint8Array(tty.incoming.length + data.length);
  joined.set(tty.incoming);
  joined.set(data, tty.incoming.length);
  tty.incoming = joined;
  workIncoming(k, tty);
}

/** Takes over what came in while the buffer was full, as far as there is room again. */
export function workIncoming(k: Kernel, tty: Tty): void {
  let done = 0;
  while (done < tty.incoming.length && !isThrottled(tty)) receive(k, tty, tty.incoming[done++]!);
  if (done > 0) tty.incoming = tty.incoming.slice(done);
  flushEchoes(k, tty);
  if (inputReady(tty, 1)) tty.wake(POLLIN | POLLRDNORM);
}

function isFull(tty: Tty): boolean {
  return tty.buffer.length >= TTY_BUFFER - 1;
}

/** A full buffer stops input, unless it is one unfinished line, whose end may still come. */
function isThrottled(tty: Tty): boolean {
  return isFull(tty) && !(tty.hasLocal(termios.ICANON) && tty.marks.length === 0);
}

/** Whether a read of `wanted` bytes finds something (Linux input_available_p). */
export function inputReady(tty: Tty, wanted: number): boolean {
  return tty.hasLocal(termios.ICANON) ? tty.marks.length > 0 : tty.buffer.length >= wanted;
}

function receive(k: Kernel, tty: Tty, raw: number): void {
  let c = tty.iflag & termios.ISTRIP ? raw & 0x7f : raw;
  if (tty.iflag & termios.IUCLC && tty.hasLocal(termios.IEXTEN) && c >= 0x41 && c <= 0x5a) c += 0x20;
  if (tty.literalNext) {
    tty.literalNext = false;
    store(tty, c);
    return;
  }
  if (flowControl(k, tty, c) || signalKey(k, tty, c)) return;
  if (c === CR) {
    if (tty.iflag & termios.IGNCR) return;
    if (tty.iflag & termios.ICRNL) c = NL;
  } else if (c === NL && tty.iflag & termios.INLCR) {
    c = CR;
  }
  if (!tty.hasLocal(termios.ICANON) || !edit(tty, c)) store(tty, c);
}

/** VSTART and VSTOP; whether the byte is used up. */
function flowControl(k: Kernel, tty: Tty, c: number): boolean {
  if ((tty.iflag & termios.IXON) === 0) return false;
  if (tty.is(termios.VSTOP, c) && !(tty.is(termios.VSTART, c) && tty.stopped)) {
    tty.stopped = true;
    return true;
  }
  if (tty.is(termios.VSTART, c)) {
    startOutput(k, tty);
    return true;
  }
  if (tty.stopped && tty.iflag & termios.IXANY) startOutput(k, tty);
  return false;
}

/** Output goes on, held-back echoes first. */
export function startOutput(k: Kernel, tty: Tty): void {
  tty.stopped = false;
  flushEchoes(k, tty);
  tty.wake(POLLOUT | POLLWRNORM);
}

const SIGNAL_KEYS: readonly (readonly [number, number])[] = [
  [termios.VINTR, SIGINT],
  [termios.VQUIT, SIGQUIT],
  [termios.VSUSP, SIGTSTP],
];

/** VINTR, VQUIT, VSUSP: a signal to the foreground group; whether the byte is used up. */
function signalKey(k: Kernel, tty: Tty, c: number): boolean {
  if (!tty.hasLocal(termios.ISIG)) return false;
  const key = SIGNAL_KEYS.find(([index]) => tty.is(index, c));
  if (key === undefined) return false;
  if (!tty.hasLocal(termios.NOFLSH)) {
    flushInput(tty);
    tty.echoes = [];
  }
  if (tty.pgrp !== null) signalGroup(k, tty.pgrp, siginfo(key[1], SI_KERNEL));
  if (tty.iflag & termios.IXON) startOutput(k, tty);
  if (tty.hasLocal(termios.ECHO)) echo(tty, c);
  return true;
}

/** Forgets unread input. */
export function flushInput(tty: Tty): void {
  tty.buffer = [];
  tty.marks = [];
}

/** Canonical mode's keys; whether the byte is used up. */
function edit(tty: Tty, c: number): boolean {
  const extended = tty.hasLocal(termios.IEXTEN);
  if (tty.is(termios.VERASE, c)) return erase(tty, 'character');
  if (tty.is(termios.VKILL, c)) return erase(tty, 'line');
  if (extended && tty.is(termios.VWERASE, c)) return erase(tty, 'word');
  if (extended && tty.is(termios.VLNEXT, c)) {
    tty.literalNext = true;
    if (tty.hasLocal(termios.ECHO) && tty.hasLocal(termios.ECHOCTL)) echoRaw(tty, CARET, BACKSPACE);
    return true;
  }
  if (extended && tty.is(termios.VREPRINT, c) && tty.hasLocal(termios.ECHO)) return reprint(tty, c);
  if (c === NL) {
    if (tty.hasLocal(termios.ECHO) || tty.hasLocal(termios.ECHONL)) echoRaw(tty, NL);
    return endLine(tty, NL);
  }
  if (tty.is(termios.VEOF, c)) return endLine(tty, EOF_MARK);
  if (tty.is(termios.VEOL, c) || (extended && tty.is(termios.VEOL2, c))) {
    if (tty.hasLocal(termios.ECHO)) echo(tty, c);
    return endLine(tty, c);
  }
  return false;
}

function reprint(tty: Tty, c: number): true {
  echo(tty, c);
  echoRaw(tty, NL);
  for (const typed of tty.buffer.slice(tty.edited)) echo(tty, typed);
  return true;
}

/** A line that fills the buffer goes on in its last byte, which each new one takes from the one before. */
function append(tty: Tty, c: number): void {
  if (tty.buffer.length === TTY_BUFFER) tty.buffer.pop();
  tty.buffer.push(c);
}

/** A line is complete. */
function endLine(tty: Tty, c: number): true {
  append(tty, c);
  tty.marks.push(tty.buffer.length - 1);
  return true;
}

function store(tty: Tty, c: number): void {
  if (tty.hasLocal(termios.ECHO)) {
    if (tty.buffer.length === tty.edited) tty.lineColumn = tty.column;
    if (c === NL) echoRaw(tty, NL);
    else echo(tty, c);
  }
  append(tty, c);
}

/** A change between canonical and raw mode: everything typed becomes one finished part, or plain bytes (Linux n_tty_set_termios). */
export function modeChanged(tty: Tty, wasCanonical: boolean): void {
  const canonical = tty.hasLocal(termios.ICANON);
  if (canonical === wasCanonical) return;
  tty.marks = canonical && tty.buffer.length > 0 ? [tty.buffer.length - 1] : [];
  if (tty.buffer.length > 0) tty.wake(POLLIN | POLLRDNORM);
}
