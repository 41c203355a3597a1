/** Scripted sessions of unmodified Debian programs, and what each prints on a real kernel. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuModelName, HostDirectory } from '../../src/api/node.ts';
import { debianRoot, type RootRecipe } from '../native/debian.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import { type NpmProgram, npmRoot } from '../native/npm.ts';
import type { Guest } from '../scenarios/session.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = join(HERE, 'sessions');

/** Needed by packages for the sake of scripts and users, by none of these programs. */
const NEVER = ['perl', 'sensible-utils', 'ca-certificates', 'netbase', 'mailcap', 'install-info'];

const recipe = (name: string, packages: string, without = ''): RootRecipe => ({
  name: `userland-${name}`,
  packages: packages.split(' '),
  without: [...NEVER, ...without.split(' ').filter((word) => word !== '')],
});

const SHELL =
  'bash coreutils findutils grep sed gawk mawk diffutils patch tar gzip bzip2 xz-utils zstd bc dc procps base-passwd';

/** Root directories that sessions share, by name. */
const ROOTS: Readonly<Record<string, RootRecipe>> = {
  shell: recipe('shell', SHELL),
  perl: recipe('perl', 'bash coreutils perl-base'),
  lua: recipe('lua', 'lua5.4'),
  sqlite: recipe('sqlite', 'bash coreutils sqlite3'),
  tcc: recipe('tcc', 'bash coreutils make tcc libc6-dev', 'libnsl-dev libtirpc-dev rpcsvc-proto libcrypt-dev'),
  git: recipe('git', 'bash coreutils findutils grep sed git', 'liberror-perl git-man'),
  gcc: recipe('gcc', 'bash coreutils grep sed gcc libc6-dev', 'libnsl-dev libtirpc-dev rpcsvc-proto libcrypt-dev'),
  gdb: recipe(
    'gdb',
    'bash coreutils grep sed gcc libc6-dev gdb-minimal gdbserver',
    'libnsl-dev libtirpc-dev rpcsvc-proto libcrypt-dev',
  ),
  openssl: recipe('openssl', 'bash coreutils diffutils grep sed openssl'),
  vim: recipe('vim', 'bash coreutils grep diffutils vim-tiny expect ncurses-base'),
  python: recipe('python', 'python3.11 coreutils bash'),
  redis: recipe('redis', 'bash coreutils grep redis-server redis-tools', 'adduser lsb-base init-system-helpers'),
  nginx: recipe(
    'nginx',
    'bash coreutils sed grep curl nginx-light base-passwd',
    'iproute2 lsb-base init-system-helpers',
  ),
};

const ESBUILD: NpmProgram = {
  package: '@esbuild/linux-ia32@0.28.2',
  sha512: 'CYbnj78HsIeA+DhgUKgFCfvNsTHFhMMrinUrMZpDXJXKN8T3XViTZ/+wtHeVxEWY8ewSzTFN+nRmSwO2tZaLUQ==',
  file: 'bin/esbuild',
};

/** How a script is started, by what its name ends with. */
const INTERPRETERS: Readonly<Record<string, (text: string) => readonly [string, ...string[]]>> = {
  '.sh': (text) => ['/bin/bash', '-c', text, 'session'],
  '.lua': (text) => ['/usr/bin/lua5.4', `-e${text}`],
  // Debian makes the compiled files at installation, which would be as many more.
  '.py': (text) => ['/usr/bin/python3.11', '-B', '-c', text],
};

interface Row {
  /** The script's name without what it ends with. */
  readonly name: string;
  readonly root: keyof typeof ROOTS;
  /** A program that is added to the root. */
  readonly program?: NpmProgram;
  /** Exit code; default 0. */
  readonly code?: number;
  readonly cpu?: CpuModelName;
  /** MiB; default 256. */
  readonly ram?: number;
  /** Takes so long that only `npm run userland` runs it. */
  readonly long?: true;
}

const ROWS: readonly Row[] = [
  { name: 'bash-language', root: 'shell', code: 7 },
  { name: 'bash-processes', root: 'shell', code: 5 },
  { name: 'coreutils-text', root: 'shell' },
  { name: 'coreutils-files', root: 'shell' },
  { name: 'sed-awk', root: 'shell' },
  { name: 'perl', root: 'perl' },
  { name: 'lua', root: 'lua', code: 3 },
  { name: 'sqlite', root: 'sqlite', code: 26, long: true },
  { name: 'tcc', root: 'tcc', long: true },
  { name: 'vim', root: 'vim' },
  { name: 'esbuild', root: 'shell', program: ESBUILD, cpu: 'core2', ram: 512, long: true },
  { name: 'git', root: 'git', long: true },
  { name: 'gcc', root: 'gcc', ram: 512, long: true },
  { name: 'openssl', root: 'openssl', long: true },
  { name: 'gdb', root: 'gdb', ram: 512, long: true },
  { name: 'python', root: 'python', code: 5, long: true },
  { name: 'redis', root: 'redis', code: 3, long: true },
  { name: 'nginx', root: 'nginx', code: 4, long: true },
  { name: 'python-net', root: 'python', long: true },
];

export interface UserlandSession extends Row {
  readonly argv: readonly [string, ...string[]];
  readonly code: number;
  /** The host directory that is its root, or what is missing for it. */
  readonly rootPath: () => string | Missing;
  /** As a guest of ours. */
  readonly guest: () => Guest | Missing;
}

const directories = new Map<string, HostDirectory>();

/** One base layer for all guests of a root, so that digests are computed once. */
function directoryOf(path: string): HostDirectory {
  const root = directories.get(path) ?? new HostDirectory(path);
  directories.set(path, root);
  return root;
}

const files = readdirSync(SCRIPTS);

function session(row: Row): UserlandSession {
  const file = files.find((name) => name.startsWith(`${row.name}.`));
  if (file === undefined) throw new Error(`no script of the session ${row.name}`);
  const argv = INTERPRETERS[extname(file)]!(readFileSync(join(SCRIPTS, file), 'utf8'));
  const recipe = ROOTS[row.root]!;
  const rootPath = (): string | Missing => (row.program ? npmRoot(recipe, row.program) : debianRoot(recipe));
  const guest = (): Guest | Missing => {
    const path = rootPath();
    if (isMissing(path)) return path;
    const root = directoryOf(path);
    return { root, argv, env: TEST_ENV, ram: row.ram ?? 256, ...(row.cpu !== undefined && { cpu: row.cpu }) };
  };
  return { ...row, argv, code: row.code ?? 0, rootPath, guest };
}

export const SESSIONS: readonly UserlandSession[] = ROWS.map(session);

export const expectedFile = (name: string): string => join(HERE, 'expected', `${name}.txt`);
/** What a session prints on a real kernel: a byte string. */
export const expectedOutput = (name: string): string => readFileSync(expectedFile(name), 'latin1');
