/** Credentials: user and group ids, capabilities. credentials(7), capabilities(7). A Cred may be shared; it is copied before a change. */
import { list, u32, u64 } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';

function id(what: string) {
  return u32(what, { initial: 0 });
}
/** CAP_CHECKPOINT_RESTORE is the last one. */
export const CAP_LAST = 40;
export const ALL_CAPABILITIES = (1n << BigInt(CAP_LAST + 1)) - 1n;

export class Cred extends kobject('cred', 1, {
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
  securebits: u32('SECBIT_* flags', { initial: 0, show: 'hex' }),
}) {
  /** A copy to be changed, with refs 0. */
  copy(): Cred {
    return new Cred({ ...this, groups: [...this.groups] });
  }

  /** Whether capability number `cap` is effective. */
  capable(cap: number): boolean {
    return (this.capEffective >> BigInt(cap)) % 2n === 1n;
  }

  /** Whether file access counts as a member of `gid`. */
  inGroup(gid: number): boolean {
    return this.fsgid === gid || this.groups.includes(gid);
  }
}
