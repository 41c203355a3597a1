/** getdents(2): directory entries as user space wants them. Linux fs/readdir.c. */
import { fromLatin1 } from '../bytes.ts';
import { EFAULT, EINVAL, ENOTDIR } from '../errno.ts';
import type { File } from '../fd/file.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { IN_ACCESS, notifyFile } from './notify.ts';

interface Entry {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
  readonly next: number;
}

interface Layout {
  length(name: string): number;
  fill(view: DataView, entry: Entry, length: number): number;
  /** Entries in one call; `readdir` gives one. */
  readonly single?: boolean;
}

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** `fill` returns where the name goes. */
export const direntLayouts = {
  /** struct linux_dirent: d_ino, d_off, d_reclen, name, and the type in the last byte. */
  linux: {
    length: (name) => roundUp(10 + name.length + 2, 4),
    fill: (view, entry, length) => {
      view.setUint32(0, entry.ino, true);
      view.setUint32(4, entry.next, true);
      view.setUint16(8, length, true);
      view.setUint8(length - 1, entry.type);
      return 10;
    },
  },
  /** struct linux_dirent64: d_ino, d_off, d_reclen, d_type, name. */
  linux64: {
    length: (name) => roundUp(19 + name.length + 1, 8),
    fill: (view, entry, length) => {
      view.setBigUint64(0, BigInt(entry.ino), true);
      view.setBigUint64(8, BigInt(entry.next), true);
      view.setUint16(16, length, true);
      view.setUint8(18, entry.type);
      return 19;
    },
  },
  /** struct old_linux_dirent of readdir(2): d_ino, d_offset, d_namlen, name; one entry a call. */
  old: {
    single: true,
    length: (name) => 10 + name.length + 1,
    fill: (view, entry) => {
      view.setUint32(0, entry.ino, true);
      view.setUint32(4, entry.next, true);
      view.setUint16(8, entry.name.length, true);
      return 10;
    },
  },
} as const satisfies Readonly<Record<string, Layout>>;

/** Fills the user's buffer from the directory's position on; bytes (entries for `old`), 0 at the end, or a negated errno. */
export function getdents(
  k: Kernel,
  t: Task,
  file: File,
  dirp: number,
  count: number,
  which: keyof typeof direntLayouts,
): Result {
  if (file.inode?.isDir !== true) return -ENOTDIR;
  const layout: Layout = direntLayouts[which];
  const room = layout.single ? Number.POSITIVE_INFINITY : count;
  let used = 0;
  let entries = 0;
  let error = 0;
  const result = file.readdir(k, t, (name, ino, type, next) => {
    const length = layout.length(name);
    if (used + length > room || (layout.single && entries === 1)) {
      if (entries === 0) error = -EINVAL;
      return false;
    }
    const record = new Uint8Array(length);
    const at = layout.fill(new DataView(record.buffer), { name, ino, type, next }, length);
    record.set(fromLatin1(name), at);
    if (!t.mm?.writeBytes(dirp + used, record)) {
      error = -EFAULT;
      return false;
    }
    used += length;
    entries++;
    return true;
  });
  if (result < 0) return result;
  notifyFile(file, IN_ACCESS);
  if (entries === 0 && error < 0) return error;
  return layout.single ? entries : used;
}
