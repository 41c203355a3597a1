/** What images are made of, as the declarations say it now: the schema lock and the format reference come from here. */
import { commitField } from '../../src/ckpt/commit.ts';
import { cpuField, machineField, unitField } from '../../src/ckpt/inventory.ts';
import { kindRow } from '../../src/ckpt/kinds.ts';
import { frameRunField, ownerField } from '../../src/ckpt/pages.ts';
import { FORMAT_VERSION } from '../../src/ckpt/record.ts';
import { entryField, originField, shareField } from '../../src/ckpt/rootfs.ts';
import { statisticsField } from '../../src/ckpt/statistics.ts';
import { kinds } from '../../src/kernel/kinds.ts';
import type { Field } from '../../src/kernel/kobject/field.ts';

/** One declaration, its own fields as `type` or `type since N`. */
export interface LockedKind {
  /** Where its fields follow those of another, or ''. */
  readonly base: string;
  readonly version: number;
  /** The version that a release has published; up to it the fields never change again. */
  readonly released: number;
  readonly fields: Readonly<Record<string, string>>;
}
export interface Lock {
  readonly format: number;
  /** Record types and their fields, versioned by `format`. */
  readonly records: Readonly<Record<string, string>>;
  readonly kinds: Readonly<Record<string, LockedKind>>;
}

/** Records that are no objects: file, record type, declaration, and whether the payload is a list of it. */
export const RECORDS: readonly (readonly [string, string, Field<unknown>, boolean])[] = [
  ['inventory', 'CPU ', cpuField as Field<unknown>, false],
  ['inventory', 'MACH', machineField as Field<unknown>, false],
  ['inventory', 'UNIT', unitField as Field<unknown>, false],
  ['kinds', 'KIND', kindRow as Field<unknown>, false],
  ['rootfs', 'ROOT', originField as Field<unknown>, false],
  ['rootfs', 'TREE', shareField as Field<unknown>, false],
  ['rootfs', 'FILE', entryField as Field<unknown>, false],
  ['pagemap', 'FRAM', frameRunField as Field<unknown>, true],
  ['pagemap', 'MAP ', ownerField as Field<unknown>, false],
  ['stats', 'STAT', statisticsField as Field<unknown>, false],
  ['commit', 'DONE', commitField as Field<unknown>, false],
];

/** Every declaration with the name of the one it is derived from. */
export function declarations(): Map<string, { base: string; version: number; fields: Record<string, Field<unknown>> }> {
  const found = new Map<string, { base: string; version: number; fields: Record<string, Field<unknown>> }>();
  for (const { lineage } of kinds.classes) {
    let base = '';
    for (const { kind, version, fields } of lineage) {
      found.set(kind, { base, version, fields: { ...fields } });
      base = kind;
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The lock that fits the declarations; `released` is taken from the old one. */
export function currentLock(old: Lock | null): Lock {
  const locked: Record<string, LockedKind> = {};
  for (const [kind, { base, version, fields }] of declarations()) {
    const saved = Object.entries(fields).filter(([, field]) => !field.transient);
    locked[kind] = {
      base,
      version,
      released: old?.kinds[kind]?.released ?? 0,
      fields: Object.fromEntries(saved.map(([name, f]) => [name, f.since > 1 ? `${f.type} since ${f.since}` : f.type])),
    };
  }
  const records = RECORDS.map(([file, type, field, many]) => [
    `${file}/${type.trim()}`,
    many ? `list(${field.type})` : field.type,
  ]);
  return { format: FORMAT_VERSION, records: Object.fromEntries(records), kinds: locked };
}

/** What is wrong with the change from the old lock to the new one: published tables changed under the same version. */
export function violations(old: Lock, now: Lock): string[] {
  const wrong: string[] = [];
  for (const [name, kind] of Object.entries(old.kinds)) {
    const other = now.kinds[name];
    if (kind.released === 0) continue;
    if (other === undefined) wrong.push(`kind ${name} is gone, but images of version ${kind.released} have it`);
    else if (other.version < kind.version)
      wrong.push(`kind ${name} went back from version ${kind.version} to ${other.version}`);
    else if (other.version <= kind.released && !sameTable(kind, other)) {
      wrong.push(`the fields of kind ${name} have changed: raise its version above ${kind.released}`);
    }
  }
  const published = Object.values(old.kinds).some((kind) => kind.released > 0);
  if (published && old.format === now.format && JSON.stringify(old.records) !== JSON.stringify(now.records)) {
    wrong.push(`the records of an image have changed: raise FORMAT_VERSION above ${old.format}`);
  }
  return wrong;
}

function sameTable(a: LockedKind, b: LockedKind): boolean {
  return JSON.stringify([a.base, Object.entries(a.fields)]) === JSON.stringify([b.base, Object.entries(b.fields)]);
}
