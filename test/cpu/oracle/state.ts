/**
 * From a seed and an instruction the state it starts from: registers and memory such that its operand mostly lies in
 * the window, and values that make a difference. Vectors store seeds only, with a digest over all states: whoever
 * changes this file or values.ts needs new vectors.
 */
import type { Decoder } from '../../../src/cpu/decoder.ts';
import { EAX, EBP, EBX, ECX, EDI, EDX, ESI, ESP, ZERO_SLOT } from '../../../src/cpu/layout.ts';
import type { Row } from '../../../src/cpu/row.ts';
import { wideOffset } from './decode.ts';
import { isSimd } from './encodings.ts';
import { FX, FX_SIZE, type Start, WINDOW_SIZE, WINDOWS, type Window } from './layout.ts';
import { Random } from './random.ts';
import { fillFpu, fpuOperand } from './state-x87.ts';
import { fillLanes, type Lanes, value } from './values.ts';

const ARITHMETIC = 0x8d5;
const DF = 0x400;
const AC = 0x40000;
const FIXED_FLAGS = 0x202;
const MXCSR_INITIAL = 0x1f80;
const FCW_INITIAL = 0x37f;

type Kind = 'integer' | 'x87' | 'simd' | 'fxState';

function kindOf({ op, name, feature }: Row): Kind {
  if (name === 'fxsave' || name === 'fxrstor') return 'fxState';
  if (op === 'x87' || feature === 'FPU') return 'x87';
  return isSimd({ feature } as Row) ? 'simd' : 'integer';
}

/** What a row's operands are mostly about. */
function lanesOf({ operands, name }: Row): Lanes {
  if (/[VWUM][ps]s|ss$|ps$/.test(operands) || /ps|ss/.test(name)) return 'single';
  return /[VWUM][ps]d/.test(operands) || /pd|sd$/.test(name) ? 'double' : 'integer';
}

const LANES: readonly Lanes[] = ['single', 'double', 'integer'];
const STRINGS = new Set(['movs', 'stos', 'lods', 'cmps', 'scas']);

/** The state for `it`, an instruction just decoded; `where` puts the window elsewhere than across two pages. */
export function startState(seed: number, it: Decoder, where: Window = 'middle'): Start {
  const r = new Random(seed);
  const { row } = it.form;
  const kind = kindOf(row);
  const { start: window, edge } = WINDOWS[where];
  const aligned = (kind === 'simd' || kind === 'fxState') && !r.one(4);
  const pointer = (): number => near(r, edge, where !== 'middle', aligned);
  const regs = registers(r, pointer);
  const memory = takeBytes(WINDOW_SIZE);
  const words = new Int32Array(memory.buffer, memory.byteOffset, WINDOW_SIZE / 4);
  const flags = r.int32() & (ARITHMETIC | (r.one(4) ? DF : 0) | (kind !== 'simd' && r.one(16) ? AC : 0));
  const fx = takeBytes(FX_SIZE);
  const lanes = r.one(4) ? r.pick(LANES) : lanesOf(row);
  if (kind === 'simd' || kind === 'fxState') fillLanes(r, words, lanes);
  else for (let i = 0; i < words.length; i++) words[i] = value(r);
  fillState(r, fx, row, kind, lanes);
  if (STRINGS.has(row.op)) regs[ECX] = r.below(24);
  aim(r, it, regs, pointer());
  const start = { regs, eflags: flags | FIXED_FLAGS, window, memory, fx };
  tune(r, it, start);
  return start;
}

/** Many states share an ArrayBuffer: one for each would keep the garbage collector busy. */
const SLAB = 1 << 18;
let slab = new ArrayBuffer(SLAB);
let taken = 0;

function takeBytes(size: number): Uint8Array {
  if (taken + size > SLAB) {
    slab = new ArrayBuffer(SLAB);
    taken = 0;
  }
  taken += size;
  return new Uint8Array(slab, taken - size, size);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** An address that has room on both sides, or with `close` is near the edge of what can be accessed. */
function near(r: Random, edge: number, close: boolean, aligned: boolean): number {
  const at = close ? edge - 20 + r.below(r.one(4) ? 64 : 24) - (r.one(6) ? 100 : 0) : edge - 64 + r.below(128);
  return aligned ? at & ~15 : at;
}

function registers(r: Random, pointer: () => number): Int32Array {
  const regs = new Int32Array(8);
  for (let i = 0; i < 8; i++) {
    const points = i === ESP ? !r.one(20) : (i === EBX || i >= EBP) && !r.one(4);
    regs[i] = points ? pointer() : value(r);
  }
  return regs;
}

function fillState(r: Random, fx: Uint8Array, row: Row, kind: Kind, lanes: Lanes): void {
  const view = viewOf(fx);
  view.setUint16(FX.fcw, FCW_INITIAL, true);
  view.setUint32(FX.mxcsr, MXCSR_INITIAL, true);
  if (kind === 'integer') return;
  fillFpu(r, view, row, kind === 'x87' || kind === 'fxState');
  if (kind === 'x87') return;
  fillLanes(r, new Int32Array(fx.buffer, fx.byteOffset + FX.xmm, 32), lanes);
  if (r.one(2)) return;
  const masks = r.one(2) ? 0x1f80 : (r.below(64) << 7) | 0;
  const flags = r.one(4) ? r.below(64) : 0;
  const rounding = r.below(4) << 13;
  const flush = (r.one(8) ? 0x8000 : 0) | (r.one(8) ? 0x40 : 0);
  view.setUint32(FX.mxcsr, masks | flags | rounding | flush, true);
}

/** Changes a register of the memory operand so that it lies at `target`. */
function aim(r: Random, it: Decoder, regs: Int32Array, target: number): void {
  if (!it.memory || r.one(10) || it.form.row.op === 'lea') return;
  const { base, index, scale, disp, address16 } = it;
  if (index !== ZERO_SLOT && index !== base) regs[index] = r.below(64);
  const rest = target - disp - (index === ZERO_SLOT || index === base ? 0 : regs[index]! * 2 ** scale);
  if (base === index && base !== ZERO_SLOT) regs[base] = Math.floor(rest / (1 + 2 ** scale)) | 0;
  else if (base !== ZERO_SLOT) regs[base] = address16 ? rest & 0xffff : rest | 0;
  else if (index !== ZERO_SLOT && rest > 0) regs[index] = (target - disp) >> scale;
}

/** Where the memory operand lies within the window, or -1. */
function operandAt(it: Decoder, { regs, window }: Start, size: number): number {
  if (!it.memory) return -1;
  const at = wideOffset(it, regs) - window;
  return at >= 0 && at + size <= WINDOW_SIZE ? at : -1;
}

/** Makes the interesting case of an operation more than a rare one. */
function tune(r: Random, it: Decoder, start: Start): void {
  const { regs, memory } = start;
  const view = viewOf(memory);
  const { op, name } = it.form.row;
  if (op === 'x87') fpuOperand(r, it.form.row, viewOf(start.fx), view, operandAt(it, start, 16));
  if (name === 'fxrstor') fxImage(r, view, operandAt(it, start, 32));
  if (name === 'ldmxcsr' && !r.one(6)) mxcsr(r, view, operandAt(it, start, 4));
  if (/^bt[src]?$/.test(op) && it.memory && !r.one(4)) regs[it.reg] = r.below(2048) - 1024;
  if (op === 'cmpxchg8b' && r.one(2)) compareEqual(view, regs, operandAt(it, start, 8));
  if (op === 'cmpxchg' && r.one(2)) {
    const at = operandAt(it, start, 4);
    if (at >= 0) regs[EAX] = view.getInt32(at, true);
  }
  if (/^i?div$/.test(op) && !r.one(3)) regs[EDX] = r.one(2) ? regs[EAX]! >> 31 : r.below(8);
  if (op === 'popf') popFlags(view, regs[ESP]! - start.window);
  if (/^maskmov/.test(name)) regs[EDI] = regs[r.pick([ESP, ESI, EDI])]!;
}

function compareEqual(view: DataView, regs: Int32Array, at: number): void {
  if (at < 0) return;
  regs[EAX] = view.getInt32(at, true);
  regs[EDX] = view.getInt32(at + 4, true);
}

/** No TF or NT from memory. */
function popFlags(view: DataView, at: number): void {
  if (at >= 0 && at < WINDOW_SIZE - 4) view.setInt32(at, view.getInt32(at, true) & (ARITHMETIC | DF), true);
}

function mxcsr(r: Random, view: DataView, at: number): void {
  if (at >= 0) view.setUint32(at, r.int32() & 0xffff, true);
}

/** Control words of an image to load: never the reserved precision; MXCSR mostly without reserved bits. */
function fxImage(r: Random, view: DataView, at: number): void {
  if (at < 0) return;
  view.setUint16(at + FX.fcw, (r.int32() & 0xfc7f) | r.pick([0x40, 0x240, 0x340]), true);
  view.setUint32(at + FX.mxcsr, r.int32() & (r.one(6) ? -1 : 0xffff), true);
}
