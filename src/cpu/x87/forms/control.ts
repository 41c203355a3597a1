/** Control word, status word, environment, and the stack's top. */
import { environmentSize, loadEnvironment, restore, save, saveSize, storeEnvironment } from '../environment.ts';
import { BUSY, ES, EXCEPTIONS, SF } from '../format.ts';
import { type Form, form, type Run } from './form.ts';

const NO_WAIT = { waits: false, records: false };
const CONTROL = { records: false };
const ENVIRONMENT = { size: environmentSize(false), size16: environmentSize(true) };
const STATE = { size: saveSize(false), size16: saveSize(true) };

const fldcw: Run = (cpu, f, _i, linear) => f.setControlWord(cpu.readMem16(linear));
const fnstcw: Run = (cpu, f, _i, linear) => cpu.writeMem16(linear, f.control);
const fnstsw: Run = (cpu, f, _i, linear) => cpu.writeMem16(linear, f.getStatusWord());

const fnstswAx: Run = (cpu, f) => {
  cpu.ram.u16[0] = f.getStatusWord();
};

const fnclex: Run = (_cpu, f) => {
  f.status &= ~(EXCEPTIONS | SF | ES | BUSY);
};

const fninit: Run = (_cpu, f) => f.reset();
const nothing: Run = () => {};

/** FINCSTP and FDECSTP turn the stack without touching tags. */
const rotate =
  (by: number): Run =>
  (_cpu, f) => {
    f.raise(0);
    f.top = f.st(by);
  };

const ffree =
  (pops: boolean): Run =>
  (_cpu, f, i) => {
    f.raise(0);
    f.used &= ~(1 << f.st(i));
    if (pops) f.pop();
  };

export const controlForms: readonly Form[] = [
  form('D9 /5 m', 'fldcw', 'Mw', fldcw, CONTROL),
  form('D9 /7 m', 'fnstcw', 'Mw', fnstcw, { ...NO_WAIT, stores: true }),
  form('DD /7 m', 'fnstsw', 'Mw', fnstsw, { ...NO_WAIT, stores: true }),
  form('DF E0', 'fnstsw', 'AX', fnstswAx, NO_WAIT),
  form('D9 /4 m', 'fldenv', 'M', (cpu, _f, _i, linear) => loadEnvironment(cpu, linear), { ...CONTROL, ...ENVIRONMENT }),
  form('D9 /6 m', 'fnstenv', 'M', (cpu, _f, _i, linear) => storeEnvironment(cpu, linear), {
    ...NO_WAIT,
    ...ENVIRONMENT,
    stores: true,
  }),
  form('DD /4 m', 'frstor', 'M', (cpu, _f, _i, linear) => restore(cpu, linear), { ...CONTROL, ...STATE }),
  form('DD /6 m', 'fnsave', 'M', (cpu, _f, _i, linear) => save(cpu, linear), { ...NO_WAIT, ...STATE, stores: true }),
  form('DB E2', 'fnclex', '', fnclex, NO_WAIT),
  form('DB E3', 'fninit', '', fninit, NO_WAIT),
  form('DB E0', 'fneni', '', nothing, NO_WAIT),
  form('DB E1', 'fndisi', '', nothing, NO_WAIT),
  form('DB E4', 'fnsetpm', '', nothing, NO_WAIT),
  form('D9 D0', 'fnop', '', nothing),
  form('D9 F6', 'fdecstp', '', rotate(7)),
  form('D9 F7', 'fincstp', '', rotate(1)),
  form('DD C0+i', 'ffree', 'ST(i)', ffree(false)),
  form('DF C0+i', 'ffreep', 'ST(i)', ffree(true)),
];
