/** What happens to files, told to those who watch them: one function for each way in which it is told. Linux fs/notify/fsnotify.c. */
import type { File } from '../fd/file.ts';
import type { Dentry } from './dentry.ts';
import { O_ACCMODE, O_RDONLY } from './flags.ts';
import type { Inode } from './inode.ts';

// inotify(7), Linux include/uapi/linux/inotify.h
export const IN_ACCESS = 0x1;
export const IN_MODIFY = 0x2;
export const IN_ATTRIB = 0x4;
export const IN_CLOSE_WRITE = 0x8;
export const IN_CLOSE_NOWRITE = 0x10;
export const IN_OPEN = 0x20;
export const IN_MOVED_FROM = 0x40;
export const IN_MOVED_TO = 0x80;
export const IN_CREATE = 0x100;
export const IN_DELETE = 0x200;
export const IN_DELETE_SELF = 0x400;
export const IN_MOVE_SELF = 0x800;
export const IN_UNMOUNT = 0x2000;
export const IN_Q_OVERFLOW = 0x4000;
export const IN_IGNORED = 0x8000;
/** An entry got another name in the same directory: not for inotify (Linux FS_RENAME). */
export const IN_RENAME = 0x1000_0000;
export const IN_ISDIR = 0x4000_0000;

export interface NotifyEvent {
  /** IN_* bits. */
  readonly mask: number;
  /** Joins the two halves of a move; else 0. */
  readonly cookie: number;
  /** Of an entry of the watched directory; empty when the event is about the watched inode itself. */
  readonly name: string;
  /** The entry that was used is in its directory no more: IN_EXCL_UNLINK. */
  readonly unlinked: boolean;
}

/** A watch that stands on an inode. */
export interface Mark {
  notify(event: NotifyEvent): void;
  /** The inode is gone, or its filesystem. */
  end(): void;
}

/** Calls are frequent and watches rare: without one nothing is made. */
function tell(inode: Inode, mask: number, name: string, unlinked: boolean, cookie: number): void {
  if (inode.marks.length === 0) return;
  const event: NotifyEvent = { mask, cookie, name, unlinked };
  for (const mark of [...inode.marks]) mark.notify(event);
}

const isDir = (inode: Inode | null): number => (inode?.isDir ? IN_ISDIR : 0);

/** Something about an inode whose names do not matter (Linux fsnotify_inode). */
export function notifyInode(inode: Inode, mask: number): void {
  tell(inode, mask | isDir(inode), '', false, 0);
}

/** An entry of a directory comes, goes or moves; `what` is the inode that it names. */
export function notifyEntry(dir: Inode, name: string, what: Inode | null, mask: number, cookie = 0): void {
  tell(dir, mask | isDir(what), name, false, cookie);
}

/** Something is done with what an entry names: told to the directory, then to the inode (Linux fsnotify_parent). */
export function notifyDentry(dentry: Dentry, mask: number): void {
  const inode = dentry.inode;
  const dir = dentry.parent?.inode ?? null;
  if (inode === null) return;
  const bits = mask | isDir(inode);
  if (dir !== null) tell(dir, bits, dentry.name, !dentry.hashed, 0);
  tell(inode, bits, '', !dentry.hashed, 0);
}

/** The same by way of an open file; those of O_PATH tell nothing. */
export function notifyFile(file: File, mask: number): void {
  if (file.dentry !== null && !file.isPathOnly) notifyDentry(file.dentry, mask);
}

export function notifyClose(file: File): void {
  notifyFile(file, (file.flags & O_ACCMODE) === O_RDONLY ? IN_CLOSE_NOWRITE : IN_CLOSE_WRITE);
}

/** The last name of an inode is gone, and nobody uses it: its watches end. */
export function notifyRemoved(inode: Inode): void {
  notifyInode(inode, IN_DELETE_SELF);
  for (const mark of [...inode.marks]) mark.end();
}
