/** FBLD and FBSTP: 18 decimal digits in ten bytes, the sign in the top bit of the last. SDM vol. 1, 4.7. */
import { IE, SIGN, U } from './format.ts';
import type { Fpu } from './fpu.ts';
import { fromMagnitude } from './load.ts';
import { toMagnitude } from './store.ts';

export const BCD_SIZE = 10;
const DIGIT_BYTES = 9;
const LIMIT = 10n ** 18n;
const SIGN_BYTE = 0x80;
const LOW_32 = 0xffffffffn;

/** M = ten packed bytes. Digits above nine count with their value. */
export function fromBcd(f: Fpu, bytes: Uint8Array): void {
  let value = 0n;
  for (let i = DIGIT_BYTES - 1; i >= 0; i--) {
    value = value * 100n + BigInt((bytes[i]! >> 4) * 10 + (bytes[i]! & 15));
  }
  const sign = (bytes[DIGIT_BYTES]! & SIGN_BYTE) === 0 ? 0 : SIGN;
  fromMagnitude(f, sign, Number(value >> 32n) | 0, Number(value & LOW_32) | 0);
}

/** `bytes` = register `n`, rounded; the packed indefinite with IE when it has more than 18 digits. */
export function toBcd(f: Fpu, n: number, bytes: Uint8Array): number {
  const flags = toMagnitude(f, n);
  let value = (BigInt(f.hi[U]! >>> 0) << 32n) | BigInt(f.lo[U]! >>> 0);
  if ((flags & IE) !== 0 || value >= LIMIT) {
    bytes.fill(0);
    bytes.set([0xc0, 0xff, 0xff], 7);
    return IE;
  }
  for (let i = 0; i < DIGIT_BYTES; i++) {
    const pair = Number(value % 100n);
    bytes[i] = (Math.floor(pair / 10) << 4) | (pair % 10);
    value /= 100n;
  }
  bytes[DIGIT_BYTES] = (f.se[n]! & SIGN) === 0 ? 0 : SIGN_BYTE;
  return flags;
}
