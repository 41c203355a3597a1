/** FCOM, FUCOM, FICOM, FTST, FXAM, and FCOMI with its results in EFLAGS. */
import { CF, PF, setArithmeticFlags, ZF } from '../../flags.ts';
import { CONDITION, compare, EQUAL, examine, LESS, UNORDERED } from '../compare.ts';
import { C1, IE, M, SF } from '../format.ts';
import type { Fpu } from '../fpu.ts';
import { DOUBLE, INT16, INT32, load, SINGLE } from '../memory.ts';
import { withDenormal } from './arithmetic.ts';
import { type Form, form, type Run } from './form.ts';

/** Sets condition codes and flags, then pops unless an unmasked exception was raised. */
function conclude(f: Fpu, result: number, pops: number): void {
  const unmasked = f.raise(result & ~CONDITION);
  f.status = (f.status & ~CONDITION) | (result & CONDITION);
  for (let i = 0; i < pops && unmasked === 0; i++) f.pop();
}

function withMemory(format: number, pops: number): Run {
  return (cpu, f, _i, linear) => {
    const loaded = load(cpu, format, linear);
    const a = f.top;
    if (f.isEmpty(a)) {
      conclude(f, UNORDERED | IE | SF, pops);
      return;
    }
    const result = compare(f, a, M, false);
    conclude(f, loaded === 0 ? result : withDenormal(f, a, result) | (result & CONDITION), pops);
  };
}

function withRegister(unordered: boolean, pops: number): Run {
  return (_cpu, f, i) => {
    const a = f.top;
    const b = f.st(i);
    const result = f.isEmpty(a) || f.isEmpty(b) ? UNORDERED | IE | SF : compare(f, a, b, unordered);
    conclude(f, result, pops);
  };
}

/** FCOMI: SDM vol. 2A, FCOMI; OF, SF and AF are cleared. */
function toEflags(unordered: boolean, pops: boolean): Run {
  return (cpu, f, i) => {
    const a = f.top;
    const b = f.st(i);
    const result = f.isEmpty(a) || f.isEmpty(b) ? UNORDERED | IE | SF : compare(f, a, b, unordered);
    const order = result & CONDITION;
    const flags = order === UNORDERED ? ZF | PF | CF : order === EQUAL ? ZF : order === LESS ? CF : 0;
    setArithmeticFlags(cpu.ram.i32, flags);
    const unmasked = f.raiseKeepingC1(result & ~CONDITION);
    if (pops && unmasked === 0) f.pop();
  };
}

const ftst: Run = (_cpu, f) => {
  f.set(M, 0, 0, 0);
  conclude(f, f.isEmpty(f.top) ? UNORDERED | IE | SF : compare(f, f.top, M, false), 0);
};

const fxam: Run = (_cpu, f) => {
  f.status = (f.status & ~(CONDITION | C1)) | examine(f, f.top);
};

const FLAGS = { writes: 'OSZAPC', feature: 'CMOV' } as const;

export const comparisonForms: readonly Form[] = [
  form('D8 /2 m', 'fcom', 'Md', withMemory(SINGLE, 0)),
  form('D8 /3 m', 'fcomp', 'Md', withMemory(SINGLE, 1)),
  form('DC /2 m', 'fcom', 'Mq', withMemory(DOUBLE, 0)),
  form('DC /3 m', 'fcomp', 'Mq', withMemory(DOUBLE, 1)),
  form('DA /2 m', 'ficom', 'Md', withMemory(INT32, 0)),
  form('DA /3 m', 'ficomp', 'Md', withMemory(INT32, 1)),
  form('DE /2 m', 'ficom', 'Mw', withMemory(INT16, 0)),
  form('DE /3 m', 'ficomp', 'Mw', withMemory(INT16, 1)),
  form('D8 D0+i', 'fcom', 'ST,ST(i)', withRegister(false, 0)),
  form('D8 D8+i', 'fcomp', 'ST,ST(i)', withRegister(false, 1)),
  form('DC D0+i', 'fcom', 'ST,ST(i)', withRegister(false, 0)),
  form('DC D8+i', 'fcomp', 'ST,ST(i)', withRegister(false, 1)),
  form('DE D0+i', 'fcomp', 'ST,ST(i)', withRegister(false, 1)),
  form('DE D9', 'fcompp', '', withRegister(false, 2)),
  form('DD E0+i', 'fucom', 'ST,ST(i)', withRegister(true, 0)),
  form('DD E8+i', 'fucomp', 'ST,ST(i)', withRegister(true, 1)),
  form('DA E9', 'fucompp', '', withRegister(true, 2)),
  form('DB F0+i', 'fcomi', 'ST,ST(i)', toEflags(false, false), FLAGS),
  form('DF F0+i', 'fcomip', 'ST,ST(i)', toEflags(false, true), FLAGS),
  form('DB E8+i', 'fucomi', 'ST,ST(i)', toEflags(true, false), FLAGS),
  form('DF E8+i', 'fucomip', 'ST,ST(i)', toEflags(true, true), FLAGS),
  form('D9 E4', 'ftst', '', ftst),
  form('D9 E5', 'fxam', '', fxam),
];
