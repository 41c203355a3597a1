/** Another task's memory: ptrace(2) and /proc/PID/mem override its protections, process_vm_readv(2) does not. Linux mm/memory.c access_process_vm, mm/process_vm_access.c. */

import { PAGE_MASK, PAGE_SIZE } from '../../cpu/ram.ts';
import { EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import { readIovec } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import type { Mm } from '../mm/mm.ts';
import type { Segment } from '../mm/user.ts';
import { hex32, pid, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { ptraceMayAccess } from '../task/access.ts';
import { taskByNumber } from '../task/find.ts';
import type { Task } from '../task/task.ts';

/** What stands at `address` as far as it is mapped, whatever may be done with it; shorter where a page is not. */
export function readForced(kernel: Kernel, mm: Mm, address: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const at = address + done;
    const frame = mm.forcedFrame(at, false);
    if (frame < 0) break;
    const n = Math.min(length - done, PAGE_SIZE - (at & PAGE_MASK));
    const from = at & PAGE_MASK;
    out.set(kernel.frames.bytes(frame).subarray(from, from + n), done);
    done += n;
  }
  return out.subarray(0, done);
}

/** Writes also where the task may not; private pages become its own. Returns the bytes that went. */
export function writeForced(kernel: Kernel, mm: Mm, address: number, data: Uint8Array): number {
  let done = 0;
  while (done < data.length) {
    const at = address + done;
    const frame = mm.forcedFrame(at, true);
    if (frame < 0) break;
    const n = Math.min(data.length - done, PAGE_SIZE - (at & PAGE_MASK));
    kernel.frames.bytes(frame).set(data.subarray(done, done + n), at & PAGE_MASK);
    kernel.frames.touched(frame);
    done += n;
  }
  return done;
}

interface VmCall {
  readonly pid: number;
  readonly local: number;
  readonly locals: number;
  readonly remote: number;
  readonly remotes: number;
  readonly flags: number;
  readonly write: boolean;
}

/** An iovec array; lengths beyond what fits are EINVAL. */
function readVector(task: Task, address: number, count: number): Segment[] | Result {
  const segments = readIovec(task, address, count);
  if (typeof segments === 'number') return segments;
  return segments.some(({ length }) => length >= 2 ** 31) ? -EINVAL : segments;
}

function processVm(kernel: Kernel, task: Task, call: VmCall): Result {
  if (call.flags !== 0) return -EINVAL;
  const local = readVector(task, call.local, call.locals);
  if (typeof local === 'number') return local;
  const room = local.reduce((sum, { length }) => sum + length, 0);
  if (room === 0) return 0;
  const remote = readVector(task, call.remote, call.remotes);
  if (typeof remote === 'number') return remote;
  if (remote.every(({ length }) => length === 0)) return 0;
  const target = taskByNumber(kernel, task, call.pid);
  if (target === null) return -ESRCH;
  if (!ptraceMayAccess(task, target, 'real')) return -EPERM;
  if (target.mm === null) return -ESRCH;
  const own = task.mm!.buffer(local);
  let moved = 0;
  for (const segment of remote) {
    const n = Math.min(segment.length, own.remaining);
    const went = n === 0 ? 0 : transfer(target.mm, own, { base: segment.base, length: n }, call.write);
    moved += went;
    if (went < n) return moved > 0 ? moved : -EFAULT;
  }
  return moved;
}

/** Moves one segment page by page, so that what comes before a fault counts. */
function transfer(mm: Mm, own: ReturnType<Mm['buffer']>, { base, length }: Segment, write: boolean): number {
  const theirs = mm.buffer([{ base, length }]);
  let moved = 0;
  while (moved < length) {
    const n = Math.min(length - moved, PAGE_SIZE - ((base + moved) & PAGE_MASK));
    const data = write ? own.take(n) : theirs.take(n);
    const went = data === null ? 0 : write ? theirs.put(data) : own.put(data);
    moved += went;
    if (went < n) break;
  }
  return moved;
}

const vmArgs = { pid, local_iov: ptr, liovcnt: u32, remote_iov: ptr, riovcnt: u32, flags: hex32 };
function vmRow(nr: number, name: string, write: boolean): Syscall {
  return syscall(nr, name, vmArgs, (kernel, task, a) =>
    processVm(kernel, task, {
      pid: a.pid,
      local: a.local_iov,
      locals: a.liovcnt,
      remote: a.remote_iov,
      remotes: a.riovcnt,
      flags: a.flags,
      write,
    }),
  );
}

export const memoryCalls: readonly Syscall[] = [
  vmRow(347, 'process_vm_readv', false),
  vmRow(348, 'process_vm_writev', true),
];
