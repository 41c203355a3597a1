/** Moves, the stack, flags as data. */
import type { Cpu } from '../cpu.ts';
import {
  AC,
  AF,
  arithmeticFlags,
  CF,
  condition,
  DF,
  ID,
  NT,
  OF,
  PF,
  SF,
  setArithmeticFlags,
  TF,
  ZF,
} from '../flags.ts';
import type { Form } from '../forms.ts';
import { CS, DS, EAX, EBP, EBX, EDI, EDX, ES, ESP, FS, GS, SS } from '../layout.ts';
import {
  baseNumber,
  type Handler,
  immediate,
  is16,
  isMemory,
  linearE,
  nextEip,
  offsetE,
  peek,
  push,
  readE,
  readG,
  readLinear,
  readRegister,
  regNumber,
  segmentOf,
  setStackPointer,
  shiftOf,
  sizeOf,
  stackLinear,
  stackPointer,
  writeE,
  writeG,
  writeLinear,
  writeRegister,
} from '../operands.ts';
import { MODE_CHANGED, NEXT } from '../words.ts';

type Maker = (form: Form) => Handler;
const AH = 1;

const mov: Maker = (form) => {
  const size = sizeOf(form);
  if (form.shape === 'G,E') {
    return (cpu, pc) => {
      const n = size(cpu, pc);
      writeG(cpu, pc, n, readE(cpu, pc, n));
      return NEXT;
    };
  }
  const source: Handler = form.shape === 'E,G' ? (cpu, pc) => readG(cpu, pc, size(cpu, pc)) : immediate;
  return (cpu, pc) => {
    writeE(cpu, pc, size(cpu, pc), source(cpu, pc));
    return NEXT;
  };
};

/** MOVZX and MOVSX from a byte or a word. */
const extend =
  (signed: boolean): Maker =>
  (form) => {
    const from = form.byteE ? 1 : 2;
    const s = shiftOf(from);
    return (cpu, pc) => {
      const value = readE(cpu, pc, from);
      writeG(cpu, pc, is16(cpu, pc) ? 2 : 4, signed ? (value << s) >> s : value);
      return NEXT;
    };
  };

/** MOV from a segment register: 32-bit registers get zeros above, memory always 16 bits. */
const movFromSegment: Handler = (cpu, pc) => {
  const selector = cpu.getSegment(regNumber(cpu, pc));
  writeE(cpu, pc, isMemory(cpu, pc) || is16(cpu, pc) ? 2 : 4, selector);
  return NEXT;
};

/** Runs `change`, which may reload segment registers, and says whether decoded code still fits the mode. */
function afterSegmentLoad(cpu: Cpu, pc: number, mode: number): number {
  if (cpu.mode === mode) return NEXT;
  cpu.eip = nextEip(cpu, pc);
  return MODE_CHANGED;
}

const movToSegment: Handler = (cpu, pc) => {
  const i = regNumber(cpu, pc);
  const mode = cpu.mode;
  if (i === SS) cpu.loadsStackSegment();
  cpu.loadData(i, readE(cpu, pc, 2) & 0xffff);
  return afterSegmentLoad(cpu, pc, mode);
};

const SEGMENT_NUMBERS: Readonly<Record<string, number>> = { ES, CS, SS, DS, FS, GS };

/** PUSH Sreg: with a 32-bit operand only the low word of the slot is written. */
const pushSegment: Maker = (form) => {
  const i = SEGMENT_NUMBERS[form.row.operands]!;
  return (cpu, pc) => {
    const n = is16(cpu, pc) ? 2 : 4;
    writeLinear(cpu, stackLinear(cpu, -n, 2, true), 2, cpu.getSegment(i));
    setStackPointer(cpu, stackPointer(cpu) - n);
    return NEXT;
  };
};

const popSegment: Maker = (form) => {
  const i = SEGMENT_NUMBERS[form.row.operands]!;
  return (cpu, pc) => {
    const n = is16(cpu, pc) ? 2 : 4;
    const mode = cpu.mode;
    if (i === SS) cpu.loadsStackSegment();
    const selector = peek(cpu, 2);
    const pointer = stackPointer(cpu) + n;
    const mask = cpu.stackMask;
    cpu.loadData(i, selector);
    const m = cpu.ram.i32;
    m[ESP] = (m[ESP]! & ~mask) | (pointer & mask);
    return afterSegmentLoad(cpu, pc, mode);
  };
};

const FAR_SEGMENT: Readonly<Record<string, number>> = { les: ES, lds: DS, lss: SS, lfs: FS, lgs: GS };

/** LDS, LES, LFS, LGS, LSS. */
const loadFar: Maker = (form) => {
  const i = FAR_SEGMENT[form.row.name]!;
  return (cpu, pc) => {
    const n = is16(cpu, pc) ? 2 : 4;
    const mode = cpu.mode;
    const linear = linearE(cpu, pc, n + 2, false);
    const offset = readLinear(cpu, linear, n);
    cpu.loadData(i, cpu.readMem16((linear + n) | 0));
    writeG(cpu, pc, n, offset);
    return afterSegmentLoad(cpu, pc, mode);
  };
};

const setcc: Handler = (cpu, pc) => {
  writeE(cpu, pc, 1, condition(cpu.ram.i32, immediate(cpu, pc)) ? 1 : 0);
  return NEXT;
};

const lea: Handler = (cpu, pc) => {
  writeG(cpu, pc, is16(cpu, pc) ? 2 : 4, offsetE(cpu, pc));
  return NEXT;
};

const xlat: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  const offset = (m[EBX]! + (m[EAX]! & 0xff)) & ((cpu.code[pc]! & (1 << 24)) === 0 ? -1 : 0xffff);
  cpu.ram.u8[EAX] = cpu.readMem8(cpu.linear(segmentOf(cpu, pc), offset, 1, false));
  return NEXT;
};

const cwde: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  if (is16(cpu, pc)) writeRegister(cpu, EAX, 2, (m[EAX]! << 24) >> 24);
  else m[EAX] = (m[EAX]! << 16) >> 16;
  return NEXT;
};

const cdq: Handler = (cpu, pc) => {
  const m = cpu.ram.i32;
  if (is16(cpu, pc)) writeRegister(cpu, EDX, 2, (m[EAX]! << 16) >> 31);
  else m[EDX] = m[EAX]! >> 31;
  return NEXT;
};

const pushValue: Maker = (form) => {
  const read: Handler = form.shape === 'I' ? immediate : (cpu, pc) => readE(cpu, pc, is16(cpu, pc) ? 2 : 4);
  return (cpu, pc) => {
    push(cpu, is16(cpu, pc) ? 2 : 4, read(cpu, pc));
    return NEXT;
  };
};

/** POP: the address of a memory destination is computed after the stack pointer moved; a fault moves it back. */
const pop: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const value = peek(cpu, n);
  if (!isMemory(cpu, pc)) {
    setStackPointer(cpu, stackPointer(cpu) + n);
    writeRegister(cpu, baseNumber(cpu, pc), n, value);
    return NEXT;
  }
  const m = cpu.ram.i32;
  const old = m[ESP]!;
  setStackPointer(cpu, stackPointer(cpu) + n);
  let done = false;
  try {
    writeE(cpu, pc, n, value);
    done = true;
  } finally {
    if (!done) m[ESP] = old;
  }
  return NEXT;
};

/** PUSHA probes the whole frame first, so that a fault half-way leaves nothing. */
const pusha: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  for (let i = 0; i < 8; i++) cpu.probeWrite(stackLinear(cpu, -n * (i + 1), n, true), n);
  for (let i = 0; i < 8; i++) {
    writeLinear(cpu, stackLinear(cpu, -n * (i + 1), n, true), n, readRegister(cpu, i, n));
  }
  setStackPointer(cpu, stackPointer(cpu) - 8 * n);
  return NEXT;
};

const popa: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  for (let i = 0; i < 8; i++) peek(cpu, n, n * i);
  for (let i = 0; i < 8; i++) {
    if (EDI - i !== ESP) writeRegister(cpu, EDI - i, n, peek(cpu, n, n * i));
  }
  setStackPointer(cpu, stackPointer(cpu) + 8 * n);
  return NEXT;
};

const pushf: Handler = (cpu, pc) => {
  // SDM vol. 2B, PUSHF: RF and VM are stored as zero.
  push(cpu, is16(cpu, pc) ? 2 : 4, cpu.getEflags() & 0xfcffff);
  return NEXT;
};

/** What POPF and IRET may change at CPL 3 with IOPL 0; the 16-bit forms leave the high half. */
export const USER_FLAGS = CF | PF | AF | ZF | SF | TF | DF | OF | NT | AC | ID;

/** Loads EFLAGS the way POPF does and says whether the interpreter must look at the mode again. */
export function loadUserFlags(cpu: Cpu, value: number, n: number): void {
  const mask = n === 2 ? USER_FLAGS & 0xffff : USER_FLAGS;
  cpu.setEflags((cpu.getEflags() & ~mask) | (value & mask));
}

const popf: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const value = peek(cpu, n);
  setStackPointer(cpu, stackPointer(cpu) + n);
  loadUserFlags(cpu, value, n);
  if ((value & TF) === 0) return NEXT;
  cpu.eip = nextEip(cpu, pc);
  return MODE_CHANGED;
};

const AH_FLAGS = SF | ZF | AF | PF | CF;

const sahf: Handler = (cpu) => {
  const m = cpu.ram.i32;
  setArithmeticFlags(m, (arithmeticFlags(m) & OF) | (cpu.ram.u8[AH]! & AH_FLAGS));
  return NEXT;
};

const lahf: Handler = (cpu) => {
  cpu.ram.u8[AH] = (arithmeticFlags(cpu.ram.i32) & AH_FLAGS) | 2;
  return NEXT;
};

const salc: Handler = (cpu) => {
  cpu.ram.u8[EAX] = (arithmeticFlags(cpu.ram.i32) & CF) === 0 ? 0 : 0xff;
  return NEXT;
};

/** ENTER: imm16 bytes of locals, level 0..31. SDM vol. 2A, ENTER: the final stack address is probed for writing. */
const enter: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const locals = immediate(cpu, pc) & 0xffff;
  const level = (immediate(cpu, pc) >>> 16) & 31;
  const m = cpu.ram.i32;
  const frame = readRegister(cpu, EBP, n);
  const mask = cpu.stackMask;
  const slots = level === 0 ? 1 : level + 1;
  for (let i = 1; i <= slots; i++) cpu.probeWrite(stackLinear(cpu, -n * i, n, true), n);
  for (let i = 1; i < level; i++) readLinear(cpu, cpu.linear(SS, (m[EBP]! - n * i) & mask, n, false), n);
  cpu.probeWrite(stackLinear(cpu, -n * slots - locals, n, true), n);
  const top = stackPointer(cpu) - n;
  push(cpu, n, frame);
  for (let i = 1; i < level; i++) {
    push(cpu, n, readLinear(cpu, cpu.linear(SS, (m[EBP]! - n * i) & mask, n, false), n));
  }
  if (level > 0) push(cpu, n, top);
  writeRegister(cpu, EBP, n, top);
  setStackPointer(cpu, stackPointer(cpu) - locals);
  return NEXT;
};

const leave: Handler = (cpu, pc) => {
  const n = is16(cpu, pc) ? 2 : 4;
  const m = cpu.ram.i32;
  const frame = m[EBP]! & cpu.stackMask;
  const value = readLinear(cpu, cpu.linear(SS, frame, n, false), n);
  setStackPointer(cpu, frame + n);
  writeRegister(cpu, EBP, n, value);
  return NEXT;
};

const direction =
  (flag: number): Handler =>
  (cpu) => {
    cpu.setEflags((cpu.getEflags() & ~DF) | flag);
    return NEXT;
  };

export const movementHandlers: Readonly<Record<string, Maker>> = {
  mov,
  movzx: extend(false),
  movsx: extend(true),
  movFromSegment: () => movFromSegment,
  movToSegment: () => movToSegment,
  pushSegment,
  popSegment,
  loadFar,
  setcc: () => setcc,
  lea: () => lea,
  xlat: () => xlat,
  cwde: () => cwde,
  cdq: () => cdq,
  push: pushValue,
  pop: () => pop,
  pusha: () => pusha,
  popa: () => popa,
  pushf: () => pushf,
  popf: () => popf,
  sahf: () => sahf,
  lahf: () => lahf,
  salc: () => salc,
  enter: () => enter,
  leave: () => leave,
  cld: () => direction(0),
  std: () => direction(DF),
};
