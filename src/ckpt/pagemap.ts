/** The files `pagemap` and `pages`, read: checked as a whole first, then brought into guest RAM. */
import { PAGE_SIZE } from '../cpu/ram.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { assert, ImageError } from '../kernel/kobject/errors.ts';
import { mismatch } from '../kernel/kobject/field.ts';
import type { KObject } from '../kernel/kobject/kobject.ts';
import { isPageOwner, PAGE_BASE, type PageOwner } from '../kernel/mm/owner.ts';
import { crc32c } from './checksum.ts';
import { type FrameRun, frameTable, type OwnerPages, ownerField, type PageRun, RUN_PAGES } from './pages.ts';
import { checkHeader, only, readRecords } from './record.ts';
import { readRow } from './row.ts';
import type { ImageSource } from './store.ts';

/** Page tables of a whole address space name 1024 pages for each frame that they take. */
const PAGES_PER_FRAME = 1024;

export interface PageMap {
  /** All frames, in the order of their numbers. */
  readonly frames: readonly FrameRun[];
  readonly owners: readonly OwnerPages[];
}

/** Reads `pagemap` and checks it against itself, the size of `pages` and a RAM of `ramMib`. Throws ImageError. */
export function readPageMap(source: ImageSource, ramMib: number): PageMap {
  const records = readRecords(source, 'pagemap');
  const frames = readRow(only(records, 'FRAM', 'pagemap'), frameTable);
  const owners = records.filter(({ type }) => type === 'MAP ').map((record) => readRow(record, ownerField));
  const ramFrames = (ramMib * 2 ** 20) / PAGE_SIZE;
  const total = checkFrames(frames, ramFrames);
  checkHeader(source.read('pages', 0, Math.min(PAGE_SIZE, source.size('pages'))), 'pages');
  const data = frames.reduce((sum, run) => sum + (run.kind === 'data' ? run.count : 0), 0);
  if (source.size('pages') !== (data + 1) * PAGE_SIZE) {
    throw new ImageError(
      'ETRUNCATED',
      'pages',
      `holds ${source.size('pages')} bytes, not ${data} pages after its head`,
    );
  }
  checkOwners(owners, total, ramFrames * PAGES_PER_FRAME);
  return { frames, owners };
}

function checkFrames(frames: readonly FrameRun[], limit: number): number {
  let total = 0;
  for (const [i, run] of frames.entries()) {
    const path = `pagemap.frames[${i}]`;
    if (run.count === 0) throw mismatch(path, 'a run of frames', run.count);
    if (run.kind === 'data' && run.count > RUN_PAGES) throw mismatch(path, `at most ${RUN_PAGES} frames`, run.count);
    total += run.count;
    if (total > limit) throw new ImageError('ENOMEM', path, `more frames than guest RAM has (${limit})`);
  }
  return total;
}

/** Runs in index order, never overlapping; every frame is used, and its number is that of its first appearance. */
function checkOwners(owners: readonly OwnerPages[], total: number, limit: number): void {
  let seen = 0;
  let pages = 0;
  for (const [i, { runs }] of owners.entries()) {
    let reached = 0;
    for (const [j, run] of runs.entries()) {
      const path = `pagemap.owners[${i}].runs[${j}]`;
      const end = run.frame + run.count;
      if (run.count === 0 || run.index < reached) throw new ImageError('EPAGEMAP', path, 'out of order');
      if (run.frame > seen || end > total) throw new ImageError('EPAGEMAP', path, `frame ${run.frame} is out of order`);
      seen = Math.max(seen, end);
      reached = run.index + run.count;
      pages += run.count;
      if (pages > limit) throw new ImageError('ENOMEM', path, 'more pages than page tables in guest RAM can name');
    }
  }
  if (seen !== total) throw new ImageError('EPAGEMAP', 'pagemap', `${total - seen} frames are nobody's`);
}

/** Reads every data frame and checks it. Throws ImageError ECHECKSUM. */
export function checkPages(source: ImageSource, { frames }: PageMap): void {
  let offset = PAGE_SIZE;
  for (const [i, run] of frames.entries()) {
    if (run.kind !== 'data') continue;
    if (crc32c(readFrames(source, offset, run.count)) !== run.checksum) {
      const reason = `the frames at offset ${offset} of \`pages\` do not match their checksum`;
      throw new ImageError('ECHECKSUM', `pagemap.frames[${i}]`, reason);
    }
    offset += run.count * PAGE_SIZE;
  }
}

function readFrames(source: ImageSource, offset: number, frames: number): Uint8Array {
  const data = source.read('pages', offset, frames * PAGE_SIZE);
  if (data.length !== frames * PAGE_SIZE) throw new ImageError('ETRUNCATED', 'pages', 'ends within a frame');
  return data;
}

interface Loader {
  readonly kernel: Kernel;
  readonly source: ImageSource;
  readonly owners: ReadonlyMap<number, PageOwner>;
  /** Guest frame of each number; the loader holds one reference to each. */
  readonly frames: Int32Array;
  /** Of base frames, `owner:index`. */
  readonly bases: Map<number, string>;
}

/** Brings every frame, checked before, into guest RAM and hands it to its owners. Throws ImageError. */
export function loadPages(kernel: Kernel, source: ImageSource, map: PageMap, objects: readonly KObject[]): void {
  const total = map.frames.reduce((sum, run) => sum + run.count, 0);
  const owners = new Map<number, PageOwner>();
  for (const { object, runs } of map.owners) owners.set(object, ownerOf(objects, object, runs, owners.has(object)));
  const loader: Loader = { kernel, source, owners, frames: new Int32Array(total), bases: new Map() };
  loadFrames(loader, map.frames);
  for (const { object, runs } of map.owners) for (const run of runs) adopt(loader, object, run);
  for (const frame of loader.frames) kernel.frames.put(frame);
}

function ownerOf(objects: readonly KObject[], id: number, runs: readonly PageRun[], again: boolean): PageOwner {
  const path = `pagemap.owner#${id}`;
  const object = objects[id];
  if (object === undefined || !isPageOwner(object)) throw new ImageError('EPAGEMAP', path, 'is no owner of pages');
  if (again) throw new ImageError('EPAGEMAP', path, 'stands twice');
  if (object.refillPage === undefined && runs.some((run) => run.flags & PAGE_BASE)) {
    throw new ImageError('EPAGEMAP', path, 'has no base layer');
  }
  return object;
}

function loadFrames(loader: Loader, runs: readonly FrameRun[]): void {
  let number = 0;
  let offset = PAGE_SIZE;
  for (const [i, run] of runs.entries()) {
    const path = `pagemap.frames[${i}]`;
    if (run.kind === 'base') loadBase(loader, run, number, path);
    else {
      for (let n = number; n < number + run.count; n++) loader.frames[n] = alloc(loader.kernel, path);
    }
    if (run.kind === 'data') {
      loadData(loader, run, number, offset);
      offset += run.count * PAGE_SIZE;
    }
    number += run.count;
  }
}

function alloc(kernel: Kernel, path: string): number {
  const frame = kernel.frames.alloc();
  if (frame < 0) throw new ImageError('ENOMEM', path, 'guest RAM is exhausted');
  return frame;
}

function loadData(loader: Loader, run: FrameRun, number: number, offset: number): void {
  const data = readFrames(loader.source, offset, run.count);
  for (let i = 0; i < run.count; i++) {
    loader.kernel.frames.bytes(loader.frames[number + i]!).set(data.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE));
  }
}

/** Lets the owner read its pages from the base layer again; it holds their frames from now on. */
function loadBase(loader: Loader, run: FrameRun, number: number, path: string): void {
  const owner = loader.owners.get(run.owner);
  if (owner?.refillPage === undefined) throw new ImageError('EPAGEMAP', path, 'its owner has no base layer');
  for (let i = 0; i < run.count; i++) {
    if (!owner.refillPage(run.index + i)) throw new ImageError('ENOMEM', path, 'guest RAM is exhausted');
  }
  const found = new Map<number, number>();
  for (const page of owner.pages()) found.set(page.index, page.frame);
  for (let i = 0; i < run.count; i++) {
    const frame = found.get(run.index + i);
    assert(frame !== undefined, 'a page that was read is not there');
    loader.frames[number + i] = loader.kernel.frames.get(frame);
    loader.bases.set(number + i, `${run.owner}:${run.index + i}`);
  }
}

/** Gives the owner the frames of one run. What refillPage installed stands already. */
function adopt(loader: Loader, object: number, run: PageRun): void {
  const owner = loader.owners.get(object)!;
  const ofBase = (run.flags & PAGE_BASE) !== 0 && owner.refillPage !== undefined;
  for (let i = 0; i < run.count; i++) {
    const number = run.frame + i;
    const index = run.index + i;
    const isBase = loader.bases.get(number) === `${object}:${index}`;
    if (isBase !== ofBase) {
      throw new ImageError('EPAGEMAP', `pagemap.owner#${object}.page[${index}]`, 'base page and flags do not agree');
    }
    if (!isBase) owner.adoptPage(index, loader.kernel.frames.get(loader.frames[number]!), run.flags);
  }
}
