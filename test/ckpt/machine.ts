/** A machine put together by hand: two address spaces and two files that share frames in every way there is. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { dump } from '../../src/ckpt/dump.ts';
import { restore } from '../../src/ckpt/restore.ts';
import { type ImageSource, type MemoryImage, MemorySink } from '../../src/ckpt/store.ts';
import { Cpu } from '../../src/cpu/cpu.ts';
import { PAGE_SIZE, Ram } from '../../src/cpu/ram.ts';
import { Container } from '../../src/kernel/container.ts';
import type { BaseEntry, BaseLayer, ManifestRow } from '../../src/kernel/fs/base.ts';
import { Regular } from '../../src/kernel/fs/regular.ts';
import { SuperBlock } from '../../src/kernel/fs/superblock.ts';
import { type Host, Kernel } from '../../src/kernel/kernel.ts';
import { list, ref } from '../../src/kernel/kobject/fields.ts';
import { derived, get } from '../../src/kernel/kobject/kobject.ts';
import { KindRegistry } from '../../src/kernel/kobject/registry.ts';
import { Mm } from '../../src/kernel/mm/mm.ts';
import { VM_READ, VM_WRITE } from '../../src/kernel/mm/vma.ts';
import { UserNs } from '../../src/kernel/ns/user-ns.ts';
import { PidNs } from '../../src/kernel/task/pid.ts';

/** Holds what tasks would. */
class Holder extends derived(PidNs, 'holder', 1, {
  mms: list(ref<Mm>('mm', 'mm'), 'address spaces'),
  inodes: list(ref<Regular>('regular', 'inode'), 'files'),
  sbs: list(ref<SuperBlock>('superblock', 'superblock'), 'filesystems'),
}) {}

export const KINDS = new KindRegistry([Container, Holder, Mm, Regular, SuperBlock, UserNs]);

/** A base layer of a few files in `/`. */
export class TestBase implements BaseLayer {
  readonly origin: string = '/test';
  readonly files: Map<string, Uint8Array>;
  mtimeNs = 1_700_000_000_000_000_000n;

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.files = new Map(Object.entries(files));
  }
  entries(path: string): BaseEntry[] {
    if (path !== '/') return [];
    const { mtimeNs } = this;
    const common = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeNs } as const;
    return Array.from(this.files, ([name, data]) => ({ ...common, name, size: data.length }));
  }
  read(path: string, offset: number, length: number): Uint8Array {
    return this.files.get(path.slice(1))!.subarray(offset, offset + length);
  }
  digest(path: string): string {
    return bytesToHex(sha256(this.files.get(path.slice(1))!));
  }
  manifest(): ManifestRow[] {
    return this.entries('/').map((entry) => ({ path: `/${entry.name}`, entry, digest: this.digest(`/${entry.name}`) }));
  }
}

/** A file of four pages, the last one short. */
export const DATA = Uint8Array.from({ length: 3 * PAGE_SIZE + 100 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

export function testHost(base: BaseLayer = new TestBase({ data: DATA })): Host {
  return { base, output: () => {} };
}

export const CODE = 0x0804_8000;
export const HEAP = 0x1000_0000;
const TIME = { sec: 0, nsec: 0 };

/**
 * Address space 0: three heap pages, one of zeros; a page of /data mapped read-only. Space 1: a fork of it, one page
 * written since. /data has one page changed; a file of its own has a hole.
 */
export function handMade(): Kernel {
  const kernel = new Kernel(new Cpu(new Ram(1)), testHost());
  kernel.cpu.icount = 12345;
  const holder = new Holder({});
  kernel.adopt(new Container({ pidNs: holder, random: new Uint8Array(16).fill(1), icount: 12345 }));
  const sb = get(SuperBlock.create(kernel, { fsType: 'test', dev: 1, magic: 1, userNs: UserNs.first() }));
  const file = (init: { size: number; lower: string; lowerSize: number }): Regular => {
    const times = { atime: { ...TIME }, mtime: { ...TIME }, ctime: { ...TIME }, btime: { ...TIME } };
    return get(new Regular({ sb, ino: sb.takeIno(), mode: 0o100644, uid: 0, gid: 0, nlink: 1, ...times, ...init }));
  };
  const data = file({ size: DATA.length, lower: '/data', lowerSize: DATA.length });
  const own = file({ size: 10 * PAGE_SIZE, lower: '', lowerSize: 0 });
  for (const index of [0, 1, 3]) data.pageFrame(index);
  data.writePage(1, 10, Uint8Array.of(1, 2, 3));
  own.writePage(2, 0, Uint8Array.of(9));
  own.pageFrame(7);
  holder.mms.push(...spaces(kernel, data));
  holder.inodes.push(data, own);
  holder.sbs.push(sb);
  return kernel;
}

function spaces(kernel: Kernel, data: Regular): [Mm, Mm] {
  const first = get(Mm.create(kernel)!);
  first.insert({ start: CODE, end: CODE + PAGE_SIZE, flags: VM_READ, pgoff: 0, file: null });
  first.insert({ start: HEAP, end: HEAP + 8 * PAGE_SIZE, flags: VM_READ | VM_WRITE, pgoff: 0, file: null });
  first.adoptPage(CODE / PAGE_SIZE, kernel.frames.get(data.pageFrame(0)), 0);
  first.put32(HEAP, 0x1111_1111);
  first.put32(HEAP + PAGE_SIZE, 0);
  first.put32(HEAP + 5 * PAGE_SIZE, 0x5555_5555);
  const second = get(first.fork()!);
  second.put32(HEAP + 5 * PAGE_SIZE, 0x6666_6666);
  return [first, second];
}

export function dumpToMemory(kernel: Kernel): MemoryImage {
  const sink = new MemorySink();
  dump(kernel, sink);
  return sink.image!;
}

export function restoreFrom(source: ImageSource, base?: BaseLayer): Kernel {
  return restore(source, { host: testHost(base), kinds: KINDS });
}

export function holderOf(kernel: Kernel): Holder {
  const { pidNs } = kernel.container;
  if (!(pidNs instanceof Holder)) throw new Error('not a machine made by hand');
  return pidNs;
}
