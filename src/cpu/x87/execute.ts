/** Entry of the x87: what the processor core calls for opcodes D8..DF, FWAIT, FXSAVE and FXRSTOR. */
import type { Cpu } from '../cpu.ts';
import { MF, UD } from '../fault.ts';
import { SEGMENT_BASE } from '../layout.ts';
import { MODE_CHECKED } from '../segments.ts';
import { fxrstor, fxsave } from './environment.ts';
import { ES, EXCEPTIONS } from './format.ts';
import type { Form, Run } from './forms/form.ts';
import { forms } from './forms/index.ts';
import { x87Way } from './ways.ts';

const FIRST_OPCODE = 0xd8;
const LAST_OPCODE = 0xdf;
const FWAIT = 0x9b;
/** ModRM.reg of FXSAVE under 0F AE; FXRSTOR is the next. */
const FXSAVE = 0;

/** First ModRM byte of the register forms. */
const REGISTER_FORMS = 0xc0;
/** Places in the tables: eight opcodes, each with eight memory forms and 64 register forms. */
const GROUP = 72;
const PLACES = 8 * GROUP;
/** Bytes of an extended real; larger operands are images of the FPU's state. */
const LARGEST_NUMBER = 10;

const place = (opcode: number, modrm: number): number =>
  (opcode & 7) * GROUP + (modrm < REGISTER_FORMS ? (modrm >> 3) & 7 : 8 + (modrm & 0x3f));

function placesOf({ code }: Form): number[] {
  const [opcodeText = '', modrmText = ''] = code.split(' ');
  const opcode = Number.parseInt(opcodeText, 16);
  if (modrmText.startsWith('/')) return [place(opcode, Number(modrmText[1]) << 3)];
  const first = place(opcode, Number.parseInt(modrmText, 16));
  return modrmText.endsWith('+i') ? [0, 1, 2, 3, 4, 5, 6, 7].map((i) => first + i) : [first];
}

const undefinedOpcode: Run = (cpu) => {
  throw cpu.fault(UD);
};

const WAITS = 1;
const RECORDS = 2;

const table: (Form | undefined)[] = new Array<Form | undefined>(PLACES).fill(undefined);
for (const form of forms) for (const at of placesOf(form)) table[at] = form;
const runs: readonly Run[] = table.map((form) => form?.run ?? undefinedOpcode);
const traits = Uint8Array.from(table, (form) => (form?.waits ? WAITS : 0) | (form?.records ? RECORDS : 0));

const ways = Uint8Array.from(table, (form) => (form === undefined ? 0 : x87Way(form.code)));

/** How run.ts executes D8..DF: its way (ways.ts). */
export const wayOf = (opcode: number, modrm: number): number =>
  opcode < FIRST_OPCODE || opcode > LAST_OPCODE ? 0 : ways[place(opcode, modrm)]!;

/** Outside of flat segments the whole operand is checked; the caller has checked its first byte. */
function checkSegment(cpu: Cpu, form: Form, linear: number): void {
  const segment = cpu.operandSegment;
  const offset = (linear - cpu.ram.i32[SEGMENT_BASE + segment]!) | 0;
  cpu.linear(segment, offset, cpu.operand16 !== 0 ? form.size16 : form.size, form.stores);
}

/** Alignment that EFLAGS.AC asks for, in bytes: of an image that of its fields. SDM vol. 3A, table 6-7. */
function alignmentOf(cpu: Cpu, { size }: Form): number {
  if (size > LARGEST_NUMBER) return cpu.operand16 !== 0 ? 2 : 4;
  return Math.min(size, 8);
}

/** The rare checks of a memory operand, before anything else happens: a store's page faults also when an unmasked exception keeps it from happening. */
function checkOperand(cpu: Cpu, at: number, linear: number): void {
  const form = table[at];
  if (form === undefined) return;
  if ((cpu.mode & MODE_CHECKED) !== 0) checkSegment(cpu, form, linear);
  cpu.checkAlignment(linear, alignmentOf(cpu, form));
  if (form.stores) cpu.probeWrite(linear, cpu.operand16 !== 0 ? form.size16 : form.size);
}

/**
 * Executes D8..DF, 9B and 0F AE (as 1AE). `linear` is the operand's linear address (int32); register forms ignore it.
 * `cpu.eip` is the instruction's own address, `cpu.operand16` its operand size, `cpu.operandSegment` its segment.
 * Throws GUEST_FAULT, having changed nothing, when the operand faults, when the encoding is undefined (#UD), or when an
 * earlier instruction left an unmasked exception pending (#MF).
 */
export function x87Execute(cpu: Cpu, opcode: number, modrm: number, linear: number): void {
  if (opcode < FIRST_OPCODE || opcode > LAST_OPCODE) {
    executeOther(cpu, opcode, modrm, linear);
    return;
  }
  const f = cpu.fpu;
  const at = place(opcode, modrm);
  const trait = traits[at]!;
  if ((trait & WAITS) !== 0 && (f.status & ES) !== 0) throw cpu.fault(MF);
  const rare = (cpu.mode & MODE_CHECKED) !== 0 || cpu.checksAlignment || (f.control & EXCEPTIONS) !== EXCEPTIONS;
  if (rare && modrm < REGISTER_FORMS) checkOperand(cpu, at, linear);
  runs[at]!(cpu, f, modrm & 7, linear);
  if ((trait & RECORDS) === 0) return;
  f.ip = cpu.eip;
  if ((f.status & ES) !== 0) recordException(cpu, opcode, modrm, linear);
}

/** Opcode and operand address are kept for the handler of an unmasked exception. */
function recordException(cpu: Cpu, opcode: number, modrm: number, linear: number): void {
  const f = cpu.fpu;
  f.opcode = ((opcode & 7) << 8) | modrm;
  if (modrm < REGISTER_FORMS) f.dp = (linear - cpu.ram.i32[SEGMENT_BASE + cpu.operandSegment]!) >>> 0;
}

function executeOther(cpu: Cpu, opcode: number, modrm: number, linear: number): void {
  if (opcode === FWAIT) {
    // SDM vol. 2A, FWAIT
    if ((cpu.fpu.status & ES) !== 0) throw cpu.fault(MF);
  } else if (((modrm >> 3) & 7) === FXSAVE) fxsave(cpu, linear);
  else fxrstor(cpu, linear);
}
