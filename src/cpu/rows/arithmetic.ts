/** Arithmetic, logic, shifts, bits and decimal instructions. */
import { type Row, type RowOptions, row } from '../row.ts';

const ALL = 'OSZAPC';

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/** The eight operations of opcodes 00..3F and 80..83, in ModRM order. */
const BINARY: readonly (readonly [string, RowOptions])[] = [
  ['add', { writes: ALL, lock: true }],
  ['or', { writes: 'OSZPC', undef: 'A', lock: true }],
  ['adc', { reads: 'C', writes: ALL, lock: true }],
  ['sbb', { reads: 'C', writes: ALL, lock: true }],
  ['and', { writes: 'OSZPC', undef: 'A', lock: true }],
  ['sub', { writes: ALL, lock: true }],
  ['xor', { writes: 'OSZPC', undef: 'A', lock: true }],
  ['cmp', { writes: ALL }],
];

function binaryRows([name, options]: readonly [string, RowOptions], i: number): Row[] {
  const noLock = { ...options, lock: false };
  return [
    row(`${hex(i * 8)} /r`, name, 'Eb,Gb', name, options),
    row(`${hex(i * 8 + 1)} /r`, name, 'Ev,Gv', name, options),
    row(`${hex(i * 8 + 2)} /r`, name, 'Gb,Eb', name, noLock),
    row(`${hex(i * 8 + 3)} /r`, name, 'Gv,Ev', name, noLock),
    row(hex(i * 8 + 4), name, 'AL,Ib', name, noLock),
    row(hex(i * 8 + 5), name, 'eAX,Iz', name, noLock),
    row(`80 /${i}`, name, 'Eb,Ib', name, options),
    row(`81 /${i}`, name, 'Ev,Iz', name, options),
    row(`82 /${i}`, name, 'Eb,Ib', name, options),
    row(`83 /${i}`, name, 'Ev,sIb', name, options),
  ];
}

/** Group 2. SHL has two encodings: /6 is an alias that processors have always accepted. */
const SHIFTS: readonly (readonly [number, string, RowOptions])[] = [
  [0, 'rol', { writes: 'OC' }],
  [1, 'ror', { writes: 'OC' }],
  [2, 'rcl', { reads: 'C', writes: 'OC' }],
  [3, 'rcr', { reads: 'C', writes: 'OC' }],
  [4, 'shl', { writes: 'OSZPC', undef: 'A' }],
  [5, 'shr', { writes: 'OSZPC', undef: 'A' }],
  [6, 'shl', { writes: 'OSZPC', undef: 'A' }],
  [7, 'sar', { writes: 'OSZPC', undef: 'A' }],
];

function shiftRows([reg, name, options]: readonly [number, string, RowOptions]): Row[] {
  const many = { ...options, undef: `O${options.undef ?? ''}` };
  return [
    row(`C0 /${reg}`, name, 'Eb,Ib', name, many),
    row(`C1 /${reg}`, name, 'Ev,Ib', name, many),
    row(`D0 /${reg}`, name, 'Eb,1', name, options),
    row(`D1 /${reg}`, name, 'Ev,1', name, options),
    row(`D2 /${reg}`, name, 'Eb,CL', name, many),
    row(`D3 /${reg}`, name, 'Ev,CL', name, many),
  ];
}

const INC = { writes: 'OSZAP', lock: true };
const BIT = { writes: 'C', undef: 'OSAP' };
const DOUBLE_SHIFT = { writes: 'SZPC', undef: 'OA' };

function bitRows(name: string, reg: number, opcode: string, lock: boolean): Row[] {
  const options = { ...BIT, lock };
  return [row(`0F ${opcode} /r`, name, 'Ev,Gv', name, options), row(`0F BA /${reg}`, name, 'Ev,Ib', name, options)];
}

export const arithmeticRows: readonly Row[] = [
  ...BINARY.flatMap(binaryRows),
  ...SHIFTS.flatMap(shiftRows),
  row('27', 'daa', '', 'daa', { reads: 'AC', writes: 'SZAPC', undef: 'O' }),
  row('2F', 'das', '', 'das', { reads: 'AC', writes: 'SZAPC', undef: 'O' }),
  row('37', 'aaa', '', 'aaa', { reads: 'A', writes: 'AC', undef: 'OSZP' }),
  row('3F', 'aas', '', 'aas', { reads: 'A', writes: 'AC', undef: 'OSZP' }),
  row('D4', 'aam', 'Ib', 'aam', { writes: 'SZP', undef: 'OAC' }),
  row('D5', 'aad', 'Ib', 'aad', { writes: 'SZP', undef: 'OAC' }),
  row('40+r', 'inc', 'Zv', 'inc', { ...INC, lock: false }),
  row('48+r', 'dec', 'Zv', 'dec', { ...INC, lock: false }),
  row('FE /0', 'inc', 'Eb', 'inc', INC),
  row('FE /1', 'dec', 'Eb', 'dec', INC),
  row('FF /0', 'inc', 'Ev', 'inc', INC),
  row('FF /1', 'dec', 'Ev', 'dec', INC),
  row('84 /r', 'test', 'Eb,Gb', 'test', { writes: 'OSZPC', undef: 'A' }),
  row('85 /r', 'test', 'Ev,Gv', 'test', { writes: 'OSZPC', undef: 'A' }),
  row('A8', 'test', 'AL,Ib', 'test', { writes: 'OSZPC', undef: 'A' }),
  row('A9', 'test', 'eAX,Iz', 'test', { writes: 'OSZPC', undef: 'A' }),
  ...[0, 1].flatMap((reg) => [
    row(`F6 /${reg}`, 'test', 'Eb,Ib', 'test', { writes: 'OSZPC', undef: 'A' }),
    row(`F7 /${reg}`, 'test', 'Ev,Iz', 'test', { writes: 'OSZPC', undef: 'A' }),
  ]),
  row('F6 /2', 'not', 'Eb', 'not', { lock: true }),
  row('F7 /2', 'not', 'Ev', 'not', { lock: true }),
  row('F6 /3', 'neg', 'Eb', 'neg', { writes: ALL, lock: true }),
  row('F7 /3', 'neg', 'Ev', 'neg', { writes: ALL, lock: true }),
  row('F6 /4', 'mul', 'Eb', 'mul', { writes: 'OC', undef: 'SZAP' }),
  row('F7 /4', 'mul', 'Ev', 'mul', { writes: 'OC', undef: 'SZAP' }),
  row('F6 /5', 'imul', 'Eb', 'imul', { writes: 'OC', undef: 'SZAP' }),
  row('F7 /5', 'imul', 'Ev', 'imul', { writes: 'OC', undef: 'SZAP' }),
  row('0F AF /r', 'imul', 'Gv,Ev', 'imul2', { writes: 'OC', undef: 'SZAP' }),
  row('69 /r', 'imul', 'Gv,Ev,Iz', 'imul3', { writes: 'OC', undef: 'SZAP' }),
  row('6B /r', 'imul', 'Gv,Ev,sIb', 'imul3', { writes: 'OC', undef: 'SZAP' }),
  row('F6 /6', 'div', 'Eb', 'div', { undef: ALL }),
  row('F7 /6', 'div', 'Ev', 'div', { undef: ALL }),
  row('F6 /7', 'idiv', 'Eb', 'idiv', { undef: ALL }),
  row('F7 /7', 'idiv', 'Ev', 'idiv', { undef: ALL }),
  row('0F A4 /r', 'shld', 'Ev,Gv,Ib', 'shld', DOUBLE_SHIFT),
  row('0F A5 /r', 'shld', 'Ev,Gv,CL', 'shld', DOUBLE_SHIFT),
  row('0F AC /r', 'shrd', 'Ev,Gv,Ib', 'shrd', DOUBLE_SHIFT),
  row('0F AD /r', 'shrd', 'Ev,Gv,CL', 'shrd', DOUBLE_SHIFT),
  ...bitRows('bt', 4, 'A3', false),
  ...bitRows('bts', 5, 'AB', true),
  ...bitRows('btr', 6, 'B3', true),
  ...bitRows('btc', 7, 'BB', true),
  row('0F BC /r', 'bsf', 'Gv,Ev', 'bsf', { writes: 'Z', undef: 'OSAPC' }),
  row('0F BD /r', 'bsr', 'Gv,Ev', 'bsr', { writes: 'Z', undef: 'OSAPC' }),
  row('0F B0 /r', 'cmpxchg', 'Eb,Gb', 'cmpxchg', { writes: ALL, lock: true, feature: '486' }),
  row('0F B1 /r', 'cmpxchg', 'Ev,Gv', 'cmpxchg', { writes: ALL, lock: true, feature: '486' }),
  row('0F C0 /r', 'xadd', 'Eb,Gb', 'xadd', { writes: ALL, lock: true, feature: '486' }),
  row('0F C1 /r', 'xadd', 'Ev,Gv', 'xadd', { writes: ALL, lock: true, feature: '486' }),
  row('0F C7 /1 m', 'cmpxchg8b', 'Mq', 'cmpxchg8b', { writes: 'Z', lock: true, feature: 'CX8' }),
  row('0F C8+r', 'bswap', 'Zv', 'bswap', { feature: '486' }),
];
