/** Images of real programs. */
import { describe, expect, test } from 'vitest';
import { Machine, MemoryImage } from '../../src/api/node.ts';
import { decodeJson, decodeText } from '../../src/ckpt/decode.ts';
import { inspect, inspectTree } from '../../src/ckpt/inspect.ts';
import { kinds } from '../../src/kernel/kinds.ts';
import { ImageError } from '../../src/kernel/kobject/errors.ts';

/** The machine after `icount` instructions. */
function stopped(argv: readonly string[], icount: number): Machine {
  const machine = Machine.boot({ argv, ram: 16 });
  machine.endInput();
  machine.run(icount);
  return machine;
}

describe('an image of a pipe program', () => {
  const machine = stopped(['/bin/pipes', '6', '200'], 20_000);
  const { image } = machine.checkpoint();

  test('restores to the state of the dump, and ends as the run that was not dumped', () => {
    const restored = Machine.restore(image);
    expect(restored.hash()).toBe(machine.hash());
    expect(restored.checkpoint().image.files.get('objects')).toEqual(image.files.get('objects'));
    const output: number[] = [];
    const expected: number[] = [];
    restored.events.on('output', (_stream, bytes) => output.push(...bytes));
    machine.events.on('output', (_stream, bytes) => expected.push(...bytes));
    expect(restored.runToEnd()).toEqual(machine.runToEnd());
    expect([restored.icount, restored.hash(), output]).toEqual([machine.icount, machine.hash(), expected]);
    restored.audit();
  });

  test('shows both processes, their pipe and their memory', () => {
    const inspection = inspect(image);
    const [parent] = inspection.processes;
    expect(parent).toMatchObject({ pid: 1, comm: 'pipes', cwd: '/' });
    expect(parent!.children).toMatchObject([{ pid: 2, comm: 'pipes', children: [] }]);
    const pipes = [parent!, ...parent!.children].map((process) => process.files.at(-1)!);
    expect(pipes.map(({ type, name }) => [type, name])).toEqual([
      ['pipefile', pipes[0]!.name],
      ['pipefile', pipes[0]!.name],
    ]);
    expect(pipes[0]!.name).toMatch(/^pipe:\[\d+\]$/);
    const stack = parent!.memory!.areas.find((area) => area.name === '[stack]')!;
    expect(stack).toMatchObject({ prot: 'rw-p', end: 0xbfffe000 });
    expect(parent!.memory!.rss).toBe(parent!.memory!.areas.reduce((sum, area) => sum + area.rss, 0));
    expect(inspectTree(inspection)).toContain('└── [2]  pipes');
    expect(inspection.statistics.pages_shared).toBeGreaterThan(5);
  });

  test('is decoded down to registers', () => {
    const tasks = decodeJson(image, kinds).filter((object) => object.kind === 'task');
    expect(tasks).toHaveLength(2);
    for (const { fields } of tasks) expect(fields).toMatchObject({ comm: 'pipes', regs: { cs: 0x73, ss: 0x7b } });
    expect(decodeText(image, kinds)).toMatch(/^ {4}cs 0x73$/m);
  });
});

test('every byte of the image of a small program counts: with any one changed it is refused', () => {
  const { image } = stopped(['/bin/hello'], 700).checkpoint();
  const code = (files: Iterable<readonly [string, Uint8Array]>): string => {
    try {
      Machine.restore(new MemoryImage(files));
      return 'restored';
    } catch (error) {
      if (error instanceof ImageError) return error.code;
      throw error;
    }
  };
  const codes = new Map<string, number>();
  for (const [name, data] of image.files) {
    const copy = Uint8Array.from(data);
    const files: [string, Uint8Array][] = [...image.files, [name, copy]];
    for (let at = 0; at < data.length; at++) {
      copy[at]! ^= 1 + (at % 255);
      const found = code(files);
      codes.set(found, (codes.get(found) ?? 0) + 1);
      copy[at] = data[at]!;
    }
  }
  expect(codes.get('restored')).toBeUndefined();
  expect([...codes.values()].reduce((sum, n) => sum + n)).toBeGreaterThan(30_000);
});

test('a restore at any of many instructions gives a sound machine with the same hash', () => {
  const end = stopped(['/bin/fork-cow'], Number.MAX_SAFE_INTEGER).icount;
  for (let i = 1; i <= 12; i++) {
    const machine = stopped(['/bin/fork-cow'], Math.floor((end * i) / 13));
    machine.audit();
    const restored = Machine.restore(machine.checkpoint().image);
    expect(restored.hash()).toBe(machine.hash());
    restored.dispose();
    machine.dispose();
  }
});
