/** Transfers of control, processor identification, protection checks, and what CPL 3 may not execute. */
import { type Row, type RowOptions, row } from '../row.ts';

const COND = { reads: 'OSZAPC' };
const ZF = { writes: 'Z' };

/** Decodes, and raises #GP(0) at CPL 3 with IOPL 0. */
const privileged = (code: string, name: string, operands = '', options: RowOptions = {}): Row =>
  row(code, name, operands, 'privileged', options);

/** CR0, CR2, CR3, CR4: the others do not exist, and naming them is #UD. */
const CONTROL_REGISTERS = [0, 2, 3, 4];
/** Hints: among them PREFETCHh, which SSE gave names to (0F 18 /0 to /3). */
const NOP_OPCODES = ['0D', '18', '19', '1A', '1B', '1C', '1D', '1E', '1F'];

export const controlRows: readonly Row[] = [
  row('70+c', 'jcc', 'Jb', 'jcc', COND),
  row('0F 80+c', 'jcc', 'Jz', 'jcc', COND),
  row('E0', 'loopne', 'Jb', 'loop', { reads: 'Z' }),
  row('E1', 'loope', 'Jb', 'loop', { reads: 'Z' }),
  row('E2', 'loop', 'Jb', 'loop'),
  row('E3', 'jecxz', 'Jb', 'jecxz'),
  row('EB', 'jmp', 'Jb', 'jmp'),
  row('E9', 'jmp', 'Jz', 'jmp'),
  row('FF /4', 'jmp', 'Ev', 'jmpIndirect'),
  row('EA', 'jmp', 'Ap', 'jmpFar'),
  row('FF /5 m', 'jmp', 'Mp', 'jmpFar'),
  row('E8', 'call', 'Jz', 'call'),
  row('FF /2', 'call', 'Ev', 'callIndirect'),
  row('9A', 'call', 'Ap', 'callFar'),
  row('FF /3 m', 'call', 'Mp', 'callFar'),
  row('C3', 'ret', '', 'ret'),
  row('C2', 'ret', 'Iw', 'ret'),
  row('CB', 'retf', '', 'retFar'),
  row('CA', 'retf', 'Iw', 'retFar'),
  row('CF', 'iret', '', 'iret', { writes: 'OSZAPC' }),
  row('CC', 'int3', '', 'int3'),
  row('CD', 'int', 'Ib', 'int'),
  row('CE', 'into', '', 'into', { reads: 'O' }),
  row('F1', 'int1', '', 'int1'),
  row('62 /r m', 'bound', 'Gv,Ma', 'bound'),
  row('63 /r', 'arpl', 'Ew,Gw', 'arpl', ZF),
  row('0F 00 /0', 'sldt', 'Ev', 'sldt'),
  row('0F 00 /1', 'str', 'Ev', 'str'),
  privileged('0F 00 /2', 'lldt', 'Ew'),
  privileged('0F 00 /3', 'ltr', 'Ew'),
  row('0F 00 /4', 'verr', 'Ew', 'verr', ZF),
  row('0F 00 /5', 'verw', 'Ew', 'verw', ZF),
  row('0F 01 /0 m', 'sgdt', 'M', 'storeTable'),
  row('0F 01 /1 m', 'sidt', 'M', 'storeTable'),
  privileged('0F 01 /2 m', 'lgdt', 'M'),
  privileged('0F 01 /3 m', 'lidt', 'M'),
  row('0F 01 /4', 'smsw', 'Ev', 'smsw'),
  privileged('0F 01 /6', 'lmsw', 'Ew'),
  privileged('0F 01 /7 m', 'invlpg', 'M', { feature: '486' }),
  row('0F 02 /r', 'lar', 'Gv,Ew', 'lar', ZF),
  row('0F 03 /r', 'lsl', 'Gv,Ew', 'lsl', ZF),
  privileged('0F 06', 'clts'),
  privileged('0F 08', 'invd', '', { feature: '486' }),
  privileged('0F 09', 'wbinvd', '', { feature: '486' }),
  row('0F 0B', 'ud2', '', 'ud'),
  row('0F B9 /r', 'ud1', 'Gv,Ev', 'ud'),
  row('0F FF /r', 'ud0', 'Gv,Ev', 'ud'),
  ...NOP_OPCODES.map((opcode) => row(`0F ${opcode} /r`, 'nop', 'Ev', 'nop', { feature: 'P6' })),
  ...CONTROL_REGISTERS.map((n) => privileged(`0F 20 /${n}`, 'mov', 'Rd,Cd')),
  privileged('0F 21 /r', 'mov', 'Rd,Dd'),
  ...CONTROL_REGISTERS.map((n) => privileged(`0F 22 /${n}`, 'mov', 'Cd,Rd')),
  privileged('0F 23 /r', 'mov', 'Dd,Rd'),
  privileged('0F 30', 'wrmsr', '', { feature: 'P5' }),
  row('0F 31', 'rdtsc', '', 'rdtsc', { feature: 'TSC' }),
  privileged('0F 32', 'rdmsr', '', { feature: 'P5' }),
  privileged('0F 33', 'rdpmc', '', { feature: 'P6' }),
  row('0F A2', 'cpuid', '', 'cpuid', { feature: '486' }),
  privileged('F4', 'hlt'),
  privileged('FA', 'cli'),
  privileged('FB', 'sti'),
  privileged('E4', 'in', 'AL,Ib'),
  privileged('E5', 'in', 'eAX,Ib'),
  privileged('E6', 'out', 'Ib,AL'),
  privileged('E7', 'out', 'Ib,eAX'),
  privileged('EC', 'in', 'AL,DX'),
  privileged('ED', 'in', 'eAX,DX'),
  privileged('EE', 'out', 'DX,AL'),
  privileged('EF', 'out', 'DX,eAX'),
  privileged('6C', 'ins', 'Yb,DX'),
  privileged('6D', 'ins', 'Yv,DX'),
  privileged('6E', 'outs', 'DX,Xb'),
  privileged('6F', 'outs', 'DX,Xv'),
];
