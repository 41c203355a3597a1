/** Tracing: object kinds and system calls. */

import { ESRCH } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { KindClass } from '../kobject/kobject.ts';
import { choice, hex32, pid, ptr } from '../syscall/args.ts';
import { type Result, type Syscall, syscall } from '../syscall/define.ts';
import { taskByNumber } from '../task/find.ts';
import type { Task } from '../task/task.ts';
import { attach, traceMe } from './attach.ts';
import { kcmpCall } from './kcmp.ts';
import { memoryCalls } from './memory.ts';
import { PTRACE, runRequest } from './requests.ts';
import { Trace } from './trace.ts';

interface PtraceCall {
  readonly request: number;
  readonly pid: number;
  readonly addr: number;
  readonly data: number;
}

function ptrace(kernel: Kernel, task: Task, { request, pid, addr, data }: PtraceCall): Result {
  if (request === PTRACE.PTRACE_TRACEME) return traceMe(task);
  const target = taskByNumber(kernel, task, pid);
  if (target === null) return -ESRCH;
  if (request === PTRACE.PTRACE_ATTACH || request === PTRACE.PTRACE_SEIZE) {
    return attach(kernel, task, target, { seize: request === PTRACE.PTRACE_SEIZE, addr, options: data });
  }
  return runRequest(kernel, task, target, request, addr, data);
}

export const ptraceKinds: readonly KindClass[] = [Trace];

export const ptraceCalls: readonly Syscall[] = [
  syscall(26, 'ptrace', { request: choice(PTRACE), pid, addr: ptr, data: hex32 }, ptrace),
  kcmpCall,
  ...memoryCalls,
];
