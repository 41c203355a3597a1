/** Bit tests and scans, exchange-and-add kinds. */
import * as alu from '../alu.ts';
import { setCarry, setZero } from '../flags.ts';
import type { Form } from '../forms.ts';
import { EAX, EBX, ECX, EDX } from '../layout.ts';
import {
  addressMask,
  baseNumber,
  type Handler,
  immediate,
  isMemory,
  linearE,
  offsetE,
  readE,
  readG,
  readLinear,
  readRegister,
  segmentOf,
  shiftOf,
  sizeOf,
  writeG,
  writeLinear,
  writeRegister,
} from '../operands.ts';
import { NEXT } from '../words.ts';

type Maker = (form: Form) => Handler;
type Change = (value: number, bit: number) => number;

/**
 * BT, BTS, BTR, BTC. With a register bit offset and a memory operand the bit may lie anywhere: the access goes to
 * the operand-sized word that holds it.
 */
function bitTest(change: Change | null): Maker {
  return (form) => {
    const size = sizeOf(form);
    const byRegister = form.shape === 'E,G';
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const s = shiftOf(n);
      const position = byRegister ? (readG(cpu, pc, n) << s) >> s : immediate(cpu, pc);
      const bit = position & (n * 8 - 1);
      const m = cpu.ram.i32;
      if (!isMemory(cpu, pc)) {
        const value = readRegister(cpu, baseNumber(cpu, pc), n);
        setCarry(m, (value >>> bit) & 1);
        if (change !== null) writeRegister(cpu, baseNumber(cpu, pc), n, change(value, 1 << bit));
        return NEXT;
      }
      const word = byRegister ? (position >> (n === 4 ? 5 : 4)) * n : 0;
      const offset = (offsetE(cpu, pc) + word) & addressMask(cpu, pc);
      const linear = cpu.linear(segmentOf(cpu, pc), offset, n, change !== null);
      if (change !== null) cpu.probeWrite(linear, n);
      const value = readLinear(cpu, linear, n);
      if (change !== null) writeLinear(cpu, linear, n, change(value, 1 << bit));
      setCarry(m, (value >>> bit) & 1);
      return NEXT;
    };
  };
}

/** BSF and BSR. With a zero source the destination stays, as every processor of the family does it. */
function scan(find: (value: number) => number): Maker {
  return (form) => {
    const size = sizeOf(form);
    return (cpu, pc) => {
      const n = size(cpu, pc);
      const s = shiftOf(n);
      const value = (readE(cpu, pc, n) << s) >>> s;
      if (value !== 0) writeG(cpu, pc, n, find(value));
      setZero(cpu.ram.i32, value === 0);
      return NEXT;
    };
  };
}

const cmpxchg: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const m = cpu.ram.i32;
    const memory = isMemory(cpu, pc);
    const linear = memory ? linearE(cpu, pc, n, true) : 0;
    if (memory) cpu.probeWrite(linear, n);
    const old = memory ? readLinear(cpu, linear, n) : readRegister(cpu, baseNumber(cpu, pc), n);
    const accumulator = readRegister(cpu, EAX, n);
    const source = readG(cpu, pc, n);
    const equal = alu.sub(m, shiftOf(n), accumulator, old) === 0;
    if (memory) writeLinear(cpu, linear, n, equal ? source : old);
    else if (equal) writeRegister(cpu, baseNumber(cpu, pc), n, source);
    if (!equal) writeRegister(cpu, EAX, n, old);
    return NEXT;
  };
};

const cmpxchg8b: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  const linear = linearE(cpu, pc, 8, true);
  cpu.checkAlignment(linear, 8);
  cpu.probeWrite(linear, 8);
  const low = cpu.readMem32(linear);
  const high = cpu.readMem32((linear + 4) | 0);
  const equal = low === m[EAX] && high === m[EDX];
  cpu.writeMem32(linear, equal ? m[EBX]! : low);
  cpu.writeMem32((linear + 4) | 0, equal ? m[ECX]! : high);
  if (!equal) {
    m[EAX] = low;
    m[EDX] = high;
  }
  setZero(m, equal);
  return NEXT;
};

/** XADD: the sum goes to E last, so that `xadd r, r` ends with the sum. */
const xadd: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const m = cpu.ram.i32;
    if (!isMemory(cpu, pc)) {
      const old = readRegister(cpu, baseNumber(cpu, pc), n);
      const total = alu.add(m, shiftOf(n), old, readG(cpu, pc, n));
      writeG(cpu, pc, n, old);
      writeRegister(cpu, baseNumber(cpu, pc), n, total);
      return NEXT;
    }
    const linear = linearE(cpu, pc, n, true);
    cpu.probeWrite(linear, n);
    const old = readLinear(cpu, linear, n);
    writeLinear(cpu, linear, n, alu.add(m, shiftOf(n), old, readG(cpu, pc, n)));
    writeG(cpu, pc, n, old);
    return NEXT;
  };
};

const xchg: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const source = readG(cpu, pc, n);
    if (!isMemory(cpu, pc)) {
      const old = readRegister(cpu, baseNumber(cpu, pc), n);
      writeRegister(cpu, baseNumber(cpu, pc), n, source);
      writeG(cpu, pc, n, old);
      return NEXT;
    }
    const linear = linearE(cpu, pc, n, true);
    cpu.probeWrite(linear, n);
    const old = readLinear(cpu, linear, n);
    writeLinear(cpu, linear, n, source);
    writeG(cpu, pc, n, old);
    return NEXT;
  };
};

/** BSWAP; of a 16-bit register it gives zero, as Intel's processors do (SDM: undefined). */
const bswap: Maker = (form) => {
  const size = sizeOf(form);
  return (cpu, pc) => {
    const n = size(cpu, pc);
    const v = readRegister(cpu, baseNumber(cpu, pc), 4);
    const swapped = (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
    writeRegister(cpu, baseNumber(cpu, pc), n, n === 4 ? swapped : 0);
    return NEXT;
  };
};

export const bitHandlers: Readonly<Record<string, Maker>> = {
  bt: bitTest(null),
  bts: bitTest((value, mask) => value | mask),
  btr: bitTest((value, mask) => value & ~mask),
  btc: bitTest((value, mask) => value ^ mask),
  bsf: scan((value) => 31 - Math.clz32(value & -value)),
  bsr: scan((value) => 31 - Math.clz32(value)),
  cmpxchg,
  cmpxchg8b: () => cmpxchg8b,
  xadd,
  xchg,
  bswap,
};
