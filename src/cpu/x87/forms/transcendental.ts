/** FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1. */
import { C1, C2, IE, M, R, SF } from '../format.ts';
import type { Fpu } from '../fpu.ts';
import { f2xm1, fcos, fpatan, fptan, fsin, fsincos, fyl2x, fyl2xp1 } from '../transcendental.ts';
import { emptyOperand } from './arithmetic.ts';
import { type Form, form, type Run } from './form.ts';

/** ST(0) = operation(ST(0)); C2 tells that the operand was out of range and stays. */
function trigonometric(operation: (f: Fpu, a: number) => number): Run {
  return (_cpu, f) => {
    const a = f.top;
    f.status &= ~C2;
    if (f.isEmpty(a)) {
      emptyOperand(f, a);
      return;
    }
    const flags = operation(f, a);
    if ((flags & C2) === 0) f.store(a, flags);
    else f.raise(C2);
  };
}

const exponential: Run = (_cpu, f) => {
  const a = f.top;
  if (f.isEmpty(a)) emptyOperand(f, a);
  else f.store(a, f2xm1(f, a));
};

/** ST(0) = R, then M is pushed. */
function pushing(operation: (f: Fpu, a: number) => number): Run {
  return (_cpu, f) => {
    const a = f.top;
    const to = f.st(7);
    const fault = f.isEmpty(a) ? IE | SF : f.isEmpty(to) ? 0 : IE | SF | C1;
    f.status &= ~C2;
    const flags = fault === 0 ? operation(f, a) : fault;
    if ((flags & C2) !== 0) {
      f.raise(C2);
      return;
    }
    if (fault !== 0) {
      f.setIndefinite(R);
      f.setIndefinite(M);
    }
    if (!f.store(a, flags)) return;
    f.top = to;
    f.used |= 1 << to;
    f.copy(to, M);
  };
}

/** ST(1) = operation(ST(0), ST(1)), then pops. */
function binary(operation: (f: Fpu, x: number, y: number) => number): Run {
  return (_cpu, f) => {
    const x = f.top;
    const y = f.st(1);
    const done = f.isEmpty(x) || f.isEmpty(y) ? emptyOperand(f, y) : f.store(y, operation(f, x, y));
    if (done) f.pop();
  };
}

export const transcendentalForms: readonly Form[] = [
  form('D9 F0', 'f2xm1', '', exponential),
  form('D9 F1', 'fyl2x', '', binary(fyl2x)),
  form('D9 F2', 'fptan', '', pushing(fptan)),
  form('D9 F3', 'fpatan', '', binary(fpatan)),
  form('D9 F9', 'fyl2xp1', '', binary(fyl2xp1)),
  form('D9 FB', 'fsincos', '', pushing(fsincos)),
  form('D9 FE', 'fsin', '', trigonometric(fsin)),
  form('D9 FF', 'fcos', '', trigonometric(fcos)),
];
