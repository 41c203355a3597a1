/** Access to the operands of a decoded instruction, for the handlers: any size, any segment, any mode. */
import type { Alu } from './alu.ts';
import type { Cpu } from './cpu.ts';
import type { Form } from './forms.ts';
import { ESP, SS } from './layout.ts';
import {
  ADDRESS_16,
  BASE_SHIFT,
  INDEX_SHIFT,
  LENGTH_SHIFT,
  MEMORY,
  OPERAND_16,
  REG_SHIFT,
  SCALE_SHIFT,
  SEGMENT_SHIFT,
} from './words.ts';

/** Executes the instruction at code index `pc`; returns NEXT or where control went (words.ts). Throws GUEST_FAULT. */
export type Handler = (cpu: Cpu, pc: number) => number;

export const isMemory = (cpu: Cpu, pc: number): boolean => (cpu.code[pc]! & MEMORY) !== 0;
export const is16 = (cpu: Cpu, pc: number): boolean => (cpu.code[pc]! & OPERAND_16) !== 0;
export const regNumber = (cpu: Cpu, pc: number): number => (cpu.code[pc]! >>> REG_SHIFT) & 15;
export const baseNumber = (cpu: Cpu, pc: number): number => (cpu.code[pc]! >>> BASE_SHIFT) & 15;
export const immediate = (cpu: Cpu, pc: number): number => cpu.code[pc + 2]!;
export const segmentOf = (cpu: Cpu, pc: number): number => (cpu.code[pc]! >>> SEGMENT_SHIFT) & 7;
/** Mask of address arithmetic: 0xffff or all ones. */
export const addressMask = (cpu: Cpu, pc: number): number => ((cpu.code[pc]! & ADDRESS_16) === 0 ? -1 : 0xffff);

/** Operand size in bytes of an instruction of this form. */
export function sizeOf(form: Form): Handler {
  if (form.size === 'b') return () => 1;
  if (form.size === 'w') return () => 2;
  return (cpu, pc) => (is16(cpu, pc) ? 2 : 4);
}

/** 32 - operand bits, for alu.ts. */
export const shiftOf = (size: number): number => 32 - size * 8;

/** eip after this instruction. */
export function nextEip(cpu: Cpu, pc: number): number {
  return (cpu.eip + ((cpu.code[pc + 3]! >>> LENGTH_SHIFT) & 15)) >>> 0;
}

export function readRegister(cpu: Cpu, n: number, size: number): number {
  if (size === 4) return cpu.ram.i32[n]!;
  return size === 2 ? cpu.ram.u16[n << 1]! : cpu.ram.u8[n]!;
}

export function writeRegister(cpu: Cpu, n: number, size: number, value: number): void {
  if (size === 4) cpu.ram.i32[n] = value;
  else if (size === 2) cpu.ram.u16[n << 1] = value;
  else cpu.ram.u8[n] = value;
}

export function readLinear(cpu: Cpu, linear: number, size: number): number {
  if (size === 4) return cpu.readMem32(linear);
  return size === 2 ? cpu.readMem16(linear) : cpu.readMem8(linear);
}

export function writeLinear(cpu: Cpu, linear: number, size: number, value: number): void {
  if (size === 4) cpu.writeMem32(linear, value);
  else if (size === 2) cpu.writeMem16(linear, value);
  else cpu.writeMem8(linear, value);
}

/** Offset of the memory operand within its segment. */
export function offsetE(cpu: Cpu, pc: number): number {
  const m = cpu.ram.i32;
  const c = cpu.code;
  const w = c[pc]!;
  const offset =
    (m[(w >>> BASE_SHIFT) & 15]! + (m[(w >>> INDEX_SHIFT) & 15]! << ((w >>> SCALE_SHIFT) & 3)) + c[pc + 1]!) | 0;
  return (w & ADDRESS_16) === 0 ? offset : offset & 0xffff;
}

/** Linear address of the memory operand, checked against its segment. */
export function linearE(cpu: Cpu, pc: number, size: number, write: boolean): number {
  return cpu.linear(segmentOf(cpu, pc), offsetE(cpu, pc), size, write);
}

export function readE(cpu: Cpu, pc: number, size: number): number {
  if (isMemory(cpu, pc)) return readLinear(cpu, linearE(cpu, pc, size, false), size);
  return readRegister(cpu, baseNumber(cpu, pc), size);
}

export function writeE(cpu: Cpu, pc: number, size: number, value: number): void {
  if (isMemory(cpu, pc)) writeLinear(cpu, linearE(cpu, pc, size, true), size, value);
  else writeRegister(cpu, baseNumber(cpu, pc), size, value);
}

export const readG = (cpu: Cpu, pc: number, size: number): number => readRegister(cpu, regNumber(cpu, pc), size);

export function writeG(cpu: Cpu, pc: number, size: number, value: number): void {
  writeRegister(cpu, regNumber(cpu, pc), size, value);
}

/** E := alu(E, b). A fault of the store comes before anything changes. */
export function applyE(cpu: Cpu, pc: number, size: number, alu: Alu, b: number): void {
  const m = cpu.ram.i32;
  const s = shiftOf(size);
  if (isMemory(cpu, pc)) {
    const linear = linearE(cpu, pc, size, true);
    cpu.probeWrite(linear, size);
    writeLinear(cpu, linear, size, alu(m, s, readLinear(cpu, linear, size), b));
  } else {
    const n = baseNumber(cpu, pc);
    writeRegister(cpu, n, size, alu(m, s, readRegister(cpu, n, size), b));
  }
}

/** ESP, or SP with a 16-bit stack. */
export const stackPointer = (cpu: Cpu): number => cpu.ram.i32[ESP]! & cpu.stackMask;

export function setStackPointer(cpu: Cpu, value: number): void {
  const m = cpu.ram.i32;
  m[ESP] = (m[ESP]! & ~cpu.stackMask) | (value & cpu.stackMask);
}

/** Linear address of a stack slot `delta` bytes from the stack pointer. */
export function stackLinear(cpu: Cpu, delta: number, size: number, write: boolean): number {
  return cpu.linear(SS, (stackPointer(cpu) + delta) & cpu.stackMask, size, write);
}

export function push(cpu: Cpu, size: number, value: number): void {
  writeLinear(cpu, stackLinear(cpu, -size, size, true), size, value);
  setStackPointer(cpu, stackPointer(cpu) - size);
}

/** Value `delta` bytes above the stack pointer, which stays. */
export function peek(cpu: Cpu, size: number, delta = 0): number {
  return readLinear(cpu, stackLinear(cpu, delta, size, false), size);
}
