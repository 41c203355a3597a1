/** Resources used: getrusage(2), times(2). */
import { EFAULT, EINVAL } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { choice, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import type { Usage } from './signal.ts';
import type { Task } from './task.ts';

const RUSAGE_SELF = 0;
const RUSAGE_CHILDREN = 0xffff_ffff;
const RUSAGE_THREAD = 1;
/** ns of a clock tick: USER_HZ is 100. */
export const TICK_NS = 10_000_000;

/** Stores a struct rusage (72 bytes on i386): times, maxrss in KiB, faults, switches. All time is user time. */
export function writeUsage(task: Task, address: number, usage: Usage): boolean {
  const words = new Int32Array(18);
  words[0] = Math.floor(usage.utime / 1e9);
  words[1] = Math.floor((usage.utime % 1e9) / 1000);
  words[4] = usage.maxrss * 4;
  words[8] = usage.minflt;
  words[9] = usage.majflt;
  words[16] = usage.nvcsw;
  words[17] = usage.nivcsw;
  return task.mm?.writeBytes(address, new Uint8Array(words.buffer)) ?? false;
}

function getrusage(task: Task, who: number, address: number): Result {
  const { signal } = task;
  const maxrss = Math.max(signal.used.maxrss, task.mm?.present ?? 0);
  const usage: Record<number, Usage> = {
    [RUSAGE_SELF]: { ...signal.used, maxrss },
    [RUSAGE_CHILDREN]: signal.children,
    [RUSAGE_THREAD]: { ...task.used, maxrss },
  };
  const chosen = usage[who];
  if (chosen === undefined) return -EINVAL;
  return writeUsage(task, address, chosen) ? 0 : -EFAULT;
}

function times(kernel: Kernel, task: Task, address: number): Result {
  const { used, children } = task.signal;
  const words = Int32Array.of(Math.floor(used.utime / TICK_NS), 0, Math.floor(children.utime / TICK_NS), 0);
  if (address !== 0 && !task.mm!.writeBytes(address, new Uint8Array(words.buffer))) return -EFAULT;
  return Math.floor(kernel.clock.now() / TICK_NS) & 0x7fff_ffff;
}

export const usageCalls: readonly Syscall[] = [
  syscall(43, 'times', { buf: ptr }, (kernel, task, a) => times(kernel, task, a.buf)),
  syscall(
    77,
    'getrusage',
    { who: choice({ RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD }), usage: ptr },
    (_kernel, task, a) => getrusage(task, a.who, a.usage),
  ),
];
