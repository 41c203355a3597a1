/** Register sets: PTRACE_GETREGSET and what the older requests share with it. Linux arch/x86/kernel/ptrace.c x86_32_regsets. */
import { MXCSR_MASK } from '../../cpu/x87/fpu.ts';
import { EINVAL, ENODEV, ENXIO, EOPNOTSUPP } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import { legacyOf, withLegacy } from '../signal/fpstate.ts';
import type { Result } from '../syscall/define.ts';
import { decodeDescriptor, USER_DESC_SIZE, userDescriptorIn } from '../task/descriptor.ts';
import { GDT_ENTRY_TLS_ENTRIES, GDT_ENTRY_TLS_MIN, type Task } from '../task/task.ts';
import { setTlsEntry } from '../task/tls.ts';
import { setUserRegisters, USER_REGS, userRegisters } from './user.ts';

// include/uapi/linux/elf.h
export const NT_PRSTATUS = 1;
export const NT_PRFPREG = 2;
export const NT_PRXFPREG = 0x46e6_2b7f;
export const NT_386_TLS = 0x200;
const NT_386_IOPERM = 0x201;
const NT_X86_XSTATE = 0x202;

/** FSAVE's bytes. */
export const FSAVE_SIZE = 108;
export const FXSAVE_SIZE = 512;
const FX_MXCSR = 24;
const FX_MXCSR_MASK = 28;

export interface RegisterSet {
  /** Bytes of an element; sizes asked for are multiples. */
  readonly size: number;
  readonly count: number;
  get(kernel: Kernel, task: Task): Uint8Array | Result;
  /** `data` is a whole number of elements from the first on. */
  set(kernel: Kernel, task: Task, data: Uint8Array): Result;
}

/** The x87 registers in FSAVE's layout. */
export function fpRegisters(kernel: Kernel, task: Task): Uint8Array {
  kernel.sched.saveFpu(task);
  return legacyOf(task.fpu);
}

function setFpRegisters(kernel: Kernel, task: Task, data: Uint8Array): Result {
  const whole = fpRegisters(kernel, task).slice();
  whole.set(data);
  task.fpu = withLegacy(task.fpu, whole);
  kernel.sched.fpuChanged(task);
  return 0;
}

/** All of x87 and SSE in FXSAVE's layout. */
export function fxRegisters(kernel: Kernel, task: Task): Uint8Array {
  kernel.sched.saveFpu(task);
  const out = task.fpu.slice();
  new DataView(out.buffer).setUint32(FX_MXCSR_MASK, MXCSR_MASK, true);
  return out;
}

function setFxRegisters(kernel: Kernel, task: Task, data: Uint8Array): Result {
  if (data.length !== FXSAVE_SIZE) return -EINVAL;
  const view = new DataView(data.buffer, data.byteOffset, FXSAVE_SIZE);
  if ((view.getUint32(FX_MXCSR, true) & ~MXCSR_MASK) !== 0) return -EINVAL;
  task.fpu = data.slice();
  kernel.sched.fpuChanged(task);
  return 0;
}

/** struct user_desc of each TLS entry. */
export function tlsEntries(task: Task): Uint8Array {
  const out = new Uint8Array(USER_DESC_SIZE * GDT_ENTRY_TLS_ENTRIES);
  for (let slot = 0; slot < GDT_ENTRY_TLS_ENTRIES; slot++) {
    const words = [task.tls[2 * slot]!, task.tls[2 * slot + 1]!] as const;
    out.set(decodeDescriptor(GDT_ENTRY_TLS_MIN + slot, words), USER_DESC_SIZE * slot);
  }
  return out;
}

function setTlsEntries(kernel: Kernel, task: Task, data: Uint8Array): Result {
  for (let at = 0; at < data.length; at += USER_DESC_SIZE) {
    const descriptor = userDescriptorIn(data.subarray(at, at + USER_DESC_SIZE));
    const error = setTlsEntry(task, descriptor, GDT_ENTRY_TLS_MIN + at / USER_DESC_SIZE);
    if (error !== 0) return error;
  }
  kernel.sched.descriptorsChanged(task);
  return 0;
}

const SETS: ReadonlyMap<number, RegisterSet> = new Map<number, RegisterSet>([
  [
    NT_PRSTATUS,
    {
      size: 4,
      count: USER_REGS,
      get: (_kernel, task) => userRegisters(task),
      set: (_kernel, task, data) => setUserRegisters(task, data),
    },
  ],
  [NT_PRFPREG, { size: 4, count: FSAVE_SIZE / 4, get: fpRegisters, set: setFpRegisters }],
  [NT_PRXFPREG, { size: 4, count: FXSAVE_SIZE / 4, get: fxRegisters, set: setFxRegisters }],
  [
    NT_386_TLS,
    {
      size: USER_DESC_SIZE,
      count: GDT_ENTRY_TLS_ENTRIES,
      get: (_kernel, task) => tlsEntries(task),
      set: setTlsEntries,
    },
  ],
  // No XSAVE, and no task that ever had ports.
  [NT_X86_XSTATE, { size: 8, count: 0, get: () => -ENODEV, set: () => -ENODEV }],
  [NT_386_IOPERM, { size: 4, count: 2048, get: () => -ENXIO, set: () => -EOPNOTSUPP }],
]);

export function registerSet(type: number): RegisterSet | undefined {
  return SETS.get(type >>> 0);
}
