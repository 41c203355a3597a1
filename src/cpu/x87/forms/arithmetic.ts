/** FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR with every operand, and the one-operand arithmetic. */
import { squareRoot } from '../divide.ts';
import { C0, C1, C2, C3, DE, IE, M, R, SF, SIGN, ZE } from '../format.ts';
import type { Fpu } from '../fpu.ts';
import { DOUBLE, INT16, INT32, load, SINGLE } from '../memory.ts';
import { INFINITY, kindOf } from '../operand.ts';
import { operate } from '../operate.ts';
import { extract, partialRemainder, roundToInteger, scale } from '../remainder.ts';
import { type Form, form, type Run } from './form.ts';

type Unary = (f: Fpu, a: number) => number;

/** Operations by ModRM.reg of D8. */
const OPERATIONS: readonly (readonly [number, string])[] = [
  [0, 'add'],
  [1, 'mul'],
  [4, 'sub'],
  [5, 'subr'],
  [6, 'div'],
  [7, 'divr'],
];

/** Response to an empty operand: the indefinite in `to`, when masked. */
export function emptyOperand(f: Fpu, to: number): boolean {
  if (!f.underflow()) return false;
  f.setIndefinite(to);
  f.used |= 1 << to;
  return true;
}

/** Adds the denormal exception of a converted operand, which gives way to invalid operands, NaNs and division by zero. */
export function withDenormal(f: Fpu, a: number, flags: number): number {
  if ((flags & (IE | ZE)) !== 0 || kindOf(f, a) > INFINITY) return flags;
  return (f.control & DE) === 0 ? DE : flags | DE;
}

function memoryOperand(format: number, operation: number): Run {
  return (cpu, f, _i, linear) => {
    const loaded = load(cpu, format, linear);
    const a = f.top;
    if (f.isEmpty(a)) {
      emptyOperand(f, a);
      return;
    }
    const flags = operate(f, operation, a, M);
    f.store(a, loaded === 0 ? flags : withDenormal(f, a, flags));
  };
}

/** ST(0) = ST(0) op ST(i). */
function toTop(operation: number): Run {
  return (_cpu, f, i) => {
    const a = f.top;
    const b = f.st(i);
    if (f.isEmpty(a) || f.isEmpty(b)) emptyOperand(f, a);
    else f.store(a, operate(f, operation, a, b));
  };
}

/** ST(i) = ST(i) op ST(0), then pops when asked to. */
function toRegister(operation: number, pops: boolean): Run {
  return (_cpu, f, i) => {
    const a = f.st(i);
    const b = f.top;
    const done = f.isEmpty(a) || f.isEmpty(b) ? emptyOperand(f, a) : f.store(a, operate(f, operation, a, b));
    if (done && pops) f.pop();
  };
}

const hex = (n: number): string => n.toString(16).toUpperCase();

function binaryForms([n, name]: readonly [number, string]): Form[] {
  // With ST(i) as destination the encodings of the plain and the reversed operations are exchanged.
  const registers = hex(0xc0 + (n < 4 ? n : n ^ 1) * 8);
  return [
    form(`D8 /${n} m`, `f${name}`, 'Md', memoryOperand(SINGLE, n)),
    form(`DC /${n} m`, `f${name}`, 'Mq', memoryOperand(DOUBLE, n)),
    form(`DA /${n} m`, `fi${name}`, 'Md', memoryOperand(INT32, n)),
    form(`DE /${n} m`, `fi${name}`, 'Mw', memoryOperand(INT16, n)),
    form(`D8 ${hex(0xc0 + n * 8)}+i`, `f${name}`, 'ST,ST(i)', toTop(n)),
    form(`DC ${registers}+i`, `f${name}`, 'ST(i),ST', toRegister(n, false)),
    form(`DE ${registers}+i`, `f${name}p`, 'ST(i),ST', toRegister(n, true)),
  ];
}

/** ST(0) = operation(ST(0)). */
function unary(operation: Unary): Run {
  return (_cpu, f) => {
    const a = f.top;
    if (f.isEmpty(a)) emptyOperand(f, a);
    else f.store(a, operation(f, a));
  };
}

/** Changes of the sign touch nothing else and raise nothing. */
function sign(change: (se: number) => number): Run {
  return (_cpu, f) => {
    const a = f.top;
    if (f.isEmpty(a)) {
      emptyOperand(f, a);
      return;
    }
    f.raise(0);
    f.se[a] = change(f.se[a]!);
  };
}

/** ST(0) = operation(ST(0), ST(1)), where the flags also set the condition codes. */
function remainder(nearest: boolean): Run {
  return (_cpu, f) => {
    const a = f.top;
    const b = f.st(1);
    f.status &= ~C2;
    if (f.isEmpty(a) || f.isEmpty(b)) {
      emptyOperand(f, a);
      return;
    }
    const flags = partialRemainder(f, a, b, nearest);
    // Without a quotient, as for NaNs, C0 and C3 stay.
    if ((flags & ~f.control & (IE | DE)) === 0 && kindOf(f, R) <= INFINITY) f.status &= ~(C0 | C3);
    f.store(a, flags);
  };
}

const fscale: Run = (_cpu, f) => {
  const a = f.top;
  const b = f.st(1);
  if (f.isEmpty(a) || f.isEmpty(b)) emptyOperand(f, a);
  else f.store(a, scale(f, a, b));
};

const fxtract: Run = (_cpu, f) => {
  const a = f.top;
  const to = f.st(7);
  const fault = f.isEmpty(a) ? IE | SF : f.isEmpty(to) ? 0 : IE | SF | C1;
  const flags = fault === 0 ? extract(f, a) : fault;
  if (fault !== 0) {
    f.setIndefinite(R);
    f.setIndefinite(M);
  }
  if (!f.store(a, flags)) return;
  f.top = to;
  f.used |= 1 << to;
  f.copy(to, M);
};

export const arithmeticForms: readonly Form[] = [
  ...OPERATIONS.flatMap(binaryForms),
  form(
    'D9 E0',
    'fchs',
    '',
    sign((se) => se ^ SIGN),
  ),
  form(
    'D9 E1',
    'fabs',
    '',
    sign((se) => se & ~SIGN),
  ),
  form('D9 FA', 'fsqrt', '', unary(squareRoot)),
  form('D9 FC', 'frndint', '', unary(roundToInteger)),
  form('D9 F8', 'fprem', '', remainder(false)),
  form('D9 F5', 'fprem1', '', remainder(true)),
  form('D9 FD', 'fscale', '', fscale),
  form('D9 F4', 'fxtract', '', fxtract),
];
