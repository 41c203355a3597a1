/** Random encodings of every place in the opcode tables: prefixes, opcode, ModRM and whatever may follow. */
import { buildTables, type Group, THREE_BYTE_3A, THREE_BYTE_38, TWO_BYTE } from '../../src/cpu/forms.ts';
import type { Row } from '../../src/cpu/row.ts';
import { rows } from '../../src/cpu/rows/index.ts';
import type { Random } from './oracle/random.ts';

const SIZE = 30;
const PREFIXES = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x64, 0x65, 0x36, 0x26, 0x3e];
const ENDS = [0, 1, 9, 10, 0x7f, 0x80, 0xff];
/** By table: none, 66, F2, F3. */
const MANDATORY = [[], [0x66], [0xf2], [0xf3]];
const MAPS: readonly (readonly [start: number, escape: readonly number[]])[] = [
  [THREE_BYTE_3A, [0x0f, 0x3a]],
  [THREE_BYTE_38, [0x0f, 0x38]],
  [TWO_BYTE, [0x0f]],
  [0, []],
];

export interface DisassemblerPlace {
  readonly row: Row;
  /** Mandatory prefix, escape bytes, opcode. */
  readonly opcode: readonly number[];
  /** Slots of the group (forms.ts) that one case may have; none without ModRM. */
  readonly slots: readonly number[];
}

/** Slots of each form of a group: one list for each ModRM.reg, memory and registers apart. */
function slotLists(group: Group): Map<string, number[]> {
  const lists = new Map<string, number[]>();
  group.forEach((form, slot) => {
    if (form === undefined) return;
    const key = form.modrm ? `${form.row.code} ${slot < 8 ? slot : `r${slot >> 3}`}` : '';
    const list = lists.get(key) ?? [];
    if (form.modrm) list.push(slot);
    lists.set(key, list);
  });
  return lists;
}

export function disassemblerPlaces(): DisassemblerPlace[] {
  const tables = buildTables(rows);
  return tables.flatMap((table, t) =>
    table.flatMap((group, index) => {
      if (t > 0 && group === tables[0]![index]) return [];
      const [start, escapes] = MAPS.find(([first]) => index >= first)!;
      const opcode = [...MANDATORY[t]!, ...escapes, index - start];
      return [...slotLists(group).values()].map((slots) => ({ row: group[slots[0] ?? 0]!.row, opcode, slots }));
    }),
  );
}

function modrm(random: Random, slots: readonly number[]): number {
  const slot = slots[random.below(slots.length)]!;
  return slot < 8 ? (random.below(3) << 6) | (slot << 3) | random.below(8) : 0xc0 | (slot - 8);
}

/** Bytes that begin with an instruction of that place, unless a prefix makes it another or none. */
export function disassemblerCase(random: Random, { opcode, slots }: DisassemblerPlace): Uint8Array {
  const start: number[] = [];
  while (random.below(100) < 30 && start.length < 3) start.push(PREFIXES[random.below(PREFIXES.length)]!);
  start.push(...opcode);
  if (slots.length > 0) start.push(modrm(random, slots));
  const ends = random.below(100) < 20;
  const bytes = Uint8Array.from({ length: SIZE }, () => (ends ? ENDS[random.below(ENDS.length)]! : random.below(256)));
  bytes.set(start);
  return bytes;
}
