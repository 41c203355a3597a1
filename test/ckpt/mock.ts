/** Kinds and machines made by hand, for tests of the checkpoint core. */

import { readKinds, writeKinds } from '../../src/ckpt/kinds.ts';
import { buildObjects, encodeRows, kindsIn, readObjects } from '../../src/ckpt/objects.ts';
import { RecordWriter } from '../../src/ckpt/record.ts';
import { type MemoryImage, MemorySink } from '../../src/ckpt/store.ts';
import { pack } from '../../src/ckpt/wire.ts';
import { walk } from '../../src/kernel/kobject/graph.ts';
import { get, type KindClass, type KObject } from '../../src/kernel/kobject/kobject.ts';
import { KindRegistry } from '../../src/kernel/kobject/registry.ts';

/** The files `kinds` and `objects` of a graph. */
export function writeGraph(root: KObject): MemoryImage {
  const sink = new MemorySink();
  const writer = new RecordWriter(sink);
  const graph = walk(get(root));
  const places = writeKinds(writer, kindsIn(graph));
  writer.begin('objects');
  for (const row of encodeRows(graph, (kind) => places.get(kind.kind)!)) writer.record('OBJ ', pack(row));
  sink.commit();
  return sink.image!;
}

/** The objects of such an image, by the kinds given. */
export function readGraph(image: MemoryImage, kinds: Iterable<KindClass>): KObject[] {
  const table = readKinds(image);
  return buildObjects(readObjects(image, table), table, new KindRegistry(kinds));
}

/** A generator with a seed (xorshift32). */
export function rng(seed: number): { below(n: number): number } {
  let state = seed | 1;
  return {
    below(n) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % n;
    },
  };
}
