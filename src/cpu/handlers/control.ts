/** Transfers of control: near and far, conditional, interrupts. */
import type { Cpu } from '../cpu.ts';
import { BP, BR, DB, GP, OF as OVERFLOW, UD } from '../fault.ts';
import { arithmeticFlags, condition, NT, OF, RF, zeroFlag } from '../flags.ts';
import type { Form } from '../forms.ts';
import { CS, ECX } from '../layout.ts';
import {
  addressMask,
  type Handler,
  immediate,
  is16,
  isMemory,
  linearE,
  nextEip,
  peek,
  push,
  readE,
  readG,
  readLinear,
  setStackPointer,
  stackLinear,
  stackPointer,
} from '../operands.ts';
import { JUMPED, MODE_CHANGED, NEXT, TO_KERNEL, TRAPPED } from '../words.ts';
import { loadUserFlags } from './movement.ts';

type Maker = (form: Form) => Handler;
/** Linux's system call gate, the one software interrupt besides #BP and #OF that CPL 3 may raise. */
const SYSCALL_VECTOR = 0x80;
/** Error code bit of a fault on a gate of the interrupt table. */
const FROM_IDT = 2;

/** Near transfer: 16-bit operands cut eip; beyond the limit of CS is #GP(0). */
function jump(cpu: Cpu, pc: number, target: number): number {
  const eip = (is16(cpu, pc) ? target & 0xffff : target) >>> 0;
  if (eip > cpu.codeLimit) throw cpu.fault(GP, 0);
  cpu.eip = eip;
  return JUMPED;
}

const relative = (cpu: Cpu, pc: number): number => nextEip(cpu, pc) + immediate(cpu, pc);

/** The condition is in the displacement word, which a jump does not need. */
const jcc: Handler = (cpu, pc) => (condition(cpu.ram.i32, cpu.code[pc + 1]!) ? jump(cpu, pc, relative(cpu, pc)) : NEXT);

const jmp: Handler = (cpu, pc) => jump(cpu, pc, relative(cpu, pc));

const jmpIndirect: Handler = (cpu, pc) => jump(cpu, pc, readE(cpu, pc, is16(cpu, pc) ? 2 : 4));

/** LOOP, LOOPE, LOOPNE: the count register follows the address size. */
const loop: Maker = (form) => {
  const wanted = form.row.name === 'loop' ? -1 : form.row.name === 'loope' ? 1 : 0;
  return (cpu, pc) => {
    const m = cpu.ram.i32;
    const mask = addressMask(cpu, pc);
    const old = m[ECX]!;
    const count = (old - 1) & mask;
    const taken = count !== 0 && (wanted < 0 || zeroFlag(m) === wanted);
    const result = taken ? jump(cpu, pc, relative(cpu, pc)) : NEXT;
    m[ECX] = (old & ~mask) | count;
    return result;
  };
};

const jecxz: Handler = (cpu, pc) =>
  (cpu.ram.i32[ECX]! & addressMask(cpu, pc)) === 0 ? jump(cpu, pc, relative(cpu, pc)) : NEXT;

function callTo(cpu: Cpu, pc: number, target: number): number {
  const n = is16(cpu, pc) ? 2 : 4;
  const back = nextEip(cpu, pc);
  cpu.probeWrite(stackLinear(cpu, -n, n, true), n);
  const result = jump(cpu, pc, target);
  push(cpu, n, back);
  return result;
}

const call: Handler = (cpu, pc) => callTo(cpu, pc, relative(cpu, pc));

const callIndirect: Handler = (cpu, pc) => callTo(cpu, pc, readE(cpu, pc, is16(cpu, pc) ? 2 : 4));

/** RET; the immediate, 0 without one, is released after the return address. */
const ret: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const result = jump(cpu, pc, peek(cpu, n));
  setStackPointer(cpu, stackPointer(cpu) + n + immediate(cpu, pc));
  return result;
};

/** Selector and offset of a far transfer: from memory, or from the instruction. */
function farTarget(cpu: Cpu, pc: number, n: number): readonly [number, number] {
  if (!isMemory(cpu, pc)) return [cpu.code[pc + 1]! & 0xffff, immediate(cpu, pc) & (n === 2 ? 0xffff : -1)];
  const linear = linearE(cpu, pc, n + 2, false);
  const offset = readLinear(cpu, linear, n);
  return [cpu.readMem16((linear + n) | 0), offset];
}

const jmpFar: Handler = (cpu, pc) => {
  const [selector, offset] = farTarget(cpu, pc, is16(cpu, pc) ? 2 : 4);
  cpu.checkCode(selector, offset);
  cpu.loadCode(selector);
  cpu.eip = offset >>> 0;
  return MODE_CHANGED;
};

const callFar: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const [selector, offset] = farTarget(cpu, pc, n);
  cpu.checkCode(selector, offset);
  const back = nextEip(cpu, pc);
  cpu.probeWrite(stackLinear(cpu, -n, n, true), n);
  cpu.probeWrite(stackLinear(cpu, -2 * n, n, true), n);
  push(cpu, n, cpu.getSegment(CS));
  push(cpu, n, back);
  cpu.loadCode(selector);
  cpu.eip = offset >>> 0;
  return MODE_CHANGED;
};

/** Far returns go to the same privilege only: a selector with another RPL is #GP. */
function returnFar(cpu: Cpu, n: number): void {
  const offset = peek(cpu, n);
  const selector = peek(cpu, n, n) & 0xffff;
  if ((selector & 3) !== 3) throw cpu.selectorFault(GP, selector);
  cpu.checkCode(selector, offset);
  cpu.loadCode(selector);
  cpu.eip = offset >>> 0;
}

const retFar: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  returnFar(cpu, n);
  setStackPointer(cpu, stackPointer(cpu) + 2 * n + immediate(cpu, pc));
  return MODE_CHANGED;
};

/** Vector of an invalid task state segment: what a nested-task return finds here. */
const TS = 10;

const iret: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  if ((cpu.getEflags() & NT) !== 0) throw cpu.fault(TS, 0);
  const flags = peek(cpu, n, 2 * n);
  returnFar(cpu, n);
  setStackPointer(cpu, stackPointer(cpu) + 3 * n);
  loadUserFlags(cpu, flags, n);
  // SDM vol. 2A, IRET: unlike POPF, with a 32-bit operand it loads RF.
  if (n === 4 && (flags & RF) !== 0) cpu.setEflags(cpu.getEflags() | RF);
  return MODE_CHANGED;
};

function trap(cpu: Cpu, pc: number, vector: number): number {
  cpu.fault(vector, 0);
  cpu.eip = nextEip(cpu, pc);
  return TRAPPED;
}

const int: Handler = (cpu, pc) => {
  const vector = immediate(cpu, pc) & 0xff;
  if (vector === SYSCALL_VECTOR) {
    cpu.eip = nextEip(cpu, pc);
    return TO_KERNEL;
  }
  if (vector === BP || vector === OVERFLOW) return trap(cpu, pc, vector);
  throw cpu.fault(GP, vector * 8 + FROM_IDT);
};

const int1: Handler = (cpu, pc) => {
  cpu.debug.status = 0;
  return trap(cpu, pc, DB);
};

const into: Handler = (cpu, pc) => ((arithmeticFlags(cpu.ram.i32) & OF) !== 0 ? trap(cpu, pc, OVERFLOW) : NEXT);

/** BOUND: signed bounds at E and after it. */
const bound: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const s = 32 - 8 * n;
  const linear = linearE(cpu, pc, 2 * n, false);
  const index = (readG(cpu, pc, n) << s) >> s;
  const lower = (readLinear(cpu, linear, n) << s) >> s;
  const upper = (readLinear(cpu, (linear + n) | 0, n) << s) >> s;
  if (index < lower || index > upper) throw cpu.fault(BR);
  return NEXT;
};

export const controlHandlers: Readonly<Record<string, Maker>> = {
  jcc: () => jcc,
  jmp: () => jmp,
  jmpIndirect: () => jmpIndirect,
  jmpFar: () => jmpFar,
  loop,
  jecxz: () => jecxz,
  call: () => call,
  callIndirect: () => callIndirect,
  callFar: () => callFar,
  ret: () => ret,
  retFar: () => retFar,
  iret: () => iret,
  int: () => int,
  int3: () => (cpu, pc) => trap(cpu, pc, BP),
  int1: () => int1,
  into: () => into,
  bound: () => bound,
  ud: () => (cpu) => {
    throw cpu.fault(UD);
  },
  privileged: () => (cpu) => {
    throw cpu.fault(GP, 0);
  },
};
