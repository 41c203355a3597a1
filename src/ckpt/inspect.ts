/** `cr86 inspect`: what an image holds, as a person asks: processes, memory, files, statistics. Throws nothing but ImageError. */
import { type Image, readImage } from './image.ts';
import { type Branch, branch, printTree, showSize } from './print.ts';
import {
  type InspectedFile,
  type InspectedMemory,
  type InspectedProcess,
  type InspectedThread,
  processTree,
} from './processes.ts';
import type { Statistics } from './statistics.ts';
import type { ImageSource } from './store.ts';

export interface Inspection {
  readonly origin: string;
  readonly writer: string;
  readonly unit: string;
  /** Bytes of all files. */
  readonly size: number;
  readonly machine: {
    readonly ramMib: number;
    readonly icount: number;
    /** The processor model, and what the guest may rely on. */
    readonly cpu: string;
    readonly features: readonly string[];
  };
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
    machine: {
      ramMib: inventory.machine.ramMib,
      icount: inventory.machine.icount,
      cpu: inventory.cpu.model,
      features: inventory.cpu.features,
    },
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
    branch(`Processor: ${machine.cpu} (${machine.features.join(' ')})`),
    branch(`Machine: ${machine.ramMib} MiB RAM`),
    branch(`Instructions: ${machine.icount}`),
    branch(`Root: ${root.origin} (${root.entries} entries)`),
    branch(`Objects: ${total}`, branch(kinds.map(([kind, n]) => `${kind} ${n}`).join(', '))),
    branch('Dump statistics', ...statisticsBranches(inspection.statistics)),
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
  const { pid, comm, state, threads, cwd, memory, files, children } = process;
  const below = threads.length > 1 ? [branch('Threads', ...threads.map(threadBranch))] : [];
  below.unshift(branch(`State: ${threads.length === 1 ? stateOf(threads[0]!) : state}`));
  if (cwd !== null) below.push(branch(`Working directory: ${cwd}`));
  if (memory !== null) below.push(memoryBranch(memory));
  if (files.length > 0) below.push(branch('Open files', ...files.map(fileBranch)));
  return branch(`[${pid}]  ${comm}`, ...below, ...children.map(processBranch));
}

function threadBranch(thread: InspectedThread): Branch {
  return branch(`[${thread.tid}]  ${thread.comm}  ${hex(thread.eip)}  ${stateOf(thread)}`);
}

/** `sleeping on pipe#40 until 1000 ns`. */
function stateOf({ state, waitsFor, deadline }: InspectedThread): string {
  const on = waitsFor.length === 0 ? '' : ` on ${waitsFor.join(', ')}`;
  return `${state}${on}${deadline === null ? '' : ` until ${deadline} ns`}`;
}

function memoryBranch({ size, rss, areas }: InspectedMemory): Branch {
  const lines = areas.map(({ start, end, prot, rss: present, name }) =>
    branch(`${hex(start)}-${hex(end)} ${prot} ${showSize(present).padStart(9)}  ${name}`.trimEnd()),
  );
  return branch(`Memory: ${showSize(size)} mapped, ${showSize(rss)} present`, ...lines);
}

function fileBranch({ type, fd, name }: InspectedFile): Branch {
  return branch(`[${type} ${fd}]  ${name}`);
}

function hex(address: number): string {
  return address.toString(16).padStart(8, '0');
}
