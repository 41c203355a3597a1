/**
 * The page engine: which frames the owners of pages share, what is in them, and how to write and read them. Frames are
 * numbered by first appearance, owners in object order and pages in index order, so that guest frame numbers never show.
 */
import { PAGE_SIZE } from '../cpu/ram.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Values } from '../kernel/kobject/field.ts';
import { count, list, oneOf, struct, u32 } from '../kernel/kobject/fields.ts';
import type { Graph } from '../kernel/kobject/graph.ts';
import { isPageOwner, PAGE_BASE, type PageOwner } from '../kernel/mm/owner.ts';
import { crc32c } from './checksum.ts';
import { FILE_HEADER, type RecordWriter } from './record.ts';
import { writeRow } from './row.ts';

/** Pages under one checksum, at most. */
export const RUN_PAGES = 256;

const frameRunFields = {
  kind: oneOf(
    'data',
    'zero',
    'base',
  )('data: in the file `pages`; zero: all bytes zero; base: as the base layer has it'),
  count: count('frames'),
  owner: count('of base frames: the object whose page it is'),
  index: count('of base frames: its page number there'),
  checksum: u32('of data frames: CRC-32C of their bytes', { show: 'hex' }),
};
const pageRunFields = {
  index: count('page number within the owner'),
  count: count('pages'),
  frame: count('frame of the first; the others follow'),
  flags: u32('PAGE_WRITABLE 1: may be written without a fault; PAGE_BASE 2: as the base layer has it', { show: 'hex' }),
};
const ownerFields = {
  object: count('number of the owner'),
  runs: list(struct(pageRunFields, 'a run of pages'), 'its pages, in index order'),
};
export const frameRunField = struct(frameRunFields, 'a run of frames');
export const ownerField = struct(ownerFields, 'the pages of one owner');

export type FrameRun = Values<typeof frameRunFields>;
export type PageRun = Values<typeof pageRunFields>;
export type OwnerPages = Values<typeof ownerFields>;

/** What the owners of pages hold, frames numbered by first appearance. */
export interface PageScan {
  /** Guest frame of each. */
  readonly frames: readonly number[];
  readonly kinds: readonly FrameRun['kind'][];
  /** Of base frames, whose page each is. */
  readonly bases: ReadonlyMap<number, { readonly owner: number; readonly index: number }>;
  readonly owners: readonly OwnerPages[];
  /** Pages of all owners. */
  readonly pages: number;
}

/** Looks at every page of every owner in the graph. */
export function scanPages(kernel: Kernel, graph: Graph): PageScan {
  const owners = pageOwners(graph);
  const base = baseFrames(owners);
  const numbers = new Int32Array(kernel.ram.frames); // number + 1, 0 for frames not seen
  const frames: number[] = [];
  const kinds: FrameRun['kind'][] = [];
  const bases = new Map<number, { owner: number; index: number }>();
  let pages = 0;
  const numberOf = (frame: number): number => {
    const known = numbers[frame]!;
    if (known !== 0) return known - 1;
    const number = frames.push(frame) - 1;
    numbers[frame] = number + 1;
    const from = base.get(frame);
    if (from !== undefined) bases.set(number, from);
    kinds.push(from !== undefined ? 'base' : isZero(kernel.frames.bytes(frame)) ? 'zero' : 'data');
    return number;
  };
  const found = owners.map(({ id, owner }) => {
    const runs: PageRun[] = [];
    for (const { index, frame, flags } of owner.pages()) {
      pages++;
      extend(runs, index, numberOf(frame), flags);
    }
    return { object: id, runs };
  });
  return { frames, kinds, bases, owners: found.filter(({ runs }) => runs.length > 0), pages };
}

function pageOwners(graph: Graph): { id: number; owner: PageOwner }[] {
  const owners: { id: number; owner: PageOwner }[] = [];
  for (const [id, object] of graph.objects.entries()) if (isPageOwner(object)) owners.push({ id, owner: object });
  return owners;
}

function baseFrames(
  owners: readonly { id: number; owner: PageOwner }[],
): Map<number, { owner: number; index: number }> {
  const base = new Map<number, { owner: number; index: number }>();
  for (const { id, owner } of owners) {
    if (owner.refillPage === undefined) continue;
    for (const { index, frame, flags } of owner.pages()) {
      if (flags & PAGE_BASE) base.set(frame, { owner: id, index });
    }
  }
  return base;
}

/** Adds a page to the last run, or starts a new one. */
function extend(runs: PageRun[], index: number, frame: number, flags: number): void {
  const last = runs[runs.length - 1];
  const follows = last !== undefined && last.index + last.count === index && last.frame + last.count === frame;
  if (follows && last.flags === flags) last.count++;
  else runs.push({ index, count: 1, frame, flags });
}

function isZero(page: Uint8Array): boolean {
  const words = new Int32Array(page.buffer, page.byteOffset, PAGE_SIZE / 4);
  for (let i = 0; i < words.length; i += 4) {
    if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) !== 0) return false;
  }
  return true;
}

/** Writes the file `pages`: the header up to the first page boundary, then the data frames in order. Returns the frame table. */
export function writePages(writer: RecordWriter, kernel: Kernel, scan: PageScan): FrameRun[] {
  writer.begin('pages');
  writer.raw(new Uint8Array(PAGE_SIZE - FILE_HEADER));
  const runs: FrameRun[] = [];
  for (let at = 0; at < scan.frames.length; ) {
    const run = runFrom(scan, at);
    if (run.kind === 'data') run.checksum = writeFrames(writer, kernel, scan.frames.slice(at, at + run.count));
    runs.push(run);
    at += run.count;
  }
  return runs;
}

/** The longest run of like frames from number `at` on. */
function runFrom(scan: PageScan, at: number): FrameRun {
  const kind = scan.kinds[at]!;
  const { owner, index } = scan.bases.get(at) ?? { owner: 0, index: 0 };
  let length = 1;
  const more = (): boolean => {
    if (scan.kinds[at + length] !== kind) return false;
    if (kind === 'data') return length < RUN_PAGES;
    const base = scan.bases.get(at + length);
    return kind === 'zero' || (base?.owner === owner && base.index === index + length);
  };
  while (more()) length++;
  return { kind, count: length, owner, index, checksum: 0 };
}

/** Writes frames, those that follow one another in guest RAM in one piece, and returns the checksum of all. */
function writeFrames(writer: RecordWriter, kernel: Kernel, frames: readonly number[]): number {
  let crc = 0;
  for (let from = 0; from < frames.length; ) {
    let to = from + 1;
    while (frames[to] === frames[from]! + to - from) to++;
    const first = kernel.frames.bytes(frames[from]!);
    const bytes = new Uint8Array(first.buffer, first.byteOffset, (to - from) * PAGE_SIZE);
    crc = crc32c(bytes, crc);
    writer.unsummed(bytes);
    from = to;
  }
  return crc;
}

/** Writes the file `pagemap`. */
export function writePageMap(writer: RecordWriter, frames: readonly FrameRun[], scan: PageScan): void {
  writer.begin('pagemap');
  writeRow(writer, 'FRAM', frameTable, [...frames]);
  for (const owner of scan.owners) writeRow(writer, 'MAP ', ownerField, owner);
}

export const frameTable = list(frameRunField, 'all frames, in the order of their numbers');
