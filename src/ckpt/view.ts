/** Objects of an image as named values, by the types that the image itself states: no kind's code is needed. */

import { ImageError } from '../kernel/kobject/errors.ts';
import { mismatch, type Wire } from '../kernel/kobject/field.ts';
import type { KindRegistry } from '../kernel/kobject/registry.ts';
import type { Image } from './image.ts';
import type { ImageKind } from './kinds.ts';
import type { ImageObject } from './objects.ts';
import { parseType, type TypeNode, withHints } from './types.ts';

/** A reference to object number `id`. */
export interface RefView {
  readonly ref: number;
}
export type View =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | RefView
  | StructView
  | MapView
  | readonly View[];
export interface StructView {
  readonly struct: Readonly<Record<string, View>>;
}
export interface MapView {
  readonly map: readonly (readonly [View, View])[];
}

/** A kind's fields with parsed types. */
export type KindTypes = ReadonlyMap<string, TypeNode>;

/** The types of every kind; with a registry, fields that are the same there bring their display hints along. */
export function typesOf(kinds: readonly ImageKind[], registry?: KindRegistry): ReadonlyMap<ImageKind, KindTypes> {
  return new Map(kinds.map((kind) => [kind, kindTypes(kind, registry)]));
}

function kindTypes(kind: ImageKind, registry: KindRegistry | undefined): KindTypes {
  const types = new Map<string, TypeNode>();
  const known = registry?.get(kind.name);
  for (const { name, type, show } of kind.fields) {
    const node = parseType(type, `kinds.${kind.name}.${name}`);
    const field = known !== undefined && Object.hasOwn(known.fields, name) ? known.fields[name] : undefined;
    const hinted = field?.type === type ? withHints(node, field) : node;
    types.set(name, hinted.form === 'scalar' ? { ...hinted, show } : hinted);
  }
  return types;
}

/** An object's fields by name. Throws ImageError when a value has not the form that its type states. */
export function viewObject(image: Image, object: ImageObject, types: KindTypes): StructView {
  const struct: Record<string, View> = Object.create(null); // names come from the image
  let i = 0;
  for (const [name, node] of types) struct[name] = view(image, node, object.values[i++]!, `${object.path}.${name}`);
  return { struct };
}

function view(image: Image, node: TypeNode, wire: Wire, path: string): View {
  switch (node.form) {
    case 'transient':
      return null;
    case 'optional':
      return wire === null ? null : view(image, node.of, wire, path);
    case 'ref':
      return viewRef(image, wire, path);
    case 'list':
      return array(wire, path).map((item, i) => view(image, node.of, item, `${path}[${i}]`));
    case 'map':
      return { map: array(wire, path).map((pair, i) => viewPair(image, node, pair, `${path}[${i}]`)) };
    case 'struct':
      return viewStruct(image, node, array(wire, path), path);
    case 'scalar':
      if (Array.isArray(wire)) throw mismatch(path, node.name, wire);
      return wire;
  }
}

function array(wire: Wire, path: string): Wire[] {
  if (!Array.isArray(wire)) throw mismatch(path, 'a list', wire);
  return wire;
}

function viewRef(image: Image, wire: Wire, path: string): View {
  if (wire === null) return null;
  if (typeof wire !== 'number' || image.objects[wire] === undefined) {
    throw new ImageError('ENOOBJECT', path, `refers to no object of ${image.objects.length}`);
  }
  return { ref: wire };
}

function viewPair(image: Image, node: TypeNode & { form: 'map' }, wire: Wire, path: string): [View, View] {
  const pair = array(wire, path);
  if (pair.length !== 2) throw mismatch(path, 'a pair', wire);
  return [view(image, node.key, pair[0]!, path), view(image, node.value, pair[1]!, path)];
}

function viewStruct(image: Image, node: TypeNode & { form: 'struct' }, wires: Wire[], path: string): StructView {
  if (wires.length !== node.fields.length) throw mismatch(path, `${node.fields.length} fields`, wires);
  const struct: Record<string, View> = Object.create(null);
  for (const [i, [name, of]] of node.fields.entries()) struct[name] = view(image, of, wires[i]!, `${path}.${name}`);
  return { struct };
}

/** Not an array: that has a `map` of its own. */
function isRecord(value: View | undefined): value is RefView | StructView | MapView {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

export function isRef(value: View | undefined): value is RefView {
  return isRecord(value) && 'ref' in value;
}
export function isStruct(value: View | undefined): value is StructView {
  return isRecord(value) && 'struct' in value;
}
export function isMap(value: View | undefined): value is MapView {
  return isRecord(value) && 'map' in value;
}
