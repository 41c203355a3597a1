/**
 * Field descriptors: one declaration of a field gives its TypeScript type, its form in an image, its validation, its
 * default in older images and its documentation. Wire values are what msgpack carries: number, bigint, string,
 * boolean, null, Uint8Array and arrays of these.
 */
import { ImageError } from './errors.ts';
import type { KObject } from './kobject.ts';

export type Wire = number | bigint | string | boolean | null | Uint8Array | Wire[];

/** What a reference becomes on the wire, and back. */
export interface Encoder {
  /** The object's number in the image. */
  idOf(object: KObject): number;
}
export interface Decoder {
  /** The object with that number, checked to be of `kind` or derived from it. Throws ImageError naming `path`. */
  objectOf(id: number, kind: string, path: string): KObject;
}

/** Called for every object that a field refers to; weak references do not count towards its `refs`. */
export type RefVisitor = (object: KObject, weak: boolean) => void;

/** A small deterministic generator for random instances in tests. */
export interface Rng {
  /** An integer in [0, n). */
  below(n: number): number;
}

/** How a printer shows a number. */
export type Show = 'decimal' | 'hex' | 'octal' | 'flags';

export interface Field<T, HasInitial extends boolean = boolean> {
  /** The field's type as image and format reference name it, such as `u32`, `list(ref(task))`. */
  readonly type: string;
  readonly doc: string;
  /** The kind's version that introduced the field; images older than that get `initial`. */
  readonly since: number;
  readonly show: Show;
  /** Not saved: `doc` is the reason. */
  readonly transient: boolean;
  readonly hasInitial: HasInitial;
  initial(): T;
  encode(value: T, to: Encoder): Wire;
  /** Throws ImageError, naming `path`, when the wire value is not one that this field may hold. */
  decode(wire: Wire, from: Decoder, path: string): T;
  visit(value: T, visitor: RefVisitor): void;
  /** A random legal value; references are drawn by the caller, so they come out as null or empty. */
  sample(rng: Rng): T;
}

export interface Options<T> {
  readonly initial?: T;
  readonly since?: number;
  readonly show?: Show;
}
type WithInitial<O> = O extends { initial: unknown } ? true : false;

function mismatch(path: string, expected: string, found: Wire): ImageError {
  return new ImageError('EBADFIELD', path, `expected ${expected}, found ${nameOf(found)}`);
}

function nameOf(wire: Wire): string {
  if (wire === null || wire === undefined) return 'nothing';
  if (wire instanceof Uint8Array) return 'bytes';
  if (Array.isArray(wire)) return 'list';
  if (typeof wire === 'number' || typeof wire === 'bigint') return `number ${wire}`;
  return typeof wire;
}

interface ScalarSpec<T> {
  readonly type: string;
  readonly sample: (rng: Rng) => T;
  readonly encode?: (value: T) => Wire;
  /** undefined when the wire value is not legal. */
  readonly decode: (wire: Wire) => T | undefined;
}

function scalar<T>(spec: ScalarSpec<T>) {
  return <const O extends Options<T> = Record<never, never>>(doc: string, options?: O): Field<T, WithInitial<O>> => ({
    type: spec.type,
    doc,
    since: options?.since ?? 1,
    show: options?.show ?? 'decimal',
    transient: false,
    hasInitial: (options?.initial !== undefined) as WithInitial<O>,
    initial: () => {
      if (options?.initial === undefined) throw new TypeError(`no initial value: ${doc}`);
      return options.initial;
    },
    encode: spec.encode ?? ((value) => value as Wire),
    decode: (wire, _from, path) => {
      const value = spec.decode(wire);
      if (value === undefined) throw mismatch(path, spec.type, wire);
      return value;
    },
    visit: () => {},
    sample: spec.sample,
  });
}

function integer(type: string, min: number, max: number) {
  return scalar<number>({
    type,
    decode: (wire) => {
      const n = typeof wire === 'bigint' ? Number(wire) : wire;
      return typeof n === 'number' && Number.isInteger(n) && n >= min && n <= max && !Object.is(n, -0) ? n : undefined;
    },
    sample: (rng) => [min, max, Math.min(max, min + 1)][rng.below(4)] ?? Math.min(max, Math.max(min, rng.below(2 ** 31))),
  });
}

export const u8 = integer('u8', 0, 0xff);
export const u16 = integer('u16', 0, 0xffff);
export const u32 = integer('u32', 0, 0xffff_ffff);
export const i32 = integer('i32', -0x8000_0000, 0x7fff_ffff);
/** An exact count, such as instructions or nanoseconds: 0 .. 2^53 - 1. */
export const count = integer('count', 0, Number.MAX_SAFE_INTEGER);
/** A signed exact count: -(2^53 - 1) .. 2^53 - 1. */
export const integer53 = integer('integer', -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** A 64-bit field as bigint; not for hot paths. */
export const u64 = scalar<bigint>({
  type: 'u64',
  decode: (wire) => {
    const n = typeof wire === 'number' && Number.isSafeInteger(wire) ? BigInt(wire) : wire;
    return typeof n === 'bigint' && n >= 0n && n < 1n << 64n ? n : undefined;
  },
  // Small values travel as plain msgpack integers, so that equal values have one encoding.
  encode: (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value),
  sample: (rng) => [0n, (1n << 64n) - 1n, 1n][rng.below(4)] ?? (BigInt(rng.below(2 ** 31)) << 31n) | BigInt(rng.below(2 ** 31)),
});

export const bool = scalar<boolean>({
  type: 'bool',
  decode: (wire) => (typeof wire === 'boolean' ? wire : undefined),
  sample: (rng) => rng.below(2) === 1,
});

export const str = scalar<string>({
  type: 'str',
  decode: (wire) => (typeof wire === 'string' ? wire : undefined),
  sample: (rng) => 'x'.repeat(rng.below(40)),
});

export const bytes = scalar<Uint8Array>({
  type: 'bytes',
  decode: (wire) => (wire instanceof Uint8Array ? Uint8Array.from(wire) : undefined),
  sample: (rng) => Uint8Array.from({ length: rng.below(40) }, () => rng.below(256)),
});

/** Bytes of exactly `length`. */
export function fixedBytes(length: number) {
  return scalar<Uint8Array>({
    type: `bytes[${length}]`,
    decode: (wire) => (wire instanceof Uint8Array && wire.length === length ? Uint8Array.from(wire) : undefined),
    sample: (rng) => Uint8Array.from({ length }, () => rng.below(256)),
  });
}

/** One of a few names. */
export function oneOf<const N extends readonly string[]>(...names: N) {
  return scalar<N[number]>({
    type: `oneOf(${names.join('|')})`,
    decode: (wire) => (typeof wire === 'string' && names.includes(wire) ? wire : undefined),
    sample: (rng) => names[rng.below(names.length)] ?? names[0]!,
  });
}

// T is not constrained to KObject: two kinds that refer to each other would then be circular for the compiler.
function reference<T>(type: string, kind: string, doc: string, optional: boolean, weak: boolean, since: number): Field<T, boolean> {
  return {
    type,
    doc,
    since,
    show: 'decimal',
    transient: false,
    hasInitial: optional,
    initial: () => {
      if (!optional) throw new TypeError(`no initial value: ${doc}`);
      return null as T;
    },
    encode: (value, to) => (value === null ? null : to.idOf(value as KObject)),
    decode: (wire, from, path) => {
      if (wire === null && optional) return null as T;
      if (typeof wire !== 'number' || !Number.isInteger(wire) || wire < 0) throw mismatch(path, type, wire);
      return from.objectOf(wire, kind, path) as T; // checked to be of `kind`
    },
    visit: (value, visitor) => {
      if (value !== null) visitor(value as KObject, weak);
    },
    sample: () => null as T,
  };
}

/** A counted reference: the field's owner holds one `refs` of the object. `kind` may be an abstract kind, such as `file`. */
export function ref<T>(kind: string, doc: string, options?: { since?: number }): Field<T, false> {
  return reference<T>(`ref(${kind})`, kind, doc, false, false, options?.since ?? 1) as Field<T, false>;
}

/** A counted reference, or null (the initial value). */
export function optRef<T>(kind: string, doc: string, options?: { since?: number }): Field<T | null, true> {
  return reference<T | null>(`ref(${kind})?`, kind, doc, true, false, options?.since ?? 1) as Field<T | null, true>;
}

/** A reference that is not counted, such as a child's link to its parent, or null (the initial value). */
export function weak<T>(kind: string, doc: string, options?: { since?: number }): Field<T | null, true> {
  return reference<T | null>(`weak(${kind})?`, kind, doc, true, true, options?.since ?? 1) as Field<T | null, true>;
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
    initial,
    encode: () => null,
    decode: initial,
    visit: () => {},
    sample: initial,
  };
}

/** An ordered list; initially empty. */
export function list<T>(of: Field<T>, doc: string, options?: { since?: number }): Field<T[], true> {
  return {
    type: `list(${of.type})`,
    doc,
    since: options?.since ?? 1,
    show: of.show,
    transient: false,
    hasInitial: true,
    initial: () => [],
    encode: (value, to) => value.map((item) => of.encode(item, to)),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire)) throw mismatch(path, `list(${of.type})`, wire);
      return wire.map((item, i) => of.decode(item, from, `${path}[${i}]`));
    },
    visit: (value, visitor) => {
      for (const item of value) of.visit(item, visitor);
    },
    sample: (rng) => (of.type.includes('ref(') ? [] : Array.from({ length: rng.below(4) }, () => of.sample(rng))),
  };
}

/** A map in insertion order, which is part of its state; initially empty. Keys are numbers or strings. */
export function map<K extends number | string, V>(key: Field<K>, value: Field<V>, doc: string, options?: { since?: number }): Field<Map<K, V>, true> {
  const type = `map(${key.type},${value.type})`;
  return {
    type,
    doc,
    since: options?.since ?? 1,
    show: value.show,
    transient: false,
    hasInitial: true,
    initial: () => new Map(),
    encode: (entries, to) => Array.from(entries, ([k, v]) => [key.encode(k, to), value.encode(v, to)]),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire)) throw mismatch(path, type, wire);
      const result = new Map<K, V>();
      for (const [i, pair] of wire.entries()) {
        if (!Array.isArray(pair) || pair.length !== 2) throw mismatch(`${path}[${i}]`, 'a pair', pair);
        const k = key.decode(pair[0]!, from, `${path}[${i}].key`);
        if (result.has(k)) throw new ImageError('EDUPKEY', `${path}[${i}]`, `key ${k} stands twice`);
        result.set(k, value.decode(pair[1]!, from, `${path}[${k}]`));
      }
      return result;
    },
    visit: (entries, visitor) => {
      for (const v of entries.values()) value.visit(v, visitor);
    },
    sample: () => new Map(),
  };
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;
export type Values<F extends FieldTable> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

type AllInitial<F extends FieldTable> = { [K in keyof F]: F[K] extends { readonly hasInitial: true } ? never : K }[keyof F] extends never ? true : false;

/** A record inside its owner (a vma, the registers); nullable with {@link optional}. */
export function struct<const F extends FieldTable>(fields: F, doc: string, options?: { since?: number }): Field<Values<F>, AllInitial<F>> {
  const names = Object.keys(fields);
  const type = `struct(${names.map((n) => `${n}:${fields[n]!.type}`).join(',')})`;
  return {
    type,
    doc,
    since: options?.since ?? 1,
    show: 'decimal',
    transient: false,
    hasInitial: Object.values(fields).every((f) => f.hasInitial) as AllInitial<F>,
    initial: () => initialValues(fields),
    encode: (value, to) => names.map((n) => fields[n]!.encode((value as Record<string, unknown>)[n], to)),
    decode: (wire, from, path) => {
      if (!Array.isArray(wire) || wire.length !== names.length) throw mismatch(path, `${names.length} fields`, wire);
      const result: Record<string, unknown> = {};
      for (const [i, n] of names.entries()) result[n] = fields[n]!.decode(wire[i]!, from, `${path}.${n}`);
      return result as Values<F>;
    },
    visit: (value, visitor) => {
      for (const n of names) fields[n]!.visit((value as Record<string, unknown>)[n], visitor);
    },
    sample: (rng) => Object.fromEntries(names.map((n) => [n, fields[n]!.sample(rng)])) as Values<F>,
  };
}

function initialValues<F extends FieldTable>(fields: F): Values<F> {
  return Object.fromEntries(Object.entries(fields).map(([n, f]) => [n, f.initial()])) as Values<F>;
}

/** The field, or null (the initial value). */
export function optional<T>(of: Field<T>): Field<T | null, true> {
  return {
    ...of,
    type: `${of.type}?`,
    hasInitial: true,
    initial: () => null,
    encode: (value, to) => (value === null ? null : of.encode(value, to)),
    decode: (wire, from, path) => (wire === null ? null : of.decode(wire, from, path)),
    visit: (value, visitor) => {
      if (value !== null) of.visit(value, visitor);
    },
    sample: (rng) => (rng.below(2) === 0 ? null : of.sample(rng)),
  };
}
