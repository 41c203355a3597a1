/** Prefixes in the order in which both syntaxes print them. */
import { REPE, REPNE } from '../decoder.ts';
import { CS, DS } from '../layout.ts';
import type { Row } from '../row.ts';
import { lookUp, type Style } from './display.ts';
import { isNotrack, type Operand, type Site } from './operands.ts';
import { SEGMENTS } from './registers.ts';

/** Near transfers that keep the bounds registers with F2. SDM vol. 1, appendix E.3.6. */
const BOUNDED = new Set(['jcc Jb', 'jcc Jz', 'jmp Jz', 'call Jz', 'jmp Ev', 'call Ev', 'ret ', 'ret Iw']);

/** Memory by a register that is not written down, whose size therefore shows as a prefix. */
const IMPLIED = new Set(['maskmovq', 'maskmovdqu', 'monitor']);

const COMPARING = new Set(['cmps', 'scas']);

/** -1 for "not taken", 1 for "taken", 0 without a hint. SDM vol. 2A, 2.1.1, group 2. */
export function branchHint(row: Row, { d }: Site): number {
  if (row.op !== 'jcc' || !d.override) return 0;
  return d.segment === CS ? -1 : d.segment === DS ? 1 : 0;
}

/** A segment prefix that no memory operand shows. */
function segmentPrefix(row: Row, site: Site, operands: readonly Operand[]): string {
  const { d } = site;
  if (!d.override || isNotrack(row, site) || branchHint(row, site) !== 0) return '';
  const shown = operands.some(
    (operand) => operand.kind === 'segment' || (operand.kind === 'memory' && operand.overridable),
  );
  return shown ? '' : SEGMENTS[d.segment]!;
}

/** Hardware lock elision: SDM vol. 1, 16.3.3. */
function elision(row: Row, { d }: Site): string {
  if (!d.memory || d.rep === 0) return '';
  if (d.lock || row.name === 'xchg') return d.rep === REPNE ? 'xacquire' : 'xrelease';
  return row.op === 'mov' && d.rep === REPE && /^E.,[GI]/.test(row.operands) ? 'xrelease' : '';
}

function repeatPrefix(row: Row, { d }: Site): string {
  if (/^F[23] 0F/.test(row.code)) return '';
  if (d.rep === REPNE) return BOUNDED.has(`${row.name} ${row.operands}`) ? 'bnd' : 'repne';
  if (d.rep === REPE) return COMPARING.has(row.op) ? 'repe' : 'rep';
  return '';
}

/** Size prefixes that show as words of their own. LOOP's address size is its counter's, which AT&T gives as a suffix. */
function sizePrefixes(row: Row, { d, code16 }: Site, { sizeMarks, loopAddress }: Style): string[] {
  const mark = d.operand16 === code16 ? undefined : lookUp(sizeMarks, row);
  const words = mark === 'data' ? [code16 ? 'data32' : 'data16'] : mark === 'byte' ? ['.byte 0x66;'] : [];
  const bare = /\bO[bv]/.test(row.operands) || IMPLIED.has(row.name) || (loopAddress && row.op === 'loop');
  return d.address16 !== code16 && bare ? [...words, code16 ? 'addr32' : 'addr16'] : words;
}

/** The prefixes; `hint` is a branch hint's word, `repeats` whether F2 or F3 is a prefix and no part of the instruction. */
export function prefixesOf(
  row: Row,
  site: Site,
  operands: readonly Operand[],
  style: Style,
  hint: string,
  repeats: boolean,
): string[] {
  const words = [
    ...sizePrefixes(row, site, style),
    segmentPrefix(row, site, operands),
    elision(row, site),
    site.d.lock ? 'lock' : '',
    isNotrack(row, site) ? 'notrack' : '',
    hint,
    repeats ? repeatPrefix(row, site) : '',
  ];
  return words.filter((word) => word !== '');
}
