/** Programs print what they print on real processors, on every processor model, however often they are dumped and restored. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { compile, hasCompiler } from '../native/compiler.ts';
import { nativeSupport, runNative } from '../native/native.ts';
import { isMissing, type Missing, need } from '../native/need.ts';
import { type Baseline, baseline, chained, spread, spreadCounts } from '../scenarios/modes.ts';
import type { Guest } from '../scenarios/session.ts';
import {
  glibc,
  guestOf,
  HERE,
  MODELS,
  type Model,
  MUSL,
  OPENSSL,
  type Program,
  RECORDED_COUNT,
  SCRIPTS,
} from './programs.ts';
import { compileForHost } from './reference.ts';

let compiled: string | null = null;

function compiledRoot(): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  compiled ??= compile(join(HERE, 'src'), ['decimals']);
  return compiled;
}

afterAll(() => {
  if (compiled !== null) rmSync(compiled, { recursive: true });
});

const GLIBC = glibc(compiledRoot);
const known = new Map<string, Baseline>();

function run(context: TestContext, program: Program, cpu: Model): { guest: Guest; base: Baseline } {
  const guest = need(context, guestOf(program, cpu));
  const key = `${program.name} ${cpu}`;
  const base = known.get(key) ?? baseline(guest);
  known.set(key, base);
  return { guest, base };
}

for (const program of [MUSL, GLIBC, ...SCRIPTS, ...OPENSSL]) {
  describe(program.name, () => {
    it.for(MODELS)('prints on %s what it prints on a real processor', (cpu, context) => {
      const { outcome } = run(context, program, cpu).base;
      expect(outcome.stdout).toBe(program.expected());
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
    });

    it('goes on from images made on the way', (context) => {
      const { guest, base } = run(context, program, 'pentium4');
      chained(guest, base, spreadCounts(base.outcome.icount, 5, program.name.length));
    });

    afterAll(() => known.clear());
  });
}

describe('the recorded outputs', () => {
  it.for(SCRIPTS)('$name: the same on a real kernel', (program, context) => {
    need(context, nativeSupport());
    const { argv, stdin } = program;
    const native = runNative(need(context, program.root()), argv, { stdin, asInit: true });
    expect(native).toEqual({ stdout: program.expected(), stderr: '', code: 0 });
  });

  it('decimals-glibc: the same on the processor of this host', (context) => {
    const path = need(context, compileForHost('decimals'));
    expect(execFileSync(path, [String(RECORDED_COUNT)], { encoding: 'latin1' })).toBe(GLIBC.expected());
  });

  it('decimals: two C libraries agree in all but the form of %La', () => {
    const digests = (program: Program): string[] => program.expected().match(/.* decimal .*/g) ?? [];
    expect(digests(MUSL)).toEqual(digests(GLIBC));
    expect(digests(MUSL)).toHaveLength(4);
  });
});

describe('what a processor model changes', () => {
  const SHA512 = OPENSSL.find(({ name }) => name === 'openssl sha512')!;

  it('libcrypto takes shorter code where there is SSE2', (context) => {
    const plain = run(context, SHA512, 'i686').base.outcome.icount;
    const simd = run(context, SHA512, 'pentium4').base.outcome.icount;
    expect(simd).toBeLessThan(plain);
  });

  it('a program that has chosen SSE2 code goes on with SSE2 data in registers', (context) => {
    const { guest, base } = run(context, SHA512, 'pentium4');
    // The end of the run, where data are hashed: the program's start is left out.
    const { icount } = base.outcome;
    const counts = spreadCounts(Math.floor(icount / 5), 3, 1).map((count) => count + Math.floor((icount * 3) / 5));
    spread(guest, base, counts);
  });
});
