/** /proc/PID/maps and what tells more of the same areas: smaps, smaps_rollup, pagemap, clear_refs, mem. Linux fs/proc/task_mmu.c, proc_pid_smaps(5). */
import { PAGE_SHIFT, PAGE_SIZE } from '../../cpu/ram.ts';
import { EINVAL, EIO } from '../errno.ts';
import { fileName } from '../fs/pathname.ts';
import { TASK_SIZE } from '../mm/layout.ts';
import type { Mm } from '../mm/mm.ts';
import { frameOf, PTE_ACCESSED, PTE_DIRTY } from '../mm/pagetable.ts';
import {
  protection,
  VM_DONTCOPY,
  VM_EXEC,
  VM_GROWSDOWN,
  VM_HEAP,
  VM_LOCKED,
  VM_NORESERVE,
  VM_READ,
  VM_SHARED,
  VM_SIGPAGE,
  VM_STACK,
  VM_WRITE,
  type Vma,
} from '../mm/vma.ts';
import { readForced, writeForced } from '../ptrace/memory.ts';
import type { Query } from './nodes.ts';

const SIZE_KB = PAGE_SIZE / 1024;
const NAME_COLUMN = 49;

const hex8 = (n: number): string => n.toString(16).padStart(8, '0');

function vmaName(query: Query, vma: Vma): string {
  if (vma.file !== null) return fileName(query.reader, vma.file);
  if (vma.flags & VM_HEAP) return '[heap]';
  if (vma.flags & VM_STACK) return '[stack]';
  return vma.flags & VM_SIGPAGE ? '[sigpage]' : '';
}

/** A line of maps. */
export function mapsLine(query: Query, vma: Vma): string {
  const inode = vma.file?.inode ?? null;
  const dev = inode?.sb?.dev ?? 0;
  const device = `${(dev >>> 8).toString(16).padStart(2, '0')}:${(dev & 0xff).toString(16).padStart(2, '0')}`;
  const offset = hex8(vma.file === null ? 0 : (vma.pgoff * PAGE_SIZE) % 2 ** 32);
  const head = `${hex8(vma.start)}-${hex8(vma.end)} ${protection(vma)} ${offset} ${device} ${inode?.ino ?? 0}`;
  const name = vmaName(query, vma);
  return name === '' ? `${head} \n` : `${head.padEnd(NAME_COLUMN - 1)} ${name}\n`;
}

/** Pages of an area, by what smaps counts. */
interface Counts {
  size: number;
  rss: number;
  /** In 1/4096 of a page, as Linux keeps them: pages divided by how many map them. */
  pss: number;
  pssDirty: number;
  pssAnon: number;
  pssFile: number;
  pssShared: number;
  sharedClean: number;
  sharedDirty: number;
  privateClean: number;
  privateDirty: number;
  referenced: number;
  anonymous: number;
  locked: number;
}

function noCounts(): Counts {
  return {
    ...{ size: 0, rss: 0, pss: 0, pssDirty: 0, pssAnon: 0, pssFile: 0, pssShared: 0 },
    ...{ sharedClean: 0, sharedDirty: 0, privateClean: 0, privateDirty: 0, referenced: 0, anonymous: 0, locked: 0 },
  };
}

/** Counts the pages of an area into `to`. */
function countPages({ kernel }: Query, mm: Mm, vma: Vma, to: Counts): void {
  to.size += (vma.end - vma.start) >>> PAGE_SHIFT;
  mm.tables.forEach(vma.start >>> PAGE_SHIFT, vma.end >>> PAGE_SHIFT, (page, entry) => {
    const frame = frameOf(entry);
    const cached = vma.file?.mappable() ?? null;
    const index = vma.pgoff + page - (vma.start >>> PAGE_SHIFT);
    const ofFile = cached !== null && cached.cache.get(index) === frame;
    // The page cache's own reference is no mapping.
    const mappings = Math.max(1, kernel.frames.refs(frame) - (ofFile ? 1 : 0));
    const dirty = !ofFile || (entry & PTE_DIRTY) !== 0;
    const share = PAGE_SIZE / mappings;
    to.rss++;
    to.pss += share;
    if (dirty) to.pssDirty += share;
    if (!ofFile) to.pssAnon += share;
    else if ((vma.flags & VM_SHARED) !== 0) to.pssShared += share;
    else to.pssFile += share;
    if (mappings > 1) to[dirty ? 'sharedDirty' : 'sharedClean']++;
    else to[dirty ? 'privateDirty' : 'privateClean']++;
    if ((entry & PTE_ACCESSED) !== 0) to.referenced++;
    if (!ofFile) to.anonymous++;
    if ((vma.flags & VM_LOCKED) !== 0) to.locked += share;
  });
}

function row(name: string, kb: number): string {
  return `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`;
}

const pages = (name: string, count: number): string => row(name, count * SIZE_KB);
const shares = (name: string, count: number): string => row(name, Math.floor(count / 1024));

function commonRows(counts: Counts): string {
  return [
    pages('Shared_Clean', counts.sharedClean),
    pages('Shared_Dirty', counts.sharedDirty),
    pages('Private_Clean', counts.privateClean),
    pages('Private_Dirty', counts.privateDirty),
    pages('Referenced', counts.referenced),
    pages('Anonymous', counts.anonymous),
    ...['LazyFree', 'AnonHugePages', 'ShmemPmdMapped', 'FilePmdMapped', 'Shared_Hugetlb', 'Private_Hugetlb'].map(
      (name) => row(name, 0),
    ),
    row('Swap', 0),
    row('SwapPss', 0),
    shares('Locked', counts.locked),
  ].join('');
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [VM_READ, 'rd'],
  [VM_WRITE, 'wr'],
  [VM_EXEC, 'ex'],
  [VM_SHARED, 'sh'],
];
const LATER_FLAG_NAMES: readonly (readonly [number, string])[] = [
  [VM_GROWSDOWN, 'gd'],
  [VM_LOCKED, 'lo'],
  [VM_DONTCOPY, 'dc'],
  [VM_NORESERVE, 'nr'],
];

function vmFlags(vma: Vma): string {
  const named = (names: typeof FLAG_NAMES): string[] =>
    names.filter(([bit]) => (vma.flags & bit) !== 0).map(([, name]) => name);
  const may = ['mr', 'mw', 'me', ...((vma.flags & VM_SHARED) !== 0 ? ['ms'] : [])];
  return `VmFlags: ${[...named(FLAG_NAMES), ...may, ...named(LATER_FLAG_NAMES)].map((name) => `${name} `).join('')}\n`;
}

export function smaps(query: Query, mm: Mm): string {
  return mm.vmas
    .map((vma) => {
      const counts = noCounts();
      countPages(query, mm, vma, counts);
      return [
        mapsLine(query, vma),
        pages('Size', counts.size),
        row('KernelPageSize', SIZE_KB),
        row('MMUPageSize', SIZE_KB),
        pages('Rss', counts.rss),
        shares('Pss', counts.pss),
        shares('Pss_Dirty', counts.pssDirty),
        commonRows(counts),
        'THPeligible:    0\n',
        vmFlags(vma),
      ].join('');
    })
    .join('');
}

export function smapsRollup(query: Query, mm: Mm): string {
  const counts = noCounts();
  for (const vma of mm.vmas) countPages(query, mm, vma, counts);
  const [start, end] = [mm.vmas[0]?.start ?? 0, mm.vmas.at(-1)?.end ?? 0];
  const head = `${hex8(start)}-${hex8(end)} ---p 00000000 00:00 0`;
  return [
    `${head.padEnd(NAME_COLUMN - 1)} [rollup]\n`,
    pages('Rss', counts.rss),
    shares('Pss', counts.pss),
    shares('Pss_Dirty', counts.pssDirty),
    shares('Pss_Anon', counts.pssAnon),
    shares('Pss_File', counts.pssFile),
    shares('Pss_Shmem', counts.pssShared),
    commonRows(counts),
  ].join('');
}

const ENTRY = 8;
const PM_SOFT_DIRTY = 1n << 55n;
const PM_EXCLUSIVE = 1n << 56n;
const PM_FILE = 1n << 61n;
const PM_PRESENT = 1n << 63n;

/** /proc/PID/pagemap: 64 bits for each page. Frame numbers are the administrator's to know; they are no state, and read as 0 here. */
export function readPagemap(query: Query, position: number, length: number): Uint8Array | number {
  if (position % ENTRY !== 0 || length % ENTRY !== 0) return -EINVAL;
  const { mm } = query.task;
  if (mm === null) return new Uint8Array(0);
  const first = position / ENTRY;
  const count = Math.max(0, Math.min(length / ENTRY, TASK_SIZE / PAGE_SIZE - first));
  const out = new BigUint64Array(count);
  mm.tables.forEach(first, first + count, (page, entry) => {
    const vma = mm.find(page * PAGE_SIZE)!;
    const frame = frameOf(entry);
    const index = vma.pgoff + page - (vma.start >>> PAGE_SHIFT);
    const ofFile = vma.file?.mappable()?.cache.get(index) === frame;
    const alone = query.kernel.frames.refs(frame) === (ofFile ? 2 : 1);
    out[page - first] = PM_PRESENT | PM_SOFT_DIRTY | (ofFile ? PM_FILE : 0n) | (alone ? PM_EXCLUSIVE : 0n);
  });
  return new Uint8Array(out.buffer);
}

/** /proc/PID/mem: what stands at an address, whatever may be done with it; EIO where nothing is mapped. */
export function readMem({ kernel, task }: Query, position: number, length: number): Uint8Array | number {
  if (task.mm === null) return new Uint8Array(0);
  const data = readForced(kernel, task.mm, position, length);
  return data.length === 0 ? -EIO : data;
}

export function writeMem({ kernel, task }: Query, position: number, data: Uint8Array): number {
  if (task.mm === null) return 0;
  return writeForced(kernel, task.mm, position, data) || -EIO;
}

const CLEAR_REFS_ALL = 1;
const CLEAR_REFS_LAST = 5;

/** /proc/PID/clear_refs: forgets which pages were referenced. */
export function clearRefs({ task }: Query, text: string): number {
  const what = Number(text.trim());
  if (!Number.isInteger(what) || what < CLEAR_REFS_ALL || what > CLEAR_REFS_LAST) return -EINVAL;
  if (task.mm === null || what >= 4) return 0;
  const { mm } = task;
  for (const vma of mm.vmas) {
    const isFile = vma.file !== null;
    if ((what === 2 && isFile) || (what === 3 && !isFile)) continue;
    mm.tables.forEach(vma.start >>> PAGE_SHIFT, vma.end >>> PAGE_SHIFT, (page) =>
      mm.tables.setFlags(page, 0, PTE_ACCESSED),
    );
  }
  return 0;
}
