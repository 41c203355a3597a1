/** Delta debugging: the fewest items that still make something happen. */

/** A smallest sublist, in order, for which `fails` holds; removing any single item ends it. `fails(items)` must hold. */
export function minimise<T>(items: readonly T[], fails: (items: readonly T[]) => boolean): readonly T[] {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (fails(without)) left = without;
      else at += size;
    }
  }
  return left;
}
