/** Objects as rows and back: `[place of the kind, references, values of the saved fields...]`, an object's number being its row's. */
import { AssertionError, ImageError } from '../kernel/kobject/errors.ts';
import { type Decoder, type Encoder, mismatch, type Wire } from '../kernel/kobject/field.ts';
import type { Graph } from '../kernel/kobject/graph.ts';
import { type KindClass, type KObject, kindOf, shellOf, visitRefs } from '../kernel/kobject/kobject.ts';
import type { KindRegistry } from '../kernel/kobject/registry.ts';
import { type ImageKind, savedFields } from './kinds.ts';
import { type RowReader, rowReader } from './reconcile.ts';
import { readRecords } from './record.ts';
import type { ImageSource } from './store.ts';
import { unpack } from './wire.ts';

/** The kinds in a graph, in the order in which they appear. */
export function kindsIn(graph: Graph): Set<KindClass> {
  return new Set(graph.objects.map(kindOf));
}

/** One row for each object. Equal states give equal rows. */
export function encodeRows(graph: Graph, places: (kind: KindClass) => Wire): Wire[][] {
  const encoder: Encoder = { idOf: (object) => graph.ids.get(object) ?? -1 };
  return graph.objects.map((object) => {
    const kind = kindOf(object);
    const values = object as unknown as Record<string, unknown>; // its fields, by name
    const row: Wire[] = [places(kind), object.refs];
    for (const [name, field] of savedFields(kind)) row.push(field.encode(values[name], encoder));
    return row;
  });
}

/** An object of an image, its values not yet looked into. */
export interface ImageObject {
  readonly id: number;
  readonly kind: ImageKind;
  readonly refs: number;
  /** In the order of `kind.fields`. */
  readonly values: readonly Wire[];
  /** `pipe#12` */
  readonly path: string;
}

/** Reads the file `objects`. */
export function readObjects(source: ImageSource, kinds: readonly ImageKind[]): ImageObject[] {
  return readRecords(source, 'objects').map(({ type, payload, path }, id) => {
    if (type !== 'OBJ ') throw mismatch(path, 'an OBJ record', type);
    const row = unpack(payload, path);
    if (!Array.isArray(row)) throw mismatch(path, 'a row', row);
    const [place, refs, ...values] = row;
    const kind = typeof place === 'number' ? kinds[place] : undefined;
    if (kind === undefined) throw mismatch(path, 'a kind of the table', place);
    const where = `${kind.name}#${id}`;
    if (typeof refs !== 'number' || !Number.isSafeInteger(refs) || refs < 1) {
      throw mismatch(`${where}.refs`, 'a count of references', refs);
    }
    if (values.length !== kind.fields.length) throw mismatch(where, `${kind.fields.length} fields`, values);
    return { id, kind, refs, values, path: where };
  });
}

/**
 * Builds every object of an image: shells first, so that references of any shape find their targets, then fields.
 * Checks counts against the references found. The root is number 0 and counts one more, the kernel's.
 */
export function buildObjects(
  rows: readonly ImageObject[],
  kinds: readonly ImageKind[],
  registry: KindRegistry,
): KObject[] {
  const readers = new Map<ImageKind, RowReader>();
  for (const kind of kinds) {
    // Abstract bases stand in the table, too, but no row is theirs.
    if (rows.some((row) => row.kind === kind)) readers.set(kind, rowReader(registry, kind, `kinds.${kind.name}`));
  }
  const objects = rows.map((row) => shellOf(readers.get(row.kind)!.kind));
  const decoder = objectDecoder(objects);
  for (const [id, row] of rows.entries()) fill(objects[id]!, row, readers.get(row.kind)!, decoder);
  checkCounts(objects, rows);
  return objects;
}

function objectDecoder(objects: readonly KObject[]): Decoder {
  return {
    objectOf(id, kind, path) {
      const object = objects[id];
      if (object === undefined) throw new ImageError('ENOOBJECT', path, `refers to object ${id} of ${objects.length}`);
      if (!kindOf(object).lineage.some((ancestor) => ancestor.kind === kind)) {
        throw new ImageError('EBADREF', path, `expected a ${kind}, found ${object.kind}#${id}`);
      }
      return object;
    },
  };
}

function fill(object: KObject, row: ImageObject, reader: RowReader, decoder: Decoder): void {
  const values = object as unknown as Record<string, unknown>; // its fields, by name
  const upgraded = upgrade(reader.kind, row);
  for (const { name, field, from, adapt } of reader.columns) {
    const path = `${row.path}.${name}`;
    if (from < 0) {
      values[name] = field.initial();
      continue;
    }
    const wire = upgraded[from]!;
    values[name] = field.decode(adapt === null ? wire : adapt(wire, path), decoder, path);
  }
  for (const [name, field] of Object.entries(object.fields)) if (field.transient) values[name] = field.initial();
  object.refs = row.refs;
}

/** Lets the kind change the values of an older version before they are read. */
function upgrade(kind: KindClass, row: ImageObject): readonly Wire[] {
  const version = row.kind.lineage[row.kind.lineage.length - 1]!.version;
  if (kind.upgrade === undefined || version === kind.version) return row.values;
  const named = new Map(row.kind.fields.map(({ name }, i) => [name, row.values[i]!]));
  try {
    kind.upgrade(named, version);
  } catch (error) {
    if (error instanceof AssertionError) throw new ImageError('EUPGRADE', row.path, error.message);
    throw error;
  }
  return row.kind.fields.map(({ name }) => named.get(name) ?? null);
}

function checkCounts(objects: readonly KObject[], rows: readonly ImageObject[]): void {
  if (objects.length === 0) throw new ImageError('ENOOBJECT', 'objects', 'there is no object');
  const found = new Map<KObject, number>([[objects[0]!, 1]]);
  for (const object of objects) {
    visitRefs(object, (target, weak) => {
      if (!weak) found.set(target, (found.get(target) ?? 0) + 1);
    });
  }
  for (const [id, object] of objects.entries()) {
    const count = found.get(object) ?? 0;
    if (count === object.refs) continue;
    throw new ImageError('EREFCOUNT', `${rows[id]!.path}.refs`, `${object.refs} references stated, ${count} found`);
  }
}
