/** Process numbers and the namespaces that give them out. Linux include/linux/pid.h, pid_namespaces(7). */

import { EAGAIN, EEXIST, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import { assert } from '../kobject/errors.ts';
import { bool, i32, list, map, optRef, ref, struct, u32, weak } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Namespace } from '../ns/namespace.ts';
import type { Task } from './task.ts';
import { Waitable } from './wait.ts';

/** Numbers start again here once they have reached the maximum (Linux RESERVED_PIDS). */
const RESERVED_PIDS = 300;
/** Exclusive; /proc/sys/kernel/pid_max of a 32-bit kernel. */
export const PID_MAX = 32768;

export class PidNs extends derived(Namespace, 'pidns', 1, {
  parent: optRef<PidNs>('pidns', 'the namespace around this one'),
  level: u32('0 for the outermost', { initial: 0 }),
  last: i32('the number given out last', { initial: 0 }),
  pids: map(i32('number'), weak<Pid>('pid', 'who has it'), 'numbers in use; a Pid removes itself'),
  reaper: weak<Task>('task', 'its process 1, which orphans go to; null before that is made and after it has ended'),
  closed: bool('process 1 has ended: no more numbers are given out', { initial: false }),
}) {
  /** The next free number, as Linux's cyclic allocation gives it, or -1. */
  take(pid: Pid): number {
    for (let tried = 0; tried < PID_MAX; tried++) {
      this.last = this.last + 1 >= PID_MAX ? RESERVED_PIDS : this.last + 1;
      if (this.pids.has(this.last)) continue;
      this.pids.set(this.last, pid);
      return this.last;
    }
    return -1;
  }

  /** Whether this is `other` or lies above it. */
  contains(other: PidNs): boolean {
    for (let at: PidNs | null = other; at !== null; at = at.parent) if (at === this) return true;
    return false;
  }

  find(nr: number): Pid | null {
    return this.pids.get(nr) ?? null;
  }

  override check(): void {
    // Levels that fall by one from namespace to parent leave no room for a circle.
    assert(this.level === (this.parent === null ? 0 : this.parent.level + 1), 'a pid namespace at the wrong level');
    assert(this.last >= 0 && this.last < PID_MAX, 'the last process number is out of range');
  }
}

/** The number that a Pid gets in one namespace, or a negated errno. */
function numberIn(ns: PidNs, pid: Pid, wanted: number | undefined, allowed: (ns: PidNs) => boolean): number {
  if (wanted === undefined) {
    const nr = ns.take(pid);
    return nr < 0 ? -EAGAIN : nr;
  }
  if (wanted < 1 || wanted >= PID_MAX || (wanted !== 1 && ns.reaper === null)) return -EINVAL;
  if (!allowed(ns)) return -EPERM;
  if (ns.pids.has(wanted)) return -EEXIST;
  ns.pids.set(wanted, pid);
  return wanted;
}

/**
 * One process, process group or session number; it lives as long as anyone is called by it. What sleeps on it are pollers of
 * its descriptors.
 */
export class Pid extends derived(Waitable, 'pid', 1, {
  numbers: list(
    struct({ ns: ref<PidNs>('pidns', 'where'), nr: i32('the number there') }, 'a number'),
    'one number for each namespace, outermost first',
  ),
}) {
  /**
   * A fresh Pid in `ns` and all namespaces around it, or a negated errno. `wanted` are the numbers it is to have, innermost
   * first, for which `allowed` is asked (Linux alloc_pid).
   */
  static create(ns: PidNs, wanted: readonly number[] = [], allowed: (ns: PidNs) => boolean = () => true): Pid | number {
    if (wanted.length > ns.level + 1) return -EINVAL;
    const pid = new Pid({});
    const chain: PidNs[] = [];
    for (let at: PidNs | null = ns; at !== null; at = at.parent) chain.push(at);
    const numbers: { ns: PidNs; nr: number }[] = [];
    for (const [i, each] of chain.entries()) {
      const nr = numberIn(each, pid, wanted[i], allowed);
      if (nr > 0) numbers.unshift({ ns: each, nr });
      if (nr > 0 && !ns.closed) continue;
      for (const taken of numbers) taken.ns.pids.delete(taken.nr);
      return nr > 0 ? -ENOMEM : nr;
    }
    for (const number of numbers) {
      number.ns.refs++;
      pid.numbers.push(number);
    }
    return pid;
  }

  /** The number as seen from `ns`; 0 when the process cannot be seen from there. */
  in(ns: PidNs): number {
    for (const number of this.numbers) if (number.ns === ns) return number.nr;
    return 0;
  }

  /** The number in the outermost namespace, which is what the machine's user sees. */
  get outer(): number {
    return this.numbers[0]?.nr ?? 0;
  }

  /** The number in the namespace that it was made in. */
  get nr(): number {
    return this.numbers[this.numbers.length - 1]?.nr ?? 0;
  }

  get ns(): PidNs {
    const last = this.numbers[this.numbers.length - 1];
    assert(last !== undefined, 'a Pid without a number');
    return last.ns;
  }

  override released(): void {
    for (const { ns, nr } of this.numbers) ns.pids.delete(nr);
  }

  override check(): void {
    assert(this.numbers.length > 0, 'a Pid without a number');
    for (const { ns, nr } of this.numbers) {
      assert(nr > 0 && nr < PID_MAX, `process number ${nr} out of range`);
      assert(ns.pids.get(nr) === this, `process number ${nr} is not this Pid's`);
    }
  }
}
