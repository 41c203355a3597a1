import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecoderOptions, Formatter, FormatterSyntax, Decoder as Iced, MemorySizeOptions, Mnemonic } from 'iced-x86';
import { describe, expect, it, test } from 'vitest';
import { codeOf } from '../../src/cli/elf.ts';
import {
  type DisassembleOptions,
  type Disassembly,
  disassemble,
  type Syntax,
} from '../../src/cpu/disassembler/disassemble.ts';
import type { Row } from '../../src/cpu/row.ts';
import { rows } from '../../src/cpu/rows/index.ts';
import { disassemblerCase, disassemblerPlaces } from './disassembler-cases.ts';
import { Random } from './oracle/random.ts';

const PER_PLACE = 40;
const EIP = 0x8048123;
const LONGEST = 15;
const GUESTS = join(import.meta.dirname, '../../images/root/bin');

/** iced with the options that disassemble.ts states. */
function formatter(syntax: FormatterSyntax): Formatter {
  const made = new Formatter(syntax);
  made.hexPrefix = '0x';
  made.hexSuffix = '';
  made.uppercaseHex = false;
  made.smallHexNumbersInDecimal = false;
  made.branchLeadingZeros = false;
  made.showUselessPrefixes = true;
  made.usePseudoOps = false;
  made.memorySizeOptions = MemorySizeOptions.Always;
  return made;
}

const formatters: Readonly<Record<Syntax, Formatter>> = {
  att: formatter(FormatterSyntax.Gas),
  intel: formatter(FormatterSyntax.Intel),
};

/** A Pentium Pro knows no TZCNT, LZCNT and WBNOINVD: F3 is a prefix that BSF, BSR and WBINVD ignore. */
const PENTIUM_PRO = DecoderOptions.NoMPFX_0FBC | DecoderOptions.NoMPFX_0FBD | DecoderOptions.NoWbnoinvd;
/** Hints that later processors gave names are NOPs; iced's option makes ENDBR and PREFETCHh NOPs, too. */
const HINTS = new Set(['0F 0D /r', '0F 18 /r', '0F 19 /r', '0F 1A /r', '0F 1B /r', '0F 1C /r', '0F 1D /r', '0F 1E /r']);

function decoderOptions(row: Row, text: string): number {
  return HINTS.has(row.code) && !/endbr|prefetch/.test(text)
    ? PENTIUM_PRO | DecoderOptions.ForceReservedNop
    : PENTIUM_PRO;
}

interface Printed {
  readonly mnemonic: string;
  readonly text: string;
  readonly length: number;
}

function theirs(bytes: Uint8Array, eip: number, { syntax, code16 }: DisassembleOptions, options: number): Printed {
  const decoder = new Iced(code16 ? 16 : 32, bytes.subarray(0, LONGEST), options);
  decoder.ip = BigInt(eip);
  const instruction = decoder.decode();
  const mnemonic = Mnemonic[instruction.mnemonic]!.toLowerCase();
  const printed = { mnemonic, text: formatters[syntax].format(instruction), length: instruction.length };
  instruction.free();
  decoder.free();
  return printed;
}

/** What is undefined here and has no row under another encoding: instructions of later processors. */
const NAMES = new Set(rows.map((row) => row.name));
const isLater = (ours: Disassembly, their: Printed): boolean => ours.row === null && !NAMES.has(their.mnemonic);

/**
 * A SIB byte with a factor and no index is the one thing that iced prints in another way: with a comma and nothing behind
 * it, `(%eax,)`.
 */
const sameText = (ours: Disassembly, their: Printed): boolean => ours.text === their.text.replace(',)', ')');

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

describe.each(['att', 'intel'] as const)('%s syntax', (syntax) => {
  it.each([32, 16])('prints every place of every row as iced does, in %i-bit code', (bits) => {
    const options = { syntax, code16: bits === 16 };
    const random = new Random(5);
    const problems = new Map<string, string>();
    for (const place of disassemblerPlaces()) {
      for (let i = 0; i < PER_PLACE; i++) {
        const bytes = disassemblerCase(random, place);
        const ours = disassemble(bytes, 0, EIP, options);
        const their = theirs(bytes, EIP, options, decoderOptions(ours.row ?? place.row, ours.text));
        const sameLength = ours.row === null || ours.length === their.length;
        if (!isLater(ours, their) && !(sameText(ours, their) && sameLength)) {
          problems.set(place.row.code, `${hex(bytes.subarray(0, their.length))}: ${their.text}, ours ${ours.text}`);
        }
      }
    }
    expect([...problems]).toEqual([]);
  });

  it('prints the embedded guests as iced does', () => {
    const problems: string[] = [];
    const undecoded = new Set<string>();
    let count = 0;
    for (const name of readdirSync(GUESTS)) {
      for (const { address, bytes } of codeOf(name, readFileSync(join(GUESTS, name)))) {
        for (let at = 0; at < bytes.length; count++) {
          const ours = disassemble(bytes, at, address + at, { syntax });
          const their = theirs(bytes.subarray(at), address + at, { syntax }, PENTIUM_PRO);
          if (ours.row === null) undecoded.add(their.text.split(' ')[0]!);
          else if (ours.text !== their.text || ours.length !== their.length)
            problems.push(`${name} ${(address + at).toString(16)}: ${their.text}, ours ${ours.text}`);
          at += their.length;
        }
      }
    }
    expect(problems).toEqual([]);
    expect([...undecoded].sort()).toEqual([]);
    expect(count).toBeGreaterThan(100_000);
  });
});

test('the mnemonic with its prefixes, and the operands, make up the text', () => {
  const bytes = Uint8Array.of(0xf0, 0x0f, 0xb1, 0x4c, 0x88, 0xf8);
  const printed = disassemble(bytes, 0, 0, { syntax: 'att' });
  expect(printed).toMatchObject({ mnemonic: 'lock cmpxchg', operands: '%ecx,-0x8(%eax,%ecx,4)', length: 6 });
  expect(printed.text).toBe(`${printed.mnemonic} ${printed.operands}`);
  expect(printed.row?.name).toBe('cmpxchg');
});

test('what is no instruction is (bad) and one byte long', () => {
  const bad = { text: '(bad)', length: 1, row: null };
  const print = (...bytes: number[]) => disassemble(Uint8Array.from(bytes), 0, 0, { syntax: 'att' });
  expect(print(0x0f, 0x0a)).toMatchObject(bad);
  expect(print(0xf0, 0x90)).toMatchObject(bad);
  expect(print(...new Array<number>(15).fill(0x66), 0x90)).toMatchObject(bad);
  expect(print(0xe8, 0, 0)).toMatchObject(bad);
  expect(print()).toMatchObject(bad);
});

test('targets wrap around in the address space and in a 16-bit segment', () => {
  const jump = Uint8Array.of(0xeb, 0xfc);
  expect(disassemble(jump, 0, 0, { syntax: 'att' }).text).toBe('jmp 0xfffffffe');
  expect(disassemble(jump, 0, 0, { syntax: 'att', code16: true }).text).toBe('jmp 0xfffe');
});
