/** Capability calls: capget(2), capset(2), and prctl(2) on the bounding and ambient sets and securebits. Linux kernel/capability.c, security/commoncap.c. */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { ALL_CAPABILITIES, CAP, CAP_LAST, SECBIT } from './cred.ts';
import { taskByNumber } from './find.ts';
import type { Task } from './task.ts';

/** Versions of the header: with one word of each set, and with two. */
const VERSIONS: readonly number[] = [0x1998_0330, 0x2007_1026, 0x2008_0522];
const CURRENT_VERSION = 0x2008_0522;

/** Words of each set, by the header's version; an unknown one is told the current one. */
function capHeader(task: Task, header: number): { pid: number; words: number } | number {
  const version = task.mm!.get32(header);
  if (version === null) return -EFAULT;
  const known = VERSIONS.indexOf(version >>> 0);
  if (known < 0) return task.mm!.put32(header, CURRENT_VERSION) ? -EINVAL : -EFAULT;
  const nr = task.mm!.get32(header + 4);
  return nr === null ? -EFAULT : { pid: nr | 0, words: known === 0 ? 1 : 2 };
}

function capget(kernel: Kernel, task: Task, header: number, data: number): Result {
  const asked = capHeader(task, header);
  if (typeof asked === 'number') return data === 0 && asked === -EINVAL ? 0 : asked;
  if (data === 0) return 0;
  if (asked.pid < 0) return -EINVAL;
  const target = asked.pid === 0 ? task : taskByNumber(kernel, task, asked.pid);
  if (target === null) return -ESRCH;
  const { capEffective, capPermitted, capInheritable } = target.cred;
  const words: number[] = [];
  for (let i = 0; i < asked.words; i++) {
    for (const set of [capEffective, capPermitted, capInheritable]) {
      words.push(Number((set >> BigInt(32 * i)) & 0xffff_ffffn));
    }
  }
  return task.mm!.writeBytes(data, new Uint8Array(Uint32Array.from(words).buffer)) ? 0 : -EFAULT;
}

function capset(task: Task, header: number, data: number): Result {
  const asked = capHeader(task, header);
  if (typeof asked === 'number') return asked;
  if (asked.pid !== 0 && asked.pid !== task.tid) return -EPERM;
  const view = copyIn(task, data, 12 * asked.words);
  if (view === null) return -EFAULT;
  const set = (at: number): bigint => {
    const high = asked.words === 2 ? view.getUint32(12 + at, true) : 0;
    return ((BigInt(high) << 32n) | BigInt(view.getUint32(at, true))) & ALL_CAPABILITIES;
  };
  const [effective, permitted, inheritable] = [set(0), set(4), set(8)];
  const { cred } = task;
  const mayAdd = cred.ownCapable(CAP.SETPCAP) ? ALL_CAPABILITIES : cred.capInheritable | cred.capPermitted;
  if ((inheritable & ~mayAdd) !== 0n || (inheritable & ~(cred.capInheritable | cred.capBounding)) !== 0n) return -EPERM;
  if ((permitted & ~cred.capPermitted) !== 0n || (effective & ~permitted) !== 0n) return -EPERM;
  const capAmbient = cred.capAmbient & permitted & inheritable;
  const sets = { capEffective: effective, capPermitted: permitted, capInheritable: inheritable, capAmbient };
  task.commitCred(cred.copy(sets));
  return 0;
}

/** PR_CAPBSET_READ. */
export function readBounding(task: Task, cap: number): Result {
  return cap > CAP_LAST ? -EINVAL : Number((task.cred.capBounding >> BigInt(cap)) & 1n);
}

/** PR_CAPBSET_DROP. */
export function dropBounding(task: Task, cap: number): Result {
  const { cred } = task;
  if (!cred.ownCapable(CAP.SETPCAP)) return -EPERM;
  if (cap > CAP_LAST) return -EINVAL;
  task.commitCred(cred.copy({ capBounding: cred.capBounding & ~(1n << BigInt(cap)) }));
  return 0;
}

/** PR_SET_SECUREBITS: locked bits stay, and so do locks. */
export function setSecurebits(task: Task, wanted: number): Result {
  const { cred } = task;
  const old = cred.securebits;
  const locked = (old & SECBIT.LOCKS) >> 1;
  const changes = (locked & (old ^ wanted)) !== 0 || (old & SECBIT.LOCKS & ~wanted) !== 0;
  if (changes || (wanted & ~SECBIT.ALL) !== 0 || !cred.ownCapable(CAP.SETPCAP)) return -EPERM;
  task.commitCred(cred.copy({ securebits: wanted }));
  return 0;
}

/** PR_SET_KEEPCAPS. */
export function setKeepCaps(task: Task, value: number): Result {
  const { cred } = task;
  if (value > 1) return -EINVAL;
  if ((cred.securebits & SECBIT.KEEP_CAPS_LOCKED) !== 0) return -EPERM;
  const rest = cred.securebits & ~SECBIT.KEEP_CAPS;
  task.commitCred(cred.copy({ securebits: value === 1 ? rest | SECBIT.KEEP_CAPS : rest }));
  return 0;
}

const AMBIENT = { IS_SET: 1, RAISE: 2, LOWER: 3, CLEAR_ALL: 4 } as const;

/** PR_CAP_AMBIENT. */
export function ambient(task: Task, what: number, cap: number, rest: number): Result {
  const { cred } = task;
  if (what === AMBIENT.CLEAR_ALL) {
    if ((cap | rest) !== 0) return -EINVAL;
    task.commitCred(cred.copy({ capAmbient: 0n }));
    return 0;
  }
  if (cap > CAP_LAST || rest !== 0) return -EINVAL;
  const bit = 1n << BigInt(cap);
  if (what === AMBIENT.IS_SET) return (cred.capAmbient & bit) === 0n ? 0 : 1;
  if (what !== AMBIENT.RAISE && what !== AMBIENT.LOWER) return -EINVAL;
  if (what === AMBIENT.RAISE) {
    if ((cred.capPermitted & cred.capInheritable & bit) === 0n) return -EPERM;
    if ((cred.securebits & SECBIT.NO_CAP_AMBIENT_RAISE) !== 0) return -EPERM;
  }
  task.commitCred(cred.copy({ capAmbient: what === AMBIENT.RAISE ? cred.capAmbient | bit : cred.capAmbient & ~bit }));
  return 0;
}

export const capabilityCalls: readonly Syscall[] = [
  syscall(184, 'capget', { header: ptr, data: ptr }, (kernel, task, a) => capget(kernel, task, a.header, a.data)),
  syscall(185, 'capset', { header: ptr, data: ptr }, (_kernel, task, a) => capset(task, a.header, a.data)),
];
