/** What the library wants of its host beyond a root filesystem object: directories, images on disk, a clock. Node provides it; a browser need not. */
import type { ImageSink, ImageSource } from '../ckpt/store.ts';
import type { BaseLayer } from '../kernel/fs/base.ts';

export interface Platform {
  /** The directory as a root filesystem; without one, the guest programs that come with the package. */
  openRoot(directory: string | undefined): BaseLayer;
  /** An image directory to read. Throws HostError. */
  openImage(directory: string): ImageSource;
  /** An image directory to write; nothing is visible there until the sink's commit. Throws HostError. */
  createImage(directory: string): ImageSink;
  /** A monotonic host clock in microseconds, for statistics only. */
  microseconds(): number;
}

let provided: Platform | null = null;

/** Called once by the entry for a host, such as src/api/node.ts. */
export function providePlatform(platform: Platform): void {
  provided = platform;
}

/** The host's platform. Throws HostError with the code ENOHOST when none was provided. */
export function platform(wanted: string): Platform {
  if (provided === null) {
    throw new HostError('ENOHOST', wanted, 'this entry knows no files: pass an object, or import cr86 under Node');
  }
  return provided;
}

/** The host clock, or a stopped one where there is no platform. */
export function hostMicroseconds(): number {
  return provided === null ? 0 : provided.microseconds();
}

/** Something outside the guest is not as it must be: a directory, a disk, an argument. `code` is stable (docs/errors.md). */
export class HostError extends Error {
  readonly code: string;
  /** What the error is about: a path, an option. */
  readonly object: string;
  readonly reason: string;

  constructor(code: string, object: string, reason: string, cause?: unknown) {
    super(`${object}: ${reason} [${code}]`, cause === undefined ? undefined : { cause });
    this.name = 'HostError';
    this.code = code;
    this.object = object;
    this.reason = reason;
  }
}
