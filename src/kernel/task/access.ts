/** Whether a task may look into another: /proc/PID entries, pidfd_getfd(2), setns(2). Linux kernel/ptrace.c. */
import { CAP } from './cred.ts';
import type { Task } from './task.ts';

/**
 * @param ids whose: those of file access for /proc, the real ones for system calls (PTRACE_MODE_FSCREDS, _REALCREDS)
 */
export function ptraceMayAccess(caller: Task, target: Task, ids: 'fs' | 'real'): boolean {
  if (caller.signal === target.signal) return true;
  const [from, to] = [caller.cred, target.cred];
  const [uid, gid] = ids === 'fs' ? [from.fsuid, from.fsgid] : [from.uid, from.gid];
  const mighty = from.nsCapable(to.userNs, CAP.SYS_PTRACE);
  const sameUser = [to.uid, to.euid, to.suid].every((id) => id === uid);
  const sameGroup = [to.gid, to.egid, to.sgid].every((id) => id === gid);
  if (!(sameUser && sameGroup) && !mighty) return false;
  if (target.mm !== null && target.signal.dumpable !== 1 && !mighty) return false;
  const caps = ids === 'fs' ? from.capEffective : from.capPermitted;
  return mighty || (from.userNs === to.userNs && (to.capPermitted & ~caps) === 0n);
}
