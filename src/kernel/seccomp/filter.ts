/** A seccomp filter, and those that were installed before it. Linux kernel/seccomp.c struct seccomp_filter. */
import { assert } from '../kobject/errors.ts';
import { bool, optRef } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import { checkProgram, programField, runProgram } from './bpf.ts';

/** Instructions of a chain, with 4 for each filter beside the newest (Linux MAX_INSNS_PER_PATH). */
export const MAX_INSNS_PER_PATH = 32768;
const OVERHEAD = 4;

const ACTION = 0xffff_0000;
/** Actions, the strictest first: numbers that grow as signed ones. include/uapi/linux/seccomp.h */
export const SECCOMP_RET = {
  KILL_PROCESS: 0x8000_0000,
  KILL_THREAD: 0,
  TRAP: 0x0003_0000,
  ERRNO: 0x0005_0000,
  USER_NOTIF: 0x7fc0_0000,
  TRACE: 0x7ff0_0000,
  LOG: 0x7ffc_0000,
  ALLOW: 0x7fff_0000,
} as const;

export interface Verdict {
  /** Of SECCOMP_RET, or a number that is none. */
  readonly action: number;
  /** The lower 16 bits of the answer. */
  readonly data: number;
}

export class SeccompFilter extends kobject('seccomp', 1, {
  previous: optRef<SeccompFilter>('seccomp', 'the filter that was installed before'),
  log: bool('SECCOMP_FILTER_FLAG_LOG', { initial: false }),
  program: programField,
}) {
  /** Filters from this one back. */
  get count(): number {
    return this.previous === null ? 1 : 1 + this.previous.count;
  }

  /** Instructions of all of them, as they count towards the limit. */
  get length(): number {
    return this.program.length + (this.previous === null ? 0 : this.previous.length + OVERHEAD);
  }

  /** Whether this is `other` or was installed before it on top of nothing else. */
  isAncestorOf(other: SeccompFilter | null): boolean {
    for (let at = other; at !== null; at = at.previous) if (at === this) return true;
    return false;
  }

  /** The strictest answer of all filters; of equal ones the newest. */
  run(data: Uint32Array): Verdict {
    let answer = SECCOMP_RET.ALLOW as number;
    for (let at: SeccompFilter | null = this; at !== null; at = at.previous) {
      const next = runProgram(at.program, data);
      if ((next & ACTION) < (answer & ACTION)) answer = next;
    }
    return { action: (answer & ACTION) >>> 0, data: answer & 0xffff };
  }

  override check(): void {
    assert(checkProgram(this.program), 'a seccomp filter that could not have been installed');
    let depth = 0;
    for (let at = this.previous; at !== null; at = at.previous) {
      assert(++depth <= MAX_INSNS_PER_PATH, 'seccomp filters in a circle');
    }
  }
}
