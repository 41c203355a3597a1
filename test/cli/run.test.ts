/** The command line end to end, each command in a host process of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedOutput, guestRows } from '../native/guests.ts';
import { type Missing, need } from '../native/need.ts';
import { CR86, cr86, hashLine } from './cr86.ts';

let directory: string;
let image: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cr86-cli-'));
  image = join(directory, 'image');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function row(name: string) {
  return guestRows().find((guest) => guest.name === name)!;
}

describe('cr86 run', () => {
  it('connects the console and passes the exit code on', () => {
    expect(cr86(['run', '--', '/bin/hello'])).toEqual({ stdout: 'hello, world\n', stderr: '', code: 0 });
    const guest = row('execchain');
    expect(cr86(['run', '--', ...guest.args])).toEqual({ stdout: expectedOutput(guest), stderr: '', code: 7 });
  });

  it('has the processor that was asked for, and an image goes on only where that is enough', () => {
    const cpuinfo = cr86(['run', '--cpu', 'pentium3', '--', '/bin/cat', '/proc/cpuinfo']);
    expect(cpuinfo.stdout).toContain('model name\t: cr86 pentium3 processor\n');
    expect(cpuinfo.stdout).toContain('flags\t\t: fpu tsc cx8 cmov mmx fxsr sse\n');
    expect(cr86(['run', '--cpu', 'z80', '--', '/bin/hello'])).toMatchObject({ stdout: '', code: 2 });
    const dump = ['run', '--cpu', 'pentium3', '--dump-at', '100', '-D', image, '--', '/bin/hello'];
    expect(cr86(dump)).toMatchObject({ code: 0 });
    expect(cr86(['restore', '-D', image, '--cpu', 'i686'])).toEqual({
      stdout: '',
      stderr:
        'cr86: inventory.cpu.features: the guest ran on "pentium3" and may rely on mmx, sse, which i686 lacks (--cpu) [ECPU]\n',
      code: 125,
    });
    expect(cr86(['restore', '-D', image, '--cpu', 'pentium4'])).toMatchObject({ stdout: 'hello, world\n', code: 0 });
    expect(cr86(['inspect', image]).stdout).toContain('Processor: pentium3 (fpu tsc cx8 cmov mmx fxsr sse)');
  });

  it('feeds stdin when the guest asks for it, and ends it', () => {
    const guest = row('ttyecho');
    expect(cr86(['run', '--', ...guest.args], guest.stdin)).toMatchObject({ stdout: expectedOutput(guest), code: 0 });
  });

  it('gives the same state however the writer of its stdin cuts its output', () => {
    const words = ['run', '--print-hash', '--', '/bin/ttyecho'];
    const atOnce = cr86(words, 'one\ntwo\nthree');
    const command = [process.execPath, ...CR86, ...words].join(' ');
    const script = `(printf on; printf 'e\\ntwo'; printf '\\nth'; printf ree) | ${command}`;
    const inPieces = spawnSync('sh', ['-c', script], { encoding: 'latin1' });
    expect(inPieces).toMatchObject({ stdout: atOnce.stdout, stderr: atOnce.stderr });
  });

  it('gives each reader of a pipe what is there, without waiting for its end', () => {
    const command = [process.execPath, ...CR86, 'run', '--', '/bin/cat'].join(' ');
    const both = spawnSync('sh', ['-c', `(echo one; sleep 1; echo two) | ${command}`], { encoding: 'latin1' });
    expect(both.stdout).toBe('one\ntwo\n');
  });

  it('leaves to the next process what the guest has not asked for', () => {
    const file = join(directory, 'input');
    writeFileSync(file, `one\n${'two '.repeat(30_000)}\nthree\n`);
    const cr = [process.execPath, ...CR86].join(' ');
    const guest = "/bin/sh -c 'read a; echo first $a; seq 20000 | wc; cat; seq 20000 | wc'";
    const whole = spawnSync('sh', ['-c', `${cr} run --print-hash -- ${guest} < ${file}`], { encoding: 'latin1' });
    const at = Math.floor(hashLine({ ...whole, code: 0 }).icount / 2);
    const halves = `(${cr} run --dump-at ${at} -D ${image} -- ${guest}; ${cr} restore -D ${image} --print-hash) < ${file}`;
    const both = spawnSync('sh', ['-c', halves], { encoding: 'latin1' });
    expect(both.stdout).toMatch(/^first one\n(.*\n)*three\n.*\n$/);
    expect(both.stdout).toBe(whole.stdout);
    expect(both.stderr).toBe(whole.stderr);
  });

  it('lets input come before a timer that is set', () => {
    const script = '(sleep 3; echo late) & read line; echo got $line; kill $!';
    expect(cr86(['run', '--', '/bin/sh', '-c', script], 'hi\n').stdout).toBe('got hi\n');
  });

  it('gives 128 + the signal when one ended the guest', () => {
    expect(cr86(['run', '--', '/bin/sh', '-c', 'kill -KILL $$; echo alive'])).toEqual({
      stdout: '',
      stderr: '',
      code: 137,
    });
    expect(cr86(['run', '--', '/bin/sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: 143 });
  });

  it('finds programs in PATH and passes the environment', () => {
    const ran = cr86(['run', '-e', 'COLOUR=teal', '--', 'env']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('COLOUR=teal\n');
    expect(ran.stdout).toContain('PATH=');
  });

  it('is the same every time, with the same hash', () => {
    const [a, b] = [
      cr86(['run', '--print-hash', '--', '/bin/pipes']),
      cr86(['run', '--print-hash', '--', '/bin/pipes']),
    ];
    expect(a).toEqual(b);
    expect(hashLine(a).icount).toBeGreaterThan(100_000);
  });

  it('prints system calls on stderr with --strace', () => {
    const traced = cr86(['run', '--strace', '--print-hash', '--', '/bin/hello']);
    expect(traced.stdout).toBe('hello, world\n');
    expect(traced.stderr).toMatch(
      /^ioctl\(1, TIOCGWINSZ, 0x[0-9a-f]+\) += -1 ENOTTY \(Inappropriate ioctl for device\)$/m,
    );
    expect(traced.stderr).toMatch(/^writev\(1, .*\) += 13$/m);
    expect(traced.stderr).toMatch(/^exit_group\(0\)/m);
    expect(hashLine(traced)).toEqual(hashLine(cr86(['run', '--print-hash', '--', '/bin/hello'])));
  });
});

describe('cr86 run --dump-at and restore', () => {
  it('makes one run of two processes: output, exit code, count and hash', () => {
    const whole = cr86(['run', '--print-hash', '--', '/bin/pipes']);
    const { icount, state } = hashLine(whole);
    const half = Math.floor(icount / 2);
    const first = cr86(['run', '--print-hash', '--dump-at', String(half), '-D', image, '--', '/bin/pipes']);
    expect(first.code).toBe(0);
    expect(hashLine(first).icount).toBe(half);
    expect(first.stdout.length).toBeGreaterThan(0);
    expect(first.stdout.length).toBeLessThan(whole.stdout.length);
    const second = cr86(['restore', '-D', image, '--print-hash']);
    expect(first.stdout + second.stdout).toBe(whole.stdout);
    expect(second.code).toBe(whole.code);
    expect(hashLine(second)).toEqual({ icount, state });
  });

  it('goes on after the dump with --leave-running, and the image is the same', () => {
    const whole = cr86(['run', '--print-hash', '--', '/bin/pingpong']);
    const { icount } = hashLine(whole);
    const at = ['--dump-at', String(Math.floor(icount / 3))];
    const left = cr86(['run', ...at, '-D', image, '-R', '--print-hash', '--', '/bin/pingpong']);
    expect(left).toEqual(whole);
    expect(hashLine(cr86(['restore', '-D', image, '--print-hash']))).toEqual(hashLine(whole));
  });

  it('goes from image to image', () => {
    const whole = cr86(['run', '--print-hash', '--', '/bin/threads']);
    const { icount } = hashLine(whole);
    const at = (part: number): string => String(Math.floor(icount * part));
    const first = cr86(['run', '--dump-at', at(0.25), '-D', image, '--', '/bin/threads']);
    const second = cr86(['restore', '-D', image, '--dump-at', at(0.75)]);
    const third = cr86(['restore', '-D', image, '--print-hash']);
    expect(first.stdout + second.stdout + third.stdout).toBe(whole.stdout);
    expect(hashLine(third)).toEqual(hashLine(whole));
    expect(readdirSync(directory)).toEqual(['image']);
  });

  it('dumps the ended container, with a word, when the program is shorter', () => {
    const whole = cr86(['run', '--print-hash', '--', '/bin/execchain']);
    const first = cr86(['run', '--dump-at', '1G', '-D', image, '--', '/bin/execchain']);
    expect(first.stdout).toBe(whole.stdout);
    expect(first.stderr).toMatch(/^cr86: container: ended after \d+ instructions; the image holds the ended container/);
    const second = cr86(['restore', '-D', image, '--print-hash']);
    expect(second).toEqual({ ...whole, stdout: '' });
  });
});

/** A mounted tmpfs of 256 KiB, or the reason why there is none. */
function tinyFilesystem(at: string): { path: string } | Missing {
  mkdirSync(at);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at]);
  return mounted.status === 0 ? { path: at } : { missing: 'root, to mount a tiny tmpfs' };
}

describe('a full disk in the middle of a dump', () => {
  it('is told, the guest runs on, and the old image is still valid', (context) => {
    const { path } = need(context, tinyFilesystem(join(directory, 'disk')));
    try {
      const tiny = join(path, 'img');
      const guest = ['--', '/bin/pipes', '6', '200'];
      const whole = cr86(['run', '--print-hash', ...guest]);
      expect(cr86(['run', '--dump-at', '20k', '-D', tiny, ...guest]).code).toBe(0);
      expect(() => writeFileSync(join(path, 'ballast'), new Uint8Array(512 << 10))).toThrow('ENOSPC');
      const failed = cr86(['run', '--print-hash', '--dump-at', '30k', '-D', tiny, ...guest]);
      expect(failed.stderr).toMatch(/^cr86: .*img: no space left on the device; nothing was changed \[ENOSPC\]$/m);
      expect(failed).toMatchObject({ code: 125, stdout: whole.stdout });
      expect(hashLine(failed)).toEqual(hashLine(whole));
      expect(hashLine(cr86(['restore', '-D', tiny, '--print-hash']))).toEqual(hashLine(whole));
      expect(readdirSync(path).sort()).toEqual(['ballast', 'img']);
    } finally {
      spawnSync('umount', [path]);
    }
  });
});

describe('cr86 inspect, decode and check', () => {
  it('show tasks, memory, files and every object of an image', () => {
    cr86(['run', '--dump-at', '200k', '-D', image, '--', '/bin/pipes']);
    const tree = cr86(['inspect', image]);
    expect(tree.code).toBe(0);
    expect(tree.stdout).toMatch(/pipes/);
    expect(tree.stdout).toMatch(/pages_written/);
    const model = JSON.parse(cr86(['inspect', image, '--format', 'json']).stdout);
    expect(JSON.stringify(model)).toContain('pipes');
    const decoded = cr86(['decode', image]);
    expect(decoded.code).toBe(0);
    expect(decoded.stdout).toMatch(/task/);
    expect(decoded.stdout).toMatch(/eip/);
    const checked = cr86(['check', image]);
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stdout).toMatch(/Looks good\.\n$/);
  });

  it('check says that this host is good', () => {
    const checked = cr86(['check']);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/Looks good\.\n$/);
  });

  it('refuse an image with a changed byte', () => {
    cr86(['run', '--dump-at', '200', '-D', image, '--', '/bin/hello']);
    const file = join(image, 'objects');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 0x10;
    writeFileSync(file, bytes);
    for (const verb of [
      ['restore', '-D', image],
      ['inspect', image],
      ['decode', image],
      ['check', image],
    ]) {
      const ran = cr86(verb);
      expect(ran.code).toBe(125);
      expect(ran.stdout).toBe('');
      expect(ran.stderr).toMatch(/^cr86: objects.*: .* \[E[A-Z]+\]\n$/);
    }
  });
});

describe('errors of the command line', () => {
  const cases: readonly (readonly [what: string, args: string[], code: number, message: RegExp])[] = [
    [
      'no such program',
      ['run', '--', '/bin/none'],
      127,
      /^cr86: \/bin\/none: no such program .* \(--root\) \[ENOENT\]\n$/,
    ],
    ['not a program', ['run', '--', '/etc/motd'], 126, /^cr86: \/etc\/motd: .* \[E(ACCES|NOEXEC)\]\n$/],
    [
      'no such root',
      ['run', '--root', '/none', '--', '/x'],
      125,
      /^cr86: \/none: cannot be read as a root directory \[ENOENT\]\n$/,
    ],
    ['no such image', ['restore', '-D', '/none'], 125, /^cr86: \/none: no such directory \[ENOENT\]\n$/],
    [
      'no image for a dump',
      ['run', '--dump-at', '5', '--', '/bin/hello'],
      2,
      /needs a directory for the image \(-D IMG\)/,
    ],
    [
      'no count',
      ['run', '-D', 'x', '--', '/bin/hello'],
      2,
      /means nothing without an instruction count \(--dump-at ICOUNT\)/,
    ],
    ['a bad count', ['run', '--dump-at', 'soon', '-D', 'x', '--', '/bin/hello'], 2, /an instruction count such as/],
    ['too much RAM', ['run', '--ram', '5000', '--', '/bin/hello'], 2, /MiB, 1 to/],
    ['an unknown option', ['run', '--fast', '--', '/bin/hello'], 2, /unknown option '--fast'/],
    ['an unknown verb', ['walk'], 2, /unknown command 'walk'/],
  ];
  it.each(cases)('%s', (_what, args, code, message) => {
    const ran = cr86(args);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ code, stdout: '' });
  });

  it('a directory with other files is not replaced, and the machine was not run', () => {
    writeFileSync(join(directory, 'thesis.tex'), 'x');
    const ran = cr86(['run', '--dump-at', '100', '-D', directory, '--', '/bin/hello']);
    expect(ran.stderr).toMatch(/holds "thesis.tex".*\[ENOTEMPTY\]/);
    expect(ran.code).toBe(125);
    expect(existsSync(join(directory, 'inventory'))).toBe(false);
  });
});
