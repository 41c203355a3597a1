/** The last open file of a terminal is gone. Linux drivers/tty/pty.c pty_close. */
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import type { DevptsRoot, PtsNode } from './devpts.ts';
import { hangUp } from './hangup.ts';
import type { Tty } from './tty.ts';

/** Called after each close. A closed slave can be opened again; with the master the pseudo-terminal ends. */
export function closedTerminal(k: Kernel, tty: Tty): void {
  if (tty.driver === 'console' || tty.files.length > 0) return;
  if (tty.ioError) {
    freeNumber(tty);
    return;
  }
  const { other } = tty;
  tty.ioError = true;
  tty.packet = false;
  tty.wake(0);
  if (other !== null) {
    other.otherClosed = true;
    other.wake(0);
  }
  if (tty.link !== null) {
    tty.otherClosed = true;
    removeNode(tty);
    hangUp(k, tty.link);
  }
  freeNumber(tty.link ?? tty);
}

/** The entry goes from devpts; whoever has it still gets EIO. */
function removeNode(master: Tty): void {
  const { node } = master;
  if (node === null) return;
  const inode = node.target as PtsNode; // DevptsRoot made it
  const slave = inode.tty;
  inode.tty = null;
  if (slave !== null) put(slave);
  inode.nlink = 0;
  if (node.hashed) node.parent?.remove(node);
  master.node = null;
  put(node);
}

/** The number is free when neither side is open. */
function freeNumber(slave: Tty): void {
  const { devpts, master } = slave;
  if (devpts === null || slave.files.length > 0 || (master !== null && master.files.length > 0)) return;
  const root = devpts.root?.inode as DevptsRoot | undefined; // that of a devpts
  root?.freeNumber(slave.index);
  slave.devpts = null;
  put(devpts);
}
