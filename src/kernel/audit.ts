/** The audit: counts, ranges, invariants and frames of a stopped machine. Tests run it after each scenario, restore before anything runs. */

import type { Kernel } from './kernel.ts';
import { AssertionError, assert, ImageError } from './kobject/errors.ts';
import type { Decoder, Encoder } from './kobject/field.ts';
import { type Graph, holdersOf, nameOf, pathOf, walk } from './kobject/graph.ts';
import { type KObject, kindOf } from './kobject/kobject.ts';
import { isPageOwner } from './mm/owner.ts';

/** Checks everything that is reachable from the container. Throws AssertionError naming the object. */
export function audit(kernel: Kernel): void {
  const graph = walk(kernel.container);
  auditReferences(graph);
  for (const object of graph.objects) {
    auditKeys(graph, object);
    auditFields(graph, object);
    object.check();
  }
  auditFrames(kernel, graph);
}

/** Counts equal the references found, and weak references name objects that something holds. */
export function auditReferences(graph: Graph): void {
  for (const [id, object] of graph.objects.entries()) {
    const found = graph.found[id]!;
    if (object.refs === found) continue;
    const holders = holdersOf(graph, object).join(', ');
    throw new AssertionError(
      `${pathOf(graph, object)}: ${nameOf(graph, object)} has ${object.refs} references, found ${found} (${holders})`,
    );
  }
  for (const { object, holder } of graph.dangling) {
    const from = graph.objects[holder]!;
    throw new AssertionError(`${nameOf(graph, from)} refers weakly to a ${object.kind} that nothing holds`);
  }
}

/** Live objects have the fields of their tables and nothing beside them. */
function auditKeys(graph: Graph, object: KObject): void {
  for (const key of Object.keys(object)) {
    assert(key === 'refs' || key in object.fields, `${nameOf(graph, object)}.${key} is not in the field table`);
  }
  for (const name of Object.keys(object.fields)) {
    assert(Object.hasOwn(object, name), `${nameOf(graph, object)}.${name} is missing`);
  }
}

/** Every value is one that its field may hold. */
function auditFields(graph: Graph, object: KObject): void {
  const encoder: Encoder = { idOf: (target) => graph.ids.get(target) ?? -1 };
  const decoder: Decoder = {
    objectOf(id, kind, path) {
      const target = graph.objects[id];
      assert(target !== undefined, `${path}: not in the graph`);
      const fits = kindOf(target).lineage.some((ancestor) => ancestor.kind === kind);
      assert(fits, `${path}: a ${target.kind}, not a ${kind}`);
      return target;
    },
  };
  const values = object as unknown as Record<string, unknown>; // its fields, by name
  for (const [name, field] of Object.entries(object.fields)) {
    if (field.transient) continue;
    const path = `${nameOf(graph, object)}.${name}`;
    try {
      field.decode(field.encode(values[name], encoder), decoder, path);
    } catch (error) {
      throw error instanceof ImageError ? new AssertionError(error.message) : error;
    }
  }
}

/** Every frame's count equals the uses found; page tables use one each. */
function auditFrames(kernel: Kernel, graph: Graph): void {
  const uses = new Map<number, number>();
  const use = (frame: number): void => {
    uses.set(frame, (uses.get(frame) ?? 0) + 1);
  };
  for (const object of graph.objects) {
    if (!isPageOwner(object)) continue;
    let last = -1;
    for (const page of object.pages()) {
      assert(page.index > last, `${nameOf(graph, object)}: page ${page.index} is out of order`);
      last = page.index;
      use(page.frame);
    }
    for (const frame of object.tableFrames?.() ?? []) use(frame);
  }
  for (const [frame, count] of uses) {
    const refs = kernel.frames.refs(frame);
    assert(refs === count, `frame ${frame} has ${refs} references, found ${count}`);
  }
  assert(kernel.frames.used === uses.size, `${kernel.frames.used} frames are in use, found ${uses.size}`);
}
