/** What the recorded cases are about: every x87 form, and FWAIT. */

import type { Form } from '../../../../src/cpu/x87/forms/form.ts';
import { forms } from '../../../../src/cpu/x87/forms/index.ts';

/** ModRM.rm of [ebx]. */
const BX = 3;

export interface Subject {
  /** `fadd Md`: what reports group by. */
  readonly name: string;
  readonly form: Form | null;
  /** Opcode, and ModRM with register number 0. */
  readonly opcode: number;
  readonly modrm: number;
}

function subject(form: Form): Subject {
  const [opcode = '', modrm = ''] = form.code.split(' ');
  const memory = modrm.startsWith('/');
  return {
    name: `${form.code} ${form.name} ${form.operands}`.trim(),
    form,
    opcode: Number.parseInt(opcode, 16),
    modrm: memory ? (Number(modrm[1]) << 3) | BX : Number.parseInt(modrm, 16),
  };
}

/** FISTTP is younger than the x87: its cases are in test/cpu/simd. */
export const subjects: readonly Subject[] = [
  ...forms.filter(({ feature }) => feature !== 'SSE3').map(subject),
  { name: '9B fwait', form: null, opcode: 0x9b, modrm: 0 },
];

const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
export const isTranscendental = (form: Form | null): boolean => form !== null && TRANSCENDENTAL.test(form.name);
