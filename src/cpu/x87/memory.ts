/** Operands in memory: reads into slot M, and writes that fault before they change anything. */
import type { Cpu } from '../cpu.ts';
import { PAGE_MASK, PAGE_SIZE } from '../ram.ts';
import { fromDouble, fromInt32, fromInt64, fromSingle } from './load.ts';

/** Formats of operands that are read. Numbers, so that one dispatch serves every form without an indirect call. */
export const SINGLE = 0;
export const DOUBLE = 1;
export const INT16 = 2;
export const INT32 = 3;
export const INT64 = 4;

/** Reads an operand into slot M; returns DE for a denormal. */
export function load(cpu: Cpu, format: number, linear: number): number {
  switch (format) {
    case DOUBLE: {
      cpu.checkAlignment(linear, 8);
      const lo = cpu.readMem32(linear);
      return fromDouble(cpu.fpu, cpu.readMem32((linear + 4) | 0), lo);
    }
    case SINGLE:
      return fromSingle(cpu.fpu, cpu.readMem32(linear));
    case INT32:
      fromInt32(cpu.fpu, cpu.readMem32(linear));
      return 0;
    case INT16:
      fromInt32(cpu.fpu, (cpu.readMem16(linear) << 16) >> 16);
      return 0;
    default: {
      cpu.checkAlignment(linear, 8);
      const lo = cpu.readMem32(linear);
      fromInt64(cpu.fpu, cpu.readMem32((linear + 4) | 0), lo);
      return 0;
    }
  }
}

/** Probes a write of `size` bytes where parts of it could fault apart. */
export function probe(cpu: Cpu, linear: number, size: number): void {
  if ((linear & PAGE_MASK) > PAGE_SIZE - size) cpu.probeWrite(linear, size);
}

export function write64(cpu: Cpu, linear: number, hi: number, lo: number): void {
  cpu.checkAlignment(linear, 8);
  probe(cpu, linear, 8);
  cpu.writeMem32(linear, lo);
  cpu.writeMem32((linear + 4) | 0, hi);
}
