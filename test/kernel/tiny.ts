/** Guests of a few instructions, assembled in the test itself. */
import { Cpu } from '../../src/cpu/cpu.ts';
import { cpuModel } from '../../src/cpu/model.ts';
import { Ram } from '../../src/cpu/ram.ts';
import { MemoryBase, type MemoryNode } from '../../src/kernel/fs/memory-base.ts';
import { Kernel } from '../../src/kernel/kernel.ts';
import { type BootOptions, boot } from '../../src/kernel/task/boot.ts';
import { endInput } from '../../src/kernel/tty/console.ts';

const CODE_AT = 0x0804_8000;
const EHDR_SIZE = 52;
const PHDR_SIZE = 32;
/** First instruction of a tiny program. */
export const ENTRY = CODE_AT + EHDR_SIZE + PHDR_SIZE;
/** Zeroed memory after the code that programs may write. */
export const DATA = 0x0810_0000;
export const DATA_SIZE = 0x4000;

/** An ELF file of one segment with the code, which may write itself, and DATA_SIZE bytes at DATA. */
export function tinyElf(code: readonly number[]): Uint8Array {
  const size = EHDR_SIZE + PHDR_SIZE + code.length;
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const halves: [number, number][] = [
    [16, 2],
    [18, 3],
    [40, EHDR_SIZE],
    [42, PHDR_SIZE],
    [44, 1],
  ];
  for (const [at, value] of halves) view.setUint16(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [24, ENTRY],
    [28, EHDR_SIZE],
  ] as const)
    view.setUint32(at, value, true);
  const header = [1, 0, CODE_AT, CODE_AT, size, DATA + DATA_SIZE - CODE_AT, 7, 0x1000];
  for (const [i, word] of header.entries()) view.setUint32(EHDR_SIZE + 4 * i, word, true);
  file.set(code, EHDR_SIZE + PHDR_SIZE);
  return file;
}

function word(n: number): number[] {
  return [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];
}

/** `mov` of number and arguments (ebx ecx edx esi edi ebp), then `int $0x80`. */
export function call(nr: number, ...args: readonly number[]): number[] {
  const opcodes = [0xbb, 0xb9, 0xba, 0xbe, 0xbf, 0xbd];
  const moves = args.flatMap((arg, i) => [opcodes[i] ?? 0x90, ...word(arg)]);
  return [...moves, 0xb8, ...word(nr), 0xcd, 0x80];
}

/** `jmp` to itself. */
export const SPIN: readonly number[] = [0xeb, 0xfe];
export const EXIT: readonly number[] = call(252, 0);

/** Boots a tiny program as /init, on a processor that executes everything; nothing has run yet. */
export function bootTiny(
  code: readonly number[],
  options: Partial<BootOptions> = {},
  files: Record<string, MemoryNode> = {},
): Kernel {
  const base = new MemoryBase({ '/init': { mode: 0o755, content: tinyElf(code) }, ...files });
  const kernel = new Kernel(new Cpu(new Ram(8), cpuModel('core2')), { base, output: () => {} });
  const result = boot(kernel, { argv: ['/init'], ...options });
  if (result < 0) throw new Error(`the tiny guest cannot be booted: ${result}`);
  endInput(kernel);
  return kernel;
}
