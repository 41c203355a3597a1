import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { DumpRefused, HostError, ImageError } from '../../src/api/node.ts';
import { CliError, describe as describeError } from '../../src/cli/errors.ts';
import { parseAddress, parseCount, parseEnv, parseInteger, parseRam } from '../../src/cli/options.ts';

describe('words of the command line', () => {
  it.each([
    ['0', 0],
    ['1000000', 1_000_000],
    ['1_000_000', 1_000_000],
    ['250k', 250_000],
    ['1.5M', 1_500_000],
    ['2g', 2_000_000_000],
  ])('%s is an instruction count', (text, value) => {
    expect(parseCount(text)).toBe(value);
  });

  it.each(['', 'soon', '-1', '1.5', '1e6', '0x10', '99999999999999999999', 'k'])(
    '%j is no instruction count',
    (text) => {
      expect(() => parseCount(text)).toThrow(InvalidArgumentError);
    },
  );

  it('RAM is within what one memory holds', () => {
    expect(parseRam('3072')).toBe(3072);
    for (const bad of ['0', '-1', '4096', '1.5', 'much', '']) expect(() => parseRam(bad)).toThrow(InvalidArgumentError);
  });

  it('seeds are 32-bit', () => {
    expect(parseInteger('4294967295')).toBe(4_294_967_295);
    for (const bad of ['4294967296', '-1', 'x', '']) expect(() => parseInteger(bad)).toThrow(InvalidArgumentError);
  });

  it('addresses are hexadecimal after 0x', () => {
    expect(parseAddress('0x8048094')).toBe(0x8048094);
    expect(parseAddress('4096')).toBe(4096);
    for (const bad of ['8048x', '0x', '-1', '0x100000000', '']) {
      expect(() => parseAddress(bad)).toThrow(InvalidArgumentError);
    }
  });

  it('variables are added one by one, and values may hold =', () => {
    expect(parseEnv('A=b=c', { PATH: '/bin', A: '' })).toEqual({ PATH: '/bin', A: 'b=c' });
    for (const bad of ['A', '=b', '']) expect(() => parseEnv(bad, {})).toThrow(InvalidArgumentError);
  });
});

describe('errors', () => {
  it.each([
    [new CliError('/x', 'is broken', '--root', 'EX'), '/x: is broken (--root) [EX]'],
    [new CliError('/x', 'is broken', '', 'EX'), '/x: is broken [EX]'],
    [new HostError('ENOSPC', '/img', 'no space'), '/img: no space [ENOSPC]'],
    [new ImageError('EBADFIELD', 'pipe#3.data', 'expected bytes'), 'pipe#3.data: expected bytes [EBADFIELD]'],
    [
      Object.assign(new Error('raw'), { code: 'EACCES', syscall: 'open', path: '/y' }),
      '/y: permission denied [EACCES]',
    ],
  ])('%s is one line', (error, line) => {
    expect(describeError(error)).toEqual([line]);
  });

  it('a refused dump has a line for each finding', () => {
    const finding = {
      code: 'ELEAK',
      object: 'pipe#3',
      path: 'container#0.x',
      reason: 'is held outside',
      option: '--external',
    };
    const lines = describeError(new DumpRefused([finding, { ...finding, option: null }]));
    expect(lines).toEqual([
      'container#0.x: is held outside (--external) [ELEAK]',
      'container#0.x: is held outside [ELEAK]',
    ]);
  });

  it('anything else is a bug and says so', () => {
    expect(describeError(new TypeError('x is undefined'))).toEqual([
      'bug: TypeError: x is undefined (CR86_DEBUG=1 shows where) [EBUG]',
    ]);
  });
});
