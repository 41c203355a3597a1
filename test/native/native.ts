/** A real Linux kernel as oracle: the same i386 program runs on it, in a copy of the same root directory. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMissing, type Missing } from './need.ts';
import { machineSupport } from './vm/machine.ts';
import { runInMachine } from './vm/run.ts';

/** The root directory of the embedded guests. */
export const EMBEDDED_ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../images/root');

/** The whole environment of a guest in these tests, natively and emulated. */
export const TEST_ENV: Readonly<Record<string, string>> = {
  PATH: '/bin:/usr/bin:/sbin:/usr/sbin',
  HOME: '/root',
  TERM: 'linux',
};

/** Output as byte strings: one character, 0 to 255, for each byte. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, or 128 + the number of the signal that ended the program. */
  readonly code: number;
}

const TIMEOUT_MS = 60_000;

export interface RunOptions {
  /** A byte string; standard input is then a pipe that ends after it. Default: empty. */
  readonly stdin?: string;
  /** A directory inside the root. Default: /. */
  readonly cwd?: string;
  /** The whole environment. Default: TEST_ENV. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NativeOptions extends RunOptions {
  /** The program becomes process 1 of a pid namespace of its own, as in the emulator. Default: no. */
  readonly asInit?: boolean;
  /** In the test machine: a layer over the root instead of a copy of it, which is quicker for a large one. Default: no. */
  readonly layered?: boolean;
  /** Default: 60,000. */
  readonly timeoutMs?: number;
}

/** Where i386 programs run: on the host's own kernel, or on Debian's i386 kernel in a test machine (vm/machine.ts). */
export type NativePlace = 'host' | 'machine';

let i386: boolean | undefined;

/** Whether this host executes i386 programs: asked by running the committed hello. */
export function hasNativeI386(): boolean {
  i386 ??= spawnSync(join(EMBEDDED_ROOT, 'bin/hello'), { encoding: 'latin1' }).stdout === 'hello, world\n';
  return i386;
}

function runsOnHost(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !hasNativeI386()) return false;
  return runOnHost(EMBEDDED_ROOT, ['/bin/hello'], { asInit: true }).stdout === 'hello, world\n';
}

let support: NativePlace | Missing | undefined;

function findSupport(): NativePlace | Missing {
  if (runsOnHost()) return 'host';
  const machine = machineSupport();
  if (!isMissing(machine)) return machine;
  return { missing: `a host that executes i386 Linux programs, as root; or, instead, ${machine.missing}` };
}

/** Where runNative runs programs, or what is missing. For need(). */
export function nativeSupport(): NativePlace | Missing {
  support ??= findSupport();
  return support;
}

const DEVICES: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
  ['ptmx', 5, 2],
];

const DEVICE_LINKS: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

function hostCommand(argv: readonly string[]): void {
  const result = spawnSync(argv[0] as string, argv.slice(1), { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${argv.join(' ')}: ${result.error?.message ?? result.stderr}`);
}

/** A copy of root, attributes and times kept, with devices and the mount points a program expects. */
function copyRoot(root: string, into: string): void {
  hostCommand(['cp', '-a', '--', `${root}/.`, into]);
  for (const directory of ['dev/pts', 'proc', 'tmp']) mkdirSync(join(into, directory), { recursive: true });
  hostCommand(['chmod', '1777', join(into, 'tmp')]);
  mkdirSync(join(into, 'dev/shm'), { recursive: true });
  hostCommand(['chmod', '1777', join(into, 'dev/shm')]);
  for (const [name, target] of DEVICE_LINKS) {
    rmSync(join(into, 'dev', name), { force: true });
    symlinkSync(target, join(into, 'dev', name));
  }
  for (const [name, major, minor] of DEVICES) {
    const path = join(into, 'dev', name);
    rmSync(path, { force: true });
    hostCommand(['mknod', '-m', '666', path, 'c', String(major), String(minor)]);
  }
}

/** Equal when the trees' names, sizes, modes and times are. */
function rootId(root: string): string {
  const digest = createHash('sha1').update(root);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const { mode, size, mtimeMs, ctimeMs } = lstatSync(join(root, name));
    digest.update([name, mode, size, mtimeMs, ctimeMs].join());
  }
  return digest.digest('hex');
}

/**
 * Runs argv on a real kernel with a copy of the directory root as its root, /proc mounted, as user 0; the copy is
 * thrown away. argv[0] is a path inside the root. Throws when it cannot: ask nativeSupport() first.
 */
export function runNative(root: string, argv: readonly string[], options: NativeOptions = {}): RunResult {
  if (nativeSupport() === 'host') return runOnHost(root, argv, options);
  return runInMachine({
    copyRoot: (into) => copyRoot(root, into),
    rootId: rootId(root),
    argv,
    env: options.env ?? TEST_ENV,
    cwd: options.cwd ?? '/',
    stdin: options.stdin ?? '',
    asInit: options.asInit ?? false,
    layered: options.layered ?? false,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
}

/** Arguments: the root, and those of env. The shell's own variables stay out of the program's environment. */
const WITH_PTYS = 'mount -t devpts -o gid=5,mode=620 devpts "$0/dev/pts" && exec env -i "$@"';

function runOnHost(root: string, argv: readonly string[], options: NativeOptions): RunResult {
  const work = mkdtempSync(join(tmpdir(), 'cr86-native-'));
  try {
    copyRoot(root, work);
    const asInit = options.asInit ? ['--pid', '--fork', '--kill-child'] : [];
    const place = ['--mount', '--mount-proc=/proc', `--root=${work}`, `--wd=${options.cwd ?? '/'}`];
    const variables = Object.entries(options.env ?? TEST_ENV).map(([name, value]) => `${name}=${value}`);
    const command = [...variables, 'unshare', ...place, ...asInit, '--', ...argv];
    const result = spawnSync('unshare', ['--mount', 'sh', '-c', WITH_PTYS, work, ...command], {
      input: Buffer.from(options.stdin ?? '', 'latin1'),
      env: { ...TEST_ENV },
      encoding: 'latin1',
      maxBuffer: 64 << 20,
      timeout: options.timeoutMs ?? TIMEOUT_MS,
    });
    if (result.error) throw new Error(`${argv.join(' ')} natively: ${result.error.message}`);
    const code = result.signal ? 128 + constants.signals[result.signal] : (result.status ?? 0);
    return { stdout: result.stdout, stderr: result.stderr, code };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
