/** Moves of XMM registers and shuffles of their numbers. */
import { type Row, row } from '../../row.ts';

const SSE = { feature: 'SSE' } as const;
const SSE2 = { feature: 'SSE2' } as const;
const SSE3 = { feature: 'SSE3' } as const;

const between: readonly Row[] = [
  row('0F 10 /r', 'movups', 'Vps,Wps', 'movups', SSE),
  row('66 0F 10 /r', 'movupd', 'Vpd,Wpd', 'movups', SSE2),
  row('F3 0F 10 /r', 'movss', 'Vss,Wss', 'movss', SSE),
  row('F2 0F 10 /r', 'movsd', 'Vsd,Wsd', 'movsd', SSE2),
  row('0F 11 /r', 'movups', 'Wps,Vps', 'movups', SSE),
  row('66 0F 11 /r', 'movupd', 'Wpd,Vpd', 'movups', SSE2),
  row('F3 0F 11 /r', 'movss', 'Wss,Vss', 'movss', SSE),
  row('F2 0F 11 /r', 'movsd', 'Wsd,Vsd', 'movsd', SSE2),
  row('0F 28 /r', 'movaps', 'Vps,Wps', 'movaps', SSE),
  row('66 0F 28 /r', 'movapd', 'Vpd,Wpd', 'movaps', SSE2),
  row('0F 29 /r', 'movaps', 'Wps,Vps', 'movaps', SSE),
  row('66 0F 29 /r', 'movapd', 'Wpd,Vpd', 'movaps', SSE2),
  row('66 0F 6F /r', 'movdqa', 'Vdq,Wdq', 'movaps', SSE2),
  row('F3 0F 6F /r', 'movdqu', 'Vdq,Wdq', 'movups', SSE2),
  row('66 0F 7F /r', 'movdqa', 'Wdq,Vdq', 'movaps', SSE2),
  row('F3 0F 7F /r', 'movdqu', 'Wdq,Vdq', 'movups', SSE2),
  row('F2 0F F0 /r m', 'lddqu', 'Vdq,Mdq', 'movups', SSE3),
  row('0F 2B /r m', 'movntps', 'Mps,Vps', 'movaps', SSE),
  row('66 0F 2B /r m', 'movntpd', 'Mpd,Vpd', 'movaps', SSE2),
  row('66 0F E7 /r m', 'movntdq', 'Mdq,Vdq', 'movaps', SSE2),
  row('0F C3 /r m', 'movnti', 'Md,Gd', 'movnti', SSE2),
  row('66 0F F7 /r r', 'maskmovdqu', 'Vdq,Udq', 'maskmovdqu', SSE2),
];

const halves: readonly Row[] = [
  row('0F 12 /r m', 'movlps', 'Vq,Mq', 'loadLow', SSE),
  row('66 0F 12 /r m', 'movlpd', 'Vq,Mq', 'loadLow', SSE2),
  row('0F 13 /r m', 'movlps', 'Mq,Vq', 'storeLow', SSE),
  row('66 0F 13 /r m', 'movlpd', 'Mq,Vq', 'storeLow', SSE2),
  row('0F 16 /r m', 'movhps', 'Vq,Mq', 'loadHigh', SSE),
  row('66 0F 16 /r m', 'movhpd', 'Vq,Mq', 'loadHigh', SSE2),
  row('0F 17 /r m', 'movhps', 'Mq,Vq', 'storeHigh', SSE),
  row('66 0F 17 /r m', 'movhpd', 'Mq,Vq', 'storeHigh', SSE2),
  row('0F 12 /r r', 'movhlps', 'Vq,Uq', 'movhlps', SSE),
  row('0F 16 /r r', 'movlhps', 'Vq,Uq', 'movlhps', SSE),
];

const narrow: readonly Row[] = [
  row('66 0F 6E /r', 'movd', 'Vd,Ed', 'movdToXmm', SSE2),
  row('66 0F 7E /r', 'movd', 'Ed,Vd', 'movdFromXmm', SSE2),
  row('F3 0F 7E /r', 'movq', 'Vq,Wq', 'movqToXmm', SSE2),
  row('66 0F D6 /r', 'movq', 'Wq,Vq', 'movqFromXmm', SSE2),
  row('F3 0F D6 /r r', 'movq2dq', 'Vdq,Nq', 'movq2dq', SSE2),
  row('F2 0F D6 /r r', 'movdq2q', 'Pq,Uq', 'movdq2q', SSE2),
  row('0F 50 /r r', 'movmskps', 'Gd,Ups', 'movmskps', SSE),
  row('66 0F 50 /r r', 'movmskpd', 'Gd,Upd', 'movmskpd', SSE2),
];

const shuffles: readonly Row[] = [
  row('0F 14 /r', 'unpcklps', 'Vps,Wps', 'unpcklps', SSE),
  row('66 0F 14 /r', 'unpcklpd', 'Vpd,Wpd', 'unpcklpd', SSE2),
  row('0F 15 /r', 'unpckhps', 'Vps,Wps', 'unpckhps', SSE),
  row('66 0F 15 /r', 'unpckhpd', 'Vpd,Wpd', 'unpckhpd', SSE2),
  row('0F C6 /r', 'shufps', 'Vps,Wps,Ib', 'shufps', SSE),
  row('66 0F C6 /r', 'shufpd', 'Vpd,Wpd,Ib', 'shufpd', SSE2),
  row('F2 0F 12 /r', 'movddup', 'Vq,Wq', 'movddup', SSE3),
  row('F3 0F 12 /r', 'movsldup', 'Vps,Wps', 'movsldup', SSE3),
  row('F3 0F 16 /r', 'movshdup', 'Vps,Wps', 'movshdup', SSE3),
];

export const moveRows: readonly Row[] = [...between, ...halves, ...narrow, ...shuffles];
