/** The forms that run.ts executes itself, by number. */

/** Ways. Those below FIRST_LOAD have no memory operand; from FIRST_STORE on they write it. */
export const BY_HANDLER = 0;
export const LOAD_REGISTER = 1;
export const STORE_REGISTER = 2;
export const EXCHANGE = 3;
export const CHANGE_SIGN = 4;
export const COMPARE = 5;
export const COMPARE_POP = 6;
/** The low three bits are the operation, ModRM.reg of D8. */
export const TO_TOP = 8;
export const TO_REGISTER = 16;
export const TO_REGISTER_POP = 24;
export const FIRST_LOAD = 32;
export const LOAD_SINGLE = 32;
export const LOAD_DOUBLE = 33;
export const LOAD_INTEGER = 34;
export const LOAD_EXTENDED = 35;
export const WITH_SINGLE = 40;
export const WITH_DOUBLE = 48;
export const FIRST_STORE = 56;
export const STORE_DOUBLE = 56;
export const STORE_DOUBLE_POP = 57;
export const STORE_EXTENDED_POP = 58;

const WAYS: Readonly<Record<string, number>> = {
  'D9 C0+i': LOAD_REGISTER,
  'DD D8+i': STORE_REGISTER,
  'D9 C8+i': EXCHANGE,
  'D9 E0': CHANGE_SIGN,
  'DB F0+i': COMPARE,
  'DB E8+i': COMPARE,
  'DF F0+i': COMPARE_POP,
  'DF E8+i': COMPARE_POP,
  'D9 /0 m': LOAD_SINGLE,
  'DD /0 m': LOAD_DOUBLE,
  'DB /0 m': LOAD_INTEGER,
  'DB /5 m': LOAD_EXTENDED,
  'DD /2 m': STORE_DOUBLE,
  'DD /3 m': STORE_DOUBLE_POP,
  'DB /7 m': STORE_EXTENDED_POP,
};

const GROUPS: Readonly<Record<string, number>> = { D8: TO_TOP, DC: TO_REGISTER, DE: TO_REGISTER_POP };
const MEMORY_GROUPS: Readonly<Record<string, number>> = { D8: WITH_SINGLE, DC: WITH_DOUBLE };

/** Number of a form's way, by its encoding. */
export function x87Way(code: string): number {
  const way = WAYS[code];
  if (way !== undefined) return way;
  const [opcode = '', modrm = ''] = code.split(' ');
  const memory = modrm.startsWith('/');
  const group = (memory ? MEMORY_GROUPS : GROUPS)[opcode] ?? BY_HANDLER;
  if (group === BY_HANDLER) return BY_HANDLER;
  const reg = memory ? Number(modrm[1]) : (Number.parseInt(modrm, 16) >> 3) & 7;
  if (reg === 2 || reg === 3) return BY_HANDLER;
  // With ST(i) as destination the encodings of the plain and the reversed operations are exchanged.
  return group | (!memory && opcode !== 'D8' && reg >= 4 ? reg ^ 1 : reg);
}
