/**
 * The no-ambient-input rule: nothing in cpu, machine, kernel or ckpt may depend on the host's time, randomness, timers,
 * locale or event loop. Run as `npm run ambient`; it prints `file:line: what: why` and fails when there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Finding {
  readonly file: string;
  readonly line: number;
  /** The offending name, such as `Math.random` or `await`. */
  readonly what: string;
  readonly why: string;
}

const TIME = 'time is the virtual clock';
const LOOP = 'state must not live in the host event loop: blocking is data';
const HOST = 'the host comes in through small interfaces';
const LOCALE = 'depends on the host locale';
const COLLECTOR = 'depends on when the host collects garbage';
const PRECISION = 'last bits differ between hosts';

/** Globals of the language itself. */
const LANGUAGE: Readonly<Record<string, string>> = {
  Date: TIME,
  Promise: LOOP,
  Atomics: LOOP,
  globalThis: HOST,
  eval: HOST,
  Intl: LOCALE,
  WeakRef: COLLECTOR,
  FinalizationRegistry: COLLECTOR,
};

/** Globals of hosts. Other things may well be called so: a file that declares such a name means its own. */
const HOSTS: Readonly<Record<string, string>> = {
  performance: TIME,
  setTimeout: LOOP,
  setInterval: LOOP,
  setImmediate: LOOP,
  requestAnimationFrame: LOOP,
  queueMicrotask: LOOP,
  process: HOST,
  console: HOST,
  window: HOST,
  navigator: HOST,
  fetch: HOST,
  require: HOST,
  Buffer: HOST,
  crypto: HOST,
};

/** Members of `Math` that are not the same everywhere. */
const MATH: Readonly<Record<string, string>> = Object.fromEntries([
  ['random', 'randomness comes from the seeded generator in the container'],
  ...'sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p cbrt hypot'
    .split(' ')
    .map((name) => [name, PRECISION]),
]);

/** Methods of any object. */
const METHODS: Readonly<Record<string, string>> = Object.fromEntries(
  'toLocaleString toLocaleDateString toLocaleUpperCase toLocaleLowerCase localeCompare'
    .split(' ')
    .map((name) => [name, LOCALE]),
);

/** True where the identifier names a member, a property or a declaration's own key rather than a global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return true;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isEnumMember(parent)) &&
    parent.name === node
  );
}

/** Names that the file itself declares: variables, parameters, destructured parts, functions, types, imports. */
function declaredNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node);
    if (isDeclaration && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** What is wrong with this one node, or null. */
function offence(node: ts.Node, declared: ReadonlySet<string>): { what: string; why: string } | null {
  if (ts.isIdentifier(node) && !isMemberName(node)) {
    const why = own(LANGUAGE, node.text) ?? (declared.has(node.text) ? undefined : own(HOSTS, node.text));
    return why === undefined ? null : { what: node.text, why };
  }
  if (ts.isPropertyAccessExpression(node)) return memberOffence(node);
  if (ts.isAwaitExpression(node)) return { what: 'await', why: LOOP };
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return { what: 'async', why: LOOP };
  if (ts.isForOfStatement(node) && node.awaitModifier) return { what: 'for await', why: LOOP };
  if (ts.isForInStatement(node)) return { what: 'for in', why: 'its order covers inherited keys: use Object.keys' };
  return null;
}

function memberOffence(node: ts.PropertyAccessExpression): { what: string; why: string } | null {
  const name = node.name.text;
  if (ts.isIdentifier(node.expression) && node.expression.text === 'Math' && Object.hasOwn(MATH, name)) {
    return { what: `Math.${name}`, why: MATH[name]! };
  }
  return Object.hasOwn(METHODS, name) ? { what: name, why: METHODS[name]! } : null;
}

/** Every offence in one source text, in order. */
export function ambientInputs(file: string, text: string): Finding[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const declared = declaredNames(source);
  const found: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const bad = offence(node, declared);
    if (bad) found.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, ...bad });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LAYERS = ['cpu', 'machine', 'kernel', 'ckpt'];

/** Every offence in the layers below api. */
export function scanLayers(): { findings: Finding[]; files: number } {
  const files = LAYERS.flatMap((layer) =>
    readdirSync(join(ROOT, 'src', layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(ROOT, 'src', layer, name)),
  );
  const findings = files.flatMap((file) => ambientInputs(relative(ROOT, file), readFileSync(file, 'utf8')));
  return { findings, files: files.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { findings, files } = scanLayers();
  for (const f of findings) console.error(`${f.file}:${f.line}: ${f.what}: ${f.why}`);
  console.log(`${files} files below api, ${findings.length} ambient inputs`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
