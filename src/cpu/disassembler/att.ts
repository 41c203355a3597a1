/** AT&T syntax, as GNU as and objdump have it. */
import type { Decoder } from '../decoder.ts';
import type { Row } from '../row.ts';
import { each, lookUp, type Names, type Style } from './display.ts';
import { hex } from './hex.ts';
import type { MemoryOperand, Operand, Site } from './operands.ts';

const names: Record<string, Names> = {
  cwde: ['cbtw', 'cwtl'],
  cdq: ['cwtd', 'cltd'],
  'movzx Gv,Eb': ['movzbw', 'movzbl'],
  'movzx Gv,Ew': ['movzxw', 'movzwl'],
  'movsx Gv,Eb': ['movsbw', 'movsbl'],
  'movsx Gv,Ew': ['movsxw', 'movswl'],
  retf: 'lret',
  'call Ap': 'lcall',
  'call Mp': 'lcall',
  'jmp Ap': 'ljmp',
  'jmp Mp': 'ljmp',
  // With ST(i) as destination AT&T exchanges the plain and the reversed operations.
  'fsub ST(i),ST': 'fsubr',
  'fsubr ST(i),ST': 'fsub',
  'fdiv ST(i),ST': 'fdivr',
  'fdivr ST(i),ST': 'fdiv',
  fsubp: 'fsubrp',
  fsubrp: 'fsubp',
  fdivp: 'fdivrp',
  fdivrp: 'fdivp',
  fstpnce: 'fstp',
  ...each('C0_/6 C1_/6 D0_/6 D1_/6 D2_/6 D3_/6', 'sal'),
};

/** The base of AAM and AAD that is not printed. */
const DECIMAL = 10;

const INTEGER_SUFFIXES: Readonly<Record<number, string>> = { 1: 'b', 2: 'w', 4: 'l' };
const X87_SUFFIXES: Readonly<Record<string, string>> = { Md: 's', Mq: 'l', Mt: 't' };
const X87_INTEGER_SUFFIXES: Readonly<Record<string, string>> = { Mw: 's', Md: 'l', Mq: 'll' };
const X87_UNSIZED = new Set(['fldcw', 'fnstcw', 'fnstsw', 'fbld', 'fbstp']);
const X87_STATE = new Set(['fldenv', 'fnstenv', 'frstor', 'fnsave']);
/** One size in memory whatever the operand size. */
const UNSIZED = new Set(['setcc', 'sldt', 'str', 'smsw']);
/** Conversions of an integer, which may have another size than the register it goes to. */
const FROM_INTEGER = new Set(['cvtsi2ss', 'cvtsi2sd']);
/** Operands stay in the manual's order. */
const IN_ORDER = new Set(['bound', 'enter']);

function x87Suffix({ name, operands }: Row, { d, code16 }: Site): string {
  if (X87_STATE.has(name)) return d.operand16 === code16 ? '' : code16 ? 'l' : 's';
  if (X87_UNSIZED.has(name)) return '';
  const table = name.startsWith('fi') ? X87_INTEGER_SUFFIXES : X87_SUFFIXES;
  return table[operands] ?? '';
}

/** What follows the mnemonic when no register tells the size. */
function suffix(row: Row, site: Site, operands: readonly Operand[]): string {
  const { d, code16 } = site;
  if (row.op === 'x87') return x87Suffix(row, site);
  if (row.op === 'loop') return d.address16 === code16 ? '' : code16 ? 'l' : 'w';
  if (FROM_INTEGER.has(row.name)) return d.memory ? 'l' : '';
  const mark = lookUp(ATT.sizeMarks, row);
  if (mark !== undefined) return mark === 'suffix' && d.operand16 !== code16 ? (code16 ? 'l' : 'w') : '';
  const memory = operands.find((operand) => operand.kind === 'memory');
  if (memory === undefined || UNSIZED.has(row.name) || !/^[EXY][bv]|,[EXY][bv]/.test(row.operands)) return '';
  if (operands.some((operand) => operand.kind === 'register' && operand.sized)) return '';
  return INTEGER_SUFFIXES[memory.size] ?? '';
}

function memoryText({ segment, base, index, scale, disp }: MemoryOperand, d: Decoder): string {
  const prefix = segment === '' ? '' : `%${segment}:`;
  if (base === '' && index === '') return `${prefix}${hex(disp)}`;
  const factor = scale === 0 || d.address16 ? '' : `,${1 << scale}`;
  const registers = `${base === '' ? '' : `%${base}`}${index === '' ? '' : `,%${index}`}${factor}`;
  return `${prefix}${disp === 0 ? '' : hex(disp)}(${registers})`;
}

function operandText(operand: Operand, d: Decoder): string {
  switch (operand.kind) {
    case 'register':
    case 'segment':
      return `%${operand.name}`;
    case 'memory':
      return memoryText(operand, d);
    case 'immediate':
      return `$${hex(operand.value)}`;
    case 'target':
      return hex(operand.value);
    default:
      return `$${hex(operand.selector)},$${hex(operand.offset)}`;
  }
}

const isIndirect = (row: Row): boolean => /^(jmp|call)/.test(row.op) && /^[EM]/.test(row.operands);

function print(row: Row, operands: readonly Operand[], { d }: Site): string {
  const texts = operands.map((operand) => operandText(operand, d));
  if (isIndirect(row)) return `*${texts[0]!}`;
  return (IN_ORDER.has(row.name) ? texts : texts.reverse()).join(',');
}

export const ATT: Style = {
  names,
  operands: {
    'mov Sw,Ew': 'Sw,Rv/Mw',
    ...each('fcom_ST,ST(i) fcomp_ST,ST(i) fucom_ST,ST(i) fucomp_ST,ST(i)', 'ST(i)'),
  },
  sizeMarks: {
    ...each('push_Iz push_sIb pushSegment popSegment pusha popa pushf popf iret', 'suffix'),
    ...each('call_Jz call_Ap call_Mp jmp_Ap jmp_Mp ret retf leave enter', 'suffix'),
    ...each('sgdt sidt lgdt lidt', 'suffix'),
    ...each('jcc jmp_Jb jmp_Jz', 'data'),
    ...each('loop jecxz', 'byte'),
  },
  loopAddress: false,
  specials: ['D4', 'D5'].map((code) => ({ code, when: ({ d }) => d.imm === DECIMAL, operands: '' })),
  suffix,
  hint: (taken) => ['', taken ? ',pt' : ',pn'],
  print,
};
