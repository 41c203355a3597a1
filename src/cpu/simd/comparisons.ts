/** CMPcc, COMI, UCOMI, and what works on bits: AND, ANDN, OR, XOR; the approximations RCP and RSQRT. */
import { CF, PF, setArithmeticFlags, ZF } from '../flags.ts';
import type { Form } from '../forms.ts';
import { MXCSR, RESULT_AT } from '../layout.ts';
import { type Handler, immediate } from '../operands.ts';
import { NEXT } from '../words.ts';
import { approximate } from './approximate.ts';
import { compareLane, EQUAL, GREATER, LESS, order, orderExceptions, UNORDERED } from './compare.ts';
import { DOUBLE, type Format, SINGLE } from './format.ts';
import { raisePacked } from './lanes.ts';
import { raise } from './mxcsr.ts';
import { copyV, registerV, sourceV, XMM_SIZE } from './operands.ts';

type Maker = (form: Form) => Handler;

/** The eight predicates; higher bits of the immediate are ignored. */
const PREDICATE_MASK = 7;

const comparePacked =
  (format: Format): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, XMM_SIZE);
    const mxcsr = ram.i32[MXCSR]!;
    const predicate = immediate(cpu, pc) & PREDICATE_MASK;
    let flags = 0;
    for (let i = 0; i < XMM_SIZE; i += format) {
      flags |= compareLane(ram, mxcsr, predicate, format, RESULT_AT + i, to + i, from + i);
    }
    if (flags !== 0) raisePacked(cpu, flags);
    copyV(ram.i32, to, RESULT_AT);
    return NEXT;
  };

const compareScalar =
  (format: Format): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const m = ram.i32;
    const to = registerV(cpu, pc);
    const predicate = immediate(cpu, pc) & PREDICATE_MASK;
    const flags = compareLane(ram, m[MXCSR]!, predicate, format, RESULT_AT, to, sourceV(cpu, pc, format));
    if (flags !== 0) raise(cpu, flags);
    m[to >>> 2] = m[RESULT_AT >>> 2]!;
    if (format === DOUBLE) m[(to + 4) >>> 2] = m[RESULT_AT >>> 2]!;
    return NEXT;
  };

/** EFLAGS of COMI by the outcome of `order`; the other arithmetic flags are cleared. SDM vol. 2A, COMISD. */
const ORDER_FLAGS: Readonly<Record<number, number>> = {
  [LESS]: CF,
  [EQUAL]: ZF,
  [GREATER]: 0,
  [UNORDERED]: ZF | PF | CF,
};

const ordered =
  (format: Format, quietIsInvalid: boolean): Handler =>
  (cpu, pc) => {
    const { ram } = cpu;
    const outcome = order(ram, ram.i32[MXCSR]!, format, registerV(cpu, pc), sourceV(cpu, pc, format));
    const flags = orderExceptions(quietIsInvalid);
    if (flags !== 0) raise(cpu, flags);
    setArithmeticFlags(ram.i32, ORDER_FLAGS[outcome]!);
    return NEXT;
  };

type Bits = (a: number, b: number) => number;

const logic =
  (bits: Bits): Handler =>
  (cpu, pc) => {
    const m = cpu.ram.i32;
    const to = registerV(cpu, pc) >>> 2;
    const from = sourceV(cpu, pc, XMM_SIZE) >>> 2;
    for (let i = 0; i < XMM_SIZE / 4; i++) m[to + i] = bits(m[to + i]!, m[from + i]!);
    return NEXT;
  };

const approximation =
  (root: boolean, size: number): Handler =>
  (cpu, pc) => {
    const to = registerV(cpu, pc);
    const from = sourceV(cpu, pc, size);
    for (let i = 0; i < size; i += SINGLE) approximate(cpu.ram, root, to + i, from + i);
    return NEXT;
  };

const and = logic((a, b) => a & b);
const andn = logic((a, b) => ~a & b);
const or = logic((a, b) => a | b);
const xor = logic((a, b) => a ^ b);

export const comparisonHandlers: Readonly<Record<string, Maker>> = {
  cmpps: () => comparePacked(SINGLE),
  cmppd: () => comparePacked(DOUBLE),
  cmpss: () => compareScalar(SINGLE),
  cmpsd: () => compareScalar(DOUBLE),
  comiss: () => ordered(SINGLE, true),
  comisd: () => ordered(DOUBLE, true),
  ucomiss: () => ordered(SINGLE, false),
  ucomisd: () => ordered(DOUBLE, false),
  andps: () => and,
  andpd: () => and,
  andnps: () => andn,
  andnpd: () => andn,
  orps: () => or,
  orpd: () => or,
  xorps: () => xor,
  xorpd: () => xor,
  rcpps: () => approximation(false, XMM_SIZE),
  rcpss: () => approximation(false, SINGLE),
  rsqrtps: () => approximation(true, XMM_SIZE),
  rsqrtss: () => approximation(true, SINGLE),
};
