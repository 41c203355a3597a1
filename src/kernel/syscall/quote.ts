/** Bytes as strace(1) quotes them: C escapes, the shortest octal ones, cut after so many. */
import type { Task } from '../task/task.ts';
import type { Arg } from './args.ts';

/** Bytes that strace shows of a buffer, its -s. */
const SHOWN = 32;

const ESCAPES: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

function isOctalDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 55;
}

/** A string literal; `more` says that there were other bytes behind it. */
export function quote(bytes: ArrayLike<number>, more = false): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const escaped = ESCAPES[byte];
    if (escaped !== undefined) text += escaped;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(isOctalDigit(bytes[i + 1]) ? 3 : 1, '0')}`;
  }
  return `"${text}"${more ? '...' : ''}`;
}

/** A byte string, such as a path. */
export function quoteText(text: string): string {
  return quote(Array.from(text, (c) => c.charCodeAt(0)));
}

const hex = (n: number): string => (n === 0 ? 'NULL' : `0x${n.toString(16)}`);

function shown(task: Task, address: number, length: number): string {
  if (address === 0) return 'NULL';
  const bytes = task.mm?.readBytes(address, Math.min(length, SHOWN)) ?? null;
  return bytes === null ? hex(address) : quote(bytes, length > SHOWN);
}

/** A buffer that the call reads from; its length is the next argument. */
export const bufferIn: Arg<number> = {
  decode: (raw) => ({ value: raw >>> 0 }),
  show: (raw, task, _result, length = 0) => shown(task, raw >>> 0, length >>> 0),
};

/** A buffer that the call has filled: as much as its result says. */
export const bufferOut: Arg<number> = {
  isOutput: true,
  decode: (raw) => ({ value: raw >>> 0 }),
  show: (raw, task, result) => (result < 0 ? hex(raw >>> 0) : shown(task, raw >>> 0, result)),
};
