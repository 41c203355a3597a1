/** A terminal: settings, window size, session, and the line discipline's buffers. Linux struct tty_struct, n_tty_data. */
import { assert } from '../kobject/errors.ts';
import { bool, bytes, count, fixedBytes, list, optRef, struct, u8, u16, u32 } from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import type { Pid } from '../task/pid.ts';
import { Waitable } from '../task/wait.ts';
import * as termios from './termios.ts';

/** Linux N_TTY_BUF_SIZE: input stops when only the byte for the end of a line is free. */
export const TTY_BUFFER = 4096;

export class Tty extends derived(Waitable, 'tty', 1, {
  rdev: u32('device number', { show: 'hex' }),
  iflag: u32('c_iflag', { initial: termios.INITIAL_IFLAG, show: 'octal' }),
  oflag: u32('c_oflag', { initial: termios.INITIAL_OFLAG, show: 'octal' }),
  cflag: u32('c_cflag', { initial: termios.INITIAL_CFLAG, show: 'octal' }),
  lflag: u32('c_lflag', { initial: termios.INITIAL_LFLAG, show: 'octal' }),
  line: u8('c_line', { initial: 0 }),
  cc: fixedBytes(termios.NCCS)('c_cc', { initial: Uint8Array.from(termios.INITIAL_CC) }),
  winsize: struct(
    {
      rows: u16('lines', { initial: 24 }),
      cols: u16('columns', { initial: 80 }),
      xpixel: u16('width', { initial: 0 }),
      ypixel: u16('height', { initial: 0 }),
    },
    'TIOCGWINSZ',
  ),
  session: optRef<Pid>('pid', 'session that it controls'),
  pgrp: optRef<Pid>('pid', 'foreground process group'),
  incoming: bytes('fed by the host while the buffer was full', { initial: new Uint8Array(0) }),
  ended: bool('the host will feed nothing more: reads of an empty buffer give end of file', { initial: false }),
  buffer: list(u8('a byte'), 'unread input; an end-of-file character stands as 0'),
  marks: list(u32('a position'), 'canonical mode: indices in `buffer` that end a line, rising'),
  column: count('output column', { initial: 0 }),
  lineColumn: count('output column where the line being edited began', { initial: 0 }),
  literalNext: bool('VLNEXT was typed', { initial: false }),
  stopped: bool('output is stopped by VSTOP or TCXONC', { initial: false }),
  echoes: list(u8('a byte'), 'echoed input that waits while output is stopped'),
}) {
  /** Start of the line that is being edited: the rest of `buffer` is not ready in canonical mode. */
  get edited(): number {
    const last = this.marks[this.marks.length - 1];
    return last === undefined ? 0 : last + 1;
  }

  /** Foreground process group. */
  get foreground(): Pid | null {
    return this.pgrp;
  }

  /** Belongs to a session with its foreground group from now on, or to none. */
  setSession(session: Pid | null, pgrp: Pid | null = null): void {
    if (session !== null) get(session);
    if (pgrp !== null) get(pgrp);
    if (this.session !== null) put(this.session);
    if (this.pgrp !== null) put(this.pgrp);
    this.session = session;
    this.pgrp = pgrp;
  }

  hasLocal(flag: number): boolean {
    return (this.lflag & flag) !== 0;
  }

  /** Whether `c` is the control character `index`. */
  is(index: number, c: number): boolean {
    return this.cc[index] === c && c !== termios.DISABLED;
  }

  override check(): void {
    assert(this.buffer.length <= TTY_BUFFER, 'terminal buffer past its size');
    let last = -1;
    for (const mark of this.marks) {
      assert(mark > last && mark < this.buffer.length, 'line ends out of order');
      last = mark;
    }
  }
}
