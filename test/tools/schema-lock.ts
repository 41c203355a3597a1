/**
 * Rewrites test/ckpt/schema.lock.json and the tables of docs/image-format.md from the declarations. Refuses when a
 * published table changed under the same version. `--release` publishes the versions as they are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { withTables } from './format-reference.ts';
import { currentLock, type Lock, violations } from './schema.ts';

const LOCK = new URL('../ckpt/schema.lock.json', import.meta.url);
const REFERENCE = new URL('../../docs/image-format.md', import.meta.url);

function main(release: boolean): number {
  const old: Lock | null = existsSync(LOCK) ? JSON.parse(readFileSync(LOCK, 'utf8')) : null;
  const now = currentLock(old);
  const wrong = old === null ? [] : violations(old, now);
  if (wrong.length > 0) {
    for (const line of wrong) console.error(`schema-lock: ${line}`);
    return 1;
  }
  const kinds = Object.entries(now.kinds).map(([name, kind]) => [
    name,
    release ? { ...kind, released: kind.version } : kind,
  ]);
  writeFileSync(LOCK, `${JSON.stringify({ ...now, kinds: Object.fromEntries(kinds) }, null, 2)}\n`);
  writeFileSync(REFERENCE, withTables(readFileSync(REFERENCE, 'utf8')));
  console.log(`${kinds.length} kinds locked${release ? ' as released' : ''}`);
  return 0;
}

process.exitCode = main(process.argv.includes('--release'));
