/** Who may do what with an inode: Linux fs/namei.c generic_permission, fs/attr.c. */
import { EACCES } from '../errno.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { MAY_EXEC, MAY_READ, S_ISGID, S_ISUID, S_ISVTX, S_IXGRP, S_IXUGO } from './flags.ts';
import type { Inode } from './inode.ts';

export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_ADMIN = 21;
export const CAP_MKNOD = 27;

/** Whose rights count: those of file access (fsuid), or of the real user for access(2). */
export interface Subject {
  readonly uid: number;
  inGroup(gid: number): boolean;
  capable(cap: number): boolean;
}

/** The task's rights in file access. */
export function fileSubject(t: Task): Subject {
  const { cred } = t;
  return { uid: cred.fsuid, inGroup: (gid) => cred.inGroup(gid), capable: (cap) => cred.capable(cap) };
}

/** The real user's rights, access(2): root has its capabilities, everybody else none. */
export function realSubject(t: Task): Subject {
  const { cred } = t;
  return {
    uid: cred.uid,
    inGroup: (gid) => cred.gid === gid || cred.groups.includes(gid),
    capable: () => cred.uid === 0,
  };
}

/** 0 or -EACCES. `mask` is of MAY_READ, MAY_WRITE, MAY_EXEC. */
export function permission(subject: Subject, inode: Inode, mask: number): Result {
  const shift = subject.uid === inode.uid ? 6 : subject.inGroup(inode.gid) ? 3 : 0;
  if (((inode.mode >>> shift) & mask) === mask) return 0;
  return overrides(subject, inode, mask) ? 0 : -EACCES;
}

/** Capabilities: everything but executing what nobody may execute. */
function overrides(subject: Subject, inode: Inode, mask: number): boolean {
  if (inode.isDir) {
    if ((mask & ~(MAY_READ | MAY_EXEC)) === 0 && subject.capable(CAP_DAC_READ_SEARCH)) return true;
    return subject.capable(CAP_DAC_OVERRIDE);
  }
  if (mask === MAY_READ && subject.capable(CAP_DAC_READ_SEARCH)) return true;
  if ((mask & MAY_EXEC) !== 0 && (inode.mode & S_IXUGO) === 0) return false;
  return subject.capable(CAP_DAC_OVERRIDE);
}

/** May the task look into, read or write it? 0 or -EACCES. */
export function mayAccess(t: Task, inode: Inode, mask: number): Result {
  return permission(fileSubject(t), inode, mask);
}

/** Whether the task may change what only an owner may (Linux inode_owner_or_capable). */
export function isOwner(t: Task, inode: Inode): boolean {
  return t.cred.fsuid === inode.uid || t.cred.capable(CAP_FOWNER);
}

/** In a sticky directory only owners of the entry or the directory remove it (Linux check_sticky). */
export function stickyForbids(t: Task, dir: Inode, inode: Inode): boolean {
  if ((dir.mode & S_ISVTX) === 0) return false;
  const { fsuid } = t.cred;
  return fsuid !== inode.uid && fsuid !== dir.uid && !t.cred.capable(CAP_FOWNER);
}

/** A write by somebody without CAP_FSETID takes the set-id bits away (Linux file_remove_privs). */
export function dropSetId(t: Task, inode: Inode): void {
  const gone = setIdBits(t, inode);
  if (gone !== 0 && !t.cred.capable(CAP_FSETID)) inode.mode &= ~gone;
}

/**
 * The set-id bits that a change of content or owner takes away. Set-group-ID of a file that its group cannot execute stays
 * for members of the group (Linux setattr_should_drop_sgid).
 */
export function setIdBits(t: Task, inode: Inode): number {
  const member = t.cred.inGroup(inode.gid) || t.cred.capable(CAP_FSETID);
  const dropsGroup = (inode.mode & S_IXGRP) !== 0 || !member;
  return (inode.mode & S_ISUID) | (dropsGroup ? inode.mode & S_ISGID : 0);
}
