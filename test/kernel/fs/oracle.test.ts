/** Programs that print what hundreds of file calls return, on the host's kernel and on ours: line by line the same. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { MemoryBase } from '../../../src/api/index.ts';
import { nativeSupport, runNative, TEST_ENV } from '../../native/native.ts';
import { type Missing, need } from '../../native/need.ts';
import { baseline, boundaries, chained, evenly } from '../../scenarios/modes.ts';
import { type Guest, Session } from '../../scenarios/session.ts';

const sources = join(dirname(fileURLToPath(import.meta.url)), 'oracle');
const roots = new Map<string, string>();

function hasCompiler(): true | Missing {
  const probe = spawnSync('gcc', ['-m32', '-static', '-x', 'c', '-', '-o', '/dev/null'], {
    input: 'int main(void){return 0;}',
  });
  return probe.status === 0 || { missing: 'gcc that builds static i386 programs (gcc-multilib)' };
}

/** A root directory with /bin/NAME in it, built once. */
function rootOf(name: string): string {
  const known = roots.get(name);
  if (known !== undefined) return known;
  const root = mkdtempSync(join(tmpdir(), 'cr86-oracle-'));
  mkdirSync(join(root, 'bin'));
  const flags = ['-m32', '-march=i686', '-static', '-O1', '-w'];
  execFileSync('gcc', [...flags, '-o', join(root, 'bin', name), join(sources, `${name}.c`)]);
  roots.set(name, root);
  return root;
}

afterAll(() => {
  for (const root of roots.values()) rmSync(root, { recursive: true, force: true });
});

function guestOf(name: string, context: TestContext): Guest {
  need(context, hasCompiler());
  const content = readFileSync(join(rootOf(name), 'bin', name));
  const root = new MemoryBase({ [`/bin/${name}`]: { content: new Uint8Array(content), mode: 0o755 } });
  return { root, argv: [`/bin/${name}`], env: TEST_ENV };
}

const PROGRAMS = ['names', 'perms', 'io', 'waits'] as const;

describe('file calls as on a real kernel', () => {
  it.for(PROGRAMS)('%s.c', (name, context) => {
    const guest = guestOf(name, context);
    need(context, nativeSupport());
    const native = runNative(rootOf(name), [`/bin/${name}`]);
    const { stdout, stderr, code } = Session.boot(guest).finish();
    expect(stdout.split('\n')).toEqual(native.stdout.split('\n'));
    expect({ stderr, code }).toEqual({ stderr: native.stderr, code: 0 });
    expect(native.stdout.split('\n').length).toBeGreaterThan(60);
  });
});

describe('open files through images', () => {
  it('io.c, restored again and again between its calls', (context) => {
    const guest = guestOf('io', context);
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 60));
  });

  it('waits.c, restored again and again between its calls', (context) => {
    const guest = guestOf('waits', context);
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 120));
  });

  it('perms.c, restored again and again between its calls', (context) => {
    const guest = guestOf('perms', context);
    const base = baseline(guest);
    chained(guest, base, evenly(boundaries(base), 30));
  });
});
