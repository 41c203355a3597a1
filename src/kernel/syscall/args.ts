/** Argument types of system calls: how a register becomes a value, and how strace prints it. */
import { EFAULT, ENAMETOOLONG } from '../errno.ts';
import type { Task } from '../task/task.ts';
import { quoteText } from './quote.ts';

/** A decoded argument, or a negated errno that ends the call. */
export type Decoded<T> = { readonly value: T } | { readonly errno: number };

export interface Arg<T> {
  /** `raw` is the register as uint32. */
  decode(raw: number, task: Task): Decoded<T>;
  /** As strace prints it. `result` is known for output arguments; `next` is the argument behind it, such as a buffer's length. */
  show(raw: number, task: Task, result: number, next?: number): string;
  /** Known when the call is over: it comes after `resumed>` where a line was cut. */
  readonly isOutput?: boolean;
  /** The values or bits that have names, for those who make calls up. */
  readonly values?: readonly number[];
}

const hex = (n: number): string => (n === 0 ? 'NULL' : `0x${n.toString(16)}`);

function plain(convert: (raw: number) => number, show: (n: number) => string): Arg<number> {
  return { decode: (raw) => ({ value: convert(raw) }), show: (raw) => show(convert(raw)) };
}

export const u32: Arg<number> = plain((raw) => raw >>> 0, String);
export const i32: Arg<number> = plain((raw) => raw | 0, String);
export const fd: Arg<number> = i32;
export const pid: Arg<number> = i32;
/** An address in user memory, not looked at here. */
export const ptr: Arg<number> = plain((raw) => raw >>> 0, hex);
export const octal: Arg<number> = plain(
  (raw) => raw >>> 0,
  (n) => `0${n.toString(8)}`,
);
export const hex32: Arg<number> = plain(
  (raw) => raw >>> 0,
  (n) => `0x${n.toString(16)}`,
);
/** A directory descriptor of the *at calls. */
export const atFd: Arg<number> = plain(
  (raw) => raw | 0,
  (n) => (n === -100 ? 'AT_FDCWD' : String(n)),
);

export const PATH_MAX = 4096;

/** A NUL-terminated path or string in user memory, at most PATH_MAX bytes with its NUL. EFAULT, ENAMETOOLONG. */
export const path: Arg<string> = {
  decode(raw, task) {
    const text = task.mm?.readString(raw >>> 0, PATH_MAX);
    if (text === undefined || text === null) return { errno: -EFAULT };
    return text.length >= PATH_MAX ? { errno: -ENAMETOOLONG } : { value: text };
  },
  show(raw, task) {
    const text = task.mm?.readString(raw >>> 0, PATH_MAX);
    return typeof text === 'string' ? quoteText(text) : hex(raw >>> 0);
  },
};

/** Named bits: `flagSet({ O_CLOEXEC: 0o2000000 })`; `base` names value 0 or a masked enumeration. Unknown bits are shown in hex. */
export function flagSet(names: Readonly<Record<string, number>>, zero = '0'): Arg<number> {
  const arg = plain(
    (raw) => raw >>> 0,
    (n) => showFlags(n, names, zero),
  );
  return { ...arg, values: Object.values(names) };
}

/** One of named values. */
export function choice(names: Readonly<Record<string, number>>): Arg<number> {
  const byValue = new Map(Object.entries(names).map(([name, value]) => [value, name]));
  const arg = plain(
    (raw) => raw >>> 0,
    (n) => byValue.get(n) ?? `0x${n.toString(16)}`,
  );
  return { ...arg, values: Object.values(names) };
}

/** `A|B|0x40`, the largest names first where bits overlap. */
export function showFlags(value: number, names: Readonly<Record<string, number>>, zero = '0'): string {
  let rest = value >>> 0;
  const parts: string[] = [];
  for (const [name, bits] of Object.entries(names)) {
    if (bits !== 0 && (rest & bits) >>> 0 === bits >>> 0) {
      parts.push(name);
      rest = (rest & ~bits) >>> 0;
    }
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.length === 0 ? zero : parts.join('|');
}
