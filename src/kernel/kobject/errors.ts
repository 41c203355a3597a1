/** An image that cannot be believed or used. `code` is stable (docs/errors.md); `path` names the field, as in `pipe#3.data`. */
export class ImageError extends Error {
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, reason: string) {
    super(`${path}: ${reason} [${code}]`);
    this.name = 'ImageError';
    this.code = code;
    this.path = path;
  }
}

/** A bug of ours, never a guest's or an image's doing. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AssertionError';
  }
}

/** Throws AssertionError unless `condition` holds. Always on. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
