import { describe, expect, test } from 'vitest';
import { decodeJson, decodeText } from '../../src/ckpt/decode.ts';
import { dump } from '../../src/ckpt/dump.ts';
import { stateHash } from '../../src/ckpt/hash.ts';
import { inspect, inspectTree } from '../../src/ckpt/inspect.ts';
import { MemoryImage, MemorySink } from '../../src/ckpt/store.ts';
import { PAGE_SIZE } from '../../src/cpu/ram.ts';
import { audit } from '../../src/kernel/audit.ts';
import { ImageError } from '../../src/kernel/kobject/errors.ts';
import { get } from '../../src/kernel/kobject/kobject.ts';
import { DATA, dumpToMemory, HEAP, handMade, holderOf, KINDS, restoreFrom, TestBase } from './machine.ts';

describe('a dump and restore', () => {
  test('gives the same state, and does not change what was dumped', () => {
    const kernel = handMade();
    audit(kernel);
    const before = stateHash(kernel);
    const image = dumpToMemory(kernel);
    expect(stateHash(kernel)).toBe(before);
    audit(kernel);
    const again = restoreFrom(image);
    expect(stateHash(again)).toBe(before);
    expect(again.cpu.icount).toBe(12345);
    expect(again.frames.used).toBe(kernel.frames.used);
    expect(dumpToMemory(again)).toEqual(image);
  });

  test('keeps shared frames shared, private ones private, and absent ones absent', () => {
    const kernel = restoreFrom(dumpToMemory(handMade()));
    const { mms, inodes } = holderOf(kernel);
    const [first, second] = mms as [(typeof mms)[0], (typeof mms)[0]];
    expect(first.present).toBe(4);
    const frames = (mm: typeof first): number[] => [...mm.pages()].map((page) => page.frame);
    expect(frames(first).map((frame, i) => frame === frames(second)[i])).toEqual([true, true, true, false]);
    expect(inodes[0]!.cache.get(0)).toBe(frames(first)[0]);
    expect([...inodes[0]!.clean]).toEqual([0, 3]);
    second.put32(HEAP, 0x2222_2222);
    expect(first.get32(HEAP)).toBe(0x1111_1111);
    expect([first.get32(HEAP + 5 * PAGE_SIZE), second.get32(HEAP + 5 * PAGE_SIZE)]).toEqual([0x5555_5555, 0x6666_6666]);
    audit(kernel);
  });

  test('writes shared frames once, and neither zeros nor what the base layer has', () => {
    const sink = new MemorySink();
    let time = 0;
    const statistics = dump(handMade(), sink, { stopwatch: () => (time += 10) });
    expect(statistics).toMatchObject({
      pages_scanned: 13,
      pages_written: 5,
      pages_zero: 2,
      pages_base: 2,
      pages_shared: 4,
      pages_skipped_parent: 0,
      pages_lazy: 0,
      objects: 8,
      frozen_time: 40,
    });
    expect(sink.image!.size('pages')).toBe(6 * PAGE_SIZE);
    expect(inspect(sink.image!).statistics).toEqual(statistics);
  });

  test('refuses before a byte is written, and what was to be dumped may go on', () => {
    const kernel = handMade();
    get(holderOf(kernel).inodes[0]!);
    const sink = { ...new MemorySink(), begin: () => expect.unreachable() } as unknown as MemorySink;
    expect(() => dump(kernel, sink)).toThrow(
      /^container#0\.pidNs\.inodes\[0\]: has 2 references, but the container holds 1 .* \[ELEAK\]$/,
    );
  });

  test('that the sink fails at any of its calls aborts it, and the machine goes on', () => {
    class Failing extends MemorySink {
      calls = 0;
      aborted = 0;
      readonly at: number;
      constructor(at: number) {
        super();
        this.at = at;
      }
      count(): void {
        if (this.calls++ === this.at) throw new Error('no space left on device');
      }
      override begin(name: string): void {
        this.count();
        super.begin(name);
      }
      override write(data: Uint8Array): void {
        this.count();
        super.write(data);
      }
      override commit(): void {
        this.count();
        super.commit();
      }
      override abort(): void {
        this.aborted++;
      }
    }
    const kernel = handMade();
    const hash = stateHash(kernel);
    const whole = new Failing(-1);
    dump(kernel, whole);
    for (let at = 0; at < whole.calls; at++) {
      const sink = new Failing(at);
      expect(() => dump(kernel, sink)).toThrow('no space left on device');
      expect([sink.image, sink.aborted]).toEqual([null, 1]);
    }
    expect(stateHash(kernel)).toBe(hash);
  });
});

describe('the state hash', () => {
  const changed = (change: (kernel: ReturnType<typeof handMade>) => void): void => {
    const kernel = handMade();
    const before = stateHash(kernel);
    change(kernel);
    expect(stateHash(kernel)).not.toBe(before);
  };
  test('sees a changed byte of memory, of a file, of a field, the clock and what is present', () => {
    changed((k) => holderOf(k).mms[1]!.put32(HEAP + 5 * PAGE_SIZE, 1));
    changed((k) => holderOf(k).inodes[1]!.writePage(2, 4095, Uint8Array.of(1)));
    changed((k) => holderOf(k).inodes[1]!.pageFrame(4));
    changed((k) => holderOf(k).inodes[0]!.dirtyPage(0));
    changed((k) => holderOf(k).mms[0]!.put32(HEAP, 0x1111_1111));
    changed((k) => k.cpu.icount++);
    changed((k) => k.container.idleNs++);
  });

  test('does not see which frames hold the pages', () => {
    const kernel = handMade();
    const before = stateHash(kernel);
    const second = holderOf(kernel).mms[1]!;
    const spare = kernel.frames.alloc();
    const [page] = [...second.pages()].slice(-1);
    kernel.frames.bytes(spare).set(kernel.frames.bytes(page!.frame));
    kernel.frames.put(page!.frame);
    second.tables.take(page!.index);
    second.present--;
    second.adoptPage(page!.index, spare, page!.flags);
    audit(kernel);
    expect(stateHash(kernel)).toBe(before);
  });
});

describe('the base layer of an image', () => {
  const image = dumpToMemory(handMade());
  const refusal = (base: TestBase): string => {
    try {
      restoreFrom(image, base);
    } catch (error) {
      if (error instanceof ImageError) return error.message;
      throw error;
    }
    throw new Error('was not refused');
  };

  test('must be there again, file by file', () => {
    const other = Uint8Array.from(DATA);
    other[5]! ^= 1;
    expect(refusal(new TestBase({ data: other }))).toBe(
      'rootfs: the root /test is not the one of the dump: /data has another content (--root) [EROOTFS]',
    );
    expect(refusal(new TestBase({}))).toContain('/data is missing');
    expect(refusal(new TestBase({ data: DATA, more: DATA }))).toContain('/more is new');
  });

  test('may have other times on this host: the guest goes on with those of the dump', () => {
    const base = new TestBase({ data: DATA });
    base.mtimeNs = 5n;
    const kernel = restoreFrom(image, base);
    expect(kernel.host.base.entries('/')[0]).toMatchObject({ name: 'data', mtimeNs: 1_700_000_000_000_000_000n });
    expect(dumpToMemory(kernel)).toEqual(image);
  });
});

describe('an image that was tampered with', () => {
  const whole = dumpToMemory(handMade());
  const hash = stateHash(handMade());

  /** Restores and prints the image; either an ImageError each time, or the very same state. */
  function attempt(files: Iterable<readonly [string, Uint8Array]>, what: string): 'refused' | 'harmless' {
    const image = new MemoryImage(files);
    let refused = 0;
    for (const action of [
      () => stateHash(restoreFrom(image)),
      () => inspectTree(inspect(image)),
      () => decodeText(image, KINDS),
    ]) {
      try {
        const result = action();
        if (action.toString().includes('stateHash')) expect(result, what).toBe(hash);
      } catch (error) {
        if (!(error instanceof ImageError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
        expect(error.code, what).toMatch(/^E[A-Z]+$/);
        refused++;
      }
    }
    return refused > 0 ? 'refused' : 'harmless';
  }

  test('in any single byte is refused, every byte of every file tried', () => {
    for (const [name, data] of whole.files) {
      for (let at = 0; at < data.length; at++) {
        // Within pages every 61st byte is as good as the next: one checksum covers them alike.
        if (name === 'pages' && at > PAGE_SIZE && at % 61 !== 0) continue;
        const copy = Uint8Array.from(data);
        copy[at]! ^= 1 << (at % 8);
        const result = attempt([...whole.files, [name, copy]], `${name}[${at}]`);
        expect(result, `${name}[${at}]`).toBe('refused');
      }
    }
  });

  test('by cutting a file short, lengthening it, leaving it out, adding or exchanging one is refused', () => {
    for (const [name, data] of whole.files) {
      const others = [...whole.files].filter(([other]) => other !== name);
      expect(attempt(others, `without ${name}`)).toBe('refused');
      for (let length = 0; length < data.length; length += 1 + (data.length >> 6)) {
        expect(attempt([...others, [name, data.subarray(0, length)]], `${name} of ${length}`)).toBe('refused');
      }
      const longer = new Uint8Array(data.length + 8);
      longer.set(data);
      expect(attempt([...others, [name, longer]], `${name} longer`)).toBe('refused');
      for (const [other, content] of whole.files) {
        if (other !== name) expect(attempt([...others, [name, content]], `${other} as ${name}`)).toBe('refused');
      }
    }
    expect(attempt([...whole.files, ['notes', new Uint8Array(1)]], 'one more')).toBe('refused');
  });
});

describe('decode and inspect', () => {
  const image = dumpToMemory(handMade());
  test('show every object with its field names', () => {
    const text = decodeText(image, KINDS);
    expect(text).toContain('container#0 v3 refs 1');
    expect(text).toContain('  icount 12345');
    expect(text).toMatch(/\[1\] \{ start 0x10000000, end 0x10008000, flags 0x3, pgoff 0, file none \}/);
    const objects = decodeJson(image);
    expect(objects.map((object) => object.kind)).toEqual([
      'container',
      'holder',
      'mm',
      'mm',
      'regular',
      'regular',
      'superblock',
      'userns',
    ]);
    expect(objects[4]!.fields).toMatchObject({ sb: 'superblock#6', lower: '/data', mode: 0o100644 });
    expect(JSON.parse(JSON.stringify(objects))).toEqual(objects);
  });

  test('sum an image up', () => {
    const inspection = inspect(image);
    expect(inspection.objects).toEqual({ mm: 2, regular: 2, container: 1, holder: 1, superblock: 1, userns: 1 });
    expect(inspection.size).toBe([...image.files.values()].reduce((sum, data) => sum + data.length, 0));
    expect(inspectTree(inspection).split('\n').slice(0, 3)).toEqual([
      'container',
      '├── Image: memory (cr86)',
      expect.stringMatching(/^├── Checkpoint size: \d+\.\d KiB$/),
    ]);
  });
});
