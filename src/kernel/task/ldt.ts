/** The local descriptor table of an address space, modify_ldt(2). Linux arch/x86/kernel/ldt.c. */
import { EFAULT, EINVAL, ENOSYS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { assert } from '../kobject/errors.ts';
import { i32, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import {
  CONTENTS_CONFORMING,
  checkDescriptor,
  clearsEntry,
  contentsOf,
  type Descriptor,
  encodeDescriptor,
  parseUserDescriptor,
  SEG_NOT_PRESENT,
  USER_DESC_SIZE,
  type UserDescriptor,
} from './descriptor.ts';
import type { Task } from './task.ts';

const LDT_ENTRIES = 8192;
const LDT_ENTRY_SIZE = 8;
/** Bytes of the default table that a 32-bit kernel says to have. */
const DEFAULT_LDT_SIZE = 5 * LDT_ENTRY_SIZE;
const DESC_AVL = 1 << 20;

// `func` of modify_ldt(2)
const READ = 0;
const WRITE_OLD = 1;
const READ_DEFAULT = 2;
const WRITE = 0x11;

/** Asserts that modify_ldt could have made the table. */
export function checkLdt(ldt: readonly number[]): void {
  assert(ldt.length % 2 === 0 && ldt.length <= 2 * LDT_ENTRIES, 'an LDT of at most 8192 whole descriptors');
  for (let i = 0; i < ldt.length; i += 2) checkDescriptor([ldt[i]!, ldt[i + 1]!], `LDT descriptor ${i / 2}`);
}

/** The table, then zeros up to `length` bytes; 0 when there is none. */
function readLdt(task: Task, to: number, length: number): Result {
  const ldt = Uint32Array.from(task.mm!.ldt);
  if (ldt.length === 0) return 0;
  const size = Math.min(length, LDT_ENTRIES * LDT_ENTRY_SIZE);
  const out = new Uint8Array(size);
  out.set(new Uint8Array(ldt.buffer).subarray(0, size));
  return task.mm!.writeBytes(to, out) ? size : -EFAULT;
}

function readDefault(task: Task, to: number, length: number): Result {
  const size = Math.min(length, DEFAULT_LDT_SIZE);
  return task.mm!.zero(to, size) ? size : -EFAULT;
}

/** `old` is the mode of Linux 1.x: it has neither "not present" conforming code nor the bit that is left to programs. */
function writeLdt(kernel: Kernel, task: Task, from: number, length: number, old: boolean): Result {
  if (length !== USER_DESC_SIZE) return -EINVAL;
  const d = parseUserDescriptor(task, from);
  if (d === null) return -EFAULT;
  if (d.entry >>> 0 >= LDT_ENTRIES) return -EINVAL;
  if (contentsOf(d) === CONTENTS_CONFORMING && (old || (d.flags & SEG_NOT_PRESENT) === 0)) return -EINVAL;
  const { ldt } = task.mm!;
  while (ldt.length < 2 * (d.entry + 1)) ldt.push(0);
  [ldt[2 * d.entry], ldt[2 * d.entry + 1]] = entryOf(d, old);
  kernel.sched.descriptorsChanged(task);
  return 0;
}

function entryOf(d: UserDescriptor, old: boolean): Descriptor {
  if (clearsEntry(d, false) || (old && d.base === 0 && d.limit === 0)) return [0, 0];
  const [lo, hi] = encodeDescriptor(d);
  return [lo, old ? (hi & ~DESC_AVL) >>> 0 : hi];
}

function modifyLdt(kernel: Kernel, task: Task, func: number, at: number, length: number): Result {
  switch (func) {
    case READ:
      return readLdt(task, at, length);
    case READ_DEFAULT:
      return readDefault(task, at, length);
    case WRITE_OLD:
    case WRITE:
      return writeLdt(kernel, task, at, length, func === WRITE_OLD);
    default:
      return -ENOSYS;
  }
}

export const ldtCalls: readonly Syscall[] = [
  syscall(123, 'modify_ldt', { func: i32, ptr, bytecount: u32 }, (kernel, task, a) =>
    modifyLdt(kernel, task, a.func, a.ptr, a.bytecount),
  ),
];
