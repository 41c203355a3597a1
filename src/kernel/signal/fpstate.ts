/**
 * The x87 and SSE state in a signal frame (struct _fpstate_32): the 112 bytes of FSAVE with status and magic, then the 512 bytes
 * of FXSAVE. Going back, the FSAVE part counts for the x87, as on Linux (convert_to_fxsr). SDM vol. 1, 8.1.10 and 10.5.1.
 */
import { MXCSR_MASK } from '../../cpu/x87/fpu.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';

/** FSAVE's 108 bytes, status, magic. */
export const FPU_LEGACY_SIZE = 112;
export const FPSTATE_SIZE = FPU_LEGACY_SIZE + 512;
const LEGACY_REGISTERS = 28;
const LEGACY_STATUS = 108;
const LEGACY_MAGIC = 110;
/** The FXSAVE part is there. */
const X86_FXSR_MAGIC = 0;
const FX_REGISTERS = 32;
const FX_MXCSR = 24;
const FX_MXCSR_MASK = 28;

/** FSAVE's 108 bytes for an FXSAVE image (Linux convert_from_fxsr). */
export function legacyOf(fx: Uint8Array): Uint8Array {
  const out = new Uint8Array(LEGACY_STATUS);
  const from = new DataView(fx.buffer, fx.byteOffset, 512);
  const to = new DataView(out.buffer);
  const status = from.getUint16(2, true);
  to.setUint32(0, 0xffff0000 | from.getUint16(0, true), true);
  to.setUint32(4, 0xffff0000 | status, true);
  to.setUint32(8, 0xffff0000 | fullTag(fx, status), true);
  to.setUint32(12, from.getUint32(8, true), true);
  to.setUint32(16, from.getUint16(12, true) | (from.getUint16(6, true) << 16), true);
  to.setUint32(20, from.getUint32(16, true), true);
  to.setUint32(24, 0xffff0000 | from.getUint16(20, true), true);
  for (let i = 0; i < 8; i++) {
    out.set(fx.subarray(FX_REGISTERS + 16 * i, FX_REGISTERS + 16 * i + 10), LEGACY_REGISTERS + 10 * i);
  }
  return out;
}

/** An FXSAVE image with its x87 part from FSAVE's bytes (Linux convert_to_fxsr). */
export function withLegacy(image: Uint8Array, legacy: Uint8Array): Uint8Array {
  const from = new DataView(legacy.buffer, legacy.byteOffset, LEGACY_STATUS);
  const fx = image.slice();
  const to = new DataView(fx.buffer);
  to.setUint16(0, from.getUint16(0, true), true);
  to.setUint16(2, from.getUint16(4, true), true);
  fx[4] = shortTag(from.getUint16(8, true));
  fx[5] = 0;
  to.setUint16(6, from.getUint16(18, true), true);
  to.setUint32(8, from.getUint32(12, true), true);
  to.setUint32(12, from.getUint16(16, true), true);
  to.setUint32(16, from.getUint32(20, true), true);
  to.setUint32(20, from.getUint16(24, true), true);
  for (let i = 0; i < 8; i++) {
    fx.set(legacy.subarray(LEGACY_REGISTERS + 10 * i, LEGACY_REGISTERS + 10 * i + 10), FX_REGISTERS + 16 * i);
  }
  return fx;
}

/** The frame's bytes for an FXSAVE image. */
export function writeFpstate(fx: Uint8Array): Uint8Array {
  const out = new Uint8Array(FPSTATE_SIZE);
  out.set(legacyOf(fx));
  const to = new DataView(out.buffer);
  to.setUint16(LEGACY_STATUS, new DataView(fx.buffer, fx.byteOffset).getUint16(2, true), true);
  to.setUint16(LEGACY_MAGIC, X86_FXSR_MAGIC, true);
  out.set(fx, FPU_LEGACY_SIZE);
  to.setUint32(FPU_LEGACY_SIZE + FX_MXCSR_MASK, MXCSR_MASK, true);
  return out;
}

/** Loads the task's state from a frame; address 0 means the initial state. False when the frame cannot be read. */
export function readFpstate(kernel: Kernel, task: Task, address: number): boolean {
  if (address === 0) {
    clearLegacyFpu(kernel, task);
    return true;
  }
  const data = task.mm?.readBytes(address, FPSTATE_SIZE) ?? null;
  if (data === null) return false;
  const fx = withLegacy(data.subarray(FPU_LEGACY_SIZE, FPSTATE_SIZE), data.subarray(0, LEGACY_STATUS));
  const to = new DataView(fx.buffer);
  to.setUint32(FX_MXCSR, to.getUint32(FX_MXCSR, true) & MXCSR_MASK, true);
  task.fpu = fx;
  kernel.sched.fpuChanged(task);
  return true;
}

/** A handler starts with an x87 as after FNINIT, and SSE as at power-on. */
export function clearLegacyFpu(kernel: Kernel, task: Task): void {
  task.fpu = initialFpu();
  kernel.sched.fpuChanged(task);
}

const INITIAL_CONTROL = 0x37f;
const INITIAL_MXCSR = 0x1f80;

/** The FXSAVE image of a new program. */
export function initialFpu(): Uint8Array {
  const fx = new Uint8Array(512);
  const view = new DataView(fx.buffer);
  view.setUint16(0, INITIAL_CONTROL, true);
  view.setUint32(FX_MXCSR, INITIAL_MXCSR, true);
  return fx;
}

/** FSAVE's two tag bits for each physical register, from FXSAVE's one and the contents. SDM vol. 2A, FXSAVE table 3-45. */
function fullTag(fx: Uint8Array, status: number): number {
  const top = (status >>> 11) & 7;
  let tag = 0;
  for (let physical = 0; physical < 8; physical++) {
    const bits = ((fx[4]! >>> physical) & 1) === 0 ? 3 : classOf(fx, (physical - top) & 7);
    tag |= bits << (2 * physical);
  }
  return tag;
}

/** 0 valid, 1 zero, 2 special. */
function classOf(fx: Uint8Array, st: number): number {
  const view = new DataView(fx.buffer, fx.byteOffset + FX_REGISTERS + 16 * st, 10);
  const exponent = view.getUint16(8, true) & 0x7fff;
  const zero = view.getUint32(0, true) === 0 && view.getUint32(4, true) === 0;
  if (exponent === 0x7fff) return 2;
  if (exponent === 0) return zero ? 1 : 2;
  return (view.getUint32(4, true) & 0x8000_0000) !== 0 ? 0 : 2;
}

function shortTag(full: number): number {
  let short = 0;
  for (let i = 0; i < 8; i++) if (((full >>> (2 * i)) & 3) !== 3) short |= 1 << i;
  return short;
}
