/** Thread-local storage: three GDT entries of each task. Linux arch/x86/kernel/tls.c, set_thread_area(2). */
import { EFAULT, EINVAL, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import {
  CONTENTS_STACK,
  clearsEntry,
  contentsOf,
  decodeDescriptor,
  encodeDescriptor,
  parseUserDescriptor,
  SEG_32BIT,
  SEG_NOT_PRESENT,
  type UserDescriptor,
} from './descriptor.ts';
import { GDT_ENTRY_TLS_ENTRIES, GDT_ENTRY_TLS_MIN, type Task } from './task.ts';

/** Whether Linux lets a program have it: 32-bit, present, a data segment (code would let 16-bit and null cs games in). */
function isAllowed(d: UserDescriptor): boolean {
  if (clearsEntry(d, true)) return true;
  return (d.flags & SEG_32BIT) !== 0 && contentsOf(d) <= CONTENTS_STACK && (d.flags & SEG_NOT_PRESENT) === 0;
}

/** Sets one of the task's entries; -EINVAL for entries and descriptors that programs may not have. */
export function setTlsEntry(task: Task, descriptor: UserDescriptor, entry: number): Result {
  const slot = entry - GDT_ENTRY_TLS_MIN;
  if (slot < 0 || slot >= GDT_ENTRY_TLS_ENTRIES || !isAllowed(descriptor)) return -EINVAL;
  const [lo, hi] = clearsEntry(descriptor, true) ? [0, 0] : encodeDescriptor(descriptor);
  task.tls[2 * slot] = lo;
  task.tls[2 * slot + 1] = hi;
  return 0;
}

function freeEntry(task: Task): number {
  for (let slot = 0; slot < GDT_ENTRY_TLS_ENTRIES; slot++) {
    if (task.tls[2 * slot] === 0 && task.tls[2 * slot + 1] === 0) return slot + GDT_ENTRY_TLS_MIN;
  }
  return -ESRCH;
}

function setThreadArea(kernel: Kernel, task: Task, address: number): Result {
  const descriptor = parseUserDescriptor(task, address);
  if (descriptor === null) return -EFAULT;
  if (!isAllowed(descriptor)) return -EINVAL;
  let { entry } = descriptor;
  if (entry === -1) {
    entry = freeEntry(task);
    if (entry < 0) return entry;
    if (!task.mm!.put32(address, entry)) return -EFAULT;
  }
  const result = setTlsEntry(task, descriptor, entry);
  if (result === 0) kernel.sched.descriptorsChanged(task);
  return result;
}

/** Sets an entry of `task` from a struct user_desc in the memory of `from`, as PTRACE_SET_THREAD_AREA does. */
export function writeThreadArea(kernel: Kernel, task: Task, entry: number, from: Task, address: number): Result {
  const descriptor = parseUserDescriptor(from, address);
  if (descriptor === null) return -EFAULT;
  const result = setTlsEntry(task, descriptor, entry);
  if (result === 0) kernel.sched.descriptorsChanged(task);
  return result;
}

function getThreadArea(task: Task, address: number): Result {
  const entry = task.mm!.get32(address);
  return entry === null ? -EFAULT : readThreadArea(task, entry | 0, task, address);
}

/** Writes an entry of `task` as a struct user_desc into the memory of `to`. */
export function readThreadArea(task: Task, entry: number, to: Task, address: number): Result {
  const slot = entry - GDT_ENTRY_TLS_MIN;
  if (slot < 0 || slot >= GDT_ENTRY_TLS_ENTRIES) return -EINVAL;
  const words = decodeDescriptor(entry, [task.tls[2 * slot]!, task.tls[2 * slot + 1]!]);
  return to.mm!.writeBytes(address, words) ? 0 : -EFAULT;
}

export const tlsCalls: readonly Syscall[] = [
  syscall(243, 'set_thread_area', { u_info: ptr }, (kernel, task, a) => setThreadArea(kernel, task, a.u_info)),
  syscall(244, 'get_thread_area', { u_info: ptr }, (_kernel, task, a) => getThreadArea(task, a.u_info)),
];
