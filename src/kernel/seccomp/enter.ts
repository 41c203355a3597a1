/** What seccomp makes of a system call that is about to be entered. Linux kernel/seccomp.c __secure_computing. */
import { ENOSYS } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { SIGKILL, SIGSYS } from '../signal/numbers.ts';
import { forceSignal, threadsOf } from '../signal/send.ts';
import { SIG_DFL } from '../signal/sighand.ts';
import { siginfo } from '../signal/siginfo.ts';
import { NO_RETURN, type Result } from '../syscall/define.ts';
import { exitTask } from '../task/exit.ts';
import type { Registers, Task } from '../task/task.ts';
import { DATA_SIZE } from './bpf.ts';
import { SECCOMP_RET } from './filter.ts';

export const SECCOMP_MODE_DISABLED = 0;
export const SECCOMP_MODE_STRICT = 1;
export const SECCOMP_MODE_FILTER = 2;

/** read, write, exit, sigreturn. */
const STRICT_CALLS: readonly number[] = [3, 4, 1, 119];
const AUDIT_ARCH_I386 = 0x4000_0003;
const SYS_SECCOMP = 1;
const MAX_ERRNO = 4095;

/** struct seccomp_data: number, architecture, 64-bit instruction pointer, six 64-bit arguments. */
function dataOf(regs: Registers, nr: number): Uint32Array {
  const data = new Uint32Array(DATA_SIZE / 4);
  data.set([nr, AUDIT_ARCH_I386, regs.eip]);
  for (const [i, arg] of [regs.ebx, regs.ecx, regs.edx, regs.esi, regs.edi, regs.ebp].entries()) data[4 + 2 * i] = arg;
  return data;
}

/** Null to go on with the call; else what becomes of it. */
export function secureComputing(kernel: Kernel, task: Task): Result | null {
  const nr = task.regs.origEax;
  if (task.seccompMode === SECCOMP_MODE_STRICT) {
    if (STRICT_CALLS.includes(nr)) return null;
    exitTask(kernel, task, SIGKILL);
    return NO_RETURN;
  }
  const verdict = task.seccomp?.run(dataOf(task.regs, nr));
  if (verdict === undefined) return null;
  switch (verdict.action) {
    case SECCOMP_RET.ALLOW:
    case SECCOMP_RET.LOG:
      return null;
    case SECCOMP_RET.ERRNO:
      return -Math.min(verdict.data, MAX_ERRNO);
    case SECCOMP_RET.TRACE:
    case SECCOMP_RET.USER_NOTIF:
      return -ENOSYS;
    case SECCOMP_RET.TRAP:
      return trap(task, nr, verdict.data);
    default:
      return killCaller(kernel, task, nr, verdict);
  }
}

/** SIGSYS that tells of the call, whose number stays in eax. */
function trap(task: Task, nr: number, data: number): Result {
  task.regs.eax = nr >>> 0;
  forceSignal(task, { ...siginfo(SIGSYS, SYS_SECCOMP, task.regs.eip, nr, AUDIT_ARCH_I386), errno: data });
  return NO_RETURN;
}

/** One of several threads ends alone unless the process is meant; SIGSYS cannot be caught. */
function killCaller(kernel: Kernel, task: Task, nr: number, verdict: { action: number; data: number }): Result {
  const living = threadsOf(task.signal, kernel.container.tasks).filter((thread) => thread.alive).length;
  if (verdict.action === SECCOMP_RET.KILL_THREAD && living > 1) {
    exitTask(kernel, task, SIGSYS);
    return NO_RETURN;
  }
  task.sighand.action(SIGSYS).handler = SIG_DFL;
  return trap(task, nr, verdict.data);
}
