/**
 * The operations that the interpreter's switch executes itself, as source text: 32-bit operands, 32-bit addresses,
 * flat segments, and the byte forms that compilers use. Everything else goes to a handler. V8 inlines too little to
 * write this as functions, and stops optimising a switch of some 400 cases, so the text is expanded (emit.ts) and the
 * list kept short.
 *
 * In a body: `w` is word 0; `m`, `h`, `b` are the board's memory as int32, uint16, uint8; `c` is the code array.
 * A body ends by `continue` with the next code index in `pc`, or by `break` with the next instruction in `eip`.
 */
export interface HotOp {
  readonly name: string;
  readonly body: string;
}

const REG = '(w >>> 8) & 15';
const BASE = '(w >>> 12) & 15';
const IMM = 'c[pc + 2]!';
const ADDRESS = `(m[${BASE}]! + (m[(w >>> 16) & 15]! << (w >>> 20)) + c[pc + 1]!) | 0`;
const NEXT = 'pc += 4;\ncontinue;';
/** Instructions from the start of the block to the end of this one. */
const POSITION = '((c[pc + 3]! >>> 13) & 63)';

/** Names `x` the value of `size` bytes at linear address `a`. */
function load(x: string, size: 1 | 2 | 4, address = ADDRESS): string {
  const fast = { 1: 'b[(e + a) >>> 0]!', 2: 'h[(e + a) >>> 1]!', 4: 'm[(e + a) >>> 2]!' }[size];
  const test = size === 1 ? '(e & 1) === 0' : `((e | a) & ${size - 1}) === 0`;
  return `const a = ${address};
const e = ~m[0x100000 + (a >>> 12)]!;
const ${x} = ${test} ? ${fast} : cpu.readMem${size * 8}(a);`;
}

/** Stores an expression at linear address `a`. */
function store(value: string, size: 1 | 2 | 4, address = ADDRESS): string {
  const fast = { 1: 'b[(e + a) >>> 0]', 2: 'h[(e + a) >>> 1]', 4: 'm[(e + a) >>> 2]' }[size];
  const test = size === 1 ? '(e & 1) === 0' : `((e | a) & ${size - 1}) === 0`;
  return `const a = ${address};
const e = ~m[0x200000 + (a >>> 12)]!;
if (${test}) ${fast} = ${value};
else {
cpu.pc = pc;
cpu.writeMem${size * 8}(a, ${value});
}`;
}

/** The same for an instruction that ends its block: nothing after it needs to be left. */
const storeLast = (value: string, address: string): string =>
  store(value, 4, address).replace('cpu.pc = pc', 'cpu.pc = 0');

/** Reads `x` at E, computes `z` from it by `compute`, stores `z`. */
function modify(compute: string, size: 1 | 4): string {
  const view = size === 1 ? 'b[(e + a) >>> 0]' : 'm[(e + a) >>> 2]';
  const test = size === 1 ? '(e & 1) === 0' : '((e | a) & 3) === 0';
  return `const a = ${ADDRESS};
const e = ~m[0x200000 + (a >>> 12)]!;
const fast = ${test};
if (!fast) cpu.probeWrite(a, ${size});
const x = fast ? ${view}! : cpu.readMem${size * 8}(a);
${compute}
if (fast) ${view} = z;
else {
cpu.pc = pc;
cpu.writeMem${size * 8}(a, z);
}`;
}

const setFlags = (carry: string): string => `m[16] = z;\nm[17] = z;\nm[18] = ${carry};`;

const SUM = '(x & y) | ((x | y) & ~z)';
const BORROW = '(~x & y) | ((~x | y) & z)';

interface Operation {
  readonly z: string;
  readonly carry: string;
  readonly writes: boolean;
}
const OPERATIONS: Readonly<Record<string, Operation>> = {
  ADD: { z: '(x + y) | 0', carry: SUM, writes: true },
  OR: { z: 'x | y', carry: '0', writes: true },
  ADC: { z: '(x + y + (m[18]! >>> 31)) | 0', carry: SUM, writes: true },
  SBB: { z: '(x - y - (m[18]! >>> 31)) | 0', carry: BORROW, writes: true },
  AND: { z: 'x & y', carry: '0', writes: true },
  SUB: { z: '(x - y) | 0', carry: BORROW, writes: true },
  XOR: { z: 'x ^ y', carry: '0', writes: true },
  CMP: { z: '(x - y) | 0', carry: BORROW, writes: false },
  TEST: { z: 'x & y', carry: '0', writes: false },
};

function binary32(name: string, { z, carry, writes }: Operation): HotOp[] {
  const result = `const z = ${z};`;
  const flags = setFlags(carry);
  const toReg = writes ? 'm[r] = z;\n' : '';
  const memory = (y: string): string =>
    writes
      ? `const y = ${y};\n${modify(result, 4)}\n${flags}\n${NEXT}`
      : `${load('x', 4)}\nconst y = ${y};\n${result}\n${flags}\n${NEXT}`;
  return [
    {
      name: `${name}_R_R`,
      body: `const r = ${REG};\nconst x = m[r]!;\nconst y = m[${BASE}]!;\n${result}\n${toReg}${flags}\n${NEXT}`,
    },
    {
      name: `${name}_R_I`,
      body: `const r = ${REG};\nconst x = m[r]!;\nconst y = ${IMM};\n${result}\n${toReg}${flags}\n${NEXT}`,
    },
    {
      name: `${name}_R_M`,
      body: `${load('y', 4)}\nconst r = ${REG};\nconst x = m[r]!;\n${result}\n${toReg}${flags}\n${NEXT}`,
    },
    { name: `${name}_M_R`, body: memory(`m[${REG}]!`) },
    { name: `${name}_M_I`, body: memory(IMM) },
  ];
}

/** Byte operations work on operands moved to the top of the word, so that carries come out at bits 31 and 30. */
function binary8(name: string, { z, carry, writes }: Operation): HotOp[] {
  const compute = `const t = ${z};\nconst z = t >> 24;`.replace('t = (', 't = (');
  const vector = carry.replaceAll('z', 't');
  const flags =
    carry === '0'
      ? setFlags('0')
      : `const v = ${vector};\nm[16] = z;\nm[17] = z;\nm[18] = (v & -0x40000000) | ((v >>> 24) & 8);`;
  const toReg = writes ? 'b[r] = z;\n' : '';
  const shifted = (y: string): string => `const y = ${y} << 24;`;
  const memory = (y: string): string =>
    writes
      ? `${shifted(y)}\n${modify(`const p = x << 24;\n${compute.replaceAll(/\bx\b/g, 'p')}`, 1)}\n${flags.replaceAll(/\bx\b/g, 'p')}\n${NEXT}`
      : `${load('l', 1)}\nconst x = l << 24;\n${shifted(y)}\n${compute}\n${flags}\n${NEXT}`;
  return [
    {
      name: `${name}8_R_R`,
      body: `const r = ${REG};\nconst x = b[r]! << 24;\n${shifted(`b[${BASE}]!`)}\n${compute}\n${toReg}${flags}\n${NEXT}`,
    },
    {
      name: `${name}8_R_I`,
      body: `const r = ${REG};\nconst x = b[r]! << 24;\n${shifted(IMM)}\n${compute}\n${toReg}${flags}\n${NEXT}`,
    },
    {
      name: `${name}8_R_M`,
      body: `${load('l', 1)}\nconst r = ${REG};\nconst x = b[r]! << 24;\n${shifted('l')}\n${compute}\n${toReg}${flags}\n${NEXT}`,
    },
    { name: `${name}8_M_R`, body: memory(`b[${REG}]!`) },
    { name: `${name}8_M_I`, body: memory(IMM) },
  ];
}

const moves: HotOp[] = [
  { name: 'MOV_R_R', body: `m[${REG}] = m[${BASE}]!;\n${NEXT}` },
  { name: 'MOV_R_I', body: `m[${REG}] = ${IMM};\n${NEXT}` },
  { name: 'MOV_R_M', body: `${load('x', 4)}\nm[${REG}] = x;\n${NEXT}` },
  { name: 'MOV_M_R', body: `${store(`m[${REG}]!`, 4)}\n${NEXT}` },
  { name: 'MOV_M_I', body: `${store(IMM, 4)}\n${NEXT}` },
  { name: 'MOV8_R_R', body: `b[${REG}] = b[${BASE}]!;\n${NEXT}` },
  { name: 'MOV8_R_I', body: `b[${REG}] = ${IMM};\n${NEXT}` },
  { name: 'MOV8_R_M', body: `${load('x', 1)}\nb[${REG}] = x;\n${NEXT}` },
  { name: 'MOV8_M_R', body: `${store(`b[${REG}]!`, 1)}\n${NEXT}` },
  { name: 'MOV8_M_I', body: `${store(IMM, 1)}\n${NEXT}` },
  { name: 'MOV16_M_R', body: `${store(`m[${REG}]!`, 2)}\n${NEXT}` },
  { name: 'MOVZX8_R_R', body: `m[${REG}] = b[${BASE}]!;\n${NEXT}` },
  { name: 'MOVZX8_R_M', body: `${load('x', 1)}\nm[${REG}] = x;\n${NEXT}` },
  { name: 'MOVZX16_R_R', body: `m[${REG}] = m[${BASE}]! & 0xffff;\n${NEXT}` },
  { name: 'MOVZX16_R_M', body: `${load('x', 2)}\nm[${REG}] = x;\n${NEXT}` },
  { name: 'MOVSX8_R_R', body: `m[${REG}] = (b[${BASE}]! << 24) >> 24;\n${NEXT}` },
  { name: 'MOVSX8_R_M', body: `${load('x', 1)}\nm[${REG}] = (x << 24) >> 24;\n${NEXT}` },
  { name: 'MOVSX16_R_R', body: `m[${REG}] = (m[${BASE}]! << 16) >> 16;\n${NEXT}` },
  { name: 'MOVSX16_R_M', body: `${load('x', 2)}\nm[${REG}] = (x << 16) >> 16;\n${NEXT}` },
  { name: 'LEA', body: `m[${REG}] = ${ADDRESS};\n${NEXT}` },
  {
    name: 'XCHG_R_R',
    body: `const r = ${REG};\nconst s = ${BASE};\nconst x = m[r]!;\nm[r] = m[s]!;\nm[s] = x;\n${NEXT}`,
  },
  { name: 'CDQ', body: `m[2] = m[0]! >> 31;\n${NEXT}` },
  { name: 'NOP', body: NEXT },
];

const stack: HotOp[] = [
  { name: 'PUSH_R', body: `${store(`m[${BASE}]!`, 4, '(m[4]! - 4) | 0')}\nm[4] = a;\n${NEXT}` },
  { name: 'PUSH_I', body: `${store(IMM, 4, '(m[4]! - 4) | 0')}\nm[4] = a;\n${NEXT}` },
  {
    name: 'PUSH_M',
    body: `let v = 0;
{
${load('x', 4)}
v = x;
}
${store('v', 4, '(m[4]! - 4) | 0')}
m[4] = a;
${NEXT}`,
  },
  { name: 'POP_R', body: `${load('x', 4, 'm[4]!')}\nm[4] = a + 4;\nm[${BASE}] = x;\n${NEXT}` },
  { name: 'LEAVE_FRAME', body: `${load('x', 4, 'm[5]!')}\nm[4] = a + 4;\nm[5] = x;\n${NEXT}` },
];

const incDec = (carries: string): string => `const v = ${carries};
const old = m[18]!;
m[16] = z;
m[17] = z;
m[18] = (old & -0x80000000) | (((old ^ v ^ (v << 1)) >>> 1) & 0x40000000) | (v & 8);`;

const shiftFlags = (carry: string, overflow: string): string =>
  `m[16] = z;\nm[17] = z;\nconst cf = ${carry};\nm[18] = (cf << 31) | ((cf ^ ${overflow}) << 30);`;

const SHIFTS: Readonly<Record<string, string>> = {
  SHL: `const l = x << (n - 1);\nconst z = l << 1;\nm[r] = z;\n${shiftFlags('l >>> 31', '((z ^ l) >>> 31)')}`,
  SHR: `const l = x >>> (n - 1);\nconst z = l >>> 1;\nm[r] = z;\n${shiftFlags('l & 1', '((z ^ (z << 1)) >>> 31)')}`,
  SAR: `const l = x >> (n - 1);\nconst z = l >> 1;\nm[r] = z;\n${shiftFlags('l & 1', '0')}`,
  ROL: `const z = (x << n) | (x >>> (32 - n));\nm[r] = z;\nm[18] = ((z & 1) << 31) | (((z >>> 31) & 1) << 30) | (m[18]! & 8);`,
  ROR: `const z = (x >>> n) | (x << (32 - n));\nm[r] = z;\nm[18] = (z & -0x80000000) | ((z & 0x40000000)) | (m[18]! & 8);`,
};

function shifts(): HotOp[] {
  return Object.entries(SHIFTS).flatMap(([name, body]) => [
    { name: `${name}_R_I`, body: `const r = ${BASE};\nconst x = m[r]!;\nconst n = ${IMM};\n${body}\n${NEXT}` },
    ...(name.startsWith('S')
      ? [
          {
            name: `${name}_R_CL`,
            body: `const n = m[1]! & 31;\nif (n !== 0) {\nconst r = ${BASE};\nconst x = m[r]!;\n${body}\n}\n${NEXT}`,
          },
        ]
      : []),
  ]);
}

const PRODUCT_FLAGS = 'm[16] = 1;\nm[17] = z;\nm[18] = p === z ? 0 : -0x80000000;';
/** A product of two int32 rounds as a double, but never to a value within int32 unless it is exact. */
const product = (x: string, y: string): string =>
  `const p = ${x} * ${y};\nconst z = Math.imul(${x}, ${y});\nm[${REG}] = z;\n${PRODUCT_FLAGS}`;

const single: HotOp[] = [
  {
    name: 'INC_R',
    body: `const r = ${BASE};\nconst x = m[r]!;\nconst z = (x + 1) | 0;\nm[r] = z;\n${incDec('(x & 1) | ((x | 1) & ~z)')}\n${NEXT}`,
  },
  {
    name: 'DEC_R',
    body: `const r = ${BASE};\nconst x = m[r]!;\nconst z = (x - 1) | 0;\nm[r] = z;\n${incDec('(~x & 1) | ((~x | 1) & z)')}\n${NEXT}`,
  },
  {
    name: 'NEG_R',
    body: `const r = ${BASE};\nconst y = m[r]!;\nconst z = -y | 0;\nm[r] = z;\n${setFlags('y | z')}\n${NEXT}`,
  },
  { name: 'NOT_R', body: `const r = ${BASE};\nm[r] = ~m[r]!;\n${NEXT}` },
  { name: 'IMUL_R_R', body: `const x = m[${REG}]!;\nconst y = m[${BASE}]!;\n${product('x', 'y')}\n${NEXT}` },
  { name: 'IMUL_R_M', body: `${load('y', 4)}\nconst x = m[${REG}]!;\n${product('x', 'y')}\n${NEXT}` },
  { name: 'IMUL_R_R_I', body: `const x = m[${BASE}]!;\nconst y = ${IMM};\n${product('x', 'y')}\n${NEXT}` },
];

const PARITY = '((0x9669 >>> ((m[17]! ^ (m[17]! >>> 4)) & 15)) & 1) !== 0';
const OVERFLOW = '(m[18]! ^ (m[18]! << 1)) < 0';
const LESS = '(m[17]! ^ m[18]! ^ (m[18]! << 1)) < 0';

/** Conditions 0..15 (SDM vol. 1, appendix B) on the lazy flags. */
const CONDITIONS: readonly (readonly [string, string])[] = [
  ['O', OVERFLOW],
  ['NO', `!(${OVERFLOW})`],
  ['B', 'm[18]! < 0'],
  ['AE', 'm[18]! >= 0'],
  ['E', 'm[16] === 0'],
  ['NE', 'm[16] !== 0'],
  ['BE', 'm[18]! < 0 || m[16] === 0'],
  ['A', 'm[18]! >= 0 && m[16] !== 0'],
  ['S', 'm[17]! < 0'],
  ['NS', 'm[17]! >= 0'],
  ['P', PARITY],
  ['NP', `!(${PARITY})`],
  ['L', LESS],
  ['GE', `!(${LESS})`],
  ['LE', `m[16] === 0 || ${LESS}`],
  ['G', `m[16] !== 0 && !(${LESS})`],
];

/** Goes to a direct target: to its block when linked and the budget covers any block, else by eip. */
const TAKE = `budget -= ${POSITION};
const t = c[pc + 1]!;
if (t !== 0 && budget > 63) {
pc = t;
continue;
}
eip = (page + c[pc + 2]!) | 0;
link = pc;
break;`;

/** The same from a comparison fused with the jump after it: the jump's words come 4 later. */
const TAKE_FUSED = `budget -= (c[pc + 7]! >>> 13) & 63;
const t = c[pc + 5]!;
if (t !== 0 && budget > 63) {
pc = t;
continue;
}
eip = (page + c[pc + 6]!) | 0;
link = pc + 4;
break;`;

/** Conditions after a comparison of `x` with `y`, straight from the operands. */
const COMPARISONS: Readonly<Record<string, string>> = {
  B: '(x >>> 0) < (y >>> 0)',
  AE: '(x >>> 0) >= (y >>> 0)',
  E: 'x === y',
  NE: 'x !== y',
  BE: '(x >>> 0) <= (y >>> 0)',
  A: '(x >>> 0) > (y >>> 0)',
  L: 'x < y',
  GE: 'x >= y',
  LE: 'x <= y',
  G: 'x > y',
};
/** Conditions after a TEST with result `z`. */
const TESTS: Readonly<Record<string, string>> = {
  E: 'z === 0',
  NE: 'z !== 0',
  S: 'z < 0',
  NS: 'z >= 0',
  LE: 'z <= 0',
  G: 'z > 0',
};
const FUSED_NEXT = 'pc += 8;\ncontinue;';

/** `name`_J`condition`: see translate.ts, fuse. */
function fused(
  name: string,
  operands: string,
  z: string,
  carry: string,
  tests: Readonly<Record<string, string>>,
): HotOp[] {
  return Object.entries(tests).map(([condition, test]) => ({
    name: `${name}_J${condition}`,
    body: `${operands}\nconst z = ${z};\n${setFlags(carry)}\nif (${test}) {\n${TAKE_FUSED}\n}\n${FUSED_NEXT}`,
  }));
}

const REGISTERS = `const x = m[${REG}]!;\nconst y = m[${BASE}]!;`;
const REGISTER_IMMEDIATE = `const x = m[${REG}]!;\nconst y = ${IMM};`;
const pairs: HotOp[] = [
  ...fused('CMP_R_R', REGISTERS, '(x - y) | 0', BORROW, COMPARISONS),
  ...fused('CMP_R_I', REGISTER_IMMEDIATE, '(x - y) | 0', BORROW, COMPARISONS),
  ...fused('CMP_R_M', `${load('y', 4)}\nconst x = m[${REG}]!;`, '(x - y) | 0', BORROW, COMPARISONS),
  ...fused('TEST_R_R', REGISTERS, 'x & y', '0', TESTS),
];

const RETURN = (release: string): string => `${load('x', 4, 'm[4]!')}
m[4] = a + ${release};
budget -= ${POSITION};
eip = x;
break;`;

const RETURN_EIP = '(page + (c[pc + 3]! & 0x1fff) + ((c[pc + 3]! >>> 19) & 15)) | 0';

const CALL_INDIRECT = `${storeLast('v', '(m[4]! - 4) | 0')}
m[4] = a;
budget -= ${POSITION};
eip = x;
break;`;

const control: HotOp[] = [
  ...CONDITIONS.map(([name, test]) => ({ name: `J${name}`, body: `if (${test}) {\n${TAKE}\n}\n${NEXT}` })),
  { name: 'JMP', body: TAKE },
  { name: 'JMP_R', body: `budget -= ${POSITION};\neip = m[${BASE}]!;\nbreak;` },
  { name: 'JMP_M', body: `${load('x', 4)}\nbudget -= ${POSITION};\neip = x;\nbreak;` },
  { name: 'CALL', body: `const v = ${RETURN_EIP};\n${storeLast('v', '(m[4]! - 4) | 0')}\nm[4] = a;\n${TAKE}` },
  { name: 'CALL_R', body: `const x = m[${BASE}]!;\nconst v = ${RETURN_EIP};\n${CALL_INDIRECT}` },
  {
    name: 'CALL_M',
    body: `let x = 0;
{
${load('y', 4)}
x = y;
}
const v = ${RETURN_EIP};
${CALL_INDIRECT}`,
  },
  { name: 'RET', body: RETURN('4') },
  { name: 'RET_I', body: RETURN(`4 + ${IMM}`) },
  {
    name: 'NEXT_BLOCK',
    body: `budget -= ${POSITION} - 1;
const t = c[pc + 1]!;
if (t !== 0 && budget > 63) {
pc = t;
continue;
}
eip = (page + (c[pc + 3]! & 0x1fff)) | 0;
link = pc;
break;`,
  },
];

/**
 * What every block may need: calls a handler; or leaves for the dispatcher before this instruction; or lets SIMD
 * and floating-point instructions be run where that is written.
 */
const glue: HotOp[] = [
  { name: 'LEAVE', body: `budget -= ${POSITION} - 1;\neip = (page + (c[pc + 3]! & 0x1fff)) | 0;\nbreak;` },
  {
    name: 'HANDLER',
    body: `const t = c[pc + 3]!;
cpu.pc = pc;
cpu.eip = (page + (t & 0x1fff)) >>> 0;
cpu.left = budget - ((t >>> 13) & 63) + 1;
const r = handlers[((w >>> 30) << 9) | (t >>> 23)]!(cpu, pc);
if (r === 0) {
pc += 4;
continue;
}
budget -= (t >>> 13) & 63;
eip = cpu.eip | 0;
if (r === 1) break;
cpu.left = budget;
return r;`,
  },
  { name: 'SIMD', body: 'pc = runSimd(cpu, pc);\ncontinue;' },
  { name: 'X87', body: 'pc = runX87(cpu, pc, page);\ncontinue;' },
];

const BYTE_OPERATIONS = ['ADD', 'OR', 'AND', 'SUB', 'XOR', 'CMP', 'TEST'];
/** Forms that the switch has room for but programs do not need. */
const LEFT_OUT = new Set([
  'ADC_M_R',
  'ADC_M_I',
  'SBB_M_R',
  'SBB_M_I',
  'TEST_R_M',
  'TEST8_R_M',
  'SUB8_M_R',
  'XOR8_M_R',
  'XOR8_M_I',
]);

export const hotOps: readonly HotOp[] = [
  ...glue,
  ...moves,
  ...Object.entries(OPERATIONS).flatMap(([name, operation]) => binary32(name, operation)),
  ...BYTE_OPERATIONS.flatMap((name) => binary8(name, OPERATIONS[name]!)),
  ...shifts(),
  ...single,
  ...stack,
  ...control,
  ...pairs,
].filter((op) => !LEFT_OUT.has(op.name));
