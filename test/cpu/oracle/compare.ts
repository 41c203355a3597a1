/** Whether the emulated outcome of a case is the native one. */
import type { Form } from '../../../src/cpu/forms.ts';
import type { Outcome } from './replay.ts';

const FLAG_BITS: Readonly<Record<string, number>> = { O: 0x800, S: 0x80, Z: 0x40, A: 0x10, P: 4, C: 1 };
const COMPARED_FLAGS = 0xcd5;
const PAGE_FAULT = 14;
/** P, W and U: hosts add the bit for instruction fetches. */
const PAGE_FAULT_CODE = 7;

/** EFLAGS bits whose value after an instruction of this form is defined. */
export function definedFlags(form: Form): number {
  let mask = COMPARED_FLAGS;
  for (const letter of form.row.undef) mask &= ~(FLAG_BITS[letter] ?? 0);
  return mask;
}

const hex = (n: number): string => (n >>> 0).toString(16);

/** The first difference in words, or null. */
export function difference(form: Form, native: Outcome, ours: Outcome, flagMask = definedFlags(form)): string | null {
  if (native.vector !== ours.vector) return `vector ${native.vector}, ours ${ours.vector}`;
  if (native.vector >= 0) {
    const mask = native.vector === PAGE_FAULT ? PAGE_FAULT_CODE : -1;
    if ((native.errorCode & mask) !== (ours.errorCode & mask))
      return `error ${native.errorCode}, ours ${ours.errorCode}`;
    if (native.vector === PAGE_FAULT && native.cr2 !== ours.cr2) return `cr2 ${hex(native.cr2)}, ours ${hex(ours.cr2)}`;
  }
  for (let i = 0; i < 8; i++) {
    if (native.regs[i] !== ours.regs[i]) return `reg ${i}: ${hex(native.regs[i]!)}, ours ${hex(ours.regs[i]!)}`;
  }
  if (native.eip !== ours.eip) return `eip ${hex(native.eip)}, ours ${hex(ours.eip)}`;
  const mask = native.vector >= 0 ? COMPARED_FLAGS : flagMask;
  if (((native.eflags ^ ours.eflags) & mask) !== 0)
    return `flags ${hex(native.eflags & mask)}, ours ${hex(ours.eflags & mask)}`;
  // ENTER leaves the slots it pushed before its last page faulted; here a fault commits nothing.
  if (native.vector >= 0 && form.row.op === 'enter') return null;
  if (native.changes.join() !== ours.changes.join()) {
    return `memory ${native.changes.map(hex)}, ours ${ours.changes.map(hex)}`;
  }
  return null;
}
