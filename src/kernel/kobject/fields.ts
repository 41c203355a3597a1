/** Field descriptors: references, lists, maps and records here; numbers, strings and bytes in scalars.ts. */
import { ImageError } from './errors.ts';
import { type Field, type FieldTable, mismatch, type Values, type Wire } from './field.ts';
import type { KObject } from './kobject.ts';

export type { Decoder, Encoder, Field, FieldTable, RefVisitor, Rng, Shape, Show, Values, Wire } from './field.ts';
export {
  bool,
  bytes,
  count,
  fixedBytes,
  i32,
  integer53,
  type Options,
  oneOf,
  str,
  u8,
  u16,
  u32,
  u64,
} from './scalars.ts';

interface Since {
  readonly since?: number;
}

// T is not constrained to KObject: two kinds that refer to each other would then be circular for the compiler.
function reference<T>(kind: string, doc: string, weak: boolean, nullable: boolean, since = 1): Field<T, boolean> {
  const type = `${weak ? 'weak' : 'ref'}(${kind})${nullable ? '?' : ''}`;
  return {
    type,
    doc,
    since,
    show: 'decimal',
    transient: false,
    hasInitial: nullable,
    shape: { form: 'ref', kind, weak, nullable },
    links: true,
    initial: () => {
      if (!nullable) throw new TypeError(`no initial value: ${doc}`);
      return null as T;
    },
    encode: (value, to) => (value === null ? null : to.idOf(value as KObject)),
    decode: (wire, from, path) => {
      if (wire === null && nullable) return null as T;
      if (typeof wire !== 'number' || !Number.isInteger(wire) || wire < 0) throw mismatch(path, type, wire);
      return from.objectOf(wire, kind, path) as T; // checked to be of `kind`
    },
    visit: (value, visitor, path = '') => {
      if (value !== null) visitor(value as KObject, weak, path);
    },
    sample: () => null as T,
  };
}

/** A counted reference: the field's owner holds one `refs` of the object. `kind` may be an abstract kind, such as `file`. */
export function ref<T>(kind: string, doc: string, options?: Since): Field<T, false> {
  return reference<T>(kind, doc, false, false, options?.since) as Field<T, false>;
}

/** A counted reference, or null (the initial value). */
export function optRef<T>(kind: string, doc: string, options?: Since): Field<T | null, true> {
  return reference<T | null>(kind, doc, false, true, options?.since) as Field<T | null, true>;
}

/**
 * A reference that is not counted, such as a child's link to its parent, or null (the initial value). What it names
 * must also be held by a counted reference somewhere, or the object cannot be dumped.
 */
export function weak<T>(kind: string, doc: string, options?: Since): Field<T | null, true> {
  return reference<T | null>(kind, doc, true, true, options?.since) as Field<T | null, true>;
}

/** A field that no image holds; `why` says who rebuilds it, or why nobody needs to. */
export function transient<T>(why: string, initial: () => T): Field<T, true> {
  return {
    type: 'transient',
    doc: why,
    since: 1,
    show: 'decimal',
    transient: true,
    hasInitial: true,
    shape: { form: 'transient' },
    links: false,
    initial,
    encode: () => null,
    decode: initial,
    visit: () => {},
    sample: initial,
  };
}

/** An ordered list; initially empty. */
export function list<T>(of: Field<T>, doc: string, options?: Since): Field<T[], true> {
  const type = `list(${of.type})`;
  return {
    type,
    doc,
    since: options?.since ?? 1,
    show: of.show,
    transient: false,
    hasInitial: true,
    shape: { form: 'list', of: of as Field<unknown> },
    links: of.links,
    initial: () => [],
    encode: (value, to) => value.map((item) => of.encode(item, to)),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire)) throw mismatch(path, type, wire);
      return wire.map((item, i) => of.decode(item, from, `${path}[${i}]`));
    },
    visit: (value, visitor, path) => {
      if (!of.links) return;
      for (let i = 0; i < value.length; i++) of.visit(value[i]!, visitor, path === undefined ? path : `${path}[${i}]`);
    },
    sample: (rng) => (of.links ? [] : Array.from({ length: rng.below(4) }, () => of.sample(rng))),
  };
}

/** A map in insertion order, which is part of its state; initially empty. Keys are numbers or strings. */
export function map<K extends number | string, V>(
  key: Field<K>,
  value: Field<V>,
  doc: string,
  options?: Since,
): Field<Map<K, V>, true> {
  const type = `map(${key.type},${value.type})`;
  return {
    type,
    doc,
    since: options?.since ?? 1,
    show: value.show,
    transient: false,
    hasInitial: true,
    shape: { form: 'map', key: key as Field<unknown>, value: value as Field<unknown> },
    links: value.links,
    initial: () => new Map(),
    encode: (entries, to) => Array.from(entries, ([k, v]) => [key.encode(k, to), value.encode(v, to)]),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire)) throw mismatch(path, type, wire);
      const result = new Map<K, V>();
      for (const [i, pair] of wire.entries()) {
        if (!Array.isArray(pair) || pair.length !== 2) throw mismatch(`${path}[${i}]`, 'a pair', pair);
        const k = key.decode(pair[0]!, from, `${path}[${i}].key`);
        if (result.has(k)) throw new ImageError('EDUPKEY', `${path}[${i}]`, `key ${JSON.stringify(k)} stands twice`);
        result.set(k, value.decode(pair[1]!, from, `${path}[${k}]`));
      }
      return result;
    },
    visit: (entries, visitor, path) => {
      if (!value.links) return;
      for (const [k, v] of entries) value.visit(v, visitor, path === undefined ? path : `${path}[${k}]`);
    },
    sample: (rng) => {
      const length = value.links ? 0 : rng.below(4);
      return new Map(Array.from({ length }, () => [key.sample(rng), value.sample(rng)]));
    },
  };
}

type AllInitial<F extends FieldTable> = {
  [K in keyof F]: F[K] extends { readonly hasInitial: true } ? never : K;
}[keyof F] extends never
  ? true
  : false;

/** A record inside its owner (a vma, the registers); nullable with {@link optional}. A field added later says so with `since`, in versions of the kind. */
export function struct<const F extends FieldTable>(
  fields: F,
  doc: string,
  options?: Since,
): Field<Values<F>, AllInitial<F>> {
  type Row = Record<string, unknown>;
  const names = Object.keys(fields);
  const type = `struct(${names.map((n) => `${n}:${fields[n]!.type}`).join(',')})`;
  return {
    type,
    doc,
    since: options?.since ?? 1,
    show: 'decimal',
    transient: false,
    hasInitial: Object.values(fields).every((f) => f.hasInitial) as AllInitial<F>,
    shape: { form: 'struct', fields },
    links: Object.values(fields).some((f) => f.links),
    initial: () => Object.fromEntries(names.map((n) => [n, fields[n]!.initial()])) as Values<F>,
    encode: (value, to) => names.map((n) => fields[n]!.encode((value as Row)[n], to)),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire) || wire.length !== names.length) throw mismatch(path, `${names.length} fields`, wire);
      const result: Row = {};
      for (const [i, n] of names.entries()) result[n] = fields[n]!.decode(wire[i]!, from, `${path}.${n}`);
      return result as Values<F>;
    },
    visit: (value, visitor, path) => {
      for (const n of names) {
        const field = fields[n]!;
        if (field.links) field.visit((value as Row)[n], visitor, path === undefined ? path : `${path}.${n}`);
      }
    },
    sample: (rng) => Object.fromEntries(names.map((n) => [n, fields[n]!.sample(rng)])) as Values<F>,
  };
}

/** The field, or null (the initial value). */
export function optional<T>(of: Field<T>): Field<T | null, true> {
  return {
    ...of,
    type: `${of.type}?`,
    hasInitial: true,
    shape: { form: 'optional', of: of as Field<unknown> },
    initial: () => null,
    encode: (value, to) => (value === null ? null : of.encode(value, to)),
    decode: (wire: Wire, from, path) => (wire === null ? null : of.decode(wire, from, path)),
    visit: (value, visitor, path) => {
      if (value !== null) of.visit(value, visitor, path);
    },
    sample: (rng) => (of.links || rng.below(2) === 0 ? null : of.sample(rng)),
  };
}
