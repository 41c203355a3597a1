/** Debug registers as a task has them: signals, images, and what an image must not say. Linux arch/x86/kernel/hw_breakpoint.c. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Machine } from '../../../src/api/index.ts';
import { MemoryBase } from '../../../src/kernel/fs/memory-base.ts';
import { ImageError } from '../../../src/kernel/kobject/errors.ts';
import { debugRegister, setDebugRegister } from '../../../src/kernel/task/debug.ts';
import type { Task } from '../../../src/kernel/task/task.ts';
import { call, DATA, ENTRY, tinyElf } from '../tiny.ts';

const EINVAL = -22;
const EIO = -5;
const SIGTRAP = 5;
const word = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];

/** Where the guest keeps its struct sigaction, its log of si_code and eip, and the watched words. */
const ACTION = DATA;
const LOG = DATA + 0x100;
const WATCHED = DATA + 0x2000;
const STORE_OFFSET = 200;
const LOOP = ENTRY + STORE_OFFSET;
const HANDLER = ENTRY + 300;
const SA_SIGINFO = 4;
const ROUNDS = 4;

/** mov dword [at], value */
const store = (at: number, value: number): number[] => [0xc7, 0x05, ...word(at), ...word(value)];

/** Logs si_code and the eip of the frame's context: mov ecx, [LOG]; mov eax, [esp+8] (info); mov edx, [eax+8]; ... ret */
const HANDLER_CODE = [
  ...[0x8b, 0x0d, ...word(LOG)], // mov ecx, [LOG]
  ...[0x8b, 0x44, 0x24, 0x08], // mov eax, [esp + 8]: siginfo
  ...[0x8b, 0x50, 0x08], // mov edx, [eax + 8]: si_code
  ...[0x89, 0x91, ...word(LOG + 4)], // mov [ecx + LOG + 4], edx
  ...[0x8b, 0x50, 0x0c], // mov edx, [eax + 12]: si_addr
  ...[0x89, 0x91, ...word(LOG + 8)], // mov [ecx + LOG + 8], edx
  ...[0x83, 0x05, ...word(LOG), 8], // add dword [LOG], 8
  0xc3,
];

/** Four rounds of: inc dword [WATCHED]; mov eax, [WATCHED + 8]; rep stosb over 3 bytes at WATCHED + 16. */
const LOOP_CODE = [
  ...[0xff, 0x05, ...word(WATCHED)], // +0
  ...[0xa1, ...word(WATCHED + 8)], // +6
  ...[0xb9, ...word(3)], // +11
  ...[0xbf, ...word(WATCHED + 16)], // +16
  ...[0xf3, 0xaa], // +21
  0x4d, // +23: dec ebp
  ...[0x75, 0xe6], // +24: jnz +0
  ...call(252, 0),
];

function program(): number[] {
  const code = [
    ...store(ACTION, HANDLER),
    ...store(ACTION + 4, SA_SIGINFO),
    ...call(174, SIGTRAP, ACTION, 0, 8),
    ...[0xbd, ...word(ROUNDS)],
  ];
  const jump = STORE_OFFSET - code.length - 5;
  code.push(0xe9, ...word(jump));
  while (code.length < STORE_OFFSET) code.push(0x90);
  code.push(...LOOP_CODE);
  while (code.length < HANDLER - ENTRY) code.push(0x90);
  return [...code, ...HANDLER_CODE];
}

const root = new MemoryBase({ '/init': { mode: 0o755, content: tinyElf(program()) } });
const boot = (): Machine => Machine.boot({ argv: ['/init'], root, ram: 8 });

/** What the handler saw: si_code and si_addr relative to LOOP. */
function logged(machine: Machine): string[] {
  const bytes = machine.readMemory(1, LOG, 0x800);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, 0x200);
  return Array.from({ length: words[0]! / 8 }, (_, i) => `${words[1 + 2 * i]}:${words[2 + 2 * i]! - LOOP}`);
}

const TRAP_HWBKPT = 4;
const dr7 = (n: number, fields: number): number => ((1 << (2 * n)) | (fields << (16 + 4 * n))) >>> 0;
const EXECUTE = 0;
const WRITE_4 = 0b1101;
const ACCESS_4 = 0b1111;
const ACCESS_1 = 0b0011;

/** Instructions of the way to the loop, and of its first round with its handlers. */
const END = 85;

/** The guest at the loop's start, with an execution, two data and one string breakpoint. */
function armed(): Machine {
  const machine = boot();
  const task = machine.task(1);
  const { kernel } = machine;
  const all = (dr7(0, EXECUTE) | dr7(1, WRITE_4) | dr7(2, ACCESS_4) | dr7(3, ACCESS_1)) >>> 0;
  for (const [n, address] of [LOOP + 11, WATCHED, WATCHED + 8, WATCHED + 17].entries()) {
    expect(setDebugRegister(kernel, task, n, address)).toBe(0);
  }
  expect(setDebugRegister(kernel, task, 7, all)).toBe(0);
  return machine;
}

/** After INC, after MOV, before the instruction at +11, after the second iteration of REP STOSB. */
const ROUND = [6, 11, 11, 21].map((at) => `${TRAP_HWBKPT}:${at}`);

describe('breakpoints of a task', () => {
  test('raise SIGTRAP with TRAP_HWBKPT: data after the access, execution before the instruction, strings in the middle', () => {
    const machine = armed();
    machine.run((m) => logged(m).length === 4 * ROUNDS, { every: 1 });
    expect(logged(machine)).toEqual(Array.from({ length: ROUNDS }, () => ROUND).flat());
    expect(machine.task(1).debug.dr6).toBe(8);
    expect(debugRegister(machine.task(1), 6)).toBe(0xffff0ff8);
    expect(machine.runToEnd().shell).toBe(0);
  });

  test('go through an image after every instruction', () => {
    let machine = armed();
    const whole = armed();
    for (let icount = 1; icount <= END; icount++) {
      machine.run(icount);
      whole.run(icount);
      const hash = machine.hash();
      expect(hash, `at ${icount}`).toBe(whole.hash());
      const { image } = machine.checkpoint();
      machine.dispose();
      machine = Machine.restore(image, { root });
      expect(machine.hash(), `restored at ${icount}`).toBe(hash);
    }
    expect(logged(machine)).toEqual(logged(whole));
    expect(logged(machine).length).toBeGreaterThan(ROUND.length);
  });

  test('belong to one task: a child has none, and execve clears them', () => {
    // fork; the child executes /init again
    const path = DATA + 0x40;
    const code = [
      ...store(path, 0x696e692f),
      ...store(path + 4, 0x74),
      ...call(2),
      ...[0x85, 0xc0, 0x75, 0x02 + call(11, path, 0, 0).length],
      ...call(11, path, 0, 0),
      ...[0xeb, 0xfe],
      ...[0xeb, 0xfe],
    ];
    const machine = Machine.boot({
      argv: ['/init'],
      ram: 8,
      root: new MemoryBase({ '/init': { mode: 0o755, content: tinyElf(code) } }),
    });
    const task = machine.task(1);
    setDebugRegister(machine.kernel, task, 0, WATCHED);
    setDebugRegister(machine.kernel, task, 7, dr7(0, WRITE_4));
    machine.run((m) => m.kernel.container.tasks.length === 2);
    expect(machine.task(2).debug).toMatchObject({ dr0: 0, dr7: 0 });
    setDebugRegister(machine.kernel, machine.task(2), 0, WATCHED);
    machine.run((m) => m.task(2).signal.didExec, { every: 1000 });
    expect(machine.task(2).debug).toMatchObject({ dr0: 0, dr7: 0 });
    expect(task.debug).toMatchObject({ dr0: WATCHED, dr7: dr7(0, WRITE_4) });
  });
});

describe('setting debug registers', () => {
  let machine: Machine;
  let task: Task;
  beforeEach(() => {
    machine = boot();
    task = machine.task(1);
  });
  const set = (n: number, value: number): number => setDebugRegister(machine.kernel, task, n, value);

  test('takes addresses of the task only', () => {
    expect(set(0, 0xbfff_ffff)).toBe(0);
    expect(set(1, 0xc000_0000)).toBe(EINVAL);
    expect(set(4, 0)).toBe(EIO);
    expect(set(5, 0)).toBe(EIO);
    expect(set(8, 0)).toBe(EIO);
    expect(set(7, dr7(0, ACCESS_1))).toBe(0);
    expect(set(7, dr7(0, WRITE_4))).toBe(EINVAL);
    expect(task.debug.dr7).toBe(dr7(0, ACCESS_1));
  });

  test('refuses I/O breakpoints, lengths and alignments that there are not', () => {
    set(0, WATCHED);
    set(1, WATCHED + 2);
    expect(set(7, dr7(0, 0b0010))).toBe(EINVAL);
    expect(set(7, dr7(0, 0b1001))).toBe(EINVAL);
    expect(set(7, dr7(0, 0b1100))).toBe(EINVAL);
    expect(set(7, dr7(1, WRITE_4))).toBe(EINVAL);
    expect(set(7, dr7(1, 0b0101))).toBe(0);
    expect(set(1, WATCHED + 1)).toBe(EINVAL);
    expect(debugRegister(task, 1)).toBe(WATCHED + 2);
  });

  test('reads back what ptrace shows', () => {
    expect([0, 4, 5, 6, 7].map((n) => debugRegister(task, n))).toEqual([0, 0, 0, 0xffff0ff0, 0]);
    expect(set(7, 0x2fc00)).toBe(0);
    expect(debugRegister(task, 7)).toBe(0x20000);
    set(6, 0);
    expect(debugRegister(task, 6)).toBe(0);
  });

  test.each<[string, Partial<Task['debug']>]>([
    ['a kernel address', { dr0: 0xc000_0000 }],
    ['a reserved bit', { dr7: 0x2000 }],
    ['an I/O breakpoint', { dr7: dr7(2, 0b0010) }],
    ['a misaligned one', { dr3: WATCHED + 1, dr7: dr7(3, WRITE_4) }],
    ['one that reaches into the kernel', { dr1: 0xbfff_fffe, dr7: dr7(1, ACCESS_4) }],
    ['a breakpoint that pends behind nothing', { pending: 1 }],
    ['single steps that pend', { pending: 0x4000, inhibited: true }],
  ])('an image with %s is refused', (_what, change) => {
    Object.assign(task.debug, change);
    const { image } = machine.checkpoint();
    expect(() => Machine.restore(image, { root })).toThrow(ImageError);
    expect(() => Machine.restore(image, { root })).toThrow(/EINVARIANT/);
  });
});
