/** Errors as a user sees them: one line `cr86: OBJECT: REASON (OPTION) [CODE]`, and the exit code that goes with it. */
import { DumpRefused, HostError, ImageError } from '../api/node.ts';

/** cr86 itself failed, as opposed to its guest. */
export const EXIT_FAILURE = 125;
/** The command line makes no sense. */
export const EXIT_USAGE = 2;
/** The guest program exists and cannot be executed. */
export const EXIT_NOT_EXECUTABLE = 126;
/** The guest program does not exist. */
export const EXIT_NOT_FOUND = 127;

/** A failure with its own exit code; `option` is the one that caused it or helps. */
export class CliError extends Error {
  readonly line: string;
  readonly exitCode: number;

  constructor(object: string, reason: string, option: string, code: string, exitCode: number = EXIT_FAILURE) {
    const hint = option === '' ? '' : ` (${option})`;
    super(`${object}: ${reason}${hint} [${code}]`);
    this.name = 'CliError';
    this.line = this.message;
    this.exitCode = exitCode;
  }
}

/** Node's reasons in words; others come as Node says them. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'no space left on the device',
  EROFS: 'read-only filesystem',
  EEXIST: 'exists already',
  EDQUOT: 'disk quota exceeded',
};

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}

/** The lines to print after `cr86: ` for anything thrown. A bug of ours says so, with its stack when CR86_DEBUG is set. */
export function describe(error: unknown): string[] {
  if (error instanceof CliError) return [error.line];
  if (error instanceof HostError || error instanceof ImageError || error instanceof DumpRefused)
    return error.message.split('\n');
  if (isSystemError(error)) {
    return [`${error.path ?? 'host'}: ${REASONS[error.code] ?? error.message} [${error.code}]`];
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = process.env.CR86_DEBUG && error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  return [`bug: ${text} (CR86_DEBUG=1 shows where) [EBUG]`, ...stack];
}

/** Prints an error on stderr and gives the exit code. */
export function report(error: unknown): number {
  for (const line of describe(error)) process.stderr.write(`cr86: ${line}\n`);
  return error instanceof CliError ? error.exitCode : EXIT_FAILURE;
}
