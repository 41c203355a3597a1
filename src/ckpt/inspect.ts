/** `cr86 inspect`: what an image holds, as a person asks: processes, memory, files, statistics. Throws nothing but ImageError. */
import { type Image, readImage } from './image.ts';
import { type Branch, branch, printTree, showSize } from './print.ts';
import { type InspectedProcess, processTree } from './processes.ts';
import type { Statistics } from './statistics.ts';
import type { ImageSource } from './store.ts';

export interface Inspection {
  readonly origin: string;
  readonly writer: string;
  readonly unit: string;
  /** Bytes of all files. */
  readonly size: number;
  readonly machine: { readonly ramMib: number; readonly icount: number; readonly cpu: readonly string[] };
  readonly root: { readonly origin: string; readonly entries: number };
  readonly statistics: Statistics;
  /** Objects by kind, the most first. */
  readonly objects: Readonly<Record<string, number>>;
  readonly processes: readonly InspectedProcess[];
}

/** Reads an image and sums it up. Throws ImageError. */
export function inspect(source: ImageSource): Inspection {
  const image = readImage(source);
  const { inventory, manifest } = image;
  return {
    origin: source.origin,
    writer: inventory.unit.writer,
    unit: inventory.unit.unit,
    size: source.list().reduce((sum, name) => sum + source.size(name), 0),
    machine: { ramMib: inventory.machine.ramMib, icount: inventory.machine.icount, cpu: inventory.cpu.features },
    root: { origin: manifest.origin, entries: manifest.rows.length },
    statistics: image.statistics,
    objects: countKinds(image),
    processes: processTree(image),
  };
}

function countKinds(image: Image): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of image.objects) counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

/** The tree that checkpointctl's users know. */
export function inspectTree(inspection: Inspection): string {
  const { origin, writer, unit, size, machine, root, objects } = inspection;
  const kinds = Object.entries(objects);
  const total = kinds.reduce((sum, [, n]) => sum + n, 0);
  const tree = branch(
    unit,
    branch(`Image: ${origin} (${writer})`),
    branch(`Checkpoint size: ${showSize(size)}`),
    branch(`Machine: ${machine.ramMib} MiB RAM, ${machine.cpu.join(' ')}`),
    branch(`Instructions: ${machine.icount}`),
    branch(`Root: ${root.origin} (${root.entries} entries)`),
    branch(`Objects: ${total}`, branch(kinds.map(([kind, n]) => `${kind} ${n}`).join(', '))),
    branch('CRIU dump statistics', ...statisticsBranches(inspection.statistics)),
    branch('Process tree', ...inspection.processes.map(processBranch)),
  );
  return printTree(tree).join('\n');
}

function statisticsBranches(statistics: Statistics): Branch[] {
  return Object.entries(statistics).map(([name, value]) =>
    branch(`${name}: ${value}${name.endsWith('_time') ? ' us' : ''}`),
  );
}

function processBranch(process: InspectedProcess): Branch {
  const below = [branch(`State: ${process.state}`)];
  if (process.threads.length > 1) {
    below.push(
      branch('Threads', ...process.threads.map((t) => branch(`[${t.tid}]  ${t.comm} ${t.state} eip ${hex(t.eip)}`))),
    );
  }
  if (process.cwd !== null) below.push(branch(`Working directory: ${process.cwd}`));
  if (process.memory !== null) {
    const { size, rss, areas } = process.memory;
    const lines = areas.map((a) =>
      branch(`${hex(a.start)}-${hex(a.end)} ${a.prot} ${showSize(a.rss).padStart(9)}  ${a.name}`.trimEnd()),
    );
    below.push(branch(`Memory: ${showSize(size)} mapped, ${showSize(rss)} present`, ...lines));
  }
  if (process.files.length > 0)
    below.push(branch('Open files', ...process.files.map((f) => branch(`[${f.type} ${f.fd}]  ${f.name}`))));
  return branch(`[${process.pid}]  ${process.comm}`, ...below, ...process.children.map(processBranch));
}

function hex(address: number): string {
  return address.toString(16).padStart(8, '0');
}
