/** What /proc holds, by name: one row for each entry, proc(5). */
import { S_IFDIR, S_IFLNK, S_IFREG } from '../fs/flags.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';

/** Whom a text is about, and for whom it is made. */
export interface Query {
  readonly kernel: Kernel;
  readonly reader: Task;
  /** The process or thread of a /proc/PID entry; the reader itself elsewhere. */
  readonly task: Task;
  /** The descriptor of an entry in /proc/PID/fd. */
  readonly fd: number;
}

/** Which entry an inode is. */
export interface Place {
  /** Process number; 0 outside /proc/PID. */
  readonly tgid: number;
  /** Thread number of /proc/PID/task/TID; 0 elsewhere. */
  readonly tid: number;
  /** Names below /proc, /proc/PID or /proc/PID/task/TID, joined by `/`. */
  readonly where: string;
  /** Descriptor of an entry in /proc/PID/fd; -1 elsewhere. */
  readonly fd: number;
}

export interface Node {
  /** Type and permissions. */
  readonly mode: number;
  /** Of a directory: its fixed entries, by name. */
  readonly entries?: Readonly<Record<string, Node>>;
  /** Of a directory: the entries that come and go. */
  readonly dynamic?: 'pids' | 'tasks' | 'fds';
  /** Of a file: its content. Of a link: its text. A byte string, or a negated errno. */
  readonly text?: (query: Query) => string | number;
  /** Of a magic link: where it leads. */
  readonly follow?: (query: Query) => Path | number;
  /** Belongs to the process's owner, as entries of /proc/PID do, rather than to root. */
  readonly owned?: boolean;
}

export function directory(entries: Readonly<Record<string, Node>>, dynamic?: Node['dynamic']): Node {
  return { mode: S_IFDIR | 0o555, entries, ...(dynamic === undefined ? {} : { dynamic }) };
}

export function file(text: NonNullable<Node['text']>, permissions = 0o444): Node {
  return { mode: S_IFREG | permissions, text };
}

export function link(text: NonNullable<Node['text']>): Node {
  return { mode: S_IFLNK | 0o777, text };
}

export function magicLink(text: NonNullable<Node['text']>, follow: NonNullable<Node['follow']>): Node {
  return { mode: S_IFLNK | 0o777, text, follow };
}

/** Number of an entry's inode: fixed for a fixed tree, so that listings and look-ups agree. */
export function inoOf({ tgid, tid, where, fd }: Place): number {
  let hash = 7;
  for (const c of `${tid}/${where}/${fd}`) hash = (hash * 31 + c.charCodeAt(0)) % 0x0f_ffff;
  return tgid * 0x10_0000 + hash + 1;
}
