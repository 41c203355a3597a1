/**
 * Signal frames on the user stack and the way back, byte for byte as Linux lays them out on i386.
 * Linux arch/x86/include/asm/sigframe.h, include/uapi/asm/sigcontext.h, kernel/signal_32.c, kernel/fpu/signal.c.
 */
import type { Kernel } from '../kernel.ts';
import { RT_SIGRETURN_TRAMPOLINE, SIGRETURN_TRAMPOLINE } from '../mm/layout.ts';
import { type Registers, type Task, USER_CS, USER_DS } from '../task/task.ts';
import { onAltstack, SS_AUTODISARM, SS_DISABLE } from './altstack.ts';
import { clearLegacyFpu, FPSTATE_SIZE, FPU_LEGACY_SIZE, readFpstate, writeFpstate } from './fpstate.ts';
import { SA_ONSTACK, SA_RESTORER, SA_SIGINFO } from './numbers.ts';
import type { SigAction } from './sighand.ts';
import { encodeSiginfo, type Siginfo } from './siginfo.ts';
import type { Sigset } from './sigset.ts';

/** struct sigcontext: offsets of its words. */
const SC = {
  gs: 0,
  fs: 4,
  es: 8,
  ds: 12,
  edi: 16,
  esi: 20,
  ebp: 24,
  esp: 28,
  ebx: 32,
  edx: 36,
  ecx: 40,
  eax: 44,
  trapno: 48,
  err: 52,
  eip: 56,
  cs: 60,
  eflags: 64,
  espAtSignal: 68,
  ss: 72,
  fpstate: 76,
  oldmask: 80,
  cr2: 84,
} as const;
const SIGCONTEXT_SIZE = 88;

/** struct sigframe_ia32: pretcode, sig, sigcontext, unused fpstate, extramask, retcode. */
const FRAME_CONTEXT = 8;
const FRAME_EXTRAMASK = FRAME_CONTEXT + SIGCONTEXT_SIZE + FPSTATE_SIZE;
const FRAME_RETCODE = FRAME_EXTRAMASK + 4;
const FRAME_SIZE = FRAME_RETCODE + 8;
/** struct rt_sigframe_ia32: pretcode, sig, pinfo, puc, siginfo, ucontext, retcode. */
const RT_INFO = 16;
const RT_UCONTEXT = RT_INFO + 128;
const UC_STACK = 8;
const UC_CONTEXT = 20;
const UC_SIGMASK = UC_CONTEXT + SIGCONTEXT_SIZE;
const RT_RETCODE = RT_UCONTEXT + UC_SIGMASK + 8;
const RT_SIZE = RT_RETCODE + 8;

/** The markers that gdb looks for: `pop %eax; mov $119,%eax; int $0x80` and `mov $173,%eax; int $0x80`. */
const RETCODE = [0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80];
const RT_RETCODE_BYTES = [0xb8, 0xad, 0, 0, 0, 0xcd, 0x80, 0];

// EFLAGS bits, SDM vol. 1, 3.4.3
const TF = 0x100;
const DF = 0x400;
const RF = 0x10000;
/** What sigreturn may change: CF PF AF ZF SF TF DF OF RF AC (Linux FIX_EFLAGS). */
const FIX_EFLAGS = 0x0001 | 0x0004 | 0x0010 | 0x0040 | 0x0080 | TF | DF | 0x0800 | RF | 0x40000;

/** Requested privilege level of a user selector. */
const RPL_3 = 3;

const PLAIN_REGISTERS = ['edi', 'esi', 'ebp', 'ebx', 'edx', 'ecx', 'eax', 'eip'] as const;
const DATA_SEGMENTS = ['gs', 'fs', 'es', 'ds'] as const;

/**
 * Builds the handler's frame and points the registers at the handler.
 * @param mask the mask that sigreturn puts back
 * @returns false when the frame cannot be written, which becomes SIGSEGV
 */
export function setupFrame(kernel: Kernel, task: Task, action: SigAction, info: Siginfo, mask: Sigset): boolean {
  const rt = (action.flags & SA_SIGINFO) !== 0;
  const size = rt ? RT_SIZE : FRAME_SIZE;
  const place = framePlace(task, action, size);
  if (place === null) return false;
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  const restorer = (action.flags & SA_RESTORER) !== 0;
  view.setUint32(0, restorer ? action.restorer : rt ? RT_SIGRETURN_TRAMPOLINE : SIGRETURN_TRAMPOLINE, true);
  view.setUint32(4, info.signo, true);
  if (rt) fillRtFrame(task, frame, view, place, info, mask);
  else fillFrame(task, frame, view, place, mask);
  kernel.sched.saveFpu(task);
  const mm = task.mm;
  if (mm === null || !mm.writeBytes(place.fpstate, writeFpstate(task.fpu)) || !mm.writeBytes(place.frame, frame)) {
    return false;
  }
  enterHandler(kernel, task, action, info.signo, place.frame, rt);
  return true;
}

interface Place {
  readonly frame: number;
  readonly fpstate: number;
}

/** Linux get_sigframe: on the alternate stack if asked for, FPU state above, the frame 16-byte aligned as after a call. */
function framePlace(task: Task, action: SigAction, size: number): Place | null {
  const { altstack, regs } = task;
  const nested = onAltstack(task, regs.esp);
  let sp = regs.esp;
  if ((action.flags & SA_ONSTACK) !== 0) {
    if (altstack.size !== 0 && !nested) sp = altstack.sp + altstack.size;
  } else if (!nested && regs.ss !== USER_DS && (action.flags & SA_RESTORER) === 0 && action.restorer !== 0) {
    // The ancient way to switch stacks.
    sp = action.restorer;
  }
  const fpstate = (((sp - 512) & ~63) >>> 0) - FPU_LEGACY_SIZE;
  const frame = (((fpstate - size + 4) & ~15) >>> 0) - 4;
  if (frame < 0 || fpstate < 0) return null;
  // An overflow of the alternate stack must not run into what lies below it.
  if (nested && !onAltstack(task, frame)) return null;
  return { frame, fpstate };
}

function fillFrame(task: Task, frame: Uint8Array, view: DataView, place: Place, mask: Sigset): void {
  putContext(task, view, FRAME_CONTEXT, place.fpstate, mask);
  view.setUint32(FRAME_EXTRAMASK, mask.hi, true);
  frame.set(RETCODE, FRAME_RETCODE);
}

function fillRtFrame(task: Task, frame: Uint8Array, view: DataView, place: Place, info: Siginfo, mask: Sigset): void {
  view.setUint32(8, place.frame + RT_INFO, true);
  view.setUint32(12, place.frame + RT_UCONTEXT, true);
  frame.set(encodeSiginfo(info), RT_INFO);
  const { altstack } = task;
  view.setUint32(RT_UCONTEXT + UC_STACK, altstack.sp, true);
  view.setUint32(RT_UCONTEXT + UC_STACK + 4, altstack.flags, true);
  view.setUint32(RT_UCONTEXT + UC_STACK + 8, altstack.size, true);
  putContext(task, view, RT_UCONTEXT + UC_CONTEXT, place.fpstate, mask);
  view.setUint32(RT_UCONTEXT + UC_SIGMASK, mask.lo, true);
  view.setUint32(RT_UCONTEXT + UC_SIGMASK + 4, mask.hi, true);
  frame.set(RT_RETCODE_BYTES, RT_RETCODE);
}

function putContext(task: Task, view: DataView, at: number, fpstate: number, mask: Sigset): void {
  const { regs, trap } = task;
  const put = (offset: number, value: number): void => view.setUint32(at + offset, value, true);
  for (const name of PLAIN_REGISTERS) put(SC[name], regs[name]);
  for (const name of DATA_SEGMENTS) put(SC[name], regs[name]);
  put(SC.cs, regs.cs);
  put(SC.ss, regs.ss);
  put(SC.esp, regs.esp);
  put(SC.espAtSignal, regs.esp);
  put(SC.eflags, regs.eflags);
  put(SC.trapno, trap.number);
  put(SC.err, trap.error);
  put(SC.cr2, trap.cr2);
  put(SC.fpstate, fpstate);
  put(SC.oldmask, mask.lo);
}

function enterHandler(kernel: Kernel, task: Task, action: SigAction, sig: number, frame: number, rt: boolean): void {
  const { regs, altstack } = task;
  if ((altstack.flags & SS_AUTODISARM) !== 0) Object.assign(altstack, { sp: 0, size: 0, flags: SS_DISABLE });
  regs.esp = frame;
  regs.eip = action.handler;
  regs.eax = sig;
  regs.edx = rt ? frame + RT_INFO : 0;
  regs.ecx = rt ? frame + RT_UCONTEXT : 0;
  regs.ds = regs.es = regs.ss = USER_DS;
  regs.cs = USER_CS;
  regs.eflags = (regs.eflags & ~(TF | DF | RF)) >>> 0;
  clearLegacyFpu(kernel, task);
}

/** What sigreturn found. */
export interface Returned {
  readonly mask: Sigset;
}

/** sigreturn(2): esp points behind pretcode and sig, which the handler and the trampoline took. Null: SIGSEGV. */
export function restoreFrame(kernel: Kernel, task: Task): Returned | null {
  const frame = task.mm?.readBytes((task.regs.esp - 8) >>> 0, FRAME_SIZE) ?? null;
  if (frame === null) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, FRAME_SIZE);
  const mask = {
    lo: view.getUint32(FRAME_CONTEXT + SC.oldmask, true),
    hi: view.getUint32(FRAME_EXTRAMASK, true),
  };
  return takeContext(kernel, task, view, FRAME_CONTEXT) ? { mask } : null;
}

/** rt_sigreturn(2); the alternate stack's settings come back too. Null: SIGSEGV. */
export function restoreRtFrame(kernel: Kernel, task: Task): Returned | null {
  const frame = task.mm?.readBytes((task.regs.esp - 4) >>> 0, RT_SIZE) ?? null;
  if (frame === null) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, RT_SIZE);
  const word = (at: number): number => view.getUint32(RT_UCONTEXT + at, true);
  const stack = { sp: word(UC_STACK), flags: word(UC_STACK + 4), size: word(UC_STACK + 8) };
  if (!takeContext(kernel, task, view, RT_UCONTEXT + UC_CONTEXT)) return null;
  const usable = (stack.flags & ~SS_AUTODISARM) === 0 && stack.size >= 2048;
  if (!onAltstack(task, task.regs.esp) && (usable || stack.flags === SS_DISABLE)) task.altstack = stack;
  return { mask: { lo: word(UC_SIGMASK), hi: word(UC_SIGMASK + 4) } };
}

/** Registers from a sigcontext, checked as Linux checks them: user selectors, harmless flags. */
function takeContext(kernel: Kernel, task: Task, view: DataView, at: number): boolean {
  const get = (offset: number): number => view.getUint32(at + offset, true);
  const regs: Registers = { ...task.regs };
  for (const name of PLAIN_REGISTERS) regs[name] = get(SC[name]);
  for (const name of DATA_SEGMENTS) regs[name] = get(SC[name]) & 0xffff;
  regs.esp = get(SC.esp);
  // The low bits say ring 3 whatever the frame says, so that no kernel selector gets in.
  regs.cs = (get(SC.cs) & 0xffff) | RPL_3;
  regs.ss = (get(SC.ss) & 0xffff) | RPL_3;
  // A null code or stack segment would fault at the first instruction: it never gets into the task.
  const runnable = regs.cs !== RPL_3 && regs.ss !== RPL_3;
  if (!runnable) {
    regs.cs = USER_CS;
    regs.ss = USER_DS;
  }
  regs.eflags = ((regs.eflags & ~FIX_EFLAGS) | (get(SC.eflags) & FIX_EFLAGS)) >>> 0;
  regs.origEax = -1;
  if (!readFpstate(kernel, task, get(SC.fpstate))) return false;
  task.regs = regs;
  return runnable;
}
