/**
 * A real i386 kernel for hosts that cannot execute i386 programs: Debian's, in qemu-system-i386. One machine serves every
 * test process; the first that needs it starts it, and it powers off when it has had nothing to do for a while.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchBusybox, fetchKernel } from '../debian.ts';
import { isAlive, pause, withLock } from '../lock.ts';
import { isMissing, type Missing } from '../need.ts';
import { directory, type Entry, executable, initramfs } from './initramfs.ts';

const here = dirname(fileURLToPath(import.meta.url));
const home = join(here, '../../../.cache/vm');
/** What the machine sees as /host. */
export const SHARE = join(home, 'share');
const PID = join(home, 'pid');
const READY = join(SHARE, 'ready');
const CONSOLE = join(home, 'console');

const BOOT_MS = 120_000;
const POLL_MS = 20;
const DISK_SIZE = '2G';
const RAM = '768M';

/** Kernel modules in the order in which they can be loaded: virtio, 9p for the host's directory, ext4 for the disk, layers. */
const MODULES = [
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
  'fs/netfs/netfs',
  'fs/fscache/fscache',
  'net/9p/9pnet',
  'net/9p/9pnet_virtio',
  'fs/9p/9p',
  'crypto/crc32c_generic',
  'lib/crc16',
  'fs/mbcache',
  'fs/jbd2/jbd2',
  'fs/ext4/ext4',
  'fs/overlayfs/overlay',
];

/** What the machine is made of. */
interface Parts {
  readonly kernel: string;
  readonly modules: string;
  readonly busybox: string;
  readonly agent: string;
}

const hasCommand = (name: string): boolean => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;

function buildAgent(): string | Missing {
  const path = join(home, 'agent');
  const built = spawnSync('gcc', ['-m32', '-static', '-O1', '-o', path, join(here, 'agent.c')]);
  return built.status === 0 ? path : { missing: 'gcc that builds static i386 programs (gcc-multilib)' };
}

function findParts(): Parts | Missing {
  if (process.getuid?.() !== 0) return { missing: 'root, to keep owners and devices of files in a test machine' };
  if (!hasCommand('qemu-system-i386')) return { missing: 'qemu-system-i386 (qemu-system-x86)' };
  mkdirSync(home, { recursive: true });
  const busybox = fetchBusybox();
  if (isMissing(busybox)) return busybox;
  const root = fetchKernel();
  if (isMissing(root)) return root;
  const agent = buildAgent();
  if (isMissing(agent)) return agent;
  const version = readdirSync(join(root, 'lib/modules'))[0]!;
  const modules = join(root, 'lib/modules', version, 'kernel');
  return { kernel: join(root, 'boot', `vmlinuz-${version}`), modules, busybox, agent };
}

function entries({ modules, busybox, agent }: Parts): Entry[] {
  const found = MODULES.filter((name) => existsSync(join(modules, `${name}.ko`)));
  const file = (name: string): string => `${name.slice(name.lastIndexOf('/') + 1)}.ko`;
  return [
    ...['bin', 'dev', 'disk', 'host', 'modules', 'proc'].map(directory),
    executable('init', readFileSync(agent)),
    executable('bin/busybox', readFileSync(busybox)),
    executable('modules/order', Buffer.from(found.map((name) => `${file(name)}\n`).join(''))),
    ...found.map((name) => executable(`modules/${file(name)}`, readFileSync(join(modules, `${name}.ko`)))),
  ];
}

function launch(parts: Parts): void {
  rmSync(SHARE, { recursive: true, force: true });
  for (const name of ['jobs', 'roots']) mkdirSync(join(SHARE, name), { recursive: true });
  const initrd = join(home, 'initramfs');
  writeFileSync(initrd, initramfs(entries(parts)));
  const disk = join(home, 'disk');
  rmSync(disk, { force: true });
  execFileSync('truncate', ['-s', DISK_SIZE, disk]);
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1', disk], { stdio: 'ignore' });
  rmSync(CONSOLE, { force: true });
  execFileSync('qemu-system-i386', qemuArguments(parts.kernel, initrd, disk), { stdio: 'pipe' });
}

function qemuArguments(kernel: string, initrd: string, disk: string): string[] {
  const options = `-daemonize -nodefaults -no-reboot -display none -m ${RAM} -smp 1 -cpu qemu32 -accel tcg`.split(' ');
  return [
    ...options,
    ...['-pidfile', PID, '-serial', `file:${CONSOLE}`],
    ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1'],
    ...['-drive', `file=${disk},format=raw,if=virtio,cache=unsafe`],
    ...['-virtfs', `local,path=${SHARE},mount_tag=host,security_model=passthrough`],
  ];
}

/** Whether the machine is up. */
export function isUp(): boolean {
  try {
    return existsSync(READY) && isAlive(Number(readFileSync(PID, 'utf8')));
  } catch {
    return false;
  }
}

function awaitReady(): void {
  const end = Date.now() + BOOT_MS;
  while (!isUp()) {
    const dead = !isAlive(Number(readFileSync(PID, 'utf8')));
    if (dead || Date.now() > end) {
      const said = readFileSync(CONSOLE, 'utf8').trim().split('\n').slice(-5).join('; ');
      throw new Error(`the test machine does not start: ${said}`);
    }
    pause(POLL_MS);
  }
}

let parts: Parts | Missing | undefined;

function knownParts(): Parts | Missing {
  parts ??= findParts();
  return parts;
}

/** Whether there can be a machine, or what is missing. */
export function machineSupport(): 'machine' | Missing {
  const found = knownParts();
  return isMissing(found) ? found : 'machine';
}

/** Starts the machine unless it is up. Throws when it cannot be: ask machineSupport() first. */
export function ensureMachine(): void {
  if (isUp()) return;
  const found = knownParts();
  if (isMissing(found)) throw new Error(`no test machine: this host lacks ${found.missing}`);
  withLock(join(home, '.lock'), 2 * BOOT_MS, () => {
    if (isUp()) return;
    launch(found);
    awaitReady();
  });
}

/** Ends the machine if there is one. */
export function stopMachine(): void {
  if (!existsSync(PID)) return;
  const pid = Number(readFileSync(PID, 'utf8'));
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(READY, { force: true });
  rmSync(PID, { force: true });
}
