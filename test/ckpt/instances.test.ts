/** Random instances of every kind: what a row holds comes back. */
import { describe, expect, test } from 'vitest';
import { encodeRows } from '../../src/ckpt/objects.ts';
import { kinds } from '../../src/kernel/kinds.ts';
import type { Field, Rng } from '../../src/kernel/kobject/field.ts';
import { walk } from '../../src/kernel/kobject/graph.ts';
import { get, type KindClass, type KObject, shellOf } from '../../src/kernel/kobject/kobject.ts';
import { readGraph, rng, writeGraph } from './mock.ts';

/** Draws whole graphs: one object of each kind that a required reference leads to, shared by all who need one. */
class Drawer {
  readonly #random: Rng;
  readonly #drawn = new Map<string, KObject>();

  constructor(seed: number) {
    this.#random = rng(seed);
  }

  object(kind: KindClass): KObject {
    const known = this.#drawn.get(kind.kind);
    if (known !== undefined) return known;
    const object = shellOf(kind);
    this.#drawn.set(kind.kind, object);
    const values = object as unknown as Record<string, unknown>;
    for (const [name, field] of Object.entries(kind.fields)) {
      values[name] = this.value(field);
      field.visit(values[name], (target, weak) => {
        if (!weak) target.refs++;
      });
    }
    return object;
  }

  value(field: Field<unknown>): unknown {
    const { shape } = field;
    const rarely = this.#random.below(4) === 0;
    if (shape.form === 'ref') {
      if (shape.weak || (shape.nullable && !rarely)) return null;
      return this.object(kinds.classes.find((kind) => kind.lineage.some((a) => a.kind === shape.kind))!);
    }
    if (!field.links) return field.sample(this.#random);
    if (shape.form === 'optional') return rarely ? this.value(shape.of) : null;
    if (shape.form === 'list') return Array.from({ length: this.#random.below(3) }, () => this.value(shape.of));
    if (shape.form === 'map') {
      return new Map(
        Array.from({ length: this.#random.below(3) }, () => [this.value(shape.key), this.value(shape.value)]),
      );
    }
    if (shape.form !== 'struct') throw new Error(`a ${shape.form} that holds references`);
    return Object.fromEntries(Object.entries(shape.fields).map(([name, part]) => [name, this.value(part)]));
  }
}

describe.each(kinds.classes.map((kind) => [kind.kind, kind] as const))('random %s', (_name, kind) => {
  test('objects come back from an image as they were', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const object = new Drawer(seed * 2654435761).object(kind);
      const image = writeGraph(object);
      const back = readGraph(image, kinds.classes)[0]!;
      const rows = (root: KObject): unknown =>
        JSON.stringify(
          encodeRows(walk(root), (k) => k.kind),
          (_key, v) => (typeof v === 'bigint' ? `${v}n` : v),
        );
      expect(rows(back)).toBe(rows(object));
      back.refs--; // writeGraph takes a reference
      expect(writeGraph(back).files.get('objects')).toEqual(image.files.get('objects'));
      get(back);
    }
  });
});
