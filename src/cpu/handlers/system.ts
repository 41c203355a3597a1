/** Processor identification, time stamp, protection checks that CPL 3 may make. */
import { setZero } from '../flags.ts';
import type { Form } from '../forms.ts';
import { EAX, EBX, ECX, EDX } from '../layout.ts';
import { cpuidLeaf } from '../model.ts';
import { type Handler, is16, isMemory, linearE, readE, readG, regNumber, writeE, writeG } from '../operands.ts';
import { DESCRIPTOR } from '../segments.ts';
import { NEXT } from '../words.ts';

type Maker = (form: Form) => Handler;

const cpuid: Handler = (cpu) => {
  const m = cpu.ram.i32;
  const [a, b, c, d] = cpuidLeaf(cpu.model, m[EAX]!);
  m[EAX] = a;
  m[EBX] = b;
  m[ECX] = c;
  m[EDX] = d;
  return NEXT;
};

const rdtsc: Handler = (cpu) => {
  const m = cpu.ram.i32;
  const ticks = cpu.retired() * cpu.tscPerInstruction + cpu.tscOffset;
  m[EAX] = (ticks % 0x100000000) | 0;
  m[EDX] = (ticks / 0x100000000) | 0;
  return NEXT;
};

/** Constant answers of instructions that show a little of the kernel's state; as a Linux kernel would set it up. */
const CR0 = 0x80050033 | 0;
const TASK_SELECTOR = 0x80;
const LDT_SELECTOR = 0x88;
const GDT_BASE = 0xff400000 | 0;
const IDT_BASE = 0xff401000 | 0;
const GDT_LIMIT = 0xff;
const IDT_LIMIT = 0x7ff;

/** SLDT, STR, SMSW: 16 bits to memory, the operand size to a register. */
const storeWord =
  (value: (ldt: boolean) => number): Handler =>
  (cpu, pc) => {
    writeE(cpu, pc, isMemory(cpu, pc) || is16(cpu, pc) ? 2 : 4, value(cpu.ldt !== null));
    return NEXT;
  };

const storeTable: Handler = (cpu, pc) => {
  const global = regNumber(cpu, pc) === 0;
  const linear = linearE(cpu, pc, 6, true);
  cpu.probeWrite(linear, 6);
  cpu.writeMem16(linear, global ? GDT_LIMIT : IDT_LIMIT);
  cpu.writeMem32((linear + 2) | 0, global ? GDT_BASE : IDT_BASE);
  return NEXT;
};

const arpl: Handler = (cpu, pc) => {
  const rpl = readG(cpu, pc, 2) & 3;
  const old = readE(cpu, pc, 2);
  const raised = (old & 3) < rpl;
  if (raised) writeE(cpu, pc, 2, (old & ~3) | rpl);
  setZero(cpu.ram.i32, raised);
  return NEXT;
};

/** Types that LAR (and LSL) accept among system descriptors: TSS, LDT, gates (SDM vol. 2A, LAR: table 3-50). */
const LAR_SYSTEM_TYPES = [1, 2, 3, 4, 5, 9, 11, 12];
const LSL_SYSTEM_TYPES = [1, 2, 3, 9, 11];
const typeAccepted = (high: number, types: readonly number[]): boolean =>
  (high & DESCRIPTOR.notSystem) !== 0 || types.includes((high >>> 8) & 15);

const lar: Handler = (cpu, pc) => {
  const high = cpu.visibleDescriptor(readE(cpu, pc, 2));
  const good = high !== 0 && typeAccepted(high, LAR_SYSTEM_TYPES);
  if (good) writeG(cpu, pc, is16(cpu, pc) ? 2 : 4, high & (is16(cpu, pc) ? 0xff00 : 0x00f0ff00));
  setZero(cpu.ram.i32, good);
  return NEXT;
};

const lsl: Handler = (cpu, pc) => {
  const selector = readE(cpu, pc, 2);
  const high = cpu.visibleDescriptor(selector);
  const good = high !== 0 && typeAccepted(high, LSL_SYSTEM_TYPES);
  if (good) writeG(cpu, pc, is16(cpu, pc) ? 2 : 4, cpu.descriptorLimit(selector));
  setZero(cpu.ram.i32, good);
  return NEXT;
};

/** VERR: readable segments; VERW: writable data segments. */
const verify =
  (write: boolean): Handler =>
  (cpu, pc) => {
    const high = cpu.visibleDescriptor(readE(cpu, pc, 2));
    const code = (high & DESCRIPTOR.code) !== 0;
    const flag = (high & DESCRIPTOR.readable) !== 0;
    const good = (high & DESCRIPTOR.notSystem) !== 0 && (write ? !code && flag : !code || flag);
    setZero(cpu.ram.i32, good);
    return NEXT;
  };

export const systemHandlers: Readonly<Record<string, Maker>> = {
  cpuid: () => cpuid,
  rdtsc: () => rdtsc,
  sldt: () => storeWord((ldt) => (ldt ? LDT_SELECTOR : 0)),
  str: () => storeWord(() => TASK_SELECTOR),
  smsw: () => storeWord(() => CR0),
  storeTable: () => storeTable,
  arpl: () => arpl,
  lar: () => lar,
  lsl: () => lsl,
  verr: () => verify(false),
  verw: () => verify(true),
  nop: () => () => NEXT,
};
