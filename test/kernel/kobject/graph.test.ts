import { describe, expect, test } from 'vitest';
import { auditReferences } from '../../../src/kernel/audit.ts';
import { list, optRef, ref, str, struct, u32, weak } from '../../../src/kernel/kobject/fields.ts';
import { holdersOf, nameOf, pathOf, walk } from '../../../src/kernel/kobject/graph.ts';
import { derived, get, kobject, put } from '../../../src/kernel/kobject/kobject.ts';
import { KindRegistry } from '../../../src/kernel/kobject/registry.ts';

class Leaf extends kobject('leaf', 1, { name: str('name') }) {
  gone = 0;
  override released(): void {
    this.gone++;
  }
}
class Node extends kobject('node', 1, {
  slots: list(struct({ leaf: ref<Leaf>('leaf', 'leaf') }, 'slot'), 'slots'),
  next: optRef<Node>('node', 'next'),
  parent: weak<Node>('node', 'parent'),
}) {}

describe('references', () => {
  test('a constructor takes one reference for each counted field, none for weak ones', () => {
    const leaf = new Leaf({ name: 'a' });
    const parent = new Node({});
    new Node({ slots: [{ leaf }, { leaf }], parent });
    expect(leaf.refs).toBe(2);
    expect(parent.refs).toBe(0);
  });

  test('the last put releases an object and then what it holds', () => {
    const leaf = new Leaf({ name: 'a' });
    const node = get(new Node({ slots: [{ leaf }] }));
    const other = get(new Node({ slots: [{ leaf }] }));
    put(node);
    expect([leaf.refs, leaf.gone]).toEqual([1, 0]);
    put(other);
    expect([leaf.refs, leaf.gone]).toEqual([0, 1]);
    expect(() => put(other)).toThrow('node: put without a reference');
  });

  test('a field of a base kind cannot be declared again', () => {
    expect(() => derived(Leaf, 'twig', 1, { name: u32('again') })).toThrow(
      'twig declares a field of its base kind again',
    );
  });

  test('two kinds of one name cannot be registered', () => {
    const other = kobject('leaf', 2, { size: u32('size') });
    expect(() => new KindRegistry([Leaf, other])).toThrow('kind leaf is registered twice');
  });
});

describe('walk', () => {
  test('numbers breadth first, counts references, and follows cycles once', () => {
    const leaf = new Leaf({ name: 'shared' });
    const second = new Node({ slots: [{ leaf }] });
    const first = get(new Node({ slots: [{ leaf }], next: second }));
    second.next = get(first);
    const graph = walk(first);
    expect(graph.objects).toEqual([first, leaf, second]);
    expect([...graph.found]).toEqual([2, 2, 1]);
    expect(pathOf(graph, leaf)).toBe('node#0.slots[0].leaf');
    expect(pathOf(graph, second)).toBe('node#0.next');
    expect(nameOf(graph, second)).toBe('node#2');
    expect(holdersOf(graph, leaf)).toEqual(['node#0.slots[0].leaf', 'node#2.slots[0].leaf']);
  });

  test('the audit names an object with a count that is not what was found, and who holds it', () => {
    const leaf = new Leaf({ name: 'leaked' });
    const root = get(new Node({ slots: [{ leaf }] }));
    get(leaf);
    expect(() => auditReferences(walk(root))).toThrow(
      'node#0.slots[0].leaf: leaf#1 has 2 references, found 1 (node#0.slots[0].leaf)',
    );
  });

  test('the audit names a weak reference to what nobody holds', () => {
    const root = get(new Node({ parent: new Node({}) }));
    expect(() => auditReferences(walk(root))).toThrow('node#0 refers weakly to a node that nothing holds');
  });
});
