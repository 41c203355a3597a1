/** The library's entry for browsers must not reach Node, by any path of imports. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ENTRY = join(dirname(fileURLToPath(import.meta.url)), '../../src/api/index.ts');

/** Every module that the file imports when it runs; types are erased. */
function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    const typeOnly = ts.isImportDeclaration(statement) ? statement.importClause?.isTypeOnly : statement.isTypeOnly;
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) && !typeOnly ? [moduleSpecifier.text] : [];
  });
}

describe('src/api/index.ts', () => {
  it('loads nothing of Node', () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const name of importsOf(file)) {
        if (name.startsWith('.')) visit(join(dirname(file), name));
        else packages.add(name);
      }
    };
    visit(ENTRY);
    expect(seen.size).toBeGreaterThan(50);
    const allowed = /^(@noble\/hashes\/|msgpackr$|events\/events\.js$)/;
    expect([...packages].filter((name) => !allowed.test(name))).toEqual([]);
  });
});
