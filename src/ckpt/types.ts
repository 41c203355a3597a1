/** Field types as an image spells them, such as `list(struct(fd:u32,file:ref(file)))`: parsed, so that a reader needs no code of the kind. */
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Field, Show } from '../kernel/kobject/field.ts';

export type TypeNode =
  | { readonly form: 'scalar'; readonly name: string; readonly show?: Show }
  | { readonly form: 'ref'; readonly kind: string; readonly weak: boolean }
  | { readonly form: 'list'; readonly of: TypeNode }
  | { readonly form: 'map'; readonly key: TypeNode; readonly value: TypeNode }
  | { readonly form: 'struct'; readonly fields: readonly (readonly [string, TypeNode])[] }
  | { readonly form: 'optional'; readonly of: TypeNode }
  | { readonly form: 'transient' };

const MAX_DEPTH = 16;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SCALARS: ReadonlySet<string> = new Set([
  ...['u8', 'u16', 'u32', 'i32', 'u64', 'count', 'integer'],
  ...['bool', 'str', 'bytes', 'oneOf', 'transient'],
]);

class Parser {
  readonly #text: string;
  readonly #path: string;
  #at = 0;

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  whole(): TypeNode {
    const node = this.type(0);
    if (this.#at !== this.#text.length) throw this.#error();
    return node;
  }

  type(depth: number): TypeNode {
    if (depth > MAX_DEPTH) throw this.#error();
    let node = this.#base(this.#word(), depth);
    while (this.#skip('?')) node = { form: 'optional', of: node };
    return node;
  }

  #base(word: string, depth: number): TypeNode {
    if (word === 'list') return this.#parens(() => ({ form: 'list', of: this.type(depth + 1) }));
    if (word === 'struct') return this.#parens(() => ({ form: 'struct', fields: this.#fields(depth + 1) }));
    if (word === 'ref' || word === 'weak') {
      return this.#parens(() => ({ form: 'ref', kind: this.#word(), weak: word === 'weak' }));
    }
    if (word === 'map') {
      return this.#parens(() => {
        const key = this.type(depth + 1);
        this.#expect(',');
        return { form: 'map', key, value: this.type(depth + 1) };
      });
    }
    if (!SCALARS.has(word)) throw this.#error();
    if (word === 'transient') return { form: 'transient' };
    return { form: 'scalar', name: word + this.#until(word === 'bytes' ? ']' : word === 'oneOf' ? ')' : '') };
  }

  /** What follows a scalar's name, as in `bytes[512]` and `oneOf(a|b)`. */
  #until(close: string): string {
    const opens = this.#text[this.#at] === (close === ']' ? '[' : '(');
    if (close === '' || !opens) return '';
    const end = this.#text.indexOf(close, this.#at);
    if (end < 0) throw this.#error();
    const suffix = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return suffix;
  }

  #fields(depth: number): [string, TypeNode][] {
    const fields: [string, TypeNode][] = [];
    do {
      const name = this.#word();
      this.#expect(':');
      fields.push([name, this.type(depth)]);
    } while (this.#skip(','));
    return fields;
  }

  #parens<T>(inside: () => T): T {
    this.#expect('(');
    const result = inside();
    this.#expect(')');
    return result;
  }

  #word(): string {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) throw this.#error();
    this.#at += word.length;
    return word;
  }

  #skip(char: string): boolean {
    const there = this.#text[this.#at] === char;
    if (there) this.#at++;
    return there;
  }

  #expect(char: string): void {
    if (!this.#skip(char)) throw this.#error();
  }

  #error(): ImageError {
    const text = this.#text.length > 80 ? `${this.#text.slice(0, 80)}...` : this.#text;
    return new ImageError('EBADTYPE', this.#path, `${JSON.stringify(text)} is no field type (at ${this.#at})`);
  }
}

/** Throws ImageError EBADTYPE. */
export function parseType(text: string, path: string): TypeNode {
  return new Parser(text, path).whole();
}

/** The node with the display hints of a field that has the same type. */
export function withHints(node: TypeNode, field: Field<unknown>): TypeNode {
  const shape = field.shape;
  if (node.form === 'scalar') return { ...node, show: field.show };
  if (node.form === 'list' && shape.form === 'list') return { ...node, of: withHints(node.of, shape.of) };
  if (node.form === 'optional' && shape.form === 'optional') return { ...node, of: withHints(node.of, shape.of) };
  if (node.form === 'map' && shape.form === 'map') {
    return { ...node, key: withHints(node.key, shape.key), value: withHints(node.value, shape.value) };
  }
  if (node.form === 'struct' && shape.form === 'struct') {
    return { ...node, fields: node.fields.map(([name, of]) => [name, withHints(of, shape.fields[name]!)]) };
  }
  return node;
}
