/** A slice of `npm run oracle`, and that the cases given to 64-bit code are what i386 code would do. */
import { Decoder, DecoderOptions, type Instruction, OpKind, Register } from 'iced-x86';
import { describe, expect, test } from 'vitest';
import { rows } from '../../../src/cpu/rows/index.ts';
import { need } from '../../native/need.ts';
import { batches, Campaign, randomCase, unjudged } from './campaign.ts';
import { encodingOf } from './encodings.ts';
import { findNative, type Native } from './native.ts';
import { Random } from './random.ts';
import { isSystem } from './rows.ts';
import { rowDiffers } from './same64.ts';

const CASES = 30_000;
const SEQUENCES = 3_000;

/** A 64-bit register's 32-bit name: addresses have the wide ones. */
function narrow(register: Register): Register {
  const wide = register >= Register.RAX && register <= Register.RDI;
  return wide ? register - Register.RAX + Register.EAX : register;
}

/** What an instruction says, as far as both modes can say it. Segments but FS and GS have no bases in 64-bit mode. */
function meaning(instruction: Instruction): string {
  const operands = Array.from({ length: instruction.opCount }, (_, i) => operandOf(instruction, i));
  return [instruction.code, instruction.length, instruction.hasLockPrefix, ...operands].join(' ');
}

function operandOf(it: Instruction, i: number): string {
  const kind = it.opKind(i);
  if (kind === OpKind.Register) return `r${narrow(it.opRegister(i))}`;
  if (kind === OpKind.Memory) {
    const displacement = BigInt.asUintN(32, it.memoryDisplacement);
    return `m${narrow(it.memoryBase)} ${narrow(it.memoryIndex)} ${it.memoryIndexScale} ${displacement}`;
  }
  if (kind >= OpKind.NearBranch16 && kind <= OpKind.NearBranch64) return `j${BigInt.asUintN(32, it.nearBranchTarget)}`;
  // Pointers of string instructions: the kinds for ESI and RSI, EDI and RDI.
  if (kind >= OpKind.MemorySegSI && kind <= OpKind.MemoryESRDI) return 's';
  return `i${BigInt.asUintN(32, it.immediate(i))}`;
}

const IP = 0x20000800n;
/** Codes that iced names by the address size or mode, not by what they do. */
const NAMED_BY_MODE = /^(loop|jecxz|jcc|jmp|jmpIndirect|privileged|nop)$/;

function decoded(bytes: readonly number[], bitness: 32 | 64): string {
  const decoder = new Decoder(
    bitness,
    Uint8Array.from([...bytes, ...new Array<number>(16).fill(0x90)]),
    DecoderOptions.None,
  );
  decoder.ip = IP;
  const instruction = decoder.decode();
  const said = meaning(instruction);
  instruction.free();
  decoder.free();
  return said;
}

describe('64-bit code', () => {
  test('iced reads every case given to it as it reads it in 32-bit code', () => {
    const random = new Random(64);
    const problems = new Set<string>();
    for (const row of rows.filter((it) => unjudged(it, 'x86-64') === null)) {
      for (let i = 0; i < 20; i++) {
        const found = randomCase(random, encodingOf(row), 'x86-64');
        if (found === null) continue;
        const [a, b] = [decoded(found.bytes, 32), decoded(found.bytes, 64)];
        const [x, y] =
          NAMED_BY_MODE.test(row.op) || row.name === 'monitor' ? [a, b].map((it) => it.slice(it.indexOf(' '))) : [a, b];
        if (x !== y) problems.add(`${row.code} ${row.name}: ${Buffer.from(found.bytes).toString('hex')}: ${a}, ${b}`);
      }
    }
    expect([...problems]).toEqual([]);
  });

  test('every row finds cases, or says why not', () => {
    const random = new Random(65);
    const lacking = rows.filter((row) => !isSystem(row) && rowDiffers(row) === null);
    expect(lacking.filter((row) => randomCase(random, encodingOf(row), 'x86-64') === null)).toEqual([]);
  });
});

test('this host does what the emulator does', (context) => {
  const native = need(context, findNative()) as Native;
  const campaign = new Campaign(native);
  for (const batch of batches(rows, native.mode, CASES, 86)) campaign.judge(batch);
  campaign.runSequences(rows, SEQUENCES, new Random(87));
  native.close();
  expect([...campaign.kinds].map(([kind, { example }]) => `${kind}\n${example}`)).toEqual([]);
  expect(campaign.total).toBeGreaterThan(CASES);
});
