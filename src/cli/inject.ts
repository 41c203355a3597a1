/** `--inject SET:error=E:signal=S:when=FIRST[..LAST][+[STEP]]`, in the words of strace(1). */
import { InvalidArgumentError } from 'commander';
import type { InjectionOptions } from '../api/node.ts';
import { ERRNO_NAMES } from '../kernel/errno.ts';
import { signalName } from '../kernel/signal/numbers.ts';
import { parseSyscallSet } from './syscall-set.ts';

type Part = Partial<InjectionOptions>;

const errnos = new Map(Object.entries(ERRNO_NAMES).map(([number, name]) => [name, Number(number)]));
const signals = new Map(Array.from({ length: 64 }, (_, i) => [signalName(i + 1), i + 1]));
const MAX_ERRNO = 4095;
const MAX_RESULT = 0x7fff_ffff;

function number(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!/^(\d+|0x[\da-f]+)$/i.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`${text} is no ${what}`);
  }
  return value;
}

function when(text: string): Part {
  const match = /^(\d+)(?:\.\.(\d+))?(\+(\d*))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`when=${text}: FIRST, FIRST..LAST, FIRST+ or FIRST+STEP`);
  const [, from, to, plus, by] = match;
  const first = number(from!, 1, MAX_RESULT, 'number of a call, from 1');
  const step = by ? number(by, 1, MAX_RESULT, 'step') : 1;
  if (to !== undefined) return { first, last: number(to, first, MAX_RESULT, 'number of a later call'), step };
  return plus === undefined ? { first, last: first, step } : { first, last: null, step };
}

const PARTS: Readonly<Record<string, (text: string) => Part>> = {
  error: (text) => ({ result: -(errnos.get(text) ?? number(text, 1, MAX_ERRNO, 'errno')) }),
  retval: (text) => ({ result: number(text, 0, MAX_RESULT, 'result, 0 to 2147483647') }),
  signal: (text) => ({ signal: signals.get(text) ?? signals.get(`SIG${text}`) ?? number(text, 1, 64, 'signal') }),
  when,
};

/** Collects the option's words. Throws InvalidArgumentError naming what nobody knows. */
export function parseInjection(text: string, before: readonly InjectionOptions[]): InjectionOptions[] {
  const [set = '', ...parts] = text.split(':');
  const rule: { -readonly [K in keyof InjectionOptions]: InjectionOptions[K] } = { calls: parseSyscallSet(set) };
  for (const part of parts) {
    const equals = part.indexOf('=');
    const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    const read = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
    if (read === undefined) throw new InvalidArgumentError(`${name} is none of ${Object.keys(PARTS).join(', ')}`);
    Object.assign(rule, read(value));
  }
  if (rule.result === undefined && rule.signal === undefined) {
    throw new InvalidArgumentError(`${text} injects nothing: error=, retval= or signal=`);
  }
  return [...before, rule];
}
