/**
 * Credentials: user and group ids, capabilities. credentials(7), capabilities(7). A Cred may be shared; it is copied before
 * a change. Ids are the kernel's, which are those of the first user namespace; calls and /proc translate them.
 */
import { assert } from '../kobject/errors.ts';
import { list, ref, u32, u64, type Values } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import type { UserNs } from '../ns/user-ns.ts';

function id(what: string) {
  return u32(what, { initial: 0 });
}
/** CAP_CHECKPOINT_RESTORE is the last one. */
export const CAP_LAST = 40;
export const ALL_CAPABILITIES = (1n << BigInt(CAP_LAST + 1)) - 1n;

/** Numbers of capabilities, include/uapi/linux/capability.h. */
export const CAP = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  DAC_READ_SEARCH: 2,
  FOWNER: 3,
  FSETID: 4,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_RAWIO: 17,
  IPC_OWNER: 15,
  SYS_CHROOT: 18,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
  SYS_BOOT: 22,
  SYS_NICE: 23,
  SYS_RESOURCE: 24,
  SYS_TIME: 25,
  SYS_TTY_CONFIG: 26,
  MKNOD: 27,
  SETFCAP: 31,
  WAKE_ALARM: 35,
  CHECKPOINT_RESTORE: 40,
} as const;

/** Securebits and their locks, capabilities(7). */
export const SECBIT = {
  NOROOT: 0x01,
  NO_SETUID_FIXUP: 0x04,
  KEEP_CAPS: 0x10,
  KEEP_CAPS_LOCKED: 0x20,
  NO_CAP_AMBIENT_RAISE: 0x40,
  LOCKS: 0xaa,
  ALL: 0xff,
} as const;

const credFields = {
  userNs: ref<UserNs>('userns', 'where the capabilities count, and whose names for ids it uses'),
  uid: id('real user'),
  gid: id('real group'),
  suid: id('saved user'),
  sgid: id('saved group'),
  euid: id('effective user'),
  egid: id('effective group'),
  fsuid: id('user for file access'),
  fsgid: id('group for file access'),
  groups: list(u32('a group'), 'supplementary groups'),
  capPermitted: u64('permitted capabilities', { initial: ALL_CAPABILITIES, show: 'hex' }),
  capEffective: u64('effective capabilities', { initial: ALL_CAPABILITIES, show: 'hex' }),
  capInheritable: u64('inheritable capabilities', { initial: 0n, show: 'hex' }),
  capBounding: u64('bounding set', { initial: ALL_CAPABILITIES, show: 'hex' }),
  capAmbient: u64('ambient capabilities: permitted and inheritable, and kept by exec', { initial: 0n, show: 'hex' }),
  securebits: u32('SECBIT_* flags', { initial: 0, show: 'hex' }),
};
type CredValues = Values<typeof credFields>;

export class Cred extends kobject('cred', 1, credFields) {
  /** A copy to be changed, with refs 0. */
  copy(changes: Partial<CredValues> = {}): Cred {
    return new Cred({ ...this, groups: [...this.groups], ...changes });
  }

  private has(cap: number): boolean {
    return (this.capEffective >> BigInt(cap)) % 2n === 1n;
  }

  /** Whether capability `cap` is effective for what belongs to nobody's namespace (Linux capable). */
  capable(cap: number): boolean {
    return this.userNs.isFirst && this.has(cap);
  }

  /** Whether it is effective in its own user namespace. */
  ownCapable(cap: number): boolean {
    return this.has(cap);
  }

  /**
   * Whether it is effective for what belongs to user namespace `target` (Linux cap_capable): own and lower ones, and who
   * made a namespace has all capabilities in it while in its parent.
   */
  nsCapable(target: UserNs, cap: number): boolean {
    for (let ns: UserNs | null = target; ns !== null; ns = ns.owner) {
      if (ns === this.userNs) return this.has(cap);
      if (ns.level <= this.userNs.level) return false;
      if (ns.owner === this.userNs && ns.uid === this.euid) return true;
    }
    return false;
  }

  /** Whether `set` has no rights that these have not: a namespace that its owner made counts (Linux cred_cap_issubset). */
  covers(set: Cred): boolean {
    if (this.userNs === set.userNs) return (set.capPermitted & ~this.capPermitted) === 0n;
    for (let ns = set.userNs; ns.owner !== null; ns = ns.owner) {
      if (ns.owner === this.userNs && ns.uid === this.euid) return true;
    }
    return false;
  }

  /** Whether file access counts as a member of `gid`. */
  inGroup(gid: number): boolean {
    return this.fsgid === gid || this.groups.includes(gid);
  }

  override check(): void {
    assert((this.capEffective & ~this.capPermitted) === 0n, 'effective capabilities that are not permitted');
    assert(
      (this.capAmbient & ~(this.capPermitted & this.capInheritable)) === 0n,
      'ambient capabilities out of nothing',
    );
    const known = this.capPermitted | this.capInheritable | this.capBounding;
    assert((known & ~ALL_CAPABILITIES) === 0n, 'a capability that does not exist');
    assert(this.securebits >>> 8 === 0, 'securebits that do not exist');
    for (let i = 1; i < this.groups.length; i++) assert(this.groups[i - 1]! <= this.groups[i]!, 'groups out of order');
  }
}
