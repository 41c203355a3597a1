/** Operands in memory: reads into slot M, and writes that fault before they change anything. */
import type { Cpu } from '../cpu.ts';
import { PAGE_MASK, PAGE_SIZE } from '../ram.ts';
import { fromDouble, fromInt32, fromInt64, fromSingle } from './load.ts';

/** Reads an operand into slot M; returns DE for a denormal. */
export type Load = (cpu: Cpu, linear: number) => number;

export const loadSingle: Load = (cpu, linear) => fromSingle(cpu.fpu, cpu.readMem32(linear));

export const loadDouble: Load = (cpu, linear) => {
  const lo = cpu.readMem32(linear);
  return fromDouble(cpu.fpu, cpu.readMem32((linear + 4) | 0), lo);
};

export const loadInt16: Load = (cpu, linear) => {
  fromInt32(cpu.fpu, (cpu.readMem16(linear) << 16) >> 16);
  return 0;
};

export const loadInt32: Load = (cpu, linear) => {
  fromInt32(cpu.fpu, cpu.readMem32(linear));
  return 0;
};

export const loadInt64: Load = (cpu, linear) => {
  const lo = cpu.readMem32(linear);
  fromInt64(cpu.fpu, cpu.readMem32((linear + 4) | 0), lo);
  return 0;
};

/** Probes a write of `size` bytes where parts of it could fault apart. */
export function probe(cpu: Cpu, linear: number, size: number): void {
  if ((linear & PAGE_MASK) > PAGE_SIZE - size) cpu.probeWrite(linear, size);
}

export function write64(cpu: Cpu, linear: number, hi: number, lo: number): void {
  probe(cpu, linear, 8);
  cpu.writeMem32(linear, lo);
  cpu.writeMem32((linear + 4) | 0, hi);
}
