/** Signals of a traced thread: PTRACE_GETSIGINFO, SETSIGINFO, PEEKSIGINFO, GETSIGMASK, SETSIGMASK. Linux kernel/ptrace.c. */
import { EFAULT, EINVAL } from '../errno.ts';
import { setMask } from '../signal/calls.ts';
import { decodeSiginfo, encodeSiginfo, SIGINFO_SIZE } from '../signal/siginfo.ts';
import { readSet } from '../signal/user.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';

const SIGSET_SIZE = 8;
const PTRACE_PEEKSIGINFO_SHARED = 1;

export function getSiginfo(tracer: Task, task: Task, to: number): Result {
  const info = task.trace!.info;
  if (info === null) return -EINVAL;
  return tracer.mm!.writeBytes(to, encodeSiginfo(info)) ? 0 : -EFAULT;
}

export function setSiginfo(tracer: Task, task: Task, from: number): Result {
  const data = tracer.mm!.readBytes(from, SIGINFO_SIZE);
  if (data === null) return -EFAULT;
  const trace = task.trace!;
  if (trace.info === null) return -EINVAL;
  const signo = new DataView(data.buffer).getInt32(0, true);
  trace.info = { ...decodeSiginfo(signo & 0x7f, data), signo: signo & 0x7f };
  return 0;
}

/** struct ptrace_peeksiginfo_args: 64-bit offset, flags, count. The number of siginfos copied. */
export function peekSiginfo(tracer: Task, task: Task, args: number, to: number): Result {
  const offset = tracer.mm!.get64(args);
  const flags = tracer.mm!.get32(args + 8);
  const count = tracer.mm!.get32(args + 12);
  if (offset === null || flags === null || count === null) return -EFAULT;
  if ((flags & ~PTRACE_PEEKSIGINFO_SHARED) !== 0 || (count | 0) < 0) return -EINVAL;
  if (offset > 0xffff_ffffn) return 0;
  const queue = (flags & PTRACE_PEEKSIGINFO_SHARED) !== 0 ? task.signal.pending : task.pending;
  const found = queue.slice(Number(offset), Number(offset) + count);
  for (const [i, info] of found.entries()) {
    if (!tracer.mm!.writeBytes(to + i * SIGINFO_SIZE, encodeSiginfo(info))) return i === 0 ? -EFAULT : i;
  }
  return found.length;
}

/** The mask, or the one that a call has lent it and will give back. */
export function getSigmask(tracer: Task, task: Task, size: number, to: number): Result {
  if (size !== SIGSET_SIZE) return -EINVAL;
  const { lo, hi } = task.savedSigmask ?? task.sigmask;
  return tracer.mm!.writeBytes(to, new Uint8Array(Uint32Array.of(lo, hi).buffer)) ? 0 : -EFAULT;
}

export function setSigmask(tracer: Task, task: Task, size: number, from: number): Result {
  if (size !== SIGSET_SIZE) return -EINVAL;
  const set = readSet(tracer, from);
  if (set === null) return -EFAULT;
  setMask(task, set);
  task.savedSigmask = null;
  return 0;
}
