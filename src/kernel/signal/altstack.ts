/** The alternate signal stack, sigaltstack(2). Linux kernel/signal.c do_sigaltstack. */
import { EFAULT, EINVAL, ENOMEM, EPERM } from '../errno.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x8000_0000;
const MINSIGSTKSZ = 2048;

/** Whether `sp` lies on the alternate stack; never while that disarms itself. */
export function onAltstack(task: Task, sp: number): boolean {
  const { altstack } = task;
  if ((altstack.flags & SS_AUTODISARM) !== 0) return false;
  return sp > altstack.sp && sp - altstack.sp <= altstack.size;
}

/** sigaltstack(2): `ss` and `old` are addresses of stack_t (sp, flags, size) or 0. */
export function sigaltstack(task: Task, ss: number, old: number): Result {
  const mm = task.mm;
  if (mm === null) return -EFAULT;
  const before = { ...task.altstack };
  if (ss !== 0) {
    const words = [mm.get32(ss), mm.get32(ss + 4), mm.get32(ss + 8)];
    const [sp, flags, size] = words;
    if (sp == null || flags == null || size == null) return -EFAULT;
    const error = setAltstack(task, sp >>> 0, flags >>> 0, size >>> 0);
    if (error !== 0) return error;
  }
  if (old === 0) return 0;
  const mode = before.size === 0 ? SS_DISABLE : onAltstackOf(before, task.regs.esp) ? SS_ONSTACK : 0;
  const flags = mode | (before.flags & SS_AUTODISARM);
  return mm.put32(old, before.sp) && mm.put32(old + 4, flags) && mm.put32(old + 8, before.size) ? 0 : -EFAULT;
}

function onAltstackOf(stack: { sp: number; flags: number; size: number }, sp: number): boolean {
  return (stack.flags & SS_AUTODISARM) === 0 && sp > stack.sp && sp - stack.sp <= stack.size;
}

function setAltstack(task: Task, sp: number, flags: number, size: number): Result {
  if (onAltstack(task, task.regs.esp)) return -EPERM;
  const mode = (flags & ~SS_AUTODISARM) >>> 0;
  if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) return -EINVAL;
  if (mode === SS_DISABLE) {
    task.altstack = { sp: 0, flags, size: 0 };
    return 0;
  }
  if (size < MINSIGSTKSZ) return -ENOMEM;
  task.altstack = { sp, flags, size };
  return 0;
}
