import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const source = new URL('../../src/', import.meta.url);
const reference = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const documented = new Set(Array.from(reference.matchAll(/^\| (E[A-Z]+) \|/gm), (match) => match[1]!));

/** Codes that errors are made with. */
function codesIn(text: string): string[] {
  const constructed = text.matchAll(/(?:new (?:ImageError|HostError|CliError)\(|\bfail\()[^;]*?'(E[A-Z]{3,})'/g);
  const stated = text.matchAll(/\bcode(?::| =(?!=))[^;,}]*?'(E[A-Z]{3,})'(?:[^;,}]*?'(E[A-Z]{3,})')?/g);
  const chosen = text.matchAll(/\?\? '(E[A-Z]{3,})'|ImageError\([^,]*\? '(E[A-Z]{3,})' : '(E[A-Z]{3,})'/g);
  return [...constructed, ...stated, ...chosen]
    .flatMap((match) => [match[1], match[2], match[3]])
    .filter((code) => code !== undefined);
}

function usedCodes(): Map<string, string> {
  const used = new Map<string, string>();
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    for (const code of codesIn(readFileSync(new URL(path, source), 'utf8'))) used.set(code, path);
  }
  return used;
}

test('every error code is listed in docs/errors.md, and no other', () => {
  const used = usedCodes();
  expect(used.size).toBeGreaterThan(30);
  for (const [code, path] of used) expect(documented.has(code), `${code} (${path})`).toBe(true);
  for (const code of documented) expect(used.has(code), `${code} is documented and never used`).toBe(true);
});
