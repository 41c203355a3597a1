/** FNSTENV, FLDENV, FNSAVE, FRSTOR, FXSAVE and FXRSTOR. SDM vol. 1, 8.1.10 and figures 8-9 to 8-12. */
import type { Cpu } from '../cpu.ts';
import { GP } from '../fault.ts';
import { EXCEPTIONS } from './format.ts';
import type { Fpu } from './fpu.ts';
import { FXSAVE_MXCSR, FXSAVE_SIZE, FXSAVE_STATE_SIZE, MXCSR_MASK } from './fpu.ts';
import { kindOf, NORMAL, ZERO } from './operand.ts';

const ENVIRONMENT_16 = 14;
const ENVIRONMENT_32 = 28;
const REGISTER_SIZE = 10;
const REGISTERS_SIZE = 8 * REGISTER_SIZE;
const FXSAVE_ALIGNMENT = 16;
const FXSAVE_MXCSR_MASK = 28;
const OPCODE_MASK = 0x7ff;
const HALF = 0xffff;
/** Upper halves of the 32-bit image's reserved words. */
const RESERVED = 0xffff0000 | 0;

const TAG_ZERO = 1;
const TAG_SPECIAL = 2;
const TAG_EMPTY = 3;

export const environmentSize = (operand16: boolean): number => (operand16 ? ENVIRONMENT_16 : ENVIRONMENT_32);
export const saveSize = (operand16: boolean): number => environmentSize(operand16) + REGISTERS_SIZE;

/** The full tag word: two bits for each physical register, which say what it holds. */
export function tagWord(f: Fpu): number {
  let tags = 0;
  for (let n = 0; n < 8; n++) tags |= tagOf(f, n) << (n * 2);
  return tags;
}

function tagOf(f: Fpu, n: number): number {
  if (f.isEmpty(n)) return TAG_EMPTY;
  const kind = kindOf(f, n);
  return kind === NORMAL ? 0 : kind === ZERO ? TAG_ZERO : TAG_SPECIAL;
}

/** Of a loaded tag word only empty or not is kept. */
function setTagWord(f: Fpu, tags: number): void {
  f.used = 0;
  for (let n = 0; n < 8; n++) {
    if (((tags >> (n * 2)) & 3) !== TAG_EMPTY) f.used |= 1 << n;
  }
}

function writeEnvironment(cpu: Cpu, linear: number): void {
  const f = cpu.fpu;
  if (cpu.operand16 !== 0) {
    const words = [f.control, f.getStatusWord(), tagWord(f), f.ip, 0, f.dp, 0];
    for (let i = 0; i < words.length; i++) cpu.writeMem16((linear + i * 2) | 0, words[i]! & HALF);
    return;
  }
  const status = f.getStatusWord();
  const words = [f.control | RESERVED, status | RESERVED, tagWord(f) | RESERVED, f.ip, f.opcode << 16, f.dp, RESERVED];
  for (let i = 0; i < words.length; i++) cpu.writeMem32((linear + i * 4) | 0, words[i]! | 0);
}

function readEnvironment(cpu: Cpu, linear: number): void {
  const f = cpu.fpu;
  const small = cpu.operand16 !== 0;
  const size = small ? 2 : 4;
  const field = (i: number): number => cpu.readMem16((linear + i * size) | 0);
  const tags = field(2);
  f.ip = small ? field(3) : cpu.readMem32((linear + 12) | 0) >>> 0;
  f.dp = small ? field(5) : cpu.readMem32((linear + 20) | 0) >>> 0;
  f.opcode = small ? 0 : cpu.readMem16((linear + 18) | 0) & OPCODE_MASK;
  f.setControlWord(field(0));
  f.setStatusWord(field(1));
  setTagWord(f, tags);
}

/** FNSTENV: stores the environment, then masks every exception. */
export function storeEnvironment(cpu: Cpu, linear: number): void {
  cpu.probeWrite(linear, environmentSize(cpu.operand16 !== 0));
  writeEnvironment(cpu, linear);
  cpu.fpu.setControlWord(cpu.fpu.control | EXCEPTIONS);
}

export function loadEnvironment(cpu: Cpu, linear: number): void {
  cpu.probeRead(linear, environmentSize(cpu.operand16 !== 0));
  readEnvironment(cpu, linear);
}

/** FNSAVE: stores environment and registers, then initialises. */
export function save(cpu: Cpu, linear: number): void {
  const f = cpu.fpu;
  const small = cpu.operand16 !== 0;
  cpu.probeWrite(linear, saveSize(small));
  writeEnvironment(cpu, linear);
  const at = linear + environmentSize(small);
  for (let i = 0; i < 8; i++) {
    const n = f.st(i);
    writeRegister(cpu, (at + i * REGISTER_SIZE) | 0, f.hi[n]!, f.lo[n]!, f.se[n]!);
  }
  f.reset();
}

/** FRSTOR. */
export function restore(cpu: Cpu, linear: number): void {
  const f = cpu.fpu;
  const small = cpu.operand16 !== 0;
  cpu.probeRead(linear, saveSize(small));
  readEnvironment(cpu, linear);
  const at = linear + environmentSize(small);
  for (let i = 0; i < 8; i++) readRegister(cpu, (at + i * REGISTER_SIZE) | 0, f.st(i));
}

/** Reads ten bytes into a slot. Inside the area of FRSTOR they are aligned to 2 only, and nobody minds. */
export function readRegister(cpu: Cpu, linear: number, slot: number): void {
  if (cpu.checksAlignment) {
    const half = (i: number): number => cpu.readMem16((linear + 2 * i) | 0);
    cpu.fpu.set(slot, half(4), half(2) | (half(3) << 16), half(0) | (half(1) << 16));
    return;
  }
  const lo = cpu.readMem32(linear);
  const hi = cpu.readMem32((linear + 4) | 0);
  cpu.fpu.set(slot, cpu.readMem16((linear + 8) | 0), hi, lo);
}

/** Writes ten bytes; the caller has probed them where they may fault. */
export function writeRegister(cpu: Cpu, linear: number, hi: number, lo: number, se: number): void {
  if (cpu.checksAlignment) {
    for (const [i, half] of [lo, lo >>> 16, hi, hi >>> 16, se].entries()) cpu.writeMem16((linear + 2 * i) | 0, half);
    return;
  }
  cpu.writeMem32(linear, lo);
  cpu.writeMem32((linear + 4) | 0, hi);
  cpu.writeMem16((linear + 8) | 0, se);
}

/** FXSAVE writes x87 and SSE state; what is reserved, and what is left to software, stays. */
export function fxsave(cpu: Cpu, linear: number): void {
  checkFxsaveArea(cpu, linear);
  cpu.probeWrite(linear, FXSAVE_SIZE);
  const image = new Uint8Array(FXSAVE_SIZE);
  cpu.fpu.saveTo(image);
  new DataView(image.buffer).setUint32(FXSAVE_MXCSR_MASK, MXCSR_MASK, true);
  for (let i = 0; i < FXSAVE_STATE_SIZE; i++) cpu.writeMem8((linear + i) | 0, image[i]!);
}

/** FXRSTOR: bits of MXCSR that do not exist are #GP(0), and nothing is loaded. SDM vol. 2A, FXRSTOR. */
export function fxrstor(cpu: Cpu, linear: number): void {
  checkFxsaveArea(cpu, linear);
  cpu.probeRead(linear, FXSAVE_SIZE);
  if ((cpu.readMem32((linear + FXSAVE_MXCSR) | 0) & ~MXCSR_MASK) !== 0) throw cpu.fault(GP);
  const image = new Uint8Array(FXSAVE_STATE_SIZE);
  for (let i = 0; i < FXSAVE_STATE_SIZE; i++) image[i] = cpu.readMem8((linear + i) | 0);
  cpu.fpu.loadFrom(image);
}

/** SDM vol. 2A, FXSAVE: #GP(0) off a 16-byte boundary; with EFLAGS.AC, processors give #AC off a 4-byte one. */
function checkFxsaveArea(cpu: Cpu, linear: number): void {
  cpu.checkAlignment(linear, 4);
  if ((linear & (FXSAVE_ALIGNMENT - 1)) !== 0) throw cpu.fault(GP);
}
