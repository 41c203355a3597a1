/** How words of the command line become values. */
import { InvalidArgumentError } from 'commander';
import { MAX_RAM_MIB } from '../cpu/ram.ts';
import { isBasePath } from '../kernel/fs/base.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** An instruction count: digits with an optional decimal unit (k, M, G), as in `250k`. */
export function parseCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)$/i.exec(text.replaceAll('_', ''));
  const value = match === null ? Number.NaN : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
  if (!Number.isSafeInteger(value))
    throw new InvalidArgumentError('an instruction count such as 1000000, 250k or 1.5M');
  return value;
}

/** MiB of guest RAM. */
export function parseRam(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MAX_RAM_MIB)
    throw new InvalidArgumentError(`MiB, 1 to ${MAX_RAM_MIB}`);
  return value;
}

export function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 0xffff_ffff) throw new InvalidArgumentError('an integer from 0 to 4294967295');
  return value;
}

/** An address: hexadecimal after 0x, decimal without. */
export function parseAddress(text: string): number {
  const value = Number(text);
  if (!/^(0x[\da-f]+|\d+)$/i.test(text) || value > 0xffff_ffff)
    throw new InvalidArgumentError('an address such as 0x8048000');
  return value;
}

/** A host directory and where the guest finds it. */
export interface ShareArgument {
  readonly from: string;
  readonly at: string;
  readonly readOnly: boolean;
}

/** Collects `HOST:GUEST[:ro]` words; the host's directory may hold colons. */
export function parseShare(text: string, before: readonly ShareArgument[]): ShareArgument[] {
  const match = /^(.+):(\/[^:]+?)\/*(:ro)?$/.exec(text);
  if (match === null || !isBasePath(match[2]!)) {
    throw new InvalidArgumentError('HOSTDIR:/GUESTDIR or HOSTDIR:/GUESTDIR:ro, GUESTDIR absolute and not /');
  }
  const [, from = '', at = '', ro] = match;
  if (before.some((share) => share.at === at)) throw new InvalidArgumentError(`${at} is shared already`);
  return [...before, { from, at, readOnly: ro !== undefined }];
}

/** Collects `K=V` words; later ones win. */
export function parseEnv(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('NAME=VALUE');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}
