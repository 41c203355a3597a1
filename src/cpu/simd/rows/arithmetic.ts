/** Floating-point arithmetic, comparisons, logic. */
import { type Feature, type Row, row } from '../../row.ts';

/** The four types of number that an opcode works on, chosen by prefix: packed and scalar, single and double. */
const TYPES: readonly (readonly [prefix: string, type: string, feature: Feature])[] = [
  ['', 'ps', 'SSE'],
  ['66 ', 'pd', 'SSE2'],
  ['F3 ', 'ss', 'SSE'],
  ['F2 ', 'sd', 'SSE2'],
];

/** Rows of one opcode for `types`; the operation id is `name` with the type. */
function typed(code: string, name: string, types: readonly string[], more = ''): Row[] {
  return TYPES.filter(([, type]) => types.includes(type)).map(([prefix, type, feature]) =>
    row(`${prefix}0F ${code} /r`, `${name}${type}`, `V${type},W${type}${more}`, `${name}${type}`, { feature }),
  );
}

const ALL = ['ps', 'pd', 'ss', 'sd'];
const PACKED = ['ps', 'pd'];
const SINGLE = ['ps', 'ss'];

/** OF, SF and AF are cleared. */
const COMPARES = { writes: 'OSZAPC' };

function ordered(code: string, name: string): Row[] {
  return [
    row(`0F ${code} /r`, `${name}ss`, 'Vss,Wss', `${name}ss`, { ...COMPARES, feature: 'SSE' }),
    row(`66 0F ${code} /r`, `${name}sd`, 'Vsd,Wsd', `${name}sd`, { ...COMPARES, feature: 'SSE2' }),
  ];
}

/** SSE3's opcodes have their two types by the prefixes 66 and F2. */
function sse3(code: string, name: string): Row[] {
  return [
    row(`66 0F ${code} /r`, `${name}pd`, 'Vpd,Wpd', `${name}pd`, { feature: 'SSE3' }),
    row(`F2 0F ${code} /r`, `${name}ps`, 'Vps,Wps', `${name}ps`, { feature: 'SSE3' }),
  ];
}

export const arithmeticRows: readonly Row[] = [
  ...typed('51', 'sqrt', ALL),
  ...typed('52', 'rsqrt', SINGLE),
  ...typed('53', 'rcp', SINGLE),
  ...typed('54', 'and', PACKED),
  ...typed('55', 'andn', PACKED),
  ...typed('56', 'or', PACKED),
  ...typed('57', 'xor', PACKED),
  ...typed('58', 'add', ALL),
  ...typed('59', 'mul', ALL),
  ...typed('5C', 'sub', ALL),
  ...typed('5D', 'min', ALL),
  ...typed('5E', 'div', ALL),
  ...typed('5F', 'max', ALL),
  ...typed('C2', 'cmp', ALL, ',Ib'),
  ...ordered('2E', 'ucomi'),
  ...ordered('2F', 'comi'),
  ...sse3('7C', 'hadd'),
  ...sse3('7D', 'hsub'),
  ...sse3('D0', 'addsub'),
];
