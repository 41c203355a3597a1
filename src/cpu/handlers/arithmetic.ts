/** Arithmetic, logic, shifts, multiplication, division, decimal adjustment. */

import type { Alu } from '../alu.ts';
import * as alu from '../alu.ts';
import type { Cpu } from '../cpu.ts';
import { DE } from '../fault.ts';
import { AF, arithmeticFlags, CF, condition, setArithmeticFlags, setCarryOverflow, setResult } from '../flags.ts';
import type { Form } from '../forms.ts';
import { CARRY, EAX, ECX, EDX, RESULT, SIGN } from '../layout.ts';
import {
  applyE,
  type Handler,
  immediate,
  readE,
  readG,
  regNumber,
  shiftOf,
  sizeOf,
  writeG,
  writeRegister,
} from '../operands.ts';
import { NEXT } from '../words.ts';

type Maker = (form: Form) => Handler;

/** Byte register AH as an offset into the register file. */
const AH = 1;

/** Two operands, the result written to the first unless `alu` only compares. */
function binary(operation: Alu, writes: boolean): Maker {
  return (form) => {
    const size = sizeOf(form);
    if (form.shape === 'G,E') {
      return (cpu, pc) => {
        const n = size(cpu, pc);
        const b = readE(cpu, pc, n);
        const value = operation(cpu.ram.i32, shiftOf(n), readG(cpu, pc, n), b);
        if (writes) writeG(cpu, pc, n, value);
        return NEXT;
      };
    }
    const source: Handler = form.shape === 'E,G' ? (cpu, pc) => readG(cpu, pc, size(cpu, pc)) : immediate;
    if (!writes) {
      return (cpu, pc) => {
        const n = size(cpu, pc);
        operation(cpu.ram.i32, shiftOf(n), readE(cpu, pc, n), source(cpu, pc));
        return NEXT;
      };
    }
    return (cpu, pc) => {
      applyE(cpu, pc, size(cpu, pc), operation, source(cpu, pc));
      return NEXT;
    };
  };
}

const unary =
  (operation: Alu): Maker =>
  (form) => {
    const size = sizeOf(form);
    return (cpu, pc) => {
      applyE(cpu, pc, size(cpu, pc), operation, 0);
      return NEXT;
    };
  };

function shift(operation: Alu): Maker {
  return (form) => {
    const size = sizeOf(form);
    const count: Handler =
      form.shape === 'E,CL' ? (cpu) => cpu.ram.i32[ECX]! : form.shape === 'E,1' ? () => 1 : immediate;
    return (cpu, pc) => {
      applyE(cpu, pc, size(cpu, pc), operation, count(cpu, pc));
      return NEXT;
    };
  };
}

function doubleShift(operation: typeof alu.shld): Maker {
  return (form) => {
    const size = sizeOf(form);
    const byImmediate = form.shape === 'E,G,I';
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const fill = readG(cpu, pc, n);
      const count = byImmediate ? immediate(cpu, pc) : cpu.ram.i32[ECX]!;
      applyE(cpu, pc, n, (m, s, a) => operation(m, s, a, fill, count), 0);
      return NEXT;
    };
  };
}

/** Flags of a product: CF = OF = the high half matters; SF and PF follow the low half, AF and ZF are clear. */
function productFlags(cpu: Cpu, low: number, s: number, wide: boolean): void {
  const m = cpu.ram.i32;
  setResult(m, s, low << s, 0);
  m[RESULT] = 1;
  setCarryOverflow(m, wide ? 1 : 0, wide ? 1 : 0);
}

/** AX, DX:AX or EDX:EAX := the accumulator times E. */
function multiply(signed: boolean): Maker {
  return (form) => {
    const size = sizeOf(form);
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const s = shiftOf(n);
      const m = cpu.ram.i32;
      const b = readE(cpu, pc, n);
      const a = m[EAX]!;
      if (n === 4) {
        const low = Math.imul(a, b);
        const high = signed ? alu.multiplyHighSigned(a, b) : alu.multiplyHigh(a, b);
        m[EAX] = low;
        m[EDX] = high;
        productFlags(cpu, low, 0, signed ? high !== low >> 31 : high !== 0);
        return NEXT;
      }
      const product = signed ? ((a << s) >> s) * ((b << s) >> s) : ((a << s) >>> s) * ((b << s) >>> s);
      if (n === 1) writeRegister(cpu, EAX, 2, product);
      else {
        writeRegister(cpu, EAX, 2, product);
        writeRegister(cpu, EDX, 2, product >>> 16);
      }
      productFlags(cpu, product, s, signed ? product !== (product << s) >> s : product >>> (32 - s) !== 0);
      return NEXT;
    };
  };
}

/** G := E times G or an immediate, cut to the operand size. */
const signedProduct: Maker = (form) => {
  const size = sizeOf(form);
  const three = form.shape === 'G,E,I';
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const s = shiftOf(n);
    const a = (readE(cpu, pc, n) << s) >> s;
    const b = three ? immediate(cpu, pc) : (readG(cpu, pc, n) << s) >> s;
    const low = Math.imul(a, b);
    const wide = n === 4 ? alu.multiplyHighSigned(a, b) !== low >> 31 : low !== (low << s) >> s;
    writeG(cpu, pc, n, low);
    productFlags(cpu, low, s, wide);
    return NEXT;
  };
};

/** Unsigned division of the double accumulator by E; #DE when the quotient does not fit. */
const divide: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const m = cpu.ram.i32;
    const divisor = readE(cpu, pc, n) >>> 0;
    if (n === 4) {
      const high = m[EDX]! >>> 0;
      if (high >= divisor) throw cpu.fault(DE);
      const low = m[EAX]! >>> 0;
      const quotient = alu.divideWide(high, low, divisor);
      m[EAX] = quotient;
      m[EDX] = low - Math.imul(quotient, divisor);
      return NEXT;
    }
    const dividend = n === 1 ? m[EAX]! & 0xffff : ((m[EAX]! & 0xffff) | (m[EDX]! << 16)) >>> 0;
    const quotient = Math.floor(dividend / divisor);
    if (divisor === 0 || quotient > (n === 1 ? 0xff : 0xffff)) throw cpu.fault(DE);
    storeQuotient(cpu, n, quotient, dividend % divisor);
    return NEXT;
  };
};

/** Signed division, truncating towards zero; #DE when the quotient does not fit. */
const divideSigned: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const m = cpu.ram.i32;
    const s = shiftOf(n);
    const divisor = (readE(cpu, pc, n) << s) >> s;
    if (divisor === 0) throw cpu.fault(DE);
    if (n === 4) {
      divideSigned64(cpu, divisor);
      return NEXT;
    }
    const dividend = n === 1 ? (m[EAX]! << 16) >> 16 : (m[EAX]! & 0xffff) | (m[EDX]! << 16);
    const quotient = Math.trunc(dividend / divisor);
    if (quotient !== (quotient << s) >> s) throw cpu.fault(DE);
    storeQuotient(cpu, n, quotient, dividend % divisor);
    return NEXT;
  };
};

function divideSigned64(cpu: Cpu, divisor: number): void {
  const m = cpu.ram.i32;
  let high = m[EDX]!;
  let low = m[EAX]!;
  const negative = high < 0;
  if (negative) {
    low = -low | 0;
    high = (~high + (low === 0 ? 1 : 0)) | 0;
  }
  const size = Math.abs(divisor);
  if (high >>> 0 >= size) throw cpu.fault(DE);
  const magnitude = alu.divideWide(high >>> 0, low >>> 0, size);
  const negativeQuotient = negative !== divisor < 0;
  if (magnitude > (negativeQuotient ? 0x80000000 : 0x7fffffff)) throw cpu.fault(DE);
  const rest = (low - Math.imul(magnitude, size)) | 0;
  m[EAX] = negativeQuotient ? -magnitude : magnitude;
  m[EDX] = negative ? -rest : rest;
}

function storeQuotient(cpu: Cpu, n: number, quotient: number, rest: number): void {
  if (n === 1) {
    cpu.ram.u8[EAX] = quotient;
    cpu.ram.u8[AH] = rest;
  } else {
    writeRegister(cpu, EAX, 2, quotient);
    writeRegister(cpu, EDX, 2, rest);
  }
}

/** DAA and DAS. SDM vol. 2A, DAA: operation. */
const decimalAfter =
  (direction: 1 | -1): Handler =>
  (cpu) => {
    const m = cpu.ram.i32;
    const flags = arithmeticFlags(m);
    const old = m[EAX]! & 0xff;
    let al = old;
    let carry = 0;
    let adjust = 0;
    if ((old & 15) > 9 || (flags & AF) !== 0) {
      al += 6 * direction;
      carry = al < 0 || al > 0xff ? CF : 0;
      adjust = AF;
    }
    if (old > 0x99 || (flags & CF) !== 0) {
      al += 0x60 * direction;
      carry = CF;
    } else if (direction === 1) carry = 0;
    if ((flags & CF) !== 0) carry = CF;
    finishByte(cpu, al, carry | adjust);
    return NEXT;
  };

/** AL := value with SF ZF PF of it, the given CF and AF, and OF clear. */
function finishByte(cpu: Cpu, value: number, carryFlags: number): void {
  const m = cpu.ram.i32;
  cpu.ram.u8[EAX] = value;
  setResult(m, 24, value << 24, 0);
  m[CARRY] = ((carryFlags & CF) === 0 ? 0 : 0xc0000000) | ((carryFlags & AF) >>> 1);
}

/** AAA and AAS. SF, ZF and PF are left as they were. */
const asciiAfter =
  (direction: 1 | -1): Handler =>
  (cpu) => {
    const m = cpu.ram.i32;
    const flags = arithmeticFlags(m);
    const adjust = (m[EAX]! & 15) > 9 || (flags & AF) !== 0;
    if (adjust) writeRegister(cpu, EAX, 2, m[EAX]! + 0x106 * direction);
    cpu.ram.u8[EAX] = m[EAX]! & 15;
    setArithmeticFlags(m, (flags & ~(AF | CF)) | (adjust ? AF | CF : 0));
    return NEXT;
  };

const aam: Handler = (cpu, pc) => {
  const base = immediate(cpu, pc);
  if (base === 0) throw cpu.fault(DE);
  const al = cpu.ram.u8[EAX]!;
  cpu.ram.u8[AH] = Math.floor(al / base);
  finishByte(cpu, al % base, 0);
  return NEXT;
};

const aad: Handler = (cpu, pc) => {
  const value = (cpu.ram.u8[EAX]! + cpu.ram.u8[AH]! * immediate(cpu, pc)) & 0xff;
  cpu.ram.u8[AH] = 0;
  finishByte(cpu, value, 0);
  return NEXT;
};

/** CMOVcc loads its operand, and may fault, whether or not the condition holds. */
const cmovcc: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const value = readE(cpu, pc, n);
    if (condition(cpu.ram.i32, immediate(cpu, pc))) writeRegister(cpu, regNumber(cpu, pc), n, value);
    return NEXT;
  };
};

const carryChange =
  (change: (carry: number) => number): Handler =>
  (cpu) => {
    const m = cpu.ram.i32;
    const flags = arithmeticFlags(m);
    const sign = m[SIGN]!;
    const result = m[RESULT]!;
    setArithmeticFlags(m, (flags & ~CF) | change(flags & CF));
    m[SIGN] = sign;
    m[RESULT] = result;
    return NEXT;
  };

export const arithmeticHandlers: Readonly<Record<string, Maker>> = {
  add: binary(alu.add, true),
  or: binary(alu.or, true),
  adc: binary(alu.adc, true),
  sbb: binary(alu.sbb, true),
  and: binary(alu.and, true),
  sub: binary(alu.sub, true),
  xor: binary(alu.xor, true),
  cmp: binary(alu.sub, false),
  test: binary(alu.and, false),
  inc: unary(alu.inc),
  dec: unary(alu.dec),
  not: unary(alu.not),
  neg: unary(alu.neg),
  rol: shift(alu.rol),
  ror: shift(alu.ror),
  rcl: shift(alu.rcl),
  rcr: shift(alu.rcr),
  shl: shift(alu.shl),
  shr: shift(alu.shr),
  sar: shift(alu.sar),
  shld: doubleShift(alu.shld),
  shrd: doubleShift(alu.shrd),
  mul: multiply(false),
  imul: multiply(true),
  imul2: signedProduct,
  imul3: signedProduct,
  div: divide,
  idiv: divideSigned,
  daa: () => decimalAfter(1),
  das: () => decimalAfter(-1),
  aaa: () => asciiAfter(1),
  aas: () => asciiAfter(-1),
  aam: () => aam,
  aad: () => aad,
  cmovcc,
  cmc: () => carryChange((carry) => carry ^ CF),
  clc: () => carryChange(() => 0),
  stc: () => carryChange(() => CF),
};
