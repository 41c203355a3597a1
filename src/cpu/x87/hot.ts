/**
 * Short ways for the commonest forms with ordinary operands. Each returns false, having changed nothing, when anything
 * is out of the ordinary (empty registers, stack overflow, zeros and NaNs where they matter, unmasked exceptions): the
 * form's own function then does it all. So what is exceptional is written once, in forms/.
 */
import type { Cpu } from '../cpu.ts';
import { add, multiply } from './arithmetic.ts';
import { divide } from './divide.ts';
import { C1, EXCEPTIONS, EXPONENT, M, R, SIGN, U } from './format.ts';
import type { Fpu } from './fpu.ts';
import { fromDouble, fromSingle } from './load.ts';
import { write64 } from './memory.ts';
import { toDouble } from './store.ts';

const FLD_DOUBLE = 1;
const FLD_SINGLE = 2;
const FLD_REGISTER = 3;
const FST_DOUBLE = 4;
const FSTP_DOUBLE = 5;
const FSTP_REGISTER = 6;
const FXCH = 7;
/** From here on the low three bits are the operation, ModRM.reg of D8. */
const TO_TOP = 8;
const TO_REGISTER = 16;
const TO_REGISTER_POP = 24;
const WITH_SINGLE = 32;
const WITH_DOUBLE = 40;

const MOVES: Readonly<Record<string, number>> = {
  'DD /0 m': FLD_DOUBLE,
  'D9 /0 m': FLD_SINGLE,
  'D9 C0+i': FLD_REGISTER,
  'DD /2 m': FST_DOUBLE,
  'DD /3 m': FSTP_DOUBLE,
  'DD D8+i': FSTP_REGISTER,
  'D9 C8+i': FXCH,
};

const GROUPS: Readonly<Record<string, number>> = {
  D8: TO_TOP,
  DC: TO_REGISTER,
  DE: TO_REGISTER_POP,
};

/** Number of a form's short way, by its encoding; 0 when it has none. */
export function hotWay(code: string): number {
  const move = MOVES[code];
  if (move !== undefined) return move;
  const [opcode = '', modrm = ''] = code.split(' ');
  const memory = modrm.startsWith('/');
  const group = memory ? (opcode === 'D8' ? WITH_SINGLE : opcode === 'DC' ? WITH_DOUBLE : 0) : (GROUPS[opcode] ?? 0);
  if (group === 0) return 0;
  const reg = memory ? Number(modrm[1]) : (Number.parseInt(modrm, 16) >> 3) & 7;
  if (reg === 2 || reg === 3) return 0;
  // With ST(i) as destination the encodings of the plain and the reversed operations are exchanged.
  return group | (!memory && opcode !== 'D8' && reg >= 4 ? reg ^ 1 : reg);
}

/** Executes the way `hot`. */
export function runHot(cpu: Cpu, f: Fpu, hot: number, modrm: number, linear: number): boolean {
  switch (hot & ~7) {
    case 0:
      return move(cpu, f, hot, modrm & 7, linear);
    case TO_TOP:
      return binary(f, hot, f.top, (f.top + modrm) & 7);
    case TO_REGISTER:
      return binary(f, hot, (f.top + modrm) & 7, f.top);
    case TO_REGISTER_POP:
      if (!binary(f, hot, (f.top + modrm) & 7, f.top)) return false;
      f.pop();
      return true;
    case WITH_SINGLE:
      return fromSingle(f, cpu.readMem32(linear)) === 0 && withOperand(f, hot);
    default:
      return loadDouble(cpu, f, linear) && withOperand(f, hot);
  }
}

function move(cpu: Cpu, f: Fpu, hot: number, i: number, linear: number): boolean {
  switch (hot) {
    case FLD_DOUBLE:
      return loadDouble(cpu, f, linear) && push(f, M);
    case FLD_SINGLE:
      return fromSingle(f, cpu.readMem32(linear)) === 0 && push(f, M);
    case FLD_REGISTER:
      return (f.used & (1 << ((f.top + i) & 7))) !== 0 && pushCopy(f, (f.top + i) & 7);
    case FST_DOUBLE:
      return storeDouble(cpu, f, linear);
    case FSTP_DOUBLE:
      if (!storeDouble(cpu, f, linear)) return false;
      f.pop();
      return true;
    case FSTP_REGISTER:
      return storeRegister(f, (f.top + i) & 7);
    default:
      return exchange(f, (f.top + i) & 7);
  }
}

function loadDouble(cpu: Cpu, f: Fpu, linear: number): boolean {
  cpu.checkAlignment(linear, 8);
  const lo = cpu.readMem32(linear);
  return fromDouble(f, cpu.readMem32((linear + 4) | 0), lo) === 0;
}

/** Pushes a number; NaNs and infinities take the long way, for they may be signalling. */
function push(f: Fpu, from: number): boolean {
  return (f.se[from]! & EXPONENT) !== EXPONENT && pushCopy(f, from);
}

function pushCopy(f: Fpu, from: number): boolean {
  const to = (f.top - 1) & 7;
  const bit = 1 << to;
  if ((f.used & bit) !== 0) return false;
  f.hi[to] = f.hi[from]!;
  f.lo[to] = f.lo[from]!;
  f.se[to] = f.se[from]!;
  f.top = to;
  f.used |= bit;
  f.status &= ~C1;
  return true;
}

function storeDouble(cpu: Cpu, f: Fpu, linear: number): boolean {
  const a = f.top;
  if ((f.used & (1 << a)) === 0) return false;
  const flags = toDouble(f, a);
  if ((flags & ~f.control & EXCEPTIONS) !== 0) return false;
  write64(cpu, linear, f.hi[U]!, f.lo[U]!);
  f.status = (f.status & ~C1) | flags;
  return true;
}

function storeRegister(f: Fpu, to: number): boolean {
  const from = f.top;
  if ((f.used & (1 << from)) === 0) return false;
  f.hi[to] = f.hi[from]!;
  f.lo[to] = f.lo[from]!;
  f.se[to] = f.se[from]!;
  f.used |= 1 << to;
  f.status &= ~C1;
  f.pop();
  return true;
}

function exchange(f: Fpu, b: number): boolean {
  const a = f.top;
  const both = (1 << a) | (1 << b);
  if ((f.used & both) !== both) return false;
  const { hi, lo, se } = f;
  const h = hi[a]!;
  const l = lo[a]!;
  const s = se[a]!;
  hi[a] = hi[b]!;
  lo[a] = lo[b]!;
  se[a] = se[b]!;
  hi[b] = h;
  lo[b] = l;
  se[b] = s;
  f.status &= ~C1;
  return true;
}

/** ST(0) = ST(0) op M. */
function withOperand(f: Fpu, hot: number): boolean {
  const a = f.top;
  return (f.used & (1 << a)) !== 0 && commit(f, a, operate(f, hot & 7, a, M));
}

/** a = a op b. */
function binary(f: Fpu, hot: number, a: number, b: number): boolean {
  const both = (1 << a) | (1 << b);
  return (f.used & both) === both && commit(f, a, operate(f, hot & 7, a, b));
}

function commit(f: Fpu, to: number, flags: number): boolean {
  if ((flags & ~f.control & EXCEPTIONS) !== 0) return false;
  f.hi[to] = f.hi[R]!;
  f.lo[to] = f.lo[R]!;
  f.se[to] = f.se[R]!;
  f.status = (f.status & ~C1) | flags;
  return true;
}

const ADD = 0;
const MULTIPLY = 1;
const SUBTRACT = 4;
const SUBTRACT_REVERSED = 5;
const DIVIDE = 6;

/** R = a op b, the operation by ModRM.reg of D8; returns flags. Direct calls: here floating-point programs spend their time. */
export function operate(f: Fpu, operation: number, a: number, b: number): number {
  switch (operation) {
    case ADD:
      return add(f, a, b, 0);
    case MULTIPLY:
      return multiply(f, a, b);
    case SUBTRACT:
      return add(f, a, b, SIGN);
    case SUBTRACT_REVERSED:
      return add(f, b, a, SIGN);
    case DIVIDE:
      return divide(f, a, b);
    default:
      return divide(f, b, a);
  }
}
