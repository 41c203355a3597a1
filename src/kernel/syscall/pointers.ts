/** Arguments that point to small structures: decoded as addresses, shown by strace with what stands there. */
import { signalName } from '../signal/numbers.ts';
import type { Task } from '../task/task.ts';
import type { Arg } from './args.ts';
import { quoteText } from './quote.ts';

const hex = (n: number): string => (n === 0 ? 'NULL' : `0x${(n >>> 0).toString(16)}`);

/** An address shown by `what`, or in hex when that gives null. Results of a call that failed are not looked at. */
function pointer(out: boolean, what: (task: Task, address: number) => string | null): Arg<number> {
  return {
    isOutput: out,
    decode: (raw) => ({ value: raw >>> 0 }),
    show: (raw, task, result) => {
      if (raw >>> 0 === 0 || (out && result < 0)) return hex(raw);
      return what(task, raw >>> 0) ?? hex(raw);
    },
  };
}

function words(task: Task, address: number, count: number): Int32Array | null {
  const bytes = task.mm?.readBytes(address, 4 * count);
  if (bytes == null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
}

/** `[INT CHLD]`, or `~[KILL]` when more signals are in than out. */
function showSet(lo: number, hi: number): string {
  const has = (sig: number): boolean => (((sig <= 32 ? lo : hi) >>> ((sig - 1) & 31)) & 1) === 1;
  const all = Array.from({ length: 64 }, (_, i) => i + 1);
  const inside = all.filter(has);
  const negated = inside.length > 32;
  const listed = negated ? all.filter((sig) => !has(sig)) : inside;
  return `${negated ? '~' : ''}[${listed.map((sig) => signalName(sig).replace(/^SIG/, '')).join(' ')}]`;
}

function sigset(out: boolean): Arg<number> {
  return pointer(out, (task, address) => {
    const set = words(task, address, 2);
    return set === null ? null : showSet(set[0]!, set[1]!);
  });
}
export const sigsetIn = sigset(false);
export const sigsetOut = sigset(true);

function time(out: boolean, width: 32 | 64, unit: 'nsec' | 'usec'): Arg<number> {
  return pointer(out, (task, address) => {
    const fields = words(task, address, width === 64 ? 4 : 2);
    if (fields === null) return null;
    const [sec, part] = width === 64 ? [fields[0]! + fields[1]! * 2 ** 32, fields[2]!] : [fields[0]!, fields[1]!];
    return `{tv_sec=${sec}, tv_${unit}=${part}}`;
  });
}
export const timespecIn = time(false, 32, 'nsec');
export const timespecOut = time(true, 32, 'nsec');
export const timespec64In = time(false, 64, 'nsec');
export const timespec64Out = time(true, 64, 'nsec');
export const timevalOut = time(true, 32, 'usec');

/** `[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]`: what wait4(2) stored. */
export const waitStatus: Arg<number> = {
  isOutput: true,
  decode: (raw) => ({ value: raw >>> 0 }),
  show: (raw, task, result) => {
    const status = raw >>> 0 === 0 || result <= 0 ? null : (task.mm?.get32(raw >>> 0) ?? null);
    return status === null ? hex(raw) : `[{${showStatus(status)}}]`;
  },
};

function showStatus(status: number): string {
  const high = (status >>> 8) & 0xff;
  if (status === 0xffff) return 'WIFCONTINUED(s)';
  if ((status & 0x7f) === 0) return `WIFEXITED(s) && WEXITSTATUS(s) == ${high}`;
  if ((status & 0xff) === 0x7f) return `WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(high)}`;
  return `WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(status & 0x7f)}`;
}

const MAX_SHOWN = 32;

/** `["ls", "-l"]`: a NULL-terminated array of strings. */
export const strings: Arg<number> = pointer(false, (task, address) => {
  const shown: string[] = [];
  for (let at = address; ; at += 4) {
    const item = task.mm?.get32(at) ?? null;
    if (item === null) return null;
    if (item === 0) return `[${shown.join(', ')}]`;
    if (shown.length === MAX_SHOWN) return `[${shown.join(', ')}, ...]`;
    const text = task.mm?.readString(item >>> 0, 4096) ?? null;
    shown.push(text === null ? hex(item) : quoteText(text));
  }
});

/** The environment: its address and how many variables it has. */
export const environment: Arg<number> = pointer(false, (task, address) => {
  for (let count = 0; count < 1 << 16; count++) {
    const item = task.mm?.get32(address + 4 * count) ?? null;
    if (item === null) return null;
    if (item === 0) return `${hex(address)} /* ${count} var${count === 1 ? '' : 's'} */`;
  }
  return null;
});

const SA_FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [0x0400_0000, 'SA_RESTORER'],
  [0x0800_0000, 'SA_ONSTACK'],
  [0x1000_0000, 'SA_RESTART'],
  [0x4000_0000, 'SA_NODEFER'],
  [0x8000_0000, 'SA_RESETHAND'],
  [0x0000_0004, 'SA_SIGINFO'],
  [0x0000_0002, 'SA_NOCLDWAIT'],
  [0x0000_0001, 'SA_NOCLDSTOP'],
];

function action(out: boolean): Arg<number> {
  return pointer(out, (task, address) => {
    const fields = words(task, address, 5);
    if (fields === null) return null;
    const [handler, flags, , lo, hi] = fields as unknown as [number, number, number, number, number];
    const to = handler === 0 ? 'SIG_DFL' : handler === 1 ? 'SIG_IGN' : hex(handler);
    const names = SA_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
    return `{sa_handler=${to}, sa_mask=${showSet(lo, hi)}, sa_flags=${names.length === 0 ? '0' : names.join('|')}}`;
  });
}
/** struct sigaction of rt_sigaction(2). */
export const actionIn = action(false);
export const actionOut = action(true);
