/** The type table: names, versions and fields of the kinds in an image, written once, so that rows are read by name. */
import { ImageError } from '../kernel/kobject/errors.ts';
import { type Field, mismatch, type Values } from '../kernel/kobject/field.ts';
import { count, list, oneOf, str, struct } from '../kernel/kobject/fields.ts';
import type { KindClass } from '../kernel/kobject/kobject.ts';
import type { RecordWriter } from './record.ts';
import { type ImageRecord, readRecords } from './record.ts';
import { readRow, writeRow } from './row.ts';
import type { ImageSource } from './store.ts';
import { parseType } from './types.ts';

const SHOWS = ['decimal', 'hex', 'octal', 'flags'] as const;

const fieldRow = {
  name: str('name'),
  type: str('type, as types.ts parses it'),
  since: count('version that introduced it'),
  show: oneOf(...SHOWS)('how to print it'),
};
export type ImageField = Values<typeof fieldRow>;

/** One record of the file `kinds`. A kind's base stands before it. */
export const kindRow = struct(
  {
    name: str('kind'),
    version: count('version of the fields that it adds itself'),
    base: str('the kind whose fields come first in a row, or empty'),
    fields: list(struct(fieldRow, 'a field'), 'fields that it adds'),
  },
  'a declaration',
);

/** A declaration of an image, with everything that it inherits. */
export interface ImageKind {
  readonly name: string;
  readonly version: number;
  /** The declarations that make it up, the base first, itself last. */
  readonly lineage: readonly { readonly name: string; readonly version: number }[];
  /** All fields of a row, in order. */
  readonly fields: readonly ImageField[];
}

const saved = new WeakMap<KindClass, readonly (readonly [string, Field<unknown>])[]>();

/** The saved fields of a kind, in the order of its rows. */
export function savedFields(kind: KindClass): readonly (readonly [string, Field<unknown>])[] {
  let fields = saved.get(kind);
  if (fields === undefined) {
    fields = Object.entries(kind.fields).filter(([, field]) => !field.transient);
    saved.set(kind, fields);
  }
  return fields;
}

/** Writes the declarations of `kinds` and returns each one's place in the table. */
export function writeKinds(writer: RecordWriter, kinds: Iterable<KindClass>): Map<string, number> {
  const places = new Map<string, number>();
  writer.begin('kinds');
  for (const kind of kinds) {
    let base = '';
    for (const { kind: name, version, fields } of kind.lineage) {
      if (!places.has(name)) {
        const rows = Object.entries(fields)
          .filter(([, field]) => !field.transient)
          .map(([n, { type, since, show }]) => ({ name: n, type, since, show }));
        writeRow(writer, 'KIND', kindRow, { name, version, base, fields: rows });
        places.set(name, places.size);
      }
      base = name;
    }
  }
  return places;
}

/** Reads the table; every field type in it parses. */
export function readKinds(source: ImageSource): ImageKind[] {
  const byName = new Map<string, ImageKind>();
  for (const record of readRecords(source, 'kinds')) {
    const kind = readKind(record, byName);
    if (byName.has(kind.name)) throw new ImageError('EDUPKIND', record.path, `kind ${kind.name} stands twice`);
    byName.set(kind.name, kind);
  }
  return [...byName.values()];
}

function readKind(record: ImageRecord, known: ReadonlyMap<string, ImageKind>): ImageKind {
  if (record.type !== 'KIND') throw mismatch(record.path, 'a KIND record', record.type);
  const { name, version, base, fields } = readRow(record, kindRow);
  const parent = base === '' ? null : known.get(base);
  if (parent === undefined)
    throw new ImageError('EUNKNOWNKIND', record.path, `its base ${base} does not stand before it`);
  const all = [...(parent?.fields ?? []), ...fields];
  const names = new Set<string>();
  for (const field of all) {
    const path = `${record.path}.${field.name}`;
    parseType(field.type, path);
    if (names.has(field.name)) throw new ImageError('EDUPKIND', path, 'stands twice');
    names.add(field.name);
  }
  return { name, version, lineage: [...(parent?.lineage ?? []), { name, version }], fields: all };
}
