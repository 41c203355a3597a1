/** Faults put into system calls: what programs get, what a trace shows, and that an image carries them on. */
import { describe, expect, it } from 'vitest';
import { type InjectionOptions, Machine } from '../../../src/api/node.ts';
import { parseInjection } from '../../../src/cli/inject.ts';
import { EIO, EPIPE } from '../../../src/kernel/errno.ts';

const LIMIT = 1e8;

function rules(...texts: string[]): InjectionOptions[] {
  return texts.reduce<InjectionOptions[]>((before, text) => parseInjection(text, before), []);
}

/** A machine that prints its lines into `trace`. */
function boot(argv: string[], injected: readonly InjectionOptions[]): { machine: Machine; trace: string[] } {
  const machine = Machine.boot({ argv });
  const trace: string[] = [];
  machine.events.on('syscall', (event) => {
    if (!event.blocked) trace.push(event.describe());
  });
  for (const rule of injected) machine.inject(rule);
  return { machine, trace };
}

describe('inject', () => {
  it('a call fails and is not made', () => {
    const { machine, trace } = boot(['/bin/hello'], rules('/^write:error=EIO'));
    let output = '';
    machine.events.on('output', (_stream, bytes) => {
      output += new TextDecoder().decode(bytes);
    });
    machine.run(LIMIT);
    expect(output).toBe('');
    const line = trace.find((each) => each.startsWith('writev'));
    expect(line).toMatch(/^writev\(1, .*\) {2,}= -1 EIO \(Input\/output error\) \(INJECTED\)$/);
  });

  it('counts the calls of each thread: first, last, step', () => {
    const results = (text: string): number[] => {
      const found: number[] = [];
      const { machine } = boot(['/bin/sh', '-c', 'echo 1; echo 2; echo 3; echo 4; echo 5; echo 6'], rules(text));
      machine.events.on('syscall', ({ name, result }) => {
        if (name === 'write') found.push(result ?? 0);
      });
      machine.run(LIMIT);
      return found;
    };
    expect(results('write:retval=2:when=9')).toEqual([2, 2, 2, 2, 2, 2]);
    const pipe = results(`write:error=EPIPE:when=2..4+2`)
      .map((result) => (result === -EPIPE ? 'E' : '.'))
      .join('');
    expect(pipe.slice(0, 5)).toMatch(/^\.E\.?E/);
  });

  it('a signal comes at the beginning of the call', () => {
    const { machine, trace } = boot(['/bin/hello'], rules('/^write:signal=TERM'));
    machine.run(LIMIT);
    expect(machine.exitStatus).toMatchObject({ signal: 15 });
    expect(trace.filter((line) => line.startsWith('write'))).toHaveLength(1);
  });

  it('an image has the faults and how often they were met', () => {
    const injected = rules('/^(read|write):error=EIO:when=6+3');
    const { machine } = boot(['/bin/pipes', '6', '200'], injected);
    machine.run(LIMIT);
    const [icount, hash] = [machine.icount, machine.hash()];
    for (const part of [0.2, 0.5, 0.8]) {
      const { machine: half } = boot(['/bin/pipes', '6', '200'], injected);
      half.run(Math.floor(icount * part));
      const { image } = half.checkpoint();
      const rest = Machine.restore(image);
      rest.run(LIMIT);
      expect([rest.icount, rest.hash()]).toEqual([icount, hash]);
    }
  });
});

describe('the option', () => {
  it.each([
    ['open', /injects nothing/],
    ['nothing:error=EIO', /no system call nothing/],
    ['open:error=EWHAT', /EWHAT is no errno/],
    ['open:error=0', /0 is no errno/],
    ['open:retval=-1', /-1 is no result/],
    ['open:signal=99', /99 is no signal/],
    ['open:error=EIO:when=0', /0 is no number of a call/],
    ['open:error=EIO:when=3..2', /2 is no number of a later call/],
    ['open:error=EIO:when=x', /FIRST\.\.LAST/],
    ['open:delay_enter=5', /delay_enter is none of error, retval, signal, when/],
  ])('%s is refused', (text, reason) => {
    expect(() => parseInjection(text, [])).toThrow(reason);
  });

  it('takes what strace takes', () => {
    expect(parseInjection('%file:error=ENOENT:when=2+', [])).toMatchObject([
      { result: -2, first: 2, last: null, step: 1 },
    ]);
    expect(parseInjection('read:error=5:when=3', [])).toMatchObject([{ result: -EIO, first: 3, last: 3 }]);
    expect(parseInjection('all:retval=0x10:signal=SIGUSR1:when=1..9+4', [])).toMatchObject([
      { result: 16, signal: 10, first: 1, last: 9, step: 4 },
    ]);
  });
});
