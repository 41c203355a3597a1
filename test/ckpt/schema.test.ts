import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { savedFields } from '../../src/ckpt/kinds.ts';
import { parseType } from '../../src/ckpt/types.ts';
import { kinds } from '../../src/kernel/kinds.ts';
import type { Field } from '../../src/kernel/kobject/field.ts';
import { shellOf } from '../../src/kernel/kobject/kobject.ts';
import { withTables } from '../tools/format-reference.ts';
import { currentLock, declarations, type Lock, type LockedKind, violations } from '../tools/schema.ts';

const lock: Lock = JSON.parse(readFileSync(new URL('schema.lock.json', import.meta.url), 'utf8'));

describe('the schema lock', () => {
  test('agrees with the declarations (npm run schema-lock; a published table needs a higher version first)', () => {
    const now = currentLock(lock);
    expect(violations(lock, now)).toEqual([]);
    expect(now).toEqual(lock);
  });

  const table = (fields: Record<string, string>, version = 1, released = 1): Lock => {
    const kind: LockedKind = { base: '', version, released, fields };
    return { format: 1, records: {}, kinds: { pipe: kind } };
  };
  test('refuses a published table that changed under the same version', () => {
    const old = table({ a: 'u32', b: 'u32' });
    const same = 'the fields of kind pipe have changed: raise its version above 1';
    expect(violations(old, table({ a: 'u32', b: 'u32', c: 'u8' }))).toEqual([same]);
    expect(violations(old, table({ a: 'u64', b: 'u32' }))).toEqual([same]);
    expect(violations(old, table({ b: 'u32', a: 'u32' }))).toEqual([same]);
    expect(violations(old, { ...old, kinds: {} })).toEqual(['kind pipe is gone, but images of version 1 have it']);
    expect(violations(old, { ...old, records: { 'stats/STAT': 'u8' } })).toEqual([
      'the records of an image have changed: raise FORMAT_VERSION above 1',
    ]);
  });
  test('lets a table change under a higher version, or before any release has it', () => {
    expect(violations(table({ a: 'u32' }), table({ a: 'u32', c: 'u8 since 2' }, 2))).toEqual([]);
    expect(violations(table({ a: 'u32' }, 1, 0), table({ a: 'u64' }))).toEqual([]);
  });
});

test('the format reference is that of the declarations (npm run schema-lock)', () => {
  const text = readFileSync(new URL('../../docs/image-format.md', import.meta.url), 'utf8');
  expect(withTables(text)).toBe(text);
});

describe('every declaration', () => {
  const each = function* (name: string, field: Field<unknown>): Generator<[string, Field<unknown>]> {
    yield [name, field];
    const { shape } = field;
    if (shape.form === 'list' || shape.form === 'optional') yield* each(`${name}[]`, shape.of);
    if (shape.form === 'map') yield* each(`${name}[]`, shape.value);
    if (shape.form === 'struct') for (const [n, f] of Object.entries(shape.fields)) yield* each(`${name}.${n}`, f);
  };
  test('says what each field is for, and came in no later than now', () => {
    for (const [kind, { version, fields }] of declarations()) {
      for (const [name, field] of Object.entries(fields)) {
        for (const [path, part] of each(`${kind}.${name}`, field)) {
          if (part.shape.form === 'scalar') expect(part.doc.length, `${path} has no description`).toBeGreaterThan(0);
          expect(part.since, `${path} is from the future`).toBeLessThanOrEqual(version);
          if (part.since > 1) expect(part.hasInitial, `${path} is new and has no initial value`).toBe(true);
        }
        if (field.transient)
          expect(field.doc.length, `${kind}.${name} does not say why it is not saved`).toBeGreaterThan(8);
      }
    }
  });

  test('refers to kinds that exist, and has types that a reader of images knows', () => {
    const names = new Set(declarations().keys());
    for (const [kind, { fields }] of declarations()) {
      for (const [name, field] of Object.entries(fields)) {
        if (!field.transient) parseType(field.type, `${kind}.${name}`);
        for (const [path, { shape }] of each(`${kind}.${name}`, field)) {
          if (shape.form === 'ref') expect(names.has(shape.kind), `${path} refers to ${shape.kind}`).toBe(true);
        }
      }
    }
  });

  test('can be built empty for restore, with its fields and no others', () => {
    for (const kind of kinds.classes) {
      const shell = shellOf(kind);
      expect(Object.keys(shell), kind.kind).toEqual(['refs', ...Object.keys(kind.fields)]);
      expect(shell.kind).toBe(kind.kind);
      expect(savedFields(kind).length).toBeLessThanOrEqual(Object.keys(kind.fields).length);
    }
  });
});
