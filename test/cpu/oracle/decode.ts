/** Machine code of a case as the emulator's decoder sees it, and where its memory operand lies. */
import { Decoder } from '../../../src/cpu/decoder.ts';
import { ZERO_SLOT } from '../../../src/cpu/layout.ts';

const buffer = new Uint8Array(64);
const decoder = new Decoder(buffer, () => 32);

/** Decodes 32-bit code. What it gives is valid until the next call. */
export function decode(bytes: ArrayLike<number>, from = 0): Decoder {
  buffer.fill(0xcc, 0, 32);
  for (let i = from; i < bytes.length; i++) buffer[i - from] = bytes[i]!;
  decoder.decode(0, 32, false);
  return decoder;
}

/** base + index * scale + displacement with registers as unsigned numbers: not cut to 32 bits. */
export function wideOffset({ base, index, scale, disp, address16 }: Decoder, regs: Int32Array): number {
  const register = (n: number): number => (n === ZERO_SLOT ? 0 : regs[n]! >>> 0);
  const sum = register(base) + register(index) * 2 ** scale + disp;
  return address16 ? sum & 0xffff : sum;
}
