/** Input of the line discipline: editing, signals, echo. Linux drivers/tty/n_tty.c n_tty_receive_buf_standard. */
import { POLL_IN, signalIo } from '../fd/async.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../fd/poll.ts';
import type { Kernel } from '../kernel.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../signal/numbers.ts';
import { signalGroup } from '../signal/send.ts';
import { SI_KERNEL, siginfo } from '../signal/siginfo.ts';
import { erase, finishErasing } from './erase.ts';
import { startOutput, stopOutput } from './flow.ts';
import { echo, echoRaw, flushEchoes } from './output.ts';
import { packetEvent, TIOCPKT_FLUSHREAD, TIOCPKT_FLUSHWRITE } from './packet.ts';
import * as termios from './termios.ts';
import { TTY_BUFFER, type Tty } from './tty.ts';

const NL = 10;
const CR = 13;
const BACKSPACE = 8;
const CARET = 94;
/** What PARMRK marks errors with; the byte itself is doubled. */
const MARK = 0xff;
/** How an end-of-file character stands in the buffer (Linux __DISABLED_CHAR). */
export const EOF_MARK = 0;

/** Echoes are sent when so many have gathered, and at the end (Linux ECHO_BLOCK). */
const ECHO_BLOCK = 256;

/** Bytes come in from the host or the other side. */
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
  const lines = tty.marks.length;
  while (done < tty.incoming.length && !isThrottled(tty)) {
    receive(k, tty, tty.incoming[done++]!);
    if (tty.echoes.length >= ECHO_BLOCK) flushEchoes(k, tty);
  }
  if (done > 0) tty.incoming = tty.incoming.slice(done);
  flushEchoes(k, tty);
  const news = tty.canonical ? tty.marks.length > lines : done > 0 && tty.buffer.length > 0;
  if (news || (done > 0 && inputReady(tty, 1))) tty.wake(POLLIN | POLLRDNORM);
  // Each line is told of, and each batch of bytes that are no lines.
  const times = tty.canonical ? tty.marks.length - lines : news ? 1 : 0;
  for (let i = 0; i < times; i++) signalIo(k, tty, POLL_IN);
}

/** How many more bytes the buffer takes, the one for the end of a line left out; each may take three with PARMRK. */
function roomIn(tty: Tty): number {
  const free = TTY_BUFFER - tty.buffer.length;
  return (tty.iflag & termios.PARMRK ? Math.floor((free + 3) / 3) : free) - 1;
}

/** A full buffer stops input, unless it is one unfinished line, whose end may still come. */
function isThrottled(tty: Tty): boolean {
  return roomIn(tty) <= 0 && !(tty.hasLocal(termios.ICANON) && tty.marks.length === 0);
}

/** Whether a read of `wanted` bytes finds something (Linux input_available_p). */
export function inputReady(tty: Tty, wanted: number): boolean {
  return tty.canonical ? tty.marks.length > 0 : tty.buffer.length >= wanted;
}

function receive(k: Kernel, tty: Tty, raw: number): void {
  let c = tty.iflag & termios.ISTRIP ? raw & 0x7f : raw;
  if (tty.iflag & termios.IUCLC && tty.hasLocal(termios.IEXTEN)) c = lowerCase(c);
  if (tty.literalNext) {
    tty.literalNext = false;
    receivePlain(k, tty, c);
  } else if (tty.hasLocal(termios.EXTPROC)) {
    append(tty, c);
  } else if (!flowControl(k, tty, c) && !signalKey(k, tty, c)) {
    receiveOther(k, tty, c);
  }
}

/** Linux tolower, which knows Latin-1. */
function lowerCase(c: number): number {
  const upper = (c >= 0x41 && c <= 0x5a) || (c >= 0xc0 && c <= 0xde && c !== 0xd7);
  return upper ? c + 0x20 : c;
}

function receiveOther(k: Kernel, tty: Tty, c: number): void {
  if (c === CR && tty.iflag & termios.IGNCR) {
    anyKeyStarts(k, tty);
    return;
  }
  if (c === CR && tty.iflag & termios.ICRNL) receiveMapped(k, tty, NL);
  else if (c === NL && tty.iflag & termios.INLCR) receiveMapped(k, tty, CR);
  else if (!tty.hasLocal(termios.ICANON) || !editing(k, tty, c)) receivePlain(k, tty, c);
}

/** CR or NL that was made of the other one. */
function receiveMapped(k: Kernel, tty: Tty, c: number): void {
  anyKeyStarts(k, tty);
  if (tty.hasLocal(termios.ICANON) && edit(tty, c)) return;
  if (tty.hasLocal(termios.ECHO)) {
    beforeEcho(tty);
    if (c === NL) echoRaw(tty, NL);
    else echo(tty, c);
  }
  append(tty, c);
}

/** IXANY: every key starts output. */
function anyKeyStarts(k: Kernel, tty: Tty): void {
  if (!tty.stopped || tty.flowStopped || (tty.iflag & termios.IXON) === 0 || (tty.iflag & termios.IXANY) === 0) return;
  startOutput(k, tty);
  flushEchoes(k, tty);
}

/** VSTART and VSTOP; whether the byte is used up. */
function flowControl(k: Kernel, tty: Tty, c: number): boolean {
  if ((tty.iflag & termios.IXON) === 0) return false;
  if (tty.is(termios.VSTART, c)) {
    startOutput(k, tty);
    flushEchoes(k, tty);
    return true;
  }
  if (!tty.is(termios.VSTOP, c)) return false;
  stopOutput(tty);
  return true;
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
  if (tty.pgrp !== null) signalGroup(k, tty.pgrp, siginfo(key[1], SI_KERNEL));
  if (!tty.hasLocal(termios.NOFLSH)) {
    tty.echoes = [];
    flushOutput(tty);
    flushInput(tty);
  }
  if (tty.iflag & termios.IXON) startOutput(k, tty);
  if (tty.hasLocal(termios.ECHO)) echo(tty, c);
  return true;
}

/** Forgets unread input; a master in packet mode is told. */
export function flushInput(tty: Tty): void {
  tty.buffer = [];
  tty.marks = [];
  tty.erasing = false;
  tty.literalNext = false;
  packetEvent(tty, TIOCPKT_FLUSHREAD);
}

/** Forgets output that the other side has not taken yet (Linux pty_flush_buffer). */
export function flushOutput(tty: Tty): void {
  const { other } = tty;
  if (other === null) return;
  other.incoming = new Uint8Array(0);
  packetEvent(tty, TIOCPKT_FLUSHWRITE);
}

/** Canonical mode's keys; whether the byte is used up. IXANY looks at each. */
function editing(k: Kernel, tty: Tty, c: number): boolean {
  anyKeyStarts(k, tty);
  return edit(tty, c);
}

function edit(tty: Tty, c: number): boolean {
  const extended = tty.hasLocal(termios.IEXTEN);
  if (tty.is(termios.VERASE, c)) return erase(tty, 'character');
  if (tty.is(termios.VKILL, c)) return erase(tty, 'line');
  if (extended && tty.is(termios.VWERASE, c)) return erase(tty, 'word');
  if (extended && tty.is(termios.VLNEXT, c)) return literalNext(tty);
  if (extended && tty.is(termios.VREPRINT, c) && tty.hasLocal(termios.ECHO)) return reprint(tty, c);
  if (c === NL) {
    if (tty.hasLocal(termios.ECHO) || tty.hasLocal(termios.ECHONL)) echoRaw(tty, NL);
    return endLine(tty, NL);
  }
  if (tty.is(termios.VEOF, c)) return endLine(tty, EOF_MARK);
  if (tty.is(termios.VEOL, c) || (extended && tty.is(termios.VEOL2, c))) {
    if (tty.hasLocal(termios.ECHO)) {
      noteColumn(tty);
      echo(tty, c);
    }
    if (c === MARK && tty.iflag & termios.PARMRK) append(tty, c);
    return endLine(tty, c);
  }
  return false;
}

function literalNext(tty: Tty): true {
  tty.literalNext = true;
  if (!tty.hasLocal(termios.ECHO)) return true;
  finishErasing(tty);
  if (tty.hasLocal(termios.ECHOCTL)) echoRaw(tty, CARET, BACKSPACE);
  return true;
}

function reprint(tty: Tty, c: number): true {
  finishErasing(tty);
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

/** The line that is being edited begins at this column. */
function noteColumn(tty: Tty): void {
  if (tty.buffer.length === tty.edited) tty.lineColumn = tty.column;
}

function beforeEcho(tty: Tty): void {
  finishErasing(tty);
  noteColumn(tty);
}

/** A byte that is no key. */
function receivePlain(k: Kernel, tty: Tty, c: number): void {
  anyKeyStarts(k, tty);
  if (tty.hasLocal(termios.ECHO)) {
    beforeEcho(tty);
    echo(tty, c);
  }
  if (c === MARK && tty.iflag & termios.PARMRK) append(tty, c);
  append(tty, c);
}

/**
 * New settings. A change between canonical and raw mode makes everything typed one finished part, or plain bytes; output
 * that VSTOP stopped goes on when IXON is gone (Linux n_tty_set_termios).
 */
export function modeChanged(k: Kernel, tty: Tty, old: { readonly iflag: number; readonly lflag: number }): void {
  if ((old.lflag ^ tty.lflag) & (termios.ICANON | termios.EXTPROC)) {
    tty.marks = tty.hasLocal(termios.ICANON) && tty.buffer.length > 0 ? [tty.buffer.length - 1] : [];
    tty.erasing = false;
    tty.literalNext = false;
  }
  if (old.iflag & termios.IXON && (tty.iflag & termios.IXON) === 0 && !tty.flowStopped) {
    startOutput(k, tty);
    flushEchoes(k, tty);
  }
  tty.wake(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}
