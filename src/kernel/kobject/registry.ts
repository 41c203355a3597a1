/** The kinds that an image may hold, by name. */
import { assert } from './errors.ts';
import type { Ancestor, KindClass } from './kobject.ts';

export class KindRegistry {
  readonly #classes = new Map<string, KindClass>();
  readonly #declarations = new Map<string, Ancestor>();

  /** Takes the concrete kinds; their abstract bases come along. Asserts that no name is declared twice. */
  constructor(classes: Iterable<KindClass>) {
    for (const kind of classes) {
      assert(!this.#classes.has(kind.kind), `kind ${kind.kind} is registered twice`);
      this.#classes.set(kind.kind, kind);
      for (const ancestor of kind.lineage) this.#declare(ancestor);
    }
  }

  #declare(ancestor: Ancestor): void {
    const known = this.#declarations.get(ancestor.kind);
    assert(known === undefined || known.fields === ancestor.fields, `two declarations are called ${ancestor.kind}`);
    this.#declarations.set(ancestor.kind, ancestor);
  }

  /** The class of a concrete kind. */
  get(name: string): KindClass | undefined {
    return this.#classes.get(name);
  }

  /** Every concrete kind, by name. */
  get classes(): KindClass[] {
    return sortedByName([...this.#classes.entries()]);
  }

  /** Every declaration, those of abstract base kinds too, by name. */
  get declarations(): Ancestor[] {
    return sortedByName([...this.#declarations.entries()]);
  }
}

function sortedByName<T>(entries: [string, T][]): T[] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
