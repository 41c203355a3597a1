/** A terminal: settings, window size, session, and the line discipline's buffers. Linux struct tty_struct, n_tty_data. */
import type { Dentry } from '../fs/dentry.ts';
import type { SuperBlock } from '../fs/superblock.ts';
import { assert } from '../kobject/errors.ts';
import {
  bool,
  bytes,
  count,
  fixedBytes,
  list,
  oneOf,
  optRef,
  struct,
  transient,
  u8,
  u16,
  u32,
  weak,
} from '../kobject/fields.ts';
import { derived, get, put } from '../kobject/kobject.ts';
import type { Pid } from '../task/pid.ts';
import { Waitable } from '../task/wait.ts';
import * as termios from './termios.ts';
import type { TtyFile } from './tty-file.ts';

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
  driver: oneOf(
    'console',
    'ptm',
    'pts',
  )('the console, or a side of a pseudo-terminal: master, slave', {
    initial: 'console',
  }),
  link: optRef<Tty>('tty', 'of a master: its slave'),
  master: weak<Tty>('tty', 'of a slave: its master, while that exists'),
  node: optRef<Dentry>('dentry', 'of a master: its entry in devpts'),
  devpts: optRef<SuperBlock>('superblock', 'of a slave: where its number is taken, while a side is open'),
  index: u32('number in devpts', { initial: 0 }),
  locked: bool('of a master: TIOCSPTLCK, the slave cannot be opened', { initial: false }),
  packet: bool('of a master: TIOCPKT', { initial: false }),
  packetStatus: u8('of a slave: TIOCPKT_* bits that the master has not read', { initial: 0 }),
  otherClosed: bool('the other side of the pseudo-terminal was closed', { initial: false }),
  ioError: bool('of a slave: its last close, or a failed open; reads and writes are EIO', { initial: false }),
  exclusive: bool('TIOCEXCL', { initial: false }),
  flowStopped: bool('output is stopped by TCXONC: VSTART and IXANY do not help', { initial: false }),
  tellsOfRoom: bool('a write found no room while somebody wants SIGIO', { initial: false }),
  erasing: bool('ECHOPRT: a run of erased characters is being shown', { initial: false }),
  ispeed: u32('input speed, bits per second', { initial: 38400 }),
  ospeed: u32('output speed', { initial: 38400 }),
  lockedFlags: fixedBytes(termios.TERMIOS_SIZE)('TIOCSLCKTRMIOS: bits of the settings that cannot be changed', {
    initial: new Uint8Array(termios.TERMIOS_SIZE),
  }),
  files: transient<TtyFile[]>('open files enter themselves', () => []),
}) {
  /** The other side of a pseudo-terminal. */
  get other(): Tty | null {
    return this.link ?? this.master;
  }

  get isMaster(): boolean {
    return this.driver === 'ptm';
  }

  /** Whether reads give lines. */
  get canonical(): boolean {
    return this.hasLocal(termios.ICANON) && !this.hasLocal(termios.EXTPROC);
  }

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

  override released(): void {
    if (this.link !== null) this.link.master = null;
  }

  override check(): void {
    this.checkPair();
    assert(this.buffer.length <= TTY_BUFFER, 'terminal buffer past its size');
    let last = -1;
    for (const mark of this.marks) {
      assert(mark > last && mark < this.buffer.length, 'line ends out of order');
      last = mark;
    }
  }

  private checkPair(): void {
    const { driver, link, master } = this;
    assert((driver === 'ptm') === (link !== null), 'a master without a slave');
    assert(link === null || (link.driver === 'pts' && link.master === this), 'a slave that does not know its master');
    assert(master === null || (driver === 'pts' && master.link === this), 'a master that does not know its slave');
    assert(this.node === null || driver === 'ptm', 'a terminal with an entry in devpts that is no master');
  }
}
