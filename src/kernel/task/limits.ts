/** Resource limits: getrlimit(2), setrlimit(2), prlimit(2). */

import { EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import { choice, pid, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP } from './cred.ts';
import { RLIM_INFINITY, RLIM_NLIMITS, RLIMIT, type Rlimit } from './signal.ts';
import type { Task } from './task.ts';

const INFINITY_32 = 0xffff_ffff;
const OLD_INFINITY = 0x7fff_ffff;

const resource = choice(RLIMIT);

/** Whether `task` may look at or change `target`'s limits (Linux check_prlimit_permission). */
function mayPrlimit(task: Task, target: Task): boolean {
  if (task.signal === target.signal || task.cred.nsCapable(target.cred.userNs, CAP.SYS_RESOURCE)) return true;
  const [mine, its] = [task.cred, target.cred];
  const users = [its.uid, its.euid, its.suid];
  const groups = [its.gid, its.egid, its.sgid];
  return users.every((id) => id === mine.uid) && groups.every((id) => id === mine.gid);
}

function set(task: Task, target: Task, which: number, next: Rlimit): Result {
  const old = target.signal.rlimits[which];
  if (old === undefined || next.cur > next.max) return -EINVAL;
  if (next.max > old.max && !task.cred.capable(CAP.SYS_RESOURCE)) return -EPERM;
  if (which === RLIMIT.RLIMIT_NOFILE && next.max > 1_048_576n) return -EPERM;
  target.signal.rlimits[which] = next;
  if (which === RLIMIT.RLIMIT_STACK && target.mm !== null) target.mm.stackLimit = stackLimitOf(next.cur);
  return 0;
}

/** RLIMIT_STACK as an address space keeps it: bytes, at most what 32 bits hold. */
export function stackLimitOf(limit: bigint): number {
  return limit > BigInt(INFINITY_32) ? INFINITY_32 : Number(limit);
}

/** A limit in the 32-bit layout; what does not fit is infinity. */
function to32(limit: bigint, infinity: number): number {
  return limit > BigInt(infinity) ? infinity : Number(limit);
}

function get32(task: Task, which: number, to: number, infinity: number): Result {
  const limit = task.signal.rlimits[which];
  if (limit === undefined) return -EINVAL;
  const words = Uint32Array.of(to32(limit.cur, infinity), to32(limit.max, infinity));
  return task.mm?.writeBytes(to, new Uint8Array(words.buffer)) ? 0 : -EFAULT;
}

function set32(task: Task, which: number, from: number): Result {
  const data = task.mm?.readBytes(from, 8);
  if (data === null || data === undefined) return -EFAULT;
  const [cur, max] = Array.from(new Uint32Array(data.buffer), (n) => (n === INFINITY_32 ? RLIM_INFINITY : BigInt(n)));
  return set(task, task, which, { cur: cur!, max: max! });
}

function prlimit(task: Task, target: Task | undefined, which: number, next: number, old: number): Result {
  if (target === undefined) return -ESRCH;
  if (!mayPrlimit(task, target)) return -EPERM;
  if (which >= RLIM_NLIMITS) return -EINVAL;
  const before = { ...target.signal.rlimits[which]! };
  if (next !== 0) {
    const data = task.mm?.readBytes(next, 16);
    if (data === null || data === undefined) return -EFAULT;
    const [cur, max] = new BigUint64Array(data.buffer);
    const error = set(task, target, which, { cur: cur!, max: max! });
    if (error < 0) return error;
  }
  if (old === 0) return 0;
  const data = new Uint8Array(BigUint64Array.of(before.cur, before.max).buffer);
  return task.mm?.writeBytes(old, data) ? 0 : -EFAULT;
}

export const limitCalls: readonly Syscall[] = [
  syscall(75, 'setrlimit', { resource, rlim: ptr }, (_k, t, a) => set32(t, a.resource, a.rlim)),
  syscall(76, 'getrlimit', { resource, rlim: ptr }, (_k, t, a) => get32(t, a.resource, a.rlim, OLD_INFINITY)),
  syscall(191, 'ugetrlimit', { resource, rlim: ptr }, (_k, t, a) => get32(t, a.resource, a.rlim, INFINITY_32)),
  syscall(340, 'prlimit64', { pid, resource, new_rlim: ptr, old_rlim: ptr }, (k, t, a) => {
    const target = a.pid === 0 ? t : k.container.tasks.find((other) => other.pid.in(t.pid.ns) === a.pid);
    return prlimit(t, target, a.resource, a.new_rlim, a.old_rlim);
  }),
];
