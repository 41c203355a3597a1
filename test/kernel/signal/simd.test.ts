/** SSE state as programs see it: SIGFPE, handlers, fork and exec. */
import { describe, expect, test } from 'vitest';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { TIME_SLICE } from '../../../src/kernel/task/sched.ts';
import { bootTiny, call, DATA, ENTRY, EXIT, SPIN } from '../tiny.ts';

const SIGFPE = 8;
const SA_SIGINFO = 4;
const RT_SIGACTION = 174;
const RT_SIGRETURN = 173;
const FXSAVE_XMM = 160;
const FXSAVE_MXCSR = 24;
const ACTION = DATA;
const CONTROL = DATA + 0x40;
const ZERO = DATA + 0x50;
const SEEN = DATA + 0x60;

const word = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];
/** `movl $value, address` */
const store = (address: number, value: number): number[] => [0xc7, 0x05, ...word(address), ...word(value)];
const ldmxcsr = (value: number): number[] => [...store(CONTROL, value), 0x0f, 0xae, 0x15, ...word(CONTROL)];
/** `mov $value, %eax; cvtsi2sd %eax, %xmm0` */
const setXmm0 = (value: number): number[] => [0xb8, ...word(value), 0xf2, 0x0f, 0x2a, 0xc0];
/** `divsd ZERO, %xmm0` */
const divideByZero = [0xf2, 0x0f, 0x5e, 0x05, ...word(ZERO)];
const ALL_MASKED = 0x1f80;
const ZM = 4 << 7;
const FPE_FLTDIV = 3;

/** Sets a handler, which is at the end of the program, and then runs `body`. */
function withHandler(body: readonly number[], handler: readonly number[]): number[] {
  const set = (address: number): number[] => [
    ...store(ACTION, address),
    ...store(ACTION + 4, SA_SIGINFO),
    ...call(RT_SIGACTION, SIGFPE, ACTION, 0, 8),
  ];
  return [...set(ENTRY + set(0).length + body.length), ...body, ...handler];
}

const memory = (kernel: Kernel, address: number): number =>
  new DataView(kernel.container.tasks[0]!.mm!.readBytes(address, 4)!.slice().buffer).getInt32(0, true);

describe('an unmasked SIMD exception', () => {
  // mov 8(%esp), %edx; mov 8(%edx), %eax; mov %eax, SEEN; mov 12(%edx), %eax; mov %eax, SEEN + 4; stmxcsr SEEN + 8
  const look = [
    ...[0x8b, 0x54, 0x24, 0x08, 0x8b, 0x42, 0x08, 0xa3, ...word(SEEN), 0x8b, 0x42, 0x0c, 0xa3, ...word(SEEN + 4)],
    ...[0x0f, 0xae, 0x1d, ...word(SEEN + 8)],
  ];

  test('is SIGFPE with what it was and where, and the handler starts with a fresh MXCSR', () => {
    const before = [...ldmxcsr(ALL_MASKED & ~ZM), ...setXmm0(5)];
    const kernel = bootTiny(withHandler([...before, ...divideByZero], [...look, ...SPIN]));
    kernel.run(1000);
    expect(memory(kernel, SEEN)).toBe(FPE_FLTDIV);
    const start = memory(kernel, ACTION) - divideByZero.length;
    expect(memory(kernel, SEEN + 4)).toBe(start);
    expect(memory(kernel, SEEN + 8)).toBe(ALL_MASKED);
  });

  test('and going back from the handler brings XMM registers and MXCSR back', () => {
    // The handler clobbers xmm0, and makes its frame's eip the instruction after: 4 words to the ucontext's, then eip.
    const skip = [0x8b, 0x54, 0x24, 0x0c, 0x83, 0x42, 0x4c, divideByZero.length, ...setXmm0(9), 0x58];
    const after = [0xf2, 0x0f, 0x2d, 0xc0, 0xa3, ...word(SEEN), 0x0f, 0xae, 0x1d, ...word(SEEN + 4)];
    const body = [...ldmxcsr(ALL_MASKED & ~ZM), ...setXmm0(5), ...divideByZero, ...after, ...SPIN];
    const kernel = bootTiny(withHandler(body, [...skip, ...call(RT_SIGRETURN)]));
    kernel.run(1000);
    expect(memory(kernel, SEEN)).toBe(5);
    expect(memory(kernel, SEEN + 4)).toBe((ALL_MASKED & ~ZM) | 4);
  });
});

test('each process has its own registers, a child first those of its parent', () => {
  const own = [0x85, 0xc0, 0x75, setXmm0(7).length, ...setXmm0(7)];
  const kernel = bootTiny([...ldmxcsr(0x5f80), ...setXmm0(5), ...call(2), ...own, ...SPIN]);
  kernel.run(6 * TIME_SLICE);
  const seen = kernel.container.tasks.map(({ fpu }) => {
    const view = new DataView(fpu.buffer, fpu.byteOffset);
    return [view.getFloat64(FXSAVE_XMM, true), view.getUint32(FXSAVE_MXCSR, true)];
  });
  expect(seen).toEqual([
    [5, 0x5f80],
    [7, 0x5f80],
  ]);
});

test('a program starts with zeros, and MXCSR as at power-on', () => {
  const kernel = bootTiny([0x0f, 0xae, 0x1d, ...word(SEEN), ...EXIT, ...SPIN]);
  kernel.run(1);
  expect(memory(kernel, SEEN)).toBe(ALL_MASKED);
  const { fpu } = kernel.container.tasks[0]!;
  expect(fpu.subarray(FXSAVE_XMM).every((byte) => byte === 0)).toBe(true);
});
