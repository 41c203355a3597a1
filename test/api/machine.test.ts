import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectorySink, type ImageSink, Machine, MemorySink, type SyscallEvent } from '../../src/api/node.ts';

/** The machine's output from now on, as it grows. */
function recorded(machine: Machine): { stdout: string; stderr: string } {
  const out = { stdout: '', stderr: '' };
  machine.events.on('output', (stream, bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    if (stream === 2) out.stderr += text;
    else out.stdout += text;
  });
  return out;
}

describe('Machine', () => {
  it('boots, runs to the end and tells how it ended', () => {
    const machine = Machine.boot({ argv: ['/bin/hello'] });
    const out = recorded(machine);
    expect(machine.icount).toBe(0);
    expect(machine.exitStatus).toBeNull();
    expect(machine.runToEnd()).toEqual({ code: 0, signal: null, shell: 0, coreDumped: false });
    expect(out.stdout).toBe('hello, world\n');
    expect(machine.icount).toBeGreaterThan(100);
    machine.audit();
    machine.dispose();
  });

  it('stops at an instruction count exactly, however the run is cut', () => {
    const whole = Machine.boot({ argv: ['/bin/hello'] });
    whole.runToEnd();
    const cut = Machine.boot({ argv: ['/bin/hello'] });
    for (let at = 0; at < whole.icount; at += 97) {
      expect(cut.run(at)).toBe('limit');
      expect(cut.icount).toBe(at);
    }
    expect(cut.run()).toBe('exited');
    expect(cut.hash()).toBe(whole.hash());
  });

  it('runs until a predicate holds, asked after each system call or every so many instructions', () => {
    const machine = Machine.boot({ argv: ['/bin/pipes'] });
    const out = recorded(machine);
    expect(machine.run(() => out.stdout.includes('\n'))).toBe('met');
    expect(out.stdout.split('\n').length).toBe(2);
    const from = machine.icount;
    expect(machine.run((m) => m.icount >= from + 5000, { every: 1000 })).toBe('met');
    expect(machine.icount).toBe(from + 5000);
    expect(machine.run(() => false)).toBe('exited');
  });

  it('says idle when all tasks wait for input, and goes on when it is fed', () => {
    const machine = Machine.boot({ argv: ['/bin/cat'] });
    const out = recorded(machine);
    expect(machine.run()).toBe('idle');
    machine.feed('one\n');
    expect(machine.run()).toBe('idle');
    expect(out.stdout).toBe('one\n');
    expect(() => machine.runToEnd()).toThrow(/only input can wake them .* \[EIDLE\]/);
    machine.endInput();
    expect(machine.runToEnd().code).toBe(0);
  });

  it('takes its environment, host name and time from the options', () => {
    const machine = Machine.boot({ argv: ['env'], env: { PATH: '/bin', X: 'a b' } });
    const out = recorded(machine);
    machine.runToEnd();
    expect(out.stdout).toBe('PATH=/bin\nX=a b\n');
  });

  it('tells observers of calls, tasks, output and the end', () => {
    const machine = Machine.boot({ argv: ['/bin/pipes'] });
    const calls: SyscallEvent[] = [];
    const told: string[] = [];
    machine.events.on('syscall', (event) => calls.push(event));
    machine.events.on('taskStart', ({ tid }) => told.push(`start ${tid}`));
    machine.events.on('taskEnd', ({ tid }) => told.push(`end ${tid}`));
    machine.events.on('exit', ({ status, icount }) => told.push(`exit ${status} ${icount === machine.icount}`));
    machine.runToEnd();
    expect(told).toEqual(['start 2', 'end 2', 'end 1', 'exit 0 true']);
    expect(new Set(calls.map(({ name }) => name))).toContain('writev');
    expect(calls.every(({ icount }, i) => i === 0 || icount >= calls[i - 1]!.icount)).toBe(true);
  });

  it('is not changed by being observed', () => {
    const [seen, unseen] = [Machine.boot({ argv: ['/bin/pipes'] }), Machine.boot({ argv: ['/bin/pipes'] })];
    seen.events.on('syscall', () => {});
    seen.run(() => false);
    unseen.runToEnd();
    expect(seen.hash()).toBe(unseen.hash());
  });

  it('shows memory without touching it', () => {
    const machine = Machine.boot({ argv: ['/bin/hello'] });
    const before = machine.hash();
    const { mm } = machine.task(1);
    const text = mm!.vmas[0]!;
    expect(Buffer.from(machine.readMemory(1, text.start, 4)).toString('latin1')).toBe('\x7fELF');
    const stack = mm!.vmas.at(-1)!;
    expect(machine.readMemory(1, stack.end - 64, 64).length).toBe(64);
    expect(machine.hash()).toBe(before);
    expect(() => machine.readMemory(1, 0, 1)).toThrow(/0x0: is not mapped .* \[EFAULT\]/);
    expect(() => machine.readMemory(77, 0, 1)).toThrow(/pid 77: no such task \[ESRCH\]/);
  });

  it('finds objects by kind', () => {
    const machine = Machine.boot({ argv: ['/bin/pipes'] });
    machine.run((m) => m.find('task').length === 2);
    expect(machine.find('pipe').length).toBe(1);
    expect(machine.objects()[0]).toMatchObject({ id: 0, kind: 'container' });
  });

  it('gives equal hashes for equal seeds only', () => {
    const hash = (seed: number): string => {
      const machine = Machine.boot({ argv: ['/bin/hello'], seed });
      machine.runToEnd();
      return machine.hash();
    };
    expect(hash(1)).toBe(hash(1));
    expect(hash(1)).not.toBe(hash(2));
  });

  it('names a program that cannot be executed', () => {
    expect(() => Machine.boot({ argv: ['/bin/none'] })).toThrow(/\/bin\/none: .* \[ENOENT\]/);
    expect(() => Machine.boot({ argv: ['/etc'] })).toThrow(/\/etc: .* \[EACCES\]/);
  });
});

/** Passes everything on until its `k`th call, which throws as a full disk does. */
class FailingSink implements ImageSink {
  readonly #inner: ImageSink;
  #left: number;

  constructor(inner: ImageSink, k: number) {
    this.#inner = inner;
    this.#left = k;
  }

  #count(): void {
    if (--this.#left < 0) throw new Error('injected failure');
  }

  begin(name: string): void {
    this.#count();
    this.#inner.begin(name);
  }

  write(data: Uint8Array): void {
    this.#count();
    this.#inner.write(data);
  }

  commit(): void {
    this.#count();
    this.#inner.commit();
  }

  abort(): void {
    this.#inner.abort();
  }
}

/** Calls that a whole dump makes of its sink. */
function callsOf(machine: Machine): number {
  let calls = 0;
  const count = () => {
    calls++;
  };
  machine.checkpoint({ to: { begin: count, write: count, commit: count, abort: () => {} } });
  return calls;
}

describe('checkpoints of a Machine', () => {
  it('go to memory and to a directory, and both restore to the same state', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-api-'));
    try {
      const machine = Machine.boot({ argv: ['/bin/pipes'] });
      machine.run(300_000);
      const state = machine.hash();
      const { image, statistics } = machine.checkpoint();
      machine.checkpoint({ to: join(directory, 'img') });
      expect(machine.hash()).toBe(state);
      expect(Machine.restore(image).hash()).toBe(state);
      expect(Machine.restore(join(directory, 'img')).hash()).toBe(state);
      expect(statistics.pages_written).toBeGreaterThan(0);
      machine.runToEnd();
      const again = Machine.restore(image);
      again.runToEnd();
      expect(again.hash()).toBe(machine.hash());
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('that fail at any write leave the machine running and the old image valid', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-api-'));
    const path = join(directory, 'img');
    try {
      const machine = Machine.boot({ argv: ['/bin/hello'] });
      machine.run(200);
      machine.checkpoint({ to: path });
      const old = Machine.restore(path).hash();
      machine.run(400);
      const state = machine.hash();
      const calls = callsOf(machine);
      expect(calls).toBeGreaterThan(20);
      for (let k = 0; k < calls; k++) {
        expect(() => machine.checkpoint({ to: new FailingSink(new DirectorySink(path), k) })).toThrow(
          'injected failure',
        );
        expect(readdirSync(directory)).toEqual(['img']);
      }
      expect(Machine.restore(path).hash()).toBe(old);
      expect(machine.hash()).toBe(state);
      machine.checkpoint({ to: path });
      expect(Machine.restore(path).hash()).toBe(state);
      expect(machine.runToEnd().code).toBe(0);
      machine.audit();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('that fail leave nothing where there was nothing', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cr86-api-'));
    try {
      const machine = Machine.boot({ argv: ['/bin/hello'] });
      const sink = new FailingSink(new DirectorySink(join(directory, 'img')), 3);
      expect(() => machine.checkpoint({ to: sink })).toThrow('injected failure');
      expect(existsSync(join(directory, 'img'))).toBe(false);
      expect(readdirSync(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('are told to observers', () => {
    const machine = Machine.boot({ argv: ['/bin/hello'] });
    const told: number[] = [];
    machine.events.on('checkpoint', ({ icount }) => told.push(icount));
    machine.run(123);
    machine.checkpoint();
    machine.checkpoint({ to: new MemorySink() });
    expect(told).toEqual([123, 123]);
  });
});
