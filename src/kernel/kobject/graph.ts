/** The object graph, walked from its counted root: what an image numbers, what the leak check counts, what the audit checks. */
import type { RefVisitor } from './field.ts';
import { type KObject, visitRefs } from './kobject.ts';

export interface Graph {
  /** Every object that counted references reach, breadth first; an object's place is its number in an image. */
  readonly objects: readonly KObject[];
  readonly ids: ReadonlyMap<KObject, number>;
  /** Counted references found, by number; the root has one more, the kernel's. */
  readonly found: Uint32Array;
  /** Number of the object that was seen first to hold each; -1 for the root. */
  readonly holders: Int32Array;
  /** Objects that weak references name and no counted one reaches, each with the holder's number. */
  readonly dangling: readonly { readonly object: KObject; readonly holder: number }[];
}

/** Walks breadth first, in field order, from `root`. */
export function walk(root: KObject): Graph {
  const objects: KObject[] = [root];
  const ids = new Map<KObject, number>([[root, 0]]);
  const found: number[] = [1];
  const holders: number[] = [-1];
  const weakly: { object: KObject; holder: number }[] = [];
  let holder = 0;
  const visitor: RefVisitor = (object, weak) => {
    if (weak) {
      weakly.push({ object, holder });
      return;
    }
    const id = ids.get(object);
    if (id !== undefined) {
      found[id]!++;
      return;
    }
    ids.set(object, objects.length);
    objects.push(object);
    found.push(1);
    holders.push(holder);
  };
  for (; holder < objects.length; holder++) visitRefs(objects[holder]!, visitor);
  return {
    objects,
    ids,
    found: Uint32Array.from(found),
    holders: Int32Array.from(holders),
    dangling: weakly.filter(({ object }) => !ids.has(object)),
  };
}

/** `pipe#12`: how messages name an object. */
export function nameOf(graph: Graph, object: KObject): string {
  const id = graph.ids.get(object);
  return id === undefined ? `${object.kind}#?` : `${object.kind}#${id}`;
}

/** Where `object` hangs, from the root down: `container#0.tasks[1].files.fds[4].file`. */
export function pathOf(graph: Graph, object: KObject): string {
  const steps: string[] = [];
  let id = graph.ids.get(object) ?? 0;
  for (let holder = graph.holders[id]!; holder >= 0; id = holder, holder = graph.holders[id]!) {
    steps.push(stepTo(graph.objects[holder]!, graph.objects[id]!));
  }
  return [nameOf(graph, graph.objects[0]!), ...steps.reverse()].join('.');
}

/** Every place where an object of the graph refers to `object`: `task#3.files`. */
export function holdersOf(graph: Graph, object: KObject): string[] {
  const places: string[] = [];
  for (const holder of graph.objects) {
    visitRefs(
      holder,
      (target, weak, path) => {
        if (target === object && !weak) places.push(`${nameOf(graph, holder)}.${path}`);
      },
      true,
    );
  }
  return places;
}

function stepTo(holder: KObject, object: KObject): string {
  let step = '';
  visitRefs(
    holder,
    (target, weak, path) => {
      if (target === object && !weak && step === '') step = path;
    },
    true,
  );
  return step;
}
