/** Expands the hot operations into the interpreter's source, `src/cpu/interpreter.ts`. */
import { hotOps } from './ops.ts';

const HEAD = `// Expanded from hot/ops.ts by \`npx tsx test/cpu/write-interpreter.ts\`: change those, not this.
import type { Cpu } from './cpu.ts';
import { GUEST_FAULT } from './fault.ts';
import { runSimd } from './simd/run.ts';
import { runX87 } from './x87/run.ts';

/** Operation numbers of word 0 (words.ts). */
export const HOT = {
%NAMES%
} as const;

/** Returned besides the codes of words.ts: the budget is used up; an instruction faulted and was not counted. */
export const EXHAUSTED = 0;
export const FAULTED = 5;

/**
 * Runs decoded blocks from \`cpu.eip\` (or the code at index \`start\` when not 0) until fewer than 64 of \`budget\`
 * instructions are left, or something happens. Leaves what is left of the budget in \`cpu.left\`.
 * Only locals and literals in here: see design notes on the switch cliff in hot/ops.ts.
 */
export function interpret(cpu: Cpu, start: number, limit: number): number {
  const m = cpu.ram.i32;
  const h = cpu.ram.u16;
  const b = cpu.ram.u8;
  const c = cpu.code;
  const handlers = cpu.handlers;
  const entries = cpu.blocks.entries;
  const frameSlots = cpu.blocks.frameSlots;
  const codeBase = m[10]!;
  const checked = (cpu.mode & 4) !== 0;
  let budget = limit;
  let eip = cpu.eip | 0;
  let page = (eip - ((eip + codeBase) & 0xfff)) | 0;
  let pc = start;
  let link = 0;
  try {
    for (;;) {
      if (pc === 0) {
        if (budget < 64) break;
        if (checked) cpu.checkFetch(eip);
        const linear = (eip + codeBase) | 0;
        const entry = ~m[0x100000 + (linear >>> 12)]!;
        const frame = ((entry & 1) === 0 ? (entry + linear - 0x1000000) >>> 12 : cpu.fetchFrame(linear));
        const slot = frameSlots[frame]!;
        let found = entries[(slot << 12) | (linear & 0xfff)]!;
        if (found === 0) {
          found = cpu.translate(eip, frame);
          if (found <= link) link = 0;
        }
        if (link !== 0) {
          if (((eip ^ page) & -0x1000) === 0 && !checked) c[link + 1] = found;
          link = 0;
        }
        page = (eip - (linear & 0xfff)) | 0;
        pc = found;
      }
      for (;;) {
        const w = c[pc]!;
        switch (w & 0xff) {
%CASES%
        }
        break;
      }
      pc = 0;
    }
  } catch (error) {
    if (error !== GUEST_FAULT) throw error;
    if (pc !== 0) {
      // Those that run several instructions note where they are.
      const op = c[pc]! & 0xff;
      if (op === HOT.SIMD || op === HOT.X87) pc = cpu.pc;
      const t = c[pc + 3]!;
      eip = (page + (t & 0x1fff)) | 0;
      const position = (t >>> 13) & 63;
      if (position > 0) budget -= position - 1;
    }
    cpu.eip = eip >>> 0;
    cpu.left = budget;
    return 5;
  }
  cpu.eip = eip >>> 0;
  cpu.left = budget;
  return 0;
}
`;

const indent = (text: string, by: string): string => text.replaceAll(/^/gm, by);

/** The whole file, unformatted. */
export function interpreterSource(): string {
  const names = hotOps.map((op, i) => `  ${op.name}: ${i},`).join('\n');
  const cases = hotOps.map((op, i) => `case ${i}: {\n// ${op.name}\n${indent(op.body, '  ')}\n}`).join('\n');
  return HEAD.replace('%NAMES%', names).replace('%CASES%', () => indent(cases, '          '));
}
