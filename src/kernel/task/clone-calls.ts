/** fork(2), vfork(2), clone(2), clone3(2). */
import { E2BIG, EFAULT, EINVAL } from '../errno.ts';
import { copyIn } from '../fd/user.ts';
import type { Kernel } from '../kernel.ts';
import { CLONE_NEWTIME } from '../ns/kinds-of-ns.ts';
import { SIGCHLD } from '../signal/numbers.ts';
import { flagSet, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { type CloneCall, clone } from './clone.ts';
import { CLONE, CSIGNAL } from './clone-flags.ts';
import type { Task } from './task.ts';

const FORK: CloneCall = {
  flags: 0,
  exitSignal: SIGCHLD,
  stack: 0,
  parentTid: 0,
  tls: 0,
  childTid: 0,
  pidfd: 0,
  setTid: [],
  clearSighand: false,
};

/** clone(2): the exit signal is in the flags, and a pidfd goes where else the number would. */
function oldClone(kernel: Kernel, task: Task, raw: number, call: Partial<CloneCall>): Result {
  const flags = raw & ~CSIGNAL;
  if ((flags & CLONE.CLONE_PIDFD) !== 0 && (flags & CLONE.CLONE_PARENT_SETTID) !== 0) return -EINVAL;
  const { parentTid = 0 } = call;
  return clone(kernel, task, { ...FORK, ...call, flags, exitSignal: raw & CSIGNAL, pidfd: parentTid });
}

// struct clone_args, include/uapi/linux/sched.h: eleven 64-bit words, of which callers may know eight.
const ARGS_SIZE = 88;
const ARGS_SIZE_VER0 = 64;
const PAGE_SIZE = 4096;
const MAX_PID_NS_LEVEL = 32;
const NSIG = 64;
/** In the upper half of the flags. */
const CLEAR_SIGHAND = 1;
const INTO_CGROUP = 2;

function readArgs(task: Task, at: number, size: number): { words: bigint[] } | Result {
  if (size > PAGE_SIZE) return -E2BIG;
  if (size < ARGS_SIZE_VER0) return -EINVAL;
  const view = copyIn(task, at, size);
  if (view === null) return -EFAULT;
  for (let i = ARGS_SIZE; i < size; i++) if (view.getUint8(i) !== 0) return -E2BIG;
  return {
    words: Array.from({ length: ARGS_SIZE / 8 }, (_, i) => (8 * i + 8 <= size ? view.getBigUint64(8 * i, true) : 0n)),
  };
}

function readNumbers(task: Task, at: number, count: number): number[] | Result {
  if (count > MAX_PID_NS_LEVEL || (at === 0) !== (count === 0)) return -EINVAL;
  const view = count === 0 ? null : copyIn(task, at, 4 * count);
  if (count > 0 && view === null) return -EFAULT;
  return Array.from({ length: count }, (_, i) => view!.getInt32(4 * i, true));
}

function clone3(kernel: Kernel, task: Task, at: number, size: number): Result {
  if (task.wait !== null) return clone(kernel, task, FORK);
  const args = readArgs(task, at, size);
  if (typeof args === 'number') return args;
  const [flags64 = 0n, exitSignal = 0n] = [args.words[0], args.words[4]];
  const [pidfd, childTid, parentTid, , stack, stackSize, tls, setTidAt, setTidSize] = args.words
    .slice(1)
    .map((word) => Number(word)) as [number, number, number, number, number, number, number, number, number];
  if (setTidSize > MAX_PID_NS_LEVEL) return -EINVAL;
  if (exitSignal > BigInt(NSIG)) return -EINVAL;
  const [flags, upper] = [Number(flags64 & 0xffff_ffffn), Number(flags64 >> 32n)];
  if ((upper & INTO_CGROUP) !== 0 && size < ARGS_SIZE) return -EINVAL;
  const setTid = readNumbers(task, setTidAt, setTidSize);
  if (typeof setTid === 'number') return setTid;
  if (!validFlags(flags, upper, Number(exitSignal)) || !validStack(stack, stackSize)) return -EINVAL;
  return clone(kernel, task, {
    flags,
    exitSignal: Number(exitSignal),
    stack: stack === 0 ? 0 : stack + stackSize,
    parentTid,
    tls,
    childTid,
    pidfd,
    setTid,
    clearSighand: (upper & CLEAR_SIGHAND) !== 0,
  });
}

function validFlags(flags: number, upper: number, exitSignal: number): boolean {
  if ((upper & ~(CLEAR_SIGHAND | INTO_CGROUP)) !== 0 || (upper & INTO_CGROUP) !== 0) return false;
  if ((flags & (CLONE.CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME))) !== 0) return false;
  if ((flags & CLONE.CLONE_SIGHAND) !== 0 && (upper & CLEAR_SIGHAND) !== 0) return false;
  return (flags & (CLONE.CLONE_THREAD | CLONE.CLONE_PARENT)) === 0 || exitSignal === 0;
}

const TASK_SIZE = 0xc000_0000;

function validStack(stack: number, size: number): boolean {
  return stack === 0 ? size === 0 : size > 0 && stack + size <= TASK_SIZE;
}

export const cloneCalls: readonly Syscall[] = [
  syscall(2, 'fork', {}, (kernel, task) => clone(kernel, task, FORK)),
  syscall(
    120,
    'clone',
    { flags: flagSet({ ...CLONE, SIGCHLD }), child_stack: ptr, parent_tid: ptr, tls: ptr, child_tid: ptr },
    (kernel, task, a) =>
      oldClone(kernel, task, a.flags, {
        stack: a.child_stack,
        parentTid: a.parent_tid,
        tls: a.tls,
        childTid: a.child_tid,
      }),
  ),
  syscall(190, 'vfork', {}, (kernel, task) =>
    clone(kernel, task, { ...FORK, flags: CLONE.CLONE_VM | CLONE.CLONE_VFORK }),
  ),
  syscall(435, 'clone3', { cl_args: ptr, size: u32 }, (kernel, task, a) => clone3(kernel, task, a.cl_args, a.size)),
];
