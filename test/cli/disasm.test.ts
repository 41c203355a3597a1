/** `cr86 disasm`: which bytes of a file are code, and the columns. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/cli/elf.ts';
import { cr86 } from './cr86.ts';

const CODE_AT = 84;
const ADDRESS = 0x10000 + CODE_AT;
/** mov $1,%eax; mov 8 bytes of operand; ret; an undefined opcode. */
const CODE = [
  0xb8, 1, 0, 0, 0, 0xc7, 0x45, 0xfc, 0x78, 0x56, 0x34, 0x12, 0x81, 0x05, 0, 0, 2, 0, 1, 0, 0, 0, 0xc3, 0x0f, 0xff,
];

/** An ELF file with one executable segment and no section headers. */
function program(code: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(CODE_AT + code.length);
  const file = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const halves = [
    [16, 2],
    [18, 3],
    [42, 32],
    [44, 1],
  ] as const;
  for (const [at, value] of halves) file.setUint16(at, value, true);
  // e_phoff; then p_type, p_offset, p_vaddr, p_filesz, p_memsz, p_flags.
  const words = [
    [28, 52],
    [52, 1],
    [56, CODE_AT],
    [60, ADDRESS],
    [68, code.length],
    [72, code.length],
    [76, 5],
  ] as const;
  for (const [at, value] of words) file.setUint32(at, value, true);
  bytes.set(code, CODE_AT);
  return bytes;
}

let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cr86-disasm-'));
  path = join(directory, 'program');
  writeFileSync(path, program(CODE));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('cr86 disasm', () => {
  it('prints address, bytes and text; long instructions take two lines', () => {
    expect(cr86(['disasm', path])).toEqual({
      stdout: [
        '00010054:\tb8 01 00 00 00       \tmov    $0x1,%eax',
        '00010059:\tc7 45 fc 78 56 34 12 \tmovl   $0x12345678,-0x4(%ebp)',
        '00010060:\t81 05 00 00 02 00 01 \taddl   $0x1,0x20000',
        '00010067:\t00 00 00',
        '0001006a:\tc3                   \tret',
        '0001006b:\t0f                   \t(bad)',
        '0001006c:\tff                   \t(bad)',
        '',
      ].join('\n'),
      stderr: '',
      code: 0,
    });
  });

  it('prints what was asked for', () => {
    const some = cr86(['disasm', path, '--syntax', 'intel', '--start', '0x10059', '--count', '1']);
    expect(some.stdout).toBe('00010059:\tc7 45 fc 78 56 34 12 \tmov    dword ptr [ebp-0x4],0x12345678\n');
  });

  it('takes executable sections where there are section headers', () => {
    const { stdout } = cr86(['disasm', 'images/root/bin/true', '--count', '2']);
    expect(stdout).toMatch(/^08048[\da-f]{3}:\t/);
    expect(stdout).not.toMatch(/^08048000:/);
  });

  it('says what it cannot print', () => {
    expect(cr86(['disasm', 'package.json'])).toMatchObject({
      stderr: 'cr86: package.json: no i386 ELF file [ENOEXEC]\n',
      code: 126,
    });
    expect(cr86(['disasm', path, '--start', '0x20000'])).toMatchObject({
      stderr: `cr86: ${path}: no code at 0x20000 (--start) [EFAULT]\n`,
      code: 125,
    });
    expect(cr86(['disasm', `${path}.none`]).stderr).toBe(`cr86: ${path}.none: no such file or directory [ENOENT]\n`);
  });
});

describe('code of damaged files', () => {
  it('is what lies within the file', () => {
    const whole = program(CODE);
    for (let length = 52; length < whole.length; length++) {
      const code = codeOf('program', whole.slice(0, length));
      expect(code.map(({ bytes }) => bytes.length)).toEqual(length < CODE_AT ? [] : [length - CODE_AT]);
    }
  });

  it('is nothing when the table of headers lies elsewhere', () => {
    const bytes = program(CODE);
    new DataView(bytes.buffer).setUint32(28, 0xffff_fff0, true);
    expect(codeOf('program', bytes)).toEqual([]);
  });
});
