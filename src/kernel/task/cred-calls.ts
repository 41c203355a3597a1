/** User and group ids, 16- and 32-bit calls. credentials(7), Linux kernel/sys.c, kernel/uid16.c. */

import { EFAULT, EINVAL, EPERM } from '../errno.ts';
import { get, put } from '../kobject/kobject.ts';
import { shortId } from '../ns/id-map.ts';
import { type Arg, i32, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CAP, type Cred, SECBIT } from './cred.ts';
import type { Task } from './task.ts';

const NGROUPS_MAX = 65536;
/** What 16-bit calls show for ids that do not fit. */
const NONE = 0xffff_ffff;
const NONE_16 = 0xffff;

/** An id; -1 means "leave it". */
const id: Arg<number> = {
  decode: (raw) => ({ value: raw >>> 0 }),
  show: (raw) => (raw >>> 0 === NONE ? '-1' : String(raw >>> 0)),
};
const id16: Arg<number> = {
  decode: (raw) => ({ value: (raw & NONE_16) === NONE_16 ? NONE : raw & NONE_16 }),
  show: (raw) => ((raw & NONE_16) === NONE_16 ? '-1' : String(raw & NONE_16)),
};

type Which = 'u' | 'g';
type Names = {
  readonly real: 'uid' | 'gid';
  readonly eff: 'euid' | 'egid';
  readonly saved: 'suid' | 'sgid';
  readonly fs: 'fsuid' | 'fsgid';
  readonly cap: number;
};
const NAMES: Readonly<Record<Which, Names>> = {
  u: { real: 'uid', eff: 'euid', saved: 'suid', fs: 'fsuid', cap: CAP.SETUID },
  g: { real: 'gid', eff: 'egid', saved: 'sgid', fs: 'fsgid', cap: CAP.SETGID },
};

/** What user 0 of file access has: capabilities 0 to 4, CAP_LINUX_IMMUTABLE, CAP_MKNOD, CAP_MAC_OVERRIDE. */
const FILE_CAPABILITIES = 0x1fn | (1n << 9n) | (1n << 27n) | (1n << 32n);

/** The kernel's id for one that a call names; NONE for -1 and for ids that the user namespace does not know. */
function kernelId({ userNs }: Cred, which: Which, id: number): number {
  return which === 'u' ? userNs.kuid(id) : userNs.kgid(id);
}

function shownId({ userNs }: Cred, which: Which, id: number): number {
  return which === 'u' ? userNs.shownUid(id) : userNs.shownGid(id);
}

/** Installs new ids, and drops or takes back capabilities as the user changes from or to root (capabilities(7)). */
function commit(task: Task, next: Cred): Result {
  const old = task.cred;
  const root = old.userNs.kuid(0);
  const rootly = ({ uid, euid, suid }: Cred): boolean => [uid, euid, suid].includes(root);
  if ((old.securebits & SECBIT.NO_SETUID_FIXUP) === 0) {
    if (rootly(old) && !rootly(next)) {
      if ((old.securebits & SECBIT.KEEP_CAPS) === 0) next.capPermitted = next.capEffective = 0n;
      next.capAmbient = 0n;
    }
    if (old.euid === root && next.euid !== root) next.capEffective = 0n;
    if (old.euid !== root && next.euid === root) next.capEffective = next.capPermitted;
  }
  task.commitCred(next);
  return 0;
}

function setId(task: Task, which: Which, given: number): Result {
  const n = NAMES[which];
  const { cred } = task;
  const value = kernelId(cred, which, given);
  if (value === NONE) return -EINVAL;
  const mighty = cred.ownCapable(n.cap);
  if (!mighty && value !== cred[n.real] && value !== cred[n.saved]) return -EPERM;
  const next = cred.copy();
  if (mighty) next[n.real] = next[n.saved] = value;
  next[n.eff] = next[n.fs] = value;
  return commit(task, next);
}

/** setreuid(2): the saved id follows when the real one is set or the effective one leaves the real one. */
function setRealEffective(task: Task, which: Which, givenReal: number, givenEff: number): Result {
  const n = NAMES[which];
  const { cred } = task;
  const [real, eff] = [kernelId(cred, which, givenReal), kernelId(cred, which, givenEff)];
  if ((real === NONE && givenReal !== NONE) || (eff === NONE && givenEff !== NONE)) return -EINVAL;
  const mighty = cred.ownCapable(n.cap);
  if (real !== NONE && !mighty && real !== cred[n.real] && real !== cred[n.eff]) return -EPERM;
  if (eff !== NONE && !mighty && ![cred[n.real], cred[n.eff], cred[n.saved]].includes(eff)) return -EPERM;
  const next = cred.copy();
  if (real !== NONE) next[n.real] = real;
  if (eff !== NONE) next[n.eff] = eff;
  if (real !== NONE || (eff !== NONE && eff !== cred[n.real])) next[n.saved] = next[n.eff];
  next[n.fs] = next[n.eff];
  return commit(task, next);
}

function setAll(task: Task, which: Which, ...given: [number, number, number]): Result {
  const n = NAMES[which];
  const { cred } = task;
  const [real, eff, saved] = given.map((id) => kernelId(cred, which, id)) as [number, number, number];
  if ([real, eff, saved].some((id, i) => id === NONE && given[i] !== NONE)) return -EINVAL;
  const own = [cred[n.real], cred[n.eff], cred[n.saved]];
  const allowed = (value: number): boolean => value === NONE || cred.ownCapable(n.cap) || own.includes(value);
  if (![real, eff, saved].every(allowed)) return -EPERM;
  const next = cred.copy();
  if (real !== NONE) next[n.real] = real;
  if (eff !== NONE) next[n.eff] = eff;
  if (saved !== NONE) next[n.saved] = saved;
  next[n.fs] = next[n.eff];
  return commit(task, next);
}

/** setfsuid(2): returns the old id whether it worked or not. */
function setFsId(task: Task, which: Which, given: number): Result {
  const n = NAMES[which];
  const { cred } = task;
  const old = cred[n.fs];
  const shown = shownId(cred, which, old);
  const value = kernelId(cred, which, given);
  const own = [cred[n.real], cred[n.eff], cred[n.saved], old];
  if (value === NONE || value === old || !(own.includes(value) || cred.ownCapable(n.cap))) return shown;
  const next = cred.copy();
  next[n.fs] = value;
  if (which === 'u' && (cred.securebits & SECBIT.NO_SETUID_FIXUP) === 0) {
    const root = cred.userNs.kuid(0);
    if (old === root) next.capEffective &= ~FILE_CAPABILITIES;
    else if (value === root) next.capEffective |= next.capPermitted & FILE_CAPABILITIES;
  }
  task.commitCred(next);
  return shown;
}

function store(task: Task, address: number, value: number, size: 2 | 4): boolean {
  if (size === 4) return task.mm!.put32(address, value);
  const n = shortId(value);
  return task.mm!.writeBytes(address, Uint8Array.of(n, n >>> 8));
}

function getAll(task: Task, which: Which, at: readonly [number, number, number], size: 2 | 4): Result {
  const n = NAMES[which];
  const { cred } = task;
  const stored =
    store(task, at[0], shownId(cred, which, cred[n.real]), size) &&
    store(task, at[1], shownId(cred, which, cred[n.eff]), size) &&
    store(task, at[2], shownId(cred, which, cred[n.saved]), size);
  return stored ? 0 : -EFAULT;
}

function getgroups(task: Task, size: number, to: number, width: 2 | 4): Result {
  const { cred } = task;
  const groups = cred.groups.map((group) => shownId(cred, 'g', group));
  if (size < 0) return -EINVAL;
  if (size === 0) return groups.length;
  if (groups.length > size) return -EINVAL;
  return groups.every((group, i) => store(task, to + i * width, group, width)) ? groups.length : -EFAULT;
}

function setgroups(task: Task, size: number, from: number, width: 2 | 4): Result {
  const { cred } = task;
  const { setgroups: allowed, gidMap } = cred.userNs;
  if (!cred.ownCapable(CAP.SETGID) || !allowed || gidMap.length === 0) return -EPERM;
  if (size < 0 || size > NGROUPS_MAX) return -EINVAL;
  const data = task.mm!.readBytes(from, size * width);
  if (data === null) return -EFAULT;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const next = task.cred.copy();
  next.groups = Array.from({ length: size }, (_, i) =>
    kernelId(cred, 'g', width === 4 ? view.getUint32(4 * i, true) : view.getUint16(2 * i, true)),
  );
  if (next.groups.includes(NONE)) {
    put(get(next));
    return -EINVAL;
  }
  // Sorted, as Linux keeps and shows them.
  next.groups.sort((a, b) => a - b);
  task.commitCred(next);
  return 0;
}

/** Both forms of the calls that take ids. */
function setters(
  name: string,
  nr16: number,
  nr32: number,
  which: Which,
  what: 'one' | 'two' | 'three' | 'fs',
): Syscall[] {
  const rows = (nr: number, suffix: string, arg: Arg<number>): Syscall => {
    if (what === 'one') return syscall(nr, name + suffix, { id: arg }, (_k, task, a) => setId(task, which, a.id));
    if (what === 'fs') return syscall(nr, name + suffix, { id: arg }, (_k, task, a) => setFsId(task, which, a.id));
    if (what === 'two') {
      return syscall(nr, name + suffix, { real: arg, eff: arg }, (_k, task, a) =>
        setRealEffective(task, which, a.real, a.eff),
      );
    }
    return syscall(nr, name + suffix, { real: arg, eff: arg, saved: arg }, (_k, task, a) =>
      setAll(task, which, a.real, a.eff, a.saved),
    );
  };
  return [rows(nr16, '', id16), rows(nr32, '32', id)];
}

function getter(name: string, nr16: number, nr32: number, field: 'uid' | 'gid' | 'euid' | 'egid'): Syscall[] {
  const which = field.endsWith('uid') ? 'u' : 'g';
  return [
    syscall(nr16, name, {}, (_k, task) => shortId(shownId(task.cred, which, task.cred[field]))),
    syscall(nr32, `${name}32`, {}, (_k, task) => shownId(task.cred, which, task.cred[field])),
  ];
}

function resGetter(name: string, nr16: number, nr32: number, which: Which): Syscall[] {
  const row = (nr: number, suffix: string, size: 2 | 4): Syscall =>
    syscall(nr, name + suffix, { real: ptr, eff: ptr, saved: ptr }, (_k, task, a) =>
      getAll(task, which, [a.real, a.eff, a.saved], size),
    );
  return [row(nr16, '', 2), row(nr32, '32', 4)];
}

export const credCalls: readonly Syscall[] = [
  ...getter('getuid', 24, 199, 'uid'),
  ...getter('getgid', 47, 200, 'gid'),
  ...getter('geteuid', 49, 201, 'euid'),
  ...getter('getegid', 50, 202, 'egid'),
  ...setters('setuid', 23, 213, 'u', 'one'),
  ...setters('setgid', 46, 214, 'g', 'one'),
  ...setters('setreuid', 70, 203, 'u', 'two'),
  ...setters('setregid', 71, 204, 'g', 'two'),
  ...setters('setresuid', 164, 208, 'u', 'three'),
  ...setters('setresgid', 170, 210, 'g', 'three'),
  ...setters('setfsuid', 138, 215, 'u', 'fs'),
  ...setters('setfsgid', 139, 216, 'g', 'fs'),
  ...resGetter('getresuid', 165, 209, 'u'),
  ...resGetter('getresgid', 171, 211, 'g'),
  syscall(80, 'getgroups', { size: i32, list: ptr }, (_k, task, a) => getgroups(task, a.size, a.list, 2)),
  syscall(81, 'setgroups', { size: i32, list: ptr }, (_k, task, a) => setgroups(task, a.size, a.list, 2)),
  syscall(205, 'getgroups32', { size: i32, list: ptr }, (_k, task, a) => getgroups(task, a.size, a.list, 4)),
  syscall(206, 'setgroups32', { size: i32, list: ptr }, (_k, task, a) => setgroups(task, a.size, a.list, 4)),
];
