/** Intel syntax, as XED prints it. */
import { each, type Names, type Style } from './display.ts';
import { hex } from './hex.ts';
import type { MemoryOperand, Operand, Site } from './operands.ts';

/** String instructions with the encoding of their byte form. */
const STRINGS = { movs: 'A4', cmps: 'A6', stos: 'AA', lods: 'AC', scas: 'AE', ins: '6C', outs: '6E' };

function stringNames(): Record<string, Names> {
  const names: Record<string, Names> = {};
  for (const [name, byteForm] of Object.entries(STRINGS)) {
    names[name] = [`${name}w`, `${name}d`];
    names[byteForm] = `${name}b`;
  }
  return names;
}

const SIZES: Readonly<Record<number, string>> = {
  1: 'byte',
  2: 'word',
  4: 'dword',
  6: 'fword',
  8: 'qword',
  10: 'tbyte',
  16: 'xmmword',
};
/** Shown only where the operand size is not the code's own. */
const STATE_SIZES: Readonly<Record<number, string>> = {
  14: 'fpuenv14',
  28: 'fpuenv28',
  94: 'fpustate94',
  108: 'fpustate108',
};

function sizeText(size: number, { d, code16 }: Site): string {
  const name = d.operand16 === code16 ? SIZES[size] : (SIZES[size] ?? STATE_SIZES[size]);
  return name === undefined ? '' : `${name} ptr `;
}

function memoryText({ segment, base, index, scale, disp, size }: MemoryOperand, site: Site): string {
  const factor = scale === 0 && base !== '' ? '' : `*${1 << scale}`;
  const registers = [base, `${index}${index === '' ? '' : factor}`].filter((term) => term !== '').join('+');
  const signed = registers === '' || disp < 0 ? hex(disp) : `+${hex(disp)}`;
  const offset = disp === 0 && registers !== '' ? '' : signed;
  return `${sizeText(size, site)}${segment === '' ? '' : `${segment}:`}[${registers}${offset}]`;
}

function operandText(operand: Operand, site: Site): string {
  switch (operand.kind) {
    case 'register':
    case 'segment':
      return operand.name;
    case 'memory':
      return memoryText(operand, site);
    case 'far':
      return `${hex(operand.offset)},${hex(operand.selector)}`;
    default:
      return hex(operand.value);
  }
}

/** x87 rows name their memory only; here loads and arithmetic have ST before it, stores after it. */
function x87Operands(): Record<string, string> {
  const loads = 'fld fild fbld fadd fmul fcom fcomp fsub fsubr fdiv fdivr'.split(' ');
  const integer = 'fiadd fimul ficom ficomp fisub fisubr fidiv fidivr'.split(' ');
  const stores = 'fst fstp fist fistp fisttp fbstp'.split(' ');
  const table: Record<string, string> = {};
  for (const memory of ['Mw', 'Md', 'Mq', 'Mt']) {
    for (const name of [...loads, ...integer]) table[`${name} ${memory}`] = `ST,${memory}`;
    for (const name of stores) table[`${name} ${memory}`] = `${memory},ST`;
  }
  return table;
}

export const INTEL: Style = {
  names: {
    ...stringNames(),
    cwde: ['cbw', 'cwde'],
    cdq: ['cwd', 'cdq'],
    pusha: ['pusha', 'pushad'],
    popa: ['popa', 'popad'],
    pushf: ['pushf', 'pushfd'],
    popf: ['popf', 'popfd'],
    iret: ['iret', 'iretd'],
    retf: 'ret far',
    ...each('call_Ap call_Mp', 'call far'),
    ...each('jmp_Ap jmp_Mp', 'jmp far'),
    'jmp Jb': 'jmp short',
    'jcc Jb': 'jcc short',
  },
  operands: {
    'stos Yb,AL': 'Yb',
    'stos Yv,eAX': 'Yv',
    'lods AL,Xb': 'Xb',
    'lods eAX,Xv': 'Xv',
    'scas AL,Yb': 'Yb',
    'scas eAX,Yv': 'Yv',
    ...x87Operands(),
    ...each('fld_ST(i) fxch_ST(i)', 'ST,ST(i)'),
    ...each('fst_ST(i) fstp_ST(i) fstpnce_ST(i)', 'ST(i),ST'),
  },
  sizeMarks: {
    ...each('push_Iz push_sIb pushSegment popSegment', 'data'),
    ...each('call_Jz call_Ap jmp_Ap ret retf leave enter', 'data'),
    ...each('jcc jmp_Jb jmp_Jz loop jecxz', 'data'),
  },
  loopAddress: true,
  specials: [
    { code: '0F F7 /r r', when: ({ d }) => d.override, operands: 'Pq,Nq,SEG' },
    { code: '66 0F F7 /r r', when: ({ d }) => d.override, operands: 'Vdq,Udq,SEG' },
  ],
  suffix: () => '',
  hint: (taken) => [taken ? 'hint-taken' : 'hint-not-taken', ''],
  print: (_row, operands, site) => operands.map((operand) => operandText(operand, site)).join(','),
};
