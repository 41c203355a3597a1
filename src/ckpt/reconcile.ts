/**
 * Versions: an image's rows are read by field names, not by position. A field that the image does not know gets its
 * initial value if it is newer than the image (`since`); everything else that differs is refused.
 */
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Encoder, Field, FieldTable, Wire } from '../kernel/kobject/field.ts';
import type { KindClass } from '../kernel/kobject/kobject.ts';
import type { KindRegistry } from '../kernel/kobject/registry.ts';
import type { ImageField, ImageKind } from './kinds.ts';
import { parseType, type TypeNode } from './types.ts';

/** Turns a wire value of the image's layout into one of ours; null when they are the same. */
type Adapter = ((wire: Wire, path: string) => Wire) | null;

/** What to do with the rows of one kind of an image. */
export interface RowReader {
  readonly kind: KindClass;
  /** One for each field of the kind that is not transient, in table order. */
  readonly columns: readonly Column[];
  /** Values in a row of the image. */
  readonly width: number;
}
interface Column {
  readonly name: string;
  readonly field: Field<unknown>;
  /** Place in the image's row, or -1: the field's initial value. */
  readonly from: number;
  readonly adapt: Adapter;
}

/** Families of types whose values are told apart by decoding alone. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(u8|u16|u32|i32|u64|count|integer)$/, 'integer'],
  [/^bytes(\[|$)/, 'bytes'],
  [/^(str|oneOf\()/, 'text'],
  [/^bool$/, 'bool'],
];

const NO_REFERENCES: Encoder = {
  idOf: () => {
    throw new TypeError('an initial value cannot refer to an object');
  },
};

/** Finds the class for a kind of an image and how to read its rows. Throws ImageError. */
export function rowReader(registry: KindRegistry, kind: ImageKind, path: string): RowReader {
  const known = registry.get(kind.name);
  if (known === undefined) throw new ImageError('EUNKNOWNKIND', path, `kind ${kind.name} is not known to this cr86`);
  const versions = new Map(kind.lineage.map((ancestor) => [ancestor.name, ancestor.version]));
  checkVersions(known, versions, path);
  const columns: Column[] = [];
  const used = new Set<string>();
  for (const ancestor of known.lineage) {
    const version = versions.get(ancestor.kind) ?? 0;
    for (const [name, field] of Object.entries(ancestor.fields)) {
      if (field.transient) continue;
      const at = kind.fields.findIndex((f) => f.name === name);
      used.add(name);
      columns.push(column(name, field, kind.fields[at], at, version, `${path}.${name}`));
    }
  }
  const unknown = kind.fields.find((field) => !used.has(field.name));
  if (unknown !== undefined) {
    throw new ImageError('EUNKNOWNFIELD', `${path}.${unknown.name}`, `kind ${kind.name} has no such field`);
  }
  return { kind: known, columns, width: kind.fields.length };
}

function checkVersions(known: KindClass, versions: ReadonlyMap<string, number>, path: string): void {
  for (const [name, version] of versions) {
    const ours = known.lineage.find((ancestor) => ancestor.kind === name);
    if (ours === undefined) throw new ImageError('EUNKNOWNKIND', path, `is built on ${name}, which it is not here`);
    if (version > ours.version) {
      throw new ImageError('ENEWER', path, `${name} has version ${version}; this cr86 knows ${ours.version}`);
    }
  }
}

function column(
  name: string,
  field: Field<unknown>,
  theirs: ImageField | undefined,
  at: number,
  version: number,
  path: string,
): Column {
  if (theirs === undefined) {
    checkNewer(field, version, path);
    return { name, field, from: -1, adapt: null };
  }
  const adapt = theirs.type === field.type ? null : adapter(parseType(theirs.type, path), field, version, path);
  return { name, field, from: at, adapt };
}

function checkNewer(field: Field<unknown>, version: number, path: string): void {
  if (field.since <= version || !field.hasInitial) {
    throw new ImageError('ENOFIELD', path, `is missing, though version ${version} has it`);
  }
}

function adapter(node: TypeNode, field: Field<unknown>, version: number, path: string): Adapter {
  const shape = field.shape;
  if (shape.form === 'optional') {
    return orNull(adapter(node.form === 'optional' ? node.of : node, shape.of, version, path));
  }
  if (shape.form === 'ref') return refAdapter(node, shape.weak, field, path);
  if (node.form === 'list' && shape.form === 'list') return each(adapter(node.of, shape.of, version, `${path}[]`));
  if (node.form === 'map' && shape.form === 'map') {
    return eachPair(
      adapter(node.key, shape.key, version, `${path}.key`),
      adapter(node.value, shape.value, version, `${path}[]`),
    );
  }
  if (node.form === 'struct' && shape.form === 'struct') return structAdapter(node.fields, shape.fields, version, path);
  if (node.form === 'scalar' && shape.form === 'scalar' && family(node.name) === family(field.type)) return null;
  throw changedType(field, path);
}

function refAdapter(node: TypeNode, weak: boolean, field: Field<unknown>, path: string): Adapter {
  const inner = node.form === 'optional' ? node.of : node;
  if (inner.form !== 'ref' || inner.weak !== weak) throw changedType(field, path);
  return null; // decoding checks the object's kind, and whether null may stand there
}

function structAdapter(
  theirs: readonly (readonly [string, TypeNode])[],
  ours: FieldTable,
  version: number,
  path: string,
): Adapter {
  const unknown = theirs.find(([name]) => !Object.hasOwn(ours, name));
  if (unknown !== undefined) throw new ImageError('EUNKNOWNFIELD', `${path}.${unknown[0]}`, 'no such field');
  const steps = Object.entries(ours).map(([name, field]) => {
    const at = theirs.findIndex(([n]) => n === name);
    if (at < 0) {
      checkNewer(field, version, `${path}.${name}`);
      return { at, adapt: null, field };
    }
    return { at, adapt: adapter(theirs[at]![1], field, version, `${path}.${name}`), field };
  });
  return (wire, where) => {
    if (!Array.isArray(wire) || wire.length !== theirs.length) return wire; // decoding says what is wrong
    return steps.map(({ at, adapt, field }) => {
      if (at < 0) return field.encode(field.initial(), NO_REFERENCES);
      return adapt === null ? wire[at]! : adapt(wire[at]!, where);
    });
  };
}

function orNull(adapt: Adapter): Adapter {
  return adapt && ((wire, path) => (wire === null ? null : adapt(wire, path)));
}

function each(adapt: Adapter): Adapter {
  return adapt && ((wire, path) => (Array.isArray(wire) ? wire.map((item) => adapt(item, path)) : wire));
}

function eachPair(key: Adapter, value: Adapter): Adapter {
  if (key === null && value === null) return null;
  const pair = (wire: Wire, path: string): Wire => {
    if (!Array.isArray(wire) || wire.length !== 2) return wire;
    return [key ? key(wire[0]!, path) : wire[0]!, value ? value(wire[1]!, path) : wire[1]!];
  };
  return each(pair);
}

function family(type: string): string {
  return FAMILIES.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

function changedType(field: Field<unknown>, path: string): ImageError {
  return new ImageError('EFIELDTYPE', path, `its type has become ${field.type}`);
}
