/** Handlers of rows.ts by operation id. An operation runs on copies of MMX registers, on XMM registers themselves. */
import type { Cpu } from '../cpu.ts';
import type { Form } from '../forms.ts';
import { OPERAND_AT } from '../layout.ts';
import { baseNumber, type Handler, readE, immediate as word2, writeG } from '../operands.ts';
import { checkMmx, enterMmx, MMX_SIZE, readMmx, readP, sourceQ, writeMmx, writeP } from '../simd/mmx.ts';
import { registerU, registerV, sourceV, XMM_SIZE } from '../simd/operands.ts';
import { NEXT } from '../words.ts';
import { moveHandlers } from './move.ts';
import { DIRECTED, PACKED, SHIFTS } from './operations.ts';
import type { Directed, Packed, Shift } from './packed.ts';
import { countOf, immediateCount } from './shift.ts';
import { byteMask, extractWord, insertWord } from './shuffle.ts';

type Maker = (form: Form) => Handler;

/** The immediate byte: what lies above it in its word is for ../simd/run.ts. */
const immediate = (cpu: Cpu, pc: number): number => word2(cpu, pc) & 0xff;

/** 32-bit words of a register. */
const MMX_WORDS = 2;
const XMM_WORDS = 4;

const isMmx = (form: Form): boolean => /[PQN]/.test(form.row.operands);
/** Bytes of a memory operand Q: four for the unpacking of lower halves. */
const sizeQ = (form: Form): number => (form.row.operands.includes('Qd') ? 4 : MMX_SIZE);

const onMmx =
  (run: Packed, size: number): Handler =>
  (cpu, pc) => {
    checkMmx(cpu);
    const from = sourceQ(cpu, pc, size);
    const to = readP(cpu, pc);
    run(cpu.ram.i32, to >>> 2, from >>> 2, MMX_WORDS);
    enterMmx(cpu);
    writeP(cpu, pc, to);
    return NEXT;
  };

const onXmm =
  (run: Packed): Handler =>
  (cpu, pc) => {
    run(cpu.ram.i32, registerV(cpu, pc) >>> 2, sourceV(cpu, pc, XMM_SIZE) >>> 2, XMM_WORDS);
    return NEXT;
  };

const packed =
  (run: Packed): Maker =>
  (form) =>
    isMmx(form) ? onMmx(run, sizeQ(form)) : onXmm(run);

const directed =
  (run: Directed): Maker =>
  (form) => {
    if (!isMmx(form)) {
      return (cpu, pc) => {
        const from = sourceV(cpu, pc, XMM_SIZE) >>> 2;
        run(cpu.ram.i32, registerV(cpu, pc) >>> 2, from, XMM_WORDS, immediate(cpu, pc));
        return NEXT;
      };
    }
    return (cpu, pc) => {
      checkMmx(cpu);
      const from = sourceQ(cpu, pc);
      const to = readP(cpu, pc);
      run(cpu.ram.i32, to >>> 2, from >>> 2, MMX_WORDS, immediate(cpu, pc));
      enterMmx(cpu);
      writeP(cpu, pc, to);
      return NEXT;
    };
  };

/** The count in the lower 64 bits of an operand, also of a 16-byte one. */
const countAt = (cpu: Cpu, at: number): number => countOf(cpu.ram.i32[at >>> 2]!, cpu.ram.i32[(at >>> 2) + 1]!);

const mmxShift =
  (run: Shift): Handler =>
  (cpu, pc) => {
    checkMmx(cpu);
    const count = countAt(cpu, sourceQ(cpu, pc));
    const to = readP(cpu, pc);
    run(cpu.ram.i32, to >>> 2, count, MMX_WORDS);
    enterMmx(cpu);
    writeP(cpu, pc, to);
    return NEXT;
  };

const mmxShiftBy =
  (run: Shift): Handler =>
  (cpu, pc) => {
    checkMmx(cpu);
    const n = baseNumber(cpu, pc);
    const to = readMmx(cpu, n, OPERAND_AT);
    run(cpu.ram.i32, to >>> 2, immediateCount(immediate(cpu, pc)), MMX_WORDS);
    enterMmx(cpu);
    writeMmx(cpu, n, to);
    return NEXT;
  };

const xmmShift =
  (run: Shift): Handler =>
  (cpu, pc) => {
    run(cpu.ram.i32, registerV(cpu, pc) >>> 2, countAt(cpu, sourceV(cpu, pc, XMM_SIZE)), XMM_WORDS);
    return NEXT;
  };

const xmmShiftBy =
  (run: Shift): Handler =>
  (cpu, pc) => {
    run(cpu.ram.i32, registerU(cpu, pc) >>> 2, immediateCount(immediate(cpu, pc)), XMM_WORDS);
    return NEXT;
  };

const shift =
  (run: Shift): Maker =>
  (form) => {
    if (form.shape === 'E,I') return isMmx(form) ? mmxShiftBy(run) : xmmShiftBy(run);
    return isMmx(form) ? mmxShift(run) : xmmShift(run);
  };

const pinsrw: Maker = (form) => {
  if (!isMmx(form)) {
    return (cpu, pc) => {
      insertWord(cpu.ram.i32, registerV(cpu, pc) >>> 2, immediate(cpu, pc) & 7, readE(cpu, pc, 2));
      return NEXT;
    };
  }
  return (cpu, pc) => {
    checkMmx(cpu);
    const value = readE(cpu, pc, 2);
    const to = readP(cpu, pc);
    insertWord(cpu.ram.i32, to >>> 2, immediate(cpu, pc) & 3, value);
    enterMmx(cpu);
    writeP(cpu, pc, to);
    return NEXT;
  };
};

/** The MMX register N, and that no exception is pending; nothing else can fault. */
function registerN(cpu: Cpu, pc: number): number {
  checkMmx(cpu);
  enterMmx(cpu);
  return readMmx(cpu, baseNumber(cpu, pc), OPERAND_AT);
}

const pextrw: Maker = (form) => {
  const [register, lanes] = isMmx(form) ? ([registerN, 3] as const) : ([registerU, 7] as const);
  return (cpu, pc) => {
    const from = register(cpu, pc);
    writeG(cpu, pc, 4, extractWord(cpu.ram.i32, from >>> 2, immediate(cpu, pc) & lanes));
    return NEXT;
  };
};

const pmovmskb: Maker = (form) => {
  const [register, words] = isMmx(form) ? ([registerN, MMX_WORDS] as const) : ([registerU, XMM_WORDS] as const);
  return (cpu, pc) => {
    const from = register(cpu, pc);
    writeG(cpu, pc, 4, byteMask(cpu.ram.i32, from >>> 2, words));
    return NEXT;
  };
};

function makers<T>(operations: Readonly<Record<string, T>>, make: (run: T) => Maker): Record<string, Maker> {
  return Object.fromEntries(Object.entries(operations).map(([op, run]) => [op, make(run)]));
}

export const mmxHandlers: Readonly<Record<string, Maker>> = {
  ...makers(PACKED, packed),
  ...makers(DIRECTED, directed),
  ...makers(SHIFTS, shift),
  ...moveHandlers,
  pinsrw,
  pextrw,
  pmovmskb,
};
