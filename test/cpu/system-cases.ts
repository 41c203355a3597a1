/**
 * What no host with a kernel of its own can be asked: segment loads, far transfers, gates, identification, and stack
 * operations at the edge of a page. Written from the manual (SDM); each case is one instruction.
 */

/** Selectors of the descriptors that the cases find in the GDT, all with RPL 3. */
export const SELECTORS = {
  code: 0x73,
  data: 0x7b,
  otherData: 0xa3,
  kernelData: 0xab,
  absentData: 0xb3,
  readOnlyData: 0xbb,
  executeOnlyCode: 0xc3,
  beyond: 0x1ff3,
} as const;

/** Where code, the memory operand [0x20000] and the stack begin; the page below the stack's does not exist. */
export const PLACES = { code: 0x10000, memory: 0x20000, stack: 0x30100, stackPage: 0x30000 } as const;

type Registers = Readonly<Record<string, number>>;

export interface SystemCase {
  readonly says: string;
  readonly code: string;
  readonly ref: string;
  /** General registers and eflags; words at `memory` and at ESP. */
  readonly before?: {
    readonly regs?: Registers;
    readonly memory?: readonly number[];
    readonly stack?: readonly number[];
  };
  readonly after: {
    /** A fault leaves everything as it was; a trap is past the instruction. */
    readonly fault?: number;
    readonly error?: number;
    readonly trap?: number;
    readonly syscall?: true;
    /** Only what differs from `before`; `es` to `gs` are selectors, `eip` by default behind the instruction. */
    readonly regs?: Registers;
    readonly memory?: readonly number[];
    readonly stack?: readonly number[];
  };
}

const { code, data, otherData, kernelData, absentData, readOnlyData, executeOnlyCode, beyond } = SELECTORS;
const { stack, stackPage } = PLACES;
const UD = 6;
const NP = 11;
const SS_FAULT = 12;
const GP = 13;
const PF = 14;
const ZF = 0x40;
const OF = 0x800;
const error = (selector: number): number => selector & ~3;
const hex = (n: number): string => n.toString(16).padStart(2, '0');

const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
const INITIAL = { es: data, cs: code, ss: data, ds: data, fs: 0, gs: 0 } as const;

const storing = SEGMENTS.flatMap((name, n): SystemCase[] => [
  {
    says: `MOV EAX, ${name} clears the upper half`,
    code: `8c${hex(0xc0 + n * 8)}`,
    ref: 'vol. 2B, MOV',
    before: { regs: { eax: -1 } },
    after: { regs: { eax: INITIAL[name] } },
  },
  {
    says: `MOV [m], ${name} stores 16 bits`,
    code: `8c${hex(0x05 + n * 8)}00000200`,
    ref: 'vol. 2B, MOV',
    before: { memory: [-1] },
    after: { memory: [0xffff0000 | INITIAL[name] | 0] },
  },
]);

const loading = (['es', 'ss', 'ds', 'fs', 'gs'] as const).flatMap((name): SystemCase[] => {
  const n = SEGMENTS.indexOf(name);
  const move = `8e${hex(0xc0 + n * 8)}`;
  const ref = 'vol. 2B, MOV: protected mode exceptions';
  return [
    {
      says: `MOV ${name}, AX loads`,
      code: move,
      ref,
      before: { regs: { eax: otherData } },
      after: { regs: { [name]: otherData } },
    },
    {
      says: `MOV ${name} refuses a kernel segment`,
      code: move,
      ref,
      before: { regs: { eax: kernelData } },
      after: { fault: GP, error: error(kernelData) },
    },
    {
      says: `MOV ${name} refuses a selector beyond the table`,
      code: move,
      ref,
      before: { regs: { eax: beyond } },
      after: { fault: GP, error: error(beyond) },
    },
    {
      says: `MOV ${name} refuses a segment that is not present`,
      code: move,
      ref,
      before: { regs: { eax: absentData } },
      after: { fault: name === 'ss' ? SS_FAULT : NP, error: error(absentData) },
    },
    {
      says: `MOV ${name} with null`,
      code: move,
      ref,
      before: { regs: { eax: 0 } },
      after: name === 'ss' ? { fault: GP, error: 0 } : { regs: { [name]: 0 } },
    },
    {
      says: `MOV ${name} refuses code that cannot be read`,
      code: move,
      ref,
      before: { regs: { eax: executeOnlyCode } },
      after: { fault: GP, error: error(executeOnlyCode) },
    },
  ];
});

const PUSHES = { es: '06', cs: '0e', ss: '16', ds: '1e', fs: '0fa0', gs: '0fa8' } as const;
const POPS = { es: '07', ss: '17', ds: '1f', fs: '0fa1', gs: '0fa9' } as const;

const pushing = Object.entries(PUSHES).flatMap(([name, bytes]): SystemCase[] => [
  {
    says: `PUSH ${name} moves ESP by 4`,
    code: bytes,
    ref: 'vol. 2B, PUSH',
    after: { regs: { esp: stack - 4 }, stack: [INITIAL[name as keyof typeof INITIAL]] },
  },
  {
    says: `PUSH ${name} on an unmapped page commits nothing`,
    code: bytes,
    ref: 'vol. 3A, 6.15',
    before: { regs: { esp: stackPage } },
    after: { fault: PF, error: 6 },
  },
]);

const popping = Object.entries(POPS).flatMap(([name, bytes]): SystemCase[] => [
  {
    says: `POP ${name} loads and moves ESP by 4`,
    code: bytes,
    ref: 'vol. 2B, POP',
    before: { stack: [0x55550000 | otherData] },
    after: { regs: { [name]: otherData, esp: stack + 4 } },
  },
  {
    says: `POP ${name} of a kernel segment leaves ESP`,
    code: bytes,
    ref: 'vol. 2B, POP',
    before: { stack: [kernelData] },
    after: { fault: GP, error: error(kernelData) },
  },
]);

const FAR_LOADS = { es: 'c4', ds: 'c5', ss: '0fb2', fs: '0fb4', gs: '0fb5' } as const;
const farLoads = Object.entries(FAR_LOADS).flatMap(([name, bytes]): SystemCase[] => [
  {
    says: `L${name.toUpperCase()} loads offset and selector`,
    code: `${bytes}0d00000200`,
    ref: 'vol. 2A, LDS/LES/LFS/LGS/LSS',
    before: { memory: [0x12345678, otherData] },
    after: { regs: { ecx: 0x12345678, [name]: otherData } },
  },
  {
    says: `L${name.toUpperCase()} of a kernel segment leaves the register`,
    code: `${bytes}0d00000200`,
    ref: 'vol. 2A, LDS/LES/LFS/LGS/LSS',
    before: { memory: [0x12345678, kernelData] },
    after: { fault: GP, error: error(kernelData) },
  },
]);

const TARGET = 0x10080;
const target = '80000100';
const here = PLACES.code;
const farTransfers: readonly SystemCase[] = [
  { says: 'JMP far', code: `ea${target}7300`, ref: 'vol. 2A, JMP', after: { regs: { eip: TARGET } } },
  { says: 'JMP far to data', code: `ea${target}7b00`, ref: 'vol. 2A, JMP', after: { fault: GP, error: error(data) } },
  { says: 'JMP far to null', code: `ea${target}0000`, ref: 'vol. 2A, JMP', after: { fault: GP, error: 0 } },
  {
    says: 'JMP far through memory',
    code: 'ff2d00000200',
    ref: 'vol. 2A, JMP',
    before: { memory: [TARGET, code] },
    after: { regs: { eip: TARGET } },
  },
  {
    says: 'CALL far pushes CS and EIP',
    code: `9a${target}7300`,
    ref: 'vol. 2A, CALL',
    after: { regs: { eip: TARGET, esp: stack - 8 }, stack: [here + 7, code] },
  },
  {
    says: 'CALL far that crosses into an unmapped page commits nothing',
    code: `9a${target}7300`,
    ref: 'vol. 3A, 6.15',
    before: { regs: { esp: stackPage + 4 } },
    after: { fault: PF, error: 6 },
  },
  {
    says: 'CALL far through memory',
    code: 'ff1d00000200',
    ref: 'vol. 2A, CALL',
    before: { memory: [TARGET, code] },
    after: { regs: { eip: TARGET, esp: stack - 8 }, stack: [here + 6, code] },
  },
  {
    says: 'RETF',
    code: 'cb',
    ref: 'vol. 2B, RET',
    before: { stack: [TARGET, code] },
    after: { regs: { eip: TARGET, esp: stack + 8 } },
  },
  {
    says: 'RETF Iw releases arguments',
    code: 'ca0c00',
    ref: 'vol. 2B, RET',
    before: { stack: [TARGET, code] },
    after: { regs: { eip: TARGET, esp: stack + 20 } },
  },
  {
    says: 'RETF to an inner ring',
    code: 'cb',
    ref: 'vol. 2B, RET',
    before: { stack: [TARGET, code & ~3] },
    after: { fault: GP, error: error(code) },
  },
  {
    says: 'IRET loads EIP, CS and the flags that CPL 3 may change',
    code: 'cf',
    ref: 'vol. 2A, IRET',
    before: { stack: [TARGET, code, 0x3ad7] },
    after: { regs: { eip: TARGET, esp: stack + 12, eflags: 0xad7 } },
  },
];

const gates: readonly SystemCase[] = [
  { says: 'INT3 traps behind itself', code: 'cc', ref: 'vol. 2A, INT n', after: { trap: 3 } },
  { says: 'INT1 traps behind itself', code: 'f1', ref: 'vol. 2A, INT n', after: { trap: 1 } },
  { says: 'INT 0x80 is the system call', code: 'cd80', ref: 'vol. 2A, INT n', after: { syscall: true } },
  { says: 'INT 3 goes through a gate for CPL 3', code: 'cd03', ref: 'vol. 2A, INT n', after: { trap: 3 } },
  {
    says: 'INT 13 finds a gate for CPL 0',
    code: 'cd0d',
    ref: 'vol. 3A, 6.12.1.2',
    after: { fault: GP, error: 13 * 8 + 2 },
  },
  { says: 'INTO without OF', code: 'ce', ref: 'vol. 2A, INT n', after: {} },
  {
    says: 'INTO with OF',
    code: 'ce',
    ref: 'vol. 2A, INT n',
    before: { regs: { eflags: 0x202 | OF } },
    after: { trap: 4 },
  },
];

const verified = (says: string, bytes: string, selector: number, good: boolean): SystemCase => ({
  says,
  code: bytes,
  ref: 'vol. 2C, VERR/VERW; vol. 2A, LAR, LSL',
  before: { regs: { eax: selector } },
  after: { regs: { eflags: good ? 0x202 | ZF : 0x202 } },
});

const checks: readonly SystemCase[] = [
  verified('VERR of data', '0f00e0', otherData, true),
  verified('VERR of a kernel segment', '0f00e0', kernelData, false),
  verified('VERR of code that cannot be read', '0f00e0', executeOnlyCode, false),
  verified('VERR of null', '0f00e0', 0, false),
  verified('VERW of data', '0f00e8', otherData, true),
  verified('VERW of what can only be read', '0f00e8', readOnlyData, false),
  verified('VERW of code', '0f00e8', code, false),
  {
    says: 'LAR gives the access rights',
    code: '0f02c8',
    ref: 'vol. 2A, LAR',
    before: { regs: { eax: readOnlyData } },
    after: { regs: { ecx: 0xc0f100, eflags: 0x202 | ZF } },
  },
  verified('LAR of a kernel segment leaves the register', '0f02c8', kernelData, false),
  {
    says: 'LSL scales the limit',
    code: '0f03c8',
    ref: 'vol. 2A, LSL',
    before: { regs: { eax: otherData } },
    after: { regs: { ecx: -1, eflags: 0x202 | ZF } },
  },
  verified('LSL of a selector beyond the table', '0f03c8', beyond, false),
];

/** The emulator's own kernel state, as Linux would set it up without UMIP. */
const identification: readonly SystemCase[] = [
  {
    says: 'SLDT without an LDT',
    code: '0f00c1',
    ref: 'vol. 2B, SLDT',
    before: { regs: { ecx: -1 } },
    after: { regs: { ecx: 0 } },
  },
  { says: 'STR', code: '0f00c9', ref: 'vol. 2B, STR', after: { regs: { ecx: 0x80 } } },
  {
    says: 'STR to memory stores 16 bits',
    code: '0f000d00000200',
    ref: 'vol. 2B, STR',
    before: { memory: [-1] },
    after: { memory: [0xffff0080 | 0] },
  },
  { says: 'SMSW', code: '0f01e1', ref: 'vol. 2B, SMSW', after: { regs: { ecx: 0x80050033 | 0 } } },
  {
    says: 'SGDT stores six bytes',
    code: '0f010500000200',
    ref: 'vol. 2B, SGDT',
    before: { memory: [0, -1] },
    after: { memory: [0x000000ff, 0xffffff40 | 0] },
  },
  {
    says: 'SIDT stores six bytes',
    code: '0f010d00000200',
    ref: 'vol. 2B, SIDT',
    before: { memory: [0, -1] },
    after: { memory: [0x100007ff, 0xffffff40 | 0] },
  },
  {
    says: 'RDTSC counts instructions',
    code: '0f31',
    ref: 'vol. 2B, RDTSC',
    before: { regs: { eax: -1, edx: -1 } },
    after: { regs: { eax: 0, edx: 0 } },
  },
];

/** The page below the stack pointer is not there: a write fault, and nothing else. */
const onUnmappedStack = (says: string, code: string, ref: string): SystemCase => ({
  says,
  code,
  ref,
  before: { regs: { esp: stackPage } },
  after: { fault: PF, error: 6 },
});

const faults: readonly SystemCase[] = [
  {
    says: 'PUSHA that crosses into an unmapped page commits nothing',
    code: '60',
    ref: 'vol. 3A, 6.15',
    before: { regs: { esp: stackPage + 16 } },
    after: { fault: PF, error: 6 },
  },
  onUnmappedStack('ENTER on an unmapped page leaves ESP and EBP', 'c8100000', 'vol. 2A, ENTER'),
  onUnmappedStack('CALL on an unmapped page does not jump', 'e810000000', 'vol. 3A, 6.15'),
  onUnmappedStack('PUSH on an unmapped page leaves ESP', '50', 'vol. 3A, 6.15'),
  {
    says: 'POP [m] to an unmapped page leaves ESP',
    code: '8f0500000400',
    ref: 'vol. 2B, POP',
    before: { stack: [1] },
    after: { fault: PF, error: 6 },
  },
  { says: 'UD2', code: '0f0b', ref: 'vol. 2C, UD', after: { fault: UD } },
];

export const systemCases: readonly SystemCase[] = [
  ...storing,
  ...loading,
  ...pushing,
  ...popping,
  ...farLoads,
  ...farTransfers,
  ...gates,
  ...checks,
  ...identification,
  ...faults,
];
