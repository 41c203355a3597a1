/** Loads, stores, constants, exchanges and conditional moves. */
import type { Cpu } from '../../cpu.ts';
import { condition } from '../../flags.ts';
import { BCD_SIZE, fromBcd, toBcd } from '../bcd.ts';
import { LN_2, LOG2_10, LOG2_E, LOG10_2, ONE, PI, POSITIVE_ZERO, pushConstant } from '../constants.ts';
import { readRegister, writeRegister } from '../environment.ts';
import { EXPONENT, IE, INTEGER_BIT, M, OE, QUIET_BIT, R, RC_ZERO, SF, SIGN, U, UE } from '../format.ts';
import type { Fpu } from '../fpu.ts';
import { quietLoaded } from '../load.ts';
import { DOUBLE, INT16, INT32, INT64, load, probe, SINGLE, write64 } from '../memory.ts';
import { toDouble, toInteger, toSingle } from '../store.ts';
import { emptyOperand } from './arithmetic.ts';
import { type Form, form, type Run } from './form.ts';

function fld(format: number): Run {
  return (cpu, f, _i, linear) => {
    const loaded = load(cpu, format, linear);
    f.push(loaded | quietLoaded(f));
  };
}

function fild(format: number): Run {
  return (cpu, f, _i, linear) => {
    load(cpu, format, linear);
    f.push(0);
  };
}

const fldExtended: Run = (cpu, f, _i, linear) => {
  cpu.checkAlignment(linear, 8);
  readRegister(cpu, linear, M);
  f.push(0);
};

const fbld: Run = (cpu, f, _i, linear) => {
  const bytes = new Uint8Array(BCD_SIZE);
  for (let i = 0; i < BCD_SIZE; i++) bytes[i] = cpu.readMem8((linear + i) | 0);
  fromBcd(f, bytes);
  f.push(0);
};

/** FLD ST(i): an empty source is an underflow, whatever room there is. */
const fldRegister: Run = (_cpu, f, i) => {
  const from = f.st(i);
  if (!f.isEmpty(from)) {
    f.copy(M, from);
    f.push(0);
    return;
  }
  if (!f.underflow()) return;
  f.setIndefinite(M);
  f.top = f.st(7);
  f.used |= 1 << f.top;
  f.copy(f.top, M);
};

/**
 * A store to memory: `convert` leaves the bits in slot U and returns flags, `write` puts them down. Flags in `forbids`
 * that are unmasked leave memory and stack as they were.
 */
function storeTop(
  convert: (f: Fpu, n: number) => number,
  indefinite: (f: Fpu) => void,
  write: (cpu: Cpu, f: Fpu, linear: number) => void,
  pops: boolean,
): Run {
  const forbids = IE | OE | UE;
  return (cpu, f, _i, linear) => {
    const a = f.top;
    let flags = IE | SF;
    if (f.isEmpty(a)) indefinite(f);
    else flags = convert(f, a);
    if ((flags & ~f.control & forbids) !== 0) {
      f.raise(flags);
      return;
    }
    write(cpu, f, linear);
    f.raise(flags);
    if (pops) f.pop();
  };
}

const writeInt16 = (cpu: Cpu, f: Fpu, linear: number): void => cpu.writeMem16(linear, f.lo[U]! & 0xffff);
const writeInt32 = (cpu: Cpu, f: Fpu, linear: number): void => cpu.writeMem32(linear, f.lo[U]!);
const writeInt64 = (cpu: Cpu, f: Fpu, linear: number): void => write64(cpu, linear, f.hi[U]!, f.lo[U]!);

const fist = (bits: number, write: (cpu: Cpu, f: Fpu, linear: number) => void, pops: boolean): Run =>
  storeTop(
    (f, n) => toInteger(f, n, bits),
    (f) => f.set(U, 0, INTEGER_BIT, bits === 64 ? 0 : INTEGER_BIT >> (32 - bits)),
    write,
    pops,
  );

/** FISTTP rounds towards zero, whatever the control word says. SDM vol. 2A, FISTTP. */
const fisttp = (bits: number, write: (cpu: Cpu, f: Fpu, linear: number) => void): Run =>
  storeTop(
    (f, n) => {
      const { control } = f;
      f.control |= RC_ZERO;
      const flags = toInteger(f, n, bits);
      f.control = control;
      return flags;
    },
    (f) => f.set(U, 0, INTEGER_BIT, bits === 64 ? 0 : INTEGER_BIT >> (32 - bits)),
    write,
    true,
  );

/** The default NaN as a single and as a double. */
const SINGLE_INDEFINITE = 0xffc00000 | 0;
const DOUBLE_INDEFINITE_HI = 0xfff80000 | 0;

const fstSingle = (pops: boolean): Run =>
  storeTop(toSingle, (f) => f.set(U, 0, 0, SINGLE_INDEFINITE), writeInt32, pops);
const fstDouble = (pops: boolean): Run =>
  storeTop(toDouble, (f) => f.set(U, 0, DOUBLE_INDEFINITE_HI, 0), writeInt64, pops);

const copyToU = (f: Fpu, n: number): number => {
  f.copy(U, n);
  return 0;
};

const fstpExtended = storeTop(
  copyToU,
  (f) => f.setIndefinite(U),
  (cpu, f, linear) => {
    cpu.checkAlignment(linear, 8);
    probe(cpu, linear, BCD_SIZE);
    writeRegister(cpu, linear, f.hi[U]!, f.lo[U]!, f.se[U]!);
  },
  true,
);

/** Ten bytes of packed digits pass through slot U. */
function packedToU(f: Fpu, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  f.set(U, view.getUint16(8, true), view.getInt32(4, true), view.getInt32(0, true));
}

const fbstp = storeTop(
  (f, n) => {
    const bytes = new Uint8Array(BCD_SIZE);
    const flags = toBcd(f, n, bytes);
    packedToU(f, bytes);
    return flags;
  },
  (f) => f.set(U, SIGN | EXPONENT, INTEGER_BIT | QUIET_BIT, 0),
  (cpu, f, linear) => {
    probe(cpu, linear, BCD_SIZE);
    writeRegister(cpu, linear, f.hi[U]!, f.lo[U]!, f.se[U]!);
  },
  true,
);

/** FST ST(i), FSTP ST(i): the destination may be empty. */
const fstRegister =
  (pops: boolean): Run =>
  (_cpu, f, i) => {
    const to = f.st(i);
    if (f.isEmpty(f.top)) {
      if (!emptyOperand(f, to)) return;
    } else {
      f.raise(0);
      f.copy(to, f.top);
      f.used |= 1 << to;
    }
    if (pops) f.pop();
  };

/** FSTPNCE: as FSTP ST(i), but with an empty ST(0) only the stack moves. */
const fstpNoException: Run = (_cpu, f, i) => {
  f.raise(0);
  if (!f.isEmpty(f.top)) {
    const to = f.st(i);
    f.copy(to, f.top);
    f.used |= 1 << to;
  }
  f.pop();
};

const fxch: Run = (_cpu, f, i) => {
  const a = f.top;
  const b = f.st(i);
  if (f.isEmpty(a) || f.isEmpty(b)) {
    if (!f.underflow()) return;
    if (f.isEmpty(a)) f.setIndefinite(a);
    if (f.isEmpty(b)) f.setIndefinite(b);
    f.used |= (1 << a) | (1 << b);
  } else f.raise(0);
  f.copy(R, a);
  f.copy(a, b);
  f.copy(b, R);
};

/** FCMOVcc; `cc` is the condition's number in the integer instructions. */
const fcmov =
  (cc: number): Run =>
  (cpu, f, i) => {
    const a = f.top;
    const b = f.st(i);
    if (f.isEmpty(a) || f.isEmpty(b)) {
      emptyOperand(f, a);
      return;
    }
    if (condition(cpu.ram.i32, cc)) f.copy(a, b);
  };

const CONDITION_MOVES = [
  ['DA C0+i', 'fcmovb', 2, 'C'],
  ['DA C8+i', 'fcmove', 4, 'Z'],
  ['DA D0+i', 'fcmovbe', 6, 'CZ'],
  ['DA D8+i', 'fcmovu', 10, 'P'],
  ['DB C0+i', 'fcmovnb', 3, 'C'],
  ['DB C8+i', 'fcmovne', 5, 'Z'],
  ['DB D0+i', 'fcmovnbe', 7, 'CZ'],
  ['DB D8+i', 'fcmovnu', 11, 'P'],
] as const;

const CONSTANTS = [
  ['D9 E8', 'fld1', ONE],
  ['D9 E9', 'fldl2t', LOG2_10],
  ['D9 EA', 'fldl2e', LOG2_E],
  ['D9 EB', 'fldpi', PI],
  ['D9 EC', 'fldlg2', LOG10_2],
  ['D9 ED', 'fldln2', LN_2],
  ['D9 EE', 'fldz', POSITIVE_ZERO],
] as const;

const STORES = { stores: true };

export const movementForms: readonly Form[] = [
  form('D9 /0 m', 'fld', 'Md', fld(SINGLE)),
  form('DD /0 m', 'fld', 'Mq', fld(DOUBLE)),
  form('DB /5 m', 'fld', 'Mt', fldExtended),
  form('D9 C0+i', 'fld', 'ST(i)', fldRegister),
  form('DF /0 m', 'fild', 'Mw', fild(INT16)),
  form('DB /0 m', 'fild', 'Md', fild(INT32)),
  form('DF /5 m', 'fild', 'Mq', fild(INT64)),
  form('DF /4 m', 'fbld', 'Mt', fbld),
  form('D9 /2 m', 'fst', 'Md', fstSingle(false), STORES),
  form('D9 /3 m', 'fstp', 'Md', fstSingle(true), STORES),
  form('DD /2 m', 'fst', 'Mq', fstDouble(false), STORES),
  form('DD /3 m', 'fstp', 'Mq', fstDouble(true), STORES),
  form('DB /7 m', 'fstp', 'Mt', fstpExtended, STORES),
  form('DF /2 m', 'fist', 'Mw', fist(16, writeInt16, false), STORES),
  form('DF /3 m', 'fistp', 'Mw', fist(16, writeInt16, true), STORES),
  form('DB /2 m', 'fist', 'Md', fist(32, writeInt32, false), STORES),
  form('DB /3 m', 'fistp', 'Md', fist(32, writeInt32, true), STORES),
  form('DF /7 m', 'fistp', 'Mq', fist(64, writeInt64, true), STORES),
  form('DF /1 m', 'fisttp', 'Mw', fisttp(16, writeInt16), { ...STORES, feature: 'SSE3' }),
  form('DB /1 m', 'fisttp', 'Md', fisttp(32, writeInt32), { ...STORES, feature: 'SSE3' }),
  form('DD /1 m', 'fisttp', 'Mq', fisttp(64, writeInt64), { ...STORES, feature: 'SSE3' }),
  form('DF /6 m', 'fbstp', 'Mt', fbstp, STORES),
  form('DD D0+i', 'fst', 'ST(i)', fstRegister(false)),
  form('DD D8+i', 'fstp', 'ST(i)', fstRegister(true)),
  form('D9 D8+i', 'fstpnce', 'ST(i)', fstpNoException),
  form('DF D0+i', 'fstp', 'ST(i)', fstRegister(true)),
  form('DF D8+i', 'fstp', 'ST(i)', fstRegister(true)),
  form('D9 C8+i', 'fxch', 'ST(i)', fxch),
  form('DD C8+i', 'fxch', 'ST(i)', fxch),
  form('DF C8+i', 'fxch', 'ST(i)', fxch),
  ...CONSTANTS.map(([code, name, constant]) => form(code, name, '', (_cpu, f) => pushConstant(f, constant))),
  ...CONDITION_MOVES.map(([code, name, cc, reads]) =>
    form(code, name, 'ST,ST(i)', fcmov(cc), { reads, feature: 'CMOV' }),
  ),
];
