/** New inodes by type. */
import { Directory } from './directory.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './flags.ts';
import type { Inode } from './inode.ts';
import { Regular } from './regular.ts';
import { Special } from './special.ts';
import type { SuperBlock } from './superblock.ts';
import { Symlink } from './symlink.ts';
import { now, type Timestamp, timesOf } from './timestamp.ts';

export interface InodeInit {
  readonly uid: number;
  readonly gid: number;
  readonly rdev?: number;
  /** A symbolic link's target. */
  readonly target?: string;
  /** Path in the base layer. */
  readonly lower?: string;
  readonly lowerSize?: number;
  /** Default: now. */
  readonly time?: Timestamp;
}

/** A new inode (refs 0) of a filesystem; `mode` has type and permissions. */
export function makeInode(sb: SuperBlock, mode: number, init: InodeInit): Inode {
  const time = init.time ?? now(sb.k);
  sb.inodesUsed++;
  const common = {
    sb,
    ino: sb.takeIno(),
    mode,
    uid: init.uid,
    gid: init.gid,
    ...timesOf(time),
  };
  const lower = init.lower ?? '';
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return new Directory({ ...common, nlink: 2, size: 4096, lower });
    case S_IFREG:
      return new Regular({ ...common, nlink: 1, size: init.lowerSize ?? 0, lower, lowerSize: init.lowerSize ?? 0 });
    case S_IFLNK:
      return new Symlink({ ...common, nlink: 1, target: init.target ?? '', size: (init.target ?? '').length });
    default:
      return new Special({ ...common, nlink: 1, rdev: init.rdev ?? 0 });
  }
}
