/** READING.md and the other documents stay true: every file that they name exists, and no layer is left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const DOCUMENTS = ['README.md', 'READING.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

/** Paths of the repository that a document names, in `code` or as links. */
function pathsIn(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const inCode = [...text.matchAll(/`((?:src|test|bench|images|docs|\.ci)\/[\w./-]*)`/g)].map((match) => match[1]!);
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => join(dirname(document), match[1]!));
  return [...inCode, ...links];
}

describe.each(DOCUMENTS.filter((name) => name.endsWith('.md')))('%s', (document) => {
  it('names only files that exist', () => {
    expect(pathsIn(document).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('READING.md', () => {
  it('leads through every folder of src', () => {
    const named = pathsIn('READING.md').filter((path) => path.startsWith('src/'));
    for (const layer of readdirSync(join(ROOT, 'src'), { withFileTypes: true })) {
      const holdsCode = layer.isDirectory() && readdirSync(join(ROOT, 'src', layer.name)).length > 0;
      if (holdsCode) expect(named.some((path) => path.startsWith(`src/${layer.name}/`))).toBe(true);
    }
    expect(new Set(named).size).toBe(named.length);
    expect(named.length).toBeGreaterThan(30);
  });
});
