/**
 * kobject: what the kernel shares and an image holds. A kind is declared once, as
 * `class Pipe extends kobject('pipe', 1, { data: bytes('unread bytes') }) { ... }`; the checkpoint core knows kinds only
 * through these tables. Objects carry an explicit reference count, as in Linux, since lifetimes are semantics.
 */
import type { Kernel } from '../kernel.ts';
import { assert } from './errors.ts';
import type { Field, FieldTable, RefVisitor, Values, Wire } from './field.ts';

/** Why an object cannot be dumped. */
export interface Refusal {
  /** Stable code, listed in docs/errors.md. */
  readonly code: string;
  readonly reason: string;
  /** The option that would allow it, if there is one. */
  readonly option?: string;
}

/** One declaration in a kind's ancestry: the fields that it added, and the version they are counted in. */
export interface Ancestor {
  readonly kind: string;
  readonly version: number;
  readonly fields: FieldTable;
}

/**
 * Changes the wire values of an image of version `from`, by field name, before they are read: for what `since` and an
 * initial value cannot say. Names must stay those of the image.
 */
export type Upgrade = (values: Map<string, Wire>, from: number) => void;

export class KObject {
  static readonly kind: string = '';
  static readonly version: number = 1;
  /** All fields, those of the base kinds first. */
  static readonly fields: FieldTable = {};
  /** The declarations that make up the kind, the base first, the kind itself last. */
  static readonly lineage: readonly Ancestor[] = [];
  /** The fields that may hold references. */
  static readonly links: readonly (readonly [string, Field<unknown>])[] = [];

  /** A kind that must change older images' values declares `static override readonly upgrade: Upgrade = ...`. */
  static readonly upgrade: Upgrade | undefined = undefined;

  /** Counted references held by other objects' fields (and by the kernel for its root). */
  refs = 0;

  get kind(): string {
    return (this.constructor as typeof KObject).kind;
  }

  get fields(): FieldTable {
    return (this.constructor as typeof KObject).fields;
  }

  /** Called when the last reference is gone, before the references that this object holds are dropped. */
  released(): void {}

  /** Rebuilds the object's own transients after all saved fields of all objects are in place; order among objects is not defined. */
  afterLoad(_kernel: Kernel): void {}

  /** Asserts the object's invariants; run by the audit after every scenario and by restore before anything runs. */
  check(): void {}

  /** Why this object cannot be dumped now, or null. */
  refusal(): Refusal | null {
    return null;
  }
}

type RequiredKeys<F extends FieldTable> = {
  [K in keyof F]: F[K] extends { readonly hasInitial: true } ? never : K;
}[keyof F];
/** What a constructor must be given (fields without an initial value) and may be given (the others). */
export type Init<F extends FieldTable> = Pick<Values<F>, RequiredKeys<F>> & Partial<Values<F>>;

/** A kind's class, as registries list it. */
export interface KindClass {
  readonly kind: string;
  readonly version: number;
  readonly fields: FieldTable;
  readonly lineage: readonly Ancestor[];
  readonly links: readonly (readonly [string, Field<unknown>])[];
  readonly upgrade?: Upgrade | undefined;
  readonly prototype: KObject;
}
type Statics<F extends FieldTable> = {
  readonly kind: string;
  readonly version: number;
  readonly fields: F;
  readonly lineage: readonly Ancestor[];
  readonly links: readonly (readonly [string, Field<unknown>])[];
  readonly upgrade: Upgrade | undefined;
};
type KindOf<F extends FieldTable, B> = (new (init: Init<F>) => B & Values<F>) & Statics<F>;

/** Given to a constructor in place of initial values: every field stays undefined until restore fills it. */
const SHELL: Record<string, unknown> = {};

function build(kind: string, version: number, fields: FieldTable, base: typeof KObject): unknown {
  const all: FieldTable = { ...base.fields, ...fields };
  const own = Object.entries(fields);
  assert(
    Object.keys(all).length === Object.keys(base.fields).length + own.length,
    `${kind} declares a field of its base kind again`,
  );
  return class extends (base as new (init: object) => KObject) {
    static readonly kind = kind;
    static readonly version = version;
    static readonly fields = all;
    static readonly lineage = [...base.lineage, { kind, version, fields }];
    static readonly links = Object.entries(all).filter(([, field]) => field.links);

    constructor(init: Record<string, unknown>) {
      super(init);
      const self = this as unknown as Record<string, unknown>; // its fields, by name
      for (const [name, field] of own) {
        if (init === SHELL) {
          self[name] = undefined;
          continue;
        }
        const given = init[name];
        const value = given === undefined ? field.initial() : given;
        self[name] = value;
        // The new object holds what its counted fields refer to.
        if (field.links) field.visit(value, countReference);
      }
    }
  };
}

function countReference(object: KObject, weak: boolean): void {
  if (!weak) object.refs++;
}

/** An instance of `kind` with its fields undefined, for restore to fill. */
export function shellOf(kind: KindClass): KObject {
  return new (kind as unknown as new (init: object) => KObject)(SHELL); // every class that build() makes takes one
}

/** Declares a kind of kernel object. Raise `version` with every change of `fields`; new fields name it in `since`. */
export function kobject<const F extends FieldTable>(kind: string, version: number, fields: F): KindOf<F, KObject> {
  return build(kind, version, fields, KObject) as KindOf<F, KObject>;
}

interface Base<B extends KObject, BF extends FieldTable> extends Statics<BF> {
  readonly prototype: B;
}
/** Declares a kind that adds `fields` to those of `base`, such as an fd type to `file`. */
export function derived<B extends KObject, BF extends FieldTable, const F extends FieldTable>(
  base: Base<B, BF>,
  kind: string,
  version: number,
  fields: F,
): KindOf<BF & F, B> {
  return build(kind, version, fields, base as unknown as typeof KObject) as KindOf<BF & F, B>;
}

/** The class of an object, with its tables. */
export function kindOf(object: KObject): KindClass {
  return object.constructor as typeof KObject;
}

/** Visits every reference in the object's fields, in field order. `withPaths`: tell where each stands, such as `fds[4].file`. */
export function visitRefs(object: KObject, visitor: RefVisitor, withPaths = false): void {
  const values = object as unknown as Record<string, unknown>; // its fields, by name
  for (const [name, field] of kindOf(object).links) field.visit(values[name], visitor, withPaths ? name : undefined);
}

/** Takes a reference: `this.inode = get(inode)`. */
export function get<T extends KObject>(object: T): T {
  object.refs++;
  return object;
}

/** Drops a reference; with the last one the object is released, and drops what its own fields hold. */
export function put(object: KObject): void {
  assert(object.refs > 0, `${object.kind}: put without a reference`);
  if (--object.refs > 0) return;
  object.released();
  visitRefs(object, putReference);
}

function putReference(object: KObject, weak: boolean): void {
  if (!weak) put(object);
}
