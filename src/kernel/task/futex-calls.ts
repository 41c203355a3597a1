/** futex(2), robust lists. */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { type Arg, pid, ptr, u32 } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { CLOCK } from '../time/clocks.ts';
import { readDeadline } from '../time/sleep.ts';
import type { TimeWidth } from '../time/timespec.ts';
import { ptraceMayAccess } from './access.ts';
import { taskByNumber } from './find.ts';
import {
  FUTEX_CLOCK_REALTIME,
  FUTEX_LOCK_PI,
  FUTEX_LOCK_PI2,
  FUTEX_PRIVATE_FLAG,
  FUTEX_WAIT,
  FUTEX_WAIT_BITSET,
  FUTEX_WAIT_REQUEUE_PI,
  futex,
  futexCommand,
  takesTimeout,
} from './futex.ts';
import { waitvCall } from './futex-waitv.ts';
import { ROBUST_HEAD_SIZE } from './robust.ts';
import type { Task } from './task.ts';

const ENOSYS = 38;
const COMMAND_NAMES = (
  'FUTEX_WAIT FUTEX_WAKE FUTEX_FD FUTEX_REQUEUE FUTEX_CMP_REQUEUE FUTEX_WAKE_OP FUTEX_LOCK_PI FUTEX_UNLOCK_PI ' +
  'FUTEX_TRYLOCK_PI FUTEX_WAIT_BITSET FUTEX_WAKE_BITSET FUTEX_WAIT_REQUEUE_PI FUTEX_CMP_REQUEUE_PI FUTEX_LOCK_PI2'
).split(' ');

/** As strace prints it: `FUTEX_WAIT_PRIVATE`. */
const futexOp: Arg<number> = {
  decode: (raw) => ({ value: raw | 0 }),
  show: (raw) => {
    const name = COMMAND_NAMES[futexCommand(raw)] ?? `0x${futexCommand(raw).toString(16)}`;
    const flags =
      (raw & FUTEX_PRIVATE_FLAG ? '_PRIVATE' : '') + (raw & FUTEX_CLOCK_REALTIME ? '|FUTEX_CLOCK_REALTIME' : '');
    return name + flags;
  },
};

/** FUTEX_WAIT's timeout is relative; the others' are absolute. FUTEX_LOCK_PI always takes the wall clock. */
function deadline(
  kernel: Kernel,
  task: Task,
  op: number,
  address: number,
  width: TimeWidth,
): { deadline: number | null } | number {
  if (!takesTimeout(op) || address === 0 || task.wait !== null) return { deadline: null };
  const command = futexCommand(op);
  const wall = (op & FUTEX_CLOCK_REALTIME) !== 0 || command === FUTEX_LOCK_PI;
  return readDeadline(kernel, task, address, {
    clock: wall ? CLOCK.CLOCK_REALTIME : CLOCK.CLOCK_MONOTONIC,
    absolute: command !== FUTEX_WAIT,
    width,
  });
}

const CLOCK_COMMANDS: readonly number[] = [FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2];

function futexRow(nr: number, name: string, width: TimeWidth): Syscall {
  const args = { uaddr: ptr, op: futexOp, val: u32, timeout: ptr, uaddr2: ptr, val3: u32 };
  return syscall(nr, name, args, (kernel, task, a) => {
    const time = deadline(kernel, task, a.op, a.timeout, width);
    if (typeof time === 'number') return time;
    if ((a.op & FUTEX_CLOCK_REALTIME) !== 0 && !CLOCK_COMMANDS.includes(futexCommand(a.op))) return -ENOSYS;
    return futex(kernel, task, {
      address: a.uaddr,
      op: a.op,
      value: a.val,
      deadline: time.deadline,
      value2: a.timeout,
      address2: a.uaddr2,
      value3: a.val3,
    });
  });
}

function setRobustList(task: Task, head: number, size: number): Result {
  if (size !== ROBUST_HEAD_SIZE) return -EINVAL;
  task.robustList = head;
  return 0;
}

function getRobustList(kernel: Kernel, task: Task, tid: number, head: number, size: number): Result {
  const target = tid === 0 ? task : taskByNumber(kernel, task, tid);
  if (target === null) return -ESRCH;
  if (!ptraceMayAccess(task, target, 'real')) return -EPERM;
  return task.mm!.put32(size, ROBUST_HEAD_SIZE) && task.mm!.put32(head, target.robustList) ? 0 : -EFAULT;
}

export const futexCalls: readonly Syscall[] = [
  futexRow(240, 'futex', 32),
  syscall(311, 'set_robust_list', { head: ptr, len: u32 }, (_kernel, task, a) => setRobustList(task, a.head, a.len)),
  syscall(312, 'get_robust_list', { pid, head_ptr: ptr, len_ptr: ptr }, (kernel, task, a) =>
    getRobustList(kernel, task, a.pid, a.head_ptr, a.len_ptr),
  ),
  futexRow(422, 'futex_time64', 64),
  waitvCall,
];
