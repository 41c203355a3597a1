/** Processor identification, time stamp, protection checks that CPL 3 may make. */
import { setZero } from '../flags.ts';
import type { Form } from '../forms.ts';
import { EAX, EBX, ECX, EDX } from '../layout.ts';
import { type Handler, is16, isMemory, linearE, readE, readG, regNumber, writeE, writeG } from '../operands.ts';
import { DESCRIPTOR } from '../segments.ts';
import { NEXT } from '../words.ts';

type Maker = (form: Form) => Handler;

/** CPUID.1:EDX. */
export const FEATURES = { fpu: 1 << 0, tsc: 1 << 4, cx8: 1 << 8, cmov: 1 << 15 } as const;
const FEATURE_BITS = FEATURES.fpu | FEATURES.tsc | FEATURES.cx8 | FEATURES.cmov;
/** Family 6, model 1, stepping 9: a Pentium Pro. */
const SIGNATURE = 0x619;
const BRAND = 'cr86 i686 processor';

function text(s: string, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= (at + i < s.length ? s.charCodeAt(at + i) : 0) << (8 * i);
  return word;
}

const brandLeaf = (n: number): readonly number[] => [0, 4, 8, 12].map((i) => text(BRAND, n * 16 + i));

/** CPUID leaves as EAX EBX ECX EDX. Leaf 2 is a Pentium Pro's: 8 KiB L1 caches, 256 KiB L2. */
const BASIC: readonly (readonly number[])[] = [
  [2, text('Genu', 0), text('ntel', 0), text('ineI', 0)],
  [SIGNATURE, 0, 0, FEATURE_BITS],
  [0x03020101, 0, 0, 0x06040a42],
];
const EXTENDED_BASE = 0x80000000;
const EXTENDED: readonly (readonly number[])[] = [
  [EXTENDED_BASE + 4, 0, 0, 0],
  [0, 0, 0, 0],
  brandLeaf(0),
  brandLeaf(1),
  brandLeaf(2),
];

const cpuid: Handler = (cpu) => {
  const m = cpu.ram.i32;
  const leaf = m[EAX]! >>> 0;
  // A leaf beyond the last basic one answers as the last basic one (SDM vol. 2A, CPUID).
  const [a = 0, b = 0, c = 0, d = 0] = BASIC[leaf] ?? EXTENDED[leaf - EXTENDED_BASE] ?? BASIC[BASIC.length - 1]!;
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
