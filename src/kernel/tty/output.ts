/** Output processing of the line discipline: Linux drivers/tty/n_tty.c do_output_char, echo_char. */
import type { Kernel } from '../kernel.ts';
import { ECHOCTL, IUTF8, OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, TABDLY, XTABS } from './termios.ts';
import { roomOf, transmit } from './transmit.ts';
import type { Tty } from './tty.ts';

const NL = 10;
const CR = 13;
const TAB = 9;
const BACKSPACE = 8;
const SPACE = 32;
const DEL = 127;
const CARET = 94;
const TAB_WIDTH = 8;

export function isControl(c: number): boolean {
  return c < SPACE || c === DEL;
}

/** A byte of a UTF-8 character after its first, which takes no column. */
export function isContinuation(tty: Tty, c: number): boolean {
  return (tty.iflag & IUTF8) !== 0 && (c & 0xc0) === 0x80;
}

/** Puts one byte through output processing into `out`. */
export function processOutput(tty: Tty, c: number, out: number[]): void {
  if ((tty.oflag & OPOST) === 0) out.push(c);
  else if (c === NL) newline(tty, out);
  else if (c === CR) carriageReturn(tty, out);
  else if (c === TAB) tab(tty, out);
  else {
    if (c === BACKSPACE) tty.column = Math.max(0, tty.column - 1);
    else if (!isControl(c) && !isContinuation(tty, c)) tty.column++;
    out.push((tty.oflag & OLCUC) !== 0 ? upperCase(c) : c);
  }
}

/** Linux toupper, which knows Latin-1. */
function upperCase(c: number): number {
  const lower = (c >= 0x61 && c <= 0x7a) || (c >= 0xdf && c !== 0xf7);
  return lower ? c - SPACE : c;
}

function newline(tty: Tty, out: number[]): void {
  if (tty.oflag & (ONLRET | ONLCR)) tty.column = 0;
  tty.lineColumn = tty.column;
  if (tty.oflag & ONLCR) out.push(CR);
  out.push(NL);
}

function carriageReturn(tty: Tty, out: number[]): void {
  if (tty.oflag & ONOCR && tty.column === 0) return;
  if (tty.oflag & OCRNL) {
    if (tty.oflag & ONLRET) tty.lineColumn = tty.column = 0;
    out.push(NL);
    return;
  }
  tty.lineColumn = tty.column = 0;
  out.push(CR);
}

function tab(tty: Tty, out: number[]): void {
  const spaces = TAB_WIDTH - (tty.column % TAB_WIDTH);
  tty.column += spaces;
  if ((tty.oflag & TABDLY) === XTABS) for (let i = 0; i < spaces; i++) out.push(SPACE);
  else out.push(TAB);
}

/** Linux's echo buffer; what would not fit is not shown. */
const ECHO_BUFFER = 4096;

/** Shows typed input, control characters as `^C`. */
export function echo(tty: Tty, c: number): void {
  if (tty.echoes.length >= ECHO_BUFFER) return;
  if (tty.hasLocal(ECHOCTL) && isControl(c) && c !== TAB) {
    processOutput(tty, CARET, tty.echoes);
    processOutput(tty, c ^ 0x40, tty.echoes);
  } else {
    processOutput(tty, c, tty.echoes);
  }
}

/** Shows a byte as it is. */
export function echoRaw(tty: Tty, ...line: readonly number[]): void {
  if (tty.echoes.length >= ECHO_BUFFER) return;
  for (const c of line) processOutput(tty, c, tty.echoes);
}

/** Sends what was echoed, as far as there is room. */
export function flushEchoes(k: Kernel, tty: Tty): void {
  const room = roomOf(tty);
  if (tty.echoes.length === 0 || room === 0) return;
  const data = Uint8Array.from(tty.echoes.slice(0, room));
  tty.echoes = tty.echoes.slice(data.length);
  transmit(k, tty, data);
}

/** Bytes that a character may become. */
export function outputCost(tty: Tty, c: number): number {
  if ((tty.oflag & OPOST) === 0) return 1;
  if (c === NL) return tty.oflag & ONLCR ? 2 : 1;
  return c === TAB && (tty.oflag & TABDLY) === XTABS ? TAB_WIDTH - (tty.column % TAB_WIDTH) : 1;
}
