/** User namespaces, user_namespaces(7): names for user and group ids, and a place where capabilities count. */
import { assert } from '../kobject/errors.ts';
import { bool, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { IDENTITY, idMapField, MAX_RANGES, mapDown, mapUp, NO_ID, OVERFLOW_ID, overlaps } from './id-map.ts';
import { FIRST_INO, Namespace } from './namespace.ts';

/** User namespaces below the first (Linux create_user_ns). */
export const MAX_LEVEL = 33;

export class UserNs extends derived(Namespace, 'userns', 1, {
  level: u32('0 for the first', { initial: 0 }),
  uid: u32('who made it, by the first namespace', { initial: 0 }),
  gid: u32('the group of who made it', { initial: 0 }),
  uidMap: idMapField('users, outside as in the first namespace'),
  gidMap: idMapField('groups, likewise'),
  setgroups: bool('setgroups(2) is allowed', { initial: true }),
  parentSetfcap: bool('who made it could set file capabilities: it may map user 0 of its parent', { initial: false }),
}) {
  /** The first one. */
  static first(): UserNs {
    return new UserNs({ ino: FIRST_INO.user, uidMap: [...IDENTITY], gidMap: [...IDENTITY] });
  }

  get isFirst(): boolean {
    return this.owner === null;
  }

  /** The kernel's user id for one of this namespace, or NO_ID. */
  kuid(id: number): number {
    return id === NO_ID ? NO_ID : mapDown(this.uidMap, id);
  }
  kgid(id: number): number {
    return id === NO_ID ? NO_ID : mapDown(this.gidMap, id);
  }
  /** This namespace's name for a user, or NO_ID. */
  uidOf(kuid: number): number {
    return mapUp(this.uidMap, kuid);
  }
  gidOf(kgid: number): number {
    return mapUp(this.gidMap, kgid);
  }
  /** As shown to user space: the overflow id for those without a name. */
  shownUid(kuid: number): number {
    const id = this.uidOf(kuid);
    return id === NO_ID ? OVERFLOW_ID : id;
  }
  shownGid(kgid: number): number {
    const id = this.gidOf(kgid);
    return id === NO_ID ? OVERFLOW_ID : id;
  }

  /** Whether this is `other` or lies above it. */
  contains(other: UserNs): boolean {
    for (let at: UserNs | null = other; at !== null; at = at.owner) if (at === this) return true;
    return false;
  }

  override check(): void {
    assert(this.level === (this.owner === null ? 0 : this.owner.level + 1), 'a user namespace at the wrong level');
    for (const map of [this.uidMap, this.gidMap]) {
      assert(map.length <= MAX_RANGES, 'a map of too many ranges');
      for (const [i, range] of map.entries()) {
        const fits = range.count > 0 && range.first + range.count <= NO_ID && range.lower + range.count <= NO_ID;
        assert(fits, 'a range of ids that do not exist');
        assert(!map.some((other, j) => j < i && overlaps(range, other)), 'ranges of ids overlap');
      }
    }
  }
}
