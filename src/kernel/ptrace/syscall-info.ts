/** PTRACE_GET_SYSCALL_INFO. Linux kernel/ptrace.c, include/uapi/linux/ptrace.h struct ptrace_syscall_info. */
import { EFAULT } from '../errno.ts';
import { SIGTRAP } from '../signal/numbers.ts';
import type { Result } from '../syscall/define.ts';
import { callArguments } from '../syscall/dispatch.ts';
import type { Task } from '../task/task.ts';
import { EVENTMSG_SYSCALL_ENTRY, EVENTMSG_SYSCALL_EXIT, PTRACE_EVENT } from './trace.ts';

const AUDIT_ARCH_I386 = 0x4000_0003;
const MAX_ERRNO = 4095;

const OP_NONE = 0;
const OP_ENTRY = 1;
const OP_EXIT = 2;
const OP_SECCOMP = 3;
/** Bytes that count, by operation. */
const SIZES = [24, 80, 33, 84];
const UNION = 24;

function operationOf(task: Task): number {
  const { info, message } = task.trace!;
  if (info?.code === (SIGTRAP | 0x80)) {
    if (message === EVENTMSG_SYSCALL_ENTRY) return OP_ENTRY;
    return message === EVENTMSG_SYSCALL_EXIT ? OP_EXIT : OP_NONE;
  }
  return info?.code === (SIGTRAP | (PTRACE_EVENT.SECCOMP << 8)) ? OP_SECCOMP : OP_NONE;
}

/** Copies as much as `size` allows; the result is how much there is. */
export function getSyscallInfo(tracer: Task, task: Task, size: number, to: number): Result {
  const { regs } = task;
  const op = operationOf(task);
  const out = new DataView(new ArrayBuffer(SIZES[OP_SECCOMP]!));
  const put64 = (at: number, value: number): void => out.setBigUint64(at, BigInt(value), true);
  out.setUint8(0, op);
  out.setUint32(4, AUDIT_ARCH_I386, true);
  put64(8, regs.eip);
  put64(16, regs.esp);
  if (op === OP_ENTRY || op === OP_SECCOMP) {
    out.setBigInt64(UNION, BigInt(regs.origEax), true);
    for (const [i, value] of callArguments(regs).entries()) put64(UNION + 8 + 8 * i, value >>> 0);
    if (op === OP_SECCOMP) out.setUint32(UNION + 56, task.trace!.message, true);
  } else if (op === OP_EXIT) {
    const value = regs.eax | 0;
    const failed = value < 0 && value >= -MAX_ERRNO;
    out.setBigInt64(UNION, BigInt(value), true);
    out.setUint8(UNION + 8, failed ? 1 : 0);
  }
  const bytes = new Uint8Array(out.buffer, 0, Math.min(size, SIZES[op]!));
  return tracer.mm!.writeBytes(to, bytes) ? SIZES[op]! : -EFAULT;
}
