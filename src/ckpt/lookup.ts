/** Finding one's way through an image's objects by field names, whatever the image says: what is not there reads as empty. */
import type { Image } from './image.ts';
import type { ImageKind } from './kinds.ts';
import type { ImageObject } from './objects.ts';
import { isMap, isRef, isStruct, type KindTypes, type StructView, typesOf, type View, viewObject } from './view.ts';

/** The fields of an object or record. */
export class Fields {
  readonly #struct: StructView['struct'];
  readonly #lookup: Lookup;

  constructor(lookup: Lookup, view: StructView) {
    this.#lookup = lookup;
    this.#struct = view.struct;
  }

  view(name: string): View {
    return this.#struct[name] ?? null;
  }

  number(name: string): number {
    const value = this.view(name);
    return typeof value === 'number' ? value : 0;
  }

  text(name: string): string {
    const value = this.view(name);
    return typeof value === 'string' ? value : '';
  }

  flag(name: string): boolean {
    return this.view(name) === true;
  }

  /** The object that a field refers to. */
  object(name: string): Found | null {
    return this.#lookup.find(this.view(name));
  }

  /** A record in a field. */
  record(name: string): Fields | null {
    return this.#lookup.record(this.view(name));
  }

  /** The records or objects of a list. */
  list(name: string): View[] {
    const value = this.view(name);
    return Array.isArray(value) ? [...value] : [];
  }

  /** The entries of a map. */
  entries(name: string): readonly (readonly [View, View])[] {
    const value = this.view(name);
    return isMap(value) ? value.map : [];
  }
}

/** An object of the image and its fields. */
export interface Found {
  readonly object: ImageObject;
  readonly fields: Fields;
}

export class Lookup {
  readonly image: Image;
  readonly #types: ReadonlyMap<ImageKind, KindTypes>;
  readonly #found = new Map<number, Found>();

  constructor(image: Image) {
    this.image = image;
    this.#types = typesOf(image.kinds);
  }

  /** The object that a value refers to, or null. */
  find(value: View | undefined): Found | null {
    return isRef(value) ? this.at(value.ref) : null;
  }

  /** Object number `id`, which a reference named. */
  at(id: number): Found {
    let found = this.#found.get(id);
    if (found === undefined) {
      const object = this.image.objects[id]!;
      const view = viewObject(this.image, object, this.#types.get(object.kind)!);
      found = { object, fields: new Fields(this, view) };
      this.#found.set(id, found);
    }
    return found;
  }

  record(value: View | undefined): Fields | null {
    return isStruct(value) ? new Fields(this, value) : null;
  }

  /** Every object of a kind. */
  every(kind: string): Found[] {
    return this.image.objects.filter((object) => object.kind.name === kind).map((object) => this.at(object.id));
  }
}

/** The steps from an object to the end of a chain, such as a dentry's parents; a loop ends it. */
export function chain(start: Found | null, step: (at: Found) => Found | null): Found[] {
  const seen = new Set<Found>();
  for (let at = start; at !== null && !seen.has(at); at = step(at)) seen.add(at);
  return [...seen];
}
