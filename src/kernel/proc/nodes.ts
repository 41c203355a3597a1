/** What /proc holds, by name: one row for each entry, proc(5). */
import { S_IFDIR, S_IFLNK, S_IFREG } from '../fs/flags.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Cred } from '../task/cred.ts';
import type { PidNs } from '../task/pid.ts';
import type { Task } from '../task/task.ts';

/** Whom a text is about, and for whom it is made. */
export interface Query {
  readonly kernel: Kernel;
  readonly reader: Task;
  /** The process or thread of a /proc/PID entry; the reader itself elsewhere. */
  readonly task: Task;
  /** The descriptor of an entry in /proc/PID/fd. */
  readonly fd: number;
  /** Whose processes and numbers are shown. */
  readonly pidNs: PidNs;
}

/** A write to a file of /proc. */
export interface Written {
  readonly text: string;
  /** Where in the file. */
  readonly pos: number;
  /** Credentials that the file was opened with. */
  readonly opener: Cred;
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

export interface Binary {
  read(query: Query, position: number, length: number): Uint8Array | number;
  /** The bytes taken, or a negated errno. */
  write?(query: Query, position: number, data: Uint8Array): number;
}

export interface Node {
  /** Type and permissions. */
  readonly mode: number;
  /** Of a directory: its fixed entries, by name. */
  readonly entries?: Readonly<Record<string, Node>>;
  /** Of a directory: the entries that come and go. */
  readonly dynamic?: 'pids' | 'tasks' | 'fds' | 'fdinfo';
  /** Of a file: its content. Of a link: its text. A byte string, or a negated errno. */
  readonly text?: (query: Query) => string | number;
  /** Of a file: takes a write; the bytes taken, or a negated errno. */
  readonly write?: (query: Query, written: Written) => Result;
  /** Whether pwrite(2) works too: not for what Linux makes of seq_file(9). */
  readonly pwrite?: boolean;
  /** Of a file: whether the reader may open it with those flags, beyond permissions. */
  readonly mayOpen?: (query: Query, flags: number) => Result;
  /** Of a file without text: what stands at a position. Bytes, none at the end, or a negated errno. */
  readonly binary?: Binary;
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

/** Takes what one write brought, a byte string; 0 or a negated errno. */
export type Setter = (query: Query, text: string) => number;

/** Of a file that takes each write as a whole, wherever it goes. */
export function whole(set: Setter): NonNullable<Node['write']> {
  return (query, { text }) => (text === '' ? 0 : set(query, text) || text.length);
}

/** A file whose owner can change what it says. */
export function writable(text: NonNullable<Node['text']>, set: Setter, permissions = 0o644): Node {
  return { mode: S_IFREG | permissions, text, write: whole(set), pwrite: true };
}

export function binaryFile(binary: Binary, permissions: number): Node {
  return { mode: S_IFREG | permissions, binary };
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
