/** What maintainer scripts would have done, and a directory without them needs: links, users, empty directories, times. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Alternative, bestAlternatives } from './alternatives.ts';

/** Directories that are links into /usr on a merged system. */
const MERGED = ['bin', 'sbin', 'lib'];
const EMPTY = ['dev', 'home', 'proc', 'root', 'run', 'sys', 'tmp', 'var/tmp'];
const STICKY = ['tmp', 'var/tmp'];
/** Documents and translations. */
const DOCUMENTS = ['doc', 'doc-base', 'info', 'lintian', 'locale', 'man'].map((name) => `usr/share/${name}`);

/** Debian's first users and groups, for roots without the package base-passwd. */
const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
www-data:x:33:
utmp:x:43:
users:x:100:
nogroup:x:65534:
`;

/** A file that is made where no package brings one: its text, and where a package may have it. */
interface Made {
  readonly path: string;
  readonly text: string;
  readonly master?: string;
}

const FILES: readonly Made[] = [
  { path: 'etc/passwd', text: PASSWD, master: 'usr/share/base-passwd/passwd.master' },
  { path: 'etc/group', text: GROUP, master: 'usr/share/base-passwd/group.master' },
  {
    path: 'etc/nsswitch.conf',
    text: 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n',
    master: 'usr/share/libc-bin/nsswitch.conf',
  },
  { path: 'etc/hosts', text: '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n' },
  { path: 'etc/hostname', text: 'cr86\n' },
];

/** Whether something is there, a dangling link too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Before packages are unpacked: so that /bin/x and /usr/bin/x are one place. */
export function prepareRoot(root: string): void {
  for (const name of [...MERGED.map((each) => `usr/${each}`), ...EMPTY])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of MERGED) symlinkSync(`usr/${name}`, join(root, name));
  for (const name of STICKY) chmodSync(join(root, name), 0o1777);
}

function makeFile(root: string, { path, text, master }: Made): void {
  const at = join(root, path);
  if (isThere(at)) return;
  mkdirSync(dirname(at), { recursive: true });
  const from = master === undefined ? undefined : join(root, master);
  writeFileSync(at, from !== undefined && existsSync(from) ? readFileSync(from) : text);
}

function link(root: string, path: string, target: string): void {
  const at = join(root, path);
  if (isThere(at) || !existsSync(join(root, target))) return;
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(target, at);
}

/** The newest time of a file that a package brought, in seconds since the Epoch. */
function newest(root: string): number {
  let time = 0;
  for (const name of readdirSync(root, { recursive: true, encoding: 'latin1' })) {
    const stats = lstatSync(Buffer.from(join(root, name), 'latin1'));
    if (stats.isFile()) time = Math.max(time, Math.floor(stats.mtimeMs / 1000));
  }
  return time;
}

/** Gives directories, and files made here, one time: equal packages make equal roots. */
function setTimes(root: string, time: number, made: ReadonlySet<string>): void {
  const visit = (directory: Buffer): void => {
    for (const name of readdirSync(directory, { encoding: 'buffer' })) {
      const path = Buffer.concat([directory, Buffer.from('/'), name]);
      const stats = lstatSync(path);
      if (stats.isDirectory()) visit(path);
      else if (made.has(path.toString('latin1')) || stats.mtimeMs / 1000 > time + 1) lutimesSync(path, time, time);
    }
    lutimesSync(directory, time, time);
  };
  visit(Buffer.from(root, 'latin1'));
}

/** After packages are unpacked. `documents`: whether to keep manuals and translations. */
export function settleRoot(root: string, alternatives: readonly Alternative[], documents: boolean): void {
  if (!documents) for (const name of DOCUMENTS) rmSync(join(root, name), { recursive: true, force: true });
  const time = newest(root);
  for (const file of FILES) makeFile(root, file);
  for (const { link: path, target } of bestAlternatives(alternatives)) link(root, path, target);
  link(root, '/usr/bin/sh', '/usr/bin/dash');
  link(root, '/usr/bin/sh', '/usr/bin/bash');
  setTimes(root, time, new Set(FILES.map(({ path }) => join(root, path))));
}
