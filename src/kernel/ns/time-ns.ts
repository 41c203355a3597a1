/** Time namespaces, time_namespaces(7): offsets of the monotonic and boot-time clocks. Linux kernel/time/namespace.c. */
import { EACCES, EINVAL, EPERM, ERANGE } from '../errno.ts';
import { assert } from '../kobject/errors.ts';
import { bool, integer53, struct } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { Result } from '../syscall/define.ts';
import { CAP } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { FIRST_INO, Namespace } from './namespace.ts';
import type { UserNs } from './user-ns.ts';

const offsetFields = {
  sec: integer53('seconds, of any sign'),
  nsec: integer53('0 .. 999999999'),
};

/** Half of what 64 bits hold of nanoseconds, in seconds (Linux KTIME_SEC_MAX / 2). */
export const OFFSET_MAX_SEC = 4_611_686_018;
const NSEC_PER_SEC = 1_000_000_000;
const PAGE_SIZE = 4096;

type Clock = 'monotonic' | 'boottime';
const CLOCK_NAMES: Readonly<Record<string, Clock>> = {
  monotonic: 'monotonic',
  '1': 'monotonic',
  boottime: 'boottime',
  '7': 'boottime',
};

export class TimeNs extends derived(Namespace, 'timens', 1, {
  monotonic: struct(offsetFields, 'added to CLOCK_MONOTONIC'),
  boottime: struct(offsetFields, 'added to CLOCK_BOOTTIME'),
  frozen: bool('a process is in it: the offsets stay', { initial: false }),
}) {
  static first(owner: UserNs | null): TimeNs {
    const zero = { sec: 0, nsec: 0 };
    return new TimeNs({ ino: FIRST_INO.time, owner, monotonic: { ...zero }, boottime: { ...zero }, frozen: true });
  }

  override check(): void {
    for (const { sec, nsec } of [this.monotonic, this.boottime]) {
      assert(nsec >= 0 && nsec < NSEC_PER_SEC && Math.abs(sec) <= OFFSET_MAX_SEC, 'a clock offset out of range');
    }
  }
}

/** /proc/PID/timens_offsets, which tells of the children's namespace. */
export function showOffsets(ns: TimeNs): string {
  const row = (clock: Clock): string => {
    const { sec, nsec } = ns[clock];
    return `${clock.padEnd(10)} ${String(sec).padStart(10)} ${String(nsec).padStart(9)}\n`;
  };
  return row('monotonic') + row('boottime');
}

/** Sets offsets while nobody is in the namespace yet. `now` is the time that they are added to, in ns. */
export function writeOffsets(t: Task, ns: TimeNs, text: string, pos: number, now: number): Result {
  if (pos !== 0 || text.length >= PAGE_SIZE) return -EINVAL;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const wanted: { clock: Clock; sec: number; nsec: number }[] = [];
  for (const line of lines) {
    const fields = /^\s*(\S{1,9})\s+(-?\d+)\s+(\d+)\s*$/.exec(line);
    const clock = CLOCK_NAMES[fields?.[1] ?? ''];
    const [sec, nsec] = [Number(fields?.[2]), Number(fields?.[3])];
    if (clock === undefined || nsec >= NSEC_PER_SEC) return -EINVAL;
    wanted.push({ clock, sec, nsec });
  }
  if (wanted.length === 0 || wanted.length > 2) return -EINVAL;
  if (ns.owner === null || !t.cred.nsCapable(ns.owner, CAP.SYS_TIME)) return -EPERM;
  for (const { sec, nsec } of wanted) {
    const then = sec + (nsec + now) / NSEC_PER_SEC;
    if (then < 0 || then > OFFSET_MAX_SEC) return -ERANGE;
  }
  if (ns.frozen) return -EACCES;
  for (const { clock, sec, nsec } of wanted) ns[clock] = { sec, nsec };
  return text.length;
}
