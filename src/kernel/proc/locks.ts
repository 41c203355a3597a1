/** /proc/locks: what fcntl(2) and flock(2) have locked. Linux fs/locks.c lock_get_status. */
import type { Inode } from '../fs/inode.ts';
import type { Lock } from '../fs/locks.ts';
import { openFiles } from '../fs/unmap.ts';
import type { Query } from './nodes.ts';

const KINDS: Readonly<Record<Lock['kind'], string>> = {
  posix: 'POSIX  ADVISORY ',
  ofd: 'OFDLCK ADVISORY ',
  flock: 'FLOCK  ADVISORY ',
};

const byte = (n: number): string => n.toString(16).padStart(2, '0');

function line({ superblock, ino }: Inode, { kind, exclusive, pid, start, end }: Lock): string {
  const place = `${byte(superblock.dev >>> 8)}:${byte(superblock.dev & 0xff)}:${ino}`;
  return `${KINDS[kind]} ${exclusive ? 'WRITE' : 'READ '} ${pid} ${place} ${start} ${end === null ? 'EOF' : end - 1}`;
}

/** The newest lock of a file first, as Linux lists them. */
export function locks({ kernel }: Query): string {
  const inodes = new Set(openFiles(kernel).flatMap(({ inode }) => (inode === null ? [] : [inode])));
  const lines = [...inodes].flatMap((inode) => [...inode.locks].reverse().map((lock) => line(inode, lock)));
  return lines.map((text, i) => `${i + 1}: ${text}\n`).join('');
}
