/** `cr86 decode`: every object of an image with its field names, as text or JSON. Throws nothing but ImageError. */
import type { KindRegistry } from '../kernel/kobject/registry.ts';
import { type Image, readImage } from './image.ts';
import type { ImageObject } from './objects.ts';
import { showNumber } from './print.ts';
import type { ImageSource } from './store.ts';
import type { TypeNode } from './types.ts';
import { isMap, isRef, isStruct, type StructView, typesOf, type View, viewObject } from './view.ts';

export interface DecodedObject {
  readonly id: number;
  readonly kind: string;
  readonly version: number;
  readonly refs: number;
  /** Values as JSON has them: references as `pipe#12`, bytes in hex, 64-bit numbers in decimal, maps as objects. */
  readonly fields: Readonly<Record<string, Json>>;
}
export type Json = number | string | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Bytes shown in a line of text. */
const SHOWN_BYTES = 32;
/** A value that fits is printed on one line. */
const LINE = 96;

/** Every object, its values as JSON. With `kinds`, numbers inside records are shown as their fields declare. */
export function decodeJson(source: ImageSource, kinds?: KindRegistry): DecodedObject[] {
  const image = readImage(source);
  const types = typesOf(image.kinds, kinds);
  return image.objects.map((object) => ({
    id: object.id,
    kind: object.kind.name,
    version: versionOf(object),
    refs: object.refs,
    fields: jsonStruct(image, viewObject(image, object, types.get(object.kind)!)),
  }));
}

/** Every object as lines of text: `pipe#12 v1 refs 2`, then its fields. */
export function decodeText(source: ImageSource, kinds?: KindRegistry): string {
  const image = readImage(source);
  const types = typesOf(image.kinds, kinds);
  const lines: string[] = [];
  for (const object of image.objects) {
    const nodes = types.get(object.kind)!;
    const { struct } = viewObject(image, object, nodes);
    lines.push(`${object.path} v${versionOf(object)} refs ${object.refs}`);
    for (const [name, value] of Object.entries(struct))
      lines.push(...printField(image, name, value, nodes.get(name)!, '  '));
    lines.push('');
  }
  return lines.join('\n');
}

function versionOf({ kind }: ImageObject): number {
  return kind.lineage[kind.lineage.length - 1]!.version;
}

function json(image: Image, value: View): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return hex(value);
  if (isRef(value)) return image.objects[value.ref]!.path;
  if (isStruct(value)) return jsonStruct(image, value);
  if (isMap(value)) return value.map.map(([k, v]) => [json(image, k), json(image, v)]);
  return (value as readonly View[]).map((item) => json(image, item)); // all other forms are gone
}

function jsonStruct(image: Image, { struct }: StructView): Record<string, Json> {
  return Object.fromEntries(Object.entries(struct).map(([name, value]) => [name, json(image, value)]));
}

function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** `name value`, or the name and the parts of its value on lines of their own. */
function printField(image: Image, name: string, value: View, node: TypeNode, indent: string): string[] {
  const inline = `${indent}${name} ${inlined(image, value, node)}`;
  if (inline.length <= LINE) return [inline];
  const parts = partsOf(value, node);
  if (parts === null) return [inline];
  return [`${indent}${name}`, ...parts.flatMap(([n, v, of]) => printField(image, n, v, of, `${indent}  `))];
}

/** What a value is made of, named: the fields of a record, the items of a list, the entries of a map. */
function partsOf(value: View, node: TypeNode): [string, View, TypeNode][] | null {
  const type = node.form === 'optional' ? node.of : node;
  if (isStruct(value) && type.form === 'struct') return type.fields.map(([n, of]) => [n, value.struct[n]!, of]);
  if (isMap(value) && type.form === 'map') return value.map.map(([k, v]) => [`[${String(k)}]`, v, type.value]);
  if (Array.isArray(value) && type.form === 'list') return value.map((item: View, i) => [`[${i}]`, item, type.of]);
  return null;
}

function inlined(image: Image, value: View, node: TypeNode): string {
  if (value === null) return 'none';
  if (value instanceof Uint8Array) {
    return `<${hex(value.subarray(0, SHOWN_BYTES))}${value.length > SHOWN_BYTES ? '...' : ''}> ${value.length} bytes`;
  }
  if (isRef(value)) return image.objects[value.ref]!.path;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'bigint') return showNumber(value, showOf(node));
  const parts = partsOf(value, node);
  if (parts === null) return String(value);
  const text = parts
    .map(([name, part, of]) => (Array.isArray(value) ? '' : `${name} `) + inlined(image, part, of))
    .join(', ');
  return Array.isArray(value) ? `[${text}]` : `{ ${text} }`;
}

function showOf(node: TypeNode): 'decimal' | 'hex' | 'octal' | 'flags' {
  if (node.form === 'optional') return showOf(node.of);
  return node.form === 'scalar' ? (node.show ?? 'decimal') : 'decimal';
}
