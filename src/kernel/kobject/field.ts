/**
 * What a field is: one declaration gives its TypeScript type, its form in an image, its validation, its default in
 * older images and its documentation. Wire values are what msgpack carries: number, bigint, string, boolean, null,
 * Uint8Array and arrays of these.
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

/**
 * Called for every object that a field refers to; weak references do not count towards its `refs`. `path` is where in
 * the holder the reference stands (`fds[4].file`), if the caller of `visit` gave the field's name, else empty.
 */
export type RefVisitor = (object: KObject, weak: boolean, path: string) => void;

/** A small deterministic generator for random instances in tests. */
export interface Rng {
  /** An integer in [0, n). */
  below(n: number): number;
}

/** How a printer shows a number. */
export type Show = 'decimal' | 'hex' | 'octal' | 'flags';

/** How a field is put together, for printers and for reading older layouts. */
export type Shape =
  | { readonly form: 'scalar' }
  | { readonly form: 'transient' }
  | { readonly form: 'ref'; readonly kind: string; readonly weak: boolean; readonly nullable: boolean }
  | { readonly form: 'list'; readonly of: Field<unknown> }
  | { readonly form: 'map'; readonly key: Field<unknown>; readonly value: Field<unknown> }
  | { readonly form: 'struct'; readonly fields: FieldTable }
  | { readonly form: 'optional'; readonly of: Field<unknown> };

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
  readonly shape: Shape;
  /** Whether a value may hold references; `visit` does nothing when it may not. */
  readonly links: boolean;
  initial(): T;
  encode(value: T, to: Encoder): Wire;
  /** Throws ImageError, naming `path`, when the wire value is not one that this field may hold. */
  decode(wire: Wire, from: Decoder, path: string): T;
  visit(value: T, visitor: RefVisitor, path?: string): void;
  /** A random legal value; references are drawn by the caller, so they come out as null or empty. */
  sample(rng: Rng): T;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;
export type Values<F extends FieldTable> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** The error for a wire value of the wrong type or out of its range. */
export function mismatch(path: string, expected: string, found: Wire | undefined): ImageError {
  return new ImageError('EBADFIELD', path, `expected ${expected}, found ${nameOf(found)}`);
}

function nameOf(wire: Wire | undefined): string {
  if (wire === null || wire === undefined) return 'nothing';
  if (wire instanceof Uint8Array) return `${wire.length} bytes`;
  if (Array.isArray(wire)) return `a list of ${wire.length}`;
  if (typeof wire === 'number' || typeof wire === 'bigint') return `number ${wire}`;
  if (typeof wire === 'string') return `string ${JSON.stringify(wire.slice(0, 40))}`;
  return typeof wire;
}
