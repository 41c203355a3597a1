/** PTRACE_SINGLESTEP: TF in the task's eflags, hidden from its tracer unless the program set it. Linux arch/x86/kernel/step.c. */
import { TF } from '../../cpu/flags.ts';
import type { Task } from '../task/task.ts';
import { traceOf } from './trace.ts';

const POPF = 0x9d;
const IRET = 0xcf;
/** Segment overrides, operand and address size, LOCK, REPNE, REP. */
const PREFIXES: ReadonlySet<number> = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
/** Bytes of an instruction, prefixes and all. */
const LONGEST = 15;

/** Whether the next instruction loads TF itself: then what it leaves there is the program's. */
function loadsTf(task: Task): boolean {
  const { mm, regs } = task;
  for (let i = 0; i < LONGEST; i++) {
    const at = (regs.eip + i) >>> 0;
    const byte = mm?.readBytes(at, 1)?.[0];
    if (byte === undefined) return false;
    if (byte === POPF || byte === IRET) return true;
    if (!PREFIXES.has(byte)) return false;
  }
  return false;
}

/** The traced task stops after one instruction, or at the end of a system call. */
export function startStepping(task: Task): void {
  const trace = traceOf(task);
  if (trace === null) return;
  const had = (task.regs.eflags & TF) !== 0;
  trace.step = true;
  task.regs.eflags = (task.regs.eflags | TF) >>> 0;
  if (loadsTf(task)) trace.ownsTf = false;
  else if (!had) trace.ownsTf = true;
}

/** Ends single steps and takes the tracer's TF away; whether the task was being stepped. */
export function stopStepping(task: Task): boolean {
  const trace = traceOf(task);
  if (trace === null) return false;
  const { step } = trace;
  if (trace.ownsTf) task.regs.eflags = (task.regs.eflags & ~TF) >>> 0;
  trace.step = trace.ownsTf = false;
  return step;
}
