/**
 * Compares the emulated processor with this host's on random cases of every row:
 * `npm run oracle -- [--count 1000000] [--seed 1] [--row NAME]`. NAME is part of `66 0F 58 /r addpd Vpd,Wpd`.
 * Ends with 1 when something differs. `--table` lists what covers each row, and ends with 1 when nothing covers one;
 * `--record` writes recorded.br anew.
 */
import { parseArgs } from 'node:util';
import { rows } from '../../../src/cpu/rows/index.ts';
import { isMissing } from '../../native/need.ts';
import { batches, Campaign } from './campaign.ts';
import { findNative, processorName } from './native.ts';
import { Random } from './random.ts';
import { record } from './recorded.ts';
import { nameOf } from './rows.ts';
import { tableLines } from './table.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    row: { type: 'string', default: '' },
    record: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});

const native = findNative();
if (values.table) {
  const { lines, lacking } = tableLines(isMissing(native) ? 'x86-64' : native.mode);
  for (const line of lines) console.log(line);
  process.exit(lacking === 0 ? 0 : 1);
}
if (isMissing(native)) {
  console.error(`this host lacks ${native.missing}`);
  process.exit(2);
}
if (values.record) {
  console.log(record(rows, native));
  native.close();
  process.exit(0);
}
const wanted = rows.filter((row) => nameOf(row).includes(values.row));
const campaign = new Campaign(native);
const begin = process.hrtime.bigint();
const seconds = (): number => Number(process.hrtime.bigint() - begin) / 1e9;
/** One sequence for so many single instructions. */
const SEQUENCES = 1 / 8;
const sequenceSeed = new Random(Number(values.seed) + 1);
let shown = 0;
for (const batch of batches(wanted, native.mode, Number(values.count), Number(values.seed))) {
  campaign.judge(batch);
  campaign.runSequences(wanted, Math.ceil(batch.length * SEQUENCES), sequenceSeed);
  if (seconds() < shown + 10) continue;
  shown = seconds();
  console.log(`${campaign.total} cases, ${campaign.differences} differ, ${rate()} cases/s`);
}
for (const [kind, { count, example }] of campaign.kinds) console.log(`${count} ${kind}\n${example}`);
console.log(
  `${campaign.total} cases of ${wanted.length} rows, ${campaign.differences} differences, ${rate()} cases/s, ${native.mode} code on ${processorName()}`,
);
native.close();
process.exitCode = campaign.differences === 0 ? 0 : 1;

function rate(): string {
  return (campaign.total / seconds()).toFixed(0);
}
