/** Collect: walks from the container's root, numbers every object, and refuses what cannot be dumped before a byte is written. */
import { type Graph, holdersOf, nameOf, pathOf, walk } from '../kernel/kobject/graph.ts';
import type { KObject } from '../kernel/kobject/kobject.ts';

/** One thing that stands in the way of a dump. */
export interface Finding {
  /** Stable, see docs/errors.md. */
  readonly code: string;
  /** `pipe#12` */
  readonly object: string;
  /** Who holds it: `container#0.tasks[1].files.fds[4].file`. */
  readonly path: string;
  readonly reason: string;
  /** The option that allows it, if there is one. */
  readonly option: string | null;
}

/** The container cannot be dumped as it is; nothing was written, and it may go on. */
export class DumpRefused extends Error {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(line).join('\n'));
    this.name = 'DumpRefused';
    this.findings = findings;
  }
}

function line({ code, path, reason, option }: Finding): string {
  return `${path}: ${reason}${option === null ? '' : ` (${option})`} [${code}]`;
}

/** The graph below `root`. Throws DumpRefused with everything that stands in the way. */
export function collect(root: KObject): Graph {
  const graph = walk(root);
  const findings = [...refusals(graph), ...leaks(graph), ...dangling(graph)];
  if (findings.length > 0) throw new DumpRefused(findings);
  return graph;
}

function refusals(graph: Graph): Finding[] {
  const findings: Finding[] = [];
  for (const object of graph.objects) {
    const refusal = object.refusal();
    if (refusal === null) continue;
    const { code, reason, option = null } = refusal;
    findings.push({ code, object: nameOf(graph, object), path: pathOf(graph, object), reason, option });
  }
  return findings;
}

/** Objects with more references than the walk found are held from outside; with fewer, somebody forgot to take one. */
function leaks(graph: Graph): Finding[] {
  const findings: Finding[] = [];
  for (const [id, object] of graph.objects.entries()) {
    const found = graph.found[id]!;
    if (object.refs === found) continue;
    const holders = holdersOf(graph, object).join(', ');
    const reason = `has ${object.refs} references, but the container holds ${found} (${holders || 'none'})`;
    findings.push({
      code: object.refs > found ? 'ELEAK' : 'EUNDERCOUNT',
      object: nameOf(graph, object),
      path: pathOf(graph, object),
      reason,
      option: null,
    });
  }
  return findings;
}

function dangling(graph: Graph): Finding[] {
  return graph.dangling.map(({ object, holder }) => ({
    code: 'EDANGLING',
    object: nameOf(graph, graph.objects[holder]!),
    path: pathOf(graph, graph.objects[holder]!),
    reason: `refers to a ${object.kind} that the container does not hold`,
    option: null,
  }));
}
