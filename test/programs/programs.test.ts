/** Programs print what they print on real processors, on every processor model, however often they are dumped and restored. */
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { nativeSupport, runNative } from '../native/native.ts';
import { need } from '../native/need.ts';
import { type Baseline, baseline, chained, evenly, spread, spreadCounts } from '../scenarios/modes.ts';
import { type Guest, Session } from '../scenarios/session.ts';
import {
  GLIBC,
  guestOf,
  MODELS,
  type Model,
  MUSL,
  OPENSSL,
  type Program,
  RECORDED_COUNT,
  SCRIPTS,
} from './programs.ts';
import { compileForHost } from './reference.ts';

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

const SHA512 = OPENSSL.find(({ name }) => name === 'openssl sha512')!;

describe('what a processor model changes', () => {
  it('libcrypto takes shorter code where there is SSE2', (context) => {
    const plain = run(context, SHA512, 'i686').base.outcome.icount;
    const simd = run(context, SHA512, 'pentium4').base.outcome.icount;
    expect(simd).toBeLessThan(plain);
  });
});

/** Of 1500 counts spread over the run those at which x87 or MMX registers hold something. */
function busyCounts(guest: Guest, { outcome: { icount } }: Baseline): number[] {
  const pilot = Session.boot(guest);
  const found = spreadCounts(icount - 1, 1500, 86).filter((count) => {
    pilot.runTo(count);
    return pilot.machine.kernel.cpu.fpu.used !== 0;
  });
  pilot.machine.dispose();
  return found;
}

describe('an image in the middle of arithmetic', () => {
  const LUA = SCRIPTS.find(({ name }) => name === 'lua')!;
  const rows = [
    { title: 'x87 registers of musl', program: MUSL, cpu: 'i686' },
    { title: 'x87 registers of glibc', program: GLIBC, cpu: 'pentium4' },
    { title: 'x87 registers of lua', program: LUA, cpu: 'i486-cmov' },
    { title: 'MMX and XMM registers of libcrypto', program: SHA512, cpu: 'pentium4' },
  ] as const;

  it.for(rows)('keeps $title', ({ program, cpu }, context) => {
    const { guest, base } = run(context, program, cpu);
    const counts = evenly(busyCounts(guest, base), 3);
    expect(counts).toHaveLength(3);
    spread(guest, base, counts);
  });
});
