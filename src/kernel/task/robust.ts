/** Robust futexes: locks of a thread that ended while it held them. Linux kernel/futex/core.c exit_robust_list, get_robust_list(2). */
import type { Kernel } from '../kernel.ts';
import { futexWake } from './futex.ts';
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from './futex-pi.ts';
import type { Task } from './task.ts';

/** struct robust_list_head: list, futex_offset, list_op_pending. */
export const ROBUST_HEAD_SIZE = 12;
/** A list longer than this is taken for a loop. */
const ROBUST_LIST_LIMIT = 2048;

/** Marks every lock on the list of the ending thread, and wakes one sleeper of each. */
export function walkRobustList(kernel: Kernel, task: Task): void {
  const head = task.robustList;
  const mm = task.mm;
  task.robustList = 0;
  if (head === 0 || mm === null) return;
  const offset = mm.get32(head + 4);
  const pending = mm.get32(head + 8);
  let entry = mm.get32(head);
  if (offset === null || pending === null || entry === null) return;
  for (let i = 0; i < ROBUST_LIST_LIMIT && entry >>> 0 !== head; i++) {
    const address: number = (entry & ~1) >>> 0;
    // Read before the lock is given up: its memory may be gone afterwards.
    const next = mm.get32(address);
    if (entry !== pending && !ownerDied(kernel, task, (address + offset) >>> 0, (entry & 1) === 1, false)) return;
    if (next === null) return;
    entry = next;
  }
  if (pending !== 0) ownerDied(kernel, task, ((pending & ~1) + offset) >>> 0, (pending & 1) === 1, true);
}

/** False when the lock's word cannot be used. */
function ownerDied(kernel: Kernel, task: Task, address: number, pi: boolean, pending: boolean): boolean {
  const mm = task.mm!;
  if ((address & 3) !== 0) return false;
  const word = mm.get32(address);
  if (word === null) return false;
  // The lock was just being released: whoever sleeps on it must look again.
  if (pending && !pi && word === 0) {
    futexWake(kernel, task, address, 1);
    return true;
  }
  if ((word & FUTEX_TID_MASK) !== task.tid) return true;
  if (!mm.put32(address, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) return false;
  if (!pi && (word & FUTEX_WAITERS) !== 0) futexWake(kernel, task, address, 1);
  return true;
}
