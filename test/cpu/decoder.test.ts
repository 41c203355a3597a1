import { Code, CpuidFeature, DecoderOptions, Decoder as Iced, Mnemonic } from 'iced-x86';
import { expect, test } from 'vitest';
import { Decoder } from '../../src/cpu/decoder.ts';
import type { Form } from '../../src/cpu/forms.ts';
import { integerRows } from '../../src/cpu/rows/index.ts';
import { caseBytes, places, Random } from './oracle/cases.ts';

const PER_OPCODE = 500;
const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const PREFIXES = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x64, 0x65, 0x36, 0x26, 0x3e];

/** What iced calls the features of a Pentium Pro with FXSAVE, and of all SIMD that is decoded. */
const FEATURES = new Set([
  'INTEL8086',
  'INTEL8086_ONLY',
  'INTEL186',
  'INTEL286',
  'INTEL286_ONLY',
  'INTEL386',
  'INTEL386_ONLY',
  'INTEL486',
  'CPUID',
  'TSC',
  'CX8',
  'CMOV',
  'MULTIBYTENOP',
  'FPU',
  'FPU287',
  'FPU387',
  'FXSR',
  'MMX',
  'SSE',
  'SSE2',
  'SSE3',
  'SSSE3',
  'CLFSH',
  'MONITOR',
  'RDPMC',
  'MSR',
  'PAUSE',
  'CET_IBT',
]);

/**
 * Where the two differ for a reason. Later processors gave old encodings new names; without those features a prefix is
 * ignored (TZCNT is BSF) and a hint is a NOP. The D6 of SALC, the FPU's aliases and the like are settled in rows.
 */
const LATER = new Set([
  'Tzcnt',
  'Lzcnt',
  'Cldemote',
  'Prefetchw',
  'Prefetch',
  'Prefetchnta',
  'Prefetcht0',
  'Prefetcht1',
  'Prefetcht2',
  'Prefetchwt1',
  'Prefetchit0',
  'Prefetchit1',
  'Wbnoinvd',
]);
const SYNONYMS: Readonly<Record<string, string>> = {
  cbw: 'cwde',
  cwd: 'cdq',
  jcxz: 'jecxz',
  wait: 'fwait',
  pause: 'xchg',
  reservednop: 'nop',
  sal: 'shl',
  endbr32: 'nop',
  endbr64: 'nop',
  prefetchnta: 'nop',
  prefetcht0: 'nop',
  prefetcht1: 'nop',
  prefetcht2: 'nop',
};

const buffer = new Uint8Array(64);
const ours = new Decoder(buffer, () => 32);

function randomBytes(random: Random, map: number, opcode: number): void {
  for (let i = 0; i < buffer.length; i++) buffer[i] = random.below(256);
  let at = 0;
  while (random.chance(25) && at < 4) buffer[at++] = PREFIXES[random.below(PREFIXES.length)]!;
  for (const byte of MAPS[map]!) buffer[at++] = byte;
  buffer[at] = opcode;
}

/** iced adds the size to string instructions, and the condition's name to conditional ones. */
function sameName(form: Form, mnemonic: string): boolean {
  const { name } = form.row;
  const theirs = SYNONYMS[mnemonic] ?? mnemonic;
  if (form.row.code.endsWith('+c')) return theirs.startsWith(name.slice(0, name.indexOf('cc')));
  return theirs === name || theirs.replace(/[bwd]$/, '') === name || (theirs === 'nop' && form.row.op === 'xchg');
}

function compare(): string | null {
  const bytes = buffer.slice(0, 15);
  const decoder = new Iced(32, bytes, DecoderOptions.None);
  const theirs = decoder.decode();
  ours.decode(0, 32, false);
  const { form, length } = ours;
  const mnemonic = Mnemonic[theirs.mnemonic]!;
  const known =
    theirs.code !== Code.INVALID && [...theirs.cpuidFeatures()].every((f) => FEATURES.has(CpuidFeature[f]!));
  const undefinedToUs = form.row.code === '';
  let problem: string | null = null;
  if (known === undefinedToUs && !LATER.has(mnemonic))
    problem = `${known ? mnemonic : 'invalid'} is ${form.row.name} here`;
  else if (known && length !== theirs.length) problem = `${mnemonic}: length ${theirs.length}, ours ${length}`;
  else if (known && !sameName(form, mnemonic.toLowerCase())) problem = `${mnemonic} is ${form.row.name} here`;
  theirs.free();
  decoder.free();
  if (problem === null) return null;
  return problem;
}

test('all opcodes decode as iced decodes them: validity, length, mnemonic', () => {
  const random = new Random(1);
  const problems = new Set<string>();
  for (let map = 0; map < MAPS.length; map++) {
    for (let opcode = 0; opcode < 256; opcode++) {
      for (let i = 0; i < PER_OPCODE; i++) {
        randomBytes(random, map, opcode);
        const problem = compare();
        if (problem !== null) problems.add(problem);
      }
    }
  }
  expect([...problems]).toEqual([]);
});

test('16-bit code decodes to the same lengths', () => {
  const random = new Random(2);
  const problems: string[] = [];
  for (const place of places(integerRows)) {
    for (let i = 0; i < 20; i++) {
      buffer.fill(0x90);
      buffer.set(caseBytes(random, place));
      const decoder = new Iced(16, buffer.slice(0, 15), DecoderOptions.None);
      const theirs = decoder.decode();
      ours.decode(0, 32, true);
      if (theirs.code !== Code.INVALID && theirs.length !== ours.length) {
        problems.push(`${place.form.row.code} ${place.form.row.name}: ${theirs.length}, ours ${ours.length}`);
      }
      theirs.free();
      decoder.free();
    }
  }
  expect(problems).toEqual([]);
});

/** iced's RflagsBits by letter. */
const RFLAGS: Readonly<Record<string, number>> = { O: 1, S: 2, Z: 4, A: 8, C: 16, P: 32 };
const bitsOf = (letters: string): number => [...letters].reduce((bits, letter) => bits | (RFLAGS[letter] ?? 0), 0);

/**
 * Rows whose flags iced states for one encoding apart from others: shifts and rotates by an immediate (its count decides),
 * and what depends on a condition.
 */
const COUNTED = new Set(['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar', 'shld', 'shrd']);

test('rows agree with iced on the flags that are left undefined and written', () => {
  const random = new Random(3);
  const problems = new Set<string>();
  for (const place of places(integerRows)) {
    const { row } = place.form;
    if (COUNTED.has(row.op) || row.op === 'ud' || row.op === 'privileged') continue;
    buffer.fill(0x90);
    buffer.set(caseBytes(random, place));
    const decoder = new Iced(32, buffer.slice(0, 15), DecoderOptions.None);
    const theirs = decoder.decode();
    if (theirs.code !== Code.INVALID && !LATER.has(Mnemonic[theirs.mnemonic]!)) {
      const undefinedFlags = theirs.rflagsUndefined & 63;
      if (undefinedFlags !== bitsOf(row.undef))
        problems.add(`${row.code} ${row.name}: undefined ${undefinedFlags}, ours ${bitsOf(row.undef)}`);
      const written = (theirs.rflagsWritten | theirs.rflagsCleared | theirs.rflagsSet) & 63;
      const sure = bitsOf(row.writes);
      if ((written & ~sure) !== 0) problems.add(`${row.code} ${row.name}: writes ${written}, ours ${sure}`);
    }
    theirs.free();
    decoder.free();
  }
  expect([...problems]).toEqual([]);
});
