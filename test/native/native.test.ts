import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fetchDebian } from './debian.ts';
import { expectedOutput, guestRows } from './guests.ts';
import { withLock } from './lock.ts';
import { EMBEDDED_ROOT, nativeSupport, runNative, TEST_ENV } from './native.ts';
import { isMissing, need } from './need.ts';

/** Rows that finish natively in well under a second, as ordinary processes and as process 1. */
const QUICK = guestRows().filter((row) => !['primes', 'timers', 'zombie'].includes(row.name));

describe('a native run', () => {
  test('returns both streams and the exit code', (context) => {
    need(context, nativeSupport());
    const run = runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(run).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 7 });
  });

  test('feeds bytes in and gives bytes back', (context) => {
    need(context, nativeSupport());
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
    expect(runNative(EMBEDDED_ROOT, ['/bin/cat'], { stdin: bytes }).stdout).toBe(bytes);
  });

  test('has the directory and the environment it is given, and no other', (context) => {
    need(context, nativeSupport());
    const at = runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', 'pwd; env'], {
      cwd: '/etc',
      env: { PATH: '/bin', A: 'b c' },
    });
    expect(at.stdout).toBe('/etc\nA=b c\nPATH=/bin\n');
    const plain = runNative(EMBEDDED_ROOT, ['/bin/env']).stdout.trim().split('\n').sort();
    expect(plain).toEqual(
      Object.entries(TEST_ENV)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  });

  test('tells a death by signal as a shell does', (context) => {
    need(context, nativeSupport());
    expect(runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', 'kill -KILL $$']).code).toBe(128 + 9);
  });

  test('works on a copy of its root', (context) => {
    need(context, nativeSupport());
    const made = runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', 'echo x > /tmp/made; cat /tmp/made; rm /bin/hello']);
    expect(made).toEqual({ stdout: 'x\n', stderr: '', code: 0 });
    const later = runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', '[ -e /tmp/made ] || /bin/hello']);
    expect(later.stdout).toBe('hello, world\n');
  });

  test('is process 1 if asked to be', (context) => {
    need(context, nativeSupport());
    expect(runNative(EMBEDDED_ROOT, ['/bin/sh', '-c', 'echo $$'], { asInit: true }).stdout).toBe('1\n');
    const ps = runNative(EMBEDDED_ROOT, ['/bin/ps'], { asInit: true }).stdout;
    expect(ps).toBe('  PID  PPID STATE NAME\n    1     0 R     ps\n');
  });
});

describe('the embedded guests', () => {
  test.for(QUICK)('$name prints natively what is recorded', (row, context) => {
    need(context, nativeSupport());
    const { args, stdin, env } = row;
    expect(runNative(EMBEDDED_ROOT, args, { stdin, env })).toEqual({
      stdout: expectedOutput(row),
      stderr: '',
      code: row.code,
    });
  });

  test('have rows with names of their own and recorded outputs', () => {
    const rows = guestRows();
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    for (const row of rows) expect(expectedOutput(row).length, row.name).toBeGreaterThan(0);
  });
});

describe('what is missing', () => {
  test('is told with a reason for a package that does not exist', () => {
    const found = fetchDebian('cr86-no-such-package');
    if (!isMissing(found)) throw new Error(`found ${found}`);
    expect(found.missing).toMatch(/cr86-no-such-package|dpkg|root/);
  });

  test('a name that is no package name is an error', () => {
    expect(() => fetchDebian('../../etc')).toThrow('no Debian package name');
  });
});

describe('a lock between processes', () => {
  test('is free again after an error', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-lock-'));
    const lock = join(directory, 'lock');
    expect(() =>
      withLock(lock, 1000, () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(withLock(lock, 1000, () => 'free')).toBe('free');
    rmSync(directory, { recursive: true });
  });

  test('is taken over from an owner that is dead', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-lock-'));
    const lock = join(directory, 'lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(spawnSync('true').pid));
    expect(withLock(lock, 5000, () => 'taken')).toBe('taken');
    rmSync(directory, { recursive: true });
  });

  test('is waited for only so long while its owner lives', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-lock-'));
    const lock = join(directory, 'lock');
    mkdirSync(lock);
    expect(() => withLock(lock, 300, () => 'never')).toThrow('has been held');
    rmSync(directory, { recursive: true });
  });
});
