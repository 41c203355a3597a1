/** The tables of docs/image-format.md, from the declarations. */
import type { Field } from '../../src/kernel/kobject/field.ts';
import { declarations, RECORDS } from './schema.ts';

const START = '<!-- tables: written by npm run schema-lock -->';
const END = '<!-- end of tables -->';

/** The document with its tables brought up to date. */
export function withTables(document: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start < 0 || end < start) throw new Error('docs/image-format.md has lost its markers');
  return `${document.slice(0, start)}${START}\n\n${tables()}\n${document.slice(end)}`;
}

function tables(): string {
  const lines: string[] = ['## Records', ''];
  for (const [file, type, field, many] of RECORDS) {
    lines.push(
      `### \`${file}\`: \`${type.trim()}\``,
      '',
      `${sentence(field.doc)}${many ? ' The payload is a list of them.' : ''}`,
      '',
    );
    lines.push(...table(field.shape.form === 'struct' ? field.shape.fields : {}));
  }
  lines.push('## Kinds of objects', '');
  for (const [kind, { base, version, fields }] of declarations()) {
    lines.push(
      `### ${kind}`,
      '',
      `Version ${version}${base === '' ? '' : `; its row begins with the fields of [${base}](#${base})`}.`,
      '',
    );
    lines.push(...table(fields));
  }
  return lines.join('\n');
}

function sentence(doc: string): string {
  return `${doc.charAt(0).toUpperCase()}${doc.slice(1)}.`;
}

/** A row for each field; records inside it follow with dotted names. */
function table(fields: Readonly<Record<string, Field<unknown>>>): string[] {
  const rows = Object.entries(fields).flatMap(([name, field]) => rowsOf(name, field));
  if (rows.length === 0) return ['No fields of its own.', ''];
  return ['| field | type | meaning |', '|---|---|---|', ...rows, ''];
}

function rowsOf(name: string, field: Field<unknown>): string[] {
  const inner = recordIn(field);
  const note = field.transient ? 'not saved: ' : field.since > 1 ? `since version ${field.since}: ` : '';
  const row = `| ${name} | ${cell(brief(field))} | ${note}${cell(field.doc)} |`;
  if (inner === null) return [row];
  return [row, ...Object.entries(inner.fields).flatMap(([n, f]) => rowsOf(`${name}${inner.suffix}.${n}`, f))];
}

interface Inner {
  readonly fields: Readonly<Record<string, Field<unknown>>>;
  readonly suffix: string;
}

/** The record that a field is, or is a list or map of. */
function recordIn({ shape }: Field<unknown>): Inner | null {
  if (shape.form === 'struct') return { fields: shape.fields, suffix: '' };
  if (shape.form === 'optional') return recordIn(shape.of);
  const item = shape.form === 'list' ? recordIn(shape.of) : shape.form === 'map' ? recordIn(shape.value) : null;
  return item && { fields: item.fields, suffix: `[]${item.suffix}` };
}

/** The type, records inside it as `struct`: their fields have rows of their own. */
function brief(field: Field<unknown>): string {
  const { shape } = field;
  if (shape.form === 'struct') return 'struct';
  if (shape.form === 'optional') return `${brief(shape.of)}?`;
  if (shape.form === 'list') return `list(${brief(shape.of)})`;
  if (shape.form === 'map') return `map(${brief(shape.key)}, ${brief(shape.value)})`;
  return field.type;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
