/** The file `rootfs`: the manifest of the base layer, so that a restore finds the same base or says what differs. */
import { fromLatin1, toByteString } from '../kernel/bytes.ts';
import {
  type BaseEntry,
  type BaseLayer,
  type BaseType,
  isBasePath,
  type ManifestRow,
  type SharedTree,
} from '../kernel/fs/base.ts';
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Values } from '../kernel/kobject/field.ts';
import { count, oneOf, optional, str, struct, u32, u64 } from '../kernel/kobject/fields.ts';
import { only, type RecordWriter, readRecords } from './record.ts';
import { readRow, writeRow } from './row.ts';
import type { ImageSource } from './store.ts';

const TYPES = ['dir', 'file', 'link', 'char', 'block', 'fifo', 'socket'] as const satisfies readonly BaseType[];
/** Files named in one error. */
const NAMED = 8;

const entryFields = {
  path: str('path, from /'),
  type: oneOf(...TYPES)('type'),
  mode: u32('permission bits', { show: 'octal' }),
  uid: u32('owner'),
  gid: u32('group'),
  size: count('bytes of a file or of a link target'),
  mtimeNs: u64('ns since the Epoch'),
  target: optional(str('target of a symbolic link')),
  rdev: optional(u32('number of a device node')),
  digest: str('SHA-256 of a file, hex; empty for everything else'),
};
export const originField = struct({ origin: str('where the base came from') }, 'the base layer');
export const shareField = struct(
  { at: str('path, from /'), origin: str('where what it shows came from') },
  'a tree of another origin in the base layer',
);
export const entryField = struct(entryFields, 'a file of the base layer');
type EntryRow = Values<typeof entryFields>;

export interface Manifest {
  readonly origin: string;
  readonly shares: readonly SharedTree[];
  readonly rows: readonly ManifestRow[];
}

export function writeManifest(writer: RecordWriter, base: BaseLayer): void {
  writer.begin('rootfs');
  writeRow(writer, 'ROOT', originField, { origin: toByteString(base.origin) });
  for (const { at, origin } of base.shares ?? []) {
    writeRow(writer, 'TREE', shareField, { at, origin: toByteString(origin) });
  }
  for (const row of base.manifest()) writeRow(writer, 'FILE', entryField, toRow(row));
}

/** Throws ImageError. */
export function readManifest(source: ImageSource): Manifest {
  const records = readRecords(source, 'rootfs');
  const { origin } = readRow(only(records, 'ROOT', 'rootfs'), originField);
  const shares = records.filter(({ type }) => type === 'TREE').map((record) => readRow(record, shareField));
  const stray = shares.find(({ at }, i) => !isBasePath(at) || shares.findIndex((other) => other.at === at) < i);
  if (stray !== undefined) throw new ImageError('EBADFIELD', 'rootfs.at', `no place for a shared tree: ${stray.at}`);
  const rows = records.filter(({ type }) => type === 'FILE').map((record) => fromRow(readRow(record, entryField)));
  return {
    origin: fromBytes(origin),
    shares: shares.map((share) => ({ at: share.at, origin: fromBytes(share.origin) })),
    rows,
  };
}

function toRow({ path, entry, digest }: ManifestRow): EntryRow {
  const { type, mode, uid, gid, size, mtimeNs, target = null, rdev = null } = entry;
  return { path, type, mode, uid, gid, size, mtimeNs: BigInt.asUintN(64, mtimeNs), target, rdev, digest };
}

function fromRow({ path, digest, target, rdev, mtimeNs, ...rest }: EntryRow): ManifestRow {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const entry: BaseEntry = {
    name,
    ...rest,
    mtimeNs: BigInt.asIntN(64, mtimeNs),
    ...(target === null ? {} : { target }),
    ...(rdev === null ? {} : { rdev }),
  };
  return { path, entry, digest };
}

function fromBytes(text: string): string {
  return new TextDecoder().decode(fromLatin1(text));
}

/** Throws ImageError EROOTFS naming the files in which `base` differs from the manifest. Owners and times may differ. */
export function checkBase(manifest: Manifest, base: BaseLayer): void {
  const wanted = new Map(manifest.rows.map((row) => [row.path, row]));
  const found = new Map(base.manifest().map((row) => [row.path, row]));
  const differences: string[] = [];
  for (const [path, row] of wanted) {
    const other = found.get(path);
    const difference = other === undefined ? 'is missing' : differenceOf(row, other);
    if (difference !== null) differences.push(`${path} ${difference}`);
  }
  for (const path of found.keys()) if (!wanted.has(path)) differences.push(`${path} is new`);
  if (differences.length === 0) return;
  const more = differences.length > NAMED ? ` and ${differences.length - NAMED} more` : '';
  const list = differences.slice(0, NAMED).join(', ') + more;
  throw new ImageError('EROOTFS', 'rootfs', `the root ${base.origin} is not the one of the dump: ${list} (--root)`);
}

function differenceOf({ entry: a, digest }: ManifestRow, { entry: b, digest: other }: ManifestRow): string | null {
  if (a.type !== b.type) return `is a ${b.type}, was a ${a.type}`;
  if (a.mode !== b.mode) return `has mode ${b.mode.toString(8)}, had ${a.mode.toString(8)}`;
  if (a.type === 'file' && (a.size !== b.size || digest !== other)) return 'has another content';
  if (a.target !== b.target) return `points to ${b.target}, pointed to ${a.target}`;
  return a.rdev === b.rdev ? null : 'is another device';
}
