/** Conversions between integers, single and double precision. */
import { type Row, row } from '../../row.ts';

const SSE = { feature: 'SSE' } as const;
const SSE2 = { feature: 'SSE2' } as const;

export const conversionRows: readonly Row[] = [
  row('0F 2A /r', 'cvtpi2ps', 'Vps,Qpi', 'cvtpi2ps', SSE),
  row('66 0F 2A /r', 'cvtpi2pd', 'Vpd,Qpi', 'cvtpi2pd', SSE2),
  row('F3 0F 2A /r', 'cvtsi2ss', 'Vss,Ed', 'cvtsi2ss', SSE),
  row('F2 0F 2A /r', 'cvtsi2sd', 'Vsd,Ed', 'cvtsi2sd', SSE2),
  row('0F 2C /r', 'cvttps2pi', 'Ppi,Wps', 'cvttps2pi', SSE),
  row('66 0F 2C /r', 'cvttpd2pi', 'Ppi,Wpd', 'cvttpd2pi', SSE2),
  row('F3 0F 2C /r', 'cvttss2si', 'Gd,Wss', 'cvttss2si', SSE),
  row('F2 0F 2C /r', 'cvttsd2si', 'Gd,Wsd', 'cvttsd2si', SSE2),
  row('0F 2D /r', 'cvtps2pi', 'Ppi,Wps', 'cvtps2pi', SSE),
  row('66 0F 2D /r', 'cvtpd2pi', 'Ppi,Wpd', 'cvtpd2pi', SSE2),
  row('F3 0F 2D /r', 'cvtss2si', 'Gd,Wss', 'cvtss2si', SSE),
  row('F2 0F 2D /r', 'cvtsd2si', 'Gd,Wsd', 'cvtsd2si', SSE2),
  row('0F 5A /r', 'cvtps2pd', 'Vpd,Wps', 'cvtps2pd', SSE2),
  row('66 0F 5A /r', 'cvtpd2ps', 'Vps,Wpd', 'cvtpd2ps', SSE2),
  row('F3 0F 5A /r', 'cvtss2sd', 'Vsd,Wss', 'cvtss2sd', SSE2),
  row('F2 0F 5A /r', 'cvtsd2ss', 'Vss,Wsd', 'cvtsd2ss', SSE2),
  row('0F 5B /r', 'cvtdq2ps', 'Vps,Wdq', 'cvtdq2ps', SSE2),
  row('66 0F 5B /r', 'cvtps2dq', 'Vdq,Wps', 'cvtps2dq', SSE2),
  row('F3 0F 5B /r', 'cvttps2dq', 'Vdq,Wps', 'cvttps2dq', SSE2),
  row('66 0F E6 /r', 'cvttpd2dq', 'Vdq,Wpd', 'cvttpd2dq', SSE2),
  row('F3 0F E6 /r', 'cvtdq2pd', 'Vpd,Wdq', 'cvtdq2pd', SSE2),
  row('F2 0F E6 /r', 'cvtpd2dq', 'Vdq,Wpd', 'cvtpd2dq', SSE2),
];
