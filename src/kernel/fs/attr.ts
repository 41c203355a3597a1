/** Changing what an inode says of itself: mode, owner, times, length. Linux fs/attr.c, fs/open.c, fs/utimes.c. */
import { EACCES, EFBIG, EINVAL, EISDIR, EPERM, EROFS, ETXTBSY } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { NO_ID } from '../ns/id-map.ts';
import { SIGXFSZ } from '../signal/numbers.ts';
import { raise } from '../signal/send.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import { RLIMIT } from '../task/signal.ts';
import type { Task } from '../task/task.ts';
import { MAY_WRITE, S_IALLUGO, S_ISGID } from './flags.ts';
import type { Inode } from './inode.ts';
import type { Mount } from './mount.ts';
import { capableOver, dropSetId, isOwner, mayAccess, setIdBits } from './permission.ts';
import { Regular } from './regular.ts';
import { now, type Timestamp } from './timestamp.ts';
import { addressSpaces } from './unmap.ts';

function readOnly(mount: Mount | null): boolean {
  return mount?.readOnly ?? false;
}

/** chmod(2). */
export function changeMode(t: Task, mount: Mount | null, inode: Inode, mode: number): Result {
  if (readOnly(mount)) return -EROFS;
  if (!isOwner(t, inode)) return -EPERM;
  const keepsGroup = t.cred.inGroup(inode.gid) || capableOver(t, CAP.FSETID, inode);
  const wanted = mode & S_IALLUGO & (keepsGroup ? S_IALLUGO : ~S_ISGID);
  inode.mode = (inode.mode & ~S_IALLUGO) | wanted;
  inode.touchCtime();
  return 0;
}

/** chown(2); -1 leaves an id as it is. */
export function changeOwner(t: Task, mount: Mount | null, inode: Inode, uid: number, gid: number): Result {
  const { userNs } = t.cred;
  const newUid = uid === -1 ? inode.uid : userNs.kuid(uid >>> 0);
  const newGid = gid === -1 ? inode.gid : userNs.kgid(gid >>> 0);
  if (newUid === NO_ID || newGid === NO_ID) return -EINVAL;
  if (readOnly(mount)) return -EROFS;
  if (!capableOver(t, CAP.CHOWN, inode)) {
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

/** RLIMIT_FSIZE: SIGXFSZ and -EFBIG for a file that would grow past it, else 0 (Linux inode_newsize_ok). */
export function mayGrow(k: Kernel, t: Task, inode: Regular, length: number): Result {
  if (length <= inode.size || length <= t.signal.limit(RLIMIT.RLIMIT_FSIZE)) return 0;
  raise(k, t, SIGXFSZ);
  return -EFBIG;
}

/** truncate(2) on a path's inode. */
export function changeSize(k: Kernel, t: Task, mount: Mount | null, inode: Inode, length: number): Result {
  if (length < 0) return -EINVAL;
  if (inode.isDir) return -EISDIR;
  if (!inode.isRegular) return -EINVAL;
  if (readOnly(mount)) return -EROFS;
  const denied = mayAccess(t, inode, MAY_WRITE);
  if (denied < 0) return denied;
  for (const mm of addressSpaces(k)) if (mm.exe?.inode === inode) return -ETXTBSY;
  const tooLong = inode instanceof Regular ? mayGrow(k, t, inode, length) : 0;
  if (tooLong < 0) return tooLong;
  dropSetId(t, inode);
  return inode.resize(length);
}
