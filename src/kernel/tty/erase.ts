/** VERASE, VWERASE, VKILL: Linux drivers/tty/n_tty.c eraser. */
import { echo, echoRaw, isContinuation, isControl } from './output.ts';
import { ECHO, ECHOCTL, ECHOE, ECHOK, ECHOKE, ECHOPRT, VERASE, VKILL } from './termios.ts';
import type { Tty } from './tty.ts';

const TAB = 9;
const NL = 10;
const TAB_WIDTH = 8;
const BACKSLASH = 92;
const SLASH = 47;
/** Back, blank, back. */
const RUB_OUT: readonly number[] = [8, 32, 8];

/** Takes a character, a word or all off the line being edited. Always true: the key is used up. */
export function erase(tty: Tty, what: 'character' | 'word' | 'line'): true {
  const start = tty.edited;
  if (tty.buffer.length === start) return true;
  if (what === 'line' && !erasesVisibly(tty)) return killSilently(tty, start);
  let inWord = false;
  while (tty.buffer.length > start) {
    const head = characterStart(tty, start);
    const c = tty.buffer[head]!;
    // Never a part of a character.
    if (isContinuation(tty, c)) break;
    if (what === 'word') {
      if (isWordCharacter(c)) inWord = true;
      else if (inWord) break;
    }
    const erased = tty.buffer.splice(head);
    if (tty.hasLocal(ECHO)) {
      if (tty.hasLocal(ECHOPRT)) printErased(tty, erased);
      else showErased(tty, c, what, start);
    }
    if (what === 'character') break;
  }
  if (tty.buffer.length === start && tty.hasLocal(ECHO)) finishErasing(tty);
  return true;
}

/** ECHOPRT: erased characters are printed between a backslash and a slash. */
function printErased(tty: Tty, erased: readonly number[]): void {
  if (!tty.erasing) echoRaw(tty, BACKSLASH);
  tty.erasing = true;
  echo(tty, erased[0]!);
  echoRaw(tty, ...erased.slice(1));
}

/** Ends a run of erased characters that ECHOPRT shows. */
export function finishErasing(tty: Tty): void {
  if (!tty.erasing) return;
  tty.erasing = false;
  echoRaw(tty, SLASH);
}

function erasesVisibly(tty: Tty): boolean {
  return tty.hasLocal(ECHO) && tty.hasLocal(ECHOK) && tty.hasLocal(ECHOKE) && tty.hasLocal(ECHOE);
}

function killSilently(tty: Tty, start: number): true {
  tty.buffer.length = start;
  if (!tty.hasLocal(ECHO)) return true;
  finishErasing(tty);
  echo(tty, tty.cc[VKILL]!);
  if (tty.hasLocal(ECHOK)) echoRaw(tty, NL);
  return true;
}

/** First byte of the last character, which may have several in UTF-8. */
function characterStart(tty: Tty, start: number): number {
  let head = tty.buffer.length - 1;
  while (head > start && isContinuation(tty, tty.buffer[head]!)) head--;
  return head;
}

function isWordCharacter(c: number): boolean {
  if (c >= 0xc0) return c !== 0xd7 && c !== 0xf7; // letters of Latin-1
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f;
}

function showErased(tty: Tty, c: number, what: string, start: number): void {
  if (what === 'character' && !tty.hasLocal(ECHOE)) {
    echo(tty, tty.cc[VERASE]!);
  } else if (c === TAB) {
    const back = TAB_WIDTH - (columnBefore(tty, start) % TAB_WIDTH);
    for (let i = 0; i < back && tty.column > 0; i++) echoRaw(tty, 8);
  } else {
    if (isControl(c) && tty.hasLocal(ECHOCTL)) echoRaw(tty, ...RUB_OUT);
    if (!isControl(c) || tty.hasLocal(ECHOCTL)) echoRaw(tty, ...RUB_OUT);
  }
}

/** Column, counted from the last tab before, at which an erased tab began. */
function columnBefore(tty: Tty, start: number): number {
  let columns = 0;
  for (let at = tty.buffer.length - 1; at >= start; at--) {
    const c = tty.buffer[at]!;
    if (c === TAB) return columns;
    if (isControl(c)) columns += tty.hasLocal(ECHOCTL) ? 2 : 0;
    else if (!isContinuation(tty, c)) columns++;
  }
  return columns + tty.lineColumn;
}
