/**
 * Runs floating-point instructions that follow each other, until one comes that is none. The commonest forms with
 * ordinary operands are executed here; when anything is out of the ordinary (empty registers, stack overflow, NaNs,
 * unmasked exceptions, another rounding) nothing has changed yet, and the form's own function does it all. So what is
 * exceptional is written once, in forms/.
 */
import type { Cpu } from '../cpu.ts';
import { MODRM_SHIFT, WAY_SHIFT, x87Handler } from '../handlers/x87.ts';
import { CARRY, READ_ENTRY, RESULT, SIGN as SIGN_FLAG, WRITE_ENTRY } from '../layout.ts';
import { MODE_CHECKED } from '../segments.ts';
import { OFFSET_MASK, WORDS } from '../words.ts';
import { compare, EQUAL, LESS } from './compare.ts';
import { divide } from './divide.ts';
import {
  BIAS,
  C1,
  ES,
  EXCEPTIONS,
  EXPONENT,
  INTEGER_BIT,
  M,
  PC_EXTENDED,
  PC_MASK,
  PE,
  R,
  RC_MASK,
  SIGN,
} from './format.ts';
import type { Fpu } from './fpu.ts';
import { NOT_QUICK, quickAdd, quickMultiply } from './quick.ts';
import {
  BY_HANDLER,
  CHANGE_SIGN,
  COMPARE_POP,
  EXCHANGE,
  FIRST_LOAD,
  FIRST_STORE,
  LOAD_DOUBLE,
  LOAD_INTEGER,
  LOAD_REGISTER,
  LOAD_SINGLE,
  STORE_DOUBLE,
  STORE_EXTENDED_POP,
  STORE_REGISTER,
  TO_REGISTER,
  TO_REGISTER_POP,
  TO_TOP,
  WITH_DOUBLE,
  WITH_SINGLE,
} from './ways.ts';

/** Memory operands, of up to ten bytes, that begin no later lie in one page. */
const LAST_OFFSET = 0xff4;

/** Whether the state allows for ways: they round to nearest at extended precision and raise nothing that is unmasked. */
function isOrdinary(cpu: Cpu, f: Fpu): boolean {
  const ordinary = EXCEPTIONS | PC_EXTENDED;
  return (
    (f.control & (EXCEPTIONS | PC_MASK | RC_MASK)) === ordinary &&
    (f.status & ES) === 0 &&
    (cpu.mode & MODE_CHECKED) === 0 &&
    !cpu.checksAlignment
  );
}

/** Slot `to` = a double, a normal number or zero. False, and nothing done, when it is neither. */
function fromDouble(f: Fpu, to: number, high: number, low: number): boolean {
  const exponent = (high >>> 20) & 0x7ff;
  if (exponent === 0 || exponent === 0x7ff) {
    if (((high << 1) | low) !== 0) return false;
    f.hi[to] = 0;
    f.lo[to] = 0;
    f.se[to] = (high >>> 16) & SIGN;
    return true;
  }
  f.hi[to] = (high << 11) | (low >>> 21) | INTEGER_BIT;
  f.lo[to] = low << 11;
  f.se[to] = ((high >>> 16) & SIGN) | (exponent + (BIAS - 1023));
  return true;
}

/** The same for a single. */
function fromSingle(f: Fpu, to: number, bits: number): boolean {
  const exponent = (bits >>> 23) & 0xff;
  if (exponent === 0xff || (exponent === 0 && bits << 1 !== 0)) return false;
  f.hi[to] = exponent === 0 ? 0 : (bits << 8) | INTEGER_BIT;
  f.lo[to] = 0;
  f.se[to] = ((bits >>> 16) & SIGN) | (exponent === 0 ? 0 : exponent + (BIAS - 127));
  return true;
}

function fromInteger(f: Fpu, to: number, value: number): void {
  const magnitude = value < 0 ? -value | 0 : value;
  const n = Math.clz32(magnitude);
  f.hi[to] = magnitude << n;
  f.lo[to] = 0;
  f.se[to] = value === 0 ? 0 : (value < 0 ? SIGN : 0) | (BIAS + 31 - n);
}

/** m[at], m[at + 1] = a register as a double. Returns PE and C1, or NOT_QUICK when it does not become a normal one or zero. */
function storeDouble(f: Fpu, n: number, m: Int32Array, at: number): number {
  const se = f.se[n]!;
  const hi = f.hi[n]!;
  const lo = f.lo[n]!;
  const exponent = (se & EXPONENT) - (BIAS - 1023);
  const sign = (se & SIGN) << 16;
  if ((hi | lo | (se & EXPONENT)) === 0) {
    m[at] = 0;
    m[at + 1] = sign;
    return 0;
  }
  // One below the largest exponent, rounding cannot overflow.
  if (exponent <= 0 || exponent >= 2046 || hi >= 0) return NOT_QUICK;
  const upper = sign | (exponent << 20) | ((hi >>> 11) & 0xfffff);
  const lower = (hi << 21) | (lo >>> 11);
  const rest = lo << 21;
  const up = rest < 0 && (rest !== INTEGER_BIT || (lower & 1) !== 0);
  m[at] = up ? lower + 1 : lower;
  m[at + 1] = up && lower === -1 ? upper + 1 : upper;
  return rest === 0 ? 0 : up ? PE | C1 : PE;
}

/** Register `to` = the quotient of two. Returns flags, or NOT_QUICK. */
function quickDivide(f: Fpu, to: number, a: number, b: number): number {
  if (f.hi[a]! >= 0 || f.hi[b]! >= 0) return NOT_QUICK;
  const flags = divide(f, a, b);
  // Overflow, underflow and operands that are no numbers show in these; nothing but slot R has changed.
  if ((flags & ~(PE | C1)) !== 0 || (f.se[R]! & EXPONENT) === EXPONENT) return NOT_QUICK;
  f.hi[to] = f.hi[R]!;
  f.lo[to] = f.lo[R]!;
  f.se[to] = f.se[R]!;
  return flags;
}

/** Register `to` = a op b, by ModRM.reg of D8. Returns flags, or NOT_QUICK. */
function operate(f: Fpu, operation: number, to: number, a: number, b: number): number {
  switch (operation) {
    case 0:
      return quickAdd(f, to, a, b, 0);
    case 1:
      return quickMultiply(f, to, a, b);
    case 4:
      return quickAdd(f, to, a, b, SIGN);
    case 5:
      return quickAdd(f, to, b, a, SIGN);
    case 6:
      return quickDivide(f, to, a, b);
    default:
      return quickDivide(f, to, b, a);
  }
}

/** EFLAGS by a comparison of numbers (SDM vol. 2A, FCOMI), false when there is anything else to it. */
function compareToEflags(f: Fpu, m: Int32Array, a: number, b: number): boolean {
  const result = compare(f, a, b, false);
  if ((result & EXCEPTIONS) !== 0) return false;
  m[RESULT] = result === EQUAL ? 0 : 1;
  m[SIGN_FLAG] = 1;
  m[CARRY] = result === LESS ? -0x40000000 : 0;
  return true;
}

/** Loads a memory operand at byte offset `from` into slot `to`. False, and nothing done, when it is not ordinary. */
function load(cpu: Cpu, f: Fpu, way: number, to: number, from: number): boolean {
  const m = cpu.ram.i32;
  const at = from >>> 2;
  if (way === LOAD_DOUBLE || way >= WITH_DOUBLE) return fromDouble(f, to, m[at + 1]!, m[at]!);
  if (way === LOAD_SINGLE || way >= WITH_SINGLE) return fromSingle(f, to, m[at]!);
  if (way === LOAD_INTEGER) fromInteger(f, to, m[at]!);
  else f.set(to, cpu.ram.u16[(from + 8) >>> 1]!, m[at + 1]!, m[at]!);
  return true;
}

/** Stores register `n` at byte offset `to`. Returns flags, or NOT_QUICK. */
function store(cpu: Cpu, f: Fpu, way: number, n: number, to: number): number {
  const m = cpu.ram.i32;
  if (way !== STORE_EXTENDED_POP) return storeDouble(f, n, m, to >>> 2);
  m[to >>> 2] = f.lo[n]!;
  m[(to + 4) >>> 2] = f.hi[n]!;
  cpu.ram.u16[(to + 8) >>> 1] = f.se[n]!;
  return 0;
}

/**
 * Runs from code index `start`; returns the code index of the first instruction that is no floating-point one. `page` is
 * what offsets in the page are relative to. TOP, the tags, the status word and the last instruction's address are kept
 * in variables, and handed over whenever a handler runs, for which `cpu.pc` and `cpu.eip` are the current instruction.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: with the moves in a function of their own it is a tenth slower
export function runX87(cpu: Cpu, start: number, page: number): number {
  const { code: c, fpu: f } = cpu;
  const m = cpu.ram.i32;
  let pc = start;
  let w = c[pc]!;
  const x87 = w & 0xff;
  let ordinary = isOrdinary(cpu, f);
  let { top, used, status } = f;
  let last = f.pointers[0]!;
  do {
    const t = c[pc + 2]!;
    const way = ordinary ? t >>> WAY_SHIFT : BY_HANDLER;
    const eip = page + (c[pc + 3]! & OFFSET_MASK);
    let flags = NOT_QUICK;
    if (way >= FIRST_LOAD) {
      const a = (m[(w >>> 12) & 15]! + (m[(w >>> 16) & 15]! << ((w >>> 20) & 3)) + c[pc + 1]!) | 0;
      const stores = way >= FIRST_STORE;
      const e = ~m[(stores ? WRITE_ENTRY : READ_ENTRY) + (a >>> 12)]!;
      if (((e | a) & 3) === 0 && (a & 0xfff) <= LAST_OFFSET) {
        const at = (e + a) | 0;
        const hasTop = ((used >>> top) & 1) !== 0;
        if (stores) {
          if (hasTop) flags = store(cpu, f, way, top, at);
          if (flags !== NOT_QUICK && way !== STORE_DOUBLE) {
            used &= ~(1 << top);
            top = (top + 1) & 7;
          }
        } else if (way >= WITH_SINGLE) {
          if (hasTop && load(cpu, f, way, M, at)) flags = operate(f, way & 7, top, top, M);
        } else {
          const to = (top - 1) & 7;
          if (((used >>> to) & 1) === 0 && load(cpu, f, way, to, at)) {
            top = to;
            used |= 1 << to;
            flags = 0;
          }
        }
      }
    } else if (way !== BY_HANDLER) {
      const b = (top + (t >>> MODRM_SHIFT)) & 7;
      const hasBoth = ((used >>> top) & (used >>> b) & 1) !== 0;
      if (way >= TO_TOP) {
        if (hasBoth) {
          flags = way < TO_REGISTER ? operate(f, way & 7, top, top, b) : operate(f, way & 7, b, b, top);
          if (way >= TO_REGISTER_POP && flags !== NOT_QUICK) {
            used &= ~(1 << top);
            top = (top + 1) & 7;
          }
        }
      } else if (way === LOAD_REGISTER) {
        const to = (top - 1) & 7;
        if (((used >>> b) & ~(used >>> to) & 1) !== 0) {
          f.copy(to, b);
          top = to;
          used |= 1 << to;
          flags = 0;
        }
      } else if (way === STORE_REGISTER) {
        if (((used >>> top) & 1) !== 0) {
          f.copy(b, top);
          used = (used | (1 << b)) & ~(1 << top);
          top = (top + 1) & 7;
          flags = 0;
        }
      } else if (hasBoth) {
        flags = 0;
        if (way === EXCHANGE) f.exchange(top, b);
        else if (way === CHANGE_SIGN) f.se[top] = f.se[top]! ^ SIGN;
        else if (!compareToEflags(f, m, top, b)) flags = NOT_QUICK;
        else {
          flags = status & C1;
          if (way === COMPARE_POP) {
            used &= ~(1 << top);
            top = (top + 1) & 7;
          }
        }
      }
    }
    if (flags !== NOT_QUICK) {
      last = eip;
      status = (status & ~C1) | flags;
    } else {
      f.top = top;
      f.used = used;
      f.status = status;
      f.pointers[0] = last;
      cpu.pc = pc;
      cpu.eip = eip >>> 0;
      x87Handler(cpu, pc);
      ({ top, used, status } = f);
      last = f.pointers[0]!;
      ordinary = isOrdinary(cpu, f);
    }
    pc += WORDS;
    w = c[pc]!;
  } while ((w & 0xff) === x87);
  f.top = top;
  f.used = used;
  f.status = status;
  f.pointers[0] = last;
  return pc;
}
