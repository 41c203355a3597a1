/** Exceptions of the processor as signals. Linux arch/x86/kernel/traps.c, arch/x86/mm/fault.c. */
import { BREAK_EXECUTE, breakpointOf, DEBUG_REGISTERS, DR6_BREAKPOINTS, DR6_BS } from '../../cpu/debug.ts';
import { AC, BP, BR, DB, DE, GP, MF, NP, OF, PF, STACK_FAULT, UD, XM } from '../../cpu/fault.ts';
import { RF } from '../../cpu/flags.ts';
import type { Kernel } from '../kernel.ts';
import { TASK_SIZE } from '../mm/layout.ts';
import { exitGroup } from '../task/exit.ts';
import type { Task } from '../task/task.ts';
import {
  BUS_ADRALN,
  BUS_ADRERR,
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGSEGV,
  SIGTRAP,
  TRAP_BRKPT,
  TRAP_HWBKPT,
  TRAP_TRACE,
} from './numbers.ts';
import { forceSignal } from './send.ts';
import { SI_KERNEL, siginfo } from './siginfo.ts';

interface Trap {
  readonly signal: number;
  readonly code: number;
  /** si_addr is the faulting instruction; otherwise there is none. */
  readonly at: boolean;
}

const TRAPS = new Map<number, Trap>([
  [DE, { signal: SIGFPE, code: FPE_INTDIV, at: true }],
  [BP, { signal: SIGTRAP, code: SI_KERNEL, at: false }],
  [OF, { signal: SIGSEGV, code: SI_KERNEL, at: false }],
  [BR, { signal: SIGSEGV, code: SI_KERNEL, at: false }],
  [UD, { signal: SIGILL, code: ILL_ILLOPN, at: true }],
  [NP, { signal: SIGBUS, code: SI_KERNEL, at: false }],
  [STACK_FAULT, { signal: SIGBUS, code: SI_KERNEL, at: false }],
  [GP, { signal: SIGSEGV, code: SI_KERNEL, at: false }],
  [AC, { signal: SIGBUS, code: BUS_ADRALN, at: false }],
]);

/** The protection bit, which Linux sets for every address that is not the task's so that the kernel's layout does not show. */
const PF_PROT = 1;

/** Turns the exception that ended a run into a mapped page or a signal. */
export function raiseException(kernel: Kernel, task: Task): void {
  const { vector, errorCode } = kernel.cpu;
  if (vector === PF) {
    pageFault(kernel, task, kernel.cpu.cr2, errorCode);
    return;
  }
  task.trap.number = vector;
  task.trap.error = errorCode;
  if (vector === MF || vector === XM) {
    floatingPoint(kernel, task, vector);
    return;
  }
  if (vector === DB) {
    debugException(task, kernel.cpu.debug.status);
    return;
  }
  const trap = TRAPS.get(vector) ?? { signal: SIGSEGV, code: SI_KERNEL, at: false };
  const fields = trap.at ? [task.regs.eip] : [0];
  forceSignal(task, siginfo(trap.signal, trap.code, ...fields));
}

/** Linux exc_debug_user, get_si_code; `status` holds the new bits of DR6, none when INT1 raised it. */
function debugException(task: Task, status: number): void {
  task.debug.dr6 = status;
  for (let n = 0; n < DEBUG_REGISTERS; n++) {
    // Linux hw_breakpoint_handler: the instruction under an execution breakpoint can then be gone on with.
    const executed = (status & (1 << n)) !== 0 && breakpointOf(task.debug.dr7, n).type === BREAK_EXECUTE;
    if (executed) task.regs.eflags = (task.regs.eflags | RF) >>> 0;
  }
  const code = (status & DR6_BS) !== 0 ? TRAP_TRACE : (status & DR6_BREAKPOINTS) !== 0 ? TRAP_HWBKPT : TRAP_BRKPT;
  forceSignal(task, siginfo(SIGTRAP, code, task.regs.eip));
}

function pageFault(kernel: Kernel, task: Task, address: number, code: number): void {
  const outcome = task.mm!.fault(address, code);
  if (outcome === 'ok') {
    task.used.minflt++;
    task.signal.used.minflt++;
    return;
  }
  if (outcome === 'oom') {
    exitGroup(kernel, task, SIGKILL);
    return;
  }
  task.trap.number = PF;
  task.trap.error = address >= TASK_SIZE ? code | PF_PROT : code;
  task.trap.cr2 = address;
  if (outcome === 'bus') forceSignal(task, siginfo(SIGBUS, BUS_ADRERR, address));
  else forceSignal(task, siginfo(SIGSEGV, outcome === 'accerr' ? SEGV_ACCERR : SEGV_MAPERR, address));
}

/** Exception bits of x87 and SSE in the order that decides si_code. SDM vol. 1, 8.5 and 11.5; Linux fpu__exception_code. */
const FPE_CODES: readonly (readonly [bits: number, code: number])[] = [
  [0x01, FPE_FLTINV],
  [0x04, FPE_FLTDIV],
  [0x08, FPE_FLTOVF],
  [0x12, FPE_FLTUND],
  [0x20, FPE_FLTRES],
];

/** MXCSR in an FXSAVE image, and the distance of its masks from its flags. */
const FX_MXCSR = 24;
const MXCSR_MASK_SHIFT = 7;

function floatingPoint(kernel: Kernel, task: Task, vector: number): void {
  kernel.sched.saveFpu(task);
  const word = (at: number): number => task.fpu[at]! | (task.fpu[at + 1]! << 8);
  const status = word(vector === MF ? 2 : FX_MXCSR);
  const control = vector === MF ? word(0) : status >>> MXCSR_MASK_SHIFT;
  const unmasked = status & ~control & 0x3f;
  const code = FPE_CODES.find(([bits]) => (unmasked & bits) !== 0)?.[1];
  if (code !== undefined) forceSignal(task, siginfo(SIGFPE, code, task.regs.eip));
}
