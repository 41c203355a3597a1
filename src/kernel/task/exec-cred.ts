/** What execve(2) makes of credentials: set-id bits, and capabilities. Linux fs/exec.c bprm_fill_uid, security/commoncap.c. */
import type { File } from '../fd/file.ts';
import { S_ISGID, S_ISUID, S_IXGRP } from '../fs/flags.ts';
import { MNT_NOSUID } from '../fs/mount-flags.ts';
import type { Kernel } from '../kernel.ts';
import { NO_ID } from '../ns/id-map.ts';
import { traceOf } from '../ptrace/trace.ts';
import { CAP, type Cred, SECBIT } from './cred.ts';
import type { Task } from './task.ts';

export interface ExecCred {
  /** Of the new program (refs 0). */
  readonly cred: Cred;
  /** AT_SECURE: it has rights that its caller had not. */
  readonly secure: boolean;
}

/** Whether set-id bits of the file count for the task (Linux mnt_may_suid). */
function honours(task: Task, { mount, inode }: File): boolean {
  if (mount === null || inode === null || (mount.flags & MNT_NOSUID) !== 0 || task.noNewPrivs) return false;
  const { userNs } = task.cred;
  if (!task.nsproxy.mnt.has(mount) || !mount.sb.userNs.contains(userNs)) return false;
  return userNs.uidOf(inode.uid) !== NO_ID && userNs.gidOf(inode.gid) !== NO_ID;
}

function fillIds(task: Task, file: File, next: Cred): void {
  const { inode } = file;
  if (inode === null || !honours(task, file)) return;
  if ((inode.mode & S_ISUID) !== 0) next.euid = inode.uid;
  if ((inode.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) next.egid = inode.gid;
}

export function execCredentials(kernel: Kernel, task: Task, file: File): ExecCred {
  const old = task.cred;
  const next = old.copy();
  fillIds(task, file, next);
  next.capPermitted = 0n;
  const root = next.userNs.kuid(0);
  const rootly = (next.securebits & SECBIT.NOROOT) === 0;
  const effective = rootly && next.euid === root;
  if (rootly && (next.euid === root || next.uid === root)) next.capPermitted = old.capBounding | old.capInheritable;
  const setId = next.euid !== old.uid || next.egid !== old.gid;
  const gains = (next.capPermitted & ~old.capPermitted) !== 0n;
  if ((setId || gains) && (task.noNewPrivs || sharesDirectories(kernel, task) || isTracedByLesser(task, next))) {
    if (!old.ownCapable(CAP.SETUID) || task.noNewPrivs) {
      next.euid = next.uid;
      next.egid = next.gid;
    }
    next.capPermitted &= old.capPermitted;
  }
  next.suid = next.fsuid = next.euid;
  next.sgid = next.fsgid = next.egid;
  if (setId) next.capAmbient = 0n;
  next.capPermitted |= next.capAmbient;
  next.capEffective = effective ? next.capPermitted : next.capAmbient;
  next.securebits &= ~SECBIT.KEEP_CAPS;
  const grew = (next.capPermitted & ~next.capAmbient) !== 0n;
  return { cred: next, secure: setId || (next.uid !== root && (effective || grew)) };
}

/** Another process has the same root and working directory (CLONE_FS): it could change them under a set-id program. */
function sharesDirectories(kernel: Kernel, task: Task): boolean {
  return kernel.container.tasks.some((other) => other.signal !== task.signal && other.fs === task.fs);
}

/** A tracer gets no hold of another user's rights. */
function isTracedByLesser(task: Task, { userNs }: Cred): boolean {
  const tracer = traceOf(task)?.tracer ?? null;
  return tracer !== null && !tracer.cred.nsCapable(userNs, CAP.SYS_PTRACE);
}

/** Ids for the auxiliary vector. */
export function shownIds({ uid, euid, gid, egid, userNs }: Cred) {
  return {
    uid: userNs.shownUid(uid),
    euid: userNs.shownUid(euid),
    gid: userNs.shownGid(gid),
    egid: userNs.shownGid(egid),
  };
}
