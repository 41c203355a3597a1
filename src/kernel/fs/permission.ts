/** Who may do what with an inode: Linux fs/namei.c generic_permission, fs/attr.c. */
import { EACCES } from '../errno.ts';
import { NO_ID } from '../ns/id-map.ts';
import type { UserNs } from '../ns/user-ns.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { MAY_EXEC, MAY_READ, S_ISGID, S_ISUID, S_ISVTX, S_IXGRP, S_IXUGO } from './flags.ts';
import type { Inode } from './inode.ts';

/** Whose rights count: those of file access (fsuid), or of the real user for access(2). */
export interface Subject {
  readonly uid: number;
  inGroup(gid: number): boolean;
  /** Over that inode: one whose owners have names in the user namespace (Linux capable_wrt_inode_uidgid). */
  capable(cap: number, inode: Inode): boolean;
}

/** Whether the task's capability counts for the inode. */
export function capableOver({ cred }: Task, cap: number, inode: Inode): boolean {
  return cred.ownCapable(cap) && hasNames(cred.userNs, inode);
}

function hasNames(userNs: UserNs, inode: Inode): boolean {
  return userNs.isFirst || (userNs.uidOf(inode.uid) !== NO_ID && userNs.gidOf(inode.gid) !== NO_ID);
}

/** The task's rights in file access. */
export function fileSubject(t: Task): Subject {
  const { cred } = t;
  return { uid: cred.fsuid, inGroup: (gid) => cred.inGroup(gid), capable: (cap, inode) => capableOver(t, cap, inode) };
}

/**
 * The real user's rights, access(2): root has the permitted capabilities, everybody else none (Linux
 * access_override_creds).
 */
export function realSubject(t: Task): Subject {
  const { cred } = t;
  return {
    uid: cred.uid,
    inGroup: (gid) => cred.gid === gid || cred.groups.includes(gid),
    capable: (cap, inode) => {
      const effective = cred.uid === cred.userNs.kuid(0) ? cred.capPermitted : 0n;
      return (effective >> BigInt(cap)) % 2n === 1n && hasNames(cred.userNs, inode);
    },
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
    if ((mask & ~(MAY_READ | MAY_EXEC)) === 0 && subject.capable(CAP.DAC_READ_SEARCH, inode)) return true;
    return subject.capable(CAP.DAC_OVERRIDE, inode);
  }
  if (mask === MAY_READ && subject.capable(CAP.DAC_READ_SEARCH, inode)) return true;
  if ((mask & MAY_EXEC) !== 0 && (inode.mode & S_IXUGO) === 0) return false;
  return subject.capable(CAP.DAC_OVERRIDE, inode);
}

/** May the task look into, read or write it? 0 or -EACCES. */
export function mayAccess(t: Task, inode: Inode, mask: number): Result {
  return permission(fileSubject(t), inode, mask);
}

/** Whether the task may change what only an owner may (Linux inode_owner_or_capable). */
export function isOwner(t: Task, inode: Inode): boolean {
  return t.cred.fsuid === inode.uid || (t.cred.ownCapable(CAP.FOWNER) && t.cred.userNs.uidOf(inode.uid) !== NO_ID);
}

/** In a sticky directory only owners of the entry or the directory remove it (Linux check_sticky). */
export function stickyForbids(t: Task, dir: Inode, inode: Inode): boolean {
  if ((dir.mode & S_ISVTX) === 0) return false;
  const { fsuid } = t.cred;
  return fsuid !== inode.uid && fsuid !== dir.uid && !capableOver(t, CAP.FOWNER, inode);
}

/** A write by somebody without CAP_FSETID takes the set-id bits away (Linux file_remove_privs). */
export function dropSetId(t: Task, inode: Inode): void {
  const gone = setIdBits(t, inode);
  if (gone !== 0 && !capableOver(t, CAP.FSETID, inode)) inode.mode &= ~gone;
}

/**
 * The set-id bits that a change of content or owner takes away. Set-group-ID of a file that its group cannot execute stays
 * for members of the group (Linux setattr_should_drop_sgid).
 */
export function setIdBits(t: Task, inode: Inode): number {
  const member = t.cred.inGroup(inode.gid) || capableOver(t, CAP.FSETID, inode);
  const dropsGroup = (inode.mode & S_IXGRP) !== 0 || !member;
  return (inode.mode & S_ISUID) | (dropsGroup ? inode.mode & S_ISGID : 0);
}
