/** Packed integer instructions: MMX, what SSE, SSE2 and SSSE3 added to it, and all of their XMM forms. */
import { type Feature, type Row, row } from '../row.ts';

/** An opcode that works on MMX registers, and with prefix 66 on XMM ones. */
function pair(code: string, name: string, feature: Feature = 'MMX', xmm: Feature = 'SSE2'): Row[] {
  return [
    row(`0F ${code} /r`, name, 'Pq,Qq', name, { feature }),
    row(`66 0F ${code} /r`, name, 'Vdq,Wdq', name, { feature: xmm }),
  ];
}

/** The lower halves are unpacked: MMX forms read only four bytes of memory. SDM vol. 2B, PUNPCKLBW. */
function unpackLow(code: string, name: string): Row[] {
  return [
    row(`0F ${code} /r`, name, 'Pq,Qd', name, { feature: 'MMX' }),
    row(`66 0F ${code} /r`, name, 'Vdq,Wdq', name, { feature: 'SSE2' }),
  ];
}

const ssse3 = (code: string, name: string): Row[] => pair(`38 ${code}`, name, 'SSSE3', 'SSSE3');

/** Shift by an operand, and by an immediate byte where `immediate` is that encoding. */
function shift(code: string, name: string, immediate: string): Row[] {
  return [
    ...pair(code, name),
    row(`0F ${immediate} r`, name, 'Nq,Ib', name, { feature: 'MMX' }),
    row(`66 0F ${immediate} r`, name, 'Udq,Ib', name, { feature: 'SSE2' }),
  ];
}

const moves: readonly Row[] = [
  row('0F 6E /r', 'movd', 'Pd,Ed', 'movdToMmx', { feature: 'MMX' }),
  row('0F 7E /r', 'movd', 'Ed,Pd', 'movdFromMmx', { feature: 'MMX' }),
  row('0F 6F /r', 'movq', 'Pq,Qq', 'movqToMmx', { feature: 'MMX' }),
  row('0F 7F /r', 'movq', 'Qq,Pq', 'movqFromMmx', { feature: 'MMX' }),
  row('0F E7 /r m', 'movntq', 'Mq,Pq', 'movqFromMmx', { feature: 'SSE' }),
  row('0F F7 /r r', 'maskmovq', 'Pq,Nq', 'maskmovq', { feature: 'SSE' }),
  row('0F 77', 'emms', '', 'emms', { feature: 'MMX' }),
];

const lanes: readonly Row[] = [
  ...unpackLow('60', 'punpcklbw'),
  ...unpackLow('61', 'punpcklwd'),
  ...unpackLow('62', 'punpckldq'),
  ...pair('63', 'packsswb'),
  ...pair('67', 'packuswb'),
  ...pair('68', 'punpckhbw'),
  ...pair('69', 'punpckhwd'),
  ...pair('6A', 'punpckhdq'),
  ...pair('6B', 'packssdw'),
  row('66 0F 6C /r', 'punpcklqdq', 'Vdq,Wdq', 'punpcklqdq', { feature: 'SSE2' }),
  row('66 0F 6D /r', 'punpckhqdq', 'Vdq,Wdq', 'punpckhqdq', { feature: 'SSE2' }),
  row('0F 70 /r', 'pshufw', 'Pq,Qq,Ib', 'pshufw', { feature: 'SSE' }),
  row('66 0F 70 /r', 'pshufd', 'Vdq,Wdq,Ib', 'pshufd', { feature: 'SSE2' }),
  row('F3 0F 70 /r', 'pshufhw', 'Vdq,Wdq,Ib', 'pshufhw', { feature: 'SSE2' }),
  row('F2 0F 70 /r', 'pshuflw', 'Vdq,Wdq,Ib', 'pshuflw', { feature: 'SSE2' }),
  row('0F C4 /r', 'pinsrw', 'Pq,Ew,Ib', 'pinsrw', { feature: 'SSE' }),
  row('66 0F C4 /r', 'pinsrw', 'Vdq,Ew,Ib', 'pinsrw', { feature: 'SSE2' }),
  row('0F C5 /r r', 'pextrw', 'Gd,Nq,Ib', 'pextrw', { feature: 'SSE' }),
  row('66 0F C5 /r r', 'pextrw', 'Gd,Udq,Ib', 'pextrw', { feature: 'SSE2' }),
  row('0F D7 /r r', 'pmovmskb', 'Gd,Nq', 'pmovmskb', { feature: 'SSE' }),
  row('66 0F D7 /r r', 'pmovmskb', 'Gd,Udq', 'pmovmskb', { feature: 'SSE2' }),
  row('0F 3A 0F /r', 'palignr', 'Pq,Qq,Ib', 'palignr', { feature: 'SSSE3' }),
  row('66 0F 3A 0F /r', 'palignr', 'Vdq,Wdq,Ib', 'palignr', { feature: 'SSSE3' }),
  ...ssse3('00', 'pshufb'),
];

const comparisons: readonly Row[] = [
  ...pair('64', 'pcmpgtb'),
  ...pair('65', 'pcmpgtw'),
  ...pair('66', 'pcmpgtd'),
  ...pair('74', 'pcmpeqb'),
  ...pair('75', 'pcmpeqw'),
  ...pair('76', 'pcmpeqd'),
  ...pair('DA', 'pminub', 'SSE'),
  ...pair('DE', 'pmaxub', 'SSE'),
  ...pair('EA', 'pminsw', 'SSE'),
  ...pair('EE', 'pmaxsw', 'SSE'),
];

const shifts: readonly Row[] = [
  ...shift('D1', 'psrlw', '71 /2'),
  ...shift('E1', 'psraw', '71 /4'),
  ...shift('F1', 'psllw', '71 /6'),
  ...shift('D2', 'psrld', '72 /2'),
  ...shift('E2', 'psrad', '72 /4'),
  ...shift('F2', 'pslld', '72 /6'),
  ...shift('D3', 'psrlq', '73 /2'),
  ...shift('F3', 'psllq', '73 /6'),
  row('66 0F 73 /3 r', 'psrldq', 'Udq,Ib', 'psrldq', { feature: 'SSE2' }),
  row('66 0F 73 /7 r', 'pslldq', 'Udq,Ib', 'pslldq', { feature: 'SSE2' }),
];

const arithmetic: readonly Row[] = [
  ...pair('D4', 'paddq', 'SSE2'),
  ...pair('D5', 'pmullw'),
  ...pair('D8', 'psubusb'),
  ...pair('D9', 'psubusw'),
  ...pair('DB', 'pand'),
  ...pair('DC', 'paddusb'),
  ...pair('DD', 'paddusw'),
  ...pair('DF', 'pandn'),
  ...pair('E0', 'pavgb', 'SSE'),
  ...pair('E3', 'pavgw', 'SSE'),
  ...pair('E4', 'pmulhuw', 'SSE'),
  ...pair('E5', 'pmulhw'),
  ...pair('E8', 'psubsb'),
  ...pair('E9', 'psubsw'),
  ...pair('EB', 'por'),
  ...pair('EC', 'paddsb'),
  ...pair('ED', 'paddsw'),
  ...pair('EF', 'pxor'),
  ...pair('F4', 'pmuludq', 'SSE2'),
  ...pair('F5', 'pmaddwd'),
  ...pair('F6', 'psadbw', 'SSE'),
  ...pair('F8', 'psubb'),
  ...pair('F9', 'psubw'),
  ...pair('FA', 'psubd'),
  ...pair('FB', 'psubq', 'SSE2'),
  ...pair('FC', 'paddb'),
  ...pair('FD', 'paddw'),
  ...pair('FE', 'paddd'),
  ...ssse3('01', 'phaddw'),
  ...ssse3('02', 'phaddd'),
  ...ssse3('03', 'phaddsw'),
  ...ssse3('04', 'pmaddubsw'),
  ...ssse3('05', 'phsubw'),
  ...ssse3('06', 'phsubd'),
  ...ssse3('07', 'phsubsw'),
  ...ssse3('08', 'psignb'),
  ...ssse3('09', 'psignw'),
  ...ssse3('0A', 'psignd'),
  ...ssse3('0B', 'pmulhrsw'),
  ...ssse3('1C', 'pabsb'),
  ...ssse3('1D', 'pabsw'),
  ...ssse3('1E', 'pabsd'),
];

export const mmxRows: readonly Row[] = [...moves, ...lanes, ...comparisons, ...shifts, ...arithmetic];
