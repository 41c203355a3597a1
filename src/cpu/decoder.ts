/** Decodes one instruction at a time from bytes into fields. Knows no registers and no memory. SDM vol. 2A, ch. 2. */
import {
  buildTables,
  type Form,
  type Group,
  IMM,
  OPCODES,
  SOURCE,
  TABLE_66,
  TABLE_REP,
  THREE_BYTE_3A,
  THREE_BYTE_38,
  TWO_BYTE,
} from './forms.ts';
import { CS, DS, EBP, EBX, EDI, ES, ESI, ESP, FS, GS, SS, ZERO_SLOT } from './layout.ts';
import { type Feature, row } from './row.ts';
import { rows } from './rows/index.ts';

/** An instruction has at most this many bytes; longer ones raise #GP(0). */
export const MAX_LENGTH = 15;

export const REP_NONE = 0;
export const REPNE = 1;
export const REPE = 2;

/** Groups of all prefix tables, one after the other. */
const groups: readonly Group[] = buildTables(rows).flat();
const anyModrm = Uint8Array.from(groups, (group) => (group.some((form) => form?.modrm) ? 1 : 0));
/** The same for every prefix: an opcode has a ModRM byte or not. */
const hasModrm = anyModrm.subarray(0, OPCODES).map((_, opcode) => {
  for (let at = opcode; at < anyModrm.length; at += OPCODES) if (anyModrm[at] === 1) return 1;
  return 0;
});
const ESCAPE_38 = 0x38;
const ESCAPE_3A = 0x3a;

function pseudoForm(name: string, op: string): Form {
  return {
    row: row('', name, '', op),
    shape: '',
    size: 'v',
    modrm: false,
    registersOnly: false,
    imm: IMM.NONE,
    source: SOURCE.ACCUMULATOR,
    byteE: false,
    byteG: false,
    lock: false,
    cond: 0,
  };
}

/** What undefined opcodes and illegal prefixes decode to. */
export const UNDEFINED = pseudoForm('(bad)', 'ud');
/** What instructions of more than 15 bytes decode to. */
export const TOO_LONG = pseudoForm('(too long)', 'privileged');

const PREFIX_NONE = 0;
const PREFIX_SEGMENT = 1;
const PREFIX_OPERAND = 2;
const PREFIX_ADDRESS = 3;
const PREFIX_LOCK = 4;
const PREFIX_REP = 5;

const prefixKind = new Uint8Array(256);
const prefixValue = new Uint8Array(256);
for (const [byte, kind, value] of [
  [0x26, PREFIX_SEGMENT, ES],
  [0x2e, PREFIX_SEGMENT, CS],
  [0x36, PREFIX_SEGMENT, SS],
  [0x3e, PREFIX_SEGMENT, DS],
  [0x64, PREFIX_SEGMENT, FS],
  [0x65, PREFIX_SEGMENT, GS],
  [0x66, PREFIX_OPERAND, 0],
  [0x67, PREFIX_ADDRESS, 0],
  [0xf0, PREFIX_LOCK, 0],
  [0xf2, PREFIX_REP, REPNE],
  [0xf3, PREFIX_REP, REPE],
] as const) {
  prefixKind[byte] = kind;
  prefixValue[byte] = value;
}

/** 16-bit addressing forms by rm: base, index (SDM vol. 2A, table 2-1). */
const BASE_16 = [EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX];
const INDEX_16 = [ESI, EDI, ESI, EDI, ZERO_SLOT, ZERO_SLOT, ZERO_SLOT, ZERO_SLOT];

/** Byte registers as offsets into the register file: AL CL DL BL AH CH DH BH. */
const byteRegister = (n: number): number => ((n & 3) << 2) | (n >> 2);

export class Decoder {
  /** The bytes instructions are read from. */
  private readonly bytes: Uint8Array;
  private readonly nextPage: () => number;
  /** Forms of these features do not decode. */
  private readonly lacking: ReadonlySet<Feature>;
  private at = 0;
  private limit = 0;
  private tooLong = false;
  /** Prefix 66 was given. */
  private prefix66 = false;

  form: Form = UNDEFINED;
  length = 0;
  /** Bytes beyond the page were needed: with `mayCross` they were read, else the other fields are meaningless. */
  crossed = false;
  mayCross = true;
  /** The opcode's index in a table of forms.ts: its byte, plus the start of its map. */
  opcode = 0;
  modrm = 0;
  /** The E operand is in memory: its offset is base + (index << scale) + disp, cut to 16 bits if `address16`. */
  memory = false;
  /** Register slots; for a register operand `base` is its number (byte registers: see byteE). */
  base = ZERO_SLOT;
  index = ZERO_SLOT;
  scale = 0;
  disp = 0;
  /** Register number of the G operand. */
  reg = 0;
  imm = 0;
  /** Second immediate: the selector of a far pointer, the level of ENTER. */
  imm2 = 0;
  operand16 = false;
  address16 = false;
  lock = false;
  rep = REP_NONE;
  segment = DS;
  /** A segment prefix was given. */
  override = false;

  /**
   * `nextPage` gives the offset in `bytes` of the page that follows; it may throw a page fault. Instructions of a feature
   * in `lacking` are undefined.
   */
  constructor(bytes: Uint8Array, nextPage: () => number, lacking: ReadonlySet<Feature> = new Set()) {
    this.bytes = bytes;
    this.nextPage = nextPage;
    this.lacking = lacking;
  }

  /** Decodes at byte offset `at`, with `room` bytes left in the page. Undefined encodings give UNDEFINED or TOO_LONG. */
  decode(at: number, room: number, code16: boolean): void {
    this.at = at;
    this.limit = at + room;
    this.length = 0;
    this.crossed = false;
    this.tooLong = false;
    this.operand16 = code16;
    this.address16 = code16;
    this.clear();
    const byte = this.prefixes(code16);
    this.opcode = byte === 0x0f ? this.escaped() : byte;
    this.operands();
    if ((this.lock && !(this.form.lock && this.memory)) || this.lacking.has(this.form.row.feature))
      this.form = UNDEFINED;
    if (this.tooLong) this.form = TOO_LONG;
  }

  private clear(): void {
    this.memory = false;
    this.base = ZERO_SLOT;
    this.index = ZERO_SLOT;
    this.scale = 0;
    this.disp = 0;
    this.reg = 0;
    this.imm = 0;
    this.imm2 = 0;
    this.modrm = 0;
    this.lock = false;
    this.rep = REP_NONE;
    this.segment = DS;
    this.override = false;
    this.prefix66 = false;
  }

  /** The opcode after a 0F byte. */
  private escaped(): number {
    const byte = this.fetch8();
    if (byte === ESCAPE_38) return THREE_BYTE_38 | this.fetch8();
    if (byte === ESCAPE_3A) return THREE_BYTE_3A | this.fetch8();
    return TWO_BYTE | byte;
  }

  /** The table of the prefix that takes part in the choice: the last of F2 and F3, else 66. SDM vol. 2A, 2.1.2. */
  private prefixTable(): number {
    if (this.rep !== REP_NONE) return this.rep + TABLE_REP;
    return this.prefix66 ? TABLE_66 : 0;
  }

  private fetch8(): number {
    if (this.length === MAX_LENGTH) {
      this.tooLong = true;
      return 0;
    }
    if (this.at === this.limit && !this.crossed) {
      this.crossed = true;
      if (this.mayCross) this.at = this.nextPage();
    }
    this.length++;
    return this.bytes[this.at++]!;
  }

  private fetch16(): number {
    const low = this.fetch8();
    return low | (this.fetch8() << 8);
  }

  private fetch32(): number {
    const low = this.fetch16();
    return low | (this.fetch16() << 16);
  }

  private signed8(): number {
    return (this.fetch8() << 24) >> 24;
  }

  /** Consumes prefixes and returns the byte after them. */
  private prefixes(code16: boolean): number {
    for (;;) {
      const byte = this.fetch8();
      switch (prefixKind[byte]) {
        case PREFIX_NONE:
          return byte;
        case PREFIX_SEGMENT:
          this.segment = prefixValue[byte]!;
          this.override = true;
          break;
        case PREFIX_OPERAND:
          this.operand16 = !code16;
          this.prefix66 = true;
          break;
        case PREFIX_ADDRESS:
          this.address16 = !code16;
          break;
        case PREFIX_LOCK:
          this.lock = true;
          break;
        default:
          this.rep = prefixValue[byte]!;
      }
      if (this.tooLong) return byte;
    }
  }

  private operands(): void {
    const group = groups[this.prefixTable() * OPCODES + this.opcode]!;
    let form = group[0];
    if (hasModrm[this.opcode] === 1) {
      const modrm = this.fetch8();
      this.modrm = modrm;
      this.reg = (modrm >> 3) & 7;
      form = group[modrm >= 0xc0 ? 8 + (modrm & 0x3f) : this.reg];
    }
    if (form === undefined) {
      this.form = UNDEFINED;
      return;
    }
    this.form = form;
    if (form.modrm) this.operandE(form);
    else if (form.source === SOURCE.OPCODE) this.base = form.byteE ? byteRegister(this.opcode & 7) : this.opcode & 7;
    else if (form.imm !== IMM.MOFFS && form.shape.startsWith('E')) this.base = 0;
    if (form.byteG) this.reg = byteRegister(this.reg);
    this.immediate(form.imm);
  }

  private operandE(form: Form): void {
    const rm = this.modrm & 7;
    if (this.modrm >= 0xc0 || form.registersOnly) {
      this.base = form.byteE ? byteRegister(rm) : rm;
      return;
    }
    this.memory = true;
    if (this.address16) this.address16Form(this.modrm >> 6, rm);
    else this.address32Form(this.modrm >> 6, rm);
  }

  private address16Form(mod: number, rm: number): void {
    if (mod === 0 && rm === 6) {
      this.disp = this.fetch16();
      return;
    }
    this.base = BASE_16[rm]!;
    this.index = INDEX_16[rm]!;
    if (this.base === EBP && !this.override) this.segment = SS;
    if (mod === 1) this.disp = this.signed8();
    else if (mod === 2) this.disp = this.fetch16();
  }

  private address32Form(mod: number, rm: number): void {
    let base = rm;
    if (rm === ESP) {
      const sib = this.fetch8();
      base = sib & 7;
      const index = (sib >> 3) & 7;
      if (index !== ESP) {
        this.index = index;
        this.scale = sib >> 6;
      }
    }
    if (mod === 0 && base === EBP) {
      this.disp = this.fetch32();
      return;
    }
    this.base = base;
    if ((base === ESP || base === EBP) && !this.override) this.segment = SS;
    if (mod === 1) this.disp = this.signed8();
    else if (mod === 2) this.disp = this.fetch32();
  }

  private immediate(kind: number): void {
    switch (kind) {
      case IMM.NONE:
        return;
      case IMM.B:
        this.imm = this.fetch8();
        return;
      case IMM.SB:
      case IMM.JB:
        this.imm = this.signed8();
        return;
      case IMM.W:
        this.imm = this.fetch16();
        return;
      case IMM.W_B:
        this.imm = this.fetch16();
        this.imm2 = this.fetch8();
        return;
      case IMM.MOFFS:
        this.memory = true;
        this.disp = this.address16 ? this.fetch16() : this.fetch32();
        return;
      case IMM.FAR:
        this.imm = this.operand16 ? this.fetch16() : this.fetch32();
        this.imm2 = this.fetch16();
        return;
      default:
        this.imm = this.operand16 ? (this.fetch16() << 16) >> 16 : this.fetch32();
    }
  }
}
