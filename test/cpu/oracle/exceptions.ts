/** Where processors legally differ: which cases, in what, and why. Everything else must be equal to the last bit. */
import type { Decoder } from '../../../src/cpu/decoder.ts';
import { FX, type Outcome, type Start } from './layout.ts';

/** Parts of an outcome that are not compared. */
export type Part = 'all' | 'cr2' | 'approximation' | 'vector' | 'flags';

export interface Exception {
  readonly what: string;
  /** Rows by `code name`. */
  readonly rows: RegExp;
  readonly when: (it: Decoder, start: Start, native: Outcome, ours: Outcome) => boolean;
  readonly open: Part;
  /** The vendor whose processors the emulator follows here, and is held to. */
  readonly like?: 'GenuineIntel' | 'AuthenticAMD';
  readonly reason: string;
}

const AC = 0x40000;
const EXPONENT = 0x7fff;
const PAGE_FAULT = 14;
const GENERAL_PROTECTION = 13;
const ALIGNMENT = 17;
const LARGEST_16_BIT_COUNT = 16;
/** 0F 20; 0F 22 is MOV to control registers. */
const MOV_FROM_CONTROL = 0x120;

/** ST(0) is 2^-16382, as a number or as a pseudo-denormal. */
function isSmallestNormal(fx: Uint8Array): boolean {
  const significand = fx.subarray(FX.st, FX.st + 8);
  const exponent = (fx[FX.st + 8]! | (fx[FX.st + 9]! << 8)) & EXPONENT;
  return exponent <= 1 && significand.every((byte, i) => byte === (i < 7 ? 0 : 0x80));
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    what: 'SHLD and SHRD of 16 bits by more than 16',
    rows: / sh[lr]d$/,
    when: (it, { regs }) => it.operand16 && ((it.form.imm === 0 ? regs[1]! : it.imm) & 31) > LARGEST_16_BIT_COUNT,
    open: 'all',
    like: 'GenuineIntel',
    reason: 'SDM vol. 2B, SHLD: with a count above the operand size the result and the flags are undefined.',
  },
  {
    what: '0F 0D with a register',
    rows: /^0F 0D /,
    when: (it) => !it.memory,
    open: 'all',
    like: 'GenuineIntel',
    reason: 'SDM vol. 2D, table A-3: NOP Ev. APM vol. 3, PREFETCHlevel: #UD for a register.',
  },
  {
    what: 'LOCK before MOV to and from control registers',
    rows: /^ \(bad\)$/,
    when: (it) => it.lock && (it.opcode & ~2) === MOV_FROM_CONTROL,
    open: 'vector',
    like: 'GenuineIntel',
    reason: 'SDM vol. 2A, LOCK: #UD. APM vol. 3, MOV CRn: LOCK selects CR8, here #GP(0).',
  },
  {
    what: 'a misaligned access to a page that faults',
    rows: /./,
    when: (_it, { eflags }, native, ours) =>
      (eflags & AC) !== 0 && [native, ours].every(({ vector }) => vector === PAGE_FAULT || vector === ALIGNMENT),
    open: 'vector',
    reason: 'SDM vol. 3A, table 6-2: both are of class 10, within which the order is up to the implementation.',
  },
  {
    what: 'which of two operands in memory is accessed first',
    rows: /^A[67] cmps/,
    when: (_it, _start, { vector }) => vector === PAGE_FAULT,
    open: 'cr2',
    reason: 'SDM vol. 3A, 6.15: CR2 is the address that caused the fault, and either operand may.',
  },
  {
    what: 'which part of a state image is accessed first',
    rows: / (fldenv|fnstenv|frstor|fnsave|fxsave|fxrstor)$/,
    when: (_it, _start, { vector }) => vector === PAGE_FAULT,
    open: 'cr2',
    reason: 'SDM vol. 1, 8.1.10 and vol. 2A, FXSAVE: no order of the accesses to an image is stated.',
  },
  {
    what: 'a repeat prefix before LOOPcc',
    rows: /^E[01] /,
    when: (it) => it.rep !== 0,
    open: 'all',
    like: 'GenuineIntel',
    reason: 'SDM vol. 2A, 2.1.1: repeat prefixes before other than string instructions are reserved.',
  },
  {
    what: 'flags when a repeated comparison faults',
    rows: / (cmps|scas)$/,
    when: (it, _start, { vector }) => it.rep !== 0 && vector >= 0,
    open: 'flags',
    like: 'GenuineIntel',
    reason: 'SDM vol. 2B, REP: EFLAGS as before the instruction. APM vol. 3, 1.2.6 promises no such thing.',
  },
  {
    what: 'bit 17 of MXCSR',
    rows: / (ldmxcsr|fxrstor)$/,
    when: (_it, _start, native, ours) => ours.vector === GENERAL_PROTECTION && native.vector < 0,
    open: 'all',
    like: 'GenuineIntel',
    reason:
      'SDM vol. 1, 11.6.6: which bits exist is told by MXCSR_MASK. APM vol. 2, 11.5.10: bit 17 masks misalignment.',
  },
  {
    what: 'the sine of the smallest normal number',
    rows: / (fsin|fsincos|fptan)$/,
    when: (_it, { fx }) => isSmallestNormal(fx),
    open: 'all',
    like: 'GenuineIntel',
    reason:
      'SDM vol. 1, 8.3.10 bounds the error of a result; whether this one underflows is a matter of its last place.',
  },
  {
    what: 'bytes that MASKMOVQ and MASKMOVDQU do not store',
    rows: / maskmov/,
    when: (_it, _start, native) => native.vector === PAGE_FAULT,
    open: 'all',
    reason: 'SDM vol. 2B, MASKMOVQ: whether bytes that the mask leaves out fault is up to the implementation.',
  },
  {
    what: 'approximations',
    rows: / (rcp|rsqrt)[ps]s$/,
    when: () => true,
    open: 'approximation',
    reason: 'SDM vol. 2B, RCPPS and RSQRTPS: a relative error of at most 1.5 * 2^-12.',
  },
];

/** The parts of a case, judged by that processor, that exceptions leave open. */
export function openParts(it: Decoder, start: Start, native: Outcome, ours: Outcome, processor: string): Set<Part> {
  const { code, name } = it.form.row;
  const row = `${code} ${name}`;
  const apply = EXCEPTIONS.filter(
    ({ rows, when, like }) =>
      rows.test(row) && when(it, start, native, ours) && !(like !== undefined && isOf(like, processor)),
  );
  return new Set(apply.map(({ open }) => open));
}

function isOf(vendor: 'GenuineIntel' | 'AuthenticAMD', processor: string): boolean {
  return vendor === 'GenuineIntel' ? /Intel/.test(processor) : /AMD/.test(processor);
}
