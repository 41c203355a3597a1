/** struct user_desc and the descriptors it stands for. Linux arch/x86/include/uapi/asm/ldt.h, asm/desc.h fill_ldt. */
import { assert } from '../kobject/errors.ts';
import type { Task } from './task.ts';

/** entry_number, base_addr, limit, then bit fields. */
export interface UserDescriptor {
  readonly entry: number;
  readonly base: number;
  readonly limit: number;
  readonly flags: number;
}
export const USER_DESC_SIZE = 16;

// bit fields of the last word, low to high
export const SEG_32BIT = 1 << 0;
const CONTENTS_SHIFT = 1;
const READ_EXEC_ONLY = 1 << 3;
const LIMIT_IN_PAGES = 1 << 4;
export const SEG_NOT_PRESENT = 1 << 5;
const USEABLE = 1 << 6;
const ALL_FLAGS = 0x7f;
/** What clears an entry, besides all zeros: nothing but "read/exec only, not present". */
const EMPTY_FLAGS = READ_EXEC_ONLY | SEG_NOT_PRESENT;
/** `contents`: data, stack (expand-down), code, conforming code. */
export const CONTENTS_STACK = 1;
export const CONTENTS_CONFORMING = 3;

// high word of a descriptor, SDM vol. 3A, 3.4.5
const DESC_ACCESSED = 1 << 8;
const DESC_WRITABLE = 1 << 9;
const DESC_TYPE_SHIFT = 10;
export const DESC_CODE = 1 << 11;
const DESC_S = 1 << 12;
const DESC_DPL3 = 3 << 13;
export const DESC_PRESENT = 1 << 15;
const DESC_AVL = 1 << 20;
const DESC_L = 1 << 21;
export const DESC_DB = 1 << 22;
const DESC_G = 1 << 23;

/** A descriptor as two uint32. */
export type Descriptor = readonly [lo: number, hi: number];

/** Reads a struct user_desc; null for EFAULT. */
export function parseUserDescriptor(task: Task, address: number): UserDescriptor | null {
  const data = task.mm?.readBytes(address, USER_DESC_SIZE) ?? null;
  return data === null ? null : userDescriptorIn(data);
}

/** A struct user_desc from its bytes. */
export function userDescriptorIn(data: Uint8Array): UserDescriptor {
  const view = new DataView(data.buffer, data.byteOffset, USER_DESC_SIZE);
  return {
    entry: view.getInt32(0, true),
    base: view.getUint32(4, true),
    limit: view.getUint32(8, true),
    flags: view.getUint32(12, true) & ALL_FLAGS,
  };
}

export function contentsOf(d: UserDescriptor): number {
  return (d.flags >>> CONTENTS_SHIFT) & 3;
}

/** Linux LDT_empty and LDT_zero: such a descriptor clears its entry. */
export function clearsEntry(d: UserDescriptor, zero: boolean): boolean {
  return d.base === 0 && d.limit === 0 && (d.flags === EMPTY_FLAGS || (zero && d.flags === 0));
}

/** The descriptor that a user_desc stands for. */
export function encodeDescriptor(d: UserDescriptor): Descriptor {
  const lo = ((d.base & 0xffff) << 16) | (d.limit & 0xffff);
  const bit = (flag: number, mask: number): number => ((d.flags & flag) === 0 ? 0 : mask);
  const hi =
    (d.base & 0xff00_0000) |
    ((d.base >>> 16) & 0xff) |
    (d.limit & 0xf0000) |
    (contentsOf(d) << DESC_TYPE_SHIFT) |
    (bit(READ_EXEC_ONLY, DESC_WRITABLE) ^ DESC_WRITABLE) |
    (bit(SEG_NOT_PRESENT, DESC_PRESENT) ^ DESC_PRESENT) |
    bit(USEABLE, DESC_AVL) |
    bit(SEG_32BIT, DESC_DB) |
    bit(LIMIT_IN_PAGES, DESC_G) |
    (DESC_ACCESSED | DESC_S | DESC_DPL3);
  return [lo >>> 0, hi >>> 0];
}

/** The user_desc that stands for a descriptor, as words in memory. Linux arch/x86/kernel/tls.c fill_user_desc. */
export function decodeDescriptor(entry: number, [lo, hi]: Descriptor): Uint8Array {
  const base = ((lo >>> 16) | ((hi & 0xff) << 16) | (hi & 0xff00_0000)) >>> 0;
  const bit = (mask: number, flag: number): number => ((hi & mask) === 0 ? 0 : flag);
  const flags =
    bit(DESC_DB, SEG_32BIT) |
    (((hi >>> DESC_TYPE_SHIFT) & 3) << CONTENTS_SHIFT) |
    (bit(DESC_WRITABLE, READ_EXEC_ONLY) ^ READ_EXEC_ONLY) |
    bit(DESC_G, LIMIT_IN_PAGES) |
    (bit(DESC_PRESENT, SEG_NOT_PRESENT) ^ SEG_NOT_PRESENT) |
    bit(DESC_AVL, USEABLE);
  return new Uint8Array(Uint32Array.of(entry, base, (lo & 0xffff) | (hi & 0xf0000), flags).buffer);
}

/** Asserts that fill_ldt could have made the descriptor: empty, or a code or data segment of ring 3, accessed, not 64-bit. */
export function checkDescriptor([lo, hi]: Descriptor, where: string): void {
  if (lo === 0 && hi === 0) return;
  assert((hi & DESC_S) !== 0, `${where} is no code or data segment`);
  assert((hi & DESC_DPL3) === DESC_DPL3, `${where} is not of ring 3`);
  assert((hi & DESC_L) === 0, `${where} is a 64-bit segment`);
  assert((hi & DESC_ACCESSED) !== 0, `${where} is not marked accessed`);
  const conforming = ((hi >>> DESC_TYPE_SHIFT) & 3) === CONTENTS_CONFORMING;
  assert(!conforming || (hi & DESC_PRESENT) === 0, `${where} is a present conforming code segment`);
}
