/** A cpio archive in the `newc` form that Linux unpacks at boot. Linux Documentation/driver-api/early-userspace/buffer-format.rst */

export interface Entry {
  readonly path: string;
  /** File type and permissions, as in st_mode. */
  readonly mode: number;
  readonly content?: Uint8Array;
}

const DIRECTORY = 0o040755;
const EXECUTABLE = 0o100755;

export const directory = (path: string): Entry => ({ path, mode: DIRECTORY });
export const executable = (path: string, content: Uint8Array): Entry => ({ path, mode: EXECUTABLE, content });

const padding = (length: number): Buffer => Buffer.alloc(-length & 3);

function entryBytes({ path, mode, content = new Uint8Array(0) }: Entry, inode: number): Buffer {
  const links = mode === DIRECTORY ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${path}\0`;
  return Buffer.concat([Buffer.from(head), padding(head.length), content, padding(content.length)]);
}

/** The archive's bytes; directories must stand before what is in them. */
export function initramfs(entries: readonly Entry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.map((entry, i) => entryBytes(entry, i + 1)));
}
