/** Programs that compute, what they print on real processors, and on which processor models they are run. */
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostDirectory } from '../../src/api/node.ts';
import { compile, hasCompiler } from '../native/compiler.ts';
import { debianRoot, type RootRecipe } from '../native/debian.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import type { Guest } from '../scenarios/session.ts';

export const HERE = dirname(fileURLToPath(import.meta.url));

/** From the one without MMX and SSE to the one with SSE2. */
export const MODELS = ['i486-cmov', 'i686', 'pentium3', 'pentium4'] as const;
export type Model = (typeof MODELS)[number];

/** Numbers that decimals.c goes through in the recorded runs. */
export const RECORDED_COUNT = 300;

export interface Program {
  /** Unique. */
  readonly name: string;
  /** The host directory that is its root, or what is missing for it. */
  readonly root: () => string | Missing;
  readonly argv: readonly string[];
  /** A byte string. */
  readonly stdin: string;
  /** What it prints on a real processor. */
  readonly expected: () => string;
}

const file = (...path: string[]): string => readFileSync(join(HERE, ...path), 'latin1');

export const expectedFile = (name: string): string => join(HERE, 'expected', `${name}.txt`);
const recorded = (name: string) => (): string => readFileSync(expectedFile(name), 'latin1');

/** Debian's programs, each with a script on standard input. */
const SCRIPTED: readonly (RootRecipe & { readonly script: string; readonly argv: readonly string[] })[] = [
  { name: 'lua', packages: ['lua5.4'], script: 'numbers.lua', argv: ['/usr/bin/lua5.4', '-'] },
  { name: 'sqlite', packages: ['sqlite3'], script: 'numbers.sql', argv: ['/usr/bin/sqlite3', '-batch'] },
  { name: 'perl', packages: ['perl-base'], script: 'numbers.pl', argv: ['/usr/bin/perl', '-'] },
  {
    name: 'python',
    packages: ['python3.11-minimal', 'libpython3.11-stdlib'],
    // What the modules of numbers.py do not load: Berkeley's data base, NIS, terminals.
    without: [
      'libdb5.3',
      'libnsl2',
      'libtirpc3',
      'libncursesw6',
      'libreadline8',
      'libsqlite3-0',
      'libuuid1',
      'libffi8',
    ],
    script: 'numbers.py',
    // No site module and no compiled files, which Debian makes at installation.
    argv: ['/usr/bin/python3.11', '-I', '-S', '-B', '-'],
  },
];

/** Debian's programs whose output is recorded on a real kernel. */
export const SCRIPTS: readonly Program[] = SCRIPTED.map(({ script, argv, ...recipe }) => ({
  name: recipe.name,
  root: () => debianRoot(recipe),
  argv,
  stdin: file('scripts', script),
  expected: recorded(recipe.name),
}));

/** Bytes that look random and never change: a linear congruence, the high byte of each state. */
function noise(length: number): Buffer {
  let state = 86;
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
}

/** Whole blocks of every digest, and a rest. */
const DATA = noise(64 * 1024 + 77);
const KEY = noise(32);
const IV = noise(48).subarray(32);

/** AES in lines of 64 characters, as `openssl enc -a` writes it. */
function encrypted(cipher: string, key: Buffer): string {
  const work = createCipheriv(cipher, key, IV);
  const base64 = Buffer.concat([work.update(DATA), work.final()]).toString('base64');
  return base64.replace(/.{1,64}/g, '$&\n');
}

const openssl = (name: string, args: readonly string[], expected: () => string): Program => ({
  name: `openssl ${name}`,
  root: () => debianRoot({ name: 'openssl', packages: ['openssl'] }),
  argv: ['/usr/bin/openssl', ...args],
  stdin: DATA.toString('latin1'),
  expected,
});

const digest = (name: string, title: string): Program =>
  openssl(name, ['dgst', `-${name}`], () => `${title}(stdin)= ${createHash(name).update(DATA).digest('hex')}\n`);

function cipher(name: string, keyBits: number): Program {
  const key = KEY.subarray(0, keyBits / 8);
  const args = ['enc', `-${name}`, '-a', '-K', key.toString('hex'), '-iv', IV.toString('hex')];
  return openssl(name, args, () => encrypted(name, key));
}

/** libcrypto chooses its code by CPUID. Judged by the host's OpenSSL, which is Node's. */
export const OPENSSL: readonly Program[] = [
  digest('md5', 'MD5'),
  digest('sha1', 'SHA1'),
  digest('sha256', 'SHA2-256'),
  digest('sha512', 'SHA2-512'),
  cipher('aes-256-cbc', 256),
  cipher('aes-128-ctr', 128),
];

/** decimals.c with musl, as committed. */
export const MUSL: Program = {
  name: 'decimals-musl',
  root: () => HERE,
  argv: ['/bin/decimals', String(RECORDED_COUNT)],
  stdin: '',
  expected: recorded('decimals-musl'),
};

let compiled: string | undefined;

process.on('exit', () => {
  if (compiled !== undefined) rmSync(compiled, { recursive: true, force: true });
});

/** A root directory with decimals.c compiled for i386 in /bin, made once in each process; or what is missing. */
function compiledRoot(): string | Missing {
  const compiler = hasCompiler();
  if (isMissing(compiler)) return compiler;
  compiled ??= compile(join(HERE, 'src'), ['decimals']);
  return compiled;
}

/** decimals.c with the host's glibc. */
export const GLIBC: Program = {
  ...MUSL,
  name: 'decimals-glibc',
  root: compiledRoot,
  expected: recorded('decimals-glibc'),
};

const directories = new Map<string, HostDirectory>();

/** The program as a guest; one base layer for all guests of a root, so that digests are computed once. */
export function guestOf(program: Program, cpu: Model): Guest | Missing {
  const path = program.root();
  if (isMissing(path)) return path;
  const root = directories.get(path) ?? new HostDirectory(path);
  directories.set(path, root);
  return { root, argv: program.argv, stdin: program.stdin, env: TEST_ENV, cpu };
}
