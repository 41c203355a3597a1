/** Changing what an inode says of itself: mode, owner, times, length. Linux fs/attr.c, fs/open.c, fs/utimes.c. */
import { EACCES, EINVAL, EISDIR, EPERM, EROFS, ETXTBSY } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { MAY_WRITE, S_IALLUGO, S_ISGID } from './flags.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import { MNT_RDONLY } from './mount-flags.ts';
import { CAP_CHOWN, CAP_FSETID, dropSetId, isOwner, mayAccess, setIdBits } from './permission.ts';
import { Regular } from './regular.ts';
import { now, type Timestamp } from './timestamp.ts';
import { addressSpaces } from './unmap.ts';

function readOnly(mount: Mount | null): boolean {
  return mount !== null && (mount.flags & MNT_RDONLY) !== 0;
}

/** chmod(2). */
export function changeMode(t: Task, mount: Mount | null, inode: Inode, mode: number): Result {
  if (readOnly(mount)) return -EROFS;
  if (!isOwner(t, inode)) return -EPERM;
  const keepsGroup = t.cred.inGroup(inode.gid) || t.cred.capable(CAP_FSETID);
  const wanted = mode & S_IALLUGO & (keepsGroup ? S_IALLUGO : ~S_ISGID);
  inode.mode = (inode.mode & ~S_IALLUGO) | wanted;
  inode.touchCtime();
  return 0;
}

/** chown(2); -1 leaves an id as it is. */
export function changeOwner(t: Task, mount: Mount | null, inode: Inode, uid: number, gid: number): Result {
  if (readOnly(mount)) return -EROFS;
  const newUid = uid === -1 ? inode.uid : uid >>> 0;
  const newGid = gid === -1 ? inode.gid : gid >>> 0;
  if (!t.cred.capable(CAP_CHOWN)) {
    const owns = t.cred.fsuid === inode.uid;
    if (uid !== -1 && !(owns && newUid === inode.uid)) return -EPERM;
    if (gid !== -1 && !(owns && (t.cred.inGroup(newGid) || newGid === inode.gid))) return -EPERM;
  }
  const gone = setIdBits(t, inode);
  inode.uid = newUid;
  inode.gid = newGid;
  if (!inode.isDir) inode.mode &= ~gone;
  inode.touchCtime();
  return 0;
}

/** A time to set: a value, `now`, or null to leave it. */
export type TimeChange = Timestamp | 'now' | null;

/** utimensat(2). `both` null sets both to now, which also those may who can write. */
export function changeTimes(
  k: Kernel,
  t: Task,
  mount: Mount | null,
  inode: Inode,
  both: [TimeChange, TimeChange] | null,
): Result {
  const [atime, mtime] = both ?? ['now', 'now'];
  if (atime === null && mtime === null) return 0;
  if (readOnly(mount)) return -EROFS;
  const onlyNow = both === null || (atime === 'now' && mtime === 'now');
  if (!isOwner(t, inode)) {
    if (!onlyNow) return -EPERM;
    if (mayAccess(t, inode, MAY_WRITE) < 0) return -EACCES;
  }
  const present = now(k);
  if (atime !== null) inode.atime = atime === 'now' ? { ...present } : atime;
  if (mtime !== null) inode.mtime = mtime === 'now' ? { ...present } : mtime;
  inode.ctime = present;
  return 0;
}

/** truncate(2) on a path's inode. */
export function changeSize(k: Kernel, t: Task, mount: Mount | null, inode: Inode, length: number): Result {
  if (length < 0) return -EINVAL;
  if (inode.isDir) return -EISDIR;
  if (!(inode instanceof Regular)) return -EINVAL;
  if (readOnly(mount)) return -EROFS;
  const denied = mayAccess(t, inode, MAY_WRITE);
  if (denied < 0) return denied;
  for (const mm of addressSpaces(k)) if (mm.exe?.inode === inode) return -ETXTBSY;
  dropSetId(t, inode);
  return inode.resize(length);
}
