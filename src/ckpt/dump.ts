/**
 * Dump: collect, refuse, write, commit. The machine stands still between two instructions while this runs, and is not
 * changed by it: afterwards it may go on or be dropped.
 *
 *     commit     written last, vouches for all others (commit.ts)
 *     inventory  processor and board, checked first (inventory.ts)
 *     kinds      names, versions and fields of the objects' kinds (kinds.ts)
 *     rootfs     manifest of the base layer (rootfs.ts)
 *     objects    one row for each object (objects.ts)
 *     pages      frames, raw and page-aligned; pagemap says whose (pages.ts)
 *     stats      what the dump did (statistics.ts)
 */
import type { Kernel } from '../kernel/kernel.ts';
import { assert } from '../kernel/kobject/errors.ts';
import type { Wire } from '../kernel/kobject/field.ts';
import type { Graph } from '../kernel/kobject/graph.ts';
import { collect } from './collect.ts';
import { writeCommit } from './commit.ts';
import { writeInventory } from './inventory.ts';
import { writeKinds } from './kinds.ts';
import { encodeRows, kindsIn } from './objects.ts';
import { type FrameRun, type PageScan, scanPages, writePageMap, writePages } from './pages.ts';
import { RecordWriter } from './record.ts';
import { writeManifest } from './rootfs.ts';
import { type Statistics, type Stopwatch, writeStatistics } from './statistics.ts';
import type { ImageSink } from './store.ts';
import { pack } from './wire.ts';

export interface DumpOptions {
  /** Times the dump for its statistics; without it they say 0. */
  readonly stopwatch?: Stopwatch;
}

/**
 * Dumps the container. Throws DumpRefused before the sink has seen a byte, or what the sink throws; the sink has then
 * been told to abort, and the machine may go on.
 */
export function dump(kernel: Kernel, sink: ImageSink, options: DumpOptions = {}): Statistics {
  const stopwatch = options.stopwatch ?? (() => 0);
  const frozen = stopwatch();
  assert(kernel.container.icount === kernel.cpu.icount, 'a dump within a run');
  const graph = collect(kernel.container);
  const scanned = stopwatch();
  const scan = scanPages(kernel, graph);
  const memdumpTime = stopwatch() - scanned;
  try {
    const writer = new RecordWriter(sink);
    writeInventory(writer, kernel);
    writeObjects(writer, graph);
    writeManifest(writer, kernel.host.base);
    const written = stopwatch();
    const frames = writePages(writer, kernel, scan);
    writePageMap(writer, frames, scan);
    const now = stopwatch();
    const statistics: Statistics = {
      freezing_time: 0,
      frozen_time: now - frozen,
      memdump_time: memdumpTime,
      memwrite_time: now - written,
      ...countPages(frames, scan),
      objects: graph.objects.length,
      image_bytes: writer.bytes,
    };
    writeStatistics(writer, statistics);
    writeCommit(writer);
    sink.commit();
    return statistics;
  } catch (error) {
    sink.abort();
    throw error;
  }
}

function writeObjects(writer: RecordWriter, graph: Graph): void {
  const places = writeKinds(writer, kindsIn(graph));
  const rows: Wire[][] = encodeRows(graph, (kind) => places.get(kind.kind)!);
  writer.begin('objects');
  for (const row of rows) writer.record('OBJ ', pack(row));
}

type PageCounts = Omit<
  Statistics,
  'freezing_time' | 'frozen_time' | 'memdump_time' | 'memwrite_time' | 'objects' | 'image_bytes'
>;

function countPages(frames: readonly FrameRun[], scan: PageScan): PageCounts {
  const of = (kind: FrameRun['kind']): number =>
    frames.reduce((sum, run) => sum + (run.kind === kind ? run.count : 0), 0);
  return {
    pages_scanned: scan.pages,
    pages_skipped_parent: 0,
    pages_written: of('data'),
    pages_lazy: 0,
    pages_zero: of('zero'),
    pages_base: of('base'),
    pages_shared: scan.pages - scan.frames.length,
  };
}
