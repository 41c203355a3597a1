/**
 * kobject: what the kernel shares and an image holds. A kind is declared once, as
 * `class Pipe extends kobject('pipe', 1, { data: bytes('unread bytes') }) { ... }`; the checkpoint core knows kinds only
 * through these tables. Objects carry an explicit reference count, as in Linux, since lifetimes are semantics.
 */
import type { Kernel } from '../kernel.ts';
import { assert } from './errors.ts';
import type { FieldTable, RefVisitor, Values } from './fields.ts';

export class KObject {
  static readonly kind: string = '';
  static readonly version: number = 1;
  static readonly fields: FieldTable = {};

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

  /** Why this object cannot be dumped now, or null. The reason names the option that would allow it. */
  refusal(): string | null {
    return null;
  }
}

type RequiredKeys<F extends FieldTable> = { [K in keyof F]: F[K] extends { readonly hasInitial: true } ? never : K }[keyof F];
/** What a constructor must be given (fields without an initial value) and may be given (the others). */
export type Init<F extends FieldTable> = Pick<Values<F>, RequiredKeys<F>> & Partial<Values<F>>;

export interface KindClass {
  readonly kind: string;
  readonly version: number;
  readonly fields: FieldTable;
  readonly prototype: KObject;
}
type Statics<F extends FieldTable> = { readonly kind: string; readonly version: number; readonly fields: F };
type KindOf<F extends FieldTable, B> = (new (init: Init<F>) => B & Values<F>) & Statics<F>;

function build(kind: string, version: number, fields: FieldTable, base: typeof KObject): unknown {
  const all: FieldTable = { ...base.fields, ...fields };
  const own = Object.entries(fields);
  return class extends (base as new (init: object) => KObject) {
    static readonly kind = kind;
    static readonly version = version;
    static readonly fields = all;

    constructor(init: Record<string, unknown>) {
      super(init);
      const self = this as unknown as Record<string, unknown>;
      for (const [name, field] of own) {
        const given = init[name];
        const value = given === undefined ? field.initial() : given;
        self[name] = value;
        // The new object holds what its counted fields refer to.
        field.visit(value, (object, weak) => {
          if (!weak) object.refs++;
        });
      }
    }
  };
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

/** Visits every reference in the object's fields, in field order. */
export function visitRefs(object: KObject, visitor: RefVisitor): void {
  const values = object as unknown as Record<string, unknown>;
  for (const [name, field] of Object.entries(object.fields)) field.visit(values[name], visitor);
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
  visitRefs(object, (target, isWeak) => {
    if (!isWeak) put(target);
  });
}
