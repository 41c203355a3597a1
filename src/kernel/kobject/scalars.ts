/** Fields that hold no other field: integers, flags, strings, bytes. */
import { type Field, mismatch, type Rng, type Show, type Wire } from './field.ts';

export interface Options<T> {
  readonly initial?: T;
  readonly since?: number;
  readonly show?: Show;
}
type WithInitial<O> = O extends { initial: unknown } ? true : false;

interface ScalarSpec<T> {
  readonly type: string;
  readonly sample: (rng: Rng) => T;
  readonly encode?: (value: T) => Wire;
  /** undefined when the wire value is not legal. */
  readonly decode: (wire: Wire) => T | undefined;
  /** A copy, for values that can be changed in place. */
  readonly copy?: (value: T) => T;
}

function scalar<T>(spec: ScalarSpec<T>) {
  return <const O extends Options<T> = Record<never, never>>(doc: string, options?: O): Field<T, WithInitial<O>> => ({
    type: spec.type,
    doc,
    since: options?.since ?? 1,
    show: options?.show ?? 'decimal',
    transient: false,
    hasInitial: (options?.initial !== undefined) as WithInitial<O>,
    shape: { form: 'scalar' },
    links: false,
    initial: () => {
      if (options?.initial === undefined) throw new TypeError(`no initial value: ${doc}`);
      return spec.copy === undefined ? options.initial : spec.copy(options.initial);
    },
    encode: spec.encode ?? ((value) => value as Wire), // T is a wire type itself where no encoder is given
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
    encode: (value) => {
      if (typeof value !== 'number') throw new TypeError(`a ${type} field holds a ${typeof value}`);
      return value;
    },
    decode: (wire) => {
      const n = typeof wire === 'bigint' ? Number(wire) : wire;
      return typeof n === 'number' && Number.isInteger(n) && n >= min && n <= max && !Object.is(n, -0) ? n : undefined;
    },
    sample: (rng) =>
      [min, max, Math.min(max, min + 1)][rng.below(4)] ?? Math.min(max, Math.max(min, rng.below(2 ** 31))),
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

const U64_LIMIT = 1n << 64n;

/** A 64-bit field as bigint; not for hot paths. */
export const u64 = scalar<bigint>({
  type: 'u64',
  decode: (wire) => {
    const n = typeof wire === 'number' && Number.isSafeInteger(wire) && !Object.is(wire, -0) ? BigInt(wire) : wire;
    return typeof n === 'bigint' && n >= 0n && n < U64_LIMIT ? n : undefined;
  },
  // Small values travel as plain msgpack integers, so that equal values have one encoding.
  encode: (value) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value),
  sample: (rng) =>
    [0n, U64_LIMIT - 1n, 1n][rng.below(4)] ?? (BigInt(rng.below(2 ** 31)) << 31n) | BigInt(rng.below(2 ** 31)),
});

export const bool = scalar<boolean>({
  type: 'bool',
  decode: (wire) => (typeof wire === 'boolean' ? wire : undefined),
  sample: (rng) => rng.below(2) === 1,
});

const BYTE_STRING = /^[\0-\xff]*$/;

/** A byte string: one char, 0..255, for each byte (see bytes.ts). */
export const str = scalar<string>({
  type: 'str',
  decode: (wire) => (typeof wire === 'string' && BYTE_STRING.test(wire) ? wire : undefined),
  sample: (rng) => String.fromCharCode(...Array.from({ length: rng.below(40) }, () => rng.below(256))),
});

export const bytes = scalar<Uint8Array>({
  type: 'bytes',
  decode: (wire) => (wire instanceof Uint8Array ? Uint8Array.from(wire) : undefined),
  sample: (rng) => Uint8Array.from({ length: rng.below(40) }, () => rng.below(256)),
  copy: (value) => Uint8Array.from(value),
});

/** Bytes of exactly `length`. */
export function fixedBytes(length: number) {
  return scalar<Uint8Array>({
    type: `bytes[${length}]`,
    decode: (wire) => (wire instanceof Uint8Array && wire.length === length ? Uint8Array.from(wire) : undefined),
    sample: (rng) => Uint8Array.from({ length }, () => rng.below(256)),
    copy: (value) => Uint8Array.from(value),
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
