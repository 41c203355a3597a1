/** `cr86 disasm`: a program's code as text, in objdump's columns. */
import { readFileSync } from 'node:fs';
import { type Disassembly, disassemble, type Syntax } from '../api/node.ts';
import { type Code, codeOf } from './elf.ts';
import { CliError } from './errors.ts';
import { writeAll } from './write.ts';

export interface DisasmOptions {
  readonly syntax: Syntax;
  /** Address of the first instruction; default: that of the first byte of code. */
  readonly start?: number;
  /** Instructions at most; default: all. */
  readonly count?: number;
}

/** Columns of bytes, as objdump has them: seven to a line. */
const BYTES_PER_LINE = 7;
const MNEMONIC_WIDTH = 6;
/** Text is written in pieces of about this many characters. */
const PIECE = 1 << 16;

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

function bytesText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `${hex(byte, 2)} `).join('');
}

function line(address: number, bytes: Uint8Array, { mnemonic, operands }: Disassembly): string {
  const text = operands === '' ? mnemonic : `${mnemonic.padEnd(MNEMONIC_WIDTH)} ${operands}`;
  const first = bytesText(bytes.subarray(0, BYTES_PER_LINE)).padEnd(3 * BYTES_PER_LINE);
  const lines = [`${hex(address, 8)}:\t${first}\t${text}\n`];
  for (let at = BYTES_PER_LINE; at < bytes.length; at += BYTES_PER_LINE) {
    const rest = bytesText(bytes.subarray(at, at + BYTES_PER_LINE));
    lines.push(`${hex(address + at, 8)}:\t${rest.trimEnd()}\n`);
  }
  return lines.join('');
}

/** Lines of the instructions from `start` on, `count` at most. */
function* lines(code: readonly Code[], start: number, count: number, syntax: Syntax): Generator<string> {
  let left = count;
  for (const { address, bytes } of code) {
    let at = Math.max(0, start - address);
    for (; at < bytes.length && left > 0; left--) {
      const eip = (address + at) >>> 0;
      const decoded = disassemble(bytes, at, eip, { syntax });
      yield line(eip, bytes.subarray(at, at + decoded.length), decoded);
      at += decoded.length;
    }
  }
}

/** Prints the code of an i386 ELF file of the host. */
export function disasm(path: string, { syntax, start, count = Number.POSITIVE_INFINITY }: DisasmOptions): number {
  const code = codeOf(path, readFileSync(path));
  const first = start ?? code[0]?.address ?? 0;
  if (!code.some(({ address, bytes }) => first < address + bytes.length && (start === undefined || first >= address)))
    throw new CliError(path, `no code at 0x${first.toString(16)}`, '--start', 'EFAULT');
  let piece = '';
  for (const text of lines(code, first, count, syntax)) {
    piece += text;
    if (piece.length > PIECE) {
      writeAll(1, new TextEncoder().encode(piece));
      piece = '';
    }
  }
  writeAll(1, new TextEncoder().encode(piece));
  return 0;
}
