/** Thread-local storage: three GDT entries of each task. Linux arch/x86/kernel/tls.c, set_thread_area(2). */
import { EFAULT, EINVAL, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall, unsupported } from '../syscall/define.ts';
import { GDT_ENTRY_TLS_ENTRIES, GDT_ENTRY_TLS_MIN, type Task } from './task.ts';

/** struct user_desc: entry_number, base_addr, limit, then bit fields. */
export interface UserDescriptor {
  readonly entry: number;
  readonly base: number;
  readonly limit: number;
  readonly flags: number;
}
const USER_DESC_SIZE = 16;
// bit fields of the last word, low to high
const SEG_32BIT = 1 << 0;
const CONTENTS_SHIFT = 1;
const READ_EXEC_ONLY = 1 << 3;
const LIMIT_IN_PAGES = 1 << 4;
const SEG_NOT_PRESENT = 1 << 5;
const USEABLE = 1 << 6;
/** What clears an entry, besides all zeros: nothing but "read/exec only, not present". */
const EMPTY_FLAGS = READ_EXEC_ONLY | SEG_NOT_PRESENT;

// high word of a descriptor, SDM vol. 3A, 3.4.5
const DESC_ACCESSED = 1 << 8;
const DESC_WRITABLE = 1 << 9;
const DESC_S = 1 << 12;
const DESC_DPL3 = 3 << 13;
const DESC_PRESENT = 1 << 15;
const DESC_AVL = 1 << 20;
const DESC_DB = 1 << 22;
const DESC_G = 1 << 23;

export function parseUserDescriptor(task: Task, address: number): UserDescriptor | null {
  const data = task.mm?.readBytes(address, USER_DESC_SIZE) ?? null;
  if (data === null) return null;
  const view = new DataView(data.buffer, data.byteOffset, USER_DESC_SIZE);
  return {
    entry: view.getInt32(0, true),
    base: view.getUint32(4, true),
    limit: view.getUint32(8, true),
    flags: view.getUint32(12, true),
  };
}

function isEmpty(d: UserDescriptor): boolean {
  const zero = d.base === 0 && d.limit === 0 && d.flags === 0;
  return zero || (d.base === 0 && d.limit === 0 && (d.flags & 0x7f) === EMPTY_FLAGS);
}

/** Whether Linux lets a program have it: 32-bit, present, a data segment (code would let 16-bit and null cs games in). */
function isAllowed(d: UserDescriptor): boolean {
  if (isEmpty(d)) return true;
  const contents = (d.flags >>> CONTENTS_SHIFT) & 3;
  return (d.flags & SEG_32BIT) !== 0 && contents <= 1 && (d.flags & SEG_NOT_PRESENT) === 0;
}

function encode(d: UserDescriptor): [lo: number, hi: number] {
  if (isEmpty(d)) return [0, 0];
  const lo = ((d.base & 0xffff) << 16) | (d.limit & 0xffff);
  const contents = (d.flags >>> CONTENTS_SHIFT) & 3;
  const hi =
    (d.base & 0xff00_0000) |
    ((d.base >>> 16) & 0xff) |
    (d.limit & 0xf0000) |
    (contents << 10) |
    ((d.flags & READ_EXEC_ONLY) === 0 ? DESC_WRITABLE : 0) |
    ((d.flags & USEABLE) === 0 ? 0 : DESC_AVL) |
    ((d.flags & LIMIT_IN_PAGES) === 0 ? 0 : DESC_G) |
    (DESC_ACCESSED | DESC_S | DESC_DPL3 | DESC_PRESENT | DESC_DB);
  return [lo >>> 0, hi >>> 0];
}

function decode(entry: number, lo: number, hi: number): UserDescriptor {
  const base = ((lo >>> 16) | ((hi & 0xff) << 16) | (hi & 0xff00_0000)) >>> 0;
  const bit = (mask: number, flag: number): number => ((hi & mask) === 0 ? 0 : flag);
  const flags =
    bit(DESC_DB, SEG_32BIT) |
    (((hi >>> 10) & 3) << CONTENTS_SHIFT) |
    ((hi & DESC_WRITABLE) === 0 ? READ_EXEC_ONLY : 0) |
    bit(DESC_G, LIMIT_IN_PAGES) |
    ((hi & DESC_PRESENT) === 0 ? SEG_NOT_PRESENT : 0) |
    bit(DESC_AVL, USEABLE);
  return { entry, base, limit: (lo & 0xffff) | (hi & 0xf0000), flags };
}

/** Sets one of the task's entries; -EINVAL for entries and descriptors that programs may not have. */
export function setTlsEntry(task: Task, descriptor: UserDescriptor, entry: number): Result {
  const slot = entry - GDT_ENTRY_TLS_MIN;
  if (slot < 0 || slot >= GDT_ENTRY_TLS_ENTRIES || !isAllowed(descriptor)) return -EINVAL;
  const [lo, hi] = encode(descriptor);
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
  if (result === 0) kernel.sched.tlsChanged(task);
  return result;
}

function getThreadArea(task: Task, address: number): Result {
  const entry = task.mm!.get32(address);
  if (entry === null) return -EFAULT;
  const slot = (entry | 0) - GDT_ENTRY_TLS_MIN;
  if (slot < 0 || slot >= GDT_ENTRY_TLS_ENTRIES) return -EINVAL;
  const d = decode(entry | 0, task.tls[2 * slot]!, task.tls[2 * slot + 1]!);
  const words = Uint32Array.of(d.entry, d.base, d.limit, d.flags);
  return task.mm!.writeBytes(address, new Uint8Array(words.buffer)) ? 0 : -EFAULT;
}

export const tlsCalls: readonly Syscall[] = [
  syscall(243, 'set_thread_area', { u_info: ptr }, (kernel, task, a) => setThreadArea(kernel, task, a.u_info)),
  syscall(244, 'get_thread_area', { u_info: ptr }, (_kernel, task, a) => getThreadArea(task, a.u_info)),
  unsupported(123, 'modify_ldt', 38, 'no local descriptor tables; only Wine and old threads use them'),
];
